/* images.c - see images.h. */
#include "providers/gcp/images.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "providers/gcp/mark.h"
#include "providers/gcp/operation.h"
#include "providers/gcp/records.h"
#include "providers/gcp/storage.h"
#include "providers/image/disk_archive.h"
#include "providers/image/disk_build.h"
#include "providers/image/installed.h"

enum { TAIL = 12 }; /* digits of the digest in a name */

/* --- planning ------------------------------------------------------------- */

static const struct gcp_planned *find_planned(struct provider *p,
                                              const char *address)
{
	const struct gcp_planned *i;

	pthread_mutex_lock(&p->lock);
	i = p->planned;
	while (i && strcmp(i->address, address) != 0)
		i = i->next;
	pthread_mutex_unlock(&p->lock);
	return i;
}

static void keep_planned(struct provider *p, const char *address,
                         const struct image *image)
{
	struct gcp_planned *i;

	pthread_mutex_lock(&p->lock);
	i = ARENA_NEW(&p->found, struct gcp_planned);
	i->address = arena_strdup(&p->found, address);
	i->image = *image;
	i->next = p->planned;
	p->planned = i;
	pthread_mutex_unlock(&p->lock);
}

static struct err *plan(struct provider *p, const struct desired *want,
                        const struct gcp_planned **out)
{
	struct image_request q = {
		.spec = want->spec, .pos = want->pos, .base_dir = p->owner.dir};
	struct arena *mem;
	struct image image;
	struct err *e;

	pthread_mutex_lock(&p->lock);
	mem = ARENA_NEW(&p->found, struct arena);
	pthread_mutex_unlock(&p->lock);
	e = image_installed_kernel(mem, &q.kernel);
	if (!e)
		e = image_plan(p->store, mem, &q, &image);
	if (e) {
		arena_free(mem);
		return e;
	}
	keep_planned(p, want->address, &image);
	*out = find_planned(p, want->address);
	return NULL;
}

/* What the image's name there ends with. */
static struct err *content_digest(struct provider *p, struct arena *mem,
                                  const struct gcp_planned *planned,
                                  const char **out)
{
	struct sha256 boot, all;
	const char *path, *text;
	struct err *e = image_installed_boot(mem, &path);

	if (!e)
		e = store_hash_file(p->store, path, &boot);
	if (e)
		return e;
	text = arena_printf(mem, "%s\n%s\n%s", DISK_BUILD_FORMAT, boot.hex,
	                    planned->image.digest.hex);
	all = sha256_of(text, strlen(text));
	*out = arena_strdup(mem, all.hex);
	return NULL;
}

/* An image as it is wanted. */
struct wanted {
	struct provider *p;
	struct arena *mem;
	const struct desired *want;
	const struct progress *progress;
	const struct gcp_planned *planned;
	const char *digest; /* of the content */
	const char *name;   /* there */
	const char *path;   /* "projects/P/global/images/NAME" */
	int64_t turn;
};

/* One that moved keeps the name that it was made with: the digest says what it
 * is. */
static struct err *choose_name(struct wanted *w)
{
	const char *tail = arena_printf(w->mem, "%.*s", TAIL, w->digest);
	const char *now = w->want->id ? gcp_place_last(w->want->id) : "";
	size_t len = strlen(now);

	if (len > TAIL && !strcmp(now + len - TAIL, tail)) {
		w->name = arena_strdup(w->mem, now);
		return NULL;
	}
	return gcp_mark_short_name(w->mem, &w->p->owner, w->want->name, tail,
	                           GCP_NAME_MOST, w->want->pos, &w->name);
}

static struct err *look(struct wanted *w)
{
	struct err *e = NULL;

	w->planned = find_planned(w->p, w->want->address);
	if (!w->planned)
		e = plan(w->p, w->want, &w->planned);
	if (!e)
		e = content_digest(w->p, w->mem, w->planned, &w->digest);
	if (!e)
		e = choose_name(w);
	if (!e)
		w->path = arena_printf(w->mem, "%s/images/%s",
		                       gcp_place_global(w->mem, w->p), w->name);
	return e;
}

