/* groups.c - see groups.h. */
#include "providers/gcp/groups.h"

#include <stdlib.h>
#include <string.h>

#include "providers/gcp/change.h"
#include "providers/gcp/firewalls.h"
#include "providers/gcp/operation.h"
#include "providers/gcp/wait.h"
#include "providers/http/wait.h"

enum { STABLE_MS = 15 * 60 * 1000, LOOK_MS = 2000, TAIL = 10 };
enum { BASE_MOST = 58 }; /* of a name that numbers are put behind */

bool gcp_groups_is_path(const char *path)
{
	return strstr(path, "/instanceGroupManagers/") != NULL;
}

/* Their mark has the group's address, with " member" behind it. */
#define MEMBER " member"

bool gcp_groups_is_member(const struct value *instance)
{
	const char *mark = gcp_instances_item(instance, "miso-mark");

	return mark && strstr(mark, MEMBER "\"");
}

static const char *templates(struct arena *mem, const struct provider *p)
{
	return arena_printf(mem, "%s/instanceTemplates",
	                    gcp_place_global(mem, p));
}

struct err *gcp_groups_check(struct provider *p, struct arena *mem,
                             const struct desired *want,
                             const struct gcp_spec *spec)
{
	if (spec->count < 2 ||
	    !gcp_place_is_foreign(p, gcp_spec_path(mem, p, spec)))
		return NULL;
	return err_hint(err_new(ERR_CONFLICT, want->pos,
	                        "a group called \"%s\" exists in %s and is not "
	                        "ours",
	                        spec->name, spec->region),
	                "delete it, or give this one another name");
}

/* --- templates ------------------------------------------------------------ */

struct template
{
	const char *name, *path, *outline;
	json_t *body; /* owned */
};

/* What members have does not hang on their number, nor on protection. */
static struct err *make_template(struct provider *p, struct arena *mem,
                                 const struct desired *want,
                                 const struct gcp_spec *s, struct template *out)
{
	struct desired member = *want;
	struct gcp_mark mark = gcp_mark_of(want);
	const char *digest;
	json_t *body;
	struct sha256 hash;
	struct err *e;

	member.address = arena_printf(mem, "%s" MEMBER, want->address);
	member.spec = value_with(mem, want->spec, "count", value_int(mem, 0));
	member.digest = value_digest(mem, member.spec);
	member.nr_needs = 0;
	e = gcp_spec_outline(p, mem, &member, s, true, &out->outline);
	if (!e)
		e = gcp_spec_body(p, mem, &member, s, true, &body);
	if (e)
		return e;
	hash = sha256_of(out->outline, strlen(out->outline));
	digest = arena_printf(mem, "%.*s", TAIL, hash.hex);
	e = gcp_mark_short_name(mem, &p->owner, want->name, digest,
	                        GCP_NAME_MOST, want->pos, &out->name);
	if (e) {
		json_decref(body);
		return e;
	}
	mark.digest = digest;
	mark.nr_needs = 0;
	mark.protect = false;
	out->path = arena_printf(mem, "%s/%s", templates(mem, p), out->name);
	out->body = json_pack(
		"{s:s, s:s, s:o}", "name", out->name, "description",
		gcp_mark_text(mem, &p->owner, &mark), "properties", body);
	return NULL;
}

static struct err *insert_template(struct provider *p, struct arena *mem,
                                   const struct desired *want,
                                   const struct template *t,
                                   const struct progress *progress)
{
	struct gcp_change c = {.method = "POST",
	                       .path = templates(mem, p),
	                       .body = t->body,
	                       .outline = t->outline,
	                       .address = want->address,
	                       .progress = progress};
	const struct value *r;
	struct gcp_mark mark;
	bool existed;
	struct err *e = gcp_insert(p, mem, &c, t->path, &r, &existed);

	if (!e &&
	    !gcp_mark_read(mem, &p->owner,
	                   value_get_string(r, "description", NULL), &mark))
		e = err_new(ERR_CONFLICT, want->pos,
		            "a template called \"%s\" exists and is not ours",
		            t->name);
	return e;
}

/* --- the group ------------------------------------------------------------ */

