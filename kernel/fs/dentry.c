/* dentry.c - see dentry.h. */
#include "kernel/fs/dentry.h"

#include "kernel/core/lock.h"
#include "kernel/core/panic.h"
#include "kernel/fs/notify.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/giant.h"

enum {
	PAGES_PER_BUCKET = 16,
	BUCKETS_MIN = 64,
	BUCKETS_MAX = 65536,
	PAGES_PER_UNUSED = 4, /* unused names kept: one for so many pages */
	UNUSED_MIN = 256,
};

static struct {
	struct lock lock;

	/* lock must be held for these. */
	struct list *buckets;
	size_t nr_buckets; /* a power of two */
	struct list unused;
	size_t nr_unused, max_unused;
} cache = {
	.lock = LOCK_INIT(LOCK_TABLE),
	.unused = LIST_HEAD(cache.unused),
};

int dentry_cache_init(void)
{
	size_t want = page_total() / PAGES_PER_BUCKET, n = BUCKETS_MIN;

	while (n < want && n < BUCKETS_MAX)
		n *= 2;
	cache.buckets = mem_alloc(n * sizeof(*cache.buckets));
	if (!cache.buckets)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		list_init(&cache.buckets[i]);
	cache.nr_buckets = n;
	cache.max_unused = page_total() / PAGES_PER_UNUSED;
	if (cache.max_unused < UNUSED_MIN)
		cache.max_unused = UNUSED_MIN;
	return 0;
}

/* FNV-1a over the name, begun with the folder's address. */
static struct list *bucket(const struct dentry *dir, const char *name,
                           size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ (uintptr_t)dir >> 4;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)name[i]) * UINT64_C(0x100000001b3);
	return &cache.buckets[(h ^ h >> 32) & (cache.nr_buckets - 1)];
}

static bool is_named(const struct dentry *d, const struct dentry *dir,
                     const char *name, size_t len)
{
	return d->parent == dir && d->len == len && !memcmp(d->name, name, len);
}

static void use_locked(struct dentry *d)
{
	if (d->refs++ == 0 && list_linked(&d->age)) {
		list_remove(&d->age);
		cache.nr_unused--;
	}
}

struct dentry *dentry_find(struct dentry *dir, const char *name, size_t len)
{
	struct dentry *found = NULL;

	lock_acquire(&cache.lock);
	LIST_EACH(n, bucket(dir, name, len))
	{
		struct dentry *d = LIST_ENTRY(n, struct dentry, hash);

		if (is_named(d, dir, name, len)) {
			use_locked(d);
			found = d;
			break;
		}
	}
	lock_release(&cache.lock);
	return found;
}

static struct dentry *new_dentry(struct dentry *dir, const char *name,
                                 size_t len, struct inode *i)
{
	struct dentry *d = mem_zalloc(sizeof(*d));
	char *copy = len > 0 ? mem_alloc(len) : NULL;

	if (!d || (len > 0 && !copy)) {
		mem_free(d);
		mem_free(copy);
		return NULL;
	}
	if (copy)
		memcpy(copy, name, len);
	d->name = copy;
	d->len = (uint16_t)len;
	d->refs = 1;
	d->inode = i;
	d->parent = dir;
	if (dir) {
		dentry_get(dir);
		d->sb = dir->sb;
	}
	if (i) {
		inode_get(i);
		d->sb = i->sb;
	}
	return d;
}

struct dentry *dentry_add(struct dentry *dir, const char *name, size_t len,
                          struct inode *i)
{
	struct dentry *d = new_dentry(dir, name, len, i);

	if (!d)
		return NULL;
	lock_acquire(&cache.lock);
	list_push(bucket(dir, name, len), &d->hash);
	lock_release(&cache.lock);
	return d;
}

struct dentry *dentry_new_top(struct inode *i)
{
	return new_dentry(NULL, "", 0, i);
}

struct dentry *dentry_new_gone(struct dentry *dir, struct inode *i,
                               const char *shown)
{
	char number[24];
	size_t len = str_printf(number, sizeof(number), "#%llu",
	                        (unsigned long long)i->ino);
	struct dentry *d = shown ? new_dentry(dir, shown, strlen(shown), i)
	                         : new_dentry(dir, number, len, i);

	if (d)
		d->gone = true;
	return d;
}

void dentry_get(struct dentry *d)
{
	lock_acquire(&cache.lock);
	use_locked(d);
	lock_release(&cache.lock);
}

/*
 * Nobody uses it and no lookup finds it: give back all. Its parent is next. The
 * file system may have the inode's last reference back.
 */
static struct dentry *destroy(struct dentry *d)
{
	struct dentry *parent = d->parent;

	giant_lock();
	if (d->inode) {
		if (d->gone && d->inode->nlink == 0)
			notify_inode(d->inode, NOTIFY_DELETE_SELF);
		inode_put(d->inode);
	}
	giant_unlock();
	mem_free(d->name);
	mem_free(d);
	return parent;
}

