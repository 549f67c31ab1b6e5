/* package_tree.c - unpack all, then take what is wanted. */
#include "providers/image/package_tree.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "parser/base/map.h"
#include "parser/base/str.h"
#include "parser/base/strbuf.h"
#include "providers/image/elf.h"
#include "providers/image/elf_resolve.h"
#include "providers/image/elf_view.h"
#include "providers/image/package_cache.h"
#include "providers/image/package_deb.h"
#include "providers/image/skeleton.h"

/* --- unpacking --------------------------------------------------------------
 */

/* Debian's file system has them since version 12, and skeleton.c the last. */
static const struct {
	const char *path, *target;
} links[] = {
	{"/bin", "usr/bin"},   {"/lib", "usr/lib"},  {"/lib64", "usr/lib64"},
	{"/sbin", "usr/sbin"}, {"/var/run", "/run"},
};

static struct err *add_links(struct image_tree *t)
{
	struct err *e = NULL;

	for (size_t i = 0; !e && i < ARRAY_LEN(links); i++) {
		const char *target = links[i].target;

		e = image_tree_link(t, links[i].path, target);
		if (!e)
			e = image_tree_dir(
				t,
				*target == '/' ? target
					       : fs_join(t->mem, "/", target),
				0755);
	}
	return e;
}

static struct err *unpack(struct image_tree *t, const char *home,
                          struct package_blobs *blobs,
                          const struct lockfile_set *set)
{
	struct err *e = NULL;
	int fd;

	for (size_t i = 0; !e && i < set->n; i++) {
		e = package_cache_open(t->mem, home, set->v[i], &fd);
		if (e)
			break;
		e = package_deb_read(t, blobs, fd, set->v[i]->name);
		close(fd);
	}
	return e;
}

/* --- walking ----------------------------------------------------------------
 */

/* What is done with each node, by its path; directories before their own. */
struct visitor {
	struct arena *mem;
	struct err *(*visit)(struct visitor *v, const char *path,
	                     const struct image_node *n);
	void *ctx;
};

static struct err *walk(struct visitor *v, const char *path,
                        const struct image_node *dir)
{
	struct err *e = NULL;

	for (size_t i = 0; !e && i < dir->nr_children; i++) {
		const struct image_node *n = dir->children[i];
		const char *at = arena_printf(v->mem, "%s/%s", path, n->name);

		e = v->visit(v, at, n);
		if (!e && n->type == IMAGE_DIR)
			e = walk(v, at, n);
	}
	return e;
}

/* --- taking -----------------------------------------------------------------
 */

struct taking {
	const struct image_tree *all;
	struct image_tree *out;
	struct map whole; /* names of packages */

	/* Of what was taken: ELF files, perhaps. */
	struct elf_other *v;
	size_t n, cap;
};

static struct map names_of(struct arena *mem, const struct lockfile_set *set)
{
	struct map names;

	map_init(&names, mem);
	for (size_t i = 0; i < set->n; i++)
		(void)map_add(&names, set->v[i]->name, set->v[i]);
	return names;
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && (!path[len] || path[len] == '/');
}

/* For people and package managers, or hidden by the machine's own mounts. */
static bool is_left_out(const char *path)
{
	static const char *const dirs[] = {
		"/dev",
		"/proc",
		"/run",
		"/sys",
		"/tmp",
		"/usr/share/bug",
		"/usr/share/doc",
		"/usr/share/doc-base",
		"/usr/share/info",
		"/usr/share/lintian",
		"/usr/share/locale",
		"/usr/share/man",
	};

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		if (is_below(path, dirs[i]))
			return true;
	return false;
}

static struct err *take_whole(struct visitor *v, const char *path,
                              const struct image_node *n)
{
	struct taking *t = v->ctx;
	struct err *e;

	if (!n->from || !map_get(&t->whole, n->from) || is_left_out(path))
		return NULL;
	t->out->from = n->from;
	switch (n->type) {
	case IMAGE_DIR:
		return image_tree_dir(t->out, path, n->mode);
	case IMAGE_LINK:
		return image_tree_link(t->out, path, n->target);
	case IMAGE_FILE:
		break;
	}
	e = image_tree_blob(t->out, path, n->mode, n->host, n->size);
	ARENA_RESERVE(v->mem, struct elf_other, t->v, t->n, t->cap);
	t->v[t->n++] = (struct elf_other){path, path};
	return e;
}

