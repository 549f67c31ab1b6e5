/* memory.c - pages, small objects and the program's memory on the host. */
#include "tests/lib/khost/khost.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/attr.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/page.h"
#include "kernel/mm/pagecache.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/uio.h"

struct host_page {
	struct page p;
	void *bytes;
};

static struct {
	size_t total, used, objects;
	unsigned fail_alloc;
	int64_t until_fault;

	bool tracking;
	void *tracked[4096]; /* NULL: free */
	struct page *tracked_pages[64];
	size_t nr_tracked, nr_pages;
} mem = {.total = 65536, .until_fault = -1};

void khost_set_memory(size_t pages)
{
	mem.total = pages;
}

size_t khost_pages_used(void)
{
	return mem.used;
}

size_t khost_objects_used(void)
{
	return mem.objects;
}

void khost_fail_alloc(unsigned nth)
{
	mem.fail_alloc = nth;
}

void khost_fault_after(int64_t bytes)
{
	mem.until_fault = bytes;
}

/* --- pages --- */

struct page *page_alloc_atomic(unsigned order)
{
	size_t n = (size_t)1 << order;
	struct host_page *hp;

	if (mem.used + n > mem.total)
		return NULL;
	hp = calloc(1, sizeof(*hp));
	if (hp)
		hp->bytes = aligned_alloc(PAGE_SIZE, n * PAGE_SIZE);
	if (!hp || !hp->bytes)
		abort();
	memset(hp->bytes, 0xa5, n * PAGE_SIZE); /* as if used before */
	hp->p.refs = 1;
	hp->p.order = (uint8_t)order;
	mem.used += n;
	if (mem.tracking && mem.nr_pages < ARRAY_LEN(mem.tracked_pages))
		mem.tracked_pages[mem.nr_pages++] = &hp->p;
	return &hp->p;
}

struct page *page_alloc_spare(unsigned order)
{
	return page_alloc_atomic(order);
}

struct page *page_alloc(unsigned order)
{
	struct page *p = page_alloc_atomic(order);

	if (!p && pagecache_reclaim(32, NULL) > 0)
		p = page_alloc_atomic(order);
	return p;
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
	p->refs++;
}

static void untrack_page(const struct page *p)
{
	size_t i = 0;

	while (i < mem.nr_pages && mem.tracked_pages[i] != p)
		i++;
	if (i < mem.nr_pages)
		mem.tracked_pages[i] = mem.tracked_pages[--mem.nr_pages];
}

void page_put(struct page *p)
{
	struct host_page *hp = (struct host_page *)(void *)p;

	if (p->refs == 0)
		abort();
	if (--p->refs > 0)
		return;
	untrack_page(p);
	mem.used -= (size_t)1 << p->order;
	free(hp->bytes);
	free(hp);
}

void *page_virt(const struct page *p)
{
	return ((const struct host_page *)(const void *)p)->bytes;
}

size_t page_total(void)
{
	return mem.total;
}

size_t page_free_count(void)
{
	return mem.total - mem.used;
}

/* --- small objects --- */

static void *track(void *p)
{
	if (!mem.tracking)
		return p;
	if (mem.nr_tracked == ARRAY_LEN(mem.tracked))
		abort();
	mem.tracked[mem.nr_tracked++] = p;
	return p;
}

static void untrack(const void *p)
{
	size_t i = 0;

	while (i < mem.nr_tracked && mem.tracked[i] != p)
		i++;
	if (i < mem.nr_tracked)
		mem.tracked[i] = mem.tracked[--mem.nr_tracked];
}

void khost_track_memory(bool on)
{
	mem.tracking = on;
	while (mem.nr_tracked)
		mem_free(mem.tracked[0]);
	while (mem.nr_pages)
		page_put(mem.tracked_pages[0]);
}

void *mem_alloc(size_t size)
{
	if (mem.fail_alloc > 0 && --mem.fail_alloc == 0)
		return NULL;
	mem.objects++;
	return track(malloc(size));
}

void *mem_zalloc(size_t size)
{
	void *p = mem_alloc(size);

	if (p)
		memset(p, 0, size);
	return p;
}

void mem_free(void *p)
{
	if (p)
		mem.objects--;
	untrack(p);
	free(p);
}

/* --- the program's memory --- */

void uio_segs(struct uio *u, const struct uio_seg *segs, size_t nr, bool user)
{
	*u = (struct uio){.segs = segs, .nr = nr, .user = user};
	for (size_t i = 0; i < nr; i++)
		u->left += segs[i].len;
}

void uio_user(struct uio *u, uaddr base, size_t len)
{
	*u = (struct uio){.nr = 1, .left = len, .user = true};
	u->one = (struct uio_seg){.base = base.v, .len = len};
	u->segs = &u->one;
}

void uio_kernel(struct uio *u, void *base, size_t len)
{
	uio_user(u, (uaddr){(uintptr_t)base}, len);
	u->user = false;
}

enum direction { OUT, IN, ZERO };

static size_t usable(const struct uio *u, size_t n)
{
	if (u->user && mem.until_fault >= 0 && (int64_t)n > mem.until_fault)
		return (size_t)mem.until_fault;
	return n;
}

static void use(struct uio *u, size_t n)
{
	if (u->user && mem.until_fault >= 0)
		mem.until_fault -= (int64_t)n;
	u->left -= n;
	u->done += n;
	if (u->done == u->segs->len && u->nr > 1) {
		u->segs++;
		u->nr--;
		u->done = 0;
	}
}

static int64_t transfer(struct uio *u, char *k, size_t n, enum direction d)
{
	size_t moved = 0;

	if (n > u->left)
		n = u->left;
	while (moved < n) {
		size_t room = u->segs->len - u->done;
		size_t want = n - moved < room ? n - moved : room;
		size_t now = usable(u, want);
		char *at = (char *)(uintptr_t)(u->segs->base + u->done);

		if (d == OUT)
			memcpy(at, k + moved, now);
		else if (d == IN)
			memcpy(k + moved, at, now);
		else
			memset(at, 0, now);
		moved += now;
		use(u, now);
		if (now < want)
			return moved > 0 ? (int64_t)moved : -EFAULT;
	}
	return (int64_t)moved;
}

int64_t uio_copy_out(struct uio *u, const void *from, size_t n)
{
	return transfer(u, (char *)(uintptr_t)from, n, OUT);
}

int64_t uio_copy_in(struct uio *u, void *to, size_t n)
{
	return transfer(u, to, n, IN);
}

int64_t uio_zero(struct uio *u, size_t n)
{
	return transfer(u, NULL, n, ZERO);
}
