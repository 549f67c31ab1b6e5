/* sys_memory.c - the system calls about memory. */
#include "kernel/arch/user.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/memfile.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/linux/wx.h"
#include "kernel/sched/giant.h"
#include "kernel/sched/thread.h"

enum {
	MAP_SHARED = 0x01,
	MAP_PRIVATE = 0x02,
	MAP_SHARED_VALIDATE = 0x03,
	MAP_TYPE = 0x0f,
	MAP_FIXED = 0x10,
	MAP_ANONYMOUS = 0x20,
	MAP_32BIT = 0x40,
	MAP_GROWSDOWN = 0x0100,
	MAP_LOCKED = 0x2000,
	MAP_NORESERVE = 0x4000,
	MAP_POPULATE = 0x8000,
	MAP_STACK = 0x20000,
	MAP_HUGETLB = 0x40000,
	MAP_FIXED_NOREPLACE = 0x100000,
};

/* Fill in what the file says. The file's reference is the caller's. */
static int wish_for_file(struct area_wish *w, struct file *f, bool shared)
{
	unsigned mode = f->flags & O_ACCMODE;
	struct mapping *m;
	bool sealed;
	int rc;

	if (mode == O_WRONLY || f->flags & O_PATH)
		return -EACCES;
	if (shared && w->prot & PROT_WRITE && mode != O_RDWR)
		return -EACCES;
	rc = file_mapping(f, &m);
	if (rc)
		return rc;
	sealed = shared && f->inode->seals & SEALS_NO_WRITE;
	if (sealed && w->prot & PROT_WRITE)
		return -EPERM;
	w->mapping = m;
	w->file = f;
	w->max_prot = (shared && mode != O_RDWR) || sealed
	                      ? PROT_READ | PROT_EXEC
	                      : PROT_ALL;
	return 0;
}

/* Shared memory without a file is a file without a name. */
static int get_file(const struct sysargs *a, struct file **out)
{
	*out = NULL;
	if (arg_int(a, 3) & MAP_ANONYMOUS)
		return memfile_new("dev/zero", a->a[1], out);
	*out = fd_get(arg_int(a, 4));
	return *out ? 0 : -EBADF;
}

static void populate(uint64_t addr, uint64_t size, unsigned prot)
{
	unsigned access = prot & PROT_WRITE ? PROT_WRITE : PROT_READ;

	(void)!space_populate(&process.space, addr, size, access);
}

/*
 * What can never be there is refused at once, as malloc(3) of nonsense expects.
 * Linux draws the line at all of memory; README.md says why we do not.
 */
static bool too_large(uint64_t size)
{
	const uint64_t at_least = UINT64_C(4) << 30;
	uint64_t twice = 2 * (uint64_t)page_total() * PAGE_SIZE;

	return size > (twice > at_least ? twice : at_least);
}

static bool absurd(const struct area_wish *w, int flags)
{
	return !(w->flags & AREA_SHARED) && w->prot & PROT_WRITE &&
	       !(flags & MAP_NORESERVE) && too_large(w->size);
}

/* What a file may be mapped as, and the mapping itself, as one. */
static int map_file(const struct sysargs *a, struct area_wish *w, bool shared,
                    uint64_t *addr)
{
	struct file *f;
	int rc;

	giant_lock();
	rc = get_file(a, &f);
	if (!rc)
		rc = wish_for_file(w, f, shared);
	if (!rc)
		rc = space_map(&process.space, w, addr);
	if (f)
		file_put(f);
	giant_unlock();
	return rc;
}

