/* api.c - calls, pages, and what errors mean. */
#include "providers/gcp/api.h"

#include <stdlib.h>
#include <string.h>

#include "parser/base/strbuf.h"
#include "providers/gcp/login.h"
#include "providers/http/parse.h"
#include "providers/http/wait.h"

enum {
	/* Of about 1,500 a minute of each quota, with room for others. */
	PACE_MS = 50,
	BURST_MS = 5000, /* what may be used at once after a rest */
	TRY_MS = 30 * 1000,
	TOLD_MS = 1000, /* of shorter waits nobody needs to hear */
};

const struct http_rule gcp_api_rules[] = {
	{401, NULL, HTTP_LOG_IN},
	{403, "rateLimitExceeded", HTTP_NEXT_MINUTE},
	{403, "userRateLimitExceeded", HTTP_NEXT_MINUTE},
	{400, "resourceNotReady", HTTP_BACK_OFF},
	{409, "operationInProgress", HTTP_BACK_OFF},
	{409, "resourceNotReady", HTTP_BACK_OFF},
	{408, NULL, HTTP_BACK_OFF},
	{429, NULL, HTTP_BACK_OFF},
	{500, NULL, HTTP_BACK_OFF},
	{502, NULL, HTTP_BACK_OFF},
	{503, NULL, HTTP_BACK_OFF},
	{504, NULL, HTTP_BACK_OFF},
	{0, NULL, HTTP_TAKE},
};

/* --- answers -------------------------------------------------------------- */

enum { MESSAGE_MOST = 1000, TEXT_MOST = 200, REASON_MOST = 100 };

/* {"error": {"code", "message", "errors": [{"reason", ...}], "details"}} */
static void read_error(struct arena *mem, const struct value *body,
                       struct gcp_answer *out)
{
	const struct value *error = value_get(body, "error");
	const struct value *list = error ? value_get(error, "errors") : NULL;

	if (error && error->type == VALUE_STRING) { /* OAuth: RFC 6749, 5.2 */
		out->reason = error->string.s;
		out->message = value_get_string(body, "error_description",
		                                out->reason);
	} else {
		out->message =
			value_get_string(error, "message", "no reason given");
		out->reason = value_get_string(error, "status", "unknown");
	}
	if (list && list->type == VALUE_LIST && list->list.n)
		out->reason = value_get_string(list->list.v[0], "reason",
		                               out->reason);
	out->reason = http_one_line(mem, out->reason, REASON_MOST);
	out->message = http_one_line(mem, out->message, MESSAGE_MOST);
}

/* What comes from in between: a page of a proxy, a way elsewhere. */
static void read_other(struct arena *mem, const struct http_answer *a,
                       struct gcp_answer *out)
{
	const char *location = http_header(a, "location");
	const char *text = http_one_line(mem, a->body, TEXT_MOST);

	out->reason = "unknown";
	out->message = *text ? text : "no reason given";
	if (a->status / 100 == 3 && location)
		out->message = arena_printf(
			mem, "we are sent to %s, which we do not follow",
			http_one_line(mem, location, TEXT_MOST));
}

struct gcp_answer gcp_api_read(struct arena *mem, const struct http_answer *a)
{
	struct gcp_answer out = {.status = a->status,
	                         .body = value_null(),
	                         .reason = "",
	                         .message = ""};
	struct err *e = NULL;
	bool map;

	if (a->len)
		e = value_from_json(mem, a->body, a->len, &out.body);
	map = !e && out.body->type == VALUE_MAP;
	err_free(e);
	if (!map)
		out.body = value_null();
	if (a->status / 100 == 2 && (map || !a->len))
		return out;
	if (a->status / 100 == 2) {
		/* It may be anything: it is not shown. */
		out.reason = "notJson";
		out.message = arena_printf(
			mem,
			"the answer is no JSON object, but %zu bytes of %s",
			a->len,
			http_one_line(mem,
		                      http_header(a, "content-type")
		                              ? http_header(a, "content-type")
		                              : "no type",
		                      REASON_MOST));
	} else if (a->status >= 400 && map) {
		read_error(mem, out.body, &out);
	} else {
		read_other(mem, a, &out);
	}
	return out;
}

