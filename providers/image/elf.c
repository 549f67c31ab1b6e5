/* elf.c - program headers and dynamic section, distrustfully. */
#include "providers/image/elf.h"

#include <assert.h>
#include <elf.h>
#include <string.h>
#include <unistd.h>

enum {
	MAX_PROGRAM_HEADERS = 256,
	MAX_DYNAMIC = 4096,
	MAX_STRING = 4096, /* a path: PATH_MAX; longer RPATHs are refused */
};

static_assert(sizeof(Elf64_Ehdr) == 64, "gABI 4, ELF header");
static_assert(sizeof(Elf64_Phdr) == 56, "gABI 5, program header");
static_assert(sizeof(Elf64_Dyn) == 16, "gABI 5, dynamic section");

/* A file while it is read. */
struct reading {
	struct arena *mem;
	const struct elf_input *in;
	Elf64_Phdr *ph;
	size_t nr_ph;
	Elf64_Dyn *dyn;
	size_t nr_dyn;
	uint64_t strings; /* file offset of the string table */
	uint64_t strings_size;
};

static struct err *damaged(const struct reading *r, const char *what)
{
	return err_new(ERR_SYNTAX, r->in->pos, "\"%s\" is damaged: %s",
	               r->in->name, what);
}

static bool read_at(const struct elf_input *in, uint64_t offset, void *out,
                    uint64_t len)
{
	unsigned char *to = out;

	if (offset > in->size || len > in->size - offset)
		return false;
	if (in->bytes) {
		memcpy(to, in->bytes + offset, len);
		return true;
	}
	while (len) {
		ssize_t n = pread(in->fd, to, len, (off_t)offset);

		if (n <= 0)
			return false;
		to += n;
		offset += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return true;
}

/* The machines somebody is likely to meet, for the message. */
static const struct {
	uint16_t machine;
	const char *name;
} machines[] = {
	{EM_386, "32-bit x86"},     {EM_ARM, "32-bit ARM"},
	{EM_AARCH64, "ARM64"},      {EM_RISCV, "RISC-V"},
	{EM_PPC64, "64-bit POWER"}, {EM_S390, "S/390"},
	{EM_MIPS, "MIPS"},
};

static const char *machine_name(uint16_t machine)
{
	for (size_t i = 0; i < ARRAY_LEN(machines); i++)
		if (machines[i].machine == machine)
			return machines[i].name;
	return "another machine";
}

static bool is_elf(const struct elf_input *in, Elf64_Ehdr *eh)
{
	return read_at(in, 0, eh, EI_NIDENT) &&
	       memcmp(eh->e_ident, ELFMAG, SELFMAG) == 0;
}

static bool is_ours(const Elf64_Ehdr *eh)
{
	return eh->e_ident[EI_CLASS] == ELFCLASS64 &&
	       eh->e_ident[EI_DATA] == ELFDATA2LSB &&
	       eh->e_machine == EM_X86_64 &&
	       (eh->e_type == ET_EXEC || eh->e_type == ET_DYN);
}

enum elf_kind elf_identify(const struct elf_input *in)
{
	Elf64_Ehdr eh;

	if (!is_elf(in, &eh))
		return ELF_OTHER;
	if (!read_at(in, 0, &eh, sizeof(eh)) || !is_ours(&eh))
		return ELF_FOREIGN;
	return ELF_GOOD;
}

static struct err *not_elf(const struct elf_input *in)
{
	char start[2];
	bool script = read_at(in, 0, start, sizeof(start)) &&
	              memcmp(start, "#!", sizeof(start)) == 0;
	struct err *e;

	if (!script)
		return err_new(ERR_SYNTAX, in->pos,
		               "\"%s\" is not an ELF program", in->name);
	e = err_new(ERR_SYNTAX, in->pos, "\"%s\" is a script, not a program",
	            in->name);
	return err_hint(e, "name its interpreter as the program, and the "
	                   "script in args and files");
}

/* Why a file with ELF's magic number is none that can run here. */
static struct err *foreign(const struct elf_input *in, const Elf64_Ehdr *eh)
{
	const char *why = NULL;

	if (eh->e_ident[EI_DATA] != ELFDATA2LSB)
		why = "it is a big-endian program";
	else if (eh->e_machine == EM_X86_64 &&
	         eh->e_ident[EI_CLASS] != ELFCLASS64)
		why = "it was built for the x32 ABI";
	else if (eh->e_machine == EM_X86_64 && eh->e_type == ET_REL)
		why = "it is an object file (.o), not linked yet";
	else if (eh->e_machine == EM_X86_64)
		why = "it is neither an executable nor a shared object";
	if (why)
		return err_new(ERR_SYNTAX, in->pos, "\"%s\" cannot run: %s",
		               in->name, why);
	return err_new(ERR_SYNTAX, in->pos,
	               "\"%s\" was built for %s; machines are 64-bit x86",
	               in->name, machine_name(eh->e_machine));
}

static struct err *read_header(const struct elf_input *in, Elf64_Ehdr *eh)
{
	if (!is_elf(in, eh))
		return not_elf(in);
	/* e_type and e_machine sit at the same place in both classes. */
	if (!read_at(in, 0, eh, offsetof(Elf64_Ehdr, e_version)))
		return err_new(ERR_SYNTAX, in->pos, "\"%s\" is truncated",
		               in->name);
	if (!is_ours(eh))
		return foreign(in, eh);
	if (!read_at(in, 0, eh, sizeof(*eh)))
		return err_new(ERR_SYNTAX, in->pos, "\"%s\" is truncated",
		               in->name);
	return NULL;
}

static struct err *read_program_headers(struct reading *r, const Elf64_Ehdr *eh)
{
	r->nr_ph = eh->e_phnum;
	if (r->nr_ph == 0)
		return damaged(r, "it has no program headers");
	if (r->nr_ph > MAX_PROGRAM_HEADERS ||
	    eh->e_phentsize != sizeof(Elf64_Phdr))
		return damaged(r, "its program headers make no sense");
	r->ph = ARENA_ARRAY(r->mem, Elf64_Phdr, r->nr_ph);
	if (!read_at(r->in, eh->e_phoff, r->ph, r->nr_ph * sizeof(*r->ph)))
		return damaged(r, "its program headers are cut off");
	for (size_t i = 0; i < r->nr_ph; i++) {
		const Elf64_Phdr *ph = &r->ph[i];

		if (ph->p_type == PT_LOAD &&
		    (ph->p_offset > r->in->size ||
		     ph->p_filesz > r->in->size - ph->p_offset))
			return damaged(r, "a segment is cut off");
	}
	return NULL;
}

static const Elf64_Phdr *find_segment(const struct reading *r, uint32_t type)
{
	for (size_t i = 0; i < r->nr_ph; i++)
		if (r->ph[i].p_type == type)
			return &r->ph[i];
	return NULL;
}

/* File offset of a virtual address, as the loaded segments have it. */
static bool to_offset(const struct reading *r, uint64_t vaddr, uint64_t *offset)
{
	for (size_t i = 0; i < r->nr_ph; i++) {
		const Elf64_Phdr *ph = &r->ph[i];

		if (ph->p_type == PT_LOAD && vaddr >= ph->p_vaddr &&
		    vaddr - ph->p_vaddr < ph->p_filesz) {
			*offset = ph->p_offset + (vaddr - ph->p_vaddr);
			return true;
		}
	}
	return false;
}

/* A string of at most `room` bytes, NUL included. NULL when it is not one. */
static const char *read_string(struct reading *r, uint64_t offset,
                               uint64_t room)
{
	char text[MAX_STRING];
	uint64_t left;

	if (offset > r->in->size)
		return NULL;
	left = r->in->size - offset;
	room = room < left ? room : left;
	room = room < sizeof(text) ? room : sizeof(text);
	if (!read_at(r->in, offset, text, room) || !memchr(text, '\0', room))
		return NULL;
	return arena_strdup(r->mem, text);
}

static struct err *read_interp(struct reading *r, struct elf_file *out)
{
	const Elf64_Phdr *ph = find_segment(r, PT_INTERP);

	if (!ph)
		return NULL;
	out->interp = read_string(r, ph->p_offset, ph->p_filesz);
	if (!out->interp || out->interp[0] != '/')
		return damaged(r, "its interpreter's name is no path");
	return NULL;
}

static struct err *read_dynamic(struct reading *r)
{
	const Elf64_Phdr *ph = find_segment(r, PT_DYNAMIC);
	size_t n;

	if (!ph)
		return NULL;
	n = ph->p_filesz / sizeof(Elf64_Dyn);
	if (n > MAX_DYNAMIC)
		return damaged(r, "its dynamic section is too long");
	r->dyn = ARENA_ARRAY(r->mem, Elf64_Dyn, n);
	if (!read_at(r->in, ph->p_offset, r->dyn, n * sizeof(*r->dyn)))
		return damaged(r, "its dynamic section is cut off");
	while (r->nr_dyn < n && r->dyn[r->nr_dyn].d_tag != DT_NULL)
		r->nr_dyn++;
	return NULL;
}

static const Elf64_Dyn *find_dynamic(const struct reading *r, int64_t tag)
{
	for (size_t i = 0; i < r->nr_dyn; i++)
		if (r->dyn[i].d_tag == tag)
			return &r->dyn[i];
	return NULL;
}

static struct err *find_strings(struct reading *r)
{
	const Elf64_Dyn *at = find_dynamic(r, DT_STRTAB);
	const Elf64_Dyn *size = find_dynamic(r, DT_STRSZ);

	if (!at || !size)
		return NULL;
	if (!to_offset(r, at->d_un.d_ptr, &r->strings))
		return damaged(r, "its string table is not in the file");
	r->strings_size = size->d_un.d_val;
	return NULL;
}

static struct err *dynamic_string(struct reading *r, const Elf64_Dyn *d,
                                  const char **out)
{
	uint64_t at = d->d_un.d_val;
	const char *s = NULL;

	if (at < r->strings_size)
		s = read_string(r, r->strings + at, r->strings_size - at);
	if (!s)
		return damaged(r, "a name lies outside its string table");
	*out = s;
	return NULL;
}

static struct err *read_names(struct reading *r, struct elf_file *out)
{
	const char **needed = ARENA_ARRAY(r->mem, const char *, r->nr_dyn);
	struct err *e = NULL;

	for (size_t i = 0; !e && i < r->nr_dyn; i++) {
		const Elf64_Dyn *d = &r->dyn[i];

		if (d->d_tag == DT_NEEDED)
			e = dynamic_string(r, d, &needed[out->nr_needed++]);
		else if (d->d_tag == DT_SONAME)
			e = dynamic_string(r, d, &out->soname);
		else if (d->d_tag == DT_RPATH)
			e = dynamic_string(r, d, &out->rpath);
		else if (d->d_tag == DT_RUNPATH)
			e = dynamic_string(r, d, &out->runpath);
		else if (d->d_tag == DT_FLAGS_1)
			out->no_default_dirs = d->d_un.d_val & DF_1_NODEFLIB;
	}
	out->needed = needed;
	return e;
}

/* The end of any name will do: linkers let a name share another's tail. */
static bool names_one(const char *text, size_t n)
{
	static const char *const names[] = {"pthread_exit", "pthread_cancel",
	                                    "thrd_exit"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (memmem(text, n, names[i], strlen(names[i]) + 1))
			return true;
	return false;
}

/* By its string table alone, piece by piece: imports are in it. */
static bool ends_threads(const struct reading *r)
{
	enum { LONGEST = 15 };
	char piece[4096];
	uint64_t at = 0;

	while (at < r->strings_size) {
		uint64_t n = r->strings_size - at;

		n = n < sizeof(piece) ? n : sizeof(piece);
		if (!read_at(r->in, r->strings + at, piece, n))
			return false;
		if (names_one(piece, n))
			return true;
		at += n == sizeof(piece) ? n - LONGEST : n;
	}
	return false;
}

struct err *elf_parse(struct arena *mem, const struct elf_input *in,
                      struct elf_file *out)
{
	struct reading r = {.mem = mem, .in = in};
	struct elf_file file = {0};
	Elf64_Ehdr eh = {0};
	struct err *e = read_header(in, &eh);

	if (!e)
		e = read_program_headers(&r, &eh);
	if (!e)
		e = read_interp(&r, &file);
	if (!e)
		e = read_dynamic(&r);
	if (!e)
		e = find_strings(&r);
	if (!e)
		e = read_names(&r, &file);
	if (e)
		return e;
	file.is_program = eh.e_entry != 0;
	file.ends_threads = ends_threads(&r);
	*out = file;
	return NULL;
}
