/* image_hash.h - SHA-256 as 64 hex digits. */
#ifndef PROVIDERS_IMAGE_IMAGE_HASH_H
#define PROVIDERS_IMAGE_IMAGE_HASH_H

#include <stddef.h>

#include "parser/base/err.h"

enum { IMAGE_HASH_LEN = 64 }; /* hex digits; a NUL comes on top */

struct image_hash {
	char hex[IMAGE_HASH_LEN + 1];
};

struct image_hash image_hash_bytes(const void *data, size_t len);

/* Of everything that can still be read from `fd`; `name` is for errors. */
NODISCARD struct err *image_hash_fd(int fd, const char *name,
                                    struct image_hash *out);

#endif
