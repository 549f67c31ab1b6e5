/*
 * sockets.c - options and messages of IP sockets beyond the usual.
 *
 * run:
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "tests/guest/check.h"

static struct sockaddr_in address(const char *text, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

	inet_pton(AF_INET, text, &a.sin_addr);
	return a;
}

static int set(int fd, int level, int name, int v)
{
	return setsockopt(fd, level, name, &v, sizeof(v));
}

static int get(int fd, int level, int name)
{
	int v = -1;
	socklen_t n = sizeof(v);

	return getsockopt(fd, level, name, &v, &n) ? -1 : v;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in a;
	socklen_t n = sizeof(a);

	return getsockname(fd, (struct sockaddr *)&a, &n) ? 0
	                                                  : ntohs(a.sin_port);
}

static int bound(int type, const char *text, uint16_t port, int share)
{
	struct sockaddr_in a = address(text, port);
	int fd = socket(AF_INET, type, 0);

	if (share && set(fd, SOL_SOCKET, SO_REUSEPORT, 1))
		return -1;
	return bind(fd, (struct sockaddr *)&a, sizeof(a)) ? -1 : fd;
}

static int readable(int fd, int timeout)
{
	struct pollfd p = {fd, POLLIN, 0};

	return poll(&p, 1, timeout) == 1;
}

/* --- SO_REUSEPORT --- */

enum { SHARERS = 3, CLIENTS = 60 };

static void shared_listeners(void)
{
	int l[SHARERS], c[CLIENTS], all = 0, idle = 0;
	struct sockaddr_in a;

	begin("listeners that share a port");
	l[0] = bound(SOCK_STREAM, "127.0.0.1", 0, 1);
	a = address("127.0.0.1", port_of(l[0]));
	for (int i = 1; i < SHARERS; i++)
		l[i] = bound(SOCK_STREAM, "127.0.0.1", ntohs(a.sin_port), 1);
	for (int i = 0; i < SHARERS; i++)
		MUST(l[i] >= 0 && listen(l[i], CLIENTS) == 0);
	CHECK_EQ(bound(SOCK_STREAM, "127.0.0.1", ntohs(a.sin_port), 0), -1);
	for (int i = 0; i < CLIENTS; i++) {
		c[i] = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(c[i], (struct sockaddr *)&a, sizeof(a)))
			c[i] = -1;
	}
	for (int i = 0; i < SHARERS; i++) {
		int mine = 0;

		while (readable(l[i], 20)) {
			close(accept(l[i], NULL, NULL));
			mine++;
		}
		idle += !mine;
		all += mine;
		close(l[i]);
	}
	CHECK_EQ(all, CLIENTS);
	CHECK_EQ(idle, 0);
	for (int i = 0; i < CLIENTS; i++)
		close(c[i]);
}

static void shared_datagrams(void)
{
	int r[SHARERS], all = 0, idle = 0;
	struct sockaddr_in a;
	char byte;

	begin("datagrams to a shared port");
	r[0] = bound(SOCK_DGRAM, "127.0.0.1", 0, 1);
	a = address("127.0.0.1", port_of(r[0]));
	for (int i = 1; i < SHARERS; i++)
		r[i] = bound(SOCK_DGRAM, "127.0.0.1", ntohs(a.sin_port), 1);
	for (int i = 0; i < CLIENTS; i++) {
		int s = socket(AF_INET, SOCK_DGRAM, 0);

		sendto(s, "x", 1, 0, (struct sockaddr *)&a, sizeof(a));
		close(s);
	}
	for (int i = 0; i < SHARERS; i++) {
		int mine = 0;

		while (readable(r[i], 20) && recv(r[i], &byte, 1, 0) == 1)
			mine++;
		idle += !mine;
		all += mine;
		close(r[i]);
	}
	CHECK_EQ(all, CLIENTS);
	CHECK_EQ(idle, 0);
}

/* --- control messages --- */

static char control[256];

static struct msghdr *receive(int fd)
{
	static char data[64];
	static struct iovec v = {data, sizeof(data)};
	static struct msghdr m;

	m = (struct msghdr){.msg_iov = &v,
	                    .msg_iovlen = 1,
	                    .msg_control = control,
	                    .msg_controllen = sizeof(control)};
	return recvmsg(fd, &m, 0) > 0 ? &m : NULL;
}

