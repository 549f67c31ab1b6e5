/*
 * tmpfs.h - files that live in memory and are gone when the machine stops.
 *
 * Contents are pages of the page cache without a backing, so they can be
 * mapped. All tmpfs together may use half of the memory.
 */
#ifndef KERNEL_FS_TMPFS_H
#define KERNEL_FS_TMPFS_H

#include "kernel/lib/attr.h"

struct superblock;

/* Mount a new one; the folder must be there. */
NODISCARD int tmpfs_mount(const char *path);

/* Only make it. */
NODISCARD int tmpfs_new(struct superblock **out);

#endif
