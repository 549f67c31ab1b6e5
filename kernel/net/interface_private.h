/*
 * interface_private.h - interfaces, for the files that make them up:
 *
 *	interface.c		frames between devices and lwIP; IPv4 addresses
 *	interface6.c		IPv6 addresses
 *	interface_names.c	name servers, the domain
 *
 * The stack's lock guards everything here.
 */
#ifndef KERNEL_NET_INTERFACE_PRIVATE_H
#define KERNEL_NET_INTERFACE_PRIVATE_H

#include <lwip/netif.h>

#include "kernel/lib/list.h"
#include "kernel/net/address.h"
#include "kernel/net/dhcp_routes.h"
#include "kernel/net/interface.h"

struct netdev;

struct interface {
	struct netif netif;
	struct netdev *dev;
	const struct interface_config *config;
	struct list link;
	uint64_t rx_bytes, rx_packets, rx_dropped;
	uint64_t tx_bytes, tx_packets, tx_dropped;
	bool unsent;               /* the device has not been told */
	bool was_full;             /* a frame found no room */
	struct dhcp_routes routes; /* by DHCP; none: only a gateway */
	uint32_t configured;       /* the address that was last announced */
	uint8_t announced6;        /* a bit for each IPv6 address that was */
};

static inline struct interface *interface_of(const struct netif *n)
{
	return n->state;
}

/* An address or a name server has changed. */
void interface_changed_locked(void);

/* Name server n of IPv4; 0: none. */
void interface_set_dns_locked(unsigned n, uint32_t address);

/* --- interface_dhcp.c --- */

void interface_dhcp_take_routes(struct interface *i, const struct pbuf *p,
                                u16_t offset, u8_t len);

/* The address has come or gone: so do the routes. */
void interface_dhcp_settle(struct interface *i);

/* --- interface6.c --- */

/* Give it a link-local address and ask for routers. */
void interface6_start(struct interface *i);

/* Something may have changed: announce what has. */
void interface6_status(struct interface *i);

void interface6_describe(const struct netif *n, struct interface_info *out);

/* Does the packet's sender claim to be us? */
bool interface6_is_forged(const uint8_t *packet, size_t size);

struct address6 interface6_address(const ip6_addr_t *a);

#endif
