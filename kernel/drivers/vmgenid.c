/* vmgenid.c - see vmgenid.h. */
#include "kernel/drivers/vmgenid.h"

#include "kernel/lib/string.h"

enum {
	GUID_OFFSET = 40, /* QEMU, docs/specs/vmgenid: behind a header */
};

/* ACPI 6.4, 20.2.5.1 and 20.2.3: NameOp, the name, DWordPrefix. */
uint64_t vmgenid_address(const uint8_t *table, uint32_t len)
{
	static const uint8_t wanted[] = {0x08, 'V', 'G', 'I', 'A', 0x0c};
	uint32_t at;

	for (uint32_t i = 0; i + sizeof(wanted) + sizeof(at) <= len; i++) {
		if (memcmp(table + i, wanted, sizeof(wanted)) != 0)
			continue;
		memcpy(&at, table + i + sizeof(wanted), sizeof(at));
		return at ? (uint64_t)at + GUID_OFFSET : 0;
	}
	return 0;
}
