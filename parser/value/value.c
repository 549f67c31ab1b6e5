/* value.c - making values and asking about them. JSON is value_json.c. */
#include "parser/value/value.h"

#include <stdlib.h>
#include <string.h>

static const struct value null_value = {.type = VALUE_NULL};
static const struct value unknown_value = {.type = VALUE_UNKNOWN};
static const struct value true_value = {.type = VALUE_BOOL, .boolean = true};
static const struct value false_value = {.type = VALUE_BOOL};

const struct value *value_null(void)
{
	return &null_value;
}

const struct value *value_unknown(void)
{
	return &unknown_value;
}

const struct value *value_bool(bool b)
{
	return b ? &true_value : &false_value;
}

static struct value *new_value(struct arena *mem, enum value_type type)
{
	struct value *v = ARENA_NEW(mem, struct value);

	v->type = type;
	return v;
}

const struct value *value_int(struct arena *mem, int64_t i)
{
	struct value *v = new_value(mem, VALUE_INT);

	v->integer = i;
	return v;
}

const struct value *value_float(struct arena *mem, double d)
{
	struct value *v = new_value(mem, VALUE_FLOAT);

	v->number = d;
	return v;
}

const struct value *value_string(struct arena *mem, const char *s)
{
	return value_stringn(mem, s, strlen(s));
}

const struct value *value_stringn(struct arena *mem, const char *s, size_t len)
{
	struct value *v = new_value(mem, VALUE_STRING);

	v->string.s = arena_strndup(mem, s, len);
	v->string.len = len;
	return v;
}

const struct value *value_list(struct arena *mem, const struct value *const *v,
                               size_t n)
{
	struct value *list = new_value(mem, VALUE_LIST);

	list->list.v = arena_grow(mem, v, n, n, sizeof(*v), alignof(void *));
	list->list.n = n;
	return list;
}

const struct value *value_map(struct arena *mem, const struct value_entry *v,
                              size_t n)
{
	struct value *map = new_value(mem, VALUE_MAP);

	map->map.v = arena_grow(mem, v, n, n, sizeof(*v),
	                        alignof(struct value_entry));
	map->map.n = n;
	return map;
}

static const struct value *copy_list(struct arena *mem, const struct value *v)
{
	const struct value **list =
		ARENA_ARRAY(mem, const struct value *, v->list.n);
	struct value *copy = ARENA_NEW(mem, struct value);

	for (size_t i = 0; i < v->list.n; i++)
		list[i] = value_copy(mem, v->list.v[i]);
	*copy = *v;
	copy->list.v = list;
	return copy;
}

static const struct value *copy_map(struct arena *mem, const struct value *v)
{
	struct value_entry *map =
		ARENA_ARRAY(mem, struct value_entry, v->map.n);
	struct value *copy = ARENA_NEW(mem, struct value);

	for (size_t i = 0; i < v->map.n; i++)
		map[i] = (struct value_entry){
			.key = arena_strdup(mem, v->map.v[i].key),
			.value = value_copy(mem, v->map.v[i].value),
		};
	*copy = *v;
	copy->map.v = map;
	return copy;
}

const struct value *value_copy(struct arena *mem, const struct value *v)
{
	struct value *copy;

	if (v->type == VALUE_LIST)
		return copy_list(mem, v);
	if (v->type == VALUE_MAP)
		return copy_map(mem, v);
	copy = ARENA_NEW(mem, struct value);
	*copy = *v;
	copy->pos = NO_POS;
	if (v->type == VALUE_STRING)
		copy->string.s = arena_strndup(mem, v->string.s, v->string.len);
	return copy;
}

const struct value *value_tainted(struct arena *mem, const struct value *v)
{
	struct value *copy;

	if (v->tainted)
		return v;
	copy = ARENA_NEW(mem, struct value);
	*copy = *v;
	copy->tainted = true;
	return copy;
}

#define STAND_IN "(sensitive "

const struct value *value_secret(struct arena *mem, const char *digest)
{
	enum { SHOWN = 16 }; /* hex digits */
	const char *text = arena_printf(mem, STAND_IN "%.*s)", SHOWN, digest);
	struct value *v = new_value(mem, VALUE_STRING);

	v->string.s = text;
	v->string.len = strlen(text);
	v->tainted = v->secret = true;
	return v;
}

bool value_is_secret(const struct value *v)
{
	return v->tainted ||
	       (v->type == VALUE_STRING &&
	        !strncmp(v->string.s, STAND_IN, strlen(STAND_IN)));
}

const struct value *value_at(struct arena *mem, const struct value *v,
                             struct src_pos pos)
{
	struct value *copy = ARENA_NEW(mem, struct value);

