/*
 * page.c - the page allocator: free blocks of 2^order pages (a buddy system).
 *
 * Low water: page_alloc() keeps the last `reserve` pages for those who cannot
 * wait (page_alloc_atomic) and asks the page cache to give some back first.
 *
 * Each processor keeps some single pages at hand, so that two do not meet at
 * every page, and none splits and joins blocks for each: BATCH are taken and
 * given back at once. While memory is short nothing is put there, and who finds
 * none empties all hands.
 */
#include "kernel/mm/page.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/lock.h"
#include "kernel/core/panic.h"
#include "kernel/core/trace.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page_init.h"
#include "kernel/mm/pagecache.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/mutex.h"

enum {
	ORDERS = 11,
	RECLAIM_BATCH = 64,
	RECLAIM_TRIES = 8,
	RESERVE_MAX = 256, /* pages */
	BATCH = 16,
	HAND_MAX = 2 * BATCH,
};

static struct {
	struct page *map; /* one for each page below `end` */
	size_t end;       /* page frames */

	struct lock lock;

	/* lock must be held for these. */
	struct list free[ORDERS];
	size_t nr_free; /* also read without it */
	size_t nr_total, reserve;
} pages = {.lock = LOCK_INIT(LOCK_PAGES)};

/* Its pages are not among pages.nr_free, and are nobody's buddies. */
static struct hand {
	struct lock lock; /* rank LOCK_HAND: pages.lock is inside */

	/* lock must be held for these. */
	struct list free;
	size_t nr; /* also read without it */
} ALIGNED(64) hands[CPUS_MAX];

/* Held while reclaiming: whoever holds it may use the reserve. */
static struct mutex reclaim_lock = MUTEX_INIT(reclaim_lock);

static size_t frame_of(const struct page *p)
{
	return (size_t)(p - pages.map);
}

void *page_virt(const struct page *p)
{
	return phys_to_virt(page_paddr(p));
}

paddr page_paddr(const struct page *p)
{
	return (paddr){(uint64_t)frame_of(p) << PAGE_SHIFT};
}

struct page *page_of_paddr(paddr pa)
{
	size_t frame = pa.v >> PAGE_SHIFT;

	return frame < pages.end ? &pages.map[frame] : NULL;
}

struct page *page_of(const void *virt)
{
	return pages.map ? page_of_paddr(virt_to_phys(virt)) : NULL;
}

size_t page_total(void)
{
	return pages.nr_total;
}

size_t page_free_count(void)
{
	size_t n = __atomic_load_n(&pages.nr_free, __ATOMIC_RELAXED);

	for (unsigned i = 0; i < cpu_count(); i++)
		n += __atomic_load_n(&hands[i].nr, __ATOMIC_RELAXED);
	return n;
}

/* --- the buddy system --- */

static void count_free_locked(int64_t by)
{
	__atomic_store_n(&pages.nr_free, pages.nr_free + (size_t)by,
	                 __ATOMIC_RELAXED);
}

static void put_free_locked(struct page *p, unsigned order)
{
	p->flags = PAGE_FREE;
	p->order = (uint8_t)order;
	list_push(&pages.free[order], &p->link);
}

/* Flags of pages in use change meanwhile, but never to this. */
static bool is_free(const struct page *p)
{
	return __atomic_load_n(&p->flags, __ATOMIC_RELAXED) == PAGE_FREE;
}

static void free_block_locked(struct page *p, unsigned order)
{
	size_t frame = frame_of(p);

	count_free_locked((int64_t)1 << order);
	while (order < ORDERS - 1) {
		size_t other = frame ^ (size_t)1 << order;
		struct page *buddy = &pages.map[other];

		if (other >= pages.end || !is_free(buddy) ||
		    buddy->order != order)
			break;
		list_remove(&buddy->link);
		buddy->flags = 0;
		frame &= other;
		order++;
	}
	put_free_locked(&pages.map[frame], order);
}

static struct page *take_block_locked(unsigned order)
{
	unsigned from = order;
	struct page *p;

	while (from < ORDERS && list_empty(&pages.free[from]))
		from++;
	if (from == ORDERS)
		return NULL;
	p = LIST_ENTRY(pages.free[from].next, struct page, link);
	list_remove(&p->link);
	p->flags = 0; /* or its buddy, when freed, would take it for free */
	while (from > order) {
		from--;
		put_free_locked(p + ((size_t)1 << from), from);
	}
	count_free_locked(-((int64_t)1 << order));
	return p;
}

/* --- what each processor has at hand --- */

