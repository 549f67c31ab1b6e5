/*
 * tcptimers.c - when TCP does something by itself, and after long silence.
 *
 * run:
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/guest/check.h"

enum { SILENCE_MS = 2500, PATIENCE_MS = 15000 };

static int client, server;

static void connect_pair(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(a);
	int l = socket(AF_INET, SOCK_STREAM, 0);

	MUST(bind(l, (struct sockaddr *)&a, sizeof(a)) == 0);
	MUST(listen(l, 1) == 0);
	MUST(getsockname(l, (struct sockaddr *)&a, &size) == 0);
	client = socket(AF_INET, SOCK_STREAM, 0);
	MUST(connect(client, (struct sockaddr *)&a, sizeof(a)) == 0);
	server = accept(l, NULL, NULL);
	MUST(server >= 0);
	close(l);
}

static void close_pair(void)
{
	close(client);
	close(server);
}

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

/* An answer over the loopback takes no time; the least is 200 ms. */
static bool is_least(uint32_t us)
{
	return us >= 200 * 1000 && us <= 250 * 1000;
}

static void timeouts(void)
{
	begin("timeouts");
	connect_pair();
	CHECK(is_least(timeout_us(client)));
	CHECK(is_least(timeout_us(server)));
	for (int i = 0; i < 20; i++)
		MUST(say(client, server) && say(server, client));
	CHECK(is_least(timeout_us(client)));
	CHECK(is_least(timeout_us(server)));
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

int main(void)
{
	timeouts();
	silence();
	reset_after_silence();
	keepalive();
	return check_done();
}
