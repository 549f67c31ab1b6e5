/* lockfile.c - see lockfile.h. */
#include "parser/lock/lockfile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/fs.h"
#include "parser/base/json.h"
#include "parser/base/map.h"
#include "parser/base/sha256.h"
#include "parser/base/str.h"
#include "parser/base/strbuf.h"
#include "parser/schema/schema.h"
#include "parser/value/value.h"

enum { VERSION = 1, MOST_BYTES = 64 << 20, MOST_SHOWN = 10 };

/* --- reading ----------------------------------------------------------------
 */

struct reading {
	struct arena *mem;
	struct map packages; /* "name=version" -> struct lockfile_package */
};

#define HOW_TO_MEND                                                            \
	"take an older version of it, or remove it: `miso lock` looks "        \
	"everything up again then"

static struct err *bad(const char *what)
{
	return err_hint(err_new(ERR_SYNTAX, NO_POS, LOCKFILE_NAME ": %s", what),
	                HOW_TO_MEND);
}

static const char *key_of(struct arena *mem, const struct lockfile_package *p)
{
	return arena_printf(mem, "%s=%s", p->name, p->version);
}

static bool is_sha256(const char *s)
{
	return strlen(s) == SHA256_HEX &&
	       strspn(s, "0123456789abcdef") == SHA256_HEX;
}

static struct err *read_package(struct reading *r, const struct value *v)
{
	struct lockfile_package *p = ARENA_NEW(r->mem, struct lockfile_package);

	*p = (struct lockfile_package){
		.name = value_get_string(v, "name", ""),
		.version = value_get_string(v, "version", ""),
		.architecture = value_get_string(v, "architecture", ""),
		.source = value_get_string(v, "source", ""),
		.size = (uint64_t)value_get_int(v, "size", 0),
		.sha256 = value_get_string(v, "sha256", ""),
	};
	if (!schema_is_package(key_of(r->mem, p)) || !*p->architecture ||
	    !*p->source || !is_sha256(p->sha256))
		return bad("a package of it has no name, version, "
		           "architecture, source or sha256");
	if (!map_add(&r->packages, key_of(r->mem, p), p))
		return bad(arena_printf(r->mem, "it has %s twice",
		                        key_of(r->mem, p)));
	return NULL;
}

static struct err *read_names(struct reading *r, const struct value *v,
                              struct lockfile_names *out)
{
	const char **names;

	if (!v || v->type != VALUE_LIST)
		return bad("a list of a request is missing");
	names = ARENA_ARRAY(r->mem, const char *, v->list.n);
	for (size_t i = 0; i < v->list.n; i++) {
		if (v->list.v[i]->type != VALUE_STRING)
			return bad("a name of it is no text");
		names[i] = v->list.v[i]->string.s;
	}
	*out = (struct lockfile_names){names, v->list.n};
	return NULL;
}

static struct err *read_set(struct reading *r, const struct value *v,
                            struct lockfile_set *out)
{
	const struct lockfile_package **all;
	struct lockfile_names names;
	struct err *e = read_names(r, v, &names);

	if (e)
		return e;
	all = ARENA_ARRAY(r->mem, const struct lockfile_package *, names.n);
	for (size_t i = 0; i < names.n; i++) {
		all[i] = map_get(&r->packages, names.v[i]);
		if (!all[i])
			return bad(arena_printf(r->mem,
			                        "it uses %s and does not "
			                        "have it",
			                        names.v[i]));
	}
	*out = (struct lockfile_set){all, names.n};
	return NULL;
}

static struct err *read_request(struct reading *r, const struct value *v,
                                struct lockfile_request *out)
{
	struct err *e = read_names(r, value_get(v, "packages"), &out->packages);

	out->size = (uint64_t)value_get_int(v, "size", 0);
	if (!e)
		e = read_names(r, value_get(v, "programs"), &out->programs);
	for (size_t i = 0; !e && i < out->programs.n; i++)
		if (out->programs.v[i][0] != '/')
			e = bad("a program of it is no absolute path");
	if (!e && !out->packages.n)
		e = bad("a request of it is for no package");
	if (!e)
		e = read_set(r, value_get(v, "whole"), &out->whole);
	if (!e)
		e = read_set(r, value_get(v, "libraries"), &out->libraries);
	return e;
}

static struct err *read_all(struct reading *r, const struct value *v,
                            struct lockfile *out)
{
	const struct value *packages = value_get(v, "packages");
	const struct value *requests = value_get(v, "requests");
	struct lockfile_request *all;
	struct err *e = NULL;

	if (value_get_int(v, "version", 0) != VERSION)
		return bad("this miso reads version 1 of such files");
	if (!packages || packages->type != VALUE_LIST || !requests ||
	    requests->type != VALUE_LIST)
		return bad("it has no requests or no packages");
	for (size_t i = 0; !e && i < packages->list.n; i++)
		e = read_package(r, packages->list.v[i]);
	all = ARENA_ARRAY(r->mem, struct lockfile_request, requests->list.n);
	for (size_t i = 0; !e && i < requests->list.n; i++)
		e = read_request(r, requests->list.v[i], &all[i]);
	if (!e)
		*out = (struct lockfile){all, requests->list.n};
	return e;
}