struct err *gcp_api_check(const struct provider *p, const struct gcp_answer *a,
                          const char *what)
{
	return strcmp(a->reason, "notJson") ? NULL : gcp_api_error(p, a, what);
}

const char *gcp_api_reason(struct arena *mem, const struct http_answer *a)
{
	return gcp_api_read(mem, a).reason;
}

bool gcp_api_is_disabled(const struct gcp_answer *a)
{
	/* ErrorInfo's reason, or the older one. */
	return a->status == 403 &&
	       (!strcmp(a->reason, "accessNotConfigured") ||
	        strstr(a->message, "SERVICE_DISABLED") ||
	        strstr(a->message, "has not been used in project"));
}

/* "Required 'compute.images.create' permission for ..." */
static const char *permission_in(struct arena *mem, const char *message)
{
	static const char *const starts[] = {"Required '", "Permission '",
	                                     "Permission \"", "required \""};

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		const char *at = strstr(message, starts[i]);

		if (!at)
			continue;
		at += strlen(starts[i]);
		return arena_strndup(mem, at, strcspn(at, "'\""));
	}
	return NULL;
}

static struct err *denied(const struct provider *p, const struct gcp_answer *a,
                          const char *what)
{
	struct arena mem = {0};
	const char *permission = permission_in(&mem, a->message);
	const char *who = gcp_login_account(p->login, &mem);
	struct err *e;

	if (permission)
		e = err_new(ERR_REMOTE, NO_POS,
		            "%s: %s lacks the permission %s in project %s",
		            what, who, permission, p->project);
	else
		e = err_new(ERR_REMOTE, NO_POS, "%s: refused to %s: %s (%s)",
		            what, who, a->message, a->reason);
	arena_free(&mem);
	return e;
}

struct err *gcp_api_error(const struct provider *p, const struct gcp_answer *a,
                          const char *what)
{
	struct arena mem = {0};
	struct err *e;

	if (a->status == 403 && strcmp(a->reason, "quotaExceeded") != 0)
		return denied(p, a, what);
	if (a->status == 401) {
		e = err_hint(err_new(ERR_REMOTE, p->login_pos,
		                     "%s: the log-in is not accepted: %s", what,
		                     gcp_login_account(p->login, &mem)),
		             "it may have expired, or have been revoked");
		arena_free(&mem);
		return e;
	}
	return err_new(a->status == 409 || a->status == 412 ? ERR_CONFLICT
	                                                    : ERR_REMOTE,
	               NO_POS, "%s: %s (%d, %s)", what, a->message, a->status,
	               a->reason);
}

/* --- calls ---------------------------------------------------------------- */

/* Like a bucket that fills by one every PACE_MS and holds BURST_MS of them. */
static void pace(struct provider *p, enum gcp_quota q)
{
	const struct http_clock *c = &http_system_clock;
	int64_t now = c->mono_ms(c->ctx), wait;

	pthread_mutex_lock(&p->lock);
	if (p->next_ms[q] < now - BURST_MS)
		p->next_ms[q] = now - BURST_MS;
	p->next_ms[q] += PACE_MS;
	wait = p->next_ms[q] - now;
	pthread_mutex_unlock(&p->lock);
	if (wait > 0)
		c->sleep_ms(c->ctx, wait);
}

static enum gcp_quota quota_of(const struct gcp_call *call)
{
	if (strstr(call->path, "/operations/"))
		return GCP_OPERATIONS;
	return strcmp(call->method, "GET") ? GCP_CHANGES : GCP_READS;
}

