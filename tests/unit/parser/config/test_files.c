#include "tests/unit/parser/config/fixture.h"

static void included_files_are_one_stack(void **state)
{
	struct fixture *f = *state;

	write_file(f, "fw.yaml",
	           "firewalls: {web: {allow: [tcp/80]}}\n"
	           "env_allow: [HOME]\n");
	write_file(f, "sites/more.yaml", "images: {b: {program: ./b}}\n");
	assert_true(load(f, HEAD "include: [fw.yaml, sites/m*.yaml]\n"
	                         "env_allow: [PATH]\n"
	                         "instances: {w: {image: \"${image.b}\", tags: "
	                         "[web], env: {A: \"${env.HOME}\", B: "
	                         "\"${env.PATH}\"}}}\n"));
	assert_string_equal(want(f, "instance.w")->name, "w");
}

static void an_included_file_is_found_from_where_it_is_named(void **state)
{
	struct fixture *f = *state;

	write_file(f, "sites/one.yaml", "include: [two.yaml]\n");
	write_file(f, "sites/two.yaml", "outputs: {two: 2}\n");
	assert_true(load(f, HEAD "include: [sites/one.yaml]\n"));
	assert_int_equal(f->c.nr_outputs, 1);
}

static void a_file_that_includes_itself_is_a_mistake(void **state)
{
	struct fixture *f = *state;

	assert_false(load(f, HEAD "include: [miso.yaml]\n"));
	says(f, DIAG_INCLUDE, "is included already");
}

static void a_name_in_two_files_is_a_mistake(void **state)
{
	struct fixture *f = *state;

	write_file(f, "b.yaml", "images: {a: {program: ./b}}\n");
	assert_false(load(f, HEAD "include: [b.yaml]\n"));
	says(f, DIAG_DUPLICATE, "\"a\" is there twice");
	assert_non_null(f->d.v[0].places);
}

static void a_site_lies_over_what_is_included(void **state)
{
	struct fixture *f = *state;

	write_file(f, "b.yaml", "instances: {w: {image: \"${image.a}\"}}\n");
	write_file(f, "sites/oslo.yaml",
	           "override: {instances: {w: {memory: 1Gi}}}\n");
	f->site = "oslo";
	assert_true(load(f, HEAD "include: [b.yaml]\n"));
	assert_non_null(strstr(spec(f, "instance.w"), "1073741824"));
	write_file(f, "sites/oslo.yaml", "override: {include: [c.yaml]}\n");
	assert_false(load(f, HEAD "include: [b.yaml]\n"));
	says(f, DIAG_OVERLAY, "cannot change what is included");
}

static void what_a_site_replaced_is_shown_with_its_mistakes(void **state)
{
	struct fixture *f = *state;

	write_file(f, "sites/oslo.yaml",
	           "override: {instances: {w: {memory: lots}}}\n");
	f->site = "oslo";
	assert_false(load(f, HEAD "instances:\n  w:\n    image: ${image.a}\n"
	                          "    memory: 1Gi\n"));
	says(f, DIAG_TYPE, "memory");
	assert_non_null(f->d.v[0].places);
	assert_int_equal(f->d.v[0].places->at.pos.line, 7);
}

static void the_last_file_of_variables_wins_over_the_site(void **state)
{
	struct fixture *f = *state;
	const char *files[] = {fs_join(&f->mem, f->dir, "one.yaml"),
	                       fs_join(&f->mem, f->dir, "two.yaml")};

	write_file(f, "sites/oslo.yaml", "vars: {v: site, w: site}\n");
	write_file(f, "one.yaml", "v: one\nw: one\n");
	write_file(f, "two.yaml", "v: two\n");
	f->site = "oslo";
	f->var_files = files;
	f->nr_var_files = 2;
	assert_true(load(f, HEAD "vars: {v: {}, w: {}}\n"
	                         "outputs: {o: \"${var.v} ${var.w}\"}\n"));
	assert_string_equal(
		value_to_json(&f->mem,
	                      config_output(&f->mem, &f->c, &f->c.outputs[0],
	                                    NULL, &f->d)),
		"\"two one\"");
	write_file(f, "two.yaml", "x: two\n");
	assert_false(load(f, HEAD "vars: {v: {}, w: {}}\n"));
	says(f, DIAG_VAR_UNKNOWN, "no variable \"x\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(included_files_are_one_stack),
		TEST(an_included_file_is_found_from_where_it_is_named),
		TEST(a_file_that_includes_itself_is_a_mistake),
		TEST(a_name_in_two_files_is_a_mistake),
		TEST(a_site_lies_over_what_is_included),
		TEST(what_a_site_replaced_is_shown_with_its_mistakes),
		TEST(the_last_file_of_variables_wins_over_the_site),
	};

	return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
