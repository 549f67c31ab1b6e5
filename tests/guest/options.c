/*
 * options.c - options of sockets: what each kind says to each of them, and what
 * they do. A row of the table is set to some values and read after each.
 *
 * What is not in the table is not there: SO_TIMESTAMPING, SO_TXTIME,
 * SO_ZEROCOPY, SO_PEEK_OFF, SO_MAX_PACING_RATE, filters (BPF), IP_OPTIONS and
 * extension headers of IPv6, IP_TRANSPARENT, IP_MINTTL, TCP_FASTOPEN,
 * TCP_MD5SIG, TCP_REPAIR, TCP_ULP, TCP_NOTSENT_LOWAT, TCP_WINDOW_CLAMP,
 * UDP_CORK, UDP_SEGMENT, UDP_GRO: ENOPROTOOPT.
 *
 * run:
 */
#include <arpa/inet.h>
#include <linux/in6.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include "tests/guest/check.h"

enum {
	UDP4 = 1,
	UDP6 = 2,
	TCP4 = 4,
	TCP6 = 8,
	STREAM = 16,
	DGRAM = 32,
	INET = UDP4 | UDP6 | TCP4 | TCP6,
	INET6 = UDP6 | TCP6,
	TCP = TCP4 | TCP6,
	UDP = UDP4 | UDP6,
	ALL = INET | STREAM | DGRAM,
};

static const struct {
	const char *name;
	int domain, type;
} kinds[] = {
	{"UDP", AF_INET, SOCK_DGRAM},     {"UDP/6", AF_INET6, SOCK_DGRAM},
	{"TCP", AF_INET, SOCK_STREAM},    {"TCP/6", AF_INET6, SOCK_STREAM},
	{"stream", AF_UNIX, SOCK_STREAM}, {"dgram", AF_UNIX, SOCK_DGRAM},
};

/* What Linux has and C's headers may not. */
enum { NO_SUCH_OPTION = 500, ORIGINAL4 = 20, ORIGINAL6 = 74, FREEBIND6 = 78 };

#define ROW(level, name, on)                                                   \
	{                                                                      \
#name, level, name, on                                         \
	}

