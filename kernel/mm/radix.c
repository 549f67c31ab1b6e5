/* radix.c - see radix.h. A node without items is freed at once. */
#include "kernel/mm/radix.h"

#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"

enum {
	BITS = 6,
	SLOTS = 1 << BITS,
	LEVELS = (64 + BITS - 1) / BITS,
};

struct radix_node {
	void *slot[SLOTS]; /* nodes, or on level 0 items */
	uint64_t marks;    /* slots with a marked item in or below them */
	uint32_t used;     /* slots that are not NULL */
};

static unsigned slot_of(uint64_t key, unsigned level)
{
	return (unsigned)(key >> (level * BITS)) & (SLOTS - 1);
}

/* Can a tree of this height hold the key? */
static bool fits(unsigned height, uint64_t key)
{
	return height >= LEVELS || key >> (height * BITS) == 0;
}

/*
 * The nodes from the root to the key's leaf into path[height - 1 .. 0]. False
 * when one is missing: then path[] is valid down to *stop.
 */
static bool descend(const struct radix *r, uint64_t key,
                    struct radix_node *path[LEVELS], unsigned *stop)
{
	struct radix_node *n = r->root;

	for (unsigned level = r->height; level-- > 0;) {
		path[level] = n;
		*stop = level;
		if (level == 0)
			return true;
		n = n->slot[slot_of(key, level)];
		if (!n)
			return false;
	}
	return false;
}

void *radix_get(const struct radix *r, uint64_t key)
{
	struct radix_node *n = r->root;

	if (!fits(r->height, key))
		return NULL;
	for (unsigned level = r->height; n && level-- > 0;) {
		void *next = n->slot[slot_of(key, level)];

		if (level == 0)
			return next;
		n = next;
	}
	return NULL;
}

/* One level more. A root without items is good for any level. */
static int grow(struct radix *r)
{
	struct radix_node *top;

	if (r->root && r->root->used == 0) {
		r->height++;
		return 0;
	}
	top = mem_zalloc(sizeof(*top));
	if (!top)
		return -ENOMEM;
	if (r->root) {
		top->slot[0] = r->root;
		top->used = 1;
		top->marks = r->root->marks != 0;
	}
	r->root = top;
	r->height++;
	return 0;
}

/* Free the empty nodes on the way to `key`, from `level` upwards. */
static void prune(struct radix *r, uint64_t key,
                  struct radix_node *path[LEVELS], unsigned level)
{
	while (path[level]->used == 0) {
		mem_free(path[level]);
		if (++level == r->height) {
			*r = (struct radix){0};
			return;
		}
		path[level]->slot[slot_of(key, level)] = NULL;
		path[level]->used--;
	}
}

int radix_add(struct radix *r, uint64_t key, void *item)
{
	struct radix_node *path[LEVELS];
	unsigned level = 0, slot;

	while (!r->root || !fits(r->height, key)) {
		if (grow(r))
			return -ENOMEM;
	}
	while (!descend(r, key, path, &level)) {
		struct radix_node *n = mem_zalloc(sizeof(*n));

		if (!n) {
			prune(r, key, path, level);
			return -ENOMEM;
		}
		path[level]->slot[slot_of(key, level)] = n;
		path[level]->used++;
	}
	slot = slot_of(key, 0);
	ASSERT(!path[0]->slot[slot]);
	path[0]->slot[slot] = item;
	path[0]->used++;
	return 0;
}

static void clear_mark(const struct radix *r, uint64_t key,
                       struct radix_node *path[LEVELS])
{
	for (unsigned level = 0; level < r->height; level++) {
		path[level]->marks &= ~(UINT64_C(1) << slot_of(key, level));
		if (path[level]->marks)
			return;
	}
}

void radix_mark(struct radix *r, uint64_t key, bool on)
{
	struct radix_node *path[LEVELS];
	unsigned stop;

	if (!fits(r->height, key) || !descend(r, key, path, &stop))
		return;
	if (!on) {
		clear_mark(r, key, path);
		return;
	}
	for (unsigned level = 0; level < r->height; level++)
		path[level]->marks |= UINT64_C(1) << slot_of(key, level);
}

void *radix_remove(struct radix *r, uint64_t key)
{
	struct radix_node *path[LEVELS];
	unsigned stop;
	void *item;

	if (!fits(r->height, key) || !descend(r, key, path, &stop))
		return NULL;
	item = path[0]->slot[slot_of(key, 0)];
	if (!item)
		return NULL;
	clear_mark(r, key, path);
	path[0]->slot[slot_of(key, 0)] = NULL;
	path[0]->used--;
	prune(r, key, path, 0);
	return item;
}

static bool wanted(const struct radix_node *n, unsigned slot, bool marked)
{
	return n->slot[slot] && (!marked || (n->marks >> slot & 1));
}

/*
 * The first item at or behind `key` below `n`, a node of `level`. `key` has
 * the bits above this level, too, so that it becomes the item's whole key.
 */
static void *next_below(const struct radix_node *n, unsigned level,
                        uint64_t *key, bool marked)
{
	for (unsigned slot = slot_of(*key, level); slot < SLOTS; slot++) {
		unsigned shift = level * BITS;
		uint64_t last =
			(*key >> shift << shift) | ((UINT64_C(1) << shift) - 1);
		void *item;

		if (wanted(n, slot, marked)) {
			if (level == 0)
				return n->slot[slot];
			item = next_below(n->slot[slot], level - 1, key,
			                  marked);
			if (item)
				return item;
		}
		if (slot < SLOTS - 1)
			*key = last + 1;
	}
	return NULL;
}

static void *next(const struct radix *r, uint64_t *key, bool marked)
{
	uint64_t k = *key;
	void *item;

	if (!r->root || !fits(r->height, k))
		return NULL;
	item = next_below(r->root, r->height - 1, &k, marked);
	if (item)
		*key = k;
	return item;
}

void *radix_next(const struct radix *r, uint64_t *key)
{
	return next(r, key, false);
}

void *radix_next_marked(const struct radix *r, uint64_t *key)
{
	return next(r, key, true);
}
