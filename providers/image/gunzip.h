/*
 * gunzip.h - reading a gzip file (RFC 1952) of one member, in which long runs
 * of zeros cost next to nothing: where the piece of zeros.h stands, nothing is
 * unpacked, and the check sums are combined.
 *
 * Errors: ERR_IO; ERR_SYNTAX says what is wrong with the file; ERR_NOMEM.
 */
#ifndef PROVIDERS_IMAGE_GUNZIP_H
#define PROVIDERS_IMAGE_GUNZIP_H

#include <stddef.h>
#include <stdint.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

struct gunzip;

/* `path` is borrowed until gunzip_close(). */
NODISCARD struct err *gunzip_open(const char *path, struct gunzip **out);
void gunzip_close(struct gunzip *g); /* NULL is fine */

/*
 * The next `len` bytes; `n` is less only at the end, where length and check sum
 * are found to be right.
 */
NODISCARD struct err *gunzip_read(struct gunzip *g, void *to, size_t len,
                                  size_t *n);

/* Go on by `len` bytes, which nobody looks at; `n` as above. */
NODISCARD struct err *gunzip_pass(struct gunzip *g, uint64_t len, uint64_t *n);

/* How many bytes had to be unpacked so far. */
uint64_t gunzip_unpacked(const struct gunzip *g);

#endif
