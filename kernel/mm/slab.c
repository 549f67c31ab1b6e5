/*
 * slab.c - small objects: pages cut into pieces of one size each.
 *
 * A page of a class with free pieces is on that class's list. The struct page
 * holds the first free piece; free pieces are linked through their first word.
 */
#include "kernel/mm/slab.h"

#include "kernel/core/lock.h"
#include "kernel/core/panic.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page.h"

static const uint16_t sizes[] = {16,  32,  48,  64,  96,   128,  192,
                                 256, 336, 512, 672, 1008, 1344, 2032};

enum { CLASSES = ARRAY_LEN(sizes), LARGEST = 2032 };

static struct {
	struct lock lock;

	/* lock must be held for these. */
	struct list partial[CLASSES];
	bool ready;
} slab = {.lock = LOCK_INIT(LOCK_SLAB)};

static void init_locked(void)
{
	for (unsigned i = 0; i < CLASSES; i++)
		list_init(&slab.partial[i]);
	slab.ready = true;
}

static unsigned class_of(size_t size)
{
	unsigned c = 0;

	while (sizes[c] < size)
		c++;
	return c;
}

static unsigned pieces_of(unsigned class)
{
	return PAGE_SIZE / sizes[class];
}

static void add_page_locked(struct page *p, unsigned class)
{
	char *base = page_virt(p);
	void *next = NULL;

	p->flags |= PAGE_SLAB;
	p->slab_class = (uint8_t) class;
	p->slab_free = pieces_of(class);
	for (unsigned i = pieces_of(class); i-- > 0;) {
		void **piece = (void **)(void *)(base + i * sizes[class]);

		*piece = next;
		next = piece;
	}
	p->slab_list = next;
	list_push(&slab.partial[class], &p->link);
}

static void *take_locked(unsigned class)
{
	struct page *p;
	void **piece;

	if (list_empty(&slab.partial[class]))
		return NULL;
	p = LIST_ENTRY(slab.partial[class].next, struct page, link);
	piece = p->slab_list;
	p->slab_list = *piece;
	if (--p->slab_free == 0)
		list_remove(&p->link);
	return piece;
}

static void *alloc_small(size_t size)
{
	unsigned class = class_of(size);
	struct page *p = NULL;
	void *piece;

	lock_acquire(&slab.lock);
	if (!slab.ready)
		init_locked();
	piece = take_locked(class);
	if (!piece) {
		p = page_alloc_atomic(0); /* LOCK_PAGES is further in */
		if (p) {
			add_page_locked(p, class);
			piece = take_locked(class);
		}
	}
	lock_release(&slab.lock);
	return piece;
}

static void *alloc_large(size_t size)
{
	unsigned order = 0;
	struct page *p;

	while (((size_t)PAGE_SIZE << order) < size)
		if (++order > 10)
			return NULL;
	p = page_alloc_atomic(order);
	return p ? page_virt(p) : NULL;
}

void *mem_alloc(size_t size)
{
	if (size > LARGEST)
		return alloc_large(size);
	return alloc_small(size ? size : 1);
}

void *mem_zalloc(size_t size)
{
	void *p = mem_alloc(size);

	if (p)
		memset(p, 0, size);
	return p;
}

static void free_small_locked(struct page *p, void *piece)
{
	unsigned class = p->slab_class;

#ifdef KERNEL_DEBUG
	memset(piece, 0x6b, sizes[class]);
#endif
	*(void **)piece = p->slab_list;
	p->slab_list = piece;
	if (p->slab_free++ == 0)
		list_push(&slab.partial[class], &p->link);
	if (p->slab_free < pieces_of(class))
		return;

	/* All free: give the page back, but keep the last one at hand. */
	if (slab.partial[class].next == slab.partial[class].prev)
		return;
	list_remove(&p->link);
	p->flags &= (uint16_t)~PAGE_SLAB;
	page_put(p);
}

void mem_free(void *piece)
{
	struct page *p;

	if (!piece)
		return;
	p = page_of((void *)page_down((uint64_t)piece));
	if (!(p->flags & PAGE_SLAB)) {
		ASSERT(((uint64_t)piece & PAGE_MASK) == 0);
		page_put(p);
		return;
	}
	lock_acquire(&slab.lock);
	free_small_locked(p, piece);
	lock_release(&slab.lock);
}
