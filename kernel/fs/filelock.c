/*
 * filelock.c - see filelock.h.
 *
 * An inode's locks hang at inode->locks, made when the first is taken. Record
 * locks of one owner never overlap: setting one cuts what the owner had there.
 */
#include "kernel/fs/filelock.h"

#include "kernel/core/clock.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"

struct held {
	struct list link;
	const void *owner;
	struct filelock l;
};

struct filelocks {
	struct mutex lock; /* taken last of all mutexes */

	/* lock must be held for these. */
	struct list records, whole;

	struct waitq given_back;
};

/* The process, as an owner. */
static const char process_owner;

/* Held while an inode->locks, which is atomic, is made. */
static struct mutex making = MUTEX_INIT(making);

static struct filelocks *locks_of(struct inode *i)
{
	struct filelocks *l;

	mutex_lock(&making);
	l = i->locks;
	if (!l && (l = mem_zalloc(sizeof(*l)))) {
		mutex_init(&l->lock);
		list_init(&l->records);
		list_init(&l->whole);
		waitq_init(&l->given_back);
		__atomic_store_n(&i->locks, l, __ATOMIC_RELEASE);
	}
	mutex_unlock(&making);
	return l;
}

/* NULL: there never were any. */
static struct filelocks *locks_if_any(const struct file *f)
{
	return f->inode ? __atomic_load_n(&f->inode->locks, __ATOMIC_ACQUIRE)
	                : NULL;
}

static const void *owner_of(const struct file *f, enum filelock_kind kind)
{
	return kind == FILELOCK_POSIX ? (const void *)&process_owner : f;
}

static struct list *list_for(struct filelocks *s, enum filelock_kind kind)
{
	return kind == FILELOCK_FLOCK ? &s->whole : &s->records;
}

static bool overlap(const struct filelock *a, const struct filelock *b)
{
	return a->from <= b->to && b->from <= a->to;
}

/* The first in the way, by position. */
static struct held *conflict(struct filelocks *s, const void *owner,
                             const struct filelock *l)
{
	struct held *first = NULL;

	LIST_EACH(n, list_for(s, l->kind))
	{
		struct held *h = LIST_ENTRY(n, struct held, link);

		if (h->owner == owner || !overlap(&h->l, l) ||
		    (h->l.type == FILELOCK_READ && l->type == FILELOCK_READ))
			continue;
		if (!first || h->l.from < first->l.from)
			first = h;
	}
	return first;
}

static struct held *next_own(struct list *all, struct list *from,
                             const void *owner)
{
	while (from != all &&
	       LIST_ENTRY(from, struct held, link)->owner != owner)
		from = from->next;
	return from == all ? NULL : LIST_ENTRY(from, struct held, link);
}

static void drop(struct held *h)
{
	list_remove(&h->link);
	mem_free(h);
}

/*
 * What the owner has in l's bytes goes. A lock around them on both sides
 * becomes two, for which `spare` is; whether it was used.
 */
static bool cut(struct list *all, const void *owner, const struct filelock *l,
                struct held *spare)
{
	bool used = false;
	struct held *h = next_own(all, all->next, owner);

	while (h) {
		struct held *next = next_own(all, h->link.next, owner);
		bool before = h->l.from<l->from, behind = h->l.to> l->to;

		if (!overlap(&h->l, l)) {
			/* nothing of it goes */
		} else if (before && behind) {
			*spare = (struct held){.owner = owner, .l = h->l};
			spare->l.from = l->to + 1;
			h->l.to = l->from - 1;
			list_append(all, &spare->link);
			used = true;
		} else if (before) {
			h->l.to = l->from - 1;
		} else if (behind) {
			h->l.from = l->to + 1;
		} else {
			drop(h);
		}
		h = next;
	}
	return used;
}

/* Make `h` take in what of the same owner and type touches it. */
static void join(struct list *all, struct held *h)
{
	struct held *o = next_own(all, all->next, h->owner);

	while (o) {
		struct held *next = next_own(all, o->link.next, h->owner);

		if (o != h && o->l.type == h->l.type &&
		    o->l.kind == h->l.kind &&
		    (o->l.to + 1 == h->l.from || h->l.to + 1 == o->l.from)) {
			if (o->l.from < h->l.from)
				h->l.from = o->l.from;
			if (o->l.to > h->l.to)
				h->l.to = o->l.to;
			drop(o);
		}
		o = next;
	}
}

