/* func_file.c - functions that read files of the stack's folder. */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "parser/base/fs.h"
#include "parser/base/sha256.h"
#include "parser/base/str.h"
#include "parser/expr/func.h"
#include "parser/expr/func_impl.h"
#include "parser/expr/inputs.h"

enum {
	LONGEST_FILE = 16 * 1024 * 1024, /* bytes */
	DEEPEST_FOLDER = 32,
	MOST_TEMPLATES = 16, /* that use each other */
};

static const struct value *fail(struct func_call *c, const char *problem)
{
	c->problem = problem;
	return NULL;
}

static const struct value *fail_err(struct func_call *c, struct err *e)
{
	c->problem = arena_strdup(c->mem, err_text(e));
	err_free(e);
	return NULL;
}

/* What an expression got; not when it was a secret that asked for it. */
static void note(struct func_call *c, const char *key, const struct value *v)
{
	for (size_t i = 0; i < c->n; i++)
		if (value_has_taint(c->args[i]))
			return;
	expr_inputs_note(c->scope->inputs, key, v);
}

static const struct value *digest_of(struct arena *mem, const char *text,
                                     size_t len)
{
	const struct value_entry sum = {
		.key = "sha256",
		.value = value_string(mem, sha256_of(text, len).hex)};

	return value_map(mem, &sum, 1);
}

/* A file's text, or NULL with `problem` set. Pipes and devices are refused. */
static const char *read_text(struct func_call *c, const char *path, size_t *len)
{
	const char *where;
	struct stat st;
	struct err *e;
	char *text;

	if (!c->scope->dir) {
		fail(c, "there are no files here");
		return NULL;
	}
	where = fs_join(c->mem, c->scope->dir, path);
	if (stat(where, &st)) {
		fail_err(c, err_sys(errno, "%s", path));
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		fail(c, arena_printf(c->mem, "%s is no file", path));
		return NULL;
	}
	e = fs_read(c->mem, where, LONGEST_FILE, &text, len);
	if (e) {
		fail_err(c, e);
		return NULL;
	}
	if (str_utf8_valid(text, *len) == *len && !memchr(text, '\0', *len))
		return text;
	fail(c, arena_printf(c->mem, "%s is no UTF-8 text", path));
	return NULL;
}

/*
 * The text of the file named by the first argument. As it was recorded; of a
 * long one only what it was is, so that it must be the same now.
 */
static const char *file_text(struct func_call *c, size_t *len)
{
	struct expr_inputs *in = c->scope->inputs;
	const char *path = c->args[0]->string.s;
	const char *key = arena_printf(c->mem, "file %s", path);
	const struct value *was = expr_inputs_recorded(in, key);
	const char *text;

	if (was && was->type == VALUE_STRING) {
		note(c, key, was);
		*len = was->string.len;
		return was->string.s;
	}
	text = read_text(c, path, len);
	if (!text || !in)
		return text;
	if (was && !value_equal(was, digest_of(c->mem, text, *len))) {
		fail(c,
		     arena_printf(c->mem,
		                  "%s is not what it was when this was "
		                  "recorded, and too long to be kept with it",
		                  path));
		return NULL;
	}
	note(c, key,
	     expr_inputs_has_room(in, *len) ? value_stringn(c->mem, text, *len)
	                                    : digest_of(c->mem, text, *len));
	return text;
}

const struct value *func_file(struct func_call *c)
{
	size_t len;
	const char *text = file_text(c, &len);

	return text ? value_stringn(c->mem, text, len) : NULL;
}

/* --- fileset -------------------------------------------------------------- */

struct finding {
	struct func_call *call;
	const char *pattern;
	const struct value **v;
	size_t n, cap;
};

/* Does one folder's or file's name fit? */
static bool part_matches(const char *pattern, size_t n, const char *name,
                         size_t len)
{
	char p[NAME_MAX + 1], s[NAME_MAX + 1];

	if (n > NAME_MAX || len > NAME_MAX)
		return false;
	memcpy(p, pattern, n);
	memcpy(s, name, len);
	p[n] = s[len] = '\0';
	return !fnmatch(p, s, FNM_PERIOD);
}

/* Part by part; "**" stands for any number of parts. */
static bool matches(const char *pattern, const char *path)
{
	size_t n = strcspn(pattern, "/"), len = strcspn(path, "/");

	if (n == 2 && !strncmp(pattern, "**", n)) {
		if (!pattern[n])
			return true;
		while (!matches(pattern + n + 1, path)) {
			path = strchr(path, '/');
			if (!path)
				return false;
			path++;
		}
		return true;
	}
	if (!part_matches(pattern, n, path, len))
		return false;
	if (!pattern[n] || !path[len])
		return !pattern[n] && !path[len];
	return matches(pattern + n + 1, path + len + 1);
}

/* Each costs a search of its own at every place of a path. */
static bool has_many_stars(const char *pattern)
{
	enum { MOST = 3 };
	size_t n = 0;

	for (const char *s = pattern; (s = strstr(s, "**")); s += 2)
		n++;
	return n > MOST;
}

