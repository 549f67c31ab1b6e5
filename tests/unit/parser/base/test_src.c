#include "parser/base/src.h"

#include "tests/lib/test.h"

#include <string.h>

static int setup(void **state)
{
	static struct arena a;

	*state = &a;
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static const struct src_file *file(void **state, const char *text)
{
	return src_new(*state, "f", text, strlen(text));
}

static void every_kind_of_line_end_ends_a_line(void **state)
{
	const struct src_file *f = file(state, "a\nb\r\nc\rd\xc2\x85"
	                                       "e\xe2\x80\xa8"
	                                       "f\n");
	size_t len;

	assert_int_equal(f->nr_lines, 7);
	assert_memory_equal(src_line(f, 2, &len), "b", 1);
	assert_int_equal(len, 1);
	assert_memory_equal(src_line(f, 6, &len), "f", 1);
	src_line(f, 7, &len);
	assert_int_equal(len, 0);
}

static void a_place_is_counted_in_code_points(void **state)
{
	const struct src_file *f = file(state, "x: 1\nna\xc3\xafve: 2\n");
	struct src_pos p = src_locate(f, 13); /* the 2 */

	assert_int_equal(p.line, 2);
	assert_int_equal(p.col, 8);
	assert_int_equal(src_offset(f, 2, 8), 12 + 1);
}

static void places_outside_of_the_text_are_at_its_edge(void **state)
{
	const struct src_file *f = file(state, "abc\n");
	size_t len;

	assert_int_equal(src_locate(f, 1000).line, 2);
	assert_int_equal(src_offset(f, 1, 1000), 3);
	assert_int_equal(src_offset(f, 9, 1), 4);
	assert_string_equal(src_line(f, 0, &len), "");
	assert_int_equal(len, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_kind_of_line_end_ends_a_line),
		TEST(a_place_is_counted_in_code_points),
		TEST(places_outside_of_the_text_are_at_its_edge),
	};

	return cmocka_run_group_tests_name("src", tests, NULL, NULL);
}
