/* What an apply's threads tell at once is drawn by another, and all of it. */
#include "cmd/ui/progress.h"

#include "tests/lib/test.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ui/interrupt.h"
#include "planner/plan/plan.h"

enum { THREADS = 8, CHANGES = 500, LONGEST = 1024 * 1024 };

/* One thread's changes: one object that is made again and again. */
struct changer {
	struct progress_view *view;
	pthread_t thread;
	struct object object;
	struct plan_node node;
	char address[32];
	bool asks; /* until the user wants out */
};

static void *tell(void *arg)
{
	struct changer *c = arg;
	const struct apply_events *to = &c->view->events;

	for (unsigned i = 0; i < CHANGES; i++) {
		to->started(to->ctx, &c->node);
		to->said(to->ctx, &c->node, "halfway", 1);
		to->finished(to->ctx, &c->node, APPLY_DONE, 2, NULL);
	}
	while (c->asks && !interrupt_seen())
		sched_yield();
	return NULL;
}

static void start(struct changer *c, unsigned nr, struct progress_view *view)
{
	snprintf(c->address, sizeof(c->address), "instance.n%u", nr);
	c->view = view;
	c->object.address = c->address;
	c->node.have = &c->object;
	c->node.diff.action = DIFF_DELETE;
	assert_int_equal(pthread_create(&c->thread, NULL, tell, c), 0);
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

static char *all_of(FILE *f)
{
	char *text = calloc(1, LONGEST);

	assert_non_null(text);
	rewind(f);
	(void)!fread(text, 1, LONGEST - 1, f);
	fclose(f);
	return text;
}

static void each_change_has_its_line(void **state)
{
	static struct changer c[THREADS];
	FILE *out = tmpfile();
	struct progress_view *view = progress_terminal(out);
	char *text;

	(void)state;
	for (unsigned i = 0; i < THREADS; i++)
		start(&c[i], i, view);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(c[i].thread, NULL);
	view->end(view);
	text = all_of(out);
	assert_int_equal(count(text, ": deleted in"), THREADS * CHANGES);
	free(text);
}

/* However soon it is over: what draws may not have begun. */
static void a_short_apply_is_told_as_well(void **state)
{
	struct changer c = {.object.address = "instance.a",
	                    .node.diff.action = DIFF_DELETE};

	(void)state;
	c.node.have = &c.object;
	for (unsigned i = 0; i < 200; i++) {
		FILE *out = tmpfile();
		struct progress_view *view = progress_terminal(out);
		char *text;

		view->events.finished(view->events.ctx, &c.node, APPLY_DONE, 0,
		                      NULL);
		view->end(view);
		text = all_of(out);
		assert_int_equal(count(text, ": deleted in"), 1);
		free(text);
	}
}

static void a_signal_is_seen_by_every_thread(void **state)
{
	static struct changer c[THREADS];
	FILE *out = tmpfile();
	struct progress_view *view = progress_terminal(out);
	char *text;

	(void)state;
	interrupt_hold();
	for (unsigned i = 0; i < THREADS; i++) {
		c[i].asks = true;
		start(&c[i], i, view);
	}
	assert_int_equal(raise(SIGTERM), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(c[i].thread, NULL);
	view->end(view);
	interrupt_release();
	text = all_of(out);
	assert_int_equal(count(text, progress_stopping), 1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_change_has_its_line),
		cmocka_unit_test(a_short_apply_is_told_as_well),
		cmocka_unit_test(a_signal_is_seen_by_every_thread),
	};

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
