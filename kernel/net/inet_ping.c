/*
 * inet_ping.c - sockets for ping: echo requests out, replies back (icmp(7)).
 *
 * SOCK_DGRAM of IPPROTO_ICMP or IPPROTO_ICMPV6. A message is an ICMP header
 * with what is behind it. The socket's port is the request's identifier, by
 * which replies find back; the kernel writes it and the checksum. Nothing else
 * can be sent, so nobody needs to be trusted.
 *
 * The stack's lock guards all members.
 */
#include "kernel/net/inet_ping.h"

#include <lwip/inet_chksum.h>
#include <lwip/ip.h>
#include <lwip/prot/icmp.h>
#include <lwip/prot/icmp6.h>
#include <lwip/raw.h>

#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/uio.h"
#include "kernel/net/inet.h"
#include "kernel/net/inet_inbox.h"
#include "kernel/net/socket_private.h"
#include "kernel/net/stack.h"

enum {
	MESSAGE_MAX = 65515, /* 64 KiB less IPv4's header */
	IDENT_TRIES = 256,
};

/* RFC 792 and RFC 4443, 4.1: both versions have the same. */
struct echo {
	uint8_t type, code;
	uint16_t checksum, ident, sequence; /* network byte order */
};
static_assert(sizeof(struct echo) == 8, "RFC 792");

struct ping_socket {
	struct socket s;
	struct list link; /* in `all` */
	struct raw_pcb *pcb;
	struct inet_end local, peer; /* ports are identifiers; 0: not bound */
	bool connected;
	struct inet_options ip;
	struct inet_inbox inbox;
};

/* The stack's lock guards it. */
static struct list all = LIST_HEAD(all);

static struct ping_socket *ping_of(struct socket *s)
{
	return CONTAINER_OF(s, struct ping_socket, s);
}

static bool is_six(const struct ping_socket *g)
{
	return g->s.domain == AF_INET6;
}

static struct ping_socket *find(bool six, uint16_t ident)
{
	LIST_EACH(n, &all)
	{
		struct ping_socket *g = LIST_ENTRY(n, struct ping_socket, link);

		if (is_six(g) == six && g->local.port == ident)
			return g;
	}
	return NULL;
}

/* --- receiving --- */

/* lwIP has not looked at it yet. On the loopback there is none. */
static bool has_true_sum(struct pbuf *p, const ip_addr_t *from)
{
	const struct netif *n = ip_current_input_netif();

	if (ip_current_is_v6())
		return !(n->chksum_flags & NETIF_CHECKSUM_CHECK_ICMP6) ||
		       !ip6_chksum_pseudo(p, IP6_NEXTH_ICMP6, p->tot_len,
		                          ip_2_ip6(from),
		                          ip6_current_dest_addr());
	return !(n->chksum_flags & NETIF_CHECKSUM_CHECK_ICMP) ||
	       !inet_chksum_pbuf(p);
}

static void sum(struct pbuf *p)
{
	struct echo *e = p->payload;

	e->checksum = 0;
	e->checksum = inet_chksum_pbuf(p);
}

/* Is it for us? Its IP header is gone then. */
static bool take_reply(const struct ping_socket *g, struct pbuf *p,
                       const ip_addr_t *from)
{
	uint8_t type = is_six(g) ? ICMP6_TYPE_EREP : ICMP_ER;
	u16_t header = ip_current_header_tot_len();
	struct echo e;

	if (pbuf_copy_partial(p, &e, sizeof(e), header) < sizeof(e) ||
	    p->len < header + sizeof(e) || e.type != type || e.code ||
	    !g->local.port || e.ident != lwip_htons(g->local.port))
		return false;
	pbuf_remove_header(p, header);
	if (has_true_sum(p, from))
		return true;
	pbuf_add_header_force(p, header);
	return false;
}

static u8_t on_packet(void *arg, struct raw_pcb *pcb UNUSED, struct pbuf *p,
                      const ip_addr_t *from)
{
	struct ping_socket *g = arg;
	struct inet_end end = {*from, 0};

	if (!take_reply(g, p, from))
		return 0;
	if (!is_six(g) && !(ip_current_input_netif()->chksum_flags &
	                    NETIF_CHECKSUM_CHECK_ICMP))
		sum(p);
	inet_inbox_put(&g->inbox, p, &end);
	return 1;
}

static int64_t receive(struct socket *s, struct socket_msg *m, unsigned flags)
{
	/* How long it was is not said by what is returned. */
	return inet_inbox_receive(&ping_of(s)->inbox, m,
	                          flags & ~(unsigned)SOCKET_MSG_TRUNC);
}

void ping_socket_refused_locked(bool six, uint16_t ident,
                                const struct inet_report *r)
{
	struct ping_socket *g = ident ? find(six, ident) : NULL;

	if (g && (g->ip.receive_errors || (g->connected && !r->soft)))
		inet_inbox_refuse(&g->inbox, r);
}

