/*
 * files.c - which files a stack is made of: miso.yaml, what it includes, the
 * site's file, and files of variables.
 *
 * An included file has the same sections as the stack's; their maps are joined
 * and must have nothing in common, their lists are put one after the other.
 */
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#include "parser/base/fs.h"
#include "parser/config/internal.h"

enum { MOST_FILES = 1000 };

struct including {
	struct loader *l;
	const struct yaml_node **roots; /* of all files read, in order */
	size_t n, cap;
	struct map seen; /* absolute paths */
	bool failed;
};

static void fail(struct including *in, struct src_span at, const char *fmt, ...)
	PRINTF(3, 4);

static void fail(struct including *in, struct src_span at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diags_error(in->l->diags, DIAG_INCLUDE, at, "%s",
	            arena_vprintf(in->l->mem, fmt, ap));
	va_end(ap);
	in->failed = true;
}

/* "." is left out, so that names are shown as they were written. */
static const char *beside(struct arena *mem, const char *dir, const char *path)
{
	return strcmp(dir, ".") ? fs_join(mem, dir, path) : path;
}

static bool require_map(struct loader *l, const struct yaml_node *n,
                        const char *what)
{
	if (n->kind == YAML_IS_MAP)
		return true;
	config_report_type(l->diags, what,
	                   &(struct schema_attr){.type = SCHEMA_MAP}, n);
	return false;
}

/* --- include -------------------------------------------------------------- */

static void read_includes(struct including *in, const struct yaml_node *root,
                          const char *dir);

static bool load(struct loader *l, const char *path,
                 const struct yaml_node **root)
{
	if (yaml_load(l->mem, path, path, l->diags, root))
		return true;
	*root = l->how->salvage ? config_salvage(l, path) : NULL;
	return *root;
}

static bool is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

/* Read the file at `path` that `at` asks for. */
static void read_included(struct including *in, const char *path,
                          struct src_span at)
{
	struct arena *mem = in->l->mem;
	const struct yaml_node *root;
	const char *real = path;
	struct err *e = at.pos.line ? fs_real(mem, path, &real) : NULL;

	if (e) {
		fail(in, at, "%s", err_text(e));
		err_free(e);
		return;
	}
	if (!at.pos.line) /* a pipe has no real path */
		err_free(fs_real(mem, path, &real));
	if (!map_add(&in->seen, real, real)) {
		fail(in, at, "%s is included already", path);
		return;
	}
	if (in->n == MOST_FILES) {
		fail(in, at, "a stack has at most %d files", MOST_FILES);
		return;
	}
	if (at.pos.line && !is_file(path)) {
		fail(in, at, "%s is no file", path);
		return;
	}
	if (!load(in->l, path, &root) ||
	    !require_map(in->l, root,
	                 in->n ? "an included file" : "the file")) {
		in->failed = true;
		return;
	}
	ARENA_RESERVE(mem, const struct yaml_node *, in->roots, in->n, in->cap);
	in->roots[in->n++] = root;
	read_includes(in, root, fs_parent(mem, path));
}

/* A path, or a shell pattern for several. */
static void include(struct including *in, const struct yaml_node *entry,
                    const char *dir)
{
	const char *path;
	glob_t found = {0};

	if (entry->kind != YAML_IS_SCALAR || !entry->scalar.len) {
		config_report_type(in->l->diags, "an entry of \"include\"",
		                   &(struct schema_attr){.type = SCHEMA_PATH},
		                   entry);
		in->failed = true;
		return;
	}
	path = beside(in->l->mem, dir, entry->scalar.s);
	if (!strpbrk(path, "*?[")) {
		read_included(in, path, yaml_at(entry));
		return;
	}
	if (glob(path, 0, NULL, &found))
		fail(in, yaml_at(entry), "no file matches \"%s\"", path);
	for (size_t i = 0; i < found.gl_pathc; i++)
		read_included(in, arena_strdup(in->l->mem, found.gl_pathv[i]),
		              yaml_at(entry));
	globfree(&found);
}

static void read_includes(struct including *in, const struct yaml_node *root,
                          const char *dir)
{
	const struct yaml_node *list = yaml_get(root, "include");

	if (!list || yaml_is_empty(list))
		return;
	if (list->kind != YAML_IS_LIST) {
		config_report_type(in->l->diags, "\"include\"",
		                   &(struct schema_attr){.type = SCHEMA_LIST},
		                   list);
		in->failed = true;
		return;
	}
	for (size_t i = 0; i < list->list.n; i++)
		include(in, list->list.v[i], dir);
}

