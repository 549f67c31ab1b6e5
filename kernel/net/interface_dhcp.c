/*
 * interface_dhcp.c - what lwIP's DHCP client leaves to us (RFC 2131): each step
 * on the console, more options asked for, and waits that differ from machine to
 * machine, so that a rack that comes up at once does not ask in step.
 *
 * lwIP asks again after 2, 4, 8, 16, 32 and then every 60 seconds, for ever.
 */
#include <lwip/dhcp.h>
#include <lwip/prot/dhcp.h>
#include <lwip/timeouts.h>

#include "kernel/core/log.h"
#include "kernel/core/netdev.h"
#include "kernel/core/random.h"
#include "kernel/lib/string.h"
#include "kernel/net/interface_private.h"
#include "kernel/net/lwip/hooks.h"

enum {
	OPTION_PARAMETERS = 55, /* RFC 2132, 9.8 */
	OPTION_DOMAIN = 15,
	OPTION_MTU = 26,
	SHAKE_TICKS = 2, /* a second either way: RFC 2131, 4.1 */
};

/*
 * Make the list of those we ask for longer; what is behind it moves. Routes
 * come before the router, which is lwIP's: RFC 3442.
 */
static void ask_for_more(uint8_t *options, u16_t *len)
{
	static const uint8_t more[] = {DHCP_ROUTES_OPTION, OPTION_DOMAIN,
	                               OPTION_MTU};
	unsigned at = 0, begin;

	while (at + 1 < *len && options[at] != OPTION_PARAMETERS)
		at += 2u + options[at + 1];
	if (at + 1 >= *len || *len + sizeof(more) >= DHCP_OPTIONS_LEN)
		return;
	begin = at + 2;
	memmove(options + begin + sizeof(more), options + begin, *len - begin);
	memcpy(options + begin, more, sizeof(more));
	options[at + 1] = (uint8_t)(options[at + 1] + sizeof(more));
	*len = (u16_t)(*len + sizeof(more));
}

static void shake(void *arg)
{
	struct dhcp *dhcp = netif_dhcp_data((struct netif *)arg);
	unsigned by = (unsigned)(random_u64() % (2 * SHAKE_TICKS + 1));

	if (dhcp && dhcp->request_timeout > SHAKE_TICKS)
		dhcp->request_timeout =
			(u16_t)(dhcp->request_timeout + by - SHAKE_TICKS);
}

static const char *name_of(const struct dhcp *dhcp, u8_t type)
{
	switch (type) {
	case DHCP_DISCOVER:
		return "looking for a server";
	case DHCP_REQUEST:
		return dhcp->state == DHCP_STATE_RENEWING    ? "renewing"
		       : dhcp->state == DHCP_STATE_REBINDING ? "rebinding"
		       : dhcp->state == DHCP_STATE_REBOOTING ? "asking again"
		                                             : "requesting";
	case DHCP_DECLINE:
		return "declining";
	case DHCP_RELEASE:
		return "releasing";
	default:
		return "sending";
	}
}

/* The first try is the rule and says nothing; the address will be shown. */
static void tell(const struct interface *i, const struct dhcp *dhcp, u8_t type)
{
	if (dhcp->tries || dhcp->state == DHCP_STATE_REBINDING)
		log_line("net: %s: DHCP: %s, try %u", i->dev->name,
		         name_of(dhcp, type), dhcp->tries + 1u);
}

void interface_dhcp_message(struct netif *netif, struct dhcp *dhcp,
                            struct dhcp_msg *msg, u8_t type, u16_t *len)
{
	if (!interface_of(netif))
		return;
	tell(interface_of(netif), dhcp, type);
	if (type == DHCP_DISCOVER || type == DHCP_REQUEST)
		ask_for_more((uint8_t *)msg->options, len);
	/* lwIP sets the time when the message has gone. */
	sys_untimeout(shake, netif);
	sys_timeout(1, shake, netif);
}

/* --- routes --- */

void interface_dhcp_take_routes(struct interface *i, const struct pbuf *p,
                                u16_t offset, u8_t len)
{
	uint8_t bytes[UINT8_MAX];

	if (pbuf_copy_partial(p, bytes, len, offset) != len ||
	    dhcp_routes_read(bytes, len, &i->routes))
		log_line("net: %s: DHCP: malformed routes", i->dev->name);
}

/* Where there are routes, the router of option 3 does not count: RFC 3442. */
void interface_dhcp_settle(struct interface *i)
{
	ip4_addr_t gateway = {lwip_htonl(dhcp_routes_default(&i->routes))};

	if (!netif_ip4_addr(&i->netif)->addr)
		i->routes.n = 0;
	if (i->routes.n && !ip4_addr_cmp(netif_ip4_gw(&i->netif), &gateway))
		netif_set_gw(&i->netif, &gateway);
}

struct netif *interface_dhcp_route(const ip4_addr_t *to)
{
	const struct dhcp_route *best = NULL;
	struct netif *n, *found = NULL;

	NETIF_FOREACH(n)
	{
		const struct dhcp_route *r;

		if (!interface_of(n) || !netif_is_link_up(n))
			continue;
		r = dhcp_routes_find(&interface_of(n)->routes,
		                     lwip_ntohl(to->addr));
		if (r && (!best || r->prefix > best->prefix)) {
			best = r;
			found = n;
		}
	}
	return found;
}

const ip4_addr_t *interface_dhcp_gateway(struct netif *n, const ip4_addr_t *to)
{
	static ip4_addr_t gateway; /* the stack's lock guards it */
	const struct dhcp_route *r = dhcp_routes_find(&interface_of(n)->routes,
	                                              lwip_ntohl(to->addr));

	if (!r)
		return NULL;
	gateway.addr = r->gateway ? lwip_htonl(r->gateway) : to->addr;
	return &gateway;
}
