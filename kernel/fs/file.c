/* file.c - open files: what is the same for all of them. */
#include "kernel/core/clock.h"
#include "kernel/core/panic.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/dev.h"
#include "kernel/fs/filelock.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/notify.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/giant.h"

enum {
	/* Flags of open() that say what to do, not what the file is like. */
	ONCE = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC,
};

/* O_PATH: a name to start from, nothing to read. */
static const struct file_ops path_ops = {0};

static void (*end_hook)(struct file *f);

/* --- life --- */

static struct file *make(const struct file_ops *ops, uint32_t flags)
{
	static _Atomic uint64_t last_id;
	struct file *f = mem_zalloc(sizeof(*f));

	if (!f)
		return NULL;
	f->ops = ops;
	f->refs = 1;
	f->id = ++last_id;
	f->flags = flags & ~(uint32_t)ONCE;
	mutex_init(&f->pos_lock);
	list_init(&f->polls);
	return f;
}

int file_new(const struct file_ops *ops, void *priv, uint32_t flags,
             const char *label, struct file **out)
{
	struct file *f = make(ops, flags);

	if (!f)
		return -ENOMEM;
	f->priv = priv;
	f->label = label;
	*out = f;
	return 0;
}

static const struct file_ops *ops_by_type(const struct inode *i)
{
	switch (i->mode & S_IFMT) {
	case S_IFREG:
		return &generic_file_ops;
	case S_IFDIR:
		return &generic_dir_ops;
	case S_IFIFO:
		return &pipe_fifo_ops;
	case S_IFCHR:
		return dev_find(i->rdev);
	default:
		return NULL;
	}
}

/* What the thing itself does when it is opened. */
static int open_inode(struct inode *i, struct file *f)
{
	f->ops = i->file_ops ? i->file_ops : ops_by_type(i);
	if (!f->ops)
		return -ENXIO;
	if (i->ops->open)
		return i->ops->open(i, f);
	if (mode_is(i->mode, S_IFIFO))
		return pipe_open_fifo(i, f);
	if (mode_is(i->mode, S_IFCHR))
		return dev_open(i, f);
	return 0;
}

int file_open(struct dentry *d, uint32_t flags, struct file **out)
{
	struct file *f = make(&path_ops, flags);
	int rc;

	if (!f)
		return -ENOMEM;
	f->dentry = d;
	f->inode = dentry_inode(d);
	rc = flags & O_PATH ? 0 : open_inode(f->inode, f);
	if (rc) {
		mem_free(f);
		return rc;
	}
	dentry_get(d);
	if (!(flags & O_PATH))
		notify_dentry(d, NOTIFY_OPEN);
	*out = f;
	return 0;
}

void file_set_end_hook(void (*fn)(struct file *f))
{
	end_hook = fn;
}

void file_get(struct file *f)
{
	uint32_t before = f->refs++;

	ASSERT(before > 0);
}

/* Nobody else has to do with it: what its end needs has locks of its own. */
static bool ends_alone(const struct file *f)
{
	return f->ops == &generic_file_ops && list_empty(&f->polls);
}

static void end(struct file *f)
{
	if (f->dentry && !(f->flags & O_PATH))
		notify_dentry(f->dentry, (f->flags & O_ACCMODE) == O_RDONLY
		                                 ? NOTIFY_CLOSE_NOWRITE
		                                 : NOTIFY_CLOSE_WRITE);
	if (end_hook && !list_empty(&f->polls))
		end_hook(f);
	filelock_released(f);
	if (f->ops->release)
		f->ops->release(f);
	if (f->dentry)
		dentry_put(f->dentry);
	mem_free(f);
}

void file_put(struct file *f)
{
	uint32_t before = f->refs--;

	ASSERT(before > 0);
	if (before > 1)
		return;
	if (ends_alone(f)) {
		end(f);
		return;
	}
	giant_lock();
	end(f);
	giant_unlock();
}

/* --- reading and writing --- */

/* Around every call of what a file does there. */
static void begin_call(const struct file *f)
{
	if (!f->ops->own_locks)
		giant_lock();
}

static void end_call(const struct file *f)
{
	if (!f->ops->own_locks)
		giant_unlock();
}

