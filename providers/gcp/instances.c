/* instances.c - create, delete, and what an instance looks like. */
#include "providers/gcp/instances.h"

#include <stdlib.h>
#include <string.h>

#include "providers/gcp/adopt.h"
#include "providers/gcp/change.h"
#include "providers/gcp/firewalls.h"
#include "providers/gcp/groups.h"
#include "providers/gcp/operation.h"
#include "providers/gcp/preflight.h"
#include "providers/gcp/wait.h"

/* --- planning ------------------------------------------------------------- */

struct err *gcp_instances_resolve(struct provider *p, struct arena *mem,
                                  const struct desired *want,
                                  const struct value **known)
{
	struct gcp_spec s;
	struct value_entry v[] = {{.key = "name"},
	                          {.key = "fqdn"},
	                          {.key = "zone"},
	                          {.key = "machine"},
	                          {.key = "link"}};
	struct err *e = gcp_spec_parse(p, mem, want, &s);

	if (!e)
		e = gcp_firewalls_check(p, mem, want);
	if (!e)
		e = gcp_groups_check(p, mem, want, &s);
	if (!e)
		e = gcp_wait_check(want, s.public);
	if (!e)
		e = gcp_preflight_machine(p, mem, want, &s);
	if (!e && want->id && gcp_place_is_foreign(p, want->id))
		e = gcp_adopt_check(p, mem, want, &s, want->id);
	if (e)
		return e;
	v[0].value = value_string(mem, want->name);
	v[1].value =
		value_string(mem, arena_printf(mem, "%s.%s.c.%s.internal",
	                                       s.name, s.zone, p->project));
	v[2].value = value_string(mem, s.zone);
	v[3].value = value_string(mem, s.machine);
	v[4].value = value_string(mem, gcp_spec_path(mem, p, &s));
	*known = value_map(mem, v, ARRAY_LEN(v));
	return NULL;
}

/* --- what is there -------------------------------------------------------- */

const char *gcp_instances_item(const struct value *instance, const char *key)
{
	const struct value *items =
		value_get(value_get(instance, "metadata"), "items");

	for (size_t i = 0;
	     items && items->type == VALUE_LIST && i < items->list.n; i++)
		if (!strcmp(value_get_string(items->list.v[i], "key", ""), key))
			return value_get_string(items->list.v[i], "value",
			                        NULL);
	return NULL;
}

static const struct value *first_of(const struct value *map, const char *key)
{
	const struct value *v = value_get(map, key);

	return v && v->type == VALUE_LIST && v->list.n ? v->list.v[0] : NULL;
}

const char *gcp_instances_public_ip(const struct value *instance)
{
	const struct value *nic = first_of(instance, "networkInterfaces");

	return value_get_string(first_of(nic, "accessConfigs"), "natIP", NULL);
}

static const struct value *text_or_null(struct arena *mem, const char *s)
{
	return s ? value_string(mem, s) : value_null();
}

static const struct value *spec_of(struct arena *mem, const struct value *r)
{
	const char *text = gcp_instances_item(r, "miso-spec");
	const struct value *spec = value_null();

	if (text)
		err_free(value_from_json(mem, text, strlen(text), &spec));
	return spec;
}

