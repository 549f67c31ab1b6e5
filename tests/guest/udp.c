/* udp.c - UDP over the loopback. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "tests/guest/check.h"

static struct sockaddr_in address(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
	                            .sin_port = htons(port),
	                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int bound(uint16_t *port)
{
	struct sockaddr_in a = address(0);
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (bind(fd, (struct sockaddr *)&a, n) ||
	    getsockname(fd, (struct sockaddr *)&a, &n))
		return -1;
	*port = ntohs(a.sin_port);
	return fd;
}

static ssize_t send_to(int fd, uint16_t port, const void *p, size_t n)
{
	struct sockaddr_in a = address(port);

	return sendto(fd, p, n, 0, (struct sockaddr *)&a, sizeof(a));
}

static int connect_to(int fd, uint16_t port)
{
	struct sockaddr_in a = address(port);

	return connect(fd, (struct sockaddr *)&a, sizeof(a));
}

static int revents(int fd, int timeout)
{
	struct pollfd p = {fd, POLLIN | POLLOUT, 0};

	return poll(&p, 1, timeout) < 0 ? -1 : p.revents;
}

static void datagrams(void)
{
	struct sockaddr_in from;
	socklen_t n = sizeof(from);
	uint16_t pa, pb;
	int a = bound(&pa), b = bound(&pb), size;
	char buf[2000];

	begin("datagrams");
	MUST(a >= 0 && b >= 0);
	CHECK_EQ(revents(a, 0), POLLOUT);
	CHECK_EQ(send_to(a, pb, "one", 3), 3);
	CHECK_EQ(send_to(a, pb, "", 0), 0);
	CHECK_EQ(send_to(a, pb, "three", 5), 5);
	CHECK_EQ(revents(b, 1000), POLLIN | POLLOUT);
	CHECK_EQ(ioctl(b, FIONREAD, &size), 0);
	CHECK_EQ(size, 3);
	CHECK_EQ(recvfrom(b, buf, sizeof(buf), 0, (struct sockaddr *)&from, &n),
	         3);
	CHECK_EQ(ntohs(from.sin_port), pa);
	CHECK_EQ(n, sizeof(from));
	CHECK_EQ(recv(b, buf, sizeof(buf), 0), 0);
	CHECK_EQ(recv(b, buf, 2, MSG_TRUNC | MSG_PEEK), 5);
	CHECK_EQ(recv(b, buf, 2, 0), 2); /* the rest is gone */
	CHECK_ERR(recv(b, buf, 2, MSG_DONTWAIT), EAGAIN);
	CHECK_EQ(send_to(a, pb, buf, 1400), 1400);
	CHECK_EQ(recv(b, buf, sizeof(buf), 0), 1400);
	close(a);
	close(b);
}

static void connected(void)
{
	uint16_t pa, pb, pc;
	int a = bound(&pa), b = bound(&pb), c = bound(&pc);
	char buf[16];

	begin("connected");
	CHECK_ERR(send(a, "x", 1, 0), EDESTADDRREQ);
	CHECK_EQ(connect_to(a, pb), 0);
	CHECK_EQ(send(a, "x", 1, 0), 1);
	CHECK_EQ(recv(b, buf, 16, 0), 1);
	CHECK_EQ(send_to(c, pa, "c", 1), 1); /* is not for it */
	CHECK_EQ(send_to(b, pa, "b", 1), 1);
	CHECK_EQ(recv(a, buf, 16, 0), 1);
	CHECK_EQ(buf[0], 'b');
	CHECK_ERR(recv(a, buf, 16, MSG_DONTWAIT), EAGAIN);
	close(b);
	CHECK_EQ(send(a, "x", 1, 0), 1); /* nobody is there any more */
	sleep_ms(30);
	CHECK_ERR(send(a, "x", 1, 0), ECONNREFUSED);
	close(a);
	close(c);
}

static void messages(void)
{
	uint16_t pa, pb;
	int a = bound(&pa), b = bound(&pb);
	struct sockaddr_in to = address(pb), from;
	char x[4], y[4];
	struct iovec out[2] = {{(char[]){"ab"}, 2}, {(char[]){"cde"}, 3}};
	struct iovec in[2] = {{x, 1}, {y, 4}};
	struct msghdr m = {.msg_name = &to,
	                   .msg_namelen = sizeof(to),
	                   .msg_iov = out,
	                   .msg_iovlen = 2};

	begin("messages");
	CHECK_EQ(sendmsg(a, &m, 0), 5);
	CHECK_EQ(sendmsg(a, &m, 0), 5);
	m.msg_name = &from;
	m.msg_iov = in;
	CHECK_EQ(recvmsg(b, &m, 0), 5);
	CHECK_EQ(x[0], 'a');
	CHECK(!memcmp(y, "bcde", 4));
	CHECK_EQ(ntohs(from.sin_port), pa);
	CHECK_EQ(m.msg_flags, 0);
	m.msg_iovlen = 1;
	CHECK_EQ(recvmsg(b, &m, 0), 1);
	CHECK_EQ(m.msg_flags, MSG_TRUNC);
	close(a);
	close(b);
}

int main(void)
{
	datagrams();
	connected();
	messages();
	return check_done();
}
