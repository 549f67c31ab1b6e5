/* memory.c - see memory.h. */
#include "kernel/boot/efi/memory.h"

#include <stdbool.h>

#include "kernel/boot/efi/efi.h"
#include "kernel/lib/string.h"

struct ranges {
	struct hvm_memmap_entry *v; /* ascending, none touches another */
	uint32_t n, max;
};

static bool is_ram(const struct efi_memory_descriptor *d)
{
	return d->type == EFI_CONVENTIONAL || d->type == EFI_LOADER_CODE ||
	       d->type == EFI_LOADER_DATA ||
	       d->type == EFI_BOOT_SERVICES_CODE ||
	       d->type == EFI_BOOT_SERVICES_DATA;
}

static uint64_t end_of(const struct hvm_memmap_entry *e)
{
	return e->addr + e->size;
}

static void remove_at(struct ranges *r, uint32_t i)
{
	memmove(&r->v[i], &r->v[i + 1], (--r->n - i) * sizeof(r->v[0]));
}

/* Make room for one by giving up the smallest, if `size` is larger. */
static bool make_room(struct ranges *r, uint64_t size)
{
	uint32_t least = 0;

	if (r->n < r->max)
		return true;
	for (uint32_t i = 1; i < r->n; i++)
		if (r->v[i].size < r->v[least].size)
			least = i;
	if (!r->n || r->v[least].size >= size)
		return false;
	remove_at(r, least);
	return true;
}

static void insert(struct ranges *r, uint64_t start, uint64_t end)
{
	uint32_t i;

	if (!make_room(r, end - start))
		return;
	for (i = r->n; i > 0 && r->v[i - 1].addr > start; i--)
		r->v[i] = r->v[i - 1];
	r->v[i] = (struct hvm_memmap_entry){
		.addr = start, .size = end - start, .type = HVM_MEMMAP_RAM};
	r->n++;
}

/* Together with those that it touches. */
static void add(struct ranges *r, uint64_t start, uint64_t end)
{
	for (uint32_t i = 0; i < r->n;) {
		const struct hvm_memmap_entry *e = &r->v[i];

		if (e->addr > end || end_of(e) < start) {
			i++;
			continue;
		}
		start = e->addr < start ? e->addr : start;
		end = end_of(e) > end ? end_of(e) : end;
		remove_at(r, i);
	}
	insert(r, start, end);
}

uint32_t efi_memory(const void *map, size_t size, size_t stride,
                    struct hvm_memmap_entry *out, uint32_t max)
{
	struct ranges r = {.v = out, .max = max};
	struct efi_memory_descriptor d;

	if (stride < sizeof(d))
		return 0;
	for (size_t at = 0; at < size && size - at >= stride; at += stride) {
		memcpy(&d, (const char *)map + at, sizeof(d));
		if (is_ram(&d) && d.pages &&
		    d.pages <= (UINT64_MAX - d.start) / EFI_PAGE_SIZE)
			add(&r, d.start, d.start + d.pages * EFI_PAGE_SIZE);
	}
	return r.n;
}
