/* object.c - copies of objects. */
#include "providers/object.h"

static const char *copy_text(struct arena *mem, struct value_pool *pool,
                             const char *s)
{
	if (pool)
		return value_pool_text(pool, s);
	return s ? arena_strdup(mem, s) : NULL;
}

static const struct value *copy_value(struct arena *mem,
                                      struct value_pool *pool,
                                      const struct value *v)
{
	if (!v)
		return NULL;
	return pool ? value_pool_copy(pool, v) : value_copy(mem, v);
}

struct object object_copy(struct arena *mem, struct value_pool *pool,
                          const struct object *o)
{
	const char **needs = ARENA_ARRAY(mem, const char *, o->nr_needs);
	struct object copy = *o;

	for (size_t i = 0; i < o->nr_needs; i++)
		needs[i] = copy_text(mem, pool, o->needs[i]);
	copy.kind = copy_text(mem, pool, o->kind);
	copy.address = copy_text(mem, pool, o->address);
	copy.id = copy_text(mem, pool, o->id);
	copy.digest = copy_text(mem, pool, o->digest);
	copy.fault = copy_text(mem, pool, o->fault);
	copy.attrs = copy_value(mem, pool, o->attrs);
	copy.drift = copy_value(mem, pool, o->drift);
	copy.needs = needs;
	return copy;
}

struct object_set object_set_copy(struct arena *mem,
                                  const struct object_set *set)
{
	struct object_set copy = {ARENA_ARRAY(mem, struct object, set->n),
	                          set->n};
	struct arena scratch = {0};
	struct value_pool *pool = ARENA_NEW(&scratch, struct value_pool);

	pool->mem = mem;
	for (size_t i = 0; i < set->n; i++)
		copy.v[i] = object_copy(mem, pool, &set->v[i]);
	arena_free(&scratch);
	return copy;
}
