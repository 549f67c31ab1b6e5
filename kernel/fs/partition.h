/*
 * partition.h - the root file system on a whole disk.
 *
 * A disk made for firmware to boot has a partition table (kernel/abi/gpt.h);
 * one that a hypervisor hands over beside the kernel is the root file system
 * from its first byte on.
 */
#ifndef KERNEL_FS_PARTITION_H
#define KERNEL_FS_PARTITION_H

#include <stdint.h>

#include "kernel/lib/attr.h"

struct block_device;

/*
 * A device that is the partition of that type on `disk`. It lives as long as
 * the kernel and is not in the list of devices. -ENOENT: the disk has no
 * partition table or no such partition; -EUCLEAN: a damaged table; -EIO;
 * -ENOMEM. Sleeps.
 */
NODISCARD int partition_open(struct block_device *disk, const uint8_t type[16],
                             struct block_device **out);

#endif
