/* value_json.c - values as JSON text, and back. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/json.h"
#include "parser/base/sha256.h"
#include "parser/base/strbuf.h"
#include "parser/value/value.h"

enum { LONG_TEXT = 64 * 1024 }; /* bytes, from which a list is read by parts */

struct writer {
	struct strbuf out;
	bool secrets; /* in clear */
};

static int by_key(const void *a, const void *b)
{
	const struct value_entry *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

static void write_value(struct writer *w, const struct value *v);

static void write_list(struct writer *w, const struct value *v)
{
	strbuf_addc(&w->out, '[');
	for (size_t i = 0; i < v->list.n; i++) {
		if (i)
			strbuf_addc(&w->out, ',');
		write_value(w, v->list.v[i]);
	}
	strbuf_addc(&w->out, ']');
}

enum { FEW_KEYS = 16 }; /* are sorted without an arena */

static void write_map(struct writer *w, const struct value *v)
{
	const struct value_entry *few[FEW_KEYS], **sorted = few;
	struct arena mem = {0};

	if (v->map.n > FEW_KEYS)
		sorted =
			ARENA_ARRAY(&mem, const struct value_entry *, v->map.n);
	for (size_t i = 0; i < v->map.n; i++)
		sorted[i] = &v->map.v[i];
	if (v->map.n)
		qsort(sorted, v->map.n, sizeof(sorted[0]), by_key);
	strbuf_addc(&w->out, '{');
	for (size_t i = 0; i < v->map.n; i++) {
		if (i)
			strbuf_addc(&w->out, ',');
		json_add_string(&w->out, sorted[i]->key,
		                strlen(sorted[i]->key));
		strbuf_addc(&w->out, ':');
		write_value(w, sorted[i]->value);
	}
	strbuf_addc(&w->out, '}');
	arena_free(&mem);
}

static void write_text(struct writer *w, const char *text)
{
	json_add_string(&w->out, text, strlen(text));
}

static void write_value(struct writer *w, const struct value *v)
{
	if (v->tainted && !v->secret && !w->secrets) {
		write_text(w, VALUE_JSON_TAINTED);
		return;
	}
	switch (v->type) {
	case VALUE_NULL:
		strbuf_add(&w->out, "null");
		break;
	case VALUE_UNKNOWN:
		write_text(w, VALUE_JSON_UNKNOWN);
		break;
	case VALUE_BOOL:
		strbuf_add(&w->out, v->boolean ? "true" : "false");
		break;
	case VALUE_INT:
		strbuf_printf(&w->out, "%lld", (long long)v->integer);
		break;
	case VALUE_FLOAT:
		json_add_number(&w->out, v->number);
		break;
	case VALUE_STRING:
		json_add_string(&w->out, v->string.s, v->string.len);
		break;
	case VALUE_LIST:
		write_list(w, v);
		break;
	case VALUE_MAP:
		write_map(w, v);
		break;
	}
}

static char *to_json(struct arena *mem, const struct value *v, bool secrets)
{
	struct writer w = {.secrets = secrets};
	char *text;

	write_value(&w, v);
	text = arena_strndup(mem, w.out.s, w.out.len);
	strbuf_fini(&w.out);
	return text;
}

char *value_to_json(struct arena *mem, const struct value *v)
{
	return to_json(mem, v, false);
}

char *value_to_json_clear(struct arena *mem, const struct value *v)
{
	return to_json(mem, v, true);
}

char *value_digest(struct arena *mem, const struct value *v)
{
	struct writer w = {.secrets = true};
	struct sha256 hash;

	write_value(&w, v);
	hash = sha256_of(w.out.s, w.out.len);
	strbuf_fini(&w.out);
	return arena_strdup(mem, hash.hex);
}

/*
 * Many objects have the same few keys: the last ones seen are kept by hash, so
 * that a key is mostly stored once.
 */
struct converter {
	struct arena *mem;
	const char *keys[256];
};

static const char *keep_key(struct converter *c, const char *key)
{
	uint32_t hash = 2166136261U; /* FNV-1a */
	const char **slot;

	for (const char *s = key; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 16777619U;
	slot = &c->keys[(hash ^ hash >> 16) % ARRAY_LEN(c->keys)];
	if (!*slot || strcmp(*slot, key) != 0)
		*slot = arena_strdup(c->mem, key);
	return *slot;
}

static void *get_memory(size_t size)
{
	void *p = malloc(size);

	if (!p)
		arena_no_memory();
	return p;
}

void value_json_memory(void)
{
	json_set_alloc_funcs(get_memory, free);
}

static const struct value *from_jansson(struct converter *c, json_t *j);

/* Lists and maps are made in place: value_list() would copy them. */
static const struct value *list_from(struct converter *c, json_t *j)
{
	size_t n = json_array_size(j);
	const struct value **v = ARENA_ARRAY(c->mem, const struct value *, n);
	struct value *list = ARENA_NEW(c->mem, struct value);

	for (size_t i = 0; i < n; i++)
		v[i] = from_jansson(c, json_array_get(j, i));
	list->type = VALUE_LIST;
	list->list.v = v;
	list->list.n = n;
	return list;
}

static const struct value *map_from(struct converter *c, json_t *j)
{
	struct value_entry *v =
		ARENA_ARRAY(c->mem, struct value_entry, json_object_size(j));
	struct value *map = ARENA_NEW(c->mem, struct value);
	size_t n = 0;

	for (void *i = json_object_iter(j); i; i = json_object_iter_next(j, i))
		v[n++] = (struct value_entry){
			.key = keep_key(c, json_object_iter_key(i)),
			.value = from_jansson(c, json_object_iter_value(i)),
		};
	map->type = VALUE_MAP;
	map->map.v = v;
	map->map.n = n;
	return map;
}

static const struct value *from_jansson(struct converter *c, json_t *j)
{
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return map_from(c, j);
	case JSON_ARRAY:
		return list_from(c, j);
	case JSON_STRING:
		return value_stringn(c->mem, json_string_value(j),
		                     json_string_length(j));
	case JSON_INTEGER:
		return value_int(c->mem, json_integer_value(j));
	case JSON_REAL:
		return value_float(c->mem, json_real_value(j));
	case JSON_TRUE:
	case JSON_FALSE:
		return value_bool(json_is_true(j));
	case JSON_NULL:
		break;
	}
	return value_null();
}

static size_t skip_blanks(const char *text, size_t len, size_t at)
{
	while (at < len && memchr(" \t\r\n", text[at], 4))
		at++;
	return at;
}

/* What to do with one element of a list; what it gives ends the walk. */
struct visitor {
	struct err *(*take)(void *ctx, json_t *element);
	void *ctx;
	size_t taken;
};

/*
 * The elements of a list, one by one, so that it never stands in memory twice.
 * False when that meets anything odd: the mistake is found by reading the
 * whole.
 */
static bool walk_list(const char *text, size_t len, struct visitor *v,
                      struct err **e)
{
	size_t at = skip_blanks(text, len, 0) + 1;

	while (at < len) {
		json_error_t why;
		json_t *j =
			json_loadb(text + at, len - at,
		                   JSON_REJECT_DUPLICATES | JSON_DECODE_ANY |
		                           JSON_DISABLE_EOF_CHECK,
		                   &why);

		if (!j)
			return false;
		*e = v->take(v->ctx, j);
		v->taken++;
		json_decref(j);
		if (*e)
			return true;
		at = skip_blanks(text, len, at + (size_t)why.position);
		if (at < len && text[at] == ']')
			return skip_blanks(text, len, at + 1) == len;
		if (at == len || text[at++] != ',')
			return false;
	}
	return false;
}

static struct err *load_all(const char *text, size_t len, json_t **out)
{
	json_error_t why;

	*out = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
	                  &why);
	if (*out)
		return NULL;
	return err_new(ERR_SYNTAX, NO_POS,
	               "not JSON: %s, at line %d, column %d", why.text,
	               why.line, why.column);
}

