/*
 * elf64.h - the two headers of a 64-bit ELF file that a loader reads (System V
 * gABI, chapters 4 and 5; AMD64 supplement), for the kernel and its own loader.
 */
#ifndef KERNEL_LIB_ELF64_H
#define KERNEL_LIB_ELF64_H

#include <stdint.h>

enum {
	EM_X86_64 = 62,
	PT_LOAD = 1,
};

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
_Static_assert(sizeof(struct elf_header) == 64, "gABI 4, ELF header");

struct program_header {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
_Static_assert(sizeof(struct program_header) == 56, "gABI 5, program header");

#endif
