/* interface6.c - IPv6 addresses of interfaces: RFC 4861, RFC 4862. */
#include <lwip/dns.h>
#include <lwip/ip6.h>
#include <lwip/nd6.h>
#include <lwip/priv/nd6_priv.h>

#include "kernel/core/log.h"
#include "kernel/core/netdev.h"
#include "kernel/lib/string.h"
#include "kernel/net/interface_private.h"
#include "kernel/net/lwip/hooks.h"

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

void interface6_set_address(ip6_addr_t *out, struct address6 a)
{
	uint8_t bytes[16];

	address6_to_bytes(a, bytes);
	memcpy(out->addr, bytes, sizeof(out->addr));
	ip6_addr_clear_zone(out);
}

static unsigned prefix_of(const struct interface *i, unsigned k)
{
	return i && i->six[k].prefix ? i->six[k].prefix : 64;
}

static void announce(const struct interface *i, unsigned k, bool there)
{
	static const char *const by[] = {" by IPv6 router", " by DHCPv6", ""};
	const ip6_addr_t *a = netif_ip6_addr(&i->netif, k);
	char text[ADDRESS6_TEXT_MAX];

	if (ip6_addr_islinklocal(a))
		return; /* every interface has one */
	address6_print(text, interface6_address(a));
	if (there)
		log_line("net: %s %s/%u%s", i->dev->name, text, prefix_of(i, k),
		         by[i->six[k].by]);
	else
		log_line("net: %s has lost %s", i->dev->name, text);
}

/* Routers may give the slot to another. */
static void forget(struct interface *i, unsigned k)
{
	i->six[k].prefix = 0;
	i->six[k].by = INTERFACE6_BY_ROUTER;
	if (i->dhcp6.slot == k)
		i->dhcp6.slot = 0;
}

void interface6_status(struct interface *i)
{
	for (unsigned k = 0; k < LWIP_IPV6_NUM_ADDRESSES; k++) {
		bool there = is_there(&i->netif, k);

		if (there == (i->announced6 >> k & 1))
			continue;
		i->announced6 ^= (uint8_t)(1u << k);
		announce(i, k, there);
		if (!there)
			forget(i, k);
		interface_changed_locked();
	}
}

unsigned interface6_put(struct interface *i, unsigned slot,
                        const struct interface6_wanted *a)
{
	struct netif *n = &i->netif;
	bool fixed = a->by == INTERFACE6_BY_CONFIG && a->prefix == 64;
	ip6_addr_t address;

	for (unsigned k = 1; !slot && k < LWIP_IPV6_NUM_ADDRESSES; k++)
		if (ip6_addr_isinvalid(netif_ip6_addr_state(n, k)))
			slot = k;
	if (!slot) {
		log_line("net: %s: too many addresses", i->dev->name);
		return 0;
	}
	interface6_set_address(&address, a->address);
	i->six[slot].prefix = (uint8_t)a->prefix;
	i->six[slot].by = a->by;
	netif_ip6_addr_set(n, (s8_t)slot, &address);
	/* lwIP takes a static address to be on a link of /64. */
	netif_ip6_addr_set_valid_life(
		n, slot, fixed ? IP6_ADDR_LIFE_STATIC : a->valid_s);
	netif_ip6_addr_set_pref_life(n, slot, a->preferred_s);
	netif_ip6_addr_set_state(n, (s8_t)slot,
	                         a->preferred_s ? IP6_ADDR_PREFERRED
	                                        : IP6_ADDR_DEPRECATED);
	return slot;
}

void interface6_drop(struct interface *i, unsigned slot)
{
	netif_ip6_addr_set_state(&i->netif, (s8_t)slot, IP6_ADDR_INVALID);
}

static void set_static(struct interface *i)
{
	const struct interface_config6 *c = &i->config->six;
	struct interface6_wanted a = {c->address, c->prefix, UINT32_MAX,
	                              UINT32_MAX, INTERFACE6_BY_CONFIG};

	for (unsigned k = 0; k < c->nr_dns; k++) {
		ip_addr_t server = {.type = IPADDR_TYPE_V6};

		interface6_set_address(ip_2_ip6(&server), c->dns[k]);
		dns_setserver((u8_t)k, &server);
	}
	(void)interface6_put(i, 0, &a);
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
	if (i->config->six.on)
		set_static(i);
	if (interface_dhcp6_start())
		log_line("net: %s: DHCPv6 did not start", i->dev->name);
	nd6_tmr();
}

/* --- routes of static addresses --- */

static bool is_on_link(struct interface *i, const ip6_addr_t *to)
{
	const struct interface_config6 *c = &i->config->six;
	struct address6 mask = address6_mask(c->prefix);

	return address6_equal(address6_masked(interface6_address(to), mask),
	                      address6_masked(c->address, mask));
}

static bool has_static(const struct interface *i)
{
	return i && i->config && i->config->six.on;
}

static bool has_gateway(const struct interface *i)
{
	return has_static(i) &&
	       (i->config->six.gateway.high || i->config->six.gateway.low);
}

const ip6_addr_t *interface6_gateway(struct netif *n, const ip6_addr_t *to)
{
	static ip6_addr_t gateway; /* the stack's lock guards it */
	struct interface *i = interface_of(n);

	if (has_static(i) && is_on_link(i, to)) {
		gateway = *to;
		return &gateway;
	}
	if (!has_gateway(i))
		return NULL;
	interface6_set_address(&gateway, i->config->six.gateway);
	ip6_addr_assign_zone(&gateway, IP6_UNICAST, n);
	return &gateway;
}

static bool is_ours(const ip6_addr_t *to)
{
	struct netif *n;

	NETIF_FOREACH(n)
	if (netif_get_ip6_addr_match(n, to) >= 0)
		return true;
	return false;
}

/* What routers say counts before a gateway, where there are several links. */
struct netif *interface6_route(const ip6_addr_t *to)
{
	struct netif *n, *by_gateway = NULL;

	if (is_ours(to))
		return NULL;
	NETIF_FOREACH(n)
	{
		struct interface *i = interface_of(n);

		if (!has_static(i) || !netif_is_link_up(n))
			continue;
		if (is_on_link(i, to))
			return n;
		if (!by_gateway && has_gateway(i))
			by_gateway = n;
	}
	return by_gateway && !nd6_find_route(to) ? by_gateway : NULL;
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
	if (has_gateway(interface_of(n))) {
		out->gateway6 = interface_of(n)->config->six.gateway;
		out->has_gateway6 = true;
		return;
	}
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
		to->prefix = ip6_addr_isloopback(a)
		                     ? 128
		                     : prefix_of(interface_of(n), k);
		to->scope = ip6_addr_isloopback(a)    ? INTERFACE_SCOPE_HOST
		            : ip6_addr_islinklocal(a) ? INTERFACE_SCOPE_LINK
		            : ip6_addr_issitelocal(a) ? INTERFACE_SCOPE_SITE
		                                      : INTERFACE_SCOPE_GLOBAL;
		to->permanent =
			netif_ip6_addr_isstatic(n, k) ||
			(interface_of(n) &&
		         interface_of(n)->six[k].by == INTERFACE6_BY_CONFIG);
		out->nr_six++;
	}
	describe_router(n, out);
}
