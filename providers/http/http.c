/* http.c - try, look at the answer, try again. */
#include "providers/http/http.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/str.h"
#include "parser/base/strbuf.h"
#include "providers/http/once.h"
#include "providers/http/parse.h"
#include "providers/http/wait.h"

struct http {
	struct http_options how; /* constant after http_open() */
	struct http_pool *pool;
	atomic_uint_fast64_t tries;
	atomic_bool answered; /* anything, ever */
};

/* One request on its way. */
struct sending {
	struct http *h;
	struct arena *mem;
	const struct http_request *r;
	int64_t start, until; /* mono */
	unsigned n;           /* tries so far */
	bool renewed;         /* the token, for this request */
	bool told;            /* that it takes longer */
	struct http_answer *out;
	const char *why; /* without an answer */
};

struct err *http_open(const struct http_options *how, struct http **out)
{
	struct http *h = calloc(1, sizeof(*h));
	struct err *e;

	if (!h)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	h->how = *how;
	if (!h->how.clock)
		h->how.clock = &http_system_clock;
	e = http_pool_open(how->user_agent,
	                   how->largest ? how->largest : HTTP_LARGEST,
	                   &h->pool);
	if (e) {
		free(h);
		return e;
	}
	*out = h;
	return NULL;
}

void http_close(struct http *h)
{
	if (!h)
		return;
	http_pool_close(h->pool);
	free(h);
}

uint64_t http_tries(const struct http *h)
{
	return atomic_load(&h->tries);
}

static int64_t mono(const struct sending *s)
{
	const struct http_clock *c = s->h->how.clock;

	return c->mono_ms(c->ctx);
}

static bool wants_out(const struct sending *s)
{
	return s->r->canceled && s->r->canceled(s->r->ctx);
}

static void trace(const struct sending *s, int64_t start)
{
	FILE *f = s->h->how.trace;
	const char *url;

	if (!f)
		return;
	url = http_parse_shown(s->mem, s->r->url);
	if (s->out->status)
		fprintf(f, "http: %s %s: %d, %zu bytes out, %zu in, %lld ms\n",
		        s->r->method, url, s->out->status, s->r->len,
		        s->out->len, (long long)(mono(s) - start));
	else
		fprintf(f, "http: %s %s: %s, %lld ms\n", s->r->method, url,
		        s->why, (long long)(mono(s) - start));
}

static struct err *try(struct sending *s, bool renew)
{
	const struct http_options *how = &s->h->how;
	const char *authorization = NULL;
	int64_t start = mono(s), left = s->until - start;
	int64_t most = s->r->try_ms ? s->r->try_ms : HTTP_TRY_MS;
	struct err *e = NULL;

	if (how->authorize && !s->r->anonymous)
		e = how->authorize(how->ctx, s->mem, renew, &authorization);
	if (e)
		return e;
	if (left < 1)
		left = 1;
	s->n++;
	atomic_fetch_add(&s->h->tries, 1);
	e = http_once(s->h->pool, s->mem, s->r, authorization,
	              left < most ? left : most, s->out, &s->why);
	if (e)
		return e;
	trace(s, start);
	if (s->out->status)
		atomic_store(&s->h->answered, true);
	return NULL;
}

static enum http_action judge(const struct sending *s)
{
	const struct http_rule *rule = s->h->how.rules;
	const char *reason = NULL;

	if (s->r->once)
		return HTTP_TAKE;
	if (!s->out->status)
		return s->r->repeatable ? HTTP_BACK_OFF : HTTP_TAKE;
	if (s->out->status >= 400 && s->h->how.reason)
		reason = s->h->how.reason(s->mem, s->out);
	for (; rule && rule->status; rule++)
		if (rule->status == s->out->status &&
		    (!rule->reason ||
		     (reason && !strcmp(rule->reason, reason))))
			break;
	if (!rule || !rule->status)
		return HTTP_TAKE;
	if (rule->action == HTTP_LOG_IN && (s->renewed || s->r->anonymous))
		return HTTP_TAKE;
	/* A server's 5xx does not say whether it did anything. */
	if (s->out->status >= 500 && !s->r->repeatable)
		return HTTP_TAKE;
	return rule->action;
}

static int64_t pause_before(const struct sending *s, enum http_action a)
{
	const struct http_clock *c = s->h->how.clock;
	const char *after = http_header(s->out, "retry-after");
	const char *date = http_header(s->out, "date");
	int64_t asked = -1, now = date ? http_date(date) : 0;

	/* A date is by the server's clock; ours may be hours away. */
	if (after)
		asked = http_parse_retry_after(after,
		                               now ? now : c->now_ms(c->ctx));
	if (asked >= 0)
		return asked;
	if (a == HTTP_NEXT_MINUTE)
		return http_wait_minute(c);
	return http_wait_jitter(c, s->n);
}

