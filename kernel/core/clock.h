/*
 * clock.h - time. Nanoseconds everywhere, as uint64_t.
 *
 * Monotonic time begins at boot and never goes back, on no processor. Real
 * time is that of UTC since 1970; it may be set. Programs read both from the
 * time page (arch/timebase.h) without a system call.
 */
#ifndef KERNEL_CORE_CLOCK_H
#define KERNEL_CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_SEC  UINT64_C(1000000000)
#define NS_PER_MS   UINT64_C(1000000)
#define NS_PER_US   UINT64_C(1000)
#define NO_DEADLINE UINT64_MAX

/* Any context. */
uint64_t clock_monotonic(void);
uint64_t clock_realtime(void);
void clock_set_realtime(uint64_t ns);

/* Let time run so many parts in 10^9 faster than at boot. Nothing jumps. */
void clock_set_rate(int64_t rate);

/* Real time when monotonic time was 0: changes when the clock is set. */
uint64_t clock_real_at_boot(void);

#endif
