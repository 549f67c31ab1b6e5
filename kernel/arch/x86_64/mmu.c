/*
 * mmu.c - four-level page tables (AMD64 APM vol. 2, 5.3).
 *
 * A page that holds a table counts its present entries in page->maps, so that
 * it can be given back when the last one goes: programs that map and unmap all
 * over their address space would otherwise collect empty tables.
 *
 * One lock guards all tables, for the time of one entry or a few: it is let go
 * of before a table is allocated, and before TLBs are told. What was taken out
 * is given back after that.
 */
#include "kernel/arch/mmu.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/arch/x86_64/smp.h"
#include "kernel/core/lock.h"
#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page.h"

enum {
	ENTRIES = 512,
	TOP_LEVEL = 4,
	KERNEL_HALF = 256, /* first entry of the top table that is ours */
};

#define BIT(n) (UINT64_C(1) << (n))

static const uint64_t PTE_PRESENT = BIT(0);
static const uint64_t PTE_WRITE = BIT(1);
static const uint64_t PTE_USER = BIT(2);
static const uint64_t PTE_PWT = BIT(3);
static const uint64_t PTE_PCD = BIT(4);
static const uint64_t PTE_ACCESSED = BIT(5);
static const uint64_t PTE_DIRTY = BIT(6);
static const uint64_t PTE_LARGE = BIT(7);
static const uint64_t PTE_GLOBAL = BIT(8);
static const uint64_t PTE_NX = BIT(63);
static const uint64_t PTE_ADDR = 0x000ffffffffff000;

/* Bits that the processor leaves to us. */
static const uint64_t PTE_CACHE = BIT(9);
static const uint64_t PTE_NOBODY = BIT(10);
static const uint64_t PTE_HIDDEN = BIT(11); /* kept, but not present */
static const uint64_t PTE_IN_USE = BIT(0) | BIT(11);

static const uint64_t LARGE_SIZE = 2 * 1024 * 1024;
static const uint64_t HUGE_SIZE = 1024 * 1024 * 1024;

static struct {
	struct mmu kernel;
	paddr (*early_alloc)(void); /* until the page allocator is there */
	struct lock tables;         /* guards entries, and the counts of them */

	struct lock lock; /* must be held for these */
	uint64_t next_mmio;
	uint64_t next_stack;
	uint64_t free_stack; /* top of the first free one; links at top - 8 */
} mmu = {
	.tables = LOCK_INIT(LOCK_MMU),
	.next_mmio = MMIO_BASE,
	.lock = LOCK_INIT(LOCK_TABLE),
	.next_stack = STACKS_BASE,
};

extern char kernel_start[], text_end[], rodata_start[], rodata_end[],
	data_start[], kernel_end[], boot_stack_guard[];

void *phys_to_virt(paddr pa)
{
	return (void *)(PAGE_OFFSET + pa.v);
}

paddr virt_to_phys(const void *virt)
{
	uint64_t v = (uint64_t)virt;

	return (paddr){v >= KERNEL_BASE ? v - KERNEL_BASE - kernel_slide
	                                : v - PAGE_OFFSET};
}

static unsigned index_at(uint64_t va, int level)
{
	return (unsigned)(va >> (PAGE_SHIFT + 9 * (level - 1)) & (ENTRIES - 1));
}

/* Bytes that one entry of this level covers. */
static uint64_t span_of(int level)
{
	return UINT64_C(1) << (PAGE_SHIFT + 9 * (level - 1));
}

static uint64_t *table_of(uint64_t entry)
{
	return phys_to_virt((paddr){entry & PTE_ADDR});
}

/* --- tables --- */

/* The count of entries is kept for the program's half only. */
static void count_entry(uint64_t *table, int by)
{
	struct page *p = page_of(table);

	if (p)
		p->maps += (uint32_t)by;
}

static uint64_t *new_table(void)
{
	if (mmu.early_alloc)
		return phys_to_virt(mmu.early_alloc());

	struct page *p = page_alloc_zeroed(0);

	return p ? page_virt(p) : NULL;
}

/* Walk down to `level`; stops early at the entry that has no table below it. */
static uint64_t *walk(const struct mmu *m, uint64_t va, int *level)
{
	uint64_t *table = phys_to_virt(m->root);

	for (int l = TOP_LEVEL; l > *level; l--) {
		uint64_t *e = &table[index_at(va, l)];

		if (!(*e & PTE_PRESENT)) {
			*level = l;
			return e;
		}
		table = table_of(*e);
	}
	return &table[index_at(va, *level)];
}