/* Plenty: beyond the reserve there are more than all hands hold. */
static bool plenty(void)
{
	return __atomic_load_n(&pages.nr_free, __ATOMIC_RELAXED) >
	       pages.reserve + (size_t)HAND_MAX * cpu_count();
}

static struct hand *own_hand(unsigned order)
{
	return order == 0 ? &hands[cpu_self()->id] : NULL;
}

static void count_hand_locked(struct hand *h, size_t nr)
{
	__atomic_store_n(&h->nr, nr, __ATOMIC_RELAXED);
}

static void fill_hand_locked(struct hand *h)
{
	lock_acquire(&pages.lock);
	while (h->nr < BATCH) {
		struct page *p = take_block_locked(0);

		if (!p)
			break;
		list_push(&h->free, &p->link);
		count_hand_locked(h, h->nr + 1);
	}
	lock_release(&pages.lock);
}

static struct page *pop_locked(struct hand *h)
{
	struct page *p = LIST_ENTRY(h->free.next, struct page, link);

	list_remove(&p->link);
	count_hand_locked(h, h->nr - 1);
	return p;
}

/* Give back so many, those first that were put there last. */
static void empty_hand_locked(struct hand *h, size_t nr)
{
	lock_acquire(&pages.lock);
	while (nr-- > 0)
		free_block_locked(pop_locked(h), 0);
	lock_release(&pages.lock);
}

static struct page *take_from_hand(struct hand *h)
{
	struct page *p = NULL;

	lock_acquire(&h->lock);
	if (!h->nr && plenty())
		fill_hand_locked(h);
	if (h->nr)
		p = pop_locked(h);
	lock_release(&h->lock);
	return p;
}

static void put_into_hand(struct hand *h, struct page *p)
{
	lock_acquire(&h->lock);
	list_push(&h->free, &p->link);
	count_hand_locked(h, h->nr + 1);
	if (h->nr > HAND_MAX)
		empty_hand_locked(h, BATCH);
	lock_release(&h->lock);
}

/* Whether there was anything in any of them. */
static bool empty_hands(void)
{
	bool any = false;

	for (unsigned i = 0; i < cpu_count(); i++) {
		struct hand *h = &hands[i];

		if (!__atomic_load_n(&h->nr, __ATOMIC_RELAXED))
			continue;
		lock_acquire(&h->lock);
		any |= h->nr > 0;
		empty_hand_locked(h, h->nr);
		lock_release(&h->lock);
	}
	return any;
}

/* --- taking --- */

static struct page *take_block(unsigned order, size_t keep)
{
	struct page *p = NULL;

	lock_acquire(&pages.lock);
	if (pages.nr_free >= keep + ((size_t)1 << order))
		p = take_block_locked(order);
	lock_release(&pages.lock);
	return p;
}

/* All but the flags, which are 0: who frees its buddy looks at them. */
static void begin_use(struct page *p, unsigned order)
{
	p->refs = 1;
	p->order = (uint8_t)order;
	p->slab_class = 0;
	p->mapping = NULL;
	p->index = 0;
	p->link = (struct list){0};
	p->maps = 0;
	p->slab_free = 0;
	p->slab_list = NULL;
}

static struct page *take(unsigned order, size_t keep)
{
	struct hand *h = own_hand(order);
	struct page *p = h ? take_from_hand(h) : NULL;

	ASSERT(order < ORDERS);
	if (!p)
		p = take_block(order, keep);
	if (!p && empty_hands())
		p = take_block(order, keep);
	if (!p)
		return NULL;
	begin_use(p, order);
	return p;
}

struct page *page_alloc_atomic(unsigned order)
{
	return take(order, 0);
}

struct page *page_alloc_spare(unsigned order)
{
	return take(order, pages.reserve);
}

/*
 * Have the page cache give pages back, or wait for those who hold what it could
 * give. One thread at a time, which has its share before others come.
 */
static struct page *alloc_slowly(unsigned order)
{
	size_t batch = RECLAIM_BATCH + ((size_t)1 << order);
	struct page *p = mem_drain() ? take(order, pages.reserve) : NULL;

	/* Larger blocks may never come together. */
	for (int i = 0; !p && (order == 0 || i < RECLAIM_TRIES); i++) {
		uint64_t turn = pagecache_turn();
		bool busy = false;
		size_t got = 0;

		mutex_lock(&reclaim_lock);
		p = take(order, pages.reserve);
		if (!p) {
			got = pagecache_reclaim(batch, &busy);
			p = take(order, pages.reserve);
		}
		mutex_unlock(&reclaim_lock);
		trace_event(TRACE_RECLAIM, got, batch, pages.nr_free, 0);
		if (!p && !got && !(busy && pagecache_wait(turn)))
			break;
	}
	return p;
}

