/*
 * interface_private.h - interfaces, for the files that make them up:
 *
 *	interface.c		frames between devices and lwIP; IPv4 addresses
 *	interface6.c		IPv6 addresses
 *	interface_dhcp.c	what lwIP's DHCP leaves to us
 *	interface_dhcp6.c	DHCPv6
 *	interface_names.c	name servers, the domain
 *
 * The stack's lock guards everything here.
 */
#ifndef KERNEL_NET_INTERFACE_PRIVATE_H
#define KERNEL_NET_INTERFACE_PRIVATE_H

#include <lwip/netif.h>

#include "kernel/lib/list.h"
#include "kernel/net/address.h"
#include "kernel/net/dhcp6_message.h"
#include "kernel/net/dhcp_routes.h"
#include "kernel/net/interface.h"

struct netdev;

/* Who says that an interface has an address. */
enum interface6_by {
	INTERFACE6_BY_ROUTER, /* or itself: the one that is local to the link */
	INTERFACE6_BY_DHCP,
	INTERFACE6_BY_CONFIG,
};

/* Those before LOOKING say nothing. */
enum dhcp6_state {
	DHCP6_OFF,
	DHCP6_HAVING,
	DHCP6_KNOWING, /* name servers, and nothing else */
	DHCP6_LOOKING,
	DHCP6_REQUESTING,
	DHCP6_RENEWING,
	DHCP6_REBINDING,
	DHCP6_ASKING, /* for name servers */
};

#define DHCP6_NEVER UINT64_MAX

struct dhcp6_client {
	enum dhcp6_state state;
	uint32_t xid;
	unsigned tries;
	uint32_t wait_ms;                     /* the last */
	uint64_t began_ms, due_ms, leased_ms; /* since the machine started */
	struct dhcp6_duid server;
	struct dhcp6_lease lease;
	unsigned slot; /* among the interface's addresses; 0: none */
};

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
	struct {
		uint8_t prefix; /* 0: 64 */
		enum interface6_by by;
	} six[INTERFACE_ADDRESSES6_MAX]; /* in lwIP's order */
	struct dhcp6_client dhcp6;
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

/* --- interface_dhcp6.c --- */

/* Once, before routers are asked. 0 or a negated errno. */
NODISCARD int interface_dhcp6_start(void);

/* --- interface_names.c --- */

/* The domain, where DHCP has not said one. */
void interface_offer_domain_locked(const char *name);

/* --- interface6.c --- */

struct interface6_wanted {
	struct address6 address;
	unsigned prefix;
	uint32_t valid_s, preferred_s; /* UINT32_MAX: for ever */
	enum interface6_by by;
};

/*
 * Give it the address, in that slot (0: a free one). The slot, or 0: there is
 * none.
 */
unsigned interface6_put(struct interface *i, unsigned slot,
                        const struct interface6_wanted *a);
void interface6_drop(struct interface *i, unsigned slot);

void interface6_set_address(ip6_addr_t *out, struct address6 a);

/* Give it a link-local address and ask for routers. */
void interface6_start(struct interface *i);

/* Something may have changed: announce what has. */
void interface6_status(struct interface *i);

void interface6_describe(const struct netif *n, struct interface_info *out);

/* Does the packet's sender claim to be us? */
bool interface6_is_forged(const uint8_t *packet, size_t size);

struct address6 interface6_address(const ip6_addr_t *a);

#endif