/* --- names --- */

/* Linux gives these sockets SO_REUSEADDR: two that have it may share. */
static bool is_taken(const struct ping_socket *g, uint16_t ident)
{
	LIST_EACH(n, &all)
	{
		const struct ping_socket *other =
			LIST_ENTRY(n, struct ping_socket, link);

		if (is_six(other) == is_six(g) && other->local.port == ident &&
		    !(g->s.reuse_address && other->s.reuse_address))
			return true;
	}
	return false;
}

static int bind_locked(struct ping_socket *g, const struct inet_end *e)
{
	if (g->local.port)
		return -EINVAL;
	if (!inet_can_bind(&g->ip, &e->address))
		return -EADDRNOTAVAIL;
	if (e->port && is_taken(g, e->port))
		return -EADDRINUSE;
	g->local = *e;
	for (unsigned i = 0; !g->local.port && i < IDENT_TRIES; i++) {
		uint16_t ident = inet_random_port();

		if (!find(is_six(g), ident))
			g->local.port = ident;
	}
	ip_addr_copy(g->pcb->local_ip, e->address);
	return g->local.port ? 0 : -EAGAIN;
}

static int bind_socket(struct socket *s, const struct socket_address *a)
{
	struct ping_socket *g = ping_of(s);
	struct inet_end e;
	int rc = inet_read_address(s->domain, &g->ip, a, &e);

	if (rc)
		return rc == -ENETUNREACH ? -EINVAL : rc;
	stack_lock();
	rc = bind_locked(g, &e);
	stack_unlock();
	return rc;
}

static int ensure_bound(struct ping_socket *g)
{
	struct inet_end any = {inet_any(g->s.domain, &g->ip), 0};

	return g->local.port ? 0 : bind_locked(g, &any);
}

static int find_route(const struct ping_socket *g, const ip_addr_t *to,
                      struct netif **out)
{
	struct netif *n = g->s.device ? netif_get_by_index(g->s.device)
	                              : inet_route(&g->local.address, to);

	if (!n)
		return -ENETUNREACH;
	if (ip_addr_isbroadcast(to, n) && !g->s.broadcast)
		return -EACCES;
	*out = n;
	return 0;
}

static int connect_locked(struct ping_socket *g, struct inet_end *to)
{
	struct netif *n;
	int rc = ensure_bound(g);

	inet_any_to_loopback(&to->address);
	if (!rc)
		rc = find_route(g, &to->address, &n);
	if (rc)
		return rc;
	if (ip_addr_isany(&g->local.address))
		g->local.address = inet_source(n, &to->address);
	g->peer = *to;
	g->connected = true;
	return 0;
}

static int connect(struct socket *s, const struct socket_address *a,
                   bool dontwait UNUSED)
{
	struct ping_socket *g = ping_of(s);
	struct inet_end to;
	int rc = 0;

	if (a->family != AF_UNSPEC)
		rc = inet_read_address(s->domain, &g->ip, a, &to);
	if (rc)
		return rc;
	stack_lock();
	if (a->family == AF_UNSPEC)
		g->connected = false;
	else
		rc = connect_locked(g, &to);
	stack_unlock();
	return rc;
}

static int name(struct socket *s, bool peer, struct socket_address *out)
{
	struct ping_socket *g = ping_of(s);
	int rc = 0;

	stack_lock();
	if (peer && !g->connected)
		rc = -ENOTCONN;
	else
		inet_write_address(s->domain, peer ? &g->peer : &g->local, out);
	stack_unlock();
	return rc;
}

/* --- sending --- */

/* What only the kernel knows: its identifier, and for IPv4 the sum. */
static void complete(const struct ping_socket *g, struct pbuf *p)
{
	struct echo *e = p->payload;

	e->ident = lwip_htons(g->local.port);
	e->checksum = 0;
	if (!is_six(g))
		sum(p);
}

static int send_locked(struct ping_socket *g, const struct inet_end *to,
                       struct pbuf *p)
{
	struct inet_end end = to ? *to : g->peer;
	struct netif *n;
	ip_addr_t from;
	int rc = socket_take_error(&g->s);

	if (!rc && !to && !g->connected)
		rc = -EDESTADDRREQ;
	if (!rc && g->inbox.shut_write)
		rc = -EPIPE;
	if (!rc)
		rc = ensure_bound(g);
	inet_any_to_loopback(&end.address);
	if (!rc)
		rc = find_route(g, &end.address, &n);
	if (rc)
		return rc;
	complete(g, p);
	from = ip_addr_isany(&g->local.address) ? inet_source(n, &end.address)
	                                        : g->local.address;
	return stack_error(
		raw_sendto_if_src(g->pcb, p, &end.address, n, &from));
}

static int copy_request(const struct ping_socket *g, struct uio *from,
                        struct pbuf *p)
{
	int64_t n = uio_copy_in(from, p->payload, p->len);
	const struct echo *e = p->payload;

