/* start_info.c - reading struct hvm_start_info with care. */
#include "kernel/boot/start_info.h"

#include "kernel/arch/x86_64/regs.h"
#include "kernel/boot/hvm_start_info.h"
#include "kernel/core/panic.h"
#include "kernel/lib/string.h"

enum {
	LOW_MEMORY = 1024 * 1024, /* left to firmware tables and shadows */
};

extern char kernel_end[];

static const void *at(uint64_t phys, uint64_t size)
{
	if (phys >= BOOT_REACH || size > BOOT_REACH - phys)
		panic("start info points to %#lx, out of reach", phys);
	return phys_to_virt((paddr){phys});
}

/* Insert in ascending order. What does not fit in the table is not used. */
static void add_range(struct boot_info *b, uint64_t start, uint64_t end)
{
	uint64_t kernel = virt_to_phys(kernel_end).v;
	unsigned i = b->nr_ranges;

	if (start < kernel) /* below it: the loader's and the firmware's */
		start = kernel;
	if (start >= end || end < LOW_MEMORY || i == MEM_RANGES_MAX)
		return;
	for (; i > 0 && b->ranges[i - 1].start > start; i--)
		b->ranges[i] = b->ranges[i - 1];
	b->ranges[i] = (struct mem_range){start, end};
	b->nr_ranges++;
}

static uint64_t find_smbios(const char *cmdline)
{
	static const char key[] = "smbios=0x";
	uint64_t at;

	for (const char *s = cmdline; *s; s++) {
		if (strncmp(s, key, sizeof(key) - 1) != 0)
			continue;
		s += sizeof(key) - 1;
		return str_number(&s, 16, UINT64_MAX >> 8, &at) ? at : 0;
	}
	return 0;
}

void start_info_read(uint64_t phys, struct boot_info *out)
{
	const struct hvm_start_info *si = at(phys, sizeof(*si));
	const struct hvm_memmap_entry *map;

	memset(out, 0, sizeof(*out));
	if (si->magic != HVM_START_MAGIC || si->version < 1)
		panic("no PVH start info of version 1 or later at %#lx", phys);
	map = at(si->memmap_paddr, si->memmap_entries * sizeof(*map));
	for (uint32_t i = 0; i < si->memmap_entries; i++)
		if (map[i].type == HVM_MEMMAP_RAM)
			add_range(out, map[i].addr, map[i].addr + map[i].size);
	if (!out->nr_ranges)
		panic("the memory map has no usable memory");
	out->rsdp = si->rsdp_paddr;
	if (si->cmdline_paddr)
		str_copy(out->cmdline, at(si->cmdline_paddr, CMDLINE_MAX),
		         CMDLINE_MAX);
	out->smbios = find_smbios(out->cmdline);
}
