/* make_elf.h - ELF files made to order, for tests of those who read them. */
#ifndef TESTS_UNIT_PROVIDERS_IMAGE_MAKE_ELF_H
#define TESTS_UNIT_PROVIDERS_IMAGE_MAKE_ELF_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Zeros and NULLs leave something out. */
struct elf_recipe {
	const char *interp, *soname, *rpath, *runpath;
	const char *needed[4];
	const char *imports; /* a symbol */
	uint16_t machine;    /* default x86-64 */
	uint64_t entry;      /* 0: a library */
	uint64_t flags_1;
};

/* One loaded segment that holds everything, at the address of its offset. */
struct elf_made {
	Elf64_Ehdr head;
	Elf64_Phdr ph[3];
	Elf64_Dyn dyn[16];
	char strings[1024];
};

struct elf_making {
	struct elf_made *m;
	size_t nr_dyn, strings;
};

static inline void elf_dyn(struct elf_making *w, int64_t tag, uint64_t value)
{
	w->m->dyn[w->nr_dyn].d_tag = tag;
	w->m->dyn[w->nr_dyn++].d_un.d_val = value;
}

static inline uint64_t elf_string(struct elf_making *w, const char *s)
{
	size_t at = w->strings;

	memcpy(w->m->strings + at, s, strlen(s) + 1);
	w->strings += strlen(s) + 1;
	return at;
}

static inline void elf_dyn_string(struct elf_making *w, int64_t tag,
                                  const char *s)
{
	if (s)
		elf_dyn(w, tag, elf_string(w, s));
}

static inline struct elf_made elf_make(const struct elf_recipe *r)
{
	struct elf_made m = {0};
	struct elf_making w = {&m, 0, 1};

	memcpy(m.head.e_ident, ELFMAG, SELFMAG);
	m.head.e_ident[EI_CLASS] = ELFCLASS64;
	m.head.e_ident[EI_DATA] = ELFDATA2LSB;
	m.head.e_ident[EI_VERSION] = EV_CURRENT;
	m.head.e_type = ET_DYN;
	m.head.e_machine = r->machine ? r->machine : EM_X86_64;
	m.head.e_version = EV_CURRENT;
	m.head.e_entry = r->entry;
	m.head.e_phoff = offsetof(struct elf_made, ph);
	m.head.e_ehsize = sizeof(m.head);
	m.head.e_phentsize = sizeof(m.ph[0]);
	m.head.e_phnum = r->interp ? 3 : 2;
	m.ph[0] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_filesz = sizeof(m), .p_memsz = sizeof(m)};
	m.ph[1] = (Elf64_Phdr){.p_type = PT_DYNAMIC,
	                       .p_offset = offsetof(struct elf_made, dyn),
	                       .p_vaddr = offsetof(struct elf_made, dyn),
	                       .p_filesz = sizeof(m.dyn)};
	if (r->interp)
		m.ph[2] = (Elf64_Phdr){
			.p_type = PT_INTERP,
			.p_offset = offsetof(struct elf_made, strings) +
		                    elf_string(&w, r->interp),
			.p_filesz = strlen(r->interp) + 1};
	elf_dyn(&w, DT_STRTAB, offsetof(struct elf_made, strings));
	elf_dyn(&w, DT_STRSZ, sizeof(m.strings));
	for (size_t i = 0; i < 4; i++)
		elf_dyn_string(&w, DT_NEEDED, r->needed[i]);
	elf_dyn_string(&w, DT_SONAME, r->soname);
	elf_dyn_string(&w, DT_RPATH, r->rpath);
	elf_dyn_string(&w, DT_RUNPATH, r->runpath);
	if (r->imports)
		(void)elf_string(&w, r->imports);
	if (r->flags_1)
		elf_dyn(&w, DT_FLAGS_1, r->flags_1);
	return m;
}

#endif