static json_t *common_body(const struct provider *p, struct arena *mem,
                           const struct desired *want, const struct gcp_spec *s,
                           const struct template *t)
{
	struct gcp_mark mark = gcp_mark_of(want);

	return json_pack("{s:s, s:[{s:s}], s:I, s:{s:s, s:s, s:s}}",
	                 "description", gcp_mark_text(mem, &p->owner, &mark),
	                 "versions", "instanceTemplate", t->path, "targetSize",
	                 (json_int_t)s->count, "updatePolicy", "type",
	                 "PROACTIVE", "minimalAction", "REPLACE",
	                 "instanceRedistributionType", "PROACTIVE");
}

static struct object as_object(struct arena *mem, const char *path,
                               const struct value *r,
                               const struct gcp_mark *mark)
{
	struct object o = gcp_mark_object("instance", path, mark);
	const struct value *status = value_get(r, "status");
	bool stable = value_get_bool(status, "isStable", true);
	const struct value_entry v[] = {
		{.key = "name", .value = value_string(mem, mark->name)},
		{.key = "count",
	         .value = value_int(mem, value_get_int(r, "targetSize", 0))},
		{.key = "state",
	         .value = value_string(mem, stable ? "running" : "rolling")},
		{.key = "ip", .value = value_null()},
		{.key = "public_ip", .value = value_null()},
		{.key = "link", .value = value_string(mem, path)},
	};

	o.attrs = value_map(mem, v, ARRAY_LEN(v));
	return o;
}

static struct err *wait_stable(struct provider *p, struct arena *mem,
                               const struct desired *want, const char *path,
                               const struct progress *progress,
                               struct object *out)
{
	const struct http_clock *clock = &http_system_clock;
	int64_t until = clock->mono_ms(NULL) + STABLE_MS;
	const struct value *r;
	struct gcp_mark mark;
	struct err *e;

	for (;;) {
		e = gcp_get_new(p, mem, path, want->address, progress, &r);
		if (e)
			return e;
		if (value_get_bool(value_get(r, "status"), "isStable", false))
			break;
		if (clock->mono_ms(NULL) > until)
			return err_new(ERR_TIMEOUT, want->pos,
			               "instance \"%s\": its group is not "
			               "stable after %d minutes",
			               want->name, STABLE_MS / 60000);
		if (!http_wait_ms(clock, LOOK_MS,
		                  progress ? progress->canceled : NULL,
		                  progress ? progress->ctx : NULL))
			return err_new(ERR_CANCELED, NO_POS, "given up");
	}
	if (!gcp_mark_read(mem, &p->owner,
	                   value_get_string(r, "description", NULL), &mark))
		return err_new(ERR_CONFLICT, want->pos,
		               "a group called \"%s\" exists and is not ours",
		               strrchr(path, '/') + 1);
	*out = as_object(mem, path, r, &mark);
	return NULL;
}

/* It carries its tags like an instance does. */
static void remember(struct provider *p, const char *path,
                     const struct desired *want, const struct gcp_spec *s)
{
	struct gcp_peer peer = {.id = path,
	                        .address = want->address,
	                        .name = want->name,
	                        .tags = s->tags,
	                        .nr_tags = s->nr_tags};

	gcp_place_remember(p, &peer);
}

/* Until each member is ready, too. */
static struct err *wait_members(struct provider *p, struct arena *mem,
                                const struct desired *want, const char *path,
                                const struct progress *progress)
{
	const struct value *members;
	struct err *e;

	if (!gcp_wait_wanted(want))
		return NULL;
	e = gcp_groups_members(p, mem, path, &members);
	for (size_t i = 0; !e && i < members->list.n; i++) {
		const char *member = members->list.v[i]->string.s;
		const struct value *r;

		e = gcp_get_new(p, mem, member, want->address, progress, &r);
		if (!e)
			e = gcp_wait(p, want, member,
			             gcp_instances_public_ip(r), progress);
	}
	return e;
}

struct err *gcp_groups_create(struct provider *p, struct arena *mem,
                              const struct desired *want,
                              const struct gcp_spec *s,
                              const struct progress *progress,
                              struct object *out)
{
	const char *path = gcp_spec_path(mem, p, s);
	struct gcp_change c = {
		.method = "POST",
		.path = arena_printf(mem, "%s/instanceGroupManagers",
	                             gcp_place_region(mem, p, s->region)),
		.address = want->address,
		.progress = progress};
	const struct value *r;
	struct template t;
	const char *base;
	bool existed;
	struct err *e;

