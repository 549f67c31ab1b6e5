#include "parser/value/value.h"

#include "tests/lib/test.h"

#include "parser/base/strbuf.h"

#include <string.h>

static int setup(void **state)
{
	static struct arena a;

	*state = &a;
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static const struct value *read(void **state, const char *json)
{
	const struct value *v = NULL;

	assert_null(value_from_json(*state, json, strlen(json), &v));
	return v;
}

static void json_comes_out_canonical(void **state)
{
	const struct value *v =
		read(state, "{\"b\": [1, 2.5, null], \"a\": {\"x\": true}}");

	assert_string_equal(value_to_json(*state, v),
	                    "{\"a\":{\"x\":true},\"b\":[1,2.5,null]}");
}

static void a_map_reads_back_in_the_order_written(void **state)
{
	const struct value *v = read(state, "{\"b\":1,\"a\":2}");

	assert_string_equal(v->map.v[0].key, "b");
	assert_string_equal(v->map.v[1].key, "a");
}

/* Long enough to be read element by element. */
static const char *long_list(struct arena *mem, const char *element)
{
	struct strbuf b = {0};
	const char *text;

	strbuf_add(&b, " [");
	for (int i = 0; i < 10000; i++)
		strbuf_printf(&b, "%s{\"n\" : %d, \"s\":\"ab\"}",
		              i ? "\n, " : "", i);
	strbuf_printf(&b, "%s ]\n", element);
	text = arena_strndup(mem, b.s, b.len);
	strbuf_fini(&b);
	return text;
}

static void long_lists_are_read_as_short_ones_are(void **state)
{
	const struct value *v = read(state, long_list(*state, ""));

	assert_int_equal(v->list.n, 10000);
	assert_int_equal(value_get_int(v->list.v[9999], "n", 0), 9999);
	assert_string_equal(value_get_string(v->list.v[7], "s", ""), "ab");
	/* One key is stored once. */
	assert_ptr_equal(v->list.v[0]->map.v[0].key,
	                 v->list.v[9]->map.v[0].key);
}

static void mistakes_in_long_lists_have_their_place(void **state)
{
	static const char *const bad[] = {",", ", {\"a\":1,\"a\":2}", " 7", "]",
	                                  ", {\"a\":"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *text = long_list(*state, bad[i]);
		const struct value *v;
		struct err *e = value_from_json(*state, text, strlen(text), &v);

		assert_non_null(e);
		assert_non_null(strstr(err_text(e), "line 1000"));
		err_free(e);
	}
}

static struct err *add(void *ctx, const struct value *element)
{
	struct strbuf *b = ctx;
	struct arena mem = {0};
	struct err *e = NULL;

	strbuf_printf(b, "%s;", value_to_json(&mem, element));
	if (element->type == VALUE_NULL)
		e = err_new(ERR_IO, NO_POS, "enough");
	arena_free(&mem);
	return e;
}

/* What value_each_from_json() takes of `text`, or the error. */
static const char *each(struct arena *mem, const char *text)
{
	struct strbuf b = {0};
	struct err *e = value_each_from_json(text, strlen(text), add, &b);
	const char *all = arena_strdup(mem, e ? err_text(e) : b.s ? b.s : "");

	err_free(e);
	strbuf_fini(&b);
	return all;
}

static void elements_are_taken_one_by_one(void **state)
{
	struct strbuf b = {0};

	assert_string_equal(each(*state, " [1, {\"a\": [2]},\n\"x\" ] "),
	                    "1;{\"a\":[2]};\"x\";");
	assert_string_equal(each(*state, "[]"), "");
	assert_string_equal(each(*state, "{\"a\":1}"), "");
	assert_string_equal(each(*state, "[1, null, 2]"), "enough");
	assert_non_null(strstr(each(*state, "[1,\n?]"), "line 2"));
	assert_non_null(strstr(each(*state, "[1] 2"), "not JSON"));
	assert_non_null(strstr(each(*state, ""), "not JSON"));
	for (int i = 0; i < 10000; i++)
		strbuf_printf(&b, "{\"n\":%d,\"s\":\"ab\"};", i);
	assert_string_equal(each(*state, long_list(*state, "")), b.s);
	strbuf_fini(&b);
}

static void a_copy_needs_nothing_of_the_first(void **state)
{
	static const char text[] =
		"{\"a\":[1,\"x\",null,{\"b\":2.5}],\"c\":true}";
	struct arena first = {0};
	const struct value *v, *copy;

	assert_null(value_from_json(&first, text, strlen(text), &v));
	copy = value_copy(*state, v);
	arena_free(&first);
	assert_string_equal(value_to_json(*state, copy), text);
}

static void broken_json_is_an_error_with_its_place(void **state)
{
	const struct value *v;
	struct err *e = value_from_json(*state, "{\"a\":\n ?}", 9, &v);

	assert_int_equal(err_code(e), ERR_SYNTAX);
	assert_non_null(strstr(err_text(e), "line 2"));
	err_free(e);
	e = value_from_json(*state, "{\"a\":1,\"a\":2}", 13, &v);
	assert_non_null(e);
	err_free(e);
}

static void maps_are_equal_in_any_order(void **state)
{
	assert_true(value_equal(read(state, "{\"a\":1,\"b\":[2]}"),
	                        read(state, "{\"b\":[2],\"a\":1}")));
	assert_false(value_equal(read(state, "{\"a\":1}"),
	                         read(state, "{\"a\":2}")));
	assert_false(value_equal(read(state, "{\"a\":1}"),
	                         read(state, "{\"a\":1,\"b\":1}")));
	assert_false(value_equal(read(state, "[1]"), read(state, "[1,2]")));
}

static void unknown_equals_nothing(void **state)
{
	(void)state;
	assert_false(value_equal(value_unknown(), value_unknown()));
}

static void a_digest_does_not_depend_on_the_order_of_keys(void **state)
{
	const char *a = value_digest(*state, read(state, "{\"a\":1,\"b\":2}"));
	const char *b = value_digest(*state, read(state, "{\"b\":2,\"a\":1}"));

	assert_string_equal(a, b);
	assert_int_equal(strlen(a), 64);
}

static void a_secret_is_hidden_in_json_and_counts_in_the_digest(void **state)
{
	const struct value *a =
		value_tainted(*state, value_string(*state, "a"));
	const struct value *b =
		value_tainted(*state, value_string(*state, "b"));

	assert_string_equal(value_to_json(*state, a), "\"(sensitive)\"");
	assert_string_not_equal(value_digest(*state, a),
	                        value_digest(*state, b));
	assert_true(value_has_taint(value_list(*state, &a, 1)));
}

static void unknown_is_found_at_any_depth(void **state)
{
	const struct value *v = value_unknown();

	v = value_list(*state, &v, 1);
	v = value_with(*state, value_map(*state, NULL, 0), "k", v);
	assert_true(value_has_unknown(v));
	assert_string_equal(value_to_json(*state, v),
	                    "{\"k\":[\"(known after apply)\"]}");
}

static void getting_what_is_not_there_gives_the_other_value(void **state)
{
	const struct value *v = read(state, "{\"s\":\"x\",\"i\":3,\"b\":true}");

	assert_string_equal(value_get_string(v, "s", "-"), "x");
	assert_string_equal(value_get_string(v, "i", "-"), "-");
	assert_int_equal(value_get_int(v, "i", 9), 3);
	assert_int_equal(value_get_int(v, "nope", 9), 9);
	assert_true(value_get_bool(v, "b", false));
	assert_null(value_get(value_null(), "x"));
}

static void with_replaces_or_adds(void **state)
{
	const struct value *v = read(state, "{\"a\":1}");
	const struct value *w =
		value_with(*state, v, "a", value_int(*state, 2));

	w = value_with(*state, w, "b", value_int(*state, 3));
	assert_string_equal(value_to_json(*state, w), "{\"a\":2,\"b\":3}");
	assert_string_equal(value_to_json(*state, v), "{\"a\":1}");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(json_comes_out_canonical),
		TEST(a_map_reads_back_in_the_order_written),
		TEST(long_lists_are_read_as_short_ones_are),
		TEST(mistakes_in_long_lists_have_their_place),
		TEST(elements_are_taken_one_by_one),
		TEST(a_copy_needs_nothing_of_the_first),
		TEST(broken_json_is_an_error_with_its_place),
		TEST(maps_are_equal_in_any_order),
		TEST(unknown_equals_nothing),
		TEST(a_digest_does_not_depend_on_the_order_of_keys),
		TEST(a_secret_is_hidden_in_json_and_counts_in_the_digest),
		TEST(unknown_is_found_at_any_depth),
		TEST(getting_what_is_not_there_gives_the_other_value),
		TEST(with_replaces_or_adds),
	};

	return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
