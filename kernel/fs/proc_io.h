/* proc_io.h - what was read and written, for tools that watch machines. */
#ifndef KERNEL_FS_PROC_IO_H
#define KERNEL_FS_PROC_IO_H

#include "kernel/lib/attr.h"

/* Adds /proc/{diskstats,partitions,vmstat} and /sys/block; once the disks are
 * known. -ENOMEM. */
NODISCARD int proc_io_init(void);

#endif
