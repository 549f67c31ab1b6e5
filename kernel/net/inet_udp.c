/*
 * inet_udp.c - UDP sockets over lwIP's raw API.
 *
 * The stack's lock guards all members. Data moves between the program and
 * buffers of our own while it is not held.
 */
#include "kernel/net/inet_udp.h"

#include <lwip/ip.h>
#include <lwip/udp.h>

#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/uio.h"
#include "kernel/net/inet.h"
#include "kernel/net/interface.h"
#include "kernel/net/socket_private.h"
#include "kernel/net/stack.h"

enum {
	LEVEL_IP = 0,
	PAYLOAD_MAX = 65507, /* 64 KiB less the headers */
	PORT_TRIES = 256,
	OVERHEAD = 256, /* what a waiting datagram costs beside its bytes */
};

struct datagram {
	struct list link;
	struct pbuf *p;
	struct inet_end from;
};

struct udp_socket {
	struct socket s;
	struct udp_pcb *pcb;
	struct inet_end local, peer; /* peer.port 0: not connected */
	bool bound;
	bool shut_read, shut_write;
	struct inet_options ip;
	struct list waiting; /* struct datagram */
	size_t held;         /* bytes they cost */
};

static struct udp_socket *udp_of(struct socket *s)
{
	return CONTAINER_OF(s, struct udp_socket, s);
}

static void changed(struct udp_socket *u, uint32_t events)
{
	uint32_t r = POLLOUT | POLLWRNORM;

	if (!list_empty(&u->waiting) || u->shut_read)
		r |= POLLIN | POLLRDNORM;
	if (u->shut_read)
		r |= POLLRDHUP;
	if (u->shut_read && u->shut_write)
		r |= POLLHUP;
	socket_event(&u->s, r, events);
}

/* --- receiving --- */

static void on_receive(void *arg, struct udp_pcb *pcb UNUSED, struct pbuf *p,
                       const ip_addr_t *from, u16_t port)
{
	struct udp_socket *u = arg;
	struct datagram *d = NULL;

	if (u->held + p->tot_len + OVERHEAD <= u->s.recv_buffer)
		d = mem_alloc(sizeof(*d));
	if (!d) {
		pbuf_free(p);
		return;
	}
	d->p = p;
	d->from = (struct inet_end){ip4_addr_get_u32(from), port};
	u->held += p->tot_len + OVERHEAD;
	list_append(&u->waiting, &d->link);
	changed(u, POLLIN | POLLRDNORM);
}

/* Take the datagram out, or with `peek` share it. */
static int take_locked(struct udp_socket *u, bool peek, struct datagram *out)
{
	int rc = socket_take_error(&u->s);
	struct datagram *d;

	if (rc)
		return rc;
	if (list_empty(&u->waiting))
		return u->shut_read ? 0 : -EAGAIN;
	d = LIST_ENTRY(u->waiting.next, struct datagram, link);
	*out = *d;
	if (peek) {
		pbuf_ref(d->p);
		return 0;
	}
	list_remove(&d->link);
	u->held -= d->p->tot_len + OVERHEAD;
	mem_free(d);
	changed(u, 0);
	return 0;
}

static int64_t copy_datagram(const struct datagram *d, struct uio *to)
{
	int64_t done = 0;

	for (const struct pbuf *p = d->p; p && to->left; p = p->next) {
		int64_t n;

		if (!p->len)
			continue;
		n = uio_copy_out(to, p->payload, p->len);
		if (n < 0)
			return n;
		done += n;
	}
	return done;
}

struct receive_call {
	struct socket_msg *m;
	unsigned flags;
};

static int64_t deliver(const struct datagram *d, struct receive_call *c)
{
	int64_t n = copy_datagram(d, c->m->data);

	if (n < 0)
		return n;
	if (c->m->name)
		inet_write_address(&d->from, c->m->name);
	if (n == d->p->tot_len)
		return n;
	c->m->flags |= SOCKET_MSG_TRUNC;
	return c->flags & SOCKET_MSG_TRUNC ? d->p->tot_len : n;
}

static int64_t try_receive(struct socket *s, void *arg)
{
	struct udp_socket *u = udp_of(s);
	struct receive_call *c = arg;
	bool peek = c->flags & SOCKET_MSG_PEEK;
	struct datagram d = {.p = NULL};
	int64_t n;

	stack_lock();
	n = take_locked(u, peek, &d);
	if (n == -EAGAIN) {
		stack_poll_locked();
		n = take_locked(u, peek, &d);
	}
	stack_unlock();
	if (!d.p)
		return n;
	n = deliver(&d, c);
	stack_lock();
	pbuf_free(d.p);
	stack_unlock();
	return n;
}

