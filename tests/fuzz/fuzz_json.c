/*
 * fuzz_json.c - any text as JSON: our reader takes nothing that Jansson does
 * not, and both read the same.
 */
#include "parser/value/value.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/arena.h"
#include "parser/value/json_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool so)
{
	if (!so)
		__builtin_trap();
}

static void must_be_same(const struct value *v, json_t *j);

static void must_be_same_list(const struct value *v, json_t *j)
{
	must(v->type == VALUE_LIST && v->list.n == json_array_size(j));
	for (size_t i = 0; i < v->list.n; i++)
		must_be_same(v->list.v[i], json_array_get(j, i));
}

/* In the same order, too. */
static void must_be_same_map(const struct value *v, json_t *j)
{
	void *at = json_object_iter(j);

	must(v->type == VALUE_MAP && v->map.n == json_object_size(j));
	for (size_t i = 0; i < v->map.n; i++) {
		must(!strcmp(v->map.v[i].key, json_object_iter_key(at)));
		must_be_same(v->map.v[i].value, json_object_iter_value(at));
		at = json_object_iter_next(j, at);
	}
}

static void must_be_same(const struct value *v, json_t *j)
{
	double d;

	switch (json_typeof(j)) {
	case JSON_OBJECT:
		must_be_same_map(v, j);
		break;
	case JSON_ARRAY:
		must_be_same_list(v, j);
		break;
	case JSON_STRING:
		must(v->type == VALUE_STRING &&
		     v->string.len == json_string_length(j) &&
		     !memcmp(v->string.s, json_string_value(j),
		             v->string.len + 1));
		break;
	case JSON_INTEGER:
		must(v->type == VALUE_INT &&
		     v->integer == json_integer_value(j));
		break;
	case JSON_REAL:
		d = json_real_value(j);
		must(v->type == VALUE_FLOAT &&
		     !memcmp(&v->number, &d, sizeof(d)));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		must(v->type == VALUE_BOOL && v->boolean == json_is_true(j));
		break;
	case JSON_NULL:
		must(v->type == VALUE_NULL);
	}
}

static struct err *collect(void *ctx, const struct value *element)
{
	size_t *n = ctx;

	(void)element;
	++*n;
	return NULL;
}

/* What both read must be the same; what ours reads, Jansson must read. */
static void compare(struct arena *mem, const char *text, size_t len)
{
	json_t *j = json_loadb(text, len,
	                       JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	struct value_reader r = {.mem = mem, .at = text, .end = text + len};
	const struct value *v = value_read_json(&r);
	size_t n = 0;
	struct err *e;

	if (v && value_reader_at_end(&r)) {
		must(j != NULL);
		must_be_same(v, j);
	}
	value_reader_fini(&r);
	e = value_from_json(mem, text, len, &v);
	must(!e == (j != NULL));
	if (!e)
		must_be_same(v, j);
	err_free(e);
	e = value_each_from_json(text, len, collect, &n);
	must(!e == (j != NULL));
	if (!e)
		must(n == json_array_size(j));
	err_free(e);
	json_decref(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena mem = {0};

	compare(&mem, arena_strndup(&mem, (const char *)data, size), size);
	arena_free(&mem);
	return 0;
}
