/* sys_fcntl.c - fcntl(2) and flock(2). */
#include "kernel/arch/user.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/filelock.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/sched/giant.h"

enum {
	F_DUPFD = 0,
	F_GETFD = 1,
	F_SETFD = 2,
	F_GETFL = 3,
	F_SETFL = 4,
	F_GETLK = 5,
	F_SETLK = 6,
	F_SETLKW = 7,
	F_SETOWN = 8,
	F_GETOWN = 9,
	F_OFD_GETLK = 36,
	F_OFD_SETLK = 37,
	F_OFD_SETLKW = 38,
	F_GETLEASE = 1025,
	F_DUPFD_CLOEXEC = 1030,
	F_SETPIPE_SZ = 1031,
	F_GETPIPE_SZ = 1032,
	F_ADD_SEALS = 1033,
	F_GET_SEALS = 1034,
	SETTABLE = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME,
};

/* --- record locks --- */

struct flock64 {
	int16_t type, whence; /* F_RDLCK, F_WRLCK, F_UNLCK are filelock_type */
	int64_t start, len;
	int32_t pid;
};
static_assert(sizeof(struct flock64) == 32, "uapi/asm-generic/fcntl.h");

static int lock_base(struct file *f, int whence, int64_t *base)
{
	switch (whence) {
	case SEEK_SET:
		*base = 0;
		return 0;
	case SEEK_CUR:
		*base = f->pos;
		return 0;
	case SEEK_END:
		*base = f->inode ? (int64_t)f->inode->size : 0;
		return 0;
	default:
		return -EINVAL;
	}
}

/* A length below 0 means the bytes before the start. */
static int lock_range(struct file *f, const struct flock64 *u,
                      struct filelock *l)
{
	int64_t from, to = (int64_t)FILELOCK_END;
	int rc = lock_base(f, u->whence, &from);

	if (rc)
		return rc;
	if (ADD_OVERFLOWS(from, u->start, &from))
		return -EOVERFLOW;
	if (u->len > 0 && ADD_OVERFLOWS(from, u->len - 1, &to))
		return -EOVERFLOW;
	if (u->len < 0) {
		to = from - 1;
		from += u->len;
	}
	if (from < 0 || to < 0)
		return -EINVAL;
	l->from = (uint64_t)from;
	l->to = (uint64_t)to;
	return 0;
}

static int read_lock(struct file *f, uaddr at, bool ofd, struct flock64 *u,
                     struct filelock *l)
{
	if (copy_in(u, at, sizeof(*u)))
		return -EFAULT;
	if (u->type < FILELOCK_READ || u->type > FILELOCK_NONE ||
	    (ofd && u->pid != 0))
		return -EINVAL;
	l->kind = ofd ? FILELOCK_OFD : FILELOCK_POSIX;
	l->type = (enum filelock_type)u->type;
	return lock_range(f, u, l);
}

static sysret get_lock(struct file *f, uaddr at, bool ofd)
{
	struct filelock l, other;
	struct flock64 u;
	int rc = read_lock(f, at, ofd, &u, &l);

	if (rc)
		return rc;
	if (l.type == FILELOCK_NONE && !ofd)
		return -EINVAL;
	if (filelock_find(f, &l, &other)) {
		u = (struct flock64){
			.type = (int16_t)other.type,
			.whence = SEEK_SET,
			.start = (int64_t)other.from,
			.len = other.to == FILELOCK_END
		                       ? 0
		                       : (int64_t)(other.to - other.from + 1),
			.pid = other.kind == FILELOCK_OFD ? -1 : PID,
		};
	} else {
		u.type = FILELOCK_NONE;
	}
	return copy_out(at, &u, sizeof(u));
}

static bool may_lock(const struct file *f, enum filelock_type type)
{
	unsigned mode = f->flags & O_ACCMODE;

	return !(type == FILELOCK_READ && mode == O_WRONLY) &&
	       !(type == FILELOCK_WRITE && mode == O_RDONLY);
}

static sysret set_lock(struct file *f, uaddr at, bool ofd, bool wait)
{
	struct filelock l;
	struct flock64 u;
	int rc = read_lock(f, at, ofd, &u, &l);

	if (rc)
		return rc;
	return may_lock(f, l.type) ? filelock_set(f, &l, wait) : -EBADF;
}

