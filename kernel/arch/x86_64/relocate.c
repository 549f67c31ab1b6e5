/*
 * relocate.c - the kernel moves to a random place in its GiB of addresses.
 *
 * kernel_relocate() runs before there is anything else: at the address where
 * the image lies in memory, with the boot's page tables, no stack protector and
 * no other function. The linker has listed the words that hold addresses: RELR
 * (a run of them as bits) and RELA (gABI, "Relocation").
 *
 * A word "nokaslr" on the command line keeps it in its place, for debuggers.
 */
#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/regs.h"

enum {
	SLOTS = 496,     /* of 2 MiB; the image has the rest of the GiB */
	IMAGE_SLOTS = 8, /* how many it may take */
	LARGE_PAGE = 0x200000,
	PTE_TABLE = 3, /* present, writable */
	PTE_LARGE_PAGE = 0x83,
	PDPT_KERNEL = 510,
	RDRAND_BIT = 30,
	R_X86_64_RELATIVE = 8,
	CMDLINE_OFFSET = 24, /* struct hvm_start_info */
};

uint64_t kernel_slide;

struct rela {
	uint64_t offset, info, addend;
};

extern const uint64_t relr_start[], relr_end[];
extern const struct rela rela_start[], rela_end[];
extern uint64_t boot_pdpt[], boot_kernel_pd[];

uint64_t kernel_relocate(uint64_t start_info);

#define EARLY __attribute__((no_stack_protector))

/* Where a word lies now, given the address it was linked at. */
static inline uint64_t *word_at(uint64_t linked)
{
	return (uint64_t *)(linked - KERNEL_BASE);
}

static inline EARLY int stays(uint64_t start_info)
{
	static const char word[] = "nokaslr";
	const char *s = *(const char *const *)(start_info + CMDLINE_OFFSET);

	for (; s && *s; s++) {
		unsigned n = 0;

		while (word[n] && s[n] == word[n])
			n++;
		if (!word[n])
			return 1;
	}
	return 0;
}

/* The counter alone is a guess of its low bits; with RDRAND it is none. */
static inline EARLY uint64_t choose(void)
{
	uint64_t v = rdtsc() * UINT64_C(0x9e3779b97f4a7c15) >> 20, hardware;
	unsigned char ok = 0;

	if (cpuid(1, 0).c >> RDRAND_BIT & 1)
		__asm__ volatile("rdrand %0" : "=r"(hardware), "=@ccc"(ok));
	if (ok)
		v ^= hardware;
	return v % SLOTS * LARGE_PAGE;
}

static inline EARLY void map_at(uint64_t slide)
{
	uint64_t first = slide / LARGE_PAGE;

	for (uint64_t i = 0; i < IMAGE_SLOTS; i++)
		boot_kernel_pd[first + i] = i * LARGE_PAGE | PTE_LARGE_PAGE;
	boot_pdpt[PDPT_KERNEL] = (uint64_t)boot_kernel_pd | PTE_TABLE;
}

static inline EARLY void apply_relr(uint64_t slide)
{
	uint64_t *next = 0;

	for (const uint64_t *e = relr_start; e < relr_end; e++) {
		if (!(*e & 1)) {
			next = word_at(*e);
			*next++ += slide;
			continue;
		}
		for (unsigned i = 0; i < 63; i++)
			if (*e >> (i + 1) & 1)
				next[i] += slide;
		next += 63;
	}
}

static inline EARLY void apply_rela(uint64_t slide)
{
	for (const struct rela *r = rela_start; r < rela_end; r++)
		if (r->info == R_X86_64_RELATIVE)
			*word_at(r->offset) = r->addend + slide;
}

EARLY uint64_t kernel_relocate(uint64_t start_info)
{
	uint64_t slide = stays(start_info) ? 0 : choose();

	map_at(slide);
	apply_relr(slide);
	apply_rela(slide);
	kernel_slide = slide;
	return slide;
}
