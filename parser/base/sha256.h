/* sha256.h - SHA-256 (FIPS 180-4), as text. */
#ifndef PARSER_BASE_SHA256_H
#define PARSER_BASE_SHA256_H

#include <stddef.h>

enum { SHA256_HEX = 64 }; /* digits */

/* 64 lower-case hex digits and a NUL. */
void sha256_hex(const void *data, size_t len, char out[SHA256_HEX + 1]);

#endif
