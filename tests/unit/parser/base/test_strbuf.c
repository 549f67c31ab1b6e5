#include "parser/base/strbuf.h"

#include "tests/lib/test.h"

#include <string.h>

static void what_is_added_stands_in_a_row(void **state)
{
	struct strbuf b = {0};

	(void)state;
	strbuf_add(&b, "tcp");
	strbuf_addc(&b, '/');
	strbuf_printf(&b, "%d", 1883);
	strbuf_fill(&b, '!', 2);
	strbuf_addn(&b, "abc", 1);
	assert_string_equal(b.s, "tcp/1883!!a");
	assert_int_equal(b.len, strlen(b.s));
	strbuf_fini(&b);
	assert_null(b.s);
}

static void it_grows_past_its_first_block(void **state)
{
	struct strbuf b = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		strbuf_printf(&b, "%03d", i);
	assert_int_equal(b.len, 3000);
	assert_memory_equal(b.s + 2997, "999", 4);
	strbuf_fini(&b);
}

static void adding_nothing_makes_an_empty_string(void **state)
{
	struct strbuf b = {0};

	(void)state;
	strbuf_add(&b, "");
	assert_string_equal(b.s, "");
	strbuf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_added_stands_in_a_row),
		cmocka_unit_test(it_grows_past_its_first_block),
		cmocka_unit_test(adding_nothing_makes_an_empty_string),
	};

	return cmocka_run_group_tests_name("strbuf", tests, NULL, NULL);
}
