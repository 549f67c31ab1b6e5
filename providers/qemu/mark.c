/* mark.c - marks as JSON, objects as directories. */
#include "providers/qemu/mark.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parser/base/fs.h"

enum { MAX_MARK = 16 * 1024 * 1024 };

#define MARK_FILE "spec.json"

/* How the names begin of what is being made and of what is being removed. */
#define FRESH ".new-"
#define GONE  ".gone-"

const char *qemu_mark_site(struct arena *mem, const char *home,
                           const struct owner *owner)
{
	return arena_printf(mem, "%s/stacks/%s/%s", home, owner->stack,
	                    owner->site);
}

const char *qemu_mark_dir(struct arena *mem, const char *site_dir,
                          const char *kind, const char *name)
{
	return arena_printf(mem, "%s/%s/%s", site_dir, kind, name);
}

struct qemu_mark qemu_mark_of(const struct desired *want, const char *dir)
{
	return (struct qemu_mark){
		.dir = dir,
		.kind = want->kind,
		.address = want->address,
		.name = want->name,
		.digest = want->digest,
		.protect = want->protect,
		.needs = want->needs,
		.nr_needs = want->nr_needs,
		.spec = want->spec,
	};
}

/* --- writing -----------------------------------------------------------------
 */

/* A map that grows; strings that are NULL are left out. */
struct fields {
	struct arena *mem;
	struct value_entry v[16];
	size_t n;
};

static void add(struct fields *f, const char *key, const struct value *v)
{
	f->v[f->n++] = (struct value_entry){.key = key, .value = v};
}

static void add_text(struct fields *f, const char *key, const char *s)
{
	if (s)
		add(f, key, value_string(f->mem, s));
}

static const struct value *needs_value(struct arena *mem,
                                       const struct qemu_mark *m)
{
	const struct value **v =
		ARENA_ARRAY(mem, const struct value *, m->nr_needs);

	for (size_t i = 0; i < m->nr_needs; i++)
		v[i] = value_string(mem, m->needs[i]);
	return value_list(mem, v, m->nr_needs);
}

static struct err *write_to(const struct qemu_mark *m, const char *dir)
{
	struct arena mem = {0};
	struct fields f = {.mem = &mem};
	const char *text;
	struct err *e;

	add_text(&f, "kind", m->kind);
	add_text(&f, "address", m->address);
	add_text(&f, "name", m->name);
	add_text(&f, "digest", m->digest);
	add(&f, "protect", value_bool(m->protect));
	add(&f, "needs", needs_value(&mem, m));
	add(&f, "spec", m->spec ? m->spec : value_null());
	add_text(&f, "ip", m->ip);
	add_text(&f, "image", m->image);
	add_text(&f, "token", m->token);
	text = value_to_json(&mem, value_map(&mem, f.v, f.n));
	e = fs_write(fs_join(&mem, dir, MARK_FILE), text, strlen(text), 0600);
	arena_free(&mem);
	return e;
}

struct err *qemu_mark_write(const struct qemu_mark *mark)
{
	return write_to(mark, mark->dir);
}

/* Put the finished directory where it belongs; it must not be there. */
static struct err *move_in(const char *temp, const struct qemu_mark *mark)
{
	if (rename(temp, mark->dir) == 0)
		return NULL;
	if (errno != EEXIST && errno != ENOTEMPTY)
		return err_sys(errno, "%s", mark->dir);
	return err_new(ERR_CONFLICT, NO_POS,
	               "%s \"%s\" is there already, in %s", mark->kind,
	               mark->name, mark->dir);
}

struct err *qemu_mark_create(const struct qemu_mark *mark)
{
	struct arena mem = {0};
	const char *parent = fs_parent(&mem, mark->dir);
	const char *temp =
		arena_printf(&mem, "%s/" FRESH "%s", parent, mark->name);
	struct err *e = fs_make_dirs(parent, 0700);