	*copy = *v;
	copy->pos = pos;
	return copy;
}

const struct value *value_with(struct arena *mem, const struct value *map,
                               const char *key, const struct value *value)
{
	size_t n = map->map.n, i;
	struct value_entry *v =
		arena_grow(mem, map->map.v, n, n + 1, sizeof(*v),
	                   alignof(struct value_entry));
	struct value *copy = ARENA_NEW(mem, struct value);

	for (i = 0; i < n && strcmp(v[i].key, key); i++)
		;
	v[i] = (struct value_entry){.key = key, .value = value};
	*copy = *map;
	copy->map.v = v;
	copy->map.n = i == n ? n + 1 : n;
	return copy;
}

const struct value *value_get(const struct value *map, const char *key)
{
	if (!map || map->type != VALUE_MAP)
		return NULL;
	for (size_t i = 0; i < map->map.n; i++)
		if (!strcmp(map->map.v[i].key, key))
			return map->map.v[i].value;
	return NULL;
}

const char *value_get_string(const struct value *map, const char *key,
                             const char *otherwise)
{
	const struct value *v = value_get(map, key);

	return v && v->type == VALUE_STRING ? v->string.s : otherwise;
}

int64_t value_get_int(const struct value *map, const char *key,
                      int64_t otherwise)
{
	const struct value *v = value_get(map, key);

	return v && v->type == VALUE_INT ? v->integer : otherwise;
}

bool value_get_bool(const struct value *map, const char *key, bool otherwise)
{
	const struct value *v = value_get(map, key);

	return v && v->type == VALUE_BOOL ? v->boolean : otherwise;
}

static bool lists_equal(const struct value *a, const struct value *b)
{
	if (a->list.n != b->list.n)
		return false;
	for (size_t i = 0; i < a->list.n; i++)
		if (!value_equal(a->list.v[i], b->list.v[i]))
			return false;
	return true;
}

/* Maps are mostly in the same order, so the search begins where it should. */
static bool maps_equal(const struct value *a, const struct value *b)
{
	size_t n = a->map.n, j = 0;

	if (n != b->map.n)
		return false;
	for (size_t i = 0; i < n; i++) {
		size_t tries = 0;

		while (tries < n && strcmp(a->map.v[i].key, b->map.v[j].key)) {
			j = (j + 1) % n;
			tries++;
		}
		if (tries == n ||
		    !value_equal(a->map.v[i].value, b->map.v[j].value))
			return false;
		j = (j + 1) % n;
	}
	return true;
}

bool value_equal(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case VALUE_NULL:
		return true;
	case VALUE_UNKNOWN:
		return false;
	case VALUE_BOOL:
		return a->boolean == b->boolean;
	case VALUE_INT:
		return a->integer == b->integer;
	case VALUE_FLOAT:
		return a->number >= b->number && a->number <= b->number;
	case VALUE_STRING:
		return a->string.len == b->string.len &&
		       !memcmp(a->string.s, b->string.s, a->string.len);
	case VALUE_LIST:
		return lists_equal(a, b);
	case VALUE_MAP:
		return maps_equal(a, b);
	}
	return false;
}

static bool is_unknown(const struct value *v)
{
	return v->type == VALUE_UNKNOWN;
}

static bool is_tainted(const struct value *v)
{
	return v->tainted;
}

static bool is_secret(const struct value *v)
{
	return v->secret;
}

static bool any(const struct value *v, bool (*test)(const struct value *))
{
	if (test(v))
		return true;
	if (v->type == VALUE_LIST)
		for (size_t i = 0; i < v->list.n; i++)
			if (any(v->list.v[i], test))
				return true;
	if (v->type == VALUE_MAP)
		for (size_t i = 0; i < v->map.n; i++)
			if (any(v->map.v[i].value, test))
				return true;
	return false;
}

bool value_has_unknown(const struct value *v)
{
	return any(v, is_unknown);
}

bool value_has_taint(const struct value *v)
{
	return any(v, is_tainted);
}

bool value_has_secret(const struct value *v)
{
	return any(v, is_secret);
}

const char *value_says(const struct value *v)
{
	static const char *const words[] = {
		[VALUE_NULL] = "null",     [VALUE_UNKNOWN] = "unknown",
		[VALUE_BOOL] = "a bool",   [VALUE_INT] = "an int",
		[VALUE_FLOAT] = "a float", [VALUE_STRING] = "a string",
		[VALUE_LIST] = "a list",   [VALUE_MAP] = "a map",
	};

	return words[v->type];
}