	remember(p, path, want, s);
	e = gcp_firewalls_ensure(p, mem, want, progress);
	if (!e)
		e = gcp_mark_short_name(mem, &p->owner, want->name, NULL,
		                        BASE_MOST, want->pos, &base);
	if (!e)
		e = make_template(p, mem, want, s, &t);
	if (!e)
		e = insert_template(p, mem, want, &t, progress);
	if (e)
		return e;
	c.body = common_body(p, mem, want, s, &t);
	json_object_set_new(c.body, "name", json_string(s->name));
	json_object_set_new(c.body, "baseInstanceName", json_string(base));
	e = gcp_insert(p, mem, &c, path, &r, &existed);
	if (!e)
		e = wait_stable(p, mem, want, path, progress, out);
	if (!e && existed && strcmp(out->digest, want->digest) != 0)
		return gcp_groups_update(p, mem, out, want, s, progress, out);
	return e ? e : wait_members(p, mem, want, path, progress);
}

/* --- update --------------------------------------------------------------- */

static const char *template_of(const struct value *group)
{
	const struct value *v = value_get(group, "versions");
	const char *link = value_get_string(group, "instanceTemplate", "");

	if (v && v->type == VALUE_LIST && v->list.n)
		link = value_get_string(v->list.v[0], "instanceTemplate", link);
	return strstr(link, "projects/") ? strstr(link, "projects/") : link;
}

struct patching {
	struct provider *p;
	struct arena *mem;
	const struct desired *want;
	const struct gcp_spec *spec;
	const struct template *template;
};

/* As gcp_merge wants it. */
static json_t *patch_body(void *ctx, const struct value *now)
{
	const struct patching *t = ctx;
	json_t *body = common_body(t->p, t->mem, t->want, t->spec, t->template);

	json_object_set_new(
		body, "fingerprint",
		json_string(value_get_string(now, "fingerprint", "")));
	return body;
}

/* *old: the template that it had until now. */
static struct err *patch(struct patching *t, const char *path,
                         const struct progress *progress, const char **old)
{
	const struct gcp_merge m = {.path = path,
	                            .change = {.method = "PATCH",
	                                       .path = path,
	                                       .address = t->want->address,
	                                       .progress = progress},
	                            .make = patch_body,
	                            .ctx = t};
	const struct value *now = NULL;
	struct err *e = gcp_merge(t->p, t->mem, &m, &now);

	if (!e)
		*old = template_of(now);
	return e;
}

struct err *gcp_groups_update(struct provider *p, struct arena *mem,
                              const struct object *have,
                              const struct desired *want,
                              const struct gcp_spec *s,
                              const struct progress *progress,
                              struct object *out)
{
	const char *path = have->id, *old = "";
	struct template t;
	struct patching patching = {p, mem, want, s, &t};
	struct err *e = make_template(p, mem, want, s, &t);

	if (!e)
		e = insert_template(p, mem, want, &t, progress);
	if (!e)
		e = patch(&patching, path, progress, &old);
	if (!e)
		e = wait_stable(p, mem, want, path, progress, out);
	if (e)
		return e;
	remember(p, path, want, s);
	e = wait_members(p, mem, want, path, progress);
	if (!e && *old && strcmp(old, t.path) != 0)
		e = gcp_delete(p, old, want->address, progress);
	return e;
}

struct err *gcp_groups_delete(struct provider *p, const struct object *have,
                              const struct progress *progress)
{
	struct gcp_call get = {.method = "GET", .path = have->id};
	struct arena mem = {0};
	struct gcp_answer a;
	struct err *e = gcp_api_call(p, &mem, &get, &a);
	const char *template = "";

	if (!e && a.status == 200)
		template = template_of(a.body);
	if (!e)
		e = gcp_delete(p, have->id, have->address, progress);
	if (!e && *template)
		e = gcp_delete(p, template, have->address, progress);
	arena_free(&mem);
	return e;
}

/* --- lists ---------------------------------------------------------------- */

static bool is_used(const struct value *groups, const char *path)
{
	for (size_t i = 0; i < groups->list.n; i++)
		if (!strcmp(template_of(groups->list.v[i]), path))
			return true;
	return false;
}

