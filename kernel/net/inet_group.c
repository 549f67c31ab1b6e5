/* inet_group.c - multicast groups and how they are sent to. */
#include "kernel/net/inet_group.h"

#include <lwip/igmp.h>
#include <lwip/ip.h>
#include <lwip/mld6.h>
#include <lwip/udp.h>

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/net/inet.h"
#include "kernel/net/interface.h"
#include "kernel/net/socket_private.h"
#include "kernel/net/stack.h"

enum {
	IP_MULTICAST_IF = 32,
	IP_MULTICAST_TTL = 33,
	IP_MULTICAST_LOOP = 34,
	IP_ADD_MEMBERSHIP = 35,
	IP_DROP_MEMBERSHIP = 36,
	IPV6_MULTICAST_IF = 17,
	IPV6_MULTICAST_HOPS = 18,
	IPV6_MULTICAST_LOOP = 19,
	IPV6_ADD_MEMBERSHIP = 20,
	IPV6_DROP_MEMBERSHIP = 21,
};

/* struct ip_mreqn, of which struct ip_mreq is the beginning. */
struct request4 {
	uint32_t group, address;
	int32_t interface;
};

/* struct ipv6_mreq. */
struct request6 {
	uint32_t group[4];
	int32_t interface;
};
static_assert(sizeof(struct request4) == 12, "ip(7)");
static_assert(sizeof(struct request6) == 20, "ipv6(7)");

/* --- which interface --- */

static struct netif *first_device(void)
{
	struct netif *n = netif_default;

	return n ? n : netif_get_by_index(INTERFACE_LOOPBACK);
}

static struct netif *by_address(uint32_t address)
{
	struct netif *n;

	NETIF_FOREACH(n)
	if (netif_ip4_addr(n)->addr == address)
		return n;
	return NULL;
}

static struct netif *chosen(int32_t index, uint32_t address)
{
	if (index)
		return index > 0 && index <= UINT8_MAX
		               ? netif_get_by_index((u8_t)index)
		               : NULL;
	return address ? by_address(address) : first_device();
}

/* --- joining and leaving --- */

static int join_on(struct netif *n, const ip_addr_t *group)
{
	if (IP_IS_V4(group))
		return stack_error(igmp_joingroup_netif(n, ip_2_ip4(group)));
	return stack_error(mld6_joingroup_netif(n, ip_2_ip6(group)));
}

static void leave_on(uint8_t interface, const ip_addr_t *group)
{
	struct netif *n = netif_get_by_index(interface);

	if (!n)
		return;
	if (IP_IS_V4(group))
		(void)igmp_leavegroup_netif(n, ip_2_ip4(group));
	else
		(void)mld6_leavegroup_netif(n, ip_2_ip6(group));
}

static int find(const struct inet_groups *g, const ip_addr_t *group,
                uint8_t interface)
{
	for (int i = 0; i < INET_GROUPS_MAX; i++)
		if (g->all[i].interface == interface &&
		    (!interface ||
		     ip_addr_cmp_zoneless(&g->all[i].group, group)))
			return i;
	return -1;
}

static int join(struct inet_groups *g, struct netif *n, const ip_addr_t *group)
{
	int slot = find(g, group, 0), rc;

	if (find(g, group, netif_get_index(n)) >= 0)
		return -EADDRINUSE;
	if (slot < 0)
		return -ENOBUFS;
	rc = join_on(n, group);
	if (rc)
		return rc;
	g->all[slot].group = *group;
	g->all[slot].interface = netif_get_index(n);
	return 0;
}

static int leave(struct inet_groups *g, struct netif *n, const ip_addr_t *group)
{
	int slot = find(g, group, netif_get_index(n));

	if (slot < 0)
		return -EADDRNOTAVAIL;
	leave_on(g->all[slot].interface, group);
	g->all[slot].interface = 0;
	return 0;
}

bool inet_has_joined(const struct inet_groups *g, const ip_addr_t *group,
                     uint8_t interface)
{
	return find(g, group, interface) >= 0;
}

void inet_leave_groups(struct inet_groups *g)
{
	for (unsigned i = 0; i < INET_GROUPS_MAX; i++)
		if (g->all[i].interface)
			leave_on(g->all[i].interface, &g->all[i].group);
}

static int change(struct inet_groups *g, bool joins, struct netif *n,
                  ip_addr_t *group)
{
	if (!ip_addr_ismulticast(group))
		return -EINVAL;
	if (!n)
		return -ENODEV;
	if (IP_IS_V6_VAL(*group))
		ip6_addr_assign_zone(ip_2_ip6(group), IP6_MULTICAST, n);
	return joins ? join(g, n, group) : leave(g, n, group);
}

static int change4(struct inet_groups *g, bool joins, const void *value,
                   size_t len)
{
	struct request4 r = {0};
	ip_addr_t group;

	if (len < 8)
		return -EINVAL;
	memcpy(&r, value, len < sizeof(r) ? 8 : sizeof(r));
	ip_addr_set_ip4_u32_val(group, r.group);
	return change(g, joins, chosen(r.interface, r.address), &group);
}

