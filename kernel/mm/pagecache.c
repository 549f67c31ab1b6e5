/*
 * pagecache.c - see pagecache.h; the theory is in kernel/fs/README.md.
 *
 * Lock order: mapping->lock (sleeps), then cache.lock (spins). Reclaim and
 * sync come from the other side, from the lists of all pages and of all dirty
 * mappings: they pin the mapping under cache.lock, let go of it, and only then
 * take mapping->lock. mapping_fini() waits until nobody pins.
 */
#include "kernel/mm/pagecache.h"

#include "kernel/core/clock.h"
#include "kernel/core/lock.h"
#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/refault.h"
#include "kernel/sched/giant.h"

enum {
	CLUSTER = 64,         /* pages written at once */
	READ_AHEAD = 32,      /* pages read at once, at most */
	DIRTY_SHARE = 4,      /* 1/4 of memory may be dirty */
	RECLAIM_CLUSTER = 16, /* pages written to free one */
	PATIENCE = 1000,      /* ms for who has a mapping to let go of it */
};

static struct {
	struct lock lock;

	/* lock must be held for these. */
	struct list lru;   /* pages that can be had back, oldest first */
	struct list dirty; /* mappings with dirty pages */
	size_t nr_pages;
	size_t nr_backed; /* those in `lru` */
	size_t nr_dirty;

	struct waitq unpinned;

	/* Who waits for memory that others hold; these are atomic. */
	struct waitq turned;
	unsigned hungry;    /* threads that wait */
	unsigned transfers; /* going on */
	uint64_t turn;      /* transfers that ended, times that pages came */

	/* Set at boot. */
	const struct pagecache_unmapper *unmapper;
} cache = {
	.lock = LOCK_INIT(LOCK_TABLE),
	.lru = LIST_HEAD(cache.lru),
	.dirty = LIST_HEAD(cache.dirty),
	.unpinned = WAITQ_INIT(cache.unpinned),
	.turned = WAITQ_INIT(cache.turned),
};

static bool has_backing(const struct mapping *m)
{
	return m->ops && m->ops->write_pages;
}

/* --- waiting for who holds memory --- */

uint64_t pagecache_turn(void)
{
	return __atomic_load_n(&cache.turn, __ATOMIC_SEQ_CST);
}

static bool anybody_hungry(void)
{
	return __atomic_load_n(&cache.hungry, __ATOMIC_SEQ_CST) > 0;
}

static void next_turn(void)
{
	__atomic_fetch_add(&cache.turn, 1, __ATOMIC_SEQ_CST);
	if (anybody_hungry())
		waitq_wake(&cache.turned, ~0U);
}

bool pagecache_wait(uint64_t turn)
{
	uint64_t end = clock_monotonic() + PATIENCE * NS_PER_MS;
	struct wait w;
	int rc = 0;

	__atomic_fetch_add(&cache.hungry, 1, __ATOMIC_SEQ_CST);
	wait_begin(&w, &cache.turned);
	while (pagecache_turn() == turn && !rc) {
		rc = wait_sleep_hard(&w, end);
		if (rc && __atomic_load_n(&cache.transfers, __ATOMIC_SEQ_CST)) {
			end = clock_monotonic() + PATIENCE * NS_PER_MS;
			rc = 0;
		}
	}
	wait_end(&w);
	__atomic_fetch_sub(&cache.hungry, 1, __ATOMIC_SEQ_CST);
	return pagecache_turn() != turn;
}

/*
 * Pages of a mapping that somebody holds cannot be had by others. Who holds one
 * and lets go of it for a moment only gives some to those that wait.
 */
static void feed_hungry(void)
{
	if (anybody_hungry())
		(void)pagecache_reclaim(CLUSTER, NULL);
}

/* --- what the file system does, with the lock that it needs --- */

static int transfer(int (*move)(struct mapping *, struct page **, unsigned),
                    struct mapping *m, struct page **pages, unsigned nr)
{
	bool giant = !m->ops->own_locks;
	int rc;

	__atomic_fetch_add(&cache.transfers, 1, __ATOMIC_SEQ_CST);
	if (giant)
		giant_lock();
	rc = move(m, pages, nr);
	if (giant)
		giant_unlock();
	__atomic_fetch_sub(&cache.transfers, 1, __ATOMIC_SEQ_CST);
	next_turn();
	return rc;
}

