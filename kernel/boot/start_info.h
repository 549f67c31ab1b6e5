/*
 * start_info.h - what whoever loaded us left in memory.
 *
 * Xen public headers, arch-x86/hvm/start_info.h: the layout of version 1.
 */
#ifndef KERNEL_BOOT_START_INFO_H
#define KERNEL_BOOT_START_INFO_H

#include <stdint.h>

#include "kernel/arch/mmu.h"

enum { MEM_RANGES_MAX = 32, CMDLINE_MAX = 2048 };

/* A copy, safe from memory that is reused. */
struct boot_info {
	struct mem_range ranges[MEM_RANGES_MAX]; /* usable, ascending */
	unsigned nr_ranges;
	uint64_t rsdp; /* physical address of the ACPI root, 0: not given */
	/* The SMBIOS entry point likewise, which start info has no word for:
	 * "smbios=0xADDRESS" on the command line, from our UEFI loader. */
	uint64_t smbios;
	char cmdline[CMDLINE_MAX];
};

/* Panics when it is no start info, or has no memory map. */
void start_info_read(uint64_t phys, struct boot_info *out);

#endif