static void *find(struct msghdr *m, int level, int type, size_t size)
{
	struct cmsghdr *c = m ? CMSG_FIRSTHDR(m) : NULL;

	for (; c; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == level && c->cmsg_type == type &&
		    c->cmsg_len == CMSG_LEN(size))
			return CMSG_DATA(c);
	return NULL;
}

static void told_about_datagrams(void)
{
	int r = bound(SOCK_DGRAM, "0.0.0.0", 0, 0);
	int s = bound(SOCK_DGRAM, "127.0.0.1", 0, 0);
	struct sockaddr_in a = address("127.0.0.7", port_of(r));
	struct in_pktinfo *info;
	struct timeval *at, now;
	struct timespec *fine;
	struct msghdr *m;
	int *ttl;

	begin("IP_PKTINFO, IP_RECVTTL, IP_RECVTOS, SO_TIMESTAMP");
	CHECK_EQ(set(r, IPPROTO_IP, IP_PKTINFO, 1), 0);
	CHECK_EQ(set(r, IPPROTO_IP, IP_RECVTTL, 1), 0);
	CHECK_EQ(set(r, IPPROTO_IP, IP_RECVTOS, 1), 0);
	CHECK_EQ(set(r, SOL_SOCKET, SO_TIMESTAMP, 1), 0);
	CHECK_EQ(set(s, IPPROTO_IP, IP_TTL, 9), 0);
	CHECK_EQ(set(s, IPPROTO_IP, IP_TOS, 0x10), 0);
	CHECK_EQ(sendto(s, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)), 1);
	m = receive(r);
	info = find(m, IPPROTO_IP, IP_PKTINFO, sizeof(*info));
	MUST(info != NULL);
	CHECK_EQ(info->ipi_ifindex, 1);
	CHECK_EQ(ntohl(info->ipi_addr.s_addr), 0x7f000007);
	ttl = find(m, IPPROTO_IP, IP_TTL, sizeof(*ttl));
	CHECK(ttl && *ttl == 9);
	CHECK(find(m, IPPROTO_IP, IP_TOS, 1) &&
	      *(unsigned char *)find(m, IPPROTO_IP, IP_TOS, 1) == 0x10);
	at = find(m, SOL_SOCKET, SCM_TIMESTAMP, sizeof(*at));
	gettimeofday(&now, NULL);
	CHECK(at && now.tv_sec - at->tv_sec <= 2 && at->tv_usec < 1000000);
	CHECK_EQ(set(r, SOL_SOCKET, SO_TIMESTAMPNS, 1), 0);
	CHECK_EQ(sendto(s, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)), 1);
	m = receive(r);
	fine = find(m, SOL_SOCKET, SCM_TIMESTAMPNS, sizeof(*fine));
	CHECK(fine && now.tv_sec - fine->tv_sec <= 2);
	close(r);
	close(s);
}

static void told_about_datagrams_over_six(void)
{
	int r = socket(AF_INET6, SOCK_DGRAM, 0),
	    s = socket(AF_INET6, SOCK_DGRAM, 0);
	struct sockaddr_in6 a = {.sin6_family = AF_INET6,
	                         .sin6_addr = in6addr_loopback};
	socklen_t n = sizeof(a);
	struct in6_pktinfo *info;
	struct msghdr *m;
	int *hops;

	begin("IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT");
	CHECK_EQ(bind(r, (struct sockaddr *)&a, sizeof(a)), 0);
	CHECK_EQ(getsockname(r, (struct sockaddr *)&a, &n), 0);
	CHECK_EQ(set(r, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1), 0);
	CHECK_EQ(set(r, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1), 0);
	CHECK_EQ(sendto(s, "x", 1, 0, (struct sockaddr *)&a, n), 1);
	m = receive(r);
	info = find(m, IPPROTO_IPV6, IPV6_PKTINFO, sizeof(*info));
	CHECK(info && info->ipi6_ifindex == 1 &&
	      !memcmp(&info->ipi6_addr, &in6addr_loopback, 16));
	hops = find(m, IPPROTO_IPV6, IPV6_HOPLIMIT, sizeof(*hops));
	CHECK(hops && *hops == 64);
	close(r);
	close(s);
}