static int reserve(struct mapping *m, uint64_t index)
{
	bool giant = !m->ops->own_locks;
	int rc;

	if (!m->ops->reserve)
		return 0;
	if (giant)
		giant_lock();
	rc = m->ops->reserve(m, index);
	if (giant)
		giant_unlock();
	return rc;
}

/* --- which pages a mapping has --- */

static void attach(struct mapping *m, struct page *p)
{
	page_get(p);
	p->mapping = m;
	m->nr_pages++;
	lock_acquire(&cache.lock);
	cache.nr_pages++;
	if (has_backing(m)) {
		list_append(&cache.lru, &p->link);
		cache.nr_backed++;
	} else {
		list_init(&p->link);
	}
	lock_release(&cache.lock);
}

static void set_dirty(struct mapping *m, struct page *p)
{
	p->flags |= PAGE_DIRTY;
	radix_mark(&m->pages, p->index, true);
	m->nr_dirty++;
	if (!has_backing(m))
		return;
	lock_acquire(&cache.lock);
	cache.nr_dirty++;
	if (!list_linked(&m->link))
		list_append(&cache.dirty, &m->link);
	lock_release(&cache.lock);
}

static void clear_dirty(struct mapping *m, struct page *p)
{
	p->flags &= (uint16_t)~PAGE_DIRTY;
	radix_mark(&m->pages, p->index, false);
	m->nr_dirty--;
	if (!has_backing(m))
		return;
	lock_acquire(&cache.lock);
	cache.nr_dirty--;
	if (m->nr_dirty == 0)
		list_remove(&m->link);
	lock_release(&cache.lock);
}

static void detach(struct mapping *m, struct page *p)
{
	if (p->flags & PAGE_DIRTY) {
		clear_dirty(m, p);
		if (m->ops->unreserve)
			m->ops->unreserve(m);
	}
	radix_remove(&m->pages, p->index);
	m->nr_pages--;
	lock_acquire(&cache.lock);
	cache.nr_pages--;
	cache.nr_backed -= has_backing(m);
	list_remove(&p->link);
	lock_release(&cache.lock);
	p->mapping = NULL;
	page_put(p);
}

/* The tree's nodes are small objects, which do not reclaim. */
static bool refill(void)
{
	struct page *p = page_alloc(0);

	if (p)
		page_put(p);
	return p;
}

int pagecache_add_locked(struct mapping *m, uint64_t index, struct page *p)
{
	int rc = radix_add(&m->pages, index, p);

	if (rc && refill())
		rc = radix_add(&m->pages, index, p);
	if (rc)
		return rc;
	p->index = index;
	p->flags |= PAGE_UPTODATE;
	attach(m, p);
	return 0;
}

struct page *pagecache_find_locked(struct mapping *m, uint64_t index)
{
	struct page *p = radix_get(&m->pages, index);

	if (!p)
		return NULL;
	p->flags |= PAGE_USED;
	page_get(p);
	return p;
}

bool pagecache_has(struct mapping *m, uint64_t index)
{
	bool yes;

	mutex_lock(&m->lock);
	yes = radix_get(&m->pages, index) != NULL;
	mutex_unlock(&m->lock);
	return yes;
}

/* --- reading --- */

static uint64_t nr_pages_of_file(const struct mapping *m)
{
	return page_up(m->size) >> PAGE_SHIFT;
}

/* How many pages from `index` on to read, given that the first is missing. */
static unsigned window(struct mapping *m, uint64_t index, unsigned ahead)
{
	uint64_t end = nr_pages_of_file(m);
	unsigned n = 1;

	if (!has_backing(m))
		return 1;          /* there is no disk to wait for */
	if (index == m->next_read) /* also at the begin of a new one */
		ahead = READ_AHEAD;
	if (ahead > READ_AHEAD)
		ahead = READ_AHEAD;
	while (n < ahead && index + n < end && !radix_get(&m->pages, index + n))
		n++;
	return n;
}

/* New pages for [index, index + *nr); *nr shrinks when memory is short. */
static int alloc_pages(struct page **pages, uint64_t index, unsigned *nr)
{
	pages[0] = page_alloc(0);
	if (!pages[0])
		return -ENOMEM;
	pages[0]->index = index;
	for (unsigned i = 1; i < *nr; i++) {
		pages[i] = page_alloc_spare(0);
		if (!pages[i]) {
			*nr = i;
			break;
		}
		pages[i]->index = index + i;
	}
	return 0;
}

