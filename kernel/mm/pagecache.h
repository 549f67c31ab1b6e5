/*
 * pagecache.h - the one cache of file contents.
 *
 * Every inode with contents has a mapping: its pages, by index. read(),
 * write(), mmap() and sendfile() all go through it and so always agree. A page
 * is in it from the first use until it is evicted (clean, and nobody but the
 * cache holds it), truncated away, or the inode goes.
 *
 * Reclaim: when memory runs low the allocator calls pagecache_reclaim(), which
 * takes the oldest pages: clean ones are dropped, dirty ones are written first.
 * Pages that page tables point at are unmapped through `areas` (mm/space.h).
 *
 * No function here needs the giant lock: it is taken for file systems that do.
 * A mapping's lock is held while its file system reads and writes, so a file
 * system takes its own locks inside it and never allocates with page_alloc()
 * while it holds them: reclaim would come back to it.
 */
#ifndef KERNEL_MM_PAGECACHE_H
#define KERNEL_MM_PAGECACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/attr.h"
#include "kernel/lib/list.h"
#include "kernel/mm/page.h"
#include "kernel/mm/radix.h"
#include "kernel/sched/mutex.h"

struct mapping;

struct mapping_ops {
	/*
	 * Fill `nr` pages with consecutive indexes; what lies beyond the end
	 * of the file is zeroed. Called with mapping->lock held. 0 or -EIO.
	 */
	NODISCARD int (*read_pages)(struct mapping *m, struct page **pages,
	                            unsigned nr);

	/*
	 * Write `nr` pages with consecutive indexes. Called with mapping->lock
	 * held. NULL: the mapping has no backing, and its pages never go
	 * (tmpfs).
	 */
	NODISCARD int (*write_pages)(struct mapping *m, struct page **pages,
	                             unsigned nr);

	/*
	 * About to become dirty at a place that may be a hole: reserve what
	 * writing the part before mapping->size will need. mapping->lock is
	 * held. 0, -ENOSPC, -EDQUOT. Optional.
	 */
	NODISCARD int (*reserve)(struct mapping *m, uint64_t index);

	/*
	 * A dirty page was thrown away: what was reserved for it is not needed.
	 * mapping->lock is held. Optional.
	 */
	void (*unreserve)(struct mapping *m);

	/* The above take locks enough of their own; else they are called with
	 * the giant lock (sched/giant.h). */
	bool own_locks;
};

struct mapping {
	const struct mapping_ops *ops;
	void *owner; /* the inode */

	struct mutex lock;

	/* lock must be held for these. */
	struct radix pages;
	uint64_t size; /* of the file, bytes: there is no page behind it */
	uint64_t nr_pages;
	uint64_t nr_dirty;
	uint64_t next_read; /* where a sequential reader would go on */
	int error; /* of a write in the background: the next fsync's result */

	struct list areas; /* address space areas that map it (space.h) */

	/* The cache's lock must be held for these. */
	struct list link; /* among mappings with dirty pages */
	unsigned pins;    /* others that work on it; fini waits for them */
};

void mapping_init(struct mapping *m, const struct mapping_ops *ops,
                  void *owner);

/* Forget all pages, also dirty ones. Nothing may be mapped. */
void mapping_fini(struct mapping *m);

/*
 * Page `index` with a reference, read in where needed. `ahead`: how many pages
 * from there on the caller expects to want; they may be read with it.
 * mapping->lock held; it stays held, but pages may come and go meanwhile.
 * -EIO, -ENOMEM.
 */
NODISCARD int pagecache_get_locked(struct mapping *m, uint64_t index,
                                   unsigned ahead, struct page **out);

/*
 * The same for access here and there (a mapped program): what is missing in the
 * aligned window around it is read, too.
 */
NODISCARD int pagecache_get_around_locked(struct mapping *m, uint64_t index,
                                          struct page **out);

/*
 * The same, taking the lock. What the page fault handler calls. -ENXIO when
 * the page lies behind the end of the file (SIGBUS).
 */
NODISCARD int pagecache_get(struct mapping *m, uint64_t index,
                            struct page **out);

/* Is it there? Takes the lock. */
bool pagecache_has(struct mapping *m, uint64_t index);

/* The page if it is there, with a reference; else NULL. lock held. */
struct page *pagecache_find_locked(struct mapping *m, uint64_t index);

/*
 * Put a page that the caller has filled where none is. The cache takes a
 * reference of its own. lock held. -ENOMEM.
 */
NODISCARD int pagecache_add_locked(struct mapping *m, uint64_t index,
                                   struct page *p);

/*
 * Calls ops->reserve() and marks. lock held for the first. -ENXIO when the
 * page has been truncated away.
 */
NODISCARD int pagecache_dirty_locked(struct mapping *m, struct page *p);
NODISCARD int pagecache_dirty(struct mapping *m, struct page *p);

/*
 * After dirtying, no lock held: write `m` back here and now when too much of
 * memory is dirty, so that a fast writer runs at the disk's pace.
 */
void pagecache_throttle(struct mapping *m);

/*
 * Write what is dirty in pages [first, last] and clear the dirty marks, first
 * in the page tables of shared mappings. Returns the first error, also one
 * from the background since the last call.
 */
NODISCARD int pagecache_write_back(struct mapping *m, uint64_t first,
                                   uint64_t last);

/* Write everything dirty in the machine (sync). Errors wait for fsync. */
void pagecache_sync(void);

/*
 * The file now ends at `size`: drop the pages behind it, zero the rest of the
 * last page, unmap the pages from page tables.
 */
void pagecache_truncate(struct mapping *m, uint64_t size);

/*
 * The file grows to `size`, and what lies between its old end and that reads
 * as zeroes, also on the disk. No lock held. -EIO, -ENOMEM, -ENOSPC.
 */
NODISCARD int pagecache_extend(struct mapping *m, uint64_t size);

/* Take a page out again that should not have come in. lock held. */
void pagecache_forget_locked(struct mapping *m, struct page *p);

/* Drop the clean pages in [first, last] that nobody uses (fadvise). */
void pagecache_drop(struct mapping *m, uint64_t first, uint64_t last);

/*
 * Free about `nr` pages; returns how many. *busy is set when there were pages
 * whose mapping somebody else held. May sleep.
 */
size_t pagecache_reclaim(size_t nr, bool *busy);

/*
 * For who found nothing but busy pages. Who holds a mapping during a transfer
 * frees some for those that wait here. True as soon as it is worth another
 * look since pagecache_turn() was `turn`; false when no transfer is going on
 * and nothing came for a second. Threads only; mutexes may be held.
 */
uint64_t pagecache_turn(void);
NODISCARD bool pagecache_wait(uint64_t turn);

/*
 * Pages in all caches; those of them that can be had back (not tmpfs's), and
 * those that are dirty. Any thread.
 */
size_t pagecache_count(void);
size_t pagecache_backed_count(void);
size_t pagecache_dirty_count(void);

/*
 * What the page cache needs of page tables. Both are called with mapping->lock
 * held for a page whose `maps` is not 0; neither may wait for the lock of an
 * address space.
 */
struct pagecache_unmapper {
	/* Take the page out of all page tables, giving back references; but
	 * unless `forced`, not where it is locked. */
	void (*unmap)(struct mapping *m, struct page *p, bool forced);

	/* Make the next store to it fault, so that it is dirtied anew. */
	void (*protect)(struct mapping *m, struct page *p);
};

void pagecache_set_unmapper(const struct pagecache_unmapper *u);

#endif
