/*
 * netlink.c - AF_NETLINK, as far as programs ask which interfaces, addresses
 * and routes there are (rtnetlink(7)): dumps of them. Nothing can be changed,
 * and nothing is announced.
 */
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/uio.h"
#include "kernel/net/dhcp_routes.h"
#include "kernel/net/interface.h"
#include "kernel/net/socket_private.h"
#include "kernel/net/stack.h"
#include "kernel/sched/mutex.h"

enum {
	NETLINK_ROUTE = 0,
	OWN_PORT = 1, /* what binding gives: the process id, as Linux does */

	NLMSG_ERROR = 2,
	NLMSG_DONE = 3,
	NLM_F_REQUEST = 0x1,
	NLM_F_MULTI = 0x2,
	NLM_F_DUMP = 0x300,

	RTM_NEWLINK = 16,
	RTM_GETLINK = 18,
	RTM_NEWADDR = 20,
	RTM_GETADDR = 22,
	RTM_NEWROUTE = 24,
	RTM_GETROUTE = 26,

	IFLA_ADDRESS = 1,
	IFLA_BROADCAST = 2,
	IFLA_IFNAME = 3,
	IFLA_MTU = 4,
	IFLA_STATS = 7,
	IFLA_OPERSTATE = 16,
	IFLA_STATS64 = 23,
	IFLA_CARRIER = 33,
	OPERSTATE_UNKNOWN = 0, /* RFC 2863 */
	OPERSTATE_DOWN = 2,
	OPERSTATE_UP = 6,
	IFA_ADDRESS = 1,
	IFA_LOCAL = 2,
	IFA_LABEL = 3,

	IFF_UP = 0x1,
	IFF_BROADCAST = 0x2,
	IFF_LOOPBACK = 0x8,
	IFF_RUNNING = 0x40,
	ARPHRD_ETHER = 1,
	ARPHRD_LOOPBACK = 772,

	RTA_DST = 1,
	RTA_OIF = 4,
	RTA_GATEWAY = 5,
	RTA_PREFSRC = 7,
	TABLE_MAIN = 254,
	PROTOCOL_KERNEL = 2,
	PROTOCOL_BOOT = 3,
	TYPE_UNICAST = 1,

	REQUEST_MAX = 256,
	REPLY_MAX = 3800, /* what glibc and Go have room for: a page */
	REPLIES_WAITING = 32,
};

struct nlmsghdr {
	uint32_t len;
	uint16_t type, flags;
	uint32_t seq, port;
};

struct ifinfomsg {
	uint8_t family, pad;
	uint16_t type;
	int32_t index;
	uint32_t flags, change;
};

struct ifaddrmsg {
	uint8_t family, prefix, flags, scope;
	uint32_t index;
};

struct rtmsg {
	uint8_t family, to_prefix, from_prefix, tos;
	uint8_t table, protocol, scope, type;
	uint32_t flags;
};

/* What Linux counts besides is not counted here: never more than 0. */
struct rtnl_link_stats64 {
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes;
	uint64_t rx_errors, tx_errors, rx_dropped, tx_dropped;
	uint64_t others[17];
};
static_assert(sizeof(struct rtnl_link_stats64) == 200, "rtnetlink(7)");
static_assert(sizeof(struct rtmsg) == 12, "rtnetlink(7)");
static_assert(sizeof(struct nlmsghdr) == 16, "netlink(7)");
static_assert(sizeof(struct ifinfomsg) == 16, "rtnetlink(7)");
static_assert(sizeof(struct ifaddrmsg) == 8, "rtnetlink(7)");

/* What one recv() gives: whole messages, one behind the other. */
struct reply {
	struct list link;
	size_t len;
	uint8_t bytes[REPLY_MAX];
};

struct netlink_socket {
	struct socket s;
	struct mutex lock; /* like `reading` of others: page faults are fine */

	/* lock must be held for these. */
	struct list replies;
	unsigned nr_replies;
};

static struct netlink_socket *netlink_of(struct socket *s)
{
	return CONTAINER_OF(s, struct netlink_socket, s);
}

