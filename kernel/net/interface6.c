/* interface6.c - IPv6 addresses of interfaces: RFC 4861, RFC 4862. */
#include <lwip/dhcp6.h>
#include <lwip/ip6.h>
#include <lwip/nd6.h>
#include <lwip/priv/nd6_priv.h>

#include "kernel/core/log.h"
#include "kernel/core/netdev.h"
#include "kernel/lib/string.h"
#include "kernel/net/interface_private.h"

struct address6 interface6_address(const ip6_addr_t *a)
{
	uint8_t bytes[16];

	memcpy(bytes, a->addr, sizeof(bytes));
	return address6_of_bytes(bytes);
}

static bool is_there(const struct netif *n, unsigned k)
{
	return ip6_addr_isvalid(netif_ip6_addr_state(n, k));
}

static void announce(const struct interface *i, unsigned k, bool there)
{
	const ip6_addr_t *a = netif_ip6_addr(&i->netif, k);
	char text[ADDRESS6_TEXT_MAX];

	if (ip6_addr_islinklocal(a))
		return; /* every interface has one */
	address6_print(text, interface6_address(a));
	if (there)
		log_line("net: %s %s/64 by IPv6 router", i->dev->name, text);
	else
		log_line("net: %s has lost %s", i->dev->name, text);
}

void interface6_status(struct interface *i)
{
	for (unsigned k = 0; k < LWIP_IPV6_NUM_ADDRESSES; k++) {
		bool there = is_there(&i->netif, k);

		if (there == (i->announced6 >> k & 1))
			continue;
		i->announced6 ^= (uint8_t)(1u << k);
		announce(i, k, there);
		interface_changed_locked();
	}
}

/*
 * lwIP asks for routers from its timer, once a second: run that now, or the
 * program would be there before its address.
 */
void interface6_start(struct interface *i)
{
	if (!i->config)
		return;
	netif_create_ip6_linklocal_address(&i->netif, 1);
	netif_set_ip6_autoconfig_enabled(&i->netif, 1);
	if (dhcp6_enable_stateless(&i->netif) != ERR_OK)
		log_line("net: %s: DHCPv6 did not start", i->dev->name);
	nd6_tmr();
}

bool interface6_is_forged(const uint8_t *packet, size_t size)
{
	enum { SOURCE = 8 };
	struct netif *n;
	ip6_addr_t from;

	if (size < IP6_HLEN)
		return false; /* malformed: the filter says so */
	memcpy(from.addr, packet + SOURCE, sizeof(from.addr));
	ip6_addr_clear_zone(&from);
	NETIF_FOREACH(n)
	for (unsigned k = 0; k < LWIP_IPV6_NUM_ADDRESSES; k++)
		if (is_there(n, k) &&
		    ip6_addr_cmp_zoneless(netif_ip6_addr(n, k), &from))
			return true;
	return false;
}

/* --- for /proc, ioctl and netlink --- */

static void describe_router(const struct netif *n, struct interface_info *out)
{
	for (unsigned i = 0; i < LWIP_ND6_NUM_ROUTERS; i++) {
		const struct nd6_neighbor_cache_entry *e =
			default_router_list[i].neighbor_entry;

		if (!e || e->netif != n)
			continue;
		out->gateway6 = interface6_address(&e->next_hop_address);
		out->has_gateway6 = true;
		return;
	}
}

void interface6_describe(const struct netif *n, struct interface_info *out)
{
	for (unsigned k = 0; k < LWIP_IPV6_NUM_ADDRESSES; k++) {
		const ip6_addr_t *a = netif_ip6_addr(n, k);
		struct interface_address6 *to = &out->six[out->nr_six];

		if (!is_there(n, k))
			continue;
		to->address = interface6_address(a);
		to->prefix = ip6_addr_isloopback(a) ? 128 : 64;
		to->scope = ip6_addr_isloopback(a)    ? INTERFACE_SCOPE_HOST
		            : ip6_addr_islinklocal(a) ? INTERFACE_SCOPE_LINK
		            : ip6_addr_issitelocal(a) ? INTERFACE_SCOPE_SITE
		                                      : INTERFACE_SCOPE_GLOBAL;
		to->permanent = netif_ip6_addr_isstatic(n, k);
		out->nr_six++;
	}
	describe_router(n, out);
}
