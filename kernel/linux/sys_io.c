/* sys_io.c - the system calls that take a file descriptor. */
#include "kernel/arch/user.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/notify.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/iovec.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/mm/slab.h"
#include "kernel/net/socket.h"
#include "kernel/sched/thread.h"

/* Linux moves at most this many bytes in one call (MAX_RW_COUNT). */
static const size_t TRANSFER_MAX = 0x7ffff000;

static int64_t restartable(int64_t rc)
{
	return rc == -EINTR ? -ERESTARTSYS : rc;
}

static sysret read_uio(struct file *f, struct uio *u, const int64_t *pos)
{
	if ((f->flags & O_ACCMODE) == O_WRONLY || f->flags & O_PATH)
		return -EBADF;
	return restartable(pos ? file_read_at(f, u, *pos) : file_read(f, u));
}

static sysret write_uio(struct file *f, struct uio *u, const int64_t *pos)
{
	int64_t rc;

	if ((f->flags & O_ACCMODE) == O_RDONLY || f->flags & O_PATH)
		return -EBADF;
	rc = pos ? file_write_at(f, u, *pos) : file_write(f, u);
	if (rc == -EPIPE)
		signal_pipe();
	return restartable(rc);
}

typedef sysret (*transfer)(struct file *f, struct uio *u, const int64_t *pos);

/* One buffer. `pos` NULL: at the file's position. */
static sysret move_one(const struct sysargs *a, transfer fn, const int64_t *pos)
{
	size_t len = a->a[2] < TRANSFER_MAX ? a->a[2] : TRANSFER_MAX;
	struct file *f;
	struct uio u;
	sysret rc;

	if (pos && *pos < 0)
		return -EINVAL;
	f = fd_get(arg_int(a, 0));
	if (!f)
		return -EBADF;
	uio_user(&u, arg_addr(a, 1), len);
	/* As a whole, although less may be moved. */
	rc = user_range_ok(arg_addr(a, 1), a->a[2]) ? fn(f, &u, pos) : -EFAULT;
	file_put(f);
	return rc;
}

static sysret move_many(const struct sysargs *a, transfer fn,
                        const int64_t *pos)
{
	struct iovec_copy v;
	struct file *f;
	sysret rc;

	if (pos && *pos < 0)
		return -EINVAL;
	f = fd_get(arg_int(a, 0));
	if (!f)
		return -EBADF;
	rc = iovec_read(&v, arg_addr(a, 1), a->a[2]);
	if (!rc) {
		rc = fn(f, &v.uio, pos);
		iovec_free(&v);
	}
	file_put(f);
	return rc;
}

sysret linux_read(const struct sysargs *a)
{
	return move_one(a, read_uio, NULL);
}

sysret linux_write(const struct sysargs *a)
{
	return move_one(a, write_uio, NULL);
}

sysret linux_pread64(const struct sysargs *a)
{
	int64_t pos = (int64_t)a->a[3];

	return move_one(a, read_uio, &pos);
}

sysret linux_pwrite64(const struct sysargs *a)
{
	int64_t pos = (int64_t)a->a[3];

	return move_one(a, write_uio, &pos);
}

sysret linux_readv(const struct sysargs *a)
{
	return move_many(a, read_uio, NULL);
}

sysret linux_writev(const struct sysargs *a)
{
	return move_many(a, write_uio, NULL);
}

sysret linux_preadv(const struct sysargs *a)
{
	int64_t pos = (int64_t)a->a[3];

	return move_many(a, read_uio, &pos);
}

sysret linux_pwritev(const struct sysargs *a)
{
	int64_t pos = (int64_t)a->a[3];

	return move_many(a, write_uio, &pos);
}

/* --- with flags --- */

static sysret sync_fd(int fd, bool data_only)
{
	struct file *f = fd_get(fd);
	sysret rc;

	if (!f)
		return -EBADF;
	rc = f->inode ? file_fsync(f, data_only) : -EINVAL;
	file_put(f);
	return rc;
}

enum {
	RWF_HIPRI = 1, /* poll the device: a hint */
	RWF_DSYNC = 2,
	RWF_SYNC = 4,
	RWF_NOWAIT = 8,
	RWF_APPEND = 16,
	RWF_READ = RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT,
	RWF_WRITE = RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_APPEND,
};

static sysret read_cached(struct file *f, struct uio *u, const int64_t *pos)
{
	return file_read_cached(f, u, pos);
}

static sysret append(struct file *f, struct uio *u, const int64_t *pos)
{
	int64_t rc = file_append(f, u, !pos);

	if (rc == -EPIPE)
		signal_pipe();
	return restartable(rc);
}

/* pos -1: the file's own. The offset's upper half is 0 with 64 bits. */
static sysret move_flagged(const struct sysargs *a, transfer fn)
{
	int64_t pos = (int64_t)a->a[3];

	return move_many(a, fn, pos == -1 ? NULL : &pos);
}

