/*
 * radix.h - a sparse array of pointers, indexed by 64-bit numbers.
 *
 * 64 slots a node, as many levels as the highest index needs. An item may
 * carry one mark, and the next marked item is found without a look at the
 * others. The caller locks.
 */
#ifndef KERNEL_MM_RADIX_H
#define KERNEL_MM_RADIX_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

struct radix_node;

/* Zero-initialise to use. */
struct radix {
	struct radix_node *root;
	unsigned height; /* levels of nodes; 0: empty */
};

/* The item at `key`, or NULL. */
void *radix_get(const struct radix *r, uint64_t key);

/* Put an item, not NULL, where none is; it has no mark. 0 or -ENOMEM. */
NODISCARD int radix_add(struct radix *r, uint64_t key, void *item);

/* Take the item out, with its mark. NULL when there was none. */
void *radix_remove(struct radix *r, uint64_t key);

/* Set or clear the mark of an item that is there. */
void radix_mark(struct radix *r, uint64_t key, bool on);

/* The first item (with a mark) at *key or behind it, whose key it sets. */
void *radix_next(const struct radix *r, uint64_t *key);
void *radix_next_marked(const struct radix *r, uint64_t *key);

#endif
