/*
 * gpt.h - the layout of a whole disk: what the tool writes, and what the boot
 * loader and the kernel read.
 *
 * UEFI 2.10, chapter 5 (GUID Partition Table); numbers are little endian. LBAs
 * are sectors of 512 bytes. A miso disk has
 *
 *	LBA 0           protective MBR with our boot sector in it
 *	LBA 1, 2..33    GPT header and 128 entries; copies at the disk's end
 *	LBA 34..        partition 1, GPT_TYPE_LOADER: what the boot sector
 *starts partition 2, GPT_TYPE_EFI: what UEFI starts partition 3,
 *GPT_TYPE_KERNEL: kernel.elf, as it is partition 4, GPT_TYPE_ROOT: the root
 *file system
 *
 * boot.bin is what of this does not depend on kernel and root: the boot sector,
 * GPT_LOADER_SECTORS of loader, and the file EFI/BOOT/BOOTX64.EFI.
 */
#ifndef KERNEL_ABI_GPT_H
#define KERNEL_ABI_GPT_H

#include <stdint.h>

enum {
	GPT_SECTOR = 512,
	GPT_ENTRIES = 128,
	GPT_ENTRY_SECTORS = 32,
	GPT_FIRST_USABLE = 34,
	GPT_ALIGN = 2048, /* sectors: where the others may begin */

	/* The loader's partition: read whole by the boot sector. */
	GPT_LOADER_LBA = GPT_FIRST_USABLE,
	GPT_LOADER_SECTORS = 32,
};

/* Type GUIDs as they lie on the disk. */
extern const uint8_t GPT_TYPE_LOADER[16]; /* "BIOS boot partition" */
extern const uint8_t GPT_TYPE_EFI[16];    /* UEFI 2.10, 5.3.3 */
extern const uint8_t GPT_TYPE_KERNEL[16]; /* miso's own */
extern const uint8_t GPT_TYPE_ROOT[16];   /* "Linux root (x86-64)" */

/* 5.3.2. */
struct gpt_header {
	char signature[8]; /* "EFI PART" */
	uint32_t revision; /* 0x00010000 */
	uint32_t header_size;
	uint32_t header_crc; /* of header_size bytes, with this field 0 */
	uint32_t reserved;
	uint64_t my_lba, alternate_lba;
	uint64_t first_usable, last_usable;
	uint8_t disk_guid[16];
	uint64_t entries_lba;
	uint32_t nr_entries, entry_size;
	uint32_t entries_crc;
	uint32_t padding; /* not part of the header: makes sizeof plain */
};

/* 5.3.3. */
struct gpt_entry {
	uint8_t type[16]; /* all zero: not used */
	uint8_t guid[16];
	uint64_t first, last; /* LBAs, both included */
	uint64_t attributes;
	uint16_t name[36]; /* UTF-16 */
};

enum { GPT_HEADER_SIZE = 92 };

/*
 * CRC-32 (ISO 3309, as in gzip) over `n` bytes, from the value of the bytes
 * before them; 0 to begin.
 */
uint32_t gpt_crc32(uint32_t crc, const void *bytes, uint32_t n);

/* The CRC that belongs into the header. */
uint32_t gpt_header_crc(const struct gpt_header *h);

/*
 * Is this what LBA 1 of a disk of `sectors` holds: a header of revision 1 with
 * the right CRC and GPT_ENTRIES entries of 128 bytes that lie within the disk?
 */
_Bool gpt_header_ok(const struct gpt_header *h, uint64_t sectors);

/*
 * The first of the header's entries with that type; null when there is none,
 * when its LBAs are not within the usable ones, or when the entries' CRC is
 * wrong. `h` has passed gpt_header_ok(); `entries` holds GPT_ENTRIES.
 */
const struct gpt_entry *gpt_find(const struct gpt_header *h,
                                 const struct gpt_entry *entries,
                                 const uint8_t type[16]);

#endif