static int may_read(const struct file *f)
{
	if ((f->flags & O_PATH) || (f->flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	return f->ops->read ? 0 : -EINVAL;
}

static int may_write(const struct file *f)
{
	if ((f->flags & O_PATH) || (f->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	return f->ops->write ? 0 : -EINVAL;
}

/*
 * Only what has a position takes turns: a socket is read by one thread and
 * written by another at the same time.
 */
static int64_t do_read(struct file *f, struct uio *to)
{
	int64_t n = may_read(f), none = 0;

	if (n)
		return n;
	if (!f->ops->seek)
		return f->ops->read(f, to, &none);
	mutex_lock(&f->pos_lock);
	n = f->ops->read(f, to, &f->pos);
	mutex_unlock(&f->pos_lock);
	return n;
}

static int64_t do_write(struct file *f, struct uio *from)
{
	int64_t n = may_write(f), none = 0;

	if (n)
		return n;
	if (!f->ops->seek)
		return f->ops->write(f, from, &none);
	mutex_lock(&f->pos_lock);
	n = f->ops->write(f, from, &f->pos);
	mutex_unlock(&f->pos_lock);
	return n;
}

static int64_t do_read_at(struct file *f, struct uio *to, int64_t pos)
{
	int64_t n = may_read(f);

	if (n)
		return n;
	if (pos < 0)
		return -EINVAL;
	return f->ops->seek ? f->ops->read(f, to, &pos) : -ESPIPE;
}

static int64_t do_write_at(struct file *f, struct uio *from, int64_t pos)
{
	int64_t n = may_write(f);

	if (n)
		return n;
	if (pos < 0)
		return -EINVAL;
	return f->ops->seek ? f->ops->write(f, from, &pos) : -ESPIPE;
}

/* At the position if `pos` is NULL, which then goes on behind what was done. */
static int64_t do_read_cached(struct file *f, struct uio *to,
                              const int64_t *pos)
{
	int64_t n = may_read(f), at;

	if (n)
		return n;
	if (f->ops != &generic_file_ops)
		return -EOPNOTSUPP;
	if (pos) {
		at = *pos;
		return at < 0 ? -EINVAL : generic_read_cached(f, to, &at);
	}
	mutex_lock(&f->pos_lock);
	n = generic_read_cached(f, to, &f->pos);
	mutex_unlock(&f->pos_lock);
	return n;
}

static int64_t do_append(struct file *f, struct uio *from, bool move)
{
	int64_t n = may_write(f), at = FILE_END;

	if (n)
		return n;
	if (f->ops != &generic_file_ops)
		return do_write(f, from);
	if (!move)
		return f->ops->write(f, from, &at);
	mutex_lock(&f->pos_lock);
	n = f->ops->write(f, from, &at);
	if (n > 0)
		f->pos = at;
	mutex_unlock(&f->pos_lock);
	return n;
}

static int64_t tell(struct file *f, uint32_t mask, int64_t n)
{
	if (n > 0 && f->dentry)
		notify_dentry(f->dentry, mask);
	return n;
}

int64_t file_read(struct file *f, struct uio *to)
{
	int64_t n;

	begin_call(f);
	n = do_read(f, to);
	end_call(f);
	return tell(f, NOTIFY_ACCESS, n);
}

int64_t file_write(struct file *f, struct uio *from)
{
	int64_t n;

	begin_call(f);
	n = do_write(f, from);
	end_call(f);
	return tell(f, NOTIFY_MODIFY, n);
}

int64_t file_read_at(struct file *f, struct uio *to, int64_t pos)
{
	int64_t n;

	begin_call(f);
	n = do_read_at(f, to, pos);
	end_call(f);
	return tell(f, NOTIFY_ACCESS, n);
}

int64_t file_write_at(struct file *f, struct uio *from, int64_t pos)
{
	int64_t n;

	begin_call(f);
	n = do_write_at(f, from, pos);
	end_call(f);
	return tell(f, NOTIFY_MODIFY, n);
}

int64_t file_read_cached(struct file *f, struct uio *to, const int64_t *pos)
{
	return tell(f, NOTIFY_ACCESS, do_read_cached(f, to, pos));
}

int64_t file_append(struct file *f, struct uio *from, bool move)
{
	int64_t n;

	begin_call(f);
	n = do_append(f, from, move);
	end_call(f);
	return tell(f, NOTIFY_MODIFY, n);
}

/* --- the rest of file_ops, with the defaults of vfs.h --- */

int64_t file_seek(struct file *f, int64_t off, int whence)
{
	int64_t n;

	if (f->flags & O_PATH)
		return -EBADF;
	if (!f->ops->seek)
		return -ESPIPE;
	begin_call(f);
	mutex_lock(&f->pos_lock);
	n = f->ops->seek(f, off, whence);
	mutex_unlock(&f->pos_lock);
	end_call(f);
	return n;
}

unsigned file_poll(struct file *f)
{
	if (f->flags & O_PATH)
		return POLLNVAL;
	if (f->ops->poll)
		return f->ops->poll(f);
	return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

sysret file_ioctl(struct file *f, unsigned cmd, uint64_t arg)
{
	if (f->flags & O_PATH)
		return -EBADF;
	return f->ops->ioctl ? f->ops->ioctl(f, cmd, arg) : -ENOTTY;
}

int file_fsync(struct file *f, bool data_only)
{
	if (f->flags & O_PATH)
		return -EBADF;
	if (f->ops->fsync)
		return f->ops->fsync(f, data_only);
	return f->dentry && !mode_is(f->inode->mode, S_IFIFO) ? 0 : -EINVAL;
}

int file_mapping(struct file *f, struct mapping **out)
{
	if (f->flags & O_PATH)
		return -EBADF;
	return f->ops->mmap ? f->ops->mmap(f, out) : -ENODEV;
}

int file_truncate(struct file *f, uint64_t size)
{
	int rc;

	if (f->flags & O_PATH)
		return -EBADF;
	if ((f->flags & O_ACCMODE) == O_RDONLY || !f->inode ||
	    !mode_is(f->inode->mode, S_IFREG))
		return -EINVAL;
	rc = vfs_truncate(f->inode, size);
	if (!rc)
		notify_dentry(f->dentry, NOTIFY_MODIFY);
	return rc;
}

/* --- folders --- */

/*
 * The VFS's own "." and ".." are at positions 0 and 1, so the file system's
 * position p is p + 2 outside.
 */
enum { OWN_ENTRIES = 2 };

struct dir_reader {
	struct dir_sink sink; /* what the file system fills */
	struct dir_sink *to;
	struct file *f;
};

static bool pass_on(struct dir_sink *s, const char *name, size_t len,
                    uint64_t ino, unsigned type, int64_t next_pos)
{
	struct dir_reader *r = CONTAINER_OF(s, struct dir_reader, sink);

	next_pos += OWN_ENTRIES;
	if (!r->to->add(r->to, name, len, ino, type, next_pos))
		return false;
	r->f->pos = next_pos;
	return true;
}

static bool add_dots(struct file *f, struct dir_sink *s)
{
	struct dentry *up;
	uint64_t ino;

	if (f->pos == 0) {
		if (!s->add(s, ".", 1, f->inode->ino, dirent_type(S_IFDIR), 1))
			return false;
		f->pos = 1;
	}
	if (f->pos == 1) {
		up = dentry_up(f->dentry);
		ino = dentry_inode(up)->ino;
		dentry_put(up);
		if (!s->add(s, "..", 2, ino, dirent_type(S_IFDIR), 2))
			return false;
		f->pos = 2;
	}
	return true;
}

static int read_entries(struct file *f, struct dir_sink *s)
{
	struct dir_reader r = {.sink.add = pass_on, .to = s, .f = f};
	struct inode *dir = f->inode;
	int rc;

	mutex_lock(&dir->lock);
	rc = -ENOENT;
	if (dir->nlink > 0 && add_dots(f, s))
		rc = dir->ops->readdir(dir, f->pos - OWN_ENTRIES, &r.sink);
	else if (dir->nlink > 0)
		rc = 0;
	mutex_unlock(&dir->lock);
	return rc;
}

int file_readdir(struct file *f, struct dir_sink *s)
{
	int rc;

	if (f->flags & O_PATH)
		return -EBADF;
	if (!f->inode || !mode_is(f->inode->mode, S_IFDIR) ||
	    !f->inode->ops->readdir)
		return -ENOTDIR;
	mutex_lock(&f->pos_lock);
	rc = read_entries(f, s);
	mutex_unlock(&f->pos_lock);
	if (!rc)
		notify_dentry(f->dentry, NOTIFY_ACCESS);
	return rc;
}

static int64_t read_dir(struct file *f, struct uio *to, int64_t *pos)
{
	(void)f, (void)to, (void)pos;
	return -EISDIR;
}

static int64_t seek_dir(struct file *f, int64_t off, int whence)
{
	if (whence == SEEK_CUR)
		off += f->pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	f->pos = off;
	return off;
}

static int fsync_dir(struct file *f, bool data_only)
{
	return vfs_fsync(f->inode, data_only);
}

const struct file_ops generic_dir_ops = {
	.read = read_dir,
	.seek = seek_dir,
	.fsync = fsync_dir,
};
