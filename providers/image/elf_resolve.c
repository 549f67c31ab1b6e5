/* elf_resolve.c - breadth first over needed libraries, as a loader does. */
#include "providers/image/elf_resolve.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "providers/image/elf.h"
#include "providers/image/elf_dirs.h"
#include "providers/image/elf_view.h"

enum {
	MAX_OBJECTS = 4096,
	MAX_NAME = 4096,
};

/* A directory as seen from this process and from the machine. */
struct place {
	const char *host, *guest;
};

/* One loaded object. */
struct object {
	struct elf_file elf;
	struct place path;
	struct place origin; /* what $ORIGIN stands for */
	bool in_place;
	bool from_cache; /* a loader without cache would not find it */

	/* The name that found it; NULL: the program, or one of `also`. */
	const char *needed_as;
	size_t loader; /* index of what needs it; its own: nothing does */
	bool optional; /* what it needs and is not there is no mistake */
};

struct resolving {
	struct arena *mem;
	const struct elf_request *request;
	struct elf_view view;
	enum elf_loader loader;
	struct elf_dirs dirs;
	struct object *v;
	size_t n, cap;

	/* Where the library in question was looked for, for the message. */
	struct {
		const char **v;
		size_t n, cap;
	} tried;
};

/* For messages: what was looked through. */
static const char *where(const struct resolving *r)
{
	return r->request->tree ? "in the packages" : "on this host";
}

/* --- opening ---------------------------------------------------------------
 */

static struct err *no_such_program(const struct resolving *r, int problem)
{
	const struct elf_request *q = r->request;

	if (problem == ENOENT || problem == ENOTDIR)
		return err_new(ERR_REF, q->pos, "there is no program \"%s\"",
		               q->host);
	return err_wrap(err_sys(problem, "%s", q->host), q->pos,
	                "program \"%s\" cannot be read", q->host);
}

static struct object *push(struct resolving *r, struct place path)
{
	ARENA_RESERVE(r->mem, struct object, r->v, r->n, r->cap);
	r->v[r->n] = (struct object){
		.path = path,
		.origin = {fs_parent(r->mem, path.host),
	                   fs_parent(r->mem, path.guest)},
	};
	return &r->v[r->n++];
}

static struct place place_in_root(struct resolving *r, const char *path)
{
	return (struct place){
		arena_printf(r->mem, "%s%s", r->request->root, path), path};
}

/* --- the program and its interpreter ---------------------------------------
 */

/* The loader's $ORIGIN of a program is that of the file behind all links. */
static void set_program_origin(struct resolving *r, struct object *program)
{
	const char *real = elf_view_real(&r->view, r->mem, program->path.host);
	size_t root_len = strlen(r->request->root);

	if (!real)
		return;
	program->origin.host = fs_parent(r->mem, real);
	if (program->in_place &&
	    strncmp(real, r->request->root, root_len) == 0 &&
	    real[root_len] == '/')
		program->origin.guest = fs_parent(r->mem, real + root_len);
}

static struct err *add_program(struct resolving *r)
{
	const struct elf_request *q = r->request;
	struct place in_root = place_in_root(r, q->guest);
	struct object *program;
	struct elf_input in;
	struct err *e;
	int problem = elf_view_open(&r->view, q->host, &in);

	if (problem)
		return no_such_program(r, problem);
	in.pos = q->pos;
	program = push(r, (struct place){q->host, q->guest});
	program->in_place = strcmp(in_root.host, q->host) == 0;
	set_program_origin(r, program);
	e = elf_parse(r->mem, &in, &program->elf);
	close(in.fd);
	if (!e && !program->elf.is_program)
		e = err_new(ERR_SYNTAX, q->pos,
		            "\"%s\" is a library, not a program", q->host);
	return e;
}

static struct err *add_interp(struct resolving *r)
{
	const char *path = r->v[0].elf.interp;
	const char *name = strrchr(path, '/') + 1;
	struct elf_input in;
	struct object *o;
	struct err *e;
	int problem;

