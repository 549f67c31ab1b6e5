/* storage.c - small objects: read, write if nobody else did, remove, list. */
#include "providers/gcp/storage.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "parser/base/str.h"
#include "providers/http/parse.h"

const char *gcp_storage_prefix(struct arena *mem, const struct provider *p)
{
	return arena_printf(mem, "miso/%s/%s/", p->owner.stack, p->owner.site);
}

static const char *object_url(struct arena *mem, const struct provider *p,
                              const char *name, const char *query)
{
	return arena_printf(mem, "%s/storage/v1/b/%s/o/%s%s", p->storage,
	                    p->bucket, http_escape(mem, name), query);
}

static int64_t number(const char *text)
{
	return text ? strtoll(text, NULL, 10) : 0;
}

/* RFC 3339, UTC; 0 when it is none. */
static int64_t parse_time(const char *text)
{
	struct tm t = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &t);
	int64_t ms = 0, unit = 100;

	if (!rest)
		return 0;
	if (*rest == '.')
		for (rest++; unit && *rest >= '0' && *rest <= '9'; rest++) {
			ms += (*rest - '0') * unit;
			unit /= 10;
		}
	return (int64_t)timegm(&t) * 1000 + ms;
}

static int64_t date_of(const struct http_answer *a)
{
	const char *date = http_header(a, "date");

	return date ? http_date(date) : 0;
}

static void take(const struct gcp_answer *a, const struct http_answer *http,
                 struct gcp_stored *out)
{
	out->generation = number(value_get_string(a->body, "generation", "0"));
	out->written_ms = parse_time(value_get_string(a->body, "updated", ""));
	out->now_ms = date_of(http);
	if (out->now_ms < out->written_ms)
		out->now_ms = out->written_ms; /* Date has whole seconds */
}

static struct err *ask(struct provider *p, struct arena *mem,
                       struct http_request *r, struct http_answer *http,
                       struct gcp_answer *out)
{
	struct err *e = http_send(p->http, mem, r, http);

	if (e)
		return e;
	*out = gcp_api_read(mem, http);
	return gcp_api_check(p, out, http_parse_shown(mem, r->url));
}

static const char *about(struct arena *mem, const struct provider *p,
                         const char *name)
{
	return arena_printf(mem, "gs://%s/%s", p->bucket, name);
}

/* Its data, of that generation only; `found` false: there is another now. */
static struct err *read_text(struct provider *p, struct arena *mem,
                             const char *name, int64_t generation,
                             const char **text)
{
	struct http_request r = {
		.method = "GET",
		.url = object_url(mem, p, name,
	                          arena_printf(mem,
	                                       "?alt=media&ifGenerationMatch=%"
	                                       "lld",
	                                       (long long)generation)),
		.repeatable = true,
	};
	struct http_answer a;
	struct gcp_answer said;
	struct err *e = http_send(p->http, mem, &r, &a);

	*text = NULL;
	if (e || a.status == 404 || a.status == 412)
		return e;
	if (a.status != 200) {
		said = gcp_api_read(mem, &a);
		return gcp_api_error(p, &said, about(mem, p, name));
	}
	*text = a.body;
	return NULL;
}

struct err *gcp_storage_read(struct provider *p, struct arena *mem,
                             const char *name, struct gcp_stored *out)
{
	enum { TRIES = 5 };
	struct http_request r = {
		.method = "GET",
		.url = object_url(mem, p, name, "?fields=generation,updated"),
		.repeatable = true,
	};

	for (int i = 0; i < TRIES; i++) {
		struct gcp_stored found = {0};
		struct http_answer http;
		struct gcp_answer a;
		struct err *e = ask(p, mem, &r, &http, &a);

		if (e)
			return e;
		if (a.status != 200 && a.status != 404)
			return gcp_api_error(p, &a, about(mem, p, name));
		found.now_ms = date_of(&http);
		if (a.status == 200) {
			take(&a, &http, &found);
			e = read_text(p, mem, name, found.generation,
			              &found.text);
		}
		if (e)
			return e;
		if (found.text || a.status == 404) {
			*out = found;
			return NULL;
		}
	}
	return err_new(ERR_CONFLICT, NO_POS, "%s changes all the time",
	               about(mem, p, name));
}

