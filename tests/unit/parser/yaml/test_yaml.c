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

static const struct yaml_node *parse_n(struct fixture *f, const char *text,
                                       size_t len)
{
	const struct yaml_node *root = NULL;

	return yaml_parse(&f->mem, src_new(&f->mem, "f", text, len), &f->d,
	                  &root)
	               ? root
	               : NULL;
}

static const struct yaml_node *parse(struct fixture *f, const char *text)
{
	return parse_n(f, text, strlen(text));
}

static void refused(struct fixture *f, const char *text, enum diag_code code,
                    uint32_t line, uint32_t col)
{
	assert_null(parse(f, text));
	assert_int_equal(f->d.errors, 1);
	assert_int_equal(f->d.v[0].code, code);
	assert_int_equal(f->d.v[0].at.pos.line, line);
	assert_int_equal(f->d.v[0].at.pos.col, col);
}

static void every_node_knows_where_it_was_written(void **state)
{
	const struct yaml_node *root = parse(*state, "a: 1\nné: [x, \"y\"]\n");
	const struct yaml_node *list = yaml_get(root, "né");

	assert_int_equal(yaml_at(list).pos.line, 2);
	assert_int_equal(yaml_at(list).pos.col, 5);
	assert_int_equal(yaml_at(list->list.v[1]).pos.col, 9);
	assert_int_equal(yaml_at(list->list.v[1]).len, 3);
	assert_int_equal(list->list.v[1]->style, YAML_QUOTED);
	assert_int_equal(list->list.v[0]->style, YAML_PLAIN);
}

static void an_empty_file_is_an_empty_map(void **state)
{
	const struct yaml_node *root = parse(*state, "# nothing\n");

	assert_int_equal(root->kind, YAML_IS_MAP);
	assert_int_equal(root->map.n, 0);
}

static void a_scalar_keeps_its_text(void **state)
{
	const struct yaml_node *root =
		parse(*state, "a: NO\nb: 1.20\nc: 0o17\nd:\n");

	assert_string_equal(yaml_get(root, "a")->scalar.s, "NO");
	assert_string_equal(yaml_get(root, "b")->scalar.s, "1.20");
	assert_string_equal(yaml_get(root, "c")->scalar.s, "0o17");
	assert_true(yaml_is_empty(yaml_get(root, "d")));
}

static void the_same_key_twice_is_refused(void **state)
{
	struct fixture *f = *state;

	refused(f, "a: 1\nb: 2\na: 3\n", DIAG_DUPLICATE, 3, 1);
	assert_int_equal(f->d.v[0].places->at.pos.line, 1);
}

static void the_same_key_among_many_is_refused(void **state)
{
	refused(*state,
	        "a: 1\nb: 1\nc: 1\nd: 1\ne: 1\nf: 1\ng: 1\nh: 1\ni: 1\nb: 2\n",
	        DIAG_DUPLICATE, 10, 1);
}

static void a_tab_as_indentation_is_named(void **state)
{
	refused(*state, "a:\n \tb: 1\n", DIAG_TAB, 2, 2);
}

static void a_merge_key_is_refused(void **state)
{
	refused(*state, "a: &x {b: 1}\nc:\n  <<: *x\n", DIAG_MERGE_KEY, 3, 3);
}

static void a_second_document_is_refused(void **state)
{
	refused(*state, "a: 1\n---\nb: 1\n", DIAG_DOCUMENTS, 2, 1);
}

static void an_unquoted_expression_in_brackets_is_explained(void **state)
{
	refused(*state, "a: [x, ${var.y}]\n", DIAG_FLOW_EXPR, 1, 8);
}

static void a_key_must_be_text(void **state)
{
	refused(*state, "? [a, b]\n: 1\n", DIAG_KEY, 1, 3);
}

static void an_alias_needs_its_anchor(void **state)
{
	refused(*state, "a: *nope\n", DIAG_ALIAS, 1, 4);
}

static void an_anchor_cannot_contain_itself(void **state)
{
	refused(*state, "a: &x [*x]\n", DIAG_ALIAS, 1, 8);
}

static void bytes_that_are_no_utf8_are_refused(void **state)
{
	refused(*state, "a: b\nc: \xff\n", DIAG_UTF8, 2, 4);
}

static void nesting_ends_at_64(void **state)
{
	struct fixture *f = *state;
	char text[201];

	memset(text, '[', 100);
	memset(text + 100, ']', 100);
	text[200] = '\0';
	refused(f, text, DIAG_LIMIT, 1, 65);
}

static void aliases_of_aliases_are_counted(void **state)
{
	struct fixture *f = *state;
	char text[2048] = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n";

	for (int i = 1; i < 8; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		         "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,"
		         "*a%d,*a%d]\n",
		         i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1,
		         i - 1, i - 1, i - 1);
	assert_null(parse(f, text));
	assert_int_equal(f->d.v[0].code, DIAG_LIMIT);
}

static void cr_lf_counts_as_one_line_end(void **state)
{
	const struct yaml_node *root = parse(*state, "a: 1\r\nb: 2\r\n");

	assert_int_equal(yaml_at(yaml_get(root, "b")).pos.line, 2);
	assert_string_equal(yaml_get(root, "b")->scalar.s, "2");
}

/* The line and column of the first `what` in the scalar `key`. */
static void found_at(struct fixture *f, const char *text, const char *what,
                     uint32_t line, uint32_t col)
{
	const struct yaml_node *n = yaml_get(parse(f, text), "k");
	const char *at = strstr(n->scalar.s, what);
	struct src_pos p = yaml_locate(n, (size_t)(at - n->scalar.s));

	assert_int_equal(p.line, line);
	assert_int_equal(p.col, col);
}

static void a_place_inside_a_scalar_is_found_in_the_file(void **state)
{
	found_at(*state, "k: a ${x}\n", "x", 1, 8);
	found_at(*state, "k: 'it''s ${x}'\n", "x", 1, 13);
	found_at(*state, "k: \"a\\\"b ${x}\"\n", "x", 1, 12);
	found_at(*state, "k: |\n  first\n  ${x}\n", "x", 3, 5);
	found_at(*state, "k: >\n  first\n  ${x}\n", "x", 3, 5);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_node_knows_where_it_was_written),
		TEST(an_empty_file_is_an_empty_map),
		TEST(a_scalar_keeps_its_text),
		TEST(the_same_key_twice_is_refused),
		TEST(the_same_key_among_many_is_refused),
		TEST(a_tab_as_indentation_is_named),
		TEST(a_merge_key_is_refused),
		TEST(a_second_document_is_refused),
		TEST(an_unquoted_expression_in_brackets_is_explained),
		TEST(a_key_must_be_text),
		TEST(an_alias_needs_its_anchor),
		TEST(an_anchor_cannot_contain_itself),
		TEST(bytes_that_are_no_utf8_are_refused),
		TEST(nesting_ends_at_64),
		TEST(aliases_of_aliases_are_counted),
		TEST(cr_lf_counts_as_one_line_end),
		TEST(a_place_inside_a_scalar_is_found_in_the_file),
	};

	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
