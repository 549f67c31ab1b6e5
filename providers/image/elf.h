/*
 * elf.h - what one ELF file says about itself.
 *
 * Only ELF64 little-endian x86-64 executables and shared objects are read, and
 * only what a program interpreter would look at: program headers and the
 * dynamic section. Section headers are never needed. The input is somebody
 * else's: every offset is checked, nothing is trusted, nothing is run.
 */
#ifndef PROVIDERS_IMAGE_ELF_H
#define PROVIDERS_IMAGE_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

/* Bytes in memory, or, where `bytes` is NULL, an open file. */
struct elf_input {
	const unsigned char *bytes;
	int fd;
	uint64_t size;
	const char *name; /* for errors, as the next */
	struct src_pos pos;
};

struct elf_file {
	const char *interp; /* NULL: static, or a library */
	const char *soname; /* NULL when it has none, as the others */
	const char *rpath;  /* ignored by loaders when runpath is there */
	const char *runpath;
	const char *const *needed; /* in order */
	size_t nr_needed;
	bool is_program;      /* has an entry point */
	bool ends_threads;    /* its names have pthread_exit or the like */
	bool no_default_dirs; /* linked with -z nodefaultlib */
};

enum elf_kind {
	ELF_GOOD,    /* ELF64, x86-64, executable or shared object */
	ELF_FOREIGN, /* an ELF file for another machine or of another class */
	ELF_OTHER,   /* anything else */
};

/* What the first bytes are, cheaply. An unreadable file is ELF_OTHER. */
enum elf_kind elf_identify(const struct elf_input *in);

/* ERR_SYNTAX says what is wrong with it, in words for its user. */
NODISCARD struct err *elf_parse(struct arena *mem, const struct elf_input *in,
                                struct elf_file *out);

#endif
