/*
 * once.c - libcurl behind one function.
 *
 * A handle keeps its connections, so handles are kept: as many as there were
 * requests at the same time. `lock` guards the list of idle ones.
 */
#include "providers/http/once.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/strbuf.h"
#include "providers/http/curl.h"
#include "providers/http/parse.h"

enum { MOST_HEADERS = 200 };

struct idle {
	CURL *curl;
	struct idle *next;
};

struct http_pool {
	const struct http_curl *f;
	const char *user_agent;
	size_t largest; /* bytes of a body */
	pthread_mutex_t lock;
	struct idle *first; /* lock must be held */
};

/* What libcurl's callbacks fill. */
struct transfer {
	struct arena *mem;
	const struct http_request *request;
	size_t largest;
	struct strbuf body;
	struct http_header *headers;
	size_t nr, cap;
	bool too_large, canceled;
	char error[CURL_ERROR_SIZE];
};

struct err *http_pool_open(const char *user_agent, size_t largest,
                           struct http_pool **out)
{
	const struct http_curl *f = http_curl();
	struct http_pool *p;

	if (!f)
		return err_hint(err_new(ERR_IO, NO_POS,
		                        "libcurl cannot be loaded: %s",
		                        http_curl_error()),
		                "it is in the package libcurl4");
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	p->f = f;
	pthread_mutex_init(&p->lock, NULL);
	p->user_agent = user_agent;
	p->largest = largest;
	*out = p;
	return NULL;
}

void http_pool_close(struct http_pool *p)
{
	if (!p)
		return;
	while (p->first) {
		struct idle *i = p->first;

		p->first = i->next;
		p->f->easy_cleanup(i->curl);
		free(i);
	}
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static struct idle *take(struct http_pool *p)
{
	struct idle *i;

	pthread_mutex_lock(&p->lock);
	i = p->first;
	if (i)
		p->first = i->next;
	pthread_mutex_unlock(&p->lock);
	if (i)
		return i;
	i = calloc(1, sizeof(*i));
	if (i)
		i->curl = p->f->easy_init();
	if (i && i->curl)
		return i;
	free(i);
	return NULL;
}

static void give_back(struct http_pool *p, struct idle *i)
{
	p->f->easy_reset(i->curl);
	pthread_mutex_lock(&p->lock);
	i->next = p->first;
	p->first = i;
	pthread_mutex_unlock(&p->lock);
}

/* --- callbacks ------------------------------------------------------------ */

static size_t on_body(char *data, size_t one, size_t n, void *arg)
{
	struct transfer *t = arg;

	t->too_large = t->body.len + one * n > t->largest;
	if (t->too_large)
		return 0;
	strbuf_addn(&t->body, data, one * n);
	return one * n;
}

/* A new status line starts a new block: interim answers, redirects. */
static size_t on_header(char *line, size_t one, size_t n, void *arg)
{
	struct transfer *t = arg;
	struct http_header h;

	if (one * n >= 5 && !strncmp(line, "HTTP/", 5))
		t->nr = 0;
	if (t->nr < MOST_HEADERS &&
	    http_parse_header(t->mem, line, one * n, &h)) {
		ARENA_RESERVE(t->mem, struct http_header, t->headers, t->nr,
		              t->cap);
		t->headers[t->nr++] = h;
	}
	return one * n;
}

static int on_progress(void *arg, curl_off_t a UNUSED, curl_off_t b UNUSED,
                       curl_off_t c UNUSED, curl_off_t d UNUSED)
{
	struct transfer *t = arg;
	const struct http_request *r = t->request;

	t->canceled = r->cuttable && r->canceled && r->canceled(r->ctx);
	return t->canceled;
}

/* --- one request ---------------------------------------------------------- */

static struct curl_slist *add(struct curl_slist *list, const char *line)
{
	struct curl_slist *longer = http_curl()->slist_append(list, line);

	return longer ? longer : list;
}

static struct curl_slist *make_headers(struct arena *mem,
                                       const struct http_request *r,
                                       const char *authorization)
{
	struct curl_slist *list = add(NULL, "Expect:");

	if (authorization)
		list = add(list, arena_printf(mem, "Authorization: %s",
		                              authorization));
	if (r->body)
		list = add(list,
		           arena_printf(mem, "Content-Type: %s",
		                        r->content_type ? r->content_type
		                                        : "application/json"));
	for (const char *const *h = r->headers; h && *h; h++)
		list = add(list, *h);
	return list;
}

static void set_body(CURL *c, const struct http_request *r)
{
	const struct http_curl *f = http_curl();
	bool get = !strcmp(r->method, "GET");

	f->easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
	if (get) {
		f->easy_setopt(c, CURLOPT_HTTPGET, 1L);
		return;
	}
	f->easy_setopt(c, CURLOPT_POST, 1L);
	f->easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->len);
	f->easy_setopt(c, CURLOPT_POSTFIELDS, r->body ? r->body : "");
}