/* Gaps: RWF_NOWAIT is -EOPNOTSUPP for what is no regular file. */
sysret linux_preadv2(const struct sysargs *a)
{
	unsigned flags = arg_uint(a, 5);

	if (flags & ~(unsigned)RWF_READ)
		return -EOPNOTSUPP;
	return move_flagged(a, flags & RWF_NOWAIT ? read_cached : read_uio);
}

/* RWF_NOWAIT is -EOPNOTSUPP, as on Linux for what goes through the cache. */
sysret linux_pwritev2(const struct sysargs *a)
{
	unsigned flags = arg_uint(a, 5);
	sysret n, rc;

	if (flags & ~(unsigned)RWF_WRITE)
		return -EOPNOTSUPP;
	n = move_flagged(a, flags & RWF_APPEND ? append : write_uio);
	if (n <= 0 || !(flags & (RWF_DSYNC | RWF_SYNC)))
		return n;
	rc = sync_fd(arg_int(a, 0), !(flags & RWF_SYNC));
	return rc ? rc : n;
}

/* --- sendfile: by reference where it can be, else through our memory --- */

/* -EOPNOTSUPP: it cannot. */
static int64_t refer_piece(struct file *out, struct file *in, int64_t pos,
                           size_t n)
{
	enum { MAX = 32 };
	struct page *pages[MAX];
	struct socket_pages p = {.pages = pages,
	                         .offset = (size_t)pos % PAGE_SIZE};
	int64_t got, rc;
	size_t nr;

	if (!socket_is(out))
		return -EOPNOTSUPP;
	got = file_pages(in, pos, n, pages, MAX);
	if (got <= 0)
		return got ? got : -EOPNOTSUPP;
	nr = (p.offset + (size_t)got + PAGE_SIZE - 1) / PAGE_SIZE;
	p.left = (size_t)got;
	p.more = (size_t)got < n && (uint64_t)(pos + got) < in->inode->size;
	rc = socket_send_pages(out, &p);
	for (size_t i = 0; i < nr; i++)
		page_put(pages[i]);
	return rc;
}

static int64_t copy_piece(struct file *out, struct file *in, int64_t pos,
                          size_t n)
{
	enum { PIECE = 16 * PAGE_SIZE };
	void *buffer = mem_alloc(PIECE);
	struct uio u;
	int64_t rc;

	if (!buffer)
		return -ENOMEM;
	uio_kernel(&u, buffer, n < PIECE ? n : PIECE);
	rc = file_read_at(in, &u, pos);
	if (rc > 0) {
		uio_kernel(&u, buffer, (size_t)rc);
		rc = file_write(out, &u);
	}
	mem_free(buffer);
	return rc;
}

static int64_t send_all(struct file *out, struct file *in, int64_t *pos,
                        size_t count)
{
	size_t done = 0;
	int64_t rc = 0;

	while (done < count) {
		rc = refer_piece(out, in, *pos, count - done);
		if (rc == -EOPNOTSUPP)
			rc = copy_piece(out, in, *pos, count - done);
		if (rc <= 0)
			break;
		done += (size_t)rc;
		*pos += rc;
		rc = thread_relax();
		if (rc)
			break;
	}
	if (rc == -EPIPE)
		signal_pipe();
	return done ? (int64_t)done : restartable(rc);
}

sysret linux_sendfile(const struct sysargs *a)
{
	struct file *out = fd_get(arg_int(a, 0)), *in = fd_get(arg_int(a, 1));
	size_t count = a->a[3] < TRANSFER_MAX ? a->a[3] : TRANSFER_MAX;
	int64_t pos = 0;
	sysret rc = 0;

	if (!out || !in || (out->flags & O_ACCMODE) == O_RDONLY ||
	    (in->flags & O_ACCMODE) == O_WRONLY)
		rc = -EBADF;
	else if (!in->inode || out->flags & O_APPEND)
		rc = -EINVAL;
	else if (a->a[2])
		rc = copy_in(&pos, arg_addr(a, 2), sizeof(pos));
	else
		pos = file_seek(in, 0, SEEK_CUR);
	if (!rc && pos < 0)
		rc = -EINVAL;
	if (!rc)
		rc = send_all(out, in, &pos, count);
	if (rc >= 0 && a->a[2] && copy_out(arg_addr(a, 2), &pos, sizeof(pos)))
		rc = -EFAULT;
	if (rc >= 0 && !a->a[2] && file_seek(in, pos, SEEK_SET) < 0)
		rc = -ESPIPE;
	if (in)
		file_put(in);
	if (out)
		file_put(out);
	return rc;
}

/* --- position and size --- */

