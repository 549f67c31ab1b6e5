/*
 * rmap.c - from a cache page to the page tables that show it.
 *
 * A mapping's areas say where it may be; the page table says whether it is.
 * Page tables are changed here without space->lock, which may be held by who
 * waits for the mapping's: each change is one entry that is looked at and
 * changed at once (arch/mmu.h). What an area shows of a mapping changes only
 * with that mapping's lock held, which is held here.
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

void space_unmap_page(struct mapping *m, struct page *p, bool forced)
{
	LIST_EACH(n, &m->areas)
	{
		struct area *a = LIST_ENTRY(n, struct area, link);
		uint64_t addr = address_in(a, p->index);

		if (addr && (forced || !(a->flags & AREA_LOCKED)))
			space_zap_page(a->space, addr, p);
	}
}

void space_protect_page(struct mapping *m, struct page *p)
{
	LIST_EACH(n, &m->areas)
	{
		struct area *a = LIST_ENTRY(n, struct area, link);
		uint64_t addr = address_in(a, p->index);

		if (addr)
			mmu_clean_page(&a->space->mmu, addr, page_paddr(p));
	}
}