struct err *gcp_storage_write(struct provider *p, struct arena *mem,
                              const char *name, const char *text,
                              int64_t if_generation, int64_t deadline_ms,
                              struct gcp_stored *out)
{
	struct http_request r = {
		.method = "POST",
		.url = arena_printf(
			mem,
			"%s/upload/storage/v1/b/%s/o?uploadType=media&name=%s"
			"&ifGenerationMatch=%lld",
			p->storage, p->bucket, http_escape(mem, name),
			(long long)if_generation),
		.body = text,
		.len = strlen(text),
		.content_type = "application/json",
		.repeatable = true,
		.deadline_ms = deadline_ms,
	};
	struct gcp_stored now = {0};
	struct http_answer http;
	struct gcp_answer a;
	struct err *e = ask(p, mem, &r, &http, &a);

	if (e)
		return e;
	/* Ours may have arrived although its answer did not. */
	if (a.status == 412) {
		e = gcp_storage_read(p, mem, name, &now);
		if (!e && (!now.text || strcmp(now.text, text) != 0))
			e = err_new(ERR_CONFLICT, NO_POS,
			            "%s was written by somebody else",
			            about(mem, p, name));
	} else if (a.status != 200) {
		e = gcp_api_error(p, &a, about(mem, p, name));
	} else {
		take(&a, &http, &now);
		now.text = text;
	}
	if (!e && out)
		*out = now;
	return e;
}

struct err *gcp_storage_remove(struct provider *p, const char *name,
                               int64_t if_generation)
{
	struct arena mem = {0};
	struct http_request r = {.method = "DELETE", .repeatable = true};
	struct http_answer http;
	struct gcp_answer a;
	struct err *e;

	r.url = object_url(
		&mem, p, name,
		if_generation ? arena_printf(&mem, "?ifGenerationMatch=%lld",
	                                     (long long)if_generation)
			      : "");
	e = ask(p, &mem, &r, &http, &a);
	if (!e && a.status == 412)
		e = err_new(ERR_CONFLICT, NO_POS,
		            "%s was written by somebody else",
		            about(&mem, p, name));
	else if (!e && a.status != 204 && a.status != 200 && a.status != 404)
		e = gcp_api_error(p, &a, about(&mem, p, name));
	arena_free(&mem);
	return e;
}

static const char *list_url(struct arena *mem, const struct provider *p,
                            const char *prefix, const struct gcp_page *page)
{
	return arena_printf(mem,
	                    "%s/storage/v1/b/%s/o?prefix=%s"
	                    "&fields=items/name,nextPageToken%s%s",
	                    p->storage, p->bucket, http_escape(mem, prefix),
	                    page->n ? "&pageToken=" : "",
	                    page->n ? http_escape(mem, page->token) : "");
}

struct err *gcp_storage_list(struct provider *p, struct arena *mem,
                             const char *prefix, const struct value **out)
{
	const char *what = about(mem, p, prefix);
	const struct value **v = NULL;
	struct gcp_page page = {0};
	size_t n = 0, cap = 0;
	bool more;

	do {
		struct http_request r = {
			.method = "GET",
			.url = list_url(mem, p, prefix, &page),
			.repeatable = true,
		};
		struct http_answer http;
		struct gcp_answer a;
		struct err *e = ask(p, mem, &r, &http, &a);
		const struct value *items;

		if (!e && a.status != 200)
			e = gcp_api_error(p, &a, what);
		if (!e)
			e = gcp_api_next(&page, a.body, what, &more);
		if (e)
			return e;
		items = value_get(a.body, "items");
		for (size_t i = 0;
		     items && items->type == VALUE_LIST && i < items->list.n;
		     i++) {
			const char *name =
				value_get_string(items->list.v[i], "name", "");

			if (!str_starts(name, prefix))
				continue;
			ARENA_RESERVE(mem, const struct value *, v, n, cap);
			v[n++] = value_string(mem, name);
		}
	} while (more);
	*out = value_list(mem, v, n);
	return NULL;
}
