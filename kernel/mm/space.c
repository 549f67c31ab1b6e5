/* space.c - areas: finding, placing, splitting, merging. Faults: fault.c. */
#include "kernel/mm/space.h"

#include "kernel/arch/x86_64/regs.h"
#include "kernel/core/panic.h"
#include "kernel/core/random.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/space_private.h"

struct space_file_ops space_files;

static const uint64_t LOWEST = 0x10000; /* the first 64 KiB stay unmapped */

void space_set_file_ops(const struct space_file_ops *ops)
{
	static const struct pagecache_unmapper unmapper = {
		.unmap = space_unmap_page,
		.protect = space_protect_page,
	};

	space_files = *ops;
	pagecache_set_unmapper(&unmapper);
}

int space_init(struct space *s)
{
	memset(s, 0, sizeof(*s));
	mutex_init(&s->lock);
	s->mmap_top = USER_END;
	s->search_from = s->mmap_top;
	return mmu_new(&s->mmu);
}

static struct area *area_of(struct rb_node *n)
{
	return n ? CONTAINER_OF(n, struct area, node) : NULL;
}

struct area *space_next_locked(const struct area *a)
{
	return area_of(rb_next(&a->node));
}

/* The first area that ends above `addr`: it may contain it. */
struct area *space_find_locked(struct space *s, uint64_t addr)
{
	struct rb_node *n = s->areas.root;
	struct area *best = s->last_found;

	if (best && best->start <= addr && addr < best->end)
		return best;
	best = NULL;
	while (n) {
		struct area *a = area_of(n);

		if (a->end > addr) {
			best = a;
			n = n->child[0];
		} else {
			n = n->child[1];
		}
	}
	if (best)
		s->last_found = best;
	return best;
}

static void insert(struct space *s, struct area *a)
{
	struct rb_node *parent = NULL, **link = &s->areas.root;
	int side = 0;

	while (*link) {
		parent = *link;
		side = a->start > area_of(parent)->start;
		link = &parent->child[side];
	}
	rb_insert(&s->areas, &a->node, parent, side);
	s->mapped += a->end - a->start;
}

/* Around every change of what an area shows of its mapping. */
static void lock_mapping(const struct area *a)
{
	if (a->mapping)
		mutex_lock(&a->mapping->lock);
}

static void unlock_mapping(const struct area *a)
{
	if (a->mapping)
		mutex_unlock(&a->mapping->lock);
}

static void attach_locked(struct area *a)
{
	if (a->file)
		space_files.get(a->file);
	if (a->mapping)
		list_append(&a->mapping->areas, &a->link);
}

/*
 * Out of the tree and the mapping, whose lock is held. The file reference is
 * the caller's now.
 */
static void detach_locked(struct space *s, struct area *a)
{
	rb_remove(&s->areas, &a->node);
	if (a->mapping)
		list_remove(&a->link);
	s->mapped -= a->end - a->start;
	if (s->last_found == a)
		s->last_found = NULL;
}

static void detach(struct space *s, struct area *a)
{
	lock_mapping(a);
	detach_locked(s, a);
	unlock_mapping(a);
}

static uint64_t pages_between(uint64_t from, uint64_t to)
{
	return (to - from) >> PAGE_SHIFT;
}

/*
 * Cut `a` at `at`, which lies inside. The new upper part is returned, or NULL
 * when there is no memory for it.
 */
static struct area *split(struct space *s, struct area *a, uint64_t at)
{
	struct area *upper = mem_alloc(sizeof(*upper));

	if (!upper)
		return NULL;
	*upper = *a;
	upper->start = at;
	upper->index += a->mapping ? pages_between(a->start, at) : 0;
	upper->link = (struct list){0};
	lock_mapping(a);
	s->mapped -= a->end - at;
	a->end = at;
	insert(s, upper);
	attach_locked(upper);
	unlock_mapping(a);
	return upper;
}

/* Make `addr` a border between areas, if it lies inside one. */
static int cut_at(struct space *s, uint64_t addr)
{
	struct area *a = space_find_locked(s, addr);

	if (!a || a->start >= addr)
		return 0;
	return split(s, a, addr) ? 0 : -ENOMEM;
}

