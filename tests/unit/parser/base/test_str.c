#include "parser/base/str.h"

#include "tests/lib/test.h"

#include <string.h>

static void distance_counts_single_mistakes(void **state)
{
	(void)state;
	assert_int_equal(str_distance("broker", "broker", 2), 0);
	assert_int_equal(str_distance("brokr", "broker", 2), 1);
	assert_int_equal(str_distance("brooker", "broker", 2), 1);
	assert_int_equal(str_distance("borker", "broker", 2), 1);
	assert_int_equal(str_distance("brakee", "broker", 2), 2);
	assert_int_equal(str_distance("client", "broker", 2), 3);
}

static void a_guess_is_the_nearest_candidate(void **state)
{
	struct str_guess g = {.word = "firewals"};

	(void)state;
	str_guess_try(&g, "images");
	assert_null(g.best);
	str_guess_try(&g, "firewalled");
	str_guess_try(&g, "firewalls");
	assert_string_equal(g.best, "firewalls");
}

static void short_words_have_no_far_neighbours(void **state)
{
	struct str_guess g = {.word = "nope"};

	(void)state;
	str_guess_try(&g, "zone");
	assert_null(g.best);
}

static void utf8_is_checked_by_the_standards_table(void **state)
{
	(void)state;
	assert_int_equal(str_utf8_valid("a\xc3\xa9", 3), 3);
	assert_int_equal(str_utf8_valid("\xf0\x9f\x8d\x9c", 4), 4);
	assert_int_equal(str_utf8_valid("a\xff", 2), 1);
	assert_int_equal(str_utf8_valid("\xc0\x80", 2), 0);     /* too long */
	assert_int_equal(str_utf8_valid("\xed\xa0\x80", 3), 0); /* surrogate */
	assert_int_equal(str_utf8_valid("a\xe2\x80", 3), 1);    /* cut off */
}

static void counting_is_by_code_points(void **state)
{
	(void)state;
	assert_int_equal(str_count("na\xc3\xafve", 6), 5);
}

static bool match(const char *pattern, const char *text, bool whole)
{
	bool yes = false;

	assert_null(str_match(pattern, text, strlen(text), whole, &yes));
	return yes;
}

static void a_pattern_matches_a_part_or_the_whole(void **state)
{
	(void)state;
	assert_true(match("b+", "abbc", false));
	assert_false(match("b+", "abbc", true));
	assert_true(match("[a-z]+-[0-9]", "oslo-1", true));
}

static void a_bad_pattern_is_an_error_that_says_where(void **state)
{
	bool yes;
	struct err *e = str_match("a(b", "x", 1, false, &yes);

	(void)state;
	assert_int_equal(err_code(e), ERR_SYNTAX);
	assert_non_null(strstr(err_text(e), "at byte 4"));
	err_free(e);
}

static void a_pattern_that_explodes_is_stopped(void **state)
{
	static const char text[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";
	bool yes;
	struct err *e = str_match("^(a+)+$", text, strlen(text), false, &yes);

	(void)state;
	assert_int_equal(err_code(e), ERR_LIMIT);
	err_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distance_counts_single_mistakes),
		cmocka_unit_test(a_guess_is_the_nearest_candidate),
		cmocka_unit_test(short_words_have_no_far_neighbours),
		cmocka_unit_test(utf8_is_checked_by_the_standards_table),
		cmocka_unit_test(counting_is_by_code_points),
		cmocka_unit_test(a_pattern_matches_a_part_or_the_whole),
		cmocka_unit_test(a_bad_pattern_is_an_error_that_says_where),
		cmocka_unit_test(a_pattern_that_explodes_is_stopped),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
