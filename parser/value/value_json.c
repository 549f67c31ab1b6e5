/* value_json.c - values as JSON text, and back. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/json.h"
#include "parser/base/sha256.h"
#include "parser/base/strbuf.h"
#include "parser/value/json_reader.h"
#include "parser/value/value.h"

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

/* --- reading -------------------------------------------------------------- */

static const struct value *from_jansson(struct arena *mem, json_t *j);

/* Lists and maps are made in place: value_list() would copy them. */
static const struct value *list_from(struct arena *mem, json_t *j)
{
	size_t n = json_array_size(j);
	const struct value **v = ARENA_ARRAY(mem, const struct value *, n);
	struct value *list = ARENA_NEW(mem, struct value);

	for (size_t i = 0; i < n; i++)
		v[i] = from_jansson(mem, json_array_get(j, i));
	list->type = VALUE_LIST;
	list->list.v = v;
	list->list.n = n;
	return list;
}

static const struct value *map_from(struct arena *mem, json_t *j)
{
	struct value_entry *v =
		ARENA_ARRAY(mem, struct value_entry, json_object_size(j));
	struct value *map = ARENA_NEW(mem, struct value);
	size_t n = 0;

	for (void *i = json_object_iter(j); i; i = json_object_iter_next(j, i))
		v[n++] = (struct value_entry){
			.key = arena_strdup(mem, json_object_iter_key(i)),
			.value = from_jansson(mem, json_object_iter_value(i)),
		};
	map->type = VALUE_MAP;
	map->map.v = v;
	map->map.n = n;
	return map;
}

static const struct value *from_jansson(struct arena *mem, json_t *j)
{
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return map_from(mem, j);
	case JSON_ARRAY:
		return list_from(mem, j);
	case JSON_STRING:
		return value_stringn(mem, json_string_value(j),
		                     json_string_length(j));
	case JSON_INTEGER:
		return value_int(mem, json_integer_value(j));
	case JSON_REAL:
		return value_float(mem, json_real_value(j));
	case JSON_TRUE:
	case JSON_FALSE:
		return value_bool(json_is_true(j));
	case JSON_NULL:
		break;
	}
	return value_null();
}

/* What json_reader.h leaves to it: what is odd, and telling of a mistake. */
static struct err *ask_jansson(struct arena *mem, const char *text, size_t len,
                               const struct value **out)
{
	json_error_t why;
	json_t *j = json_loadb(text, len,
	                       JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);

	if (!j)
		return err_new(ERR_SYNTAX, NO_POS,
		               "not JSON: %s, at line %d, column %d", why.text,
		               why.line, why.column);
	*out = from_jansson(mem, j);
	json_decref(j);
	return NULL;
}

struct err *value_from_json(struct arena *mem, const char *text, size_t len,
                            const struct value **out)
{
	struct value_reader r = {.mem = mem, .at = text, .end = text + len};
	const struct value *v = value_read_json(&r);
	bool good = v && value_reader_at_end(&r);

	value_reader_fini(&r);
	if (!good)
		return ask_jansson(mem, text, len, out);
	*out = v;
	return NULL;
}

enum { AT_ONCE = 64 }; /* elements, before their memory is used again */

/* Who is called with elements, and how many were there. */
struct taker {
	struct err *(*take)(void *ctx, const struct value *element);
	void *ctx;
	size_t taken;
};

/* False: the text from there on is Jansson's. */
static bool take_elements(struct value_reader *r, struct taker *t,
                          struct err **e)
{
	if (!value_read_char(r, '['))
		return false;
	if (value_read_char(r, ']'))
		return value_reader_at_end(r);
	do {
		const struct value *v = value_read_json(r);

		if (!v)
			return false;
		*e = t->take(t->ctx, v);
		if (*e)
			return true;
		if (++t->taken % AT_ONCE == 0)
			value_reader_forget(r);
	} while (value_read_char(r, ','));
	return value_read_char(r, ']') && value_reader_at_end(r);
}

static struct err *take_rest(struct arena *mem, const char *text, size_t len,
                             struct taker *t)
{
	const struct value *all;
	struct err *e = ask_jansson(mem, text, len, &all);

	if (e || all->type != VALUE_LIST)
		return e;
	for (size_t i = t->taken; i < all->list.n && !e; i++)
		e = t->take(t->ctx, all->list.v[i]);
	return e;
}

struct err *value_each_from_json(const char *text, size_t len,
                                 struct err *(*take)(void *ctx,
                                                     const struct value *v),
                                 void *ctx)
{
	struct arena mem = {0};
	struct value_reader r = {.mem = &mem, .at = text, .end = text + len};
	struct taker t = {take, ctx, 0};
	struct err *e = NULL;

	if (!take_elements(&r, &t, &e))
		e = take_rest(&mem, text, len, &t);
	value_reader_fini(&r);
	arena_free(&mem);
	return e;
}
