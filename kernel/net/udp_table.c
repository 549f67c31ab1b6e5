/* udp_table.c - see udp_table.h. */
#include "kernel/net/udp_table.h"

#include <stdbool.h>
#include <stddef.h>

#include <lwip/prot/iana.h>
#include <lwip/udp.h>

#include "kernel/net/inet_udp.h"

enum { BUCKETS = 256 };

/*
 * While lwIP works with a list it is in udp_pcbs, and what stands in its bucket
 * is old.
 */
static struct {
	struct udp_pcb *buckets[BUCKETS];
	struct udp_pcb **current; /* the bucket of that list; NULL: none is */
} table;

static struct udp_pcb **bucket(unsigned port)
{
	return &table.buckets[port % BUCKETS];
}

static void put_back(void)
{
	if (table.current)
		*table.current = udp_pcbs;
}

static struct udp_pcb **enter(struct udp_pcb **b)
{
	struct udp_pcb **before = table.current;

	put_back();
	table.current = b;
	udp_pcbs = *b;
	return before;
}

/* lwIP's callbacks may bring us here again: `before` goes on. */
static void leave(struct udp_pcb **before)
{
	put_back();
	table.current = before;
	udp_pcbs = before ? *before : NULL;
}

struct udp_pcb *udp_table_first(uint16_t port)
{
	put_back();
	return *bucket(port);
}

struct udp_pcb *udp_table_next(const struct udp_pcb *pcb)
{
	struct udp_pcb **b = pcb ? bucket(pcb->local_port) + 1 : table.buckets;

	if (pcb && pcb->next)
		return pcb->next;
	put_back();
	while (b < table.buckets + BUCKETS && !*b)
		b++;
	return b < table.buckets + BUCKETS ? *b : NULL;
}

/* --- what lwIP calls, and we do: linked with --wrap --- */

void __real_udp_input(struct pbuf *p, struct netif *from);
void __wrap_udp_input(struct pbuf *p, struct netif *from);
err_t __real_udp_bind(struct udp_pcb *pcb, const ip_addr_t *address,
                      u16_t port);
err_t __wrap_udp_bind(struct udp_pcb *pcb, const ip_addr_t *address,
                      u16_t port);
err_t __real_udp_connect(struct udp_pcb *pcb, const ip_addr_t *to, u16_t port);
err_t __wrap_udp_connect(struct udp_pcb *pcb, const ip_addr_t *to, u16_t port);
void __real_udp_remove(struct udp_pcb *pcb);
void __wrap_udp_remove(struct udp_pcb *pcb);
void __real_udp_netif_ip_addr_changed(const ip_addr_t *from,
                                      const ip_addr_t *to);
void __wrap_udp_netif_ip_addr_changed(const ip_addr_t *from,
                                      const ip_addr_t *to);

/*
 * lwIP 2.1.3's DHCP client reads beyond a piece of a message where one of its
 * options is longer than that. We tell servers that no message may be longer
 * than a frame, so one in pieces is none.
 */
static bool is_cut_for_dhcp(const struct pbuf *p, unsigned port)
{
	const struct udp_pcb *pcb = udp_table_first((uint16_t)port);

	if (!p->next || port != LWIP_IANA_PORT_DHCP_CLIENT)
		return false;
	while (pcb && pcb->local_port != port)
		pcb = pcb->next;
	return pcb && !udp_socket_of_pcb_locked(pcb);
}

void __wrap_udp_input(struct pbuf *p, struct netif *from)
{
	const uint8_t *header = p->payload;
	unsigned port = 0;
	struct udp_pcb **before;

	if (p->len >= UDP_HLEN)
		port = (unsigned)header[2] << 8 | header[3];
	if (is_cut_for_dhcp(p, port)) {
		pbuf_free(p);
		return;
	}
	before = enter(bucket(port));
	__real_udp_input(p, from);
	leave(before);
}

/* A pcb is bound once, to a port that the caller has chosen. */
err_t __wrap_udp_bind(struct udp_pcb *pcb, const ip_addr_t *address, u16_t port)
{
	struct udp_pcb **before = enter(bucket(port));
	err_t err = __real_udp_bind(pcb, address, port);

	leave(before);
	return err;
}

err_t __wrap_udp_connect(struct udp_pcb *pcb, const ip_addr_t *to, u16_t port)
{
	struct udp_pcb **before = enter(bucket(pcb->local_port));
	err_t err = __real_udp_connect(pcb, to, port);

	leave(before);
	return err;
}

void __wrap_udp_remove(struct udp_pcb *pcb)
{
	struct udp_pcb **before = enter(bucket(pcb->local_port));

	__real_udp_remove(pcb);
	leave(before);
}

void __wrap_udp_netif_ip_addr_changed(const ip_addr_t *from,
                                      const ip_addr_t *to)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		struct udp_pcb **before = enter(&table.buckets[i]);

		__real_udp_netif_ip_addr_changed(from, to);
		leave(before);
	}
}