/* Gaps: MAP_GROWSDOWN is refused; there are no huge pages for MAP_HUGETLB. */
sysret linux_mmap(const struct sysargs *a)
{
	int flags = arg_int(a, 3), type = flags & MAP_TYPE, rc;
	bool shared = type == MAP_SHARED || type == MAP_SHARED_VALIDATE;
	struct area_wish w = {
		.addr = a->a[0],
		.size = page_up(a->a[1]),
		.prot = arg_uint(a, 2) & PROT_ALL,
		.max_prot = PROT_ALL,
		.flags = (shared ? AREA_SHARED : 0u) |
	                 (flags & MAP_LOCKED ? AREA_LOCKED : 0u),
		.fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE),
		.no_replace = flags & MAP_FIXED_NOREPLACE,
		.low = flags & MAP_32BIT,
		.index = flags & MAP_ANONYMOUS ? 0 : a->a[5] >> PAGE_SHIFT,
	};
	uint64_t addr;

	if ((!shared && type != MAP_PRIVATE) || !a->a[1] ||
	    a->a[5] & PAGE_MASK || flags & MAP_GROWSDOWN)
		return -EINVAL;
	if (w.size < a->a[1]) /* so large that it wrapped around */
		return -ENOMEM;
	if (flags & MAP_HUGETLB || absurd(&w, flags))
		return -ENOMEM;
	if (!(flags & MAP_ANONYMOUS) &&
	    (w.size > INT64_MAX || a->a[5] > INT64_MAX - w.size))
		return -EOVERFLOW;
	rc = wx_check(w.prot);
	if (!rc)
		rc = shared || !(flags & MAP_ANONYMOUS)
		             ? map_file(a, &w, shared, &addr)
		             : space_map(&process.space, &w, &addr);
	if (rc)
		return rc;
	if (flags & (MAP_POPULATE | MAP_LOCKED) || process.space.lock_all)
		populate(addr, w.size, w.prot);
	return (sysret)addr;
}

sysret linux_munmap(const struct sysargs *a)
{
	return space_unmap(&process.space, a->a[0], a->a[1]);
}

sysret linux_mprotect(const struct sysargs *a)
{
	unsigned prot = arg_uint(a, 2);
	int rc = wx_check(prot);

	if (prot & ~(unsigned)PROT_ALL)
		return -EINVAL;
	return rc ? rc : space_protect(&process.space, a->a[0], a->a[1], prot);
}

sysret linux_mremap(const struct sysargs *a)
{
	uint64_t addr = 0;
	int rc = space_remap(&process.space, a->a[0], a->a[1], a->a[2],
	                     arg_uint(a, 3), a->a[4], &addr);

	return rc ? rc : (sysret)addr;
}

sysret linux_brk(const struct sysargs *a)
{
	uint64_t end = a->a[0], now = space_brk(&process.space, 0);

	if (end > now && too_large(end - now))
		return (sysret)now;
	return (sysret)space_brk(&process.space, end);
}

/* What a shared mapping changed is in the page cache already: write that. */
sysret linux_msync(const struct sysargs *a)
{
	enum { MS_ASYNC = 1, MS_INVALIDATE = 2, MS_SYNC = 4 };
	unsigned flags = arg_uint(a, 2);

	if (a->a[0] & PAGE_MASK || flags & ~7u ||
	    (flags & MS_ASYNC && flags & MS_SYNC))
		return -EINVAL;
	if (!a->a[1])
		return 0;
	if (!user_range_ok(arg_addr(a, 0), a->a[1]) ||
	    !space_mapped(&process.space, a->a[0], page_up(a->a[1])))
		return -ENOMEM;
	if (flags & MS_SYNC)
		return space_sync(&process.space, a->a[0], page_up(a->a[1]));
	return 0;
}

sysret linux_mincore(const struct sysargs *a)
{
	uint8_t present[256];
	size_t left = page_up(a->a[1]) >> PAGE_SHIFT;
	uint64_t at = a->a[0], out = a->a[2];

	if (at & PAGE_MASK)
		return -EINVAL;
	if (!user_range_ok(arg_addr(a, 0), a->a[1]))
		return -ENOMEM;
	while (left) {
		size_t n = left < sizeof(present) ? left : sizeof(present);
		int rc = space_resident(&process.space, at, n, present);

		if (rc)
			return rc;
		if (copy_out((uaddr){out}, present, n))
			return -EFAULT;
		at += n * PAGE_SIZE;
		out += n;
		left -= n;
		rc = thread_relax();
		if (rc)
			return rc;
	}
	return 0;
}

static sysret populate_advice(const struct sysargs *a, unsigned access)
{
	int rc = space_populate(&process.space, a->a[0], page_up(a->a[1]),
	                        access);

	switch (rc) {
	case -EACCES:
		return -EINVAL; /* madvise(2): the mapping does not allow it */
	case -EFAULT:
		return -ENOMEM; /* nothing is mapped there */
	case -ENXIO:
	case -EIO:
		return -EFAULT;
	default:
		return rc;
	}
}

/*
 * What FREE may take it takes at once, like DONTNEED. Gaps: REMOVE, HWPOISON
 * and the like are refused.
 */