struct err *gcp_images_resolve(struct provider *p, struct arena *mem,
                               const struct desired *want,
                               const struct value **known)
{
	struct wanted w = {.p = p, .mem = mem, .want = want};
	struct value_entry v[] = {
		{.key = "name"}, {.key = "digest"}, {.key = "link"}};
	struct err *e = plan(p, want, &w.planned);

	if (!e)
		e = look(&w);
	if (e)
		return err_pos(e).line ? e
		                       : err_wrap(e, want->pos, "image \"%s\"",
		                                  want->name);
	v[0].value = value_string(mem, want->name);
	v[1].value = value_string(mem, w.digest);
	v[2].value = value_string(mem, w.path);
	*known = value_map(mem, v, ARRAY_LEN(v));
	return NULL;
}

/* --- what is there -------------------------------------------------------- */

#define FIELDS                                                                 \
	"items(name,selfLink,status,description,creationTimestamp),"           \
	"nextPageToken"

struct found {
	struct gcp_mark mark;
	const char *name, *path, *status;
};

static struct err *find_all(struct provider *p, struct arena *mem,
                            struct found **out, size_t *n)
{
	const struct value *list;
	const char *path =
		arena_printf(mem, "%s/images", gcp_place_global(mem, p));
	const char *query = arena_printf(mem, "%s&fields=" FIELDS,
	                                 gcp_mark_filter(mem, &p->owner));
	struct err *e = gcp_api_list(p, mem, path, query, &list);
	struct found *v;

	if (e)
		return e;
	v = ARENA_ARRAY(mem, struct found, list->list.n);
	*n = 0;
	for (size_t i = 0; i < list->list.n; i++) {
		const struct value *r = list->list.v[i];
		struct found *f = &v[*n];

		if (!gcp_mark_read(mem, &p->owner,
		                   value_get_string(r, "description", NULL),
		                   &f->mark))
			continue;
		f->name = value_get_string(r, "name", "");
		f->path = arena_printf(mem, "%s/%s", path, f->name);
		f->status = value_get_string(r, "status", "");
		(*n)++;
	}
	*out = v;
	return NULL;
}

static bool is_current(const struct found *v, size_t n, size_t i)
{
	if (!v[i].mark.turn)
		return false;
	for (size_t j = 0; j < n; j++)
		if (!strcmp(v[j].mark.address, v[i].mark.address) &&
		    v[j].mark.turn > v[i].mark.turn)
			return false;
	return true;
}

static struct object as_object(struct arena *mem, const struct found *f)
{
	struct object o = gcp_mark_object("image", f->path, &f->mark);
	struct value_entry v[] = {
		{.key = "name", .value = value_string(mem, f->mark.name)},
		{.key = "digest", .value = value_string(mem, f->mark.image)},
		{.key = "link", .value = value_string(mem, f->path)},
	};

	if (strcmp(f->status, "FAILED") == 0 ||
	    strcmp(f->status, "DELETING") == 0)
		o.fault = "Compute Engine could not read it";
	o.fault_updatable = true;
	o.attrs = value_map(mem, v, ARRAY_LEN(v));
	return o;
}

static const char *archives_of(struct arena *mem, const struct provider *p)
{
	return arena_printf(mem, "%simages/", gcp_storage_prefix(mem, p));
}

/* What a run that was cut off uploaded, and nobody took away. */
static struct object archive_object(struct arena *mem, const char *name)
{
	return (struct object){
		.kind = "archive",
		.address =
			arena_printf(mem, "archive.%s", gcp_place_last(name)),
		.id = name,
		.digest = "",
		.attrs = value_map(mem, NULL, 0),
	};
}

struct err *gcp_images_list(struct provider *p, struct arena *mem,
                            struct object_set *out)
{
	const struct value *archives;
	struct found *v;
	size_t n;
	struct err *e = find_all(p, mem, &v, &n);

