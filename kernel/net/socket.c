/* socket.c - what is common to all kinds of sockets. */
#include "kernel/net/socket.h"

#include "kernel/core/clock.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/net/interface.h"
#include "kernel/net/socket_private.h"
#include "kernel/net/stack.h"

enum {
	BUFFER_DEFAULT = 212992, /* net.core.wmem_default, rmem_default */
	SEND_BUFFER_MIN = 4608,  /* of Linux's socket.h */
	RECV_BUFFER_MIN = 2304,
	BUFFER_MAX = 4 * 1024 * 1024,
	BACKLOG_MAX = 4096, /* net.core.somaxconn */
};

/* --- a socket as a file --- */

static int64_t read_file(struct file *f, struct uio *to, int64_t *pos UNUSED)
{
	struct socket_msg m = {.data = to};

	return socket_recv(f, &m, 0);
}

static int64_t write_file(struct file *f, struct uio *from, int64_t *pos UNUSED)
{
	struct socket_msg m = {.data = from};

	return socket_send(f, &m, 0);
}

static unsigned poll_file(struct file *f)
{
	const struct socket *s = f->priv;
	unsigned bits = __atomic_load_n(&s->ready, __ATOMIC_ACQUIRE);

	return __atomic_load_n(&s->error, __ATOMIC_RELAXED) ? bits | POLLERR
	                                                    : bits;
}

static void release_file(struct file *f)
{
	struct socket *s = f->priv;

	s->ops->release(s);
}

static const struct file_ops socket_file_ops = {
	.read = read_file,
	.write = write_file,
	.poll = poll_file,
	.release = release_file,
	.own_locks = true,
};

bool socket_is(const struct file *f)
{
	return f->ops == &socket_file_ops;
}

struct socket *socket_of(const struct file *f)
{
	return socket_is(f) ? f->priv : NULL;
}

int socket_make_file(struct socket *s, unsigned flags, struct file **out)
{
	int rc = file_new(&socket_file_ops, s, O_RDWR | (flags & O_NONBLOCK),
	                  "socket", out);

	if (rc) {
		s->ops->release(s);
		return rc;
	}
	(*out)->waitq = &s->waitq;
	return 0;
}

void socket_init(struct socket *s, const struct socket_ops *ops, int domain,
                 int type, int protocol)
{
	s->ops = ops;
	s->domain = domain;
	s->type = type;
	s->protocol = protocol;
	s->send_buffer = s->recv_buffer = BUFFER_DEFAULT;
	s->incoming_cpu = -1;
	s->recv_least = 1;
	waitq_init(&s->waitq);
}

void socket_event(struct socket *s, uint32_t ready, uint32_t events)
{
	__atomic_store_n(&s->ready, ready, __ATOMIC_RELEASE);
	/* Who waits looks again only at news; a sender says so to itself, too.
	 */
	if (events)
		waitq_wake(&s->waitq, events);
}

int socket_take_error(struct socket *s)
{
	return -__atomic_exchange_n(&s->error, 0, __ATOMIC_ACQ_REL);
}

static uint64_t deadline_of(uint64_t timeout)
{
	uint64_t now = clock_monotonic();

	return timeout && timeout < NO_DEADLINE - now ? now + timeout
	                                              : NO_DEADLINE;
}

static int wait_result(int rc, uint64_t timeout)
{
	if (rc == -ETIMEDOUT)
		return -EAGAIN;
	return timeout ? -EINTR : -ERESTARTSYS;
}

int64_t socket_wait(struct socket *s, bool dontwait, uint64_t timeout,
                    int64_t (*attempt)(struct socket *s, void *arg), void *arg)
{
	int64_t n = attempt(s, arg);
	uint64_t deadline;
	struct wait w;
	int rc = 0;

	if (n != -EAGAIN || dontwait)
		return n;
	deadline = deadline_of(timeout);
	wait_begin(&w, &s->waitq);
	while ((n = attempt(s, arg)) == -EAGAIN && !rc)
		rc = wait_sleep(&w, deadline);
	wait_end(&w);
	return n == -EAGAIN ? wait_result(rc, timeout) : n;
}

