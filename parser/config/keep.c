/*
 * keep.c - a compiled body in as little memory as it needs: a stack may have a
 * hundred thousand of them, and they live as long as it does.
 */
#include <string.h>

#include "parser/config/internal.h"

struct keeper {
	struct arena *mem;
	const char *what, *kept; /* the last one that was copied */
};

static const struct value *keep_value(struct keeper *k, const struct value *v);

static const struct value **keep_items(struct keeper *k,
                                       const struct value *list)
{
	const struct value **items =
		ARENA_ARRAY(k->mem, const struct value *, list->list.n);

	for (size_t i = 0; i < list->list.n; i++)
		items[i] = keep_value(k, list->list.v[i]);
	return items;
}

static struct value_entry *keep_entries(struct keeper *k,
                                        const struct value *map)
{
	struct value_entry *entries =
		ARENA_ARRAY(k->mem, struct value_entry, map->map.n);

	for (size_t i = 0; i < map->map.n; i++)
		entries[i] = (struct value_entry){
			map->map.v[i].key, keep_value(k, map->map.v[i].value)};
	return entries;
}

/* With its places, and with the text it points at. */
static const struct value *keep_value(struct keeper *k, const struct value *v)
{
	struct value *copy = ARENA_NEW(k->mem, struct value);

	*copy = *v;
	if (v->type == VALUE_LIST)
		copy->list.v = keep_items(k, v);
	else if (v->type == VALUE_MAP)
		copy->map.v = keep_entries(k, v);
	return copy;
}

/* All terms of a field have the same one. */
static const char *keep_what(struct keeper *k, const char *what)
{
	if (what != k->what)
		k->kept = what ? arena_strdup(k->mem, what) : NULL;
	k->what = what;
	return k->kept;
}

static const struct config_field *keep_fields(struct keeper *k,
                                              const struct config_field *v,
                                              size_t n);

static const struct config_term *keep_term(struct keeper *k,
                                           const struct config_term *t)
{
	struct config_term *copy;
	const struct config_term **items;

	if (!t->at.pos.file)
		return t; /* a default: all have the same one */
	copy = ARENA_NEW(k->mem, struct config_term);
	*copy = *t;
	copy->what = t->kind == TERM_VALUE ? NULL : keep_what(k, t->what);
	switch (t->kind) {
	case TERM_VALUE:
		copy->value = keep_value(k, t->value);
		break;
	case TERM_EXPR:
	case TERM_SECRET:
		break;
	case TERM_LIST:
		items = ARENA_ARRAY(k->mem, const struct config_term *,
		                    t->list.n);
		for (size_t i = 0; i < t->list.n; i++)
			items[i] = keep_term(k, t->list.v[i]);
		copy->list.v = items;
		break;
	case TERM_MAP:
		copy->map.v = keep_fields(k, t->map.v, t->map.n);
		break;
	}
	return copy;
}

static const struct config_field *keep_fields(struct keeper *k,
                                              const struct config_field *v,
                                              size_t n)
{
	struct config_field *copy = arena_grow(k->mem, v, n, n, sizeof(*v),
	                                       alignof(struct config_field));

	for (size_t i = 0; i < n; i++)
		copy[i].term = keep_term(k, v[i].term);
	return copy;
}

const struct config_field *config_keep(struct arena *mem,
                                       const struct config_field *v, size_t n)
{
	struct keeper k = {.mem = mem};

	return keep_fields(&k, v, n);
}
