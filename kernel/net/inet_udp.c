/*
 * inet_udp.c - UDP sockets over lwIP's raw API.
 *
 * The stack's lock guards all members. Data comes from the program while it is
 * not held, into buffers of our own.
 */
#include "kernel/net/inet_udp.h"

#include <lwip/ip.h>
#include <lwip/udp.h>

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/uio.h"
#include "kernel/net/inet.h"
#include "kernel/net/inet_group.h"
#include "kernel/net/inet_inbox.h"
#include "kernel/net/interface.h"
#include "kernel/net/socket_private.h"
#include "kernel/net/stack.h"
#include "kernel/net/udp_table.h"

enum {
	PAYLOAD_MAX = 65507, /* 64 KiB less the headers */
	PORT_TRIES = 256,
	SHARERS_MAX = 64, /* of one port */
};

struct udp_socket {
	struct socket s;
	struct udp_pcb *pcb;
	struct inet_end local, peer; /* peer.port 0: not connected */
	bool bound;
	struct inet_options ip;
	struct inet_groups groups;
	struct inet_inbox inbox;
};

static struct udp_socket *udp_of(struct socket *s)
{
	return CONTAINER_OF(s, struct udp_socket, s);
}

/* --- receiving --- */

static void on_receive(void *arg, struct udp_pcb *pcb, struct pbuf *p,
                       const ip_addr_t *from, u16_t port);

/*
 * Of several that share the port by SO_REUSEPORT, the sender's address and port
 * say which gets it, so that each sender keeps to one.
 */
static struct udp_socket *pick(struct udp_socket *u, const struct udp_pcb *pcb,
                               const ip_addr_t *from, uint16_t port)
{
	struct udp_socket *group[SHARERS_MAX];
	unsigned n = 0;

	if (!u->s.reuse_port || u->peer.port ||
	    ip_addr_ismulticast(ip_current_dest_addr()))
		return u;
	for (const struct udp_pcb *p = udp_table_first(pcb->local_port);
	     p && n < SHARERS_MAX; p = p->next) {
		struct udp_socket *other = p->recv_arg;

		if (p->recv == on_receive && p->local_port == pcb->local_port &&
		    other->s.reuse_port && !other->peer.port &&
		    ip_addr_cmp(&p->local_ip, &pcb->local_ip))
			group[n++] = other;
	}
	return n ? group[inet_spread(from, port) % n] : u;
}

/* What others have joined comes here, too, unless that is not wanted. */
static bool wants_group(const struct udp_socket *u)
{
	const ip_addr_t *to = ip_current_dest_addr();

	if (!ip_addr_ismulticast(to) ||
	    (IP_IS_V4(to) ? u->ip.every_group : u->ip.every_group6))
		return true;
	return inet_has_joined(&u->groups, to,
	                       netif_get_index(ip_current_input_netif()));
}

static void on_receive(void *arg, struct udp_pcb *pcb, struct pbuf *p,
                       const ip_addr_t *from, u16_t port)
{
	struct udp_socket *u = pick(arg, pcb, from, port);
	struct inet_end end = {*from, port};

	if (wants_group(u))
		inet_inbox_put(&u->inbox, p, &end);
	else
		pbuf_free(p);
}

static int64_t receive(struct socket *s, struct socket_msg *m, unsigned flags)
{
	return inet_inbox_receive(&udp_of(s)->inbox, m, flags);
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
	u->pcb->netif_idx = s->device;
	u->pcb->tos = u->ip.tos;
	u->pcb->ttl = u->ip.ttl;
}

static int bind_port(struct udp_socket *u, const struct inet_end *e)
{
	err_t err = udp_bind(u->pcb, &e->address, e->port);

	if (err)
		return stack_error(err);
	u->bound = true;
	u->local = *e;
	return 0;
}

