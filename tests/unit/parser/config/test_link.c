#include "tests/unit/parser/config/fixture.h"

#define EACH(e)                                                                \
	HEAD "instances:\n"                                                    \
	     "  c:\n"                                                          \
	     "    image: ${image.a}\n"                                         \
	     "    for_each: " e "\n"                                           \
	     "    env: {K: \"${each.key}\", V: \"${each.value}\", "            \
	     "N: \"${self.name}\"}\n"

static void for_each_takes_numbers_lists_and_maps(void **state)
{
	struct fixture *f = *state;

	assert_true(load(f, EACH("2")));
	assert_non_null(strstr(spec(f, "instance.c[\"1\"]"),
	                       "\"env\":{\"K\":\"1\",\"N\":\"c-1\","
	                       "\"V\":\"1\"}"));
	assert_true(load(f, EACH("[east, west]")));
	assert_non_null(
		strstr(spec(f, "instance.c[\"west\"]"),
	               "{\"K\":\"west\",\"N\":\"c-west\",\"V\":\"west\"}"));
	assert_true(load(f, EACH("{north: 5}")));
	assert_non_null(strstr(spec(f, "instance.c[\"north\"]"),
	                       "{\"K\":\"north\",\"N\":\"c-north\","
	                       "\"V\":\"5\"}"));
	assert_true(load(f, EACH("0")));
	assert_int_equal(f->c.nr_wants, 0);
}

static void for_each_refuses_what_makes_no_names(void **state)
{
	struct fixture *f = *state;

	assert_false(load(f, EACH("[x, x]")));
	says(f, DIAG_TYPE, "\"x\" is there twice");
	diags_fini(&f->d);
	assert_false(load(f, EACH("[[1]]")));
	says(f, DIAG_TYPE, "strings or ints");
	diags_fini(&f->d);
	assert_false(load(f, EACH("-1")));
	says(f, DIAG_TYPE, "number from 0 on");
	diags_fini(&f->d);
	assert_false(load(f, EACH("[A_b]")));
	says(f, DIAG_NAME, "cannot be the name");
	diags_fini(&f->d);
	assert_false(load(f, EACH("100000000")));
	says(f, DIAG_TYPE, "a stack has at most 100000 objects");
}

static void two_objects_cannot_have_one_name(void **state)
{
	struct fixture *f = *state;

	assert_false(load(f, EACH("1") "  c-0: {image: \"${image.a}\"}\n"));
	says(f, DIAG_NAME, "\"c-0\"");
}

static void a_use_of_a_group_is_one_edge(void **state)
{
	struct fixture *f = *state;
	const struct config_want *w;

	assert_true(load(f, EACH("50") "  d:\n"
	                               "    image: ${image.a}\n"
	                               "    env: {A: '${join(\",\", "
	                               "instance.c[*].ip)}'}\n"));
	w = want(f, "instance.d");
	assert_int_equal(w->nr_needs, 2); /* the image and the group */
	assert_string_equal(config_node_address(&f->mem, &f->c, w->needs[1]),
	                    "instance.c");
}

static void a_use_of_a_member_is_an_edge_to_it(void **state)
{
	struct fixture *f = *state;
	const struct config_want *w;

	assert_true(load(f,
	                 EACH("3") "  d:\n"
	                           "    image: ${image.a}\n"
	                           "    env: {A: '${instance.c[\"2\"].ip}'}\n"
	                           "    depends_on: ['instance.c[\"1\"]']\n"));
	w = want(f, "instance.d");
	assert_int_equal(w->nr_needs, 3);
	assert_string_equal(config_node_address(&f->mem, &f->c, w->needs[1]),
	                    "instance.c[\"2\"]");
	diags_fini(&f->d);
	assert_false(load(f, EACH("3") "  d:\n"
	                               "    image: ${image.a}\n"
	                               "    env: {A: '${instance.c[\"7\"].ip}'}"
	                               "\n"));
	says(f, DIAG_UNDEFINED, "no instance.c[\"7\"]");
}

static void a_plain_name_makes_no_edge(void **state)
{
	struct fixture *f = *state;

	assert_true(load(f,
	                 HEAD "instances:\n"
	                      "  b: {image: \"${image.a}\"}\n"
	                      "  c: {image: \"${image.a}\", env: {M: b}}\n"));
	assert_int_equal(want(f, "instance.c")->nr_needs, 1);
}

static void a_branch_not_taken_makes_no_edge(void **state)
{
	struct fixture *f = *state;

	assert_true(load(f,
	                 HEAD "vars: {x: {type: bool, default: false}}\n"
	                      "instances:\n"
	                      "  b: {image: \"${image.a}\"}\n"
	                      "  c: {image: \"${image.a}\", env: {M: "
	                      "'${if(var.x, instance.b.ip, \"none\")}'}}\n"));
	assert_int_equal(want(f, "instance.c")->nr_needs, 1);
}

static void when_false_nothing_is_wanted_and_uses_are_null(void **state)
{
	struct fixture *f = *state;

	assert_true(load(f, HEAD "instances:\n"
	                         "  b: {image: \"${image.a}\", when: false}\n"
	                         "  c: {image: \"${image.a}\", env: {M: "
	                         "'${instance.b.ip ?? \"none\"}'}}\n"));
	assert_int_equal(f->c.nr_wants, 2);
	assert_non_null(
		strstr(spec(f, "instance.c"), "\"env\":{\"M\":\"none\"}"));
}

static void a_circle_is_shown_hop_by_hop(void **state)
{
	struct fixture *f = *state;

	assert_false(load(f, HEAD "instances:\n"
	                          "  b: {image: \"${image.a}\", depends_on: "
	                          "[instance.c]}\n"
	                          "  c: {image: \"${image.a}\", env: {M: "
	                          "'${instance.b.ip}'}}\n"));
	says(f, DIAG_CYCLE, "in a circle");
	assert_int_equal(f->d.v[0].at.pos.line, 5);
	assert_int_equal(f->d.v[0].places->at.pos.line, 6);
	diags_fini(&f->d);
	assert_false(load(f, HEAD "instances:\n"
	                          "  b: {image: \"${image.a}\", env: {M: "
	                          "'${instance.b.ip}'}}\n"));
	says(f, DIAG_CYCLE, "refers to itself");
}

static void a_long_chain_is_no_problem(void **state)
{
	enum { LONG = 3000 };
	struct fixture *f = *state;
	char *text = calloc(LONG, 100);
	size_t len = (size_t)snprintf(text, 100, HEAD "instances:\n");

	for (int i = 0; i < LONG; i++)
		len += (size_t)snprintf(
			text + len, 100,
			"  i%d: {image: \"${image.a}\", depends_on: "
			"[instance.i%d]}\n",
			i, i ? i - 1 : 0);
	/* The first depends on itself; without that, all is well. */
	memset(strstr(text, ", depends_on: [instance.i0]"), ' ',
	       strlen(", depends_on: [instance.i0]"));
	assert_true(load(f, text));
	assert_int_equal(f->c.nr_wants, LONG + 1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(for_each_takes_numbers_lists_and_maps),
		TEST(for_each_refuses_what_makes_no_names),
		TEST(two_objects_cannot_have_one_name),
		TEST(a_use_of_a_group_is_one_edge),
		TEST(a_use_of_a_member_is_an_edge_to_it),
		TEST(a_plain_name_makes_no_edge),
		TEST(a_branch_not_taken_makes_no_edge),
		TEST(when_false_nothing_is_wanted_and_uses_are_null),
		TEST(a_circle_is_shown_hop_by_hop),
		TEST(a_long_chain_is_no_problem),
	};

	return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
