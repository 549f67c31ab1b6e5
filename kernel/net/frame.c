/* frame.c - pbufs to frames and back, and what devices do for us. */
#include "kernel/net/frame.h"

#include <lwip/inet_chksum.h>
#include <lwip/ip4_frag.h>
#include <lwip/ip6_frag.h>
#include <lwip/prot/etharp.h>
#include <lwip/prot/ethernet.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/ip6.h>
#include <lwip/prot/tcp.h>
#include <lwip/prot/udp.h>
#include <lwip/tcp.h>

#include "kernel/lib/string.h"
#include "kernel/net/interface_private.h"
#include "kernel/net/lwip/hooks.h"

enum {
	COPY_BELOW = 300, /* bytes: smaller frames free their buffer at once */

	/*
	 * lwIP looks at a packet's first word before it looks at the length, at
	 * all of an ARP message, and at headers where the first piece has them:
	 * shorter frames are none, and no device splits one there.
	 */
	FRAME_LEAST = SIZEOF_ETH_HDR + IP_HLEN,
	ARP_LEAST = SIZEOF_ETH_HDR + SIZEOF_ETHARP_HDR,
	FIRST_LEAST = 128,
};

/* --- receiving --- */

/* A received frame as a pbuf, in the room that netbufs have for us. */
struct frame {
	struct pbuf_custom custom;
	struct netbuf *b;
};
static_assert(sizeof(struct frame) <= NETDEV_NETBUF_ROOM, "fits");

static void free_frame(struct pbuf *p)
{
	struct frame *f = CONTAINER_OF(p, struct frame, custom.pbuf);

	f->b->free(f->b);
}

static struct pbuf *copy_frame(struct netbuf *b)
{
	struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)b->len, PBUF_RAM);

	if (p)
		memcpy(p->payload, b->data, b->len);
	b->free(b);
	return p;
}

static struct pbuf *wrap_piece(struct netbuf *b)
{
	struct frame *f = (struct frame *)(void *)b->room;

	f->custom.custom_free_function = free_frame;
	f->b = b;
	return pbuf_alloced_custom(PBUF_RAW, (u16_t)b->len, PBUF_REF,
	                           &f->custom, b->data, (u16_t)b->len);
}

static bool is_too_short(const struct netbuf *b)
{
	const struct eth_hdr *h = (const struct eth_hdr *)(void *)b->data;

	if (b->next)
		return b->len < FIRST_LEAST;
	return b->len < FRAME_LEAST ||
	       (h->type == PP_HTONS(ETHTYPE_ARP) && b->len < ARP_LEAST);
}

struct pbuf *frame_wrap(struct netbuf *b)
{
	struct netbuf *next = b->next;
	struct pbuf *p;

	if (is_too_short(b)) {
		netbuf_free_all(b);
		return NULL;
	}
	if (!next && b->len < COPY_BELOW)
		return copy_frame(b);
	p = wrap_piece(b);
	while (next) {
		b = next;
		next = b->next;
		pbuf_cat(p, wrap_piece(b));
	}
	return p;
}

/* --- sending --- */

/* The frame's pieces for the device; 0: too many. */
unsigned frame_pieces(const struct pbuf *p,
                      struct netdev_seg out[NETDEV_SEGS_MAX])
{
	unsigned n = 0;

	for (; p; p = p->next) {
		if (!p->len)
			continue;
		if (n == NETDEV_SEGS_MAX)
			return 0;
		out[n++] = (struct netdev_seg){p->payload, p->len};
	}
	return n;
}

/* Where things are in a frame that has TCP or UDP in it. */
struct layout {
	uint8_t protocol;
	bool ip6;
	uint16_t transport, checksum; /* offsets */
	uint16_t headers;             /* bytes before the data */
};

static bool find_transport(const uint8_t *ip, struct layout *out)
{
	if (ip[0] >> 4 == 6) {
		out->ip6 = true;
		out->protocol = ip[6];
		out->transport = IP6_HLEN;
		return true;
	}
	out->protocol = ip[9];
	out->transport = (uint16_t)((ip[0] & 15) * 4);
	/* The parts of a fragmented packet have been summed as one. */
	return !((ip[6] & 0x3f) | ip[7]);
}

/* `at`: bytes before the IP header. False: nothing to do for the device. */
static bool lay_out(const struct pbuf *p, uint16_t at, struct layout *out)
{
	const uint8_t *bytes = p->payload;

	*out = (struct layout){0};
	if (p->len < at + IP_HLEN || !find_transport(bytes + at, out))
		return false;
	out->transport = (uint16_t)(out->transport + at);
	if (out->protocol == IP_PROTO_TCP &&
	    p->len >= out->transport + TCP_HLEN) {
		out->checksum = (uint16_t)(out->transport + 16);
		out->headers =
			(uint16_t)(out->transport +
		                   (bytes[out->transport + 12] >> 4) * 4);
		return true;
	}
	out->checksum = (uint16_t)(out->transport + 6);
	out->headers = (uint16_t)(out->transport + UDP_HLEN);
	return out->protocol == IP_PROTO_UDP &&
	       p->len >= out->transport + UDP_HLEN;
}

