/*
 * futex.c - futexes (futex(2)). Locks with an owner: futex_pi.c.
 *
 * A waiter enters its bucket first and looks at the word then, so a wake that
 * comes between is not lost. Runs without the giant lock.
 */
#include "kernel/linux/futex.h"

#include "kernel/arch/user.h"
#include "kernel/core/clock.h"
#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/linux/futex_private.h"
#include "kernel/linux/process.h"
#include "kernel/linux/time.h"

enum {
	FUTEX_WAIT = 0,
	FUTEX_WAKE = 1,
	FUTEX_REQUEUE = 3,
	FUTEX_CMP_REQUEUE = 4,
	FUTEX_WAKE_OP = 5,
	FUTEX_LOCK_PI = 6,
	FUTEX_UNLOCK_PI = 7,
	FUTEX_TRYLOCK_PI = 8,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_WAKE_BITSET = 10,
	FUTEX_WAIT_REQUEUE_PI = 11,
	FUTEX_CMP_REQUEUE_PI = 12,
	FUTEX_LOCK_PI2 = 13,
	FUTEX_PRIVATE = 128,
	FUTEX_CLOCK_REALTIME = 256,
	FUTEX_COMMAND = ~(FUTEX_PRIVATE | FUTEX_CLOCK_REALTIME),

	BUCKETS = 256,
	ROBUST_MAX = 2048,
};

static struct futex_bucket buckets[BUCKETS];

void futex_init(void)
{
	for (int i = 0; i < BUCKETS; i++) {
		lock_init(&buckets[i].lock, LOCK_FUTEX);
		list_init(&buckets[i].waiters);
	}
}

/* --- the table --- */

struct futex_bucket *futex_bucket_of(const struct space_key *k)
{
	uint64_t h = ((uint64_t)k->object >> 4 ^ k->offset >> 2) *
	             UINT64_C(0x9e3779b97f4a7c15);

	return &buckets[h >> 56];
}

struct futex_bucket *futex_bucket_at(unsigned i)
{
	return i < BUCKETS ? &buckets[i] : NULL;
}

bool futex_same_key(const struct space_key *a, const struct space_key *b)
{
	return a->object == b->object && a->offset == b->offset;
}

int futex_key(uaddr at, bool private, struct space_key *out)
{
	if (at.v & 3)
		return -EINVAL;
	if (!user_range_ok(at, 4))
		return -EFAULT;
	return space_key(&process.space, at.v, private, out);
}

void futex_enter_locked(struct futex_waiter *w, struct futex_bucket *b)
{
	w->bucket = b;
	waitq_init(&w->q);
	list_append(&b->waiters, &w->link);
}

void futex_wake_locked(struct futex_waiter *w)
{
	list_remove(&w->link);
	__atomic_store_n(&w->woken, true, __ATOMIC_RELEASE);
	waitq_wake(&w->q, ~0u);
}

void futex_move_locked(struct futex_waiter *w, const struct space_key *to,
                       struct futex_bucket *b)
{
	list_remove(&w->link);
	w->key = *to;
	__atomic_store_n(&w->bucket, b, __ATOMIC_RELEASE);
	list_append(&b->waiters, &w->link);
}

