/*
 * Thousands of changes by many threads. What each thread reads of the others'
 * work is what ThreadSanitizer looks at (`make tsan`); here they must all be
 * made, once, with what they needed of each other.
 */
#include "tests/unit/planner/fixture.h"

#include <stdatomic.h>

enum { MEMBERS = 1000, THREADS = 64 };

/* Each of `c` needs an address of its own `b`; `all` needs those of all. */
#define PAIRS                                                                  \
	"  b: {image: \"${image.a}\", for_each: 1000}\n"                       \
	"  c:\n"                                                               \
	"    image: \"${image.a}\"\n"                                          \
	"    for_each: 1000\n"                                                 \
	"    env: {M: \"${instance.b[each.key].ip}\"}\n"                       \
	"  all:\n"                                                             \
	"    image: \"${image.a}\"\n"                                          \
	"    env: {N: \"${length(instance.b[*].ip)}\"}\n"

struct seen {
	size_t started, finished, stop_after;
	atomic_bool stop;
};

static void note_start(void *ctx, const struct plan_node *n)
{
	struct seen *s = ctx;

	(void)n;
	s->started++;
}

static void note_end(void *ctx, const struct plan_node *n, enum apply_state st,
                     int64_t ms, const struct err *e)
{
	struct seen *s = ctx;

	(void)n;
	(void)ms;
	(void)e;
	s->finished += st != APPLY_WAITING;
	if (s->finished == s->stop_after)
		s->stop = true;
}

static bool stopped(void *ctx)
{
	const struct seen *s = ctx;

	return s->stop;
}

static void apply_parallel(struct fixture *f, struct seen *s)
{
	const struct apply_events events = {
		.ctx = s, .started = note_start, .finished = note_end};
	const struct apply_options how = {.parallelism = THREADS,
	                                  .events = &events,
	                                  .canceled = stopped,
	                                  .ctx = s};

	apply_run(&f->mem, &f->p, &how, &f->r);
}

static const char *env_of(struct fixture *f, const char *address,
                          const char *key)
{
	return value_get_string(value_get(spec_of(f, address), "env"), key, "");
}

static void each_sees_what_the_others_made(void **state)
{
	struct fixture *f = *state;
	struct seen s = {0};

	assert_true(plan_text(f, FAKE("") PAIRS, false));
	apply_parallel(f, &s);
	assert_int_equal(f->r.done, 2 * MEMBERS + 2);
	assert_int_equal(s.started, s.finished);
	assert_int_equal(s.finished, f->r.done);

	assert_true(plan_text(f, FAKE("") PAIRS, false));
	assert_true(plan_is_empty(&f->p));
	assert_int_equal(f->s.places[0].objects.n, 2 * MEMBERS + 2);
	assert_string_equal(env_of(f, "instance.all", "N"), "1000");
	assert_string_equal(
		env_of(f, "instance.c[\"700\"]", "M"),
		value_get_string(
			f->p.nodes[node_of(f, "instance.b[\"700\"]")].value,
			"ip", "-"));
}

static void a_failure_among_them_stops_its_own(void **state)
{
	struct fixture *f = *state;
	struct seen s = {0};

	assert_true(
		plan_text(f, FAKE(", fail: 'instance.b[\"7\"]'") PAIRS, false));
	apply_parallel(f, &s);
	assert_int_equal(f->r.failed, 1);
	assert_int_equal(state_of(f, "instance.b[\"7\"]"), APPLY_FAILED);
	assert_int_equal(state_of(f, "instance.all"), APPLY_WAITING);
	apply_text(f, FAKE("") PAIRS);
	assert_true(plan_text(f, FAKE("") PAIRS, false));
	assert_true(plan_is_empty(&f->p));
}

/* In the middle of it nothing new is begun, and the rest is made later. */
static void stopped_halfway_it_is_gone_on_with(void **state)
{
	struct fixture *f = *state;
	struct seen s = {.stop_after = MEMBERS};

	assert_true(plan_text(f, FAKE("") PAIRS, false));
	apply_parallel(f, &s);
	assert_true(f->r.canceled);
	assert_in_range(f->r.done, MEMBERS, MEMBERS + THREADS);
	assert_int_equal(f->r.done + f->r.waiting, 2 * MEMBERS + 2);
	apply_text(f, FAKE("") PAIRS);
	assert_int_equal(f->s.places[0].objects.n + f->r.done, 2 * MEMBERS + 2);

	assert_true(plan_text(f, FAKE("") PAIRS, true));
	s = (struct seen){0};
	apply_parallel(f, &s);
	assert_int_equal(f->r.done, 2 * MEMBERS + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_sees_what_the_others_made),
		TEST(a_failure_among_them_stops_its_own),
		TEST(stopped_halfway_it_is_gone_on_with),
	};

	return cmocka_run_group_tests_name("parallel", tests, NULL, NULL);
}