static bool is_ip(const struct pbuf *p)
{
	const struct eth_hdr *h = p->payload;

	return p->len >= SIZEOF_ETH_HDR && (h->type == PP_HTONS(ETHTYPE_IP) ||
	                                    h->type == PP_HTONS(ETHTYPE_IPV6));
}

/* RFC 9293, 3.1 and RFC 8200, 8.1: addresses, length, protocol. */
static uint16_t pseudo_sum(const uint8_t *ip, const struct layout *l,
                           uint32_t len)
{
	uint32_t sum =
		l->ip6 ? LWIP_CHKSUM(ip + 8, 32) : LWIP_CHKSUM(ip + 12, 8);

	sum += (uint32_t)PP_HTONS(l->protocol) + lwip_htons((u16_t)len);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

/*
 * How many bytes each part of a long segment has. The other side may take less
 * than the link does: then its connection knows (tcp_socket_part()).
 */
static uint16_t part_of(const struct netif *n, const struct layout *l)
{
	uint16_t fits = (uint16_t)(n->mtu + SIZEOF_ETH_HDR - l->headers);
	uint16_t wanted = n->hints ? tcp_socket_part(n->hints) : 0;

	return wanted && wanted < fits ? wanted : fits;
}

static uint32_t mix(uint32_t h, const uint8_t word[4])
{
	uint32_t v;

	memcpy(&v, word, sizeof(v));
	return (h ^ v) * 0x9e3779b1u;
}

/* Equal for frames between the same ends. */
static uint32_t flow_of(const struct pbuf *p)
{
	const uint8_t *bytes = p->payload;
	struct layout l;
	bool ports;
	size_t at, end;
	uint32_t h = 0;

	if (!is_ip(p))
		return 0;
	ports = lay_out(p, SIZEOF_ETH_HDR, &l);
	at = SIZEOF_ETH_HDR + (l.ip6 ? 8 : 12);
	end = l.ip6 ? SIZEOF_ETH_HDR + IP6_HLEN : SIZEOF_ETH_HDR + IP_HLEN;
	for (; at < end && at + 4 <= p->len; at += 4)
		h = mix(h, bytes + at);
	if (ports)
		h = mix(h, bytes + l.transport);
	return h >> 16;
}

void frame_offload(const struct netif *n, const struct netdev *dev,
                   struct pbuf *p, struct netdev_offload *out)
{
	uint8_t *bytes = p->payload;
	struct layout l;
	uint16_t sum;

	*out = (struct netdev_offload){0};
	if (dev->flows)
		out->flow = flow_of(p);
	if (!dev->sums || !is_ip(p) || !lay_out(p, SIZEOF_ETH_HDR, &l))
		return;
	sum = pseudo_sum(bytes + SIZEOF_ETH_HDR, &l,
	                 (uint32_t)p->tot_len - l.transport);
	memcpy(bytes + l.checksum, &sum, sizeof(sum));
	out->checksum_start = l.transport;
	out->checksum_at = l.checksum;
	out->ip6 = l.ip6;
	if (p->tot_len <= n->mtu + SIZEOF_ETH_HDR)
		return;
	out->segment = part_of(n, &l);
	out->header = l.headers;
}

/* --- packets longer than the link takes: linked with --wrap --- */

err_t __real_ip4_frag(struct pbuf *p, struct netif *n, const ip4_addr_t *to);
err_t __real_ip6_frag(struct pbuf *p, struct netif *n, const ip6_addr_t *to);
err_t __wrap_ip4_frag(struct pbuf *p, struct netif *n, const ip4_addr_t *to);
err_t __wrap_ip6_frag(struct pbuf *p, struct netif *n, const ip6_addr_t *to);

/* The device sums whole packets only: these we must sum. */
static void sum_parts(struct pbuf *p, const struct layout *l)
{
	uint8_t *bytes = p->payload;
	uint16_t sum =
		pseudo_sum(bytes, l, (uint32_t)p->tot_len - l->transport);

	memcpy(bytes + l->checksum, &sum, sizeof(sum));
	pbuf_remove_header(p, l->transport);
	sum = inet_chksum_pbuf(p);
	pbuf_add_header_force(p, l->transport);
	sum = sum ? sum : UINT16_MAX; /* RFC 768 */
	memcpy(bytes + l->checksum, &sum, sizeof(sum));
}

/* True: it goes out in one piece. */
static bool prepare_long(struct pbuf *p, const struct netif *n)
{
	struct layout l;

	if (!interface_of(n)->dev->sums || !lay_out(p, 0, &l))
		return false;
	if (l.protocol == IP_PROTO_TCP && interface_of(n)->dev->segments)
		return true;
	sum_parts(p, &l);
	return false;
}

err_t __wrap_ip4_frag(struct pbuf *p, struct netif *n, const ip4_addr_t *to)
{
	return prepare_long(p, n) ? n->output(n, p, to)
	                          : __real_ip4_frag(p, n, to);
}

err_t __wrap_ip6_frag(struct pbuf *p, struct netif *n, const ip6_addr_t *to)
{
	return prepare_long(p, n) ? n->output_ip6(n, p, to)
	                          : __real_ip6_frag(p, n, to);
}
