/*
 * inet_tcp.c - TCP sockets over lwIP's raw API.
 *
 * A socket holds lwIP's control block (pcb) while lwIP may still call about
 * it. When both directions have ended, or an error came, the socket lets go:
 * what is left (the last acknowledgements, TIME_WAIT) lwIP does alone.
 *
 * Data goes to the program and comes from it while the stack's lock is not
 * held. `reading` and `writing` keep two readers, or two writers, of one
 * socket apart meanwhile; lwIP only appends to the receive queue.
 */
#include "kernel/net/inet_tcp.h"

#include "kernel/core/clock.h"
#include "kernel/core/panic.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/uio.h"
#include "kernel/net/inet.h"
#include "kernel/net/interface.h"
#include "kernel/net/socket_private.h"
#include "kernel/net/stack.h"
#include "kernel/sched/mutex.h"

#include "lwip/priv/tcp_priv.h"
#include "lwip/tcp.h"

#include "kernel/net/lwip/hooks.h"

enum {
	/* Handshakes that one listener has under way; more are not heard. */
	HALF_OPEN_MAX = 256,
	TIME_WAIT_MAX = 512,
	PORT_TRIES = 256,

	SEND_CHUNK = 16 * 1024, /* bytes copied at a time */
	SEND_SMALL = 512,       /* up to this on the stack */
	QUEUE_SLACK = 16,       /* pbufs that one chunk may need */

	/* Small pieces that wait are gathered into buffers of this size. */
	GATHER_BELOW = 512,
	GATHER_SIZE = 1900,

	FIRST_RTO_MS = 1000, /* RFC 6298 */
};

enum state {
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
	enum state state;
	struct tcp_pcb *pcb; /* NULL: lwIP has nothing to say any more */
	struct inet_end local, peer;
	bool bound;
	bool eof;                    /* nothing more will come */
	bool shut_read, shut_write;  /* by the program */
	bool connect_answered;       /* connect() has said how it went */
	bool no_delay, cork;
	uint32_t keep_idle_s, keep_interval_s, keep_count;
	struct inet_options ip;

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
	struct list link; /* in the listener's children */
};

static struct tcp_socket *tcp_of(struct socket *s)
{
	return CONTAINER_OF(s, struct tcp_socket, s);
}

/* --- what poll() says --- */

static uint32_t send_limit(const struct tcp_socket *t)
{
	return t->s.send_buffer < TCP_SND_BUF ? t->s.send_buffer : TCP_SND_BUF;
}

static uint32_t unsent_bytes(const struct tcp_socket *t)
{
	return t->pcb && t->state == CONNECTED ? TCP_SND_BUF - t->pcb->snd_buf
	                                       : 0;
}

/* Linux says "writable" when a third is free, to wake writers less often. */
static bool is_writable(const struct tcp_socket *t)
{
	uint32_t limit = send_limit(t);

	return unsent_bytes(t) <= limit - limit / 3 &&
	       (!t->pcb || t->pcb->snd_queuelen < TCP_SND_QUEUELEN / 2);
}

static uint32_t ready_of(const struct tcp_socket *t)
{
	bool no_more = t->eof || t->shut_read;
	uint32_t r = 0;

	if (t->state == LISTENING)
		return t->nr_children ? POLLIN | POLLRDNORM : 0;
	if (t->state == CONNECTING)
		return 0;
	if (t->state == FRESH || (no_more && t->shut_write))
		r |= POLLHUP;
	if (no_more)
		r |= POLLRDHUP;
	if (t->queued || no_more)
		r |= POLLIN | POLLRDNORM;
	if (t->shut_write || is_writable(t))
		r |= POLLOUT | POLLWRNORM;
	return r;
}

static void changed(struct tcp_socket *t, uint32_t events)
{
	socket_event(&t->s, ready_of(t), events);
}

/* --- callbacks from lwIP --- */

/* lwIP will not call about this socket again. */
static void let_go(struct tcp_socket *t)
{
	if (!t->pcb)
		return;
	tcp_arg(t->pcb, NULL);
	tcp_recv(t->pcb, NULL);
	tcp_sent(t->pcb, NULL);
	tcp_err(t->pcb, NULL);
	t->pcb = NULL;
}

static void end_connection(struct tcp_socket *t)
{
	t->state = DONE;
	t->eof = t->shut_write = true;
}

static void on_error(void *arg, err_t err)
{
	struct tcp_socket *t = arg;
	int error = 0;

	if (!t)
		return;
	t->pcb = NULL; /* freed already */
	if (err == ERR_RST && t->state == CONNECTING)
		error = ECONNREFUSED;
	else if (err == ERR_RST)
		error = t->eof ? EPIPE : ECONNRESET;
	else if (err != ERR_CLSD)
		error = ETIMEDOUT;
	if (error)
		__atomic_store_n(&t->s.error, error, __ATOMIC_RELEASE);
	end_connection(t);
	changed(t, ~0u);
}

