/*
 * futex_pi.c - futexes with an owner: the word holds the owner's thread id, and
 * a bit says that others wait in the kernel (futex(2), "Priority-inheritance
 * futexes"). Unlocking gives the lock to who has waited longest. All threads
 * have one priority here, so there is none to inherit.
 *
 * The word is read and changed with its bucket's lock held, so that it and the
 * waiters agree. A page that is not in memory then cannot be brought in: the
 * lock is given back, the page brought in, and all begun anew.
 */
#include "kernel/arch/user.h"
#include "kernel/core/clock.h"
#include "kernel/lib/errno.h"
#include "kernel/linux/futex.h"
#include "kernel/linux/futex_private.h"
#include "kernel/linux/process.h"

static struct {
	uint32_t waiting;  /* how many wait for owners; atomic */
	struct waitq gone; /* woken when a thread has ended */
} pi = {.gone = WAITQ_INIT(pi.gone)};

/* --- who owns it --- */

enum owner { LIVES, ENDS, UNKNOWN };

static enum owner look_at_owner(uint32_t tid)
{
	enum owner what = UNKNOWN;
	struct task *t;

	lock_acquire(&process.lock);
	t = task_find_locked(tid);
	if (t)
		what = t->ends ? ENDS : LIVES;
	lock_release(&process.lock);
	return what;
}

/* Its last words may be about the lock that we want. */
static int wait_for_end(uint32_t tid)
{
	struct wait w;
	int rc = 0;

	wait_begin(&w, &pi.gone);
	while (!rc && look_at_owner(tid) == ENDS)
		rc = wait_sleep(&w, NO_DEADLINE);
	wait_end(&w);
	return rc;
}

void futex_owner_gone(void)
{
	waitq_wake(&pi.gone, ~0u);
}

/* --- the word; its bucket's lock is held --- */

static struct futex_waiter *first_for(struct futex_bucket *b,
                                      const struct space_key *key)
{
	LIST_EACH(n, &b->waiters)
	{
		struct futex_waiter *w =
			LIST_ENTRY(n, struct futex_waiter, link);

		if (w->owner && futex_same_key(&w->key, key))
			return w;
	}
	return NULL;
}

/* 1: changed; 0: it was something else, which is in *old now; -EFAULT. */
static int change(uaddr at, uint32_t *old, uint32_t new)
{
	uint32_t was;
	int rc = user_cmpxchg32(at, *old, new, &was);

	if (rc)
		return rc;
	if (was == *old)
		return 1;
	*old = was;
	return 0;
}

/*
 * Take the lock for `tid`. 1: it has it; 0: *owner has it, and the word says
 * that somebody waits; -EDEADLK, -ESRCH (no such owner), -EFAULT; -EBUSY: the
 * owner is about to end.
 */
static int take_locked(struct futex_bucket *b, const struct space_key *key,
                       uaddr at, uint32_t tid, uint32_t *owner)
{
	uint32_t old;
	int rc = futex_read_locked(at, &old);

	while (!rc) {
		*owner = old & FUTEX_TID_MASK;
		if (*owner == tid)
			return -EDEADLK;
		if (!*owner) {
			rc = change(at, &old,
			            tid | (old & FUTEX_OWNER_DIED) |
			                    (first_for(b, key) ? FUTEX_WAITERS
			                                       : 0));
			continue;
		}
		if (look_at_owner(*owner) != LIVES)
			return look_at_owner(*owner) == ENDS ? -EBUSY : -ESRCH;
		if (old & FUTEX_WAITERS)
			return 0;
		rc = change(at, &old, old | FUTEX_WAITERS);
		if (rc == 1)
			return 0;
	}
	return rc;
}

/*
 * Give the lock of `tid` to who has waited longest. 0; -EPERM: it is not
 * tid's; -EFAULT. `died`: the bit for the word, or 0.
 */
