/* futex_private.h - the table of waiters, for futex.c and futex_pi.c. */
#ifndef KERNEL_LINUX_FUTEX_PRIVATE_H
#define KERNEL_LINUX_FUTEX_PRIVATE_H

#include "kernel/core/lock.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/list.h"
#include "kernel/mm/space.h"
#include "kernel/sched/wait.h"

/* Linux, uapi/linux/futex.h. */
#define FUTEX_WAITERS    0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID_MASK   0x3fffffffu
#define FUTEX_MATCH_ANY  0xffffffffu

struct futex_bucket {
	struct lock lock; /* rank LOCK_FUTEX */
	struct list waiters;
};

/*
 * On the stack of who waits. It is in the list of the bucket of its key until
 * it is woken or leaves, both under that bucket's lock.
 */
struct futex_waiter {
	struct list link;            /* bucket's lock */
	struct futex_bucket *bucket; /* changes under both locks; atomic */
	struct space_key key;
	uint32_t bitset;
	bool woken; /* atomic; of a lock with an owner: it is ours now */
	struct waitq q;

	/*
	 * Waits for a lock with an owner (futex_pi.c): who waits for whom, and
	 * where the word is. owner 0: for another word first, and then for the
	 * lock at `at`, whose key is `then`. tid 0: a plain wait.
	 */
	uint32_t tid, owner;
	uaddr at;
	struct space_key then;
};

struct futex_bucket *futex_bucket_of(const struct space_key *k);
struct futex_bucket *futex_bucket_at(unsigned i); /* NULL: there are no more */
bool futex_same_key(const struct space_key *a, const struct space_key *b);

/* -EINVAL: not aligned; -EFAULT. */
NODISCARD int futex_key(uaddr at, bool private, struct space_key *out);

/* Into its bucket, whose lock is held. */
void futex_enter_locked(struct futex_waiter *w, struct futex_bucket *b);

/* Out of it, and wake its thread. Bucket's lock held. */
void futex_wake_locked(struct futex_waiter *w);

/* Into another bucket, both locks held. */
void futex_move_locked(struct futex_waiter *w, const struct space_key *to,
                       struct futex_bucket *b);

/*
 * Sleep until woken, and leave the bucket. 0: somebody has woken us;
 * -ETIMEDOUT, -EINTR: nobody has. `rc` not 0: do not sleep, and the same.
 */
NODISCARD int futex_wait_and_leave(struct futex_waiter *w, uint64_t deadline,
                                   int rc);

/* The word, with spin locks held: -EFAULT also when it is not in memory. */
NODISCARD int futex_read_locked(uaddr at, uint32_t *word);

/* Bring the word in for writing. -EFAULT: there is none. */
NODISCARD int futex_bring_in(uaddr at);

/* --- futex_pi.c --- */

sysret futex_lock_pi(uaddr at, bool private, uint64_t deadline, bool try);
sysret futex_unlock_pi(uaddr at, bool private);
sysret futex_wait_requeue_pi(uaddr at, bool private, uint32_t value,
                             uint32_t bitset, uint64_t deadline, uaddr to);
sysret futex_cmp_requeue_pi(uaddr at, bool private, uint32_t nr_wake,
                            uint64_t nr_move, uaddr to, uint32_t expected);

#endif
