/*
 * disk_archive.h - a disk as Compute Engine's images.insert wants it: a GNU tar
 * in gzip, with a single member called disk.raw, whose size is a whole multiple
 * of 1 GiB.
 *
 * Formats: RFC 1952 (gzip), RFC 1951 (deflate), GNU tar manual, "Basic Tar
 * Format". A hole of the disk costs a copy of some bytes made once, so a
 * gibibyte of nothing takes milliseconds. Same disk, same bytes.
 */
#ifndef PROVIDERS_IMAGE_DISK_ARCHIVE_H
#define PROVIDERS_IMAGE_DISK_ARCHIVE_H

#include <stdint.h>

#include "parser/base/err.h"

#define DISK_ARCHIVE_UNIT (UINT64_C(1) << 30)

/* Make `path` from the disk at `disk`. ERR_LIMIT: its size is no multiple of
 * DISK_ARCHIVE_UNIT. ERR_IO; the caller removes what is there then. */
NODISCARD struct err *disk_archive_write(const char *disk, const char *path);

/*
 * Would images.insert take it? Reads all of it: format, name, size, check sums,
 * the partition table, the boot sector and the EFI system partition inside. Of
 * holes only what stands for them in the archive is read.
 * ERR_SYNTAX says what is wrong. `size`: of the disk, in bytes.
 */
NODISCARD struct err *disk_archive_check(const char *path, uint64_t *size);

#endif
