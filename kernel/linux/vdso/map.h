/* map.h - the vDSO in a program's address space. */
#ifndef KERNEL_LINUX_VDSO_MAP_H
#define KERNEL_LINUX_VDSO_MAP_H

#include <stdint.h>

#include "kernel/lib/attr.h"

struct space;

/*
 * Map the time page and the vDSO behind it: at a random place above `above`,
 * or below it where there is no room. *base is the vDSO's first byte, for
 * AT_SYSINFO_EHDR. -ENOMEM.
 */
NODISCARD int vdso_map(struct space *s, uint64_t above, uint64_t *base);

#endif