static bool wants_out(void *ctx)
{
	const struct gcp_listener *l = ctx;
	const struct progress *p = l->progress;

	return p && p->canceled && p->canceled(p->ctx);
}

bool gcp_api_wait(const struct gcp_listener *l, int64_t ms)
{
	return http_wait_ms(&http_system_clock, ms, wants_out,
	                    (void *)(uintptr_t)l);
}

void gcp_api_tell(struct gcp_listener *l, const char *why, int64_t ms)
{
	const struct progress *p = l->progress;
	char text[160];

	if (!p || !p->trouble || !l->address || (why ? ms < TOLD_MS : !l->told))
		return;
	l->told = why;
	if (why)
		snprintf(text, sizeof(text), "%.120s; again in %lld s", why,
		         (long long)(ms + 999) / 1000);
	p->trouble(p->ctx, l->address, why ? text : "going on");
}

static void tell_waiting(void *ctx, const char *why, int64_t ms)
{
	gcp_api_tell(ctx, why, ms);
}

void gcp_api_listen(struct http_request *r, struct gcp_listener *l)
{
	if (!l->progress)
		return;
	r->canceled = wants_out;
	r->waiting = tell_waiting;
	r->ctx = l;
}

static const char *url_of(const struct provider *p, struct arena *mem,
                          const struct gcp_call *call)
{
	struct strbuf b = {0};
	const char *url;

	strbuf_printf(&b, "%s/%s", p->compute, call->path);
	if (call->query)
		strbuf_printf(&b, "?%s", call->query);
	if (call->request_id)
		strbuf_printf(&b, "%srequestId=%s", call->query ? "&" : "?",
		              call->request_id);
	url = arena_strdup(mem, b.s);
	strbuf_fini(&b);
	return url;
}

struct err *gcp_api_send(struct provider *p, struct arena *mem,
                         const struct http_request *r, struct gcp_answer *out)
{
	struct http_answer a;
	struct err *e = http_send(p->http, mem, r, &a);

	if (e)
		return e;
	*out = gcp_api_read(mem, &a);
	return gcp_api_check(p, out, http_parse_shown(mem, r->url));
}

struct err *gcp_api_call(struct provider *p, struct arena *mem,
                         const struct gcp_call *call, struct gcp_answer *out)
{
	struct gcp_listener l = {.progress = call->progress,
	                         .address = call->address};
	struct http_request r = {
		.method = call->method,
		.url = url_of(p, mem, call),
		.repeatable = call->request_id || call->safe ||
	                      !strcmp(call->method, "GET"),
		.cuttable = call->safe || !strcmp(call->method, "GET"),
		.try_ms = p->try_ms      ? p->try_ms
	                  : call->try_ms ? call->try_ms
	                                 : TRY_MS,
	};
	char *text = call->body ? json_dumps(call->body, JSON_COMPACT) : NULL;
	struct err *e;

	json_decref(call->body);
	r.body = text;
	r.len = text ? strlen(text) : 0;
	gcp_api_listen(&r, &l);
	pace(p, quota_of(call));
	e = gcp_api_send(p, mem, &r, out);
	free(text);
	return e;
}

struct err *gcp_api_must(struct provider *p, struct arena *mem,
                         const struct gcp_call *call, struct gcp_answer *out)
{
	struct err *e = gcp_api_call(p, mem, call, out);

	if (e)
		return e;
	if (out->status / 100 != 2)
		return gcp_api_error(p, out, call->path);
	return NULL;
}

/* --- lists ---------------------------------------------------------------- */

/* What came so far. */
struct pages {
	struct arena *mem;
	const struct value **v;
	size_t n, cap;
};

static void add_items(struct pages *s, const struct value *list)
{
	if (!list || list->type != VALUE_LIST)
		return;
	for (size_t i = 0; i < list->list.n; i++) {
		ARENA_RESERVE(s->mem, const struct value *, s->v, s->n, s->cap);
		s->v[s->n++] = list->list.v[i];
	}
}

