/* address.c - reading and writing addresses. */
#include "kernel/net/address.h"

#include "kernel/lib/string.h"

bool address_read(const char **s, uint32_t *out)
{
	uint32_t address = 0;

	for (unsigned i = 0; i < 4; i++) {
		uint64_t part;

		if (i && *(*s)++ != '.')
			return false;
		if (!str_number(s, 10, 255, &part))
			return false;
		address = address << 8 | (uint32_t)part;
	}
	*out = address;
	return true;
}

bool address_read_cidr(const char **s, uint32_t *address, unsigned *prefix)
{
	uint64_t n = 32;

	if (!address_read(s, address))
		return false;
	if (**s == '/') {
		(*s)++;
		if (!str_number(s, 10, 32, &n))
			return false;
	}
	*prefix = (unsigned)n;
	return true;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c | 32 : c);

	return c && at ? (int)(at - digits) : -1;
}

bool address_read_mac(const char **s, uint8_t out[6])
{
	const char *p = *s;

	for (unsigned i = 0; i < 6; i++) {
		int high, low;

		if (i && *p++ != ':')
			return false;
		high = hex_digit(p[0]);
		low = high < 0 ? -1 : hex_digit(p[1]);
		if (low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
		p += 2;
	}
	*s = p;
	return true;
}

void address_print(char out[ADDRESS_TEXT_MAX], uint32_t address)
{
	str_printf(out, ADDRESS_TEXT_MAX, "%u.%u.%u.%u", address >> 24,
	           address >> 16 & 255, address >> 8 & 255, address & 255);
}

uint32_t address_mask(unsigned prefix)
{
	return prefix ? UINT32_MAX << (32 - prefix) : 0;
}

unsigned address_prefix(uint32_t mask)
{
	unsigned n = 0;

	for (; mask; mask &= mask - 1)
		n++;
	return n;
}
