/*
 * fault.c - bringing pages in; the table in space.h says which.
 *
 * A page of the program's own is found, and cleared, without space->lock: that
 * takes longest of all, may wait for a disk, and other threads fault meanwhile.
 * Who finds with the lock held that one is needed says so, and begins anew
 * with one. A page of a file that must be read is got in the same way.
 */
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

/* What a fault is about, and what was got for it without the lock. */
struct fault {
	uint64_t addr; /* of the page */
	bool write;
	struct page *fresh; /* nobody else knows it yet; NULL */
	bool cleared;       /* `fresh` is */

	/* What to read, for NEEDS_READING; a reference to the file. */
	void *file;
	struct mapping *mapping;
	uint64_t index;
	struct page *read; /* does not go before the fault is over; NULL */
};

/* Not errors: how a fault ends that needs a page. */
enum { NEEDS_PAGE = 1, NEEDS_CLEARED = 2, NEEDS_READING = 3 };

static int enter_fresh(struct area *a, struct fault *f)
{
	struct page *p = f->fresh;

	f->fresh = NULL;
	space_zap_locked(a->space, f->addr, f->addr + PAGE_SIZE);
	return enter(a, f->addr, p, entry_flags(a, true));
}

static int fault_anonymous(struct area *a, struct fault *f)
{
	if (!f->write)
		return enter_zero_page(a, f->addr);
	if (!f->fresh || !f->cleared)
		return NEEDS_CLEARED;
	return enter_fresh(a, f);
}

static int enter_copy(struct area *a, struct fault *f, const struct page *from)
{
	memcpy(page_virt(f->fresh), page_virt(from), PAGE_SIZE);
	return enter_fresh(a, f);
}

static int want_reading(struct area *a, struct fault *f, uint64_t index)
{
	space_files.get(a->file);
	f->file = a->file;
	f->mapping = a->mapping;
	f->index = index;
	return NEEDS_READING;
}

/* mapping->lock held: write-back may not come between marking and entering. */
static int enter_cache_page_locked(struct area *a, struct fault *f,
                                   uint64_t index)
{
	bool shared = a->flags & AREA_SHARED, copy = f->write && !shared;
	struct page *p = pagecache_find_locked(a->mapping, index);
	int rc = 0;

	if (!p)
		return want_reading(a, f, index);
	if (f->write && shared)
		rc = pagecache_dirty_locked(a->mapping, p);
	if (copy)
		rc = enter_copy(a, f, p);
	if (rc || copy) {
		page_put(p);
		return rc;
	}
	space_zap_locked(a->space, f->addr, f->addr + PAGE_SIZE);
	return enter(a, f->addr, p, entry_flags(a, f->write) | MMU_CACHE);
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

static int fault_file(struct area *a, struct fault *f)
{
	uint64_t index = a->index + ((f->addr - a->start) >> PAGE_SHIFT);
	struct mapping *m = a->mapping;
	int rc = -ENXIO;

	if (f->write && !(a->flags & AREA_SHARED) && !f->fresh)
		return NEEDS_PAGE;
	mutex_lock(&m->lock);
	if (index << PAGE_SHIFT < m->size)
		rc = enter_cache_page_locked(a, f, index);
	if (!rc && !f->write)
		enter_neighbours_locked(a, f->addr);
	mutex_unlock(&m->lock);
	return rc;
}

/*
 * The page is there, read-only or not executable, and the area allows more. A
 * page of the cache may go at any moment, or lose its right to be written.
 */
static int fault_present(struct area *a, struct fault *f,
                         const struct mmu_entry *e)
{
	bool ours = !(e->flags & (MMU_CACHE | MMU_NOBODY));

	if (f->write && !ours && !(e->flags & MMU_WRITE))
		return a->mapping ? fault_file(a, f) : fault_anonymous(a, f);
	/* Ours alone, or another thread was faster. */
	mmu_allow(&a->space->mmu, f->addr, e, entry_flags(a, f->write && ours));
	return 0;
}

/* Writing and executing imply reading, as on all of x86. */
static bool allowed(const struct area *a, unsigned access)
{
	if (access & PROT_READ)
		return a->prot & PROT_ALL;
	return (a->prot & access) == access;
}

static int fault_locked(struct space *s, struct fault *f, unsigned access)
{
	struct area *a = space_find_locked(s, f->addr);
	struct mmu_entry e;

	if (!a || a->start > f->addr)
		return -EFAULT;
	if (!allowed(a, access))
		return -EACCES;
	if (a->flags & AREA_SPECIAL)
		return -EFAULT; /* its pages are all there, or never */
	if (mmu_lookup(&s->mmu, f->addr, &e))
		return fault_present(a, f, &e);
	return a->mapping ? fault_file(a, f) : fault_anonymous(a, f);
}

/*
 * The lock is not held while a disk reads, or one thread that reads page after
 * page would be all that runs.
 */
static int read_page(struct fault *f)
{
	int rc;

	if (f->read)
		page_put(f->read);
	f->read = NULL;
	rc = pagecache_get(f->mapping, f->index, &f->read);
	space_files.put(f->file);
	return rc;
}

/* What is mapped there may change until the fault is tried again. */
static int get_page(struct fault *f, int need)
{
	if (need == NEEDS_READING)
		return read_page(f);
	if (!f->fresh)
		f->fresh = page_alloc(0);
	if (!f->fresh)
		return -ENOMEM;
	if (need == NEEDS_CLEARED)
		memset(page_virt(f->fresh), 0, PAGE_SIZE);
	f->cleared = need == NEEDS_CLEARED;
	return 0;
}

int space_fault(struct space *s, uint64_t addr, unsigned access)
{
	struct fault f = {.addr = page_down(addr),
	                  .write = access & PROT_WRITE};
	int rc;

	for (;;) {
		mutex_lock(&s->lock);
		rc = fault_locked(s, &f, access);
		mutex_unlock(&s->lock);
		if (rc <= 0)
			break;
		rc = get_page(&f, rc);
		if (rc)
			break;
	}
	if (f.fresh)
		page_put(f.fresh);
	if (f.read)
		page_put(f.read);
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
