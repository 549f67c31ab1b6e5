/*
 * tcp_private.h - TCP sockets, for the files that make them up:
 *
 *	inet_tcp.c	a socket's life, and what poll() says of it
 *	tcp_connect.c	listening, accepting, connecting
 *	tcp_data.c	receiving and sending
 *	tcp_pages.c	sending what lies in the page cache
 *	tcp_window.c	how much may be under way
 *	tcp_segment.c	segments for devices that cut them
 *	tcp_options.c	options
 *
 * A socket holds lwIP's control block (pcb) while lwIP may still call about
 * it. When both directions have ended, or an error came, the socket lets go:
 * what is left (the last acknowledgements, TIME_WAIT) lwIP does alone.
 *
 * Data goes to the program and comes from it while the stack's lock is not
 * held. `reading` and `writing` keep two readers, or two writers, of one
 * socket apart meanwhile; lwIP only appends to the receive queue.
 *
 * All functions but those of struct socket_ops need the stack's lock.
 */
#ifndef KERNEL_NET_TCP_PRIVATE_H
#define KERNEL_NET_TCP_PRIVATE_H

#include <lwip/tcp.h>

#include "kernel/lib/list.h"
#include "kernel/net/inet.h"
#include "kernel/net/socket_private.h"
#include "kernel/sched/mutex.h"

/* The send queue of one connection, in pbufs: what one more chunk may need. */
enum { TCP_QUEUE_SLACK = 16 };

enum tcp_socket_state {
	FRESH,
	LISTENING,
	CONNECTING,
	CONNECTED,
	DONE, /* it was connected, or tried to be */
};

struct tcp_socket {
	struct socket s;
	struct mutex reading, writing; /* taken before the stack's lock */

	/* The stack's lock must be held for these. */
	enum tcp_socket_state state;
	struct tcp_pcb *pcb; /* NULL: lwIP has nothing to say any more */
	struct inet_end local, peer;
	bool bound;
	bool eof;                   /* nothing more will come */
	bool shut_read, shut_write; /* by the program */
	bool connect_answered;      /* connect() has said how it went */
	bool no_delay, cork;
	uint32_t keep_idle_s, keep_interval_s, keep_count;
	struct inet_options ip;
	uint32_t user_timeout_ms; /* TCP_USER_TIMEOUT; 0: none */
	uint32_t defer_accept_s;  /* TCP_DEFER_ACCEPT; 0: no */
	uint8_t syn_count;        /* TCP_SYNCNT; 0: as usual */
	int32_t linger2_s;        /* TCP_LINGER2; 0: as usual, -1: not */
	uint16_t max_segment;     /* TCP_MAXSEG; 0: as the link has it */
	uint32_t stuck_at;        /* not acknowledged ... */
	uint64_t stuck_since;     /* ... since then; 0: nothing waits */
	uint32_t cwnd;            /* lwIP's, when last seen */
	uint32_t window;    /* bytes that may wait here, or be under way */
	bool window_filled; /* more than half of it was in use */

	/*
	 * What came and was not read: pbufs linked through `next`, which
	 * lwIP's lengths of chains (16 bits) do not apply to. Only who holds
	 * `reading` takes from the head.
	 */
	struct pbuf *head, *tail;
	size_t queued; /* bytes */
	size_t skip;   /* bytes of the head that were read */

	/* Listening: connections that nobody has accepted. */
	struct list children;
	unsigned nr_children, backlog;
	struct list deferred; /* those that have to say something first */
	unsigned nr_deferred;
	struct list link; /* in the listener's children, or deferred */

	/* Deferred by it, until then. */
	struct tcp_socket *deferred_by;
	uint64_t deferred_until;
};

static inline struct tcp_socket *tcp_of(struct socket *s)
{
	return CONTAINER_OF(s, struct tcp_socket, s);
}

/* --- inet_tcp.c --- */

/* A socket without a pcb, in no list; NULL: no memory. */
struct tcp_socket *tcp_socket_new(int domain);

/* Close what is open, with a reset or in good order, and free it. */
void tcp_socket_free(struct tcp_socket *t, bool reset);

/* `pcb` calls about `t` from now on. */
void tcp_socket_attach(struct tcp_socket *t, struct tcp_pcb *pcb);

/* lwIP will not call about this socket again. */
void tcp_socket_let_go(struct tcp_socket *t);

