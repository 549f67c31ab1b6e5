/*
 * addresses.c - the mark is in the description, which stays as it was made, and
 * where it had to change, or the address is one that was taken over, in labels:
 * they count then. Labels cannot be given on insert.
 */
#include "providers/gcp/addresses.h"

#include <string.h>

#include "providers/gcp/mark.h"
#include "providers/gcp/operation.h"
#include "providers/gcp/preflight.h"

static struct err *path_of(struct provider *p, struct arena *mem,
                           const struct desired *want, const char **name,
                           const char **region, const char **path)
{
	struct err *e =
		gcp_mark_name(mem, &p->owner, want->name, want->pos, name);

	*region = value_get_string(want->spec, "region", p->region);
	*path = e ? NULL
	          : arena_printf(mem, "%s/addresses/%s",
	                         gcp_place_region(mem, p, *region), *name);
	return e;
}

struct err *gcp_addresses_resolve(struct provider *p, struct arena *mem,
                                  const struct desired *want,
                                  const struct value **known)
{
	struct value_entry v[] = {{.key = "name"}, {.key = "region"}};
	const char *name, *region, *path;
	struct err *e = path_of(p, mem, want, &name, &region, &path);

	if (!e)
		e = gcp_preflight_region(p, mem, want, region);
	if (e)
		return e;
	v[0].value = value_string(mem, want->name);
	v[1].value = value_string(mem, region);
	*known = value_map(mem, v, ARRAY_LEN(v));
	return NULL;
}

static const char *mark_text(struct arena *mem, const struct value *r)
{
	const char *labels = gcp_mark_in_labels(mem, value_get(r, "labels"));

	return labels ? labels : value_get_string(r, "description", NULL);
}

static const struct value *attrs_of(struct arena *mem, const struct value *r,
                                    const char *name, const char *path)
{
	const char *ip = value_get_string(r, "address", NULL);
	const char *region = gcp_place_last(value_get_string(r, "region", ""));
	const struct value_entry v[] = {
		{.key = "name", .value = value_string(mem, name)},
		{.key = "region", .value = value_string(mem, region)},
		{.key = "ip",
	         .value = ip ? value_string(mem, ip) : value_null()},
		{.key = "link", .value = value_string(mem, path)},
	};

	return value_map(mem, v, ARRAY_LEN(v));
}

static const char *path_in(const struct value *r)
{
	return strstr(value_get_string(r, "selfLink", ""), "projects/");
}

static bool as_object(struct provider *p, struct arena *mem,
                      const struct value *r, struct object *out)
{
	const char *path = path_in(r);
	struct gcp_mark mark;

	if (!path || !gcp_mark_read(mem, &p->owner, mark_text(mem, r), &mark))
		return false;
	*out = gcp_mark_object("address", path, &mark);
	out->attrs = attrs_of(mem, r, mark.name, path);
	return true;
}

/* One that nobody has marked; what another stack made is not to be had. */
static bool as_foreign(struct provider *p, struct arena *mem,
                       const struct value *r, struct object *out)
{
	const char *path = path_in(r);

	if (!path || gcp_mark_is_one(mark_text(mem, r)))
		return false;
	*out = gcp_mark_foreign(p, mem, "address", path);
	out->attrs = attrs_of(mem, r, value_get_string(out->attrs, "name", ""),
	                      path);
	return true;
}

/* --- create, update, delete ----------------------------------------------- */

struct err *gcp_addresses_create(struct provider *p, struct arena *mem,
                                 const struct desired *want,
                                 const struct progress *progress,
                                 struct object *out)
{
	struct gcp_mark mark = gcp_mark_of(want);
	struct gcp_change c = {.method = "POST",
	                       .address = want->address,
	                       .progress = progress};
	const char *name, *region, *path;
	const struct value *r;
	bool existed, ours;
	struct err *e = path_of(p, mem, want, &name, &region, &path);

	if (e)
		return e;
	c.path = arena_printf(mem, "%s/addresses",
	                      gcp_place_region(mem, p, region));
	c.body = json_pack("{s:s, s:s}", "name", name, "description",
	                   gcp_mark_text(mem, &p->owner, &mark));
	e = gcp_insert(p, mem, &c, path, &r, &existed);
	ours = !e && as_object(p, mem, r, out);
	if (!e && !ours)
		e = err_new(ERR_CONFLICT, want->pos,
		            "an address called \"%s\" exists in %s and is not "
		            "ours",
		            name, region);
	if (ours && strcmp(out->address, want->address) != 0)
		e = err_hint(err_new(ERR_CONFLICT, want->pos,
		                     "the address called \"%s\" in %s was "
		                     "moved, and is %s now",
		                     name, region, out->address),
		             "give this one another name in the file");
	if (!e && strcmp(out->digest, want->digest) != 0)
		e = gcp_addresses_update(p, mem, out, want, progress, out);
	return e;
}

struct marking {
	struct provider *p;
	struct arena *mem;
	const struct desired *want;
};

/* As gcp_merge wants it. */
static json_t *labels_body(void *ctx, const struct value *now)
{
	const struct marking *k = ctx;
	struct gcp_mark mark = gcp_mark_of(k->want);

	return gcp_mark_labels_body(
		now, gcp_mark_as_labels(k->mem, &k->p->owner, &mark));
}

static struct err *mark_anew(struct provider *p, struct arena *mem,
                             const char *path, const struct desired *want,
                             const struct progress *progress)
{
	struct marking k = {.p = p, .mem = mem, .want = want};
	const struct gcp_merge m = {
		.path = path,
		.change = {.method = "POST",
	                   .path = arena_printf(mem, "%s/setLabels", path),
	                   .address = want->address,
	                   .progress = progress},
		.make = labels_body,
		.ctx = &k};
	const struct value *now = NULL;

	return gcp_merge(p, mem, &m, &now);
}

/* Its number stays; only whose it is, and for what, changes. */
struct err *gcp_addresses_update(struct provider *p, struct arena *mem,
                                 const struct object *have,
                                 const struct desired *want,
                                 const struct progress *progress,
                                 struct object *out)
{
	const char *region = value_get_string(want->spec, "region", p->region);
	const char *at = value_get_string(have->attrs, "region", region);
	const struct value *now;
	struct err *e;

	if (strcmp(region, at) != 0)
		return err_new(ERR_CONFLICT, want->pos,
		               "address \"%s\" is wanted in %s, and %s is in "
		               "%s: an address belongs to one region",
		               want->name, region, have->id, at);
	e = mark_anew(p, mem, have->id, want, progress);
	if (!e)
		e = gcp_get_new(p, mem, have->id, want->address, progress,
		                &now);
	if (!e && !as_object(p, mem, now, out))
		e = err_new(ERR_CONFLICT, want->pos, "%s lost its mark",
		            have->id);
	return e;
}

struct err *gcp_addresses_delete(struct provider *p, const struct object *have,
                                 const struct progress *progress)
{
	return gcp_delete(p, have->id, have->address, progress);
}

struct err *gcp_addresses_list(struct provider *p, struct arena *mem,
                               struct object_set *out)
{
	const struct value *list;
	struct err *e = gcp_api_aggregated(
		p, mem, "addresses", "",
		"name,selfLink,region,description,labels,address", &list);

	if (e)
		return e;
	out->v = ARENA_ARRAY(mem, struct object, list->list.n);
	out->n = 0;
	for (size_t i = 0; i < list->list.n; i++)
		out->n += as_object(p, mem, list->list.v[i], &out->v[out->n]) ||
		          as_foreign(p, mem, list->list.v[i], &out->v[out->n]);
	return NULL;
}
