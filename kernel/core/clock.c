/* clock.c - monotonic and real time from the time stamp counter. */
#include "kernel/core/clock.h"

#include "kernel/arch/timebase.h"

static struct {
	uint64_t last;    /* the latest time anybody was told; atomic */
	uint64_t at_boot; /* real time when monotonic time was 0; atomic */
} clock;

/* A counter that steps back (a moved machine) must not take time along. */
uint64_t clock_monotonic(void)
{
	uint64_t now = timebase_ns();
	uint64_t last = __atomic_load_n(&clock.last, __ATOMIC_RELAXED);

	while (now > last)
		if (__atomic_compare_exchange_n(&clock.last, &last, now, false,
		                                __ATOMIC_RELAXED,
		                                __ATOMIC_RELAXED))
			return now;
	return last;
}

uint64_t clock_realtime(void)
{
	return __atomic_load_n(&clock.at_boot, __ATOMIC_RELAXED) +
	       clock_monotonic();
}

void clock_set_realtime(uint64_t ns)
{
	__atomic_store_n(&clock.at_boot, ns - clock_monotonic(),
	                 __ATOMIC_RELAXED);
}
