/* tcp.c - TCP over the loopback. */
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "tests/guest/tcp_pair.h"

static struct sockaddr_in address(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
	                            .sin_port = htons(port),
	                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int bind_to(int fd, uint16_t port)
{
	struct sockaddr_in a = address(port);

	return bind(fd, (struct sockaddr *)&a, sizeof(a));
}

static int connect_to(int fd, uint16_t port)
{
	struct sockaddr_in a = address(port);

	return connect(fd, (struct sockaddr *)&a, sizeof(a));
}

static int port_of(int fd)
{
	struct sockaddr_in a;
	socklen_t n = sizeof(a);

	return getsockname(fd, (struct sockaddr *)&a, &n) ? -1
	                                                  : ntohs(a.sin_port);
}

static int peer_port_of(int fd)
{
	struct sockaddr_in a;
	socklen_t n = sizeof(a);

	return getpeername(fd, (struct sockaddr *)&a, &n) ? -1
	                                                  : ntohs(a.sin_port);
}

static int option(int fd, int level, int name)
{
	int v = -1;
	socklen_t n = sizeof(v);

	return getsockopt(fd, level, name, &v, &n) ? -1 : v;
}

static int revents(int fd, int events, int timeout)
{
	struct pollfd p = {fd, (short)events, 0};

	return poll(&p, 1, timeout) < 0 ? -1 : p.revents;
}

static int listener(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind_to(fd, 0) || listen(fd, 16))
		return -1;
	return fd;
}

