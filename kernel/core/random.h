/*
 * random.h - random bytes, from ChaCha20 keyed with what entropy the machine
 * has (RDSEED, RDRAND, virtio-rng, the boot line `seed`, time stamps). Any
 * context.
 */
#ifndef KERNEL_CORE_RANDOM_H
#define KERNEL_CORE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t n);
uint64_t random_u64(void);

/* Stir in bytes that somebody else may not know. */
void random_add(const void *bytes, size_t n);

/* The same where somebody else may have our key: with what the hardware has. */
void random_renew(const void *bytes, size_t n);

#endif
