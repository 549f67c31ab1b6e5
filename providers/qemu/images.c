/* images.c - plan once, build when asked, drop when nobody is left. */
#include "providers/qemu/images.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "providers/qemu/instance.h"
#include "providers/qemu/records.h"
#include "providers/qemu/spec.h"

/* --- planning ----------------------------------------------------------------
 */

static struct qemu_planned *find_planned_locked(struct provider *p,
                                                const char *address)
{
	for (size_t i = p->nr_planned; i > 0; i--)
		if (strcmp(p->planned[i - 1]->address, address) == 0)
			return p->planned[i - 1];
	return NULL;
}

static const struct qemu_planned *find_planned(struct provider *p,
                                               const char *address)
{
	const struct qemu_planned *found;

	pthread_mutex_lock(&p->lock);
	found = find_planned_locked(p, address);
	pthread_mutex_unlock(&p->lock);
	return found;
}

/* A planned image keeps its arena until the provider is closed. */
static void keep_planned(struct provider *p, const char *address,
                         const struct image *image)
{
	struct qemu_planned *new;

	pthread_mutex_lock(&p->lock);
	new = ARENA_NEW(&p->found, struct qemu_planned);
	new->address = arena_strdup(&p->found, address);
	new->image = *image;
	new->digest = new->image.digest.hex;
	ARENA_RESERVE(&p->found, struct qemu_planned *, p->planned,
	              p->nr_planned, p->cap_planned);
	p->planned[p->nr_planned++] = new;
	pthread_mutex_unlock(&p->lock);
}

static struct arena *new_arena(struct provider *p)
{
	struct arena *mem;

	pthread_mutex_lock(&p->lock);
	mem = ARENA_NEW(&p->found, struct arena);
	pthread_mutex_unlock(&p->lock);
	return mem;
}

/* As it was built once: what it was made of may have changed since. */
static struct err *plan_pinned(struct provider *p, const struct desired *want)
{
	struct arena *mem = new_arena(p);
	struct store_image files;
	struct err *e = store_find(p->store, mem, want->pinned, &files);
	struct image image = {.tree.mem = mem};

	if (e) {
		arena_free(mem);
		return e;
	}
	snprintf(image.digest.hex, sizeof(image.digest.hex), "%s",
	         want->pinned);
	image.program = files.program;
	keep_planned(p, want->address, &image);
	return NULL;
}

static struct err *plan_inputs(struct provider *p, const struct desired *want)
{
	struct image_request q = {
		.spec = want->spec, .pos = want->pos, .base_dir = p->owner.dir};
	struct arena *mem = new_arena(p);
	struct image image;
	struct err *e = qemu_host_kernel(p, &q.kernel);

	if (!e)
		e = image_plan(p->store, mem, &q, &image);
	if (e) {
		arena_free(mem);
		return e;
	}
	keep_planned(p, want->address, &image);
	return NULL;
}

/* Gone from the store, it has to come out as it was. */
static struct err *check_pin(struct provider *p, const struct desired *want)
{
	const struct qemu_planned *now = find_planned(p, want->address);

	if (!strcmp(now->digest, want->pinned))
		return NULL;
	return err_new(ERR_REF, want->pos,
	               "image \"%s\" is no longer in the store, and what it "
	               "was made of has changed since: built now, it would be "
	               "%.12s and not %.12s",
	               want->name, now->digest, want->pinned);
}

static struct err *plan(struct provider *p, const struct desired *want)
{
	struct err *e;

	if (!want->pinned)
		return plan_inputs(p, want);
	e = plan_pinned(p, want);
	if (!e || err_code(e) != ERR_REF)
		return e;
	err_free(e);
	e = plan_inputs(p, want);
	return e ? e : check_pin(p, want);
}

struct err *qemu_images_resolve(struct provider *p, struct arena *mem,
                                const struct desired *want,
                                const struct value **known)
{
	const struct qemu_planned *planned;
	struct value_entry v[3] = {
		{.key = "name"}, {.key = "digest"}, {.key = "program"}};
	struct err *e;

	if (!qemu_spec_name_ok(want->name))
		return err_new(ERR_SYNTAX, want->pos,
		               "\"%s\" cannot be an image's name here",
		               want->name);
	e = plan(p, want);
	if (e && !err_pos(e).line)
		e = err_wrap(e, want->pos, "image \"%s\"", want->name);
	if (e)
		return e;
	planned = find_planned(p, want->address);
	v[0].value = value_string(mem, want->name);
	v[1].value = value_string(mem, planned->digest);
	v[2].value = value_string(mem, planned->image.program);
	*known = value_map(mem, v, ARRAY_LEN(v));
	return NULL;
}