/* The libraries that all of it needs; `program` must find all of its own. */
static struct err *take_libraries(struct arena *mem, struct taking *t,
                                  const char *program, struct src_pos pos)
{
	struct elf_request q = {
		.root = "",
		.host = program,
		.guest = program,
		.pos = pos,
		.tree = t->all,
		.also = t->v,
		.nr_also = t->n,
	};
	struct elf_closure closure;
	struct err *e = elf_resolve(mem, &q, &closure);

	for (size_t i = 0; !e && i < closure.n; i++) {
		const struct elf_placed *p = &closure.v[i];

		e = p->link ? image_tree_link(t->out, p->guest, p->link)
		            : image_tree_take(t->out, t->all, p->guest);
	}
	return e;
}

/* --- programs ---------------------------------------------------------------
 */

enum elf_is { NO_PROGRAM, STATIC_PROGRAM, DYNAMIC_PROGRAM };

static enum elf_is look_at(struct arena *mem, const struct image_tree *t,
                           const char *path)
{
	const struct elf_view view = {.root = "", .tree = t};
	const struct image_node *n = image_tree_find(t, path);
	enum elf_is is = NO_PROGRAM;
	struct elf_input in;
	struct elf_file elf;
	struct err *e;

	if (!n || n->type != IMAGE_FILE || !(n->mode & 0111) ||
	    elf_view_open(&view, path, &in))
		return NO_PROGRAM;
	if (elf_identify(&in) == ELF_GOOD) {
		e = elf_parse(mem, &in, &elf);
		if (!e && elf.is_program)
			is = elf.interp ? DYNAMIC_PROGRAM : STATIC_PROGRAM;
		err_free(e);
	}
	close(in.fd);
	return is;
}

struct programs {
	const struct image_tree *tree;
	struct map of; /* names of packages */
	const char **v;
	size_t n, cap;
};