	if (!e)
		e = gcp_storage_list(p, mem, archives_of(mem, p), &archives);
	if (e)
		return e;
	out->v = ARENA_ARRAY(mem, struct object, n + archives->list.n);
	out->n = 0;
	for (size_t i = 0; i < n; i++)
		if (v[i].mark.image && is_current(v, n, i))
			out->v[out->n++] = as_object(mem, &v[i]);
	for (size_t i = 0; i < archives->list.n; i++)
		out->v[out->n++] =
			archive_object(mem, archives->list.v[i]->string.s);
	return NULL;
}

/* --- making --------------------------------------------------------------- */

static void say(const struct wanted *w, const char *text)
{
	if (w->progress && w->progress->say)
		w->progress->say(w->progress->ctx, w->want->address, text);
}

static void disk_id(const struct wanted *w, uint8_t id[16])
{
	for (size_t i = 0; i < 16; i++) {
		char hex[3] = {w->digest[2 * i], w->digest[2 * i + 1], '\0'};

		id[i] = (uint8_t)strtoul(hex, NULL, 16);
	}
}

/* The archive, in `dir`. */
static struct err *build(const struct wanted *w, const char *dir,
                         const char **out)
{
	struct disk_request r = {.path = fs_join(w->mem, dir, "disk.raw"),
	                         .unit = DISK_ARCHIVE_UNIT};
	const char *archive = fs_join(w->mem, dir, "disk.tar.gz");
	struct store_image files;
	uint64_t size;
	bool built;
	struct err *e;

	say(w, "building");
	e = store_build(w->p->store, &w->planned->image, &built);
	if (!e)
		e = store_find(w->p->store, w->mem,
		               w->planned->image.digest.hex, &files);
	if (!e)
		e = image_installed_boot(w->mem, &r.boot);
	if (e)
		return e;
	r.kernel = files.kernel;
	r.root = files.root;
	disk_id(w, r.id);
	e = disk_build(&r);
	if (!e)
		e = disk_archive_write(r.path, archive);
	if (!e)
		e = disk_archive_check(archive, &size);
	*out = archive;
	return e;
}

static json_t *image_body(const struct wanted *w, const char *object)
{
	struct gcp_mark mark = gcp_mark_of(w->want);

	mark.image = w->digest;
	mark.turn = w->turn;
	return json_pack(
		"{s:s, s:s, s:o, s:s, s:[{s:s}], s:{s:o}}", "name", w->name,
		"description", gcp_mark_text(w->mem, &w->p->owner, &mark),
		"labels", gcp_mark_labels(&w->p->owner), "architecture",
		"X86_64", "guestOsFeatures", "type", "UEFI_COMPATIBLE",
		"rawDisk", "source",
		json_sprintf("%s/%s/%s", w->p->source, w->p->bucket, object));
}

static struct err *insert(struct wanted *w, const char *object)
{
	struct gcp_change c = {
		.method = "POST",
		.path = arena_printf(w->mem, "%s/images",
	                             gcp_place_global(w->mem, w->p)),
		.body = image_body(w, object),
		.address = w->want->address,
		.progress = w->progress,
	};
	const struct value *r;
	struct gcp_mark mark;
	bool existed;
	struct err *e;

	say(w, "inserting");
	e = gcp_insert(w->p, w->mem, &c, w->path, &r, &existed);
	if (e)
		return e;
	if (existed &&
	    !gcp_mark_read(w->mem, &w->p->owner,
	                   value_get_string(r, "description", NULL), &mark))
		return err_new(ERR_CONFLICT, w->want->pos,
		               "an image called \"%s\" exists and is not ours",
		               w->name);
	if (strcmp(value_get_string(r, "status", ""), "READY") != 0)
		return err_new(ERR_REMOTE, NO_POS, "image %s is %s", w->name,
		               value_get_string(r, "status", "in no state"));
	return NULL;
}

/* From now on nobody takes it for one that was left behind. */
static void claim(struct wanted *w, const char *object)
{
	struct gcp_archive *a;

	pthread_mutex_lock(&w->p->lock);
	a = ARENA_NEW(&w->p->found, struct gcp_archive);
	a->object = arena_strdup(&w->p->found, object);
	pthread_mutex_unlock(&w->p->lock);
	pthread_mutex_lock(&w->p->archives_lock);
	a->next = w->p->archives;
	w->p->archives = a;
	pthread_mutex_unlock(&w->p->archives_lock);
}

