#include "providers/gcp/gcp.h"

#include <stdlib.h>

#include "providers/gcp/storage.h"
#include "tests/lib/scratch.h"
#include "tests/lib/scripted.h"

/* What a far end says that is not Compute Engine, or out of order. */

#define OK(body) "HTTP/1.1 200 OK\r\n\r\n" body
#define READY    OK("{\"id\":\"1\"}"), OK("{}"), OK("{}") /* preflight */

struct fixture {
	struct scripted server;
	struct provider *p;
	struct arena mem;
};

static struct fixture fx;

static void start(struct scratch *s, const char *const *answers, size_t n)
{
	struct owner owner = {"s", "default", s->dir};
	const struct value *settings;
	const char *text;

	memset(&fx, 0, sizeof(fx));
	setenv("MISO_HOME", scratch_path(s, "home"), 1);
	scripted_start(&fx.server, answers, n);
	text = arena_printf(
		&fx.mem,
		"{\"project\":\"test-project-1\",\"zone\":\"us-west2-a\","
		"\"bucket\":\"b\",\"endpoint\":\"%s\","
		"\"access_token_file\":\"%s\"}",
		fx.server.url, scratch_text(s, "token", "t1\n"));
	assert_null(value_from_json(&fx.mem, text, strlen(text), &settings));
	assert_null(gcp_provider.open(settings, &owner, &fx.p));
}

/* How many were asked. */
static size_t stop(void)
{
	size_t n = scripted_stop(&fx.server);

	gcp_provider.close(fx.p);
	arena_free(&fx.mem);
	return n;
}

/* A list that gets these answers fails after all of them, saying `what`. */
static void fails(struct scratch *s, const char *const *answers, size_t n,
                  const char *what)
{
	struct object_set all;
	struct err *e;

	start(s, answers, n);
	e = gcp_provider.list(fx.p, &fx.mem, &all);
	assert_non_null(e);
	assert_null(err_cause(e));
	for (const char *c = err_text(e); *c; c++)
		assert_true((unsigned char)*c >= ' ');
	if (!strstr(err_text(e), what))
		fail_msg("\"%s\" does not say \"%s\"", err_text(e), what);
	err_free(e);
	assert_int_equal(stop(), n);
}

#define FAILS(s, what, ...)                                                    \
	fails(s, (const char *const[]){__VA_ARGS__},                           \
	      sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *),     \
	      what)

#define IMAGES "projects/test-project-1/global/images: "

static void a_page_of_a_proxy_is_no_list(void **state)
{
	FAILS(*state, "global/images?filter", READY,
	      OK("<html>\r\n<b>Log in</b>"));
	FAILS(*state, "the answer is no JSON object, but 8 bytes of text/html",
	      READY,
	      "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nPlease\r\n");
}

static void json_that_is_no_object_is_refused(void **state)
{
	FAILS(*state, "no JSON object", READY, OK("[]"));
	FAILS(*state, "no JSON object", READY, OK("\"items\""));
	FAILS(*state, "no JSON object", READY, OK("{\"items\":[{}]"));
}

/* Also in the very first call. */
static void what_the_first_call_gets_is_looked_at_too(void **state)
{
	FAILS(*state, "/projects/test-project-1?fields=name,id", OK("[]"));
}

static void deep_json_is_refused(void **state)
{
	enum { DEEP = 100000 };
	char *answer = malloc(DEEP + 64);

	assert_non_null(answer);
	strcpy(answer, "HTTP/1.1 200 OK\r\n\r\n{\"items\":");
	memset(answer + strlen(answer), '[', DEEP);
	answer[DEEP] = '\0';
	FAILS(*state, "no JSON object", READY, answer);
	free(answer);
}

static void a_way_elsewhere_is_not_taken(void **state)
{
	FAILS(*state,
	      IMAGES "we are sent to http://x.invalid/, which we do not "
	             "follow (302",
	      READY,
	      "HTTP/1.1 302 Go\r\nLocation: http://x.invalid/\r\n\r\n<html>");
}

