/*
 * image_tree.h - the files of a machine before they are on a disk.
 *
 * Directories, files and links by name, in byte order, so that the same inputs
 * always give the same disk. A path that passes through a link of the tree goes
 * where the link points, as it will in the machine. Directories above a path
 * are made (0755) as needed. Everything belongs to root: who built an image
 * says nothing about who runs in it.
 */
#ifndef PROVIDERS_IMAGE_IMAGE_TREE_H
#define PROVIDERS_IMAGE_IMAGE_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

enum image_node_type { IMAGE_DIR, IMAGE_FILE, IMAGE_LINK };

struct image_node {
	enum image_node_type type;
	const char *name; /* "" for the root */
	uint16_t mode;    /* permission bits */

	/* IMAGE_FILE: content is the file `host`, or, if NULL, `data`. */
	const char *host;
	const char *data;
	uint64_t size;

	const char *target; /* IMAGE_LINK */

	const char *from; /* who put it: image_tree.from at that time */

	/* IMAGE_DIR: sorted by name. */
	struct image_node **children;
	size_t nr_children, cap_children;
};

struct image_tree {
	struct arena *mem;
	struct image_node *root;
	size_t nr_nodes;
	const char *from; /* whose nodes are being put, or NULL; borrowed */
};

void image_tree_init(struct image_tree *t, struct arena *mem);

/*
 * Put something at an absolute path. A file or link that is there already is
 * replaced; ERR_CONFLICT where a directory is in the way of a file, or a file
 * in the way of a directory. Strings are borrowed and must outlive the tree.
 */
NODISCARD struct err *image_tree_dir(struct image_tree *t, const char *path,
                                     uint16_t mode);
NODISCARD struct err *image_tree_text(struct image_tree *t, const char *path,
                                      uint16_t mode, const char *data,
                                      size_t len);
NODISCARD struct err *image_tree_link(struct image_tree *t, const char *path,
                                      const char *target);

/* A file whose content, `size` bytes, is that of the host's file `host`. */
NODISCARD struct err *image_tree_blob(struct image_tree *t, const char *path,
                                      uint16_t mode, const char *host,
                                      uint64_t size);

/*
 * The host's file or directory, all below it, at `path`. Links below it stay
 * links; `host` itself may be one and is followed. Devices, sockets and pipes
 * are refused.
 */
NODISCARD struct err *image_tree_host(struct image_tree *t, const char *path,
                                      const char *host);

/*
 * The file `path` of the host's tree at `root`, at the same place, with every
 * link that leads to it.
 */
NODISCARD struct err *image_tree_in_place(struct image_tree *t,
                                          const char *root, const char *path);

/* The node at `path`, following links, or NULL. */
const struct image_node *image_tree_find(const struct image_tree *t,
                                         const char *path);

/* The same, not following a link that stands there itself. */
const struct image_node *image_tree_at(const struct image_tree *t,
                                       const char *path);

/*
 * The path without links of the file that `path` leads to, in the tree's
 * memory; NULL when it leads nowhere.
 */
const char *image_tree_real(const struct image_tree *t, const char *path);

/*
 * What `path` leads to in the tree `from`, at the same place in `t`, with every
 * link on the way to it. ERR_REF when it leads to no file.
 */
NODISCARD struct err *image_tree_take(struct image_tree *t,
                                      const struct image_tree *from,
                                      const char *path);

#endif
