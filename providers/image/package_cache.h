/*
 * package_cache.h - Debian packages on this host, by SHA-256.
 *
 *	HOME/packages/D.deb    a package; D is the SHA-256 of all of it
 *	HOME/packages/apt/     what apt needs: package_apt.h
 *	HOME/packages/lock     held by whoever fetches
 *
 * Everything there may be removed at any time, and is fetched again as long as
 * the archive has it.
 */
#ifndef PROVIDERS_IMAGE_PACKAGE_CACHE_H
#define PROVIDERS_IMAGE_PACKAGE_CACHE_H

#include "parser/base/arena.h"
#include "parser/base/err.h"
#include "parser/lock/lockfile.h"

const char *package_cache_dir(struct arena *mem, const char *home);

/* Those of `set` that are not there, or are damaged: they are removed then. */
NODISCARD struct err *package_cache_missing(struct arena *mem, const char *home,
                                            const struct lockfile_set *set,
                                            struct lockfile_set *out);

/* Fetch those of `set` that are not there, or are damaged, with apt. */
NODISCARD struct err *package_cache_fetch(struct arena *mem, const char *home,
                                          const struct lockfile_set *set);

/*
 * Open one that was fetched, at its first byte. ERR_CONFLICT when it is not
 * what its name says.
 */
NODISCARD struct err *package_cache_open(struct arena *mem, const char *home,
                                         const struct lockfile_package *p,
                                         int *fd);

#endif