static int cut_out(struct space *s, uint64_t start, uint64_t end)
{
	int rc = cut_at(s, start);

	return rc ? rc : cut_at(s, end);
}

static bool mergeable(const struct area *a, const struct area *b)
{
	return a->end == b->start && a->prot == b->prot &&
	       a->max_prot == b->max_prot && a->flags == b->flags &&
	       !(a->flags & AREA_SPECIAL) && a->mapping == b->mapping &&
	       a->file == b->file && a->name == b->name &&
	       (!a->mapping ||
	        a->index + pages_between(a->start, a->end) == b->index);
}

/* Join `a` with the next one if they are alike. Puts no file: it queues it. */
static void merge_up(struct space *s, struct area *a, struct list *dead)
{
	struct area *b = space_next_locked(a);

	if (!b || !mergeable(a, b))
		return;
	lock_mapping(a);
	detach_locked(s, b);
	s->mapped += b->end - a->end;
	a->end = b->end;
	unlock_mapping(a);
	list_append(dead, &b->link);
}

static void merge_around(struct space *s, struct area *a, struct list *dead)
{
	struct area *before = area_of(rb_prev(&a->node));

	merge_up(s, a, dead);
	if (before)
		merge_up(s, before, dead);
}

/* File references are given back after space->lock: that may write a file. */
void space_bury(struct list *dead)
{
	struct list *n;

	while ((n = list_pop(dead))) {
		struct area *a = LIST_ENTRY(n, struct area, link);

		if (a->file)
			space_files.put(a->file);
		mem_free(a);
	}
}

/* --- placing --- */

static bool is_free(struct space *s, uint64_t start, uint64_t size)
{
	struct area *a = space_find_locked(s, start);

	return !a || a->start >= start + size;
}

/* Downwards from `top`: the highest gap of `size` bytes; 0: none. */
static uint64_t gap_below(struct space *s, uint64_t top, uint64_t size)
{
	struct area *a = space_find_locked(s, top - 1);

	if (!a)
		a = area_of(rb_last(&s->areas));
	for (; a; a = area_of(rb_prev(&a->node))) {
		if (a->start >= top)
			continue;
		if (a->end < top && top - a->end >= size)
			break;
		top = a->start;
	}
	if (top < size || top - size < LOWEST || (a && top - size < a->end))
		return 0;
	return top - size;
}

/* Where addresses end that a signed 32-bit offset reaches (MAP_32BIT). */
#define LOW_END (UINT64_C(1) << 31)

/* What was freed above search_from is found when the space below is full. */
static uint64_t find_gap(struct space *s, uint64_t size)
{
	uint64_t at = gap_below(s, s->search_from, size);

	if (!at)
		at = gap_below(s, s->mmap_top, size);
	if (at)
		s->search_from = at;
	return at;
}

static int choose(struct space *s, const struct area_wish *w, uint64_t *at)
{
	uint64_t hint = page_down(w->addr);
	uint64_t top = w->low ? LOW_END : s->mmap_top;

	if (w->fixed) {
		if (w->addr & PAGE_MASK)
			return -EINVAL;
		if (w->size > USER_END || w->addr > USER_END - w->size)
			return -ENOMEM;
		if (w->addr < LOWEST)
			return -EPERM;
		if (w->no_replace && !is_free(s, w->addr, w->size))
			return -EEXIST;
		*at = w->addr;
		return 0;
	}
	if (w->size >= top)
		return -ENOMEM;
	if (hint >= LOWEST && hint <= top - w->size &&
	    is_free(s, hint, w->size))
		*at = hint;
	else
		*at = w->low ? gap_below(s, top, w->size)
		             : find_gap(s, w->size);
	return *at ? 0 : -ENOMEM;
}

/* --- taking away --- */

static void release_entry(const struct mmu_entry *e, void *ctx)
{
	struct space *s = ctx;
	struct page *p = page_of_paddr(e->pa);

	if (e->flags & MMU_NOBODY)
		return;
	space_count_resident(s, -1);
	if (e->flags & MMU_CACHE)
		__atomic_fetch_sub(&p->maps, 1, __ATOMIC_RELAXED);
	page_put(p);
}