	r->loader = strncmp(name, "ld-musl", 7) == 0 ? ELF_LOADER_MUSL
	                                             : ELF_LOADER_GLIBC;
	o = push(r, place_in_root(r, path));
	o->in_place = true;
	o->needed_as = name;
	problem = elf_view_open(&r->view, o->path.host, &in);
	if (problem && !elf_view_is_absence(problem))
		return err_sys(problem, "%s", o->path.host);
	if (problem) {
		e = err_new(
			ERR_REF, r->request->pos,
			"the interpreter \"%s\", which \"%s\" needs, is not "
			"%s",
			path, r->v[0].path.host, where(r));
		return err_hint(e, "install the C library that the program "
		                   "was built with, or link it statically");
	}
	e = elf_parse(r->mem, &in, &o->elf);
	close(in.fd);
	if (e)
		return err_wrap(e, r->request->pos,
		                "the interpreter of \"%s\" cannot be used",
		                r->v[0].path.host);
	return NULL;
}

/* --- one library ------------------------------------------------------------
 */

static void note_tried(struct resolving *r, const char *text)
{
	for (size_t i = 0; i < r->tried.n; i++)
		if (strcmp(r->tried.v[i], text) == 0)
			return;
	ARENA_RESERVE(r->mem, const char *, r->tried.v, r->tried.n,
	              r->tried.cap);
	r->tried.v[r->tried.n++] = text;
}

/*
 * Take the file at `path` when it is a library for this machine; a loader
 * skips what is missing or foreign in silence.
 */
static bool try_file(struct resolving *r, struct place path, const char *name,
                     size_t loader, struct err **damage)
{
	struct place in_root = place_in_root(r, path.guest);
	struct elf_input in;
	struct elf_file elf;
	struct object *o;
	int problem = elf_view_open(&r->view, path.host, &in);

	if (problem && !elf_view_is_absence(problem))
		*damage = err_sys(problem, "%s", path.host);
	if (problem)
		return *damage != NULL;
	if (elf_identify(&in) != ELF_GOOD) {
		close(in.fd);
		return false;
	}
	*damage = elf_parse(r->mem, &in, &elf);
	close(in.fd);
	if (*damage)
		return true;
	o = push(r, path);
	o->elf = elf;
	o->needed_as = name;
	o->loader = loader;
	o->optional = r->v[loader].optional;
	o->in_place = strcmp(in_root.host, path.host) == 0;
	return true;
}

static bool try_dir(struct resolving *r, struct place dir, const char *name,
                    size_t loader, struct err **damage)
{
	struct place file = {fs_join(r->mem, dir.host, name),
	                     fs_join(r->mem, dir.guest, name)};

	note_tried(r, dir.host);
	return try_file(r, file, name, loader, damage);
}

/* Replace each of ld.so's tokens, "$X" and "${X}", by `with`. */
static const char *replace(struct arena *mem, const char *text,
                           const char *token, const char *with)
{
	size_t len = strlen(token);
	const char *at = strchr(text, '$');

	for (; at; at = strchr(at + 1, '$')) {
		bool braces = at[1] == '{';
		const char *word = at + 1 + braces;
		const char *end = word + len;

		if (strncmp(word, token, len) != 0 || (braces && *end != '}'))
			continue;
		text = arena_printf(mem, "%.*s%s%s", (int)(at - text), text,
		                    with, end + braces);
		return replace(mem, text, token, with);
	}
	return text;
}

static const char *expand(struct resolving *r, const char *dir,
                          const char *origin)
{
	const char *lib = "lib/x86_64-linux-gnu";

	if (!elf_view_exists(&r->view, arena_printf(r->mem, "%s/%s",
	                                            r->request->root, lib)))
		lib = "lib64";
	dir = replace(r->mem, dir, "ORIGIN", origin);
	dir = replace(r->mem, dir, "LIB", lib);
	return replace(r->mem, dir, "PLATFORM", "x86_64");
}

static struct place expand_dir(struct resolving *r, const char *dir,
                               const struct object *o)
{
	const char *host = expand(r, dir, o->origin.host);
	const char *guest = expand(r, dir, o->origin.guest);

	/* Without $ORIGIN it is a path of the machine: below the root. */
	if (strcmp(host, guest) == 0)
		host = arena_printf(r->mem, "%s%s", r->request->root, host);
	return (struct place){host, guest};
}

static bool try_path(struct resolving *r, const char *path,
                     const struct object *o, const char *name, size_t loader,
                     struct err **damage)
{
	char *copy, *dir;
	bool found = false;

	if (!path)
		return false;
	copy = arena_strdup(r->mem, path);
	while (!found && (dir = strsep(&copy, ":")))
		if (*dir)
			found = try_dir(r, expand_dir(r, dir, o), name, loader,
			                damage);
	return found;
}

