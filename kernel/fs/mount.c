/* mount.c - the tree of mounted file systems, its root and where we are. */
#include "kernel/core/clock.h"
#include "kernel/core/log.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/thread.h"

enum { FLUSH_SECONDS = 5 };

/*
 * Mounting happens at boot, before the program runs, so the list itself needs
 * no lock.
 */
static struct {
	struct list mounts;  /* in the order of mounting */
	struct dentry *root; /* of all names */
	struct dentry *base; /* where "/" is for the program: chroot() */
	uint64_t next_dev;

	struct mutex lock;
	struct dentry *cwd; /* lock must be held */
} tree = {
	.mounts = LIST_HEAD(tree.mounts),
	.next_dev = 1,
	.lock = MUTEX_INIT(tree.lock),
};

/* Held by who writes everything back; in the end by who unmounts, for good. */
static struct mutex flushing = MUTEX_INIT(flushing);

int vfs_init(void)
{
	inode_cache_init();
	return dentry_cache_init();
}

static NORETURN void flusher(void *arg)
{
	(void)arg;
	for (;;) {
		thread_sleep_until(clock_monotonic() +
		                   FLUSH_SECONDS * NS_PER_SEC);
		mutex_lock(&flushing);
		vfs_sync();
		mutex_unlock(&flushing);
	}
}

int vfs_start(void)
{
	return thread_start("flush", flusher, NULL);
}

void superblock_init(struct superblock *sb, const struct superblock_ops *ops,
                     const char *type, const char *source)
{
	*sb = (struct superblock){.ops = ops, .type = type};
	(void)str_copy(sb->source, source, sizeof(sb->source));
	list_init(&sb->link);
	list_init(&sb->inodes);
	list_init(&sb->dying);
}

struct dentry *vfs_root(void)
{
	return __atomic_load_n(&tree.base, __ATOMIC_ACQUIRE);
}

/*
 * The one before keeps its reference for good, for walks of other threads have
 * borrowed it.
 */
int vfs_chroot(struct dentry *d)
{
	if (!mode_is(dentry_inode(d)->mode, S_IFDIR))
		return -ENOTDIR;
	dentry_get(d);
	__atomic_store_n(&tree.base, d, __ATOMIC_RELEASE);
	return 0;
}

struct dentry *vfs_cwd(void)
{
	struct dentry *d;

	mutex_lock(&tree.lock);
	d = tree.cwd;
	dentry_get(d);
	mutex_unlock(&tree.lock);
	return d;
}

int vfs_chdir(struct dentry *d)
{
	struct dentry *before;

	if (!mode_is(dentry_inode(d)->mode, S_IFDIR))
		return -ENOTDIR;
	dentry_get(d);
	mutex_lock(&tree.lock);
	before = tree.cwd;
	tree.cwd = d;
	mutex_unlock(&tree.lock);
	dentry_put(before);
	return 0;
}

static void enter(struct superblock *sb, struct dentry *top,
                  struct dentry *covered)
{
	sb->top = top;
	sb->covered = covered;
	if (sb->dev == 0)
		sb->dev = make_dev(0, (unsigned)tree.next_dev++);
	list_append(&tree.mounts, &sb->link);
	if (covered) {
		dentry_set_mounted(covered, sb);
		return;
	}
	tree.root = tree.base = top;
	dentry_get(top);
	tree.cwd = top;
}

int vfs_mount(struct superblock *sb, const char *path)
{
	struct dentry *covered = NULL;
	struct dentry *top;
	int rc;

	if (tree.root) {
		rc = vfs_lookup(NULL, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY,
		                &covered);
		if (rc)
			return rc;
	}
	top = dentry_new_top(sb->root);
	if (!top) {
		if (covered)
			dentry_put(covered);
		return -ENOMEM;
	}
	enter(sb, top, covered);
	return 0;
}

void vfs_each_mount(void (*fn)(const struct superblock *sb, const char *path,
                               void *ctx),
                    void *ctx)
{
	char *path = mem_alloc(PATH_MAX);

	if (!path)
		return;
	LIST_EACH(n, &tree.mounts)
	{
		struct superblock *sb = LIST_ENTRY(n, struct superblock, link);

		if (vfs_path(sb->top, path, PATH_MAX) > 0)
			fn(sb, path, ctx);
	}
	mem_free(path);
}

static void store(struct inode *i, void *ctx)
{
	int *first = ctx;
	int rc = inode_store(i);

	if (rc && !*first)
		*first = rc;
}

int vfs_sync_fs(struct superblock *sb)
{
	int rc = 0;

	if (sb->read_only || !sb->ops->sync)
		return 0;
	inode_each(sb, store, &rc);
	inode_wait_dying(sb);
	if (rc)
		return rc;
	return sb->ops->sync(sb);
}

void vfs_sync(void)
{
	pagecache_sync();
	LIST_EACH(n, &tree.mounts)
	{
		struct superblock *sb = LIST_ENTRY(n, struct superblock, link);
		int rc = vfs_sync_fs(sb);

		if (rc)
			log_line("%s: cannot be written: error %d", sb->source,
			         -rc);
	}
}

/* Whoever has it open no longer matters: the machine stops. */
static void evict_unnamed(struct inode *i, void *ctx)
{
	(void)ctx;
	if (i->nlink > 0 || !i->sb->ops->evict)
		return;
	i->dirty = false;
	pagecache_truncate(&i->mapping, 0);
	i->sb->ops->evict(i);
}

static void unmount(struct superblock *sb)
{
	int rc;

	if (sb->read_only || !sb->ops->unmount)
		return;
	inode_each(sb, evict_unnamed, NULL);
	rc = vfs_sync_fs(sb);
	if (!rc)
		rc = sb->ops->unmount(sb);
	sb->read_only = true;
	if (rc)
		log_line("%s: not written cleanly: error %d", sb->source, -rc);
}

void vfs_unmount_all(void)
{
	mutex_lock(&flushing);
	pagecache_sync();
	for (struct list *n = tree.mounts.prev; n != &tree.mounts; n = n->prev)
		unmount(LIST_ENTRY(n, struct superblock, link));
}

static int find_mounted(const char *path, struct superblock **out)
{
	struct dentry *d;
	int rc = vfs_lookup(NULL, path, LOOKUP_FOLLOW, &d);

	if (rc)
		return rc;
	*out = d->sb;
	rc = d != d->sb->top ? -EINVAL : d == tree.root ? -EBUSY : 0;
	dentry_put(d);
	return rc;
}

/* Only the root's inode is left, and only we have it. */
static bool is_idle(struct superblock *sb)
{
	const struct list *only = &sb->root->sb_link;

	return list_empty(&sb->dying) && sb->inodes.next == only &&
	       only->next == &sb->inodes && sb->root->refs == 2 &&
	       sb->top->refs == 1;
}

int vfs_unmount(const char *path)
{
	struct superblock *sb;
	int rc = find_mounted(path, &sb);

	if (rc)
		return rc;
	dentry_shrink_all();
	if (!is_idle(sb))
		return -EBUSY;
	unmount(sb);
	list_remove(&sb->link);
	dentry_set_mounted(sb->covered, NULL);
	dentry_put(sb->covered);
	dentry_put(sb->top);
	inode_put(sb->root);
	if (sb->ops->close)
		sb->ops->close(sb);
	return 0;
}

int vfs_statfs(struct dentry *d, struct fs_stat *out)
{
	*out = (struct fs_stat){.block_size = PAGE_SIZE, .name_max = NAME_MAX};
	return d->sb->ops->statfs ? d->sb->ops->statfs(d->sb, out) : 0;
}
