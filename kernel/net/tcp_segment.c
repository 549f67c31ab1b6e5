/*
 * tcp_segment.c - segments longer than the other side takes at once.
 *
 * lwIP cuts what is written into segments of pcb->mss bytes, and each costs
 * much the same whatever its length. Where a device cuts segments (or nobody
 * must: the loopback) a connection is given a multiple of the true size when it
 * is established; the true one is kept beside it and goes with each frame
 * (frame.c). The multiple is the initial window of RFC 6928, so that a long
 * segment may always be sent.
 *
 * Two rules of lwIP count in pcb->mss and are put right here: congestion
 * avoidance grows by one true segment a round trip (RFC 5681, 3.1), and Nagle's
 * rule lets go what fills a true segment. What is lost is sent again as a whole
 * long segment.
 */
#include <lwip/ip.h>
#include <lwip/priv/tcp_priv.h>

#include "kernel/core/netdev.h"
#include "kernel/net/interface_private.h"
#include "kernel/net/lwip/hooks.h"
#include "kernel/net/tcp_private.h"
#include "kernel/net/tcp_table.h"

enum { TIMES = 10 };

static uintptr_t kept(const struct tcp_pcb *pcb)
{
	return (uintptr_t)pcb->ext_args[TCP_EXTRA_PART].data;
}

u16_t tcp_socket_part(struct netif_hint *hints)
{
	return (u16_t)kept(CONTAINER_OF(hints, struct tcp_pcb, netif_hints));
}

uint16_t tcp_socket_mss(const struct tcp_pcb *pcb)
{
	return kept(pcb) ? (uint16_t)kept(pcb) : pcb->mss;
}

static bool takes_long(const struct tcp_pcb *pcb)
{
	const struct netif *n = ip_route(&pcb->local_ip, &pcb->remote_ip);

	return n && (!interface_of(n) || interface_of(n)->dev->segments);
}

void tcp_socket_lengthen(struct tcp_socket *t)
{
	struct tcp_pcb *pcb = t->pcb;
	uint16_t mss = pcb->mss;

	if (t->max_segment && t->max_segment < mss)
		pcb->mss = mss = t->max_segment;
	if (kept(pcb) || !takes_long(pcb))
		return;
	pcb->ext_args[TCP_EXTRA_PART].data = (void *)(uintptr_t)mss;
	pcb->mss = (uint16_t)(TIMES * mss);
	if (pcb->cwnd < pcb->mss)
		pcb->cwnd = pcb->mss;
	t->cwnd = pcb->cwnd;
}

void tcp_socket_acknowledged(struct tcp_socket *t)
{
	struct tcp_pcb *pcb = t->pcb;

	if (kept(pcb) && t->cwnd >= pcb->ssthresh &&
	    pcb->cwnd == t->cwnd + pcb->mss)
		pcb->cwnd -= pcb->mss - (tcpwnd_size_t)kept(pcb);
	t->cwnd = pcb->cwnd;
}

void tcp_socket_push(struct tcp_pcb *pcb)
{
	const struct tcp_seg *first = pcb->unsent;
	bool nagle = !tcp_nagle_disabled(pcb);

	if (nagle && first && first->len >= tcp_socket_mss(pcb))
		tcp_nagle_disable(pcb);
	else
		nagle = false;
	tcp_output(pcb);
	if (nagle)
		tcp_nagle_enable(pcb);
}
