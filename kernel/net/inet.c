/* inet.c - addresses, ports, options and errors of IPv4 sockets. */
#include "kernel/net/inet.h"

#include <lwip/priv/tcp_priv.h>

#include "kernel/core/random.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/net/inet_udp.h"
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
	IP_PMTUDISC_WANT = 1,
};

/* struct sockaddr_in. */
struct wire_address {
	uint16_t family, port;
	uint32_t address;
	uint8_t zero[8];
};
static_assert(sizeof(struct wire_address) == 16, "ip(7)");

int inet_read_address(const struct socket_address *a, struct inet_end *out)
{
	struct wire_address w;

	if (a->len < sizeof(w))
		return -EINVAL;
	if (a->family != AF_INET)
		return -EAFNOSUPPORT;
	memcpy(&w, a->bytes, sizeof(w));
	*out = (struct inet_end){w.address, lwip_htons(w.port)};
	return 0;
}

void inet_write_address(const struct inet_end *e, struct socket_address *out)
{
	struct wire_address w = {AF_INET, lwip_htons(e->port), e->address, {0}};

	memcpy(out->bytes, &w, sizeof(w));
	out->len = sizeof(w);
}

uint16_t inet_random_port(void)
{
	return (uint16_t)(PORT_FIRST +
	                  random_u64() % (PORT_LAST - PORT_FIRST + 1));
}

bool inet_can_bind(uint32_t address)
{
	return !address || interface_is_local_locked(lwip_ntohl(address));
}

int inet_set_option(struct inet_options *o, int name, const void *value,
                    size_t len)
{
	int v = 0;

	/* Linux takes a single byte too. */
	if (!len)
		return -EINVAL;
	memcpy(&v, value, len < sizeof(v) ? 1 : sizeof(v));
	switch (name) {
	case IP_TOS:
		o->tos = (uint8_t)v;
		return 0;
	case IP_TTL:
		if (v != -1 && (v < 1 || v > 255))
			return -EINVAL;
		o->ttl = v == -1 ? IP_DEFAULT_TTL : (uint8_t)v;
		return 0;
	case IP_RECVERR:
		o->receive_errors = v;
		return 0;
	case IP_PKTINFO:
		return v ? -ENOPROTOOPT : 0;
	case IP_MTU_DISCOVER: /* "don't fragment" is never set */
		return v > IP_PMTUDISC_WANT ? -ENOPROTOOPT : 0;
	default:
		return -ENOPROTOOPT;
	}
}

int inet_get_option(const struct inet_options *o, int name, void *value,
                    size_t *len)
{
	switch (name) {
	case IP_TOS:
		return socket_option_int(value, len, o->tos);
	case IP_TTL:
		return socket_option_int(value, len, o->ttl);
	case IP_RECVERR:
		return socket_option_int(value, len, o->receive_errors);
	case IP_PKTINFO:
	case IP_MTU_DISCOVER:
		return socket_option_int(value, len, 0);
	default:
		return -ENOPROTOOPT;
	}
}

/* --- looking into packets --- */

/* Addresses and ports of a packet with IP header, as its sender has them. */
struct ends {
	uint8_t protocol;
	struct inet_end from, to;
};

static bool read_ends(const uint8_t *p, size_t size, struct ends *out)
{
	enum { IP_HEADER = 20, PORTS = 4 };
	size_t header;

	if (size < IP_HEADER)
		return false;
	header = (size_t)(p[0] & 15) * 4;
	if (header < IP_HEADER || header + PORTS > size)
		return false;
	out->protocol = p[9];
	memcpy(&out->from.address, p + 12, 4);
	memcpy(&out->to.address, p + 16, 4);
	p += header;
	out->from.port = (uint16_t)(p[0] << 8 | p[1]);
	out->to.port = (uint16_t)(p[2] << 8 | p[3]);
	return true;
}

static bool list_has(const struct tcp_pcb *pcb, const struct ends *e)
{
	for (; pcb; pcb = pcb->next)
		if (pcb->remote_port == e->from.port &&
		    pcb->local_port == e->to.port &&
		    ip4_addr_get_u32(&pcb->remote_ip) == e->from.address)
			return true;
	return false;
}

bool inet_has_tcp(const uint8_t *packet, size_t size)
{
	struct ends e;

	return read_ends(packet, size, &e) &&
	       (list_has(tcp_active_pcbs, &e) || list_has(tcp_tw_pcbs, &e));
}

/* RFC 1122, 4.2.3.9: what a "destination unreachable" of each code means. */
static int error_of_code(unsigned code)
{
	static const uint8_t errors[] = {
		ENETUNREACH,  EHOSTUNREACH, ENOPROTOOPT,  ECONNREFUSED,
		EMSGSIZE,     EOPNOTSUPP,   ENETUNREACH,  EHOSTDOWN,
		ENETUNREACH,  ENETUNREACH,  EHOSTUNREACH, ENETUNREACH,
		EHOSTUNREACH, EHOSTUNREACH, EHOSTUNREACH, EHOSTUNREACH,
	};

	return code < ARRAY_LEN(errors) ? errors[code] : EHOSTUNREACH;
}

/*
 * The error quotes the header of what we sent, and eight bytes more. TCP
 * hears of its own troubles by resets and timeouts; UDP only so.
 */
void inet_icmp_input(const uint8_t *packet, size_t size)
{
	enum { ICMP_HEADER = 8, UNREACHABLE = 3, ICMP = 1, UDP = 17 };
	size_t header;
	const uint8_t *icmp;
	struct ends sent;

	if (size < 20 || packet[9] != ICMP)
		return;
	header = (size_t)(packet[0] & 15) * 4;
	if (header + ICMP_HEADER > size)
		return;
	icmp = packet + header;
	if (icmp[0] != UNREACHABLE ||
	    !read_ends(icmp + ICMP_HEADER, size - header - ICMP_HEADER,
	               &sent) ||
	    sent.protocol != UDP)
		return;
	udp_socket_refused_locked(&sent.from, &sent.to, error_of_code(icmp[1]));
}
