/* inet_tcp.c - a TCP socket's life: made, bound, named, ended. */
#include "kernel/net/inet_tcp.h"

#include <lwip/priv/tcp_priv.h>

#include "kernel/core/clock.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/net/interface.h"
#include "kernel/net/stack.h"
#include "kernel/net/tcp_private.h"
#include "kernel/net/tcp_table.h"
#include "kernel/net/tcp_timer.h"

enum {
	TIME_WAIT_MAX = 512,
	PORT_TRIES = 256,
	POLL_TICKS = 300 / TCP_SLOW_INTERVAL,
};

/* --- what poll() says --- */

uint32_t tcp_socket_unsent(const struct tcp_socket *t)
{
	return t->pcb && t->state == CONNECTED ? TCP_SND_BUF - t->pcb->snd_buf
	                                       : 0;
}

/* Linux says "writable" when a third is free, to wake writers less often. */
bool tcp_socket_writable(const struct tcp_socket *t)
{
	uint32_t limit = tcp_socket_send_limit(t);

	return tcp_socket_unsent(t) <= limit - limit / 3 &&
	       (!t->pcb || t->pcb->snd_queuelen < TCP_SND_QUEUELEN / 2);
}

/* SO_RCVLOWAT, unless more than half of the window would have to wait. */
static size_t enough(const struct tcp_socket *t)
{
	size_t most = t->window / 2;

	return t->s.recv_least < most || !most ? t->s.recv_least : most;
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
	if (no_more || (t->queued && t->queued >= enough(t)))
		r |= POLLIN | POLLRDNORM;
	if (t->shut_write || tcp_socket_writable(t))
		r |= POLLOUT | POLLWRNORM;
	return r;
}

void tcp_socket_changed(struct tcp_socket *t, uint32_t events)
{
	socket_event(&t->s, ready_of(t), events);
}

/* --- callbacks from lwIP --- */

/* lwIP will not call about this socket again. */
void tcp_socket_let_go(struct tcp_socket *t)
{
	if (!t->pcb)
		return;
	tcp_arg(t->pcb, NULL);
	tcp_recv(t->pcb, NULL);
	tcp_sent(t->pcb, NULL);
	tcp_err(t->pcb, NULL);
	tcp_poll(t->pcb, NULL, 0);
	t->pcb = NULL;
}

void tcp_socket_end(struct tcp_socket *t)
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
	tcp_socket_end(t);
	if (t->deferred_by)
		tcp_socket_drop_deferred(t);
	else
		tcp_socket_changed(t, ~0u);
}

/* RFC 793, 3.8: the user timeout, from when the oldest data went out. */
err_t tcp_socket_on_poll(void *arg, struct tcp_pcb *pcb)
{
	struct tcp_socket *t = arg;
	uint64_t now = clock_monotonic();

	if (t && t->deferred_by && now >= t->deferred_until)
		tcp_socket_admit_deferred(t);
	if (!t || !t->user_timeout_ms || (!pcb->unacked && !pcb->unsent)) {
		if (t)
			t->stuck_since = 0;
		return ERR_OK;
	}
	if (!t->stuck_since || t->stuck_at != pcb->lastack) {
		t->stuck_at = pcb->lastack;
		t->stuck_since = now;
	}
	if (now - t->stuck_since < t->user_timeout_ms * NS_PER_MS)
		return ERR_OK;
	tcp_err(pcb, NULL);
	tcp_abort(pcb);
	on_error(t, ERR_TIMEOUT);
	return ERR_ABRT;
}

void tcp_socket_read_ends(struct tcp_socket *t)
{
	ip_addr_copy(t->local.address, t->pcb->local_ip);
	t->local.port = t->pcb->local_port;
	ip_addr_copy(t->peer.address, t->pcb->remote_ip);
	t->peer.port = t->pcb->remote_port;
}

/* --- making sockets --- */

static const struct socket_ops tcp_ops;

static void set_limits(const struct tcp_socket *t, struct tcp_pcb *pcb)
{
	uintptr_t wait_ms = 0;

	if (t->linger2_s)
		wait_ms = t->linger2_s < 0 ? 1
		                           : (uintptr_t)t->linger2_s * 1000 + 1;
	pcb->ext_args[TCP_EXTRA_FIN_WAIT].data = (void *)wait_ms;
	pcb->ext_args[TCP_EXTRA_SYN_COUNT].data =
		(void *)(uintptr_t)t->syn_count;
	pcb->ext_args[TCP_EXTRA_PATIENCE].data =
		(void *)(uintptr_t)t->user_timeout_ms;
}

