/*
 * space.h - the program's address space: areas, and how pages come into them.
 *
 * An area is a range with one protection and one source of pages: nothing
 * (zeroes) or a mapping (a file's cache pages). Areas are kept in a tree, split
 * when a call concerns a part of one, and merged when two that touch are alike.
 * Pages come at the first access:
 *
 *	            read                        write
 *	anonymous   the page of zeroes          a new page
 *	private     the cache page, read-only   a copy of it
 *	shared      the cache page, read-only   the cache page, marked dirty
 *
 * Whoever cleans a cache page write-protects it again in all areas, so every
 * page that was changed is marked.
 *
 * Locks: space->lock (a mutex) guards areas, and whoever maps pages holds it.
 * It may be taken while an inode's lock is held (a write that copies from a
 * page not there yet), and a mapping's lock may be taken while it is held:
 * never the other way round. With a mapping's lock alone its pages are taken
 * out of page tables and write-protected (rmap.c): so start, end and index of
 * an area that shows a mapping change only with both held. No call here needs
 * the giant lock.
 */
#ifndef KERNEL_MM_SPACE_H
#define KERNEL_MM_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/arch/mmu.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/list.h"
#include "kernel/lib/rbtree.h"
#include "kernel/mm/pagecache.h"
#include "kernel/sched/mutex.h"

/* Linux's numbers (include/uapi/asm-generic/mman-common.h). */
enum {
	PROT_READ = 1,
	PROT_WRITE = 2,
	PROT_EXEC = 4,
	PROT_ALL = 7,
};

enum area_flags {
	AREA_SHARED = 1,
	AREA_STACK = 2,
	AREA_HEAP = 4,
	AREA_SPECIAL = 8, /* pages were put in by the kernel (vDSO) */
	AREA_LOCKED = 16, /* mlock(2): what is in stays in */
};

struct area {
	struct rb_node node;
	struct space *space;
	uint64_t start, end; /* page aligned; see above */
	unsigned prot;
	unsigned max_prot; /* what mprotect may give */
	unsigned flags;
	struct mapping *mapping; /* NULL: anonymous */
	uint64_t index;          /* page of the mapping at `start` */
	void *file;              /* holds the mapping alive; a reference */
	struct list link;        /* in mapping->areas */
	const char *name;        /* "[heap]", or NULL */
};

struct space {
	struct mmu mmu;
	struct mutex lock;

	/* lock must be held for these. */
	struct rb_tree areas;
	uint64_t mapped;      /* bytes in all areas */
	uint64_t search_from; /* gaps are looked for from here downwards */
	uint64_t mmap_top;    /* no automatic placement above */
	struct area *last_found;
	uint64_t brk_start, brk_end;
	bool lock_all; /* what comes is AREA_LOCKED (MCL_FUTURE) */

	uint64_t resident; /* pages in the page tables; atomic */
};

/* Could the program store into the mapping's pages, now or by mprotect()? */
bool space_maps_writable(struct space *s, struct mapping *m);

/* What file references are is the business of the layers above. */
struct space_file_ops {
	void (*get)(void *file);
	void (*put)(void *file);
};
void space_set_file_ops(const struct space_file_ops *ops);

NODISCARD int space_init(struct space *s);

struct area_wish {
	uint64_t addr; /* a hint, or with `fixed` the place */
	uint64_t size; /* bytes, page aligned, not 0 */
	unsigned prot, max_prot, flags;
	bool fixed;
	bool no_replace; /* with fixed: -EEXIST if anything is there */
	bool low;        /* below 2 GiB (MAP_32BIT) */
	struct mapping *mapping;
	uint64_t index;
	void *file; /* borrowed: the area takes its own reference */
	const char *name;
};

/* -ENOMEM (no room, or no memory), -EEXIST, -EINVAL; -EPERM: below 64 KiB. */
NODISCARD int space_map(struct space *s, const struct area_wish *w,
                        uint64_t *addr_out);
NODISCARD int space_unmap(struct space *s, uint64_t addr, uint64_t size);

/*
 * -ENOMEM when part of the range is not mapped; -EACCES beyond max_prot. As on
 * Linux, what lies before the first such place is changed all the same.
 */
NODISCARD int space_protect(struct space *s, uint64_t addr, uint64_t size,
                            unsigned prot);

enum { REMAP_MAYMOVE = 1, REMAP_FIXED = 2, REMAP_DONTUNMAP = 4 };
NODISCARD int space_remap(struct space *s, uint64_t addr, uint64_t old_size,
                          uint64_t new_size, unsigned flags, uint64_t new_addr,
                          uint64_t *addr_out);

/*
 * MADV_DONTNEED: the pages are forgotten. -ENOMEM for gaps; -EINVAL where
 * something is locked, or with `anonymous` where it is not such memory.
 */
NODISCARD int space_forget(struct space *s, uint64_t addr, uint64_t size,
                           bool anonymous);

/*
 * mlock(2), munlock(2): mark the areas, and bring their pages in. -ENOMEM for
 * gaps. A page that cannot be had is no error, as for mlockall(2).
 */
NODISCARD int space_lock(struct space *s, uint64_t addr, uint64_t size,
                         bool locked);
void space_lock_all(struct space *s, bool now, bool future);

/* Bring in all pages of a range that may be accessed so (PROT_*); as
 * space_fault() where one cannot be. */
NODISCARD int space_populate(struct space *s, uint64_t addr, uint64_t size,
                             unsigned access);

/* Write back what shared mappings in the range changed (msync). */
NODISCARD int space_sync(struct space *s, uint64_t addr, uint64_t size);

/* Move the end of the heap; the end as it is then. */
uint64_t space_brk(struct space *s, uint64_t new_end);

/*
 * Bring the page at `addr` in for an access (PROT_*). 0; -EFAULT: nothing is
 * mapped; -EACCES: not for that access; -ENXIO: behind the end of the file;
 * -EIO: it could not be read; -ENOMEM.
 */
NODISCARD int space_fault(struct space *s, uint64_t addr, unsigned access);

/* Put a kernel page into a special area. */
NODISCARD int space_insert_page(struct space *s, uint64_t addr, paddr pa,
                                unsigned prot);

/* Is anything mapped all over the range? */
bool space_mapped(struct space *s, uint64_t addr, uint64_t size);

/* Which pages from addr on could be touched without reading a disk, for
 * mincore(2): one byte each. -ENOMEM for gaps. */
NODISCARD int space_resident(struct space *s, uint64_t addr, size_t pages,
                             uint8_t *out);

/*
 * What a futex at `addr` is known by: for shared file memory the mapping and
 * offset, else the address alone. -EFAULT.
 */
struct space_key {
	const void *object;
	uint64_t offset;
};
NODISCARD int space_key(struct space *s, uint64_t addr, bool private,
                        struct space_key *out);

/* Each area in order, lock held. */
void space_each(struct space *s, void (*fn)(const struct area *a, void *ctx),
                void *ctx);

#endif
