/* proc_files.h - what the program may read about itself in /proc and /sys. */
#ifndef KERNEL_LINUX_PROC_FILES_H
#define KERNEL_LINUX_PROC_FILES_H

#include "kernel/lib/attr.h"

/* Register all of it. After proc_mount(). -ENOMEM. */
NODISCARD int proc_files_init(void);

#endif