static void hang_table(uint64_t *e, uint64_t va, const uint64_t *below)
{
	*e = virt_to_phys(below).v | PTE_PRESENT | PTE_WRITE |
	     (va < USER_END ? PTE_USER : 0);
	if (va < USER_END)
		count_entry(e, 1);
}

/* Put a new table where the walk ended at `level`, unless there is one now. */
static void add_table(const struct mmu *m, uint64_t va, int level,
                      const uint64_t *below)
{
	int reached = 1;
	uint64_t *e;

	lock_acquire(&mmu.tables);
	e = walk(m, va, &reached);
	if (reached == level)
		hang_table(e, va, below);
	lock_release(&mmu.tables);
	if (reached != level)
		page_put(page_of(below));
}

/*
 * The entry for `va` at `level`, with tables above it made and mmu.tables held;
 * NULL, and it is not held: no memory. Finding memory may unmap pages and free
 * tables, so the walk begins anew after each.
 */
static uint64_t *entry_make_lock(const struct mmu *m, uint64_t va, int level)
{
	for (;;) {
		int reached = level;
		uint64_t *e, *below;

		lock_acquire(&mmu.tables);
		e = walk(m, va, &reached);
		if (reached == level)
			return e;
		lock_release(&mmu.tables);
		below = new_table();
		if (!below)
			return NULL;
		add_table(m, va, reached, below);
	}
}

/* The last-level entry, or NULL; `*skip` is then how far nothing is mapped.
 * mmu.tables is held. */
static uint64_t *entry_find(const struct mmu *m, uint64_t va, uint64_t *skip)
{
	uint64_t *table = phys_to_virt(m->root);

	for (int l = TOP_LEVEL; l > 1; l--) {
		uint64_t e = table[index_at(va, l)];

		if (!(e & PTE_PRESENT)) {
			*skip = span_of(l) - (va & (span_of(l) - 1));
			return NULL;
		}
		table = table_of(e);
	}
	return &table[index_at(va, 1)];
}

static uint64_t bits_of(unsigned flags)
{
	uint64_t e = PTE_PRESENT;

	if (flags & MMU_WRITE)
		e |= PTE_WRITE;
	if (flags & MMU_USER)
		e |= PTE_USER;
	if (!(flags & MMU_EXEC))
		e |= PTE_NX;
	if (flags & MMU_UNCACHED)
		e |= PTE_PCD | PTE_PWT;
	if (flags & MMU_CACHE)
		e |= PTE_CACHE;
	if (flags & MMU_NOBODY)
		e |= PTE_NOBODY;
	return e;
}

static struct mmu_entry decode(uint64_t e)
{
	return (struct mmu_entry){
		.pa = {e & PTE_ADDR},
		.flags = (e & PTE_WRITE ? MMU_WRITE : 0u) |
	                 (e & PTE_USER ? MMU_USER : 0u) |
	                 (e & PTE_NX ? 0u : MMU_EXEC) |
	                 (e & PTE_CACHE ? MMU_CACHE : 0u) |
	                 (e & PTE_NOBODY ? MMU_NOBODY : 0u),
		.accessed = e & PTE_ACCESSED,
		.dirty = e & PTE_DIRTY,
	};
}

/* --- the program's half --- */

int mmu_new(struct mmu *m)
{
	struct page *p = page_alloc_zeroed(0);
	uint64_t *root, *kernel = phys_to_virt(mmu.kernel.root);

	if (!p)
		return -ENOMEM;
	root = page_virt(p);
	memcpy(root + KERNEL_HALF, kernel + KERNEL_HALF,
	       (ENTRIES - KERNEL_HALF) * sizeof(*root));
	m->root = page_paddr(p);
	return 0;
}

void mmu_free(struct mmu *m)
{
	page_put(page_of_paddr(m->root));
}

/* Who changes these tables must see in cpu->mmu that this CPU has them before
 * it can have read any entry. */
void mmu_load(const struct mmu *m)
{
	__atomic_store_n(&cpu_self()->mmu, m, __ATOMIC_SEQ_CST);
	__asm__ volatile("movq %0, %%cr3" : : "r"(m->root.v) : "memory");
}

void mmu_load_kernel(void)
{
	__asm__ volatile("movq %0, %%cr3"
	                 :
	                 : "r"(mmu.kernel.root.v)
	                 : "memory");
}

