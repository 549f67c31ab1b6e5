#include "tests/unit/parser/config/fixture.h"

#define STACK                                                                  \
	HEAD "firewalls: {web: {allow: [tcp/80], sources: [10.0.0.0/8]}}\n"    \
	     "instances:\n"                                                    \
	     "  w: {image: \"${image.a}\", tags: [web], "                      \
	     "env: {A: \"1\", B: \"2\"}}\n"

static bool overlay(struct fixture *f, const char *over)
{
	write_file(f, "sites/oslo.yaml",
	           arena_printf(&f->mem, "override:\n%s", over));
	f->site = "oslo";
	return load(f, STACK);
}

static void maps_merge_and_scalars_are_replaced(void **state)
{
	struct fixture *f = *state;

	assert_true(overlay(f, "  instances: {w: {memory: 1Gi, env: {B: \"3\", "
	                       "C: \"4\"}}}\n"));
	assert_non_null(
		strstr(spec(f, "instance.w"),
	               "\"env\":{\"A\":\"1\",\"B\":\"3\",\"C\":\"4\"}"));
	assert_non_null(strstr(spec(f, "instance.w"), "\"memory\":1073741824"));
}

static void lists_are_replaced_or_added_to(void **state)
{
	struct fixture *f = *state;

	assert_true(overlay(f, "  firewalls: {web: {sources: !append "
	                       "[fd00::/8], allow: [icmp]}}\n"));
	assert_non_null(
		strstr(spec(f, "instance.w"),
	               "{\"allow\":[\"icmp\"],\"sources\":[\"10.0.0.0/8\","
	               "\"fd00::/8\"]}"));
	assert_true(overlay(f, "  firewalls: {web: {sources: !prepend "
	                       "[fd00::/8]}}\n"));
	assert_non_null(strstr(spec(f, "instance.w"),
	                       "\"sources\":[\"fd00::/8\",\"10.0.0.0/8\"]"));
}

static void delete_replace_and_new_do_what_they_say(void **state)
{
	struct fixture *f = *state;

	assert_true(overlay(f, "  instances:\n"
	                       "    w: {env: {A: !delete }}\n"
	                       "    x: !new {image: \"${image.a}\"}\n"));
	assert_non_null(strstr(spec(f, "instance.w"), "\"env\":{\"B\":\"2\"}"));
	assert_string_equal(want(f, "instance.x")->name, "x");
	assert_true(
		overlay(f, "  instances: {w: {env: !replace {Z: \"9\"}}}\n"));
	assert_non_null(strstr(spec(f, "instance.w"), "\"env\":{\"Z\":\"9\"}"));
}

static void misspelt_names_are_caught(void **state)
{
	struct fixture *f = *state;

	assert_false(overlay(f, "  instances: {ww: {memory: 1Gi}}\n"));
	says(f, DIAG_OVERLAY, "!new");
	diags_fini(&f->d);
	assert_false(overlay(f, "  instances: {w: {env: {Q: !delete }}}\n"));
	says(f, DIAG_OVERLAY, "nothing of that name");
	diags_fini(&f->d);
	assert_false(overlay(f, "  instances: {w: !new {memory: 1Gi}}\n"));
	says(f, DIAG_OVERLAY, "not new");
	diags_fini(&f->d);
	assert_false(overlay(f, "  instances: {w: {memory: !append [1]}}\n"));
	says(f, DIAG_OVERLAY, "nothing of that name");
}

static void a_name_that_is_near_is_offered(void **state)
{
	struct fixture *f = *state;

	assert_false(overlay(f, "  instances: {w: {memroy: !delete }}\n"));
	assert_null(f->d.v[0].label);
	diags_fini(&f->d);
	assert_false(overlay(f, "  imagse: !replace {}\n"));
	says(f, DIAG_OVERLAY, "nothing of that name");
	assert_string_equal(f->d.v[0].label, "did you mean \"images\"?");
}

static void a_mistake_in_the_site_is_shown_there(void **state)
{
	struct fixture *f = *state;

	assert_false(overlay(f, "  instances: {w: {memory: lots}}\n"));
	says(f, DIAG_TYPE, "\"memory\" of instance \"w\"");
	assert_string_equal(f->d.v[0].at.pos.file,
	                    fs_join(&f->mem, f->dir, "sites/oslo.yaml"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(maps_merge_and_scalars_are_replaced),
		TEST(lists_are_replaced_or_added_to),
		TEST(delete_replace_and_new_do_what_they_say),
		TEST(misspelt_names_are_caught),
		TEST(a_name_that_is_near_is_offered),
		TEST(a_mistake_in_the_site_is_shown_there),
	};

	return cmocka_run_group_tests_name("overlay", tests, NULL, NULL);
}
