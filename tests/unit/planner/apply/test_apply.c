#include "tests/unit/planner/fixture.h"

#include "parser/base/strbuf.h"

#define STACK                                                                  \
	"  b: {image: \"${image.a}\"}\n"                                       \
	"  c: {image: \"${image.a}\", env: {M: \"${instance.b.ip}\"}}\n"       \
	"  d: {image: \"${image.a}\"}\n"

static void what_was_unknown_is_known_when_its_turn_comes(void **state)
{
	struct fixture *f = *state;
	const struct value *env;

	apply_text(f, FAKE("") STACK);
	assert_int_equal(f->r.done, 4);
	assert_true(plan_text(f, FAKE("") STACK, false));
	env = value_get(spec_of(f, "instance.c"), "env");
	assert_string_equal(
		value_get_string(env, "M", ""),
		value_get_string(f->p.nodes[node_of(f, "instance.b")].value,
	                         "ip", "-"));
}

static void a_failure_stops_only_what_needs_the_failed(void **state)
{
	struct fixture *f = *state;

	assert_true(plan_text(f, FAKE(", fail: instance.b") STACK, false));
	apply_plan(f);
	assert_int_equal(state_of(f, "instance.b"), APPLY_FAILED);
	assert_int_equal(state_of(f, "instance.c"), APPLY_WAITING);
	assert_int_equal(state_of(f, "instance.d"), APPLY_DONE);
	assert_int_equal(f->r.failed, 1);
	assert_int_equal(f->r.waiting, 1);
	assert_int_equal(f->r.done, 2);
}

/* Whatever call fails, the next apply finishes the job. */
static void every_failure_can_be_gone_on_from(void **state)
{
	struct fixture *f = *state;

	for (int n = 1; n <= 4; n++) {
		char *broken =
			arena_printf(&f->mem, "%s", FAKE(", fail_at: N") STACK);

		*strchr(strstr(broken, "fail_at"), 'N') = (char)('0' + n);
		assert_true(plan_text(f, broken, false));
		apply_plan(f);
		assert_int_equal(f->r.failed, 1);
		apply_text(f, FAKE("") STACK);
		assert_true(plan_text(f, FAKE("") STACK, false));
		assert_true(plan_is_empty(&f->p));
		assert_true(plan_text(f, FAKE("") STACK, true));
		apply_plan(f);
		assert_int_equal(f->r.done, 4);
	}
}

static void a_value_that_comes_out_the_same_changes_nothing(void **state)
{
	struct fixture *f = *state;

	apply_text(f, FAKE("") STACK);
	/* b is replaced, its address is not known, and stays what it was. */
	assert_true(
		plan_text(f,
	                  FAKE("") "  b: {image: \"${image.a}\", hostname: h}\n"
	                           "  c: {image: \"${image.a}\", env: {M: "
	                           "\"${instance.b.ip}\"}}\n"
	                           "  d: {image: \"${image.a}\"}\n",
	                  false));
	assert_int_equal(action_of(f, "instance.b"), DIFF_REPLACE);
	assert_int_equal(action_of(f, "instance.c"), DIFF_UPDATE);
	apply_plan(f);
	assert_int_equal(state_of(f, "instance.b"), APPLY_DONE);
	assert_int_equal(state_of(f, "instance.c"), APPLY_UNCHANGED);
}

static bool always(void *ctx)
{
	(void)ctx;
	return true;
}

static void canceled_nothing_new_is_begun(void **state)
{
	const struct apply_options how = {.canceled = always};
	struct fixture *f = *state;

	assert_true(plan_text(f, FAKE("") STACK, false));
	apply_run(&f->mem, &f->p, &how, &f->r);
	assert_true(f->r.canceled);
	assert_int_equal(f->r.done, 0);
	assert_int_equal(f->r.waiting, 4);
}

static void note(void *ctx, const struct plan_node *n, enum apply_state s,
                 int64_t ms, const struct err *e)
{
	(void)s;
	(void)ms;
	(void)e;
	strbuf_printf(ctx, "%s ", plan_kind(n));
}

static void events_come_one_for_each_change(void **state)
{
	struct strbuf seen = {0};
	const struct apply_events events = {.ctx = &seen, .finished = note};
	const struct apply_options how = {.events = &events};
	struct fixture *f = *state;

	assert_true(plan_text(f, FAKE("") STACK, false));
	apply_run(&f->mem, &f->p, &how, &f->r);
	assert_string_equal(seen.s, "image instance instance instance ");
	strbuf_fini(&seen);
}

static void many_objects_are_all_made(void **state)
{
	static const char text[] =
		FAKE("") "  b: {image: \"${image.a}\", for_each: 50}\n"
			 "  c: {image: \"${image.a}\", for_each: 50, env: {M: "
			 "'${join(\",\", instance.b[*].ip)}'}}\n";
	struct fixture *f = *state;

	apply_text(f, text);
	assert_int_equal(f->r.done, 101);
	assert_true(plan_text(f, text, false));
	assert_true(plan_is_empty(&f->p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_unknown_is_known_when_its_turn_comes),
		TEST(a_failure_stops_only_what_needs_the_failed),
		TEST(every_failure_can_be_gone_on_from),
		TEST(a_value_that_comes_out_the_same_changes_nothing),
		TEST(canceled_nothing_new_is_begun),
		TEST(events_come_one_for_each_change),
		TEST(many_objects_are_all_made),
	};

	return cmocka_run_group_tests_name("apply", tests, NULL, NULL);
}
