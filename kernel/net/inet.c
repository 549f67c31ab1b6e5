/* inet.c - addresses, ports and options of IP sockets. */
#include "kernel/net/inet.h"

#include <lwip/ip.h>
#include <lwip/netif.h>

#include "kernel/core/random.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/net/interface.h"
#include "kernel/net/socket_private.h"

enum {
	PORT_FIRST = 32768, /* net.ipv4.ip_local_port_range */
	PORT_LAST = 60999,

	IP_TOS = 1,
	IP_TTL = 2,
	IP_PKTINFO = 8,
	IP_MTU_DISCOVER = 10,
	IP_RECVERR = 11,
	IP_RECVTTL = 12,
	IP_RECVTOS = 13,
	IP_MTU = 14,
	IP_FREEBIND = 15,
	IP_RECVORIGDSTADDR = 20,
	IP_BIND_ADDRESS_NO_PORT = 24,
	IP_MULTICAST_ALL = 49,

	IPV6_UNICAST_HOPS = 16,
	IPV6_MTU_DISCOVER = 23,
	IPV6_MTU = 24,
	IPV6_RECVERR = 25,
	IPV6_V6ONLY = 26,
	IPV6_MULTICAST_ALL = 29,
	IPV6_RECVPKTINFO = 49,
	IPV6_RECVHOPLIMIT = 51,
	IPV6_DONTFRAG = 62,
	IPV6_RECVTCLASS = 66,
	IPV6_TCLASS = 67,
	IPV6_RECVORIGDSTADDR = 74,
	IPV6_FREEBIND = 78,

	ECN_BITS = 3, /* of a tos: RFC 3168, 5 */
	IP_MTU_MAX = 65535,
	IP6_MTU_MAX = 65536, /* Linux's loopback has that */
	IP6_MTU_MIN = 1280,  /* RFC 8200, 5 */
};

/* struct sockaddr_in. */
struct wire_address {
	uint16_t family, port;
	uint32_t address;
	uint8_t zero[8];
};
static_assert(sizeof(struct wire_address) == 16, "ip(7)");

/* struct sockaddr_in6. */
struct wire_address6 {
	uint16_t family, port;
	uint32_t flow;
	uint32_t address[4];
	uint32_t scope;
};
static_assert(sizeof(struct wire_address6) == 28, "ipv6(7)");

/* --- addresses --- */

static int read_ip4(const struct socket_address *a, struct inet_end *out)
{
	struct wire_address w;

	if (a->len < sizeof(w))
		return -EINVAL;
	if (a->family != AF_INET)
		return -EAFNOSUPPORT;
	memcpy(&w, a->bytes, sizeof(w));
	memset(out, 0, sizeof(*out));
	ip_addr_set_ip4_u32(&out->address, w.address);
	out->port = lwip_htons(w.port);
	return 0;
}

static bool is_mapped(const uint32_t address[4])
{
	return !address[0] && !address[1] && address[2] == PP_HTONL(0xffff);
}

static int read_ip6(const struct inet_options *o,
                    const struct socket_address *a, struct inet_end *out)
{
	enum { WITHOUT_SCOPE = 24 }; /* RFC 2133 had no sin6_scope_id */
	struct wire_address6 w = {0};
	ip6_addr_t *six = ip_2_ip6(&out->address);

	if (a->len < WITHOUT_SCOPE)
		return -EINVAL;
	if (a->family != AF_INET6)
		return -EAFNOSUPPORT;
	memcpy(&w, a->bytes, a->len < sizeof(w) ? a->len : sizeof(w));
	memset(out, 0, sizeof(*out));
	out->port = lwip_htons(w.port);
	if (is_mapped(w.address)) {
		ip_addr_set_ip4_u32(&out->address, w.address[3]);
		return o->v6only ? -ENETUNREACH : 0;
	}
	IP_ADDR6(&out->address, w.address[0], w.address[1], w.address[2],
	         w.address[3]);
	if (ip6_addr_isany(six) && !o->v6only)
		IP_SET_TYPE_VAL(out->address, IPADDR_TYPE_ANY);
	if (!ip6_addr_has_scope(six, IP6_UNKNOWN))
		return 0;
	ip6_addr_set_zone(six, (u8_t)w.scope);
	return w.scope || ip6_addr_ismulticast(six) ? 0 : -EINVAL;
}

