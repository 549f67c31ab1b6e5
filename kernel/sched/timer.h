/*
 * timer.h - call me at a given time.
 *
 * `fn` runs in interrupt context, interrupts off, no lock held, at or soon
 * after the deadline. It may set its own timer again.
 */
#ifndef KERNEL_SCHED_TIMER_H
#define KERNEL_SCHED_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/rbtree.h"

struct timer {
	uint64_t deadline; /* monotonic, ns */
	void (*fn)(struct timer *t);
	struct rb_node node;
	bool set;
};

void timer_init(struct timer *t, void (*fn)(struct timer *t));

/* Set, or set anew. Any context. */
void timer_set(struct timer *t, uint64_t deadline);

/* True when it was set and now will not run. Any context. */
bool timer_cancel(struct timer *t);

#endif