sysret linux_madvise(const struct sysargs *a)
{
	enum {
		NORMAL = 0,
		RANDOM = 1,
		SEQUENTIAL = 2,
		WILLNEED = 3,
		DONTNEED = 4,
		FREE = 8,
		DONTFORK = 10,
		DOFORK = 11,
		MERGEABLE = 12,
		UNMERGEABLE = 13,
		HUGEPAGE = 14,
		NOHUGEPAGE = 15,
		DONTDUMP = 16,
		DODUMP = 17,
		COLD = 20,
		PAGEOUT = 21,
		POPULATE_READ = 22,
		POPULATE_WRITE = 23,
	};

	if (a->a[0] & PAGE_MASK)
		return -EINVAL;
	if (!a->a[1])
		return 0;
	if (!user_range_ok(arg_addr(a, 0), a->a[1]))
		return -ENOMEM;
	switch (arg_int(a, 2)) {
	case DONTNEED:
	case FREE:
		return space_forget(&process.space, a->a[0], a->a[1],
		                    arg_int(a, 2) == FREE);
	case POPULATE_READ:
		return populate_advice(a, PROT_READ);
	case POPULATE_WRITE:
		return populate_advice(a, PROT_WRITE);
	case NORMAL:
	case RANDOM:
	case SEQUENTIAL:
	case WILLNEED:
	case DONTFORK:
	case DOFORK:
	case MERGEABLE:
	case UNMERGEABLE:
	case HUGEPAGE:
	case NOHUGEPAGE:
	case DONTDUMP:
	case DODUMP:
	case COLD:
	case PAGEOUT:
		return space_mapped(&process.space, a->a[0], page_up(a->a[1]))
		               ? 0
		               : -ENOMEM;
	default:
		return -EINVAL;
	}
}

/* --- mlock & co. There is no swap: what is locked are pages of files. --- */

static sysret lock_range(const struct sysargs *a, bool locked)
{
	uint64_t at = page_down(a->a[0]);
	uint64_t size = page_up(a->a[1] + (a->a[0] - at));

	if (a->a[0] + a->a[1] < a->a[0] || size < a->a[1])
		return -EINVAL;
	if (!size)
		return 0;
	if (!user_range_ok((uaddr){at}, size))
		return -ENOMEM;
	return space_lock(&process.space, at, size, locked);
}

sysret linux_mlock(const struct sysargs *a)
{
	return lock_range(a, true);
}

/* MLOCK_ONFAULT brings in pages at once all the same. */
sysret linux_mlock2(const struct sysargs *a)
{
	enum { MLOCK_ONFAULT = 1 };

	if (arg_uint(a, 2) & ~(unsigned)MLOCK_ONFAULT)
		return -EINVAL;
	return lock_range(a, true);
}

sysret linux_munlock(const struct sysargs *a)
{
	return lock_range(a, false);
}

sysret linux_mlockall(const struct sysargs *a)
{
	enum { CURRENT = 1, FUTURE = 2, ONFAULT = 4 };
	unsigned flags = arg_uint(a, 0);

	if (!flags || flags & ~7u || flags == ONFAULT)
		return -EINVAL;
	space_lock_all(&process.space, flags & CURRENT, flags & FUTURE);
	return 0;
}

sysret linux_munlockall(const struct sysargs *a UNUSED)
{
	space_lock_all(&process.space, false, false);
	return 0;
}

sysret linux_memfd_create(const struct sysargs *a)
{
	enum { CLOEXEC = 1, ALLOW_SEALING = 2, NOEXEC_SEAL = 8, EXEC = 16 };
	static const char prefix[] = "memfd:";
	enum { PREFIX = sizeof(prefix) - 1, NAME_SPACE = 250 };
	unsigned flags = arg_uint(a, 1);
	char name[PREFIX + NAME_SPACE];
	struct file *f;
	int64_t rc;

	if (flags & ~(unsigned)(CLOEXEC | ALLOW_SEALING | NOEXEC_SEAL | EXEC))
		return -EINVAL;
	memcpy(name, prefix, PREFIX);
	rc = copy_in_string(name + PREFIX, arg_addr(a, 0), NAME_SPACE);
	if (rc < 0)
		return rc == -ENAMETOOLONG ? -EINVAL : rc;
	rc = memfile_new(name, 0, &f);
	if (rc)
		return rc;
	if (flags & ALLOW_SEALING)
		f->inode->seals &= ~(unsigned)SEAL_SEAL;
	rc = fd_give(f, 0, flags & CLOEXEC);
	return rc;
}
