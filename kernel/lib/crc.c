/*
 * crc.c - see crc.h.
 *
 * CRC-32C goes eight bytes a step through eight tables ("slicing by 8"): a
 * bitmap of 4 KiB takes about two microseconds. The tables are made at the
 * first use; made twice at once they come out the same.
 */
#include "kernel/lib/crc.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "kernel/lib/string.h"

enum { SLICES = 8 };

static uint32_t table[SLICES][256];
static atomic_bool made;

static void make_tables(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (unsigned bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? UINT32_C(0x82f63b78) : 0);
		table[0][i] = c;
	}
	for (uint32_t i = 0; i < 256; i++) {
		for (unsigned s = 1; s < SLICES; s++) {
			uint32_t c = table[s - 1][i];

			table[s][i] = c >> 8 ^ table[0][c & 0xff];
		}
	}
	made = true;
}

static uint32_t eight_bytes(uint32_t crc, const uint8_t *p)
{
	uint64_t w;
	uint32_t out = 0;

	memcpy(&w, p, sizeof(w));
	w ^= crc;
	for (unsigned i = 0; i < SLICES; i++)
		out ^= table[SLICES - 1 - i][w >> (8 * i) & 0xff];
	return out;
}

uint32_t crc32c(uint32_t crc, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	if (!made)
		make_tables();
	for (; n >= SLICES; n -= SLICES, p += SLICES)
		crc = eight_bytes(crc, p);
	for (; n > 0; n--)
		crc = crc >> 8 ^ table[0][(crc ^ *p++) & 0xff];
	return crc;
}

uint16_t crc16(uint16_t crc, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	for (; n > 0; n--) {
		crc = (uint16_t)(crc ^ *p++);
		for (unsigned bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc >> 1 ^ (crc & 1 ? 0xa001 : 0));
	}
	return crc;
}