struct err *lockfile_read(struct arena *mem, const char *dir,
                          struct lockfile *out)
{
	const char *path = fs_join(mem, dir, LOCKFILE_NAME);
	struct reading r = {.mem = mem};
	const struct value *v;
	char *text;
	size_t len;
	struct err *e;

	*out = (struct lockfile){0};
	if (!fs_exists(path))
		return NULL;
	map_init(&r.packages, mem);
	e = fs_read(mem, path, MOST_BYTES, &text, &len);
	if (e)
		return e;
	e = value_from_json(mem, text, len, &v);
	if (e)
		return err_hint(
			err_wrap(e, NO_POS, LOCKFILE_NAME " cannot be read"),
			HOW_TO_MEND);
	return read_all(&r, v, out);
}

/* --- writing ----------------------------------------------------------------
 */

static int compare_names(const struct lockfile_names *a,
                         const struct lockfile_names *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		int c = strcmp(a->v[i], b->v[i]);

		if (c)
			return c;
	}
	return a->n < b->n ? -1 : a->n > b->n;
}

static int by_request(const void *a, const void *b)
{
	const struct lockfile_request *x = a, *y = b;

	return compare_names(&x->packages, &y->packages);
}

static int by_package(const void *a, const void *b)
{
	const struct lockfile_package *const *x = a, *const *y = b;
	int c = strcmp((*x)->name, (*y)->name);

	return c ? c : strcmp((*x)->version, (*y)->version);
}

static void add_string(struct strbuf *b, const char *s)
{
	json_add_string(b, s, strlen(s));
}

/* A value in a line of its own: what is changed is what a diff shows. */
static void add_field(struct strbuf *b, const char *key, const char *value)
{
	strbuf_printf(b, "      \"%s\": ", key);
	add_string(b, value);
	strbuf_add(b, ",\n");
}

static void add_names(struct strbuf *b, const char *key,
                      const struct lockfile_names *names, const char *end)
{
	strbuf_printf(b, "      \"%s\": [", key);
	for (size_t i = 0; i < names->n; i++) {
		strbuf_add(b, i ? ",\n        " : "\n        ");
		add_string(b, names->v[i]);
	}
	strbuf_printf(b, "%s]%s\n", names->n ? "\n      " : "", end);
}

static void add_set(struct arena *mem, struct strbuf *b, const char *key,
                    const struct lockfile_set *set, const char *end)
{
	const char **names = ARENA_ARRAY(mem, const char *, set->n);
	struct lockfile_names all = {names, set->n};

	for (size_t i = 0; i < set->n; i++)
		names[i] = key_of(mem, set->v[i]);
	add_names(b, key, &all, end);
}

static void add_request(struct arena *mem, struct strbuf *b,
                        const struct lockfile_request *r)
{
	strbuf_add(b, "    {\n");
	add_names(b, "packages", &r->packages, ",");
	add_names(b, "programs", &r->programs, ",");
	strbuf_printf(b, "      \"size\": %" PRIu64 ",\n", r->size);
	add_set(mem, b, "whole", &r->whole, ",");
	add_set(mem, b, "libraries", &r->libraries, "");
	strbuf_add(b, "    }");
}

static void add_package(struct strbuf *b, const struct lockfile_package *p)
{
	strbuf_add(b, "    {\n");
	add_field(b, "name", p->name);
	add_field(b, "version", p->version);
	add_field(b, "architecture", p->architecture);
	add_field(b, "source", p->source);
	strbuf_printf(b, "      \"size\": %" PRIu64 ",\n", p->size);
	strbuf_printf(b, "      \"sha256\": \"%s\"\n    }", p->sha256);
}

static size_t collect(const struct lockfile_set *set, struct map *seen,
                      struct arena *mem, const struct lockfile_package **v,
                      size_t n)
{
	for (size_t i = 0; i < set->n; i++)
		if (map_add(seen, key_of(mem, set->v[i]), set->v[i]))
			v[n++] = set->v[i];
	return n;
}

/* Every package that a request uses, once, sorted. */
static struct lockfile_set all_packages(struct arena *mem,
                                        const struct lockfile *l)
{
	const struct lockfile_package **v;
	struct map seen;
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += l->v[i].whole.n + l->v[i].libraries.n;
	v = ARENA_ARRAY(mem, const struct lockfile_package *, n);
	map_init(&seen, mem);
	n = 0;
	for (size_t i = 0; i < l->n; i++) {
		n = collect(&l->v[i].whole, &seen, mem, v, n);
		n = collect(&l->v[i].libraries, &seen, mem, v, n);
	}
	if (n)
		qsort(v, n, sizeof(struct lockfile_package *), by_package);
	return (struct lockfile_set){v, n};
}

