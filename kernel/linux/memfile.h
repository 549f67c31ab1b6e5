/* memfile.h - files that have no name: memfd_create, shared anonymous memory.
 */
#ifndef KERNEL_LINUX_MEMFILE_H
#define KERNEL_LINUX_MEMFILE_H

#include <stdint.h>

#include "kernel/lib/attr.h"

struct file;

/* Open for reading and writing, `size` bytes of zeroes; /proc shows it as
 * "/SHOWN (deleted)". */
NODISCARD int memfile_new(const char *shown, uint64_t size, struct file **out);

#endif
