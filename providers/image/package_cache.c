/* package_cache.c - see package_cache.h. */
#include "providers/image/package_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "parser/base/sha256.h"
#include "providers/image/package_apt.h"

const char *package_cache_dir(struct arena *mem, const char *home)
{
	return fs_join(mem, home, "packages");
}

static const char *path_of(struct arena *mem, const char *home,
                           const struct lockfile_package *p)
{
	return arena_printf(mem, "%s/%s.deb", package_cache_dir(mem, home),
	                    p->sha256);
}

static struct err *open_checked(const char *path,
                                const struct lockfile_package *p, int *out)
{
	struct sha256 hash;
	struct err *e;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(errno, "%s", path);
	e = sha256_fd(fd, path, &hash);
	if (!e && strcmp(hash.hex, p->sha256) != 0)
		e = err_new(ERR_CONFLICT, NO_POS,
		            "%s is damaged: it is not %s %s", path, p->name,
		            p->version);
	if (!e && lseek(fd, 0, SEEK_SET))
		e = err_sys(errno, "%s", path);
	if (e)
		close(fd);
	else
		*out = fd;
	return e;
}

struct err *package_cache_open(struct arena *mem, const char *home,
                               const struct lockfile_package *p, int *fd)
{
	return open_checked(path_of(mem, home, p), p, fd);
}

/* A damaged one is dropped, and so is missing. */
static struct err *is_missing(struct arena *mem, const char *home,
                              const struct lockfile_package *p, bool *missing)
{
	const char *path = path_of(mem, home, p);
	struct err *e;
	int fd;

	*missing = true;
	if (!fs_exists(path))
		return NULL;
	e = open_checked(path, p, &fd);
	*missing = e && err_code(e) == ERR_CONFLICT;
	if (!e)
		close(fd);
	if (!*missing)
		return e;
	err_free(e);
	return fs_remove_tree(path);
}

struct err *package_cache_missing(struct arena *mem, const char *home,
                                  const struct lockfile_set *set,
                                  struct lockfile_set *out)
{
	const struct lockfile_package **v =
		ARENA_ARRAY(mem, const struct lockfile_package *, set->n);
	struct err *e = NULL;
	size_t n = 0;

	for (size_t i = 0; !e && i < set->n; i++) {
		bool missing;

		e = is_missing(mem, home, set->v[i], &missing);
		if (!e && missing)
			v[n++] = set->v[i];
	}
	*out = (struct lockfile_set){v, n};
	return e;
}

struct err *package_cache_fetch(struct arena *mem, const char *home,
                                const struct lockfile_set *set)
{
	struct lockfile_set missing;
	struct package_apt *apt = NULL;
	struct err *e = package_cache_missing(mem, home, set, &missing);

	if (e || !missing.n)
		return e;
	e = package_apt_open(mem, package_cache_dir(mem, home), &apt);
	/* Somebody else may have fetched them while we waited. */
	if (!e)
		e = package_cache_missing(mem, home, set, &missing);
	if (!e && missing.n)
		e = package_apt_update(apt);
	if (!e && missing.n)
		e = package_apt_download(apt, &missing);
	package_apt_close(apt);
	return e;
}