/* RPATH of `from` and of what loaded it, up to the program. */
static bool try_rpaths(struct resolving *r, const char *name, size_t from,
                       struct err **damage)
{
	size_t at = from;

	for (;;) {
		struct object o = r->v[at];
		const char *path = o.elf.runpath ? NULL : o.elf.rpath;

		/* musl knows no difference between the two. */
		if (r->loader == ELF_LOADER_MUSL && o.elf.runpath)
			path = o.elf.runpath;
		if (try_path(r, path, &o, name, from, damage))
			return true;
		if (at == o.loader)
			return false;
		at = o.loader;
	}
}

static bool try_cache(struct resolving *r, const char *name, size_t from,
                      struct err **damage)
{
	const char *path = elf_dirs_cached(&r->dirs, name);

	note_tried(r, r->dirs.source);
	return path && try_file(r, place_in_root(r, path), name, from, damage);
}

static bool try_defaults(struct resolving *r, const char *name, size_t from,
                         struct err **damage)
{
	bool found = try_cache(r, name, from, damage);

	if (r->v[from].elf.no_default_dirs)
		return found;
	for (size_t i = 0; !found && i < r->dirs.nr_dirs; i++) {
		struct place dir = place_in_root(r, r->dirs.dirs[i]);

		found = try_dir(r, dir, name, from, damage);
	}
	if (found && !*damage)
		r->v[r->n - 1].from_cache = r->loader == ELF_LOADER_GLIBC;
	return found;
}

static bool search(struct resolving *r, const char *name, size_t from,
                   struct err **damage)
{
	struct object o = r->v[from], program = r->v[0];
	const char *library_path = r->request->library_path;

	if (r->loader == ELF_LOADER_MUSL)
		return try_path(r, library_path, &program, name, from,
		                damage) ||
		       try_rpaths(r, name, from, damage) ||
		       try_defaults(r, name, from, damage);
	return (!o.elf.runpath && try_rpaths(r, name, from, damage)) ||
	       try_path(r, library_path, &program, name, from, damage) ||
	       try_path(r, o.elf.runpath, &o, name, from, damage) ||
	       try_defaults(r, name, from, damage);
}

/* musl's C library is one file, whatever name a program needs it by. */
static bool is_musl_itself(const struct resolving *r, const char *name)
{
	static const char *const own[] = {"libc.",   "libpthread.", "librt.",
	                                  "libm.",   "libdl.",      "libutil.",
	                                  "libxnet."};

	if (r->loader != ELF_LOADER_MUSL)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (strncmp(name, own[i], strlen(own[i])) == 0)
			return true;
	return false;
}

static bool is_loaded(const struct resolving *r, const char *name)
{
	for (size_t i = 1; i < r->n; i++) {
		const struct object *o = &r->v[i];

		if (!o->needed_as)
			continue;
		if (strcmp(o->needed_as, name) == 0 ||
		    (o->elf.soname && strcmp(o->elf.soname, name) == 0))
			return true;
	}
	return is_musl_itself(r, name);
}

static struct err *missing(struct resolving *r, const char *name, size_t from)
{
	const char *list = "";
	struct err *e;

	for (size_t i = 0; i < r->tried.n; i++)
		list = arena_printf(r->mem, "%s%s%s", list, i ? ", " : "",
		                    r->tried.v[i]);
	e = err_new(ERR_REF, r->request->pos,
	            "library \"%s\", which \"%s\" needs, is not %s; looked "
	            "in %s",
	            name, r->v[from].path.host, where(r), list);
	if (r->request->tree)
		return err_hint(e, "name the package that has it, too: "
		                   "package: [THIS, THAT]");
	return err_hint(e, "install the package that has it, or put it beside "
	                   "the program and set LD_LIBRARY_PATH in env");
}

static struct err *add_library(struct resolving *r, const char *name,
                               size_t from)
{
	struct err *damage = NULL;
	bool found;

	if (is_loaded(r, name))
		return NULL;
	if (r->n == MAX_OBJECTS)
		return err_new(ERR_LIMIT, r->request->pos,
		               "\"%s\" needs more than %d libraries",
		               r->request->host, MAX_OBJECTS);
	r->tried.n = 0;
	if (strchr(name, '/')) {
		note_tried(r, name);
		found = name[0] == '/' && try_file(r, place_in_root(r, name),
		                                   name, from, &damage);
	} else {
		found = search(r, name, from, &damage);
	}
	if (!found && r->v[from].optional)
		return NULL;
	if (!found)
		return missing(r, name, from);
	if (damage)
		return err_wrap(damage, r->request->pos,
		                "a library that \"%s\" needs cannot be used",
		                r->v[from].path.host);
	return NULL;
}

