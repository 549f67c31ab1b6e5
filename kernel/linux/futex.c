/*
 * futex.c - futexes. Not here: priority inheritance (-ENOSYS).
 *
 * A waiter enters its bucket first and looks at the word then, so a wake that
 * comes between is not lost. Waiters live on their threads' stacks; a waker
 * touches one only under the bucket's lock, and the waiter leaves under it.
 */
#include "kernel/linux/futex.h"

#include "kernel/arch/user.h"
#include "kernel/core/clock.h"
#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/linux/process.h"
#include "kernel/linux/time.h"

enum {
	FUTEX_WAIT = 0,
	FUTEX_WAKE = 1,
	FUTEX_REQUEUE = 3,
	FUTEX_CMP_REQUEUE = 4,
	FUTEX_WAKE_OP = 5,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_WAKE_BITSET = 10,
	FUTEX_PRIVATE = 128,
	FUTEX_CLOCK_REALTIME = 256,
	FUTEX_COMMAND = ~(FUTEX_PRIVATE | FUTEX_CLOCK_REALTIME),

	BUCKETS = 256,
	ROBUST_MAX = 2048,
};

#define FUTEX_WAITERS    0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID_MASK   0x3fffffffu
#define MATCH_ANY        0xffffffffu

/* Two buckets are only ever locked one after the other, never together. */
struct bucket {
	struct lock lock; /* rank LOCK_FUTEX */
	struct list waiters;
};

struct waiter {
	struct list link;      /* bucket's lock */
	struct bucket *bucket; /* changes on requeue, under both locks */
	struct space_key key;
	uint32_t bitset;
	bool woken;
	struct waitq q;
};

static struct bucket buckets[BUCKETS];

void futex_init(void)
{
	for (int i = 0; i < BUCKETS; i++) {
		lock_init(&buckets[i].lock, LOCK_FUTEX);
		list_init(&buckets[i].waiters);
	}
}

static struct bucket *bucket_of(const struct space_key *k)
{
	uint64_t h = ((uint64_t)k->object >> 4 ^ k->offset >> 2) *
	             UINT64_C(0x9e3779b97f4a7c15);

	return &buckets[h >> 56];
}

static bool same_key(const struct space_key *a, const struct space_key *b)
{
	return a->object == b->object && a->offset == b->offset;
}

static int get_key(uaddr at, bool private, struct space_key *out)
{
	if (at.v & 3)
		return -EINVAL;
	if (!user_range_ok(at, 4))
		return -EFAULT;
	return space_key(&process.space, at.v, private, out);
}

static void enter(struct waiter *w)
{
	w->bucket = bucket_of(&w->key);
	waitq_init(&w->q);
	lock_acquire(&w->bucket->lock);
	list_append(&w->bucket->waiters, &w->link);
	lock_release(&w->bucket->lock);
}

/* Out of whichever bucket it is in now. True: somebody had woken it. */
static bool leave(struct waiter *w)
{
	for (;;) {
		struct bucket *b =
			__atomic_load_n(&w->bucket, __ATOMIC_ACQUIRE);
		bool same, woken;

		lock_acquire(&b->lock);
		same = b == w->bucket;
		if (same)
			list_remove(&w->link);
		woken = w->woken;
		lock_release(&b->lock);
		if (same)
			return woken;
	}
}

static bool is_woken(const struct waiter *w)
{
	return __atomic_load_n(&w->woken, __ATOMIC_ACQUIRE);
}

static sysret wait_for(uaddr at, bool private, uint32_t value, uint32_t bitset,
                       uint64_t deadline)
{
	struct waiter w = {.bitset = bitset};
	struct wait wait;
	uint32_t now;
	int rc;

	if (!bitset)
		return -EINVAL;
	rc = get_key(at, private, &w.key);
	if (rc)
		return rc;
	enter(&w);
	rc = copy_in(&now, at, sizeof(now));
	if (!rc && now != value)
		rc = -EAGAIN;
	wait_begin(&wait, &w.q);
	while (!rc && !is_woken(&w))
		rc = wait_sleep(&wait, deadline);
	wait_end(&wait);
	if (leave(&w))
		return 0;
	return rc == -EINTR ? -ERESTARTSYS : rc;
}

