/* inet_control.c - control messages of IP sockets (ip(7), ipv6(7)). */
#include <lwip/ip_addr.h>

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/net/inet.h"
#include "kernel/net/socket_private.h"

enum {
	IP_TOS = 1,
	IP_TTL = 2,
	IP_PKTINFO = 8,
	IP_ORIGDSTADDR = 20,
	IPV6_PKTINFO = 50,
	IPV6_HOPLIMIT = 52,
	IPV6_TCLASS = 67,
	IPV6_ORIGDSTADDR = 74,
};

/* struct in_pktinfo, struct in6_pktinfo. */
struct info4 {
	int32_t interface;
	uint32_t local, to;
};
struct info6 {
	uint32_t address[4];
	int32_t interface;
};
static_assert(sizeof(struct info4) == 12, "ip(7)");
static_assert(sizeof(struct info6) == 20, "ipv6(7)");

static void add_info4(const struct inet_details *d, struct socket_msg *m)
{
	uint32_t to = ip_2_ip4(&d->to)->addr;
	struct info4 info = {d->interface, to, to};

	socket_add_control(m, LEVEL_IP, IP_PKTINFO, &info, sizeof(info));
}

static void add_info6(const struct inet_details *d, struct socket_msg *m)
{
	struct info6 info = {{0, 0, PP_HTONL(0xffff), ip_2_ip4(&d->to)->addr},
	                     d->interface};

	if (IP_IS_V6_VAL(d->to))
		memcpy(info.address, ip_2_ip6(&d->to)->addr,
		       sizeof(info.address));
	socket_add_control(m, LEVEL_IPV6, IPV6_PKTINFO, &info, sizeof(info));
}

/* Nobody changes destinations here: it is the one that it came to. */
static void add_original(int domain, const struct inet_details *d,
                         struct socket_msg *m)
{
	struct inet_end to = {d->to, d->port};
	struct socket_address a;
	bool six = domain == AF_INET6;

	inet_write_address(domain, &to, &a);
	socket_add_control(m, six ? LEVEL_IPV6 : LEVEL_IP,
	                   six ? IPV6_ORIGDSTADDR : IP_ORIGDSTADDR, a.bytes,
	                   a.len);
}

void inet_describe(int domain, const struct inet_options *o,
                   const struct inet_details *d, struct socket_msg *m)
{
	bool six = domain == AF_INET6;
	int32_t ttl = d->ttl, tos = d->tos;

	if (o->tell_info && six)
		add_info6(d, m);
	else if (o->tell_info)
		add_info4(d, m);
	if (o->tell_ttl)
		socket_add_control(m, six ? LEVEL_IPV6 : LEVEL_IP,
		                   six ? IPV6_HOPLIMIT : IP_TTL, &ttl,
		                   sizeof(ttl));
	if (o->tell_tos && six)
		socket_add_control(m, LEVEL_IPV6, IPV6_TCLASS, &tos,
		                   sizeof(tos));
	else if (o->tell_tos) /* a byte: Linux's ip_cmsg_recv_tos() */
		socket_add_control(m, LEVEL_IP, IP_TOS, &d->tos, 1);
	if (o->tell_original)
		add_original(domain, d, m);
}

static void wish_source(struct inet_wishes *w, const ip_addr_t *from,
                        int32_t interface)
{
	w->has_source = !ip_addr_isany(from);
	w->source = *from;
	w->interface = (uint8_t)interface;
}

static int read_info4(const struct socket_control *c, struct inet_wishes *w)
{
	struct info4 info;
	ip_addr_t from;

	if (c->len != sizeof(info))
		return -EINVAL;
	memcpy(&info, c->bytes, sizeof(info));
	ip_addr_set_ip4_u32_val(from, info.local);
	wish_source(w, &from, info.interface);
	return 0;
}

static int read_info6(const struct socket_control *c, struct inet_wishes *w)
{
	struct info6 info;
	ip_addr_t from;

	if (c->len != sizeof(info))
		return -EINVAL;
	memcpy(&info, c->bytes, sizeof(info));
	if (!info.address[0] && !info.address[1] &&
	    info.address[2] == PP_HTONL(0xffff)) {
		ip_addr_set_ip4_u32_val(from, info.address[3]);
	} else {
		IP_ADDR6(&from, info.address[0], info.address[1],
		         info.address[2], info.address[3]);
		if (ip6_addr_has_scope(ip_2_ip6(&from), IP6_UNICAST))
			ip6_addr_set_zone(ip_2_ip6(&from),
			                  (u8_t)info.interface);
		else
			ip6_addr_clear_zone(ip_2_ip6(&from));
	}
	wish_source(w, &from, info.interface);
	return 0;
}

int inet_read_wishes(const struct socket_msg *m, struct inet_wishes *out)
{
	int rc = 0;

	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; !rc && i < m->nr_control; i++) {
		const struct socket_control *c = &m->control[i];

		if (c->level == LEVEL_IP && c->type == IP_PKTINFO)
			rc = read_info4(c, out);
		else if (c->level == LEVEL_IPV6 && c->type == IPV6_PKTINFO)
			rc = read_info6(c, out);
		else
			rc = -EINVAL;
	}
	return rc;
}

uint32_t inet_spread(const ip_addr_t *a, uint16_t port)
{
	const uint32_t *w = ip_2_ip6(a)->addr;
	uint32_t h = port;
	unsigned n = IP_IS_V4(a) ? 1 : 4;

	for (unsigned i = 0; i < n; i++)
		h = (h ^ w[i]) * 0x9e3779b1u;
	return h >> 8;
}
