/*
 * inet6.c - IPv6, and IPv4 through the same sockets, over the loopback.
 *
 * run:
 */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>

#include "tests/guest/check.h"

static struct sockaddr_in6 six(const char *address, uint16_t port)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6,
	                         .sin6_port = htons(port)};

	inet_pton(AF_INET6, address, &a.sin6_addr);
	return a;
}

static struct sockaddr_in four(const char *address, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

	inet_pton(AF_INET, address, &a.sin_addr);
	return a;
}

static int bind6(int fd, const char *address, uint16_t port)
{
	struct sockaddr_in6 a = six(address, port);

	return bind(fd, (struct sockaddr *)&a, sizeof(a));
}

static int connect6(int fd, const char *address, uint16_t port)
{
	struct sockaddr_in6 a = six(address, port);

	return connect(fd, (struct sockaddr *)&a, sizeof(a));
}

static int bind4(int fd, const char *address, uint16_t port)
{
	struct sockaddr_in a = four(address, port);

	return bind(fd, (struct sockaddr *)&a, sizeof(a));
}

static int connect4(int fd, const char *address, uint16_t port)
{
	struct sockaddr_in a = four(address, port);

	return connect(fd, (struct sockaddr *)&a, sizeof(a));
}

typedef int name_fn(int fd, struct sockaddr *a, socklen_t *n);

/* Is it an IPv6 name of that address? Its port, or -1. */
static int named6(int fd, name_fn *fn, const char *address)
{
	struct sockaddr_in6 a, wanted = six(address, 0);
	socklen_t n = sizeof(a);

	if (fn(fd, (struct sockaddr *)&a, &n) || n != sizeof(a) ||
	    a.sin6_family != AF_INET6)
		return -1;
	if (memcmp(&a.sin6_addr, &wanted.sin6_addr, 16) != 0)
		return -1;
	return ntohs(a.sin6_port);
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

static int listener(const char *address, int v6only)
{
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	if (set(fd, IPPROTO_IPV6, IPV6_V6ONLY, v6only) ||
	    bind6(fd, address, 0) || listen(fd, 5))
		return -1;
	return fd;
}

static void tcp_over_six(void)
{
	int l = listener("::1", 0), c = socket(AF_INET6, SOCK_STREAM, 0), s;
	int port;
	char buf[8];

	begin("TCP over IPv6");
	MUST(l >= 0);
	port = named6(l, getsockname, "::1");
	CHECK(port > 1023);
	CHECK_EQ(named6(c, getsockname, "::"), 0);
	CHECK_EQ(connect6(c, "::1", (uint16_t)port), 0);
	s = accept(l, NULL, NULL);
	MUST(s >= 0);
	CHECK_EQ(named6(c, getpeername, "::1"), port);
	CHECK_EQ(named6(s, getpeername, "::1"), named6(c, getsockname, "::1"));
	CHECK_EQ(get(s, SOL_SOCKET, SO_DOMAIN), AF_INET6);
	CHECK_EQ(write(c, "hello", 5), 5);
	CHECK_EQ(read(s, buf, 8), 5);
	CHECK_EQ(write(s, "bye", 3), 3);
	CHECK_EQ(read(c, buf, 8), 3);
	close(c);
	CHECK_EQ(read(s, buf, 8), 0);
	close(s);
	close(l);
	c = socket(AF_INET6, SOCK_STREAM, 0);
	CHECK_ERR(connect6(c, "::1", (uint16_t)port), ECONNREFUSED);
	close(c);
}

static void both_at_once(void)
{
	int l = listener("::", 0), c = socket(AF_INET, SOCK_STREAM, 0), s, d;
	int port;

	begin("one listener for both");
	MUST(l >= 0);
	port = named6(l, getsockname, "::");
	CHECK(port > 1023);
	CHECK_EQ(connect4(c, "127.0.0.1", (uint16_t)port), 0);
	s = accept(l, NULL, NULL);
	MUST(s >= 0);
	CHECK(named6(s, getpeername, "::ffff:127.0.0.1") > 0);
	CHECK_EQ(named6(s, getsockname, "::ffff:127.0.0.1"), port);
	d = socket(AF_INET6, SOCK_STREAM, 0);
	CHECK_EQ(connect6(d, "::ffff:127.0.0.1", (uint16_t)port), 0);
	CHECK(named6(d, getsockname, "::ffff:127.0.0.1") > 0);
	close(d);
	d = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_ERR(bind4(d, "0.0.0.0", (uint16_t)port), EADDRINUSE);
	CHECK_ERR(bind4(d, "127.0.0.1", (uint16_t)port), EADDRINUSE);
	close(d);
	close(s);
	close(c);
	close(l);
}

static void only_six(void)
{
	int l = listener("::", 1), c = socket(AF_INET, SOCK_STREAM, 0), d;
	int port;

	begin("IPV6_V6ONLY");
	MUST(l >= 0);
	port = named6(l, getsockname, "::");
	CHECK_EQ(get(l, IPPROTO_IPV6, IPV6_V6ONLY), 1);
	CHECK_ERR(set(l, IPPROTO_IPV6, IPV6_V6ONLY, 0), EINVAL);
	CHECK_ERR(connect4(c, "127.0.0.1", (uint16_t)port), ECONNREFUSED);
	d = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_EQ(bind4(d, "0.0.0.0", (uint16_t)port), 0);
	CHECK_EQ(listen(d, 5), 0);
	close(c);
	c = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_EQ(connect4(c, "127.0.0.1", (uint16_t)port), 0);
	close(c);
	c = socket(AF_INET6, SOCK_STREAM, 0);
	CHECK_EQ(get(c, IPPROTO_IPV6, IPV6_V6ONLY), 0);
	CHECK_EQ(set(c, IPPROTO_IPV6, IPV6_V6ONLY, 1), 0);
	CHECK_ERR(connect6(c, "::ffff:127.0.0.1", (uint16_t)port), ENETUNREACH);
	CHECK_ERR(bind6(c, "::ffff:127.0.0.1", 0), EINVAL);
	CHECK_EQ(connect6(c, "::", (uint16_t)port), 0);
	CHECK_EQ(named6(c, getpeername, "::1"), port);
	close(c);
	close(d);
	close(l);
}

static ssize_t send6(int fd, const char *to, int port, const char *text)
{
	struct sockaddr_in6 a = six(to, (uint16_t)port);

	return sendto(fd, text, strlen(text), 0, (struct sockaddr *)&a,
	              sizeof(a));
}

/* Receive, and say whether it came from that address. */
static bool came_from(int fd, const char *address, int port)
{
	struct sockaddr_in6 from, wanted = six(address, 0);
	socklen_t n = sizeof(from);
	char buf[16];

	return recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &n) >
	               0 &&
	       n == sizeof(from) && ntohs(from.sin6_port) == port &&
	       !memcmp(&from.sin6_addr, &wanted.sin6_addr, 16);
}

