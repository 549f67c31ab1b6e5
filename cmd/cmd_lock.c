/* cmd_lock.c - which Debian packages the images are made of, to the byte. */
#include <stdio.h>
#include <string.h>

#include "cmd/packages.h"
#include "cmd/sites.h"
#include "cmd/stack.h"
#include "parser/base/fs.h"
#include "parser/base/strbuf.h"
#include "providers/image/package_lock.h"
#include "providers/image/store.h"
#include "providers/provider.h"

/* A request of the stack, and where it is made first. */
struct request {
	struct lockfile_names packages;
	struct src_pos pos;
};

struct locking {
	struct invocation *in;
	struct arena *mem;
	const char *dir;     /* of the stack's file */
	struct lockfile old; /* as it is */

	/* What the stack asks for, each once. */
	struct request *v;
	size_t n, cap;
	bool whole; /* that is all it asks for, at whatever site */

	struct package_lock *apt; /* NULL: was not needed yet */
};

/* --- what is wanted ---------------------------------------------------------
 */

static struct lockfile_names names_of(struct arena *mem, const struct value *v)
{
	const char **names = ARENA_ARRAY(mem, const char *, v->list.n);

	for (size_t i = 0; i < v->list.n; i++)
		names[i] = v->list.v[i]->string.s;
	return (struct lockfile_names){names, v->list.n};
}

static void want(struct locking *l, const struct packages_wanted *w)
{
	struct lockfile_names packages = names_of(l->mem, w->packages);

	if (!packages.n)
		return; /* a mistake that validate tells */
	for (size_t i = 0; i < l->n; i++)
		if (lockfile_same(&l->v[i].packages, &packages))
			return;
	ARENA_RESERVE(l->mem, struct request, l->v, l->n, l->cap);
	l->v[l->n++] = (struct request){packages, w->packages->pos};
}

/* Variables that a site has to set are not set. */
static bool needs_site(const struct stack *s)
{
	for (size_t i = 0; i < s->diags.n; i++)
		if (s->diags.v[i].code == DIAG_VAR_UNSET)
			return true;
	return false;
}

/* `lenient`: a stack that needs a site is no mistake. */
static struct err *read_site(struct locking *l, const char *site, bool lenient)
{
	struct options options = *l->in->o;
	struct invocation in = *l->in;
	struct packages_wanted *v;
	struct stack s;
	struct err *e;
	size_t n;

	options.site = site;
	in.o = &options;
	e = stack_read(&in, &s);
	if (!e && s.config.dir)
		l->dir = s.config.dir;
	if (!e && s.diags.errors && lenient && needs_site(&s)) {
		stack_close(&s);
		return NULL;
	}
	if (!e && s.diags.errors)
		e = stack_report(&s);
	if (!e) {
		v = packages_wanted(l->mem, &s.config, &n);
		for (size_t i = 0; i < n; i++)
			want(l, &v[i]);
	}
	stack_close(&s);
	return e;
}

/* The stack by itself, and at each of its sites, unless one is named. */
static struct err *read_stack(struct locking *l)
{
	const struct options *o = l->in->o;
	struct site_file *sites;
	struct err *e;
	size_t n;

	l->whole = !o->site && !o->nr_vars && !o->nr_var_files;
	if (o->site)
		return read_site(l, o->site, false);
	n = sites_find(l->mem, stack_file(o), &sites);
	e = read_site(l, NULL, n > 0);
	for (size_t i = 0; !e && i < n; i++)
		e = read_site(l, sites[i].name, false);
	return e;
}

/* --- what is locked ---------------------------------------------------------
 */

static const struct lockfile_request *find_locked(
	const struct locking *l, const struct lockfile_names *packages)
{
	for (size_t i = 0; i < l->old.n; i++)
		if (lockfile_same(&l->old.v[i].packages, packages))
			return &l->old.v[i];
	return NULL;
}

static bool is_wanted(const struct locking *l,
                      const struct lockfile_request *locked)
{
	for (size_t i = 0; i < l->n; i++)
		if (lockfile_same(&l->v[i].packages, &locked->packages))
			return true;
	return false;
}

