#include "parser/value/json_reader.h"

#include "tests/lib/arena.h"

#include <string.h>

/* What is read of the first `len` bytes, as JSON; "" when it is left. */
static const char *read_part(struct arena *mem, const char *text, size_t len)
{
	/* Of its own size, so that a sanitizer sees what is read behind it. */
	const char *copy = memcpy(arena_alloc(mem, len, 1), text, len);
	struct value_reader r = {.mem = mem, .at = copy, .end = copy + len};
	const struct value *v = value_read_json(&r);
	bool all = value_reader_at_end(&r);

	value_reader_fini(&r);
	return v && all ? value_to_json(mem, v) : "";
}

static void check(void **state, const char *text, const char *want)
{
	assert_string_equal(read_part(*state, text, strlen(text)), want);
}

static void strings_are_read_with_their_escapes(void **state)
{
	check(state, "\"plain\"", "\"plain\"");
	check(state, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
	      "\"\\\"\\\\/\\b\\f\\n\\r\\t\"");
	check(state, "\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"",
	      "\"A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
	check(state, "{\"\\u0061\\\"\":\"h\xc3\xa9\"}",
	      "{\"a\\\"\":\"h\xc3\xa9\"}");
}

static void numbers_are_ints_or_doubles(void **state)
{
	check(state, "[0,-0,-12,999999999999999999]",
	      "[0,0,-12,999999999999999999]");
	check(state, "[0.5,-1.25e-2,1E2,25e-1]", "[0.5,-0.0125,100,2.5]");
}

static void blanks_stand_anywhere_between(void **state)
{
	check(state, " \t\r\n{ \"a\" : [ ] , \"b\" : { } , \"c\" : null } ",
	      "{\"a\":[],\"b\":{},\"c\":null}");
	check(state, "[ true , false ]", "[true,false]");
}

static void what_is_wrong_or_odd_is_left(void **state)
{
	static const char *const all[] = {
		"",
		" ",
		"?",
		"tru",
		"nul",
		"01",
		"-",
		"1.",
		".5",
		"1e",
		"1e+",
		"+1",
		"1e999",
		"1000000000000000000",
		"\"",
		"\"\\",
		"\"\\\"",
		"\"\\x\"",
		"\"\\u12\"",
		"\"\\u0000\"",
		"\"\\ud800\"",
		"\"\\ud800\\u0041\"",
		"\"\\udc00\"",
		"\"\n\"",
		"\"\xff\"",
		"\"\xed\xa0\x80\"",
		"[",
		"[1",
		"[1,",
		"[1,]",
		"[,1]",
		"[1 2]",
		"{",
		"{\"a\"",
		"{\"a\":",
		"{\"a\":1,}",
		"{1:2}",
		"{\"a\" 1}",
		"{\"a\":1,\"a\":2}",
		"{\"b\":1,\"a\":2,\"b\":3}",
		"1 2",
		"[] ]",
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		check(state, all[i], "");
	assert_string_equal(read_part(*state, "[1\0]", 4), "");
}

static void every_beginning_of_a_text_is_left(void **state)
{
	static const char text[] =
		"{\"a\":[1.5e3,\"\\ud83d\\ude00\\n\",true],\"b\":{\"c\":null}}";

	for (size_t len = 0; len < strlen(text); len++)
		assert_string_equal(read_part(*state, text, len), "");
	assert_string_not_equal(read_part(*state, text, strlen(text)), "");
}

static void nesting_has_an_end(void **state)
{
	char text[2 * 129 + 1] = "";

	memset(text, '[', 128);
	memset(text + 128, ']', 128);
	check(state, text, text);
	memset(text, '[', 129);
	memset(text + 129, ']', 129);
	check(state, text, "");
}

static void keys_are_stored_once(void **state)
{
	static const char text[] = "[{\"key\":1},{\"key\":2}]";
	struct value_reader r = {
		.mem = *state, .at = text, .end = text + strlen(text)};
	const struct value *v = value_read_json(&r);

	assert_non_null(v);
	assert_ptr_equal(v->list.v[0]->map.v[0].key,
	                 v->list.v[1]->map.v[0].key);
	value_reader_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(strings_are_read_with_their_escapes),
		ARENA_TEST(numbers_are_ints_or_doubles),
		ARENA_TEST(blanks_stand_anywhere_between),
		ARENA_TEST(what_is_wrong_or_odd_is_left),
		ARENA_TEST(every_beginning_of_a_text_is_left),
		ARENA_TEST(nesting_has_an_end),
		ARENA_TEST(keys_are_stored_once),
	};

	return cmocka_run_group_tests_name("json_reader", tests, NULL, NULL);
}
