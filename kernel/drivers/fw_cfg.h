/* fw_cfg.h - files that QEMU hands to the guest (docs/specs/fw_cfg). */
#ifndef KERNEL_DRIVERS_FW_CFG_H
#define KERNEL_DRIVERS_FW_CFG_H

#include <stdint.h>

#include "kernel/lib/attr.h"

/*
 * Read the file `name` into memory from mem_alloc() that the caller frees.
 * -ENOENT: no such file or no fw_cfg; -EFBIG: larger than `max`; -ENOMEM.
 */
NODISCARD int fw_cfg_read(const char *name, uint32_t max, char **data,
                          uint32_t *size);

#endif