struct growing {
	struct converter *c;
	const struct value **v;
	size_t n, cap;
};

static struct err *add_element(void *ctx, json_t *element)
{
	struct growing *g = ctx;

	ARENA_RESERVE(g->c->mem, const struct value *, g->v, g->n, g->cap);
	g->v[g->n++] = from_jansson(g->c, element);
	return NULL;
}

/* NULL: it has to be read as a whole. */
static const struct value *list_from_text(struct converter *c, const char *text,
                                          size_t len)
{
	struct growing g = {.c = c};
	struct visitor v = {add_element, &g, 0};
	struct err *e = NULL;

	return walk_list(text, len, &v, &e) ? value_list(c->mem, g.v, g.n)
	                                    : NULL;
}

struct err *value_from_json(struct arena *mem, const char *text, size_t len,
                            const struct value **out)
{
	struct converter c = {.mem = mem};
	const struct value *list = NULL;
	size_t first = skip_blanks(text, len, 0);
	struct err *e;
	json_t *j;

	if (len >= LONG_TEXT && text[first] == '[')
		list = list_from_text(&c, text, len);
	if (list) {
		*out = list;
		return NULL;
	}
	e = load_all(text, len, &j);
	if (e)
		return e;
	*out = from_jansson(&c, j);
	json_decref(j);
	return NULL;
}

/* --- element by element --------------------------------------------------- */

enum { AT_ONCE = 64 }; /* elements, before their memory is used again */

struct lending {
	struct arena mem;
	size_t n;
	struct err *(*take)(void *ctx, const struct value *element);
	void *ctx;
};

static struct err *lend(void *ctx, json_t *element)
{
	struct lending *l = ctx;
	struct converter c = {.mem = &l->mem};

	if (++l->n % AT_ONCE == 0)
		arena_free(&l->mem);
	return l->take(l->ctx, from_jansson(&c, element));
}

struct err *value_each_from_json(const char *text, size_t len,
                                 struct err *(*take)(void *ctx,
                                                     const struct value *v),
                                 void *ctx)
{
	struct lending l = {.take = take, .ctx = ctx};
	struct visitor v = {lend, &l, 0};
	struct err *e = NULL;
	json_t *j = NULL;

	if (text[skip_blanks(text, len, 0)] != '[' ||
	    !walk_list(text, len, &v, &e)) {
		e = load_all(text, len, &j);
		for (size_t i = v.taken; !e && i < json_array_size(j); i++)
			e = lend(&l, json_array_get(j, i));
		json_decref(j);
	}
	arena_free(&l.mem);
	return e;
}
