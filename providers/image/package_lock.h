/* package_lock.h - which packages an image is made of, as of now. */
#ifndef PROVIDERS_IMAGE_PACKAGE_LOCK_H
#define PROVIDERS_IMAGE_PACKAGE_LOCK_H

#include "parser/base/arena.h"
#include "parser/base/err.h"
#include "parser/lock/lockfile.h"

struct progress; /* providers/provider.h */

/* The host's apt with fresh lists, for any number of requests. */
struct package_lock;

/*
 * `home`: store_home(). ERR_REMOTE: the lists cannot be had. `progress` is told
 * what takes long, by the names of packages; NULL: nobody is.
 */
NODISCARD struct err *package_lock_open(struct arena *mem, const char *home,
                                        const struct progress *progress,
                                        struct package_lock **out);
void package_lock_close(struct package_lock *l); /* NULL is fine */

/*
 * Look `packages` up, fetch them, and find out what of their dependencies is
 * needed. Errors as package_apt.h and package_tree.h have them, with `pos`.
 */
NODISCARD struct err *package_lock_make(struct package_lock *l,
                                        const struct lockfile_names *packages,
                                        struct src_pos pos,
                                        struct lockfile_request *out);

#endif
