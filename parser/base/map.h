/*
 * map.h - from strings to pointers.
 *
 * Keys are borrowed and must outlive the map; nothing is ever removed. The
 * table lives in the arena given to map_init().
 */
#ifndef PARSER_BASE_MAP_H
#define PARSER_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "parser/base/arena.h"

struct map_slot;

struct map {
	struct arena *mem;
	struct map_slot *slots;
	size_t n, cap; /* cap is 0 or a power of two */
};

void map_init(struct map *m, struct arena *mem);

/*
 * Make room for `n` keys at once. A map that grows by itself leaves its smaller
 * tables behind in the arena, as much memory again.
 */
void map_reserve(struct map *m, size_t n);

/* Put `value` (not NULL) under `key`, unless there is something: false then. */
bool map_add(struct map *m, const char *key, const void *value);

/* The value under `key`, or NULL. */
const void *map_get(const struct map *m, const char *key);

/*
 * Walk over all keys, in no order: start with *at = 0; false at the end.
 */
bool map_next(const struct map *m, size_t *at, const char **key);

#endif
