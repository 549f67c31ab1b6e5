/*
 * mutex.h - locks that sleep. Threads only, no spin lock held. Not recursive.
 * Order between mutexes: inode, then address space (a write copies from pages
 * that may have to be brought in), then page cache mapping, then file system
 * (ext4's own), then network.
 *
 * Taking one that is free, and giving back one that nobody waits for, is one
 * atomic step. Who waits looks for a moment, as long as the holder runs, and
 * sleeps then. It is not given to who waited longest, but nobody waits for
 * ever: who was woken once in vain gets it at the next unlocking. The memory of
 * a mutex may go only when nobody can be in mutex_unlock() any more: a holder's
 * reference must outlive the call.
 */
#ifndef KERNEL_SCHED_MUTEX_H
#define KERNEL_SCHED_MUTEX_H

#include <stdbool.h>

#include "kernel/sched/wait.h"

struct thread;

struct mutex {
	struct thread *holder; /* atomic */
	uint32_t waiters;      /* asleep, or about to be; atomic */
	struct wait *heir;     /* gets it next; set where it is NULL, and
	                        * taken back by the holder only; atomic */
	struct waitq q;
};

#define MUTEX_INIT(name)                                                       \
	{                                                                      \
		.q = WAITQ_INIT((name).q)                                      \
	}

void mutex_init(struct mutex *m);
void mutex_lock(struct mutex *m);
bool mutex_try(struct mutex *m);
void mutex_unlock(struct mutex *m);
bool mutex_held(const struct mutex *m); /* by this thread */

#endif
