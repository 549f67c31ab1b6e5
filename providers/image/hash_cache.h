/*
 * hash_cache.h - hashes of files, remembered by inode, size and times.
 *
 * Any change of content changes a file's ctime, which nobody can set. A file
 * changed so recently that a second change could carry the same time is hashed
 * and not remembered.
 */
#ifndef PROVIDERS_IMAGE_HASH_CACHE_H
#define PROVIDERS_IMAGE_HASH_CACHE_H

#include "parser/base/err.h"
#include "parser/base/sha256.h"

struct image_hash_cache;

/* Reads the file on first use. One that is missing or damaged is empty. */
struct image_hash_cache *image_hash_cache_open(const char *path);

/* Writes the file if something was learnt and its directory exists. */
void image_hash_cache_close(struct image_hash_cache *c);

NODISCARD struct err *image_hash_cached(struct image_hash_cache *c,
                                        const char *path, struct sha256 *out);

#endif
