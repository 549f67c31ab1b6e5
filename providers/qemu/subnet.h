/*
 * subnet.h - addresses in a stack's private network.
 *
 * Each stack and site has a segment of its own: 10.N.0.0/16, with N from a hash
 * of both. An instance's address is a hash of its own address in the file, so
 * that it is the same on every host and every day; where two would meet, the
 * later one takes the next free.
 */
#ifndef PROVIDERS_QEMU_SUBNET_H
#define PROVIDERS_QEMU_SUBNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "providers/provider.h"

enum {
	QEMU_SUBNET_PREFIX = 16,
	QEMU_IP_LEN = 15,  /* "255.255.255.255" */
	QEMU_MAC_LEN = 17, /* "52:00:00:00:00:00" */
};

/* The address as a number, in host order; `taken` says which are not free. */
uint32_t qemu_subnet_ip(const struct owner *owner, const char *address,
                        bool (*taken)(const void *ctx, uint32_t ip),
                        const void *ctx);

void qemu_subnet_print(uint32_t ip, char out[static QEMU_IP_LEN + 1]);
bool qemu_subnet_parse(const char *text, uint32_t *ip);

/* "10.0.0.0/8" as base and mask; false when it is not IPv4. */
bool qemu_subnet_cidr(const char *text, uint32_t *base, uint32_t *mask);

/* `which` tells an instance's interfaces apart: "out", "segment". */
void qemu_subnet_mac(const struct owner *owner, const char *address,
                     const char *which, char out[static QEMU_MAC_LEN + 1]);

#endif