static int bind_random(struct udp_socket *u, const ip_addr_t *address)
{
	int rc = -EADDRINUSE;

	for (unsigned i = 0; i < PORT_TRIES && rc == -EADDRINUSE; i++) {
		struct inet_end e = {*address, inet_random_port()};

		rc = bind_port(u, &e);
	}
	return rc;
}

static int bind_locked(struct udp_socket *u, const struct inet_end *e)
{
	if (u->bound)
		return -EINVAL;
	if (!inet_can_bind(&u->ip, &e->address) &&
	    !ip_addr_ismulticast(&e->address))
		return -EADDRNOTAVAIL;
	return e->port ? bind_port(u, e) : bind_random(u, &e->address);
}

static int bind_socket(struct socket *s, const struct socket_address *a)
{
	struct inet_end e;
	int rc = inet_read_address(s->domain, &udp_of(s)->ip, a, &e);

	if (rc)
		return rc == -ENETUNREACH ? -EINVAL : rc;
	stack_lock();
	rc = bind_locked(udp_of(s), &e);
	stack_unlock();
	return rc;
}

static int ensure_bound(struct udp_socket *u)
{
	ip_addr_t any = inet_any(u->s.domain, &u->ip);
	int rc = u->bound ? 0 : bind_random(u, &any);

	return rc == -EADDRINUSE ? -EAGAIN : rc;
}

/* May a datagram go there? */
static int check_route(const struct udp_socket *u, const ip_addr_t *to,
                       struct netif **out)
{
	struct netif *n;

	if (!IP_ADDR_PCB_VERSION_MATCH(u->pcb, to))
		return -ENETUNREACH; /* bound to the other version */
	if (u->s.device)
		n = netif_get_by_index(u->s.device);
	else if (ip_addr_ismulticast(to) && u->pcb->mcast_ifindex)
		n = netif_get_by_index(u->pcb->mcast_ifindex);
	else
		n = inet_route(&u->pcb->local_ip, to);
	if (!n)
		return -ENETUNREACH;
	if (ip_addr_isbroadcast(to, n) && !u->s.broadcast)
		return -EACCES;
	*out = n;
	return 0;
}

static int connect_locked(struct udp_socket *u, const struct inet_end *to)
{
	ip_addr_t address = to->address;
	struct netif *n;
	int rc = ensure_bound(u);

	inet_any_to_loopback(&address);
	if (!rc)
		rc = check_route(u, &address, &n);
	if (rc)
		return rc;
	if (ip_addr_isany(&u->local.address)) {
		u->local.address = inet_source(n, &address);
		ip_addr_copy(u->pcb->local_ip, u->local.address);
	}
	u->peer = (struct inet_end){address, to->port};
	return stack_error(udp_connect(u->pcb, &address, to->port));
}

static int disconnect(struct udp_socket *u)
{
	stack_lock();
	udp_disconnect(u->pcb);
	memset(&u->peer, 0, sizeof(u->peer));
	stack_unlock();
	return 0;
}

/* Where to: an AF_INET6 socket takes IPv4's addresses as they are, too. */
static int read_peer(const struct udp_socket *u, const struct socket_address *a,
                     struct inet_end *out)
{
	int domain = u->s.domain;

	if (a->family == AF_INET && !u->ip.v6only)
		domain = AF_INET;
	return inet_read_address(domain, &u->ip, a, out);
}

static int connect(struct socket *s, const struct socket_address *a,
                   bool dontwait UNUSED)
{
	struct inet_end to;
	int rc;

	if (a->family == AF_UNSPEC)
		return disconnect(udp_of(s));
	rc = read_peer(udp_of(s), a, &to);
	if (rc)
		return rc;
	stack_lock();
	rc = connect_locked(udp_of(s), &to);
	stack_unlock();
	return rc;
}

/* --- sending --- */

