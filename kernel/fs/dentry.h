/*
 * dentry.h - the cache of names: what stands between paths and inodes.
 *
 * A dentry is one name in one folder. It holds a reference to its parent and
 * to its inode (NULL: there is no such name, and that is known). While nobody
 * uses it, it stays in a list by age, whose length is bounded by the memory.
 *
 * A name in use that is removed or replaced stays behind as "gone": no lookup
 * finds it, but who has it still has the inode.
 */
#ifndef KERNEL_FS_DENTRY_H
#define KERNEL_FS_DENTRY_H

#include "kernel/fs/vfs.h"

/* All but sb and inode is guarded by the cache's lock. */
struct dentry {
	struct superblock *sb;
	struct inode *inode;
	struct dentry *parent; /* NULL: the top of a file system */
	struct superblock *mounted;
	uint32_t refs;
	uint16_t len;
	bool gone;
	char *name;       /* not terminated */
	struct list hash; /* names with the same hash */
	struct list age;  /* when unused: oldest first */
};

/* At boot. -ENOMEM. */
NODISCARD int dentry_cache_init(void);

/* The cached name (which may stand for "not there"), or NULL. */
struct dentry *dentry_find(struct dentry *dir, const char *name, size_t len);

/*
 * Enter a name that is not in the cache; dir->inode->lock held. `i` may be
 * NULL; a reference to it is taken. NULL: no memory.
 */
struct dentry *dentry_add(struct dentry *dir, const char *name, size_t len,
                          struct inode *i);

/*
 * The name of a file system's root, or of a file that has none: it is shown as
 * `shown` (copied; NULL: "#" and its number) in `dir`.
 */
struct dentry *dentry_new_top(struct inode *i);
struct dentry *dentry_new_gone(struct dentry *dir, struct inode *i,
                               const char *shown);

/* The name is no more. Its folder's lock is held. */
void dentry_forget(struct dentry *d);

/*
 * It now stands in `dir` as `name`; what stood there was forgotten. Both
 * folders' locks are held. `copy` is the name in memory of its own, which the
 * dentry takes.
 */
void dentry_move(struct dentry *d, struct dentry *dir, char *copy, size_t len);

/* Is `d` the same as `above`, or below it (in one file system)? */
bool dentry_is_below(struct dentry *d, const struct dentry *above);

/* The parent, across mounts; of the root the root. With a reference. */
struct dentry *dentry_up(struct dentry *d);

/* What is mounted on it, or itself. Takes over the reference. */
struct dentry *dentry_mounted(struct dentry *d);

void dentry_set_mounted(struct dentry *d, struct superblock *sb);

/* Let go of all names that nobody uses. */
void dentry_shrink_all(void);

#endif
