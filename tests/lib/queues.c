/*
 * queues.c - a program for machines: on each processor n a thread that sends
 * back what comes by UDP on port 100 + n, from that processor; and who comes by
 * TCP on port 7 is told what /proc/interrupts says.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST_PORT = 100, PORT = 7 };

static int bound(int type, int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, type, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a))) {
		perror("queues");
		exit(1);
	}
	return fd;
}

struct worker {
	int cpu, fd;
	pthread_t thread;
};

static void *answer(void *arg)
{
	const struct worker *w = arg;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)w->cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		exit(1);
	for (;;) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		char room[1500];
		ssize_t k = recvfrom(w->fd, room, sizeof(room), 0,
		                     (struct sockaddr *)&from, &len);

		if (k >= 0)
			sendto(w->fd, room, (size_t)k, 0,
			       (struct sockaddr *)&from, len);
	}
	return NULL;
}

static void tell(int to)
{
	FILE *f = fopen("/proc/interrupts", "r");
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		dprintf(to, "%s", line);
	if (f)
		fclose(f);
	close(to);
}

int main(void)
{
	int l = bound(SOCK_STREAM, PORT),
	    n = (int)sysconf(_SC_NPROCESSORS_ONLN);
	struct worker *w = calloc((size_t)n, sizeof(*w));
	int fd;

	for (int i = 0; w && i < n; i++) {
		w[i] = (struct worker){.cpu = i,
		                       .fd = bound(SOCK_DGRAM, FIRST_PORT + i)};
		if (pthread_create(&w[i].thread, NULL, answer, &w[i]))
			return 1;
	}
	if (!w || listen(l, 4))
		return 1;
	puts("queues: listening");
	fflush(stdout);
	while ((fd = accept(l, NULL, NULL)) >= 0)
		tell(fd);
	return 1;
}