void mmu_build_low(uint64_t phys)
{
	uint64_t *root = phys_to_virt((paddr){phys});
	uint64_t *kernel = phys_to_virt(mmu.kernel.root);

	memset(root, 0, 3 * PAGE_SIZE);
	memcpy(root + KERNEL_HALF, kernel + KERNEL_HALF,
	       (ENTRIES - KERNEL_HALF) * sizeof(*root));
	root[0] = (phys + PAGE_SIZE) | PTE_PRESENT | PTE_WRITE;
	root[ENTRIES] = (phys + 2 * PAGE_SIZE) | PTE_PRESENT | PTE_WRITE;
	root[2 * ENTRIES] = PTE_PRESENT | PTE_WRITE | PTE_LARGE;
}

/*
 * The same page with more rights: a TLB that has the old entry makes the
 * program fault once more, and it comes back here.
 */
static bool only_widens(uint64_t was, uint64_t now)
{
	uint64_t had = was & (PTE_WRITE | PTE_USER);

	return (was & PTE_ADDR) == (now & PTE_ADDR) && (now & had) == had &&
	       (was & PTE_NX || !(now & PTE_NX));
}

int mmu_map(struct mmu *m, uint64_t va, paddr pa, unsigned flags)
{
	uint64_t *e = entry_make_lock(m, va, 1), was;
	uint64_t now = pa.v | bits_of(flags);

	if (!e)
		return -ENOMEM;
	va = page_down(va);
	was = __atomic_exchange_n(e, now, __ATOMIC_SEQ_CST);
	if (!(was & PTE_IN_USE))
		count_entry(e, 1);
	lock_release(&mmu.tables);
	if (!(was & PTE_PRESENT))
		return 0; /* what is absent is never cached */
	if (only_widens(was, now))
		smp_forget(va, va + PAGE_SIZE);
	else
		smp_flush(m, va, va + PAGE_SIZE, false);
	return 0;
}

bool mmu_lookup(const struct mmu *m, uint64_t va, struct mmu_entry *out)
{
	uint64_t skip, *e, found = 0;

	lock_acquire(&mmu.tables);
	e = entry_find(m, va, &skip);
	if (e)
		found = __atomic_load_n(e, __ATOMIC_RELAXED);
	lock_release(&mmu.tables);
	*out = decode(found);
	return found & PTE_IN_USE;
}

/* Change an entry although the processors set bits in it meanwhile. */
static void change_entry(uint64_t *e, uint64_t clear, uint64_t set)
{
	uint64_t was = __atomic_load_n(e, __ATOMIC_RELAXED);

	while (!__atomic_compare_exchange_n(e, &was, (was & ~clear) | set,
	                                    false, __ATOMIC_SEQ_CST,
	                                    __ATOMIC_RELAXED))
		;
}

/* The lock is let go between tables: there may be thousands. */
bool mmu_next(const struct mmu *m, uint64_t *va, uint64_t end,
              struct mmu_entry *out)
{
	uint64_t skip, found = 0;

	while (*va < end && !(found & PTE_IN_USE)) {
		uint64_t *e;

		lock_acquire(&mmu.tables);
		for (e = entry_find(m, *va, &skip); e && *va < end;) {
			found = __atomic_load_n(e, __ATOMIC_RELAXED);
			if (found & PTE_IN_USE)
				break;
			*va += PAGE_SIZE;
			if (index_at(*va, 1) == 0)
				break;
			e++;
		}
		lock_release(&mmu.tables);
		if (!e)
			*va += skip;
	}
	*out = decode(found);
	return found & PTE_IN_USE;
}

void mmu_allow(struct mmu *m, uint64_t va, const struct mmu_entry *seen,
               unsigned flags)
{
	uint64_t skip, *e;

	lock_acquire(&mmu.tables);
	e = entry_find(m, va, &skip);
	if (e && *e & PTE_PRESENT) {
		struct mmu_entry now = decode(*e);

		if (now.pa.v == seen->pa.v && now.flags == seen->flags)
			change_entry(e, flags & MMU_EXEC ? PTE_NX : 0,
			             flags & MMU_WRITE ? PTE_WRITE : 0);
	}
	lock_release(&mmu.tables);
	smp_forget(page_down(va), page_down(va) + PAGE_SIZE);
}

/* The next entry in use from *va on, where *va is then; NULL: none below end.
 */
