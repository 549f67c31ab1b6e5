/*
 * tcptimers.c - when TCP does something by itself, and after long silence.
 *
 * run: seconds=120
 */
#include <netinet/tcp.h>
#include <poll.h>

#include "tests/guest/tcp_pair.h"

enum { SILENCE_MS = 2500, PATIENCE_MS = 15000 };

static bool say(int from, int to)
{
	char c = 'x';

	return write(from, &c, 1) == 1 && read(to, &c, 1) == 1;
}

/* --- sending again --- */

static uint32_t timeout_us(int fd)
{
	struct tcp_info info = {.tcpi_rto = 0};
	socklen_t size = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size)
	               ? 0
	               : info.tcpi_rto;
}

/* 200 ms and what an answer takes: not the second that is taken for it first.
 */
static bool is_measured(uint32_t us)
{
	return us >= 200 * 1000 && us < 1000 * 1000;
}

static void timeouts(void)
{
	begin("timeouts");
	connect_pair();
	CHECK(is_measured(timeout_us(client)));
	CHECK(is_measured(timeout_us(server)));
	for (int i = 0; i < 20; i++)
		MUST(say(client, server) && say(server, client));
	CHECK(is_measured(timeout_us(client)));
	CHECK(is_measured(timeout_us(server)));
	close_pair();
}

/* --- after silence --- */

/* Is a connection with this port of ours in /proc/net/tcp? */
static bool is_listed(int fd)
{
	struct sockaddr_in a;
	socklen_t size = sizeof(a);
	char want[20], line[300];
	bool found = false;
	FILE *f = fopen("/proc/net/tcp", "r");

	MUST(f && getsockname(fd, (struct sockaddr *)&a, &size) == 0);
	snprintf(want, sizeof(want), "0100007F:%04X ", ntohs(a.sin_port));
	while (!found && fgets(line, sizeof(line), f))
		found = strstr(line, want);
	fclose(f);
	return found;
}

static void silence(void)
{
	char c;

	begin("after silence");
	connect_pair();
	MUST(say(client, server));
	sleep_ms(SILENCE_MS);
	CHECK(is_listed(client));
	CHECK(is_listed(server));
	CHECK(say(client, server));
	sleep_ms(SILENCE_MS);
	CHECK(say(server, client));
	CHECK(say(client, server));
	sleep_ms(SILENCE_MS);
	CHECK_EQ(shutdown(client, SHUT_WR), 0);
	CHECK_EQ(read(server, &c, 1), 0);
	sleep_ms(SILENCE_MS);
	CHECK(say(server, client));
	close(server);
	CHECK_EQ(read(client, &c, 1), 0);
	close(client);
}

static void reset_after_silence(void)
{
	struct linger now = {1, 0};
	char c;

	begin("a reset after silence");
	connect_pair();
	sleep_ms(SILENCE_MS);
	CHECK_EQ(setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof(now)),
	         0);
	close(client);
	CHECK_ERR(read(server, &c, 1), ECONNRESET);
	close(server);
}

/* --- keepalive --- */

static long packets_of_loopback(void)
{
	FILE *f = fopen("/proc/net/dev", "r");
	char line[300];
	long n = -1;

	while (f && n < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, " lo: %*u %ld", &n) != 1)
			n = -1;
	if (f)
		fclose(f);
	return n;
}

/* A question and its answer. */
static bool probes_come(void)
{
	long before = packets_of_loopback();
	int64_t end = now_ms() + PATIENCE_MS;

	while (now_ms() < end) {
		if (packets_of_loopback() >= before + 2)
			return true;
		sleep_ms(20);
	}
	return false;
}

static void keep_alive(int idle_s)
{
	int one = 1;

	CHECK_EQ(setsockopt(client, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, 4), 0);
	CHECK_EQ(setsockopt(client, IPPROTO_TCP, TCP_KEEPINTVL, &one, 4), 0);
	CHECK_EQ(setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &one, 4), 0);
}

static void keepalive(void)
{
	begin("keepalive");
	connect_pair();
	keep_alive(5); /* it is silent for long before */
	CHECK(probes_come());
	CHECK(probes_come());
	close_pair();
	connect_pair();
	sleep_ms(SILENCE_MS);
	keep_alive(1);
	CHECK(probes_come());
	CHECK(say(server, client));
	close_pair();
}

/* --- attempts to connect, and those that wait to be accepted --- */

static int listener(struct sockaddr_in *a, int backlog)
{
	socklen_t size = sizeof(*a);
	int l = socket(AF_INET, SOCK_STREAM, 0);

	*a = (struct sockaddr_in){.sin_family = AF_INET,
	                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	MUST(bind(l, (struct sockaddr *)a, sizeof(*a)) == 0);
	MUST(listen(l, backlog) == 0);
	MUST(getsockname(l, (struct sockaddr *)a, &size) == 0);
	return l;
}

static int option(int fd, int name)
{
	socklen_t size = sizeof(int);
	int v = -1;

	return getsockopt(fd, IPPROTO_TCP, name, &v, &size) ? -1 : v;
}

static int set_option(int fd, int name, int v)
{
	return setsockopt(fd, IPPROTO_TCP, name, &v, sizeof(v));
}

static int begin_connecting(const struct sockaddr_in *a, int attempts)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	CHECK_EQ(set_option(fd, TCP_SYNCNT, attempts), 0);
	CHECK_EQ(option(fd, TCP_SYNCNT), attempts);
	CHECK_ERR(connect(fd, (const struct sockaddr *)a, sizeof(*a)),
	          EINPROGRESS);
	return fd;
}

