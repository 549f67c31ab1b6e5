/*
 * ext4_build.h - a tree of files as an ext4 file system in a file.
 *
 * The bytes depend on the tree, the size and the id, and on nothing else: no
 * clock, no random numbers, no order of the host's directories. The file is
 * sparse: what the file system does not use takes no room, nor does its
 * journal.
 */
#ifndef PROVIDERS_IMAGE_EXT4_BUILD_H
#define PROVIDERS_IMAGE_EXT4_BUILD_H

#include <stdint.h>

#include "parser/base/err.h"
#include "providers/image/image_tree.h"

/* Part of every image's digest: a new layout is a new image. */
#define EXT4_BUILD_FORMAT "ext4-2"

enum {
	EXT4_BUILD_BLOCK = 4096, /* bytes */
	EXT4_BUILD_ID = 16,      /* bytes of a UUID */
};

struct ext4_request {
	const char *path; /* of the file to make; what is there is replaced */
	uint64_t size;    /* bytes; rounded down to whole blocks */
	uint8_t id[EXT4_BUILD_ID];
	uint32_t time; /* of every file and of the file system, Unix seconds */
};

/*
 * Bytes that a file system of `size` bytes would have to have for this tree: it
 * fits when that is not more than `size`. A few blocks on the safe side.
 */
uint64_t ext4_build_need(const struct image_tree *tree, uint64_t size);

/*
 * Make the file system. ERR_LIMIT when the tree does not fit. A host's file
 * that changes its size meanwhile is ERR_CONFLICT. On error the file may be
 * there, incomplete: the caller removes it.
 */
NODISCARD struct err *ext4_build(const struct image_tree *tree,
                                 const struct ext4_request *request);

#endif
