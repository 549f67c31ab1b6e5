/* smbios_table.c - reading the table (DSP0134, 6.1); see smbios.h. */
#include "kernel/drivers/smbios.h"
#include "kernel/lib/string.h"

enum {
	TYPE_SYSTEM = 1,
	TYPE_END = 127,
	SYSTEM_PRODUCT = 5, /* offset of the string's number: 7.2 */
	HEADER_SIZE = 4,
};

/*
 * Behind a structure's fixed part stand its strings, each terminated, and one
 * more zero; without strings two zeros. NULL: they run out of the table.
 */
static const uint8_t *end_of(const uint8_t *at, const uint8_t *end)
{
	if ((size_t)(end - at) < HEADER_SIZE || at[1] < HEADER_SIZE ||
	    at[1] > end - at)
		return NULL;
	for (at += at[1]; end - at >= 2; at++)
		if (!at[0] && !at[1])
			return at + 2;
	return NULL;
}

/* String number `n`, counted from 1; the caller has checked the structure. */
static const char *string(const uint8_t *at, unsigned n)
{
	const char *s = (const char *)at + at[1];

	if (!n)
		return NULL;
	while (--n) {
		if (!*s)
			return NULL;
		s += strlen(s) + 1;
	}
	return *s ? s : NULL;
}

const char *smbios_find_product(const uint8_t *table, size_t size)
{
	const uint8_t *end = table + size, *next;

	for (; (next = end_of(table, end)); table = next) {
		if (table[0] == TYPE_END)
			return NULL;
		if (table[0] == TYPE_SYSTEM && table[1] > SYSTEM_PRODUCT)
			return string(table, table[SYSTEM_PRODUCT]);
	}
	return NULL;
}
