/* image_tree.c - sorted directories, filled from text and from the host. */
#include "providers/image/image_tree.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parser/base/fs.h"

enum {
	MAX_LINKS = 40, /* on one path: as Linux has it */
	MAX_DEPTH = 256,
	DIR_MODE = 0755,
};

/* --- nodes -----------------------------------------------------------------
 */

static struct image_node *new_node(struct image_tree *t,
                                   enum image_node_type type, const char *name)
{
	struct image_node *n = ARENA_NEW(t->mem, struct image_node);

	n->type = type;
	n->name = name;
	n->from = t->from;
	t->nr_nodes++;
	return n;
}

void image_tree_init(struct image_tree *t, struct arena *mem)
{
	*t = (struct image_tree){.mem = mem};
	t->root = new_node(t, IMAGE_DIR, "");
	t->root->mode = DIR_MODE;
}

/* Index of `name` in `dir`, or of where it would go. */
static size_t child_index(const struct image_node *dir, const char *name)
{
	size_t low = 0, high = dir->nr_children;

	/* Hosts' directories are added in order: look at the end first. */
	if (high && strcmp(dir->children[high - 1]->name, name) < 0)
		return high;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(dir->children[mid]->name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct image_node *find_child(const struct image_node *dir,
                                     const char *name)
{
	size_t i = child_index(dir, name);

	if (i < dir->nr_children && strcmp(dir->children[i]->name, name) == 0)
		return dir->children[i];
	return NULL;
}

static void add_child(struct image_tree *t, struct image_node *dir,
                      struct image_node *child)
{
	size_t i = child_index(dir, child->name);

	ARENA_RESERVE(t->mem, struct image_node *, dir->children,
	              dir->nr_children, dir->cap_children);
	memmove(&dir->children[i + 1], &dir->children[i],
	        (dir->nr_children - i) * sizeof(struct image_node *));
	dir->children[i] = child;
	dir->nr_children++;
}

/* --- paths -----------------------------------------------------------------
 */

/*
 * Where a path leads: the directory that holds its last part. A stack of
 * directories makes ".." mean what it means in a kernel.
 */
struct walk {
	struct image_tree *t;
	const char *path; /* for errors */
	struct image_node *dirs[MAX_DEPTH];
	size_t depth;
	unsigned links;
};

static struct err *not_a_dir(const struct walk *w, const struct image_node *n)
{
	return err_new(ERR_CONFLICT, NO_POS,
	               "\"%s\" cannot be put into the image: \"%s\" on the way "
	               "is a file",
	               w->path, n->name);
}

static struct err *walk_path(struct walk *w, const char *path, bool make);

static struct err *walk_link(struct walk *w, const struct image_node *link,
                             bool make)
{
	if (++w->links > MAX_LINKS)
		return err_new(ERR_SYNTAX, NO_POS,
		               "\"%s\" cannot be put into the image: too many "
		               "links on the way",
		               w->path);
	return walk_path(w, link->target, make);
}

static struct err *walk_into(struct walk *w, const char *name, bool make)
{
	struct image_node *dir = w->dirs[w->depth];
	struct image_node *child = find_child(dir, name);

	if (!child && !make)
		return err_new(ERR_REF, NO_POS, "there is no \"%s\"", w->path);
	if (!child) {
		child = new_node(w->t, IMAGE_DIR, name);
		child->mode = DIR_MODE;
		add_child(w->t, dir, child);
	}
	if (child->type == IMAGE_LINK)
		return walk_link(w, child, make);
	if (child->type != IMAGE_DIR)
		return not_a_dir(w, child);
	if (w->depth + 1 == MAX_DEPTH)
		return err_new(ERR_LIMIT, NO_POS, "\"%s\" is too deep",
		               w->path);
	w->dirs[++w->depth] = child;
	return NULL;
}

/* Walk all of `path`, from where the walk stands or, if absolute, the root. */
static struct err *walk_path(struct walk *w, const char *path, bool make)
{
	char *rest = arena_strdup(w->t->mem, path), *name;
	struct err *e = NULL;

	if (path[0] == '/')
		w->depth = 0;
	while (!e && (name = strsep(&rest, "/"))) {
		if (strcmp(name, "..") == 0)
			w->depth -= w->depth > 0;
		else if (*name && strcmp(name, ".") != 0)
			e = walk_into(w, name, make);
	}
	return e;
}

static struct walk start(const struct image_tree *t, const char *path)
{
	struct walk w = {.t = (struct image_tree *)(uintptr_t)t, .path = path};

	w.dirs[0] = t->root;
	return w;
}

/* The directory of `path`, and its last part. */
static struct err *walk_parent(struct image_tree *t, const char *path,
                               struct image_node **dir, const char **name)
{
	struct walk w = start(t, path);
	const char *slash = strrchr(path, '/');
	struct err *e;

	if (path[0] != '/' || !slash[1] || strcmp(slash, "/..") == 0 ||
	    strcmp(slash, "/.") == 0)
		return err_new(ERR_SYNTAX, NO_POS,
		               "\"%s\" is no absolute path of a file", path);
	e = walk_path(&w, fs_parent(t->mem, path), true);
	if (e)
		return e;
	*dir = w.dirs[w.depth];
	*name = arena_strdup(t->mem, slash + 1);
	return NULL;
}

/* One step of a search: where `path` leads from here, links not followed. */
static const struct image_node *peek(struct walk *w, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	bool whole =
		!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
	const char *dir = slash ? fs_parent(w->t->mem, path) : ".";
	struct err *e = walk_path(w, whole ? path : dir, false);

	if (e) {
		err_free(e);
		return NULL;
	}
	return whole ? w->dirs[w->depth] : find_child(w->dirs[w->depth], name);
}

const struct image_node *image_tree_find(const struct image_tree *t,
                                         const char *path)
{
	struct walk w = start(t, path);
	const struct image_node *n = peek(&w, path);

	while (n && n->type == IMAGE_LINK)
		n = ++w.links > MAX_LINKS ? NULL : peek(&w, n->target);
	return n;
}

const struct image_node *image_tree_at(const struct image_tree *t,
                                       const char *path)
{
	struct walk w = start(t, path);

	return peek(&w, path);
}

const char *image_tree_real(const struct image_tree *t, const char *path)
{
	struct walk w = start(t, path);
	const struct image_node *n = peek(&w, path);
	const char *real = "";

	while (n && n->type == IMAGE_LINK) {
		path = n->target;
		n = ++w.links > MAX_LINKS ? NULL : peek(&w, path);
	}
	if (!n || n->type != IMAGE_FILE)
		return NULL;
	for (size_t i = 1; i <= w.depth; i++)
		real = arena_printf(t->mem, "%s/%s", real, w.dirs[i]->name);
	return arena_printf(t->mem, "%s/%s", real, n->name);
}

/* --- putting ---------------------------------------------------------------
 */

/* A fresh node at `path`, in place of a file or link that may be there. */
static struct err *put(struct image_tree *t, const char *path,
                       enum image_node_type type, struct image_node **out)
{
	struct image_node *dir, *n;
	const char *name;
	struct err *e = walk_parent(t, path, &dir, &name);

	if (e)
		return e;
	n = find_child(dir, name);
	if (n && n->type == IMAGE_DIR)
		return err_new(ERR_CONFLICT, NO_POS,
		               "\"%s\" cannot be put into the image: a "
		               "directory of that name is there",
		               path);
	if (!n) {
		n = new_node(t, type, name);
		add_child(t, dir, n);
	}
	*n = (struct image_node){
		.type = type, .name = n->name, .from = t->from};
	*out = n;
	return NULL;
}

struct err *image_tree_dir(struct image_tree *t, const char *path,
                           uint16_t mode)
{
	struct walk w = start(t, path);
	struct err *e = walk_path(&w, path, true);

	if (!e)
		w.dirs[w.depth]->mode = mode;
	return e;
}

struct err *image_tree_text(struct image_tree *t, const char *path,
                            uint16_t mode, const char *data, size_t len)
{
	struct image_node *n;
	struct err *e = put(t, path, IMAGE_FILE, &n);

	if (e)
		return e;
	n->mode = mode;
	n->data = data;
	n->size = len;
	return NULL;
}

struct err *image_tree_blob(struct image_tree *t, const char *path,
                            uint16_t mode, const char *host, uint64_t size)
{
	struct image_node *n;
	struct err *e = put(t, path, IMAGE_FILE, &n);

	if (e)
		return e;
	n->mode = mode;
	n->host = host;
	n->size = size;
	return NULL;
}

struct err *image_tree_link(struct image_tree *t, const char *path,
                            const char *target)
{
	struct image_node *n;
	struct err *e = put(t, path, IMAGE_LINK, &n);

	if (e)
		return e;
	n->mode = 0777;
	n->target = target;
	return NULL;
}

/* --- from the host ---------------------------------------------------------
 */

static struct err *put_file(struct image_tree *t, const char *path,
                            const char *host, const struct stat *st)
{
	struct image_node *n;
	struct err *e = put(t, path, IMAGE_FILE, &n);

	if (e)
		return e;
	n->mode = st->st_mode & 07777;
	n->host = arena_strdup(t->mem, host);
	n->size = (uint64_t)st->st_size;
	return NULL;
}

static struct err *read_link(struct image_tree *t, const char *host,
                             const char **target)
{
	char text[PATH_MAX];
	ssize_t n = readlink(host, text, sizeof(text));

	if (n < 0)
		return err_sys(errno, "%s", host);
	*target = arena_strndup(t->mem, text, (size_t)n);
	return NULL;
}

static struct err *not_plain(const char *host)
{
	return err_new(ERR_SYNTAX, NO_POS,
	               "\"%s\" is neither file, directory nor link", host);
}

static struct err *put_host(struct image_tree *t, const char *path,
                            const char *host, const struct stat *st);

static int skip_dots(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static struct err *put_entry(struct image_tree *t, const char *path,
                             const char *host)
{
	struct stat st;

	if (lstat(host, &st))
		return err_sys(errno, "%s", host);
	return put_host(t, path, host, &st);
}

static struct err *put_dir(struct image_tree *t, const char *path,
                           const char *host, const struct stat *st)
{
	struct dirent **entries;
	struct err *e = image_tree_dir(t, path, st->st_mode & 07777);
	int n;

	if (e)
		return e;
	n = scandir(host, &entries, skip_dots, by_bytes);
	if (n < 0)
		return err_sys(errno, "%s", host);
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;

		if (!e)
			e = put_entry(t, fs_join(t->mem, path, name),
			              fs_join(t->mem, host, name));
		free(entries[i]);
	}
	free(entries);
	return e;
}

static struct err *put_host(struct image_tree *t, const char *path,
                            const char *host, const struct stat *st)
{
	const char *target;
	struct err *e;

	if (S_ISDIR(st->st_mode))
		return put_dir(t, path, host, st);
	if (S_ISREG(st->st_mode))
		return put_file(t, path, host, st);
	if (!S_ISLNK(st->st_mode))
		return not_plain(host);
	e = read_link(t, host, &target);
	return e ? e : image_tree_link(t, path, target);
}

struct err *image_tree_host(struct image_tree *t, const char *path,
                            const char *host)
{
	struct stat st;

	if (stat(host, &st))
		return err_sys(errno, "%s", host);
	return put_host(t, path, host, &st);
}

/*
 * Where the parts of a path are looked up: the host's files below `root`, or,
 * if there is one, another tree.
 */
struct origin {
	const char *root;
	const struct image_tree *tree;
};

/* What stands at `at`, as a node that may be put; links not followed. */
static struct err *look(struct image_tree *t, const struct origin *o,
                        const char *at, struct image_node *out)
{
	const char *host = arena_printf(t->mem, "%s%s", o->root, at);
	const struct image_node *n;
	struct stat st;

	if (o->tree) {
		n = image_tree_at(o->tree, at);
		if (!n)
			return err_new(ERR_REF, NO_POS, "there is no \"%s\"",
			               at);
		*out = *n;
		return NULL;
	}
	if (lstat(host, &st))
		return err_sys(errno, "%s", host);
	*out = (struct image_node){.type = IMAGE_FILE,
	                           .mode = st.st_mode & 07777,
	                           .host = host,
	                           .size = (uint64_t)st.st_size};
	if (S_ISDIR(st.st_mode)) {
		out->type = IMAGE_DIR;
	} else if (S_ISLNK(st.st_mode)) {
		out->type = IMAGE_LINK;
		return read_link(t, host, &out->target);
	} else if (!S_ISREG(st.st_mode)) {
		return not_plain(host);
	}
	return NULL;
}

static struct err *put_node(struct image_tree *t, const char *path,
                            const struct image_node *n)
{
	t->from = n->from;
	if (n->type == IMAGE_LINK)
		return image_tree_link(t, path, n->target);
	return n->host ? image_tree_blob(t, path, n->mode, n->host, n->size)
	               : image_tree_text(t, path, n->mode, n->data, n->size);
}

/*
 * Take one more part of a path: a directory becomes the new prefix, a link is
 * kept and its target comes in front of what is left to walk.
 */
static struct err *step_in_place(struct image_tree *t, const struct origin *o,
                                 const char **prefix, const char *name,
                                 const char **rest)
{
	const char *at = arena_printf(t->mem, "%s/%s", *prefix, name);
	struct image_node n;
	struct err *e = look(t, o, at, &n);

	if (e)
		return e;
	if (n.type == IMAGE_DIR) {
		*prefix = at;
		return image_tree_dir(t, at, n.mode);
	}
	e = put_node(t, at, &n);
	if (e || n.type != IMAGE_LINK)
		return e;
	if (n.target[0] == '/')
		*prefix = "";
	*rest = arena_printf(t->mem, "%s/%s", n.target, *rest ? *rest : "");
	return NULL;
}

static struct err *walk_in_place(struct image_tree *t, const struct origin *o,
                                 const char *path)
{
	const char *prefix = "", *rest = path;
	unsigned steps = 0;
	struct err *e = NULL;

	while (!e && rest && *rest) {
		size_t len = strcspn(rest, "/");
		const char *name = arena_strndup(t->mem, rest, len);

		rest = rest[len] ? rest + len + 1 : NULL;
		if (!*name || strcmp(name, ".") == 0)
			continue;
		if (++steps > MAX_DEPTH)
			return err_sys(ELOOP, "%s%s", o->root, path);
		if (strcmp(name, "..") == 0)
			prefix = *prefix ? fs_parent(t->mem, prefix) : "";
		else
			e = step_in_place(t, o, &prefix, name, &rest);
		if (strcmp(prefix, "/") == 0)
			prefix = "";
	}
	return e;
}

struct err *image_tree_in_place(struct image_tree *t, const char *root,
                                const char *path)
{
	return walk_in_place(t, &(struct origin){.root = root}, path);
}

struct err *image_tree_take(struct image_tree *t, const struct image_tree *from,
                            const char *path)
{
	const char *before = t->from;
	struct err *e = walk_in_place(
		t, &(struct origin){.root = "", .tree = from}, path);

	t->from = before;
	return e;
}
