/*
 * elf_resolve.h - everything a program must find beside it in order to start.
 *
 * Follows the interpreter and the needed libraries, and theirs, in the order in
 * which the program's own loader would look:
 *
 *	glibc   RPATH of the object that needs it and of those that loaded it
 *	        (unless it has a RUNPATH); LD_LIBRARY_PATH of the image;
 *	        RUNPATH of the object; ld.so.cache; the built-in directories
 *	musl    LD_LIBRARY_PATH; RPATH or RUNPATH of the object and of those
 *	        that loaded it; the path file or the built-in directories
 *
 * A file appears in the machine where it is found on the host, so that each of
 * these rules gives the same answer there. Two cases need help, and get it:
 * the program may be given another place than it has on the host (then $ORIGIN
 * leads to other places, too), and a library that only the cache knows gets a
 * link beside libc, because the machine has no cache.
 */
#ifndef PROVIDERS_IMAGE_ELF_RESOLVE_H
#define PROVIDERS_IMAGE_ELF_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

struct image_tree;

struct elf_other {
	const char *host, *guest; /* as those of the program */
};

struct elf_request {
	const char *root;  /* the host's files; "" is the host itself */
	const char *host;  /* the program, as this process opens it */
	const char *guest; /* where it will be in the machine; absolute */
	const char *library_path; /* LD_LIBRARY_PATH there, or NULL */
	struct src_pos pos;       /* for errors */

	/*
	 * Not NULL: the files are those of this tree, and not this host's;
	 * `root` is "", and `host` is the same as `guest`.
	 */
	const struct image_tree *tree;

	/*
	 * Further ELF files whose libraries are wanted, too, as far as they
	 * are there: what the program may open or start later. Nothing is done
	 * for a program without an interpreter.
	 */
	const struct elf_other *also;
	size_t nr_also;
};

/* One file, or, with `link`, a symbolic link. */
struct elf_placed {
	const char *guest;
	const char *host; /* NULL for a link */
	const char *link; /* target of a link, or NULL */

	/*
	 * It is on the host (below root) where it will be in the machine: the
	 * links on the way to it should be kept.
	 */
	bool in_place;
};

struct elf_closure {
	const struct elf_placed *v; /* the program is the first */
	size_t n;
	bool is_static;
};

/*
 * ERR_REF: a file that is not there (with where it was looked for). ERR_SYNTAX:
 * a file that cannot be run, see elf_parse().
 */
NODISCARD struct err *elf_resolve(struct arena *mem,
                                  const struct elf_request *request,
                                  struct elf_closure *out);

#endif