/* Out of whichever bucket it is in now. True: somebody had woken it. */
static bool leave(struct futex_waiter *w)
{
	for (;;) {
		struct futex_bucket *b =
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

int futex_wait_and_leave(struct futex_waiter *w, uint64_t deadline, int rc)
{
	struct wait wait;

	wait_begin(&wait, &w->q);
	while (!rc && !__atomic_load_n(&w->woken, __ATOMIC_ACQUIRE))
		rc = wait_sleep(&wait, deadline);
	wait_end(&wait);
	return leave(w) ? 0 : rc;
}

/* With a spin lock held a page that is not there is not brought in. */
int futex_read_locked(uaddr at, uint32_t *word)
{
	return copy_in(word, at, sizeof(*word));
}

int futex_bring_in(uaddr at)
{
	uint32_t word, was;

	if (copy_in(&word, at, sizeof(word)))
		return -EFAULT;
	return user_cmpxchg32(at, word, word, &was);
}

/* --- waiting and waking --- */

static void enter(struct futex_waiter *w)
{
	struct futex_bucket *b = futex_bucket_of(&w->key);

	lock_acquire(&b->lock);
	futex_enter_locked(w, b);
	lock_release(&b->lock);
}

static sysret wait_for(uaddr at, bool private, uint32_t value, uint32_t bitset,
                       uint64_t deadline)
{
	struct futex_waiter w = {.bitset = bitset};
	uint32_t now;
	int rc;

	if (!bitset)
		return -EINVAL;
	rc = futex_key(at, private, &w.key);
	if (rc)
		return rc;
	enter(&w);
	rc = copy_in(&now, at, sizeof(now));
	if (!rc && now != value)
		rc = -EAGAIN;
	rc = futex_wait_and_leave(&w, deadline, rc);
	return rc == -EINTR ? -ERESTARTSYS : rc;
}

/* Locks with owners are not handed on by waking. */
static uint32_t wake_key_locked(struct futex_bucket *b,
                                const struct space_key *key, uint32_t nr,
                                uint32_t bitset)
{
	uint32_t woken = 0;

	LIST_EACH_SAFE(n, after, &b->waiters)
	{
		struct futex_waiter *w =
			LIST_ENTRY(n, struct futex_waiter, link);

		if (woken >= nr)
			break;
		if (!futex_same_key(&w->key, key) || !(w->bitset & bitset) ||
		    w->tid)
			continue;
		futex_wake_locked(w);
		woken++;
	}
	return woken;
}

static uint32_t wake_key(const struct space_key *key, uint32_t nr,
                         uint32_t bitset)
{
	struct futex_bucket *b = futex_bucket_of(key);
	uint32_t woken;

	lock_acquire(&b->lock);
	woken = wake_key_locked(b, key, nr, bitset);
	lock_release(&b->lock);
	return woken;
}

static sysret wake(uaddr at, bool private, uint32_t nr, uint32_t bitset)
{
	struct space_key key;
	int rc = futex_key(at, private, &key);

	if (rc)
		return rc;
	if (!bitset)
		return -EINVAL;
	return wake_key(&key, nr, bitset);
}

void futex_wake_at(uaddr at, uint32_t nr)
{
	(void)!wake(at, true, nr, FUTEX_MATCH_ANY);
}

/* Up to `nr` waiters of `from` to `to`. Both buckets' locks are held. */
static uint32_t move_locked(const struct space_key *from, uint64_t nr,
                            const struct space_key *to)
{
	struct futex_bucket *a = futex_bucket_of(from);
	struct futex_bucket *b = futex_bucket_of(to);
	uint32_t moved = 0;

	if (futex_same_key(from, to))
		return 0;
	LIST_EACH_SAFE(n, after, &a->waiters)
	{
		struct futex_waiter *w =
			LIST_ENTRY(n, struct futex_waiter, link);

		if (moved >= nr)
			break;
		if (!futex_same_key(&w->key, from) || w->tid)
			continue;
		futex_move_locked(w, to, b);
		moved++;
	}
	return moved;
}

static sysret requeue(uaddr at, bool private, uint32_t nr_wake,
                      uint64_t nr_move, uaddr to, const uint32_t *expected)
{
	struct space_key from_key, to_key;
	struct futex_bucket *a, *b;
	uint32_t now = 0;
	sysret done = 0;
	int rc = futex_key(at, private, &from_key);

	if (!rc)
		rc = futex_key(to, private, &to_key);
	if (rc)
		return rc;
	a = futex_bucket_of(&from_key);
	b = futex_bucket_of(&to_key);
	do {
		lock_acquire_two(&a->lock, &b->lock);
		rc = expected ? futex_read_locked(at, &now) : 0;
		if (!rc && expected && now != *expected)
			rc = -EAGAIN;
		if (!rc) {
			done = wake_key_locked(a, &from_key, nr_wake,
			                       FUTEX_MATCH_ANY);
			done += move_locked(&from_key, nr_move, &to_key);
		}
		lock_release_two(&a->lock, &b->lock);
	} while (rc == -EFAULT && copy_in(&now, at, sizeof(now)) == 0);
	return rc ? rc : done;
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
	int rc = futex_key(at, private, &key);

	if (!rc)
		rc = futex_key(at2, private, &key2);
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
	was = wake_key(&key, nr, FUTEX_MATCH_ANY);
	if (also)
		was += wake_key(&key2, (uint32_t)nr2, FUTEX_MATCH_ANY);
	return was;
}

/* FUTEX_WAIT's time is relative, the others' absolute. */
static int get_deadline(int op, uint64_t timeout, uint64_t *out)
{
	int command = op & FUTEX_COMMAND;
	bool realtime = op & FUTEX_CLOCK_REALTIME || command == FUTEX_LOCK_PI;
	uint64_t ns;
	int rc;

	*out = NO_DEADLINE;
	if (!timeout)
		return 0;
	rc = time_read((uaddr){timeout}, &ns);
	if (rc)
		return rc;
	if (command == FUTEX_WAIT)
		*out = time_after(ns);
	else
		*out = realtime ? time_from_realtime(ns) : ns;
	return 0;
}

static sysret timed_call(uaddr at, int op, uint32_t value, uint64_t timeout,
                         uaddr at2, uint32_t value3)
{
	bool private = op & FUTEX_PRIVATE;
	uint64_t deadline;
	int rc = get_deadline(op, timeout, &deadline);

	if (rc)
		return rc;
	switch (op & FUTEX_COMMAND) {
	case FUTEX_WAIT:
		return wait_for(at, private, value, FUTEX_MATCH_ANY, deadline);
	case FUTEX_WAIT_BITSET:
		return wait_for(at, private, value, value3, deadline);
	case FUTEX_WAIT_REQUEUE_PI:
		return futex_wait_requeue_pi(at, private, value,
		                             FUTEX_MATCH_ANY, deadline, at2);
	default:
		return futex_lock_pi(at, private, deadline, false);
	}
}

sysret futex_call(uaddr at, int op, uint32_t value, uint64_t timeout, uaddr at2,
                  uint32_t value3)
{
	bool private = op & FUTEX_PRIVATE;

	switch (op & FUTEX_COMMAND) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAIT_REQUEUE_PI:
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return timed_call(at, op, value, timeout, at2, value3);
	case FUTEX_WAKE:
		return wake(at, private, value, FUTEX_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return wake(at, private, value, value3);
	case FUTEX_REQUEUE:
		return requeue(at, private, value, timeout, at2, NULL);
	case FUTEX_CMP_REQUEUE:
		return requeue(at, private, value, timeout, at2, &value3);
	case FUTEX_WAKE_OP:
		return wake_op(at, private, value, timeout, at2, value3);
	case FUTEX_UNLOCK_PI:
		return futex_unlock_pi(at, private);
	case FUTEX_TRYLOCK_PI:
		return futex_lock_pi(at, private, NO_DEADLINE, true);
	case FUTEX_CMP_REQUEUE_PI:
		return futex_cmp_requeue_pi(at, private, value, timeout, at2,
		                            value3);
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