static const char *lower(struct arena *mem, const char *s)
{
	char *out = arena_strdup(mem, s);

	for (char *c = out; *c; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
	return out;
}

static const struct value *attrs_of(struct arena *mem, const struct value *r,
                                    const struct gcp_mark *mark,
                                    const char *path)
{
	const struct value *nic = first_of(r, "networkInterfaces");
	const struct value_entry v[] = {
		{.key = "spec", .value = spec_of(mem, r)},
		{.key = "name", .value = value_string(mem, mark->name)},
		{.key = "ip",
	         .value = text_or_null(
			 mem, value_get_string(nic, "networkIP", NULL))},
		{.key = "public_ip",
	         .value = text_or_null(mem, gcp_instances_public_ip(r))},
		{.key = "state",
	         .value = value_string(
			 mem, lower(mem, value_get_string(r, "status", "")))},
		{.key = "zone",
	         .value = value_string(
			 mem, gcp_place_last(value_get_string(r, "zone", "")))},
		{.key = "machine",
	         .value = value_string(mem, gcp_place_last(value_get_string(
						    r, "machineType", "")))},
		{.key = "link", .value = value_string(mem, path)},
	};

	return value_map(mem, v, ARRAY_LEN(v));
}

static const char *fault_of(const char *status)
{
	if (!strcmp(status, "TERMINATED") || !strcmp(status, "STOPPED") ||
	    !strcmp(status, "STOPPING"))
		return "it is stopped";
	if (!strcmp(status, "SUSPENDED") || !strcmp(status, "SUSPENDING"))
		return "it is suspended";
	return NULL;
}

/* Somebody changed the machine type. */
static const struct value *drift_of(struct arena *mem, const struct object *o)
{
	const struct value *spec = value_get(o->attrs, "spec");
	const char *want = value_get_string(spec, "machine", NULL);
	const char *have = value_get_string(o->attrs, "machine", "");
	struct value_entry v[] = {
		{.key = "machine", .value = value_string(mem, have)}};

	return want && strcmp(want, have) != 0 ? value_map(mem, v, 1) : NULL;
}

static void remember(struct provider *p, const struct object *o,
                     const struct value *r, const char *name)
{
	const struct value *items = value_get(value_get(r, "tags"), "items");
	size_t n = items && items->type == VALUE_LIST ? items->list.n : 0;
	struct arena mem = {0};
	const char **tags = ARENA_ARRAY(&mem, const char *, n);
	struct gcp_peer peer = {.id = o->id,
	                        .address = o->address,
	                        .name = name,
	                        .ip = value_get_string(o->attrs, "ip", NULL),
	                        .tags = tags};

	for (size_t i = 0; i < n; i++)
		if (items->list.v[i]->type == VALUE_STRING)
			tags[peer.nr_tags++] = items->list.v[i]->string.s;
	gcp_place_remember(p, &peer);
	arena_free(&mem);
}

bool gcp_instances_object(struct provider *p, struct arena *mem,
                          const struct value *r, struct object *out)
{
	const char *link = value_get_string(r, "selfLink", "");
	const char *path = strstr(link, "projects/");
	struct gcp_mark mark;

	if (!path || !gcp_mark_read(mem, &p->owner,
	                            gcp_instances_item(r, "miso-mark"), &mark))
		return false;
	*out = gcp_mark_object("instance", path, &mark);
	out->attrs = attrs_of(mem, r, &mark, path);
	out->fault = fault_of(value_get_string(r, "status", ""));
	if (!out->fault && !gcp_mark_has_labels(&p->owner, r))
		out->fault = "somebody changed its labels";
	out->fault_updatable = true;
	out->drift = drift_of(mem, out);
	remember(p, out, r, mark.name);
	return true;
}

#define FIELDS                                                                 \
	"name,selfLink,status,zone,machineType,metadata/items,tags/"           \
	"items,labels,"                                                        \
	"networkInterfaces(networkIP,accessConfigs/natIP)"

/* Those that have a name of ours, whoever made them. */
static struct err *list_names(struct provider *p, struct arena *mem,
                              const struct value **out)
{
	const char *filter = arena_printf(mem, "name eq \"%s-%s-.*\"",
	                                  p->owner.stack, p->owner.site);

	return gcp_api_aggregated(
		p, mem, "instances",
		arena_printf(mem, "filter=%s", http_escape(mem, filter)),
		"selfLink,metadata/items,labels", out);
}

/* Also of another stack: "a-b" at "c" and "a" at "b-c" have the same names. */
static bool is_foreign(const struct provider *p, struct arena *mem,
                       const struct value *r)
{
	struct gcp_mark mark;

	return strstr(value_get_string(r, "selfLink", ""), "projects/") &&
	       !gcp_mark_read(mem, &p->owner,
	                      gcp_instances_item(r, "miso-mark"), &mark);
}

static const char *path_of(const struct value *r)
{
	return strstr(value_get_string(r, "selfLink", ""), "projects/");
}

static bool is_listed(const struct object_set *all, const char *path)
{
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->v[i].id, path))
			return true;
	return false;
}

/* Ours by its mark, and its labels do not say so any more. */
static struct err *add_unlabeled(struct provider *p, struct arena *mem,
                                 const struct value *r, struct object_set *out)
{
	struct gcp_call c = {
		.method = "GET", .path = path_of(r), .query = "fields=" FIELDS};
	struct gcp_answer a;
	struct err *e = gcp_api_call(p, mem, &c, &a);

	if (e || a.status == 404)
		return e;
	if (a.status != 200)
		return gcp_api_error(p, &a, c.path);
	out->n += gcp_instances_object(p, mem, a.body, &out->v[out->n]);
	return NULL;
}

/* What the labels did not lead to. */
static struct err *add_by_name(struct provider *p, struct arena *mem,
                               const struct value *names,
                               struct object_set *out)
{
	size_t labeled = out->n;
	struct err *e = NULL;

	for (size_t i = 0; !e && i < names->list.n; i++) {
		const struct value *r = names->list.v[i];
		const struct object_set first = {out->v, labeled};

		if (is_foreign(p, mem, r)) {
			gcp_place_add_foreign(p, path_of(r));
			out->v[out->n++] = gcp_mark_foreign(p, mem, "instance",
			                                    path_of(r));
		} else if (path_of(r) && !gcp_groups_is_member(r) &&
		           !gcp_mark_has_labels(&p->owner, r) &&
		           !is_listed(&first, path_of(r)))
			e = add_unlabeled(p, mem, r, out);
	}
	return e;
}

struct err *gcp_instances_list(struct provider *p, struct arena *mem,
                               struct object_set *out)
{
	const struct value *list, *names;
	struct err *e = gcp_api_aggregated(p, mem, "instances",
	                                   gcp_mark_filter(mem, &p->owner),
	                                   FIELDS, &list);