static bool has_package(const struct lockfile_set *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++)
		if (!strcmp(set->v[i]->name, name))
			return true;
	return false;
}

/* Does --update ask for it? Without names, for all. */
static bool must_update(const struct locking *l,
                        const struct lockfile_request *r)
{
	const struct invocation *in = l->in;

	for (int i = 0; i < in->argc; i++)
		if (has_package(&r->whole, in->argv[i]) ||
		    has_package(&r->libraries, in->argv[i]))
			return true;
	return in->o->update && !in->argc;
}

static struct err *check_names(const struct locking *l)
{
	const struct invocation *in = l->in;

	if (in->argc && !in->o->update)
		return err_hint(err_new(ERR_USAGE, NO_POS,
		                        "miso lock takes the whole stack"),
		                "--update NAME looks one package up again");
	for (int i = 0; i < in->argc; i++) {
		bool found = false;

		for (size_t k = 0; k < l->old.n; k++)
			found |= has_package(&l->old.v[k].whole, in->argv[i]) ||
			         has_package(&l->old.v[k].libraries,
			                     in->argv[i]);
		if (!found)
			return err_new(ERR_REF, NO_POS,
			               LOCKFILE_NAME " has no package \"%s\"",
			               in->argv[i]);
	}
	return NULL;
}

/* To stderr, as an apply tells what it does. */
static void say(void *ctx UNUSED, const char *what, const char *text)
{
	fprintf(stderr, "%s: %s\n", what, text);
}

static struct err *make(struct locking *l, const struct request *r,
                        struct lockfile_request *out)
{
	static const struct progress telling = {.say = say};
	const char *home;
	struct err *e = l->apt ? NULL : store_home(l->mem, &home);

	if (!e && !l->apt)
		e = package_lock_open(l->mem, home, &telling, &l->apt);
	return e ? e : package_lock_make(l->apt, &r->packages, r->pos, out);
}

static struct err *lock_all(struct locking *l, struct lockfile *out)
{
	struct lockfile_request *v =
		ARENA_ARRAY(l->mem, struct lockfile_request, l->n + l->old.n);
	struct err *e = NULL;
	size_t n = 0;

	for (size_t i = 0; !e && i < l->n; i++) {
		const struct lockfile_request *locked =
			find_locked(l, &l->v[i].packages);

		if (locked && !must_update(l, locked))
			v[n++] = *locked;
		else
			e = make(l, &l->v[i], &v[n++]);
	}
	for (size_t i = 0; !l->whole && i < l->old.n; i++)
		if (!is_wanted(l, &l->old.v[i]))
			v[n++] = l->old.v[i];
	*out = (struct lockfile){v, n};
	return e;
}

/* --- telling ----------------------------------------------------------------
 */

static const struct value *text_list(struct arena *mem,
                                     const struct lockfile_names *names)
{
	const struct value **v =
		ARENA_ARRAY(mem, const struct value *, names->n);

	for (size_t i = 0; i < names->n; i++)
		v[i] = value_string(mem, names->v[i]);
	return value_list(mem, v, names->n);
}

static const char *joined(struct arena *mem, const struct lockfile_names *names)
{
	const char *all = "";

	for (size_t i = 0; i < names->n; i++)
		all = arena_printf(mem, "%s%s%s", all, i ? " " : "",
		                   names->v[i]);
	return all;
}

static const struct value *describe_package(struct arena *mem,
                                            const struct lockfile_package *p,
                                            bool whole)
{
	const struct value_entry v[] = {
		{.key = "name", .value = value_string(mem, p->name)},
		{.key = "version", .value = value_string(mem, p->version)},
		{.key = "whole", .value = value_bool(whole)},
		{.key = "size", .value = value_int(mem, (int64_t)p->size)},
		{.key = "sha256", .value = value_string(mem, p->sha256)},
	};

	return value_map(mem, v, ARRAY_LEN(v));
}