/* --- making and naming --- */

static int make(int domain, int type, int protocol, struct socket **out)
{
	enum { ICMP = 1, TCP = 6, UDP = 17, ICMP6 = 58 };

	switch (domain) {
	case AF_INET:
	case AF_INET6:
		if (type == SOCK_STREAM && (!protocol || protocol == TCP))
			return inet_tcp_new(domain, out);
		if (type == SOCK_DGRAM && (!protocol || protocol == UDP))
			return inet_udp_new(domain, out);
		if (type == SOCK_DGRAM &&
		    protocol == (domain == AF_INET ? ICMP : ICMP6))
			return inet_ping_new(domain, out);
		if (type == SOCK_RAW)
			return -EPERM; /* as without CAP_NET_RAW */
		return type == SOCK_STREAM || type == SOCK_DGRAM
		               ? -EPROTONOSUPPORT
		               : -ESOCKTNOSUPPORT;
	case AF_UNIX:
		return protocol && protocol != AF_UNIX ? -EPROTONOSUPPORT
		                                       : unix_new(type, out);
	case AF_NETLINK:
		return netlink_new(type, protocol, out);
	default:
		return -EAFNOSUPPORT;
	}
}

int socket_new(int domain, int type, int protocol, unsigned flags,
               struct file **out)
{
	struct socket *s;
	int rc = make(domain, type, protocol, &s);

	return rc ? rc : socket_make_file(s, flags, out);
}

int socket_pair(int domain, int type, int protocol, unsigned flags,
                struct file *out[2])
{
	struct socket *s[2];
	int rc;

	if (domain != AF_UNIX)
		return domain == AF_INET || domain == AF_INET6 ? -EOPNOTSUPP
		                                               : -EAFNOSUPPORT;
	if (protocol && protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	rc = unix_new_pair(type, s);
	if (rc)
		return rc;
	rc = socket_make_file(s[0], flags, &out[0]);
	if (rc) {
		s[1]->ops->release(s[1]);
		return rc;
	}
	rc = socket_make_file(s[1], flags, &out[1]);
	if (rc)
		file_put(out[0]);
	return rc;
}

static bool is_nonblocking(const struct file *f)
{
	return f->flags & O_NONBLOCK;
}

int socket_bind(struct file *f, const struct socket_address *a)
{
	struct socket *s = socket_of(f);

	if (!s)
		return -ENOTSOCK;
	return s->ops->bind ? s->ops->bind(s, a) : -EOPNOTSUPP;
}

int socket_listen(struct file *f, int backlog)
{
	struct socket *s = socket_of(f);

	if (!s)
		return -ENOTSOCK;
	if (!s->ops->listen)
		return -EOPNOTSUPP;
	/* Negative means "as many as may be" to Linux. */
	if (backlog < 0 || backlog > BACKLOG_MAX)
		backlog = BACKLOG_MAX;
	return s->ops->listen(s, (unsigned)backlog);
}

int socket_accept(struct file *f, unsigned flags, struct file **out,
                  struct socket_address *from)
{
	struct socket *s = socket_of(f), *child;
	int rc;

