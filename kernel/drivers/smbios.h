/*
 * smbios.h - what the firmware says this machine is (DMTF DSP0134, SMBIOS 3.6).
 */
#ifndef KERNEL_DRIVERS_SMBIOS_H
#define KERNEL_DRIVERS_SMBIOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Is the product name of type 1 ("System Information") this one? False where
 * there is no SMBIOS. `entry`: physical address of the entry point, or 0: it is
 * looked for where a PC's BIOS leaves it.
 */
bool smbios_product_is(uint64_t entry, const char *name);

/*
 * Pure, for the above: the product name in a table of structures of `size`
 * bytes; NULL when it has none. It lies in the table, terminated.
 */
const char *smbios_find_product(const uint8_t *table, size_t size);

#endif