static void set_up(CURL *c, struct transfer *t, const char *user_agent,
                   int64_t timeout_ms)
{
	const struct http_curl *f = http_curl();

	f->easy_setopt(c, CURLOPT_URL, t->request->url);
	f->easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	f->easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	f->easy_setopt(c, CURLOPT_USERAGENT, user_agent);
	f->easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS);
	f->easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	f->easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	f->easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->largest);
	f->easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	f->easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "");
	f->easy_setopt(c, CURLOPT_ERRORBUFFER, t->error);
	f->easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	f->easy_setopt(c, CURLOPT_WRITEDATA, t);
	f->easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	f->easy_setopt(c, CURLOPT_HEADERDATA, t);
	f->easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	f->easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	f->easy_setopt(c, CURLOPT_XFERINFODATA, t);
	set_body(c, t->request);
}

static struct err *conclude(struct transfer *t, CURL *c, CURLcode code,
                            struct http_answer *out, const char **why)
{
	const char *url = http_parse_shown(t->mem, t->request->url);
	long status = 0;

	if (t->canceled)
		return err_new(ERR_CANCELED, NO_POS, "%s: given up", url);
	if (t->too_large || code == CURLE_FILESIZE_EXCEEDED)
		return err_new(ERR_LIMIT, NO_POS,
		               "%s %s: the answer is larger than %zu MiB",
		               t->request->method, url, t->largest >> 20);
	if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
		return err_new(ERR_SYNTAX, NO_POS, "\"%s\" is no URL", url);
	if (code) {
		*out = (struct http_answer){0};
		*why = arena_strdup(
			t->mem, *t->error ? t->error
					  : http_curl()->easy_strerror(code));
		return NULL;
	}
	http_curl()->easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	*out = (struct http_answer){
		.status = (int)status,
		.body = arena_strndup(t->mem, t->body.s ? t->body.s : "",
	                              t->body.len),
		.len = t->body.len,
		.headers = t->headers,
		.nr_headers = t->nr,
	};
	return NULL;
}

struct err *http_once(struct http_pool *p, struct arena *mem,
                      const struct http_request *r, const char *authorization,
                      int64_t timeout_ms, struct http_answer *out,
                      const char **why)
{
	struct transfer t = {.mem = mem, .request = r, .largest = p->largest};
	struct idle *i = take(p);
	struct curl_slist *headers;
	struct err *e;

	if (!i)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	headers = make_headers(mem, r, authorization);
	set_up(i->curl, &t, p->user_agent, timeout_ms);
	p->f->easy_setopt(i->curl, CURLOPT_HTTPHEADER, headers);
	e = conclude(&t, i->curl, p->f->easy_perform(i->curl), out, why);
	p->f->slist_free_all(headers);
	strbuf_fini(&t.body);
	give_back(p, i);
	return e;
}
