/* image.c - everything that goes into an image, and its name. */
#include "providers/image/image.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/abi/boot_lines.h"
#include "parser/base/fs.h"
#include "parser/base/strbuf.h"
#include "providers/image/elf_resolve.h"
#include "providers/image/ext4_build.h"
#include "providers/image/image_boot.h"
#include "providers/image/package_tree.h"
#include "providers/image/skeleton.h"
#include "providers/image/store.h"

enum { MIN_DISK = 1024 * 1024 };

struct planning {
	struct store *store;
	struct arena *mem;
	const struct image_request *request;
	struct image *image;
	const struct lockfile_request *locked; /* NULL: no packages */
};

int64_t image_size(const struct value *v)
{
	static const char units[] = "KMGT";
	char *end;
	const char *unit;
	long long n;
	int shift = 0;

	if (v->type == VALUE_INT)
		return v->integer;
	if (v->type != VALUE_STRING)
		return -1;
	errno = 0;
	n = strtoll(v->string.s, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (unit) {
		shift = 10 * (int)(unit - units + 1);
		end += 1 + (end[1] == 'i');
	}
	if (errno || *end || end == v->string.s || n < 0 ||
	    n > INT64_MAX >> shift)
		return -1;
	return (int64_t)n << shift;
}

/* Where a key of the spec stands in the file; else where the block does. */
static struct src_pos pos_of(const struct planning *p, const char *key)
{
	const struct value *v = value_get(p->request->spec, key);

	return v && v->pos.line ? v->pos : p->request->pos;
}

/*
 * Where the kernel mounts file systems of its own: what the image has there
 * cannot be seen in the machine. NULL when `path` is visible.
 */
static const char *hidden_below(const char *path)
{
	static const char *const mounts[] = {"/dev", "/proc", "/run", "/tmp"};

	for (size_t i = 0; i < ARRAY_LEN(mounts); i++) {
		size_t len = strlen(mounts[i]);

		if (strncmp(path, mounts[i], len) == 0 &&
		    (!path[len] || path[len] == '/'))
			return mounts[i];
	}
	return NULL;
}

static struct err *check_visible(const char *path, struct src_pos pos)
{
	const char *mount = hidden_below(path);

	if (!mount)
		return NULL;
	return err_hint(err_new(ERR_SYNTAX, pos,
	                        "\"%s\" would be hidden: the machine mounts a "
	                        "file system of its own on %s",
	                        path, mount),
	                "put it somewhere else, such as below " IMAGE_APP_DIR);
}

/* --- one tree over another
 * ----------------------------------------------------
 */

/* What is done with a file where there is one already. */
enum laying { REPLACE, ADD };

static struct err *lay(struct image_tree *t, const char *path,
                       const struct image_node *n, enum laying how);

/* A directory that is there keeps its mode. */
static struct err *lay_dir(struct image_tree *t, const char *path,
                           const struct image_node *n, enum laying how)
{
	struct err *e = NULL;

	if (*path && !image_tree_find(t, path))
		e = image_tree_dir(t, path, n->mode);
	for (size_t i = 0; !e && i < n->nr_children; i++)
		e = lay(t,
		        arena_printf(t->mem, "%s/%s", path,
		                     n->children[i]->name),
		        n->children[i], how);
	return e;
}

static struct err *lay(struct image_tree *t, const char *path,
                       const struct image_node *n, enum laying how)
{
	if (n->type == IMAGE_DIR)
		return lay_dir(t, path, n, how);
	if (how == ADD && image_tree_at(t, path))
		return NULL;
	if (n->type == IMAGE_LINK)
		return image_tree_link(t, path, n->target);
	return n->host ? image_tree_blob(t, path, n->mode, n->host, n->size)
	               : image_tree_text(t, path, n->mode, n->data, n->size);
}

static struct err *lay_tree(struct image_tree *t, const struct image_tree *over,
                            enum laying how)
{
	return lay_dir(t, "", over->root, how);
}

/* --- the program ------------------------------------------------------------
 */

/* Somebody who writes "mosquitto" means the one on the PATH. */
static struct err *hint_path(struct planning *p, struct err *e,
                             const char *name)
{
	static const char *const dirs[] = {"/usr/local/bin", "/usr/bin", "/bin",
	                                   "/usr/local/sbin", "/usr/sbin"};

	for (size_t i = 0; e && !strchr(name, '/') && i < ARRAY_LEN(dirs);
	     i++) {
		const char *path = fs_join(p->mem, dirs[i], name);

		if (access(path, X_OK) == 0)
			return err_hint(e, "did you mean \"%s\"?", path);
	}
	return e;
}

static struct err *place(const struct planning *p, struct image_tree *t,
                         const struct elf_placed *f)
{
	struct err *e = check_visible(f->guest, pos_of(p, "program"));

	if (e)
		return e;
	if (f->link)
		return image_tree_link(t, f->guest, f->link);
	if (f->in_place)
		return image_tree_in_place(t, "", f->guest);
	return image_tree_host(t, f->guest, f->host);
}

/* Where the program is, and where its libraries are looked for. */
static struct elf_request elf_request_of(const struct planning *p)
{
	const struct value *spec = p->request->spec;
	const char *program = value_get_string(spec, "program", "");
	const struct value *env = value_get(spec, "env");
	struct elf_request q = {.root = "", .pos = pos_of(p, "program")};

	q.host = fs_join(p->mem, p->request->base_dir,
	                 program + 2 * !strncmp(program, "./", 2));
	q.guest = program;
	if (program[0] != '/' || hidden_below(program))
		q.guest = arena_printf(p->mem, IMAGE_APP_DIR "/%s",
		                       strrchr(q.host, '/') + 1);
	if (env)
		q.library_path = value_get_string(env, "LD_LIBRARY_PATH", NULL);
	return q;
}

static struct err *add_program(struct planning *p)
{
	const struct value *spec = p->request->spec;
	const char *program = value_get_string(spec, "program", NULL);
	struct elf_closure closure;
	struct elf_request q;
	struct err *e;

	if (!program || !*program)
		return err_new(ERR_SYNTAX, p->request->pos,
		               "an image needs a \"program\"");
	q = elf_request_of(p);
	p->image->program = q.guest;
	e = elf_resolve(p->mem, &q, &closure);
	if (e)
		return hint_path(p, e, program);
	for (size_t i = 0; !e && i < closure.n; i++)
		e = place(p, &p->image->tree, &closure.v[i]);
	return e ? err_wrap(e, q.pos, "program \"%s\"", program) : NULL;
}

/* --- packages ----------------------------------------------------------------
 */

static const struct value *packages_of(const struct planning *p)
{
	const struct value *v = value_get(p->request->spec, "package");

	return v && v->type == VALUE_LIST ? v : NULL;
}

static struct err *add_packages(struct planning *p)
{
	const char *program =
		value_get_string(p->request->spec, "program", NULL);
	struct image *image = p->image;
	struct src_pos pos = pos_of(p, program ? "program" : "package");
	struct lockfile lock;
	struct err *e = lockfile_read(p->mem, p->request->base_dir, &lock);

	if (!e)
		e = lockfile_find(&lock, packages_of(p), pos_of(p, "package"),
		                  &p->locked);
	if (!e)
		e = lockfile_program(p->mem, p->locked, program, pos,
		                     &image->program);
	if (e)
		return e;
	image->whole = p->locked->whole;
	image->libraries = p->locked->libraries;
	image->pos = pos;
	return NULL;
}

/* --- everything else ---------------------------------------------------------
 */

/* Who put the nodes that came by `files`. */
static const char by_files[] = "files";

static struct err *add_files(struct planning *p)
{
	const struct value *files = value_get(p->request->spec, "files");
	struct err *e = NULL;

	if (!files || files->type != VALUE_MAP)
		return NULL;
	for (size_t i = 0; !e && i < files->map.n; i++) {
		const struct value_entry *f = &files->map.v[i];
		struct src_pos pos =
			f->value->pos.line ? f->value->pos : pos_of(p, "files");
		const char *host;

		if (f->value->type != VALUE_STRING)
			return err_new(ERR_SYNTAX, pos,
			               "\"%s\" must be given a path", f->key);
		host = fs_join(p->mem, p->request->base_dir,
		               f->value->string.s);
		e = check_visible(f->key, pos);
		if (e)
			return e;
		p->image->tree.from = by_files;
		e = image_tree_host(&p->image->tree, f->key, host);
		p->image->tree.from = NULL;
		if (e)
			e = err_wrap(e, pos, "\"%s\" cannot be in the image",
			             f->key);
	}
	return e;
}

/* --- modules -----------------------------------------------------------------
 */

/* Shared objects among `files`: what a program opens when it comes to it. */
struct modules {
	struct arena *mem;
	struct elf_other *v;
	size_t n, cap;
};

static bool is_module(const struct image_node *n)
{
	const char *dot = strrchr(n->name, '.');

	return n->type == IMAGE_FILE && n->host && n->from == by_files && dot &&
	       (strcmp(dot, ".so") == 0 || strcmp(dot, ".node") == 0 ||
	        strstr(n->name, ".so."));
}

static void find_modules(struct modules *m, const char *path,
                         const struct image_node *dir)
{
	for (size_t i = 0; i < dir->nr_children; i++) {
		const struct image_node *n = dir->children[i];
		const char *at = arena_printf(m->mem, "%s/%s", path, n->name);

		if (n->type == IMAGE_DIR)
			find_modules(m, at, n);
		if (!is_module(n))
			continue;
		ARENA_RESERVE(m->mem, struct elf_other, m->v, m->n, m->cap);
		m->v[m->n++] = (struct elf_other){n->host, at};
	}
}

/*
 * What modules need and the machine does not have yet comes along, as far as
 * this host has it: a module without its libraries is one that the program
 * cannot use, which may be what it is like on this host, too.
 */
static struct err *add_modules(struct planning *p)
{
	struct elf_request q = elf_request_of(p);
	struct modules found = {.mem = p->mem};
	struct elf_closure closure;
	struct image_tree more;
	struct err *e;

	find_modules(&found, "", p->image->tree.root);
	if (!found.n)
		return NULL;
	q.also = found.v;
	q.nr_also = found.n;
	e = elf_resolve(p->mem, &q, &closure);
	image_tree_init(&more, p->mem);
	for (size_t i = 0; !e && i < closure.n; i++)
		if (!hidden_below(closure.v[i].guest) &&
		    !image_tree_find(&p->image->tree, closure.v[i].guest))
			e = place(p, &more, &closure.v[i]);
	return e ? e : lay_tree(&p->image->tree, &more, ADD);
}

static struct err *add_boot_lines(struct planning *p)
{
	const struct value *spec = p->request->spec;
	struct image_boot boot = {.mem = p->mem};
	const char *cwd = value_get_string(spec, "cwd", NULL);
	struct err *e;

	image_boot_add(&boot, "program", "%s", p->image->program);
	image_boot_add(&boot, "env", "PATH=/usr/local/bin:/usr/bin:/bin");
	image_boot_add(&boot, "env", "HOME=/root");
	image_boot_add_args(&boot, value_get(spec, "args"));
	image_boot_add_env(&boot, value_get(spec, "env"));
	if (cwd)
		image_boot_add(&boot, "cwd", "%s", cwd);
	e = image_boot_check(&boot, p->request->pos);
	if (e)
		return e;
	return image_tree_text(&p->image->tree, BOOT_LINES_PATH, 0644,
	                       boot.text, boot.len);
}

static uint64_t in_mib(uint64_t bytes)
{
	enum { MIB = 1024 * 1024 };

	return (bytes + MIB - 1) / MIB;
}

static struct err *check_disk(struct planning *p)
{
	const struct value *disk = value_get(p->request->spec, "disk");
	int64_t size = IMAGE_DEFAULT_DISK;
	uint64_t need;

	if (disk && disk->type != VALUE_NULL)
		size = image_size(disk);
	if (size < MIN_DISK)
		return err_new(ERR_SYNTAX, pos_of(p, "disk"),
		               "\"disk\" must be a size of at least 1Mi");
	p->image->disk = (uint64_t)size / EXT4_BUILD_BLOCK * EXT4_BUILD_BLOCK;
	need = ext4_build_need(&p->image->tree, p->image->disk);
	if (p->locked)
		need += p->locked->size;
	if (need <= p->image->disk)
		return NULL;
	return err_hint(
		err_new(ERR_LIMIT, pos_of(p, "disk"),
	                "the image is larger than its disk allows: its files "
	                "need %" PRIu64 " MiB, the disk has %" PRIu64 " MiB",
	                in_mib(need), in_mib(p->image->disk)),
		"set \"disk: %" PRIu64 "Mi\" or more for this image",
		in_mib(need + need / 4));
}

/* --- digests -----------------------------------------------------------------
 */

/* A growing text of everything that matters, in one order. */
struct listing {
	struct store *store;
	struct strbuf out;
};

static struct err *list_node(struct listing *l, const struct image_node *n);

static struct err *list_file(struct listing *l, const struct image_node *n)
{
	struct sha256 hash;
	struct err *e = NULL;

	if (n->host)
		e = store_hash_file(l->store, n->host, &hash);
	else
		hash = sha256_of(n->data, n->size);
	if (!e)
		strbuf_printf(&l->out, "file %04o %" PRIu64 " %s\n", n->mode,
		              n->size, hash.hex);
	return e;
}

static struct err *list_dir(struct listing *l, const struct image_node *n)
{
	struct err *e = NULL;

	strbuf_printf(&l->out, "dir %04o %zu\n", n->mode, n->nr_children);
	for (size_t i = 0; !e && i < n->nr_children; i++)
		e = list_node(l, n->children[i]);
	return e;
}

/* Names carry their length: no name can look like something else. */
static struct err *list_node(struct listing *l, const struct image_node *n)
{
	strbuf_printf(&l->out, "%zu %s ", strlen(n->name), n->name);
	switch (n->type) {
	case IMAGE_DIR:
		return list_dir(l, n);
	case IMAGE_FILE:
		return list_file(l, n);
	case IMAGE_LINK:
		strbuf_printf(&l->out, "link %zu %s\n", strlen(n->target),
		              n->target);
		return NULL;
	}
	return NULL;
}

static void list_packages(struct listing *l, const char *how,
                          const struct lockfile_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		strbuf_printf(&l->out, "%s %s %s\n", how, set->v[i]->name,
		              set->v[i]->sha256);
}

static struct err *hash_root(struct store *store, const struct image *image,
                             struct sha256 *out)
{
	struct listing l = {.store = store};
	struct err *e;

	strbuf_printf(&l.out, "%s\ntime %d\ndisk %" PRIu64 "\n",
	              EXT4_BUILD_FORMAT, IMAGE_TIME, image->disk);
	if (image->whole.n) {
		strbuf_add(&l.out, PACKAGE_TREE_FORMAT "\n");
		list_packages(&l, "whole", &image->whole);
		list_packages(&l, "libraries", &image->libraries);
	}
	e = list_node(&l, image->tree.root);
	if (!e)
		*out = sha256_of(l.out.s, l.out.len);
	strbuf_fini(&l.out);
	return e;
}

struct err *image_verify(struct store *store, const struct image *image)
{
	struct sha256 now;
	struct err *e = hash_root(store, image, &now);

	if (!e && strcmp(now.hex, image->root.hex) != 0)
		e = err_new(ERR_CONFLICT, NO_POS,
		            "a file of the image has changed since it was "
		            "planned; plan again");
	return e;
}

/* --- the whole tree ----------------------------------------------------------
 */

struct err *image_whole_tree(struct arena *mem, const char *home,
                             const char *unpacked, const struct image *image,
                             struct image_tree *out)
{
	struct package_tree q = {
		.home = home,
		.unpacked = unpacked,
		.whole = image->whole,
		.others = image->libraries,
		.program = image->program,
		.pos = image->pos,
	};
	struct err *e;

	*out = image->tree;
	if (!image->whole.n)
		return NULL;
	e = package_tree_make(mem, &q, out);
	return e ? e : lay_tree(out, &image->tree, REPLACE);
}

static struct err *name_image(struct planning *p)
{
	struct image *image = p->image;
	const char *text;
	struct err *e =
		store_hash_file(p->store, p->request->kernel, &image->kernel);

	if (e)
		return err_wrap(e, NO_POS, "the kernel cannot be read");
	image->kernel_path = arena_strdup(p->mem, p->request->kernel);
	text = arena_printf(p->mem, "miso image 1\nroot %s\nkernel %s\n",
	                    image->root.hex, image->kernel.hex);
	image->digest = sha256_of(text, strlen(text));
	return NULL;
}

struct err *image_plan(struct store *store, struct arena *mem,
                       const struct image_request *request, struct image *out)
{
	struct image image = {0};
	struct planning p = {store, mem, request, &image, NULL};
	struct err *e;

	image_tree_init(&image.tree, mem);
	e = packages_of(&p) ? add_packages(&p) : add_program(&p);
	/* No certificates of this host among packages: skeleton.h. */
	if (!e)
		e = skeleton_add(&image.tree, p.locked ? NULL : "");
	if (!e)
		e = add_files(&p);
	if (!e && !p.locked)
		e = add_modules(&p);
	if (!e)
		e = add_boot_lines(&p);
	if (!e)
		e = check_disk(&p);
	if (!e)
		e = hash_root(store, &image, &image.root);
	if (!e)
		e = name_image(&p);
	if (!e)
		*out = image;
	return e;
}
