/*
 * address.h - addresses as people write them. Pure.
 *
 * Addresses are numbers in host byte order: one of 32 bits, or two of 64.
 * Readers move *s behind what they read and return false when it is not there.
 */
#ifndef KERNEL_NET_ADDRESS_H
#define KERNEL_NET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	ADDRESS_TEXT_MAX = 16,  /* "255.255.255.255" and its end */
	ADDRESS6_TEXT_MAX = 46, /* of IPv6, with an IPv4 address in it */
};

/* An IPv6 address, or one of IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
struct address6 {
	uint64_t high, low;
};

bool address_read(const char **s, uint32_t *out);

/* ADDRESS/PREFIX; without a prefix it is 32. */
bool address_read_cidr(const char **s, uint32_t *address, unsigned *prefix);

/* aa:bb:cc:dd:ee:ff */
bool address_read_mac(const char **s, uint8_t out[6]);

void address_print(char out[ADDRESS_TEXT_MAX], uint32_t address);

/* The forms of RFC 4291, 2.2; printed as RFC 5952 wants it. */
bool address6_read(const char **s, struct address6 *out);
void address6_print(char out[ADDRESS6_TEXT_MAX], struct address6 a);

/* ADDRESS/PREFIX of either kind; that of IPv4 counts from 96. */
bool address6_read_cidr(const char **s, struct address6 *out, unsigned *prefix);

struct address6 address6_of_bytes(const uint8_t bytes[16]); /* network order */
void address6_to_bytes(struct address6 a, uint8_t bytes[16]);

/* IPv4 inside of IPv6, and is it? */
struct address6 address6_mapped(uint32_t address);
bool address6_is_mapped(struct address6 a);

bool address6_equal(struct address6 a, struct address6 b);

struct address6 address6_mask(unsigned prefix);
struct address6 address6_masked(struct address6 a, struct address6 mask);

uint32_t address_mask(unsigned prefix); /* 24: 0xffffff00 */
unsigned address_prefix(uint32_t mask); /* in either byte order */

#endif