static void report_twice(struct including *in, const struct yaml_node *first,
                         const struct yaml_node *again)
{
	struct diag *m;

	m = diags_error(in->l->diags, DIAG_DUPLICATE, yaml_at(again),
	                "the key \"%s\" is there twice", again->scalar.s);
	diag_label(in->l->diags, m, "again here");
	diag_also(in->l->diags, m, yaml_at(first), "first here");
	in->failed = true;
}

/* The maps of `parts` as one. */
static const struct yaml_node *join_maps(struct including *in,
                                         const struct yaml_node *const *parts,
                                         size_t n)
{
	struct yaml_node *all = ARENA_NEW(in->l->mem, struct yaml_node);
	struct yaml_pair *v;
	struct map known;
	size_t total = 0, used = 0;

	for (size_t i = 0; i < n; i++)
		total += parts[i]->map.n;
	v = ARENA_ARRAY(in->l->mem, struct yaml_pair, total);
	map_init(&known, in->l->mem);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < parts[i]->map.n; j++) {
			const struct yaml_pair *p = &parts[i]->map.v[j];
			const char *key = p->key->scalar.s;

			if (map_add(&known, key, p->key))
				v[used++] = *p;
			else
				report_twice(in, map_get(&known, key), p->key);
		}
	}
	*all = *parts[0];
	all->map.v = v;
	all->map.n = (uint32_t)used;
	return all;
}

static const struct yaml_node *join_lists(struct including *in,
                                          const struct yaml_node *const *parts,
                                          size_t n)
{
	struct yaml_node *all = ARENA_NEW(in->l->mem, struct yaml_node);
	const struct yaml_node **v;
	size_t total = 0, used = 0;

	for (size_t i = 0; i < n; i++)
		total += parts[i]->list.n;
	v = ARENA_ARRAY(in->l->mem, const struct yaml_node *, total);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < parts[i]->list.n; j++)
			v[used++] = parts[i]->list.v[j];
	*all = *parts[0];
	all->list.v = v;
	all->list.n = (uint32_t)used;
	return all;
}

static bool all_are(const struct yaml_node *const *parts, size_t n,
                    enum yaml_kind kind)
{
	for (size_t i = 0; i < n; i++)
		if (parts[i]->kind != kind)
			return false;
	return true;
}

/* What the files say under `key`, put together; NULL: not there. */
static const struct yaml_node *join_key(struct including *in,
                                        const struct yaml_node *key)
{
	const struct yaml_node **parts =
		ARENA_ARRAY(in->l->mem, const struct yaml_node *, in->n);
	const struct yaml_node *first = NULL, *again = NULL, *value = NULL;
	size_t n = 0;

	for (size_t i = 0; i < in->n; i++) {
		const struct yaml_node *root = in->roots[i];

		for (size_t j = 0; j < root->map.n; j++) {
			if (strcmp(root->map.v[j].key->scalar.s, key->scalar.s))
				continue;
			value = root->map.v[j].value;
			if (yaml_is_empty(value))
				continue;
			again = first ? root->map.v[j].key : NULL;
			first = first ? first : root->map.v[j].key;
			parts[n++] = value;
		}
	}
	if (n < 2)
		return n ? parts[0] : value;
	if (all_are(parts, n, YAML_IS_MAP))
		return join_maps(in, parts, n);
	if (all_are(parts, n, YAML_IS_LIST))
		return join_lists(in, parts, n);
	if (strcmp(key->scalar.s, "version"))
		report_twice(in, first, again);
	return parts[0];
}

static const struct yaml_node *join_roots(struct including *in)
{
	struct yaml_node *all = ARENA_NEW(in->l->mem, struct yaml_node);
	struct yaml_pair *v;
	struct map known;
	size_t total = 0, n = 0;

	for (size_t i = 0; i < in->n; i++)
		total += in->roots[i]->map.n;
	v = ARENA_ARRAY(in->l->mem, struct yaml_pair, total);
	map_init(&known, in->l->mem);
	(void)map_add(&known, "include", in);
	for (size_t i = 0; i < in->n; i++) {
		for (size_t j = 0; j < in->roots[i]->map.n; j++) {
			const struct yaml_node *key =
				in->roots[i]->map.v[j].key;

			if (map_add(&known, key->scalar.s, key))
				v[n++] = (struct yaml_pair){key,
				                            join_key(in, key)};
		}
	}
	*all = *in->roots[0];
	all->map.v = v;
	all->map.n = (uint32_t)n;
	return all;
}