static const struct value *describe(struct arena *mem,
                                    const struct lockfile_request *r)
{
	size_t n = r->whole.n, m = r->libraries.n;
	const struct value **v = ARENA_ARRAY(mem, const struct value *, n + m);

	for (size_t i = 0; i < n + m; i++)
		v[i] = describe_package(
			mem, i < n ? r->whole.v[i] : r->libraries.v[i - n],
			i < n);

	const struct value_entry e[] = {
		{.key = "request", .value = text_list(mem, &r->packages)},
		{.key = "programs", .value = text_list(mem, &r->programs)},
		{.key = "size", .value = value_int(mem, (int64_t)r->size)},
		{.key = "packages", .value = value_list(mem, v, n + m)},
	};

	return value_map(mem, e, ARRAY_LEN(e));
}

static void print_json(struct arena *mem, const struct lockfile *lock,
                       bool changed)
{
	const struct value **v =
		ARENA_ARRAY(mem, const struct value *, lock->n);

	for (size_t i = 0; i < lock->n; i++)
		v[i] = describe(mem, &lock->v[i]);

	const struct value_entry e[] = {
		{.key = "changed", .value = value_bool(changed)},
		{.key = "requests", .value = value_list(mem, v, lock->n)},
	};

	printf("%s\n", value_to_json(mem, value_map(mem, e, ARRAY_LEN(e))));
}

static void print_text(struct arena *mem, const struct lockfile *lock,
                       bool changed)
{
	for (size_t i = 0; i < lock->n; i++) {
		const struct lockfile_request *r = &lock->v[i];

		printf("%s: %zu package%s and libraries of %zu others\n",
		       joined(mem, &r->packages), r->whole.n,
		       r->whole.n == 1 ? "" : "s", r->libraries.n);
	}
	printf("%s %s.\n", LOCKFILE_NAME,
	       changed ? "was written" : "is as it was");
}

/* --- the command ------------------------------------------------------------
 */

static struct err *check(const struct locking *l)
{
	struct strbuf missing = {0};
	struct err *e = NULL;

	for (size_t i = 0; i < l->n; i++)
		if (!find_locked(l, &l->v[i].packages))
			strbuf_printf(&missing, "%s%s", missing.len ? ", " : "",
			              joined(l->mem, &l->v[i].packages));
	for (size_t i = 0; l->whole && i < l->old.n; i++)
		if (!is_wanted(l, &l->old.v[i]))
			strbuf_printf(&missing, "%s%s, which nothing uses",
			              missing.len ? ", " : "",
			              joined(l->mem, &l->old.v[i].packages));
	if (missing.len)
		e = err_hint(err_new(ERR_CONFLICT, NO_POS,
		                     "%s and the stack differ: %s",
		                     LOCKFILE_NAME, missing.s),
		             "`miso lock` makes them agree");
	strbuf_fini(&missing);
	return e;
}

static struct err *update(struct locking *l)
{
	const char *path = fs_join(l->mem, l->dir, LOCKFILE_NAME);
	struct lockfile lock;
	const char *text;
	struct err *e = lock_all(l, &lock);
	bool changed;

	if (e)
		return e;
	text = lockfile_text(l->mem, &lock);
	changed = strcmp(text, lockfile_text(l->mem, &l->old)) != 0;
	if (changed)
		e = fs_write(path, text, strlen(text), 0644);
	if (e)
		return e;
	(l->in->o->json ? print_json : print_text)(l->mem, &lock, changed);
	return NULL;
}

static struct err *run(struct invocation *in)
{
	struct locking l = {.in = in, .mem = in->mem};
	struct err *e = read_stack(&l);

	if (!e)
		e = lockfile_read(l.mem, l.dir, &l.old);
	if (!e)
		e = check_names(&l);
	if (!e)
		e = in->o->check ? check(&l) : update(&l);
	if (!e && in->o->check && in->o->json)
		print_json(l.mem, &l.old, false);
	package_lock_close(l.apt);
	return e;
}

const struct command lock_command = {
	.name = "lock",
	.operands = "[PACKAGE...]",
	.summary = "write down which Debian packages the images are made of",
	.options = OPT_STACK | OPT_JSON | OPT_LOCK,
	.max_operands = -1,
	.run = run,
};