static void put_pages(struct page **pages, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		page_put(pages[i]);
}

/* Read pages that are not in the cache; the first with a reference to *out. */
static int read_in(struct mapping *m, uint64_t index, unsigned ahead,
                   struct page **out)
{
	struct page *pages[READ_AHEAD];
	unsigned nr = window(m, index, ahead), added;
	int rc = alloc_pages(pages, index, &nr);

	if (rc)
		return rc;
	rc = transfer(m->ops->read_pages, m, pages, nr);
	if (rc && nr > 1) { /* only the first must be readable */
		put_pages(pages, 1, nr);
		nr = 1;
		rc = transfer(m->ops->read_pages, m, pages, nr);
	}
	for (added = 0; !rc && added < nr; added++) {
		rc = pagecache_add_locked(m, index + added, pages[added]);
		if (rc)
			break;
	}
	m->next_read = index + added;
	if (has_backing(m))
		refault_read(m, index, added);
	if (added == 0) {
		put_pages(pages, 0, nr);
		return rc;
	}
	put_pages(pages, 1, nr);
	*out = pages[0];
	feed_hungry();
	return 0;
}

int pagecache_get_locked(struct mapping *m, uint64_t index, unsigned ahead,
                         struct page **out)
{
	ASSERT(mutex_held(&m->lock));
	*out = pagecache_find_locked(m, index);
	return *out ? 0 : read_in(m, index, ahead, out);
}

int pagecache_get_around_locked(struct mapping *m, uint64_t index,
                                struct page **out)
{
	uint64_t window_start = index - index % READ_AHEAD, start = index;
	struct page *first;
	int rc;

	*out = pagecache_find_locked(m, index);
	if (*out)
		return 0;
	while (has_backing(m) && start > window_start &&
	       !radix_get(&m->pages, start - 1))
		start--;
	rc = read_in(m, start, (unsigned)(window_start + READ_AHEAD - start),
	             &first);
	if (rc)
		return rc;
	page_put(first);
	/* Memory may have been short: then it ended before this page. */
	return pagecache_get_locked(m, index, 1, out);
}

int pagecache_get(struct mapping *m, uint64_t index, struct page **out)
{
	int rc = -ENXIO;

	mutex_lock(&m->lock);
	if (index < nr_pages_of_file(m))
		rc = pagecache_get_around_locked(m, index, out);
	mutex_unlock(&m->lock);
	return rc;
}

/* --- dirtying and writing back --- */

int pagecache_dirty_locked(struct mapping *m, struct page *p)
{
	int rc;

	ASSERT(mutex_held(&m->lock));
	if (p->mapping != m)
		return -ENXIO;
	rc = reserve(m, p->index);
	if (rc)
		return rc;
	if (!(p->flags & PAGE_DIRTY))
		set_dirty(m, p);
	return 0;
}

int pagecache_dirty(struct mapping *m, struct page *p)
{
	int rc;

	mutex_lock(&m->lock);
	rc = pagecache_dirty_locked(m, p);
	mutex_unlock(&m->lock);
	return rc;
}

/*
 * The next run of dirty pages at or behind *index, each with a reference and
 * marked clean: from here on a store to one dirties it anew. Returns how many.
 */
static unsigned take_dirty(struct mapping *m, uint64_t *index, uint64_t last,
                           struct page **pages, unsigned max)
{
	struct page *p = radix_next_marked(&m->pages, index);
	unsigned nr = 0;

	while (p && (p->flags & PAGE_DIRTY) && *index <= last && nr < max) {
		if (p->maps > 0 && cache.unmapper)
			cache.unmapper->protect(m, p);
		clear_dirty(m, p);
		page_get(p);
		pages[nr++] = p;
		p = radix_get(&m->pages, ++*index);
	}
	return nr;
}