static struct err *make_in(struct wanted *w, const char *dir)
{
	const char *object = arena_printf(w->mem, "%s%s.tar.gz",
	                                  archives_of(w->mem, w->p), w->name);
	const char *archive = NULL;
	struct err *e = build(w, dir, &archive);

	claim(w, object);
	if (!e)
		e = gcp_storage_upload(w->p, object, archive, w->progress,
		                       w->want->address);
	if (!e)
		e = insert(w, object);
	if (!e)
		e = gcp_storage_remove(w->p, object, 0);
	return e;
}

static struct err *make(struct wanted *w)
{
	/* mkdtemp(3) fills in the six. */
	char *dir = arena_printf(w->mem, "%s/upload-%s", w->p->home,
	                         "XX"
	                         "XX"
	                         "XX");
	struct err *e = fs_make_dirs(w->p->home, 0755), *clean;

	if (e)
		return e;
	if (!mkdtemp(dir))
		return err_sys(errno, "%s", dir);
	e = make_in(w, dir);
	clean = fs_remove_tree(dir);
	if (e)
		err_free(clean);
	return e ? e : clean;
}

/* It is there: write the new mark on it. */
static struct err *mark_anew(struct wanted *w)
{
	struct gcp_mark mark = gcp_mark_of(w->want);
	struct gcp_change c = {.method = "PATCH",
	                       .path = w->path,
	                       .address = w->want->address,
	                       .progress = w->progress};
	struct gcp_done done;

	mark.image = w->digest;
	mark.turn = w->turn;
	c.body = json_pack("{s:s}", "description",
	                   gcp_mark_text(w->mem, &w->p->owner, &mark));
	return gcp_change_must(w->p, w->mem, &c, &done);
}

/* As gcp_merge wants it. */
static json_t *labels_body(void *ctx, const struct value *now)
{
	const struct wanted *w = ctx;

	return gcp_mark_labels_body(now, gcp_mark_labels(&w->p->owner));
}

/* One of ours that no list has, since somebody changed its labels. */
static struct err *reclaim(struct wanted *w, bool *found)
{
	struct gcp_call get = {.method = "GET", .path = w->path};
	const struct gcp_merge m = {
		.path = w->path,
		.change = {.method = "POST",
	                   .path = arena_printf(w->mem, "%s/setLabels",
	                                        w->path),
	                   .no_request_id = true,
	                   .address = w->want->address,
	                   .progress = w->progress},
		.make = labels_body,
		.ctx = w};
	const struct value *now;
	struct gcp_answer a;
	struct gcp_mark mark;
	struct err *e = gcp_api_call(w->p, w->mem, &get, &a);

	*found = !e && a.status == 200 &&
	         gcp_mark_read(w->mem, &w->p->owner,
	                       value_get_string(a.body, "description", NULL),
	                       &mark) &&
	         !strcmp(value_get_string(a.body, "status", ""), "READY");
	if (e || !*found)
		return e;
	now = a.body;
	e = gcp_merge(w->p, w->mem, &m, &now);
	return e ? e : mark_anew(w);
}

/* Make it, unless it is there; what failed before is made again. */
static struct err *provide(struct wanted *w)
{
	struct found *v, *same = NULL;
	bool found = false;
	size_t n;
	struct err *e = find_all(w->p, w->mem, &v, &n);

	for (size_t i = 0; !e && i < n; i++) {
		if (!strcmp(v[i].name, w->name))
			same = &v[i];
		if (v[i].mark.turn > w->turn)
			w->turn = v[i].mark.turn;
	}
	w->turn++;
	if (!e && same && strcmp(same->status, "READY") == 0)
		return mark_anew(w);
	if (!e && same)
		e = gcp_delete(w->p, w->path, w->want->address, w->progress);
	else if (!e)
		e = reclaim(w, &found);
	return e || found ? e : make(w);
}

struct err *gcp_images_create(struct provider *p, struct arena *mem,
                              const struct desired *want,
                              const struct progress *progress,
                              struct object *out)
{
	struct wanted w = {
		.p = p, .mem = mem, .want = want, .progress = progress};
	struct found now = {0};
	struct err *e = look(&w);

