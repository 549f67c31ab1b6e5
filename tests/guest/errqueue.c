/*
 * errqueue.c - what ICMP says of datagrams, by recvmsg(MSG_ERRQUEUE).
 *
 * run:
 */
#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/guest/check.h"

enum { PATIENCE_MS = 10000 };

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static union address loopback(int family, uint16_t port)
{
	union address a;

	memset(&a, 0, sizeof(a));
	a.any.sa_family = (sa_family_t)family;
	if (family == AF_INET) {
		a.four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		a.four.sin_port = htons(port);
	} else {
		a.six.sin6_addr = in6addr_loopback;
		a.six.sin6_port = htons(port);
	}
	return a;
}

static socklen_t size_of(int family)
{
	return family == AF_INET ? sizeof(struct sockaddr_in)
	                         : sizeof(struct sockaddr_in6);
}

/* A port where nobody is. */
static uint16_t closed_port(int family)
{
	int s = socket(family, SOCK_DGRAM, 0);
	union address a = loopback(family, 0);
	socklen_t size = sizeof(a);

	MUST(bind(s, &a.any, size_of(family)) == 0);
	MUST(getsockname(s, &a.any, &size) == 0);
	close(s);
	return ntohs(a.four.sin_port); /* at the same place in both */
}

static bool is_ready(int fd, short events)
{
	struct pollfd p = {fd, events, 0};

	return poll(&p, 1, PATIENCE_MS) == 1 && p.revents & POLLERR;
}

static int set(int fd, int family, int on)
{
	return setsockopt(fd, family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
	                  family == AF_INET ? IP_RECVERR : IPV6_RECVERR, &on,
	                  sizeof(on));
}

struct error {
	ssize_t n;
	int flags;
	union address to, offender;
	struct sock_extended_err e;
	bool told;
};

static struct error take(int fd, int family)
{
	struct error r;
	char data[100], control[200];
	struct iovec v = {data, sizeof(data)};
	struct msghdr m = {.msg_name = &r.to,
	                   .msg_namelen = sizeof(r.to),
	                   .msg_iov = &v,
	                   .msg_iovlen = 1,
	                   .msg_control = control,
	                   .msg_controllen = sizeof(control)};
	struct cmsghdr *c;

	memset(&r, 0, sizeof(r));
	r.n = recvmsg(fd, &m, MSG_ERRQUEUE);
	if (r.n < 0)
		return r;
	r.flags = m.msg_flags;
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level !=
		            (family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6) ||
		    c->cmsg_type !=
		            (family == AF_INET ? IP_RECVERR : IPV6_RECVERR))
			continue;
		r.told = true;
		memcpy(&r.e, CMSG_DATA(c), sizeof(r.e));
		memcpy(&r.offender, CMSG_DATA(c) + sizeof(r.e),
		       size_of(family));
	}
	return r;
}

static int error_of(int fd)
{
	socklen_t size = sizeof(int);
	int v = -1;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &v, &size);
	return v;
}

static void refused(int family)
{
	uint16_t port = closed_port(family);
	union address to = loopback(family, port);
	int s = socket(family, SOCK_DGRAM, 0);
	struct error r;

	begin(family == AF_INET ? "IPv4" : "IPv6");
	CHECK_EQ(set(s, family, 1), 0);
	CHECK(take(s, family).n == -1 && errno == EAGAIN);
	/* It need not be connected to hear of it. */
	CHECK_EQ(sendto(s, "abc", 3, 0, &to.any, size_of(family)), 3);
	CHECK(is_ready(s, 0));
	r = take(s, family);
	CHECK(r.n >= 0);
	CHECK(r.flags & MSG_ERRQUEUE);
	CHECK(!memcmp(&r.to, &to, size_of(family)));
	CHECK(r.told);
	CHECK_EQ(r.e.ee_errno, ECONNREFUSED);
	CHECK_EQ(r.e.ee_origin,
	         family == AF_INET ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6);
	CHECK_EQ(r.e.ee_type, family == AF_INET ? ICMP_DEST_UNREACH : 1);
	CHECK_EQ(r.e.ee_code, family == AF_INET ? ICMP_PORT_UNREACH : 4);
	CHECK_EQ(r.e.ee_info, 0);
	to = loopback(family, 0);
	CHECK(!memcmp(&r.offender, &to, size_of(family)));
	/* Who has read it need not hear of it again. */
	CHECK_EQ(error_of(s), 0);
	CHECK(take(s, family).n == -1 && errno == EAGAIN);
	close(s);
}

static void both_ways(void)
{
	union address to = loopback(AF_INET, closed_port(AF_INET));
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	char c;

	begin("by the error, too");
	CHECK_EQ(set(s, AF_INET, 1), 0);
	CHECK_EQ(connect(s, &to.any, size_of(AF_INET)), 0);
	CHECK_EQ(send(s, "a", 1, 0), 1);
	CHECK(is_ready(s, POLLIN));
	CHECK_ERR(recv(s, &c, 1, MSG_DONTWAIT), ECONNREFUSED);
	CHECK_ERR(recv(s, &c, 1, MSG_DONTWAIT), EAGAIN);
	CHECK(is_ready(s, 0)); /* the queue still has it */
	CHECK(take(s, AF_INET).told);
	CHECK(take(s, AF_INET).n == -1);
	close(s);
}

static void unasked(void)
{
	union address to = loopback(AF_INET, closed_port(AF_INET));
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	begin("unasked");
	CHECK_EQ(connect(s, &to.any, size_of(AF_INET)), 0);
	CHECK_EQ(send(s, "a", 1, 0), 1);
	CHECK(is_ready(s, 0));
	CHECK(take(s, AF_INET).n == -1);
	CHECK_EQ(error_of(s), ECONNREFUSED);
	close(s);
}

int main(void)
{
	refused(AF_INET);
	refused(AF_INET6);
	both_ways();
	unasked();
	return check_done();
}
