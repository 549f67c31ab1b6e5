/*
 * pings.c - sockets for ping. Linux gives them to the groups that
 * net.ipv4.ping_group_range says, which may be none: so only in the guest.
 * (With "0 2147483647" there it says the same on Linux.)
 *
 * run: guest
 * run: guest cpus=4
 */
#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/guest/check.h"

enum { LONG = 60000 };

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
	                            .sin_port = htons(port),
	                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in6 a = {0};
	socklen_t n = sizeof(a);

	CHECK_EQ(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	return ntohs(a.sin6_port); /* where IPv4 has it, too */
}

static long request(int fd, const void *to, socklen_t n, int type, int seq,
                    size_t size)
{
	static char bytes[LONG];
	struct icmphdr *h = (void *)bytes;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(i * 7 + (size_t)seq);
	*h = (struct icmphdr){.type = (uint8_t)type,
	                      .un.echo = {htons(0x1234), htons((uint16_t)seq)}};
	return sendto(fd, bytes, size, 0, to, n);
}

/* RFC 1071. */
static uint16_t sum_of(const unsigned char *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void reply(int fd, int type, int seq, size_t size)
{
	static unsigned char bytes[LONG + 1];
	struct icmphdr *h = (void *)bytes;
	struct pollfd p = {fd, POLLIN, 0};
	bool same = true;

	CHECK_EQ(poll(&p, 1, 10000), 1);
	CHECK_EQ(recv(fd, bytes, sizeof(bytes), 0), (long)size);
	CHECK_EQ(h->type, type);
	CHECK_EQ(h->code, 0);
	CHECK_EQ(ntohs(h->un.echo.id), port_of(fd));
	CHECK_EQ(ntohs(h->un.echo.sequence), seq);
	if (type == ICMP_ECHOREPLY)
		CHECK_EQ(sum_of(bytes, size), 0);
	for (size_t i = sizeof(*h); i < size; i++)
		same &= bytes[i] == (unsigned char)(i * 7 + (size_t)seq);
	CHECK(same);
}

static void kinds(void)
{
	int fd;

	begin("kinds");
	CHECK_ERR(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMPV6), EPROTONOSUPPORT);
	CHECK_ERR(socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMP), EPROTONOSUPPORT);
	fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	MUST(fd >= 0);
	CHECK_EQ(port_of(fd), 0);
	close(fd);
}

static void there_and_back(void)
{
	struct sockaddr_in to = loopback(0), from = {0};
	socklen_t n = sizeof(from);
	int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	char bytes[64];

	begin("there and back");
	CHECK_EQ(request(fd, &to, sizeof(to), ICMP_ECHO, 7, 64), 64);
	CHECK(port_of(fd) != 0);
	reply(fd, ICMP_ECHOREPLY, 7, 64);
	CHECK_EQ(request(fd, &to, sizeof(to), ICMP_ECHO, 8, 8), 8);
	reply(fd, ICMP_ECHOREPLY, 8, 8);
	CHECK_EQ(request(fd, &to, sizeof(to), ICMP_ECHO, 9, LONG), LONG);
	reply(fd, ICMP_ECHOREPLY, 9, LONG);
	CHECK_EQ(request(fd, &to, sizeof(to), ICMP_ECHO, 10, 64), 64);
	CHECK_EQ(recvfrom(fd, bytes, 10, MSG_TRUNC, (struct sockaddr *)&from,
	                  &n),
	         10);
	CHECK_EQ(from.sin_addr.s_addr, to.sin_addr.s_addr);
	CHECK_EQ(from.sin_port, 0);
	CHECK_ERR(recv(fd, bytes, 64, MSG_DONTWAIT), EAGAIN);
	close(fd);
}

static void six(void)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6,
	                          .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);

	begin("by IPv6");
	CHECK_EQ(request(fd, &to, sizeof(to), ICMP6_ECHO_REQUEST, 3, 64), 64);
	reply(fd, ICMP6_ECHO_REPLY, 3, 64);
	CHECK_ERR(request(fd, &to, sizeof(to), ICMP_ECHO, 3, 64), EINVAL);
	close(fd);
}