	if (!e)
		e = fs_remove_tree(temp); /* of a run that crashed */
	if (!e && mkdir(temp, 0700))
		e = err_sys(errno, "%s", temp);
	if (!e)
		e = write_to(mark, temp);
	if (!e)
		e = move_in(temp, mark);
	if (!e)
		e = fs_sync_dir(parent);
	else
		err_free(fs_remove_tree(temp));
	arena_free(&mem);
	return e;
}

struct err *qemu_mark_move(const char *dir, const struct qemu_mark *mark)
{
	struct arena mem = {0};
	struct err *e = NULL;

	if (strcmp(dir, mark->dir) != 0) {
		e = move_in(dir, mark);
		if (!e)
			e = fs_sync_dir(fs_parent(&mem, mark->dir));
	}
	arena_free(&mem);
	return e;
}

/* --- reading -----------------------------------------------------------------
 */

static void read_needs(struct arena *mem, const struct value *v,
                       struct qemu_mark *out)
{
	size_t n = v && v->type == VALUE_LIST ? v->list.n : 0;
	const char **needs = ARENA_ARRAY(mem, const char *, n);

	for (size_t i = 0; i < n; i++)
		needs[i] = v->list.v[i]->type == VALUE_STRING
		                   ? v->list.v[i]->string.s
		                   : "";
	out->needs = needs;
	out->nr_needs = n;
}

struct err *qemu_mark_read(struct arena *mem, const char *dir,
                           struct qemu_mark *out)
{
	const char *path = fs_join(mem, dir, MARK_FILE);
	const struct value *v;
	char *text;
	size_t len;
	struct err *e = fs_read(mem, path, MAX_MARK, &text, &len);

	if (!e)
		e = value_from_json(mem, text, len, &v);
	if (e)
		return err_wrap(e, NO_POS, "the mark in %s cannot be read",
		                dir);
	*out = (struct qemu_mark){
		.dir = arena_strdup(mem, dir),
		.kind = value_get_string(v, "kind", ""),
		.address = value_get_string(v, "address", ""),
		.name = value_get_string(v, "name", ""),
		.digest = value_get_string(v, "digest", ""),
		.protect = value_get_bool(v, "protect", false),
		.spec = value_get(v, "spec"),
		.ip = value_get_string(v, "ip", NULL),
		.image = value_get_string(v, "image", NULL),
		.token = value_get_string(v, "token", NULL),
	};
	if (!*out->kind || !*out->address || !*out->name)
		return err_new(ERR_SYNTAX, NO_POS,
		               "the mark in %s does not say what it marks",
		               dir);
	if (!out->spec)
		out->spec = value_null();
	read_needs(mem, value_get(v, "needs"), out);
	return NULL;
}

struct listing {
	struct arena *mem;
	struct qemu_mark *v;
	size_t n, cap;
};

/* Call `each` with every directory below `dir` that is not hidden. */
static struct err *walk(struct listing *l, const char *dir,
                        struct err *(*each)(struct listing *l,
                                            const char *path))
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	struct err *e = NULL;

	if (!d)
		return errno == ENOENT || errno == ENOTDIR
		               ? NULL
		               : err_sys(errno, "%s", dir);
	while (!e && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			e = each(l, fs_join(l->mem, dir, entry->d_name));
	closedir(d);
	return e;
}

static struct err *list_object(struct listing *l, const char *path)
{
	struct qemu_mark mark;
	struct err *e;

	if (access(fs_join(l->mem, path, MARK_FILE), F_OK))
		return NULL; /* just removed, or not an object */
	e = qemu_mark_read(l->mem, path, &mark);
	if (e)
		return e;
	ARENA_RESERVE(l->mem, struct qemu_mark, l->v, l->n, l->cap);
	l->v[l->n++] = mark;
	return NULL;
}

static struct err *list_kind(struct listing *l, const char *path)
{
	return walk(l, path, list_object);
}