sysret linux_lseek(const struct sysargs *a)
{
	struct file *f = fd_get(arg_int(a, 0));
	sysret rc;

	if (!f)
		return -EBADF;
	rc = file_seek(f, (int64_t)a->a[1], arg_int(a, 2));
	file_put(f);
	return rc;
}

sysret linux_ftruncate(const struct sysargs *a)
{
	struct file *f = fd_get(arg_int(a, 0));
	sysret rc;

	if (!f)
		return -EBADF;
	if ((int64_t)a->a[1] < 0 || (f->flags & O_ACCMODE) == O_RDONLY)
		rc = -EINVAL;
	else
		rc = file_truncate(f, a->a[1]);
	file_put(f);
	return rc;
}

/* Gaps: no collapsing and inserting. */
sysret linux_fallocate(const struct sysargs *a)
{
	struct file *f = fd_get(arg_int(a, 0));
	int64_t from = (int64_t)a->a[2], n = (int64_t)a->a[3];
	sysret rc;

	if (!f)
		return -EBADF;
	if (from < 0 || n <= 0)
		rc = -EINVAL;
	else if (f->flags & O_PATH || (f->flags & O_ACCMODE) == O_RDONLY)
		rc = -EBADF;
	else if (from > INT64_MAX - n)
		rc = -EFBIG;
	else if (!f->inode)
		rc = -ENODEV;
	else
		rc = vfs_fallocate(f->inode, arg_uint(a, 1), (uint64_t)from,
		                   (uint64_t)n);
	if (!rc && f->dentry)
		notify_dentry(f->dentry, NOTIFY_MODIFY);
	file_put(f);
	return rc;
}

sysret linux_fsync(const struct sysargs *a)
{
	return sync_fd(arg_int(a, 0), false);
}

sysret linux_fdatasync(const struct sysargs *a)
{
	return sync_fd(arg_int(a, 0), true);
}

/* --- folders --- */

struct dirent_sink {
	struct dir_sink sink;
	uint64_t to, left, done;
	int error;
};

struct dirent64 {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
} PACKED;

static bool add_dirent(struct dir_sink *sink, const char *name, size_t len,
                       uint64_t ino, unsigned type, int64_t next_pos)
{
	struct dirent_sink *s = CONTAINER_OF(sink, struct dirent_sink, sink);
	char text[sizeof(struct dirent64) + NAME_MAX + 8] = {0};
	struct dirent64 *d = (struct dirent64 *)(void *)text;
	size_t size = (sizeof(*d) + len + 1 + 7) & ~(size_t)7;

	if (size > s->left) {
		if (!s->done)
			s->error = -EINVAL; /* not even one fits */
		return false;
	}
	*d = (struct dirent64){ino, next_pos, (uint16_t)size, (uint8_t)type};
	memcpy(text + sizeof(*d), name, len);
	if (copy_out((uaddr){s->to + s->done}, text, size)) {
		s->error = -EFAULT;
		return false;
	}
	s->done += size;
	s->left -= size;
	return true;
}

sysret linux_getdents64(const struct sysargs *a)
{
	struct dirent_sink s = {
		.sink = {add_dirent}, .to = a->a[1], .left = arg_uint(a, 2)};
	struct file *f = fd_get(arg_int(a, 0));
	int rc;

	if (!f)
		return -EBADF;
	rc = file_readdir(f, &s.sink);
	file_put(f);
	if (s.done)
		return (sysret)s.done;
	return s.error ? s.error : rc;
}

/* --- descriptors --- */

sysret linux_close(const struct sysargs *a)
{
	return fd_close(arg_int(a, 0));
}

sysret linux_close_range(const struct sysargs *a)
{
	enum { UNSHARE = 2, CLOEXEC = 4 };
	unsigned first = arg_uint(a, 0), last = arg_uint(a, 1);

	if (first > last || arg_uint(a, 2) & ~(unsigned)(UNSHARE | CLOEXEC))
		return -EINVAL;
	fd_close_range(first, last, arg_uint(a, 2) & CLOEXEC);
	return 0;
}

static sysret dup_above(int fd, int lowest, bool cloexec)
{
	struct file *f = fd_get(fd);

	if (!f)
		return -EBADF;
	return fd_give(f, lowest, cloexec);
}

sysret linux_dup(const struct sysargs *a)
{
	return dup_above(arg_int(a, 0), 0, false);
}

sysret linux_dup2(const struct sysargs *a)
{
	struct file *f = fd_get(arg_int(a, 0));

	if (!f)
		return -EBADF;
	file_put(f);
	if (arg_int(a, 0) == arg_int(a, 1))
		return arg_int(a, 1);
	return fd_dup_to(arg_int(a, 0), arg_int(a, 1), false);
}