	if (!e)
		e = provide(&w);
	if (e)
		return e;
	now.mark = gcp_mark_of(want);
	now.mark.image = w.digest;
	now.path = w.path;
	now.status = "READY";
	*out = as_object(mem, &now);
	return NULL;
}

/* --- dropping ------------------------------------------------------------- */

static bool is_named(const char *const *digests, size_t n, const char *digest)
{
	for (size_t i = 0; i < n; i++)
		if (digest && !strcmp(digests[i], digest))
			return true;
	return false;
}

/* A release record names it: it stays, and is no object any more. */
static struct err *retire(struct provider *p, struct arena *mem,
                          const struct found *f)
{
	struct gcp_mark mark = f->mark;
	struct gcp_change c = {
		.method = "PATCH", .path = f->path, .address = mark.address};
	struct gcp_done done;

	mark.turn = 0;
	c.body = json_pack("{s:s}", "description",
	                   gcp_mark_text(mem, &p->owner, &mark));
	return gcp_change_must(p, mem, &c, &done);
}

/* Of `address` those up to `turn`, or (NULL) all those that are not in use. */
static struct err *drop(struct provider *p, const char *address, int64_t turn)
{
	struct arena mem = {0};
	const char *const *digests;
	struct found *v;
	size_t n = 0, nr;
	struct err *e = find_all(p, &mem, &v, &n);

	if (!e)
		e = gcp_records_images(p, &mem, &digests, &nr);
	for (size_t i = 0; !e && i < n; i++) {
		bool named = is_named(digests, nr, v[i].mark.image);
		bool all = address && v[i].mark.turn <= turn &&
		           !strcmp(address, v[i].mark.address);

		if (!all && (address || is_current(v, n, i)))
			continue;
		if (!named)
			e = gcp_delete(p, v[i].path, v[i].mark.address, NULL);
		else if (v[i].mark.turn && all)
			e = retire(p, &mem, &v[i]);
	}
	arena_free(&mem);
	return e;
}

/* Of the image at `path`; 0: it is gone. */
static struct err *turn_of(struct provider *p, const char *path, int64_t *out)
{
	struct arena mem = {0};
	struct found *v;
	size_t n = 0;
	struct err *e = find_all(p, &mem, &v, &n);

	*out = 0;
	for (size_t i = 0; !e && i < n; i++)
		if (!strcmp(v[i].path, path))
			*out = v[i].mark.turn;
	arena_free(&mem);
	return e;
}

/*
 * Nothing older is in use at the address that one moves away from. Somebody
 * else may be there by now: that one has a later turn.
 */
struct err *gcp_images_update(struct provider *p, struct arena *mem,
                              const struct object *have,
                              const struct desired *want,
                              const struct progress *progress,
                              struct object *out)
{
	bool moved = strcmp(have->address, want->address) != 0;
	int64_t turn = 0;
	struct err *e = moved ? turn_of(p, have->id, &turn) : NULL;

	if (!e)
		e = gcp_images_create(p, mem, want, progress, out);
	if (!e && moved)
		e = drop(p, have->address, turn);
	return e ? e : gcp_images_prune(p);
}

struct err *gcp_images_delete(struct provider *p, const struct object *have,
                              const struct progress *progress UNUSED)
{
	return drop(p, have->address, INT64_MAX);
}

/* Unless this very run has come to use it; then it goes when that is done. */
struct err *gcp_images_delete_archive(struct provider *p,
                                      const struct object *have,
                                      const struct progress *progress UNUSED)
{
	const struct gcp_archive *a;
	struct err *e = NULL;

	pthread_mutex_lock(&p->archives_lock);
	a = p->archives;
	while (a && strcmp(a->object, have->id) != 0)
		a = a->next;
	if (!a)
		e = gcp_storage_remove(p, have->id, 0);
	pthread_mutex_unlock(&p->archives_lock);
	return e;
}

struct err *gcp_images_prune(struct provider *p)
{
	return drop(p, NULL, 0);
}
