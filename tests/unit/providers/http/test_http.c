#include "providers/http/http.h"

#include <stdlib.h>
#include <string.h>

#include "providers/image/zeros.h"
#include "tests/lib/scripted.h"

#define OK      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
#define BUSY    "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
#define LATER   "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"
#define EXPIRED "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"
#define QUOTA   "HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\nquota"
#define DENIED  "HTTP/1.1 403 No\r\nContent-Length: 6\r\n\r\ndenied"

static const struct http_rule rules[] = {
	{401, NULL, HTTP_LOG_IN},
	{403, "quota", HTTP_NEXT_MINUTE},
	{429, NULL, HTTP_BACK_OFF},
	{503, NULL, HTTP_BACK_OFF},
	{0},
};

/* A clock that jumps instead of waiting; its luck is always the worst. */
static struct {
	int64_t now, slept[64];
	size_t n;
} fake;

static int64_t fake_now(void *ctx UNUSED)
{
	return fake.now;
}

static void fake_sleep(void *ctx UNUSED, int64_t ms)
{
	if (fake.n < ARRAY_LEN(fake.slept))
		fake.slept[fake.n++] = ms;
	fake.now += ms;
}

static uint64_t fake_random(void *ctx UNUSED)
{
	return UINT64_C(1000) * 1001 * 2001 * 4001 - 1;
}

static const struct http_clock clock_of_test = {NULL, fake_now, fake_now,
                                                fake_sleep, fake_random};

static const char *body_as_reason(struct arena *mem UNUSED,
                                  const struct http_answer *a)
{
	return a->body;
}

static unsigned renewals;

static struct err *authorize(void *ctx UNUSED, struct arena *mem UNUSED,
                             bool renew, const char **out)
{
	renewals += renew;
	*out = renew ? "Bearer new-secret" : "Bearer old-secret";
	return NULL;
}

struct fixture {
	struct scripted server;
	struct arena mem;
	struct http *http;
	char *traced;
	size_t traced_len;
	FILE *trace;
};

static struct fixture fx;

static struct err *ask(const char *const *answers, size_t n,
                       struct http_request r, struct http_answer *out)
{
	struct http_options how = {
		.user_agent = "test",
		.rules = rules,
		.clock = &clock_of_test,
		.reason = body_as_reason,
		.authorize = authorize,
		.trace = fx.trace,
	};

	scripted_start(&fx.server, answers, n);
	assert_null(http_open(&how, &fx.http));
	r.url = arena_printf(&fx.mem, "%s/x?upload_id=hidden", fx.server.url);
	return http_send(fx.http, &fx.mem, &r, out);
}

#define ASK(r, out, ...)                                                       \
	ask((const char *const[]){__VA_ARGS__},                                \
	    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *),       \
	    (struct http_request)r, out)
#define GET                                                                    \
	{                                                                      \
		.method = "GET", .repeatable = true                            \
	}
#define POST                                                                   \
	{                                                                      \
		.method = "POST", .body = "{}", .len = 2                       \
	}

static int setup(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	memset(&fx, 0, sizeof(fx));
	fake.now = INT64_C(1700000000) * 1000;
	renewals = 0;
	fx.trace = open_memstream(&fx.traced, &fx.traced_len);
	return fx.trace ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	http_close(fx.http);
	scripted_stop(&fx.server);
	fclose(fx.trace);
	free(fx.traced);
	arena_free(&fx.mem);
	return 0;
}

static void an_answer_comes_with_body_and_headers(void **state)
{
	struct http_answer a;

	(void)state;
	assert_null(ASK(GET, &a, OK));
	assert_int_equal(a.status, 200);
	assert_string_equal(a.body, "{}");
	assert_string_equal(http_header(&a, "content-length"), "2");
	assert_null(http_header(&a, "x"));
}

