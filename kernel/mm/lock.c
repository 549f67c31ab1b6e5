/* lock.c - memory that is to be there: mlock(2), and bringing pages in. */
#include "kernel/lib/errno.h"
#include "kernel/mm/space_private.h"

int space_populate(struct space *s, uint64_t addr, uint64_t size,
                   unsigned access)
{
	for (uint64_t off = 0; off < size; off += PAGE_SIZE) {
		int rc = space_fault(s, addr + off, access);

		if (rc)
			return rc;
	}
	return 0;
}

/* What is private and writable gets pages of its own now. */
static unsigned access_for(const struct area *a)
{
	bool own = a->prot & PROT_WRITE && !(a->flags & AREA_SHARED);

	return own ? PROT_WRITE : PROT_READ;
}

/* Each area by itself: the lock is let go, and areas may change meanwhile. */
static void populate_areas(struct space *s, uint64_t at, uint64_t end)
{
	while (at < end) {
		struct area *a;
		uint64_t from = end, to = end;
		unsigned access = 0;

		mutex_lock(&s->lock);
		a = space_find_locked(s, at);
		if (a && a->start < end) {
			from = a->start > at ? a->start : at;
			to = a->end < end ? a->end : end;
			access = a->prot & PROT_ALL ? access_for(a) : 0;
		}
		mutex_unlock(&s->lock);
		if (access)
			(void)!space_populate(s, from, to - from, access);
		at = to;
	}
}

int space_lock(struct space *s, uint64_t addr, uint64_t size, bool locked)
{
	struct list dead = LIST_HEAD(dead);
	uint64_t end = addr + size;
	int rc;

	mutex_lock(&s->lock);
	rc = space_mark_locked(s, addr, end, locked, &dead);
	mutex_unlock(&s->lock);
	space_bury(&dead);
	if (!rc && locked)
		populate_areas(s, addr, end);
	return rc;
}

static void mark_one(const struct area *a, void *ctx)
{
	struct area *area = (struct area *)(uintptr_t)a;

	if (*(bool *)ctx)
		area->flags |= AREA_LOCKED;
	else
		area->flags &= ~(unsigned)AREA_LOCKED;
}

void space_lock_all(struct space *s, bool now, bool future)
{
	bool locked = now;

	mutex_lock(&s->lock);
	s->lock_all = future;
	if (now || !future)
		space_each(s, mark_one, &locked);
	mutex_unlock(&s->lock);
	if (now)
		populate_areas(s, 0, s->mmap_top);
}
