/*
 * hvm_start_info.h - what a PVH loader hands to the kernel, our own loader
 * (disk/) included. Xen public headers, arch-x86/hvm/start_info.h, version 1.
 */
#ifndef KERNEL_BOOT_HVM_START_INFO_H
#define KERNEL_BOOT_HVM_START_INFO_H

#include <stdint.h>

enum {
	HVM_START_MAGIC = 0x336ec578,
	HVM_MEMMAP_RAM = 1, /* E820's types: ACPI 6.4, 15 */
};

struct hvm_start_info {
	uint32_t magic, version, flags, nr_modules;
	uint64_t modlist_paddr, cmdline_paddr, rsdp_paddr, memmap_paddr;
	uint32_t memmap_entries, reserved;
};
_Static_assert(sizeof(struct hvm_start_info) == 56, "start_info.h, version 1");

struct hvm_memmap_entry {
	uint64_t addr, size;
	uint32_t type, reserved;
};
_Static_assert(sizeof(struct hvm_memmap_entry) == 24, "start_info.h");

#endif
