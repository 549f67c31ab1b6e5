/* inet_packet.c - looking into packets before lwIP does. */
#include <lwip/priv/tcp_priv.h>

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/net/inet.h"
#include "kernel/net/inet_error.h"
#include "kernel/net/inet_ping.h"
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
	ICMP_UNREACHABLE = 3, /* RFC 792 */
	ICMP_TIME_EXCEEDED = 11,
	ICMP6_UNREACHABLE = 1, /* RFC 4443, 3.1 */
	ICMP6_TIME_EXCEEDED = 3,
	IDENT_AT = 4, /* of an echo request */
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

/* What the message means. False: it is no error that anybody hears of. */
static bool read_error(const uint8_t *header, struct inet_report *out)
{
	uint8_t type = header[0], code = header[1];

	out->type = type;
	out->code = code;
	if (type == (out->six ? ICMP6_UNREACHABLE : ICMP_UNREACHABLE)) {
		out->error =
			out->six ? error_of_code6(code) : error_of_code(code);
		return true;
	}
	out->error = EHOSTUNREACH;
	out->soft = true;
	return type == (out->six ? ICMP6_TIME_EXCEEDED : ICMP_TIME_EXCEEDED);
}

/* `size` bytes of what we sent are behind the ICMP header. Of a datagram its
 * data is told; ping gets its header, too. */
static void report(const struct ends *sent, const uint8_t *packet, size_t size,
                   struct inet_report *r)
{
	const uint8_t *p = packet + sent->header;
	size_t skip = sent->protocol == UDP ? UDP_HEADER : 0;

	size -= sent->header;
	r->to = sent->to;
	r->data = p + skip;
	r->len = size > skip ? size - skip : 0;
	if (sent->protocol == UDP) {
		udp_socket_refused_locked(&sent->from, r);
	} else if (size >= ICMP_HEADER) {
		r->to.port = 0;
		ping_socket_refused_locked(
			r->six, (uint16_t)(p[IDENT_AT] << 8 | p[IDENT_AT + 1]),
			r);
	}
}

/*
 * The error quotes the header of what we sent, and eight bytes more. TCP
 * hears of its own troubles by resets and timeouts; UDP only so.
 */
void inet_icmp_input(const uint8_t *packet, size_t size)
{
	struct inet_report r = {.error = 0};
	struct ends icmp, sent;
	const uint8_t *p;
	uint8_t own;

	if (!read_ends(packet, size, &icmp))
		return;
	r.six = IP_IS_V6_VAL(icmp.from.address);
	r.from = icmp.from.address;
	own = r.six ? ICMP6 : ICMP;
	p = packet + icmp.header;
	if (icmp.protocol != own || size < icmp.header + ICMP_HEADER ||
	    !read_error(p, &r))
		return;
	size -= icmp.header + ICMP_HEADER;
	if (read_ends(p + ICMP_HEADER, size, &sent) &&
	    (sent.protocol == UDP || sent.protocol == own))
		report(&sent, p + ICMP_HEADER, size, &r);
}