/* --- the whole ---------------------------------------------------------------
 */

static const struct object *find_libc(const struct resolving *r)
{
	for (size_t i = 1; i < r->n; i++)
		if (r->v[i].needed_as &&
		    strcmp(r->v[i].needed_as, "libc.so.6") == 0)
			return &r->v[i];
	return NULL;
}

/*
 * glibc opens this library by itself when a thread ends before its function
 * returns, and ends the program when it cannot. Where the host has none, some
 * programs still never get there.
 */
static struct err *add_unwinder(struct resolving *r)
{
	static const char name[] = "libgcc_s.so.1";
	const struct object *libc = find_libc(r);
	struct err *damage = NULL;
	bool wanted = false;

	for (size_t i = 0; i < r->n; i++)
		wanted |= &r->v[i] != libc && r->v[i].elf.ends_threads;
	if (!libc || !wanted || is_loaded(r, name) || r->n == MAX_OBJECTS)
		return NULL;
	(void)search(r, name, (size_t)(libc - r->v), &damage);
	return damage;
}

static struct err *add_needed(struct resolving *r, size_t from)
{
	struct err *e = NULL;

	for (size_t i = from; !e && i < r->n; i++)
		for (size_t k = 0; !e && k < r->v[i].elf.nr_needed; k++)
			e = add_library(r, r->v[i].elf.needed[k], i);
	return e;
}

/*
 * One of `also`, unless it is no ELF file for this machine, or damaged. It is
 * as if the program opened it: what is found for that counts for it.
 */
static void add_other(struct resolving *r, const struct elf_other *other)
{
	struct place in_root = place_in_root(r, other->guest);
	struct elf_input in;
	struct elf_file elf;
	struct object *o;
	struct err *e;

	if (elf_view_open(&r->view, other->host, &in))
		return;
	e = elf_identify(&in) == ELF_GOOD ? elf_parse(r->mem, &in, &elf) : NULL;
	if (!e && elf_identify(&in) == ELF_GOOD) {
		o = push(r, (struct place){other->host, other->guest});
		o->elf = elf;
		o->in_place = strcmp(in_root.host, other->host) == 0;
		o->optional = true;
	}
	err_free(e);
	close(in.fd);
}

/* After all that the program needs, since of that nothing may be missing. */
static struct err *add_others(struct resolving *r)
{
	const struct elf_request *q = r->request;
	size_t first = r->n;

	for (size_t i = 0; i < q->nr_also && r->n < MAX_OBJECTS; i++)
		add_other(r, &q->also[i]);
	return add_needed(r, first);
}

/* All that its own loader will look for. */
static struct err *add_dynamic(struct resolving *r)
{
	const struct elf_request *q = r->request;
	struct err *e = add_interp(r);

	if (e)
		return e;
	elf_dirs_read(r->mem, q->tree ? NULL : q->root, r->loader, &r->dirs);
	e = add_needed(r, 0);
	if (!e)
		e = add_others(r);
	return e ? e : add_unwinder(r);
}

static void finish(struct resolving *r, struct elf_closure *out)
{
	struct elf_placed *v = ARENA_ARRAY(r->mem, struct elf_placed, 2 * r->n);
	const struct object *libc = find_libc(r);
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		const struct object *o = &r->v[i];

		v[n++] = (struct elf_placed){.guest = o->path.guest,
		                             .host = o->path.host,
		                             .in_place = o->in_place};
		if (!o->from_cache || !libc ||
		    elf_view_same_dir(&r->view, o->origin.host,
		                      libc->origin.host))
			continue;
		v[n++] = (struct elf_placed){
			.guest = fs_join(r->mem, libc->origin.guest,
		                         o->needed_as),
			.link = o->path.guest};
	}
	out->v = v;
	out->n = n;
	out->is_static = !r->v[0].elf.interp;
}

struct err *elf_resolve(struct arena *mem, const struct elf_request *request,
                        struct elf_closure *out)
{
	struct resolving r = {
		.mem = mem,
		.request = request,
		.view = {.root = request->root, .tree = request->tree},
	};
	struct err *e = add_program(&r);

	if (!e && r.v[0].elf.interp)
		e = add_dynamic(&r);
	if (!e)
		finish(&r, out);
	return e;
}
