/*
 * inode.c - the cache of inodes.
 *
 * An inode is in it while anybody has a reference; the cache of names keeps
 * most of those. So an inode that nobody knows by name or by file is written
 * and gone, with its pages.
 *
 * One that is being read in or being put away cannot be had: inode_obtain()
 * waits until it is there, or gone.
 */
#include "kernel/fs/inode.h"

#include "kernel/core/clock.h"
#include "kernel/core/lock.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/fs/filelock.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"

enum {
	LOADING = 1, /* being filled by who obtained it */
	DYING = 2,   /* being put away */

	BUCKETS = 256,
};

static struct {
	struct lock lock;

	/* lock must be held for this. */
	struct list buckets[BUCKETS];
	uint64_t nr_dying; /* so far */

	struct waitq changed; /* one is no longer LOADING, or is gone */
} cache = {
	.lock = LOCK_INIT(LOCK_TABLE),
	.changed = WAITQ_INIT(cache.changed),
};

void inode_cache_init(void)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		list_init(&cache.buckets[i]);
}

static struct list *bucket(const struct superblock *sb, uint64_t ino)
{
	return &cache.buckets[(ino ^ ino >> 8 ^ (uintptr_t)sb >> 6) % BUCKETS];
}

struct timespec64 inode_now(void)
{
	uint64_t ns = clock_realtime();

	return (struct timespec64){
		.sec = (int64_t)(ns / NS_PER_SEC),
		.nsec = (uint32_t)(ns % NS_PER_SEC),
	};
}

static struct inode *make(struct superblock *sb, uint64_t ino)
{
	struct inode *i = mem_zalloc(sizeof(*i));

	if (!i)
		return NULL;
	i->sb = sb;
	i->ino = ino;
	i->refs = 1;
	mutex_init(&i->lock);
	list_init(&i->watches);
	mapping_init(&i->mapping, NULL, i);
	return i;
}

static void enter_locked(struct inode *i)
{
	list_push(bucket(i->sb, i->ino), &i->link);
	list_append(&i->sb->inodes, &i->sb_link);
}

struct inode *inode_new(struct superblock *sb, uint64_t ino, uint32_t mode)
{
	struct inode *i = make(sb, ino);

	if (!i)
		return NULL;
	i->mode = mode;
	i->nlink = 1;
	i->atime = i->mtime = i->ctime = inode_now();
	lock_acquire(&cache.lock);
	enter_locked(i);
	lock_release(&cache.lock);
	return i;
}

static struct inode *find_locked(struct superblock *sb, uint64_t ino)
{
	LIST_EACH(n, bucket(sb, ino))
	{
		struct inode *i = LIST_ENTRY(n, struct inode, link);

		if (i->sb == sb && i->ino == ino)
			return i;
	}
	return NULL;
}

enum outcome { CACHED, ENTERED, BUSY };

/* Find it, or enter `spare` for it. */
static enum outcome try_obtain(struct superblock *sb, uint64_t ino,
                               struct inode *spare, struct inode **out)
{
	enum outcome o = CACHED;
	struct inode *i;

	lock_acquire(&cache.lock);
	i = find_locked(sb, ino);
	if (!i) {
		enter_locked(spare);
		*out = spare;
		o = ENTERED;
	} else if (i->state) {
		o = BUSY;
	} else {
		i->refs++;
		*out = i;
	}
	lock_release(&cache.lock);
	return o;
}

int inode_obtain(struct superblock *sb, uint64_t ino, bool *fresh,
                 struct inode **out)
{
	struct inode *spare = make(sb, ino);
	enum outcome o;
	struct wait w;
	int rc = 0;

	if (!spare)
		return -ENOMEM;
	spare->state = LOADING;
	wait_begin(&w, &cache.changed);
	while ((o = try_obtain(sb, ino, spare, out)) == BUSY && !rc)
		rc = wait_sleep_hard(&w, NO_DEADLINE);
	wait_end(&w);
	if (o != ENTERED)
		mem_free(spare);
	if (o == BUSY)
		return -EIO;
	*fresh = o == ENTERED;
	return 0;
}

static void leave(struct inode *i)
{
	lock_acquire(&cache.lock);
	list_remove(&i->link);
	list_remove(&i->sb_link);
	lock_release(&cache.lock);
	waitq_wake(&cache.changed, ~0U);
}

