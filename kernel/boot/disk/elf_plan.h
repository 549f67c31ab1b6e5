/*
 * elf_plan.h - which bytes of kernel.elf go where (ELF-64 object file format,
 * version 1.5; System V ABI, AMD64 supplement).
 *
 * Also built for the host: the file is as trustworthy as the disk it lies on.
 */
#ifndef KERNEL_BOOT_DISK_ELF_PLAN_H
#define KERNEL_BOOT_DISK_ELF_PLAN_H

#include <stdbool.h>
#include <stdint.h>

enum {
	ELF_PLAN_HEAD = 4096, /* bytes of the file that elf_plan() looks at */
	ELF_PLAN_PARTS = 8,
};

struct elf_part {
	uint64_t offset; /* in the file */
	uint32_t addr;   /* physical */
	uint32_t loaded; /* bytes from the file */
	uint32_t size;   /* bytes in memory; what is not loaded is zero */
};

struct elf_plan {
	struct elf_part parts[ELF_PLAN_PARTS];
	unsigned n;
	/* Where the notes are once everything is loaded. */
	uint32_t notes, notes_size;
};

/*
 * From the first ELF_PLAN_HEAD bytes of a file of at most `size` bytes. NULL,
 * or what is wrong with it. All parts lie from 1 MiB on and below 4 GiB, the
 * notes within one of them.
 */
const char *elf_plan(const void *head, uint64_t size, struct elf_plan *out);

/*
 * The 32-bit entry point that a PVH kernel's notes name (Xen, elfnote.h:
 * XEN_ELFNOTE_PHYS32_ENTRY, 18); 0: there is none.
 */
uint32_t elf_plan_entry(const void *notes, uint32_t size);

#endif
