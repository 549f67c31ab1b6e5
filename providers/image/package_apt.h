/*
 * package_apt.h - the host's own apt, asked for packages.
 *
 * apt knows this machine's sources, keys, proxies and preferences, and verifies
 * what it gets by them. It is run with a state of its own below DIR/apt: lists,
 * caches, and an empty record of installed packages, so that its answers do not
 * depend on what this host has, nothing of the host changes, and nobody need be
 * root. The host's hooks are not run, and neither is anything of a package.
 *
 * One process at a time works with a DIR: who opens it waits for the other.
 */
#ifndef PROVIDERS_IMAGE_PACKAGE_APT_H
#define PROVIDERS_IMAGE_PACKAGE_APT_H

#include "parser/base/arena.h"
#include "parser/base/err.h"
#include "parser/lock/lockfile.h"

struct package_apt;

/* `dir` is made if need be. ERR_REF on a host without apt-get. */
NODISCARD struct err *package_apt_open(struct arena *mem, const char *dir,
                                       struct package_apt **out);
void package_apt_close(struct package_apt *a); /* NULL is fine */

/* Learn what the sources have now. ERR_REMOTE with apt's own words. */
NODISCARD struct err *package_apt_update(struct package_apt *a);

/*
 * `wanted` ("name" or "name=version") and all they depend on, as apt would
 * install them on an empty Debian for amd64, without what is only recommended.
 */
NODISCARD struct err *package_apt_closure(struct package_apt *a,
                                          const struct lockfile_names *wanted,
                                          struct lockfile_set *out);

/*
 * Put these packages into `dir`, as SHA256.deb. ERR_REF: the sources do not
 * have that version any more; ERR_CONFLICT: they have another file of it.
 */
NODISCARD struct err *package_apt_download(struct package_apt *a,
                                           const struct lockfile_set *set);

#endif
