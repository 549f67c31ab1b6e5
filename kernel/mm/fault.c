/* fault.c - bringing pages in; the table in space.h says which. */
#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/space_private.h"

enum { AROUND = 16 }; /* pages entered at once; a power of two */

/* What is read where nothing was written yet. Owned by nobody. */
static const char zero_page[PAGE_SIZE] ALIGNED(4096);

static unsigned entry_flags(const struct area *a, bool writable)
{
	return MMU_USER | (a->prot & PROT_EXEC ? MMU_EXEC : 0u) |
	       (writable ? MMU_WRITE : 0u);
}

/* Enter `p`, whose reference becomes the page table's. */
static int enter(struct area *a, uint64_t addr, struct page *p, unsigned flags)
{
	struct space *s = a->space;
	int rc;

	if (flags & MMU_CACHE)
		__atomic_fetch_add(&p->maps, 1, __ATOMIC_RELAXED);
	rc = mmu_map(&s->mmu, addr, page_paddr(p), flags);
	if (rc) {
		if (flags & MMU_CACHE)
			__atomic_fetch_sub(&p->maps, 1, __ATOMIC_RELAXED);
		page_put(p);
		return rc;
	}
	space_count_resident(s, 1);
	return 0;
}

static int enter_zero_page(struct area *a, uint64_t addr)
{
	return mmu_map(&a->space->mmu, addr, virt_to_phys(zero_page),
	               entry_flags(a, false) | MMU_NOBODY);
}

static int fault_anonymous(struct area *a, uint64_t addr, bool write)
{
	struct page *p;

	if (!write)
		return enter_zero_page(a, addr);
	p = page_alloc_zeroed(0);
	if (!p)
		return -ENOMEM;
	space_zap_locked(a->space, addr, addr + PAGE_SIZE);
	return enter(a, addr, p, entry_flags(a, true));
}

static int enter_copy(struct area *a, uint64_t addr, const struct page *from)
{
	struct page *p = page_alloc(0);

	if (!p)
		return -ENOMEM;
	memcpy(page_virt(p), page_virt(from), PAGE_SIZE);
	space_zap_locked(a->space, addr, addr + PAGE_SIZE);
	return enter(a, addr, p, entry_flags(a, true));
}

/* mapping->lock held: write-back may not come between marking and entering. */
static int enter_cache_page_locked(struct area *a, uint64_t addr,
                                   uint64_t index, bool write)
{
	bool shared = a->flags & AREA_SHARED;
	struct page *p;
	int rc = pagecache_get_around_locked(a->mapping, index, &p);

	if (rc)
		return rc;
	if (write && shared)
		rc = pagecache_dirty_locked(a->mapping, p);
	if (!rc && write && !shared)
		rc = enter_copy(a, addr, p);
	if (rc || (write && !shared)) {
		page_put(p);
		return rc;
	}
	space_zap_locked(a->space, addr, addr + PAGE_SIZE);
	return enter(a, addr, p, entry_flags(a, write) | MMU_CACHE);
}

/*
 * Pages around the one that faulted which are in the cache anyway: entering
 * them now saves a fault each. Only for reading; failing is no failure.
 */
static void enter_neighbours_locked(struct area *a, uint64_t addr)
{
	uint64_t window = addr & ~(uint64_t)(AROUND * PAGE_SIZE - 1);
	uint64_t end = window + AROUND * PAGE_SIZE;
	struct mmu_entry e;

	if (window < a->start)
		window = a->start;
	for (uint64_t at = window; at < end && at < a->end; at += PAGE_SIZE) {
		struct page *p;

		if (mmu_lookup(&a->space->mmu, at, &e))
			continue;
		p = pagecache_find_locked(
			a->mapping, a->index + ((at - a->start) >> PAGE_SHIFT));
		if (p && enter(a, at, p, entry_flags(a, false) | MMU_CACHE))
			return;
	}
}

static int fault_file(struct area *a, uint64_t addr, bool write)
{
	uint64_t index = a->index + ((addr - a->start) >> PAGE_SHIFT);
	struct mapping *m = a->mapping;
	int rc = -ENXIO;

	mutex_lock(&m->lock);
	if (index << PAGE_SHIFT < m->size)
		rc = enter_cache_page_locked(a, addr, index, write);
	if (!rc && !write)
		enter_neighbours_locked(a, addr);
	mutex_unlock(&m->lock);
	return rc;
}

/*
 * The page is there, read-only or not executable, and the area allows more. A
 * page of the cache may go at any moment, or lose its right to be written.
 */
static int fault_present(struct area *a, uint64_t addr,
                         const struct mmu_entry *e, bool write)
{
	bool ours = !(e->flags & (MMU_CACHE | MMU_NOBODY));

	if (write && !ours && !(e->flags & MMU_WRITE))
		return a->mapping ? fault_file(a, addr, true)
		                  : fault_anonymous(a, addr, true);
	/* Ours alone, or another thread was faster. */
	mmu_allow(&a->space->mmu, addr, e, entry_flags(a, write && ours));
	return 0;
}

/* Writing and executing imply reading, as on all of x86. */
static bool allowed(const struct area *a, unsigned access)
{
	if (access & PROT_READ)
		return a->prot & PROT_ALL;
	return (a->prot & access) == access;
}

static int fault_locked(struct space *s, uint64_t addr, unsigned access)
{
	struct area *a = space_find_locked(s, addr);
	bool write = access & PROT_WRITE;
	struct mmu_entry e;

	if (!a || a->start > addr)
		return -EFAULT;
	if (!allowed(a, access))
		return -EACCES;
	if (a->flags & AREA_SPECIAL)
		return -EFAULT; /* its pages are all there, or never */
	addr = page_down(addr);
	if (mmu_lookup(&s->mmu, addr, &e))
		return fault_present(a, addr, &e, write);
	return a->mapping ? fault_file(a, addr, write)
	                  : fault_anonymous(a, addr, write);
}

int space_fault(struct space *s, uint64_t addr, unsigned access)
{
	int rc;

	mutex_lock(&s->lock);
	rc = fault_locked(s, addr, access);
	mutex_unlock(&s->lock);
	return rc;
}

int space_insert_page(struct space *s, uint64_t addr, paddr pa, unsigned prot)
{
	int rc;

	mutex_lock(&s->lock);
	rc = mmu_map(&s->mmu, addr, pa,
	             MMU_USER | MMU_NOBODY |
	                     (prot & PROT_WRITE ? MMU_WRITE : 0u) |
	                     (prot & PROT_EXEC ? MMU_EXEC : 0u));
	mutex_unlock(&s->lock);
	return rc;
}
