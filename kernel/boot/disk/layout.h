/*
 * layout.h - who is where below 1 MiB while the loader runs, for C and for
 * assembly (hence no enum).
 *
 *	0x01000  start info, its memory map: given to the kernel
 *	0x02000  GPT header and entries; later the kernel's ELF header
 *	0x07c00  the boot sector; the loader's stack ends below it
 *	0x08000  the loader
 *	0x10000  sectors on their way to memory the BIOS cannot reach
 */
#ifndef KERNEL_BOOT_DISK_LAYOUT_H
#define KERNEL_BOOT_DISK_LAYOUT_H

#define START_INFO_ADDR 0x01000
#define MEMMAP_ADDR     0x01040
#define MEMMAP_MAX      64
#define STACK_TOP       0x07c00
#define TABLE_ADDR      0x02000
#define MBR_ADDR        0x07c00
#define LOADER_ADDR     0x08000
#define BOUNCE_ADDR     0x10000
#define BOUNCE_SECTORS  64

/* As in kernel/abi/gpt.h; loader.c asserts that they agree. */
#define LOADER_LBA     34
#define LOADER_SECTORS 32

#define SEL_CODE32 0x08
#define SEL_DATA32 0x10
#define SEL_CODE16 0x18
#define SEL_DATA16 0x20

#endif