void inode_filled(struct inode *i, int rc)
{
	if (rc) {
		leave(i);
		mapping_fini(&i->mapping);
		mem_free(i);
		return;
	}
	lock_acquire(&cache.lock);
	i->state = 0;
	lock_release(&cache.lock);
	waitq_wake(&cache.changed, ~0U);
}

void inode_get(struct inode *i)
{
	lock_acquire(&cache.lock);
	ASSERT(i->refs > 0);
	i->refs++;
	lock_release(&cache.lock);
}

int inode_store(struct inode *i)
{
	if (!i->dirty || i->sb->read_only || !i->sb->ops->write_inode)
		return 0;
	return i->sb->ops->write_inode(i);
}

static void complain(const struct inode *i, const char *what, int rc)
{
	log_line("%s: inode %llu: %s: error %d", i->sb->source,
	         (unsigned long long)i->ino, what, -rc);
}

/* Store what a named inode has; an unnamed one's contents are not wanted. */
static void save(struct inode *i)
{
	int rc;

	if (i->nlink == 0 || i->sb->read_only)
		return;
	rc = pagecache_write_back(&i->mapping, 0, UINT64_MAX);
	if (rc)
		complain(i, "its contents are lost", rc);
	rc = inode_store(i);
	if (rc)
		complain(i, "not stored", rc);
}

static void destroy(struct inode *i)
{
	save(i);
	mapping_fini(&i->mapping);
	if (i->sb->ops->evict)
		i->sb->ops->evict(i);
	leave(i);
	filelock_free(i);
	mem_free(i);
}

void inode_put(struct inode *i)
{
	bool last;

	lock_acquire(&cache.lock);
	ASSERT(i->refs > 0);
	last = --i->refs == 0;
	if (last) {
		i->state |= DYING;
		i->dying = ++cache.nr_dying;
		list_remove(&i->sb_link);
		list_append(&i->sb->dying, &i->sb_link);
	}
	lock_release(&cache.lock);
	if (last)
		destroy(i);
}

void inode_each(struct superblock *sb, void (*fn)(struct inode *i, void *ctx),
                void *ctx)
{
	struct inode *i, *before = NULL;

	lock_acquire(&cache.lock);
	for (struct list *n = sb->inodes.next; n != &sb->inodes; n = n->next) {
		i = LIST_ENTRY(n, struct inode, sb_link);
		if (i->state)
			continue;
		i->refs++; /* which keeps its place in the list */
		lock_release(&cache.lock);
		if (before)
			inode_put(before);
		fn(i, ctx);
		before = i;
		lock_acquire(&cache.lock);
	}
	lock_release(&cache.lock);
	if (before)
		inode_put(before);
}

/* Of those up to `last`, is any left? */
static bool any_dying(const struct superblock *sb, uint64_t last)
{
	bool any = false;

	lock_acquire(&cache.lock);
	if (!list_empty(&sb->dying)) /* the oldest is the first */
		any = LIST_ENTRY(sb->dying.next, struct inode, sb_link)
		              ->dying <= last;
	lock_release(&cache.lock);
	return any;
}

void inode_wait_dying(struct superblock *sb)
{
	uint64_t last;
	struct wait w;

	lock_acquire(&cache.lock);
	last = cache.nr_dying;
	lock_release(&cache.lock);
	wait_begin(&w, &cache.changed);
	while (any_dying(sb, last))
		(void)!wait_sleep_hard(&w, NO_DEADLINE);
	wait_end(&w);
}

void inode_touch(struct inode *i)
{
	i->mtime = i->ctime = inode_now();
	inode_changed(i);
}

void inode_set_fields(struct inode *i, const struct inode_attr *a)
{
	if (a->set & ATTR_MODE)
		i->mode = (i->mode & S_IFMT) | (a->mode & ~(uint32_t)S_IFMT);
	if (a->set & ATTR_UID)
		i->uid = a->uid;
	if (a->set & ATTR_GID)
		i->gid = a->gid;
	i->ctime = inode_now();
	if (a->set & ATTR_SIZE)
		i->mtime = i->ctime;
	if (a->set & ATTR_ATIME)
		i->atime = a->atime;
	if (a->set & ATTR_MTIME)
		i->mtime = a->mtime;
	inode_changed(i);
}

void inode_set_size(struct inode *i, uint64_t size)
{
	i->size = size;
	pagecache_truncate(&i->mapping, size);
	inode_changed(i);
}

int inode_grow(struct inode *i, uint64_t size)
{
	int rc = pagecache_extend(&i->mapping, size);

	if (!rc) {
		i->size = size;
		inode_changed(i);
	}
	return rc;
}
