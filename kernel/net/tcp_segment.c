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
 * Rules of lwIP that count in pcb->mss are put right here: congestion avoidance
 * grows by one true segment a round trip (RFC 5681, 3.1), the window after a
 * timeout is one, and Nagle's rule lets go what fills one. A long segment that
 * is larger than the window (of either side) goes in parts. After three
 * duplicate acknowledgements the whole of it is sent again: what is lost lies
 * together, and lwIP would find the other parts only by a timeout.
 */
#include <lwip/ip.h>
#include <lwip/priv/tcp_priv.h>

#include "kernel/core/netdev.h"
#include "kernel/net/interface_private.h"
#include "kernel/net/lwip/hooks.h"
#include "kernel/net/tcp_private.h"
#include "kernel/net/tcp_table.h"

enum { TIMES = 10 };

err_t __real_tcp_output(struct tcp_pcb *pcb);
err_t __wrap_tcp_output(struct tcp_pcb *pcb);
err_t __real_tcp_split_unsent_seg(struct tcp_pcb *pcb, u16_t at);
err_t __wrap_tcp_split_unsent_seg(struct tcp_pcb *pcb, u16_t at);
void __real_tcp_rexmit_rto_commit(struct tcp_pcb *pcb);
void __wrap_tcp_rexmit_rto_commit(struct tcp_pcb *pcb);

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

/* --- what lwIP calls: linked with --wrap --- */

static tcpwnd_size_t window(const struct tcp_pcb *pcb)
{
	return pcb->snd_wnd < pcb->cwnd ? pcb->snd_wnd : pcb->cwnd;
}

/*
 * What ends the stream goes with the second part. lwIP 2.1.3 gives it to that,
 * and does not take it from the first.
 */
err_t __wrap_tcp_split_unsent_seg(struct tcp_pcb *pcb, u16_t at)
{
	u16_t len = pcb->unsent ? pcb->unsent->len : 0;
	err_t err = __real_tcp_split_unsent_seg(pcb, at);

	if (err == ERR_OK && pcb->unsent && pcb->unsent->len < len)
		TCPH_FLAGS_SET(pcb->unsent->tcphdr,
		               TCPH_FLAGS(pcb->unsent->tcphdr) &
		                       ~(TCP_FIN | TCP_PSH));
	return err;
}

/*
 * The first to be sent is longer than the window will be when all before it is
 * acknowledged: of what fits now make a segment of its own. False: there is
 * nothing to do.
 */
static bool split_first(struct tcp_pcb *pcb)
{
	const struct tcp_seg *first = pcb->unsent;
	tcpwnd_size_t room = window(pcb);
	int32_t before;

	if (!kept(pcb) || !first || first->len <= room || first->p->ref != 1)
		return false;
	/* Less than nothing, where its beginning is acknowledged. */
	before = (int32_t)(lwip_ntohl(first->tcphdr->seqno) - pcb->lastack);
	if (before >= (int32_t)room)
		return false;
	room -= (tcpwnd_size_t)before;
	room -= room % (tcpwnd_size_t)kept(pcb);
	return room && room < first->len &&
	       tcp_split_unsent_seg(pcb, (u16_t)room) == ERR_OK;
}

/* While a segment is looked at lwIP sends nothing, but after. */
err_t __wrap_tcp_output(struct tcp_pcb *pcb)
{
	err_t err;

	if (pcb == tcp_input_pcb)
		return ERR_OK;
	(void)split_first(pcb);
	do
		err = __real_tcp_output(pcb);
	while (err == ERR_OK && split_first(pcb));
	return err;
}

/*
 * RFC 5681, 3.1: after a timeout one segment, and half of what was under way as
 * the threshold. lwIP has taken both in long segments; the window before it is
 * known from the last acknowledgement.
 */
void __wrap_tcp_rexmit_rto_commit(struct tcp_pcb *pcb)
{
	const struct tcp_socket *t = pcb->callback_arg;
	tcpwnd_size_t least = 2 * (tcpwnd_size_t)kept(pcb), half;

	if (kept(pcb) && t) {
		half = (t->cwnd < pcb->snd_wnd ? t->cwnd : pcb->snd_wnd) / 2;
		pcb->ssthresh = half > least ? half : least;
	}
	if (kept(pcb)) {
		pcb->cwnd = (tcpwnd_size_t)kept(pcb);
		(void)split_first(pcb);
	}
	__real_tcp_rexmit_rto_commit(pcb);
}
