/* inputs.c - see the header. */
#include "parser/expr/inputs.h"

#include <pthread.h>

#include "parser/base/map.h"

enum {
	LONGEST_TEXT = 64 * 1024,
	ALL_TEXTS = 4 * 1024 * 1024, /* of one release */
};

/* What some thread noted, in memory that only it, or whoever holds the lock,
 * uses. */
struct notes {
	struct arena *mem;
	struct map seen; /* keys */
	struct value_entry *v;
	size_t n, cap;
};

struct expr_inputs {
	struct arena *mem; /* the owner's */
	pthread_t owner;
	struct map recorded; /* key -> struct value; does not change */

	pthread_mutex_t lock;

	/* lock must be held for these. */
	struct notes mine, others;
	struct arena late; /* of the others' notes */
	size_t noted;      /* bytes of texts */
};

static void init_notes(struct notes *n, struct arena *mem)
{
	*n = (struct notes){.mem = mem};
	map_init(&n->seen, mem);
}

struct expr_inputs *expr_inputs_new(struct arena *mem,
                                    const struct value *recorded)
{
	struct expr_inputs *i = ARENA_NEW(mem, struct expr_inputs);

	i->mem = mem;
	i->owner = pthread_self();
	pthread_mutex_init(&i->lock, NULL);
	init_notes(&i->mine, mem);
	init_notes(&i->others, &i->late);
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

bool expr_inputs_has_room(struct expr_inputs *i, size_t len)
{
	bool has;

	if (!i)
		return false;
	pthread_mutex_lock(&i->lock);
	has = len <= LONGEST_TEXT && i->noted + len <= ALL_TEXTS;
	pthread_mutex_unlock(&i->lock);
	return has;
}

static void add(struct notes *n, const char *key, const struct value *v)
{
	key = arena_strdup(n->mem, key);
	(void)map_add(&n->seen, key, key);
	ARENA_RESERVE(n->mem, struct value_entry, n->v, n->n, n->cap);
	n->v[n->n++] = (struct value_entry){.key = key,
	                                    .value = value_copy(n->mem, v)};
}

void expr_inputs_note(struct expr_inputs *i, const char *key,
                      const struct value *v)
{
	bool mine;

	if (!i)
		return;
	mine = pthread_equal(i->owner, pthread_self());
	pthread_mutex_lock(&i->lock);
	if (!map_get(&i->mine.seen, key) && !map_get(&i->others.seen, key)) {
		add(mine ? &i->mine : &i->others, key, v);
		i->noted += v->type == VALUE_STRING ? v->string.len : 0;
	}
	pthread_mutex_unlock(&i->lock);
}

void expr_inputs_join(struct expr_inputs *i)
{
	if (!i)
		return;
	for (size_t k = 0; k < i->others.n; k++)
		add(&i->mine, i->others.v[k].key, i->others.v[k].value);
	arena_free(&i->late);
	init_notes(&i->others, &i->late);
}

const struct value *expr_inputs_noted(struct arena *mem,
                                      const struct expr_inputs *i)
{
	return value_map(mem, i ? i->mine.v : NULL, i ? i->mine.n : 0);
}
