/* adopt.c - see adopt.h. */
#include "providers/gcp/adopt.h"

#include <string.h>

#include "providers/gcp/api.h"

struct adopting {
	struct provider *p;
	struct arena *mem;
	const struct desired *want;
	const struct gcp_spec *spec;
	const char *path;
	const struct value *now;
};

static struct err *no(const struct adopting *a, const char *attr,
                      const char *have)
{
	return err_hint(
		err_new(ERR_CONFLICT, a->want->pos,
	                "instance \"%s\" cannot take over %s: %s would need "
	                "another one (it has %s)",
	                a->want->name, a->path, attr, have),
		"delete that, or leave out adopt: and give this one another "
		"name");
}

static const struct value *first_of(const struct value *map, const char *key)
{
	const struct value *v = value_get(map, key);

	return v && v->type == VALUE_LIST && v->list.n ? v->list.v[0] : NULL;
}

static struct err *get(const struct adopting *a, const char *path,
                       const char *query, const struct value **out)
{
	struct gcp_call c = {.method = "GET", .path = path, .query = query};
	struct gcp_answer answer;
	struct err *e = gcp_api_must(a->p, a->mem, &c, &answer);

	if (!e)
		*out = answer.body;
	return e;
}

/* The image is remembered by the disk that was made from it. */
static struct err *check_image(const struct adopting *a)
{
	const char *source =
		value_get_string(first_of(a->now, "disks"), "source", "");
	const char *path = strstr(source, "projects/"), *image;
	const struct value *disk;
	struct err *e;

	if (!path)
		return no(a, "image", "no disk to boot from");
	e = get(a, path, "fields=sourceImage", &disk);
	if (e)
		return e;
	image = value_get_string(disk, "sourceImage", "none");
	path = strstr(image, "projects/");
	return path && !strcmp(path, a->spec->image) ? NULL
	                                             : no(a, "image", image);
}

static struct err *check_place(const struct adopting *a)
{
	const char *zone = gcp_place_zone(a->mem, a->p, a->spec->zone);
	const char *network = gcp_place_last(value_get_string(
		first_of(a->now, "networkInterfaces"), "network", ""));
	size_t len = strlen(zone);

	if (a->spec->count > 1)
		return no(a, "count", "one machine");
	if (strncmp(a->path, zone, len) != 0 || a->path[len] != '/')
		return no(a, "zone", a->path);
	if (strcmp(network, gcp_place_last(a->p->network)) != 0)
		return no(a, "the provider's network", network);
	return NULL;
}

static struct err *check_rest(const struct adopting *a)
{
	const char *model = value_get_string(value_get(a->now, "scheduling"),
	                                     "provisioningModel", "STANDARD");
	const char *account = value_get_string(
		first_of(a->now, "serviceAccounts"), "email", NULL);
	const char *want = a->spec->service_account;

	if (a->spec->spot != !strcmp(model, "SPOT"))
		return no(a, "spot", model);
	if (!want != !account || (want && strcmp(want, account) != 0))
		return no(a, "service_account", account ? account : "none");
	return NULL;
}

struct err *gcp_adopt_check(struct provider *p, struct arena *mem,
                            const struct desired *want,
                            const struct gcp_spec *spec, const char *path)
{
	struct adopting a = {p, mem, want, spec, path, NULL};
	struct err *e = get(&a, path,
	                    "fields=disks/source,scheduling/provisioningModel,"
	                    "serviceAccounts/email,networkInterfaces/network",
	                    &a.now);

	if (!e)
		e = check_place(&a);
	if (!e)
		e = check_rest(&a);
	return e ? e : check_image(&a);
}
