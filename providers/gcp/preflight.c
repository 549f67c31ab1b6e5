/* preflight.c - see preflight.h. */
#include "providers/gcp/preflight.h"

#include <string.h>

#include "parser/base/strbuf.h"
#include "providers/gcp/api.h"
#include "providers/gcp/login.h"

struct check {
	const char *what;
	const char *url;  /* whole */
	const char *hint; /* when it answers 404 */
};

static const char *reason_of(const struct gcp_answer *a)
{
	/* ErrorInfo's reason, or the older one. */
	if (!strcmp(a->reason, "accessNotConfigured") ||
	    strstr(a->message, "SERVICE_DISABLED") ||
	    strstr(a->message, "has not been used in project"))
		return "its API is not enabled";
	return NULL;
}

static void add(struct strbuf *b, const char *what, const char *problem)
{
	strbuf_printf(b, "%s%s: %s", b->len ? "\n" : "", what, problem);
}

static struct err *look(struct provider *p, struct arena *mem,
                        const struct check *c, struct strbuf *problems)
{
	struct http_request r = {
		.method = "GET", .url = c->url, .repeatable = true};
	struct http_answer http;
	struct gcp_answer a;
	struct err *e = http_send(p->http, mem, &r, &http);

	if (e)
		return e;
	a = gcp_api_read(mem, &http);
	if (a.status == 200)
		return NULL;
	if (reason_of(&a))
		add(problems, c->what, reason_of(&a));
	else if (a.status == 404)
		add(problems, c->what, c->hint);
	else
		add(problems, c->what,
		    arena_printf(mem, "%s (%d, %s)", a.message, a.status,
		                 a.reason));
	return NULL;
}

static bool is_ready(struct provider *p, bool set)
{
	bool ready;

	pthread_mutex_lock(&p->lock);
	ready = p->ready;
	p->ready = p->ready || set;
	pthread_mutex_unlock(&p->lock);
	return ready;
}

static struct err *check_all(struct provider *p, struct arena *mem,
                             struct strbuf *problems)
{
	const struct check checks[] = {
		{arena_printf(mem, "project %s", p->project),
	         arena_printf(mem, "%s/projects/%s?fields=name", p->compute,
	                      p->project),
	         "there is no such project, or the account may not see it"},
		{arena_printf(mem, "zone %s", p->zone),
	         arena_printf(mem, "%s/%s?fields=name", p->compute,
	                      gcp_place_zone(mem, p, NULL)),
	         "there is no such zone"},
		{arena_printf(mem, "bucket %s", p->bucket),
	         arena_printf(mem,
	                      "%s/storage/v1/b/%s?fields=name,"
	                      "projectNumber",
	                      p->storage, p->bucket),
	         "there is no such bucket"},
	};
	struct err *e = NULL;

	for (size_t i = 0; !e && i < ARRAY_LEN(checks); i++)
		e = look(p, mem, &checks[i], problems);
	return e;
}

struct err *gcp_preflight(struct provider *p)
{
	struct strbuf problems = {0};
	struct arena mem = {0};
	struct err *e = NULL;

	if (is_ready(p, false))
		return NULL;
	e = check_all(p, &mem, &problems);
	if (!e && problems.len)
		e = err_new(ERR_REMOTE, NO_POS,
		            "%s cannot work in project %s:\n%s",
		            gcp_login_account(p->login, &mem), p->project,
		            problems.s);
	if (!e)
		(void)is_ready(p, true);
	strbuf_fini(&problems);
	arena_free(&mem);
	return e;
}

/* --- machine types -------------------------------------------------------- */

static struct src_pos pos_of(const struct desired *want, const char *key)
{
	const struct value *v = value_get(want->spec, key);

	return v && v->pos.line ? v->pos : want->pos;
}

static bool was_seen(struct provider *p, const char *key, bool now)
{
	bool seen;

	pthread_mutex_lock(&p->lock);
	seen = map_get(&p->machines, key) != NULL;
	if (!seen && now)
		(void)map_add(&p->machines, arena_strdup(&p->found, key), p);
	pthread_mutex_unlock(&p->lock);
	return seen;
}

static struct err *must_exist(struct provider *p, struct arena *mem,
                              const char *path, struct src_pos pos,
                              const char *what)
{
	struct gcp_call c = {
		.method = "GET", .path = path, .query = "fields=name"};
	struct gcp_answer a;
	struct err *e;

	if (was_seen(p, path, false))
		return NULL;
	e = gcp_api_call(p, mem, &c, &a);
	if (e)
		return e;
	if (a.status == 404)
		return err_new(ERR_SYNTAX, pos, "%s", what);
	if (a.status != 200)
		return gcp_api_error(p, &a, path);
	(void)was_seen(p, path, true);
	return NULL;
}

struct err *gcp_preflight_machine(struct provider *p, struct arena *mem,
                                  const struct desired *want,
                                  const struct gcp_spec *s)
{
	const char *zone = gcp_place_zone(mem, p, s->zone);
	struct err *e = gcp_preflight(p);

	if (!e)
		e = must_exist(
			p, mem, zone, pos_of(want, "zone"),
			arena_printf(mem, "there is no zone \"%s\"", s->zone));
	if (!e)
		e = must_exist(
			p, mem,
			arena_printf(mem, "%s/machineTypes/%s", zone,
		                     s->machine),
			pos_of(want, "machine"),
			arena_printf(mem,
		                     "there is no machine type \"%s\" in %s",
		                     s->machine, s->zone));
	return e;
}
