/* sys_open.c - opening files. */
#include "kernel/arch/user.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/linux/path.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"

static sysret open_within(int dirfd, uaddr from, unsigned flags, uint32_t mode,
                          unsigned resolve)
{
	struct file *f;
	struct path_arg p;
	int rc = resolve & RESOLVE_IN_ROOT ? path_get_in_root(dirfd, from, &p)
	                                   : path_get(dirfd, from, &p);

	if (rc)
		return rc;
	rc = vfs_open_within(p.at, p.text, flags & ~(unsigned)O_CLOEXEC,
	                     mode & 07777 & ~process.umask, resolve, &f);
	path_put(&p);
	if (rc)
		return rc;
	return fd_give(f, 0, flags & O_CLOEXEC);
}

static sysret open_at(int dirfd, uaddr from, unsigned flags, uint32_t mode)
{
	return open_within(dirfd, from, flags, mode, 0);
}

sysret linux_open(const struct sysargs *a)
{
	return open_at(AT_FDCWD, arg_addr(a, 0), arg_uint(a, 1),
	               arg_uint(a, 2));
}

sysret linux_openat(const struct sysargs *a)
{
	return open_at(arg_int(a, 0), arg_addr(a, 1), arg_uint(a, 2),
	               arg_uint(a, 3));
}

sysret linux_creat(const struct sysargs *a)
{
	return open_at(AT_FDCWD, arg_addr(a, 0), O_CREAT | O_WRONLY | O_TRUNC,
	               arg_uint(a, 1));
}

/* --- openat2(2), which refuses what open(2) overlooks --- */

struct open_how {
	uint64_t flags, mode, resolve;
};
static_assert(sizeof(struct open_how) == 24, "uapi/linux/openat2.h");

/* What a later Linux may have put behind must be zero. */
static int read_how(uaddr from, size_t size, struct open_how *how)
{
	char more[64];

	if (size < sizeof(*how))
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (copy_in(how, from, sizeof(*how)))
		return -EFAULT;
	for (size_t at = sizeof(*how), n; at < size; at += n) {
		n = size - at < sizeof(more) ? size - at : sizeof(more);
		if (copy_in(more, (uaddr){from.v + at}, n))
			return -EFAULT;
		for (size_t i = 0; i < n; i++)
			if (more[i])
				return -E2BIG;
	}
	return 0;
}

static bool creates(uint64_t flags)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
}

static int check_how(const struct open_how *how)
{
	enum { O_ASYNC = 020000 };
	const uint64_t known = O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY |
	                       O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC |
	                       O_ASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY |
	                       O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH |
	                       O_TMPFILE;
	const uint64_t of_path = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

	if (how->flags & ~known || how->resolve & ~(uint64_t)RESOLVE_ALL)
		return -EINVAL;
	if (how->resolve & RESOLVE_BENEATH && how->resolve & RESOLVE_IN_ROOT)
		return -EINVAL;
	if (how->mode & ~(creates(how->flags) ? UINT64_C(07777) : 0))
		return -EINVAL;
	if (how->flags & O_PATH && how->flags & ~of_path)
		return -EINVAL;
	if (how->resolve & RESOLVE_CACHED &&
	    (how->flags & O_TRUNC || creates(how->flags)))
		return -EAGAIN;
	return 0;
}

/* openat2(2). RESOLVE_CACHED: a file in /proc is never in the cache. */
sysret linux_openat2(const struct sysargs *a)
{
	struct open_how how;
	int rc = read_how(arg_addr(a, 2), a->a[3], &how);

	if (!rc)
		rc = check_how(&how);
	if (rc)
		return rc;
	return open_within(arg_int(a, 0), arg_addr(a, 1), (unsigned)how.flags,
	                   (uint32_t)how.mode, (unsigned)how.resolve);
}