static const struct row {
	const char *text;
	int level, name, on;
} rows[] = {
	ROW(SOL_SOCKET, SO_DEBUG, ALL),
	ROW(SOL_SOCKET, SO_REUSEADDR, ALL),
	ROW(SOL_SOCKET, SO_TYPE, ALL),
	ROW(SOL_SOCKET, SO_ERROR, ALL),
	ROW(SOL_SOCKET, SO_DONTROUTE, ALL),
	ROW(SOL_SOCKET, SO_BROADCAST, ALL),
	ROW(SOL_SOCKET, SO_KEEPALIVE, ALL),
	ROW(SOL_SOCKET, SO_OOBINLINE, ALL),
	ROW(SOL_SOCKET, SO_NO_CHECK, ALL),
	ROW(SOL_SOCKET, SO_PRIORITY, ALL),
	ROW(SOL_SOCKET, SO_LINGER, ALL),
	ROW(SOL_SOCKET, SO_BSDCOMPAT, ALL),
	ROW(SOL_SOCKET, SO_REUSEPORT, INET),
	ROW(SOL_SOCKET, SO_PEERCRED, ALL),
	ROW(SOL_SOCKET, SO_RCVTIMEO, ALL),
	ROW(SOL_SOCKET, SO_SNDTIMEO, ALL),
	ROW(SOL_SOCKET, SO_SNDLOWAT, ALL),
	ROW(SOL_SOCKET, SO_PEERNAME, ALL),
	ROW(SOL_SOCKET, SO_TIMESTAMP, ALL),
	ROW(SOL_SOCKET, SO_ACCEPTCONN, ALL),
	ROW(SOL_SOCKET, SO_TIMESTAMPNS, ALL),
	ROW(SOL_SOCKET, SO_MARK, ALL),
	ROW(SOL_SOCKET, SO_PROTOCOL, ALL),
	ROW(SOL_SOCKET, SO_DOMAIN, ALL),
	ROW(SOL_SOCKET, SO_RXQ_OVFL, ALL),
	ROW(SOL_SOCKET, SO_INCOMING_CPU, ALL),
	ROW(SOL_SOCKET, SO_INCOMING_NAPI_ID, ALL),
	ROW(SOL_SOCKET, NO_SUCH_OPTION, ALL),
	ROW(IPPROTO_IP, IP_TOS, INET),
	ROW(IPPROTO_IP, IP_TTL, INET),
	ROW(IPPROTO_IP, IP_PKTINFO, INET),
	ROW(IPPROTO_IP, IP_MTU_DISCOVER, INET),
	ROW(IPPROTO_IP, IP_RECVERR, INET),
	ROW(IPPROTO_IP, IP_RECVTTL, INET),
	ROW(IPPROTO_IP, IP_RECVTOS, INET),
	ROW(IPPROTO_IP, IP_FREEBIND, INET),
	ROW(IPPROTO_IP, ORIGINAL4, INET),
	ROW(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, INET),
	ROW(IPPROTO_IP, IP_MULTICAST_IF, UDP),
	ROW(IPPROTO_IP, IP_MULTICAST_TTL, UDP),
	ROW(IPPROTO_IP, IP_MULTICAST_LOOP, UDP),
	ROW(IPPROTO_IP, IP_MULTICAST_ALL, INET),
	ROW(IPPROTO_IP, NO_SUCH_OPTION, ALL),
	ROW(IPPROTO_IPV6, IPV6_UNICAST_HOPS, INET6),
	ROW(IPPROTO_IPV6, IPV6_MULTICAST_IF, UDP6),
	ROW(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, UDP6),
	ROW(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, UDP6),
	ROW(IPPROTO_IPV6, IPV6_MTU_DISCOVER, INET6),
	ROW(IPPROTO_IPV6, IPV6_MTU, INET6),
	ROW(IPPROTO_IPV6, IPV6_RECVERR, INET6),
	ROW(IPPROTO_IPV6, IPV6_V6ONLY, INET6),
	ROW(IPPROTO_IPV6, IPV6_MULTICAST_ALL, INET6),
	ROW(IPPROTO_IPV6, IPV6_RECVPKTINFO, INET6),
	ROW(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, INET6),
	ROW(IPPROTO_IPV6, IPV6_DONTFRAG, INET6),
	ROW(IPPROTO_IPV6, IPV6_RECVTCLASS, INET6),
	ROW(IPPROTO_IPV6, IPV6_TCLASS, INET6),
	ROW(IPPROTO_IPV6, ORIGINAL6, INET6),
	ROW(IPPROTO_IPV6, FREEBIND6, INET6),
	ROW(IPPROTO_IPV6, NO_SUCH_OPTION, ALL),
	ROW(IPPROTO_TCP, TCP_NODELAY, TCP),
	ROW(IPPROTO_TCP, TCP_MAXSEG, TCP),
	ROW(IPPROTO_TCP, TCP_CORK, TCP),
	ROW(IPPROTO_TCP, TCP_KEEPIDLE, TCP),
	ROW(IPPROTO_TCP, TCP_KEEPINTVL, TCP),
	ROW(IPPROTO_TCP, TCP_KEEPCNT, TCP),
	ROW(IPPROTO_TCP, TCP_SYNCNT, TCP),
	ROW(IPPROTO_TCP, TCP_LINGER2, TCP),
	ROW(IPPROTO_TCP, TCP_DEFER_ACCEPT, TCP),
	ROW(IPPROTO_TCP, TCP_USER_TIMEOUT, TCP),
	ROW(IPPROTO_TCP, NO_SUCH_OPTION, ALL),
	ROW(IPPROTO_UDP, NO_SUCH_OPTION, ALL & ~UDP),
};

/* --- the table --- */

static const char *name_of(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{EINVAL, "EINVAL"},
		{ENOPROTOOPT, "ENOPROTOOPT"},
		{EOPNOTSUPP, "EOPNOTSUPP"},
		{ENOTCONN, "ENOTCONN"},
		{EDOM, "EDOM"},
		{ENODEV, "ENODEV"},
		{EADDRNOTAVAIL, "EADDRNOTAVAIL"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].error == error)
			return names[i].name;
	return "another error";
}

static void say_value(int fd, const struct row *r)
{
	unsigned char bytes[64] = {0};
	socklen_t n = sizeof(bytes);

	if (getsockopt(fd, r->level, r->name, bytes, &n)) {
		printf(" (%s)", name_of(errno));
		return;
	}
	printf(" %u:", (unsigned)n);
	while (n && !bytes[n - 1])
		n--; /* shorter lines */
	for (unsigned i = 0; i < n; i++)
		printf("%02x", bytes[i]);
}

