/* clock.c - monotonic and real time; the one writer of the time page. */
#include "kernel/core/clock.h"

#include "kernel/arch/timebase.h"
#include "kernel/core/lock.h"

static struct {
	uint64_t last; /* the latest time anybody was told; atomic */

	struct lock lock; /* to change the time page */
	uint32_t mult;    /* the one at boot; 0: it is still in use */
} clock = {.lock = LOCK_INIT(LOCK_LOG)};

/*
 * A counter that steps back (a moved machine, processors that disagree) must
 * not take time along. Programs that read it themselves would see the step: so
 * from the first one on they have to ask.
 */
uint64_t clock_monotonic(void)
{
	uint64_t last = __atomic_load_n(&clock.last, __ATOMIC_ACQUIRE);
	uint64_t now = timebase_ns();

	if (now < last)
		__atomic_store_n(&time_page.page.mode, TIME_BY_CALL,
		                 __ATOMIC_RELAXED);
	while (now > last)
		if (__atomic_compare_exchange_n(&clock.last, &last, now, false,
		                                __ATOMIC_RELAXED,
		                                __ATOMIC_RELAXED))
			return now;
	return last;
}

uint64_t clock_real_at_boot(void)
{
	return __atomic_load_n(&time_page.page.real_at_boot, __ATOMIC_RELAXED);
}

uint64_t clock_realtime(void)
{
	return clock_real_at_boot() + clock_monotonic();
}

static void begin_change(struct time_page *p)
{
	__atomic_store_n(&p->seq, p->seq + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void end_change(struct time_page *p)
{
	__atomic_store_n(&p->seq, p->seq + 1, __ATOMIC_RELEASE);
}

void clock_set_realtime(uint64_t ns)
{
	struct time_page *p = &time_page.page;
	uint64_t at_boot = ns - clock_monotonic();

	lock_acquire(&clock.lock);
	begin_change(p);
	__atomic_store_n(&p->real_at_boot, at_boot, __ATOMIC_RELAXED);
	end_change(p);
	lock_release(&clock.lock);
}

void clock_set_rate(int64_t rate)
{
	struct time_page *p = &time_page.page;
	uint64_t mult;

	lock_acquire(&clock.lock);
	if (!clock.mult)
		clock.mult = p->mult;
	mult = clock.mult + (uint64_t)((int64_t)clock.mult * rate / 1000000000);
	begin_change(p);
	timebase_rebase(p);
	p->mult = (uint32_t)mult;
	end_change(p);
	lock_release(&clock.lock);
}