static void datagrams(void)
{
	int a = socket(AF_INET6, SOCK_DGRAM, 0), port_a;
	int b = socket(AF_INET6, SOCK_DGRAM, 0), port_b;
	int c = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in to;

	begin("UDP over both");
	CHECK_EQ(bind6(a, "::", 0), 0);
	CHECK_EQ(bind6(b, "::", 0), 0);
	port_a = named6(a, getsockname, "::");
	port_b = named6(b, getsockname, "::");
	CHECK_EQ(send6(a, "::1", port_b, "six"), 3);
	CHECK(came_from(b, "::1", port_a));
	CHECK_EQ(send6(a, "::ffff:127.0.0.1", port_b, "four"), 4);
	CHECK(came_from(b, "::ffff:127.0.0.1", port_a));
	to = four("127.0.0.1", (uint16_t)port_b);
	CHECK_EQ(sendto(a, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	CHECK(came_from(b, "::ffff:127.0.0.1", port_a));
	CHECK_EQ(bind4(c, "127.0.0.1", 0), 0);
	CHECK_EQ(sendto(c, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	CHECK_EQ(connect6(a, "::1", (uint16_t)port_b), 0);
	CHECK_EQ(named6(a, getsockname, "::1"), port_a);
	CHECK_EQ(send(a, "x", 1, 0), 1);
	close(b);
	CHECK_EQ(send(a, "x", 1, 0), 1);
	sleep_ms(30);
	CHECK_ERR(send(a, "x", 1, 0), ECONNREFUSED);
	close(a);
	close(c);
}

static void bad_addresses(void)
{
	int a = socket(AF_INET6, SOCK_DGRAM, 0);
	struct sockaddr_in6 short_one = six("::1", 1);

	begin("bad addresses");
	CHECK_ERR(bind6(a, "2001:db8::1", 0), EADDRNOTAVAIL);
	CHECK_ERR(bind6(a, "fe80::1", 0), EINVAL); /* of which link? */
	CHECK_ERR(bind(a, (struct sockaddr *)&short_one, 16), EINVAL);
	CHECK_ERR(socket(AF_INET6, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
	CHECK_ERR(set(a, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 256), EINVAL);
	CHECK_EQ(set(a, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9), 0);
	CHECK_EQ(get(a, IPPROTO_IPV6, IPV6_UNICAST_HOPS), 9);
	CHECK_EQ(set(a, IPPROTO_IPV6, IPV6_TCLASS, 8), 0);
	CHECK_EQ(get(a, IPPROTO_IPV6, IPV6_TCLASS), 8);
	close(a);
	a = socket(AF_INET6, SOCK_STREAM, 0);
	CHECK_ERR(connect4(a, "127.0.0.1", 1), EINVAL); /* too short */
	close(a);
}

/* All of 127.0.0.0/8 is this machine. */
static void many_loopbacks(void)
{
	int l = socket(AF_INET, SOCK_STREAM, 0), c, s;
	struct sockaddr_in a;
	socklen_t n = sizeof(a);
	char buf[4];

	begin("127.0.0.0/8");
	CHECK_EQ(bind4(l, "127.0.0.53", 0), 0);
	CHECK_EQ(listen(l, 5), 0);
	CHECK_EQ(getsockname(l, (struct sockaddr *)&a, &n), 0);
	c = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_ERR(connect4(c, "127.0.0.1", ntohs(a.sin_port)), ECONNREFUSED);
	close(c);
	c = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_EQ(bind4(c, "127.1.2.3", 0), 0);
	CHECK_EQ(connect4(c, "127.0.0.53", ntohs(a.sin_port)), 0);
	s = accept(l, (struct sockaddr *)&a, &n);
	MUST(s >= 0);
	CHECK_EQ(ntohl(a.sin_addr.s_addr), 0x7f010203);
	CHECK_EQ(write(c, "ok", 2), 2);
	CHECK_EQ(read(s, buf, 4), 2);
	close(c);
	close(s);
	close(l);
	c = socket(AF_INET, SOCK_DGRAM, 0);
	s = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK_EQ(bind4(c, "127.9.9.9", 0), 0);
	CHECK_EQ(getsockname(c, (struct sockaddr *)&a, &n), 0);
	CHECK_EQ(bind4(s, "127.7.7.7", 0), 0);
	CHECK_EQ(sendto(s, "x", 1, 0, (struct sockaddr *)&a, n), 1);
	CHECK_EQ(recvfrom(c, buf, 4, 0, (struct sockaddr *)&a, &n), 1);
	CHECK_EQ(ntohl(a.sin_addr.s_addr), 0x7f070707);
	close(c);
	c = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK_EQ(connect4(c, "127.0.0.1", 9), 0);
	CHECK_EQ(getsockname(c, (struct sockaddr *)&a, &n), 0);
	CHECK_EQ(ntohl(a.sin_addr.s_addr), INADDR_LOOPBACK);
	close(c);
	close(s);
}

static bool has_address(int family, const void *bytes, size_t at, size_t len)
{
	struct ifaddrs *all, *i;
	bool found = false;

	if (getifaddrs(&all))
		return false;
	for (i = all; i; i = i->ifa_next)
		if (i->ifa_addr && i->ifa_addr->sa_family == family &&
		    !strcmp(i->ifa_name, "lo") && i->ifa_netmask &&
		    !memcmp((const char *)i->ifa_addr + at, bytes, len))
			found = true;
	freeifaddrs(all);
	return found;
}

static bool file_says(const char *path, const char *text)
{
	FILE *f = fopen(path, "r");
	char line[512];
	bool found = false;

	while (f && fgets(line, sizeof(line), f))
		found |= strstr(line, text) != NULL;
	if (f)
		fclose(f);
	return found;
}

/* Does a link say what it has moved? */
static bool is_counted(struct nlmsghdr *h)
{
	struct rtattr *a = IFLA_RTA(NLMSG_DATA(h));
	unsigned left = (unsigned)IFLA_PAYLOAD(h);

	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		struct rtnl_link_stats64 stats;

		if (a->rta_type != IFLA_STATS64)
			continue;
		memcpy(&stats, RTA_DATA(a), 8 * sizeof(uint64_t));
		return RTA_PAYLOAD(a) >= 23 * sizeof(uint64_t) &&
		       stats.rx_packets <= stats.rx_bytes;
	}
	return false;
}

/* The packets that the loopback has taken, as getifaddrs(3) tells. */
static long loopback_packets(void)
{
	struct ifaddrs *all, *i;
	long n = -1;

	if (getifaddrs(&all))
		return -1;
	for (i = all; i; i = i->ifa_next)
		if (i->ifa_addr && i->ifa_addr->sa_family == AF_PACKET &&
		    !strcmp(i->ifa_name, "lo") && i->ifa_data)
			n = ((struct rtnl_link_stats *)i->ifa_data)->rx_packets;
	freeifaddrs(all);
	return n;
}

/* How many messages of `wanted` a dump has; -1: an error. */
static int dump(int type, int family, int wanted)
{
	struct {
		struct nlmsghdr h;
		struct rtgenmsg g;
	} ask = {
		{sizeof(ask), (uint16_t)type, NLM_F_REQUEST | NLM_F_DUMP, 1, 0},
		{(uint8_t)family}};
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), n = 0;
	static char buf[32768];

	if (send(fd, &ask, sizeof(ask), 0) != sizeof(ask))
		return -1;
	for (;;) {
		ssize_t got = recv(fd, buf, sizeof(buf), 0);
		struct nlmsghdr *h = (struct nlmsghdr *)buf;
		unsigned left = (unsigned)got;

		for (; got > 0 && NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE ||
			    h->nlmsg_type == NLMSG_ERROR) {
				close(fd);
				return h->nlmsg_type == NLMSG_DONE ? n : -1;
			}
			n += h->nlmsg_type == wanted &&
			     (wanted != RTM_NEWLINK || is_counted(h));
		}
		if (got <= 0)
			return -1;
	}
}

static void seen_by_tools(void)
{
	struct in_addr localhost = {htonl(INADDR_LOOPBACK)};
	int l = listener("::1", 0);

	begin("interfaces and tables");
	CHECK(has_address(AF_INET6, &in6addr_loopback,
	                  offsetof(struct sockaddr_in6, sin6_addr), 16));
	CHECK(has_address(AF_INET, &localhost,
	                  offsetof(struct sockaddr_in, sin_addr), 4));
	CHECK_EQ(if_nametoindex("lo"), 1);
	CHECK(file_says("/proc/net/if_inet6",
	                "00000000000000000000000000000001 01 80 10 80"));
	CHECK(file_says("/proc/net/tcp6", " 0A "));
	CHECK(file_says("/proc/net/ipv6_route",
	                "00000000000000000000000000000001 80"));
	CHECK(dump(RTM_GETLINK, AF_UNSPEC, RTM_NEWLINK) >= 1);
	CHECK(loopback_packets() > 0);
	CHECK(dump(RTM_GETADDR, AF_INET6, RTM_NEWADDR) >= 1);
	CHECK(dump(RTM_GETADDR, AF_UNSPEC, RTM_NEWADDR) >= 2);
	CHECK(dump(RTM_GETROUTE, AF_INET, RTM_NEWROUTE) >= 0);
	CHECK(dump(RTM_GETROUTE, AF_INET6, RTM_NEWROUTE) >= 1);
	close(l);
}

int main(void)
{
	tcp_over_six();
	both_at_once();
	only_six();
	datagrams();
	bad_addresses();
	many_loopbacks();
	seen_by_tools();
	return check_done();
}