/* Bucket's lock held. */
static void wake_waiter_locked(struct waiter *w)
{
	list_remove(&w->link);
	__atomic_store_n(&w->woken, true, __ATOMIC_RELEASE);
	waitq_wake(&w->q, ~0u);
}

static uint32_t wake_key(const struct space_key *key, uint32_t nr,
                         uint32_t bitset)
{
	struct bucket *b = bucket_of(key);
	uint32_t woken = 0;

	lock_acquire(&b->lock);
	LIST_EACH_SAFE(n, after, &b->waiters)
	{
		struct waiter *w = LIST_ENTRY(n, struct waiter, link);

		if (woken >= nr)
			break;
		if (!same_key(&w->key, key) || !(w->bitset & bitset))
			continue;
		wake_waiter_locked(w);
		woken++;
	}
	lock_release(&b->lock);
	return woken;
}

static sysret wake(uaddr at, bool private, uint32_t nr, uint32_t bitset)
{
	struct space_key key;
	int rc = get_key(at, private, &key);

	if (rc)
		return rc;
	if (!bitset)
		return -EINVAL;
	return wake_key(&key, nr, bitset);
}

void futex_wake_at(uaddr at, uint32_t nr)
{
	(void)!wake(at, true, nr, MATCH_ANY);
}

/* One waiter of `from`, taken out of its bucket; NULL: there is none. */
static struct waiter *take_one(const struct space_key *from)
{
	struct bucket *b = bucket_of(from);
	struct waiter *found = NULL;

	lock_acquire(&b->lock);
	LIST_EACH(n, &b->waiters)
	{
		struct waiter *w = LIST_ENTRY(n, struct waiter, link);

		if (same_key(&w->key, from)) {
			found = w;
			break;
		}
	}
	if (found && bucket_of(from) == found->bucket)
		list_remove(&found->link);
	lock_release(&b->lock);
	return found;
}

/*
 * Between take_one() and here the waiter is in no list; it cannot go away,
 * because leave() needs the lock of the bucket that w->bucket names, and the
 * kernel is not preempted.
 */
static void put_one(struct waiter *w, const struct space_key *to)
{
	struct bucket *b = bucket_of(to);

	lock_acquire(&b->lock);
	w->key = *to;
	__atomic_store_n(&w->bucket, b, __ATOMIC_RELEASE);
	list_append(&b->waiters, &w->link);
	lock_release(&b->lock);
}

static sysret requeue(uaddr at, bool private, uint32_t nr_wake,
                      uint64_t nr_move, uaddr to, const uint32_t *expected)
{
	struct space_key from_key, to_key;
	uint32_t now, done;
	int rc = get_key(at, private, &from_key);

	if (!rc)
		rc = get_key(to, private, &to_key);
	if (!rc && expected)
		rc = copy_in(&now, at, sizeof(now));
	if (rc)
		return rc;
	if (expected && now != *expected)
		return -EAGAIN;
	done = wake_key(&from_key, nr_wake, MATCH_ANY);
	while (nr_move-- && !same_key(&from_key, &to_key)) {
		struct waiter *w = take_one(&from_key);

		if (!w)
			break;
		put_one(w, &to_key);
		done++;
	}
	return done;
}

/* --- FUTEX_WAKE_OP: change a word, wake, and perhaps wake there, too --- */

static bool apply(unsigned op, uint32_t old, uint32_t arg, uint32_t *new)
{
	switch (op) {
	case 0:
		*new = arg;
		return true;
	case 1:
		*new = old + arg;
		return true;
	case 2:
		*new = old | arg;
		return true;
	case 3:
		*new = old & ~arg;
		return true;
	case 4:
		*new = old ^ arg;
		return true;
	default:
		return false;
	}
}

static bool compare(unsigned cmp, uint32_t old, uint32_t arg, bool *yes)
{
	int32_t a = (int32_t)old, b = (int32_t)arg;
	const bool answers[] = {a == b, a != b, a<b, a <= b, a> b, a >= b};

	if (cmp >= ARRAY_LEN(answers))
		return false;
	*yes = answers[cmp];
	return true;
}

static uint32_t sign_extend_12(uint32_t v)
{
	return v & 0x800 ? v | 0xfffff000 : v;
}

