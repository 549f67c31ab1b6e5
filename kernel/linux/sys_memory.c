/* sys_memory.c - the system calls about memory. */
#include "kernel/arch/user.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/linux/memfile.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/linux/wx.h"

enum {
	MAP_SHARED = 0x01,
	MAP_PRIVATE = 0x02,
	MAP_SHARED_VALIDATE = 0x03,
	MAP_TYPE = 0x0f,
	MAP_FIXED = 0x10,
	MAP_ANONYMOUS = 0x20,
	MAP_GROWSDOWN = 0x0100,
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

static int get_file(const struct sysargs *a, bool shared, struct file **out)
{
	if (!(arg_int(a, 3) & MAP_ANONYMOUS)) {
		*out = fd_get(arg_int(a, 4));
		return *out ? 0 : -EBADF;
	}
	*out = NULL;
	/* Shared memory without a file is a file without a name. */
	return shared ? memfile_new(a->a[1], out) : 0;
}

static void populate(uint64_t addr, uint64_t size, unsigned prot)
{
	unsigned access = prot & PROT_WRITE ? PROT_WRITE : PROT_READ;

	for (uint64_t off = 0; off < size; off += PAGE_SIZE)
		if (space_fault(&process.space, addr + off, access))
			break;
}

/* Gaps: MAP_HUGETLB and MAP_GROWSDOWN are refused. */
sysret linux_mmap(const struct sysargs *a)
{
	int flags = arg_int(a, 3), type = flags & MAP_TYPE, rc;
	bool shared = type == MAP_SHARED || type == MAP_SHARED_VALIDATE;
	struct area_wish w = {
		.addr = a->a[0],
		.size = page_up(a->a[1]),
		.prot = arg_uint(a, 2) & PROT_ALL,
		.max_prot = PROT_ALL,
		.flags = shared ? AREA_SHARED : 0,
		.fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE),
		.no_replace = flags & MAP_FIXED_NOREPLACE,
		.index = flags & MAP_ANONYMOUS ? 0 : a->a[5] >> PAGE_SHIFT,
	};
	struct file *f = NULL;
	uint64_t addr;

	if ((!shared && type != MAP_PRIVATE) || !a->a[1] ||
	    a->a[5] & PAGE_MASK || flags & (MAP_HUGETLB | MAP_GROWSDOWN))
		return -EINVAL;
	if (w.size < a->a[1])
		return -ENOMEM; /* so large that it wrapped around */
	rc = wx_check(w.prot);
	if (!rc)
		rc = get_file(a, shared, &f);
	if (!rc && f)
		rc = wish_for_file(&w, f, shared);
	if (!rc)
		rc = space_map(&process.space, &w, &addr);
	if (f)
		file_put(f);
	if (rc)
		return rc;
	if (flags & MAP_POPULATE)
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

/* Gaps: MREMAP_DONTUNMAP is refused. */
sysret linux_mremap(const struct sysargs *a)
{
	uint64_t addr = 0;
	int rc = space_remap(&process.space, a->a[0], a->a[1], a->a[2],
	                     arg_uint(a, 3), a->a[4], &addr);

	return rc ? rc : (sysret)addr;
}

sysret linux_brk(const struct sysargs *a)
{
	return (sysret)space_brk(&process.space, a->a[0]);
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
	}
	return 0;
}

/*
 * Gaps: of the advice that changes contents only DONTNEED and, alike, FREE;
 * REMOVE, HWPOISON and the like are refused.
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
		return space_forget(&process.space, a->a[0], a->a[1]);
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

/* Nothing is ever paged out to a swap device, but file pages may go. */
sysret linux_mlock(const struct sysargs *a UNUSED)
{
	return 0;
}

sysret linux_munlock(const struct sysargs *a UNUSED)
{
	return 0;
}

sysret linux_mlockall(const struct sysargs *a UNUSED)
{
	return 0;
}

sysret linux_munlockall(const struct sysargs *a UNUSED)
{
	return 0;
}

/* Gaps: the name is not kept. */
sysret linux_memfd_create(const struct sysargs *a)
{
	enum { CLOEXEC = 1, ALLOW_SEALING = 2, NOEXEC_SEAL = 8, EXEC = 16 };
	enum { NAME_SPACE = 250 };
	unsigned flags = arg_uint(a, 1);
	char name[NAME_SPACE];
	struct file *f;
	int64_t rc;

	if (flags & ~(unsigned)(CLOEXEC | ALLOW_SEALING | NOEXEC_SEAL | EXEC))
		return -EINVAL;
	rc = copy_in_string(name, arg_addr(a, 0), sizeof(name));
	if (rc < 0)
		return rc == -ENAMETOOLONG ? -EINVAL : rc;
	rc = memfile_new(0, &f);
	if (rc)
		return rc;
	if (flags & ALLOW_SEALING)
		f->inode->seals &= ~(unsigned)SEAL_SEAL;
	rc = fd_give(f, 0, flags & CLOEXEC);
	return rc;
}
