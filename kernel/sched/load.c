/* load.c - see load.h; counted as Linux does, every five seconds. */
#include "kernel/sched/load.h"

#include "kernel/core/clock.h"
#include "kernel/sched/thread_private.h"
#include "kernel/sched/timer.h"

#define PERIOD (5 * NS_PER_SEC)

/* LOAD_ONE / e^(5 s / 1 min), and for 5 and 15 minutes. */
static const uint32_t kept[LOAD_SPANS] = {1884, 2014, 2037};

static struct {
	struct timer timer;
	uint32_t mean[LOAD_SPANS]; /* atomic */
} load;

static void count_blocked(const struct thread *t, void *ctx)
{
	bool blocked = t->task &&
	               __atomic_load_n(&t->state, __ATOMIC_RELAXED) ==
	                       THREAD_SLEEPING &&
	               !__atomic_load_n(&t->interruptible, __ATOMIC_RELAXED);

	*(unsigned *)ctx += blocked;
}

unsigned load_nr_blocked(void)
{
	unsigned n = 0;

	thread_each(count_blocked, &n);
	return n;
}

/* Rounded up while it rises, so that it comes to what is there. */
static uint32_t next_mean(uint32_t mean, uint32_t now, uint32_t keep)
{
	uint32_t sum = mean * keep + now * (LOAD_ONE - keep);

	return (now >= mean ? sum + LOAD_ONE - 1 : sum) / LOAD_ONE;
}

static void count(struct timer *t)
{
	uint32_t now = (sched_nr_runnable() + load_nr_blocked()) * LOAD_ONE;

	for (unsigned i = 0; i < LOAD_SPANS; i++)
		__atomic_store_n(&load.mean[i],
		                 next_mean(load.mean[i], now, kept[i]),
		                 __ATOMIC_RELAXED);
	timer_set(t, clock_monotonic() + PERIOD);
}

void load_start(void)
{
	timer_init(&load.timer, count);
	timer_set(&load.timer, clock_monotonic() + PERIOD);
}

void load_get(uint32_t out[LOAD_SPANS])
{
	for (unsigned i = 0; i < LOAD_SPANS; i++)
		out[i] = __atomic_load_n(&load.mean[i], __ATOMIC_RELAXED);
}
