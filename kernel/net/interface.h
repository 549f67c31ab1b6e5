/*
 * interface.h - network devices as lwIP's interfaces, and their addresses.
 *
 * Functions that end in _locked need the stack's lock. Addresses are numbers
 * in host byte order.
 */
#ifndef KERNEL_NET_INTERFACE_H
#define KERNEL_NET_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/attr.h"
#include "kernel/net/address.h"

enum {
	INTERFACE_LOOPBACK = 1, /* its index; the first device is 2 */
	INTERFACE_DNS_MAX = 3,  /* of each version of IP */
	INTERFACE_ADDRESSES6_MAX = 5,

	/* rtnetlink(7); as /proc/net/if_inet6 has them: ipv6_addr_scope(). */
	INTERFACE_SCOPE_GLOBAL = 0,
	INTERFACE_SCOPE_SITE = 200,
	INTERFACE_SCOPE_LINK = 253,
	INTERFACE_SCOPE_HOST = 254,
	INTERFACE_PERMANENT = 0x80, /* IFA_F_PERMANENT */
	INTERFACE_DOMAIN_MAX = 254,
};

/* A static address of IPv6, beside those that routers and servers give. */
struct interface_config6 {
	bool on;
	struct address6 address, gateway; /* gateway ::: none */
	unsigned prefix;
	struct address6 dns[INTERFACE_DNS_MAX];
	unsigned nr_dns;
};

/* How an interface gets its addresses. */
struct interface_config {
	bool dhcp;
	uint32_t address, gateway; /* unless by DHCP; 0: none */
	unsigned prefix;
	uint32_t dns[INTERFACE_DNS_MAX];
	unsigned nr_dns;
	struct interface_config6 six;
};

/*
 * Make an interface of every device and configure it: config_of() says how,
 * by the device's address; NULL leaves it without. `hostname` stays borrowed.
 * `changed` is called in the stack's thread, its lock held, when an address
 * came or went.
 */
NODISCARD int interface_start_all(
	const struct interface_config *(*config_of)(const uint8_t mac[6]),
	const char *hostname, void (*changed)(void));

/* lwIP has made its loopback interface: know it. */
void interface_start_loopback_locked(void);

/* Take some frames from each device. True: there may be more. */
bool interface_receive_locked(void);

/* Deliver what we have sent to ourselves. */
void interface_loop_locked(void);

/* Devices may interrupt again. True: something came meanwhile. */
bool interface_listen_locked(void);

/* Nobody on the way may cut the IPv4 packets that are sent from now on. */
void interface_keep_whole_locked(bool on);

/* Send what was queued. */
void interface_flush_locked(void);

/* Has every interface that should have an address got one? */
bool interface_configured_locked(void);

/* Name servers and domain, from DHCP, routers or the boot lines. */
unsigned interface_dns_locked(struct address6 *out, unsigned max);
const char *interface_domain_locked(void); /* "" when there is none */

struct interface_address6 {
	struct address6 address;
	unsigned prefix;
	uint8_t scope;  /* INTERFACE_SCOPE_... */
	bool permanent; /* not from a router or a server */
};

struct dhcp_routes;

struct interface_info {
	unsigned index;
	char name[8];
	bool up, loopback;
	uint8_t mac[6];
	uint16_t mtu;
	uint32_t address, gateway; /* 0: none */
	unsigned prefix;
	struct interface_address6 six[INTERFACE_ADDRESSES6_MAX];
	unsigned nr_six;
	bool has_gateway6;
	struct address6 gateway6;
	/* More of them, by DHCP: the stack's lock guards them. NULL: none. */
	const struct dhcp_routes *routes;
	uint64_t rx_bytes, rx_packets, rx_dropped;
	uint64_t tx_bytes, tx_packets, tx_dropped;
};

/* The nth interface, the loopback one first; false: there are fewer. */
bool interface_info_locked(unsigned n, struct interface_info *out);

/* Is this one of our own addresses? All of 127.0.0.0/8 is. */
bool interface_is_local_locked(uint32_t address);

#endif
