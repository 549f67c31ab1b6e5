/*
 * zeros.h - a piece of nothing, as deflate packs it.
 *
 * An archive of a disk repeats it wherever the disk has a hole: it ends at a
 * byte, refers to nothing before it, and nothing behind it does to it
 * (Z_FULL_FLUSH), so its bytes may stand anywhere.
 */
#ifndef PROVIDERS_IMAGE_ZEROS_H
#define PROVIDERS_IMAGE_ZEROS_H

#include <stddef.h>
#include <stdint.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

enum {
	ZEROS_CHUNK = 1 << 20,   /* bytes of zeros */
	ZEROS_LEVEL = 6,         /* of compression */
	ZEROS_WINDOW_BITS = -15, /* deflate without zlib's own frame */
	ZEROS_MEM_LEVEL = 9,
};

struct zeros {
	const uint8_t *packed; /* raw deflate (RFC 1951), no final block */
	size_t len;
	unsigned long crc; /* CRC-32 of what it stands for (RFC 1952, 8) */
};

/* Into `mem`. ERR_NOMEM. */
NODISCARD struct err *zeros_pack(struct arena *mem, struct zeros *out);

#endif