static bool consider(struct finding *f, const char *name)
{
	size_t len = strlen(name);

	if (!matches(f->pattern, name))
		return true;
	if (str_utf8_valid(name, len) != len) {
		fail(f->call, "the name of a file there is no UTF-8 text");
		return false;
	}
	ARENA_RESERVE(f->call->mem, const struct value *, f->v, f->n, f->cap);
	f->v[f->n++] = value_string(f->call->mem, name);
	return true;
}

/* Files below `dir`; links to folders are not followed. */
static bool walk(struct finding *f, const char *dir, const char *below,
                 unsigned depth)
{
	struct arena *mem = f->call->mem;
	struct dirent **entries;
	int n = scandir(dir, &entries, NULL, alphasort);
	bool good = depth < DEEPEST_FOLDER;

	if (n < 0) {
		fail_err(f->call, err_sys(errno, "%s", dir));
		return false;
	}
	if (!good)
		fail(f->call, "the folders are nested too deeply");
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name, *path, *full;
		struct stat st;

		path = *below ? arena_printf(mem, "%s/%s", below, name) : name;
		path = arena_strdup(mem, path);
		full = arena_printf(mem, "%s/%s", dir, name);
		if (good && name[0] != '.' && !lstat(full, &st)) {
			if (S_ISDIR(st.st_mode))
				good = walk(f, full, path, depth + 1);
			else if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
				good = consider(f, path);
		}
		free(entries[i]);
		if (f->n > FUNC_LONGEST_LIST) {
			fail(f->call, "there are too many files");
			good = false;
		}
	}
	free(entries);
	return good;
}

static int by_name(const void *a, const void *b)
{
	const struct value *const *x = a, *const *y = b;

	return strcmp((*x)->string.s, (*y)->string.s);
}

const struct value *func_fileset(struct func_call *c)
{
	struct finding f = {.call = c, .pattern = c->args[1]->string.s};
	const char *key = arena_printf(c->mem, "fileset %s %s",
	                               c->args[0]->string.s, f.pattern);
	const struct value *found = expr_inputs_recorded(c->scope->inputs, key);

	if (found && found->type == VALUE_LIST) {
		note(c, key, found);
		return found;
	}
	if (!c->scope->dir)
		return fail(c, "there are no files here");
	if (has_many_stars(f.pattern))
		return fail(c, "a pattern may have \"**\" three times");
	if (!walk(&f, fs_join(c->mem, c->scope->dir, c->args[0]->string.s), "",
	          0))
		return NULL;
	if (f.n)
		qsort(f.v, f.n, sizeof(f.v[0]), by_name);
	found = value_list(c->mem, f.v, f.n);
	note(c, key, found);
	return found;
}

/* --- template ------------------------------------------------------------- */

static const struct value *find(const void *ctx, const char *root,
                                const char *name)
{
	return name ? NULL : value_get(ctx, root);
}

static void guess(const void *ctx, const char *root, struct str_guess *g)
{
	const struct value *map = ctx;

	for (size_t i = 0; !root && i < map->map.n; i++)
		str_guess_try(g, map->map.v[i].key);
}

static struct src_pos locate(const void *origin, size_t offset)
{
	return src_locate(origin, offset);
}

/* What `d` begins with, as one line. */
static const char *first_mistake(struct func_call *c, const struct diags *d)
{
	const struct diag *m = &d->v[0];

	return arena_printf(c->mem, "%s:%u:%u: %s%s%s", m->at.pos.file,
	                    m->at.pos.line, m->at.pos.col, m->message,
	                    m->label ? "; " : "", m->label ? m->label : "");
}

static const struct value *fill(struct func_call *c, const struct src_file *f,
                                const struct value *values)
{
	struct expr_scope scope = {
		.ctx = values,
		.find = find,
		.guess = guess,
		.dir = c->scope->dir,
		.inputs = c->scope->inputs,
		.templates = c->scope->templates + 1,
		.flat = true,
	};
	struct expr_text *text = ARENA_NEW(c->mem, struct expr_text);
	const struct expr *e;
	const struct value *v = NULL;
	struct diags d;

	diags_init(&d);
	*text = (struct expr_text){f->text, f->len, f, locate};
	if (expr_parse(c->mem, text, &d, &e))
		v = expr_eval(c->mem, e, &scope, &d);
	if (!v && d.n)
		c->problem = first_mistake(c, &d);
	else if (!v)
		c->problem = "it has no value";
	diags_fini(&d);
	return v;
}

const struct value *func_template(struct func_call *c)
{
	const char *path = c->args[0]->string.s;
	const struct value *v, *text;
	size_t len;
	const char *s;

	if (c->scope->templates >= MOST_TEMPLATES)
		return fail(c, "templates use each other too deeply");
	s = file_text(c, &len);
	if (!s)
		return NULL;
	v = fill(c, src_new(c->mem, path, s, len), c->args[1]);
	if (!v || v->type == VALUE_UNKNOWN)
		return v;
	text = func_text(c->mem, v);
	return text ? text : fail(c, "what it makes is no text");
}
