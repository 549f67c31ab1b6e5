/*
 * package_tree.h - from Debian packages to the files of a machine.
 *
 * All files of the packages that are wanted whole come in, less what only
 * people read (/usr/share/doc, man, locale, ...) and what the machine's own
 * mounts would hide; of the others, the libraries that the ELF programs and
 * libraries of the former need, where they stand and with every link on the
 * way. As on every Debian now, /bin, /sbin and /lib* are links into /usr.
 *
 * What maintainer scripts would make is not there, with one exception: with the
 * package ca-certificates, the bundle of them that programs look for.
 */
#ifndef PROVIDERS_IMAGE_PACKAGE_TREE_H
#define PROVIDERS_IMAGE_PACKAGE_TREE_H

#include "parser/base/arena.h"
#include "parser/base/err.h"
#include "parser/lock/lockfile.h"
#include "providers/image/image_tree.h"

/* Changes when the same packages become other files. */
#define PACKAGE_TREE_FORMAT "packages 2"

struct package_tree {
	const char *home; /* of the cache they were fetched to */
	const char
		*unpacked; /* an empty folder for contents, as long as used */
	struct lockfile_set whole, others;
	const char *program; /* NULL: the first that has an interpreter */
	struct src_pos pos;  /* of what asks for them, for errors */
};

/* ERR_REF: a library, or the program, is not in the packages. */
NODISCARD struct err *package_tree_make(struct arena *mem,
                                        const struct package_tree *request,
                                        struct image_tree *out);

/* The ELF programs of `set` in a tree, sorted, links to them included. */
struct lockfile_names package_tree_programs(struct arena *mem,
                                            const struct image_tree *t,
                                            const struct lockfile_set *set);

/* Those of `set` that have put something into the tree. */
struct lockfile_set package_tree_used(struct arena *mem,
                                      const struct image_tree *t,
                                      const struct lockfile_set *set);

/* What its files take on a disk, roughly: bytes in blocks. */
uint64_t package_tree_size(const struct image_tree *t);

#endif
