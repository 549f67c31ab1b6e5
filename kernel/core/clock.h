/*
 * clock.h - time. Nanoseconds everywhere, as uint64_t.
 *
 * Monotonic time begins at boot and never goes back. Real time is seconds
 * since 1970 (UTC); it may be set.
 */
#ifndef KERNEL_CORE_CLOCK_H
#define KERNEL_CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_SEC  UINT64_C(1000000000)
#define NS_PER_MS   UINT64_C(1000000)
#define NS_PER_US   UINT64_C(1000)
#define NO_DEADLINE UINT64_MAX

uint64_t clock_monotonic(void);
uint64_t clock_realtime(void);
void clock_set_realtime(uint64_t ns);

#endif
