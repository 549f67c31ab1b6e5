/*
 * fuzz_kdisk.c - any bytes as what the loader reads from a disk: a partition
 * table, the head of kernel.elf, its notes. What is accepted lies where it may.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/abi/gpt.h"
#include "kernel/boot/disk/elf_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void table(const uint8_t *data, size_t size)
{
	static struct gpt_entry entries[GPT_ENTRIES];
	struct gpt_header h = {0};
	const struct gpt_entry *e;

	memset(entries, 0, sizeof(entries));
	memcpy(&h, data, size < sizeof(h) ? size : sizeof(h));
	if (size > sizeof(h))
		memcpy(entries, data + sizeof(h),
		       size - sizeof(h) < sizeof(entries) ? size - sizeof(h)
		                                          : sizeof(entries));
	/* No fuzzer guesses a check sum. */
	h.entries_crc = gpt_crc32(0, entries, sizeof(entries));
	h.header_crc = gpt_header_crc(&h);
	if (!gpt_header_ok(&h, 10000))
		return;
	e = gpt_find(&h, entries, entries[0].type);
	if (e && (e->first > e->last || e->last >= 10000))
		abort();
}

static void kernel(const uint8_t *data, size_t size)
{
	uint64_t head[ELF_PLAN_HEAD / 8] = {0};
	struct elf_plan plan;

	memcpy(head, data, size < sizeof(head) ? size : sizeof(head));
	if (elf_plan(head, 1 << 20, &plan))
		return;
	for (unsigned i = 0; i < plan.n; i++) {
		const struct elf_part *p = &plan.parts[i];

		if (p->loaded > p->size || p->offset + p->loaded > 1 << 20 ||
		    p->addr < 1 << 20 || p->addr + p->size < p->addr)
			abort();
	}
}

static void notes(const uint8_t *data, size_t size)
{
	void *copy = malloc(size ? size : 1); /* ASan sees its end */

	if (size)
		memcpy(copy, data, size);
	(void)elf_plan_entry(copy, (uint32_t)size);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 1 << 20)
		return 0;
	table(data, size);
	kernel(data, size);
	notes(data, size);
	return 0;
}