/* A connection that failed took its pcb with it: make another. -ENOBUFS. */
NODISCARD int tcp_socket_ensure_pcb(struct tcp_socket *t);

/* Both directions have ended. */
void tcp_socket_end(struct tcp_socket *t);

/* Take over the addresses that lwIP has for the connection. */
void tcp_socket_read_ends(struct tcp_socket *t);

/* Give the options to the pcb. */
void tcp_socket_apply(struct socket *s);

/* -EADDRINUSE when no port is free. */
NODISCARD int tcp_socket_bind_random(struct tcp_socket *t,
                                     const ip_addr_t *address);

/* Is there a listener that would want the same connections? */
bool tcp_socket_conflicts(const struct tcp_socket *t, const struct inet_end *e);

/* Say what is ready now, and wake those who wait for `events`. */
void tcp_socket_changed(struct tcp_socket *t, uint32_t events);

/* Bytes in the send queue, and how many may be. */
uint32_t tcp_socket_unsent(const struct tcp_socket *t);
uint32_t tcp_socket_send_limit(const struct tcp_socket *t);

/* Linux says "writable" when a third is free, to wake writers less often. */
bool tcp_socket_writable(const struct tcp_socket *t);

/* --- tcp_connect.c --- */

/* It may be accepted now, if it had to wait (TCP_DEFER_ACCEPT). */
void tcp_socket_admit_deferred(struct tcp_socket *t);

/* It waited, and has ended: nobody will have it. */
void tcp_socket_drop_deferred(struct tcp_socket *t);

/* --- tcp_window.c --- */

/* It is established: the first size of the receive window. */
void tcp_socket_open_window(struct tcp_socket *t);

/* Data came. */
void tcp_socket_arrived(struct tcp_socket *t);

/* The program has read: bytes by which the window becomes larger. */
uint32_t tcp_socket_grow_window(struct tcp_socket *t);

/* --- tcp_segment.c --- */

/* It is established: use long segments if they can be sent. */
void tcp_socket_lengthen(struct tcp_socket *t);

/* What the other side takes at once: pcb->mss may be a multiple of it. */
uint16_t tcp_socket_mss(const struct tcp_pcb *pcb);

/* Now and then: has the other side been silent for TCP_USER_TIMEOUT? */
err_t tcp_socket_on_poll(void *arg, struct tcp_pcb *pcb);

/* An acknowledgement came. */
void tcp_socket_acknowledged(struct tcp_socket *t);

/* Send what may be sent. */
void tcp_socket_push(struct tcp_pcb *pcb);

/* --- tcp_connect.c, tcp_data.c, tcp_options.c --- */

NODISCARD int tcp_socket_listen(struct socket *s, unsigned backlog);
NODISCARD int tcp_socket_accept(struct socket *s, bool dontwait,
                                struct socket **out);
NODISCARD int tcp_socket_connect(struct socket *s,
                                 const struct socket_address *a, bool dontwait);

NODISCARD int64_t tcp_socket_send(struct socket *s, const struct socket_msg *m,
                                  unsigned flags);
/* Bytes there is room for, or why there never will be. */
NODISCARD int64_t tcp_socket_room(struct tcp_socket *t);

/* While corked only full segments go, and Nagle's rule holds back the rest. */
void tcp_socket_push_some(struct tcp_socket *t, bool more);

/* tcp_pages.c */
NODISCARD int64_t tcp_socket_send_pages(struct socket *s,
                                        struct socket_pages *p, bool dontwait);

NODISCARD int64_t tcp_socket_receive(struct socket *s, struct socket_msg *m,
                                     unsigned flags);
err_t tcp_socket_on_receive(void *arg, struct tcp_pcb *pcb, struct pbuf *p,
                            err_t err);
err_t tcp_socket_on_sent(void *arg, struct tcp_pcb *pcb, u16_t n);
void tcp_socket_drop_queue(struct tcp_socket *t);

NODISCARD int tcp_socket_set_option(struct socket *s, int level, int name,
                                    const void *value, size_t len);
NODISCARD int tcp_socket_get_option(struct socket *s, int level, int name,
                                    void *value, size_t *len);

/* What /proc/net/tcp and struct tcp_info call a state. */
uint8_t tcp_socket_linux_state(enum tcp_state state);

#endif