static void try_value(int fd, const struct row *r, const char *text,
                      const void *value, unsigned len)
{
	int rc = setsockopt(fd, r->level, r->name, value, len);

	printf("; %s%s%s", text, rc ? " " : "", rc ? name_of(errno) : "");
	say_value(fd, r);
}

static void try_row(const struct row *r, unsigned kind)
{
	int fd = socket(kinds[kind].domain, kinds[kind].type, 0);
	int one = 1, many = 100, below = -1, zero = 0;
	unsigned char byte = 1;

	printf("%s %s:", kinds[kind].name, r->text);
	say_value(fd, r);
	try_value(fd, r, "1", &one, sizeof(one));
	try_value(fd, r, "100", &many, sizeof(many));
	try_value(fd, r, "-1", &below, sizeof(below));
	try_value(fd, r, "0", &zero, sizeof(zero));
	try_value(fd, r, "byte", &byte, sizeof(byte));
	try_value(fd, r, "none", &one, 0);
	printf("\n");
	close(fd);
}

static void table(void)
{
	begin("the table");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned k = 0; k < 6; k++)
			if (rows[i].on & 1 << k)
				try_row(&rows[i], k);
	fflush(stdout);
}

/* --- what they do --- */

static int set(int fd, int level, int name, int v)
{
	return setsockopt(fd, level, name, &v, sizeof(v));
}

static int get(int fd, int level, int name)
{
	int v = -77;
	socklen_t n = sizeof(v);

	return getsockopt(fd, level, name, &v, &n) ? -1 : v;
}

