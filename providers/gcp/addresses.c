/*
 * addresses.c - the mark is in the description, which stays as it was made; so
 * any change is another address. Labels cannot be given on insert.
 */
#include "providers/gcp/addresses.h"

#include <string.h>

#include "providers/gcp/mark.h"
#include "providers/gcp/operation.h"

static const char *last_part(const char *url)
{
	const char *slash = strrchr(url, '/');

	return slash ? slash + 1 : url;
}

static struct err *path_of(struct provider *p, struct arena *mem,
                           const struct desired *want, const char **name,
                           const char **region, const char **path)
{
	struct err *e = gcp_mark_name(mem, &p->owner, want->name, NULL,
	                              want->pos, name);

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
	struct value_entry v[] = {
		{.key = "name"}, {.key = "region"}, {.key = "link"}};
	const char *name, *region, *path;
	struct err *e = path_of(p, mem, want, &name, &region, &path);

	if (e)
		return e;
	v[0].value = value_string(mem, want->name);
	v[1].value = value_string(mem, region);
	v[2].value = value_string(mem, path);
	*known = value_map(mem, v, ARRAY_LEN(v));
	return NULL;
}

static bool as_object(struct provider *p, struct arena *mem,
                      const struct value *r, struct object *out)
{
	const char *path =
		strstr(value_get_string(r, "selfLink", ""), "projects/");
	const char *ip = value_get_string(r, "address", NULL);
	const char *region = last_part(value_get_string(r, "region", ""));
	struct gcp_mark mark;

	if (!path ||
	    !gcp_mark_read(mem, &p->owner,
	                   value_get_string(r, "description", NULL), &mark))
		return false;
	*out = gcp_mark_object("address", path, &mark);
	const struct value_entry v[] = {
		{.key = "name", .value = value_string(mem, mark.name)},
		{.key = "region", .value = value_string(mem, region)},
		{.key = "ip",
	         .value = ip ? value_string(mem, ip) : value_null()},
		{.key = "link", .value = value_string(mem, path)},
	};

	out->attrs = value_map(mem, v, ARRAY_LEN(v));
	return true;
}

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
	bool existed;
	struct err *e = path_of(p, mem, want, &name, &region, &path);

	if (e)
		return e;
	c.path = arena_printf(mem, "%s/addresses",
	                      gcp_place_region(mem, p, region));
	c.body = json_pack("{s:s, s:s}", "name", name, "description",
	                   gcp_mark_text(mem, &p->owner, &mark));
	e = gcp_insert(p, mem, &c, path, &r, &existed);
	if (!e && !as_object(p, mem, r, out))
		e = err_new(ERR_CONFLICT, want->pos,
		            "an address called \"%s\" exists in %s and is not "
		            "ours",
		            name, region);
	if (!e && strcmp(out->digest, want->digest) != 0)
		e = err_new(ERR_CONFLICT, want->pos,
		            "address \"%s\" was made for something else: run "
		            "plan again",
		            name);
	return e;
}

struct err *gcp_addresses_update(struct provider *p, struct arena *mem,
                                 const struct object *have,
                                 const struct desired *want,
                                 const struct progress *progress,
                                 struct object *out)
{
	struct err *e = gcp_addresses_delete(p, have, progress);

	return e ? e : gcp_addresses_create(p, mem, want, progress, out);
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
		p, mem, "addresses",
		"fields=items/*/addresses(name,selfLink,region,description,"
		"address),nextPageToken&returnPartialSuccess=true",
		&list);

	if (e)
		return e;
	out->v = ARENA_ARRAY(mem, struct object, list->list.n);
	out->n = 0;
	for (size_t i = 0; i < list->list.n; i++)
		out->n += as_object(p, mem, list->list.v[i], &out->v[out->n]);
	return NULL;
}
