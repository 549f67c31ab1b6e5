#include "providers/http/parse.h"

#include <string.h>

#include "tests/lib/test.h"

static struct arena mem;

static void a_header_has_a_lower_case_name_and_a_trimmed_value(void **state)
{
	static const char line[] = "Retry-After: \t 17 \r\n";
	struct http_header h;

	(void)state;
	assert_true(http_parse_header(&mem, line, strlen(line), &h));
	assert_string_equal(h.name, "retry-after");
	assert_string_equal(h.value, "17");
}

static void what_is_no_header_is_refused(void **state)
{
	static const char *const lines[] = {"\r\n", "HTTP/1.1 200 OK\r\n",
	                                    ": x\r\n", "a b: c\r\n", "name"};
	struct http_header h;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		assert_false(http_parse_header(&mem, lines[i], strlen(lines[i]),
		                               &h));
}

static void retry_after_is_seconds_or_a_date(void **state)
{
	const int64_t now = INT64_C(784111777) * 1000; /* RFC 9110's example */

	(void)state;
	assert_int_equal(http_parse_retry_after("120", now), 120000);
	assert_int_equal(
		http_parse_retry_after("Sun, 06 Nov 1994 08:49:40 GMT", now),
		3000);
	assert_int_equal(
		http_parse_retry_after("Sun, 06 Nov 1994 08:49:00 GMT", now),
		0);
	assert_int_equal(http_parse_retry_after("soon", now), -1);
	assert_int_equal(http_parse_retry_after("99999999999", now), 3600000);
}

static void a_range_says_what_has_arrived(void **state)
{
	(void)state;
	assert_int_equal(http_parse_range("bytes=0-262143"), 262143);
	assert_int_equal(http_parse_range("bytes=0-"), -1);
	assert_int_equal(http_parse_range("bytes=5-9"), -1);
	assert_int_equal(http_parse_range("bytes=0-9x"), -1);
}

static void a_shown_url_opens_no_doors(void **state)
{
	(void)state;
	assert_string_equal(
		http_parse_shown(&mem, "http://h/p?name=a&upload_id=SECRET&x"),
		"http://h/p?name=a&upload_id=***&x");
	assert_string_equal(http_parse_shown(&mem, "http://h/p"), "http://h/p");
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&mem);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_header_has_a_lower_case_name_and_a_trimmed_value),
		cmocka_unit_test(what_is_no_header_is_refused),
		cmocka_unit_test(retry_after_is_seconds_or_a_date),
		cmocka_unit_test(a_range_says_what_has_arrived),
		cmocka_unit_test(a_shown_url_opens_no_doors),
	};

	return cmocka_run_group_tests_name("http parse", tests, NULL, teardown);
}
