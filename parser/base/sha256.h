/* sha256.h - SHA-256 (FIPS 180-4), as text. */
#ifndef PARSER_BASE_SHA256_H
#define PARSER_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "parser/base/err.h"

enum { SHA256_HEX = 64 }; /* digits */

/* Lower-case digits and a NUL. */
struct sha256 {
	char hex[SHA256_HEX + 1];
};

struct sha256 sha256_of(const void *data, size_t len);

/* Of everything that can still be read from `fd`; `name` is for errors. */
NODISCARD struct err *sha256_fd(int fd, const char *name, struct sha256 *out);

/* The first `n` bytes of the sum that `hex` shows; n <= SHA256_HEX / 2. */
void sha256_bytes(const char *hex, uint8_t *out, size_t n);

#endif
