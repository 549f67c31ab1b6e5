/* provider.c - the table, and which kind goes where. */
#include <string.h>

#include "providers/object.h"
#include "providers/qemu/host.h"
#include "providers/qemu/images.h"
#include "providers/qemu/instance.h"
#include "providers/qemu/logs.h"
#include "providers/qemu/qemu.h"
#include "providers/qemu/records.h"
#include "providers/qemu/run.h"

static const struct attr_rule rules[] = {
	{.kind = "instance",
         .path = "image",
         .replaces = true,
         .identity = "digest"},
	{.kind = "instance", .path = "tags", .set = true},
	{0},
};

static const char *const moves[] = {"image", "instance", NULL};

static const char *const computed[] = {
	"instance.state",
	"instance.pid",
	NULL,
};

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

static struct object as_foreign(struct arena *mem, const struct qemu_mark *m)
{
	const struct value_entry name = {.key = "name",
	                                 .value = value_string(mem, m->name)};

	return (struct object){.kind = m->kind,
	                       .id = m->dir,
	                       .foreign = true,
	                       .attrs = value_map(mem, &name, 1)};
}

/* All that stands in a folder of ours without our mark. */
static struct err *add_foreign(struct provider *p, struct arena *mem,
                               struct object_set *out)
{
	struct err *e = NULL;

	for (size_t i = 0; i < ARRAY_LEN(kinds) && !e; i++) {
		struct qemu_marks strays;

		e = qemu_mark_strays(mem, p->site_dir, kinds[i].name, &strays);
		if (e || !strays.n)
			continue;
		out->v = arena_grow(mem, out->v, out->n, out->n + strays.n,
		                    sizeof(*out->v), alignof(struct object));
		for (size_t j = 0; j < strays.n; j++)
			out->v[out->n++] = as_foreign(mem, &strays.v[j]);
	}
	return e;
}

static struct err *list_all(struct provider *p, struct arena *mem,
                            struct object_set *out)
{
	struct object_set all = {0};
	struct qemu_marks marks;
	struct err *e = qemu_mark_list(mem, p->site_dir, &marks);

	if (e)
		return e;
	all.v = ARENA_ARRAY(mem, struct object, marks.n);
	for (; !e && all.n < marks.n; all.n++) {
		const struct qemu_mark *m = &marks.v[all.n];
		const struct kind *kind = find_kind(m->kind);

		e = kind ? kind->describe(p, mem, m, &all.v[all.n])
		         : unsupported(m->address, NO_POS);
	}
	if (!e)
		e = add_foreign(p, mem, &all);
	if (!e)
		*out = all;
	return e;
}

static struct err *list(struct provider *p, struct arena *mem,
                        struct object_set *out)
{
	struct arena marks = {0};
	struct object_set all;
	struct err *e = list_all(p, &marks, &all);

	if (!e)
		*out = object_set_copy(mem, &all);
	arena_free(&marks);
	return e;
}

const struct provider_ops qemu_provider = {
	.type = "qemu",
	.rules = rules,
	.computed = computed,
	.moves = moves,
	.open = qemu_host_open,
	.close = qemu_host_close,
	.resolve = resolve,
	.list = list,
	.create = create,
	.update = update,
	.delete = delete,
	.lock = qemu_host_lock,
	.unlock = qemu_host_unlock,
	.holder = qemu_host_holder,
	.records = &qemu_record_ops,
	.needs_image = qemu_images_in_use,
	.logs = qemu_logs,
	.run = qemu_run,
};
