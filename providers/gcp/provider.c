/* provider.c - the table, and which kind goes where. */
#include <string.h>

#include "providers/gcp/addresses.h"
#include "providers/gcp/firewalls.h"
#include "providers/gcp/gcp.h"
#include "providers/gcp/groups.h"
#include "providers/gcp/images.h"
#include "providers/gcp/instances.h"
#include "providers/gcp/logs.h"
#include "providers/gcp/operation.h"
#include "providers/gcp/preflight.h"
#include "providers/gcp/records.h"
#include "providers/gcp/secrets.h"
#include "providers/object.h"

static const struct attr_rule rules[] = {
	{.kind = "instance",
         .path = "image",
         .replaces = true,
         .identity = "digest"},
	{.kind = "instance", .path = "zone", .replaces = true},
	{.kind = "instance", .path = "spot", .replaces = true},
	{.kind = "instance", .path = "service_account", .replaces = true},
	{.kind = "instance", .path = "tags", .set = true},
	{.kind = "address", .path = "region", .replaces = true},
	{0},
};

static const char *const adopts[] = {"instance", "address", NULL};

/* They keep the names that they have there. */
static const char *const moves[] = {"image", "instance", "address", NULL};

static const char *const computed[] = {
	"instance.ip", "instance.public_ip", "instance.state",
	"address.ip",  "address.link",       NULL,
};

static const char *const kind_names[] = {"image", "instance", "address", NULL};

/* --- kinds ---------------------------------------------------------------- */

static struct err *delete_template(struct provider *p,
                                   const struct object *have,
                                   const struct progress *progress)
{
	return gcp_delete(p, have->id, have->address, progress);
}

static const struct kind {
	const char *name;
	struct err *(*resolve)(struct provider *p, struct arena *mem,
	                       const struct desired *want,
	                       const struct value **known);
	struct err *(*create)(struct provider *p, struct arena *mem,
	                      const struct desired *want,
	                      const struct progress *progress,
	                      struct object *out);
	struct err *(*update)(struct provider *p, struct arena *mem,
	                      const struct object *have,
	                      const struct desired *want,
	                      const struct progress *progress,
	                      struct object *out);
	struct err *(*delete)(struct provider *p, const struct object *have,
	                      const struct progress *progress);
} kinds[] = {
	{"image", gcp_images_resolve, gcp_images_create, gcp_images_update,
         gcp_images_delete},
	{"instance", gcp_instances_resolve, gcp_instances_create,
         gcp_instances_update, gcp_instances_delete},
	{"address", gcp_addresses_resolve, gcp_addresses_create,
         gcp_addresses_update, gcp_addresses_delete},
	/* What a crash can leave; nobody wants them. */
	{"firewall", NULL, NULL, NULL, gcp_firewalls_delete},
	{"template", NULL, NULL, NULL, delete_template},
	{"archive", NULL, NULL, NULL, gcp_images_delete_archive},
};

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static struct err *unsupported(const struct desired *want)
{
	return err_new(ERR_SYNTAX, want->pos, "%s: not supported yet by gcp",
	               want->address);
}

static struct err *resolve(struct provider *p, struct arena *mem,
                           const struct desired *want,
                           const struct value **known)
{
	const struct kind *kind = find_kind(want->kind);

	return kind && kind->resolve ? kind->resolve(p, mem, want, known)
	                             : unsupported(want);
}

static struct err *create(struct provider *p, struct arena *mem,
                          const struct desired *want,
                          const struct progress *progress, struct object *out)
{
	const struct kind *kind = find_kind(want->kind);

	return kind && kind->create ? kind->create(p, mem, want, progress, out)
	                            : unsupported(want);
}

static struct err *update(struct provider *p, struct arena *mem,
                          const struct object *have, const struct desired *want,
                          const struct progress *progress, struct object *out)
{
	const struct kind *kind = find_kind(want->kind);

	return kind && kind->update
	               ? kind->update(p, mem, have, want, progress, out)
	               : unsupported(want);
}

static struct err *delete (struct provider *p, const struct object *have,
                           const struct progress *progress)
{
	const struct kind *kind = find_kind(have->kind);

	return kind ? kind->delete (p, have, progress)
	            : err_new(ERR_SYNTAX, NO_POS, "%s: of no kind of gcp's",
	                      have->address);
}

/* A rule is no object: what is wrong with it is wrong with who carries it. */
static void look_at_rules(struct provider *p, struct arena *mem,
                          struct object *o)
{
	if (strcmp(o->kind, "instance") != 0 || o->fault)
		return;
	o->fault = gcp_firewalls_fault(p, mem, o->id);
	o->fault_updatable = o->fault_updatable || o->fault;
}

/* Firewalls last: which are carried must be known by then. */
static struct err *list_all(struct provider *p, struct arena *mem,
                            struct object_set *out)
{
	static struct err *(*const lists[])(struct provider * p,
	                                    struct arena * mem,
	                                    struct object_set * out) = {
		gcp_images_list,    gcp_instances_list, gcp_groups_list,
		gcp_addresses_list, gcp_firewalls_list,
	};
	struct object_set all = {0};
	size_t cap = 0;
	struct err *e = gcp_preflight(p);

	for (size_t i = 0; !e && i < ARRAY_LEN(lists); i++) {
		struct object_set some = {0};

		e = lists[i](p, mem, &some);
		for (size_t j = 0; !e && j < some.n; j++) {
			ARENA_RESERVE(mem, struct object, all.v, all.n, cap);
			all.v[all.n++] = some.v[j];
		}
	}
	for (size_t i = 0; !e && i < all.n; i++)
		look_at_rules(p, mem, &all.v[i]);
	if (!e)
		*out = all;
	return e;
}

static struct err *list(struct provider *p, struct arena *mem,
                        struct object_set *out)
{
	struct arena answers = {0};
	struct object_set all;
	struct err *e = list_all(p, &answers, &all);

	if (!e)
		*out = object_set_copy(mem, &all);
	arena_free(&answers);
	return e;
}

const struct provider_ops gcp_provider = {
	.type = "gcp",
	.rules = rules,
	.computed = computed,
	.adopts = adopts,
	.moves = moves,
	.kinds = kind_names,
	.open = gcp_place_open,
	.close = gcp_place_close,
	.resolve = resolve,
	.list = list,
	.create = create,
	.update = update,
	.delete = delete,
	.cell = &gcp_cell,
	.records = &gcp_records,
	.read_secret = gcp_secrets_read,
	.logs = gcp_logs,
};