void space_count_resident(struct space *s, int by)
{
	__atomic_fetch_add(&s->resident, (uint64_t)by, __ATOMIC_RELAXED);
}

void space_zap_page(struct space *s, uint64_t addr, const struct page *p)
{
	mmu_unmap_page(&s->mmu, addr, page_paddr(p), release_entry, s);
}

void space_zap_locked(struct space *s, uint64_t start, uint64_t end)
{
	mmu_unmap(&s->mmu, start, end, release_entry, s);
}

static int unmap_locked(struct space *s, uint64_t start, uint64_t end,
                        struct list *dead)
{
	int rc = cut_out(s, start, end);
	struct area *a, *next;

	if (rc)
		return rc;
	for (a = space_find_locked(s, start); a && a->start < end; a = next) {
		next = space_next_locked(a);
		space_zap_locked(s, a->start, a->end);
		detach(s, a);
		list_append(dead, &a->link);
	}
	if (end > s->search_from && end <= s->mmap_top)
		s->search_from = end;
	return 0;
}

static bool range_ok(uint64_t addr, uint64_t size)
{
	return !(addr & PAGE_MASK) && size && size <= USER_END &&
	       addr <= USER_END - size;
}

int space_unmap(struct space *s, uint64_t addr, uint64_t size)
{
	struct list dead = LIST_HEAD(dead);
	int rc;

	if (!range_ok(addr, size))
		return -EINVAL;
	mutex_lock(&s->lock);
	rc = unmap_locked(s, addr, addr + page_up(size), &dead);
	mutex_unlock(&s->lock);
	space_bury(&dead);
	return rc;
}

/* --- mapping --- */

static int map_locked(struct space *s, const struct area_wish *w,
                      uint64_t *addr_out, struct list *dead)
{
	struct area *a;
	uint64_t at;
	int rc = choose(s, w, &at);

	if (rc)
		return rc;
	a = mem_zalloc(sizeof(*a));
	if (!a)
		return -ENOMEM;
	if (w->fixed)
		rc = unmap_locked(s, at, at + w->size, dead);
	if (rc) {
		mem_free(a);
		return rc;
	}
	*a = (struct area){
		.space = s,
		.start = at,
		.end = at + w->size,
		.prot = w->prot,
		.max_prot = w->max_prot,
		.flags = w->flags | (s->lock_all ? AREA_LOCKED : 0u),
		.mapping = w->mapping,
		.index = w->index,
		.file = w->file,
		.name = w->name,
	};
	lock_mapping(a);
	insert(s, a);
	attach_locked(a);
	unlock_mapping(a);
	merge_around(s, a, dead);
	*addr_out = at;
	return 0;
}

int space_map(struct space *s, const struct area_wish *w, uint64_t *addr_out)
{
	struct list dead = LIST_HEAD(dead);
	int rc;

	mutex_lock(&s->lock);
	rc = map_locked(s, w, addr_out, &dead);
	mutex_unlock(&s->lock);
	space_bury(&dead);
	return rc;
}

/* --- changing --- */

/*
 * 0 when areas cover the whole range and all allow `prot`. *end is brought down
 * to where that ends.
 */
static int covered_until(struct space *s, uint64_t start, uint64_t *end,
                         unsigned prot)
{
	struct area *a = space_find_locked(s, start);

	while (start < *end) {
		int rc = 0;

		if (!a || a->start > start)
			rc = -ENOMEM;
		else if (prot & ~a->max_prot)
			rc = -EACCES;
		if (rc) {
			*end = start;
			return rc;
		}
		start = a->end;
		a = space_next_locked(a);
	}
	return 0;
}

static int check_covered(struct space *s, uint64_t start, uint64_t end)
{
	return covered_until(s, start, &end, 0);
}

static unsigned mmu_flags_of(unsigned prot)
{
	return MMU_USER | (prot & PROT_WRITE ? MMU_WRITE : 0u) |
	       (prot & PROT_EXEC ? MMU_EXEC : 0u);
}

static void protect_area(struct space *s, struct area *a, unsigned prot)
{
	/* Without any right the pages stay, and faults find the area. */
	if (!(prot & PROT_ALL))
		mmu_hide(&s->mmu, a->start, a->end);
	else
		mmu_protect(&s->mmu, a->start, a->end, mmu_flags_of(prot));
	a->prot = prot;
}