int inet_read_address(int domain, const struct inet_options *o,
                      const struct socket_address *a, struct inet_end *out)
{
	return domain == AF_INET ? read_ip4(a, out) : read_ip6(o, a, out);
}

static void write_ip6(const struct inet_end *e, struct socket_address *out)
{
	struct wire_address6 w = {AF_INET6, lwip_htons(e->port), 0, {0}, 0};
	const ip6_addr_t *six = ip_2_ip6(&e->address);

	if (IP_IS_V4_VAL(e->address)) {
		w.address[2] = PP_HTONL(0xffff);
		w.address[3] = ip_2_ip4(&e->address)->addr;
	} else {
		memcpy(w.address, six->addr, sizeof(w.address));
		w.scope = ip6_addr_zone(six);
	}
	memcpy(out->bytes, &w, sizeof(w));
	out->len = sizeof(w);
}

void inet_write_address(int domain, const struct inet_end *e,
                        struct socket_address *out)
{
	struct wire_address w = {
		AF_INET, lwip_htons(e->port), ip_2_ip4(&e->address)->addr, {0}};

	if (domain == AF_INET6) {
		write_ip6(e, out);
		return;
	}
	memcpy(out->bytes, &w, sizeof(w));
	out->len = sizeof(w);
}

ip_addr_t inet_any(int domain, const struct inet_options *o)
{
	ip_addr_t a = {.type = IPADDR_TYPE_V4};

	if (domain == AF_INET6)
		a.type = o->v6only ? IPADDR_TYPE_V6 : IPADDR_TYPE_ANY;
	return a;
}

void inet_any_to_loopback(ip_addr_t *address)
{
	if (ip_addr_isany(address))
		ip_addr_set_loopback(!IP_IS_V4_VAL(*address), address);
}

bool inet_overlap(const ip_addr_t *a, const ip_addr_t *b)
{
	if (IP_IS_ANY_TYPE_VAL(*a) || IP_IS_ANY_TYPE_VAL(*b))
		return true;
	return IP_GET_TYPE(a) == IP_GET_TYPE(b) &&
	       (ip_addr_isany(a) || ip_addr_isany(b) || ip_addr_cmp(a, b));
}

uint16_t inet_random_port(void)
{
	return (uint16_t)(PORT_FIRST +
	                  random_u64() % (PORT_LAST - PORT_FIRST + 1));
}

static bool has_address(const ip6_addr_t *a)
{
	struct netif *n;

	NETIF_FOREACH(n)
	if (netif_get_ip6_addr_match(n, a) >= 0)
		return true;
	return false;
}

bool inet_can_bind(const struct inet_options *o, const ip_addr_t *a)
{
	if (o->freebind || ip_addr_isany(a))
		return true;
	if (IP_IS_V4(a))
		return interface_is_local_locked(lwip_ntohl(ip_2_ip4(a)->addr));
	return has_address(ip_2_ip6(a));
}

struct netif *inet_route(const ip_addr_t *from, const ip_addr_t *to)
{
	struct netif *n = ip_route(from, to);

	if (!n)
		return NULL;
	if (IP_IS_V4(to))
		return ip4_addr_isany(netif_ip4_addr(n)) ? NULL : n;
	return ip6_select_source_address(n, ip_2_ip6(to)) ? n : NULL;
}

ip_addr_t inet_source(struct netif *n, const ip_addr_t *to)
{
	const ip_addr_t *a = ip_netif_get_local_ip(n, to);
	ip_addr_t any = {.type = IP_GET_TYPE(to)};

	return a ? *a : any;
}

/* --- options --- */

