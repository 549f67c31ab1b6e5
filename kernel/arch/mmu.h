/*
 * mmu.h - page tables.
 *
 * A page table entry remembers whether the page it points at is a cache page
 * (MMU_CACHE), so that whoever removes it knows what to give back. What the
 * tables point at is not owned by them: the caller counts references.
 *
 * Each function here may be called by any thread, with mutexes held and no spin
 * lock. Each does what it does to one entry at once; that nobody else maps
 * something at the same address meanwhile is the caller's business.
 */
#ifndef KERNEL_ARCH_MMU_H
#define KERNEL_ARCH_MMU_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/addr.h"
#include "kernel/lib/attr.h"

enum mmu_flags {
	MMU_WRITE = 1,
	MMU_EXEC = 2,
	MMU_USER = 4,
	MMU_UNCACHED = 8,
	MMU_CACHE = 16,  /* the page belongs to a page cache */
	MMU_NOBODY = 32, /* the page belongs to nobody: zero page, vDSO */
};

struct mmu {
	paddr root;
};

struct mmu_entry {
	paddr pa;
	unsigned flags;
	bool accessed, dirty;
};

/* Of all memory so much is mapped before mmu_init(), from 0 on. */
enum { BOOT_REACH = 1 << 30 };

/* One contiguous piece of usable memory. */
struct mem_range {
	uint64_t start, end; /* physical, bytes */
};

/*
 * Build the kernel's own tables (text executable, data not, all memory at
 * PAGE_OFFSET) and load them. `alloc` gives zeroed pages.
 */
void mmu_init(uint64_t memory_end, paddr (*alloc)(void));

NODISCARD int mmu_new(struct mmu *m); /* -ENOMEM; the kernel half is shared */
void mmu_free(struct mmu *m);         /* nothing may be mapped any more */
void mmu_load(const struct mmu *m);
void mmu_load_kernel(void);

/* When this is back, every CPU that runs with these tables has gone through a
 * full barrier and has read its instructions anew. */
void mmu_barrier(const struct mmu *m);

/*
 * This CPU begins or ends to be idle: it runs no program, so changes of page
 * tables need not interrupt it. Called by itself.
 */
void mmu_set_idle(bool idle);

/*
 * Tables for a processor that is being started, in three pages of low memory
 * from `phys` on: the first 2 MiB where they are, and the kernel's half.
 */
void mmu_build_low(uint64_t phys);

/* Replaces what was there. -ENOMEM. */
NODISCARD int mmu_map(struct mmu *m, uint64_t va, paddr pa, unsigned flags);

bool mmu_lookup(const struct mmu *m, uint64_t va, struct mmu_entry *out);

/* The first page that is mapped at or behind *va, moving *va; false: there is
 * none before `end`. */
bool mmu_next(const struct mmu *m, uint64_t *va, uint64_t end,
              struct mmu_entry *out);

/*
 * Let `va` be written (MMU_WRITE) or executed (MMU_EXEC) as well, if it leads
 * still where mmu_lookup() saw it lead; else nothing is done, and the program's
 * next access faults again.
 */
void mmu_allow(struct mmu *m, uint64_t va, const struct mmu_entry *seen,
               unsigned flags);

/*
 * Remove each entry of [start, end), and call fn for it once no CPU can reach
 * the page any more.
 */
void mmu_unmap(struct mmu *m, uint64_t start, uint64_t end,
               void (*fn)(const struct mmu_entry *e, void *ctx), void *ctx);

/* The same for `va` alone, if it shows the cache page `pa`. */
void mmu_unmap_page(struct mmu *m, uint64_t va, paddr pa,
                    void (*fn)(const struct mmu_entry *e, void *ctx),
                    void *ctx);

/* Take WRITE away from `va`, if it shows the cache page `pa`. */
void mmu_clean_page(struct mmu *m, uint64_t va, paddr pa);

/*
 * Set EXEC of what is mapped there as `flags` says, take WRITE away where flags
 * lack it, and show again what was hidden. WRITE is never added: the page may
 * be shared, and the fault handler knows.
 */
void mmu_protect(struct mmu *m, uint64_t start, uint64_t end, unsigned flags);

/* Keep the entries, but let every access fault. */
void mmu_hide(struct mmu *m, uint64_t start, uint64_t end);

/* Move entries; the target is empty. -ENOMEM: some may have moved. */
NODISCARD int mmu_move(struct mmu *m, uint64_t from, uint64_t to,
                       uint64_t size);

/* Device registers, uncached. Never given back. NULL: no room. */
volatile void *mmio_map(uint64_t phys, uint64_t size);

/* A kernel stack with an unmapped page below it; its top, or 0. */
uint64_t stack_new(void);
void stack_free(uint64_t top);
bool stack_guard_hit(uint64_t addr);

enum { KERNEL_STACK_SIZE = 16 * 1024 };

/* How far the kernel was moved from where it was linked, bytes. */
extern uint64_t kernel_slide;

/* Direct map. */
void *phys_to_virt(paddr pa);
paddr virt_to_phys(const void *virt);

#endif