static int hand_on_locked(struct futex_bucket *b, const struct space_key *key,
                          uaddr at, uint32_t tid, uint32_t died)
{
	struct futex_waiter *next = first_for(b, key);
	uint32_t old, new = next ? next->tid | FUTEX_WAITERS | died : died;
	int rc = futex_read_locked(at, &old);

	while (!rc) {
		if ((old & FUTEX_TID_MASK) != tid)
			return -EPERM;
		rc = change(at, &old, new);
	}
	if (rc < 0 || !next)
		return rc < 0 ? rc : 0;
	LIST_EACH(n, &b->waiters)
	{
		struct futex_waiter *w =
			LIST_ENTRY(n, struct futex_waiter, link);

		if (w->owner && futex_same_key(&w->key, key))
			w->owner = next->tid;
	}
	futex_wake_locked(next);
	return 0;
}

/* --- locking and unlocking --- */

static sysret finish_wait(struct futex_waiter *w, uint64_t deadline, int rc)
{
	__atomic_fetch_add(&pi.waiting, 1, __ATOMIC_SEQ_CST);
	rc = futex_wait_and_leave(w, deadline, rc);
	__atomic_fetch_sub(&pi.waiting, 1, __ATOMIC_SEQ_CST);
	return rc == -EINTR ? -ERESTARTNOINTR : rc;
}

/* One attempt: as take_locked(), and with 0 `w` is in the queue. */
static int take_or_enter(struct futex_waiter *w, bool enter)
{
	struct futex_bucket *b = futex_bucket_of(&w->key);
	int rc;

	lock_acquire(&b->lock);
	rc = take_locked(b, &w->key, w->at, w->tid, &w->owner);
	if (rc == 0 && enter)
		futex_enter_locked(w, b);
	lock_release(&b->lock);
	return rc;
}

sysret futex_lock_pi(uaddr at, bool private, uint64_t deadline, bool try)
{
	struct futex_waiter w = {
		.tid = task_current()->tid,
		.at = at,
		.bitset = FUTEX_MATCH_ANY,
	};
	int rc = futex_key(at, private, &w.key);

	while (!rc) {
		int got = take_or_enter(&w, !try);

		if (got == 0)
			return try ? -EAGAIN : finish_wait(&w, deadline, 0);
		if (got == -EFAULT)
			rc = futex_bring_in(at);
		else if (got == -EBUSY && !try)
			rc = wait_for_end(w.owner);
		else
			return got == 1 ? 0 : got == -EBUSY ? -EAGAIN : got;
	}
	return rc == -EINTR ? -ERESTARTNOINTR : rc;
}

sysret futex_unlock_pi(uaddr at, bool private)
{
	struct space_key key;
	int rc = futex_key(at, private, &key);

	while (!rc) {
		struct futex_bucket *b = futex_bucket_of(&key);
		int done;

		lock_acquire(&b->lock);
		done = hand_on_locked(b, &key, at, task_current()->tid, 0);
		lock_release(&b->lock);
		if (done != -EFAULT)
			return done;
		rc = futex_bring_in(at);
	}
	return rc;
}

/* --- from a condition to a lock --- */

sysret futex_wait_requeue_pi(uaddr at, bool private, uint32_t value,
                             uint32_t bitset, uint64_t deadline, uaddr to)
{
	struct futex_waiter w = {
		.tid = task_current()->tid,
		.at = to,
		.bitset = bitset,
	};
	struct futex_bucket *b;
	uint32_t now;
	int rc = futex_key(at, private, &w.key);

	if (!rc)
		rc = futex_key(to, private, &w.then);
	if (!rc && futex_same_key(&w.key, &w.then))
		rc = -EINVAL;
	if (rc)
		return rc;
	b = futex_bucket_of(&w.key);
	lock_acquire(&b->lock);
	futex_enter_locked(&w, b);
	lock_release(&b->lock);
	rc = copy_in(&now, at, sizeof(now));
	if (!rc && now != value)
		rc = -EAGAIN;
	return finish_wait(&w, deadline, rc);
}

