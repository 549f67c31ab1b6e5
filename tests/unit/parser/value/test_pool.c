#include "parser/value/pool.h"

#include "tests/lib/test.h"

#include <string.h>

struct fixture {
	struct arena mem, from; /* of the copies, of what is copied */
	struct value_pool pool;
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){.pool.mem = &f.mem};
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(&f->mem);
	arena_free(&f->from);
	return 0;
}

static const struct value *read(struct fixture *f, const char *json)
{
	const struct value *v = NULL;

	assert_null(value_from_json(&f->from, json, strlen(json), &v));
	return v;
}

/* A copy of what `json` says; the original is gone. */
static const struct value *copy(struct fixture *f, const char *json)
{
	const struct value *v = value_pool_copy(&f->pool, read(f, json));

	arena_free(&f->from);
	return v;
}

static void a_copy_is_the_same_and_needs_nothing(void **state)
{
	static const char json[] = "{\"a\":[1,-2.5,\"x\",null,true],"
				   "\"b\":{\"c\":\"\",\"d\":[]},"
				   "\"long text\":\"123456789 123456789\"}";
	struct fixture *f = *state;
	const struct value *v = copy(f, json);

	assert_string_equal(value_to_json(&f->mem, v), json);
	assert_null(v->pos.file);
}

static void what_is_equal_is_there_once(void **state)
{
	struct fixture *f = *state;
	const struct value *a = copy(f, "{\"n\":1,\"p\":{\"q\":[\"x\",2]}}");
	const struct value *b = copy(f, "{\"n\":2,\"p\":{\"q\":[\"x\",2]}}");
	const struct value *c = copy(f, "{\"n\":1,\"p\":{\"q\":[\"x\",2]}}");

	assert_ptr_equal(a, c);
	assert_ptr_not_equal(a, b);
	assert_ptr_equal(value_get(a, "p"), value_get(b, "p"));
	assert_ptr_equal(a->map.v[0].key, b->map.v[0].key);
	assert_ptr_equal(value_pool_text(&f->pool, "n"), a->map.v[0].key);
	assert_null(value_pool_text(&f->pool, NULL));
}

static void what_differs_is_not_mixed_up(void **state)
{
	static const char *const all[] = {"1",
	                                  "1.0",
	                                  "\"1\"",
	                                  "true",
	                                  "null",
	                                  "false",
	                                  "[]",
	                                  "{}",
	                                  "\"\"",
	                                  "[1]",
	                                  "[1,1]",
	                                  "[[]]",
	                                  "{\"a\":1}",
	                                  "{\"b\":1}",
	                                  "{\"a\":[1]}",
	                                  "0.0",
	                                  "-0.0",
	                                  "\"12345678\"",
	                                  "\"1234567\"",
	                                  "[\"1\"]",
	                                  "[1.0]",
	                                  "[{}]",
	                                  "\"123456781\"",
	                                  "\"\\u0001\""};
	struct fixture *f = *state;

	for (int again = 0; again < 2; again++)
		for (size_t i = 0; i < ARRAY_LEN(all); i++)
			assert_string_equal(
				value_to_json(&f->mem, copy(f, all[i])),
				value_to_json(&f->mem, read(f, all[i])));
}

static void what_is_secret_is_not_what_is_not(void **state)
{
	struct fixture *f = *state;
	const struct value *plain = read(f, "\"x\"");
	const struct value *tainted = value_tainted(&f->from, plain);

	assert_false(value_pool_copy(&f->pool, plain)->tainted);
	assert_true(value_pool_copy(&f->pool, tainted)->tainted);
	assert_true(
		value_pool_copy(&f->pool, value_secret(&f->from, "0123456789"
	                                                         "abcdef"))
			->secret);
}

/* More different values than it remembers, and lists longer than it looks. */
static void many_values_keep_apart(void **state)
{
	struct fixture *f = *state;
	const struct value *list;
	char text[5 * VALUE_POOL_RECENT * 4];
	size_t at = 0;

	text[at++] = '[';
	for (size_t i = 0; i < 2 * VALUE_POOL_RECENT; i++)
		at += (size_t)sprintf(text + at, "%zu,", i);
	memcpy(text + at - 1, "]", 2);
	list = copy(f, text);
	assert_int_equal(list->list.n, 2 * VALUE_POOL_RECENT);
	for (size_t i = 0; i < list->list.n; i++)
		assert_int_equal(list->list.v[i]->integer, i);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_copy_is_the_same_and_needs_nothing),
		TEST(what_is_equal_is_there_once),
		TEST(what_differs_is_not_mixed_up),
		TEST(what_is_secret_is_not_what_is_not),
		TEST(many_values_keep_apart),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
