/*
 * netstorm.c - sockets of every kind that threads share: made, bound, named,
 * connected, written, read and closed by many of them at once. Rounds are
 * counted, so what is printed is the same everywhere; STORM=SECONDS in the
 * environment goes on with new rounds for so long.
 *
 * run: cpus=1
 * run: cpus=2
 * run: cpus=4
 * run: cpus=8
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/guest/check.h"

enum { WORKERS = 6, ROUNDS = 120 };

static long bad; /* atomic: what went wrong in the storm of the moment */

static void expect(bool ok)
{
	if (!ok)
		__atomic_add_fetch(&bad, 1, __ATOMIC_SEQ_CST);
}

static void in_parallel(void *(*fn)(void *))
{
	pthread_t t[WORKERS];

	for (long i = 0; i < WORKERS; i++)
		if (pthread_create(&t[i], NULL, fn, (void *)i))
			exit(98);
	for (long i = 0; i < WORKERS; i++)
		pthread_join(t[i], NULL);
}

static int udp(struct sockaddr_in *at)
{
	socklen_t len = sizeof(*at);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	*at = (struct sockaddr_in){.sin_family = AF_INET,
	                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	expect(!bind(fd, (struct sockaddr *)at, sizeof(*at)));
	expect(!getsockname(fd, (struct sockaddr *)at, &len));
	return fd;
}

/* --- messages through one pair of sockets --- */

static int pair[2];
static long sent, received;

/* As many may be there as there are workers, so there is room for them. */
static void *exchange(void *arg)
{
	for (long i = 0; i < ROUNDS; i++) {
		long v = (long)arg * ROUNDS + i, got = 0;

		expect(send(pair[0], &v, sizeof(v), 0) == sizeof(v));
		expect(recv(pair[1], &got, sizeof(got), 0) == sizeof(got));
		__atomic_add_fetch(&sent, v, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&received, got, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static void share_pair(void)
{
	sent = received = 0;
	in_parallel(exchange);
	expect(sent == received && sent > 0);
	close(pair[0]);
	close(pair[1]);
}

static void datagrams(void)
{
	struct sockaddr_in to;

	pair[0] = udp(&to);
	pair[1] = udp(&to);
	expect(!connect(pair[0], (struct sockaddr *)&to, sizeof(to)));
	share_pair();
}

static void packets(void)
{
	expect(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
	share_pair();
	expect(!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	share_pair();
}

/* --- where a socket is connected to changes while others send --- */

static int sender, targets[2];
static struct sockaddr_in places[2];
static long over; /* atomic */

static void turn_around(void)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	for (int i = 0; i < 4 * ROUNDS; i++) {
		const struct sockaddr *to = (struct sockaddr *)&places[i & 1];

		expect(!connect(sender, to, sizeof(places[0])));
		if (i % 8 == 0)
			expect(!connect(sender, &none, sizeof(none)));
	}
	__atomic_store_n(&over, 1, __ATOMIC_SEQ_CST);
}

static void *send_or_turn(void *arg)
{
	char c = 'x';

	if (!arg) {
		turn_around();
		return NULL;
	}
	while (!__atomic_load_n(&over, __ATOMIC_SEQ_CST)) {
		ssize_t n = send(sender, &c, 1, 0);

		expect(n == 1 || errno == EDESTADDRREQ);
		for (int i = 0; i < 2; i++)
			(void)!recv(targets[i], &c, 1, MSG_DONTWAIT);
	}
	return NULL;
}

/* From the loopback they go to one of both, or nowhere: never elsewhere. */
static void turning(void)
{
	struct sockaddr_in own;

	over = 0;
	sender = udp(&own);
	for (int i = 0; i < 2; i++)
		targets[i] = udp(&places[i]);
	in_parallel(send_or_turn);
	close(sender);
	close(targets[0]);
	close(targets[1]);
}

/* --- short lives --- */

static void live_udp(void)
{
	struct sockaddr_in at;
	int fd = udp(&at), one = 1, got = 0;
	socklen_t len = sizeof(got);
	char c = 'x';

	expect(!setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)));
	expect(!getsockopt(fd, SOL_SOCKET, SO_BROADCAST, &got, &len) && got);
	expect(sendto(fd, &c, 1, 0, (struct sockaddr *)&at, sizeof(at)) == 1);
	expect(recv(fd, &c, 1, 0) == 1);
	close(fd);
}

static void live_tcp(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int l = socket(AF_INET, SOCK_STREAM, 0), one = 1, other, fd;
	socklen_t len = sizeof(at);
	char c = 'x';

	expect(!bind(l, (struct sockaddr *)&at, sizeof(at)) && !listen(l, 1));
	expect(!getsockname(l, (struct sockaddr *)&at, &len));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	expect(!setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
	expect(!connect(fd, (struct sockaddr *)&at, sizeof(at)));
	other = accept(l, NULL, NULL);
	expect(write(fd, &c, 1) == 1 && read(other, &c, 1) == 1);
	close(fd);
	expect(read(other, &c, 1) == 0);
	close(other);
	close(l);
}

static struct sockaddr_un named(long who, bool path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(a.sun_path + !path, sizeof(a.sun_path) - 1, "storm-%ld", who);
	return a;
}

static void live_unix(long who, bool path)
{
	struct sockaddr_un a = named(who, path);
	int l = socket(AF_UNIX, SOCK_STREAM, 0), other;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char c = 'x';

	if (path)
		unlink(a.sun_path);
	expect(!bind(l, (struct sockaddr *)&a, sizeof(a)) && !listen(l, 1));
	expect(!connect(fd, (struct sockaddr *)&a, sizeof(a)));
	other = accept(l, NULL, NULL);
	expect(write(fd, &c, 1) == 1 && read(other, &c, 1) == 1);
	close(l);
	close(fd);
	expect(read(other, &c, 1) == 0);
	close(other);
}

/* All links are told, the loopback first. */
static void live_netlink(void)
{
	struct {
		struct nlmsghdr h;
		struct rtgenmsg m;
	} ask = {.h = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)),
	               .nlmsg_type = RTM_GETLINK,
	               .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	char room[8192] __attribute__((aligned(8)));
	const struct nlmsghdr *h = (void *)room;

	expect(send(fd, &ask, ask.h.nlmsg_len, 0) == ask.h.nlmsg_len);
	expect(recv(fd, room, sizeof(room), 0) > 0);
	expect(h->nlmsg_type == RTM_NEWLINK);
	close(fd);
}

static void *short_lives(void *arg)
{
	for (int i = 0; i < ROUNDS / 4; i++) {
		live_udp();
		live_tcp();
		live_unix((long)arg, true);
		live_unix((long)arg, false);
		live_netlink();
	}
	return NULL;
}

static void lives(void)
{
	in_parallel(short_lives);
	for (long i = 0; i < WORKERS; i++)
		unlink(named(i, true).sun_path);
}

/* --- one socket, many who want to give it a name --- */

static int nameless[2];
static long winners;

static void *name_it(void *arg)
{
	for (int i = 0; i < 2; i++) {
		struct sockaddr_un a = named((long)arg, i);

		if (!bind(nameless[i], (struct sockaddr *)&a, sizeof(a)))
			__atomic_add_fetch(&winners, 1, __ATOMIC_SEQ_CST);
		else
			expect(errno == EINVAL);
	}
	return NULL;
}

/* Who comes too late leaves nothing behind. */
static void names(void)
{
	for (int round = 0; round < ROUNDS / 8; round++) {
		int left = 0;

		winners = 0;
		for (int i = 0; i < 2; i++)
			nameless[i] = socket(AF_UNIX, SOCK_DGRAM, 0);
		in_parallel(name_it);
		expect(winners == 2);
		for (long i = 0; i < WORKERS; i++)
			left += !unlink(named(i, true).sun_path);
		expect(left == 1);
		close(nameless[0]);
		close(nameless[1]);
	}
}

/* --- options change while others send --- */

static void change_options(int fd, long round)
{
	static const int options[] = {SO_RCVBUF, SO_SNDBUF, SO_PRIORITY,
	                              SO_REUSEADDR, SO_TIMESTAMP};
	int v = round & 1 ? 1 << 16 : 1 << 17;
	struct timeval wait = {.tv_sec = 5 + round % 2};
	unsigned n = (unsigned)round % 5;

	if (options[n] == SO_PRIORITY)
		v = 1;
	expect(!setsockopt(fd, SOL_SOCKET, options[n], &v, sizeof(v)));
	expect(!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)));
	v = (int)round & 1;
	expect(!setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &v, sizeof(v)));
	expect(!setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &v, sizeof(v)));
}