/* Send with an address that the message says. */
static void from_another_address(void)
{
	int r = bound(SOCK_DGRAM, "127.0.0.1", 0, 0);
	int s = bound(SOCK_DGRAM, "0.0.0.0", 0, 0);
	struct sockaddr_in a = address("127.0.0.1", port_of(r)), from;
	socklen_t n = sizeof(from);
	struct iovec v = {(char[]){"x"}, 1};
	struct msghdr m = {.msg_name = &a,
	                   .msg_namelen = sizeof(a),
	                   .msg_iov = &v,
	                   .msg_iovlen = 1,
	                   .msg_control = control,
	                   .msg_controllen =
	                           CMSG_SPACE(sizeof(struct in_pktinfo))};
	struct in_pktinfo info = {0};
	struct cmsghdr *c;
	char byte;

	begin("IP_PKTINFO when sending");
	memset(control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	info.ipi_spec_dst.s_addr = htonl(0x7f000009);
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	CHECK_EQ(sendmsg(s, &m, 0), 1);
	CHECK_EQ(recvfrom(r, &byte, 1, 0, (struct sockaddr *)&from, &n), 1);
	CHECK_EQ(ntohl(from.sin_addr.s_addr), 0x7f000009);
	info.ipi_spec_dst.s_addr = htonl(0x08080808);
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	CHECK(sendmsg(s, &m, 0) == -1);
	close(r);
	close(s);
}

/* --- multicast --- */

static void groups(void)
{
	struct ip_mreqn q = {.imr_ifindex = 1}, wrong = {.imr_ifindex = 1};
	int r = bound(SOCK_DGRAM, "0.0.0.0", 0, 0), s;
	struct sockaddr_in a = address("239.7.7.7", port_of(r));
	char byte;

	begin("multicast");
	q.imr_multiaddr = a.sin_addr;
	wrong.imr_multiaddr.s_addr = htonl(0x0a000001);
	s = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK_EQ(get(s, IPPROTO_IP, IP_MULTICAST_TTL), 1);
	CHECK_EQ(get(s, IPPROTO_IP, IP_MULTICAST_LOOP), 1);
	CHECK_EQ(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &q, sizeof(q)), 0);
	CHECK_ERR(setsockopt(r, IPPROTO_IP, IP_ADD_MEMBERSHIP, &wrong,
	                     sizeof(wrong)),
	          EINVAL);
	CHECK_ERR(setsockopt(r, IPPROTO_IP, IP_DROP_MEMBERSHIP, &q, sizeof(q)),
	          EADDRNOTAVAIL);
	CHECK_EQ(setsockopt(r, IPPROTO_IP, IP_ADD_MEMBERSHIP, &q, sizeof(q)),
	         0);
	CHECK_ERR(setsockopt(r, IPPROTO_IP, IP_ADD_MEMBERSHIP, &q, sizeof(q)),
	          EADDRINUSE);
	CHECK_EQ(sendto(s, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)), 1);
	CHECK(readable(r, 1000) && recv(r, &byte, 1, 0) == 1);
	CHECK_EQ(setsockopt(r, IPPROTO_IP, IP_DROP_MEMBERSHIP, &q, sizeof(q)),
	         0);
	CHECK_EQ(sendto(s, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)), 1);
	CHECK(!readable(r, 30));
	close(r);
	close(s);
}

/* --- TCP --- */

static void tcp_options(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char name[16] = "";
	socklen_t n = sizeof(name);

	begin("options of TCP");
	CHECK_EQ(set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000), 0);
	CHECK_EQ(get(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 5000);
	CHECK_ERR(set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, -1), EINVAL);
	CHECK_EQ(set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 0), 0);
	CHECK_EQ(set(fd, IPPROTO_TCP, TCP_QUICKACK, 1), 0);
	CHECK_EQ(set(fd, IPPROTO_TCP, TCP_MAXSEG, 1000), 0);
	CHECK_ERR(set(fd, IPPROTO_TCP, TCP_MAXSEG, 10), EINVAL);
	CHECK_EQ(set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 30), 0);
	CHECK_EQ(get(fd, IPPROTO_TCP, TCP_KEEPIDLE), 30);
	CHECK_EQ(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4), 0);
	CHECK_ERR(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "nope", 4),
	          ENOENT);
	CHECK_EQ(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &n), 0);
	CHECK(!strcmp(name, "reno"));
	close(fd);
}

int main(void)
{
	shared_listeners();
	shared_datagrams();
	told_about_datagrams();
	told_about_datagrams_over_six();
	from_another_address();
	groups();
	tcp_options();
	return check_done();
}