static void changed_locked(struct netlink_socket *n, uint32_t events)
{
	uint32_t r = POLLOUT | POLLWRNORM;

	if (!list_empty(&n->replies))
		r |= POLLIN | POLLRDNORM;
	socket_event(&n->s, r, events);
}

/* --- writing messages --- */

static void put_bytes(struct reply *r, const void *bytes, size_t n)
{
	size_t padded = (n + 3) & ~(size_t)3;

	memset(r->bytes + r->len, 0, padded);
	memcpy(r->bytes + r->len, bytes, n);
	r->len += padded;
}

static void put_attribute(struct reply *r, uint16_t type, const void *value,
                          size_t n)
{
	uint16_t header[2] = {(uint16_t)(sizeof(header) + n), type};

	put_bytes(r, header, sizeof(header));
	put_bytes(r, value, n);
}

/* Begin a message; its length is set by end_message(). */
static size_t begin_message(struct reply *r, const struct nlmsghdr *request,
                            uint16_t type)
{
	struct nlmsghdr h = {
		.type = type,
		.flags = NLM_F_MULTI,
		.seq = request->seq,
		.port = OWN_PORT,
	};
	size_t at = r->len;

	put_bytes(r, &h, sizeof(h));
	return at;
}

static void end_message(struct reply *r, size_t at)
{
	uint32_t len = (uint32_t)(r->len - at);

	memcpy(r->bytes + at, &len, sizeof(len));
}

/* The same numbers, cut to 32 bits: what getifaddrs(3) has. */
static void put_short_stats(struct reply *r,
                            const struct rtnl_link_stats64 *stats)
{
	uint64_t all[sizeof(*stats) / sizeof(uint64_t)];
	uint32_t v[24];

	memcpy(all, stats, sizeof(*stats));
	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		v[i] = (uint32_t)all[i];
	put_attribute(r, IFLA_STATS, v, sizeof(v));
}

static void put_link(struct reply *r, const struct nlmsghdr *request,
                     const struct interface_info *i)
{
	size_t at = begin_message(r, request, RTM_NEWLINK);
	uint32_t up = i->up ? IFF_UP | IFF_RUNNING : IFF_UP, mtu = i->mtu;
	struct ifinfomsg m = {
		.type = i->loopback ? ARPHRD_LOOPBACK : ARPHRD_ETHER,
		.index = (int32_t)i->index,
		.flags = up | (i->loopback ? IFF_LOOPBACK : IFF_BROADCAST),
	};
	struct rtnl_link_stats64 stats = {
		.rx_packets = i->rx_packets,
		.tx_packets = i->tx_packets,
		.rx_bytes = i->rx_bytes,
		.tx_bytes = i->tx_bytes,
		.rx_dropped = i->rx_dropped,
		.tx_dropped = i->tx_dropped,
	};
	uint8_t carrier = i->up, state = OPERSTATE_UNKNOWN, broadcast[6];

	if (!i->loopback)
		state = i->up ? OPERSTATE_UP : OPERSTATE_DOWN;
	put_bytes(r, &m, sizeof(m));
	put_attribute(r, IFLA_IFNAME, i->name, strlen(i->name) + 1);
	put_attribute(r, IFLA_MTU, &mtu, sizeof(mtu));
	put_attribute(r, IFLA_ADDRESS, i->mac, sizeof(i->mac));
	memset(broadcast, i->loopback ? 0 : 0xff, sizeof(broadcast));
	put_attribute(r, IFLA_BROADCAST, broadcast, sizeof(broadcast));
	put_attribute(r, IFLA_OPERSTATE, &state, sizeof(state));
	put_attribute(r, IFLA_CARRIER, &carrier, sizeof(carrier));
	put_attribute(r, IFLA_STATS64, &stats, sizeof(stats));
	put_short_stats(r, &stats);
	end_message(r, at);
}