/* TCP_USER_TIMEOUT counts instead of TCP_KEEPCNT, where it is set: tcp(7). */
static uint32_t keep_count(const struct tcp_socket *t)
{
	uint32_t idle_ms = t->keep_idle_s * 1000;
	uint32_t step_ms = t->keep_interval_s * 1000;

	if (!t->user_timeout_ms)
		return t->keep_count;
	if (t->user_timeout_ms <= idle_ms + step_ms)
		return 1;
	return (t->user_timeout_ms - idle_ms + step_ms - 1) / step_ms;
}

void tcp_socket_apply(struct socket *s)
{
	struct tcp_socket *t = tcp_of(s);
	struct tcp_pcb *pcb = t->pcb;

	if (!pcb)
		return;
	tcp_timer_wake(pcb); /* it may want to be kept alive */
	pcb->so_options = 0;
	if (s->reuse_address || s->reuse_port)
		pcb->so_options |= SOF_REUSEADDR;
	if (s->keep_alive)
		pcb->so_options |= SOF_KEEPALIVE;
	pcb->tos = t->ip.tos;
	pcb->ttl = t->ip.ttl;
	pcb->netif_idx = s->device;
	if (t->state == LISTENING)
		return; /* lwIP's listeners have no more than this */
	set_limits(t, pcb);
	pcb->keep_idle = t->keep_idle_s * 1000;
	pcb->keep_intvl = t->keep_interval_s * 1000;
	pcb->keep_cnt = keep_count(t);
	if (t->no_delay && !t->cork)
		tcp_nagle_disable(pcb);
	else
		tcp_nagle_enable(pcb);
}

void tcp_socket_attach(struct tcp_socket *t, struct tcp_pcb *pcb)
{
	t->pcb = pcb;
	tcp_arg(pcb, t);
	tcp_recv(pcb, tcp_socket_on_receive);
	tcp_sent(pcb, tcp_socket_on_sent);
	tcp_err(pcb, on_error);
	tcp_poll(pcb, tcp_socket_on_poll, POLL_TICKS);
	tcp_socket_apply(&t->s);
}

struct tcp_socket *tcp_socket_new(int domain)
{
	struct tcp_socket *t = mem_zalloc(sizeof(*t));

	if (!t)
		return NULL;
	socket_init(&t->s, &tcp_ops, domain, SOCK_STREAM, IP_PROTO_TCP);
	mutex_init(&t->reading);
	mutex_init(&t->writing);
	list_init(&t->children);
	list_init(&t->deferred);
	t->keep_idle_s = TCP_KEEPIDLE_DEFAULT / 1000;
	t->keep_interval_s = TCP_KEEPINTVL_DEFAULT / 1000;
	t->keep_count = TCP_KEEPCNT_DEFAULT;
	inet_options_init(&t->ip, domain, SOCK_STREAM);
	t->local.address = inet_any(domain, &t->ip);
	t->s.ready = ready_of(t);
	return t;
}

