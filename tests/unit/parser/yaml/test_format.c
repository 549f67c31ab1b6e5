#include "parser/yaml/yaml.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
	struct arena mem;
	struct diags d;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	diags_init(&f->d);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	diags_fini(&f->d);
	arena_free(&f->mem);
	free(f);
	return 0;
}

/* `text` laid out, or NULL. */
static const char *format(struct fixture *f, const char *text)
{
	const char *out;
	size_t len;

	if (!yaml_format(&f->mem, src_new(&f->mem, "f", text, strlen(text)),
	                 &f->d, &out, &len))
		return NULL;
	assert_int_equal(strlen(out), len);
	return out;
}

/* Rows of a text and what becomes of it; a second time changes nothing. */
static void check(struct fixture *f, const char *const rows[][2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *out = format(f, rows[i][0]);

		if (!out)
			fail_msg("refused: %s", rows[i][0]);
		assert_string_equal(out, rows[i][1]);
		assert_string_equal(format(f, out), out);
	}
}

#define CHECK(f, rows) check(f, rows, ARRAY_LEN(rows))

static void levels_are_two_blanks(void **state)
{
	static const char *const rows[][2] = {
		{"a:\n    b:\n        c: 1\n", "a:\n  b:\n    c: 1\n"},
		{"a:\n- 1\n-   b: 2\n    c: 3\n",
	         "a:\n  - 1\n  - b: 2\n    c: 3\n"},
		{"-  - 1\n   - 2\n", "- - 1\n  - 2\n"},
		{"a:\n-\n  b: 1\n", "a:\n  -\n    b: 1\n"},
	};

	CHECK(*state, rows);
}

static void one_blank_stands_where_one_is_needed(void **state)
{
	static const char *const rows[][2] = {
		{"a:   1   \nb :  2\n", "a: 1\nb: 2\n"},
		{"a: [1,2 , { b:  3,c: } ]\n", "a: [1, 2, {b: 3, c: }]\n"},
		{"a: &x   [ ]\nb:   *x\nc:   !t  1\n",
	         "a: &x []\nb: *x\nc: !t 1\n"},
		{"\n\na: 1\n\n\n\nb: 2\n\n", "a: 1\n\nb: 2\n"},
		{"a: 1", "a: 1\n"},
		{"a: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"},
	};

	CHECK(*state, rows);
}

static void comments_stay_beside_their_neighbours(void **state)
{
	static const char *const rows[][2] = {
		{"# head\n\na:   1   # one\n# end\n",
	         "# head\n\na: 1   # one\n# end\n"},
		{"a:\n    b: 1\n    # in a\n# at the end\nc: 1\n",
	         "a:\n  b: 1\n  # in a\n# at the end\nc: 1\n"},
		{"a: [  # open\n    1,   # one\n  2]\n",
	         "a: [  # open\n    1,   # one\n    2]\n"},
		{"a: |   # text\n    # no comment\n",
	         "a: |   # text\n  # no comment\n"},
		{"# only this\n", "# only this\n"},
	};

	CHECK(*state, rows);
}

static void texts_of_several_lines_move_as_a_whole(void **state)
{
	static const char *const rows[][2] = {
		{"a:\n     b: |\n         x\n           y\n\n         z\n",
	         "a:\n  b: |\n    x\n      y\n\n    z\n"},
		{"a: |+\n   x\n\n\nb: >-\n      y\n",
	         "a: |+\n  x\n\n\nb: >-\n  y\n"},
		{"a:\n    b: |2\n        x\n       y\n",
	         "a:\n  b: |2\n      x\n     y\n"},
		{"a: one\n     two\nb: \"x\n         y\"\n",
	         "a: one\n  two\nb: \"x\n  y\"\n"},
	};

	CHECK(*state, rows);
}

static void what_is_no_yaml_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_null(format(f, "a: [1\n"));
	assert_int_equal(f->d.v[0].code, DIAG_YAML);
	assert_null(format(f, "a: 1\na: 2\n"));
	assert_int_equal(f->d.v[1].code, DIAG_DUPLICATE);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(levels_are_two_blanks),
		TEST(one_blank_stands_where_one_is_needed),
		TEST(comments_stay_beside_their_neighbours),
		TEST(texts_of_several_lines_move_as_a_whole),
		TEST(what_is_no_yaml_is_refused),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
