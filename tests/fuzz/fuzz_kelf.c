/*
 * fuzz_kelf.c - any bytes as a program: what the kernel's loader believes of
 * them must lie in the file and in the program's half of memory.
 */
#include "kernel/linux/elf.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "kernel/arch/user.h"
#include "kernel/fs/vfs.h"
#include "kernel/mm/space.h"
#include "tests/lib/khost/fsdrive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint64_t USER_END = UINT64_C(1) << 47;

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* Stands in for the address space: is this a wish that it may be given? */
int space_map(struct space *s, const struct area_wish *w, uint64_t *addr)
{
	(void)s;
	must(w->size > 0 && w->addr % PAGE_SIZE == 0 &&
	     w->size % PAGE_SIZE == 0);
	must(w->addr + w->size > w->addr && w->addr + w->size <= USER_END);
	must((w->prot & ~(unsigned)PROT_ALL) == 0);
	*addr = w->addr;
	return 0;
}

size_t zero_out_some(uaddr to, size_t n)
{
	must(n <= PAGE_SIZE && to.v + n <= USER_END);
	return 0;
}

static void check(const struct elf_image *e, struct file *f)
{
	must(e->nr_segments > 0 && e->nr_segments <= ELF_PHDRS_MAX);
	must(e->low < e->high && e->high <= USER_END);
	for (unsigned i = 0; i < e->nr_segments; i++) {
		const struct elf_segment *g = &e->segments[i];

		must(g->filesz <= g->memsz);
		must(g->vaddr >= e->low && g->memsz <= e->high - g->vaddr);
	}
	for (size_t n = 0; n < ELF_INTERP_MAX; n++)
		if (!e->interp[n])
			break;
		else
			must(n + 1 < ELF_INTERP_MAX);
	(void)!elf_map(NULL, f, e, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	const char *why = NULL;
	struct elf_image image;
	struct file *f;

	if (!ready)
		drive_init();
	ready = true;
	(void)!vfs_unlink(NULL, "/program");
	if (drive_write("/program", 0, data, size) != (int64_t)size)
		return 0;
	must(vfs_open(NULL, "/program", O_RDONLY, 0, &f) == 0);
	if (elf_read(f, &image, &why) == 0)
		check(&image, f);
	file_put(f);
	return 0;
}
