/*
 * sys.h - /sys/class/net: what each interface is, one value a file, as Linux
 * has it (Documentation/ABI/testing/sysfs-class-net).
 */
#ifndef KERNEL_NET_SYS_H
#define KERNEL_NET_SYS_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/lib/attr.h"

/* The path of file k, of all interfaces that there are; false: no more. */
NODISCARD bool net_sys_path(unsigned k, char *out, size_t size);

/* Its text. Returns the length. */
size_t net_sys_text(unsigned k, char *out, size_t size);

#endif