	if (!s)
		return -ENOTSOCK;
	if (!s->ops->accept)
		return -EOPNOTSUPP;
	rc = s->ops->accept(s, is_nonblocking(f), &child);
	if (!rc && from && child->ops->name(child, true, from))
		from->len = 0;
	return rc ? rc : socket_make_file(child, flags, out);
}

int socket_connect(struct file *f, const struct socket_address *a)
{
	struct socket *s = socket_of(f);

	if (!s)
		return -ENOTSOCK;
	if (a->len < sizeof(a->family))
		return -EINVAL;
	return s->ops->connect ? s->ops->connect(s, a, is_nonblocking(f))
	                       : -EOPNOTSUPP;
}

int64_t socket_send_pages(struct file *f, struct socket_pages *p)
{
	struct socket *s = socket_of(f);

	if (!s || !s->ops->send_pages)
		return -EOPNOTSUPP;
	return s->ops->send_pages(s, p, is_nonblocking(f));
}

int socket_shutdown(struct file *f, int how)
{
	struct socket *s = socket_of(f);

	if (!s)
		return -ENOTSOCK;
	if (how < 0 || how > 2)
		return -EINVAL;
	if (!s->ops->shutdown)
		return -EOPNOTSUPP;
	return s->ops->shutdown(s, how != 1, how != 0);
}

static int name_of(struct file *f, bool peer, struct socket_address *out)
{
	struct socket *s = socket_of(f);

	return s ? s->ops->name(s, peer, out) : -ENOTSOCK;
}

int socket_name(struct file *f, struct socket_address *out)
{
	return name_of(f, false, out);
}

int socket_peer(struct file *f, struct socket_address *out)
{
	return name_of(f, true, out);
}

/* --- moving data --- */

int64_t socket_send(struct file *f, const struct socket_msg *m, unsigned flags)
{
	struct socket *s = socket_of(f);

	if (!s)
		return -ENOTSOCK;
	if (flags & SOCKET_MSG_OOB || !s->ops->send)
		return -EOPNOTSUPP;
	if (is_nonblocking(f))
		flags |= SOCKET_MSG_DONTWAIT;
	return s->ops->send(s, m, flags);
}

int64_t socket_recv(struct file *f, struct socket_msg *m, unsigned flags)
{
	struct socket *s = socket_of(f);

	if (!s)
		return -ENOTSOCK;
	if (flags & SOCKET_MSG_OOB) /* no urgent data was sent: tcp(7) */
		return -EINVAL;
	if (is_nonblocking(f))
		flags |= SOCKET_MSG_DONTWAIT;
	if (m->name)
		m->name->len = 0;
	m->nr_files = 0;
	m->nr_control = 0;
	m->flags = 0;
	m->want_credentials = s->domain == AF_UNIX && s->pass_credentials;
	return s->ops->recv(s, m, flags);
}

/* --- options of all sockets --- */

enum {
	SOL_SOCKET = 1,

	SO_DEBUG = 1,
	SO_REUSEADDR = 2,
	SO_TYPE = 3,
	SO_ERROR = 4,
	SO_DONTROUTE = 5,
	SO_BROADCAST = 6,
	SO_SNDBUF = 7,
	SO_RCVBUF = 8,
	SO_KEEPALIVE = 9,
	SO_OOBINLINE = 10,
	SO_NO_CHECK = 11,
	SO_PRIORITY = 12,
	SO_LINGER = 13,
	SO_BSDCOMPAT = 14,
	SO_REUSEPORT = 15,
	SO_PASSCRED = 16,
	SO_PEERCRED = 17,
	SO_RCVLOWAT = 18,
	SO_SNDLOWAT = 19,
	SO_RCVTIMEO = 20,
	SO_SNDTIMEO = 21,
	SO_BINDTODEVICE = 25,
	SO_PEERNAME = 28,
	SO_TIMESTAMP = 29,
	SO_ACCEPTCONN = 30,
	SO_SNDBUFFORCE = 32,
	SO_RCVBUFFORCE = 33,
	SO_TIMESTAMPNS = 35,
	SO_MARK = 36,
	SO_PROTOCOL = 38,
	SO_DOMAIN = 39,
	SO_RXQ_OVFL = 40,
	SO_BUSY_POLL = 46,
	SO_INCOMING_CPU = 49,
	SO_INCOMING_NAPI_ID = 56,
	SO_COOKIE = 57,
	SO_BINDTOIFINDEX = 62,

