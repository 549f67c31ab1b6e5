/*
 * inet.h - what TCP and UDP sockets have in common.
 *
 * All of it needs the stack's lock but for reading and writing addresses.
 */
#ifndef KERNEL_NET_INET_H
#define KERNEL_NET_INET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

struct socket_address;

/* One end of a connection. */
struct inet_end {
	uint32_t address; /* network byte order, as lwIP has it */
	uint16_t port;    /* host byte order */
};

/* Options of level IPPROTO_IP. */
struct inet_options {
	uint8_t tos, ttl;
	bool receive_errors; /* IP_RECVERR */
};

/* -EINVAL: too short; -EAFNOSUPPORT: not AF_INET. */
NODISCARD int inet_read_address(const struct socket_address *a,
                                struct inet_end *out);
void inet_write_address(const struct inet_end *e, struct socket_address *out);

/* A port for who did not ask for one: random, from ip_local_port_range. */
uint16_t inet_random_port(void);

/* Can a socket be bound to it: ours, or any? */
bool inet_can_bind(uint32_t address);

/* -ENOPROTOOPT for what is not here. */
NODISCARD int inet_set_option(struct inet_options *o, int name,
                              const void *value, size_t len);
NODISCARD int inet_get_option(const struct inet_options *o, int name,
                              void *value, size_t *len);

/* Is this TCP packet of a connection that we have? */
bool inet_has_tcp(const uint8_t *packet, size_t size);

/* A packet that is let in: if it is an ICMP error, tell the socket. */
void inet_icmp_input(const uint8_t *packet, size_t size);

#endif
