/* tcp_connect.c - how TCP connections begin, from either side. */
#include <lwip/ip.h>
#include <lwip/priv/tcp_priv.h>

#include "kernel/core/clock.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/net/lwip/hooks.h"
#include "kernel/net/stack.h"
#include "kernel/net/tcp_private.h"
#include "kernel/net/tcp_table.h"
#include "kernel/net/tcp_timer.h"

enum {
	/* Handshakes that one listener has under way; more are not heard. */
	HALF_OPEN_MAX = 256,

	SHARERS_MAX = 64, /* of one port */
};

/* --- listening and accepting --- */

static void inherit(struct tcp_socket *child, const struct tcp_socket *t)
{
	child->s.reuse_address = t->s.reuse_address;
	child->s.reuse_port = t->s.reuse_port;
	child->s.keep_alive = t->s.keep_alive;
	child->s.device = t->s.device;
	child->s.linger = t->s.linger;
	child->s.linger_s = t->s.linger_s;
	child->s.send_buffer = t->s.send_buffer;
	child->s.recv_buffer = t->s.recv_buffer;
	child->s.send_buffer_set = t->s.send_buffer_set;
	child->s.recv_buffer_set = t->s.recv_buffer_set;
	child->s.send_timeout = t->s.send_timeout;
	child->s.recv_timeout = t->s.recv_timeout;
	child->no_delay = t->no_delay;
	child->user_timeout_ms = t->user_timeout_ms;
	child->max_segment = t->max_segment;
	child->linger2_s = t->linger2_s;
	child->keep_idle_s = t->keep_idle_s;
	child->keep_interval_s = t->keep_interval_s;
	child->keep_count = t->keep_count;
	child->ip = t->ip;
}

/*
 * Of several listeners that share the port by SO_REUSEPORT, the client's
 * address and port say which gets it.
 */
static struct tcp_socket *pick(struct tcp_socket *t, const ip_addr_t *from,
                               uint16_t port)
{
	const struct tcp_pcb_listen *l = tcp_listen_pcbs.listen_pcbs;
	struct tcp_socket *group[SHARERS_MAX];
	unsigned n = 0;

	if (!t->s.reuse_port)
		return t;
	for (; l && n < SHARERS_MAX; l = l->next) {
		struct tcp_socket *other = l->callback_arg;

		if (l->local_port == t->local.port && other->s.reuse_port &&
		    ip_addr_cmp(&l->local_ip, &t->pcb->local_ip))
			group[n++] = other;
	}
	return n ? group[inet_spread(from, port) % n] : t;
}

static void add_child(struct tcp_socket *t, struct tcp_socket *child)
{
	list_append(&t->children, &child->link);
	t->nr_children++;
	tcp_socket_changed(t, POLLIN | POLLRDNORM);
}

/* It waits until it says something, but not longer than that. */
static void defer(struct tcp_socket *child, struct tcp_socket *t)
{
	list_append(&t->deferred, &child->link);
	t->nr_deferred++;
	child->deferred_by = t;
	child->deferred_until =
		clock_monotonic() + t->defer_accept_s * NS_PER_SEC;
	child->pcb->ext_args[TCP_EXTRA_AWAKE].data = child;
}

static void end_deferring(struct tcp_socket *child)
{
	list_remove(&child->link);
	child->deferred_by->nr_deferred--;
	child->deferred_by = NULL;
	if (child->pcb)
		child->pcb->ext_args[TCP_EXTRA_AWAKE].data = NULL;
}

void tcp_socket_admit_deferred(struct tcp_socket *t)
{
	struct tcp_socket *listener = t->deferred_by;

	if (!listener)
		return;
	end_deferring(t);
	add_child(listener, t);
}

void tcp_socket_drop_deferred(struct tcp_socket *t)
{
	end_deferring(t);
	tcp_socket_free(t, false);
}

/* A handshake is complete. On an error lwIP resets the connection. */
static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct tcp_socket *t = arg, *child;

	if (err || !pcb || !t)
		return ERR_VAL;
	tcp_table_opened(pcb);
	t = pick(t, &pcb->remote_ip, pcb->remote_port);
	child = tcp_socket_new(t->s.domain);
	if (!child)
		return ERR_MEM;
	inherit(child, t);
	child->state = CONNECTED;
	child->bound = child->connect_answered = true;
	tcp_timer_unknown(pcb);
	tcp_timer_first_answer(pcb);
	tcp_socket_attach(child, pcb);
	tcp_socket_read_ends(child);
	tcp_socket_lengthen(child);
	tcp_socket_open_window(child);
	tcp_socket_changed(child, 0);
	if (t->defer_accept_s)
		defer(child, t);
	else
		add_child(t, child);
	return ERR_OK;
}