/* Merge from the one before `start` to the one behind `end`. */
static void merge_range(struct space *s, uint64_t start, uint64_t end,
                        struct list *dead)
{
	struct area *a = space_find_locked(s, start ? start - 1 : 0), *next;

	for (; a && a->start <= end; a = next) {
		next = space_next_locked(a);
		if (next && next->start <= end && mergeable(a, next)) {
			merge_up(s, a, dead);
			next = a;
		}
	}
}

static int protect_locked(struct space *s, uint64_t start, uint64_t end,
                          unsigned prot, struct list *dead)
{
	int covered = covered_until(s, start, &end, prot);
	struct area *a;
	int rc = cut_out(s, start, end);

	if (rc || start == end)
		return rc ? rc : covered;
	for (a = space_find_locked(s, start); a && a->start < end;
	     a = space_next_locked(a))
		protect_area(s, a, prot);
	merge_range(s, start, end, dead);
	return covered;
}

int space_protect(struct space *s, uint64_t addr, uint64_t size, unsigned prot)
{
	struct list dead = LIST_HEAD(dead);
	int rc;

	if (addr & PAGE_MASK)
		return -EINVAL;
	if (!size)
		return 0;
	if (!range_ok(addr, page_up(size)))
		return -ENOMEM;
	mutex_lock(&s->lock);
	rc = protect_locked(s, addr, addr + page_up(size), prot, &dead);
	mutex_unlock(&s->lock);
	space_bury(&dead);
	return rc;
}

int space_mark_locked(struct space *s, uint64_t start, uint64_t end,
                      bool locked, struct list *dead)
{
	int rc = check_covered(s, start, end);

	if (!rc)
		rc = cut_out(s, start, end);
	if (rc)
		return rc;
	for (struct area *a = space_find_locked(s, start); a && a->start < end;
	     a = space_next_locked(a))
		a->flags = (a->flags & ~(unsigned)AREA_LOCKED) |
		           (locked ? AREA_LOCKED : 0u);
	merge_range(s, start, end, dead);
	return 0;
}

static bool may_forget(const struct area *a, bool anonymous)
{
	return !(a->flags & (AREA_LOCKED | AREA_SPECIAL)) &&
	       (!anonymous || !a->mapping);
}

static int forget_locked(struct space *s, uint64_t addr, uint64_t end,
                         bool anonymous)
{
	for (struct area *a = space_find_locked(s, addr); a && a->start < end;
	     a = space_next_locked(a)) {
		if (!may_forget(a, anonymous))
			return -EINVAL;
		space_zap_locked(s, a->start > addr ? a->start : addr,
		                 end < a->end ? end : a->end);
	}
	return 0;
}

int space_forget(struct space *s, uint64_t addr, uint64_t size, bool anonymous)
{
	uint64_t end = addr + page_up(size);
	int rc, covered;

	if (!range_ok(addr, page_up(size)))
		return -EINVAL;
	mutex_lock(&s->lock);
	covered = check_covered(s, addr, end);
	rc = forget_locked(s, addr, end, anonymous);
	mutex_unlock(&s->lock);
	return rc ? rc : covered;
}

/* The first shared file area from *addr on, and which of its pages are meant.
 * *addr goes behind it. */
static bool next_shared_locked(struct space *s, uint64_t *addr, uint64_t end,
                               const struct area **out, uint64_t *first,
                               uint64_t *last)
{
	struct area *a = space_find_locked(s, *addr);

	for (; a && a->start < end; a = space_next_locked(a)) {
		uint64_t from = a->start > *addr ? a->start : *addr;
		uint64_t to = a->end < end ? a->end : end;

		*addr = a->end;
		if (!(a->flags & AREA_SHARED) || !a->mapping)
			continue;
		*first = a->index + pages_between(a->start, from);
		*last = a->index + pages_between(a->start, to) - 1;
		*out = a;
		return true;
	}
	return false;
}

