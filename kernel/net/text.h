/*
 * text.h - IPv4 addresses as people write them. Pure.
 *
 * Addresses are numbers in host byte order. Readers move *s behind what they
 * read and return false when it is not there.
 */
#ifndef KERNEL_NET_TEXT_H
#define KERNEL_NET_TEXT_H

#include <stdbool.h>
#include <stdint.h>

enum { TEXT_ADDRESS_MAX = 16 }; /* "255.255.255.255" and its end */

bool text_address(const char **s, uint32_t *out);

/* ADDRESS/PREFIX; without a prefix it is 32. */
bool text_cidr(const char **s, uint32_t *address, unsigned *prefix);

/* aa:bb:cc:dd:ee:ff */
bool text_mac(const char **s, uint8_t out[6]);

void text_print_address(char out[TEXT_ADDRESS_MAX], uint32_t address);

uint32_t text_mask(unsigned prefix); /* 24: 0xffffff00 */
unsigned text_prefix(uint32_t mask); /* in either byte order */

#endif
