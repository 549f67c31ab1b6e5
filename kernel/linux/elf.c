/* elf.c - reading and mapping ELF files. Every field may be a lie. */
#include "kernel/linux/elf.h"

#include "kernel/arch/user.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/elf64.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/wx.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/space.h"

enum {
	ET_EXEC = 2,
	ET_DYN = 3,
	PT_INTERP = 3,
	PT_PHDR = 6,
	PT_GNU_STACK = 0x6474e551,
	PF_X = 1,
	PF_W = 2,
	PF_R = 4,
};

static int read_exactly(struct file *f, void *to, size_t n, uint64_t at)
{
	struct uio u;
	int64_t got;

	if (at > INT64_MAX)
		return -ENOEXEC;
	uio_kernel(&u, to, n);
	got = file_read_at(f, &u, (int64_t)at);
	if (got < 0)
		return (int)got;
	return (size_t)got == n ? 0 : -ENOEXEC;
}

static const char *check_header(const struct elf_header *h)
{
	if (memcmp(h->ident, "\177ELF", 4) != 0)
		return "it is not an ELF file";
	if (h->ident[4] != 2 || h->ident[5] != 1 || h->machine != EM_X86_64)
		return "it is not for 64-bit x86";
	if (h->type != ET_EXEC && h->type != ET_DYN)
		return "it is not an executable file";
	if (h->phentsize != sizeof(struct program_header) || !h->phnum ||
	    h->phnum > ELF_PHDRS_MAX)
		return "its program headers are malformed";
	return NULL;
}

static unsigned prot_of(uint32_t flags)
{
	return (flags & PF_R ? PROT_READ : 0u) |
	       (flags & PF_W ? PROT_WRITE : 0u) |
	       (flags & PF_X ? PROT_EXEC : 0u);
}

static const char *add_segment(struct elf_image *e,
                               const struct program_header *p)
{
	uint64_t end = p->vaddr + p->memsz;

	if (p->filesz > p->memsz || end < p->vaddr || end > USER_END ||
	    p->offset > INT64_MAX - p->filesz ||
	    (p->offset ^ p->vaddr) & PAGE_MASK)
		return "a segment is malformed";
	if (e->nr_segments && page_down(p->vaddr) < e->high - PAGE_SIZE &&
	    p->vaddr < e->segments[e->nr_segments - 1].vaddr)
		return "its segments are not in ascending order";
	if (!p->memsz)
		return NULL;
	if (!e->nr_segments)
		e->low = page_down(p->vaddr);
	e->segments[e->nr_segments++] = (struct elf_segment){
		p->vaddr, p->offset, p->filesz, p->memsz, prot_of(p->flags)};
	if (page_up(end) > e->high)
		e->high = page_up(end);
	return NULL;
}

static int read_interp(struct file *f, const struct program_header *p,
                       struct elf_image *e, const char **why)
{
	int rc;

	*why = "the name of its interpreter is malformed";
	if (!p->filesz || p->filesz >= ELF_INTERP_MAX)
		return -ENOEXEC;
	rc = read_exactly(f, e->interp, p->filesz, p->offset);
	e->interp[p->filesz] = '\0';
	return rc;
}

static int read_phdr(struct file *f, const struct program_header *p,
                     struct elf_image *e, const char **why)
{
	const char *wrong = NULL;

	if (p->type == PT_INTERP)
		return read_interp(f, p, e, why);
	if (p->type == PT_GNU_STACK)
		e->exec_stack = p->flags & PF_X;
	if (p->type == PT_PHDR)
		e->phdrs = p->vaddr;
	if (p->type == PT_LOAD)
		wrong = add_segment(e, p);
	if (!wrong)
		return 0;
	*why = wrong;
	return -ENOEXEC;
}

/* Without PT_PHDR: the segment that holds the headers says where they are. */
static void find_phdrs(struct elf_image *e, uint64_t phoff)
{
	for (unsigned i = 0; i < e->nr_segments && !e->phdrs; i++) {
		const struct elf_segment *s = &e->segments[i];

		if (s->offset <= phoff && phoff < s->offset + s->filesz)
			e->phdrs = s->vaddr + (phoff - s->offset);
	}
}

int elf_read(struct file *f, struct elf_image *out, const char **why)
{
	struct program_header *phdrs;
	struct elf_header h;
	int rc;

	memset(out, 0, sizeof(*out));
	*why = "it is too short for an ELF file";
	rc = read_exactly(f, &h, sizeof(h), 0);
	if (rc)
		return rc;
	*why = check_header(&h);
	if (*why)
		return -ENOEXEC;
	phdrs = mem_alloc(h.phnum * sizeof(*phdrs));
	if (!phdrs)
		return -ENOMEM;
	*why = "its program headers lie behind its end";
	rc = read_exactly(f, phdrs, h.phnum * sizeof(*phdrs), h.phoff);
	for (unsigned i = 0; i < h.phnum && !rc; i++)
		rc = read_phdr(f, &phdrs[i], out, why);
	mem_free(phdrs);
	if (!rc && !out->nr_segments) {
		*why = "it has nothing to load";
		rc = -ENOEXEC;
	}
	out->fixed = h.type == ET_EXEC;
	out->entry = h.entry;
	out->nr_phdrs = h.phnum;
	find_phdrs(out, h.phoff);
	return rc;
}

/* --- mapping --- */

static int map_part(struct space *s, uint64_t start, uint64_t end,
                    unsigned prot, struct file *f, uint64_t offset)
{
	struct area_wish w = {
		.addr = start,
		.size = end - start,
		.prot = prot,
		.max_prot = PROT_ALL,
		.fixed = true,
		.index = offset >> PAGE_SHIFT,
		.file = f,
	};
	uint64_t at;
	int rc = 0;

	if (start == end)
		return 0;
	if (f)
		rc = file_mapping(f, &w.mapping);
	return rc ? rc : space_map(s, &w, &at);
}

/* What follows the file's part of the last page is the file's, and must be
 * zero. A read-only segment with such a tail does not exist in practice. */
static int zero_tail(uint64_t from, uint64_t to)
{
	return zero_out_some((uaddr){from}, to - from) ? -EFAULT : 0;
}

static int map_segment(struct space *s, struct file *f,
                       const struct elf_segment *g, uint64_t bias)
{
	uint64_t start = page_down(g->vaddr + bias);
	uint64_t file_end = g->vaddr + bias + g->filesz;
	uint64_t end = page_up(g->vaddr + bias + g->memsz);
	uint64_t middle = page_up(file_end);
	int rc = wx_check(g->prot);

	if (!rc && g->filesz)
		rc = map_part(s, start, middle, g->prot, f,
		              page_down(g->offset));
	else
		middle = start;
	if (!rc && end > middle)
		rc = map_part(s, middle, end, g->prot, NULL, 0);
	if (!rc && g->filesz && g->memsz > g->filesz && g->prot & PROT_WRITE)
		rc = zero_tail(file_end, middle);
	return rc;
}

int elf_map(struct space *s, struct file *f, const struct elf_image *e,
            uint64_t bias)
{
	int rc = 0;

	for (unsigned i = 0; i < e->nr_segments && !rc; i++)
		rc = map_segment(s, f, &e->segments[i], bias);
	return rc;
}