static int change6(struct inet_groups *g, bool joins, const void *value,
                   size_t len)
{
	struct request6 r;
	ip_addr_t group;

	if (len < sizeof(r))
		return -EINVAL;
	memcpy(&r, value, sizeof(r));
	IP_ADDR6(&group, r.group[0], r.group[1], r.group[2], r.group[3]);
	ip6_addr_clear_zone(ip_2_ip6(&group));
	return change(g, joins, chosen(r.interface, 0), &group);
}

/* --- sending --- */

void inet_group_defaults(struct udp_pcb *pcb)
{
	udp_set_multicast_ttl(pcb, 1);
	udp_set_flags(pcb, UDP_FLAGS_MULTICAST_LOOP);
}

static int set_interface(struct udp_pcb *pcb, const struct netif *n, bool any)
{
	if (!n && !any)
		return -EADDRNOTAVAIL;
	udp_set_multicast_netif_index(pcb, any ? 0 : netif_get_index(n));
	return 0;
}

static int set_interface4(struct udp_pcb *pcb, const void *value, size_t len)
{
	struct request4 r = {0};

	if (len < 4)
		return -EINVAL;
	if (len < 8)
		memcpy(&r.address, value, 4);
	else
		memcpy(&r, value, len < sizeof(r) ? 8 : sizeof(r));
	return set_interface(pcb, chosen(r.interface, r.address),
	                     !r.interface && !r.address);
}

static int set_hops(struct udp_pcb *pcb, int v)
{
	if (v < -1 || v > 255)
		return -EINVAL;
	udp_set_multicast_ttl(pcb, v < 0 ? 1 : (u8_t)v);
	return 0;
}

static int set_loop(struct udp_pcb *pcb, int v)
{
	if (v)
		udp_set_flags(pcb, UDP_FLAGS_MULTICAST_LOOP);
	else
		udp_clear_flags(pcb, UDP_FLAGS_MULTICAST_LOOP);
	return 0;
}

static int number(const void *value, size_t len)
{
	int v = 0;

	memcpy(&v, value, len < sizeof(v) ? 1 : sizeof(v));
	return v;
}

static int option4(struct inet_groups *g, struct udp_pcb *pcb, int name,
                   const void *value, size_t len)
{
	switch (name) {
	case IP_ADD_MEMBERSHIP:
	case IP_DROP_MEMBERSHIP:
		return change4(g, name == IP_ADD_MEMBERSHIP, value, len);
	case IP_MULTICAST_IF:
		return set_interface4(pcb, value, len);
	case IP_MULTICAST_TTL:
		return len ? set_hops(pcb, number(value, len)) : -EINVAL;
	case IP_MULTICAST_LOOP:
		return len ? set_loop(pcb, number(value, len)) : -EINVAL;
	default:
		return -ENOPROTOOPT;
	}
}

static int option6(struct inet_groups *g, struct udp_pcb *pcb, int name,
                   const void *value, size_t len)
{
	int v = len >= sizeof(v) ? number(value, len) : 0;

	switch (name) {
	case IPV6_ADD_MEMBERSHIP:
	case IPV6_DROP_MEMBERSHIP:
		return change6(g, name == IPV6_ADD_MEMBERSHIP, value, len);
	case IPV6_MULTICAST_IF:
		if (len < sizeof(v))
			return -EINVAL;
		return v && !chosen(v, 0)
		               ? -ENODEV
		               : set_interface(pcb, chosen(v, 0), !v);
	case IPV6_MULTICAST_HOPS:
		return len < sizeof(v) ? -EINVAL : set_hops(pcb, v);
	case IPV6_MULTICAST_LOOP:
		return len < sizeof(v) || v & ~1 ? -EINVAL : set_loop(pcb, v);
	default:
		return -ENOPROTOOPT;
	}
}

int inet_group_option(struct inet_groups *g, struct udp_pcb *pcb, int level,
                      int name, const void *value, size_t len)
{
	return level == LEVEL_IP ? option4(g, pcb, name, value, len)
	                         : option6(g, pcb, name, value, len);
}

/* Its address, as IPv4 has it, or its number. */
static int get_interface(const struct udp_pcb *pcb, bool four, void *value,
                         size_t *len)
{
	struct netif *n = netif_get_by_index(pcb->mcast_ifindex);
	uint32_t address = n ? netif_ip4_addr(n)->addr : 0;

	return socket_option_int(value, len,
	                         four ? (int)address : pcb->mcast_ifindex);
}

int inet_get_group_option(const struct udp_pcb *pcb, int level, int name,
                          void *value, size_t *len)
{
	bool four = level == LEVEL_IP;

	if (name == (four ? IP_MULTICAST_IF : IPV6_MULTICAST_IF))
		return get_interface(pcb, four, value, len);
	if (name == (four ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS))
		return socket_option_int(value, len,
		                         udp_get_multicast_ttl(pcb));
	if (name == (four ? IP_MULTICAST_LOOP : IPV6_MULTICAST_LOOP))
		return socket_option_int(
			value, len,
			!!(udp_flags(pcb) & UDP_FLAGS_MULTICAST_LOOP));
	return -ENOPROTOOPT;
}