int space_sync(struct space *s, uint64_t addr, uint64_t size)
{
	uint64_t at = addr, first, last;
	const struct area *a;
	int rc = 0;

	for (;;) {
		struct mapping *m;
		void *file;

		mutex_lock(&s->lock);
		if (!next_shared_locked(s, &at, addr + size, &a, &first,
		                        &last)) {
			mutex_unlock(&s->lock);
			return rc;
		}
		m = a->mapping;
		file = a->file;
		space_files.get(file);
		mutex_unlock(&s->lock);

		/* Writing takes page tables' locks: not under ours. */
		int error = pagecache_write_back(m, first, last);

		rc = rc ? rc : error;
		space_files.put(file);
	}
}

/* --- mremap --- */

/* Grow in place; -ENOMEM when something is in the way. */
static int grow_locked(struct space *s, struct area *a, uint64_t new_end,
                       struct list *dead)
{
	if (new_end == a->end)
		return 0;
	if (new_end > s->mmap_top || !is_free(s, a->end, new_end - a->end))
		return -ENOMEM;
	lock_mapping(a);
	s->mapped += new_end - a->end;
	a->end = new_end;
	unlock_mapping(a);
	merge_around(s, a, dead);
	return 0;
}

static int move_locked(struct space *s, struct area *a, uint64_t new_size,
                       unsigned flags, uint64_t *addr, struct list *dead)
{
	bool fixed = flags & REMAP_FIXED, keep = flags & REMAP_DONTUNMAP;
	uint64_t from = a->start, end = a->end, size = end - from;
	struct area_wish w = {
		.addr = fixed ? *addr : 0,
		.size = new_size,
		.prot = a->prot,
		.max_prot = a->max_prot,
		.flags = a->flags,
		.fixed = fixed,
		.mapping = a->mapping,
		.index = a->index,
		.file = a->file,
		.name = a->name,
	};
	int rc = map_locked(s, &w, addr, dead);

	if (rc)
		return rc;
	size = size < new_size ? size : new_size;
	/* A page on its way is in neither place: nobody may look for it. */
	if (w.mapping)
		mutex_lock(&w.mapping->lock);
	rc = mmu_move(&s->mmu, from, *addr, size);
	if (w.mapping)
		mutex_unlock(&w.mapping->lock);
	if (rc) /* what moved stays moved; faults bring the rest of a file */
		return rc;
	/* By now `a` may be one with the new area, or with a neighbour. */
	return keep ? 0 : unmap_locked(s, from, end, dead);
}

static int remap_locked(struct space *s, uint64_t addr, uint64_t old_size,
                        uint64_t new_size, unsigned flags, uint64_t *at,
                        struct list *dead)
{
	struct area *a = space_find_locked(s, addr);
	bool fixed = flags & REMAP_FIXED, keep = flags & REMAP_DONTUNMAP;
	int rc;

	if (!a || a->start > addr)
		return -EFAULT;
	if (keep && a->flags & AREA_SPECIAL)
		return -EINVAL;
	if (!fixed)
		*at = addr;
	/* As on Linux, what is cut off may be anything, also nothing. */
	if (!fixed && !keep && new_size == old_size)
		return 0;
	if (!fixed && new_size < old_size)
		return unmap_locked(s, addr + new_size, addr + old_size, dead);
	if (a->end - addr < old_size)
		return -EFAULT;
	rc = cut_out(s, addr, addr + old_size);
	if (rc)
		return rc;
	a = space_find_locked(s, addr);
	if (!fixed && !keep) {
		rc = grow_locked(s, a, addr + new_size, dead);
		if (rc != -ENOMEM || !(flags & REMAP_MAYMOVE))
			return rc;
	}
	return move_locked(s, a, new_size, flags, at, dead);
}