/* A pinned one was found in the store, and has to be there still. */
static struct err *make_built(struct provider *p, const struct desired *want,
                              const struct qemu_planned *planned)
{
	struct arena mem = {0};
	struct store_image files;
	struct err *e;
	bool built;

	if (planned->image.tree.root)
		return store_build(p->store, &planned->image, &built);
	e = store_find(p->store, &mem, want->pinned, &files);
	arena_free(&mem);
	return e;
}

struct err *qemu_images_build(struct provider *p, const struct desired *want,
                              const char **digest)
{
	const struct qemu_planned *planned = find_planned(p, want->address);
	struct err *e = NULL;

	if (!planned) {
		e = plan(p, want);
		if (e)
			return e;
		planned = find_planned(p, want->address);
	}
	e = make_built(p, want, planned);
	if (e)
		return err_wrap(e, want->pos, "image \"%s\" cannot be built",
		                want->name);
	*digest = planned->digest;
	return NULL;
}

/* --- objects -----------------------------------------------------------------
 */

struct err *qemu_images_describe(struct provider *p, struct arena *mem,
                                 const struct qemu_mark *mark,
                                 struct object *out)
{
	const struct qemu_planned *planned = find_planned(p, mark->address);
	struct object o = qemu_instance_object(mark);
	const char *digest = mark->image ? mark->image : "";
	struct store_image files;
	struct value_entry v[] = {
		{.key = "spec", .value = mark->spec},
		{.key = "name", .value = value_string(mem, mark->name)},
		{.key = "digest", .value = value_string(mem, digest)},
	};
	struct err *e = store_find(p->store, mem, digest, &files);

	if (e)
		o.fault = "it is not in the image store";
	else if (planned && strcmp(planned->digest, digest) != 0)
		o.fault = "its files have changed";
	err_free(e);
	o.attrs = value_map(mem, v, ARRAY_LEN(v));
	*out = o;
	return NULL;
}

/* The mark first: an image in the store that nobody marks may be dropped. */
static struct err *build_marked(struct provider *p, struct arena *mem,
                                const struct desired *want,
                                struct err *(*put)(const struct qemu_mark *m),
                                const struct progress *progress,
                                struct object *out)
{
	struct qemu_mark mark = qemu_mark_of(
		want, qemu_mark_dir(mem, p->site_dir, "image", want->name));
	const struct qemu_planned *planned = find_planned(p, want->address);
	struct err *e = planned ? NULL : plan(p, want);

	if (e)
		return e;
	planned = find_planned(p, want->address);
	mark.image = planned->digest;
	e = put(&mark);
	if (!e && progress && progress->say)
		progress->say(progress->ctx, want->address, "building");
	if (!e)
		e = qemu_images_build(p, want, &mark.image);
	return e ? e : qemu_images_describe(p, mem, &mark, out);
}

struct err *qemu_images_create(struct provider *p, struct arena *mem,
                               const struct desired *want,
                               const struct progress *progress,
                               struct object *out)
{
	return build_marked(p, mem, want, qemu_mark_create, progress, out);
}

struct err *qemu_images_update(struct provider *p, struct arena *mem,
                               const struct object *have,
                               const struct desired *want,
                               const struct progress *progress,
                               struct object *out)
{
	struct qemu_mark old;
	struct qemu_mark to = {
		.kind = "image",
		.name = want->name,
		.dir = qemu_mark_dir(mem, p->site_dir, "image", want->name)};
	struct err *e = qemu_mark_read(mem, have->id, &old);

	if (!e)
		e = qemu_mark_move(old.dir, &to);
	if (!e)
		e = build_marked(p, mem, want, qemu_mark_write, progress, out);
	if (!e && old.image)
		e = qemu_images_release(p, old.image);
	return e;
}

struct err *qemu_images_delete(struct provider *p, const struct object *have,
                               UNUSED const struct progress *progress)
{
	struct arena mem = {0};
	struct qemu_mark mark;
	struct err *e = NULL;

	if (access(have->id, F_OK) == 0) {
		e = qemu_mark_read(&mem, have->id, &mark);
		if (!e)
			e = qemu_mark_remove(mark.dir);
		if (!e && mark.image)
			e = qemu_images_release(p, mark.image);
	}
	arena_free(&mem);
	return e;
}

struct err *qemu_images_in_use(const char *home, const char *digest, bool *used)
{
	struct err *e = qemu_mark_uses_image(home, digest, used);

	if (!e && !*used)
		*used = qemu_records_use_image(home, digest);
	return e;
}

struct err *qemu_images_release(struct provider *p, const char *digest)
{
	bool used;
	struct err *e = qemu_images_in_use(p->home, digest, &used);

	return e || used ? e : store_drop(p->store, digest);
}
