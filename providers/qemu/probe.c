/* probe.c - see the header. */
#include "providers/qemu/probe.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HOLD_MS = 100, ANSWER_MS = 1000 };

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* -1: nobody, not even QEMU. On this host that is known at once. */
static int open_port(uint32_t ip, uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_port = htons(port);
	to.sin_addr.s_addr = htonl(ip ? ip : INADDR_LOOPBACK);
	if (fd < 0 || !connect(fd, (const struct sockaddr *)&to, sizeof(to)))
		return fd;
	close(fd);
	return -1;
}

bool qemu_probe_tcp(uint32_t ip, uint16_t port)
{
	int fd = open_port(ip, port);
	struct pollfd in = {.fd = fd, .events = POLLIN | POLLRDHUP};
	char byte;
	bool open;

	if (fd < 0)
		return false;
	open = poll(&in, 1, HOLD_MS) == 0 ||
	       recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
	close(fd);
	return open;
}

static bool ask(int fd, const char *path)
{
	char request[2048];
	int len = snprintf(request, sizeof(request),
	                   "GET %s HTTP/1.1\r\nHost: localhost\r\n"
	                   "User-Agent: miso\r\nConnection: close\r\n\r\n",
	                   *path ? path : "/");

	return len > 0 && (size_t)len < sizeof(request) &&
	       send(fd, request, (size_t)len, MSG_NOSIGNAL) == len;
}

/* The first bytes of the answer, until `end` or as many as are wanted. */
static size_t hear(int fd, char *text, size_t want, int64_t end)
{
	struct pollfd in = {.fd = fd, .events = POLLIN};
	size_t have = 0;

	while (have < want) {
		int64_t left = end - clock_ms();
		ssize_t n;

		if (left <= 0 || poll(&in, 1, (int)left) <= 0)
			break;
		n = recv(fd, text + have, want - have, MSG_DONTWAIT);
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	return have;
}

/* "HTTP/1.1 204 " */
static bool is_good(const char *line)
{
	char *end;
	long status;

	if (strncmp(line, "HTTP/1.", 7) != 0 || line[8] != ' ')
		return false;
	status = strtol(line + 9, &end, 10);
	return end == line + 12 && status >= 200 && status < 400;
}

bool qemu_probe_http(uint32_t ip, uint16_t port, const char *path)
{
	enum { STATUS = sizeof("HTTP/1.1 200") - 1 };
	char line[STATUS + 1] = "";
	int fd = open_port(ip, port);
	bool good;

	if (fd < 0)
		return false;
	good = ask(fd, path) &&
	       hear(fd, line, STATUS, clock_ms() + ANSWER_MS) == STATUS &&
	       is_good(line);
	close(fd);
	return good;
}
