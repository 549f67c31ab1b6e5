/*
 * time_follow.c - see time_follow.h.
 *
 * kvmclock says the time to the nanosecond. A PC's clock shows seconds: so it
 * is looked at around the moment when it should go on to the next one. The
 * first time that moment is not known, and the looks go on for a second. (QEMU
 * begins its first second when it starts, so with that clock we are up to one
 * second behind the host, and stay so.)
 */
#include "kernel/linux/time_follow.h"

#include "kernel/arch/timebase.h"
#include "kernel/core/clock_follow.h"
#include "kernel/core/log.h"
#include "kernel/linux/time.h"
#include "kernel/sched/thread.h"
#include "kernel/sched/wait.h"

static const uint64_t INTERVAL_NS = 60 * NS_PER_SEC;
static const uint64_t FIRST_NS = 5 * NS_PER_SEC;
static const uint64_t LOOK_NS = 2 * NS_PER_MS;
static const uint64_t BEFORE_NS = 8 * NS_PER_MS;

enum { TRIES = 8 };

static bool stopped; /* atomic */

static struct {
	struct waitq q;
	bool asked; /* atomic */
} look = {.q = WAITQ_INIT(look.q)};

/* The moment, by the monotonic clock, at which the machine's shows *second for
 * the first time, known to *width ns. False: it does not go on. */
static bool find_edge(uint64_t *at, uint64_t *second, uint64_t *width)
{
	uint64_t unused, until = clock_monotonic() + 3 * NS_PER_SEC / 2;
	uint64_t was = timebase_wall_clock(&unused), before, now;

	do {
		before = clock_monotonic();
		thread_sleep_until(before + LOOK_NS);
		*second = timebase_wall_clock(&unused);
		now = clock_monotonic();
		*width = now - before;
		*at = before + *width / 2;
	} while (*second == was && now < until);
	return *second != was;
}

/* True time less ours. False: the machine has no clock. */
static bool measure(int64_t *offset)
{
	uint64_t error, at, ns = timebase_wall_clock(&error);

	if (!ns)
		return false;
	at = clock_monotonic();
	/* A look that a busy host made long tells nothing. */
	for (int i = 0; error && i < TRIES; i++) {
		if (!find_edge(&at, &ns, &error))
			return false;
		if (error <= 4 * LOOK_NS)
			break;
	}
	*offset = (int64_t)(ns - (clock_real_at_boot() + at));
	return true;
}

/* Or until somebody asks. */
static void sleep_until(uint64_t next)
{
	struct wait w;

	wait_begin(&w, &look.q);
	while (!__atomic_exchange_n(&look.asked, false, __ATOMIC_ACQ_REL) &&
	       clock_monotonic() < next)
		(void)!wait_sleep_hard(&w, next);
	wait_end(&w);
}

/* Shortly before our clock goes on to its next second. */
static uint64_t before_a_second(uint64_t after)
{
	uint64_t real = clock_real_at_boot() + after;

	return after + NS_PER_SEC - real % NS_PER_SEC - BEFORE_NS;
}

static void step(int64_t offset)
{
	log_line("the clock is set %s by %ld ms",
	         offset < 0 ? "back" : "forward",
	         (offset < 0 ? -offset : offset) / (int64_t)NS_PER_MS);
	time_step_real(offset);
}

static void follow(void *arg UNUSED)
{
	struct clock_follow f = {0};
	uint64_t next = clock_monotonic() + FIRST_NS;
	int64_t offset;

	for (;;) {
		sleep_until(next);
		if (__atomic_load_n(&stopped, __ATOMIC_RELAXED) ||
		    !measure(&offset))
			break;
		if (clock_follow_steps(offset))
			step(offset);
		else
			clock_set_rate(
				clock_follow_rate(&f, offset, INTERVAL_NS));
		next = before_a_second(clock_monotonic() + INTERVAL_NS);
	}
	clock_set_rate(f.drift);
}

void time_follow_start(void)
{
	if (thread_start("clock", follow, NULL))
		log_line("no memory to follow the machine's clock");
}

void time_follow_now(void)
{
	__atomic_store_n(&look.asked, true, __ATOMIC_RELEASE);
	waitq_wake(&look.q, ~0u);
}

void time_follow_stop(void)
{
	__atomic_store_n(&stopped, true, __ATOMIC_RELAXED);
}