	DEVICE_NAME_MAX = 16, /* IFNAMSIZ */
};

void socket_add_control(struct socket_msg *m, int level, int type,
                        const void *data, size_t len)
{
	struct socket_control *c = &m->control[m->nr_control];

	if (m->nr_control == SOCKET_CONTROL_MAX || len > sizeof(c->bytes))
		return;
	*c = (struct socket_control){level, type, (uint32_t)len, {{0}}};
	memcpy(c->bytes, data, len);
	m->nr_control++;
}

int socket_option_int(void *value, size_t *len, int v)
{
	size_t n = *len < sizeof(v) ? *len : sizeof(v);

	memcpy(value, &v, n);
	*len = n;
	return 0;
}

static bool read_int(const void *value, size_t len, int *out)
{
	if (len < sizeof(*out))
		return false;
	memcpy(out, value, sizeof(*out));
	return true;
}

/* Linux doubles what was asked for, and shows that. */
static uint32_t buffer_size(int v, uint32_t least)
{
	if (v < 0 || v > BUFFER_MAX / 2)
		v = BUFFER_MAX / 2;
	return (uint32_t)v * 2 < least ? least : (uint32_t)v * 2;
}

static int set_timeout(uint64_t *out, const void *value, size_t len)
{
	struct {
		int64_t s, us;
	} t;

	if (len < sizeof(t))
		return -EINVAL;
	memcpy(&t, value, sizeof(t));
	if (t.us < 0 || t.us >= 1000000)
		return -EDOM;
	if (t.s < 0 || t.s > (int64_t)(UINT32_MAX))
		*out = t.s < 0 ? 1 : 0; /* at once; never */
	else
		*out = (uint64_t)t.s * NS_PER_SEC + (uint64_t)t.us * NS_PER_US;
	return 0;
}

static int get_timeout(void *value, size_t *len, uint64_t ns)
{
	int64_t t[2] = {(int64_t)(ns / NS_PER_SEC),
	                (int64_t)(ns % NS_PER_SEC / NS_PER_US)};

	if (*len > sizeof(t))
		*len = sizeof(t);
	memcpy(value, t, *len);
	return 0;
}

static int set_linger(struct socket *s, const void *value, size_t len)
{
	struct {
		int32_t on, seconds;
	} l;

	if (len < sizeof(l))
		return -EINVAL;
	memcpy(&l, value, sizeof(l));
	s->linger = l.on;
	s->linger_s = l.seconds < 0 ? UINT32_MAX : (uint32_t)l.seconds;
	return 0;
}

/* By its name, or where that is NULL by its index. */
static int find_device(const char *name, int index, struct interface_info *out)
{
	bool found = false;

	stack_lock();
	for (unsigned n = 0; !found && interface_info_locked(n, out); n++)
		found = name ? !strcmp(out->name, name)
		             : out->index == (unsigned)index;
	stack_unlock();
	return found ? 0 : -ENODEV;
}

static int bind_to_device(struct socket *s, const char *name, int index)
{
	struct interface_info i = {.index = 0};
	int rc = 0;

	if (name ? *name : index)
		rc = find_device(name, index, &i);
	if (!rc)
		s->device = (uint8_t)i.index;
	return rc;
}

static int set_device(struct socket *s, const void *value, size_t len)
{
	char name[DEVICE_NAME_MAX] = "";

	memcpy(name, value, len < sizeof(name) ? len : sizeof(name) - 1);
	return bind_to_device(s, name, 0);
}

static int get_device(const struct socket *s, void *value, size_t *len)
{
	struct interface_info i;
	size_t n;

	if (!s->device) {
		*len = 0;
		return 0;
	}
	if (*len < DEVICE_NAME_MAX)
		return -EINVAL;
	if (find_device(NULL, s->device, &i))
		return -ENODEV;
	n = strlen(i.name) + 1;
	memcpy(value, i.name, n);
	*len = n;
	return 0;
}

/* What is kept as it was set, for whoever needs or asks for it. */
static const struct kept {
	int name;
	size_t at;   /* in struct socket */
	bool number; /* an int; else on or off */
} kept[] = {
	{SO_DEBUG, offsetof(struct socket, debug), false},
	{SO_REUSEADDR, offsetof(struct socket, reuse_address), false},
	{SO_DONTROUTE, offsetof(struct socket, dont_route), false},
	{SO_BROADCAST, offsetof(struct socket, broadcast), false},
	{SO_KEEPALIVE, offsetof(struct socket, keep_alive), false},
	{SO_OOBINLINE, offsetof(struct socket, oob_inline), false},
	{SO_NO_CHECK, offsetof(struct socket, no_check), false},
	{SO_PRIORITY, offsetof(struct socket, priority), true},
	{SO_REUSEPORT, offsetof(struct socket, reuse_port), false},
	{SO_PASSCRED, offsetof(struct socket, pass_credentials), false},
	{SO_MARK, offsetof(struct socket, mark), true},
	{SO_RXQ_OVFL, offsetof(struct socket, tell_dropped), false},
	{SO_INCOMING_CPU, offsetof(struct socket, incoming_cpu), true},
};

static const struct kept *find_kept(int name)
{
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (kept[i].name == name)
			return &kept[i];
	return NULL;
}

static int set_kept(struct socket *s, const struct kept *k, int v)
{
	char *at = (char *)s + k->at;

	if (k->number)
		memcpy(at, &v, sizeof(v));
	else
		*(bool *)at = v;
	return 0;
}

static int get_kept(const struct socket *s, const struct kept *k)
{
	const char *at = (const char *)s + k->at;
	int v;

	if (!k->number)
		return *(const bool *)at;
	memcpy(&v, at, sizeof(v));
	return v;
}

static int set_common(struct socket *s, int name, const void *value, size_t len)
{
	const struct kept *k = find_kept(name);
	int v;

	switch (name) {
	case SO_RCVTIMEO:
		return set_timeout(&s->recv_timeout, value, len);
	case SO_SNDTIMEO:
		return set_timeout(&s->send_timeout, value, len);
	case SO_LINGER:
		return set_linger(s, value, len);
	case SO_BINDTODEVICE:
		return set_device(s, value, len);
	default:
		break;
	}
	if (!read_int(value, len, &v))
		return -EINVAL;
	if (k)
		return set_kept(s, k, v);
	switch (name) {
	case SO_TIMESTAMP:
		s->timestamp = v ? TIMESTAMP_US : TIMESTAMP_NONE;
		return 0;
	case SO_TIMESTAMPNS:
		s->timestamp = v ? TIMESTAMP_NS : TIMESTAMP_NONE;
		return 0;
	case SO_SNDBUF:
	case SO_SNDBUFFORCE:
		s->send_buffer = buffer_size(v, SEND_BUFFER_MIN);
		s->send_buffer_set = true;
		return 0;
	case SO_RCVBUF:
	case SO_RCVBUFFORCE:
		s->recv_buffer = buffer_size(v, RECV_BUFFER_MIN);
		s->recv_buffer_set = true;
		return 0;
	case SO_BINDTOIFINDEX:
		return v < 0 ? -EINVAL : bind_to_device(s, NULL, v);
	case SO_BUSY_POLL:
		if (v < 0)
			return -EINVAL;
		s->busy_poll = v;
		return 0;
	case SO_RCVLOWAT:
		s->recv_least = v < 0 ? INT32_MAX : v ? (size_t)v : 1;
		return 0;
	case SO_BSDCOMPAT: /* Linux says yes, and does nothing */
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

/* UNIX sockets have none of their own; of netlink's there are none here. */
static int no_options(const struct socket *s)
{
	return s->domain == AF_UNIX ? -EOPNOTSUPP : -ENOPROTOOPT;
}

int socket_set_option(struct file *f, int level, int name, const void *value,
                      size_t len)
{
	struct socket *s = socket_of(f);
	int rc;

	if (!s)
		return -ENOTSOCK;
	if (level != SOL_SOCKET)
		return s->ops->set_option
		               ? s->ops->set_option(s, level, name, value, len)
		               : no_options(s);
	rc = set_common(s, name, value, len);
	if (!rc && s->ops->options_changed)
		s->ops->options_changed(s);
	return rc;
}

static int get_bytes(void *value, size_t *len, const void *from, size_t n)
{
	if (*len > n)
		*len = n;
	memcpy(value, from, *len);
	return 0;
}

static int get_linger(const struct socket *s, void *value, size_t *len)
{
	int32_t l[2] = {s->linger, (int32_t)s->linger_s};

	return get_bytes(value, len, l, sizeof(l));
}

/* Who is at the other end of a UNIX socket: the only process there is. */
static int get_credentials(struct socket *s, void *value, size_t *len)
{
	static const int32_t us[3] = {1, 0, 0}, nobody[3] = {0, -1, -1};
	struct socket_address peer;
	bool known = s->domain == AF_UNIX && s->type != SOCK_DGRAM &&
	             (s->accepting || !s->ops->name(s, true, &peer));

	return get_bytes(value, len, known ? us : nobody, sizeof(us));
}

static int get_peer(struct socket *s, void *value, size_t *len)
{
	struct socket_address peer;
	int rc = s->ops->name(s, true, &peer);

	if (rc)
		return rc;
	return *len > peer.len ? -EINVAL
	                       : get_bytes(value, len, peer.bytes, peer.len);
}

/* A number is given to who is asked for it. */
static int get_cookie(struct socket *s, void *value, size_t *len)
{
	static uint64_t last; /* atomic */
	uint64_t none = 0, mine = __atomic_load_n(&s->cookie, __ATOMIC_ACQUIRE);

	if (*len < sizeof(mine))
		return -EINVAL;
	if (!mine) {
		mine = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
		if (!__atomic_compare_exchange_n(&s->cookie, &none, mine, false,
		                                 __ATOMIC_ACQ_REL,
		                                 __ATOMIC_ACQUIRE))
			mine = none; /* somebody else's, who was faster */
	}
	return get_bytes(value, len, &mine, sizeof(mine));
}

static int get_common(struct socket *s, int name, void *value, size_t *len)
{
	const struct kept *k = find_kept(name);
	int v;

	switch (name) {
	case SO_RCVTIMEO:
		return get_timeout(value, len, s->recv_timeout);
	case SO_SNDTIMEO:
		return get_timeout(value, len, s->send_timeout);
	case SO_LINGER:
		return get_linger(s, value, len);
	case SO_PEERCRED:
		return get_credentials(s, value, len);
	case SO_PEERNAME:
		return get_peer(s, value, len);
	case SO_COOKIE:
		return get_cookie(s, value, len);
	case SO_BINDTODEVICE:
		return get_device(s, value, len);
	case SO_TYPE:
		v = s->type;
		break;
	case SO_DOMAIN:
		v = s->domain;
		break;
	case SO_PROTOCOL:
		v = s->protocol;
		break;
	case SO_ACCEPTCONN:
		v = s->accepting;
		break;
	case SO_ERROR:
		v = -socket_take_error(s);
		break;
	case SO_TIMESTAMP:
		v = s->timestamp == TIMESTAMP_US;
		break;
	case SO_TIMESTAMPNS:
		v = s->timestamp == TIMESTAMP_NS;
		break;
	case SO_SNDBUF:
		v = (int)s->send_buffer;
		break;
	case SO_RCVBUF:
		v = (int)s->recv_buffer;
		break;
	case SO_RCVLOWAT:
		v = (int)s->recv_least;
		break;
	case SO_SNDLOWAT:
		v = 1;
		break;
	case SO_BINDTOIFINDEX:
		v = s->device;
		break;
	case SO_BUSY_POLL:
		v = s->busy_poll;
		break;
	case SO_BSDCOMPAT:
	case SO_INCOMING_NAPI_ID:
		v = 0;
		break;
	default:
		if (!k)
			return -ENOPROTOOPT;
		v = get_kept(s, k);
		break;
	}
	return socket_option_int(value, len, v);
}

int socket_get_option(struct file *f, int level, int name, void *value,
                      size_t *len)
{
	struct socket *s = socket_of(f);

	if (!s)
		return -ENOTSOCK;
	if (level == SOL_SOCKET)
		return get_common(s, name, value, len);
	return s->ops->get_option
	               ? s->ops->get_option(s, level, name, value, len)
	               : no_options(s);
}