/* lwIP refuses 127.x.y.z as a source unless it is told that we mean it. */
static err_t pass_on(struct udp_socket *u, struct pbuf *p, const ip_addr_t *to,
                     uint16_t port, struct netif *n, const ip_addr_t *wanted)
{
	const ip_addr_t *from = &u->local.address;

	if (wanted)
		return udp_sendto_if_src(u->pcb, p, to, port, n, wanted);
	if (IP_IS_V4(from) && ip4_addr_isloopback(ip_2_ip4(from)))
		return udp_sendto_if_src(u->pcb, p, to, port, n, from);
	return udp_sendto(u->pcb, p, to, port);
}

/* Must it go in one piece, and is it too long for that? */
static bool is_too_long(const struct udp_socket *u, const ip_addr_t *to,
                        const struct netif *n, size_t len)
{
	uint8_t how = u->ip.discover;
	size_t head = (IP_IS_V4(to) ? IP_HLEN : IP6_HLEN) + UDP_HLEN;

	if (how != PMTUDISC_DO && how != PMTUDISC_PROBE &&
	    how != PMTUDISC_INTERFACE &&
	    !(u->ip.dont_fragment && !IP_IS_V4(to)))
		return false;
	if (!IP_IS_V4(to) && u->ip.piece6 && len + head > u->ip.piece6)
		return true;
	return n->mtu && len + head > n->mtu; /* the loopback's is 0 */
}

static int pass_on_as_wanted(struct udp_socket *u, struct pbuf *p,
                             const struct inet_end *to, struct netif *n,
                             const struct inet_wishes *w)
{
	uint8_t how = u->ip.discover;
	err_t err;

	interface_keep_whole_locked(how == PMTUDISC_DO ||
	                            how == PMTUDISC_PROBE);
	err = pass_on(u, p, &to->address, to->port, n,
	              w->has_source ? &w->source : NULL);
	interface_keep_whole_locked(false);
	return stack_error(err);
}

static int send_locked(struct udp_socket *u, const struct inet_end *to,
                       const struct inet_wishes *w, struct pbuf *p)
{
	struct inet_end end = to->port ? *to : u->peer;
	struct netif *n;
	int rc = socket_take_error(&u->s);

	if (!rc && !end.port)
		rc = -EDESTADDRREQ; /* not connected any more */
	if (!rc && u->inbox.shut_write)
		rc = -EPIPE;
	if (!rc)
		rc = ensure_bound(u);
	inet_any_to_loopback(&end.address);
	if (!rc)
		rc = check_route(u, &end.address, &n);
	if (!rc && w->interface) {
		n = netif_get_by_index(w->interface);
		rc = n ? 0 : -ENODEV;
	}
	if (!rc && w->has_source && !inet_can_bind(&u->ip, &w->source))
		rc = -EINVAL;
	if (!rc && is_too_long(u, &end.address, n, p->tot_len))
		rc = -EMSGSIZE;
	return rc ? rc : pass_on_as_wanted(u, p, &end, n, w);
}

/* Port 0: where the socket is connected to, which send_locked() looks up. */
static int destination(const struct udp_socket *u, const struct socket_msg *m,
                       struct inet_end *out)
{
	int rc;

	if (!m->name || !m->name->len) {
		out->port = 0;
		return u->peer.port ? 0 : -EDESTADDRREQ;
	}
	rc = read_peer(u, m->name, out);
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
	struct inet_wishes w;

	if (!rc)
		rc = inet_read_wishes(m, &w);
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
		rc = send_locked(u, &to, &w, p);
	pbuf_free(p);
	stack_unlock();
	return rc < 0 ? rc : (int64_t)len;
}

/* --- the rest --- */

const struct socket *udp_socket_of_pcb_locked(const struct udp_pcb *pcb)
{
	const struct udp_socket *u = pcb->recv_arg;

	return pcb->recv == on_receive ? &u->s : NULL;
}