static sysret wake_op(uaddr at, bool private, uint32_t nr, uint64_t nr2,
                      uaddr at2, uint32_t code)
{
	unsigned op = code >> 28 & 7, cmp = code >> 24 & 15;
	uint32_t arg = sign_extend_12(code >> 12 & 0xfff);
	uint32_t cmp_arg = sign_extend_12(code & 0xfff);
	uint32_t old, new, was;
	struct space_key key, key2;
	bool also;
	int rc = get_key(at, private, &key);

	if (!rc)
		rc = get_key(at2, private, &key2);
	if (!rc)
		rc = copy_in(&old, at2, sizeof(old));
	if (rc)
		return rc;
	if (code >> 31)
		arg = 1u << (arg & 31);
	for (;;) {
		if (!apply(op, old, arg, &new) ||
		    !compare(cmp, old, cmp_arg, &also))
			return -ENOSYS;
		rc = user_cmpxchg32(at2, old, new, &was);
		if (rc)
			return rc;
		if (was == old)
			break;
		old = was;
	}
	was = wake_key(&key, nr, MATCH_ANY);
	if (also)
		was += wake_key(&key2, (uint32_t)nr2, MATCH_ANY);
	return was;
}

/* FUTEX_WAIT's time is relative, FUTEX_WAIT_BITSET's absolute. */
static int get_deadline(int op, uint64_t timeout, uint64_t *out)
{
	bool realtime = op & FUTEX_CLOCK_REALTIME;
	uint64_t ns;
	int rc;

	*out = NO_DEADLINE;
	if (!timeout)
		return 0;
	rc = time_read((uaddr){timeout}, &ns);
	if (rc)
		return rc;
	if ((op & FUTEX_COMMAND) == FUTEX_WAIT)
		*out = time_after(ns);
	else
		*out = realtime ? time_from_realtime(ns) : ns;
	return 0;
}

sysret futex_call(uaddr at, int op, uint32_t value, uint64_t timeout, uaddr at2,
                  uint32_t value3)
{
	bool private = op & FUTEX_PRIVATE;
	uint64_t deadline;
	int rc;

	switch (op & FUTEX_COMMAND) {
	case FUTEX_WAIT:
		value3 = MATCH_ANY;
		/* fall through */
	case FUTEX_WAIT_BITSET:
		rc = get_deadline(op, timeout, &deadline);
		return rc ? rc : wait_for(at, private, value, value3, deadline);
	case FUTEX_WAKE:
		return wake(at, private, value, MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return wake(at, private, value, value3);
	case FUTEX_REQUEUE:
		return requeue(at, private, value, timeout, at2, NULL);
	case FUTEX_CMP_REQUEUE:
		return requeue(at, private, value, timeout, at2, &value3);
	case FUTEX_WAKE_OP:
		return wake_op(at, private, value, timeout, at2, value3);
	default:
		return -ENOSYS;
	}
}

/* --- robust mutexes --- */

static void mark_dead(uaddr at, uint32_t tid)
{
	uint32_t old, was;

	if (copy_in(&old, at, sizeof(old)))
		return;
	while ((old & FUTEX_TID_MASK) == tid) {
		uint32_t new = (old & FUTEX_WAITERS) | FUTEX_OWNER_DIED;

		if (user_cmpxchg32(at, old, new, &was))
			return;
		if (was == old)
			break;
		old = was;
	}
	if (old & FUTEX_WAITERS)
		futex_wake_at(at, 1);
}

void futex_exit_robust(uaddr list, uint32_t tid)
{
	struct {
		uint64_t next;
		int64_t offset;
		uint64_t pending;
	} head;
	uint64_t at;

	if (!list.v || copy_in(&head, list, sizeof(head)))
		return;
	at = head.next;
	for (int i = 0; i < ROBUST_MAX && at != list.v; i++) {
		uint64_t next;

		if (copy_in(&next, (uaddr){at & ~UINT64_C(1)}, sizeof(next)))
			return;
		if (at != head.pending)
			mark_dead((uaddr){(at & ~UINT64_C(1)) +
			                  (uint64_t)head.offset},
			          tid);
		at = next;
	}
	if (head.pending)
		mark_dead((uaddr){(head.pending & ~UINT64_C(1)) +
		                  (uint64_t)head.offset},
		          tid);
}
