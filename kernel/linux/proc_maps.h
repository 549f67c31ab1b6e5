/* proc_maps.h - the areas of memory in /proc/self: maps, smaps. */
#ifndef KERNEL_LINUX_PROC_MAPS_H
#define KERNEL_LINUX_PROC_MAPS_H

#include "kernel/lib/attr.h"

/* At boot. -ENOMEM. */
NODISCARD int proc_maps_init(void);

#endif