static int bound(int type, struct sockaddr_in *at)
{
	socklen_t n = sizeof(*at);
	int fd = socket(AF_INET, type, 0);

	*at = (struct sockaddr_in){.sin_family = AF_INET,
	                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	MUST(!bind(fd, (struct sockaddr *)at, sizeof(*at)));
	MUST(!getsockname(fd, (struct sockaddr *)at, &n));
	return fd;
}

/* The first control message of what comes next; NULL: there is none. */
static const struct cmsghdr *told(int fd, char *room, size_t size)
{
	static char byte;
	struct iovec io = {&byte, 1};
	struct msghdr m = {.msg_iov = &io,
	                   .msg_iovlen = 1,
	                   .msg_control = room,
	                   .msg_controllen = size};

	return recvmsg(fd, &m, 0) == 1 ? CMSG_FIRSTHDR(&m) : NULL;
}

static void dropped(void)
{
	char room[256] __attribute__((aligned(8))), c;
	const struct cmsghdr *h;
	struct sockaddr_in to;
	int fd = bound(SOCK_DGRAM, &to);
	uint32_t n = 0;

	begin("datagrams that found no room");
	CHECK_EQ(set(fd, SOL_SOCKET, SO_RCVBUF, 1), 0);
	CHECK_EQ(set(fd, SOL_SOCKET, SO_RXQ_OVFL, 1), 0);
	for (int i = 0; i < 1000; i++)
		(void)!sendto(fd, "x", 1, 0, (struct sockaddr *)&to,
		              sizeof(to));
	while (recv(fd, &c, 1, MSG_DONTWAIT) == 1)
		;
	CHECK_EQ(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	h = told(fd, room, sizeof(room));
	MUST(h != NULL);
	CHECK_EQ(h->cmsg_level, SOL_SOCKET);
	CHECK_EQ(h->cmsg_type, SO_RXQ_OVFL);
	memcpy(&n, CMSG_DATA(h), sizeof(n));
	CHECK(n > 0 && n < 1000);
	close(fd);
}

static void original(void)
{
	char room[256] __attribute__((aligned(8)));
	const struct cmsghdr *h;
	struct sockaddr_in to;
	int fd = bound(SOCK_DGRAM, &to);

	begin("where a datagram was sent to");
	CHECK_EQ(set(fd, IPPROTO_IP, ORIGINAL4, 1), 0);
	CHECK_EQ(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	h = told(fd, room, sizeof(room));
	MUST(h != NULL);
	CHECK_EQ(h->cmsg_level, IPPROTO_IP);
	CHECK_EQ(h->cmsg_type, ORIGINAL4);
	CHECK_EQ(h->cmsg_len, CMSG_LEN(sizeof(to)));
	CHECK_EQ(memcmp(CMSG_DATA(h), &to, sizeof(to)), 0);
	close(fd);
}

static void foreign(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_addr.s_addr = htonl(0xc0000201)};
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM};

	begin("addresses that are not ours");
	for (int i = 0; i < 2; i++) {
		int fd = socket(AF_INET, types[i], 0);

		CHECK_ERR(bind(fd, (struct sockaddr *)&a, sizeof(a)),
		          EADDRNOTAVAIL);
		CHECK_EQ(set(fd, IPPROTO_IP, IP_FREEBIND, 1), 0);
		CHECK_EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
		close(fd);
	}
}

static void units(void)
{
	struct sockaddr_in to;
	int fd = bound(SOCK_DGRAM, &to);

	begin("what goes in one piece");
	CHECK_ERR(get(fd, IPPROTO_IP, IP_MTU), ENOTCONN);
	CHECK_EQ(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	CHECK_EQ(get(fd, IPPROTO_IP, IP_MTU), 65535);
	close(fd);
}

/* What is not to be cut is refused above what the socket says. */
static void own_units(void)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6,
	                          .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	socklen_t n = sizeof(to);
	char room[1400] = "";

	begin("what the socket sends in one piece");
	MUST(!bind(fd, (struct sockaddr *)&to, sizeof(to)));
	MUST(!getsockname(fd, (struct sockaddr *)&to, &n));
	CHECK_EQ(set(fd, IPPROTO_IPV6, IPV6_MTU, 1280), 0);
	CHECK_EQ(sendto(fd, room, 1400, 0, (struct sockaddr *)&to, n), 1400);
	CHECK_EQ(recv(fd, room, 1400, 0), 1400);
	CHECK_EQ(set(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1), 0);
	CHECK_EQ(sendto(fd, room, 1232, 0, (struct sockaddr *)&to, n), 1232);
	CHECK_EQ(recv(fd, room, 1400, 0), 1232);
	CHECK_ERR(sendto(fd, room, 1233, 0, (struct sockaddr *)&to, n),
	          EMSGSIZE);
	CHECK_EQ(set(fd, IPPROTO_IPV6, IPV6_MTU, 0), 0);
	CHECK_EQ(sendto(fd, room, 1233, 0, (struct sockaddr *)&to, n), 1233);
	CHECK_EQ(recv(fd, room, 1400, 0), 1233);
	close(fd);
}

/* --- connections --- */

static void connected(int pair[2])
{
	struct sockaddr_in at;
	int l = bound(SOCK_STREAM, &at);

	MUST(!listen(l, 1));
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	MUST(!connect(pair[0], (struct sockaddr *)&at, sizeof(at)));
	pair[1] = accept(l, NULL, NULL);
	MUST(pair[1] >= 0);
	close(l);
}

static int polled(int fd, int ms)
{
	struct pollfd p = {fd, POLLIN, 0};

	return poll(&p, 1, ms);
}

static void *write_later(void *arg)
{
	usleep(20000);
	return (void *)write(*(int *)arg, "c", 1);
}

static void little(void)
{
	void *written = NULL;
	char room[8];
	pthread_t t;
	int pair[2];

	begin("too little to read");
	connected(pair);
	CHECK_EQ(set(pair[1], SOL_SOCKET, SO_RCVLOWAT, 3), 0);
	CHECK_EQ(get(pair[1], SOL_SOCKET, SO_RCVLOWAT), 3);
	CHECK_EQ(write(pair[0], "ab", 2), 2);
	CHECK_EQ(recv(pair[1], room, sizeof(room), MSG_PEEK | MSG_DONTWAIT), 2);
	CHECK_EQ(polled(pair[1], 0), 0);
	CHECK_EQ(pthread_create(&t, NULL, write_later, &pair[0]), 0);
	CHECK_EQ(polled(pair[1], 10000), 1);
	pthread_join(t, &written);
	CHECK_EQ((long)written, 1);
	CHECK_EQ(read(pair[1], room, 1), 1);
	CHECK_EQ(polled(pair[1], 0), 0);
	CHECK_EQ(recv(pair[1], room, sizeof(room), MSG_DONTWAIT), 2);
	CHECK_EQ(write(pair[0], "a", 1), 1);
	CHECK_EQ(close(pair[0]), 0);
	CHECK_EQ(polled(pair[1], 10000), 1);
	CHECK_EQ(read(pair[1], room, sizeof(room)), 1);
	CHECK_EQ(read(pair[1], room, sizeof(room)), 0);
	close(pair[1]);
}

static void errors(void)
{
	char room[8];
	int pair[2];

	begin("TCP's queue of errors");
	connected(pair);
	CHECK_EQ(write(pair[0], "a", 1), 1);
	CHECK_EQ(polled(pair[1], 10000), 1);
	CHECK_ERR(recv(pair[1], room, 8, MSG_ERRQUEUE), EAGAIN);
	CHECK_EQ(set(pair[1], IPPROTO_IP, IP_RECVERR, 1), 0);
	CHECK_ERR(recv(pair[1], room, 8, MSG_ERRQUEUE), EAGAIN);
	CHECK_EQ(read(pair[1], room, 8), 1);
	CHECK_ERR(recv(pair[1], room, 8, MSG_ERRQUEUE), EAGAIN);
	close(pair[0]);
	close(pair[1]);
}

static void peers(void)
{
	struct sockaddr_in a = {0}, b = {0};
	socklen_t n = sizeof(a), k = sizeof(b);
	int pair[2];

	begin("the other end");
	connected(pair);
	CHECK_EQ(getsockopt(pair[0], SOL_SOCKET, SO_PEERNAME, &a, &n), 0);
	CHECK_EQ(getpeername(pair[0], (struct sockaddr *)&b, &k), 0);
	CHECK_EQ(n, k);
	CHECK_EQ(memcmp(&a, &b, sizeof(a)), 0);
	CHECK_EQ(get(pair[0], IPPROTO_IP, IP_MTU), 65535);
	close(pair[0]);
	close(pair[1]);
}

static uint64_t cookie(int fd)
{
	uint64_t v = 0;
	socklen_t n = sizeof(v);

	CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &v, &n), 0);
	return v;
}