static void nothing_else(void)
{
	struct sockaddr_in to = loopback(0);
	int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);

	begin("nothing else");
	CHECK_ERR(request(fd, NULL, 0, ICMP_ECHO, 1, 64), EDESTADDRREQ);
	CHECK_ERR(
		sendto(fd, "1234567", 7, 0, (struct sockaddr *)&to, sizeof(to)),
		EINVAL);
	CHECK_ERR(request(fd, &to, sizeof(to), ICMP_ECHOREPLY, 1, 64), EINVAL);
	CHECK_ERR(request(fd, &to, sizeof(to), ICMP_REDIRECT, 1, 64), EINVAL);
	to.sin_family = AF_INET6;
	CHECK_ERR(request(fd, &to, sizeof(to), ICMP_ECHO, 1, 64), EAFNOSUPPORT);
	close(fd);
}

/* Each gets the answers to its own questions. */
static void numbers(void)
{
	struct sockaddr_in at = loopback(4711), to = loopback(0);
	int one = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	int other = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	int off = 0;
	char c;

	begin("numbers");
	CHECK_EQ(bind(one, (struct sockaddr *)&at, sizeof(at)), 0);
	CHECK_EQ(port_of(one), 4711);
	CHECK_EQ(setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &off, sizeof(off)),
	         0);
	CHECK_ERR(bind(other, (struct sockaddr *)&at, sizeof(at)), EADDRINUSE);
	CHECK_ERR(bind(one, (struct sockaddr *)&at, sizeof(at)), EINVAL);
	CHECK_EQ(connect(other, (struct sockaddr *)&to, sizeof(to)), 0);
	CHECK_EQ(request(other, NULL, 0, ICMP_ECHO, 5, 32), 32);
	CHECK_EQ(request(one, &to, sizeof(to), ICMP_ECHO, 6, 32), 32);
	reply(other, ICMP_ECHOREPLY, 5, 32);
	reply(one, ICMP_ECHOREPLY, 6, 32);
	CHECK_ERR(recv(one, &c, 1, MSG_DONTWAIT), EAGAIN);
	CHECK_ERR(recv(other, &c, 1, MSG_DONTWAIT), EAGAIN);
	close(one);
	CHECK_EQ(close(other), 0);
	one = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	CHECK_EQ(bind(one, (struct sockaddr *)&at, sizeof(at)), 0);
	close(one);
}

static void told(void)
{
	char room[128] __attribute__((aligned(8))), bytes[64];
	struct sockaddr_in to = loopback(0);
	struct iovec io = {bytes, sizeof(bytes)};
	struct msghdr m = {.msg_iov = &io,
	                   .msg_iovlen = 1,
	                   .msg_control = room,
	                   .msg_controllen = sizeof(room)};
	int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), on = 1, ttl = 0;
	const struct cmsghdr *h;

	begin("what is told beside");
	CHECK_EQ(setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof(on)), 0);
	CHECK_EQ(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)), 0);
	CHECK_EQ(request(fd, &to, sizeof(to), ICMP_ECHO, 2, 64), 64);
	CHECK_EQ(recvmsg(fd, &m, 0), 64);
	h = CMSG_FIRSTHDR(&m);
	MUST(h != NULL);
	CHECK_EQ(h->cmsg_level, IPPROTO_IP);
	CHECK_EQ(h->cmsg_type, IP_TTL);
	memcpy(&ttl, CMSG_DATA(h), sizeof(ttl));
	CHECK_EQ(ttl, 64);
	CHECK_ERR(recv(fd, bytes, 64, MSG_ERRQUEUE), EAGAIN);
	close(fd);
}

int main(void)
{
	kinds();
	there_and_back();
	six();
	nothing_else();
	numbers();
	told();
	return check_done();
}