static void waits_double_and_have_a_cap(void **state)
{
	struct http_answer a;

	(void)state;
	assert_null(ASK(GET, &a, BUSY, BUSY, BUSY, OK));
	assert_int_equal(http_tries(fx.http), 4);
	assert_int_equal(fake.n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_in_range(fake.slept[i], 0, 1000 << i);
}

static void retry_after_is_obeyed(void **state)
{
	struct http_answer a;

	(void)state;
	assert_null(ASK(GET, &a, LATER, OK));
	assert_int_equal(fake.n, 1);
	assert_int_equal(fake.slept[0], 7000);
}

static void a_change_that_may_have_arrived_is_not_sent_again(void **state)
{
	struct http_answer a;
	struct err *e;

	(void)state;
	e = ASK(POST, &a, NULL);
	assert_non_null(e);
	assert_int_equal(err_code(e), ERR_REMOTE);
	assert_int_equal(http_tries(fx.http), 1);
	err_free(e);
}

static void a_503_to_such_a_change_is_its_answer(void **state)
{
	struct http_answer a;

	(void)state;
	assert_null(ASK(POST, &a, BUSY));
	assert_int_equal(a.status, 503);
}

static void a_cut_connection_is_tried_again_when_that_is_safe(void **state)
{
	struct http_answer a;

	(void)state;
	assert_null(ASK(GET, &a, NULL, NULL, OK));
	assert_int_equal(a.status, 200);
}

static void a_quota_waits_for_the_next_minute(void **state)
{
	struct http_answer a;
	int64_t left = 60000 - fake.now % 60000;

	(void)state;
	assert_null(ASK(POST, &a, QUOTA, OK));
	assert_int_equal(fake.n, 1);
	assert_in_range(fake.slept[0], left, left + 5000);
}

static void another_403_is_an_answer(void **state)
{
	struct http_answer a;

	(void)state;
	assert_null(ASK(GET, &a, DENIED));
	assert_int_equal(a.status, 403);
}

static void a_token_is_renewed_once(void **state)
{
	struct http_answer a;

	(void)state;
	assert_null(ASK(GET, &a, EXPIRED, EXPIRED));
	assert_int_equal(a.status, 401);
	assert_int_equal(renewals, 1);
	assert_non_null(strstr(fx.server.asked[0], "Bearer old-secret"));
	assert_non_null(strstr(fx.server.asked[1], "Bearer new-secret"));
}

static void the_deadline_ends_it(void **state)
{
	const char *answers[SCRIPTED_MOST];
	struct http_request r = GET;
	struct http_answer a;
	struct err *e;

	(void)state;
	for (size_t i = 0; i < SCRIPTED_MOST; i++)
		answers[i] = BUSY;
	r.deadline_ms = 3000;
	e = ask(answers, SCRIPTED_MOST, r, &a);
	assert_non_null(e);
	assert_int_equal(err_code(e), ERR_TIMEOUT);
	assert_true(http_tries(fx.http) >= 2);
	err_free(e);
}

/* Nobody listens there. */
static void who_was_never_there_is_given_up_early(void **state)
{
	struct http_options how = {.user_agent = "test",
	                           .clock = &clock_of_test};
	struct http_request r = {.method = "GET",
	                         .url = "http://127.0.0.1:1/",
	                         .repeatable = true};
	int64_t start = fake.now;
	struct http_answer a;
	struct err *e;

	(void)state;
	scripted_start(&fx.server, (const char *const[]){OK}, 1);
	assert_null(http_open(&how, &fx.http));
	e = http_send(fx.http, &fx.mem, &r, &a);
	assert_int_equal(err_code(e), ERR_TIMEOUT);
	assert_in_range(fake.now - start, HTTP_FIRST_MS / 4, HTTP_FIRST_MS);
	err_free(e);
}

/* Our clock is a day behind; what counts is the second between the two. */
static void a_date_to_retry_after_is_by_the_servers_clock(void **state)
{
	struct http_answer a;

	(void)state;
	assert_null(ASK(GET, &a,
	                "HTTP/1.1 503 Busy\r\n"
	                "Date: Thu, 16 Nov 2023 22:13:20 GMT\r\n"
	                "Retry-After: Thu, 16 Nov 2023 22:13:21 GMT\r\n"
	                "Content-Length: 0\r\n\r\n",
	                OK));
	assert_int_equal(fake.n, 1);
	assert_int_equal(fake.slept[0], 1000);
}

static char told[256];

static void tell(void *ctx UNUSED, const char *why, int64_t ms)
{
	size_t n = strlen(told);

	snprintf(told + n, sizeof(told) - n, "%s %lld\n", why ? why : "-",
	         (long long)ms);
}

static void waiting_is_told_of_until_there_is_an_answer(void **state)
{
	struct http_request r = GET;
	struct http_answer a;

	(void)state;
	*told = '\0';
	r.waiting = tell;
	assert_null(ask((const char *const[]){LATER, OK}, 2, r, &a));
	assert_string_equal(told, "429 7000\n- 0\n");
}

static bool wants_out(void *ctx UNUSED)
{
	return fake.n >= 2;
}

static void a_wish_to_stop_ends_the_waiting(void **state)
{
	struct http_request r = GET;
	struct http_answer a;
	struct err *e;

	(void)state;
	r.canceled = wants_out;
	e = ask((const char *const[]){LATER}, 1, r, &a);
	assert_int_equal(err_code(e), ERR_CANCELED);
	assert_true(fake.n <= 3);
	err_free(e);
}

static void a_trace_shows_no_secret(void **state)
{
	struct http_answer a;

	(void)state;
	assert_null(ASK(GET, &a, OK));
	fflush(fx.trace);
	assert_non_null(strstr(fx.traced, "GET http://127.0.0.1"));
	assert_null(strstr(fx.traced, "secret"));
	assert_null(strstr(fx.traced, "hidden"));
}

/* --- far ends that mean no good ------------------------------------------- */

static void says(struct err *e, enum err_code code, const char *what)
{
	assert_non_null(e);
	assert_int_equal(err_code(e), code);
	assert_null(err_cause(e));
	assert_null(strchr(err_text(e), '\n'));
	if (!strstr(err_text(e), what))
		fail_msg("\"%s\" does not say \"%s\"", err_text(e), what);
	err_free(e);
}

static void nobody_is_followed_elsewhere(void **state)
{
	struct http_answer a;

	(void)state;
	assert_null(ASK(GET, &a,
	                "HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:1/\r\n"
	                "Content-Length: 0\r\n\r\n"));
	assert_int_equal(a.status, 302);
	assert_int_equal(http_tries(fx.http), 1);
}

static void a_body_that_is_cut_is_no_answer(void **state)
{
	struct http_answer a;

	(void)state;
	says(ASK(POST, &a,
	         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	         "8\r\n{\"a\":1}"),
	     ERR_REMOTE, "POST http://127.0.0.1");
}

static void one_that_is_shorter_than_it_says_is_asked_again(void **state)
{
	struct http_answer a;

	(void)state;
	assert_null(ASK(GET, &a,
	                "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\":1",
	                OK));
	assert_string_equal(a.body, "{}");
}

static void what_would_be_too_large_is_not_read(void **state)
{
	struct http_answer a;

	(void)state;
	says(ASK(GET, &a,
	         "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx"),
	     ERR_LIMIT, "is larger than 256 MiB");
}

/* A few KiB that would become 3 MiB, where 1 is allowed. */
static void what_becomes_too_large_is_not_read_on(void **state)
{
	static const uint8_t head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
	static const char *const answer[] = {
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"};
	struct http_options how = {.user_agent = "test", .largest = 1 << 20};
	struct http_request r = {.method = "GET"};
	struct http_answer a;
	struct zeros z;
	char *packed;

	(void)state;
	assert_null(zeros_pack(&fx.mem, &z));
	packed = arena_alloc(&fx.mem, sizeof(head) + 3 * z.len, 1);
	memcpy(packed, head, sizeof(head));
	for (size_t i = 0; i < 3; i++)
		memcpy(packed + sizeof(head) + i * z.len, z.packed, z.len);
	scripted_start(&fx.server, answer, 1);
	fx.server.tail_len = sizeof(head) + 3 * z.len;
	fx.server.tail = packed;
	r.url = fx.server.url;
	assert_null(http_open(&how, &fx.http));
	says(http_send(fx.http, &fx.mem, &r, &a), ERR_LIMIT,
	     "is larger than 1 MiB");
}

static void what_others_say_is_one_line(void **state)
{
	(void)state;
	assert_string_equal(
		http_one_line(&fx.mem, " <html>\r\n\t<b>no\x1b[2J</b>\n", 99),
		"<html> <b>no [2J</b>");
	assert_string_equal(http_one_line(&fx.mem, "caf\xc3\xa9", 99),
	                    "caf\xc3\xa9");
	assert_string_equal(http_one_line(&fx.mem, "caf\xc3\xa9", 4), "caf?");
	assert_string_equal(http_one_line(&fx.mem,
	                                  "a\xff"
	                                  "b",
	                                  99),
	                    "a?b");
	assert_string_equal(http_one_line(&fx.mem, "\n \n", 99), "");
}

static void what_is_no_url_is_said_at_once(void **state)
{
	struct http_options how = {.user_agent = "test", .rules = rules};
	struct http_request r = {.method = "GET", .url = "file:///etc/passwd"};
	struct http_answer a;
	struct err *e;

	(void)state;
	scripted_start(&fx.server, NULL, 0);
	assert_null(http_open(&how, &fx.http));
	e = http_send(fx.http, &fx.mem, &r, &a);
	assert_int_equal(err_code(e), ERR_SYNTAX);
	err_free(e);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_comes_with_body_and_headers),
		TEST(who_was_never_there_is_given_up_early),
		TEST(waiting_is_told_of_until_there_is_an_answer),
		TEST(a_date_to_retry_after_is_by_the_servers_clock),
		TEST(waits_double_and_have_a_cap),
		TEST(retry_after_is_obeyed),
		TEST(a_change_that_may_have_arrived_is_not_sent_again),
		TEST(a_503_to_such_a_change_is_its_answer),
		TEST(a_cut_connection_is_tried_again_when_that_is_safe),
		TEST(a_quota_waits_for_the_next_minute),
		TEST(another_403_is_an_answer),
		TEST(a_token_is_renewed_once),
		TEST(the_deadline_ends_it),
		TEST(a_wish_to_stop_ends_the_waiting),
		TEST(a_trace_shows_no_secret),
		TEST(nobody_is_followed_elsewhere),
		TEST(a_body_that_is_cut_is_no_answer),
		TEST(one_that_is_shorter_than_it_says_is_asked_again),
		TEST(what_would_be_too_large_is_not_read),
		TEST(what_becomes_too_large_is_not_read_on),
		TEST(what_others_say_is_one_line),
		TEST(what_is_no_url_is_said_at_once),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
