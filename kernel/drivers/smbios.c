/* smbios.c - finding the table; see smbios.h. */
#include "kernel/drivers/smbios.h"

#include "kernel/arch/mmu.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/string.h"

enum {
	/* DSP0134, 5.2: where a PC's firmware leaves the entry point. */
	AREA = 0xf0000,
	AREA_SIZE = 0x10000,
	STEP = 16,
	TABLE_MAX = 64 * 1024,
};

/* 5.2.1: the 32-bit entry point. */
struct entry32 {
	char anchor[4]; /* "_SM_" */
	uint8_t checksum, length, major, minor;
	uint16_t largest;
	uint8_t revision, formatted[5];
	char dmi_anchor[5]; /* "_DMI_" */
	uint8_t dmi_checksum;
	uint16_t table_length;
	uint32_t table;
	uint16_t count;
	uint8_t bcd;
} PACKED;
static_assert(sizeof(struct entry32) == 31, "DSP0134, 5.2.1");

/* 5.2.2: the 64-bit entry point. */
struct entry64 {
	char anchor[5]; /* "_SM3_" */
	uint8_t checksum, length, major, minor, docrev, revision, reserved;
	uint32_t table_max;
	uint64_t table;
} PACKED;
static_assert(sizeof(struct entry64) == 24, "DSP0134, 5.2.2");

struct where {
	uint64_t phys;
	uint32_t size;
};

/* Of either kind; the longer one's bytes are there. */
static bool read_entry(const void *entry, struct where *out)
{
	const struct entry32 *e32 = entry;
	const struct entry64 *e64 = entry;

	if (memcmp(e64->anchor, "_SM3_", sizeof(e64->anchor)) == 0)
		*out = (struct where){e64->table, e64->table_max};
	else if (memcmp(e32->anchor, "_SM_", sizeof(e32->anchor)) == 0)
		*out = (struct where){e32->table, e32->table_length};
	else
		return false;
	return true;
}

static bool find_table(uint64_t entry, struct where *out)
{
	const char *area;

	if (entry) {
		area = (const char *)(uintptr_t)mmio_map(
			entry, sizeof(struct entry32));
		return area && read_entry(area, out);
	}
	area = phys_to_virt((paddr){AREA});
	for (unsigned i = 0; i < AREA_SIZE - sizeof(struct entry32); i += STEP)
		if (read_entry(area + i, out))
			return true;
	return false;
}

bool smbios_product_is(uint64_t entry, const char *name)
{
	struct where w;
	const uint8_t *table;
	const char *product;

	if (!find_table(entry, &w))
		return false;
	if (w.size > TABLE_MAX)
		w.size = TABLE_MAX;
	table = (const uint8_t *)(uintptr_t)mmio_map(w.phys, w.size);
	product = table ? smbios_find_product(table, w.size) : NULL;
	return product && strcmp(product, name) == 0;
}