/* Write at most `max` pages from *index on; how many, moving *index. */
static unsigned write_run(struct mapping *m, uint64_t *index, uint64_t last,
                          unsigned max)
{
	struct page *pages[CLUSTER];
	unsigned nr = take_dirty(m, index, last, pages, max);
	int rc;

	if (nr == 0)
		return 0;
	rc = transfer(m->ops->write_pages, m, pages, nr);
	for (unsigned i = 0; i < nr; i++) {
		if (rc)
			pages[i]->flags |= PAGE_ERROR;
		page_put(pages[i]);
	}
	if (rc && !m->error)
		m->error = rc;
	return nr;
}

/* The lock is let go between runs, so that readers need not wait for all. */
static void write_all(struct mapping *m, uint64_t first, uint64_t last)
{
	unsigned nr;

	if (!has_backing(m))
		return;
	do {
		mutex_lock(&m->lock);
		nr = write_run(m, &first, last, CLUSTER);
		feed_hungry();
		mutex_unlock(&m->lock);
	} while (nr > 0);
}

int pagecache_write_back(struct mapping *m, uint64_t first, uint64_t last)
{
	int rc;

	write_all(m, first, last);
	mutex_lock(&m->lock);
	rc = m->error;
	m->error = 0;
	mutex_unlock(&m->lock);
	return rc;
}

static void unpin(struct mapping *m)
{
	bool last;

	lock_acquire(&cache.lock);
	last = --m->pins == 0;
	lock_release(&cache.lock);
	if (last)
		waitq_wake(&cache.unpinned, ~0U);
}

/*
 * Every mapping that is dirty now has its turn once: the list is a ring, and
 * who is still dirty goes to its end.
 */
void pagecache_sync(void)
{
	size_t turns = 0;
	struct mapping *m;

	lock_acquire(&cache.lock);
	LIST_EACH(n, &cache.dirty)
	turns++;
	lock_release(&cache.lock);

	while (turns-- > 0) {
		lock_acquire(&cache.lock);
		if (list_empty(&cache.dirty)) {
			lock_release(&cache.lock);
			return;
		}
		m = LIST_ENTRY(cache.dirty.next, struct mapping, link);
		list_remove(&m->link);
		list_append(&cache.dirty, &m->link);
		m->pins++;
		lock_release(&cache.lock);
		write_all(m, 0, UINT64_MAX);
		unpin(m);
	}
}

void pagecache_throttle(struct mapping *m)
{
	if (cache.nr_dirty > page_total() / DIRTY_SHARE)
		write_all(m, 0, UINT64_MAX);
}

/* --- taking pages away --- */

static void unmap(struct mapping *m, struct page *p, bool forced)
{
	if (p->maps > 0 && cache.unmapper)
		cache.unmapper->unmap(m, p, forced);
}

static void drop_from(struct mapping *m, uint64_t index)
{
	struct page *p;

	while ((p = radix_next(&m->pages, &index))) {
		unmap(m, p, true);
		detach(m, p);
	}
}

/* Zero what lies behind byte `size` of the page that it is in. */
static void zero_tail(struct mapping *m, uint64_t size)
{
	size_t used = size & PAGE_MASK;
	struct page *p = radix_get(&m->pages, size >> PAGE_SHIFT);

	if (used > 0 && p)
		memset((char *)page_virt(p) + used, 0, PAGE_SIZE - used);
}

void pagecache_truncate(struct mapping *m, uint64_t size)
{
	uint64_t old;

	mutex_lock(&m->lock);
	old = m->size;
	m->size = size;
	if (size < old)
		drop_from(m, page_up(size) >> PAGE_SHIFT);
	zero_tail(m, size < old ? size : old);
	mutex_unlock(&m->lock);
}

/*
 * The disk may have anything behind the end of the file, in its last block. To
 * read the last page makes that zeroes, and to dirty it brings them there. It
 * is dirtied with the new size, which may want more blocks of this page.
 */
static int extend_locked(struct mapping *m, uint64_t size)
{
	uint64_t old = m->size, last = old >> PAGE_SHIFT;
	struct page *p = pagecache_find_locked(m, last);
	int rc = 0;

	if (!p && has_backing(m))
		rc = pagecache_get_locked(m, last, 1, &p);
	if (rc || !p)
		return rc;
	zero_tail(m, old);
	m->size = size;
	rc = pagecache_dirty_locked(m, p);
	if (rc)
		m->size = old;
	page_put(p);
	return rc;
}

