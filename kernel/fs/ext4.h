/*
 * ext4.h - the ext4 file system, made by mke2fs or libext2fs, read and written.
 *
 * What is supported and what is refused stands in kernel/fs/README.md.
 */
#ifndef KERNEL_FS_EXT4_H
#define KERNEL_FS_EXT4_H

#include "kernel/fs/vfs.h"

struct block_device;

/*
 * Read the file system of a whole disk. Read-only where it was asked for, and
 * where it cannot be written safely (a line in the log says why). -EINVAL: not
 * ext4, or not one of ours; -EUCLEAN: damaged; -EIO; -ENOMEM.
 */
NODISCARD int ext4_open(struct block_device *dev, bool read_only,
                        struct superblock **out);

/* One that was never mounted: give back the memory. */
void ext4_close(struct superblock *sb);

#endif
