/* memfile.h - files that have no name: memfd_create, shared anonymous memory.
 */
#ifndef KERNEL_LINUX_MEMFILE_H
#define KERNEL_LINUX_MEMFILE_H

#include <stdint.h>

#include "kernel/lib/attr.h"

struct file;

/* Open for reading and writing, `size` bytes of zeroes. */
NODISCARD int memfile_new(uint64_t size, struct file **out);

#endif