struct err *qemu_mark_list(struct arena *mem, const char *site_dir,
                           struct qemu_marks *out)
{
	struct listing l = {.mem = mem};
	struct err *e = walk(&l, site_dir, list_kind);

	if (!e)
		*out = (struct qemu_marks){l.v, l.n};
	return e;
}

/* An empty folder is in nobody's way; neither is what was just removed. */
static bool is_in_the_way(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	bool full = false;

	if (!d)
		return errno != ENOENT;
	while (!full && (entry = readdir(d)))
		full = strcmp(entry->d_name, ".") != 0 &&
		       strcmp(entry->d_name, "..") != 0;
	closedir(d);
	return full;
}

static struct err *list_stray(struct listing *l, const char *path)
{
	const char *kind = fs_parent(l->mem, path);

	if (!access(fs_join(l->mem, path, MARK_FILE), F_OK) ||
	    !is_in_the_way(path))
		return NULL;
	ARENA_RESERVE(l->mem, struct qemu_mark, l->v, l->n, l->cap);
	l->v[l->n++] = (struct qemu_mark){
		.dir = path,
		.name = path + strlen(kind) + 1,
	};
	return NULL;
}

struct err *qemu_mark_strays(struct arena *mem, const char *site_dir,
                             const char *kind, struct qemu_marks *out)
{
	struct listing l = {.mem = mem};
	struct err *e = walk(&l, fs_join(mem, site_dir, kind), list_stray);

	for (size_t i = 0; !e && i < l.n; i++)
		l.v[i].kind = kind;
	if (!e)
		*out = (struct qemu_marks){l.v, l.n};
	return e;
}

static struct err *list_site(struct listing *l, const char *path)
{
	return walk(l, path, list_kind);
}

static struct err *list_stack(struct listing *l, const char *path)
{
	return walk(l, path, list_site);
}

struct err *qemu_mark_uses_image(const char *home, const char *digest,
                                 bool *used)
{
	struct arena mem = {0};
	struct listing l = {.mem = &mem};
	struct err *e = walk(&l, fs_join(&mem, home, "stacks"), list_stack);

	if (!e)
		*used = false;
	for (size_t i = 0; !e && i < l.n; i++)
		if (l.v[i].image && strcmp(l.v[i].image, digest) == 0)
			*used = true;
	arena_free(&mem);
	return e;
}

/* Hidden from lists first: a tree that is half removed is no object. */
struct err *qemu_mark_remove(const char *dir)
{
	struct arena mem = {0};
	const char *kind = fs_parent(&mem, dir);
	const char *gone = arena_printf(&mem, "%s/" GONE "%s", kind,
	                                dir + strlen(kind) + 1);
	struct err *e = fs_remove_tree(gone); /* of a run that crashed */

	if (!e && rename(dir, gone) && errno != ENOENT)
		e = err_sys(errno, "%s", dir);
	if (!e)
		e = fs_remove_tree(gone);
	if (!e)
		(void)rmdir(kind); /* the last one takes its kind along */
	arena_free(&mem);
	return e;
}

static bool is_rest(const char *name)
{
	return strncmp(name, FRESH, strlen(FRESH)) == 0 ||
	       strncmp(name, GONE, strlen(GONE)) == 0;
}

static struct err *sweep_kind(struct listing *l, const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	struct err *e = NULL;

	while (d && !e && (entry = readdir(d)))
		if (is_rest(entry->d_name))
			e = fs_remove_tree(
				fs_join(l->mem, path, entry->d_name));
	if (d)
		closedir(d);
	(void)rmdir(path);
	return e;
}

struct err *qemu_mark_sweep(const char *site_dir)
{
	struct arena mem = {0};
	struct listing l = {.mem = &mem};
	struct err *e = walk(&l, site_dir, sweep_kind);

	arena_free(&mem);
	return e;
}
