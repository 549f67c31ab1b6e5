/*
 * fuzz_gcp.c - any answers of a cloud: what is not what Compute Engine says is
 * an error of one line, whichever call it was.
 *
 * Each line of the input is an answer: "404 {...}", or a body alone, of 200.
 * After the last one nothing answers any more. The linker leads http_send() and
 * waiting here (--wrap, see the Makefile).
 */
#include "providers/gcp/gcp.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "providers/http/http.h"
#include "providers/http/wait.h"

enum { ANSWERS_MOST = 60, OBJECTS_MOST = 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	const char *at, *end;
	unsigned n;
} answers;

/* --- instead of a network ------------------------------------------------- */

static struct err *nobody(const struct http_request *r)
{
	return err_new(ERR_REMOTE, NO_POS, "%s %s: nobody answers", r->method,
	               r->url);
}

struct err *__wrap_http_send(struct http *h, struct arena *mem,
                             const struct http_request *r,
                             struct http_answer *out);
struct err *__wrap_http_send(struct http *h UNUSED, struct arena *mem,
                             const struct http_request *r,
                             struct http_answer *out)
{
	static const struct http_header headers[] = {
		{"date", "Thu, 01 Jan 2026 00:00:00 GMT"},
		{"location", "http://127.0.0.1:1/session"},
		{"range", "bytes=0-99"}};
	const char *line = answers.at, *nl;
	int status = 200;

	if (line == answers.end || ++answers.n > ANSWERS_MOST)
		return nobody(r);
	nl = memchr(line, '\n', (size_t)(answers.end - line));
	answers.at = nl ? nl + 1 : answers.end;
	nl = nl ? nl : answers.end;
	if (nl - line > 4 && *line >= '1' && *line <= '5' && line[3] == ' ') {
		status = (int)strtol(line, NULL, 10);
		line += 4;
	}
	*out = (struct http_answer){
		.status = status,
		.body = arena_strndup(mem, line, (size_t)(nl - line)),
		.len = (size_t)(nl - line),
		.headers = headers,
		.nr_headers = ARRAY_LEN(headers)};
	return NULL;
}

bool __wrap_http_wait_ms(const struct http_clock *c, int64_t ms,
                         bool (*canceled)(void *ctx), void *ctx);
bool __wrap_http_wait_ms(const struct http_clock *c UNUSED, int64_t ms UNUSED,
                         bool (*canceled)(void *ctx) UNUSED, void *ctx UNUSED)
{
	return true;
}

/* --- what is asked -------------------------------------------------------- */

/* mkdtemp(3) fills in the six. */
static char folder[] = "/tmp/fuzz-gcp-"
		       "XX"
		       "XX"
		       "XX";

static void remove_folder(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/token", folder);
	(void)unlink(path);
	(void)rmdir(folder);
}

static const struct value *json(struct arena *mem, const char *text)
{
	const struct value *v;

	if (value_from_json(mem, text, strlen(text), &v))
		abort();
	return v;
}

static struct provider *open_provider(struct arena *mem)
{
	static const struct owner owner = {"s", "default", folder};
	const char *settings = arena_printf(
		mem,
		"{\"project\":\"test-project-1\",\"zone\":\"us-west2-a\","
		"\"bucket\":\"b\",\"endpoint\":\"http://127.0.0.1:1\","
		"\"access_token_file\":\"%s/token\"}",
		folder);
	struct provider *p;

	if (gcp_provider.open(json(mem, settings), &owner, &p))
		abort();
	return p;
}

/* Each line of an error is what is meant to be one. */
static bool looks_right(struct err *e)
{
	bool right = true;

	for (const struct err *i = e; i; i = err_cause(i))
		for (const char *c = err_text(i); *c; c++)
			right = right &&
			        (*c == '\n' || (unsigned char)*c >= 32);
	err_free(e);
	return right;
}

static void must(bool so)
{
	if (!so)
		abort();
}

static void change(struct provider *p, struct arena *mem,
                   const struct object *o)
{
	const struct value *spec = json(
		mem, "{\"image\":{\"link\":\"projects/p/global/images/i\"},"
		     "\"tags\":[\"http\"],\"firewalls\":{\"http\":{\"allow\":"
		     "[\"tcp/80\"],\"sources\":[\"0.0.0.0/0\"]}}}");
	struct desired want = {.kind = o->kind,
	                       .address = o->address,
	                       .name = "web",
	                       .digest = "d",
	                       .id = o->id,
	                       .spec = spec};
	struct log_request log = {.address = o->address};
	struct object out;
	struct arena answers_of = {0};

	if (!o->address)
		return;
	if (!strcmp(o->kind, "instance") || !strcmp(o->kind, "address"))
		must(looks_right(gcp_provider.update(p, &answers_of, o, &want,
		                                     NULL, &out)));
	log.out = fopen("/dev/null", "we");
	if (log.out && !strcmp(o->kind, "instance"))
		must(looks_right(gcp_provider.logs(p, &log)));
	if (log.out)
		fclose(log.out);
	must(looks_right(gcp_provider.delete(p, o, NULL)));
	arena_free(&answers_of);
}

static void records(struct provider *p, struct arena *mem)
{
	unsigned *numbers;
	const char *text;
	struct cell cell;
	size_t n;

	must(looks_right(gcp_provider.cell->read(p, mem, &cell)));
	must(looks_right(gcp_provider.cell->write(p, mem, "{}", 1, &cell)));
	must(looks_right(gcp_provider.records->list(p, mem, &numbers, &n)));
	must(looks_right(gcp_provider.records->read(p, mem, 1, &text)));
	must(looks_right(gcp_provider.records->remove(p, 1)));
}

static void try_all(struct provider *p, struct arena *mem)
{
	struct object_set all = {0};
	struct err *e = gcp_provider.list(p, mem, &all);
	char *secret;
	size_t len;

	if (e)
		all.n = 0;
	must(looks_right(e));
	for (size_t i = 0; i < all.n && i < OBJECTS_MOST; i++)
		change(p, mem, &all.v[i]);
	records(p, mem);
	must(looks_right(gcp_provider.read_secret(
		p, mem, "projects/p/secrets/s/versions/1", &secret, &len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	struct arena mem = {0};
	struct provider *p;
	char path[PATH_MAX];
	FILE *f;

	if (!ready) {
		must(mkdtemp(folder));
		snprintf(path, sizeof(path), "%s/token", folder);
		f = fopen(path, "we");
		must(f && fputs("t\n", f) >= 0 && !fclose(f));
		setenv("MISO_HOME", folder, 1);
		must(!atexit(remove_folder));
		ready = true;
	}
	answers.at = (const char *)data;
	answers.end = answers.at + size;
	answers.n = 0;
	p = open_provider(&mem);
	try_all(p, &mem);
	gcp_provider.close(p);
	arena_free(&mem);
	return 0;
}
