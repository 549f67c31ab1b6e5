/* time.h - times as programs write them: struct timespec and timeval. */
#ifndef KERNEL_LINUX_TIME_H
#define KERNEL_LINUX_TIME_H

#include <stdbool.h>
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

/* Now, on clock `id` of clock_gettime(2). -EINVAL: no such clock. */
NODISCARD int time_now(int id, uint64_t *ns);

/*
 * A clock of clock_gettime(2), decoded. What the processor spent on a thread
 * is known by its id; 0 is the process.
 */
struct time_clock {
	enum { TIME_REAL, TIME_MONOTONIC, TIME_CPU } kind;
	uint32_t tid;
};
NODISCARD int time_clock_find(int id, struct time_clock *out); /* -EINVAL */

/* What it shows, process.lock held. False: the thread is no more. */
NODISCARD bool time_clock_read_locked(const struct time_clock *c, uint64_t *ns);

/* Set the real-time clock, for everybody who waits for a time by it. */
void time_set_real(uint64_t ns);
void time_step_real(int64_t by);

#endif
