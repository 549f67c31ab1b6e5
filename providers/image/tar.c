/* tar.c - see tar.h. */
#include "providers/image/tar.h"

#include <stdio.h>
#include <string.h>

#include "parser/base/attr.h"

enum {
	NAME_SIZE = 100,
	TIME = 315532800, /* 1980-01-01 00:00:00 UTC */
};

/* Everything is text; numbers are octal. */
struct header {
	char name[NAME_SIZE], mode[8], uid[8], gid[8], size[12], mtime[12];
	char checksum[8], type, link[NAME_SIZE], magic[8], rest[247];
};
_Static_assert(sizeof(struct header) == TAR_BLOCK, "Basic Tar Format");

/* GNU's: POSIX has a NUL and "00" behind "ustar". */
static const char magic[8] = "ustar  ";

static const uint64_t OCTAL_SIZE = UINT64_C(1) << 33; /* 8 GiB: 11 digits */

/* Larger sizes are binary, big endian, with the first bit set. */
static void set_size(struct header *h, uint64_t size)
{
	if (size < OCTAL_SIZE) {
		snprintf(h->size, sizeof(h->size), "%011llo",
		         (unsigned long long)size);
		return;
	}
	h->size[0] = (char)0x80;
	for (unsigned i = 0; i < 8; i++)
		h->size[11 - i] = (char)(size >> 8 * i);
}

static uint64_t get_size(const struct header *h)
{
	uint64_t v = 0;
	unsigned i = 0;

	if (h->size[0] & 0x80) {
		for (i = 4; i < sizeof(h->size); i++)
			v = v << 8 | (uint8_t)h->size[i];
		return v;
	}
	for (; i < sizeof(h->size) && h->size[i] >= '0' && h->size[i] <= '7';
	     i++)
		v = v << 3 | (uint64_t)(h->size[i] - '0');
	return v;
}

/* The sum of all bytes, with blanks where the sum itself goes. */
static unsigned sum(const struct header *h)
{
	struct header copy = *h;
	const uint8_t *p = (const uint8_t *)&copy;
	unsigned s = 0;

	memset(copy.checksum, ' ', sizeof(copy.checksum));
	for (size_t i = 0; i < sizeof(copy); i++)
		s += p[i];
	return s;
}

static unsigned read_octal(const char *at, size_t n)
{
	unsigned v = 0;

	for (size_t i = 0; i < n && at[i] >= '0' && at[i] <= '7'; i++)
		v = v << 3 | (unsigned)(at[i] - '0');
	return v;
}

void tar_header(uint8_t header[TAR_BLOCK], const char *name, uint64_t size)
{
	struct header h = {.mode = "0000644",
	                   .uid = "0000000",
	                   .gid = "0000000",
	                   .type = '0'};

	snprintf(h.name, sizeof(h.name), "%s", name);
	set_size(&h, size);
	snprintf(h.mtime, sizeof(h.mtime), "%011o", (unsigned)TIME);
	memcpy(h.magic, magic, sizeof(h.magic));
	snprintf(h.checksum, sizeof(h.checksum), "%06o", sum(&h));
	h.checksum[7] = ' ';
	memcpy(header, &h, sizeof(h));
}

const char *tar_check(const uint8_t header[TAR_BLOCK], const char *name,
                      uint64_t *size)
{
	struct header h;

	memcpy(&h, header, sizeof(h));
	if (read_octal(h.checksum, sizeof(h.checksum)) != sum(&h))
		return "it is no tar archive";
	if (memcmp(h.magic, magic, sizeof(h.magic)) != 0)
		return "its tar is not in GNU's format (tar --format=oldgnu)";
	if (strncmp(h.name, name, sizeof(h.name)) != 0)
		return "its first member is not called disk.raw";
	if (h.type != '0' && h.type != '\0')
		return "disk.raw is not a plain file";
	*size = get_size(&h);
	return NULL;
}
