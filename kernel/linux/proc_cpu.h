/* proc_cpu.h - processors in /proc and /sys. */
#ifndef KERNEL_LINUX_PROC_CPU_H
#define KERNEL_LINUX_PROC_CPU_H

#include "kernel/lib/attr.h"

NODISCARD int proc_cpu_init(void);

#endif