sysret linux_flock(const struct sysargs *a)
{
	enum { LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8 };
	struct filelock l = {.kind = FILELOCK_FLOCK, .to = FILELOCK_END};
	unsigned how = arg_uint(a, 1);
	struct file *f = fd_get(arg_int(a, 0));
	sysret rc;

	if (!f)
		return -EBADF;
	switch (how & ~(unsigned)LOCK_NB) {
	case LOCK_SH:
		l.type = FILELOCK_READ;
		break;
	case LOCK_EX:
		l.type = FILELOCK_WRITE;
		break;
	case LOCK_UN:
		l.type = FILELOCK_NONE;
		break;
	default:
		file_put(f);
		return -EINVAL;
	}
	rc = f->flags & O_PATH ? -EBADF : filelock_set(f, &l, !(how & LOCK_NB));
	file_put(f);
	return rc;
}

/* --- the rest of fcntl --- */

/* ioctl(FIONBIO) changes some of them, too. */
static sysret set_flags(struct file *f, unsigned flags)
{
	uint32_t was = f->flags;

	while (!atomic_compare_exchange_weak(&f->flags, &was,
	                                     (was & ~(unsigned)SETTABLE) |
	                                             (flags & SETTABLE)))
		;
	return 0;
}

static sysret duplicate(struct file *f, int lowest, bool cloexec)
{
	if (lowest < 0 ||
	    (uint64_t)lowest >= process.limits[RLIMIT_NOFILE].soft)
		return -EINVAL;
	file_get(f);
	return fd_give(f, lowest, cloexec);
}

/* Nobody may have a way to write left when writing is forbidden: mmap() looks
 * at seals and maps with the giant lock held. */
static sysret add_seals(struct file *f, unsigned seals)
{
	sysret rc = -EBUSY;

	giant_lock();
	if (!(seals & SEAL_WRITE && f->inode &&
	      space_maps_writable(&process.space, &f->inode->mapping)))
		rc = vfs_add_seals(f, seals);
	giant_unlock();
	return rc;
}

/* What also a descriptor made with O_PATH can do. */
static bool about_descriptor(int cmd)
{
	return cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC || cmd == F_GETFD ||
	       cmd == F_SETFD || cmd == F_GETFL;
}

/* Gaps: no leases, no signals about files (F_SETSIG, F_NOTIFY): -EINVAL; the
 * owner set for them is not kept. */
static sysret control(struct file *f, int fd, int cmd, uint64_t arg)
{
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return duplicate(f, (int)arg, cmd == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return fd_cloexec(fd);
	case F_SETFD:
		return fd_set_cloexec(fd, arg & 1);
	case F_GETFL:
		return f->flags | (f->inode && !f->label ? O_LARGEFILE : 0);
	case F_SETFL:
		return set_flags(f, (unsigned)arg);
	case F_GETLK:
	case F_OFD_GETLK:
		return get_lock(f, (uaddr){arg}, cmd == F_OFD_GETLK);
	case F_SETLK:
	case F_SETLKW:
		return set_lock(f, (uaddr){arg}, false, cmd == F_SETLKW);
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return set_lock(f, (uaddr){arg}, true, cmd == F_OFD_SETLKW);
	case F_SETOWN:
		return 0;
	case F_GETOWN:
		return 0;
	case F_GETLEASE:
		return FILELOCK_NONE;
	case F_GETPIPE_SZ:
		return pipe_size(f);
	case F_SETPIPE_SZ:
		return pipe_set_size(f, (unsigned)arg);
	case F_ADD_SEALS:
		return add_seals(f, (unsigned)arg);
	case F_GET_SEALS:
		return vfs_seals(f);
	default:
		return -EINVAL;
	}
}

sysret linux_fcntl(const struct sysargs *a)
{
	int fd = arg_int(a, 0), cmd = arg_int(a, 1);
	struct file *f = fd_get(fd);
	sysret rc = -EBADF;

	if (!f)
		return -EBADF;
	if (!(f->flags & O_PATH) || about_descriptor(cmd))
		rc = control(f, fd, cmd, a->a[2]);
	file_put(f);
	return rc;
}