static uint64_t *next_entry(const struct mmu *m, uint64_t *va, uint64_t end)
{
	while (*va < end) {
		uint64_t skip, *e = entry_find(m, *va, &skip);

		if (e && *e & PTE_IN_USE)
			return e;
		*va += e ? PAGE_SIZE : skip;
	}
	return NULL;
}

/*
 * Entries on their way out: taken from the tables, but a TLB may have them
 * still, and the upper levels of tables that are empty now. One flush for all
 * of them, without the lock, and then they are the caller's.
 */
enum { BATCH = 32 };

struct batch {
	struct mmu *m;
	void (*fn)(const struct mmu_entry *e, void *ctx);
	void *ctx;
	unsigned n;
	uint64_t first, last; /* addresses of the entries */
	uint64_t was[BATCH];
	struct list tables;
};

static void finish_batch(struct batch *b)
{
	struct list *t;

	if (!b->n)
		return;
	smp_flush(b->m, page_down(b->first), page_down(b->last) + PAGE_SIZE,
	          !list_empty(&b->tables));
	while ((t = list_pop(&b->tables)))
		page_put(LIST_ENTRY(t, struct page, link));
	for (unsigned i = 0; i < b->n; i++) {
		struct mmu_entry e = decode(b->was[i]);

		b->fn(&e, b->ctx);
	}
	b->n = 0;
}

/* `va`'s last-level table lost an entry: take tables out that are empty. */
static void take_empty_tables(struct batch *b, uint64_t va)
{
	uint64_t *tables[TOP_LEVEL + 1];

	tables[TOP_LEVEL] = phys_to_virt(b->m->root);
	for (int l = TOP_LEVEL; l > 1; l--)
		tables[l - 1] = table_of(tables[l][index_at(va, l)]);
	for (int l = 1; l < TOP_LEVEL; l++) {
		struct page *p = page_of(tables[l]);

		if (p->maps)
			return;
		tables[l + 1][index_at(va, l + 1)] = 0;
		if (l + 1 < TOP_LEVEL)
			count_entry(tables[l + 1], -1);
		list_append(&b->tables, &p->link);
	}
}

/* Empty an entry, in ascending order; mmu.tables is held. */
static void take_entry_locked(struct batch *b, uint64_t *e, uint64_t va)
{
	const struct page *table = page_of((void *)page_down((uint64_t)e));

	if (!b->n)
		b->first = va;
	b->last = va;
	b->was[b->n++] = __atomic_exchange_n(e, 0, __ATOMIC_SEQ_CST);
	count_entry(e, -1);
	if (!table->maps)
		take_empty_tables(b, va);
}

void mmu_unmap(struct mmu *m, uint64_t start, uint64_t end,
               void (*fn)(const struct mmu_entry *e, void *ctx), void *ctx)
{
	struct batch b = {.m = m, .fn = fn, .ctx = ctx};
	uint64_t va = start, *e;

	list_init(&b.tables);
	do {
		lock_acquire(&mmu.tables);
		for (; b.n < BATCH && (e = next_entry(m, &va, end));
		     va += PAGE_SIZE)
			take_entry_locked(&b, e, va);
		lock_release(&mmu.tables);
		finish_batch(&b);
	} while (va < end);
}

/* The entry of `va` if it shows the cache page `pa`, else NULL. Lock held. */
static uint64_t *entry_showing(const struct mmu *m, uint64_t va, paddr pa)
{
	uint64_t skip, *e = entry_find(m, va, &skip);

	return e && *e & PTE_IN_USE && *e & PTE_CACHE && (*e & PTE_ADDR) == pa.v
	               ? e
	               : NULL;
}

void mmu_unmap_page(struct mmu *m, uint64_t va, paddr pa,
                    void (*fn)(const struct mmu_entry *e, void *ctx), void *ctx)
{
	struct batch b = {.m = m, .fn = fn, .ctx = ctx};
	uint64_t *e;

	list_init(&b.tables);
	lock_acquire(&mmu.tables);
	e = entry_showing(m, va, pa);
	if (e)
		take_entry_locked(&b, e, va);
	lock_release(&mmu.tables);
	finish_batch(&b);
}

void mmu_clean_page(struct mmu *m, uint64_t va, paddr pa)
{
	uint64_t *e;

	lock_acquire(&mmu.tables);
	e = entry_showing(m, va, pa);
	if (e)
		change_entry(e, PTE_WRITE, 0);
	lock_release(&mmu.tables);
	if (e)
		smp_flush(m, va, va + PAGE_SIZE, false);
}

