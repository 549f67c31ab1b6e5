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

/* --- IPv6 --- */

enum { GROUPS = 8 };

static bool read_group(const char **s, uint16_t *out)
{
	unsigned v = 0, n = 0;
	int digit;

	while (n < 4 && (digit = hex_digit(**s)) >= 0) {
		v = v << 4 | (unsigned)digit;
		(*s)++;
		n++;
	}
	*out = (uint16_t)v;
	return n && hex_digit(**s) < 0;
}

/* An IPv4 address may stand for the last two groups. */
static bool read_tail(const char **s, uint16_t out[2])
{
	const char *p = *s;
	uint32_t v;

	if (!address_read(&p, &v))
		return false;
	*s = p;
	out[0] = (uint16_t)(v >> 16);
	out[1] = (uint16_t)v;
	return true;
}

/* Groups up to the end or a "::". How many, or -1. */
static int read_groups(const char **s, uint16_t *out, unsigned room)
{
	unsigned n = 0;

	while (hex_digit(**s) >= 0) {
		if (n + 2 <= room && read_tail(s, out + n))
			return (int)n + 2;
		if (n == room || !read_group(s, &out[n++]))
			return -1;
		if ((*s)[0] != ':' || (*s)[1] == ':')
			break;
		(*s)++;
		if (hex_digit(**s) < 0)
			return -1;
	}
	return (int)n;
}

static struct address6 of_groups(const uint16_t g[GROUPS])
{
	struct address6 a = {0};

	for (unsigned i = 0; i < GROUPS / 2; i++) {
		a.high = a.high << 16 | g[i];
		a.low = a.low << 16 | g[i + GROUPS / 2];
	}
	return a;
}

bool address6_read(const char **s, struct address6 *out)
{
	uint16_t all[GROUPS] = {0}, end[GROUPS];
	const char *p = *s;
	int n = read_groups(&p, all, GROUPS), m = 0;

	if (n < 0)
		return false;
	if (p[0] == ':' && p[1] == ':') {
		p += 2;
		m = read_groups(&p, end, GROUPS - 1 - (unsigned)n);
		if (m < 0 || n > GROUPS - 1)
			return false;
	} else if (n != GROUPS) {
		return false;
	}
	for (int i = 0; i < m; i++)
		all[GROUPS - m + i] = end[i];
	*out = of_groups(all);
	*s = p;
	return true;
}

bool address6_read_cidr(const char **s, struct address6 *out, unsigned *prefix)
{
	const char *p = *s;
	uint64_t n = 128;
	uint32_t v4;

	if (address_read_cidr(s, &v4, prefix)) {
		*out = address6_mapped(v4);
		*prefix += 96;
		return true;
	}
	if (!address6_read(&p, out))
		return false;
	if (*p == '/') {
		p++;
		if (!str_number(&p, 10, 128, &n))
			return false;
	}
	*prefix = (unsigned)n;
	*s = p;
	return true;
}

static uint16_t group_of(struct address6 a, unsigned i)
{
	uint64_t half = i < 4 ? a.high : a.low;

	return (uint16_t)(half >> (48 - 16 * (i & 3)));
}

/* The longest run of two or more groups of zero, the first of equals. */
static unsigned zero_run(struct address6 a, unsigned *at)
{
	unsigned best = 1, run = 0;

	for (unsigned i = 0; i < GROUPS; i++) {
		run = group_of(a, i) ? 0 : run + 1;
		if (run > best) {
			best = run;
			*at = i + 1 - run;
		}
	}
	return best > 1 ? best : 0;
}

void address6_print(char out[ADDRESS6_TEXT_MAX], struct address6 a)
{
	unsigned at = GROUPS, run = zero_run(a, &at);
	char v4[ADDRESS_TEXT_MAX];
	size_t n = 0;

	if (address6_is_mapped(a)) {
		address_print(v4, (uint32_t)a.low);
		str_printf(out, ADDRESS6_TEXT_MAX, "::ffff:%s", v4);
		return;
	}
	for (unsigned i = 0; i < GROUPS; i++) {
		if (run && i == at) {
			n += str_printf(out + n, ADDRESS6_TEXT_MAX - n, "::");
			i += run - 1;
			continue;
		}
		n += str_printf(out + n, ADDRESS6_TEXT_MAX - n, "%s%x",
		                i && out[n - 1] != ':' ? ":" : "",
		                (unsigned)group_of(a, i));
	}
}

struct address6 address6_of_bytes(const uint8_t bytes[16])
{
	struct address6 a = {0};

	for (unsigned i = 0; i < 8; i++) {
		a.high = a.high << 8 | bytes[i];
		a.low = a.low << 8 | bytes[i + 8];
	}
	return a;
}

void address6_to_bytes(struct address6 a, uint8_t bytes[16])
{
	for (unsigned i = 0; i < 8; i++) {
		bytes[i] = (uint8_t)(a.high >> (56 - 8 * i));
		bytes[i + 8] = (uint8_t)(a.low >> (56 - 8 * i));
	}
}

struct address6 address6_mapped(uint32_t address)
{
	return (struct address6){0, UINT64_C(0xffff00000000) | address};
}

bool address6_is_mapped(struct address6 a)
{
	return !a.high && a.low >> 32 == 0xffff;
}

static uint64_t half_mask(unsigned prefix)
{
	return prefix ? UINT64_MAX << (64 - prefix) : 0;
}

struct address6 address6_mask(unsigned prefix)
{
	if (prefix > 64)
		return (struct address6){UINT64_MAX, half_mask(prefix - 64)};
	return (struct address6){half_mask(prefix), 0};
}

struct address6 address6_masked(struct address6 a, struct address6 mask)
{
	return (struct address6){a.high & mask.high, a.low & mask.low};
}

bool address6_equal(struct address6 a, struct address6 b)
{
	return a.low == b.low && a.high == b.high;
}
