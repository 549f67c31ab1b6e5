/*
 * rmap.c - from a cache page to the page tables that show it.
 *
 * A mapping's areas say where it may be; the page table says whether it is.
 * Page tables are changed here without space->lock: each change is one entry,
 * the kernel is not preempted, and nothing that looks at an entry sleeps
 * between looking and acting.
 */
#include "kernel/mm/space_private.h"

/* The address in `a` that shows page `index`, or 0. */
static uint64_t address_in(const struct area *a, uint64_t index)
{
	uint64_t pages = (a->end - a->start) >> PAGE_SHIFT;

	if (index < a->index || index - a->index >= pages)
		return 0;
	return a->start + ((index - a->index) << PAGE_SHIFT);
}

/* Is it this page, and not the program's own copy of it? */
static bool shows(const struct area *a, uint64_t addr, const struct page *p)
{
	struct mmu_entry e;

	return addr && mmu_lookup(&a->space->mmu, addr, &e) &&
	       e.flags & MMU_CACHE && e.pa.v == page_paddr(p).v;
}

void space_unmap_page(struct mapping *m, struct page *p, bool forced)
{
	LIST_EACH(n, &m->areas)
	{
		struct area *a = LIST_ENTRY(n, struct area, link);
		uint64_t addr = address_in(a, p->index);

		if (a->flags & AREA_LOCKED && !forced)
			continue;
		if (shows(a, addr, p))
			space_zap_locked(a->space, addr, addr + PAGE_SIZE);
	}
}

void space_protect_page(struct mapping *m, struct page *p)
{
	LIST_EACH(n, &m->areas)
	{
		struct area *a = LIST_ENTRY(n, struct area, link);
		uint64_t addr = address_in(a, p->index);

		if (shows(a, addr, p))
			mmu_protect(&a->space->mmu, addr, addr + PAGE_SIZE,
			            a->prot & PROT_EXEC ? MMU_EXEC : 0);
	}
}
