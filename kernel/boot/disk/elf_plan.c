/* elf_plan.c - see elf_plan.h. */
#include "kernel/boot/disk/elf_plan.h"

#include <stddef.h>

#include "kernel/lib/elf64.h"

struct note {
	uint32_t name_size, desc_size, type;
};

enum {
	PT_NOTE = 4,
	PHYS32_ENTRY = 18,
	LOW_END = 1 << 20,
};

/* 0x7f E L F, 64 bits, little endian, version 1. */
static bool is_elf(const struct elf_header *h)
{
	static const uint8_t ident[7] = {0x7f, 'E', 'L', 'F', 2, 1, 1};

	for (unsigned i = 0; i < sizeof(ident); i++)
		if (h->ident[i] != ident[i])
			return false;
	return h->machine == EM_X86_64 &&
	       h->phentsize == sizeof(struct program_header);
}

static const char *add_part(const struct program_header *p, uint64_t size,
                            struct elf_plan *out)
{
	if (p->memsz == 0)
		return NULL;
	if (out->n == ELF_PLAN_PARTS)
		return "the kernel has too many parts";
	if (p->filesz > p->memsz || p->offset > size ||
	    p->filesz > size - p->offset)
		return "the kernel's file is cut off";
	if (p->paddr < LOW_END || p->paddr > UINT32_MAX ||
	    p->memsz > UINT32_MAX - p->paddr)
		return "the kernel wants memory that does not exist";
	out->parts[out->n++] = (struct elf_part){
		.offset = p->offset,
		.addr = (uint32_t)p->paddr,
		.loaded = (uint32_t)p->filesz,
		.size = (uint32_t)p->memsz,
	};
	return NULL;
}

static bool holds(const struct elf_part *part, const struct program_header *p)
{
	return p->paddr >= part->addr && p->filesz <= part->loaded &&
	       p->paddr - part->addr <= part->loaded - p->filesz;
}

static void find_notes(const struct program_header *p, struct elf_plan *out)
{
	for (unsigned i = 0; i < out->n; i++) {
		if (!holds(&out->parts[i], p))
			continue;
		out->notes = (uint32_t)p->paddr;
		out->notes_size = (uint32_t)p->filesz;
	}
}

const char *elf_plan(const void *head, uint64_t size, struct elf_plan *out)
{
	const struct elf_header *h = head;
	const struct program_header *p;
	const char *wrong = NULL;

	*out = (struct elf_plan){.n = 0};
	if (size < sizeof(*h) || !is_elf(h))
		return "the kernel's partition holds no kernel";
	if (h->phoff % 8 || h->phoff > ELF_PLAN_HEAD ||
	    h->phnum > (ELF_PLAN_HEAD - (uint32_t)h->phoff) / sizeof(*p))
		return "the kernel's program headers are not where they belong";
	p = (const void *)((const uint8_t *)head + h->phoff);
	for (unsigned i = 0; i < h->phnum && !wrong; i++)
		if (p[i].type == PT_LOAD)
			wrong = add_part(&p[i], size, out);
	for (unsigned i = 0; i < h->phnum && !wrong; i++)
		if (p[i].type == PT_NOTE)
			find_notes(&p[i], out);
	if (!wrong && !out->notes_size)
		wrong = "the kernel has no PVH entry";
	return wrong;
}

static uint32_t round4(uint32_t n)
{
	return (n + 3) & ~UINT32_C(3);
}

uint32_t elf_plan_entry(const void *notes, uint32_t size)
{
	const uint8_t *at = notes;
	struct note n;

	while (size >= sizeof(n)) {
		const uint8_t *desc;
		uint32_t all;

		__builtin_memcpy(&n, at, sizeof(n));
		size -= (uint32_t)sizeof(n);
		if (n.name_size > size || n.desc_size > size)
			break;
		all = round4(n.name_size) + round4(n.desc_size);
		if (all > size)
			break;
		desc = at + sizeof(n) + round4(n.name_size);
		if (n.type == PHYS32_ENTRY && n.name_size == 4 &&
		    n.desc_size >= 4 && at[sizeof(n)] == 'X') {
			uint32_t entry;

			__builtin_memcpy(&entry, desc, sizeof(entry));
			return entry;
		}
		at = desc + round4(n.desc_size);
		size -= all;
	}
	return 0;
}