static int error_of(int fd)
{
	socklen_t size = sizeof(int);
	int v = -1;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &v, &size);
	return v;
}

/* A queue that is full answers nothing: one second, then two, are waited. */
static void attempts(void)
{
	struct sockaddr_in a;
	int l = listener(&a, 0), first = socket(AF_INET, SOCK_STREAM, 0);
	struct pollfd p[2] = {{.events = POLLOUT}, {.events = POLLOUT}};
	int64_t begun;

	begin("attempts");
	CHECK_ERR(set_option(first, TCP_SYNCNT, 0), EINVAL);
	CHECK_ERR(set_option(first, TCP_SYNCNT, 128), EINVAL);
	CHECK_EQ(option(first, TCP_SYNCNT), 6);
	MUST(connect(first, (struct sockaddr *)&a, sizeof(a)) == 0);
	begun = now_ms();
	p[0].fd = begin_connecting(&a, 1);
	p[1].fd = begin_connecting(&a, 3);
	CHECK(poll(p, 2, 30000) == 1 && p[0].revents);
	CHECK(now_ms() - begun >= 2900);
	CHECK_EQ(error_of(p[0].fd), ETIMEDOUT);
	/* One that gets through in the end. */
	close(accept(l, NULL, NULL));
	CHECK_EQ(poll(p + 1, 1, 30000), 1);
	CHECK_EQ(error_of(p[1].fd), 0);
	close(p[0].fd);
	close(p[1].fd);
	close(first);
	close(l);
}

static bool readable(int fd, int timeout_ms)
{
	struct pollfd p = {fd, POLLIN, 0};

	return poll(&p, 1, timeout_ms) == 1;
}

static int connect_to(const struct sockaddr_in *a)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	MUST(connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0);
	return fd;
}

static void deferring(void)
{
	struct linger now = {1, 0};
	struct sockaddr_in a;
	int l = listener(&a, 8), fd, s;
	char c;

	begin("deferring");
	CHECK_EQ(option(l, TCP_DEFER_ACCEPT), 0);
	CHECK_EQ(set_option(l, TCP_DEFER_ACCEPT, 5), 0);
	CHECK_EQ(option(l, TCP_DEFER_ACCEPT), 7);
	fd = connect_to(&a);
	CHECK(!readable(l, 200));
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK(readable(l, PATIENCE_MS));
	s = accept(l, NULL, NULL);
	CHECK(s >= 0 && read(s, &c, 1) == 1 && c == 'x');
	close(s);
	close(fd);
	fd = connect_to(&a);
	close(fd); /* the end is something, too */
	CHECK(readable(l, PATIENCE_MS));
	s = accept(l, NULL, NULL);
	CHECK(s >= 0 && read(s, &c, 1) == 0);
	close(s);
	fd = connect_to(&a);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd); /* a reset: it was never there */
	CHECK(!readable(l, 200));
	CHECK_EQ(set_option(l, TCP_DEFER_ACCEPT, 1), 0);
	CHECK_EQ(option(l, TCP_DEFER_ACCEPT), 1);
	fd = connect_to(&a);
	CHECK(!readable(l, 200));
	CHECK(readable(l, PATIENCE_MS)); /* not for ever */
	s = accept(l, NULL, NULL);
	CHECK(s >= 0 && say(fd, s));
	close(s);
	close(fd);
	fd = connect_to(&a); /* still waits when the listener goes */
	close(l);
	close(fd);
}

static bool is_listed_as(const struct sockaddr_in *a, const char *state)
{
	char line[300], want[20];
	bool found = false;
	FILE *f = fopen("/proc/net/tcp", "r");

	snprintf(want, sizeof(want), ":%04X %s ", ntohs(a->sin_port), state);
	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, want);
	if (f)
		fclose(f);
	return found;
}

/* Who closed, and whose other side does not, waits so long for it. */
static void half_closed(void)
{
	struct sockaddr_in a;
	int l = listener(&a, 1), fd = connect_to(&a), s;
	int64_t end = now_ms() + PATIENCE_MS;

	begin("half closed");
	s = accept(l, NULL, NULL);
	CHECK_EQ(option(fd, TCP_LINGER2), 60);
	CHECK_EQ(set_option(fd, TCP_LINGER2, -5), 0);
	CHECK_EQ(option(fd, TCP_LINGER2), -1);
	CHECK_EQ(set_option(fd, TCP_LINGER2, 3), 0);
	CHECK_EQ(option(fd, TCP_LINGER2), 3);
	close(fd);
	/* 05: FIN_WAIT2 */
	while (!is_listed_as(&a, "05") && now_ms() < end)
		sleep_ms(20);
	CHECK(now_ms() < end);
	while (is_listed_as(&a, "05") && now_ms() < end)
		sleep_ms(20);
	CHECK(now_ms() < end);
	close(s);
	close(l);
}

int main(void)
{
	timeouts();
	silence();
	reset_after_silence();
	keepalive();
	attempts();
	deferring();
	half_closed();
	return check_done();
}
