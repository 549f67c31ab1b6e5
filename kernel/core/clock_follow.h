/*
 * clock_follow.h - keeping our clock with the machine's, arithmetic only.
 *
 * The counter's rate is known to about a part in a thousand at boot, which
 * would be a minute a day. Now and then the offset to the machine's clock is
 * measured, and the rate set so that it is gone at the next measurement: time
 * never jumps for it, and a rate that fits is learnt.
 */
#ifndef KERNEL_CORE_CLOCK_FOLLOW_H
#define KERNEL_CORE_CLOCK_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise to use. */
struct clock_follow {
	int64_t drift; /* learnt so far, parts in 10^9 */
};

/* The clock may be made to run so much faster or slower, parts in 10^9. */
enum { CLOCK_RATE_MAX = 2000000 };

/*
 * Is this offset (true time less ours, ns) to be jumped over? Ahead, where a
 * clock that shows whole seconds made us begin late; or far in any direction.
 */
bool clock_follow_steps(int64_t offset);

/*
 * The rate for the next `interval` ns, in parts in 10^9 beyond the one at
 * boot, given the offset after the last one.
 */
int64_t clock_follow_rate(struct clock_follow *f, int64_t offset,
                          uint64_t interval);

#endif
