/*
 * load.h - from a disk to a kernel in memory, whoever reads the disk.
 *
 * What both loaders do, the one that a BIOS starts and the one that UEFI does
 * (../efi). Also built for the host: nothing on the disk is trusted.
 */
#ifndef KERNEL_BOOT_DISK_LOAD_H
#define KERNEL_BOOT_DISK_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/gpt.h"
#include "kernel/boot/disk/elf_plan.h"

/* Bytes to work with: header and entries of the table, or an ELF file's head.
 */
enum { LOAD_WORK = GPT_SECTOR + GPT_ENTRIES * sizeof(struct gpt_entry) };

struct load_from {
	void *ctx;
	uint64_t sectors; /* of the disk */
	void *work;       /* LOAD_WORK bytes, aligned to 8 */

	/* `len` bytes from `offset` bytes behind sector `lba` on. False: the
	 * disk cannot be read. */
	bool (*read)(void *ctx, uint64_t lba, uint64_t offset, void *to,
	             uint32_t len);

	/* The memory that the part asks for, part->size bytes; NULL: it is not
	 * to be had. */
	void *(*claim)(void *ctx, const struct elf_part *part);
};

/*
 * Put the kernel that the disk has a partition for where it wants to be. NULL,
 * and where it is entered as a PVH kernel, or what is wrong.
 */
const char *load_kernel(const struct load_from *from, uint32_t *entry);

#endif
