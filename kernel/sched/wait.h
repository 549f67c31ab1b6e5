/*
 * wait.h - sleeping until something happens.
 *
 * Whoever changes what others may wait for calls waitq_wake(). A waiter writes
 *
 *	struct wait w;
 *	int rc = 0;
 *
 *	wait_begin(&w, q);
 *	while (!condition && !rc)
 *		rc = wait_sleep(&w, deadline);
 *	wait_end(&w);
 *
 * and loses no wake-up, because it is in the queue before it looks at the
 * condition. Look at the condition once more when rc is not 0.
 */
#ifndef KERNEL_SCHED_WAIT_H
#define KERNEL_SCHED_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/core/lock.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/list.h"

struct mutex;
struct thread;
struct waitq;

struct wait {
	struct list link; /* guarded by q->lock */
	struct waitq *q;

	/*
	 * Called at waitq_wake() with q->lock held, interrupts off; `events`
	 * as given to it (POLLIN, ...). Whether somebody hears of it: if not,
	 * the next that is exclusive is tried. wait_begin() sets one that wakes
	 * the thread; epoll sets its own.
	 */
	bool (*wake)(struct wait *w, uint32_t events);

	struct thread *thread;
	bool woken; /* atomic */
	bool exclusive;
};

struct waitq {
	struct lock lock; /* rank LOCK_WAITQ */
	struct list waits;
};

#define WAITQ_INIT(name)                                                       \
	{                                                                      \
		.lock = LOCK_INIT(LOCK_WAITQ),                                 \
		.waits = LIST_HEAD((name).waits)                               \
	}

void waitq_init(struct waitq *q);

/*
 * Wake all that wait here; of those that are exclusive only the first that
 * hears of it. Any context. `events` are poll bits that may have become true;
 * ~0 for all. Whether anybody heard.
 */
bool waitq_wake(struct waitq *q, uint32_t events);

/* Put a wait with its own wake function into a queue, and take it out. */
void waitq_add(struct waitq *q, struct wait *w);
void waitq_remove(struct wait *w); /* fine when it is in no queue */

/* An exclusive one must say so before it can be woken. */
void wait_begin(struct wait *w, struct waitq *q);
void wait_begin_exclusive(struct wait *w, struct waitq *q);
void wait_end(struct wait *w);

/* Wake the thread that sleeps (or is about to) with this wait. Any context.
 * For wake functions that stand for another wait: poll(2) has many. */
void wait_notify(struct wait *w);

/*
 * Sleep until woken. 0; -ETIMEDOUT at `deadline` (monotonic, ns; NO_DEADLINE:
 * never); -EINTR when a signal is to be handled. Threads only, no lock held.
 */
NODISCARD int wait_sleep(struct wait *w, uint64_t deadline);

/* The same with `m` released while asleep and held again after. */
NODISCARD int wait_sleep_mutex(struct wait *w, uint64_t deadline,
                               struct mutex *m);

/* Signals do not end it: for short waits such as a disk's. 0 or -ETIMEDOUT. */
NODISCARD int wait_sleep_hard(struct wait *w, uint64_t deadline);

#endif