static void put_address4(struct reply *r, const struct nlmsghdr *request,
                         const struct interface_info *i)
{
	uint32_t address = __builtin_bswap32(i->address);
	struct ifaddrmsg m = {
		.family = AF_INET,
		.prefix = (uint8_t)i->prefix,
		.flags = INTERFACE_PERMANENT,
		.scope = i->loopback ? INTERFACE_SCOPE_HOST
	                             : INTERFACE_SCOPE_GLOBAL,
		.index = i->index,
	};
	size_t at;

	if (!i->address)
		return;
	at = begin_message(r, request, RTM_NEWADDR);
	put_bytes(r, &m, sizeof(m));
	put_attribute(r, IFA_ADDRESS, &address, sizeof(address));
	put_attribute(r, IFA_LOCAL, &address, sizeof(address));
	put_attribute(r, IFA_LABEL, i->name, strlen(i->name) + 1);
	end_message(r, at);
}

static void put_address6(struct reply *r, const struct nlmsghdr *request,
                         const struct interface_info *i)
{
	for (unsigned k = 0; k < i->nr_six; k++) {
		const struct interface_address6 *a = &i->six[k];
		size_t at = begin_message(r, request, RTM_NEWADDR);
		uint8_t bytes[16];
		struct ifaddrmsg m = {
			.family = AF_INET6,
			.prefix = (uint8_t)a->prefix,
			.flags = a->permanent ? INTERFACE_PERMANENT : 0,
			.scope = a->scope,
			.index = i->index,
		};

		put_bytes(r, &m, sizeof(m));
		address6_to_bytes(a->address, bytes);
		put_attribute(r, IFA_ADDRESS, bytes, sizeof(bytes));
		end_message(r, at);
	}
}

static void put_any_address(struct reply *r, const struct nlmsghdr *request,
                            const struct interface_info *i)
{
	put_address4(r, request, i);
	put_address6(r, request, i);
}

/* One route: `to` of `prefix` bits, by `via` unless that is NULL. */
static void put_one_route(struct reply *r, const struct nlmsghdr *request,
                          const struct rtmsg *m, const struct interface_info *i,
                          const uint8_t *to, const uint8_t *via)
{
	size_t at = begin_message(r, request, RTM_NEWROUTE);
	size_t n = m->family == AF_INET ? 4 : 16;

	put_bytes(r, m, sizeof(*m));
	if (m->to_prefix)
		put_attribute(r, RTA_DST, to, n);
	if (via)
		put_attribute(r, RTA_GATEWAY, via, n);
	put_attribute(r, RTA_OIF, &i->index, sizeof(i->index));
	end_message(r, at);
}

static struct rtmsg route_of(uint8_t family, unsigned prefix, bool via)
{
	return (struct rtmsg){
		.family = family,
		.to_prefix = (uint8_t)prefix,
		.table = TABLE_MAIN,
		.protocol = via ? PROTOCOL_BOOT : PROTOCOL_KERNEL,
		.scope = via || family == AF_INET6 ? INTERFACE_SCOPE_GLOBAL
	                                           : INTERFACE_SCOPE_LINK,
		.type = TYPE_UNICAST,
	};
}

static void put_dhcp_route(struct reply *r, const struct nlmsghdr *request,
                           const struct interface_info *i,
                           const struct dhcp_route *route)
{
	struct rtmsg m = route_of(AF_INET, route->prefix, route->gateway != 0);
	uint32_t to = __builtin_bswap32(route->to);
	uint32_t via = __builtin_bswap32(route->gateway);

	put_one_route(r, request, &m, i, (const uint8_t *)&to,
	              via ? (const uint8_t *)&via : NULL);
}

static void put_route4(struct reply *r, const struct nlmsghdr *request,
                       const struct interface_info *i)
{
	struct rtmsg gateway = route_of(AF_INET, 0, true);
	struct rtmsg link = route_of(AF_INET, i->prefix, false);
	uint32_t via = __builtin_bswap32(i->gateway);
	uint32_t net = __builtin_bswap32(i->address & address_mask(i->prefix));

	if (i->loopback || !i->address)
		return;
	if (i->gateway)
		put_one_route(r, request, &gateway, i, NULL,
		              (const uint8_t *)&via);
	put_one_route(r, request, &link, i, (const uint8_t *)&net, NULL);
	for (unsigned k = 0; i->routes && k < i->routes->n; k++)
		if (i->routes->v[k].prefix) /* else it is the gateway above */
			put_dhcp_route(r, request, i, &i->routes->v[k]);
}

