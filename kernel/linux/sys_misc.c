/* sys_misc.c - small things that have no better place. */
#include "kernel/arch/user.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"

/* --- memory protection keys: the processor has none (pkeys(7)) --- */

sysret linux_pkey_alloc(const struct sysargs *a)
{
	enum { ACCESS_MASK = 3 };

	if (a->a[0] || a->a[1] & ~(uint64_t)ACCESS_MASK)
		return -EINVAL;
	return -ENOSPC;
}

sysret linux_pkey_free(const struct sysargs *a UNUSED)
{
	return -EINVAL;
}

sysret linux_pkey_mprotect(const struct sysargs *a)
{
	return arg_int(a, 3) == -1 ? linux_mprotect(a) : -EINVAL;
}

/* --- who it is, and what it is like --- */

/*
 * The value is kept and shown; there is no second program that it would have an
 * effect on, and other ABIs than Linux's are refused.
 */
sysret linux_personality(const struct sysargs *a)
{
	enum { PER_MASK = 0xff };
	static uint32_t now;
	uint32_t old = now, new = arg_uint(a, 0);

	if (new == ~0u)
		return old;
	if (new &PER_MASK)
		return -EINVAL;
	now = new;
	return old;
}

/* Nobody checks ids of files, so they follow the effective ones. */
sysret linux_setfsuid(const struct sysargs *a UNUSED)
{
	return process.euid;
}

sysret linux_setfsgid(const struct sysargs *a UNUSED)
{
	return process.egid;
}

sysret linux_sethostname(const struct sysargs *a)
{
	char name[sizeof(process.hostname)] = {0};
	int64_t len = (int64_t)a->a[1];

	if (process.euid != 0)
		return -EPERM;
	if (len < 0 || len >= (int64_t)sizeof(name))
		return -EINVAL;
	if (copy_in(name, arg_addr(a, 0), (size_t)len))
		return -EFAULT;
	memcpy(process.hostname, name, sizeof(name));
	return 0;
}

/* There never are children. */
sysret linux_waitid(const struct sysargs *a)
{
	enum { P_PIDFD = 3 };
	enum { WNOHANG = 1, WSTOPPED = 2, WEXITED = 4, WCONTINUED = 8 };
	const unsigned wanted = WSTOPPED | WEXITED | WCONTINUED;
	unsigned options = arg_uint(a, 3);

	if (!(options & wanted) || a->a[0] > P_PIDFD)
		return -EINVAL;
	return -ECHILD;
}

/* One program has the disk to itself: the classes are taken and mean nothing.
 */
sysret linux_ioprio_set(const struct sysargs *a)
{
	enum { CLASS_SHIFT = 13, CLASS_IDLE = 3 };

	return arg_uint(a, 2) >> CLASS_SHIFT > CLASS_IDLE ? -EINVAL : 0;
}

sysret linux_ioprio_get(const struct sysargs *a UNUSED)
{
	return 0; /* IOPRIO_CLASS_NONE */
}
