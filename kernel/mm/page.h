/*
 * page.h - physical pages and who holds them.
 *
 * Every page of memory has a `struct page`. A page that was allocated has a
 * reference count; who holds a reference may read it, and the last page_put()
 * frees it. All memory is mapped at PAGE_OFFSET (arch/mmu.h), so a page always
 * has a kernel address.
 */
#ifndef KERNEL_MM_PAGE_H
#define KERNEL_MM_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/addr.h"
#include "kernel/lib/list.h"

struct mapping;

enum page_flags {
	PAGE_UPTODATE = 1 << 0, /* cache page: its contents are the file's */
	PAGE_DIRTY = 1 << 1,    /* cache page: newer than the file */
	PAGE_ERROR = 1 << 2,    /* cache page: writing it failed */
	PAGE_FREE = 1 << 3,     /* the allocator's */
	PAGE_SLAB = 1 << 4,     /* holds small objects */
	PAGE_RESERVED = 1 << 5, /* never allocated: firmware, the kernel */
	PAGE_USED = 1 << 6,     /* cache page: wanted since reclaim saw it */
};

struct page {
	uint32_t refs;
	uint16_t flags; /* enum page_flags */
	uint8_t order;  /* of the block this page begins */
	uint8_t slab_class;

	/* Cache pages: guarded by mapping->lock. */
	struct mapping *mapping; /* NULL: not in a page cache */
	uint64_t index;          /* which page of the file */

	struct list link; /* free list, or the cache's list of pages by age */

	/* How many page tables point here (cache pages); atomic. Raised with
	 * mapping->lock held. */
	uint32_t maps;
	uint32_t slab_free; /* free objects, for PAGE_SLAB */
	void *slab_list;    /* first free object, for PAGE_SLAB */
};

/*
 * 2^order contiguous pages with one reference, contents undefined; NULL when
 * there is no memory, after reclaim was tried. May sleep. Any thread, no
 * spin lock held. page_alloc_zeroed() clears them.
 */
struct page *page_alloc(unsigned order);
struct page *page_alloc_zeroed(unsigned order);

/*
 * The same without sleeping or reclaim, in any context: _atomic() for those who
 * must have it, from the reserve, _spare() for those who can do without.
 */
struct page *page_alloc_atomic(unsigned order);
struct page *page_alloc_spare(unsigned order);

void page_get(struct page *p);
void page_put(struct page *p); /* any context */

void *page_virt(const struct page *p);
paddr page_paddr(const struct page *p);
struct page *page_of(const void *virt); /* of a page_virt() address */
struct page *page_of_paddr(paddr pa);   /* NULL: no memory there */

/* Pages of the machine, and those free now. */
size_t page_total(void);
size_t page_free_count(void);

#endif
