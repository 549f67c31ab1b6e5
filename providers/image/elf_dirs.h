/*
 * elf_dirs.h - where the host's loader finds libraries that no path names:
 * /etc/ld.so.cache, and, on a host without one, the directories of
 * /etc/ld.so.conf. musl's loader has neither, but a path file of its own.
 *
 * Everything is read below `root` ("" is this host), so that an unpacked
 * package or a test is searched the same way.
 */
#ifndef PROVIDERS_IMAGE_ELF_DIRS_H
#define PROVIDERS_IMAGE_ELF_DIRS_H

#include <stddef.h>

#include "parser/base/arena.h"

enum elf_loader { ELF_LOADER_GLIBC, ELF_LOADER_MUSL };

struct elf_cached {
	const char *name; /* "libc.so.6" */
	const char *path; /* "/lib/x86_64-linux-gnu/libc.so.6" */
};

struct elf_dirs {
	const struct elf_cached *cached; /* in the order of the cache */
	size_t nr_cached;

	/* Searched in this order, after the cache. Absolute, below root. */
	const char *const *dirs;
	size_t nr_dirs;

	/* What `dirs` come from, for the list of a missing library. */
	const char *source;
};

/*
 * A damaged or missing file counts as an empty one, as it does for ld.so. Root
 * NULL: there are no such files, and only the built-in directories count.
 */
void elf_dirs_read(struct arena *mem, const char *root, enum elf_loader loader,
                   struct elf_dirs *out);

/* The cache's path for `name`, or NULL. */
const char *elf_dirs_cached(const struct elf_dirs *d, const char *name);

#endif
