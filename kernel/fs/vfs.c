/*
 * vfs.c - the operations on names.
 *
 * All go the same way: walk to the folder, lock it, look the last name up in
 * it, check what Linux checks in Linux's order, let the file system act, and
 * bring the cache of names in line.
 */
#include "kernel/fs/vfs.h"

#include "kernel/fs/dentry.h"
#include "kernel/fs/notify.h"
#include "kernel/fs/path.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/giant.h"

/* Renames are few; one at a time, no folder moves while another looks. */
static struct mutex rename_lock = MUTEX_INIT(rename_lock);

enum {
	MADE = NOTIFY_CREATE,
	FOLDER_MADE = NOTIFY_CREATE | NOTIFY_IS_DIR,
	REMOVED = NOTIFY_DELETE,
	FOLDER_REMOVED = NOTIFY_DELETE | NOTIFY_IS_DIR,
};

static bool is_folder(const struct inode *i)
{
	return mode_is(i->mode, S_IFDIR);
}

int vfs_lookup(struct dentry *at, const char *path, unsigned flags,
               struct dentry **out)
{
	struct dentry *d = NULL;
	struct walk w;
	int rc = walk_begin(&w, at, path);

	if (!rc)
		rc = walk_last(&w, flags, &d);
	walk_end(&w);
	if (rc)
		return rc;
	if (!d->inode) {
		dentry_put(d);
		return -ENOENT;
	}
	*out = d;
	return 0;
}

/* --- new names --- */

/*
 * Lock the folder of a new name and look that up. *out stands for "not there",
 * and the folder stays locked; or an error, and it does not.
 */
static int lock_for_new(struct walk *w, bool folder, struct dentry **out)
{
	struct inode *dir = w->at->inode;
	struct dentry *d = NULL;
	int rc;

	if (!is_folder(dir))
		return -ENOTDIR;
	if (w->len > NAME_MAX)
		return -ENAMETOOLONG;
	if (walk_is_dots(w))
		return -EEXIST;
	mutex_lock(&dir->lock);
	rc = path_lookup_locked(w->at, w->name, w->len, &d);
	if (rc)
		goto out;
	if (d->inode)
		rc = -EEXIST;
	else if ((w->slash && !folder) || dir->nlink == 0)
		rc = -ENOENT;
	else if (dir->sb->read_only)
		rc = -EROFS;
	if (!rc) {
		*out = d;
		return 0;
	}
	dentry_put(d);
out:
	mutex_unlock(&dir->lock);
	return rc;
}

/* `none` said that the name is not there. Now it is `i`. */
static struct dentry *enter_name(struct walk *w, struct dentry *none,
                                 struct inode *i)
{
	dentry_forget(none);
	dentry_put(none);
	return dentry_add(w->at, w->name, w->len, i);
}

/* After lock_for_new(): the outcome into the cache, and unlock. */
static void finish_new(struct walk *w, struct dentry *none, struct inode *i)
{
	struct inode *dir = w->at->inode;
	struct dentry *d = NULL;

	if (i) {
		d = enter_name(w, none, i);
		inode_put(i);
	} else {
		dentry_put(none);
	}
	mutex_unlock(&dir->lock);
	if (d)
		notify_name(dir, is_folder(d->inode) ? FOLDER_MADE : MADE,
		            w->name, w->len);
	if (d)
		dentry_put(d);
}

static int create_locked(struct inode *dir, const char *name, size_t len,
                         uint32_t mode, uint64_t rdev, struct inode **out)
{
	if (!dir->ops->create)
		return -EPERM;
	return dir->ops->create(dir, name, len, mode, rdev, out);
}

int vfs_create(struct dentry *at, const char *path, uint32_t mode,
               uint64_t rdev)
{
	struct inode *i = NULL;
	struct dentry *none;
	struct walk w;
	int rc = walk_begin(&w, at, path);

	if (!(mode & S_IFMT))
		mode |= S_IFREG;
	if (!rc)
		rc = walk_to_last(&w);
	if (!rc)
		rc = lock_for_new(&w, mode_is(mode, S_IFDIR), &none);
	if (!rc) {
		rc = create_locked(w.at->inode, w.name, w.len, mode, rdev, &i);
		finish_new(&w, none, i);
	}
	walk_end(&w);
	return rc;
}

