/*
 * fat.h - a FAT32 file system that holds one file: an EFI system partition.
 *
 * Microsoft, "FAT32 File System Specification" 1.03; UEFI 2.10, 13.3, which
 * wants FAT32 on disks that stay in their machine, and so the size: below
 * 65,525 clusters a file system is FAT16, whatever it says of itself.
 */
#ifndef PROVIDERS_IMAGE_FAT_H
#define PROVIDERS_IMAGE_FAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parser/base/err.h"

enum {
	FAT_SECTOR = 512,
	FAT_SECTORS = 33 * 2048, /* of the file system: 33 MiB */
	FAT_DEPTH = 4,           /* names of a path, at most */
	FAT_NAME = 11,           /* 8 and 3, filled up with blanks */
};

struct fat_file {
	/* Folders, then the file: "EFI        ", ... ended by NULL. */
	const char *path[FAT_DEPTH + 1];
	const void *data;
	uint32_t len;
};

/*
 * Write the file system with `put`, which is given bytes and their offset from
 * its start; what is not written is zero. `first` is the sector of the disk
 * that it begins at, `id` the volume's number. ERR_LIMIT: the file is too
 * large; else what `put` returned. Depends on nothing else: no times.
 */
NODISCARD struct err *fat_write(const struct fat_file *file, uint64_t first,
                                uint32_t id,
                                struct err *(*put)(void *ctx, uint64_t offset,
                                                   const void *data,
                                                   size_t len),
                                void *ctx);

/* Does a file system as fat_write() makes it begin with these FAT_SECTOR
 * bytes? */
bool fat_check(const uint8_t *sector);

#endif