static void append(struct tcp_socket *t, struct pbuf *p)
{
	p->next = NULL;
	if (t->tail)
		t->tail->next = p;
	else
		t->head = p;
	t->tail = p;
}

/*
 * When the program is behind, small pieces would each hold a buffer much
 * larger than themselves. False: keep it as it is.
 */
static bool gather(struct tcp_socket *t, const struct pbuf *p)
{
	struct pbuf *to = t->tail;

	if (!to || p->len > GATHER_BELOW)
		return false;
	if (!to->if_idx || to->len + p->len > GATHER_SIZE) {
		to = pbuf_alloc(PBUF_RAW, GATHER_SIZE, PBUF_RAM);
		if (!to)
			return false;
		to->len = 0;
		to->if_idx = 1; /* ours: has room behind its end */
		append(t, to);
	}
	memcpy((char *)to->payload + to->len, p->payload, p->len);
	to->len = (u16_t)(to->len + p->len);
	return true;
}

static void take_chain(struct tcp_socket *t, struct pbuf *p)
{
	while (p) {
		struct pbuf *after = p->next;

		p->next = NULL;
		t->queued += p->len;
		if (!p->len || gather(t, p)) {
			pbuf_free(p);
		} else {
			p->if_idx = 0;
			append(t, p);
		}
		p = after;
	}
}

static err_t on_receive(void *arg, struct tcp_pcb *pcb, struct pbuf *p,
                        err_t err UNUSED)
{
	struct tcp_socket *t = arg;

	if (!t)
		return ERR_OK;
	if (p) {
		take_chain(t, p);
		changed(t, POLLIN | POLLRDNORM);
		return ERR_OK;
	}
	t->eof = true;
	/* We ended before: lwIP finishes alone and frees it without a word. */
	if (pcb->state == TIME_WAIT || pcb->state == CLOSING) {
		let_go(t);
		end_connection(t);
	}
	changed(t, POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP);
	return ERR_OK;
}

static err_t on_sent(void *arg, struct tcp_pcb *pcb UNUSED, u16_t n UNUSED)
{
	struct tcp_socket *t = arg;

	if (t && is_writable(t))
		changed(t, POLLOUT | POLLWRNORM);
	return ERR_OK;
}

static void read_ends(struct tcp_socket *t)
{
	t->local.address = ip4_addr_get_u32(&t->pcb->local_ip);
	t->local.port = t->pcb->local_port;
	t->peer.address = ip4_addr_get_u32(&t->pcb->remote_ip);
	t->peer.port = t->pcb->remote_port;
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb UNUSED,
                          err_t err UNUSED)
{
	struct tcp_socket *t = arg;

	t->state = CONNECTED;
	changed(t, POLLOUT | POLLWRNORM);
	return ERR_OK;
}

/* --- making sockets --- */

static const struct socket_ops tcp_ops;

static void apply_options(struct socket *s)
{
	struct tcp_socket *t = tcp_of(s);
	struct tcp_pcb *pcb = t->pcb;

	if (!pcb)
		return;
	pcb->so_options = 0;
	if (s->reuse_address || s->reuse_port)
		pcb->so_options |= SOF_REUSEADDR;
	if (s->keep_alive)
		pcb->so_options |= SOF_KEEPALIVE;
	pcb->tos = t->ip.tos;
	pcb->ttl = t->ip.ttl;
	if (t->state == LISTENING)
		return; /* lwIP's listeners have no more than this */
	pcb->keep_idle = t->keep_idle_s * 1000;
	pcb->keep_intvl = t->keep_interval_s * 1000;
	pcb->keep_cnt = t->keep_count;
	if (t->no_delay && !t->cork)
		tcp_nagle_disable(pcb);
	else
		tcp_nagle_enable(pcb);
}

static void attach(struct tcp_socket *t, struct tcp_pcb *pcb)
{
	t->pcb = pcb;
	tcp_arg(pcb, t);
	tcp_recv(pcb, on_receive);
	tcp_sent(pcb, on_sent);
	tcp_err(pcb, on_error);
	apply_options(&t->s);
}

static struct tcp_socket *new_socket(void)
{
	struct tcp_socket *t = mem_zalloc(sizeof(*t));

	if (!t)
		return NULL;
	socket_init(&t->s, &tcp_ops, AF_INET, SOCK_STREAM, IP_PROTO_TCP);
	mutex_init(&t->reading);
	mutex_init(&t->writing);
	list_init(&t->children);
	t->keep_idle_s = TCP_KEEPIDLE_DEFAULT / 1000;
	t->keep_interval_s = TCP_KEEPINTVL_DEFAULT / 1000;
	t->keep_count = TCP_KEEPCNT_DEFAULT;
	t->ip.ttl = IP_DEFAULT_TTL;
	t->s.ready = ready_of(t);
	return t;
}