int vfs_symlink(struct dentry *at, const char *path, const char *target)
{
	struct inode *i = NULL;
	struct dentry *none;
	struct walk w;
	int rc = walk_begin(&w, at, path);

	if (!rc && target[0] == '\0')
		rc = -ENOENT;
	if (!rc)
		rc = walk_to_last(&w);
	if (!rc)
		rc = lock_for_new(&w, false, &none);
	if (!rc) {
		struct inode *dir = w.at->inode;

		rc = -EPERM;
		if (dir->ops->symlink)
			rc = dir->ops->symlink(dir, w.name, w.len, target, &i);
		finish_new(&w, none, i);
	}
	walk_end(&w);
	return rc;
}

static int link_locked(struct inode *dir, const struct walk *w,
                       struct inode *target)
{
	int rc;

	if (target->sb != dir->sb)
		return -EXDEV;
	if (!dir->ops->link || is_folder(target))
		return -EPERM;
	mutex_lock(&target->lock);
	rc = -ENOENT;
	if (target->nlink > 0 || target->linkable)
		rc = dir->ops->link(dir, w->name, w->len, target);
	if (!rc)
		target->linkable = false;
	mutex_unlock(&target->lock);
	return rc;
}

int vfs_link(struct dentry *old, struct dentry *at, const char *path)
{
	struct inode *i = dentry_inode(old);
	struct dentry *none;
	struct walk w;
	int rc = walk_begin(&w, at, path);

	if (!rc)
		rc = walk_to_last(&w);
	if (!rc)
		rc = lock_for_new(&w, false, &none);
	if (!rc) {
		rc = link_locked(w.at->inode, &w, i);
		if (!rc) {
			inode_get(i); /* finish_new() gives one back */
			notify_inode(i, NOTIFY_ATTRIB);
		}
		finish_new(&w, none, rc ? NULL : i);
	}
	walk_end(&w);
	return rc;
}

/* --- names that go --- */

static int check_victim(const struct walk *w, const struct dentry *d,
                        bool folder)
{
	if (!d->inode)
		return -ENOENT;
	if (folder && !is_folder(d->inode))
		return -ENOTDIR;
	if (!folder && is_folder(d->inode))
		return -EISDIR;
	if (!folder && w->slash)
		return -ENOTDIR;
	if (d->mounted)
		return -EBUSY;
	if (d->sb->read_only)
		return -EROFS;
	return 0;
}

static int remove_locked(struct walk *w, struct dentry *d, bool folder)
{
	struct inode *dir = w->at->inode, *i = d->inode;
	int (*op)(struct inode *, const char *, size_t, struct inode *);
	int rc = check_victim(w, d, folder);

	if (rc)
		return rc;
	op = folder ? dir->ops->rmdir : dir->ops->unlink;
	if (!op)
		return -EPERM;
	mutex_lock(&i->lock);
	rc = op(dir, w->name, w->len, i);
	mutex_unlock(&i->lock);
	if (!rc)
		dentry_forget(d);
	return rc;
}

static int remove_last(struct walk *w, bool folder)
{
	struct inode *dir = w->at->inode;
	struct dentry *d = NULL;
	int rc;

	if (!is_folder(dir))
		return -ENOTDIR;
	if (w->len > NAME_MAX)
		return -ENAMETOOLONG;
	mutex_lock(&dir->lock);
	rc = path_lookup_locked(w->at, w->name, w->len, &d);
	if (!rc)
		rc = remove_locked(w, d, folder);
	mutex_unlock(&dir->lock);
	if (!rc && !folder)
		notify_inode(d->inode, NOTIFY_ATTRIB);
	if (d)
		dentry_put(d);
	if (!rc)
		notify_name(dir, folder ? FOLDER_REMOVED : REMOVED, w->name,
		            w->len);
	return rc;
}

int vfs_unlink(struct dentry *at, const char *path)
{
	struct walk w;
	int rc = walk_begin(&w, at, path);

	if (!rc)
		rc = walk_to_last(&w);
	if (!rc)
		rc = walk_is_dots(&w) ? -EISDIR : remove_last(&w, false);
	walk_end(&w);
	return rc;
}