int inet_tcp_new(int domain, struct socket **out)
{
	struct tcp_socket *t = tcp_socket_new(domain);
	struct tcp_pcb *pcb;

	if (!t)
		return -ENOMEM;
	stack_lock();
	pcb = tcp_new();
	if (pcb)
		tcp_socket_attach(t, pcb);
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
bool tcp_socket_conflicts(const struct tcp_socket *t, const struct inet_end *e)
{
	struct tcp_pcb_listen *l = tcp_listen_pcbs.listen_pcbs;

	for (; l; l = l->next) {
		const struct tcp_socket *other = l->callback_arg;

		if (l->local_port == e->port &&
		    inet_overlap(&l->local_ip, &e->address) &&
		    !(t->s.reuse_port && other->s.reuse_port))
			return true;
	}
	return false;
}

static int bind_port(struct tcp_socket *t, const struct inet_end *e)
{
	if (tcp_socket_conflicts(t, e) ||
	    !tcp_table_bind(t->pcb, &e->address, e->port))
		return -EADDRINUSE;
	t->bound = true;
	t->local = *e;
	return 0;
}

int tcp_socket_bind_random(struct tcp_socket *t, const ip_addr_t *address)
{
	int rc = -EADDRINUSE;

	for (unsigned i = 0; i < PORT_TRIES && rc == -EADDRINUSE; i++) {
		struct inet_end e = {*address, inet_random_port()};

		rc = bind_port(t, &e);
	}
	return rc;
}

/* A connection that failed took its control block with it. */
int tcp_socket_ensure_pcb(struct tcp_socket *t)
{
	struct tcp_pcb *pcb;

	if (t->pcb)
		return 0;
	pcb = tcp_new();
	if (!pcb)
		return -ENOBUFS;
	tcp_socket_attach(t, pcb);
	return 0;
}

static int bind_locked(struct tcp_socket *t, const struct inet_end *e)
{
	int rc;

	if (t->state != FRESH || t->bound)
		return -EINVAL;
	if (!inet_can_bind(&t->ip, &e->address))
		return -EADDRNOTAVAIL;
	rc = tcp_socket_ensure_pcb(t);
	if (rc)
		return rc;
	return e->port ? bind_port(t, e)
	               : tcp_socket_bind_random(t, &e->address);
}

static int bind_socket(struct socket *s, const struct socket_address *a)
{
	struct inet_end e;
	int rc = inet_read_address(s->domain, &tcp_of(s)->ip, a, &e);

	if (rc)
		return rc == -ENETUNREACH ? -EINVAL : rc;
	stack_lock();
	rc = bind_locked(tcp_of(s), &e);
	stack_unlock();
	return rc;
}

/* --- ending --- */

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
	tcp_timer_wake(pcb);
	/* lwIP takes a window that is not whole for unread data, and resets. */
	if (!t->queued)
		pcb->rcv_wnd = TCP_WND_MAX(pcb);
	tcp_socket_let_go(t);
	if (reset || tcp_close(pcb) != ERR_OK)
		tcp_abort(pcb);
}

static void free_children(struct tcp_socket *t)
{
	struct list *n;

	while ((n = list_pop(&t->children)) || (n = list_pop(&t->deferred))) {
		struct tcp_socket *child =
			LIST_ENTRY(n, struct tcp_socket, link);

		child->deferred_by = NULL;
		tcp_socket_free(child, true);
	}
	t->nr_children = t->nr_deferred = 0;
}

void tcp_socket_free(struct tcp_socket *t, bool reset)
{
	free_children(t);
	close_pcb(t, reset);
	tcp_socket_drop_queue(t);
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

/* tcp_socket_on_sent() wakes only writers: look again now and then. */
static void linger(struct socket *s)
{
	uint64_t end = clock_monotonic() + s->linger_s * NS_PER_SEC;
	struct tcp_socket *t = tcp_of(s);

	stack_lock();
	tcp_timer_wake(t->pcb);
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
	tcp_socket_free(t, s->linger && !s->linger_s && t->state == CONNECTED);
	stack_unlock();
}

static int stop_listening(struct tcp_socket *t)
{
	close_pcb(t, false);
	tcp_socket_end(t);
	t->s.accepting = false;
	free_children(t);
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
		tcp_timer_wake(t->pcb);
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
	tcp_socket_changed(t, ~0u);
	stack_unlock();
	return rc;
}

/* --- names --- */

static int name(struct socket *s, bool peer, struct socket_address *out)
{
	struct tcp_socket *t = tcp_of(s);
	int rc = 0;

	stack_lock();
	if (peer && t->state != CONNECTED)
		rc = -ENOTCONN;
	else
		inet_write_address(s->domain, peer ? &t->peer : &t->local, out);
	stack_unlock();
	return rc;
}

static void options_changed(struct socket *s)
{
	stack_lock();
	tcp_socket_apply(s);
	tcp_socket_changed(tcp_of(s), 0);
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
	n = tcp_socket_unsent(tcp_of(s));
	stack_unlock();
	return n;
}

static const struct socket_ops tcp_ops = {
	.bind = bind_socket,
	.listen = tcp_socket_listen,
	.accept = tcp_socket_accept,
	.connect = tcp_socket_connect,
	.send = tcp_socket_send,
	.send_pages = tcp_socket_send_pages,
	.recv = tcp_socket_receive,
	.shutdown = shutdown,
	.name = name,
	.set_option = tcp_socket_set_option,
	.get_option = tcp_socket_get_option,
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