void inet_options_init(struct inet_options *o, int domain, int type)
{
	o->ttl = IP_DEFAULT_TTL;
	o->discover = PMTUDISC_WANT;
	o->stream = type == SOCK_STREAM;
	o->every_group = domain == AF_INET; /* as Linux has it */
	o->every_group6 = true;
}

bool inet_has_level(const struct socket *s, int level)
{
	return level == LEVEL_IP ||
	       (level == LEVEL_IPV6 && s->domain == AF_INET6);
}

int inet_wrong_level(const struct socket *s, int level)
{
	return s->domain == AF_INET6 || level == s->protocol ? -ENOPROTOOPT
	                                                     : -EOPNOTSUPP;
}

/* What is on or off. */
static const struct flag {
	int level, name;
	size_t at;     /* in struct inet_options */
	bool strict;   /* 0 and 1 only */
	size_t length; /* of what is given, at least; less is 0 */
} flags[] = {
#define FLAG(level, name, member, ...)                                         \
	{                                                                      \
		level, name, offsetof(struct inet_options, member),            \
			__VA_ARGS__                                            \
	}
	FLAG(LEVEL_IP, IP_PKTINFO, tell_info, false, 0),
	FLAG(LEVEL_IP, IP_RECVERR, receive_errors, false, 0),
	FLAG(LEVEL_IP, IP_RECVTTL, tell_ttl, false, 0),
	FLAG(LEVEL_IP, IP_RECVTOS, tell_tos, false, 0),
	FLAG(LEVEL_IP, IP_FREEBIND, freebind, false, 1),
	FLAG(LEVEL_IP, IP_RECVORIGDSTADDR, tell_original, false, 0),
	FLAG(LEVEL_IP, IP_BIND_ADDRESS_NO_PORT, no_port, false, 0),
	FLAG(LEVEL_IP, IP_MULTICAST_ALL, every_group, true, 1),
	FLAG(LEVEL_IPV6, IPV6_RECVERR, receive_errors, false, 4),
	FLAG(LEVEL_IPV6, IPV6_MULTICAST_ALL, every_group6, false, 4),
	FLAG(LEVEL_IPV6, IPV6_RECVPKTINFO, tell_info, false, 4),
	FLAG(LEVEL_IPV6, IPV6_RECVHOPLIMIT, tell_ttl, false, 4),
	FLAG(LEVEL_IPV6, IPV6_DONTFRAG, dont_fragment, false, 0),
	FLAG(LEVEL_IPV6, IPV6_RECVTCLASS, tell_tos, false, 4),
	FLAG(LEVEL_IPV6, IPV6_RECVORIGDSTADDR, tell_original, false, 4),
	FLAG(LEVEL_IPV6, IPV6_FREEBIND, freebind, false, 4),
#undef FLAG
};

static const struct flag *find_flag(int level, int name)
{
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (flags[i].level == level && flags[i].name == name)
			return &flags[i];
	return NULL;
}

static int set_flag(struct inet_options *o, const struct flag *f, int v,
                    size_t len)
{
	if (len < f->length || (f->strict && v != 0 && v != 1))
		return -EINVAL;
	*((bool *)o + f->at) = v;
	return 0;
}

static int set_discover(struct inet_options *o, int v)
{
	if (v < PMTUDISC_DONT || v > PMTUDISC_OMIT)
		return -EINVAL;
	o->discover = (uint8_t)v;
	return 0;
}

static int set_hops(struct inet_options *o, int v, int least)
{
	if (v != -1 && (v < least || v > 255))
		return -EINVAL;
	o->ttl = v == -1 ? IP_DEFAULT_TTL : (uint8_t)v;
	return 0;
}

static void set_tos(struct inet_options *o, int v)
{
	o->tos = (uint8_t)(o->stream ? v & ~ECN_BITS : v);
}

static int set_ip(struct inet_options *o, int name, int v, size_t len)
{
	switch (name) {
	case IP_TOS:
		set_tos(o, v);
		return 0;
	case IP_TTL:
		return len ? set_hops(o, v, 1) : -EINVAL;
	case IP_MTU_DISCOVER:
		return set_discover(o, v);
	default:
		return -ENOPROTOOPT;
	}
}

