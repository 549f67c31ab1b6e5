/*
 * The process is killed at each change in turn, before, inside and after its
 * effect; whatever is left, the next apply makes it what was wanted: nothing
 * twice, nothing orphaned, and destroy leaves nothing.
 */
#include "tests/unit/planner/fixture.h"

#include <signal.h>
#include <sys/wait.h>

static const char first[] =
	"  b: {image: \"${image.a}\"}\n"
	"  c: {image: \"${image.a}\", env: {M: \"${instance.b.ip}\"}}\n"
	"  g: {image: \"${image.a}\", for_each: 2}\n";

/* b is replaced, c follows, g loses one and changes the other; d is new. */
static const char second[] =
	"  b: {image: \"${image.a}\", hostname: h}\n"
	"  c: {image: \"${image.a}\", env: {M: \"${instance.b.ip}\"}}\n"
	"  d: {image: \"${image.a}\"}\n"
	"  g: {image: \"${image.a}\", for_each: 1, env: {N: x}}\n";

static const char *const moments[] = {"before", "inside", "after"};

static const char *stack(struct fixture *f, const char *instances, int at,
                         const char *moment)
{
	static const char head[] = FAKE("SETTINGS");
	const char *place = strstr(head, "SETTINGS");

	return arena_printf(&f->mem, "%.*s, crash_at: %d, crash: %s%s%s",
	                    (int)(place - head), head, at, moment,
	                    place + strlen("SETTINGS"), instances);
}

/* Apply in another process; true: it was killed. */
static bool dies(struct fixture *f, const char *text, bool destroy)
{
	pid_t child = fork();
	int status;

	if (!child) {
		if (!plan_text(f, text, destroy))
			_exit(3);
		apply_plan(f);
		plan_session_close(&f->s);
		_exit(f->r.failed || f->r.waiting ? 2 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGKILL);
		return true;
	}
	assert_int_equal(status, 0);
	return false;
}

static void nothing_is_twice(struct fixture *f)
{
	const struct object_set *all = &f->s.places[0].objects;

	for (size_t i = 0; i < all->n; i++) {
		assert_null(all->v[i].fault);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(all->v[i].address,
			                        all->v[j].address);
	}
}

/* All of it is there, once, and a plan has nothing more to do. */
static void converges(struct fixture *f, const char *instances, size_t n)
{
	const char *text = stack(f, instances, 0, "before");

	apply_text(f, text);
	assert_true(plan_text(f, text, false));
	assert_true(plan_is_empty(&f->p));
	assert_int_equal(f->s.places[0].objects.n, n);
	nothing_is_twice(f);
}

static void is_all_gone(struct fixture *f)
{
	const char *text = stack(f, first, 0, "before");

	assert_true(plan_text(f, text, true));
	apply_plan(f);
	assert_true(plan_text(f, text, true));
	assert_int_equal(f->s.places[0].objects.n, 0);
}

/* Until it is no longer killed: then every change was tried. */
static void at_every_change(struct fixture *f, const char *before,
                            const char *instances, size_t n, bool destroy,
                            int most)
{
	for (size_t m = 0; m < ARRAY_LEN(moments); m++) {
		int at = 0;
		bool killed;

		do {
			if (before)
				apply_text(f, stack(f, before, 0, "before"));
			killed = dies(f, stack(f, instances, ++at, moments[m]),
			              destroy);
			if (!destroy)
				converges(f, instances, n);
			is_all_gone(f);
		} while (killed);
		assert_int_equal(at, most + 1);
	}
}

static void a_first_apply_survives_every_kill(void **state)
{
	at_every_change(*state, NULL, first, 5, false, 5);
}

static void a_change_survives_every_kill(void **state)
{
	/* b: delete and create; c is unchanged then; d; g: update, delete */
	at_every_change(*state, first, second, 5, false, 5);
}

static void a_destroy_survives_every_kill(void **state)
{
	at_every_change(*state, first, first, 5, true, 5);
}

/* Killed again and again, it gets there all the same. */
static void one_change_at_a_time_is_enough(void **state)
{
	struct fixture *f = *state;

	/* Else the second change may end it before the first is done. */
	f->parallelism = 1;
	for (size_t m = 0; m < ARRAY_LEN(moments); m++) {
		int kills = 0;

		while (dies(f, stack(f, first, 2, moments[m]), false))
			assert_true(++kills < 20);
		converges(f, first, 5);
		is_all_gone(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_first_apply_survives_every_kill),
		TEST(a_change_survives_every_kill),
		TEST(a_destroy_survives_every_kill),
		TEST(one_change_at_a_time_is_enough),
	};

	return cmocka_run_group_tests_name("crash", tests, NULL, NULL);
}
