/*
 * sockopts.c - options that choose an interface, or how a packet goes.
 *
 * run:
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/guest/check.h"

static int set(int fd, int level, int name, int v)
{
	return setsockopt(fd, level, name, &v, sizeof(v));
}

static int get(int fd, int level, int name)
{
	int v = -77;
	socklen_t n = sizeof(v);

	return getsockopt(fd, level, name, &v, &n) ? -78 : v;
}

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
	                            .sin_port = port,
	                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* A socket of this type bound to the loopback, and to the interface. */
static int bound(int type, const char *device, struct sockaddr_in *out)
{
	struct sockaddr_in a = loopback(0);
	socklen_t n = sizeof(*out);
	int fd = socket(AF_INET, type, 0);

	MUST(fd >= 0);
	if (device)
		MUST(!setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
		                 (socklen_t)strlen(device)));
	MUST(!bind(fd, (struct sockaddr *)&a, sizeof(a)));
	MUST(!getsockname(fd, (struct sockaddr *)out, &n));
	return fd;
}

static int readable(int fd)
{
	struct pollfd p = {fd, POLLIN, 0};

	return poll(&p, 1, 10000);
}

/* --- interfaces --- */

static void names_of_devices(void)
{
	char name[IFNAMSIZ] = "";
	socklen_t n = sizeof(name);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int lo = (int)if_nametoindex("lo");

	begin("names of devices");
	CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &n), 0);
	CHECK_EQ(n, 0);
	CHECK_EQ(get(fd, SOL_SOCKET, SO_BINDTOIFINDEX), 0);
	CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "nodev", 6),
	          ENODEV);
	CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2), 0);
	n = sizeof(name);
	CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &n), 0);
	CHECK_EQ(n, 3);
	CHECK_EQ(strcmp(name, "lo"), 0);
	n = 4;
	CHECK_ERR(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &n),
	          EINVAL);
	CHECK_EQ(get(fd, SOL_SOCKET, SO_BINDTOIFINDEX), lo);
	CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "", 0), 0);
	CHECK_EQ(get(fd, SOL_SOCKET, SO_BINDTOIFINDEX), 0);
	CHECK_EQ(set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, lo), 0);
	CHECK_EQ(get(fd, SOL_SOCKET, SO_BINDTOIFINDEX), lo);
	close(fd);
}

static void on_the_loopback(void)
{
	struct sockaddr_in to, me;
	int l = bound(SOCK_STREAM, "lo", &to), server;
	int fd = bound(SOCK_STREAM, "lo", &me);
	char c;

	begin("bound to the loopback");
	CHECK_EQ(listen(l, 1), 0);
	CHECK_EQ(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	server = accept(l, NULL, NULL);
	CHECK(server >= 0);
	CHECK_EQ(get(server, SOL_SOCKET, SO_BINDTOIFINDEX),
	         if_nametoindex("lo"));
	CHECK_EQ(write(server, "x", 1), 1);
	CHECK_EQ(read(fd, &c, 1), 1);
	close(fd);
	close(server);
	close(l);

	l = bound(SOCK_DGRAM, "lo", &to);
	fd = bound(SOCK_DGRAM, "lo", &me);
	CHECK_EQ(sendto(fd, "y", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	CHECK_EQ(readable(l), 1);
	CHECK_EQ(read(l, &c, 1), 1);
	close(fd);
	close(l);
}

/* --- marks --- */

static void kept(int fd, int name, int first, int then)
{
	CHECK_EQ(get(fd, SOL_SOCKET, name), first);
	CHECK_EQ(set(fd, SOL_SOCKET, name, then), 0);
	CHECK_EQ(get(fd, SOL_SOCKET, name), then);
}

static void marks(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	begin("marks");
	kept(fd, SO_PRIORITY, 0, 6);
	kept(fd, SO_MARK, 0, 0x1234);
	kept(fd, SO_INCOMING_CPU, -1, 0);
	kept(fd, SO_OOBINLINE, 0, 1);
	kept(fd, SO_DONTROUTE, 0, 1);
	CHECK_EQ(set(fd, SOL_SOCKET, SO_BUSY_POLL, 50), 0);
	CHECK_EQ(get(fd, SOL_SOCKET, SO_BUSY_POLL), 50);
	CHECK_ERR(set(fd, SOL_SOCKET, SO_BUSY_POLL, -1), EINVAL);
	close(fd);
}

/* --- don't fragment --- */

static void discovery(int domain, int level, int name)
{
	int fd = socket(domain, SOCK_DGRAM, 0);

	CHECK_EQ(get(fd, level, name), IP_PMTUDISC_WANT);
	for (int v = IP_PMTUDISC_DONT; v <= IP_PMTUDISC_OMIT; v++) {
		CHECK_EQ(set(fd, level, name, v), 0);
		CHECK_EQ(get(fd, level, name), v);
	}
	CHECK_ERR(set(fd, level, name, IP_PMTUDISC_OMIT + 1), EINVAL);
	CHECK_ERR(set(fd, level, name, -1), EINVAL);
	close(fd);
}

static void fragments(void)
{
	struct sockaddr_in to, me;
	int l = bound(SOCK_DGRAM, NULL, &to), fd = bound(SOCK_DGRAM, NULL, &me);
	static char bytes[60000];

	begin("fragments");
	discovery(AF_INET, IPPROTO_IP, IP_MTU_DISCOVER);
	discovery(AF_INET6, IPPROTO_IPV6, IPV6_MTU_DISCOVER);
	CHECK_EQ(set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);
	CHECK_EQ(sendto(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&to,
	                sizeof(to)),
	         sizeof(bytes));
	CHECK_EQ(readable(l), 1);
	CHECK_EQ(recv(l, bytes, sizeof(bytes), 0), sizeof(bytes));
	close(fd);
	close(l);
}

int main(void)
{
	names_of_devices();
	on_the_loopback();
	marks();
	fragments();
	return check_done();
}
