/* map.c - open addressing with linear probing, at most half full. */
#include "parser/base/map.h"

#include <stdint.h>
#include <string.h>

enum { FIRST_SLOTS = 16 };

struct map_slot {
	const char *key; /* NULL: free */
	uint64_t hash;
	const void *value;
};

/* FNV-1a, 64 bit. */
static uint64_t hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	return h ^ (h >> 32);
}

static struct map_slot *find(const struct map *m, const char *key, uint64_t h)
{
	size_t i = h & (m->cap - 1);

	while (m->slots[i].key &&
	       (m->slots[i].hash != h || strcmp(m->slots[i].key, key)))
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

static void grow(struct map *m, size_t cap)
{
	struct map old = *m;

	m->cap = cap;
	m->slots = ARENA_ARRAY(m->mem, struct map_slot, m->cap);
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].key)
			*find(m, old.slots[i].key, old.slots[i].hash) =
				old.slots[i];
}

void map_init(struct map *m, struct arena *mem)
{
	*m = (struct map){.mem = mem};
}

void map_reserve(struct map *m, size_t n)
{
	size_t cap = m->cap ? m->cap : FIRST_SLOTS;

	while (cap / 2 < n)
		cap *= 2;
	if (cap > m->cap)
		grow(m, cap);
}

bool map_add(struct map *m, const char *key, const void *value)
{
	uint64_t h = hash(key);
	struct map_slot *s;

	if (2 * m->n >= m->cap)
		grow(m, m->cap ? 2 * m->cap : FIRST_SLOTS);
	s = find(m, key, h);
	if (s->key)
		return false;
	*s = (struct map_slot){.key = key, .hash = h, .value = value};
	m->n++;
	return true;
}

const void *map_get(const struct map *m, const char *key)
{
	return m->cap ? find(m, key, hash(key))->value : NULL;
}

bool map_next(const struct map *m, size_t *at, const char **key)
{
	while (*at < m->cap && !m->slots[*at].key)
		(*at)++;
	if (*at == m->cap)
		return false;
	*key = m->slots[(*at)++].key;
	return true;
}
