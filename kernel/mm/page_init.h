/* page_init.h - handing the machine's memory to the page allocator, at boot. */
#ifndef KERNEL_MM_PAGE_INIT_H
#define KERNEL_MM_PAGE_INIT_H

#include "kernel/arch/mmu.h"

/*
 * All usable memory but the kernel's own, in ascending order. Builds the
 * kernel's page tables on the way. `ranges` is changed.
 */
void page_init(struct mem_range *ranges, unsigned nr);

#endif
