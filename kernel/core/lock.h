/*
 * lock.h - spin locks. (sched/mutex.h has locks that sleep.)
 *
 * A holder has interrupts off and may not sleep. Locks nest; interrupts are on
 * again once the outermost is released. Each lock has a rank, and a lock may
 * be taken only while every lock held has a higher rank: debug builds check.
 *
 * Interrupt handlers and timer functions run on one CPU while threads run on
 * others: to have interrupts off guards nothing, a lock does.
 */
#ifndef KERNEL_CORE_LOCK_H
#define KERNEL_CORE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Taken from the top of this list to its end, never upwards. */
enum lock_rank {
	LOCK_LOG = 1, /* innermost: anything may print */
	LOCK_PAGES,   /* page allocator */
	LOCK_HAND,    /* a CPU's pages at hand */
	LOCK_SLAB,    /* small objects */
	LOCK_SHELF,   /* a CPU's small objects at hand */
	LOCK_MMU,     /* page tables */
	LOCK_TIMER,   /* timer trees */
	LOCK_RUNQ,    /* run queues, threads' states */
	LOCK_THREADS, /* list of all threads */
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
	uint32_t held; /* atomic; by CPU number held - 1 */
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

/* Give it another rank while others may want it or have it. */
void lock_set_rank(struct lock *l, enum lock_rank rank);

/* Two of one rank, which may be the same: always in the same order. */
void lock_acquire_two(struct lock *a, struct lock *b);
void lock_release_two(struct lock *a, struct lock *b);

/* The machine stops and the others are stopped already, perhaps with locks
 * held: from now on nobody waits for one. */
void locks_break(void);

#endif
