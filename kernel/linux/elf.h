/* elf.h - ELF-64 as exec needs it (System V gABI, chapters 4 and 5). */
#ifndef KERNEL_LINUX_ELF_H
#define KERNEL_LINUX_ELF_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

struct file;
struct space;

enum {
	ELF_PHDRS_MAX = 64,
	ELF_INTERP_MAX = 256,
};

/* A program or interpreter, checked. */
struct elf_image {
	bool fixed;         /* ET_EXEC: goes where it says */
	uint64_t entry;     /* as in the file */
	uint64_t low, high; /* page-aligned span of its segments */
	uint64_t phdrs;     /* address of its program headers, 0: not loaded */
	uint16_t nr_phdrs;
	bool exec_stack;
	char interp[ELF_INTERP_MAX]; /* "": none */
	struct elf_segment {
		uint64_t vaddr, offset, filesz, memsz;
		unsigned prot;
	} segments[ELF_PHDRS_MAX];
	unsigned nr_segments;
};

/* -ENOEXEC and a phrase in *why, or an I/O error. */
NODISCARD int elf_read(struct file *f, struct elf_image *out, const char **why);

/* Map it with `bias` added to each address. */
NODISCARD int elf_map(struct space *s, struct file *f,
                      const struct elf_image *e, uint64_t bias);

#endif
