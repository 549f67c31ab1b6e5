/*
 * memory.h - UEFI's memory map in the form that start info wants.
 *
 * Also built for the host.
 */
#ifndef KERNEL_BOOT_EFI_MEMORY_H
#define KERNEL_BOOT_EFI_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/boot/hvm_start_info.h"

/*
 * What is RAM once boot services are gone, as ranges in ascending order that do
 * not touch: `map` has `size` bytes, a descriptor each `stride` (UEFI 2.10,
 * 7.2, GetMemoryMap()). Firmware has hundreds of them, most of them neighbours.
 * How many ranges are in `out`; the smallest are left out beyond `max`.
 */
uint32_t efi_memory(const void *map, size_t size, size_t stride,
                    struct hvm_memmap_entry *out, uint32_t max);

#endif