int inet_tcp_new(struct socket **out)
{
	struct tcp_socket *t = new_socket();
	struct tcp_pcb *pcb;

	if (!t)
		return -ENOMEM;
	stack_lock();
	pcb = tcp_new();
	if (pcb)
		attach(t, pcb);
	stack_unlock();
	if (!pcb) {
		mem_free(t);
		return -ENOMEM;
	}
	*out = &t->s;
	return 0;
}

/* --- binding --- */

/* Would both want the same connections? */
static bool listener_conflicts(const struct tcp_socket *t,
                               const struct inet_end *e)
{
	struct tcp_pcb_listen *l = tcp_listen_pcbs.listen_pcbs;

	for (; l; l = l->next) {
		const struct tcp_socket *other = l->callback_arg;
		uint32_t address = ip4_addr_get_u32(&l->local_ip);

		if (l->local_port == e->port &&
		    (!address || !e->address || address == e->address) &&
		    !(t->s.reuse_port && other->s.reuse_port))
			return true;
	}
	return false;
}

static int bind_port(struct tcp_socket *t, const struct inet_end *e)
{
	ip4_addr_t address = {e->address};
	err_t err;

	if (listener_conflicts(t, e))
		return -EADDRINUSE;
	err = tcp_bind(t->pcb, &address, e->port);
	if (err)
		return stack_error(err);
	t->bound = true;
	t->local = *e;
	return 0;
}

static int bind_random(struct tcp_socket *t, uint32_t address)
{
	int rc = -EADDRINUSE;

	for (unsigned i = 0; i < PORT_TRIES && rc == -EADDRINUSE; i++) {
		struct inet_end e = {address, inet_random_port()};

		rc = bind_port(t, &e);
	}
	return rc;
}

/* A connection that failed took its control block with it. */
static int ensure_pcb(struct tcp_socket *t)
{
	struct tcp_pcb *pcb;

	if (t->pcb)
		return 0;
	pcb = tcp_new();
	if (!pcb)
		return -ENOBUFS;
	attach(t, pcb);
	return 0;
}

static int bind_locked(struct tcp_socket *t, const struct inet_end *e)
{
	int rc;

	if (t->state != FRESH || t->bound)
		return -EINVAL;
	if (!inet_can_bind(e->address))
		return -EADDRNOTAVAIL;
	rc = ensure_pcb(t);
	if (rc)
		return rc;
	return e->port ? bind_port(t, e) : bind_random(t, e->address);
}

static int bind_socket(struct socket *s, const struct socket_address *a)
{
	struct inet_end e;
	int rc = inet_read_address(a, &e);

	if (rc)
		return rc;
	stack_lock();
	rc = bind_locked(tcp_of(s), &e);
	stack_unlock();
	return rc;
}

/* --- listening and accepting --- */

static void inherit(struct tcp_socket *child, const struct tcp_socket *t)
{
	child->s.reuse_address = t->s.reuse_address;
	child->s.reuse_port = t->s.reuse_port;
	child->s.keep_alive = t->s.keep_alive;
	child->s.linger = t->s.linger;
	child->s.linger_s = t->s.linger_s;
	child->s.send_buffer = t->s.send_buffer;
	child->s.recv_buffer = t->s.recv_buffer;
	child->s.send_timeout = t->s.send_timeout;
	child->s.recv_timeout = t->s.recv_timeout;
	child->no_delay = t->no_delay;
	child->keep_idle_s = t->keep_idle_s;
	child->keep_interval_s = t->keep_interval_s;
	child->keep_count = t->keep_count;
	child->ip = t->ip;
}

/* A handshake is complete. On an error lwIP resets the connection. */
static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct tcp_socket *t = arg, *child;

	if (err || !pcb || !t)
		return ERR_VAL;
	child = new_socket();
	if (!child)
		return ERR_MEM;
	inherit(child, t);
	child->state = CONNECTED;
	child->bound = child->connect_answered = true;
	attach(child, pcb);
	read_ends(child);
	child->s.ready = ready_of(child);
	list_append(&t->children, &child->link);
	t->nr_children++;
	changed(t, POLLIN | POLLRDNORM);
	return ERR_OK;
}

