/*
 * timebase.h - time from the time stamp counter, and the page that says how.
 *
 * struct time_page is mapped read-only into every program; the vDSO reads it
 * exactly as the kernel does. So it holds nothing else, and includes nothing
 * but <stdint.h>: user-mode code is compiled with it.
 *
 *	monotonic = ns + ((tsc - page.tsc) * mult >> shift)
 *	real      = real_at_boot + monotonic
 *
 * `seq` is odd while a writer changes the rest. A reader reads it before and
 * after, and begins again when it was odd or differs (a seqlock).
 */
#ifndef KERNEL_ARCH_TIMEBASE_H
#define KERNEL_ARCH_TIMEBASE_H

#include <stdint.h>

/* How a program may find something out without a system call. */
enum time_mode {
	TIME_BY_CALL, /* it may not: the counter is not to be trusted */
	TIME_BY_TSC,
};

enum cpu_mode {
	CPU_BY_CALL,
	CPU_BY_RDPID,
	CPU_BY_RDTSCP,
};

struct time_page {
	uint32_t seq;
	uint32_t mode;         /* enum time_mode */
	uint64_t tsc;          /* a moment, as the counter shows it, ... */
	uint64_t ns;           /* ... and in ns since boot */
	uint32_t mult, shift;  /* ns for a tick: mult / 2^shift */
	uint64_t real_at_boot; /* ns since 1970 when `ns` was 0 */
	uint32_t cpu_mode;     /* enum cpu_mode */
};

/* How much above the rate at boot `mult` may become: one part in so many. */
enum { TIMEBASE_HEADROOM = 256 };

union time_page_room {
	struct time_page page;
	uint8_t bytes[4096];
};

extern union time_page_room time_page;

/* Find out how fast it runs. `*how` is a phrase for the log. */
void timebase_init(const char **how);

/* Nanoseconds since boot. Any context. */
uint64_t timebase_ns(void);
uint64_t timebase_hz(void);

/* Let p->tsc and p->ns be of now, so that a new rate begins here. Its `seq` is
 * odd. */
void timebase_rebase(struct time_page *p);

/* The counter when the machine started. */
uint64_t timebase_boot_tsc(void);

/*
 * What the machine's clock says, ns since 1970; 0: it has none. *error is how
 * far the true time may be ahead of it: a PC's clock shows whole seconds.
 */
uint64_t timebase_wall_clock(uint64_t *error);

#endif
