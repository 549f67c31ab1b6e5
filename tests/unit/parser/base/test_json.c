#include "parser/base/json.h"

#include "tests/lib/test.h"

#include <math.h>
#include <string.h>

#include "parser/base/strbuf.h"

static void strings_are_quoted_and_escaped(void **state)
{
	static const char text[] = "a\"b\\c\nd\x01\xc3\xa9";
	struct strbuf b = {0};

	(void)state;
	json_add_string(&b, text, strlen(text));
	assert_string_equal(b.s, "\"a\\\"b\\\\c\\nd\\u0001\xc3\xa9\"");
	strbuf_fini(&b);
}

static void numbers_are_as_short_as_they_can_be(void **state)
{
	struct strbuf b = {0};

	(void)state;
	json_add_number(&b, 0.1);
	strbuf_addc(&b, ' ');
	json_add_number(&b, 1.0 / 3);
	strbuf_addc(&b, ' ');
	json_add_number(&b, (double)INFINITY);
	assert_string_equal(b.s, "0.1 0.3333333333333333 null");
	strbuf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_quoted_and_escaped),
		cmocka_unit_test(numbers_are_as_short_as_they_can_be),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