/* What rmdir() says of a path that ends in nothing, "." or "..". */
static int rmdir_dots(const struct walk *w)
{
	if (w->len == 0)
		return -EBUSY;
	return w->len == 1 ? -EINVAL : -ENOTEMPTY;
}

int vfs_rmdir(struct dentry *at, const char *path)
{
	struct walk w;
	int rc = walk_begin(&w, at, path);

	if (!rc)
		rc = walk_to_last(&w);
	if (!rc)
		rc = walk_is_dots(&w) ? rmdir_dots(&w) : remove_last(&w, true);
	walk_end(&w);
	return rc;
}

/* --- renaming --- */

struct renaming {
	struct walk from, to;
	struct dentry *moved, *target; /* target may stand for "not there" */
	char *name;                    /* the new one, for the dentry */
	char *old_name;                /* and the old one, for an exchange */
};

/* Two folders: the upper one first, else in the order of their addresses. */
static void lock_folders(const struct renaming *r)
{
	struct inode *a = r->from.at->inode, *b = r->to.at->inode;

	if (a == b) {
		mutex_lock(&a->lock);
		return;
	}
	if (dentry_is_below(r->from.at, r->to.at) ||
	    (!dentry_is_below(r->to.at, r->from.at) && a > b)) {
		mutex_lock(&b->lock);
		mutex_lock(&a->lock);
		return;
	}
	mutex_lock(&a->lock);
	mutex_lock(&b->lock);
}

static void unlock_folders(const struct renaming *r)
{
	struct inode *a = r->from.at->inode, *b = r->to.at->inode;

	mutex_unlock(&a->lock);
	if (a != b)
		mutex_unlock(&b->lock);
}

static int check_kinds(const struct renaming *r)
{
	const struct inode *i = r->moved->inode, *t = r->target->inode;

	if (!is_folder(i) && (r->from.slash || r->to.slash))
		return -ENOTDIR;
	if (r->moved->mounted || r->target->mounted)
		return -EBUSY;
	if (r->old_name)
		return 0;
	if (t && is_folder(i) && !is_folder(t))
		return -ENOTDIR;
	if (t && !is_folder(i) && is_folder(t))
		return -EISDIR;
	return 0;
}

