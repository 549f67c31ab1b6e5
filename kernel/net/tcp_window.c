/*
 * tcp_window.c - how much may be under way, and wait, on a TCP connection.
 *
 * lwIP's windows are as large as they may ever be. A connection begins with
 * less, and gets more while that is what holds it back: the receive window
 * doubles when the sender has filled more than half of it and the program has
 * read all of that; the send queue follows the congestion window. SO_RCVBUF and
 * SO_SNDBUF set fixed sizes instead.
 */
#include <lwip/priv/tcp_priv.h>

#include "kernel/mm/page.h"
#include "kernel/net/tcp_private.h"

enum {
	FIRST = 256 * 1024,
	LEAST = UINT16_MAX, /* said before the size is known */
	SHARE = 32,         /* of the machine's memory, for one window */
};

static uint32_t most(void)
{
	uint64_t share = page_total() * PAGE_SIZE / SHARE;

	return share < FIRST     ? FIRST
	       : share < TCP_WND ? (uint32_t)share
	                         : TCP_WND;
}

void tcp_socket_open_window(struct tcp_socket *t)
{
	struct tcp_pcb *pcb = t->pcb;
	uint32_t first = t->s.recv_buffer_set ? t->s.recv_buffer : FIRST;

	if (first < LEAST)
		first = LEAST;
	if (pcb->rcv_wnd > first) {
		pcb->rcv_wnd = pcb->rcv_ann_wnd = first;
		/* All of it, says lwIP; the handshake had 16 bits for it. */
		pcb->rcv_ann_right_edge = pcb->rcv_nxt + LEAST;
	}
	t->window = pcb->rcv_wnd;
}

void tcp_socket_arrived(struct tcp_socket *t)
{
	if (t->pcb && t->pcb->rcv_wnd < t->window / 2)
		t->window_filled = true;
}

uint32_t tcp_socket_grow_window(struct tcp_socket *t)
{
	uint32_t more = t->window;

	if (!t->window_filled || t->queued || t->s.recv_buffer_set || !t->pcb)
		return 0;
	t->window_filled = false;
	if (!(t->pcb->flags & TF_WND_SCALE) || more > most() / 2)
		return 0;
	t->window += more;
	return more;
}

uint32_t tcp_socket_send_limit(const struct tcp_socket *t)
{
	uint32_t limit = t->s.send_buffer;

	if (!t->s.send_buffer_set) {
		limit = t->pcb && t->state == CONNECTED ? 2 * t->pcb->cwnd : 0;
		limit = limit < FIRST ? FIRST : limit;
		limit = limit < most() ? limit : most();
	}
	return limit < TCP_SND_BUF ? limit : TCP_SND_BUF;
}
