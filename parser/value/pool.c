/*
 * pool.c - from the leaves up: two lists are equal when they have the same
 * elements, and equal elements are mostly the same one by then.
 */
#include "parser/value/pool.h"

#include <string.h>

enum { FEW = 16 }; /* parts of a list or map that is looked for */

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 32;
}

static uint64_t mix_pointer(uint64_t hash, const void *p)
{
	return mix(hash, (uintptr_t)p);
}

static uint64_t mix_text(uint64_t hash, const char *s, size_t len)
{
	uint64_t word;

	for (; len >= sizeof(word); s += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, s, sizeof(word));
		hash = mix(hash, word);
	}
	word = len;
	memcpy((char *)&word + 1, s, len);
	return mix(hash, word);
}

static bool same_text(const char *a, size_t len, const char *b, size_t b_len)
{
	return len == b_len && !memcmp(a, b, len);
}

/* --- candidates: values whose parts are copied, which are not themselves -- */

static uint64_t hash_of(const struct value *v)
{
	uint64_t hash = mix(v->type, (uint64_t)v->tainted * 2 + v->secret);

	switch (v->type) {
	case VALUE_NULL:
	case VALUE_UNKNOWN:
		break;
	case VALUE_BOOL:
		return mix(hash, v->boolean);
	case VALUE_INT:
		return mix(hash, (uint64_t)v->integer);
	case VALUE_FLOAT:
		return mix_text(hash, (const char *)&v->number,
		                sizeof(v->number));
	case VALUE_STRING:
		return mix_text(hash, v->string.s, v->string.len);
	case VALUE_LIST:
		for (size_t i = 0; i < v->list.n; i++)
			hash = mix_pointer(hash, v->list.v[i]);
		break;
	case VALUE_MAP:
		for (size_t i = 0; i < v->map.n; i++)
			hash = mix_pointer(mix_pointer(hash, v->map.v[i].key),
			                   v->map.v[i].value);
		break;
	}
	return hash;
}

static bool same_lists(const struct value *a, const struct value *b)
{
	if (a->list.n != b->list.n)
		return false;
	for (size_t i = 0; i < a->list.n; i++)
		if (a->list.v[i] != b->list.v[i])
			return false;
	return true;
}

static bool same_maps(const struct value *a, const struct value *b)
{
	if (a->map.n != b->map.n)
		return false;
	for (size_t i = 0; i < a->map.n; i++)
		if (a->map.v[i].key != b->map.v[i].key ||
		    a->map.v[i].value != b->map.v[i].value)
			return false;
	return true;
}

static bool same(const struct value *a, const struct value *b)
{
	if (a->type != b->type || a->tainted != b->tainted ||
	    a->secret != b->secret)
		return false;
	switch (a->type) {
	case VALUE_NULL:
	case VALUE_UNKNOWN:
		return true;
	case VALUE_BOOL:
		return a->boolean == b->boolean;
	case VALUE_INT:
		return a->integer == b->integer;
	case VALUE_FLOAT: /* -0 is not 0 here */
		return !memcmp(&a->number, &b->number, sizeof(a->number));
	case VALUE_STRING:
		return same_text(a->string.s, a->string.len, b->string.s,
		                 b->string.len);
	case VALUE_LIST:
		return same_lists(a, b);
	case VALUE_MAP:
		return same_maps(a, b);
	}
	return false;
}

/* What is equal to `candidate`, or a copy of it: its parts are not copied. */
static const struct value *settle(struct value_pool *p,
                                  const struct value *candidate)
{
	const struct value **slot =
		&p->values[hash_of(candidate) % VALUE_POOL_RECENT];
	struct value *copy;

	if (*slot && same(*slot, candidate))
		return *slot;
	copy = ARENA_NEW(p->mem, struct value);
	*copy = *candidate;
	if (copy->type == VALUE_STRING)
		copy->string.s =
			arena_strndup(p->mem, copy->string.s, copy->string.len);
	else if (copy->type == VALUE_LIST)
		copy->list.v = arena_grow(p->mem, copy->list.v, copy->list.n,
		                          copy->list.n, sizeof(*copy->list.v),
		                          alignof(void *));
	else if (copy->type == VALUE_MAP)
		copy->map.v = arena_grow(p->mem, copy->map.v, copy->map.n,
		                         copy->map.n, sizeof(*copy->map.v),
		                         alignof(struct value_entry));
	return *slot = copy;
}

/* --- copying -------------------------------------------------------------- */

static const struct value **copy_items(struct value_pool *p,
                                       const struct value *v,
                                       const struct value **items)
{
	for (size_t i = 0; i < v->list.n; i++)
		items[i] = value_pool_copy(p, v->list.v[i]);
	return items;
}

static const struct value_entry *copy_entries(struct value_pool *p,
                                              const struct value *v,
                                              struct value_entry *entries)
{
	for (size_t i = 0; i < v->map.n; i++)
		entries[i] = (struct value_entry){
			.key = value_pool_text(p, v->map.v[i].key),
			.value = value_pool_copy(p, v->map.v[i].value),
		};
	return entries;
}

/* What is long is hardly ever there twice. */
static const struct value *copy_long(struct value_pool *p,
                                     const struct value *v)
{
	struct value *copy = ARENA_NEW(p->mem, struct value);

	*copy = *v;
	copy->pos = NO_POS;
	if (v->type == VALUE_LIST)
		copy->list.v = copy_items(
			p, v,
			ARENA_ARRAY(p->mem, const struct value *, v->list.n));
	else
		copy->map.v = copy_entries(
			p, v,
			ARENA_ARRAY(p->mem, struct value_entry, v->map.n));
	return copy;
}

static const struct value *copy_list(struct value_pool *p,
                                     const struct value *v)
{
	const struct value *items[FEW];
	struct value candidate = *v;

	candidate.list.v = copy_items(p, v, items);
	candidate.pos = NO_POS;
	return settle(p, &candidate);
}

static const struct value *copy_map(struct value_pool *p, const struct value *v)
{
	struct value_entry entries[FEW];
	struct value candidate = *v;

	candidate.map.v = copy_entries(p, v, entries);
	candidate.pos = NO_POS;
	return settle(p, &candidate);
}

const struct value *value_pool_copy(struct value_pool *p, const struct value *v)
{
	struct value candidate = *v;

	if (v->type == VALUE_LIST)
		return v->list.n > FEW ? copy_long(p, v) : copy_list(p, v);
	if (v->type == VALUE_MAP)
		return v->map.n > FEW ? copy_long(p, v) : copy_map(p, v);
	candidate.pos = NO_POS;
	return settle(p, &candidate);
}

const char *value_pool_text(struct value_pool *p, const char *s)
{
	size_t len = s ? strlen(s) : 0;
	const char **slot;

	if (!s)
		return NULL;
	slot = &p->texts[mix_text(0, s, len) % VALUE_POOL_RECENT];
	if (!*slot || strcmp(*slot, s) != 0)
		*slot = arena_strndup(p->mem, s, len);
	return *slot;
}
