/* inputs.c - see the header. */
#include "parser/expr/inputs.h"

#include <pthread.h>

#include "parser/base/map.h"

enum {
	LONGEST_TEXT = 64 * 1024,
	ALL_TEXTS = 4 * 1024 * 1024, /* of one release */
};

struct expr_inputs {
	struct arena *mem;
	pthread_t owner;
	struct map recorded; /* key -> struct value */

	/* Of the owner: */
	struct map seen; /* keys */
	struct value_entry *v;
	size_t n, cap;
	size_t noted; /* bytes of texts */
};

struct expr_inputs *expr_inputs_new(struct arena *mem,
                                    const struct value *recorded)
{
	struct expr_inputs *i = ARENA_NEW(mem, struct expr_inputs);

	i->mem = mem;
	i->owner = pthread_self();
	map_init(&i->seen, mem);
	map_init(&i->recorded, mem);
	if (recorded && recorded->type == VALUE_MAP)
		for (size_t k = 0; k < recorded->map.n; k++)
			(void)map_add(&i->recorded, recorded->map.v[k].key,
			              recorded->map.v[k].value);
	return i;
}

const struct value *expr_inputs_recorded(const struct expr_inputs *i,
                                         const char *key)
{
	return i ? map_get(&i->recorded, key) : NULL;
}

bool expr_inputs_has_room(const struct expr_inputs *i, size_t len)
{
	return len <= LONGEST_TEXT && i->noted + len <= ALL_TEXTS;
}

void expr_inputs_note(struct expr_inputs *i, const char *key,
                      const struct value *v)
{
	if (!i || !pthread_equal(i->owner, pthread_self()) ||
	    map_get(&i->seen, key))
		return;
	key = arena_strdup(i->mem, key);
	(void)map_add(&i->seen, key, key);
	if (v->type == VALUE_STRING)
		i->noted += v->string.len;
	ARENA_RESERVE(i->mem, struct value_entry, i->v, i->n, i->cap);
	i->v[i->n++] = (struct value_entry){.key = key,
	                                    .value = value_copy(i->mem, v)};
}

const struct value *expr_inputs_noted(struct arena *mem,
                                      const struct expr_inputs *i)
{
	return value_map(mem, i ? i->v : NULL, i ? i->n : 0);
}