int space_remap(struct space *s, uint64_t addr, uint64_t old_size,
                uint64_t new_size, unsigned flags, uint64_t new_addr,
                uint64_t *addr_out)
{
	struct list dead = LIST_HEAD(dead);
	uint64_t at = new_addr;
	int rc;

	old_size = page_up(old_size);
	new_size = page_up(new_size);
	if (flags & ~(unsigned)(REMAP_MAYMOVE | REMAP_FIXED |
	                        REMAP_DONTUNMAP) ||
	    !range_ok(addr, old_size) || !new_size)
		return -EINVAL;
	if (flags & REMAP_DONTUNMAP &&
	    (!(flags & REMAP_MAYMOVE) || old_size != new_size))
		return -EINVAL;
	if (flags & REMAP_FIXED &&
	    (!(flags & REMAP_MAYMOVE) || !range_ok(new_addr, new_size) ||
	     (new_addr < addr + old_size && addr < new_addr + new_size)))
		return -EINVAL;
	mutex_lock(&s->lock);
	rc = remap_locked(s, addr, old_size, new_size, flags, &at, &dead);
	mutex_unlock(&s->lock);
	space_bury(&dead);
	if (!rc)
		*addr_out = at;
	return rc;
}

/* --- the heap --- */

static int grow_heap_locked(struct space *s, uint64_t from, uint64_t to,
                            struct list *dead)
{
	struct area_wish w = {
		.addr = from,
		.size = to - from,
		.prot = PROT_READ | PROT_WRITE,
		.max_prot = PROT_ALL,
		.flags = AREA_HEAP,
		.fixed = true,
		.no_replace = true,
		.name = "[heap]",
	};
	uint64_t at;

	return map_locked(s, &w, &at, dead);
}

uint64_t space_brk(struct space *s, uint64_t new_end)
{
	struct list dead = LIST_HEAD(dead);
	uint64_t from, to;
	int rc = 0;

	mutex_lock(&s->lock);
	if (new_end >= s->brk_start && new_end < s->mmap_top) {
		from = page_up(s->brk_end);
		to = page_up(new_end);
		if (to > from)
			rc = grow_heap_locked(s, from, to, &dead);
		else if (to < from)
			rc = unmap_locked(s, to, from, &dead);
		if (!rc)
			s->brk_end = new_end;
	}
	new_end = s->brk_end;
	mutex_unlock(&s->lock);
	space_bury(&dead);
	return new_end;
}

/* --- looking --- */

bool space_mapped(struct space *s, uint64_t addr, uint64_t size)
{
	int rc;

	mutex_lock(&s->lock);
	rc = check_covered(s, addr, addr + size);
	mutex_unlock(&s->lock);
	return rc == 0;
}

int space_resident(struct space *s, uint64_t addr, size_t pages, uint8_t *out)
{
	int rc;

	mutex_lock(&s->lock);
	rc = check_covered(s, addr, addr + pages * PAGE_SIZE);
	for (size_t i = 0; !rc && i < pages; i++) {
		struct mmu_entry e;

		uint64_t at = addr + i * PAGE_SIZE;
		struct area *a = space_find_locked(s, at);

		out[i] =
			mmu_lookup(&s->mmu, at, &e) ||
			(a->mapping &&
		         pagecache_has(a->mapping,
		                       a->index + pages_between(a->start, at)));
	}
	mutex_unlock(&s->lock);
	return rc;
}

int space_key(struct space *s, uint64_t addr, bool private,
              struct space_key *out)
{
	struct area *a;
	int rc = 0;

	*out = (struct space_key){s, addr};
	if (private)
		return 0;
	mutex_lock(&s->lock);
	a = space_find_locked(s, addr);
	if (!a || a->start > addr)
		rc = -EFAULT;
	else if (a->flags & AREA_SHARED && a->mapping)
		*out = (struct space_key){
			a->mapping, addr - a->start + (a->index << PAGE_SHIFT)};
	mutex_unlock(&s->lock);
	return rc;
}

void space_each(struct space *s, void (*fn)(const struct area *a, void *ctx),
                void *ctx)
{
	ASSERT(mutex_held(&s->lock));
	for (struct area *a = area_of(rb_first(&s->areas)); a;
	     a = space_next_locked(a))
		fn(a, ctx);
}

bool space_maps_writable(struct space *s, struct mapping *m)
{
	bool found = false;

	mutex_lock(&s->lock);
	for (struct area *a = area_of(rb_first(&s->areas)); a && !found;
	     a = space_next_locked(a))
		found = a->mapping == m && a->flags & AREA_SHARED &&
		        a->max_prot & PROT_WRITE;
	mutex_unlock(&s->lock);
	return found;
}