static bool read_stack(struct loader *l)
{
	struct including in = {.l = l};

	map_init(&in.seen, l->mem);
	read_included(&in, l->how->file, (struct src_span){0});
	if (in.failed)
		return false;
	l->root = in.n == 1 && !yaml_get(in.roots[0], "include")
	                  ? in.roots[0]
	                  : join_roots(&in);
	return !in.failed;
}

/* --- the site's file ------------------------------------------------------ */

static bool check_site(struct loader *l)
{
	struct compile c = {.l = l, .mem = l->mem};
	size_t n;

	if (!require_map(l, l->site, "the site's file"))
		return false;
	for (size_t i = 0; i < l->site->map.n; i++)
		if (!schema_find(&schema_site,
		                 l->site->map.v[i].key->scalar.s)) {
			(void)config_compile_body(&c, &schema_site, l->site,
			                          yaml_at(l->site),
			                          "the site's file", &n);
			break;
		}
	return true;
}

/* The files are put together before a site is laid over them. */
static bool refuse_include(struct loader *l, const struct yaml_node *over)
{
	for (size_t i = 0; over->kind == YAML_IS_MAP && i < over->map.n; i++) {
		const struct yaml_node *key = over->map.v[i].key;

		if (strcmp(key->scalar.s, "include"))
			continue;
		diags_error(l->diags, DIAG_OVERLAY, yaml_at(key),
		            "a site cannot change what is included");
		return false;
	}
	return true;
}

static bool read_site(struct loader *l)
{
	const struct yaml_node *over;
	const char *path;

	if (!l->how->site)
		return true;
	if (!schema_is_name(l->how->site)) {
		diags_error(l->diags, DIAG_NAME, (struct src_span){0},
		            "\"%s\" cannot be the name of a site",
		            l->how->site);
		return false;
	}
	path = beside(l->mem, l->dir,
	              arena_printf(l->mem, "sites/%s.yaml", l->how->site));
	if (!load(l, path, &l->site) || !check_site(l))
		return false;
	over = yaml_get(l->site, "override");
	if (over && l->how->salvage)
		over = config_salvage_override(l->mem, over);
	if (over && !yaml_is_empty(over))
		l->root = refuse_include(l, over) ? config_overlay(l, over)
		                                  : NULL;
	return l->root != NULL;
}

/* --- files of variables --------------------------------------------------- */

static bool read_var_files(struct loader *l)
{
	size_t n = l->how->nr_var_files;
	bool good = true;

	l->var_files = ARENA_ARRAY(l->mem, const struct yaml_node *, n);
	for (size_t i = 0; i < n; i++) {
		const char *path = l->how->var_files[i];

		good = yaml_load(l->mem, path, path, l->diags,
		                 &l->var_files[i]) &&
		       require_map(l, l->var_files[i], "a file of variables") &&
		       good;
	}
	return good;
}

/* --- the whole ------------------------------------------------------------ */

static bool find_dir(struct loader *l)
{
	const char *file = l->how->file, *slash = strrchr(file, '/');
	struct err *e;

	if (!slash)
		l->dir = ".";
	else if (slash == file)
		l->dir = "/";
	else
		l->dir = arena_strndup(l->mem, file, (size_t)(slash - file));
	e = fs_real(l->mem, l->dir, &l->config->dir);
	if (e)
		diags_take(l->diags, DIAG_FILE, (struct src_span){0}, e);
	return l->config->dir != NULL;
}

static bool read_text(struct loader *l)
{
	const struct src_file *f = src_new(l->mem, l->how->text_name,
	                                   l->how->text, strlen(l->how->text));

	diags_add_source(l->diags, f);
	return yaml_parse(l->mem, f, l->diags, &l->root) &&
	       require_map(l, l->root, l->how->text_name);
}

bool config_read_files(struct loader *l)
{
	bool good = find_dir(l);

	if (l->how->text)
		good = good && read_text(l);
	else
		good = good && read_stack(l) && read_site(l);
	good = good && read_var_files(l);
	l->config->root = l->root;
	return good;
}
