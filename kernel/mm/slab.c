/*
 * slab.c - small objects: pages cut into pieces of one size each.
 *
 * A page of a class with free pieces is on that class's list. The struct page
 * holds the first free piece; free pieces are linked through their first word.
 *
 * Where several processors run, each has a shelf with some free pieces of each
 * class, so that they do not meet at every piece: it takes and gives back half
 * of what fits there at once.
 */
#include "kernel/mm/slab.h"

#include "kernel/arch/cpu.h"
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

/* A processor's. Zero is empty. */
static struct shelf {
	struct lock lock; /* rank LOCK_SHELF: slab.lock is inside */

	/* lock must be held for these. */
	void *free[CLASSES];
	uint16_t nr[CLASSES];
} ALIGNED(64) shelves[CPUS_MAX];

static void init_locked(void)
{
	for (unsigned i = 0; i < CLASSES; i++)
		list_init(&slab.partial[i]);
	for (unsigned i = 0; i < CPUS_MAX; i++)
		lock_init(&shelves[i].lock, LOCK_SHELF);
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

/* From a page that has one, or from a new one. */
static void *take_or_make_locked(unsigned class)
{
	void *piece;
	struct page *p;

	if (!slab.ready)
		init_locked();
	piece = take_locked(class);
	if (piece)
		return piece;
	p = page_alloc_atomic(0); /* LOCK_HAND is further in */
	if (!p)
		return NULL;
	add_page_locked(p, class);
	return take_locked(class);
}

/* --- shelves --- */

/* About a page of each class, at most. */
static unsigned room_for(unsigned class)
{
	enum { MOST = 32, LEAST = 2 };
	unsigned n = PAGE_SIZE / sizes[class];

	return n > MOST ? MOST : n < LEAST ? LEAST : n;
}

static void put_on_locked(struct shelf *s, unsigned class, void *piece)
{
	*(void **)piece = s->free[class];
	s->free[class] = piece;
	s->nr[class]++;
}

static void *take_off_locked(struct shelf *s, unsigned class)
{
	void **piece = s->free[class];

	if (!piece)
		return NULL;
	s->free[class] = *piece;
	s->nr[class]--;
	return piece;
}

/* With what there is, and one new page if there is nothing. */
static void fill_locked(struct shelf *s, unsigned class)
{
	unsigned want = room_for(class) / 2;
	void *piece;

	lock_acquire(&slab.lock);
	piece = take_or_make_locked(class);
	while (piece) {
		put_on_locked(s, class, piece);
		piece = s->nr[class] < want ? take_locked(class) : NULL;
	}
	lock_release(&slab.lock);
}

static struct shelf *own_shelf(void)
{
	return cpu_count() > 1 ? &shelves[cpu_self()->id] : NULL;
}

static void *alloc_off_shelf(struct shelf *s, unsigned class)
{
	void *piece;

	lock_acquire(&s->lock);
	if (!s->nr[class])
		fill_locked(s, class);
	piece = take_off_locked(s, class);
	lock_release(&s->lock);
	return piece;
}

static void *alloc_small(size_t size)
{
	unsigned class = class_of(size);
	struct shelf *s = own_shelf();
	void *piece;

	if (s)
		return alloc_off_shelf(s, class);
	lock_acquire(&slab.lock);
	piece = take_or_make_locked(class);
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

static struct page *page_of_piece(const void *piece)
{
	return page_of((const void *)page_down((uint64_t)piece));
}

/* Until no more than `keep` of the class are there. */
static void clear_locked(struct shelf *s, unsigned class, unsigned keep)
{
	void *piece;

	lock_acquire(&slab.lock);
	while (s->nr[class] > keep && (piece = take_off_locked(s, class)))
		free_small_locked(page_of_piece(piece), piece);
	lock_release(&slab.lock);
}

static void free_to_shelf(struct shelf *s, unsigned class, void *piece)
{
	lock_acquire(&s->lock);
	put_on_locked(s, class, piece);
	if (s->nr[class] > room_for(class))
		clear_locked(s, class, room_for(class) / 2);
	lock_release(&s->lock);
}

static void free_small(struct page *p, void *piece)
{
	struct shelf *s = own_shelf();

#ifdef KERNEL_DEBUG
	memset(piece, 0x6b, sizes[p->slab_class]);
#endif
	if (s) {
		free_to_shelf(s, p->slab_class, piece);
		return;
	}
	lock_acquire(&slab.lock);
	free_small_locked(p, piece);
	lock_release(&slab.lock);
}

void mem_free(void *piece)
{
	struct page *p;

	if (!piece)
		return;
	p = page_of_piece(piece);
	ASSERT(p);
	if (p->flags & PAGE_SLAB) {
		free_small(p, piece);
		return;
	}
	ASSERT(((uint64_t)piece & PAGE_MASK) == 0);
	page_put(p);
}

bool mem_drain(void)
{
	bool any = false;

	for (unsigned i = 0; i < cpu_count(); i++) {
		struct shelf *s = &shelves[i];

		lock_acquire(&s->lock);
		for (unsigned c = 0; c < CLASSES; c++) {
			if (!s->nr[c])
				continue;
			clear_locked(s, c, 0);
			any = true;
		}
		lock_release(&s->lock);
	}
	return any;
}
