/* timebase.h - the time stamp counter, in nanoseconds since boot. */
#ifndef KERNEL_ARCH_TIMEBASE_H
#define KERNEL_ARCH_TIMEBASE_H

#include <stdint.h>

/* Find out how fast it runs. `*how` is a phrase for the log. */
void timebase_init(const char **how);

uint64_t timebase_ns(void);
uint64_t timebase_hz(void);

/* What the machine's real-time clock says, ns since 1970; 0: it has none. */
uint64_t timebase_wall_clock(void);

/* How vDSO code and the local timer convert: ns = tsc * mult >> shift. */
struct timebase {
	uint64_t boot_tsc;
	uint32_t mult, shift;
};
extern struct timebase timebase;

#endif