static int64_t receive(struct socket *s, struct socket_msg *m, unsigned flags)
{
	enum { MSG_ERRQUEUE = 0x2000 };
	struct receive_call c = {m, flags};

	if (flags & MSG_ERRQUEUE)
		return -EAGAIN; /* nothing is ever put there */
	return socket_wait(s, flags & SOCKET_MSG_DONTWAIT, s->recv_timeout,
	                   try_receive, &c);
}

/* --- binding and connecting --- */

static void apply_options(struct socket *s)
{
	struct udp_socket *u = udp_of(s);

	u->pcb->so_options = 0;
	if (s->reuse_address || s->reuse_port)
		u->pcb->so_options |= SOF_REUSEADDR;
	if (s->broadcast)
		u->pcb->so_options |= SOF_BROADCAST;
	u->pcb->tos = u->ip.tos;
	u->pcb->ttl = u->ip.ttl;
}

static int bind_port(struct udp_socket *u, const struct inet_end *e)
{
	ip4_addr_t address = {e->address};
	err_t err = udp_bind(u->pcb, &address, e->port);

	if (err)
		return stack_error(err);
	u->bound = true;
	u->local = *e;
	return 0;
}

static int bind_random(struct udp_socket *u, uint32_t address)
{
	int rc = -EADDRINUSE;

	for (unsigned i = 0; i < PORT_TRIES && rc == -EADDRINUSE; i++) {
		struct inet_end e = {address, inet_random_port()};

		rc = bind_port(u, &e);
	}
	return rc;
}

static int bind_locked(struct udp_socket *u, const struct inet_end *e)
{
	if (u->bound)
		return -EINVAL;
	if (!inet_can_bind(e->address))
		return -EADDRNOTAVAIL;
	return e->port ? bind_port(u, e) : bind_random(u, e->address);
}

static int bind_socket(struct socket *s, const struct socket_address *a)
{
	struct inet_end e;
	int rc = inet_read_address(a, &e);

	if (rc)
		return rc;
	stack_lock();
	rc = bind_locked(udp_of(s), &e);
	stack_unlock();
	return rc;
}

static int ensure_bound(struct udp_socket *u)
{
	int rc = u->bound ? 0 : bind_random(u, 0);

	return rc == -EADDRINUSE ? -EAGAIN : rc;
}

static bool is_broadcast(const struct netif *n, uint32_t address)
{
	ip4_addr_t a = {address};

	return ip4_addr_isbroadcast(&a, n);
}

/* May a datagram go there? */
static int check_route(const struct udp_socket *u, uint32_t to,
                       const struct netif **out)
{
	ip4_addr_t address = {to};
	const struct netif *n = ip4_route(&address);

	if (!n || ip4_addr_isany(netif_ip4_addr(n)))
		return -ENETUNREACH;
	if (is_broadcast(n, to) && !u->s.broadcast)
		return -EACCES;
	*out = n;
	return 0;
}

static int connect_locked(struct udp_socket *u, const struct inet_end *to)
{
	ip4_addr_t address = {to->address};
	const struct netif *n;
	int rc = ensure_bound(u);

	if (!to->address) /* 0.0.0.0 means this machine */
		address.addr = PP_HTONL(IPADDR_LOOPBACK);
	if (!rc)
		rc = check_route(u, address.addr, &n);
	if (rc)
		return rc;
	if (!u->local.address) {
		u->local.address = netif_ip4_addr(n)->addr;
		ip_addr_copy(u->pcb->local_ip, *netif_ip4_addr(n));
	}
	u->peer = (struct inet_end){address.addr, to->port};
	return stack_error(udp_connect(u->pcb, &address, to->port));
}

static int disconnect(struct udp_socket *u)
{
	stack_lock();
	udp_disconnect(u->pcb);
	u->peer = (struct inet_end){0};
	stack_unlock();
	return 0;
}

static int connect(struct socket *s, const struct socket_address *a,
                   bool dontwait UNUSED)
{
	struct inet_end to;
	int rc;

	if (a->family == AF_UNSPEC)
		return disconnect(udp_of(s));
	rc = inet_read_address(a, &to);
	if (rc)
		return rc;
	stack_lock();
	rc = connect_locked(udp_of(s), &to);
	stack_unlock();
	return rc;
}

/* --- sending --- */

static int send_locked(struct udp_socket *u, const struct inet_end *to,
                       struct pbuf *p)
{
	ip4_addr_t address = {to->address};
	const struct netif *n;
	int rc = socket_take_error(&u->s);

	if (!rc && u->shut_write)
		rc = -EPIPE;
	if (!rc)
		rc = ensure_bound(u);
	if (!to->address)
		address.addr = PP_HTONL(IPADDR_LOOPBACK);
	if (!rc)
		rc = check_route(u, address.addr, &n);
	if (rc)
		return rc;
	return stack_error(udp_sendto(u->pcb, p, &address, to->port));
}

static int destination(struct udp_socket *u, const struct socket_msg *m,
                       struct inet_end *out)
{
	int rc;

