/* package_lock.c - see package_lock.h. */
#include "providers/image/package_lock.h"

#include <string.h>

#include "parser/base/fs.h"
#include "providers/image/package_apt.h"
#include "providers/image/package_cache.h"
#include "providers/image/package_tree.h"
#include "providers/provider.h"

struct package_lock {
	struct arena *mem;
	const char *home;
	const struct progress *progress;
	struct package_apt *apt; /* holds the lock of the cache */
};

static void say(const struct package_lock *l, const char *what,
                const char *text)
{
	if (l->progress)
		l->progress->say(l->progress->ctx, what, text);
}

struct err *package_lock_open(struct arena *mem, const char *home,
                              const struct progress *progress,
                              struct package_lock **out)
{
	struct package_lock *l = ARENA_NEW(mem, struct package_lock);
	struct err *e;

	*l = (struct package_lock){
		.mem = mem, .home = home, .progress = progress};
	say(l, "package lists", "fetching...");
	e = package_apt_open(mem, package_cache_dir(mem, home), &l->apt);
	if (!e)
		e = package_apt_update(l->apt);
	if (e)
		package_lock_close(l);
	else
		*out = l;
	return e;
}

void package_lock_close(struct package_lock *l)
{
	if (l)
		package_apt_close(l->apt);
}

static bool is_named(struct arena *mem, const struct lockfile_names *packages,
                     const char *name)
{
	const char *version;

	for (size_t i = 0; i < packages->n; i++)
		if (!strcmp(lockfile_wanted(mem, packages->v[i], &version),
		            name))
			return true;
	return false;
}

/* A named package, or built from the same source as one. */
static bool is_whole(struct arena *mem, const struct lockfile_names *packages,
                     const struct lockfile_set *all,
                     const struct lockfile_package *p)
{
	for (size_t i = 0; i < all->n; i++)
		if (is_named(mem, packages, all->v[i]->name) &&
		    !strcmp(all->v[i]->source, p->source))
			return true;
	return false;
}

static void split(struct arena *mem, const struct lockfile_names *packages,
                  const struct lockfile_set *all, struct package_tree *out)
{
	const struct lockfile_package **whole =
		ARENA_ARRAY(mem, const struct lockfile_package *, all->n);
	const struct lockfile_package **others =
		ARENA_ARRAY(mem, const struct lockfile_package *, all->n);
	size_t n = 0, m = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (is_whole(mem, packages, all, all->v[i]))
			whole[n++] = all->v[i];
		else
			others[m++] = all->v[i];
	}
	out->whole = (struct lockfile_set){whole, n};
	out->others = (struct lockfile_set){others, m};
}

static struct err *describe(struct arena *mem, const struct package_tree *q,
                            const struct lockfile_names *packages,
                            struct lockfile_request *out)
{
	struct image_tree tree;
	struct err *e = package_tree_make(mem, q, &tree);

	if (e)
		return e;
	*out = (struct lockfile_request){
		.packages = *packages,
		.programs = package_tree_programs(mem, &tree, &q->whole),
		.size = package_tree_size(&tree),
		.whole = q->whole,
		.libraries = package_tree_used(mem, &tree, &q->others),
	};
	return NULL;
}

static void say_fetching(const struct package_lock *l, const char *what,
                         const struct lockfile_set *set)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < set->n; i++)
		bytes += set->v[i]->size;
	say(l, what,
	    arena_printf(l->mem, "%zu package%s to fetch, %.1f MB...", set->n,
	                 set->n == 1 ? "" : "s", (double)bytes / 1e6));
}

static struct err *fetch(struct package_lock *l, const char *what,
                         const struct lockfile_set *set)
{
	struct lockfile_set missing;
	struct err *e = package_cache_missing(l->mem, l->home, set, &missing);

	if (e || !missing.n)
		return e;
	say_fetching(l, what, &missing);
	return package_apt_download(l->apt, &missing);
}

struct err *package_lock_make(struct package_lock *l,
                              const struct lockfile_names *packages,
                              struct src_pos pos, struct lockfile_request *out)
{
	const char *dir = package_cache_dir(l->mem, l->home);
	struct package_tree q = {.home = l->home,
	                         .unpacked = fs_join(l->mem, dir, "unpacked"),
	                         .pos = pos};
	struct lockfile_set all;
	struct err *e = package_apt_closure(l->apt, packages, &all);

	if (!e)
		e = fetch(l, packages->v[0], &all);
	if (!e)
		e = fs_remove_tree(q.unpacked);
	if (!e)
		e = fs_make_dirs(q.unpacked, 0700);
	if (e)
		return err_wrap(e, pos, "package \"%s\" cannot be locked",
		                packages->v[0]);
	split(l->mem, packages, &all, &q);
	e = describe(l->mem, &q, packages, out);
	if (e)
		e = err_wrap(e, pos, "package \"%s\" cannot be locked",
		             packages->v[0]);
	err_free(fs_remove_tree(q.unpacked));
	return e;
}
