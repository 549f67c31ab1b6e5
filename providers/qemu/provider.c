/* provider.c - the table, and which kind goes where. */
#include <string.h>
#include <unistd.h>

#include "providers/qemu/host.h"
#include "providers/qemu/images.h"
#include "providers/qemu/instance.h"
#include "providers/qemu/logs.h"
#include "providers/qemu/qemu.h"
#include "providers/qemu/run.h"
#include "providers/qemu/spec.h"

static const struct attr_rule rules[] = {
	{.kind = "instance", .path = "image", .replaces = true},
	{.kind = "instance", .path = "tags", .set = true},
	{.kind = "firewall", .path = "allow", .set = true},
	{.kind = "firewall", .path = "sources", .set = true},
	{0},
};

static const char *const computed[] = {
	"instance.state",
	"instance.pid",
	NULL,
};

/* --- firewalls: marks and nothing else ---------------------------------------
 */

static struct err *resolve_firewall(UNUSED struct provider *p,
                                    struct arena *mem,
                                    const struct desired *want,
                                    const struct value **known)
{
	struct value_entry all = {.key = want->name, .value = want->spec};
	struct value_entry name = {.key = "name",
	                           .value = value_string(mem, want->name)};
	struct qemu_rules parsed;
	struct err *e = NULL;

	if (!qemu_spec_name_ok(want->name))
		e = err_new(ERR_SYNTAX, want->pos,
		            "\"%s\" cannot be a firewall's name here",
		            want->name);
	if (!e)
		e = qemu_firewall_parse(mem, value_map(mem, &all, 1), want->pos,
		                        &parsed);
	if (!e)
		*known = value_map(mem, &name, 1);
	return e;
}

static struct err *describe_firewall(UNUSED struct provider *p,
                                     struct arena *mem,
                                     const struct qemu_mark *mark,
                                     struct object *out)
{
	struct value_entry v[] = {
		{.key = "spec", .value = mark->spec},
		{.key = "name", .value = value_string(mem, mark->name)},
	};

	*out = qemu_instance_object(mark);
	out->attrs = value_map(mem, v, ARRAY_LEN(v));
	return NULL;
}

static struct err *create_firewall(struct provider *p, struct arena *mem,
                                   const struct desired *want,
                                   UNUSED const struct progress *progress,
                                   struct object *out)
{
	struct qemu_mark mark = qemu_mark_of(
		want, qemu_mark_dir(mem, p->site_dir, "firewall", want->name));
	struct err *e = qemu_mark_create(&mark);

	return e ? e : describe_firewall(p, mem, &mark, out);
}

static struct err *update_firewall(struct provider *p, struct arena *mem,
                                   const struct object *have,
                                   const struct desired *want,
                                   UNUSED const struct progress *progress,
                                   struct object *out)
{
	struct qemu_mark mark = qemu_mark_of(want, arena_strdup(mem, have->id));
	struct err *e = qemu_mark_write(&mark);

	return e ? e : describe_firewall(p, mem, &mark, out);
}

static struct err *delete_firewall(UNUSED struct provider *p,
                                   const struct object *have,
                                   UNUSED const struct progress *progress)
{
	return qemu_mark_remove(have->id);
}

/* --- kinds -------------------------------------------------------------------
 */

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
	struct err *(*describe)(struct provider *p, struct arena *mem,
	                        const struct qemu_mark *mark,
	                        struct object *out);
} kinds[] = {
	{"image", qemu_images_resolve, qemu_images_create, qemu_images_update,
         qemu_images_delete, qemu_images_describe},
	{"instance", qemu_instance_resolve, qemu_instance_create,
         qemu_instance_update, qemu_instance_delete, qemu_instance_describe},
	{"firewall", resolve_firewall, create_firewall, update_firewall,
         delete_firewall, describe_firewall},
};

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static struct err *unsupported(const char *address, struct src_pos pos)
{
	return err_new(ERR_SYNTAX, pos, "%s: not supported yet by qemu",
	               address);
}

static struct err *resolve(struct provider *p, struct arena *mem,
                           const struct desired *want,
                           const struct value **known)
{
	const struct kind *kind = find_kind(want->kind);

	return kind ? kind->resolve(p, mem, want, known)
	            : unsupported(want->address, want->pos);
}

static struct err *create(struct provider *p, struct arena *mem,
                          const struct desired *want,
                          const struct progress *progress, struct object *out)
{
	const struct kind *kind = find_kind(want->kind);

	return kind ? kind->create(p, mem, want, progress, out)
	            : unsupported(want->address, want->pos);
}

static struct err *update(struct provider *p, struct arena *mem,
                          const struct object *have, const struct desired *want,
                          const struct progress *progress, struct object *out)
{
	const struct kind *kind = find_kind(want->kind);

	return kind ? kind->update(p, mem, have, want, progress, out)
	            : unsupported(want->address, want->pos);
}

static struct err *delete (struct provider *p, const struct object *have,
                           const struct progress *progress)
{
	const struct kind *kind = find_kind(have->kind);

	return kind ? kind->delete (p, have, progress)
	            : unsupported(have->address, NO_POS);
}

static struct err *list(struct provider *p, struct arena *mem,
                        struct object_set *out)
{
	struct qemu_marks marks;
	struct object *v;
	struct err *e = qemu_mark_list(mem, p->site_dir, &marks);

	if (e)
		return e;
	v = ARENA_ARRAY(mem, struct object, marks.n);
	for (size_t i = 0; !e && i < marks.n; i++) {
		const struct kind *kind = find_kind(marks.v[i].kind);

		e = kind ? kind->describe(p, mem, &marks.v[i], &v[i])
		         : unsupported(marks.v[i].address, NO_POS);
	}
	if (!e)
		*out = (struct object_set){v, marks.n};
	return e;
}

const struct provider_ops qemu_provider = {
	.type = "qemu",
	.rules = rules,
	.computed = computed,
	.open = qemu_host_open,
	.close = qemu_host_close,
	.resolve = resolve,
	.list = list,
	.create = create,
	.update = update,
	.delete = delete,
	.lock = qemu_host_lock,
	.unlock = qemu_host_unlock,
	.logs = qemu_logs,
	.run = qemu_run,
};