int pagecache_extend(struct mapping *m, uint64_t size)
{
	int rc = 0;

	mutex_lock(&m->lock);
	if (m->size & PAGE_MASK)
		rc = extend_locked(m, size);
	if (!rc)
		m->size = size;
	mutex_unlock(&m->lock);
	return rc;
}

void pagecache_forget_locked(struct mapping *m, struct page *p)
{
	unmap(m, p, true);
	detach(m, p);
}

static bool droppable(const struct page *p)
{
	return p->refs == 1 && p->maps == 0 && !(p->flags & PAGE_DIRTY);
}

void pagecache_drop(struct mapping *m, uint64_t first, uint64_t last)
{
	struct page *p;

	if (!has_backing(m))
		return;
	mutex_lock(&m->lock);
	while ((p = radix_next(&m->pages, &first)) && first <= last) {
		if (droppable(p))
			detach(m, p);
		first++;
	}
	mutex_unlock(&m->lock);
}

/*
 * The oldest page, with a reference, its mapping pinned. It goes to the end of
 * the list, so that the next call finds another.
 */
static struct page *take_oldest(struct mapping **m)
{
	struct page *p = NULL;

	lock_acquire(&cache.lock);
	if (!list_empty(&cache.lru)) {
		p = LIST_ENTRY(cache.lru.next, struct page, link);
		list_remove(&p->link);
		list_append(&cache.lru, &p->link);
		page_get(p);
		*m = p->mapping;
		(*m)->pins++;
	}
	lock_release(&cache.lock);
	return p;
}

/* Free a page that the caller holds a reference to, if nobody else does. */
static bool evict_locked(struct mapping *m, struct page *p)
{
	uint64_t index = p->index, next = index;

	if (p->mapping != m)
		return false;
	if (p->flags & PAGE_USED) { /* a second chance */
		p->flags &= (uint16_t)~PAGE_USED;
		return false;
	}
	unmap(m, p, false);
	if (p->flags & PAGE_DIRTY)
		(void)write_run(m, &next, UINT64_MAX, RECLAIM_CLUSTER);
	if (p->refs != 2 || p->maps > 0 || (p->flags & PAGE_DIRTY))
		return false;
	detach(m, p);
	refault_evicted(m, index);
	return true;
}

/*
 * May be called by a thread that holds a mapping's lock, when it needs a page
 * for it: pages of that mapping can go as well as others.
 */
size_t pagecache_reclaim(size_t nr, bool *busy)
{
	size_t tries = 2 * pagecache_count() + 1, freed = 0;

	while (freed < nr && tries-- > 0) {
		struct mapping *m;
		struct page *p = take_oldest(&m);
		bool mine;

		if (!p)
			break;
		mine = mutex_held(&m->lock);
		if (mine || mutex_try(&m->lock)) {
			freed += evict_locked(m, p);
			if (!mine)
				mutex_unlock(&m->lock);
		} else if (busy) {
			*busy = true;
		}
		page_put(p);
		unpin(m);
	}
	if (freed > 0)
		next_turn();
	return freed;
}

/* --- a mapping's life --- */

void mapping_init(struct mapping *m, const struct mapping_ops *ops, void *owner)
{
	*m = (struct mapping){.ops = ops, .owner = owner};
	mutex_init(&m->lock);
	list_init(&m->areas);
	list_init(&m->link);
}

static bool pinned(struct mapping *m)
{
	bool yes;

	lock_acquire(&cache.lock);
	yes = m->pins > 0;
	lock_release(&cache.lock);
	return yes;
}

void mapping_fini(struct mapping *m)
{
	struct wait w;

	mutex_lock(&m->lock);
	ASSERT(list_empty(&m->areas));
	drop_from(m, 0);
	mutex_unlock(&m->lock);

	wait_begin(&w, &cache.unpinned);
	while (pinned(m) && wait_sleep_hard(&w, NO_DEADLINE) == 0)
		;
	wait_end(&w);
}

/* --- the whole --- */

size_t pagecache_count(void)
{
	return cache.nr_pages;
}

size_t pagecache_backed_count(void)
{
	return __atomic_load_n(&cache.nr_backed, __ATOMIC_RELAXED);
}

size_t pagecache_dirty_count(void)
{
	return cache.nr_dirty;
}

void pagecache_set_unmapper(const struct pagecache_unmapper *u)
{
	cache.unmapper = u;
}