/* The unused name that has waited longest, if there are more than `keep`. */
static struct dentry *take_oldest_locked(size_t keep)
{
	struct dentry *d;

	if (cache.nr_unused <= keep)
		return NULL;
	d = LIST_ENTRY(cache.unused.next, struct dentry, age);
	list_remove(&d->age);
	list_remove(&d->hash);
	cache.nr_unused--;
	return d;
}

/* One reference less; the dentry to destroy now, if any: it or the oldest. */
static struct dentry *release_locked(struct dentry *d)
{
	ASSERT(d->refs > 0);
	if (--d->refs > 0)
		return NULL;
	if (d->gone || d->sb->dynamic || !d->parent) {
		list_remove(&d->hash);
		return d;
	}
	list_append(&cache.unused, &d->age);
	cache.nr_unused++;
	return take_oldest_locked(cache.max_unused);
}

void dentry_put(struct dentry *d)
{
	while (d) {
		lock_acquire(&cache.lock);
		d = release_locked(d);
		lock_release(&cache.lock);
		if (d)
			d = destroy(d);
	}
}

void dentry_shrink_all(void)
{
	struct dentry *d;

	do {
		lock_acquire(&cache.lock);
		d = take_oldest_locked(0);
		lock_release(&cache.lock);
		if (d)
			dentry_put(destroy(d));
	} while (d);
}

void dentry_forget(struct dentry *d)
{
	lock_acquire(&cache.lock);
	list_remove(&d->hash);
	d->gone = true;
	lock_release(&cache.lock);
}

void dentry_move(struct dentry *d, struct dentry *dir, char *copy, size_t len)
{
	struct dentry *old_dir = d->parent;
	char *old_name = d->name;

	dentry_get(dir);
	lock_acquire(&cache.lock);
	list_remove(&d->hash);
	d->parent = dir;
	d->name = copy;
	d->len = (uint16_t)len;
	list_push(bucket(dir, copy, len), &d->hash);
	lock_release(&cache.lock);
	mem_free(old_name);
	dentry_put(old_dir);
}

/* From the top of a file system to the name it is mounted on. */
static struct dentry *uncover(struct dentry *d)
{
	while (!d->parent && d->sb->covered)
		d = d->sb->covered;
	return d;
}

bool dentry_is_below(struct dentry *d, const struct dentry *above)
{
	lock_acquire(&cache.lock);
	while (d && d != above)
		d = uncover(d)->parent;
	lock_release(&cache.lock);
	return d != NULL;
}

struct dentry *dentry_up(struct dentry *d)
{
	lock_acquire(&cache.lock);
	d = uncover(d);
	if (d->parent)
		d = d->parent;
	use_locked(d);
	lock_release(&cache.lock);
	return d;
}

struct dentry *dentry_mounted(struct dentry *d)
{
	struct dentry *top;

	while (d->mounted) {
		top = d->mounted->top;
		dentry_get(top);
		dentry_put(d);
		d = top;
	}
	return d;
}

void dentry_set_mounted(struct dentry *d, struct superblock *sb)
{
	lock_acquire(&cache.lock);
	d->mounted = sb;
	lock_release(&cache.lock);
}

struct inode *dentry_inode(const struct dentry *d)
{
	ASSERT(d->inode);
	return d->inode;
}

/* Put `n` bytes in front of what begins at out[*at]. */
static bool prepend(char *out, size_t *at, const char *s, size_t n)
{
	if (*at < n)
		return false;
	*at -= n;
	memcpy(out + *at, s, n);
	return true;
}

/* The name that a path goes on with upwards; NULL at the root. */
static struct dentry *above(struct dentry *d)
{
	if (d == vfs_root())
		return NULL;
	d = uncover(d);
	return d->parent ? d : NULL;
}

/* The path from the back to the front, into the end of out[]. */
static bool path_locked(struct dentry *d, char *out, size_t *at)
{
	static const char deleted[] = " (deleted)";
	size_t end = *at;

	if (d->gone && !prepend(out, at, deleted, sizeof(deleted) - 1))
		return false;
	end = *at;
	for (d = above(d); d; d = above(d->parent)) {
		if (!prepend(out, at, d->name, d->len) ||
		    !prepend(out, at, "/", 1))
			return false;
	}
	return *at < end || prepend(out, at, "/", 1);
}

int64_t vfs_path(struct dentry *d, char *out, size_t size)
{
	size_t at = size;
	bool fits;

	if (!prepend(out, &at, "", 1)) /* the terminating zero */
		return -ENAMETOOLONG;
	lock_acquire(&cache.lock);
	fits = path_locked(d, out, &at);
	lock_release(&cache.lock);
	if (!fits)
		return -ENAMETOOLONG;
	memmove(out, out + at, size - at);
	return (int64_t)(size - at - 1);
}