/*
 * A new connection with the addresses of one that is in TIME_WAIT may begin
 * if its sequence numbers are higher (RFC 1122, 4.2.2.13). The SYN is lost
 * with the old one, and comes again.
 */
static err_t replace_time_wait(struct tcp_pcb *pcb, const struct tcp_hdr *h)
{
	if (!TCP_SEQ_GT(h->seqno, pcb->rcv_nxt))
		return ERR_OK;
	tcp_abort(pcb);
	return ERR_ABRT;
}

/*
 * lwIP keeps what comes too early without a look at its end, and trusts later
 * that all of it is in the window.
 */
static bool reaches_beyond(const struct tcp_pcb *pcb, const struct tcp_hdr *h,
                           const struct pbuf *data)
{
	uint32_t end = h->seqno + data->tot_len + !!(TCPH_FLAGS(h) & TCP_FIN);

	return TCP_SEQ_GT(h->seqno, pcb->rcv_nxt) &&
	       TCP_SEQ_GT(end, pcb->rcv_nxt + pcb->rcv_wnd);
}

err_t tcp_socket_admit(struct tcp_pcb *pcb, const struct tcp_hdr *h,
                       const struct pbuf *data)
{
	struct tcp_socket *t = pcb->callback_arg;

	if (pcb->state >= ESTABLISHED && pcb->state != TIME_WAIT)
		return reaches_beyond(pcb, h, data) ? ERR_VAL : ERR_OK;
	if ((TCPH_FLAGS(h) & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
		return ERR_OK;
	if (pcb->state == TIME_WAIT)
		return replace_time_wait(pcb, h);
	if (pcb->state != LISTEN)
		return ERR_OK;
	if (t)
		t = pick(t, ip_current_src_addr(), h->src);
	/* As Linux: one more than was asked for, and no answer after that. */
	if (!t || t->nr_children + t->nr_deferred > t->backlog ||
	    tcp_table_half_open(pcb) > HALF_OPEN_MAX)
		return ERR_MEM;
	return ERR_OK;
}

static int begin_listening(struct tcp_socket *t)
{
	struct tcp_pcb *pcb;
	err_t err;
	int rc = tcp_socket_ensure_pcb(t);

	if (!rc && !t->bound) {
		ip_addr_t any = inet_any(t->s.domain, &t->ip);

		rc = tcp_socket_bind_random(t, &any);
	}
	if (rc)
		return rc;
	if (tcp_socket_conflicts(t, &t->local))
		return -EADDRINUSE;
	/* lwIP refuses what SO_REUSEPORT asks for; we have looked. */
	t->pcb->so_options = 0;
	pcb = tcp_listen_with_backlog_and_err(t->pcb, 0, &err);
	if (!pcb)
		return stack_error(err);
	t->pcb = pcb;
	t->state = LISTENING;
	t->s.accepting = true;
	tcp_arg(pcb, t);
	tcp_accept(pcb, on_accept);
	tcp_socket_apply(&t->s);
	return 0;
}

int tcp_socket_listen(struct socket *s, unsigned backlog)
{
	struct tcp_socket *t = tcp_of(s);
	int rc = 0;

	stack_lock();
	t->backlog = backlog;
	if (t->state == FRESH)
		rc = begin_listening(t);
	else if (t->state != LISTENING)
		rc = -EINVAL;
	tcp_socket_changed(t, 0);
	stack_unlock();
	return rc;
}

static int64_t try_accept(struct socket *s, void *arg)
{
	struct tcp_socket *t = tcp_of(s), **out = arg;
	struct list *n;
	int rc = -EAGAIN;

	stack_lock();
	n = list_pop(&t->children);
	if (n) {
		*out = LIST_ENTRY(n, struct tcp_socket, link);
		t->nr_children--;
		tcp_socket_changed(t, 0);
		rc = 0;
	} else if (t->state != LISTENING) {
		rc = -EINVAL;
	} else {
		stack_poll_locked();
	}
	stack_unlock();
	return rc;
}

int tcp_socket_accept(struct socket *s, bool dontwait, struct socket **out)
{
	struct tcp_socket *child;
	int64_t rc =
		socket_wait(s, dontwait, s->recv_timeout, try_accept, &child);

	if (!rc)
		*out = &child->s;
	return (int)rc;
}

/* --- connecting --- */

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t err UNUSED)
{
	struct tcp_socket *t = arg;

	tcp_timer_first_answer(pcb);
	t->state = CONNECTED;
	tcp_socket_lengthen(t);
	tcp_socket_open_window(t);
	tcp_socket_changed(t, POLLOUT | POLLWRNORM);
	return ERR_OK;
}

/* Is there a connection with these ends? Sockets may share a port of ours. */
static bool is_taken(const struct tcp_pcb *pcb, const ip_addr_t *to,
                     uint16_t port)
{
	const ip_addr_t *local = &pcb->local_ip;
	struct netif *n = ip_route(local, to);

	if (ip_addr_isany(local))
		local = n ? ip_netif_get_local_ip(n, to) : NULL;
	return local && tcp_table_find(local, pcb->local_port, to, port);
}

static int begin_connecting(struct tcp_socket *t, const struct inet_end *to)
{
	ip_addr_t address = to->address, any = {.type = IPADDR_TYPE_V4};
	err_t err;
	int rc = tcp_socket_ensure_pcb(t);

	inet_any_to_loopback(&address);
	any.type = address.type;
	if (!rc && !t->bound)
		rc = tcp_socket_bind_random(t, &any);
	if (!rc && !inet_overlap(&t->local.address, &any))
		rc = -ENETUNREACH; /* bound to the other version */
	if (!rc && is_taken(t->pcb, &address, to->port))
		rc = -EADDRINUSE;
	if (rc)
		return rc == -EADDRINUSE ? -EADDRNOTAVAIL : rc;
	t->pcb->so_options = 0; /* lwIP would look for what we have */
	tcp_timer_unknown(t->pcb);
	t->connect_answered = false;
	t->state = CONNECTING;
	err = tcp_connect(t->pcb, &address, to->port, on_connected);
	tcp_socket_apply(&t->s);
	if (err) {
		t->state = FRESH;
		return err == ERR_USE ? -EADDRNOTAVAIL : stack_error(err);
	}
	tcp_socket_read_ends(t);
	tcp_socket_changed(t, 0);
	stack_timers_changed_locked();
	return 0;
}

/* As if the socket were new: it may be tried again. */
static void start_afresh(struct tcp_socket *t)
{
	t->state = FRESH;
	t->bound = t->eof = t->shut_read = t->shut_write = false;
	t->local = t->peer = (struct inet_end){.port = 0};
	t->local.address = inet_any(t->s.domain, &t->ip);
	tcp_socket_changed(t, 0);
}

/* How a connection that was begun before is getting on. */
static int connect_outcome(struct tcp_socket *t)
{
	int rc;

	if (t->state == CONNECTING)
		return -EAGAIN;
	if (t->connect_answered)
		return -EISCONN;
	t->connect_answered = true;
	if (t->state == CONNECTED)
		return 0;
	rc = socket_take_error(&t->s);
	start_afresh(t);
	return rc ? rc : -ECONNABORTED;
}

static int64_t try_connect(struct socket *s, void *arg UNUSED)
{
	struct tcp_socket *t = tcp_of(s);
	int rc;

	stack_lock();
	rc = connect_outcome(t);
	if (rc == -EAGAIN) {
		stack_poll_locked();
		rc = connect_outcome(t);
	}
	stack_unlock();
	return rc;
}

static int start_connecting(struct tcp_socket *t, const struct inet_end *to,
                            bool *begun)
{
	*begun = false;
	if (t->state == LISTENING)
		return -EISCONN;
	if (t->state != FRESH)
		return 0;
	*begun = true;
	return begin_connecting(t, to);
}

int tcp_socket_connect(struct socket *s, const struct socket_address *a,
                       bool dontwait)
{
	struct inet_end to;
	bool begun;
	int64_t rc = inet_read_address(s->domain, &tcp_of(s)->ip, a, &to);

	if (rc)
		return (int)rc;
	stack_lock();
	rc = start_connecting(tcp_of(s), &to, &begun);
	stack_unlock();
	if (rc)
		return (int)rc;
	if (begun && dontwait)
		return -EINPROGRESS; /* also when it is done: as on Linux */
	rc = socket_wait(s, dontwait, s->send_timeout, try_connect, NULL);
	if (rc == -EAGAIN)
		return dontwait ? -EALREADY : -EINPROGRESS;
	return (int)rc;
}
