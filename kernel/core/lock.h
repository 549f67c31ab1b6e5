/*
 * lock.h - spin locks. (sched/mutex.h has locks that sleep.)
 *
 * A holder has interrupts off and may not sleep. Locks nest; interrupts are on
 * again once the outermost is released. Each lock has a rank, and a lock may
 * be taken only while every lock held has a higher rank: debug builds check.
 */
#ifndef KERNEL_CORE_LOCK_H
#define KERNEL_CORE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Taken from the top of this list to its end, never upwards. */
enum lock_rank {
	LOCK_LOG = 1, /* innermost: anything may print */
	LOCK_PAGES,   /* page allocator */
	LOCK_SLAB,    /* small objects */
	LOCK_RUNQ,    /* run queue, a thread's state */
	LOCK_TIMER,   /* timer heap */
	LOCK_READY,   /* epoll ready lists */
	LOCK_POLL,    /* wait queues of epoll files; outer ones lower */
	LOCK_POLL_MAX = LOCK_POLL + 4,
	LOCK_WAITQ,  /* all other wait queues */
	LOCK_DEVICE, /* a driver's rings */
	LOCK_SIGNAL, /* pending signals, handlers */
	LOCK_FUTEX,  /* futex buckets */
	LOCK_OBJECT, /* small kernel objects: pipe, eventfd, socket queue */
	LOCK_TABLE,  /* file descriptors, caches of inodes and names */
	LOCK_OUTERMOST,
};

struct lock {
	uint32_t held;
	enum lock_rank rank;
};

#define LOCK_INIT(r)                                                           \
	{                                                                      \
		.rank = (r)                                                    \
	}

void lock_init(struct lock *l, enum lock_rank rank);
void lock_acquire(struct lock *l);
void lock_release(struct lock *l);
bool lock_held(const struct lock *l);

#endif