/* Up to two new ones may be needed; *spare is used up from its end. */
static int set_locked(struct filelocks *s, const void *owner,
                      const struct filelock *l, struct held *spare[2])
{
	struct list *all = list_for(s, l->kind);
	bool whole = l->kind == FILELOCK_FLOCK;

	if (whole)
		(void)cut(all, owner, l, spare[0]);
	if (l->type != FILELOCK_NONE && conflict(s, owner, l))
		return -EAGAIN;
	if (cut(all, owner, l, spare[0]))
		spare[0] = NULL;
	if (l->type == FILELOCK_NONE)
		return 0;
	*spare[1] = (struct held){.owner = owner, .l = *l};
	list_append(all, &spare[1]->link);
	join(all, spare[1]);
	spare[1] = NULL;
	return 0;
}

static int wait_and_set(struct filelocks *s, const void *owner,
                        const struct filelock *l, struct held *spare[2],
                        bool wait)
{
	struct wait w;
	int rc, end = 0;

	mutex_lock(&s->lock);
	wait_begin(&w, &s->given_back);
	while ((rc = set_locked(s, owner, l, spare)) == -EAGAIN && wait && !end)
		end = wait_sleep_mutex(&w, NO_DEADLINE, &s->lock);
	wait_end(&w);
	mutex_unlock(&s->lock);
	/* Giving back, or a weaker lock than before, lets others on. */
	waitq_wake(&s->given_back, ~0U);
	return rc == -EAGAIN && end ? -ERESTARTSYS : rc;
}

int filelock_set(struct file *f, const struct filelock *l, bool wait)
{
	struct held *spare[2];
	struct filelocks *s;
	int rc = -ENOMEM;

	if (!f->inode)
		return l->kind == FILELOCK_FLOCK ? 0 : -EBADF;
	if (l->type == FILELOCK_NONE && !locks_if_any(f))
		return 0;
	s = locks_of(f->inode);
	spare[0] = mem_alloc(sizeof(*spare[0]));
	spare[1] = mem_alloc(sizeof(*spare[1]));
	if (s && spare[0] && spare[1])
		rc = wait_and_set(s, owner_of(f, l->kind), l, spare, wait);
	mem_free(spare[0]);
	mem_free(spare[1]);
	return rc;
}

bool filelock_find(struct file *f, const struct filelock *l,
                   struct filelock *out)
{
	struct filelocks *s = locks_if_any(f);
	struct held *h = NULL;

	if (!s)
		return false;
	mutex_lock(&s->lock);
	h = conflict(s, owner_of(f, l->kind), l);
	if (h)
		*out = h->l;
	mutex_unlock(&s->lock);
	return h;
}

/* --- the ends of descriptors, files and inodes --- */

static void drop_all(struct filelocks *s, struct list *all, const void *owner)
{
	struct held *h;

	mutex_lock(&s->lock);
	while ((h = next_own(all, all->next, owner)))
		drop(h);
	mutex_unlock(&s->lock);
	waitq_wake(&s->given_back, ~0U);
}

void filelock_closed(struct file *f)
{
	struct filelocks *s = locks_if_any(f);

	if (s && !(f->flags & O_PATH))
		drop_all(s, &s->records, &process_owner);
}

void filelock_released(struct file *f)
{
	struct filelocks *s = locks_if_any(f);

	if (!s)
		return;
	drop_all(s, &s->records, f);
	drop_all(s, &s->whole, f);
}

static void drop_list(struct list *all)
{
	while (!list_empty(all))
		drop(LIST_ENTRY(all->next, struct held, link));
}

void filelock_free(struct inode *i)
{
	struct filelocks *s = i->locks;

	if (!s)
		return;
	/* At shutdown inodes go while files that have them are open. */
	drop_list(&s->records);
	drop_list(&s->whole);
	i->locks = NULL;
	mem_free(s);
}
