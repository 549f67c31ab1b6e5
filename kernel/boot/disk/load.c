/* load.c - see load.h. */
#include "kernel/boot/disk/load.h"

#include "kernel/lib/string.h"

/* What is in memory by now. */
struct loaded {
	struct elf_plan plan;
	uint8_t *at[ELF_PLAN_PARTS];
};

static const char *find_kernel(const struct load_from *from,
                               struct gpt_entry *out)
{
	const struct gpt_header *h = from->work;
	struct gpt_entry *entries = (void *)((char *)from->work + GPT_SECTOR);
	const struct gpt_entry *e;

	if (!from->read(from->ctx, 1, 0, from->work, GPT_SECTOR))
		return "the disk cannot be read";
	if (!gpt_header_ok(h, from->sectors))
		return "the disk's partition table is damaged";
	if (!from->read(from->ctx, h->entries_lba, 0, entries,
	                GPT_ENTRY_SECTORS * GPT_SECTOR))
		return "the disk cannot be read";
	e = gpt_find(h, entries, GPT_TYPE_KERNEL);
	if (!e)
		return "the disk has no partition with a kernel";
	*out = *e;
	return NULL;
}

static const char *load_part(const struct load_from *from, uint64_t lba,
                             const struct elf_part *part, uint8_t **at)
{
	*at = from->claim(from->ctx, part);
	if (!*at)
		return "there is too little memory for the kernel";
	if (!from->read(from->ctx, lba, part->offset, *at, part->loaded))
		return "the disk cannot be read";
	memset(*at + part->loaded, 0, part->size - part->loaded);
	return NULL;
}

/* elf_plan() has found them within one part. */
static uint32_t find_entry(const struct loaded *l)
{
	for (unsigned i = 0; i < l->plan.n; i++) {
		const struct elf_part *part = &l->plan.parts[i];

		if (l->plan.notes >= part->addr &&
		    l->plan.notes - part->addr < part->loaded)
			return elf_plan_entry(
				l->at[i] + (l->plan.notes - part->addr),
				l->plan.notes_size);
	}
	return 0;
}

const char *load_kernel(const struct load_from *from, uint32_t *entry)
{
	struct gpt_entry where;
	const char *wrong = find_kernel(from, &where);
	struct loaded l;
	uint64_t size;

	if (wrong)
		return wrong;
	size = (where.last - where.first + 1) * GPT_SECTOR;
	if (size < ELF_PLAN_HEAD)
		return "the kernel's partition is too small";
	if (!from->read(from->ctx, where.first, 0, from->work, ELF_PLAN_HEAD))
		return "the disk cannot be read";
	wrong = elf_plan(from->work, size, &l.plan);
	for (unsigned i = 0; i < l.plan.n && !wrong; i++)
		wrong = load_part(from, where.first, &l.plan.parts[i],
		                  &l.at[i]);
	if (wrong)
		return wrong;
	*entry = find_entry(&l);
	return *entry ? NULL : "the kernel has no PVH entry";
}