	if (!m->name || !m->name->len) {
		*out = u->peer;
		return u->peer.port ? 0 : -EDESTADDRREQ;
	}
	rc = inet_read_address(m->name, out);
	return !rc && !out->port ? -EINVAL : rc;
}

static int64_t send(struct socket *s, const struct socket_msg *m,
                    unsigned flags UNUSED)
{
	struct udp_socket *u = udp_of(s);
	size_t len = m->data->left;
	struct inet_end to;
	struct pbuf *p;
	int64_t rc = destination(u, m, &to);

	if (rc)
		return rc;
	if (len > PAYLOAD_MAX)
		return -EMSGSIZE;
	p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)len, PBUF_RAM);
	if (!p)
		return -ENOBUFS;
	rc = uio_copy_in(m->data, p->payload, len);
	if (rc >= 0 && (size_t)rc < len)
		rc = -EFAULT;
	stack_lock();
	if (rc >= 0)
		rc = send_locked(u, &to, p);
	pbuf_free(p);
	stack_unlock();
	return rc < 0 ? rc : (int64_t)len;
}

/* --- the rest --- */

void udp_socket_refused_locked(const struct inet_end *local,
                               const struct inet_end *peer, int error)
{
	struct udp_pcb *p = udp_pcbs;

	for (; p; p = p->next) {
		struct udp_socket *u = p->recv_arg;

		if (p->recv != on_receive || p->local_port != local->port ||
		    !u->peer.port || u->peer.port != peer->port ||
		    u->peer.address != peer->address)
			continue;
		u->s.error = error;
		changed(u, ~0u);
	}
}

static int shutdown(struct socket *s, bool read, bool write)
{
	struct udp_socket *u = udp_of(s);
	int rc = -ENOTCONN;

	stack_lock();
	if (u->peer.port) {
		u->shut_read |= read;
		u->shut_write |= write;
		changed(u, ~0u);
		rc = 0;
	}
	stack_unlock();
	return rc;
}

static int name(struct socket *s, bool peer, struct socket_address *out)
{
	struct udp_socket *u = udp_of(s);
	int rc = 0;

	stack_lock();
	if (peer && !u->peer.port)
		rc = -ENOTCONN;
	else
		inet_write_address(peer ? &u->peer : &u->local, out);
	stack_unlock();
	return rc;
}

static int set_option(struct socket *s, int level, int option,
                      const void *value, size_t len)
{
	int rc;

	if (level != LEVEL_IP)
		return -ENOPROTOOPT;
	stack_lock();
	rc = inet_set_option(&udp_of(s)->ip, option, value, len);
	apply_options(s);
	stack_unlock();
	return rc;
}

static int get_option(struct socket *s, int level, int option, void *value,
                      size_t *len)
{
	if (level != LEVEL_IP)
		return -EOPNOTSUPP;
	return inet_get_option(&udp_of(s)->ip, option, value, len);
}

static void options_changed(struct socket *s)
{
	stack_lock();
	apply_options(s);
	stack_unlock();
}

/* The size of the next datagram, not of all (udp(7)). */
static size_t readable(struct socket *s)
{
	struct udp_socket *u = udp_of(s);
	size_t n = 0;

	stack_lock();
	if (!list_empty(&u->waiting))
		n = LIST_ENTRY(u->waiting.next, struct datagram, link)
		            ->p->tot_len;
	stack_unlock();
	return n;
}

static void release(struct socket *s)
{
	struct udp_socket *u = udp_of(s);
	struct list *n;

	stack_lock();
	udp_remove(u->pcb);
	while ((n = list_pop(&u->waiting))) {
		struct datagram *d = LIST_ENTRY(n, struct datagram, link);

		pbuf_free(d->p);
		mem_free(d);
	}
	stack_unlock();
	mem_free(u);
}

static const struct socket_ops udp_ops = {
	.bind = bind_socket,
	.connect = connect,
	.send = send,
	.recv = receive,
	.shutdown = shutdown,
	.name = name,
	.set_option = set_option,
	.get_option = get_option,
	.options_changed = options_changed,
	.readable = readable,
	.release = release,
};

int inet_udp_new(struct socket **out)
{
	struct udp_socket *u = mem_zalloc(sizeof(*u));

	if (!u)
		return -ENOMEM;
	socket_init(&u->s, &udp_ops, AF_INET, SOCK_DGRAM, IP_PROTO_UDP);
	list_init(&u->waiting);
	u->ip.ttl = IP_DEFAULT_TTL;
	stack_lock();
	u->pcb = udp_new();
	if (u->pcb) {
		udp_recv(u->pcb, on_receive, u);
		apply_options(&u->s);
		changed(u, 0);
	}
	stack_unlock();
	if (!u->pcb) {
		mem_free(u);
		return -ENOMEM;
	}
	*out = &u->s;
	return 0;
}