/* The first gets the lock if it is free, the others wait for it. */
static int send_on_locked(struct futex_waiter *w, struct futex_bucket *b)
{
	uint32_t owner;
	int rc = take_locked(b, &w->then, w->at, w->tid, &owner);

	if (rc == 1) {
		futex_wake_locked(w);
	} else if (rc == 0) {
		w->owner = owner;
		futex_move_locked(w, &w->then, b);
	}
	return rc < 0 ? rc : 0;
}

/* Adds to *moved; -EFAULT: begin again with those that are left. */
static int send_all_locked(struct futex_bucket *a, const struct space_key *from,
                           struct futex_bucket *b, const struct space_key *to,
                           uint64_t most, uint32_t *moved)
{
	LIST_EACH_SAFE(n, after, &a->waiters)
	{
		struct futex_waiter *w =
			LIST_ENTRY(n, struct futex_waiter, link);
		int rc;

		if (*moved >= most)
			break;
		if (!futex_same_key(&w->key, from))
			continue;
		if (!w->tid || w->owner || !futex_same_key(&w->then, to))
			return -EINVAL;
		rc = send_on_locked(w, b);
		if (rc)
			return rc;
		++*moved;
	}
	return 0;
}

sysret futex_cmp_requeue_pi(uaddr at, bool private, uint32_t nr_wake,
                            uint64_t nr_move, uaddr to, uint32_t expected)
{
	struct space_key from_key, to_key;
	struct futex_bucket *a, *b;
	uint32_t now, moved = 0;
	int rc = nr_wake == 1 ? futex_key(at, private, &from_key) : -EINVAL;

	if (!rc)
		rc = futex_key(to, private, &to_key);
	if (!rc && futex_same_key(&from_key, &to_key))
		rc = -EINVAL;
	if (rc)
		return rc;
	a = futex_bucket_of(&from_key);
	b = futex_bucket_of(&to_key);
	do {
		lock_acquire_two(&a->lock, &b->lock);
		rc = futex_read_locked(at, &now);
		if (!rc && !moved && now != expected)
			rc = -EAGAIN;
		if (!rc)
			rc = send_all_locked(a, &from_key, b, &to_key,
			                     nr_move + 1, &moved);
		lock_release_two(&a->lock, &b->lock);
	} while (rc == -EFAULT && !futex_bring_in(at) && !futex_bring_in(to));
	return rc == -EBUSY ? -EAGAIN : rc ? rc : (sysret)moved;
}

/* --- the end of an owner --- */

static struct futex_waiter *waits_for(struct futex_bucket *b, uint32_t tid)
{
	LIST_EACH(n, &b->waiters)
	{
		struct futex_waiter *w =
			LIST_ENTRY(n, struct futex_waiter, link);

		if (w->owner == tid)
			return w;
	}
	return NULL;
}

/* False: there is nobody left in this bucket who waits for `tid`. */
static bool hand_on_one(struct futex_bucket *b, uint32_t tid)
{
	struct futex_waiter *w;
	uaddr at = {0};
	int rc = 0;

	lock_acquire(&b->lock);
	w = waits_for(b, tid);
	if (w) {
		at = w->at;
		rc = hand_on_locked(b, &w->key, at, tid, FUTEX_OWNER_DIED);
		/* The program wrote something else: then it is on its own. */
		if (rc == -EPERM)
			w->owner = FUTEX_TID_MASK;
	}
	lock_release(&b->lock);
	if (rc == -EFAULT && futex_bring_in(at)) {
		lock_acquire(&b->lock);
		while ((w = waits_for(b, tid)))
			w->owner = FUTEX_TID_MASK; /* the word is gone */
		lock_release(&b->lock);
	}
	return w;
}

void futex_exit_pi(uint32_t tid)
{
	struct futex_bucket *b;

	if (!__atomic_load_n(&pi.waiting, __ATOMIC_SEQ_CST))
		return;
	for (unsigned i = 0; (b = futex_bucket_at(i)); i++)
		while (hand_on_one(b, tid))
			;
}
