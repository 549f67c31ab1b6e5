/*
 * logs.c - the serial port, which keeps its last megabyte. `next` of an answer
 * is where the following one starts, so no line comes twice.
 */
#include "providers/gcp/logs.h"

#include <stdlib.h>
#include <string.h>

#include "parser/base/strbuf.h"
#include "providers/gcp/api.h"
#include "providers/gcp/groups.h"
#include "providers/gcp/instances.h"
#include "providers/http/wait.h"

enum { EACH_MS = 2000 };

/* One machine whose log is shown. */
struct source {
	const char *path;
	const char *prefix; /* "" for one machine alone */
	int64_t next;
	struct strbuf rest; /* a line without an end yet */
};

static struct err *fetch(struct provider *p, struct arena *mem,
                         struct source *s, const char **text)
{
	struct gcp_call c = {
		.method = "GET",
		.path = arena_printf(mem, "%s/serialPort", s->path),
		.query = arena_printf(mem, "port=1&start=%lld",
	                              (long long)s->next),
	};
	struct gcp_answer a;
	struct err *e = gcp_api_must(p, mem, &c, &a);

	if (e)
		return e;
	*text = value_get_string(a.body, "contents", "");
	s->next = strtoll(value_get_string(a.body, "next", "0"), NULL, 10);
	return NULL;
}

/* Where the last `lines` lines begin. */
static const char *tail(const char *text, unsigned lines)
{
	size_t at = strlen(text);

	if (at && text[at - 1] == '\n')
		at--;
	for (; lines && at; at--)
		if (text[at - 1] == '\n' && --lines == 0)
			return text + at;
	return text;
}

static void print(const struct log_request *r, struct source *s,
                  const char *text)
{
	for (; *text; text++) {
		if (*text == '\r')
			continue;
		if (*text != '\n') {
			strbuf_addc(&s->rest, *text);
			continue;
		}
		fprintf(r->out, "%s%s\n", s->prefix,
		        s->rest.s ? s->rest.s : "");
		s->rest.len = 0;
		if (s->rest.s)
			*s->rest.s = '\0';
	}
	fflush(r->out);
}

static struct err *show(struct provider *p, const struct log_request *r,
                        struct source *s, bool first)
{
	struct arena mem = {0};
	const char *text;
	struct err *e = fetch(p, &mem, s, &text);

	if (!e && first && r->lines)
		text = tail(text, r->lines);
	if (!e)
		print(r, s, text);
	arena_free(&mem);
	return e;
}

static bool wants_out(const struct log_request *r)
{
	return r->progress && r->progress->canceled &&
	       r->progress->canceled(r->progress->ctx);
}

static struct err *show_all(struct provider *p, const struct log_request *r,
                            struct source *v, size_t n)
{
	bool first = true;

	for (;;) {
		for (size_t i = 0; i < n; i++) {
			struct err *e = show(p, r, &v[i], first);

			if (e)
				return e;
		}
		if (!r->follow || wants_out(r) || ferror(r->out) ||
		    !http_wait_ms(&http_system_clock, EACH_MS,
		                  r->progress ? r->progress->canceled : NULL,
		                  r->progress ? r->progress->ctx : NULL))
			return NULL;
		first = false;
	}
}

static struct err *sources_of(struct provider *p, struct arena *mem,
                              const char *path, struct source **out, size_t *n)
{
	const struct value *members;
	struct source *v;
	struct err *e;

	if (!gcp_groups_is_path(path)) {
		*out = ARENA_NEW(mem, struct source);
		(*out)->path = path;
		(*out)->prefix = "";
		*n = 1;
		return NULL;
	}
	e = gcp_groups_members(p, mem, path, &members);
	if (e)
		return e;
	v = ARENA_ARRAY(mem, struct source, members->list.n);
	for (size_t i = 0; i < members->list.n; i++) {
		v[i].path = members->list.v[i]->string.s;
		v[i].prefix =
			arena_printf(mem, "%s: ", strrchr(v[i].path, '/') + 1);
	}
	*out = v;
	*n = members->list.n;
	return NULL;
}

static struct err *find(struct provider *p, struct arena *mem,
                        const char *address, const char **path)
{
	struct object_set sets[2];
	struct err *e = gcp_instances_list(p, mem, &sets[0]);

	if (!e)
		e = gcp_groups_list(p, mem, &sets[1]);
	for (size_t s = 0; !e && s < 2; s++)
		for (size_t i = 0; i < sets[s].n; i++)
			if (!strcmp(sets[s].v[i].address, address)) {
				*path = sets[s].v[i].id;
				return NULL;
			}
	return e ? e
	         : err_new(ERR_REF, NO_POS, "%s is not there: apply makes it",
	                   address);
}

struct err *gcp_logs(struct provider *p, const struct log_request *r)
{
	struct arena mem = {0};
	struct source *v = NULL;
	const char *path = "";
	size_t n = 0;
	struct err *e = find(p, &mem, r->address, &path);

	if (!e)
		e = sources_of(p, &mem, path, &v, &n);
	if (!e)
		e = show_all(p, r, v, n);
	for (size_t i = 0; i < n; i++) {
		if (v[i].rest.len)
			fprintf(r->out, "%s%s\n", v[i].prefix, v[i].rest.s);
		strbuf_fini(&v[i].rest);
	}
	arena_free(&mem);
	return e;
}
