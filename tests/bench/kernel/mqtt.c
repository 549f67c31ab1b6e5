/*
 * mqtt.c ADDRESS SECONDS - how many messages of QoS 0 a broker passes on.
 *
 * One connection subscribes, one publishes 64-byte messages as fast as the
 * broker takes them; prints how many a second arrived, and the sum.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 1883, BODY = 64, BATCH = 32, MESSAGE = 2 + 2 + 1 + BODY };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

/* Send a packet, and read the `n` bytes of its answer. */
static void ask(int fd, const char *packet, size_t len, size_t n)
{
	char answer[8];

	must(write(fd, packet, len) == (ssize_t)len, "write");
	must(recv(fd, answer, n, MSG_WAITALL) == (ssize_t)n, "answer");
}

static int session(const char *address, char name)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	char hello[] = "\x10\x0d\0\4MQTT\4\2\0\x3c\0\1?";
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, address, &a.sin_addr);
	must(!connect(fd, (struct sockaddr *)&a, sizeof(a)), address);
	hello[14] = name;
	ask(fd, hello, 15, 4);
	return fd;
}

static void fill(char *batch)
{
	for (int i = 0; i < BATCH; i++, batch += MESSAGE) {
		memset(batch, 'x', MESSAGE);
		memcpy(batch, (char[]){0x30, MESSAGE - 2, 0, 1, 't'}, 5);
	}
}

int main(int argc, char **argv)
{
	static char batch[BATCH * MESSAGE], in[256 * 1024];
	int sub, pub, at = 0;
	double begin, end;
	long got = 0;

	must(argc == 3, "usage");
	sub = session(argv[1], 's');
	pub = session(argv[1], 'p');
	ask(sub, "\x82\6\0\1\0\1t\0", 8, 5);
	fcntl(pub, F_SETFL, O_NONBLOCK);
	fill(batch);
	begin = now();
	end = begin + atof(argv[2]);
	while (now() < end) {
		struct pollfd p[2] = {{sub, POLLIN, 0}, {pub, POLLOUT, 0}};
		ssize_t n;

		must(poll(p, 2, 1000) > 0, "poll");
		if (p[1].revents & POLLOUT) {
			n = write(pub, batch + at, sizeof(batch) - (size_t)at);
			if (n > 0)
				at = (at + (int)n) % (int)sizeof(batch);
		}
		if (p[0].revents & POLLIN) {
			n = read(sub, in, sizeof(in));
			must(n > 0, "read");
			got += n;
		}
	}
	printf("%.0f %ld\n", (double)got / MESSAGE / (now() - begin),
	       got / MESSAGE);
	return 0;
}