static struct err *note_program(struct visitor *v, const char *path,
                                const struct image_node *n)
{
	struct programs *p = v->ctx;

	if (n->type == IMAGE_DIR || !n->from || !map_get(&p->of, n->from) ||
	    look_at(v->mem, p->tree, path) == NO_PROGRAM)
		return NULL;
	ARENA_RESERVE(v->mem, const char *, p->v, p->n, p->cap);
	p->v[p->n++] = path;
	return NULL;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct lockfile_names package_tree_programs(struct arena *mem,
                                            const struct image_tree *t,
                                            const struct lockfile_set *set)
{
	struct programs p = {.tree = t, .of = names_of(mem, set)};
	struct visitor v = {mem, note_program, &p};

	err_free(walk(&v, "", t->root));
	if (p.n)
		qsort(p.v, p.n, sizeof(*p.v), by_text);
	return (struct lockfile_names){p.v, p.n};
}

static struct err *choose_program(struct arena *mem, const struct taking *t,
                                  const struct package_tree *q,
                                  const char **out)
{
	struct lockfile_names all =
		package_tree_programs(mem, t->out, &q->whole);

	*out = q->program ? q->program : all.n ? all.v[0] : NULL;
	if (!*out)
		return err_new(ERR_REF, q->pos,
		               "there is no ELF program in the package \"%s\"",
		               q->whole.n ? q->whole.v[0]->name : "");
	for (size_t i = all.n; !q->program && i > 0; i--)
		if (look_at(mem, t->out, all.v[i - 1]) == DYNAMIC_PROGRAM)
			*out = all.v[i - 1];
	return NULL;
}

/* --- certificates -----------------------------------------------------------
 */

#define CERTIFICATES "/usr/share/ca-certificates"
#define BUNDLE       "/etc/ssl/certs/ca-certificates.crt"

enum { MOST_CERTIFICATE = 1 << 20 };

static struct err *add_certificate(struct visitor *v, const char *path,
                                   const struct image_node *n)
{
	struct strbuf *bundle = v->ctx;
	const char *dot = strrchr(path, '.');
	struct err *e;
	char *text;
	size_t len;

	if (n->type != IMAGE_FILE || !n->host || !dot || strcmp(dot, ".crt"))
		return NULL;
	e = fs_read(v->mem, n->host, MOST_CERTIFICATE, &text, &len);
	if (e)
		return e;
	strbuf_addn(bundle, text, len);
	if (len && text[len - 1] != '\n')
		strbuf_addc(bundle, '\n');
	return NULL;
}

/* What the package's script, which is not run, would write. */
static struct err *add_bundle(struct image_tree *t)
{
	const struct image_node *dir = image_tree_find(t, CERTIFICATES);
	struct strbuf bundle = {0};
	struct visitor v = {t->mem, add_certificate, &bundle};
	struct err *e;

	if (!dir || dir->type != IMAGE_DIR || image_tree_find(t, BUNDLE))
		return NULL;
	e = walk(&v, CERTIFICATES, dir);
	if (!e && bundle.len)
		e = image_tree_text(t, BUNDLE, 0644,
		                    arena_strndup(t->mem, bundle.s, bundle.len),
		                    bundle.len);
	strbuf_fini(&bundle);
	return e ? e : skeleton_link_certificates(t);
}

/* --- the whole --------------------------------------------------------------
 */

static struct err *take(struct arena *mem, const struct package_tree *q,
                        struct taking *t)
{
	struct visitor v = {mem, take_whole, t};
	const char *program;
	struct err *e;

	t->whole = names_of(mem, &q->whole);
	e = walk(&v, "", t->all->root);
	if (!e)
		e = choose_program(mem, t, q, &program);
	if (!e)
		e = take_libraries(mem, t, program, q->pos);
	t->out->from = NULL;
	return e ? e : add_bundle(t->out);
}

struct err *package_tree_make(struct arena *mem, const struct package_tree *q,
                              struct image_tree *out)
{
	struct package_blobs blobs = {.dir = q->unpacked};
	struct image_tree all;
	struct taking t = {.all = &all, .out = out};
	struct err *e;

	image_tree_init(&all, mem);
	image_tree_init(out, mem);
	e = add_links(&all);
	if (!e)
		e = unpack(&all, q->home, &blobs, &q->whole);
	if (!e)
		e = unpack(&all, q->home, &blobs, &q->others);
	if (!e)
		e = add_links(out);
	return e ? e : take(mem, q, &t);
}

/* --- looking at it ----------------------------------------------------------
 */

static struct err *note_from(struct visitor *v, const char *path UNUSED,
                             const struct image_node *n)
{
	struct map *from = v->ctx;

	if (n->from && n->type != IMAGE_DIR)
		(void)map_add(from, n->from, n);
	return NULL;
}

struct lockfile_set package_tree_used(struct arena *mem,
                                      const struct image_tree *t,
                                      const struct lockfile_set *set)
{
	const struct lockfile_package **used =
		ARENA_ARRAY(mem, const struct lockfile_package *, set->n);
	struct map from;
	struct visitor v = {mem, note_from, &from};
	size_t n = 0;

	map_init(&from, mem);
	err_free(walk(&v, "", t->root));
	for (size_t i = 0; i < set->n; i++)
		if (map_get(&from, set->v[i]->name))
			used[n++] = set->v[i];
	return (struct lockfile_set){used, n};
}

static uint64_t size_of(const struct image_node *n)
{
	enum { BLOCK = 4096 };
	uint64_t size = n->type == IMAGE_FILE
	                        ? (n->size + BLOCK - 1) / BLOCK * BLOCK
	                        : 0;

	if (n->type == IMAGE_DIR)
		size = BLOCK;
	for (size_t i = 0; i < n->nr_children; i++)
		size += size_of(n->children[i]);
	return size;
}

uint64_t package_tree_size(const struct image_tree *t)
{
	return size_of(t->root);
}
