/*
 * thrash.c - see thrash.h.
 *
 * A table remembers pages that went, by a hash in place of each; a newer one
 * takes the place of an older. That is enough to see that most of what comes
 * was here before.
 */
#include "kernel/mm/thrash.h"

#include "kernel/core/clock.h"
#include "kernel/core/lock.h"
#include "kernel/lib/string.h"

enum {
	SMALL_SHARE = 16, /* less than 1/16 of memory is little */
	GONE_SHARE = 4,   /* places in the table: 1/4 of all pages, but */
	GONE_MIN = 1024,
	GONE_MAX = 16384,
	WINDOW_SECONDS = 5,
	HOPELESS = 4, /* windows */
};

#define WINDOW (WINDOW_SECONDS * NS_PER_SEC)

static struct {
	uint32_t *gone; /* a power of two of them; entries are atomic; NULL */
	uint64_t mask;

	struct lock lock;

	/* lock must be held for these. */
	uint64_t window; /* the number of the current one */
	uint64_t ns;     /* spent in it */

	unsigned bad; /* windows before this one, in a row; atomic */
} thrash = {.lock = LOCK_INIT(LOCK_TABLE)};

void thrash_init(void)
{
	uint64_t nr = GONE_MIN;
	struct page *p;
	unsigned order = 0;

	while (nr < page_total() / GONE_SHARE && nr < GONE_MAX)
		nr *= 2;
	while (((uint64_t)PAGE_SIZE << order) < nr * sizeof(*thrash.gone))
		order++;
	p = page_alloc_zeroed(order);
	if (!p)
		return;
	thrash.mask = nr - 1;
	thrash.gone = page_virt(p);
}

/* Never 0, which is an empty place. */
static uint32_t name_of(const struct mapping *m, uint64_t index)
{
	uint64_t h = ((uintptr_t)m >> 4) * UINT64_C(0x9e3779b97f4a7c15) + index;

	h *= UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)(h >> 32) | 1;
}

static uint32_t *place_of(uint32_t name)
{
	return &thrash.gone[(name >> 1) & thrash.mask];
}

void thrash_evicted(const struct mapping *m, uint64_t index)
{
	uint32_t name = name_of(m, index);

	if (thrash.gone)
		__atomic_store_n(place_of(name), name, __ATOMIC_RELAXED);
}

static bool was_here(const struct mapping *m, uint64_t index)
{
	uint32_t name = name_of(m, index);

	return __atomic_compare_exchange_n(place_of(name), &(uint32_t){name}, 0,
	                                   false, __ATOMIC_RELAXED,
	                                   __ATOMIC_RELAXED);
}

static void next_window_locked(uint64_t window)
{
	bool little = pagecache_backed_count() < page_total() / SMALL_SHARE;
	unsigned bad = 0;

	if (window == thrash.window + 1 && little && thrash.ns >= WINDOW / 3)
		bad = thrash.bad + 1;
	__atomic_store_n(&thrash.bad, bad, __ATOMIC_RELAXED);
	thrash.window = window;
	thrash.ns = 0;
}

void thrash_read(const struct mapping *m, uint64_t index, unsigned nr,
                 uint64_t begin, uint64_t end)
{
	bool again = false;

	if (!thrash.gone)
		return;
	for (unsigned i = 0; i < nr; i++)
		again |= was_here(m, index + i);
	if (!again)
		return;
	lock_acquire(&thrash.lock);
	if (end / WINDOW != thrash.window)
		next_window_locked(end / WINDOW);
	thrash.ns += end - begin;
	lock_release(&thrash.lock);
}

bool thrash_hopeless(void)
{
	return __atomic_load_n(&thrash.bad, __ATOMIC_RELAXED) >= HOPELESS;
}
