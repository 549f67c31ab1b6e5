#include "kernel/net/http.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/errno.h"
#include "tests/lib/test.h"

static char text[512];
static struct http_answer answer;

static int parse(const char *s)
{
	size_t n = strlen(s);

	memcpy(text, s, n + 1);
	answer = (struct http_answer){0};
	return http_parse(text, n, &answer);
}

static void a_body_ends_where_its_length_says(void **state)
{
	(void)state;
	assert_int_equal(parse("HTTP/1.1 200 OK\r\nServer: x\r\n"
	                       "CONTENT-Length:  5\r\n\r\nhello and more"),
	                 0);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.body, "hello");
	assert_int_equal(answer.len, 5);
}

static void a_body_without_length_goes_to_the_end(void **state)
{
	(void)state;
	assert_int_equal(parse("HTTP/1.0 404 Not Found\n\nnothing\n"), 0);
	assert_int_equal(answer.status, 404);
	assert_string_equal(answer.body, "nothing\n");
}

static void chunks_are_joined(void **state)
{
	(void)state;
	assert_int_equal(parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
	                       "\r\n\r\n4;x=y\r\nprog\r\nA\r\nram /bin/x\r\n0"
	                       "\r\n\r\n"),
	                 0);
	assert_string_equal(answer.body, "program /bin/x");
	assert_int_equal(answer.len, 14);
}

static void what_is_cut_off_is_no_answer(void **state)
{
	(void)state;
	assert_int_equal(parse("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"),
	                 -EBADMSG);
	assert_int_equal(parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
	                       "\r\n\r\n9\r\nx\r\n"),
	                 -EBADMSG);
	assert_int_equal(parse("HTTP/1.1 200 OK\r\nContent-Le"), -EBADMSG);
	assert_int_equal(parse(""), -EBADMSG);
}

static void an_answer_is_whole_when_its_length_has_come(void **state)
{
	static const char all[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
				  "\r\nabc";

	(void)state;
	for (size_t n = 0; n < sizeof(all) - 1; n++)
		assert_false(http_is_whole(all, n));
	assert_true(http_is_whole(all, sizeof(all) - 1));
	assert_false(http_is_whole("HTTP/1.1 200 OK\r\n\r\nabc", 22));
}

static void what_is_no_http_is_no_answer(void **state)
{
	(void)state;
	assert_int_equal(parse("SSH-2.0-OpenSSH\r\n"), -EBADMSG);
	assert_int_equal(parse("HTTP/1.1 abc\r\n\r\n"), -EBADMSG);
	assert_int_equal(parse("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
	                 -EBADMSG);
	assert_int_equal(parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
	                       "\r\n\r\nffffffffffffffff\r\nx\r\n"),
	                 -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_ends_where_its_length_says),
		cmocka_unit_test(a_body_without_length_goes_to_the_end),
		cmocka_unit_test(chunks_are_joined),
		cmocka_unit_test(what_is_cut_off_is_no_answer),
		cmocka_unit_test(an_answer_is_whole_when_its_length_has_come),
		cmocka_unit_test(what_is_no_http_is_no_answer),
	};

	return cmocka_run_group_tests_name("http_parse", tests, NULL, NULL);
}
