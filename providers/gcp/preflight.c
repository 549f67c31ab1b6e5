/* preflight.c - see preflight.h. */
#include "providers/gcp/preflight.h"

#include <string.h>

#include "parser/base/strbuf.h"
#include "providers/gcp/api.h"
#include "providers/gcp/login.h"

struct check {
	const char *what;
	struct src_pos pos;
	const char *url;    /* whole */
	const char *hint;   /* when it answers 404 */
	const char *member; /* the number of its project, or NULL */
	const char *number; /* what that is, once it was asked */
};

/* What is missing. */
struct missing {
	struct strbuf text;
	struct src_pos pos; /* of the first */
};

static void add(struct missing *m, const struct check *c, const char *problem)
{
	if (!m->text.len)
		m->pos = c->pos;
	strbuf_printf(&m->text, "%s%s: %s", m->text.len ? "\n" : "", c->what,
	              problem);
}

static struct err *look(struct provider *p, struct arena *mem, struct check *c,
                        struct missing *m)
{
	struct http_request r = {
		.method = "GET", .url = c->url, .repeatable = true};
	struct gcp_answer a;
	struct err *e = gcp_api_send(p, mem, &r, &a);

	if (e)
		return e;
	if (a.status == 200 && c->member)
		c->number = value_get_string(a.body, c->member, NULL);
	if (a.status == 200)
		return NULL;
	if (a.status == 401)
		return gcp_api_error(p, &a, c->what);
	if (gcp_api_is_disabled(&a))
		add(m, c, "its API is not enabled");
	else if (a.status == 404)
		add(m, c, c->hint);
	else
		add(m, c,
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

/* Its images would be paid for, and seen, by others. */
static void check_owner(struct arena *mem, struct check *bucket,
                        const struct check *project, struct missing *m)
{
	if (bucket->number && project->number &&
	    strcmp(bucket->number, project->number) != 0)
		add(m, bucket,
		    arena_printf(mem,
		                 "it belongs to another project, number %s "
		                 "and not %s",
		                 bucket->number, project->number));
}

static struct err *check_all(struct provider *p, struct arena *mem,
                             struct missing *m)
{
	enum { PROJECT, ZONE, BUCKET, NR };
	struct check checks[NR] = {
		[PROJECT] = {arena_printf(mem, "project %s", p->project),
	                     p->project_pos,
	                     arena_printf(mem, "%s/projects/%s?fields=name,id",
	                                  p->compute, p->project),
	                     "there is no such project, or the account may "
	                     "not see it",
	                     "id", NULL},
		[ZONE] = {arena_printf(mem, "zone %s", p->zone), p->zone_pos,
	                  arena_printf(mem, "%s/%s?fields=name", p->compute,
	                               gcp_place_zone(mem, p, NULL)),
	                  "there is no such zone", NULL, NULL},
		[BUCKET] = {arena_printf(mem, "bucket %s", p->bucket),
	                    p->bucket_pos,
	                    arena_printf(mem,
	                                 "%s/storage/v1/b/%s?fields=name,"
	                                 "projectNumber",
	                                 p->storage, p->bucket),
	                    "there is no such bucket", "projectNumber", NULL},
	};
	struct err *e = NULL;

	e = look(p, mem, &checks[PROJECT], m);
	/* Without its project a zone cannot be there, and that is no news. */
	if (!e && !m->text.len)
		e = look(p, mem, &checks[ZONE], m);
	if (!e)
		e = look(p, mem, &checks[BUCKET], m);
	if (!e)
		check_owner(mem, &checks[BUCKET], &checks[PROJECT], m);
	return e;
}

struct err *gcp_preflight(struct provider *p)
{
	struct missing m = {0};
	struct arena mem = {0};
	struct err *e = NULL;

	if (is_ready(p, false))
		return NULL;
	e = check_all(p, &mem, &m);
	if (!e && m.text.len)
		e = err_new(ERR_REMOTE, m.pos,
		            "%s cannot work in project %s:\n%s",
		            gcp_login_account(p->login, &mem), p->project,
		            m.text.s);
	if (!e)
		(void)is_ready(p, true);
	strbuf_fini(&m.text);
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

struct err *gcp_preflight_region(struct provider *p, struct arena *mem,
                                 const struct desired *want, const char *region)
{
	struct err *e = gcp_preflight(p);

	return e ? e
	         : must_exist(p, mem, gcp_place_region(mem, p, region),
	                      pos_of(want, "region"),
	                      arena_printf(mem, "there is no region \"%s\"",
	                                   region));
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