static void making(void)
{
	struct sockaddr_in a = address(0);
	socklen_t n = sizeof(a);
	int l, c, s;

	begin("listen, connect, accept");
	l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	MUST(l >= 0);
	CHECK_EQ(fcntl(l, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(option(l, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
	CHECK_EQ(option(l, SOL_SOCKET, SO_ACCEPTCONN), 0);
	CHECK_ERR(accept(l, NULL, NULL), EINVAL);
	CHECK_EQ(bind_to(l, 0), 0);
	CHECK(port_of(l) > 1023);
	CHECK_ERR(bind_to(l, 0), EINVAL);
	CHECK_EQ(listen(l, 5), 0);
	CHECK_EQ(option(l, SOL_SOCKET, SO_ACCEPTCONN), 1);
	CHECK_EQ(revents(l, POLLIN, 0), 0);
	c = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_ERR(bind_to(c, (uint16_t)port_of(l)), EADDRINUSE);
	CHECK_ERR(getpeername(c, (struct sockaddr *)&a, &n), ENOTCONN);
	CHECK_EQ(revents(c, POLLIN | POLLOUT, 0), POLLOUT | POLLHUP);
	CHECK_EQ(connect_to(c, (uint16_t)port_of(l)), 0);
	CHECK_ERR(connect_to(c, (uint16_t)port_of(l)), EISCONN);
	CHECK_EQ(revents(l, POLLIN, 1000), POLLIN);
	n = sizeof(a);
	s = accept4(l, (struct sockaddr *)&a, &n, SOCK_NONBLOCK);
	MUST(s >= 0);
	CHECK_EQ(n, sizeof(a));
	CHECK_EQ(ntohs(a.sin_port), port_of(c));
	CHECK_EQ(ntohl(a.sin_addr.s_addr), INADDR_LOOPBACK);
	CHECK_EQ(fcntl(s, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	CHECK_EQ(port_of(s), port_of(l));
	CHECK_EQ(peer_port_of(c), port_of(l));
	CHECK_EQ(peer_port_of(s), port_of(c));
	CHECK_EQ(fcntl(l, F_SETFL, O_NONBLOCK), 0);
	CHECK_ERR(accept(l, NULL, NULL), EAGAIN);
	close(l);
	close(c);
	close(s);
}

static void talking(void)
{
	char buf[32] = "";
	struct iovec v[2] = {{(char[]){"ab"}, 2}, {(char[]){"cd"}, 2}};
	int n;

	begin("send and receive");
	connect_pair();
	CHECK_EQ(write(client, "hello", 5), 5);
	CHECK_EQ(revents(server, POLLIN, 1000), POLLIN);
	CHECK_EQ(ioctl(server, FIONREAD, &n), 0);
	CHECK_EQ(n, 5);
	CHECK_EQ(recv(server, buf, 3, MSG_PEEK), 3);
	CHECK_EQ(recv(server, buf, 3, 0), 3);
	CHECK(!memcmp(buf, "hel", 3));
	CHECK_EQ(read(server, buf, sizeof(buf)), 2);
	CHECK_ERR(recv(server, buf, 1, MSG_DONTWAIT), EAGAIN);
	CHECK_EQ(writev(server, v, 2), 4);
	CHECK_EQ(recv(client, buf, 4, MSG_WAITALL), 4);
	CHECK(!memcmp(buf, "abcd", 4));
	CHECK_EQ(send(client, "x", 1, MSG_NOSIGNAL), 1);
	CHECK_EQ(recv(server, buf, 8, MSG_TRUNC), 1);
	CHECK_EQ(send(client, "", 0, 0), 0);
	CHECK_ERR(recv(server, buf, 8, MSG_DONTWAIT), EAGAIN);
	close_pair();
}

static void ending(void)
{
	char c;

	begin("shutdown and close");
	connect_pair();
	CHECK_EQ(write(client, "z", 1), 1);
	CHECK_EQ(shutdown(client, SHUT_WR), 0);
	CHECK_ERR(send(client, "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_EQ(read(server, &c, 1), 1);
	CHECK_EQ(read(server, &c, 1), 0);
	CHECK_EQ(revents(server, POLLIN | POLLRDHUP, 100), POLLIN | POLLRDHUP);
	CHECK_EQ(write(server, "y", 1), 1);
	CHECK_EQ(read(client, &c, 1), 1);
	CHECK_EQ(close(server), 0);
	CHECK_EQ(read(client, &c, 1), 0);
	CHECK_EQ(revents(client, POLLIN, 100), POLLIN | POLLHUP);
	close(client);
	connect_pair();
	close(server);
	CHECK_EQ(read(client, &c, 1), 0);
	CHECK_EQ(write(client, "x", 1), 1); /* is answered with a reset */
	sleep_ms(50);
	CHECK_ERR(send(client, "x", 1, MSG_NOSIGNAL), EPIPE);
	close(client);
	connect_pair();
	CHECK_EQ(write(client, "unread", 6), 6);
	CHECK_EQ(revents(server, POLLIN, 1000), POLLIN);
	close(server); /* unread data: reset */
	sleep_ms(50);
	CHECK_ERR(read(client, &c, 1), ECONNRESET);
	close(client);
}

static void refusing(void)
{
	int l = listener(), fd = socket(AF_INET, SOCK_STREAM, 0);
	uint16_t port = (uint16_t)port_of(l);
	char c;

	begin("refused");
	close(l);
	CHECK_ERR(connect_to(fd, port), ECONNREFUSED);
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CHECK_ERR(connect_to(fd, port), EINPROGRESS);
	CHECK_EQ(revents(fd, POLLOUT, 1000) & (POLLOUT | POLLERR),
	         POLLOUT | POLLERR);
	CHECK_EQ(option(fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
	CHECK_EQ(option(fd, SOL_SOCKET, SO_ERROR), 0);
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_ERR(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_ERR(read(fd, &c, 1), ENOTCONN);
	CHECK_ERR(shutdown(fd, SHUT_WR), ENOTCONN);
	close(fd);
	CHECK_ERR(send(0, "x", 1, 0), ENOTSOCK);
	CHECK_ERR(socket(AF_INET, 99, 0), EINVAL);
	CHECK_ERR(socket(99, SOCK_STREAM, 0), EAFNOSUPPORT);
}

static void without_waiting(void)
{
	int l = listener(),
	    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	static char block[65536];
	ssize_t n, sent = 0, got = 0;

	begin("without waiting");
	CHECK_ERR(connect_to(fd, (uint16_t)port_of(l)), EINPROGRESS);
	CHECK_EQ(revents(fd, POLLOUT, 1000), POLLOUT);
	CHECK_EQ(option(fd, SOL_SOCKET, SO_ERROR), 0);
	server = accept(l, NULL, NULL);
	while ((n = write(fd, block, sizeof(block))) > 0)
		sent += n;
	CHECK_EQ(n, -1);
	CHECK(sent > 10000);
	CHECK_EQ(revents(fd, POLLOUT, 0), 0);
	while (got < sent && (n = read(server, block, sizeof(block))) > 0)
		got += n;
	CHECK_EQ(got, sent);
	CHECK_EQ(revents(fd, POLLOUT, 1000), POLLOUT);
	close(fd);
	close(server);
	close(l);
}

enum { BULK = 4 << 20 };

static void *send_bulk(void *arg)
{
	static unsigned char block[30000];
	size_t at = 0;

	while (at < BULK) {
		size_t n =
			BULK - at < sizeof(block) ? BULK - at : sizeof(block);

		for (size_t i = 0; i < n; i++)
			block[i] = (unsigned char)((at + i) * 7 >> 3);
		for (size_t done = 0; done < n;) {
			ssize_t k = write(client, block + done, n - done);

			if (k <= 0)
				return arg;
			done += (size_t)k;
		}
		at += n;
	}
	shutdown(client, SHUT_WR);
	return arg;
}

static void bulk(void)
{
	static unsigned char block[50000];
	size_t at = 0, wrong = 0;
	pthread_t t;
	ssize_t n;

	begin("4 MiB");
	connect_pair();
	pthread_create(&t, NULL, send_bulk, NULL);
	while ((n = read(server, block, sizeof(block))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			wrong += block[i] !=
			         (unsigned char)((at + (size_t)i) * 7 >> 3);
		at += (size_t)n;
	}
	pthread_join(t, NULL);
	CHECK_EQ(at, BULK);
	CHECK_EQ(wrong, 0);
	close_pair();
}

static void options(void)
{
	struct timeval t = {0, 30000};
	struct linger l = {1, 0};
	int one = 1, big = 65536;
	int64_t from;
	char c;

	begin("options");
	connect_pair();
	CHECK_EQ(setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, 4), 0);
	CHECK_EQ(option(client, IPPROTO_TCP, TCP_NODELAY), 1);
	CHECK_EQ(setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &one, 4), 0);
	CHECK_EQ(option(client, SOL_SOCKET, SO_KEEPALIVE), 1);
	CHECK_EQ(setsockopt(client, SOL_SOCKET, SO_REUSEADDR, &one, 4), 0);
	CHECK_EQ(setsockopt(client, SOL_SOCKET, SO_SNDBUF, &big, 4), 0);
	CHECK(option(client, SOL_SOCKET, SO_SNDBUF) > 0);
	CHECK(option(client, SOL_SOCKET, SO_RCVBUF) > 0);
	CHECK_EQ(option(client, SOL_SOCKET, SO_DOMAIN), AF_INET);
	CHECK_EQ(option(client, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
	CHECK_EQ(setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)), 0);
	from = now_ms();
	CHECK_ERR(read(client, &c, 1), EAGAIN);
	CHECK(now_ms() - from >= 29);
	CHECK_ERR(setsockopt(client, SOL_SOCKET, SO_REUSEADDR, &one, 1),
	          EINVAL);
	CHECK_ERR(setsockopt(client, IPPROTO_TCP, 9999, &one, 4), ENOPROTOOPT);
	CHECK_EQ(setsockopt(client, SOL_SOCKET, SO_LINGER, &l, sizeof(l)), 0);
	close(client); /* a reset, because nothing may linger */
	CHECK_ERR(read(server, &c, 1), ECONNRESET);
	close(server);
}

static void *accept_one(void *arg)
{
	int *l = arg;

	*l = accept(*l, NULL, NULL);
	return NULL;
}

static void *connect_one(void *arg)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char c = 0;

	if (connect_to(fd, (uint16_t)(long)arg) || write(fd, "q", 1) != 1 ||
	    read(fd, &c, 1) != 1)
		c = 0;
	close(fd);
	return (void *)(long)(c == 'a');
}

static void many(void)
{
	enum { CLIENTS = 20 };
	int l = listener(), s, answered = 0;
	pthread_t t[CLIENTS];
	char c;

	begin("many clients");
	for (int i = 0; i < CLIENTS; i++)
		pthread_create(&t[i], NULL, connect_one,
		               (void *)(long)port_of(l));
	for (int i = 0; i < CLIENTS; i++) {
		s = accept(l, NULL, NULL);
		if (s >= 0 && read(s, &c, 1) == 1 && write(s, "a", 1) == 1)
			answered++;
		close(s);
	}
	CHECK_EQ(answered, CLIENTS);
	for (int i = 0; i < CLIENTS; i++) {
		void *fine = NULL;

		pthread_join(t[i], &fine);
		answered -= (int)(long)fine;
	}
	CHECK_EQ(answered, 0);
	close(l);
	l = listener();
	s = l;
	pthread_create(&t[0], NULL, accept_one, &s);
	sleep_ms(10);
	client = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_EQ(connect_to(client, (uint16_t)port_of(l)), 0);
	pthread_join(t[0], NULL);
	CHECK(s >= 0 && s != l);
	close(s);
	close(client);
	close(l);
}

static void from_file(void)
{
	int file = open("page", O_CREAT | O_RDWR, 0644);
	char buf[100] = "";
	off_t at = 5;

	begin("sendfile");
	connect_pair();
	MUST(write(file, "0123456789abcdef", 16) == 16);
	CHECK_EQ(sendfile(client, file, &at, 8), 8);
	CHECK_EQ(at, 13);
	CHECK_EQ(recv(server, buf, 8, MSG_WAITALL), 8);
	CHECK(!memcmp(buf, "56789abc", 8));
	close(file);
	CHECK_EQ(unlink("page"), 0);
	close_pair();
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	making();
	talking();
	ending();
	refusing();
	without_waiting();
	bulk();
	options();
	many();
	from_file();
	return check_done();
}
