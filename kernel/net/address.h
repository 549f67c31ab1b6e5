/*
 * address.h - IPv4 addresses as people write them. Pure.
 *
 * Addresses are numbers in host byte order. Readers move *s behind what they
 * read and return false when it is not there.
 */
#ifndef KERNEL_NET_ADDRESS_H
#define KERNEL_NET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

enum { ADDRESS_TEXT_MAX = 16 }; /* "255.255.255.255" and its end */

bool address_read(const char **s, uint32_t *out);

/* ADDRESS/PREFIX; without a prefix it is 32. */
bool address_read_cidr(const char **s, uint32_t *address, unsigned *prefix);

/* aa:bb:cc:dd:ee:ff */
bool address_read_mac(const char **s, uint8_t out[6]);

void address_print(char out[ADDRESS_TEXT_MAX], uint32_t address);

uint32_t address_mask(unsigned prefix); /* 24: 0xffffff00 */
unsigned address_prefix(uint32_t mask); /* in either byte order */

#endif
