/* tar.h - the header of one member of a GNU tar ("Basic Tar Format"). */
#ifndef PROVIDERS_IMAGE_TAR_H
#define PROVIDERS_IMAGE_TAR_H

#include <stdint.h>

enum { TAR_BLOCK = 512 };

/*
 * A plain file of `size` bytes with mode 0644, of root, from 1980-01-01. `name`
 * has at most 99 bytes.
 */
void tar_header(uint8_t header[TAR_BLOCK], const char *name, uint64_t size);

/*
 * NULL, or what is wrong with a header for Compute Engine: it wants GNU's
 * format, not POSIX's, and one plain file called `name`.
 */
const char *tar_check(const uint8_t header[TAR_BLOCK], const char *name,
                      uint64_t *size);

#endif
