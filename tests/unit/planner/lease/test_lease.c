#include "planner/lease/lease.h"

#include "tests/unit/planner/fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK "  b: {image: \"${image.a}\"}\n  c: {image: \"${image.a}\"}\n"

/* Another apply of the same stack: its own providers. */
struct other {
	struct plan_session s;
	struct lease *lease;
};

static void open_fake(struct fixture *f, const char *settings)
{
	static const char stack[] = FAKE("SETTINGS") STACK;
	const char *at = strstr(stack, "SETTINGS");

	assert_true(plan_text(f,
	                      arena_printf(&f->mem, "%.*s%s%s",
	                                   (int)(at - stack), stack, settings,
	                                   at + strlen("SETTINGS")),
	                      false));
}

static void open_other(struct fixture *f, struct other *o)
{
	assert_true(plan_session_open(&f->mem, &f->c, &f->d, &o->s));
}

static void close_other(struct other *o)
{
	lease_release(o->lease);
	plan_session_close(&o->s);
}

static struct lease *take(struct fixture *f, int64_t ttl_ms)
{
	const struct lease_options how = {.ttl_ms = ttl_ms};
	struct lease *l = NULL;

	assert_null(lease_take(&f->s, &how, &l));
	return l;
}

static void set_clock(struct fixture *f, const char *ms)
{
	err_free(fs_write(fs_join(&f->mem, f->dir, "clock"), ms, strlen(ms),
	                  0600));
}

static void the_second_is_refused_and_told_who_has_it(void **state)
{
	const struct lease_options at_once = {0};
	struct fixture *f = *state;
	struct other o = {0};
	struct lease *l;
	struct err *e;
	char who[64];

	open_fake(f, "");
	l = take(f, 0);
	open_other(f, &o);
	e = lease_take(&o.s, &at_once, &o.lease);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	snprintf(who, sizeof(who), "(process %d) since", (int)getpid());
	assert_non_null(strstr(err_text(e), who));
	err_free(e);
	lease_release(l);
	assert_null(lease_take(&o.s, &at_once, &o.lease));
	close_other(&o);
}

static void let_go(void *ctx, const char *holder)
{
	struct lease **l = ctx;

	assert_non_null(strstr(holder, "process"));
	lease_release(*l);
	*l = NULL;
}

static void who_waits_gets_it_when_it_is_free(void **state)
{
	struct fixture *f = *state;
	struct other o = {0};
	struct lease *l;
	const struct lease_options patient = {
		.wait_ms = 20000, .waiting = let_go, .ctx = &l};

	open_fake(f, "");
	l = take(f, 0);
	open_other(f, &o);
	assert_null(lease_take(&o.s, &patient, &o.lease));
	assert_null(l);
	close_other(&o);
}

static bool yes(void *ctx)
{
	(void)ctx;
	return true;
}

static void who_waits_may_give_up(void **state)
{
	const struct lease_options impatient = {.wait_ms = 20000,
	                                        .canceled = yes};
	struct fixture *f = *state;
	struct other o = {0};
	struct lease *l;
	struct err *e;

	open_fake(f, "");
	l = take(f, 0);
	open_other(f, &o);
	e = lease_take(&o.s, &impatient, &o.lease);
	assert_int_equal(err_code(e), ERR_CANCELED);
	err_free(e);
	close_other(&o);
	lease_release(l);
}

/* The far end's clock counts, whatever ours says. */
static void what_is_not_renewed_expires_and_is_lost(void **state)
{
	const struct lease_options at_once = {.ttl_ms = 60000};
	struct fixture *f = *state;
	struct other o = {0};
	struct lease *l;
	struct err *e;

	open_fake(f, ", clock: clock");
	set_clock(f, "1000000");
	l = take(f, 60000);
	open_other(f, &o);
	set_clock(f, "1059000");
	e = lease_take(&o.s, &at_once, &o.lease);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	err_free(e);
	lease_renew(l);
	set_clock(f, "1061000");
	e = lease_take(&o.s, &at_once, &o.lease);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	err_free(e);
	set_clock(f, "1120000");
	assert_null(lease_take(&o.s, &at_once, &o.lease));
	assert_false(lease_is_lost(l));
	lease_renew(l);
	assert_true(lease_is_lost(l));
	/* What is another's by now is not taken away. */
	lease_release(l);
	lease_renew(o.lease);
	assert_false(lease_is_lost(o.lease));
	close_other(&o);
}

static void what_cannot_be_renewed_in_time_is_lost(void **state)
{
	struct fixture *f = *state;
	struct lease *l;

	open_fake(f, ", no_cell: 3");
	l = take(f, 60);
	while (!lease_is_lost(l)) /* the test's own time is the limit */
		lease_renew(l);
	lease_release(l);
}

/*
 * A far end that does not answer: its clock is a pipe into which nobody writes.
 */
