/*
 * filter.h - which packets may come in.
 *
 * Pure: it sees headers and the time, and knows nothing of the stack, so it
 * runs in unit tests too. The caller serialises.
 *
 * Let in are: what an `allow` boot line names, and answers to what the program
 * began. TCP's answers are known by their connection, UDP's by a table of
 * flows that remembers whom the program wrote to. Everything else is dropped
 * and counted.
 */
#ifndef KERNEL_NET_FILTER_H
#define KERNEL_NET_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

enum {
	FILTER_ICMP = 1, /* numbers of IP protocols */
	FILTER_IGMP = 2,
	FILTER_TCP = 6,
	FILTER_UDP = 17,
	FILTER_ICMP6 = 58,

	FILTER_RULES_MAX = 256,
};

/* A value of the boot line `allow`. 0, -EINVAL, or -ENOSPC. */
NODISCARD int filter_add(const char *value);

enum filter_verdict {
	FILTER_PASS,
	FILTER_DROP,

	/* Pass if there is a TCP connection of these addresses. */
	FILTER_ASK_TCP,
};

/*
 * An IP packet of either version that came from outside. `size` bytes from its
 * header on are at `packet`; it may be longer. `now` in nanoseconds.
 */
enum filter_verdict filter_input(const uint8_t *packet, size_t size,
                                 uint64_t now);

/* The answer to FILTER_ASK_TCP was no. */
void filter_drop_unknown(void);

/* An IP packet that goes out: remember it if it is UDP. */
void filter_output(const uint8_t *packet, size_t size, uint64_t now);

/* Text for people: the rules and the counters. Returns its length. */
size_t filter_stats(char *out, size_t size);

/* Forget all rules, flows and counters: for tests. */
void filter_reset(void);

#endif