static void put_route6(struct reply *r, const struct nlmsghdr *request,
                       const struct interface_info *i)
{
	struct rtmsg gateway = route_of(AF_INET6, 0, true);
	uint8_t bytes[16];

	for (unsigned k = 0; k < i->nr_six; k++) {
		const struct interface_address6 *a = &i->six[k];
		struct rtmsg link = route_of(AF_INET6, a->prefix, false);
		struct address6 mask = address6_mask(a->prefix);

		address6_to_bytes(address6_masked(a->address, mask), bytes);
		put_one_route(r, request, &link, i, bytes, NULL);
	}
	address6_to_bytes(i->gateway6, bytes);
	if (i->has_gateway6)
		put_one_route(r, request, &gateway, i, NULL, bytes);
}

static void put_any_route(struct reply *r, const struct nlmsghdr *request,
                          const struct interface_info *i)
{
	put_route4(r, request, i);
	put_route6(r, request, i);
}

static void put_done(struct reply *r, const struct nlmsghdr *request)
{
	int32_t ok = 0;
	size_t at = begin_message(r, request, NLMSG_DONE);

	put_bytes(r, &ok, sizeof(ok));
	end_message(r, at);
}

static void put_error(struct reply *r, const struct nlmsghdr *request,
                      int32_t error)
{
	size_t at = begin_message(r, request, NLMSG_ERROR);

	put_bytes(r, &error, sizeof(error));
	put_bytes(r, request, sizeof(*request));
	end_message(r, at);
}

/* --- answering --- */

/* A machine's few interfaces fit in one reply. */
enum { INTERFACES_MAX = 8, LINK = 404, LONGEST = 96, LONGEST6 = 72 };
static_assert((INTERFACES_MAX + 1) * LINK <= REPLY_MAX, "all links fit");
static_assert((INTERFACES_MAX + 1) * LONGEST +
                              INTERFACES_MAX * INTERFACE_ADDRESSES6_MAX *
                                      LONGEST6 <=
                      REPLY_MAX,
              "all fit");

typedef void put_fn(struct reply *r, const struct nlmsghdr *request,
                    const struct interface_info *i);

/* What is asked for: by message type and family. */
static const struct dump {
	uint16_t type;
	put_fn *any, *ip4, *ip6;
} dumps[] = {
	{RTM_GETLINK, put_link, put_link, put_link},
	{RTM_GETADDR, put_any_address, put_address4, put_address6},
	{RTM_GETROUTE, put_any_route, put_route4, put_route6},
};

static put_fn *find_dump(uint16_t type, uint8_t family, bool *known)
{
	*known = false;
	for (unsigned i = 0; i < ARRAY_LEN(dumps); i++) {
		if (dumps[i].type != type)
			continue;
		*known = true;
		if (family == AF_UNSPEC || type == RTM_GETLINK)
			return dumps[i].any;
		return family == AF_INET    ? dumps[i].ip4
		       : family == AF_INET6 ? dumps[i].ip6
		                            : NULL;
	}
	return NULL;
}

static void put_all(struct reply *r, const struct nlmsghdr *request,
                    put_fn *put)
{
	struct interface_info i;

	stack_lock();
	for (unsigned n = 0; put && n < INTERFACES_MAX; n++) {
		if (!interface_info_locked(n, &i))
			break;
		put(r, request, &i);
	}
	stack_unlock();
	put_done(r, request);
}

static void answer(struct reply *r, const struct nlmsghdr *request,
                   uint8_t family)
{
	bool dump = (request->flags & NLM_F_DUMP) == NLM_F_DUMP, known;
	put_fn *put = find_dump(request->type, family, &known);

	if (!dump || !known)
		put_error(r, request, -EOPNOTSUPP);
	else
		put_all(r, request, put);
}

static int handle(struct netlink_socket *n, const uint8_t *bytes, size_t len)
{
	struct nlmsghdr request;
	struct reply *r;
	int rc = 0;

	if (len < sizeof(request) + 1)
		return -EINVAL;
	memcpy(&request, bytes, sizeof(request));
	if (request.len > len || !(request.flags & NLM_F_REQUEST))
		return -EINVAL;
	r = mem_zalloc(sizeof(*r));
	if (!r)
		return -ENOBUFS;
	answer(r, &request, bytes[sizeof(request)]);
	mutex_lock(&n->lock);
	if (n->nr_replies == REPLIES_WAITING) {
		rc = -ENOBUFS;
	} else {
		list_append(&n->replies, &r->link);
		n->nr_replies++;
		changed_locked(n, POLLIN | POLLRDNORM);
	}
	mutex_unlock(&n->lock);
	if (rc)
		mem_free(r);
	return rc;
}

