/* symbols.c - looks names up in the table that symtab.sh makes. */
#include "kernel/core/symbols.h"

#include <stddef.h>

#include "kernel/arch/mmu.h"

extern const uint64_t symtab_count;
extern const uint32_t symtab_addrs[];   /* low half of each address, sorted */
extern const uint32_t symtab_offsets[]; /* into symtab_names */
extern const char symtab_names[];
extern const char kernel_start[], text_end[];

const char *symbol_find(uint64_t addr, uint64_t *offset)
{
	size_t low = 0, high = symtab_count;

	if (addr < (uint64_t)kernel_start || addr >= (uint64_t)text_end)
		return NULL;
	addr -= kernel_slide;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (symtab_addrs[middle] <= (uint32_t)addr)
			low = middle;
		else
			high = middle;
	}
	if (!symtab_count || symtab_addrs[low] > (uint32_t)addr)
		return NULL;
	if (offset)
		*offset = (uint32_t)addr - symtab_addrs[low];
	return symtab_names + symtab_offsets[low];
}
