/* inet_packet.c - looking into packets before lwIP does. */
#include <lwip/priv/tcp_priv.h>

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/net/inet.h"
#include "kernel/net/inet_error.h"
#include "kernel/net/inet_udp.h"
#include "kernel/net/tcp_table.h"

enum {
	IP4_HEADER = 20,
	IP6_HEADER = 40,
	PORTS = 4,
	ICMP_HEADER = 8,
	ICMP = 1,
	UDP = 17,
	UDP_HEADER = 8,
	ICMP6 = 58,
	ICMP_UNREACHABLE = 3,  /* RFC 792 */
	ICMP6_UNREACHABLE = 1, /* RFC 4443, 3.1 */
};

/* Addresses and ports of a packet with IP header, as its sender has them. */
struct ends {
	uint8_t protocol;
	size_t header; /* bytes before the transport's */
	struct inet_end from, to;
};

static bool read_ip4(const uint8_t *p, struct ends *out)
{
	uint32_t address[2];

	memcpy(address, p + 12, sizeof(address));
	out->header = (size_t)(p[0] & 15) * 4;
	out->protocol = p[9];
	ip_addr_set_ip4_u32(&out->from.address, address[0]);
	ip_addr_set_ip4_u32(&out->to.address, address[1]);
	return out->header >= IP4_HEADER;
}

/* Extension headers are not looked through: then it is of no connection. */
static bool read_ip6(const uint8_t *p, size_t size, struct ends *out)
{
	uint32_t a[8];

	if (size < IP6_HEADER)
		return false;
	memcpy(a, p + 8, sizeof(a));
	out->header = IP6_HEADER;
	out->protocol = p[6];
	IP_ADDR6(&out->from.address, a[0], a[1], a[2], a[3]);
	IP_ADDR6(&out->to.address, a[4], a[5], a[6], a[7]);
	return true;
}

static bool read_ends(const uint8_t *p, size_t size, struct ends *out)
{
	memset(out, 0, sizeof(*out));
	if (size < IP4_HEADER)
		return false;
	if (p[0] >> 4 == 6 ? !read_ip6(p, size, out) : !read_ip4(p, out))
		return false;
	if (out->header + PORTS > size)
		return false;
	p += out->header;
	out->from.port = (uint16_t)(p[0] << 8 | p[1]);
	out->to.port = (uint16_t)(p[2] << 8 | p[3]);
	return true;
}

bool inet_has_tcp(const uint8_t *packet, size_t size)
{
	struct ends e;

	return read_ends(packet, size, &e) &&
	       tcp_table_find(&e.to.address, e.to.port, &e.from.address,
	                      e.from.port);
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

static int error_of_code6(unsigned code)
{
	static const uint8_t errors[] = {
		ENETUNREACH,  EACCES, EHOSTUNREACH, EHOSTUNREACH,
		ECONNREFUSED, EACCES, EACCES};

	return code < ARRAY_LEN(errors) ? errors[code] : EHOSTUNREACH;
}

/* `size` bytes of what we sent are behind the ICMP header. */
static void refuse(const struct ends *icmp, const struct ends *sent,
                   const uint8_t *header, size_t size)
{
	bool six = IP_IS_V6_VAL(icmp->from.address);
	size_t skip = sent->header + UDP_HEADER;
	struct inet_report r = {
		.error = six ? error_of_code6(header[1])
	                     : error_of_code(header[1]),
		.six = six,
		.type = header[0],
		.code = header[1],
		.from = icmp->from.address,
		.to = sent->to,
		.data = header + ICMP_HEADER + skip,
		.len = size > skip ? size - skip : 0,
	};

	udp_socket_refused_locked(&sent->from, &r);
}

/*
 * The error quotes the header of what we sent, and eight bytes more. TCP
 * hears of its own troubles by resets and timeouts; UDP only so.
 */
void inet_icmp_input(const uint8_t *packet, size_t size)
{
	struct ends icmp, sent;
	const uint8_t *p;
	bool six;

	if (!read_ends(packet, size, &icmp))
		return;
	six = IP_IS_V6_VAL(icmp.from.address);
	p = packet + icmp.header;
	if (icmp.protocol != (six ? ICMP6 : ICMP) ||
	    size < icmp.header + ICMP_HEADER ||
	    p[0] != (six ? ICMP6_UNREACHABLE : ICMP_UNREACHABLE))
		return;
	size -= icmp.header + ICMP_HEADER;
	if (read_ends(p + ICMP_HEADER, size, &sent) && sent.protocol == UDP)
		refuse(&icmp, &sent, p, size);
}
