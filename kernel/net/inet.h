/*
 * inet.h - what TCP and UDP sockets of both versions of IP have in common.
 *
 * A socket of AF_INET6 carries IPv4 too unless IPV6_V6ONLY is set: such
 * addresses are lwIP's IPv4 inside and ::ffff:a.b.c.d outside (RFC 3493, 3.7).
 * The address "any" of such a socket is of lwIP's type ANY.
 *
 * All of it needs the stack's lock but for reading and writing addresses.
 */
#ifndef KERNEL_NET_INET_H
#define KERNEL_NET_INET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lwip/ip_addr.h>

#include "kernel/lib/attr.h"

struct netif;
struct socket;
struct socket_address;
struct socket_msg;

enum {
	LEVEL_IP = 0,    /* IPPROTO_IP */
	LEVEL_IPV6 = 41, /* IPPROTO_IPV6 */
};

/* Of ip(7): a datagram goes in parts, or is refused; may others cut it? */
enum {
	PMTUDISC_DONT,
	PMTUDISC_WANT,
	PMTUDISC_DO,
	PMTUDISC_PROBE,
	PMTUDISC_INTERFACE,
	PMTUDISC_OMIT,
};

/* One end of a connection. */
struct inet_end {
	ip_addr_t address;
	uint16_t port; /* host byte order */
};

/* Options of levels IPPROTO_IP and IPPROTO_IPV6. */
struct inet_options {
	uint8_t tos, ttl; /* ttl also serves as hop limit */
	uint8_t discover; /* IP_MTU_DISCOVER, IPV6_MTU_DISCOVER: PMTUDISC_... */
	bool v6only;
	bool receive_errors; /* IP_RECVERR, IPV6_RECVERR */
	bool tell_info;      /* IP_PKTINFO, IPV6_RECVPKTINFO */
	bool tell_ttl, tell_tos;
	bool tell_original; /* IP_RECVORIGDSTADDR, IPV6_RECVORIGDSTADDR */
	bool freebind;      /* any address may be bound */
	bool no_port;       /* IP_BIND_ADDRESS_NO_PORT; a hint, and kept */
	bool dont_fragment; /* IPV6_DONTFRAG */
	uint16_t piece6;    /* IPV6_MTU: no longer in one piece; 0: any */
	bool stream;        /* of TCP, which has two bits of the tos itself */

	/* Datagrams to groups that others have joined: IP_MULTICAST_ALL. */
	bool every_group, every_group6;
};

/*
 * An address as a socket of `domain` may be given it. -EINVAL: too short, or
 * a link-local address without its link; -EAFNOSUPPORT: of another family;
 * -ENETUNREACH: IPv4 where only IPv6 is wanted.
 */
NODISCARD int inet_read_address(int domain, const struct inet_options *o,
                                const struct socket_address *a,
                                struct inet_end *out);
void inet_write_address(int domain, const struct inet_end *e,
                        struct socket_address *out);

/* What a socket that is bound to nothing has. */
ip_addr_t inet_any(int domain, const struct inet_options *o);

/* "Any" as a destination means this machine. */
void inet_any_to_loopback(ip_addr_t *address);

/* Would a packet be for both? */
bool inet_overlap(const ip_addr_t *a, const ip_addr_t *b);

/* A port for who did not ask for one: random, from ip_local_port_range. */
uint16_t inet_random_port(void);

/* Can a socket be bound to it: ours, or any, or does it not matter? */
bool inet_can_bind(const struct inet_options *o, const ip_addr_t *address);

/* The interface to reach `to` by, or NULL; it has an address to send from. */
struct netif *inet_route(const ip_addr_t *from, const ip_addr_t *to);

/* Is it IPPROTO_IP, or IPPROTO_IPV6 of a socket that has it? */
bool inet_has_level(const struct socket *s, int level);

/* What getsockopt() says to all other levels. */
NODISCARD int inet_wrong_level(const struct socket *s, int level);

/* The address to send from: that interface can reach `to`. */
ip_addr_t inet_source(struct netif *n, const ip_addr_t *to);

/* What a new socket has. */
void inet_options_init(struct inet_options *o, int domain, int type);

/* -ENOPROTOOPT for what is not here. `bound`: it is too late for V6ONLY. */
NODISCARD int inet_set_option(struct inet_options *o, int level, int name,
                              const void *value, size_t len, bool bound);
NODISCARD int inet_get_option(const struct inet_options *o, int level, int name,
                              void *value, size_t *len);

/*
 * IP_MTU and IPV6_MTU: what goes in one piece from one end to the other.
 * -ENOTCONN: there is no other; -ENOPROTOOPT: another option.
 */
NODISCARD int inet_get_mtu(const struct inet_end *local,
                           const struct inet_end *peer, int level, int name,
                           void *value, size_t *len);

/* About a datagram that came. */
struct inet_details {
	ip_addr_t to;
	uint16_t port; /* that it was sent to */
	uint8_t interface, ttl, tos;
};

/* Add the control messages that the options ask for. */
void inet_describe(int domain, const struct inet_options *o,
                   const struct inet_details *d, struct socket_msg *m);

/* What control messages want of a datagram to send. */
struct inet_wishes {
	bool has_source;
	ip_addr_t source;
	uint8_t interface; /* 0: any */
};

/* -EINVAL: malformed, or of a kind that is not here. */
NODISCARD int inet_read_wishes(const struct socket_msg *m,
                               struct inet_wishes *out);

/* Equal for equal addresses, and spread evenly. */
uint32_t inet_spread(const ip_addr_t *address, uint16_t port);

/* Is this TCP packet of a connection that we have? */
bool inet_has_tcp(const uint8_t *packet, size_t size);

/* A packet that is let in: if it is an ICMP error, tell the socket. */
void inet_icmp_input(const uint8_t *packet, size_t size);

#endif
