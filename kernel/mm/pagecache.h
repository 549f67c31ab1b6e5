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
 */
#ifndef KERNEL_MM_PAGECACHE_H
#define KERNEL_MM_PAGECACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/attr.h"
#include "kernel/lib/list.h"
#include "kernel/mm/page.h"
#include "kernel/sched/mutex.h"

struct mapping_ops {
	/*
	 * Fill page->index of the file; what lies beyond its end is zeroed.
	 * Called with mapping->lock held. 0 or -EIO.
	 */
	NODISCARD int (*read_page)(struct mapping *m, struct page *p);

	/*
	 * Write `nr` pages with consecutive indexes. Called with mapping->lock
	 * held. NULL: the mapping has no backing, and its pages never go
	 * (tmpfs).
	 */
	NODISCARD int (*write_pages)(struct mapping *m, struct page **pages,
	                             unsigned nr);

	/*
	 * About to become dirty at a place that may be a hole: reserve what
	 * writing it will need. 0, -ENOSPC, -EDQUOT. Optional.
	 */
	NODISCARD int (*reserve)(struct mapping *m, uint64_t index);
};

struct mapping {
	const struct mapping_ops *ops;
	void *owner; /* the inode */

	struct mutex lock;

	/* lock must be held for these. */
	void *tree; /* pages by index; pagecache.c's business */
	uint64_t nr_pages;
	uint64_t nr_dirty;
	int error; /* of a write in the background: the next fsync's result */

	struct list areas; /* address space areas that map it (space.h) */
	struct list link;  /* among mappings with dirty pages */
};

void mapping_init(struct mapping *m, const struct mapping_ops *ops,
                  void *owner);

/* Forget all pages, also dirty ones. Nothing may be mapped. */
void mapping_fini(struct mapping *m);

enum { PAGECACHE_NO_READ = 1 }; /* all of it will be overwritten */

/*
 * Page `index` with a reference, read in where needed (or with
 * PAGECACHE_NO_READ perhaps not PAGE_UPTODATE: the caller fills it and sets the
 * flag). mapping->lock held. -EIO, -ENOMEM.
 */
NODISCARD int pagecache_get_locked(struct mapping *m, uint64_t index,
                                   unsigned flags, struct page **out);

/* The same, taking the lock. What the page fault handler calls. */
NODISCARD int pagecache_get(struct mapping *m, uint64_t index,
                            struct page **out);

/* The page if it is there, with a reference; else NULL. lock held. */
struct page *pagecache_find_locked(struct mapping *m, uint64_t index);

/* Calls ops->reserve() and marks. lock held for the first. */
NODISCARD int pagecache_dirty_locked(struct mapping *m, struct page *p);
NODISCARD int pagecache_dirty(struct mapping *m, struct page *p);

/*
 * Write what is dirty in pages [first, last] and clear the dirty marks, first
 * in the page tables of shared mappings. Returns the first error, also one
 * from the background since the last call.
 */
NODISCARD int pagecache_write_back(struct mapping *m, uint64_t first,
                                   uint64_t last);

/* Write everything dirty in the machine (sync). */
void pagecache_sync(void);

/*
 * The file now ends at `size`: drop the pages behind it, zero the rest of the
 * last page, unmap both from page tables.
 */
void pagecache_truncate(struct mapping *m, uint64_t size);

/* Free about `nr` pages; returns how many. May sleep. */
size_t pagecache_reclaim(size_t nr);

/* Pages in all caches, and those of them that are dirty. For meminfo. */
size_t pagecache_count(void);
size_t pagecache_dirty_count(void);

#endif