static int check_rename(const struct renaming *r, unsigned flags)
{
	if (!r->moved->inode)
		return -ENOENT;
	if (r->target->inode && (flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (flags & RENAME_EXCHANGE && !r->target->inode)
		return -ENOENT;
	if (dentry_is_below(r->to.at, r->moved))
		return -EINVAL;
	if (dentry_is_below(r->from.at, r->target))
		return flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	if (r->to.at->inode->nlink == 0)
		return -ENOENT;
	if (r->moved->sb->read_only)
		return -EROFS;
	if (!r->from.at->inode->ops->rename)
		return -EPERM;
	if (flags & RENAME_EXCHANGE && !r->from.at->inode->ops->exchange)
		return -EINVAL;
	return check_kinds(r);
}

/* Folders and both things locked. */
static int move(struct renaming *r)
{
	struct inode *dir = r->from.at->inode, *i = r->moved->inode;
	struct inode *t = r->target->inode;
	int rc;

	if (i == t) /* two links to one file: nothing is done */
		return 0;
	mutex_lock(&i->lock);
	if (t)
		mutex_lock(&t->lock);
	rc = dir->ops->rename(dir, r->from.name, r->from.len, r->to.at->inode,
	                      r->to.name, r->to.len, i, t);
	if (t)
		mutex_unlock(&t->lock);
	mutex_unlock(&i->lock);
	if (rc)
		return rc;
	dentry_forget(r->target);
	dentry_move(r->moved, r->to.at, r->name, r->to.len);
	r->name = NULL;
	return 0;
}

/* The same for two that change places. */
static int swap(struct renaming *r)
{
	struct inode *dir = r->from.at->inode, *i = r->moved->inode;
	struct inode *t = r->target->inode;
	int rc;

	if (i == t)
		return 0;
	mutex_lock(&i->lock);
	mutex_lock(&t->lock);
	rc = dir->ops->exchange(dir, r->from.name, r->from.len, r->to.at->inode,
	                        r->to.name, r->to.len, i, t);
	mutex_unlock(&t->lock);
	mutex_unlock(&i->lock);
	if (rc)
		return rc;
	dentry_move(r->moved, r->to.at, r->name, r->to.len);
	dentry_move(r->target, r->from.at, r->old_name, r->from.len);
	r->name = r->old_name = NULL;
	return 0;
}

static int rename_locked(struct renaming *r, unsigned flags)
{
	int rc = path_lookup_locked(r->from.at, r->from.name, r->from.len,
	                            &r->moved);

	if (!rc)
		rc = path_lookup_locked(r->to.at, r->to.name, r->to.len,
		                        &r->target);
	if (!rc)
		rc = check_rename(r, flags);
	if (rc)
		return rc;
	return flags & RENAME_EXCHANGE ? swap(r) : move(r);
}

static int check_walks(const struct renaming *r)
{
	if (!is_folder(r->from.at->inode) || !is_folder(r->to.at->inode))
		return -ENOTDIR;
	if (r->from.at->sb != r->to.at->sb)
		return -EXDEV;
	if (walk_is_dots(&r->from) || walk_is_dots(&r->to))
		return -EBUSY;
	if (r->from.len > NAME_MAX || r->to.len > NAME_MAX)
		return -ENAMETOOLONG;
	return 0;
}

static void tell_moved(struct renaming *r, bool both)
{
	struct inode *i = r->moved->inode, *t = r->target->inode;

	if (i == t)
		return;
	notify_move(r->from.at->inode, r->from.name, r->from.len,
	            r->to.at->inode, r->to.name, r->to.len, i);
	if (t && !both)
		notify_inode(t, NOTIFY_ATTRIB);
	notify_inode(i, NOTIFY_MOVE_SELF);
	if (!both)
		return;
	notify_move(r->to.at->inode, r->to.name, r->to.len, r->from.at->inode,
	            r->from.name, r->from.len, t);
	notify_inode(t, NOTIFY_MOVE_SELF);
}

static char *copy_name(const char *name, size_t len)
{
	char *copy = mem_alloc(len);

	if (copy)
		memcpy(copy, name, len);
	return copy;
}

static int rename_walked(struct renaming *r, unsigned flags)
{
	int rc = check_walks(r);

	if (rc)
		return rc;
	r->name = copy_name(r->to.name, r->to.len);
	if (flags & RENAME_EXCHANGE)
		r->old_name = copy_name(r->from.name, r->from.len);
	if (!r->name || (flags & RENAME_EXCHANGE && !r->old_name)) {
		mem_free(r->name);
		mem_free(r->old_name);
		return -ENOMEM;
	}
	mutex_lock(&rename_lock);
	lock_folders(r);
	rc = rename_locked(r, flags);
	unlock_folders(r);
	mutex_unlock(&rename_lock);
	if (!rc)
		tell_moved(r, flags & RENAME_EXCHANGE);
	if (r->moved)
		dentry_put(r->moved);
	if (r->target)
		dentry_put(r->target);
	mem_free(r->name);
	mem_free(r->old_name);
	return rc;
}

int vfs_rename(struct dentry *old_at, const char *old_path,
               struct dentry *new_at, const char *new_path, unsigned flags)
{
	struct renaming r = {0};
	int rc;

	if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	rc = walk_begin(&r.from, old_at, old_path);
	if (!rc)
		rc = walk_begin(&r.to, new_at, new_path);
	if (!rc)
		rc = walk_to_last(&r.from);
	if (!rc)
		rc = walk_to_last(&r.to);
	if (!rc)
		rc = rename_walked(&r, flags);
	walk_end(&r.from);
	walk_end(&r.to);
	return rc;
}

/* --- opening --- */

static int check_open(const struct inode *i, unsigned flags)
{
	bool write = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
	uint32_t type = i->mode & S_IFMT;

	if (flags & O_PATH)
		return 0;
	if (type == S_IFLNK)
		return -ELOOP;
	if (type == S_IFSOCK)
		return -ENXIO;
	if (type == S_IFDIR && write)
		return -EISDIR;
	if (type == S_IFREG && write && i->sb->read_only)
		return -EROFS;
	return 0;
}

/* Nobody but this file has to do with its opening. */
static bool opens_alone(const struct inode *i, unsigned flags)
{
	return mode_is(i->mode, S_IFREG) && !(flags & O_TRUNC) &&
	       !i->file_ops && !i->ops->open;
}

static int open_found(struct dentry *d, unsigned flags, bool created,
                      struct file **out)
{
	struct inode *i = d->inode;
	int rc = check_open(i, flags);

	if (!rc && (flags & O_TRUNC) && !(flags & O_PATH) && !created &&
	    mode_is(i->mode, S_IFREG)) {
		rc = vfs_truncate(i, 0);
		if (!rc)
			notify_dentry(d, NOTIFY_MODIFY);
	}
	return rc ? rc : file_open(d, flags, out);
}

static int open_existing(struct walk *w, unsigned flags, struct file **out)
{
	unsigned how = flags & O_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	struct dentry *d;
	bool giant;
	int rc;

	if (flags & O_DIRECTORY)
		how |= LOOKUP_DIRECTORY;
	rc = walk_last(w, how, &d);
	if (rc)
		return rc;
	giant = d->inode && !opens_alone(d->inode, flags);
	if (giant)
		giant_lock();
	rc = d->inode ? open_found(d, flags, false, out) : -ENOENT;
	if (giant)
		giant_unlock();
	dentry_put(d);
	return rc;
}

/* Look the last name up and create it where it is not. */
static int find_or_create(struct walk *w, unsigned flags, uint32_t mode,
                          struct dentry **out, bool *created)
{
	struct inode *dir = w->at->inode, *i = NULL;
	struct dentry *d;
	int rc;

	mutex_lock(&dir->lock);
	rc = path_lookup_locked(w->at, w->name, w->len, &d);
	if (rc)
		goto out;
	if (d->inode) {
		rc = flags & O_EXCL ? -EEXIST : 0;
	} else if (dir->sb->read_only) {
		rc = -EROFS;
	} else if (dir->nlink == 0) {
		rc = -ENOENT;
	} else {
		rc = create_locked(dir, w->name, w->len, S_IFREG | mode, 0, &i);
	}
	if (i) {
		d = enter_name(w, d, i);
		inode_put(i);
		*created = true;
		rc = d ? 0 : -ENOMEM;
		notify_name(dir, MADE, w->name, w->len);
	} else if (rc) {
		dentry_put(d);
	}
	*out = d;
out:
	mutex_unlock(&dir->lock);
	return rc;
}

static int open_create(struct walk *w, unsigned flags, uint32_t mode,
                       struct file **out)
{
	bool created = false;
	struct dentry *d;
	int rc;

	for (;;) {
		rc = walk_to_last(w);
		if (rc)
			return rc;
		if (!is_folder(w->at->inode))
			return w->len == 0
			               ? open_found(w->at, flags, false, out)
			               : -ENOTDIR;
		if (walk_is_dots(w) || w->slash)
			return -EISDIR;
		if (w->len > NAME_MAX)
			return -ENAMETOOLONG;
		rc = find_or_create(w, flags, mode, &d, &created);
		if (rc)
			return rc;
		if (!mode_is(d->inode->mode, S_IFLNK) || (flags & O_NOFOLLOW))
			break;
		rc = walk_follow(w, d);
		dentry_put(d);
		if (rc)
			return rc;
	}
	d = dentry_mounted(d);
	rc = is_folder(d->inode) ? -EISDIR : open_found(d, flags, created, out);
	dentry_put(d);
	return rc;
}

/* A file in `dir` that has no name, shown as `shown` in `under`. */
static int make_tmpfile(struct dentry *dir, unsigned flags, uint32_t mode,
                        struct dentry *under, const char *shown,
                        struct file **out)
{
	struct dentry *d;
	struct inode *i;
	int rc;

	if (!dir->inode)
		rc = -ENOENT;
	else if (!dir->inode->ops->tmpfile)
		rc = -EOPNOTSUPP;
	else if (dir->sb->read_only)
		rc = -EROFS;
	else
		rc = dir->inode->ops->tmpfile(dir->inode, S_IFREG | mode, &i);
	if (rc)
		return rc;
	i->linkable = !(flags & O_EXCL);
	d = dentry_new_gone(under, i, shown);
	rc = d ? file_open(d, flags, out) : -ENOMEM;
	if (d)
		dentry_put(d);
	inode_put(i);
	return rc;
}

static int open_tmpfile(struct walk *w, unsigned flags, uint32_t mode,
                        struct file **out)
{
	struct dentry *dir;
	int rc;

	if ((flags & O_ACCMODE) == O_RDONLY)
		return -EINVAL;
	rc = walk_last(w, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &dir);
	if (rc)
		return rc;
	rc = make_tmpfile(dir, flags, mode, dir, NULL, out);
	dentry_put(dir);
	return rc;
}

int vfs_open_unnamed(const char *dir, const char *shown, uint32_t mode,
                     struct file **out)
{
	struct dentry *d;
	int rc = vfs_lookup(NULL, dir, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &d);

	if (rc)
		return rc;
	rc = make_tmpfile(d, O_RDWR | O_EXCL, mode, vfs_root(), shown, out);
	dentry_put(d);
	return rc;
}

int vfs_open(struct dentry *at, const char *path, unsigned flags, uint32_t mode,
             struct file **out)
{
	return vfs_open_within(at, path, flags, mode, 0, out);
}

/* A new file, or one without a name. */
static int open_new(struct walk *w, unsigned flags, uint32_t mode,
                    struct file **out)
{
	int rc;

	giant_lock();
	if ((flags & O_TMPFILE) == O_TMPFILE)
		rc = open_tmpfile(w, flags, mode, out);
	else if (flags & O_DIRECTORY)
		rc = -EINVAL;
	else
		rc = open_create(w, flags, mode, out);
	giant_unlock();
	return rc;
}

int vfs_open_within(struct dentry *at, const char *path, unsigned flags,
                    uint32_t mode, unsigned resolve, struct file **out)
{
	struct walk w;
	int rc = walk_begin_within(&w, at, path, resolve);

	mode &= ~(uint32_t)S_IFMT;
	if (rc)
		goto out;
	if (flags & O_PATH)
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE)
		rc = open_new(&w, flags, mode, out);
	else
		rc = open_existing(&w, flags, out);
out:
	walk_end(&w);
	return rc;
}

/* --- the thing behind a name --- */

int vfs_readlink(struct dentry *d, char *out, size_t size)
{
	struct inode *i = dentry_inode(d);
	int rc;

	if (!mode_is(i->mode, S_IFLNK) || !i->ops->readlink)
		return -EINVAL;
	mutex_lock(&i->lock);
	rc = i->ops->readlink(i, out, size);
	mutex_unlock(&i->lock);
	return rc;
}

static int check_size(const struct inode *i, uint64_t size)
{
	if (is_folder(i))
		return -EISDIR;
	if (!mode_is(i->mode, S_IFREG))
		return -EINVAL;
	if (size > (i->sb->max_size ? i->sb->max_size : INT64_MAX))
		return -EFBIG;
	return 0;
}

int vfs_setattr(struct inode *i, const struct inode_attr *a)
{
	int rc = a->set & ATTR_SIZE ? check_size(i, a->size) : 0;

	if (rc)
		return rc;
	if (i->sb->read_only)
		return -EROFS;
	if (!i->ops->setattr)
		return -EPERM;
	mutex_lock(&i->lock);
	if (a->set & ATTR_SIZE)
		rc = vfs_check_size_seals(i, a->size);
	if (!rc)
		rc = i->ops->setattr(i, a);
	mutex_unlock(&i->lock);
	return rc;
}

int vfs_truncate(struct inode *i, uint64_t size)
{
	struct inode_attr a = {.set = ATTR_SIZE, .size = size};

	return vfs_setattr(i, &a);
}

int vfs_fsync(struct inode *i, bool data_only)
{
	int rc = pagecache_write_back(&i->mapping, 0, UINT64_MAX);

	if (rc || !i->ops->fsync)
		return rc;
	return i->ops->fsync(i, data_only);
}
