/* mptable.c - see mptable.h. Section numbers are those of version 1.4. */
#include "kernel/drivers/mptable.h"

#include "kernel/arch/mmu.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/string.h"

enum {
	/* 4: where the floating pointer may be. */
	BASE_KILOBYTES = 0x413, /* the BIOS keeps memory's size here */
	EBDA_SEGMENT = 0x40e,
	BIOS_AREA = 0xf0000,
	BIOS_AREA_END = 0x100000,
	KILOBYTE = 1024,

	PROCESSOR = 0, /* 4.3.1 */
	PROCESSOR_SIZE = 20,
	OTHER_SIZE = 8,
	ENABLED = 1,
};

struct floating {
	char signature[4];
	uint32_t table;
	uint8_t length, version, checksum, features[5];
} PACKED;
static_assert(sizeof(struct floating) == 16, "4.1");

struct table {
	char signature[4];
	uint16_t length;
	uint8_t version, checksum;
	char oem[8], product[12];
	uint32_t oem_table;
	uint16_t oem_size, nr_entries;
	uint32_t lapic;
	uint16_t extended_length;
	uint8_t extended_checksum, reserved;
} PACKED;
static_assert(sizeof(struct table) == 44, "4.2");

static const void *at(uint64_t phys)
{
	return phys_to_virt((paddr){phys});
}

static uint8_t sum(const void *from, size_t n)
{
	const uint8_t *p = from;
	uint8_t s = 0;

	while (n--)
		s = (uint8_t)(s + *p++);
	return s;
}

static const struct floating *find_in(uint64_t from, uint64_t to)
{
	for (; from + sizeof(struct floating) <= to; from += 16) {
		const struct floating *f = at(from);

		if (memcmp(f->signature, "_MP_", 4) == 0 && f->length == 1 &&
		    sum(f, sizeof(*f)) == 0)
			return f;
	}
	return NULL;
}

static uint64_t word_at(uint64_t phys)
{
	uint16_t v;

	memcpy(&v, at(phys), sizeof(v));
	return v;
}

static const struct floating *find_floating(void)
{
	uint64_t ebda = word_at(EBDA_SEGMENT) << 4;
	uint64_t end = word_at(BASE_KILOBYTES) * KILOBYTE;
	const struct floating *f = NULL;

	if (ebda)
		f = find_in(ebda, ebda + KILOBYTE);
	if (!f && end >= KILOBYTE)
		f = find_in(end - KILOBYTE, end);
	return f ? f : find_in(BIOS_AREA, BIOS_AREA_END);
}

/* All of it below the first MiB, where the firmware puts it. */
static const struct table *find_table(void)
{
	const struct floating *f = find_floating();
	const struct table *t;

	if (!f || !f->table || f->table > BIOS_AREA_END - sizeof(*t))
		return NULL;
	t = at(f->table);
	if (memcmp(t->signature, "PCMP", 4) != 0 || t->length < sizeof(*t) ||
	    f->table + t->length > BIOS_AREA_END || sum(t, t->length) != 0)
		return NULL;
	return t;
}

unsigned mptable_processors(uint32_t *ids, unsigned max)
{
	const struct table *t = find_table();
	const uint8_t *e = (const uint8_t *)(t + 1), *end;
	unsigned n = 0;

	if (!t)
		return 0;
	end = (const uint8_t *)t + t->length;
	for (unsigned i = 0; i < t->nr_entries && n < max && e < end; i++) {
		size_t size = *e == PROCESSOR ? PROCESSOR_SIZE : OTHER_SIZE;

		if (size > (size_t)(end - e))
			break;
		if (*e == PROCESSOR && e[3] & ENABLED)
			ids[n++] = e[1];
		e += size;
	}
	return n;
}