/* Change all in the range, then let the TLBs forget what was changed. */
static void change_range(struct mmu *m, uint64_t start, uint64_t end,
                         uint64_t clear, uint64_t set)
{
	uint64_t va = start, first = end, last = start, *e;

	do {
		lock_acquire(&mmu.tables);
		for (unsigned n = 0; n < BATCH && (e = next_entry(m, &va, end));
		     n++, va += PAGE_SIZE) {
			change_entry(e, clear, set);
			first = va < first ? va : first;
			last = va + PAGE_SIZE;
		}
		lock_release(&mmu.tables);
	} while (va < end);
	if (first < last)
		smp_flush(m, page_down(first), page_down(last), false);
}

/* Writing is only ever taken away: the page may be shared, and the fault
 * handler knows. */
void mmu_protect(struct mmu *m, uint64_t start, uint64_t end, unsigned flags)
{
	change_range(m, start, end,
	             PTE_HIDDEN | (flags & MMU_WRITE ? 0 : PTE_WRITE) |
	                     (flags & MMU_EXEC ? PTE_NX : 0),
	             PTE_PRESENT | (flags & MMU_EXEC ? 0 : PTE_NX));
}

void mmu_hide(struct mmu *m, uint64_t start, uint64_t end)
{
	change_range(m, start, end, PTE_PRESENT, PTE_HIDDEN);
}

static void nothing(const struct mmu_entry *e UNUSED, void *ctx UNUSED)
{
}

/* Where `va` leads from now on `to` leads; -ENOMEM. */
static int move_entry(struct mmu *m, uint64_t va, uint64_t to)
{
	struct batch one = {.m = m, .fn = nothing};
	uint64_t *target = entry_make_lock(m, to, 1), *e, skip;

	if (!target)
		return -ENOMEM;
	list_init(&one.tables);
	/* Making it may have slept, and reclaim unmaps pages. */
	e = entry_find(m, va, &skip);
	if (e && *e & PTE_IN_USE) {
		count_entry(target, 1); /* it must not be dropped as empty */
		take_entry_locked(&one, e, va);
	}
	lock_release(&mmu.tables);
	if (!one.n)
		return 0;
	finish_batch(&one);
	lock_acquire(&mmu.tables);
	*target = one.was[0];
	lock_release(&mmu.tables);
	return 0;
}

/*
 * No processor may write through the old place once the new one is there, or
 * a program that looks at both would see two pages: so the old one goes first.
 */
int mmu_move(struct mmu *m, uint64_t from, uint64_t to, uint64_t size)
{
	uint64_t va = from, end = from + size, *e;

	for (; va < end; va += PAGE_SIZE) {
		int rc;

		lock_acquire(&mmu.tables);
		e = next_entry(m, &va, end);
		lock_release(&mmu.tables);
		rc = e ? move_entry(m, va, to + (va - from)) : 0;
		if (rc)
			return rc;
	}
	return 0;
}

/* --- the kernel's half: nothing that is entered here ever goes --- */

static uint64_t *kernel_entry(uint64_t va, int level)
{
	uint64_t *e = entry_make_lock(&mmu.kernel, va, level);

	if (e)
		lock_release(&mmu.tables);
	return e;
}

static void map_kernel(uint64_t va, uint64_t pa, uint64_t size, uint64_t bits)
{
	for (uint64_t off = 0; off < size; off += PAGE_SIZE) {
		uint64_t *e = kernel_entry(va + off, 1);

		ASSERT(e);
		*e = (pa + off) | bits | PTE_PRESENT | PTE_GLOBAL;
	}
}

static void map_part(const char *from, const char *to, uint64_t bits)
{
	uint64_t va = page_down((uint64_t)from);

	map_kernel(va, virt_to_phys((const void *)va).v,
	           page_up((uint64_t)to) - va, bits);
}

/* Where the kernel's text and constants are, they are constant here, too. */
static void map_around_kernel(uint64_t pa)
{
	uint64_t from = virt_to_phys(kernel_start).v;
	uint64_t to = virt_to_phys(rodata_end).v;

	for (uint64_t end = pa + LARGE_SIZE; pa < end; pa += PAGE_SIZE)
		map_kernel(PAGE_OFFSET + pa, pa, PAGE_SIZE,
		           pa >= from && pa < to ? PTE_NX : PTE_NX | PTE_WRITE);
}

