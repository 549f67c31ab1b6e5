/*
 * timer.h - call me at a given time.
 *
 * `fn` runs in interrupt context, interrupts off, no lock held, at or soon
 * after the deadline, on the CPU that set the timer. It may set its own timer
 * again. Other CPUs run meanwhile.
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
	uint8_t cpu; /* in whose tree */
};

void timer_init(struct timer *t, void (*fn)(struct timer *t));

/* Set, or set anew. Any context. */
void timer_set(struct timer *t, uint64_t deadline);

/*
 * True when it was set and now will not run. If `fn` runs just now on another
 * CPU this waits for its end: hold no lock that `fn` takes. Afterwards the
 * timer's memory may go. Any context, from `fn` itself without waiting.
 */
bool timer_cancel(struct timer *t);

/*
 * The same without waiting: false also when `fn` is under way, which the
 * caller must be able to tell. Locks that `fn` takes may be held.
 */
bool timer_try_cancel(struct timer *t);

#endif