static void what_is_said_does_not_reach_the_terminal_as_it_is(void **state)
{
	FAILS(*state, IMAGES "no [2J way (400, b ad)", READY,
	      "HTTP/1.1 400 No\r\n\r\n{\"error\":{\"message\":\"no\\u001b[2J"
	      "\\r\\n way\",\"errors\":[{\"reason\":\"b\\u0007ad\"}]}}");
	FAILS(*state, IMAGES "go away (418", READY,
	      "HTTP/1.1 418 No\r\n\r\n\x1bgo\r\naway");
}

static void a_list_without_an_end_is_given_up(void **state)
{
	FAILS(*state, "global/images: page 2 says that the next one is itself",
	      READY, OK("{\"nextPageToken\":\"a\"}"),
	      OK("{\"nextPageToken\":\"a\"}"));
	FAILS(*state, "images/: page 2 says that the next one is itself", READY,
	      OK("{}"), OK("{\"nextPageToken\":\"a\"}"),
	      OK("{\"nextPageToken\":\"a\"}"));
}

/* Names that are none, in places where names stand. */
static void lists_of_something_else_are_empty(void **state)
{
	static const char *const answers[] = {
		READY,
		OK("{\"items\":[1,null,{\"description\":[]}]}"),
		OK("{\"items\":{\"name\":\"x\"}}"),
		OK("{\"items\":[5]}"),
		OK("{\"items\":{\"z\":{\"instances\":7}}}"),
		OK("{\"items\":{\"z\":[]}}"),
		OK("{}"),
		OK("{\"items\":{\"z\":{\"addresses\":[{}]}}}"),
		OK("{\"items\":[{\"name\":1}]}"),
	};
	struct object_set all;

	start(*state, answers, ARRAY_LEN(answers));
	assert_null(gcp_provider.list(fx.p, &fx.mem, &all));
	assert_int_equal(all.n, 0);
	assert_int_equal(stop(), ARRAY_LEN(answers));
}

static void an_answer_that_is_no_operation_ends_the_change(void **state)
{
	static const char *const answers[] = {
		OK("{\"selfLink\":\"http://x/projects/p/operations/o\","
	           "\"status\":\"RUNNING\"}"),
		OK("{}"),
	};
	struct object o = {.kind = "address",
	                   .address = "address.a",
	                   .id = "projects/p/regions/r/addresses/a"};
	struct err *e;

	start(*state, answers, ARRAY_LEN(answers));
	e = gcp_provider.delete(fx.p, &o, NULL);
	assert_non_null(strstr(err_text(e), "projects/p/operations/o/wait: the "
	                                    "answer is no operation"));
	err_free(e);
	assert_int_equal(stop(), ARRAY_LEN(answers));
}

/* The token would go there with each piece. */
static void an_upload_goes_to_no_other_host(void **state)
{
	static const char *const answers[] = {
		"HTTP/1.1 404 No\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\nLocation: http://x.invalid/up?upload_id="
		"a\r\n\r\n",
	};
	struct err *e;

	start(*state, answers, ARRAY_LEN(answers));
	e = gcp_storage_upload(fx.p, "o", scratch_text(*state, "o", "some pig"),
	                       NULL, "image.a");
	assert_non_null(e);
	assert_non_null(strstr(err_text(e), "gs://b/o: its session is at "
	                                    "another host"));
	assert_null(strstr(err_text(e), "upload_id=a"));
	err_free(e);
	assert_int_equal(stop(), ARRAY_LEN(answers));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(a_page_of_a_proxy_is_no_list),
		SCRATCH_TEST(json_that_is_no_object_is_refused),
		SCRATCH_TEST(what_the_first_call_gets_is_looked_at_too),
		SCRATCH_TEST(deep_json_is_refused),
		SCRATCH_TEST(a_way_elsewhere_is_not_taken),
		SCRATCH_TEST(what_is_said_does_not_reach_the_terminal_as_it_is),
		SCRATCH_TEST(a_list_without_an_end_is_given_up),
		SCRATCH_TEST(lists_of_something_else_are_empty),
		SCRATCH_TEST(an_answer_that_is_no_operation_ends_the_change),
		SCRATCH_TEST(an_upload_goes_to_no_other_host),
	};

	return cmocka_run_group_tests_name("gcp, hostile", tests, NULL, NULL);
}