static int set_only6(struct inet_options *o, int v, bool bound)
{
	if (bound)
		return -EINVAL;
	o->v6only = v;
	return 0;
}

static int set_piece6(struct inet_options *o, int v)
{
	if (v && (v < IP6_MTU_MIN || v > UINT16_MAX))
		return -EINVAL;
	o->piece6 = (uint16_t)v;
	return 0;
}

static int set_ip6(struct inet_options *o, int name, int v, bool bound)
{
	switch (name) {
	case IPV6_MTU:
		return set_piece6(o, v);
	case IPV6_V6ONLY:
		return set_only6(o, v, bound);
	case IPV6_UNICAST_HOPS:
		return set_hops(o, v, 0);
	case IPV6_TCLASS:
		if (v < -1 || v > 255)
			return -EINVAL;
		set_tos(o, v < 0 ? 0 : v);
		return 0;
	case IPV6_MTU_DISCOVER:
		return set_discover(o, v);
	default:
		return -ENOPROTOOPT;
	}
}

static bool is_number6(int name)
{
	return name == IPV6_MTU || name == IPV6_V6ONLY ||
	       name == IPV6_UNICAST_HOPS || name == IPV6_TCLASS ||
	       name == IPV6_MTU_DISCOVER;
}

/* Linux takes a single byte too, and none for 0, at the level of IPv4. */
static int number_of(int level, const void *value, size_t len)
{
	int v = 0;

	if (len >= sizeof(v))
		memcpy(&v, value, sizeof(v));
	else if (len && level == LEVEL_IP)
		memcpy(&v, value, 1);
	return v;
}

int inet_set_option(struct inet_options *o, int level, int name,
                    const void *value, size_t len, bool bound)
{
	const struct flag *f = find_flag(level, name);
	int v = number_of(level, value, len);

	if (f)
		return set_flag(o, f, v, len);
	if (level == LEVEL_IP)
		return set_ip(o, name, v, len);
	if (is_number6(name) && len < sizeof(v))
		return -EINVAL;
	return set_ip6(o, name, v, bound);
}

static int get_ip(const struct inet_options *o, int name, int *out)
{
	switch (name) {
	case IP_TOS:
		*out = o->tos;
		return 0;
	case IP_TTL:
		*out = o->ttl;
		return 0;
	case IP_MTU_DISCOVER:
		*out = o->discover;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static int get_ip6(const struct inet_options *o, int name, int *out)
{
	switch (name) {
	case IPV6_V6ONLY:
		*out = o->v6only;
		return 0;
	case IPV6_UNICAST_HOPS:
		*out = o->ttl;
		return 0;
	case IPV6_TCLASS:
		*out = o->tos;
		return 0;
	case IPV6_MTU_DISCOVER:
		*out = o->discover;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int inet_get_option(const struct inet_options *o, int level, int name,
                    void *value, size_t *len)
{
	const struct flag *f = find_flag(level, name);
	int v = 0, rc = 0;

	if (f)
		v = *((const bool *)o + f->at);
	else if (level == LEVEL_IP)
		rc = get_ip(o, name, &v);
	else
		rc = get_ip6(o, name, &v);
	return rc ? rc : socket_option_int(value, len, v);
}

int inet_get_mtu(const struct inet_end *local, const struct inet_end *peer,
                 int level, int name, void *value, size_t *len)
{
	struct netif *n;

	if (name != (level == LEVEL_IP ? IP_MTU : IPV6_MTU))
		return -ENOPROTOOPT;
	n = peer->port ? ip_route(&local->address, &peer->address) : NULL;
	if (!n)
		return -ENOTCONN;
	if (!n->mtu)
		return socket_option_int(value, len,
		                         level == LEVEL_IP ? IP_MTU_MAX
		                                           : IP6_MTU_MAX);
	return socket_option_int(value, len, n->mtu);
}