const char *lockfile_text(struct arena *mem, const struct lockfile *l)
{
	struct lockfile_request *v =
		ARENA_ARRAY(mem, struct lockfile_request, l->n);
	struct lockfile_set packages = all_packages(mem, l);
	struct strbuf b = {0};
	const char *text;

	for (size_t i = 0; i < l->n; i++)
		v[i] = l->v[i];
	if (l->n)
		qsort(v, l->n, sizeof(*v), by_request);
	strbuf_printf(&b, "{\n  \"version\": %d,\n  \"requests\": [", VERSION);
	for (size_t i = 0; i < l->n; i++) {
		strbuf_add(&b, i ? ",\n" : "\n");
		add_request(mem, &b, &v[i]);
	}
	strbuf_printf(&b, "%s],\n  \"packages\": [", l->n ? "\n  " : "");
	for (size_t i = 0; i < packages.n; i++) {
		strbuf_add(&b, i ? ",\n" : "\n");
		add_package(&b, packages.v[i]);
	}
	strbuf_printf(&b, "%s]\n}\n", packages.n ? "\n  " : "");
	text = arena_strdup(mem, b.s);
	strbuf_fini(&b);
	return text;
}

/* --- finding ----------------------------------------------------------------
 */

bool lockfile_same(const struct lockfile_names *a,
                   const struct lockfile_names *b)
{
	return a->n == b->n && !compare_names(a, b);
}

static bool asks_for(const struct lockfile_request *r, const struct value *v)
{
	if (v->list.n != r->packages.n)
		return false;
	for (size_t i = 0; i < v->list.n; i++)
		if (v->list.v[i]->type != VALUE_STRING ||
		    strcmp(v->list.v[i]->string.s, r->packages.v[i]) != 0)
			return false;
	return true;
}

struct err *lockfile_find(const struct lockfile *l,
                          const struct value *packages, struct src_pos pos,
                          const struct lockfile_request **out)
{
	bool several = packages->list.n > 1;
	const struct value *first;

	if (!packages->list.n)
		return err_new(ERR_SYNTAX, pos,
		               "\"package\" must name one at least");
	for (size_t i = 0; i < l->n; i++) {
		if (!asks_for(&l->v[i], packages))
			continue;
		*out = &l->v[i];
		return NULL;
	}
	first = packages->list.v[0];
	return err_hint(
		err_new(ERR_REF, pos, "the package%s \"%s\"%s not in %s",
	                several ? "s" : "",
	                first->type == VALUE_STRING ? first->string.s : "",
	                several ? ", ... are" : " is", LOCKFILE_NAME),
		"`miso lock` looks it up, and writes down what it is made of");
}

static struct err *which_program(struct arena *mem,
                                 const struct lockfile_request *r,
                                 const char *name, size_t n, struct src_pos pos)
{
	struct err *e = err_new(
		ERR_REF, pos, "the package \"%s\" has %s called \"%s\"",
		r->packages.v[0], n ? "several programs" : "no program", name);
	const char *all = "";
	size_t i;

	for (i = 0; i < r->programs.n && i < MOST_SHOWN; i++)
		all = arena_printf(mem, "%s%s%s", all, i ? ", " : "",
		                   r->programs.v[i]);
	if (!r->programs.n)
		return err_hint(e, "it has none that could be run");
	if (i < r->programs.n)
		all = arena_printf(mem, "%s and %zu more", all,
		                   r->programs.n - i);
	return err_hint(e, "say which with \"program\": %s", all);
}

/* Where a shell would look for it. */
static bool is_on_path(const char *path)
{
	return str_starts(path, "/usr/bin/") || str_starts(path, "/usr/sbin/");
}

/*
 * How many programs `name`, a path or the last part of one, may mean, and one
 * of them; with `shell`, of those that a shell finds.
 */
static size_t count(const struct lockfile_request *r, const char *name,
                    bool shell, const char **found)
{
	size_t n = 0;

	for (size_t i = 0; i < r->programs.n; i++) {
		const char *path = r->programs.v[i];

		if (strcmp(name[0] == '/' ? path : strrchr(path, '/') + 1,
		           name) != 0 ||
		    (shell && !is_on_path(path)))
			continue;
		*found = path;
		n++;
	}
	return n;
}

struct err *lockfile_program(struct arena *mem,
                             const struct lockfile_request *r,
                             const char *program, struct src_pos pos,
                             const char **out)
{
	const char *version;
	const char *name =
		program ? program
			: lockfile_wanted(mem, r->packages.v[0], &version);
	const char *found = NULL;
	size_t n;

	if (name[0] != '/' && strchr(name, '/'))
		return err_new(ERR_SYNTAX, pos,
		               "the program of a package is a name or an "
		               "absolute path, not \"%s\"",
		               name);
	n = count(r, name, true, &found);
	if (!n)
		n = count(r, name, false, &found);
	if (n != 1)
		return which_program(mem, r, name, n, pos);
	*out = found;
	return NULL;
}

const char *lockfile_wanted(struct arena *mem, const char *package,
                            const char **version)
{
	const char *equals = strchr(package, '=');

	*version = equals ? equals + 1 : NULL;
	return equals ? arena_strndup(mem, package, (size_t)(equals - package))
	              : package;
}