static int64_t send(struct socket *s, const struct socket_msg *m,
                    unsigned flags UNUSED)
{
	uint8_t request[REQUEST_MAX];
	size_t len = m->data->left;
	int64_t rc;

	if (len > sizeof(request))
		return -EMSGSIZE;
	rc = uio_copy_in(m->data, request, len);
	if (rc < 0 || (size_t)rc < len)
		return -EFAULT;
	rc = handle(netlink_of(s), request, len);
	return rc ? rc : (int64_t)len;
}

/* --- receiving --- */

static void write_name(struct socket_address *out, uint32_t port)
{
	uint32_t name[3] = {AF_NETLINK, port, 0}; /* struct sockaddr_nl */

	memcpy(out->bytes, name, sizeof(name));
	out->len = sizeof(name);
}

struct recv_call {
	struct socket_msg *m;
	unsigned flags;
};

static int64_t recv_locked(struct netlink_socket *n, struct recv_call *c)
{
	struct reply *r;
	int64_t done;

	if (list_empty(&n->replies))
		return -EAGAIN;
	r = LIST_ENTRY(n->replies.next, struct reply, link);
	done = uio_copy_out(c->m->data, r->bytes, r->len);
	if (done >= 0 && (size_t)done < r->len) {
		c->m->flags |= SOCKET_MSG_TRUNC;
		if (c->flags & SOCKET_MSG_TRUNC)
			done = (int64_t)r->len;
	}
	if (c->m->name)
		write_name(c->m->name, 0); /* from the kernel */
	if (c->flags & SOCKET_MSG_PEEK)
		return done;
	list_remove(&r->link);
	n->nr_replies--;
	changed_locked(n, 0);
	mem_free(r);
	return done;
}

static int64_t try_recv(struct socket *s, void *arg)
{
	struct netlink_socket *n = netlink_of(s);
	int64_t done;

	mutex_lock(&n->lock);
	done = recv_locked(n, arg);
	mutex_unlock(&n->lock);
	return done;
}

static int64_t recv(struct socket *s, struct socket_msg *m, unsigned flags)
{
	struct recv_call c = {m, flags};

	return socket_wait(s, flags & SOCKET_MSG_DONTWAIT, s->recv_timeout,
	                   try_recv, &c);
}

/* --- the rest --- */

static int bind(struct socket *s UNUSED, const struct socket_address *a)
{
	uint32_t name[3];

	if (a->len < sizeof(name) || a->family != AF_NETLINK)
		return -EINVAL;
	memcpy(name, a->bytes, sizeof(name));
	return name[2] ? -EPERM : 0; /* groups: nothing is announced */
}

static int name(struct socket *s UNUSED, bool peer, struct socket_address *out)
{
	write_name(out, peer ? 0 : OWN_PORT);
	return 0;
}

static void release(struct socket *s)
{
	struct netlink_socket *n = netlink_of(s);
	struct list *r;

	while ((r = list_pop(&n->replies)))
		mem_free(LIST_ENTRY(r, struct reply, link));
	mem_free(n);
}

static const struct socket_ops netlink_ops = {
	.bind = bind,
	.send = send,
	.recv = recv,
	.name = name,
	.release = release,
};

int netlink_new(int type, int protocol, struct socket **out)
{
	struct netlink_socket *n;

	if (type != SOCK_RAW && type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (protocol != NETLINK_ROUTE)
		return -EPROTONOSUPPORT;
	n = mem_zalloc(sizeof(*n));
	if (!n)
		return -ENOMEM;
	socket_init(&n->s, &netlink_ops, AF_NETLINK, type, protocol);
	mutex_init(&n->lock);
	list_init(&n->replies);
	n->s.ready = POLLOUT | POLLWRNORM;
	*out = &n->s;
	return 0;
}
