/* gpt.c - GUID partition tables (UEFI 2.10, chapter 5), checked. */
#include "kernel/abi/gpt.h"

_Static_assert(sizeof(struct gpt_header) == 96, "UEFI 2.10, 5.3.2");
_Static_assert(sizeof(struct gpt_entry) == 128, "UEFI 2.10, 5.3.3");

/* 21686148-6449-6E6F-744E-656564454649: the first three parts are swapped. */
const uint8_t GPT_TYPE_LOADER[16] = {'H', 'a', 'h', '!', 'I', 'd', 'o', 'n',
                                     't', 'N', 'e', 'e', 'd', 'E', 'F', 'I'};

/* c12a7328-f81f-11d2-ba4b-00a0c93ec93b. */
const uint8_t GPT_TYPE_EFI[16] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8,
                                  0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0,
                                  0xc9, 0x3e, 0xc9, 0x3b};

/* 6f73696d-6b65-6e72-656c-2d656c662e31, which spells "misoekrnel-elf.1". */
const uint8_t GPT_TYPE_KERNEL[16] = {'m', 'i', 's', 'o', 'e', 'k', 'r', 'n',
                                     'e', 'l', '-', 'e', 'l', 'f', '.', '1'};

/* 4f68bce3-e8cd-4db1-96e7-fbcaf984b709. */
const uint8_t GPT_TYPE_ROOT[16] = {0xe3, 0xbc, 0x68, 0x4f, 0xcd, 0xe8,
                                   0xb1, 0x4d, 0x96, 0xe7, 0xfb, 0xca,
                                   0xf9, 0x84, 0xb7, 0x09};

/* Half a byte at a time: the loader has little room for tables. */
uint32_t gpt_crc32(uint32_t crc, const void *bytes, uint32_t n)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	const uint8_t *p = bytes;

	crc = ~crc;
	for (uint32_t i = 0; i < n; i++) {
		crc ^= p[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

uint32_t gpt_header_crc(const struct gpt_header *h)
{
	struct gpt_header copy = *h;

	copy.header_crc = 0;
	return gpt_crc32(0, &copy, GPT_HEADER_SIZE);
}

static _Bool same(const void *a, const void *b, uint32_t n)
{
	const uint8_t *x = a, *y = b;

	while (n && *x == *y)
		x++, y++, n--;
	return n == 0;
}

_Bool gpt_header_ok(const struct gpt_header *h, uint64_t sectors)
{
	return same(h->signature, "EFI PART", 8) && h->revision == 0x10000 &&
	       h->header_size == GPT_HEADER_SIZE && h->my_lba == 1 &&
	       h->header_crc == gpt_header_crc(h) &&
	       h->nr_entries == GPT_ENTRIES &&
	       h->entry_size == sizeof(struct gpt_entry) &&
	       h->entries_lba >= 2 && sectors > GPT_ENTRY_SECTORS &&
	       h->entries_lba <= sectors - GPT_ENTRY_SECTORS &&
	       h->first_usable <= h->last_usable && h->last_usable < sectors;
}

const struct gpt_entry *gpt_find(const struct gpt_header *h,
                                 const struct gpt_entry *entries,
                                 const uint8_t type[16])
{
	if (h->entries_crc !=
	    gpt_crc32(0, entries, GPT_ENTRIES * sizeof(*entries)))
		return 0;
	for (unsigned i = 0; i < GPT_ENTRIES; i++) {
		const struct gpt_entry *e = &entries[i];

		if (!same(e->type, type, 16))
			continue;
		return e->first >= h->first_usable && e->first <= e->last &&
		                       e->last <= h->last_usable
		               ? e
		               : 0;
	}
	return 0;
}