struct page *page_alloc(unsigned order)
{
	struct page *p = take(order, pages.reserve);

	if (p)
		return p;
	return mutex_held(&reclaim_lock) ? take(order, 0) : alloc_slowly(order);
}

struct page *page_alloc_zeroed(unsigned order)
{
	struct page *p = page_alloc(order);

	if (p)
		memset(page_virt(p), 0, (size_t)PAGE_SIZE << order);
	return p;
}

void page_get(struct page *p)
{
	uint32_t was = __atomic_fetch_add(&p->refs, 1, __ATOMIC_RELAXED);

	ASSERT(was > 0);
}

static void put_block(struct page *p)
{
	struct hand *h = own_hand(p->order);

	if (h && plenty()) {
		put_into_hand(h, p);
		return;
	}
	lock_acquire(&pages.lock);
	free_block_locked(p, p->order);
	lock_release(&pages.lock);
}

void page_put(struct page *p)
{
	uint32_t was = __atomic_fetch_sub(&p->refs, 1, __ATOMIC_ACQ_REL);

	ASSERT(was > 0);
	if (was > 1)
		return;
	ASSERT(!p->mapping && !p->maps);
#ifdef KERNEL_DEBUG
	memset(page_virt(p), 0x6b, (size_t)PAGE_SIZE << p->order);
#endif
	put_block(p);
}

/* --- at boot --- */

static struct mem_range *early;
static unsigned nr_early;

/* From the end of the last range that has room. */
static uint64_t early_take(uint64_t size)
{
	for (unsigned i = nr_early; i-- > 0;) {
		struct mem_range *r = &early[i];

		if (r->end - r->start >= size) {
			r->end -= size;
			return r->end;
		}
	}
	panic("not enough memory to start: %lu more bytes wanted", size);
}

/* For page tables: from the start of the first range, which is mapped already
 * when they are made. */
static paddr early_page(void)
{
	for (unsigned i = 0; i < nr_early; i++) {
		struct mem_range *r = &early[i];
		paddr pa = {page_up(r->start)};

		if (pa.v >= r->end || r->end - pa.v < PAGE_SIZE)
			continue;
		if (pa.v >= BOOT_REACH)
			break;
		r->start = pa.v + PAGE_SIZE;
		memset(phys_to_virt(pa), 0, PAGE_SIZE);
		return pa;
	}
	panic("not enough memory to start: none for page tables");
}

/* The largest aligned blocks that cover [start, end). */
static void give_range_locked(size_t start, size_t end)
{
	while (start < end) {
		unsigned order = 0;

		while (order < ORDERS - 1 &&
		       start % ((size_t)2 << order) == 0 &&
		       start + ((size_t)2 << order) <= end)
			order++;
		free_block_locked(&pages.map[start], order);
		start += (size_t)1 << order;
	}
}

static void init_map(uint64_t end)
{
	uint64_t bytes = page_up((end >> PAGE_SHIFT) * sizeof(struct page));

	pages.map = phys_to_virt((paddr){early_take(bytes)});
	pages.end = end >> PAGE_SHIFT;
	memset(pages.map, 0, bytes);
	for (size_t i = 0; i < pages.end; i++)
		pages.map[i].flags = PAGE_RESERVED;
}

void page_init(struct mem_range *ranges, unsigned nr)
{
	uint64_t end = 0;

	early = ranges;
	nr_early = nr;
	for (unsigned i = 0; i < nr; i++)
		end = ranges[i].end > end ? ranges[i].end : end;
	end = page_down(end);
	mmu_init(end, early_page);
	init_map(end);
	for (unsigned i = 0; i < ORDERS; i++)
		list_init(&pages.free[i]);
	for (unsigned i = 0; i < CPUS_MAX; i++) {
		lock_init(&hands[i].lock, LOCK_HAND);
		list_init(&hands[i].free);
	}
	lock_acquire(&pages.lock);
	for (unsigned i = 0; i < nr; i++)
		give_range_locked(page_up(ranges[i].start) >> PAGE_SHIFT,
		                  page_down(ranges[i].end) >> PAGE_SHIFT);
	pages.nr_total = pages.nr_free;
	pages.reserve = pages.nr_free / 64;
	if (pages.reserve > RESERVE_MAX)
		pages.reserve = RESERVE_MAX;
	lock_release(&pages.lock);
}