sysret linux_dup3(const struct sysargs *a)
{
	if (arg_int(a, 0) == arg_int(a, 1) ||
	    arg_uint(a, 2) & ~(unsigned)O_CLOEXEC)
		return -EINVAL;
	return fd_dup_to(arg_int(a, 0), arg_int(a, 1),
	                 arg_uint(a, 2) & O_CLOEXEC);
}

enum {
	FIONBIO = 0x5421,
	FIONREAD = 0x541b,
	FIOCLEX = 0x5451,
	FIONCLEX = 0x5450,
	FIOASYNC = 0x5452,
};

static sysret set_nonblocking(struct file *f, uaddr from)
{
	int32_t on;

	if (copy_in(&on, from, sizeof(on)))
		return -EFAULT;
	if (on)
		f->flags |= O_NONBLOCK;
	else
		f->flags &= ~(unsigned)O_NONBLOCK;
	return 0;
}

/* SIOCGIFCONF: a struct ifconf, whose length is in bytes of struct ifreq. */
static sysret list_interfaces(uaddr at)
{
	enum { IFREQ_SIZE = 40, MOST = 16 };
	char records[MOST * IFREQ_SIZE];
	struct {
		int32_t len, pad;
		uint64_t to;
	} c;
	unsigned n;

	if (copy_in(&c, at, sizeof(c)))
		return -EFAULT;
	n = socket_list_interfaces(records, MOST);
	if (c.to && c.len >= 0 && (unsigned)c.len / IFREQ_SIZE < n)
		n = (unsigned)c.len / IFREQ_SIZE;
	c.len = (int32_t)(n * IFREQ_SIZE);
	if (c.to && copy_out((uaddr){c.to}, records, n * IFREQ_SIZE))
		return -EFAULT;
	return copy_out(at, &c, sizeof(c));
}

static sysret ioctl_socket(struct file *f, unsigned cmd, uint64_t at)
{
	enum { SIOCGIFCONF = 0x8912 };
	unsigned char arg[64];
	size_t size = socket_ioctl_size(cmd);
	int rc;

	if (cmd == SIOCGIFCONF)
		return list_interfaces((uaddr){at});
	if (!size || size > sizeof(arg))
		return -ENOTTY;
	if (copy_in(arg, (uaddr){at}, size))
		return -EFAULT;
	rc = socket_ioctl(f, cmd, arg);
	return rc ? rc : copy_out((uaddr){at}, arg, size);
}

static sysret pending_bytes(struct file *f, uint64_t to)
{
	int32_t n = 0;

	if (f->inode && mode_is(f->inode->mode, S_IFREG)) {
		int64_t left = (int64_t)f->inode->size - f->pos;

		n = left > 0 ? (int32_t)left : 0;
		return copy_out((uaddr){to}, &n, sizeof(n));
	}
	if (f->ops == &pipe_fifo_ops) {
		n = (int32_t)pipe_pending(f);
		return copy_out((uaddr){to}, &n, sizeof(n));
	}
	return socket_is(f) ? ioctl_socket(f, FIONREAD, to)
	                    : file_ioctl(f, FIONREAD, to);
}

/* Gaps: what every file has; the rest is the file's own, or -ENOTTY. */
sysret linux_ioctl(const struct sysargs *a)
{
	int fd = arg_int(a, 0);
	struct file *f = fd_get(fd);
	sysret rc;

	if (!f)
		return -EBADF;
	switch (arg_uint(a, 1)) {
	case FIONBIO:
		rc = set_nonblocking(f, arg_addr(a, 2));
		break;
	case FIOCLEX:
	case FIONCLEX:
		rc = fd_set_cloexec(fd, arg_uint(a, 1) == FIOCLEX);
		break;
	case FIONREAD:
		rc = pending_bytes(f, a->a[2]);
		break;
	default:
		rc = socket_is(f) ? ioctl_socket(f, arg_uint(a, 1), a->a[2])
		                  : file_ioctl(f, arg_uint(a, 1), a->a[2]);
		break;
	}
	file_put(f);
	return rc;
}

static sysret make_pipe(uaddr to, unsigned flags)
{
	struct file *ends[2];
	int32_t fds[2];
	int rc;

	if (flags & ~(unsigned)(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	rc = pipe_new(flags, &ends[0], &ends[1]);
	if (rc)
		return rc;
	rc = fd_give_pair(ends, flags & O_CLOEXEC, fds);
	if (!rc && copy_out(to, fds, sizeof(fds))) {
		(void)!fd_close(fds[0]);
		(void)!fd_close(fds[1]);
		rc = -EFAULT;
	}
	return rc;
}

sysret linux_pipe(const struct sysargs *a)
{
	return make_pipe(arg_addr(a, 0), 0);
}

sysret linux_pipe2(const struct sysargs *a)
{
	return make_pipe(arg_addr(a, 0), arg_uint(a, 1));
}
