/*
 * echo.c - a program for machines: sends back what comes, by TCP and UDP, over
 * both versions of IP, on port 7. A TCP client is answered at its end: with the
 * whole of what it sent, up to 16 MiB.
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 7, MOST = 16 << 20 };

static int bound(int type)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6,
	                         .sin6_port = htons(PORT)};
	int fd = socket(AF_INET6, type, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    (type == SOCK_STREAM && listen(fd, 16))) {
		perror("echo");
		exit(1);
	}
	return fd;
}

static void answer_stream(int l, char *room)
{
	int fd = accept(l, NULL, NULL);
	size_t n = 0, done = 0;
	ssize_t k;

	while (n < MOST && (k = read(fd, room + n, MOST - n)) > 0)
		n += (size_t)k;
	while (done < n && (k = write(fd, room + done, n - done)) > 0)
		done += (size_t)k;
	close(fd);
}

static void answer_datagram(int fd, char *room)
{
	struct sockaddr_in6 a;
	socklen_t len = sizeof(a);
	ssize_t n = recvfrom(fd, room, MOST, 0, (struct sockaddr *)&a, &len);

	if (n >= 0)
		sendto(fd, room, (size_t)n, 0, (struct sockaddr *)&a, len);
}

int main(void)
{
	char *room = malloc(MOST);
	struct pollfd p[2] = {{bound(SOCK_STREAM), POLLIN, 0},
	                      {bound(SOCK_DGRAM), POLLIN, 0}};

	puts("echo: listening");
	fflush(stdout);
	while (poll(p, 2, -1) > 0) {
		if (p[0].revents)
			answer_stream(p[0].fd, room);
		if (p[1].revents)
			answer_datagram(p[1].fd, room);
	}
	return 1;
}
