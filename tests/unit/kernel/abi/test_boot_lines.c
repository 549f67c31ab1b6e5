#include "kernel/abi/boot_lines.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

static char text[256]; /* reading changes it */
static struct boot_reader reader;
static struct boot_line line;

static enum boot_line_kind first(const char *from, size_t len)
{
	memcpy(text, from, len);
	reader = (struct boot_reader){text, len, 0};
	return boot_line_next(&reader, &line);
}

#define FIRST(literal) first(literal, sizeof(literal) - 1)

static void assert_line(const char *key, const char *value)
{
	assert_int_equal(line.key_len, strlen(key));
	assert_memory_equal(line.key, key, line.key_len);
	assert_int_equal(line.value_len, strlen(value));
	assert_memory_equal(line.value, value, line.value_len);
}

static void a_line_is_a_key_a_blank_and_a_value(void **state)
{
	(void)state;
	assert_int_equal(FIRST("env A=b c\n"), BOOT_LINE_OK);
	assert_line("env", "A=b c");
	assert_int_equal(boot_line_next(&reader, &line), BOOT_LINE_END);
}

static void the_last_line_feed_may_be_missing(void **state)
{
	(void)state;
	assert_int_equal(FIRST("program /bin/x"), BOOT_LINE_OK);
	assert_line("program", "/bin/x");
}

static void comments_and_empty_lines_count_and_are_skipped(void **state)
{
	(void)state;
	assert_int_equal(FIRST("# hello\n\n\narg x\n"), BOOT_LINE_OK);
	assert_line("arg", "x");
	assert_int_equal(line.number, 4);
}

static void escapes_are_undone(void **state)
{
	(void)state;
	assert_int_equal(FIRST("arg a\\nb\\\\n\n"), BOOT_LINE_OK);
	assert_line("arg", "a\nb\\n");
}

static void an_empty_value_is_a_value(void **state)
{
	(void)state;
	assert_int_equal(FIRST("arg \n"), BOOT_LINE_OK);
	assert_line("arg", "");
}

static void a_malformed_line_is_shown_as_it_was_and_reading_goes_on(
	void **state)
{
	static const char *const bad[] = {"arg", " arg x", "arg a\\tb",
	                                  "arg a\\"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char two[64];
		int n = snprintf(two, sizeof(two), "%s\narg ok\n", bad[i]);

		assert_int_equal(first(two, (size_t)n), BOOT_LINE_BAD);
		assert_int_equal(line.value_len, strlen(bad[i]));
		assert_memory_equal(line.value, bad[i], line.value_len);
		assert_int_equal(boot_line_next(&reader, &line), BOOT_LINE_OK);
		assert_line("arg", "ok");
	}
}

static void a_nul_makes_a_line_bad(void **state)
{
	(void)state;
	assert_int_equal(FIRST("arg a\0b\n"), BOOT_LINE_BAD);
}

static void what_is_escaped_reads_back_the_same(void **state)
{
	static const char value[] = "two\nlines \\ and \\n";
	char out[128] = "arg ";
	uint64_t n = boot_line_escape(out + 4, sizeof(out) - 4, value,
	                              sizeof(value) - 1);

	(void)state;
	assert_int_equal(first(out, 4 + n), BOOT_LINE_OK);
	assert_line("arg", value);
}

static void escaping_says_how_much_room_it_wants(void **state)
{
	char out[3] = "...";

	(void)state;
	assert_int_equal(boot_line_escape(out, 2, "\n\n", 2), 4);
	assert_memory_equal(out, "\\n.", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_a_key_a_blank_and_a_value),
		cmocka_unit_test(the_last_line_feed_may_be_missing),
		cmocka_unit_test(
			comments_and_empty_lines_count_and_are_skipped),
		cmocka_unit_test(escapes_are_undone),
		cmocka_unit_test(an_empty_value_is_a_value),
		cmocka_unit_test(
			a_malformed_line_is_shown_as_it_was_and_reading_goes_on),
		cmocka_unit_test(a_nul_makes_a_line_bad),
		cmocka_unit_test(what_is_escaped_reads_back_the_same),
		cmocka_unit_test(escaping_says_how_much_room_it_wants),
	};

	return cmocka_run_group_tests_name("boot lines", tests, NULL, NULL);
}