static struct err *away(const char *what, const char *scope)
{
	return err_hint(err_new(ERR_REMOTE, NO_POS,
	                        "%s: %s cannot be asked at the moment", what,
	                        scope),
	                "what is there would be taken for gone: try again when "
	                "it can");
}

/* Part of a list is no list: what is missing in it may be there. */
static struct err *check_whole(const struct value *body, const char *what)
{
	const struct value *list = value_get(body, "unreachables");
	const struct value *items = value_get(body, "items");

	if (list && list->type == VALUE_LIST && list->list.n)
		return away(what, list->list.v[0]->type == VALUE_STRING
		                          ? list->list.v[0]->string.s
		                          : "a part of it");
	for (size_t i = 0;
	     items && items->type == VALUE_MAP && i < items->map.n; i++) {
		const struct value *w =
			value_get(items->map.v[i].value, "warning");

		if (!strcmp(value_get_string(w, "code", ""), "UNREACHABLE"))
			return away(what, items->map.v[i].key);
	}
	return NULL;
}

/* `collection` NULL: items are a list; else a map of scopes that have it. */
static void add_page(struct pages *s, const struct value *body,
                     const char *collection)
{
	const struct value *items = value_get(body, "items");

	if (!items || !collection || items->type != VALUE_MAP) {
		add_items(s, items);
		return;
	}
	for (size_t i = 0; i < items->map.n; i++)
		add_items(s, value_get(items->map.v[i].value, collection));
}

struct err *gcp_api_next(struct gcp_page *page, const struct value *body,
                         const char *what, bool *more)
{
	const char *token = value_get_string(body, "nextPageToken", "");

	*more = *token;
	if (*more && page->token && !strcmp(page->token, token))
		return err_new(ERR_REMOTE, NO_POS,
		               "%s: page %u says that the next one is itself",
		               what, page->n + 1);
	if (*more && page->n + 1 == GCP_PAGES_MOST)
		return err_new(ERR_LIMIT, NO_POS,
		               "%s: the list does not end within %d pages",
		               what, GCP_PAGES_MOST);
	page->token = token;
	page->n++;
	return NULL;
}

static struct err *all_pages(struct provider *p, struct arena *mem,
                             const char *path, const char *query,
                             const char *collection, const struct value **out)
{
	struct pages s = {.mem = mem};
	struct gcp_call call = {.method = "GET", .path = path, .query = query};
	struct gcp_page page = {0};
	struct gcp_answer a;
	bool more;

	do {
		struct err *e;

		if (page.n)
			call.query = arena_printf(mem, "%s&pageToken=%s", query,
			                          http_escape(mem, page.token));
		e = gcp_api_must(p, mem, &call, &a);
		if (e)
			return e;
		e = check_whole(a.body, path);
		if (e)
			return e;
		add_page(&s, a.body, collection);
		e = gcp_api_next(&page, a.body, path, &more);
		if (e)
			return e;
	} while (more);
	*out = value_list(mem, s.v, s.n);
	return NULL;
}

struct err *gcp_api_list(struct provider *p, struct arena *mem,
                         const char *path, const char *query,
                         const struct value **out)
{
	return all_pages(p, mem, path, query, NULL, out);
}

/* A part that is away is named in a partial success, else it is just a 503. */
struct err *gcp_api_aggregated(struct provider *p, struct arena *mem,
                               const char *collection, const char *filter,
                               const char *fields, const struct value **out)
{
	const char *path = arena_printf(mem, "projects/%s/aggregated/%s",
	                                p->project, collection);
	const char *query = arena_printf(
		mem,
		"%s%sfields=items/*(%s(%s),warning/code),nextPageToken,"
		"unreachables&returnPartialSuccess=true",
		filter, *filter ? "&" : "", collection, fields);

	return all_pages(p, mem, path, query, collection, out);
}
