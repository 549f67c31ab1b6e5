/*
 * refault.c - see refault.h.
 *
 * The table has a hash in place of each name, and a newer one takes the place
 * of an older: that is enough to see that most of what comes was here before.
 * Of a crowded machine the console hears after 1, 2, 4, 8, ... rounds of it.
 */
#include "kernel/mm/refault.h"

#include "kernel/core/lock.h"
#include "kernel/core/log.h"
#include "kernel/mm/page.h"
#include "kernel/mm/pagecache.h"

enum {
	GONE_SHARE = 2, /* places in the table: half of all pages, but */
	GONE_MIN = 1024,
	GONE_MAX = 32768,
	ROUND = 2048,     /* pages read make one */
	SMALL_SHARE = 16, /* less than 1/16 of memory is little for files */
};

static struct {
	uint32_t *gone; /* a power of two of them; entries are atomic; NULL */
	uint64_t mask;

	struct lock lock;

	uint64_t evicted; /* atomic */

	/* lock must be held for these. */
	struct refault_counts all, round;
	unsigned crowded; /* rounds in a row */
	unsigned next;    /* the one of them that is told */
} refault = {.lock = LOCK_INIT(LOCK_TABLE), .next = 1};

void refault_init(void)
{
	uint64_t nr = GONE_MIN;
	struct page *p;
	unsigned order = 0;

	while (nr < page_total() / GONE_SHARE && nr < GONE_MAX)
		nr *= 2;
	while (((uint64_t)PAGE_SIZE << order) < nr * sizeof(*refault.gone))
		order++;
	p = page_alloc_zeroed(order);
	if (!p)
		return;
	refault.mask = nr - 1;
	refault.gone = page_virt(p);
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
	return &refault.gone[(name >> 1) & refault.mask];
}

void refault_evicted(const struct mapping *m, uint64_t index)
{
	uint32_t name = name_of(m, index);

	if (!refault.gone)
		return;
	__atomic_store_n(place_of(name), name, __ATOMIC_RELAXED);
	__atomic_fetch_add(&refault.evicted, 1, __ATOMIC_RELAXED);
}

static bool was_here(const struct mapping *m, uint64_t index)
{
	uint32_t name = name_of(m, index);

	return __atomic_compare_exchange_n(place_of(name), &(uint32_t){name}, 0,
	                                   false, __ATOMIC_RELAXED,
	                                   __ATOMIC_RELAXED);
}

/* Three quarters is nearly all, as the table forgets some. Whether to tell of
 * the round that ends. */
static bool end_round_locked(void)
{
	bool crowded = refault.round.returned * 4 >= refault.round.read * 3 &&
	               pagecache_backed_count() < page_total() / SMALL_SHARE;

	refault.round = (struct refault_counts){0};
	if (!crowded) {
		refault.crowded = 0;
		refault.next = 1;
		return false;
	}
	if (++refault.crowded < refault.next)
		return false;
	refault.next *= 2;
	return true;
}

static void tell(uint64_t returned, uint64_t read)
{
	log_line(
		"memory is short: of %lu pages of files that were read %lu had "
		"been given up before; files have %lu KiB of %lu",
		read, returned, pagecache_backed_count() * (PAGE_SIZE / 1024),
		page_total() * (PAGE_SIZE / 1024));
}

void refault_read(const struct mapping *m, uint64_t index, unsigned nr)
{
	struct refault_counts round;
	unsigned returned = 0;
	bool told = false;

	if (!refault.gone)
		return;
	for (unsigned i = 0; i < nr; i++)
		returned += was_here(m, index + i);
	lock_acquire(&refault.lock);
	refault.all.read += nr;
	refault.all.returned += returned;
	refault.round.read += nr;
	refault.round.returned += returned;
	round = refault.round;
	if (round.read >= ROUND)
		told = end_round_locked();
	lock_release(&refault.lock);
	if (told)
		tell(round.returned, round.read);
}

void refault_get_counts(struct refault_counts *out)
{
	lock_acquire(&refault.lock);
	*out = refault.all;
	lock_release(&refault.lock);
	out->evicted = __atomic_load_n(&refault.evicted, __ATOMIC_RELAXED);
}