/* It sent it, and wants to hear of it: also if it is not connected, then. */
static bool is_meant(const struct udp_socket *u, const struct inet_end *local,
                     const struct inet_end *peer)
{
	if (u->pcb->local_port != local->port)
		return false;
	if (!u->peer.port)
		return u->ip.receive_errors;
	return u->peer.port == peer->port &&
	       ip_addr_cmp_zoneless(&u->peer.address, &peer->address);
}

void udp_socket_refused_locked(const struct inet_end *local,
                               const struct inet_report *r)
{
	struct udp_pcb *p = udp_table_first(local->port);

	for (; p; p = p->next) {
		struct udp_socket *u = p->recv_arg;

		if (p->recv != on_receive || !is_meant(u, local, &r->to) ||
		    (r->soft && !u->ip.receive_errors))
			continue;
		inet_inbox_refuse(&u->inbox, r);
	}
}

static int shutdown(struct socket *s, bool read, bool write)
{
	struct udp_socket *u = udp_of(s);
	int rc = -ENOTCONN;

	stack_lock();
	if (u->peer.port) {
		u->inbox.shut_read |= read;
		u->inbox.shut_write |= write;
		inet_inbox_changed(&u->inbox, ~0u);
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
		inet_write_address(s->domain, peer ? &u->peer : &u->local, out);
	stack_unlock();
	return rc;
}

static int set_option(struct socket *s, int level, int option,
                      const void *value, size_t len)
{
	struct udp_socket *u = udp_of(s);
	int rc;

	if (!inet_has_level(s, level))
		return -ENOPROTOOPT;
	stack_lock();
	rc = inet_group_option(&u->groups, u->pcb, level, option, value, len);
	if (rc == -ENOPROTOOPT)
		rc = inet_set_option(&u->ip, level, option, value, len,
		                     u->bound);
	if (!u->bound)
		u->local.address = inet_any(s->domain, &u->ip);
	apply_options(s);
	stack_unlock();
	return rc;
}

static int get_option(struct socket *s, int level, int option, void *value,
                      size_t *len)
{
	struct udp_socket *u = udp_of(s);
	int rc;

	if (!inet_has_level(s, level))
		return inet_wrong_level(s, level);
	stack_lock();
	rc = inet_get_group_option(u->pcb, level, option, value, len);
	if (rc == -ENOPROTOOPT)
		rc = inet_get_mtu(&u->local, &u->peer, level, option, value,
		                  len);
	if (rc == -ENOPROTOOPT)
		rc = inet_get_option(&u->ip, level, option, value, len);
	stack_unlock();
	return rc;
}

static void options_changed(struct socket *s)
{
	stack_lock();
	apply_options(s);
	stack_unlock();
}

static size_t readable(struct socket *s)
{
	return inet_inbox_readable(&udp_of(s)->inbox);
}

static void release(struct socket *s)
{
	struct udp_socket *u = udp_of(s);

	stack_lock();
	inet_leave_groups(&u->groups);
	udp_remove(u->pcb);
	inet_inbox_empty(&u->inbox);
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

int inet_udp_new(int domain, struct socket **out)
{
	struct udp_socket *u = mem_zalloc(sizeof(*u));

	if (!u)
		return -ENOMEM;
	socket_init(&u->s, &udp_ops, domain, SOCK_DGRAM, IP_PROTO_UDP);
	inet_inbox_init(&u->inbox, &u->s, &u->ip, &u->local);
	inet_options_init(&u->ip, domain, SOCK_DGRAM);
	u->local.address = inet_any(domain, &u->ip);
	stack_lock();
	u->pcb = udp_new();
	if (u->pcb) {
		udp_recv(u->pcb, on_receive, u);
		inet_group_defaults(u->pcb);
		apply_options(&u->s);
		inet_inbox_changed(&u->inbox, 0);
	}
	stack_unlock();
	if (!u->pcb) {
		mem_free(u);
		return -ENOMEM;
	}
	*out = &u->s;
	return 0;
}