static bool touches_kernel(uint64_t pa, uint64_t size)
{
	return pa < virt_to_phys(rodata_end).v &&
	       pa + size > virt_to_phys(kernel_start).v;
}

static void map_all_memory(uint64_t end)
{
	uint64_t bits =
		PTE_PRESENT | PTE_WRITE | PTE_NX | PTE_LARGE | PTE_GLOBAL;

	for (uint64_t pa = 0; pa < end;) {
		bool huge = cpu_features.pages_1g && end - pa >= HUGE_SIZE &&
		            pa % HUGE_SIZE == 0 &&
		            !touches_kernel(pa, HUGE_SIZE);

		if (touches_kernel(pa, LARGE_SIZE)) {
			map_around_kernel(pa);
			pa += LARGE_SIZE;
			continue;
		}
		*kernel_entry(PAGE_OFFSET + pa, huge ? 3 : 2) = pa | bits;
		pa += huge ? HUGE_SIZE : LARGE_SIZE;
	}
}

/* Make the top-level entry now, so that all address spaces share it. */
static void reserve_top(uint64_t va)
{
	ASSERT(kernel_entry(va, 3));
}

void mmu_init(uint64_t memory_end, paddr (*alloc)(void))
{
	mmu.early_alloc = alloc;
	mmu.kernel.root = alloc();
	map_all_memory(memory_end);
	map_part(kernel_start, text_end, 0);
	map_part(rodata_start, rodata_end, PTE_NX);
	map_part(data_start, kernel_end, PTE_NX | PTE_WRITE);
	*kernel_entry((uint64_t)boot_stack_guard, 1) = 0;
	reserve_top(STACKS_BASE);
	reserve_top(MMIO_BASE);
	mmu_load(&mmu.kernel);
	mmu.early_alloc = NULL;
}

volatile void *mmio_map(uint64_t phys, uint64_t size)
{
	uint64_t base = page_down(phys), va, len = page_up(phys + size) - base;

	lock_acquire(&mmu.lock);
	va = mmu.next_mmio;
	mmu.next_mmio += len;
	lock_release(&mmu.lock);
	for (uint64_t off = 0; off < len; off += PAGE_SIZE) {
		uint64_t *e = kernel_entry(va + off, 1);

		if (!e)
			return NULL;
		*e = (base + off) | PTE_PRESENT | PTE_WRITE | PTE_NX | PTE_PCD |
		     PTE_PWT | PTE_GLOBAL;
	}
	return (volatile void *)(va + (phys - base));
}

/* --- kernel stacks: each in a slot of twice its size, the lower half empty */

static uint64_t map_stack(void)
{
	uint64_t base;

	lock_acquire(&mmu.lock);
	base = mmu.next_stack + KERNEL_STACK_SIZE;
	mmu.next_stack += 2 * KERNEL_STACK_SIZE;
	lock_release(&mmu.lock);
	for (uint64_t off = 0; off < KERNEL_STACK_SIZE; off += PAGE_SIZE) {
		struct page *p = page_alloc(0);
		uint64_t *e = p ? kernel_entry(base + off, 1) : NULL;

		if (!e)
			return 0; /* the slot is lost, the pages with it */
		*e = page_paddr(p).v | PTE_PRESENT | PTE_WRITE | PTE_NX |
		     PTE_GLOBAL;
	}
	return base + KERNEL_STACK_SIZE;
}

uint64_t stack_new(void)
{
	uint64_t top;

	lock_acquire(&mmu.lock);
	top = mmu.free_stack;
	if (top)
		mmu.free_stack = *(uint64_t *)(top - 8);
	lock_release(&mmu.lock);
	return top ? top : map_stack();
}

void stack_free(uint64_t top)
{
	lock_acquire(&mmu.lock);
	*(uint64_t *)(top - 8) = mmu.free_stack;
	mmu.free_stack = top;
	lock_release(&mmu.lock);
}

bool stack_guard_hit(uint64_t addr)
{
	uint64_t boot = (uint64_t)boot_stack_guard;

	if (addr >= boot && addr < boot + PAGE_SIZE)
		return true;
	return addr >= STACKS_BASE && addr < mmu.next_stack &&
	       (addr - STACKS_BASE) % (2 * KERNEL_STACK_SIZE) <
	               KERNEL_STACK_SIZE;
}
