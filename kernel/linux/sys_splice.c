/*
 * sys_splice.c - splice(2), tee(2), vmsplice(2), copy_file_range(2).
 *
 * Bytes go straight into and out of a pipe's own pages, with one copy. That no
 * copy is made, as Linux does with page references, is not promised to anybody.
 */
#include "kernel/arch/user.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/linux/iovec.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/thread.h"

enum {
	SPLICE_F_MOVE = 1,
	SPLICE_F_NONBLOCK = 2,
	SPLICE_F_MORE = 4,
	SPLICE_F_GIFT = 8,
	SPLICE_F_ALL = 15,
};

static const size_t MOVE_MAX = 0x7ffff000;

static size_t bounded(uint64_t n)
{
	return n < MOVE_MAX ? n : MOVE_MAX;
}

static sysret finish(int64_t rc)
{
	if (rc == -EPIPE)
		signal_pipe();
	return rc == -EINTR ? -ERESTARTSYS : rc;
}

static bool can_read(const struct file *f)
{
	return !(f->flags & O_PATH) && (f->flags & O_ACCMODE) != O_WRONLY;
}

static bool can_write(const struct file *f)
{
	return !(f->flags & O_PATH) && (f->flags & O_ACCMODE) != O_RDONLY;
}

/* Both files with references, or -EBADF and none. */
static int get_two(int in, int out, struct file *f[2])
{
	f[0] = fd_get(in);
	f[1] = fd_get(out);
	if (f[0] && f[1] && can_read(f[0]) && can_write(f[1]))
		return 0;
	if (f[0])
		file_put(f[0]);
	if (f[1])
		file_put(f[1]);
	return -EBADF;
}

static void put_two(struct file *f[2])
{
	file_put(f[0]);
	file_put(f[1]);
}

/* --- the other side of a pipe: a file at a place, or where it stands --- */

struct side {
	struct file *f;
	bool at; /* *pos counts, not the file's own position */
	int64_t pos;
};

static int64_t read_side(void *ctx, void *bytes, size_t n)
{
	struct side *s = ctx;
	struct uio u;
	int64_t got;

	uio_kernel(&u, bytes, n);
	got = s->at ? file_read_at(s->f, &u, s->pos) : file_read(s->f, &u);
	if (got > 0)
		s->pos += got;
	return got;
}

static int64_t write_side(void *ctx, void *bytes, size_t n)
{
	struct side *s = ctx;
	struct uio u;
	int64_t got;

	uio_kernel(&u, bytes, n);
	got = s->at ? file_write_at(s->f, &u, s->pos) : file_write(s->f, &u);
	if (got > 0)
		s->pos += got;
	return got;
}

static int begin_side(struct side *s, struct file *f, uint64_t at)
{
	*s = (struct side){.f = f, .at = at != 0};
	if (at && copy_in(&s->pos, (uaddr){at}, sizeof(s->pos)))
		return -EFAULT;
	return s->pos < 0 ? -EINVAL : 0;
}

static sysret end_side(const struct side *s, uint64_t at, int64_t rc)
{
	if (rc > 0 && at && copy_out((uaddr){at}, &s->pos, sizeof(s->pos)))
		return -EFAULT;
	return rc;
}

static bool may_wait(const struct file *pipe, unsigned flags)
{
	return !(flags & SPLICE_F_NONBLOCK) && !(pipe->flags & O_NONBLOCK);
}

static sysret into_pipe(struct file *f[2], const struct sysargs *a)
{
	struct side s;
	int64_t rc = begin_side(&s, f[0], a->a[1]);

	if (a->a[3])
		return -ESPIPE;
	if (!rc)
		rc = pipe_fill(f[1], bounded(a->a[4]),
		               may_wait(f[1], arg_uint(a, 5)), read_side, &s);
	return end_side(&s, a->a[1], rc);
}

static sysret out_of_pipe(struct file *f[2], const struct sysargs *a)
{
	struct side s;
	int64_t rc = begin_side(&s, f[1], a->a[3]);

	if (a->a[1])
		return -ESPIPE;
	if (!rc && f[1]->flags & O_APPEND)
		rc = -EINVAL;
	if (!rc)
		rc = pipe_drain(f[0], bounded(a->a[4]),
		                may_wait(f[0], arg_uint(a, 5)), write_side, &s);
	return end_side(&s, a->a[3], rc);
}

static sysret splice(struct file *f[2], const struct sysargs *a)
{
	bool in = pipe_is(f[0]), out = pipe_is(f[1]);

	if (in && out) {
		if (a->a[1] || a->a[3])
			return -ESPIPE;
		return pipe_to_pipe(f[0], f[1], bounded(a->a[4]),
		                    may_wait(f[0], arg_uint(a, 5)), false);
	}
	if (out)
		return into_pipe(f, a);
	return in ? out_of_pipe(f, a) : -EINVAL;
}

sysret linux_splice(const struct sysargs *a)
{
	struct file *f[2];
	sysret rc;

	if (a->a[4] == 0)
		return 0;
	if (arg_uint(a, 5) & ~(unsigned)SPLICE_F_ALL)
		return -EINVAL;
	rc = get_two(arg_int(a, 0), arg_int(a, 2), f);
	if (rc)
		return rc;
	rc = finish(splice(f, a));
	put_two(f);
	return rc;
}

