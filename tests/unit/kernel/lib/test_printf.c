#include "kernel/lib/string.h"

#include "tests/lib/test.h"

#include <inttypes.h>
#include <stdio.h>

/* The C library is the oracle: same text, same length. */
#define SAME(...)                                                              \
	do {                                                                   \
		char ours[64], theirs[64];                                     \
		size_t n = str_printf(ours, sizeof(ours), __VA_ARGS__);        \
		int m = snprintf(theirs, sizeof(theirs), __VA_ARGS__);         \
                                                                               \
		assert_string_equal(ours, theirs);                             \
		assert_int_equal(n, m);                                        \
	} while (0)

static void conversions_are_those_of_the_c_library(void **state)
{
	(void)state;
	SAME("%d %i %u", -7, 7, 7u);
	SAME("%x %X %o %#x %#x", 0xbeefu, 0xbeefu, 8u, 255u, 0u);
	SAME("%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42);
	SAME("%ld %lu %lx", INT64_MIN, UINT64_MAX, UINT64_MAX);
	SAME("%hhu %hd %zu", (unsigned char)200, (short)-5, (size_t)99);
	SAME("%s|%10s|%-10s|%.2s|%.*s", "ab", "ab", "ab", "abc", 1, "xyz");
	SAME("%c%c%%", 'a', 'b');
	SAME("%.5d|%8.3d", 42, 7);
	SAME("%08lx", 0xffff800000000000ul);
}

static void what_does_not_fit_is_cut_off_and_counted(void **state)
{
	char out[4];

	(void)state;
	assert_int_equal(str_printf(out, sizeof(out), "%d", 123456), 6);
	assert_string_equal(out, "123");
	assert_int_equal(str_printf(NULL, 0, "%s", "abc"), 3);
}

static void numbers_are_read_up_to_a_limit(void **state)
{
	const char *s = "4096:";
	uint64_t n;

	(void)state;
	assert_true(str_number(&s, 10, 4096, &n));
	assert_int_equal(n, 4096);
	assert_string_equal(s, ":");
	s = "4097";
	assert_false(str_number(&s, 10, 4096, &n));
	s = "fFg";
	assert_true(str_number(&s, 16, UINT64_MAX, &n));
	assert_int_equal(n, 255);
	s = "x";
	assert_false(str_number(&s, 16, UINT64_MAX, &n));
	s = "18446744073709551616";
	assert_false(str_number(&s, 10, UINT64_MAX, &n));
}

static void copying_ends_the_text_and_says_how_long_it_was(void **state)
{
	char out[4];

	(void)state;
	assert_int_equal(str_copy(out, "broker", sizeof(out)), 6);
	assert_string_equal(out, "bro");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversions_are_those_of_the_c_library),
		cmocka_unit_test(what_does_not_fit_is_cut_off_and_counted),
		cmocka_unit_test(numbers_are_read_up_to_a_limit),
		cmocka_unit_test(
			copying_ends_the_text_and_says_how_long_it_was),
	};

	return cmocka_run_group_tests_name("printf", tests, NULL, NULL);
}