	if (!e)
		e = list_names(p, mem, &names);
	if (e)
		return e;
	out->v = ARENA_ARRAY(mem, struct object, list->list.n + names->list.n);
	out->n = 0;
	for (size_t i = 0; i < list->list.n; i++)
		if (!gcp_groups_is_member(list->list.v[i]) &&
		    gcp_instances_object(p, mem, list->list.v[i],
		                         &out->v[out->n]))
			out->n++;
	return add_by_name(p, mem, names, out);
}

/* --- create --------------------------------------------------------------- */

/*
 * Before it is there: so that nobody removes its firewall rules meanwhile. If
 * it never comes, the next list tells.
 */
static void announce(struct provider *p, const char *path,
                     const struct desired *want, const struct gcp_spec *s)
{
	struct gcp_peer peer = {.id = path,
	                        .address = want->address,
	                        .name = want->name,
	                        .tags = s->tags,
	                        .nr_tags = s->nr_tags};

	gcp_place_remember(p, &peer);
}

static struct err *insert(struct provider *p, struct arena *mem,
                          const struct desired *want, const struct gcp_spec *s,
                          const char *path, const struct progress *progress,
                          struct object *out)
{
	struct gcp_change c = {
		.method = "POST",
		.path = arena_printf(mem, "%s/instances",
	                             gcp_place_zone(mem, p, s->zone)),
		.address = want->address,
		.progress = progress,
	};
	const struct value *r;
	bool existed;
	struct err *e = gcp_spec_outline(p, mem, want, s, false, &c.outline);

	if (!e)
		e = gcp_spec_body(p, mem, want, s, false, &c.body);
	if (!e)
		e = gcp_insert(p, mem, &c, path, &r, &existed);
	if (e)
		return e;
	if (!gcp_instances_object(p, mem, r, out))
		return err_hint(
			err_new(ERR_CONFLICT, want->pos,
		                "an instance called \"%s\" exists in %s and is "
		                "not ours",
		                s->name, s->zone),
			"delete it, or give this one another name");
	if (strcmp(out->address, want->address) != 0)
		return err_new(ERR_CONFLICT, want->pos,
		               "the instance called \"%s\" in %s has become "
		               "%s meanwhile",
		               s->name, s->zone, out->address);
	if (existed && strcmp(out->digest, want->digest) != 0)
		return gcp_instances_update(p, mem, out, want, progress, out);
	return NULL;
}

struct err *gcp_instances_create(struct provider *p, struct arena *mem,
                                 const struct desired *want,
                                 const struct progress *progress,
                                 struct object *out)
{
	struct gcp_spec s;
	const char *path;
	struct err *e = gcp_spec_parse(p, mem, want, &s);

	if (e)
		return e;
	if (s.count > 1)
		return gcp_groups_create(p, mem, want, &s, progress, out);
	path = gcp_spec_path(mem, p, &s);
	announce(p, path, want, &s);
	e = gcp_firewalls_ensure(p, mem, want, progress);
	if (!e && progress && progress->say)
		progress->say(progress->ctx, want->address, "starting");
	if (!e)
		e = insert(p, mem, want, &s, path, progress, out);
	if (!e)
		e = gcp_wait(p, want, path,
		             value_get_string(out->attrs, "public_ip", NULL),
		             progress);
	return e;
}

/* --- update --------------------------------------------------------------- */

/* From one machine to a group, or back: there is nothing to keep. */
static struct err *turn(struct provider *p, struct arena *mem,
                        const struct object *have, const struct desired *want,
                        const struct progress *progress, struct object *out)
{
	struct err *e = gcp_instances_delete(p, have, progress);

	return e ? e : gcp_instances_create(p, mem, want, progress, out);
}

struct err *gcp_instances_update(struct provider *p, struct arena *mem,
                                 const struct object *have,
                                 const struct desired *want,
                                 const struct progress *progress,
                                 struct object *out)
{
	bool group = gcp_groups_is_path(have->id);
	struct gcp_spec s;
	struct err *e = gcp_spec_parse(p, mem, want, &s);

	if (!e && have->foreign)
		e = gcp_adopt_check(p, mem, want, &s, have->id);
	if (e)
		return e;
	if (group != (s.count > 1))
		return turn(p, mem, have, want, progress, out);
	e = gcp_firewalls_ensure(p, mem, want, progress);
	if (!e)
		e = group ? gcp_groups_update(p, mem, have, want, &s, progress,
		                              out)
		          : gcp_change_instance(p, mem, have, want, &s,
		                                progress, out);
	if (!e)
		e = gcp_firewalls_prune(p, progress);
	return e;
}

/* --- delete --------------------------------------------------------------- */

struct err *gcp_instances_delete(struct provider *p, const struct object *have,
                                 const struct progress *progress)
{
	struct err *e;

	if (gcp_groups_is_path(have->id))
		e = gcp_groups_delete(p, have, progress);
	else
		e = gcp_delete(p, have->id, have->address, progress);
	if (e)
		return e;
	gcp_place_forget(p, have->id);
	return gcp_firewalls_prune(p, progress);
}