static void cookies(void)
{
	int one = socket(AF_INET, SOCK_DGRAM, 0);
	int other = socket(AF_UNIX, SOCK_DGRAM, 0);
	socklen_t n = 4;
	uint64_t v = cookie(one);

	begin("numbers that no other has");
	CHECK(v && v == cookie(one));
	CHECK(v != cookie(other));
	CHECK_ERR(getsockopt(one, SOL_SOCKET, SO_COOKIE, &v, &n), EINVAL);
	close(one);
	close(other);
}

/* --- groups that others have joined --- */

static void groups(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET}, to;
	struct ip_mreqn m = {.imr_multiaddr.s_addr = htonl(0xe9010203),
	                     .imr_ifindex = 1};
	socklen_t n = sizeof(at);
	int member = socket(AF_INET, SOCK_DGRAM, 0), fd, sender;
	char c;

	begin("groups that others have joined");
	MUST(!bind(member, (struct sockaddr *)&at, sizeof(at)));
	MUST(!getsockname(member, (struct sockaddr *)&at, &n));
	CHECK_EQ(setsockopt(member, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m,
	                    sizeof(m)),
	         0);
	sender = socket(AF_INET, SOCK_DGRAM, 0);
	m.imr_multiaddr.s_addr = 0;
	CHECK_EQ(setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &m, sizeof(m)),
	         0);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	to = (struct sockaddr_in){.sin_family = AF_INET,
	                          .sin_addr.s_addr = htonl(0xe9010203)};
	at.sin_port = 0;
	MUST(!bind(fd, (struct sockaddr *)&at, sizeof(at)));
	MUST(!getsockname(fd, (struct sockaddr *)&at, &n));
	to.sin_port = at.sin_port;
	CHECK_EQ(sendto(sender, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)),
	         1);
	CHECK_EQ(polled(fd, 10000), 1);
	CHECK_EQ(recv(fd, &c, 1, 0), 1);
	CHECK_EQ(set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0), 0);
	CHECK_EQ(sendto(sender, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)),
	         1);
	CHECK_EQ(polled(fd, 0), 0);
	close(member);
	close(sender);
	close(fd);
}

int main(void)
{
	table();
	dropped();
	original();
	foreign();
	units();
	own_units();
	little();
	errors();
	peers();
	cookies();
	groups();
	return check_done();
}