static void *send_with_options(void *arg)
{
	for (long i = 0; i < ROUNDS; i++) {
		char c = 'x', room[256];
		struct iovec io = {&c, 1};
		struct msghdr m = {.msg_iov = &io,
		                   .msg_iovlen = 1,
		                   .msg_control = room,
		                   .msg_controllen = sizeof(room)};

		change_options(pair[i & 1], i + (long)arg);
		expect(send(pair[0], &c, 1, 0) == 1);
		expect(recvmsg(pair[1], &m, 0) == 1);
	}
	return NULL;
}

static void options(void)
{
	struct sockaddr_in to;

	pair[0] = udp(&to);
	pair[1] = udp(&to);
	expect(!connect(pair[0], (struct sockaddr *)&to, sizeof(to)));
	in_parallel(send_with_options);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} storms[] = {
		{"datagrams", datagrams}, {"packets", packets},
		{"turning", turning},     {"lives", lives},
		{"names", names},         {"options", options},
	};
	const char *seconds = getenv("STORM");
	int64_t until = now_ms() + (seconds ? atol(seconds) * 1000 : 0);

	if (chdir("/tmp"))
		return 97;
	for (size_t i = 0; i < sizeof(storms) / sizeof(storms[0]); i++) {
		begin(storms[i].name);
		bad = 0;
		storms[i].run();
		CHECK_EQ(bad, 0);
	}
	bad = 0;
	while (now_ms() < until)
		for (size_t i = 0; i < sizeof(storms) / sizeof(storms[0]); i++)
			storms[i].run();
	CHECK_EQ(bad, 0);
	return check_done();
}
