/* inode.h - the cache of inodes, for the VFS itself; see vfs.h. */
#ifndef KERNEL_FS_INODE_H
#define KERNEL_FS_INODE_H

#include "kernel/fs/vfs.h"

void inode_cache_init(void);

/* Store its fields if they were changed, as write_inode() does. */
NODISCARD int inode_store(struct inode *i);

/* Each inode of `sb`, with a reference held meanwhile. May sleep. */
void inode_each(struct superblock *sb, void (*fn)(struct inode *i, void *ctx),
                void *ctx);

/* Sleep until those of `sb` that are being put away now are written and gone.
 */
void inode_wait_dying(struct superblock *sb);

#endif