static void carry_tags(struct provider *p, const struct value *template,
                       const struct object *o)
{
	const struct value *items = value_get(
		value_get(value_get(template, "properties"), "tags"), "items");
	size_t n = items && items->type == VALUE_LIST ? items->list.n : 0;
	struct arena mem = {0};
	const char **tags = ARENA_ARRAY(&mem, const char *, n);
	struct gcp_peer peer = {.id = o->id,
	                        .address = o->address,
	                        .name = value_get_string(o->attrs, "name", ""),
	                        .tags = tags};

	for (size_t i = 0; i < n; i++)
		if (items->list.v[i]->type == VALUE_STRING)
			tags[peer.nr_tags++] = items->list.v[i]->string.s;
	gcp_place_remember(p, &peer);
	arena_free(&mem);
}

static void add_groups(struct provider *p, struct arena *mem,
                       const struct value *groups, const struct value *all,
                       struct object_set *out)
{
	for (size_t i = 0; i < groups->list.n; i++) {
		const struct value *r = groups->list.v[i];
		const char *path = strstr(value_get_string(r, "selfLink", ""),
		                          "projects/");
		struct gcp_mark mark;
		struct object o;

		if (!path)
			continue;
		if (!gcp_mark_read(mem, &p->owner,
		                   value_get_string(r, "description", NULL),
		                   &mark)) {
			gcp_place_add_foreign(p, path);
			continue;
		}
		o = as_object(mem, path, r, &mark);
		out->v[out->n++] = o;
		for (size_t t = 0; t < all->list.n; t++) {
			const char *link = value_get_string(all->list.v[t],
			                                    "selfLink", "");

			if (strstr(link, template_of(r)))
				carry_tags(p, all->list.v[t], &o);
		}
	}
}

static void add_left_over(struct provider *p, struct arena *mem,
                          const struct value *groups, const struct value *all,
                          struct object_set *out)
{
	for (size_t i = 0; i < all->list.n; i++) {
		const struct value *r = all->list.v[i];
		const char *path = strstr(value_get_string(r, "selfLink", ""),
		                          "projects/");
		struct gcp_mark mark;

		if (!path || is_used(groups, path) ||
		    !gcp_mark_read(mem, &p->owner,
		                   value_get_string(r, "description", NULL),
		                   &mark))
			continue;
		mark.address = arena_printf(mem, "template.%s",
		                            value_get_string(r, "name", ""));
		out->v[out->n] = gcp_mark_object("template", path, &mark);
		out->v[out->n++].attrs = value_map(mem, NULL, 0);
	}
}

struct err *gcp_groups_list(struct provider *p, struct arena *mem,
                            struct object_set *out)
{
	const struct value *groups, *all;
	struct err *e = gcp_api_aggregated(
		p, mem, "instanceGroupManagers", "",
		"name,selfLink,description,status/isStable,targetSize,"
		"versions,instanceTemplate",
		&groups);

	if (!e)
		e = gcp_api_list(p, mem, templates(mem, p),
		                 "fields=items(name,selfLink,description,"
		                 "properties/tags),nextPageToken",
		                 &all);
	if (e)
		return e;
	out->v = ARENA_ARRAY(mem, struct object, groups->list.n + all->list.n);
	out->n = 0;
	add_groups(p, mem, groups, all, out);
	add_left_over(p, mem, groups, all, out);
	return NULL;
}

struct err *gcp_groups_members(struct provider *p, struct arena *mem,
                               const char *path, const struct value **out)
{
	struct gcp_call c = {
		.method = "POST",
		.path = arena_printf(mem, "%s/listManagedInstances", path),
		.safe = true};
	const struct value *list, **v;
	struct gcp_answer a;
	struct err *e = gcp_api_must(p, mem, &c, &a);
	size_t n = 0, nr;

	if (e)
		return e;
	list = value_get(a.body, "managedInstances");
	nr = list && list->type == VALUE_LIST ? list->list.n : 0;
	v = ARENA_ARRAY(mem, const struct value *, nr);
	for (size_t i = 0; i < nr; i++) {
		const char *member = strstr(
			value_get_string(list->list.v[i], "instance", ""),
			"projects/");

		/* One that is being made may have none yet. */
		if (member)
			v[n++] = value_string(mem, member);
	}
	*out = value_list(mem, v, n);
	return NULL;
}