static struct err *no_answer(const struct sending *s)
{
	return err_new(ERR_REMOTE, NO_POS, "%s %s: %s", s->r->method,
	               http_parse_shown(s->mem, s->r->url), s->why);
}

static struct err *too_late(const struct sending *s)
{
	const char *url = http_parse_shown(s->mem, s->r->url);

	if (!s->out->status)
		return err_new(ERR_TIMEOUT, NO_POS,
		               "%s %s: given up after %u tries: %s",
		               s->r->method, url, s->n, s->why);
	return err_new(ERR_TIMEOUT, NO_POS,
	               "%s %s: given up after %u tries: the last answer was "
	               "%d: %s",
	               s->r->method, url, s->n, s->out->status,
	               http_one_line(s->mem, s->out->body, 200));
}

static struct err *given_up(const struct sending *s)
{
	return err_new(ERR_CANCELED, NO_POS, "%s %s: given up", s->r->method,
	               http_parse_shown(s->mem, s->r->url));
}

static void tell(struct sending *s, int64_t ms)
{
	const char *reason = NULL, *why = s->why;

	if (!s->r->waiting || !ms)
		return;
	if (s->out->status && s->h->how.reason)
		reason = s->h->how.reason(s->mem, s->out);
	if (s->out->status)
		why = arena_printf(s->mem, "%d%s%s", s->out->status,
		                   reason && *reason ? ", " : "",
		                   reason ? reason : "");
	s->told = true;
	s->r->waiting(s->r->ctx, why, ms);
}

/* Until when: less long while nobody was ever there. */
static int64_t end_of(const struct sending *s)
{
	int64_t first = s->start + HTTP_FIRST_MS;

	return atomic_load(&s->h->answered) || s->until < first ? s->until
	                                                        : first;
}

/* Wait before the next try. */
static struct err *rest(struct sending *s, enum http_action a)
{
	int64_t ms = a == HTTP_LOG_IN ? 0 : pause_before(s, a);

	if (mono(s) + ms >= end_of(s))
		return too_late(s);
	tell(s, ms);
	if (!http_wait_ms(s->h->how.clock, ms, s->r->canceled, s->r->ctx))
		return given_up(s);
	return NULL;
}

struct err *http_send(struct http *h, struct arena *mem,
                      const struct http_request *r, struct http_answer *out)
{
	struct http_answer answer = {0};
	struct sending s = {.h = h, .mem = mem, .r = r, .out = &answer};
	enum http_action action = HTTP_TAKE;
	struct err *e;

	s.start = mono(&s);
	s.until =
		s.start + (r->deadline_ms ? r->deadline_ms : HTTP_DEADLINE_MS);
	for (;;) {
		if (wants_out(&s))
			return given_up(&s);
		e = try(&s, action == HTTP_LOG_IN);
		s.renewed = s.renewed || action == HTTP_LOG_IN;
		if (e)
			return e;
		action = judge(&s);
		if (action == HTTP_TAKE)
			break;
		e = rest(&s, action);
		if (e)
			return e;
	}
	if (!answer.status)
		return no_answer(&s);
	if (s.told)
		r->waiting(r->ctx, NULL, 0);
	*out = answer;
	return NULL;
}

const char *http_header(const struct http_answer *a, const char *name)
{
	for (size_t i = 0; i < a->nr_headers; i++)
		if (!strcmp(a->headers[i].name, name))
			return a->headers[i].value;
	return NULL;
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

const char *http_escape(struct arena *mem, const char *text)
{
	struct strbuf b = {0};
	const char *out;

	for (; *text; text++)
		if (is_unreserved(*text))
			strbuf_addc(&b, *text);
		else
			strbuf_printf(&b, "%%%02X", (unsigned char)*text);
	out = arena_strdup(mem, b.s ? b.s : "");
	strbuf_fini(&b);
	return out;
}

const char *http_one_line(struct arena *mem, const char *text, size_t most)
{
	size_t len = strnlen(text, most), good = str_utf8_valid(text, len);
	char *out = arena_strndup(mem, text, len);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)out[i];

		/* A character that is cut is no text either. */
		if (i >= good && c >= 0x80)
			c = '?';
		if (c < 0x20 || c == 0x7f)
			c = ' ';
		if (c != ' ' || (n && out[n - 1] != ' '))
			out[n++] = (char)c;
	}
	out[n - (n && out[n - 1] == ' ')] = '\0';
	return out;
}

bool http_traced(const char *word)
{
	const char *list = getenv("TRACE");
	size_t len = strlen(word);

	for (; list && *list; list += strspn(list, ",")) {
		size_t n = strcspn(list, ",");

		if (n == len && !strncmp(list, word, n))
			return true;
		list += n;
	}
	return false;
}