static void a_renewal_that_hangs_does_not_hide_the_loss(void **state)
{
	struct fixture *f = *state;
	const char *clock, *pipe;
	struct lease *l;
	int end;

	open_fake(f, ", clock: clock");
	clock = fs_join(&f->mem, f->dir, "clock");
	pipe = fs_join(&f->mem, f->dir, "pipe");
	assert_int_equal(mkfifo(pipe, 0600), 0);
	end = open(pipe, O_RDWR | O_CLOEXEC);
	assert_true(end >= 0);
	set_clock(f, "1000000");
	l = take(f, 60);
	assert_int_equal(rename(pipe, clock), 0);
	while (!lease_is_lost(l)) /* the test's own time is the limit */
		;
	assert_int_equal(unlink(clock), 0);
	set_clock(f, "1000000");
	close(end);
	lease_release(l);
}

static void one_failure_to_renew_is_no_loss(void **state)
{
	struct fixture *f = *state;
	struct lease *l;

	open_fake(f, ", no_cell: 3");
	l = take(f, 60000);
	lease_renew(l);
	assert_false(lease_is_lost(l));
	lease_release(l);
}

static void a_holder_that_was_killed_is_not_waited_for(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t child;

	open_fake(f, "");
	child = fork();
	if (!child) {
		(void)take(f, 0);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	lease_release(take(f, 0));
}

static void a_lease_that_says_nothing_is_respected(void **state)
{
	static const char nonsense[] = "{\"pid\": -1, \"ttl_ms\": \"x\"";
	const struct lease_options at_once = {0};
	struct fixture *f = *state;
	struct other o = {0};
	struct cell c;
	struct err *e;

	open_fake(f, "");
	open_other(f, &o);
	assert_null(o.s.places[0].ops->cell->write(o.s.places[0].provider,
	                                           &f->mem, nonsense, 0, &c));
	e = lease_take(&o.s, &at_once, &o.lease);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	assert_non_null(strstr(err_text(e), "did not say who"));
	err_free(e);
	close_other(&o);
}

static void a_broken_lease_is_noticed_by_its_holder(void **state)
{
	struct fixture *f = *state;
	struct lease_info *v;
	struct lease *l;
	size_t n;

	open_fake(f, "");
	l = take(f, 0);
	assert_null(lease_show(&f->mem, &f->s, &v, &n));
	assert_int_equal(n, 1);
	assert_string_equal(v[0].place, "here");
	assert_true(v[0].remote);
	assert_non_null(strstr(v[0].holder, "process"));
	assert_true(v[0].left_ms > 0 && v[0].left_ms <= 60000);
	assert_null(lease_break(&f->s, &n));
	assert_int_equal(n, 1);
	assert_null(lease_show(&f->mem, &f->s, &v, &n));
	assert_null(v[0].holder);
	assert_null(lease_break(&f->s, &n));
	assert_int_equal(n, 0);
	lease_renew(l);
	assert_true(lease_is_lost(l));
	lease_release(l);
}

/* --- an apply whose lease is lost ----------------------------------------- */

struct loser {
	struct fixture *f;
	struct lease *l;
};

static void lose(void *ctx, const struct plan_node *n, enum apply_state s,
                 int64_t ms, const struct err *e)
{
	struct loser *loser = ctx;
	size_t broken;

	(void)n;
	(void)s;
	(void)ms;
	(void)e;
	assert_null(lease_break(&loser->f->s, &broken));
	lease_renew(loser->l);
}

static bool is_lost(void *ctx)
{
	return lease_is_lost(((struct loser *)ctx)->l);
}

static void a_lost_lease_lets_nothing_new_begin(void **state)
{
	struct loser loser = {.f = *state};
	const struct apply_events events = {.ctx = &loser, .finished = lose};
	const struct apply_options how = {.parallelism = 1,
	                                  .events = &events,
	                                  .canceled = is_lost,
	                                  .ctx = &loser};
	struct fixture *f = *state;

	open_fake(f, "");
	loser.l = take(f, 0);
	apply_run(&f->mem, &f->p, &how, &f->r);
	assert_int_equal(f->r.done, 1);
	assert_int_equal(f->r.waiting, 2);
	lease_release(loser.l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_second_is_refused_and_told_who_has_it),
		TEST(who_waits_gets_it_when_it_is_free),
		TEST(who_waits_may_give_up),
		TEST(what_is_not_renewed_expires_and_is_lost),
		TEST(what_cannot_be_renewed_in_time_is_lost),
		TEST(a_renewal_that_hangs_does_not_hide_the_loss),
		TEST(one_failure_to_renew_is_no_loss),
		TEST(a_holder_that_was_killed_is_not_waited_for),
		TEST(a_lease_that_says_nothing_is_respected),
		TEST(a_broken_lease_is_noticed_by_its_holder),
		TEST(a_lost_lease_lets_nothing_new_begin),
	};

	return cmocka_run_group_tests_name("lease", tests, NULL, NULL);
}
