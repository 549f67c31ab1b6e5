/*
 * disk_build.h - a whole disk that a PC's BIOS boots, and UEFI: boot sector,
 * GPT, loaders, kernel, root file system, as kernel/abi/gpt.h lays it out.
 *
 * The bytes depend on what goes in and on nothing else. The file is sparse.
 */
#ifndef PROVIDERS_IMAGE_DISK_BUILD_H
#define PROVIDERS_IMAGE_DISK_BUILD_H

#include <stdint.h>

#include "parser/base/err.h"

/* Part of what names a disk: a new layout is a new disk. */
#define DISK_BUILD_FORMAT "disk-2"

struct disk_request {
	const char *path;   /* of the file to make; what is there is replaced */
	const char *boot;   /* boot.bin: boot sector and loaders */
	const char *kernel; /* kernel.elf */
	const char *root;   /* root file system, ext4 */
	uint64_t unit;      /* bytes: the size is a whole multiple of it */
	uint8_t id[16];     /* of the disk; partitions get neighbours of it */
};

/* A partition: name and place on the disk, both as the table has them. */
struct disk_part {
	const char *name;    /* "loader", "efi", "kernel", "root" */
	uint64_t start, len; /* bytes */
};

enum { DISK_PARTS = 4 };

struct disk_layout {
	uint64_t size; /* of the whole disk, bytes */
	struct disk_part parts[DISK_PARTS];
};

/* What disk_build() would make of the same request, whose path is not used. */
NODISCARD struct err *disk_plan(const struct disk_request *request,
                                struct disk_layout *out);

/*
 * Make the disk. ERR_IO; ERR_SYNTAX when `boot` lacks a loader, ERR_LIMIT when
 * one is larger than its partition. On error the file may be there, incomplete:
 * the caller removes it.
 */
NODISCARD struct err *disk_build(const struct disk_request *request);

#endif
