#include "tests/unit/planner/fixture.h"

#define CHAIN                                                                  \
	"  b: {image: \"${image.a}\"}\n"                                       \
	"  c: {image: \"${image.a}\", env: {M: \"${instance.b.ip}\"}}\n"       \
	"  d: {image: \"${image.a}\", for_each: 2}\n"

static bool plan_part(struct fixture *f, const char *text, const char *target,
                      const char *exclude, const char *replace)
{
	const char **v = ARENA_ARRAY(&f->mem, const char *, 3);

	v[0] = target;
	v[1] = exclude;
	v[2] = replace;
	f->how = (struct plan_options){
		.targets = &v[0],
		.nr_targets = target != NULL,
		.excludes = &v[1],
		.nr_excludes = exclude != NULL,
		.replaces = &v[2],
		.nr_replaces = replace != NULL,
	};
	return plan_text(f, text, false);
}

static void a_star_is_any_text_and_brackets_are_brackets(void **state)
{
	(void)state;
	assert_true(plan_matches("instance.web", "instance.web"));
	assert_true(plan_matches("instance.web", "instance.web[\"a\"]"));
	assert_true(plan_matches("instance.web[\"a\"]", "instance.web[\"a\"]"));
	assert_true(plan_matches("*.w?b*", "instance.web[\"a\"]"));
	assert_true(plan_matches("*", "image.a"));
	assert_true(plan_matches("i*e*.*a", "image.aaba"));
	assert_false(plan_matches("instance.we", "instance.web"));
	assert_false(
		plan_matches("instance.web[\"b\"]", "instance.web[\"a\"]"));
	assert_false(plan_matches("web", "instance.web"));
	assert_false(plan_matches("", "instance.web"));
}

static void a_target_comes_with_what_it_needs_and_nothing_else(void **state)
{
	struct fixture *f = *state;

	assert_true(plan_part(f, FAKE("") CHAIN, "instance.b", NULL, NULL));
	assert_int_equal(action_of(f, "image.a"), DIFF_CREATE);
	assert_int_equal(action_of(f, "instance.b"), DIFF_CREATE);
	assert_int_equal(action_of(f, "instance.c"), DIFF_NONE);
	assert_int_equal(f->p.counts[DIFF_CREATE], 2);
	assert_int_equal(f->p.nr_left_out, 3);
	apply_plan(f);
	assert_int_equal(f->r.done, 2);
	assert_true(plan_part(f, FAKE("") CHAIN, NULL, NULL, NULL));
	assert_int_equal(f->p.counts[DIFF_CREATE], 3);
}

static void what_needs_an_excluded_change_is_excluded(void **state)
{
	struct fixture *f = *state;

	assert_true(plan_part(f, FAKE("") CHAIN, NULL, "*.b", NULL));
	assert_int_equal(action_of(f, "instance.b"), DIFF_NONE);
	assert_int_equal(action_of(f, "instance.c"), DIFF_NONE);
	assert_int_equal(action_of(f, "instance.d[\"0\"]"), DIFF_CREATE);
	apply_plan(f);
	assert_int_equal(f->r.done, 3);
	/* What does not change holds nobody up. */
	assert_true(plan_part(f, FAKE("") CHAIN, NULL, "image.a", NULL));
	assert_int_equal(action_of(f, "instance.c"), DIFF_CREATE);
}

static void a_targeted_deletion_comes_with_those_that_use_it(void **state)
{
	struct fixture *f = *state;
	static const char one[] =
		FAKE("") "  d: {image: \"${image.a}\", for_each: 2}\n";

	apply_text(f, FAKE("") CHAIN);
	assert_true(plan_part(f, one, "instance.b", NULL, NULL));
	assert_int_equal(action_of(f, "instance.b"), DIFF_DELETE);
	assert_int_equal(action_of(f, "instance.c"), DIFF_DELETE);
	assert_true(plan_part(f, one, NULL, "instance.c", NULL));
	assert_true(plan_is_empty(&f->p));
}

static void what_is_asked_for_is_made_anew(void **state)
{
	struct fixture *f = *state;

	apply_text(f, FAKE("") CHAIN);
	assert_true(plan_part(f, FAKE("") CHAIN, NULL, NULL, "instance.d*"));
	assert_int_equal(action_of(f, "instance.d[\"0\"]"), DIFF_REPLACE);
	assert_int_equal(action_of(f, "instance.d[\"1\"]"), DIFF_REPLACE);
	assert_int_equal(f->p.counts[DIFF_REPLACE], 2);
	assert_int_equal(f->p.counts[DIFF_DELETE], 0);
	apply_plan(f);
	assert_int_equal(f->r.failed + f->r.waiting, 0);
	assert_true(plan_part(f, FAKE("") CHAIN, NULL, NULL, NULL));
	assert_true(plan_is_empty(&f->p));
	assert_int_equal(f->s.places[0].objects.n, 5);
}

static void a_pattern_that_matches_nothing_is_a_mistake(void **state)
{
	struct fixture *f = *state;

	assert_false(plan_part(f, FAKE("") CHAIN, "instance.bb", NULL, NULL));
	assert_int_equal(f->d.v[0].code, DIAG_UNDEFINED);
	assert_non_null(strstr(f->d.v[0].notes->text, "instance.b"));
}

static void what_is_protected_may_be_left_out(void **state)
{
	struct fixture *f = *state;

	static const char kept[] =
		FAKE("") "  b: {image: \"${image.a}\", protect: true}\n";
	static const char gone[] = FAKE("") "  c: {image: \"${image.a}\"}\n";

	apply_text(f, kept);
	assert_false(plan_part(f, gone, NULL, NULL, NULL));
	diags_fini(&f->d);
	assert_true(plan_part(f, gone, NULL, "instance.b", NULL));
	assert_int_equal(f->p.counts[DIFF_CREATE], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_star_is_any_text_and_brackets_are_brackets),
		TEST(a_target_comes_with_what_it_needs_and_nothing_else),
		TEST(what_needs_an_excluded_change_is_excluded),
		TEST(a_targeted_deletion_comes_with_those_that_use_it),
		TEST(what_is_asked_for_is_made_anew),
		TEST(a_pattern_that_matches_nothing_is_a_mistake),
		TEST(what_is_protected_may_be_left_out),
	};

	return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