	if (n < p->len)
		return n < 0 ? (int)n : -EFAULT;
	return e->type != (is_six(g) ? ICMP6_TYPE_EREQ : ICMP_ECHO) || e->code
	               ? -EINVAL
	               : 0;
}

static int64_t send(struct socket *s, const struct socket_msg *m,
                    unsigned flags UNUSED)
{
	struct ping_socket *g = ping_of(s);
	bool named = m->name && m->name->len;
	size_t len = m->data->left;
	struct inet_end to;
	struct pbuf *p;
	int rc = 0;

	if (len > MESSAGE_MAX)
		return -EMSGSIZE;
	if (len < sizeof(struct echo))
		return -EINVAL;
	p = pbuf_alloc(PBUF_IP, (u16_t)len, PBUF_RAM);
	if (!p)
		return -ENOBUFS;
	rc = copy_request(g, m->data, p);
	if (!rc && named)
		rc = inet_read_address(s->domain, &g->ip, m->name, &to);
	stack_lock();
	if (!rc)
		rc = send_locked(g, named ? &to : NULL, p);
	pbuf_free(p);
	stack_unlock();
	return rc ? rc : (int64_t)len;
}

/* --- the rest --- */

static int shutdown(struct socket *s, bool read, bool write)
{
	struct ping_socket *g = ping_of(s);
	int rc = -ENOTCONN;

	stack_lock();
	if (g->connected) {
		g->inbox.shut_read |= read;
		g->inbox.shut_write |= write;
		inet_inbox_changed(&g->inbox, ~0u);
		rc = 0;
	}
	stack_unlock();
	return rc;
}

static void apply_options_locked(struct ping_socket *g)
{
	g->pcb->so_options = g->s.broadcast ? SOF_BROADCAST : 0;
	g->pcb->netif_idx = g->s.device;
	g->pcb->tos = g->ip.tos;
	g->pcb->ttl = g->ip.ttl;
}

static void options_changed(struct socket *s)
{
	stack_lock();
	apply_options_locked(ping_of(s));
	stack_unlock();
}

static int set_option(struct socket *s, int level, int option,
                      const void *value, size_t len)
{
	struct ping_socket *g = ping_of(s);
	int rc;

	if (!inet_has_level(s, level))
		return -ENOPROTOOPT;
	stack_lock();
	rc = inet_set_option(&g->ip, level, option, value, len, g->local.port);
	apply_options_locked(g);
	stack_unlock();
	return rc;
}

static int get_option(struct socket *s, int level, int option, void *value,
                      size_t *len)
{
	struct ping_socket *g = ping_of(s);
	int rc;

	if (!inet_has_level(s, level))
		return inet_wrong_level(s, level);
	stack_lock();
	rc = inet_get_option(&g->ip, level, option, value, len);
	stack_unlock();
	return rc;
}

static size_t readable(struct socket *s)
{
	return inet_inbox_readable(&ping_of(s)->inbox);
}

static void release(struct socket *s)
{
	struct ping_socket *g = ping_of(s);

	stack_lock();
	list_remove(&g->link);
	raw_remove(g->pcb);
	inet_inbox_empty(&g->inbox);
	stack_unlock();
	mem_free(g);
}

static const struct socket_ops ping_ops = {
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

/* lwIP sums for IPv6, where addresses count. */
static struct raw_pcb *new_pcb(struct ping_socket *g)
{
	bool six = is_six(g);
	struct raw_pcb *pcb =
		raw_new_ip_type(six ? IPADDR_TYPE_V6 : IPADDR_TYPE_V4,
	                        six ? IP6_NEXTH_ICMP6 : IP_PROTO_ICMP);

	if (!pcb)
		return NULL;
	pcb->chksum_reqd = six;
	pcb->chksum_offset = offsetof(struct echo, checksum);
	raw_recv(pcb, on_packet, g);
	return pcb;
}

int inet_ping_new(int domain, struct socket **out)
{
	struct ping_socket *g = mem_zalloc(sizeof(*g));
	bool six = domain == AF_INET6;

	if (!g)
		return -ENOMEM;
	socket_init(&g->s, &ping_ops, domain, SOCK_DGRAM,
	            six ? IP6_NEXTH_ICMP6 : IP_PROTO_ICMP);
	g->s.reuse_address = true;
	inet_options_init(&g->ip, domain, SOCK_DGRAM);
	g->ip.v6only = six; /* no request of IPv4 by it */
	g->local.address = inet_any(domain, &g->ip);
	inet_inbox_init(&g->inbox, &g->s, &g->ip, &g->local);
	stack_lock();
	g->pcb = new_pcb(g);
	if (g->pcb) {
		list_append(&all, &g->link);
		apply_options_locked(g);
		inet_inbox_changed(&g->inbox, 0);
	}
	stack_unlock();
	if (!g->pcb) {
		mem_free(g);
		return -ENOMEM;
	}
	*out = &g->s;
	return 0;
}
