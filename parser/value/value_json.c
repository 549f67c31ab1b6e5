/* value_json.c - values as JSON text, and back. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/json.h"
#include "parser/base/sha256.h"
#include "parser/base/strbuf.h"
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

static void write_map(struct writer *w, const struct value *v)
{
	struct arena mem = {0};
	const struct value_entry **sorted =
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

static const struct value *from_jansson(struct arena *mem, json_t *j);

static const struct value *list_from(struct arena *mem, json_t *j)
{
	size_t n = json_array_size(j);
	const struct value **v = ARENA_ARRAY(mem, const struct value *, n);

	for (size_t i = 0; i < n; i++)
		v[i] = from_jansson(mem, json_array_get(j, i));
	return value_list(mem, v, n);
}

static const struct value *map_from(struct arena *mem, json_t *j)
{
	struct value_entry *v =
		ARENA_ARRAY(mem, struct value_entry, json_object_size(j));
	size_t n = 0;

	for (void *i = json_object_iter(j); i; i = json_object_iter_next(j, i))
		v[n++] = (struct value_entry){
			.key = arena_strdup(mem, json_object_iter_key(i)),
			.value = from_jansson(mem, json_object_iter_value(i)),
		};
	return value_map(mem, v, n);
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

struct err *value_from_json(struct arena *mem, const char *text, size_t len,
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