sysret linux_tee(const struct sysargs *a)
{
	unsigned flags = arg_uint(a, 3);
	struct file *f[2];
	sysret rc;

	if (flags & ~(unsigned)SPLICE_F_ALL)
		return -EINVAL;
	if (a->a[2] == 0)
		return 0;
	rc = get_two(arg_int(a, 0), arg_int(a, 1), f);
	if (rc)
		return rc;
	if (pipe_is(f[0]) && pipe_is(f[1]))
		rc = finish(pipe_to_pipe(f[0], f[1], bounded(a->a[2]),
		                         may_wait(f[0], flags), true));
	else
		rc = -EINVAL;
	put_two(f);
	return rc;
}

/* --- the program's memory --- */

static int64_t read_memory(void *ctx, void *bytes, size_t n)
{
	return uio_copy_in(ctx, bytes, n);
}

static int64_t write_memory(void *ctx, void *bytes, size_t n)
{
	return uio_copy_out(ctx, bytes, n);
}

static int64_t memory_and_pipe(struct file *f, struct uio *u, unsigned flags)
{
	bool wait = may_wait(f, flags);

	if (u->left == 0)
		return 0;
	return can_write(f) ? pipe_fill(f, u->left, wait, read_memory, u)
	                    : pipe_drain(f, u->left, wait, write_memory, u);
}

sysret linux_vmsplice(const struct sysargs *a)
{
	struct file *f = fd_get(arg_int(a, 0));
	struct iovec_copy v;
	sysret rc = -EBADF;

	if (!f)
		return -EBADF;
	if (arg_uint(a, 3) & ~(unsigned)SPLICE_F_ALL)
		rc = -EINVAL;
	else if (pipe_is(f))
		rc = iovec_read(&v, arg_addr(a, 1), a->a[2]);
	if (!rc) {
		rc = finish(memory_and_pipe(f, &v.uio, arg_uint(a, 3)));
		iovec_free(&v);
	}
	file_put(f);
	return rc;
}

/* --- copy_file_range --- */

static int64_t copy_piece(struct side s[2], void *room, size_t n)
{
	int64_t from = s[0].pos, got = read_side(&s[0], room, n), put;

	if (got <= 0)
		return got;
	put = write_side(&s[1], room, (size_t)got);
	if (put < got)
		s[0].pos = from + (put > 0 ? put : 0);
	return put;
}

static int64_t copy_all(struct side s[2], size_t n)
{
	enum { PIECE = 16 * PAGE_SIZE };
	void *room = mem_alloc(PIECE);
	int64_t done = 0, got = 1;

	if (!room)
		return -ENOMEM;
	while (n > 0 && got > 0) {
		got = copy_piece(s, room, n < PIECE ? n : PIECE);
		if (got > 0) {
			done += got;
			n -= (size_t)got;
		}
		if (thread_relax())
			break;
	}
	mem_free(room);
	return done ? done : got;
}

static int check_copy(const struct side s[2], size_t n)
{
	const struct inode *in = s[0].f->inode, *out = s[1].f->inode;
	int64_t a = s[0].pos, b = s[1].pos;

	if (in && out &&
	    (mode_is(in->mode, S_IFDIR) || mode_is(out->mode, S_IFDIR)))
		return -EISDIR;
	if (!in || !out || !mode_is(in->mode, S_IFREG) ||
	    !mode_is(out->mode, S_IFREG))
		return -EINVAL;
	if (s[1].f->flags & O_APPEND)
		return -EBADF;
	if (ADD_OVERFLOWS(a, (int64_t)n, &a) ||
	    ADD_OVERFLOWS(b, (int64_t)n, &b))
		return -EOVERFLOW;
	if (in == out && s[0].pos < b && s[1].pos < a)
		return -EINVAL; /* they overlap */
	return 0;
}

/* A side of copy_file_range: a place of its own also without an offset. */
static int begin_copy(struct side *s, struct file *f, uint64_t at)
{
	int rc = begin_side(s, f, at);

	s->at = true;
	if (!rc && !at)
		s->pos = f->pos;
	return rc;
}

static sysret end_copy(const struct side *s, uint64_t at, int64_t rc)
{
	if (rc <= 0)
		return rc;
	if (at)
		return end_side(s, at, rc);
	return file_seek(s->f, s->pos, SEEK_SET) < 0 ? -ESPIPE : rc;
}

/* Gaps: none known; between file systems it works, too, where Linux may say
 * -EXDEV. */
sysret linux_copy_file_range(const struct sysargs *a)
{
	size_t n = bounded(a->a[4]);
	struct side s[2];
	struct file *f[2];
	sysret rc;

	if (a->a[5])
		return -EINVAL;
	rc = get_two(arg_int(a, 0), arg_int(a, 2), f);
	if (rc)
		return rc;
	rc = begin_copy(&s[0], f[0], a->a[1]);
	if (!rc)
		rc = begin_copy(&s[1], f[1], a->a[3]);
	if (!rc)
		rc = check_copy(s, n);
	if (!rc)
		rc = finish(copy_all(s, n));
	rc = end_copy(&s[0], a->a[1], rc);
	rc = end_copy(&s[1], a->a[3], rc);
	put_two(f);
	return rc;
}