static unsigned half_open(const struct tcp_pcb *listener)
{
	unsigned n = 0;

	for (const struct tcp_pcb *p = tcp_active_pcbs; p; p = p->next)
		n += p->state == SYN_RCVD &&
		     (const void *)p->listener == (const void *)listener;
	return n;
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

err_t tcp_socket_admit(struct tcp_pcb *pcb, const struct tcp_hdr *h)
{
	const struct tcp_socket *t = pcb->callback_arg;

	if ((TCPH_FLAGS(h) & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
		return ERR_OK;
	if (pcb->state == TIME_WAIT)
		return replace_time_wait(pcb, h);
	if (pcb->state != LISTEN)
		return ERR_OK;
	/* As Linux: one more than was asked for, and no answer after that. */
	if (!t || t->nr_children > t->backlog || half_open(pcb) > HALF_OPEN_MAX)
		return ERR_MEM;
	return ERR_OK;
}

static int begin_listening(struct tcp_socket *t)
{
	struct tcp_pcb *pcb;
	err_t err;
	int rc = ensure_pcb(t);

	if (!rc && !t->bound)
		rc = bind_random(t, 0);
	if (rc)
		return rc;
	if (listener_conflicts(t, &t->local))
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
	apply_options(&t->s);
	return 0;
}

static int listen(struct socket *s, unsigned backlog)
{
	struct tcp_socket *t = tcp_of(s);
	int rc = 0;

	stack_lock();
	t->backlog = backlog;
	if (t->state == FRESH)
		rc = begin_listening(t);
	else if (t->state != LISTENING)
		rc = -EINVAL;
	changed(t, 0);
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
		changed(t, 0);
		rc = 0;
	} else if (t->state != LISTENING) {
		rc = -EINVAL;
	} else {
		stack_poll_locked();
	}
	stack_unlock();
	return rc;
}

static int accept(struct socket *s, bool dontwait, struct socket **out)
{
	struct tcp_socket *child;
	int64_t rc = socket_wait(s, dontwait, s->recv_timeout, try_accept,
	                         &child);

	if (!rc)
		*out = &child->s;
	return (int)rc;
}

/* --- connecting --- */

static int begin_connecting(struct tcp_socket *t, const struct inet_end *to)
{
	ip4_addr_t address = {to->address};
	err_t err;
	int rc = ensure_pcb(t);

	if (!to->address) /* 0.0.0.0 means this machine */
		address.addr = PP_HTONL(IPADDR_LOOPBACK);
	if (!rc && !t->bound)
		rc = bind_random(t, 0);
	if (rc)
		return rc == -EADDRINUSE ? -EADDRNOTAVAIL : rc;
	t->pcb->rto = t->pcb->sv = FIRST_RTO_MS / TCP_SLOW_INTERVAL;
	t->connect_answered = false;
	t->state = CONNECTING;
	err = tcp_connect(t->pcb, &address, to->port, on_connected);
	if (err) {
		t->state = FRESH;
		return err == ERR_USE ? -EADDRNOTAVAIL : stack_error(err);
	}
	read_ends(t);
	changed(t, 0);
	stack_timers_changed_locked();
	return 0;
}

/* As if the socket were new: it may be tried again. */
static void start_afresh(struct tcp_socket *t)
{
	t->state = FRESH;
	t->bound = t->eof = t->shut_read = t->shut_write = false;
	t->local = t->peer = (struct inet_end){0};
	changed(t, 0);
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

static int connect(struct socket *s, const struct socket_address *a,
                   bool dontwait)
{
	struct inet_end to;
	bool begun;
	int64_t rc = inet_read_address(a, &to);

	if (rc)
		return (int)rc;
	stack_lock();
	rc = start_connecting(tcp_of(s), &to, &begun);
	stack_unlock();
	if (rc)
		return (int)rc;
	rc = socket_wait(s, dontwait, s->send_timeout, try_connect, NULL);
	if (rc == -EAGAIN)
		return begun || !dontwait ? -EINPROGRESS : -EALREADY;
	return (int)rc;
}

/* --- receiving --- */

struct receive_call {
	struct uio *to;
	unsigned flags;
	size_t done;
};

/* Bytes there are, 0 at the end, or an error. With `done`, errors stay. */
static int64_t look(struct tcp_socket *t, size_t done)
{
	int rc;

	if (t->queued)
		return (int64_t)t->queued;
	if (done && (t->s.error || t->eof || t->shut_read))
		return 0;
	rc = socket_take_error(&t->s);
	if (rc)
		return rc;
	if (t->state == FRESH || t->state == LISTENING)
		return -ENOTCONN;
	return t->eof || t->shut_read ? 0 : -EAGAIN;
}

static int64_t look_and_poll(struct tcp_socket *t, size_t done)
{
	int64_t n;

	stack_lock();
	n = look(t, done);
	if (n == -EAGAIN) {
		stack_poll_locked();
		n = look(t, done);
	}
	stack_unlock();
	return n;
}

/* The first n bytes of the queue to the program. How many went, or -EFAULT. */
static int64_t copy_out_queue(const struct tcp_socket *t, struct uio *to,
                              size_t n)
{
	const struct pbuf *p = t->head;
	size_t at = t->skip, done = 0;

	while (done < n) {
		size_t step = p->len - at;
		int64_t moved;

		if (step > n - done)
			step = n - done;
		moved = uio_copy_out(to, (const char *)p->payload + at, step);
		if (moved < 0)
			return done ? (int64_t)done : moved;
		done += (size_t)moved;
		if ((size_t)moved < step)
			break;
		p = p->next;
		at = 0;
	}
	return (int64_t)done;
}

static void drop_head(struct tcp_socket *t)
{
	struct pbuf *p = t->head;

	t->head = p->next;
	if (!t->head)
		t->tail = NULL;
	t->skip = 0;
	p->next = NULL;
	p->tot_len = p->len;
	pbuf_free(p);
}

static void open_window(struct tcp_socket *t, size_t n)
{
	while (n && t->pcb) {
		size_t step = n < UINT16_MAX ? n : UINT16_MAX;

		tcp_recved(t->pcb, (u16_t)step);
		n -= step;
	}
}

static void consume(struct tcp_socket *t, size_t n)
{
	size_t left = n;

	t->queued -= n;
	while (left) {
		size_t step = t->head->len - t->skip;

		if (left < step) {
			t->skip += left;
			break;
		}
		left -= step;
		drop_head(t);
	}
	open_window(t, n);
}

static int64_t receive_some(struct tcp_socket *t, struct receive_call *c)
{
	int64_t n = look_and_poll(t, c->done);

	if (n <= 0)
		return n;
	if ((size_t)n > c->to->left)
		n = (int64_t)c->to->left;
	if (c->flags & SOCKET_MSG_TRUNC) { /* throw it away: tcp(7) */
		c->to->left -= (size_t)n;
	} else {
		n = copy_out_queue(t, c->to, (size_t)n);
		if (n < 0)
			return n;
	}
	if (c->flags & SOCKET_MSG_PEEK)
		return n;
	stack_lock();
	consume(t, (size_t)n);
	changed(t, 0);
	stack_unlock();
	return n;
}

static int64_t try_receive(struct socket *s, void *arg)
{
	struct tcp_socket *t = tcp_of(s);
	struct receive_call *c = arg;
	int64_t n;

	mutex_lock(&t->reading);
	n = receive_some(t, c);
	mutex_unlock(&t->reading);
	if (n > 0) {
		bool all = c->flags & SOCKET_MSG_WAITALL &&
		           !(c->flags & SOCKET_MSG_PEEK);

		c->done += (size_t)n;
		if (all && c->to->left)
			return -EAGAIN;
	}
	return n == -EAGAIN || !c->done ? n : (int64_t)c->done;
}

static int64_t receive(struct socket *s, struct socket_msg *m, unsigned flags)
{
	struct receive_call c = {.to = m->data, .flags = flags};
	int64_t n;

	if (!m->data->left)
		return 0;
	n = socket_wait(s, flags & SOCKET_MSG_DONTWAIT, s->recv_timeout,
	                try_receive, &c);
	return n < 0 && c.done ? (int64_t)c.done : n;
}

/* --- sending --- */

struct send_call {
	struct uio *from;
	unsigned flags;
	size_t done;
};

/* Bytes there is room for, or why there never will be. */
static int64_t room(struct tcp_socket *t)
{
	int rc = socket_take_error(&t->s);
	uint32_t unsent = unsent_bytes(t), limit = send_limit(t);

	if (rc)
		return rc;
	if (t->state == CONNECTING)
		return -EAGAIN;
	if (t->state != CONNECTED || t->shut_write)
		return -EPIPE;
	if (unsent >= limit ||
	    t->pcb->snd_queuelen >= TCP_SND_QUEUELEN - QUEUE_SLACK)
		return -EAGAIN;
	return limit - unsent;
}

/* While corked only full segments go, and Nagle's rule holds back the rest. */
static void push(struct tcp_socket *t, bool more)
{
	const struct tcp_seg *first = t->pcb->unsent;

	if (!more || (first && (first->next || first->len >= t->pcb->mss)))
		tcp_output(t->pcb);
}

static int64_t queue(struct tcp_socket *t, const void *data, size_t n,
                     bool more)
{
	int64_t rc;
	err_t err;

	stack_lock();
	rc = room(t);
	if (rc >= 0 && (size_t)rc < n)
		n = (size_t)rc; /* the limit was lowered meanwhile */
	if (rc >= 0) {
		err = tcp_write(t->pcb, data, (u16_t)n,
		                TCP_WRITE_FLAG_COPY |
		                        (more ? TCP_WRITE_FLAG_MORE : 0));
		rc = err ? stack_error(err) : (int64_t)n;
		if (err == ERR_MEM && (t->pcb->unacked || t->pcb->unsent))
			rc = -EAGAIN; /* there is memory when some is sent */
		push(t, more);
	}
	changed(t, 0);
	stack_unlock();
	return rc;
}

static int64_t send_chunk(struct tcp_socket *t, struct send_call *c, size_t n)
{
	char small[SEND_SMALL], *buffer = small;
	bool more = t->cork || c->flags & SOCKET_MSG_MORE || c->from->left > n;
	struct uio before = *c->from;
	int64_t rc;

	if (n > sizeof(small))
		buffer = mem_alloc(n);
	if (!buffer)
		return -ENOBUFS;
	rc = uio_copy_in(c->from, buffer, n);
	if (rc > 0) {
		n = (size_t)rc;
		rc = queue(t, buffer, n, more);
		/* Give back what was not taken. */
		if (rc < (int64_t)n) {
			*c->from = before;
			if (rc > 0)
				(void)!uio_copy_in(c->from, buffer, (size_t)rc);
		}
	}
	if (buffer != small)
		mem_free(buffer);
	return rc;
}

static int64_t try_send(struct socket *s, void *arg)
{
	struct tcp_socket *t = tcp_of(s);
	struct send_call *c = arg;
	int64_t n = 0;

	mutex_lock(&t->writing);
	do {
		stack_lock();
		n = room(t);
		stack_unlock();
		if (n < 0)
			break;
		if ((size_t)n > c->from->left)
			n = (int64_t)c->from->left;
		n = send_chunk(t, c, n < SEND_CHUNK ? (size_t)n : SEND_CHUNK);
		if (n > 0)
			c->done += (size_t)n;
	} while (n > 0 && c->from->left);
	mutex_unlock(&t->writing);
	return n == -EAGAIN || !c->done ? n : (int64_t)c->done;
}

static int64_t send(struct socket *s, const struct socket_msg *m,
                    unsigned flags)
{
	struct send_call c = {.from = m->data, .flags = flags};
	int64_t n;

	if (m->name && m->name->len && tcp_of(s)->state == CONNECTED)
		return -EISCONN;
	n = socket_wait(s, flags & SOCKET_MSG_DONTWAIT, s->send_timeout,
	                try_send, &c);
	return n < 0 && c.done ? (int64_t)c.done : n;
}

/* --- ending --- */

static void drop_queue(struct tcp_socket *t)
{
	while (t->head)
		drop_head(t);
	t->queued = 0;
}

/* The end that says nothing was lost, or the one that says something was. */
static void close_pcb(struct tcp_socket *t, bool reset)
{
	struct tcp_pcb *pcb = t->pcb;

	if (!pcb)
		return;
	if (t->state == LISTENING) {
		tcp_arg(pcb, NULL);
		tcp_accept(pcb, NULL);
		t->pcb = NULL;
		tcp_close(pcb);
		return;
	}
	let_go(t);
	if (reset || tcp_close(pcb) != ERR_OK)
		tcp_abort(pcb);
}

static void free_socket(struct tcp_socket *t, bool reset)
{
	struct list *n;

	while ((n = list_pop(&t->children)))
		free_socket(LIST_ENTRY(n, struct tcp_socket, link), true);
	close_pcb(t, reset);
	drop_queue(t);
	mem_free(t);
}

static int64_t try_linger(struct socket *s, void *arg UNUSED)
{
	const struct tcp_socket *t = tcp_of(s);
	bool done;

	stack_lock();
	done = !t->pcb || (!t->pcb->unsent && !t->pcb->unacked);
	stack_unlock();
	return done ? 0 : -EAGAIN;
}

/* on_sent() wakes only writers: look again now and then. */
static void linger(struct socket *s)
{
	uint64_t end = clock_monotonic() + s->linger_s * NS_PER_SEC;
	struct tcp_socket *t = tcp_of(s);

	stack_lock();
	if (t->pcb && t->state == CONNECTED && !t->shut_write)
		tcp_shutdown(t->pcb, 0, 1);
	stack_unlock();
	while (try_linger(s, NULL) && clock_monotonic() < end)
		if (socket_wait(s, false, 10 * NS_PER_MS, try_linger, NULL) ==
		    -EINTR)
			break;
}

static void release(struct socket *s)
{
	struct tcp_socket *t = tcp_of(s);

	if (s->linger && s->linger_s && t->state == CONNECTED)
		linger(s);
	stack_lock();
	if (t->pcb && t->cork && t->state == CONNECTED)
		tcp_nagle_disable(t->pcb);
	free_socket(t, s->linger && !s->linger_s && t->state == CONNECTED);
	stack_unlock();
}

static int stop_listening(struct tcp_socket *t)
{
	struct list *n;

	close_pcb(t, false);
	t->state = DONE;
	t->s.accepting = false;
	while ((n = list_pop(&t->children)))
		free_socket(LIST_ENTRY(n, struct tcp_socket, link), true);
	t->nr_children = 0;
	return 0;
}

static int shutdown_locked(struct tcp_socket *t, bool read, bool write)
{
	if (t->state == LISTENING)
		return read ? stop_listening(t) : 0;
	if (t->state != CONNECTED)
		return -ENOTCONN;
	t->shut_read |= read;
	if (write && !t->shut_write) {
		t->shut_write = true;
		tcp_nagle_disable(t->pcb);
		tcp_shutdown(t->pcb, 0, 1);
	}
	return 0;
}

static int shutdown(struct socket *s, bool read, bool write)
{
	struct tcp_socket *t = tcp_of(s);
	int rc;

	stack_lock();
	rc = shutdown_locked(t, read, write);
	changed(t, ~0u);
	stack_unlock();
	return rc;
}

/* --- names and options --- */

static int name(struct socket *s, bool peer, struct socket_address *out)
{
	struct tcp_socket *t = tcp_of(s);
	int rc = 0;

	stack_lock();
	if (peer && t->state != CONNECTED)
		rc = -ENOTCONN;
	else
		inet_write_address(peer ? &t->peer : &t->local, out);
	stack_unlock();
	return rc;
}

enum {
	LEVEL_IP = 0, /* IPPROTO_IP */

	TCP_NODELAY = 1,
	TCP_MAXSEG = 2,
	TCP_CORK = 3,
	TCP_KEEPIDLE = 4,
	TCP_KEEPINTVL = 5,
	TCP_KEEPCNT = 6,
	TCP_INFO = 11,
	TCP_QUICKACK = 12,
	TCP_CONGESTION = 13,
};

static void set_cork(struct tcp_socket *t, bool on)
{
	bool was = t->cork;

	t->cork = on;
	if (!was || on || !t->pcb || t->state != CONNECTED)
		return;
	/* What was held back goes now, whatever Nagle says. */
	tcp_nagle_disable(t->pcb);
	tcp_output(t->pcb);
}

static int set_tcp(struct tcp_socket *t, int option, int v)
{
	enum { KEEP_MAX = 32767, KEEP_COUNT_MAX = 127 };

	switch (option) {
	case TCP_NODELAY:
		t->no_delay = v;
		break;
	case TCP_CORK:
		set_cork(t, v);
		break;
	case TCP_KEEPIDLE:
	case TCP_KEEPINTVL:
		if (v < 1 || v > KEEP_MAX)
			return -EINVAL;
		if (option == TCP_KEEPIDLE)
			t->keep_idle_s = (uint32_t)v;
		else
			t->keep_interval_s = (uint32_t)v;
		break;
	case TCP_KEEPCNT:
		if (v < 1 || v > KEEP_COUNT_MAX)
			return -EINVAL;
		t->keep_count = (uint32_t)v;
		break;
	case TCP_QUICKACK: /* a hint */
		break;
	default:
		return -ENOPROTOOPT;
	}
	apply_options(&t->s);
	/* Setting TCP_NODELAY sends what waits (tcp(7)). */
	if (option == TCP_NODELAY && v && t->pcb && t->state == CONNECTED &&
	    !t->cork)
		tcp_output(t->pcb);
	return 0;
}

static int set_option(struct socket *s, int level, int option,
                      const void *value, size_t len)
{
	struct tcp_socket *t = tcp_of(s);
	int v, rc = -ENOPROTOOPT;

	stack_lock();
	if (level == LEVEL_IP) {
		rc = inet_set_option(&t->ip, option, value, len);
		apply_options(s);
	} else if (level == IP_PROTO_TCP && len < sizeof(v)) {
		rc = -EINVAL;
	} else if (level == IP_PROTO_TCP) {
		memcpy(&v, value, sizeof(v));
		rc = set_tcp(t, option, v);
	}
	stack_unlock();
	return rc;
}

/* Linux's numbers of states (include/net/tcp_states.h). */
static uint8_t linux_state(const struct tcp_socket *t)
{
	enum { LINUX_ESTABLISHED = 1, LINUX_CLOSE = 7 };
	static const uint8_t of_pcb[] = {
		[SYN_SENT] = 2,   [SYN_RCVD] = 3,   [FIN_WAIT_1] = 4,
		[FIN_WAIT_2] = 5, [TIME_WAIT] = 6,  [CLOSE_WAIT] = 8,
		[LAST_ACK] = 9,   [LISTEN] = 10,    [CLOSING] = 11,
		[ESTABLISHED] = LINUX_ESTABLISHED,
	};
	uint8_t n = t->pcb && t->state != FRESH ? of_pcb[t->pcb->state] : 0;

	return n ? n : LINUX_CLOSE;
}

/* The beginning of Linux's struct tcp_info: what we know of it. */
struct tcp_info {
	uint8_t state, ca_state, retransmits, probes, backoff, options, wscale,
		flags;
	uint32_t rto, ato, snd_mss, rcv_mss;
	uint32_t unacked, sacked, lost, retrans, fackets;
	uint32_t last_data_sent, last_ack_sent, last_data_recv, last_ack_recv;
	uint32_t pmtu, rcv_ssthresh, rtt, rttvar, snd_ssthresh, snd_cwnd,
		advmss, reordering;
};
static_assert(sizeof(struct tcp_info) == 92, "struct tcp_info");

static void fill_info(const struct tcp_socket *t, struct tcp_info *out)
{
	const struct tcp_pcb *pcb = t->pcb;

	*out = (struct tcp_info){.state = linux_state(t)};
	if (!pcb || t->state == LISTENING)
		return;
	out->retransmits = pcb->nrtx;
	out->rto = (uint32_t)pcb->rto * TCP_SLOW_INTERVAL * 1000;
	out->snd_mss = out->rcv_mss = out->advmss = pcb->mss;
	out->unacked = (pcb->snd_nxt - pcb->lastack + pcb->mss - 1) / pcb->mss;
	out->rtt = (uint32_t)(pcb->sa >> 3) * TCP_SLOW_INTERVAL * 1000;
	out->rttvar = (uint32_t)(pcb->sv >> 2) * TCP_SLOW_INTERVAL * 1000;
	out->snd_ssthresh = pcb->ssthresh / pcb->mss;
	out->snd_cwnd = pcb->cwnd / pcb->mss;
	out->pmtu = pcb->mss + 40u;
}

static int get_bytes(void *value, size_t *len, const void *from, size_t n)
{
	if (*len > n)
		*len = n;
	memcpy(value, from, *len);
	return 0;
}

static int get_tcp(const struct tcp_socket *t, int option, void *value,
                   size_t *len)
{
	struct tcp_info info;

	switch (option) {
	case TCP_NODELAY:
		return socket_option_int(value, len, t->no_delay);
	case TCP_CORK:
		return socket_option_int(value, len, t->cork);
	case TCP_MAXSEG:
		return socket_option_int(value, len,
		                         t->pcb && t->state == CONNECTED
		                                 ? t->pcb->mss
		                                 : TCP_MSS);
	case TCP_KEEPIDLE:
		return socket_option_int(value, len, (int)t->keep_idle_s);
	case TCP_KEEPINTVL:
		return socket_option_int(value, len, (int)t->keep_interval_s);
	case TCP_KEEPCNT:
		return socket_option_int(value, len, (int)t->keep_count);
	case TCP_QUICKACK:
		return socket_option_int(value, len, 1);
	case TCP_CONGESTION:
		return get_bytes(value, len, "reno", sizeof("reno"));
	case TCP_INFO:
		fill_info(t, &info);
		return get_bytes(value, len, &info, sizeof(info));
	default:
		return -ENOPROTOOPT;
	}
}

static int get_option(struct socket *s, int level, int option, void *value,
                      size_t *len)
{
	const struct tcp_socket *t = tcp_of(s);
	int rc = -EOPNOTSUPP;

	stack_lock();
	if (level == LEVEL_IP)
		rc = inet_get_option(&t->ip, option, value, len);
	else if (level == IP_PROTO_TCP)
		rc = get_tcp(t, option, value, len);
	stack_unlock();
	return rc;
}

static void options_changed(struct socket *s)
{
	stack_lock();
	apply_options(s);
	changed(tcp_of(s), 0);
	stack_unlock();
}

static size_t readable(struct socket *s)
{
	size_t n;

	stack_lock();
	n = tcp_of(s)->queued;
	stack_unlock();
	return n;
}

static size_t unsent(struct socket *s)
{
	size_t n;

	stack_lock();
	n = unsent_bytes(tcp_of(s));
	stack_unlock();
	return n;
}

static const struct socket_ops tcp_ops = {
	.bind = bind_socket,
	.listen = listen,
	.accept = accept,
	.connect = connect,
	.send = send,
	.recv = receive,
	.shutdown = shutdown,
	.name = name,
	.set_option = set_option,
	.get_option = get_option,
	.options_changed = options_changed,
	.readable = readable,
	.unsent = unsent,
	.release = release,
};

/* --- for the stack --- */

/* lwIP puts the newest first. Looking once a second is enough. */
void tcp_socket_trim_locked(void)
{
	static uint64_t next; /* the stack's lock guards it */
	uint64_t now = clock_monotonic();
	struct tcp_pcb *p = tcp_tw_pcbs;

	if (now < next)
		return;
	next = now + NS_PER_SEC;
	for (unsigned n = 0; p; n++) {
		struct tcp_pcb *after = p->next;

		if (n >= TIME_WAIT_MAX)
			tcp_abort(p);
		p = after;
	}
}

bool tcp_socket_quiet_locked(void)
{
	for (const struct tcp_pcb *p = tcp_active_pcbs; p; p = p->next)
		if (p->unsent || p->unacked || p->flags & TF_CLOSEPEND)
			return false;
	return true;
}
