/* time.h - times as programs write them: struct timespec and timeval. */
#ifndef KERNEL_LINUX_TIME_H
#define KERNEL_LINUX_TIME_H

#include <stdint.h>

#include "kernel/core/clock.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/attr.h"

struct timespec {
	int64_t sec, nsec;
};

struct timeval {
	int64_t sec, usec;
};

/* A timespec as ns; -EINVAL when negative or nsec is out of range. Seconds
 * beyond what 64 bits hold become the longest time there is. */
NODISCARD int time_read(uaddr at, uint64_t *ns);
NODISCARD int time_read_val(uaddr at, uint64_t *ns);
NODISCARD int time_write(uaddr at, uint64_t ns);
NODISCARD int time_write_val(uaddr at, uint64_t ns);
NODISCARD int time_check(const struct timespec *ts, uint64_t *ns);

/* A deadline `ns` from now, without overflow. */
uint64_t time_after(uint64_t ns);

/* The monotonic time at which the real-time clock will show `ns`. */
uint64_t time_from_realtime(uint64_t ns);

/* No alarm is set any more. */
void time_reset(void);

/* Now, on clock `id` of clock_gettime(2). -EINVAL: no such clock. */
NODISCARD int time_now(int id, uint64_t *ns);

#endif
