/*
 * elf_view.h - the files among which a program's libraries are looked for: this
 * host's, below a folder, or those of a tree that is on no disk yet.
 *
 * In a tree, the links of a path are followed within it, as in the machine.
 */
#ifndef PROVIDERS_IMAGE_ELF_VIEW_H
#define PROVIDERS_IMAGE_ELF_VIEW_H

#include <stdbool.h>

#include "parser/base/arena.h"
#include "providers/image/elf.h"

struct image_tree;

struct elf_view {
	const char *root;              /* "" is the host itself */
	const struct image_tree *tree; /* or NULL; `root` is "" then */
};

/* Open the regular file at `path`. Gives errno, or 0. */
int elf_view_open(const struct elf_view *v, const char *path,
                  struct elf_input *in);

/* Of elf_view_open(): such a file is not there, for a loader neither. */
bool elf_view_is_absence(int problem);

/* `path` without links, in `mem`; NULL when nothing is there. */
const char *elf_view_real(const struct elf_view *v, struct arena *mem,
                          const char *path);

/* Is there anything, and is it the same directory? */
bool elf_view_exists(const struct elf_view *v, const char *path);
bool elf_view_same_dir(const struct elf_view *v, const char *a, const char *b);

#endif
