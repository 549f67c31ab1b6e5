/*
 * scale.c - what the kernel does for several processors at once. A thread for
 * each does the same thing on memory, pipes, a file, its name or sockets: a
 * little of it first, to be warm, and then for SECONDS (1). What all of them
 * did then is said a line each: "NAME N a second".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 8, PAGE = 4096, PAGES = 64 };

static const char NAME[] = "/tmp/scale.data";
static volatile int over;
static long done[THREADS_MAX][16]; /* [][0], on lines of their own */
static int file;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Pages touched for the first time. */
static void *faults(void *arg)
{
	long *n = arg;

	while (!over) {
		char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
		               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			fail("mmap");
		for (int i = 0; i < PAGES; i++)
			p[i * PAGE] = 1;
		munmap(p, PAGES * PAGE);
		*n += PAGES;
	}
	return NULL;
}

static int ends[THREADS_MAX][4];

static void *echo(void *arg)
{
	int *e = arg;
	char c;

	while (read(e[0], &c, 1) == 1)
		if (write(e[3], &c, 1) != 1)
			fail("write");
	return NULL;
}

/* There and back, through two pipes to a thread of its own. */
static void *round_trips(void *arg)
{
	int *e = ends[((long(*)[16])arg) - done];
	pthread_t t;
	long *n = arg;
	char c = 'x';

	if (pipe(e) || pipe(e + 2) || pthread_create(&t, NULL, echo, e))
		fail("pipe");
	while (!over) {
		if (write(e[1], &c, 1) != 1 || read(e[2], &c, 1) != 1)
			fail("a pipe");
		++*n;
	}
	close(e[1]);
	pthread_join(t, NULL);
	close(e[0]);
	close(e[2]);
	close(e[3]);
	return NULL;
}

/* A file that is there: what it is, and one more descriptor of it. */
static void *opens(void *arg)
{
	struct stat s;
	long *n = arg;

	while (!over) {
		int fd = open(NAME, O_RDONLY);

		if (fd < 0 || stat(NAME, &s) || close(fd))
			fail(NAME);
		++*n;
	}
	return NULL;
}

/* 4 KiB of a file that is in memory. */
static void *reads(void *arg)
{
	char buffer[PAGE];
	long *n = arg;

	while (!over) {
		if (pread(file, buffer, PAGE, *n % PAGES * PAGE) != PAGE)
			fail("pread");
		++*n;
	}
	return NULL;
}

/* A datagram to oneself, over the loopback. */
static int own_port(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&at, len) ||
	    getsockname(fd, (struct sockaddr *)&at, &len) ||
	    connect(fd, (struct sockaddr *)&at, len))
		fail("a port");
	return fd;
}

static void *datagrams(void *arg)
{
	int fd = own_port();
	char buffer[64] = "";
	long *n = arg;

	while (!over) {
		if (send(fd, buffer, sizeof(buffer), 0) < 0 ||
		    recv(fd, buffer, sizeof(buffer), 0) < 0)
			fail("a datagram");
		++*n;
	}
	close(fd);
	return NULL;
}

/* The same through a pair of UNIX sockets. */
static void *messages(void *arg)
{
	char buffer[64] = "";
	long *n = arg;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fd))
		fail("socketpair");
	while (!over) {
		if (send(fd[0], buffer, sizeof(buffer), 0) < 0 ||
		    recv(fd[1], buffer, sizeof(buffer), 0) < 0)
			fail("a message");
		++*n;
	}
	close(fd[0]);
	close(fd[1]);
	return NULL;
}

/* Made, bound, connected and closed. */
static void *sockets(void *arg)
{
	long *n = arg;

	while (!over) {
		close(own_port());
		++*n;
	}
	return NULL;
}

static long sum(int threads)
{
	long n = 0;

	for (int i = 0; i < threads; i++)
		n += *(volatile long *)done[i];
	return n;
}

static void run(const char *name, void *(*fn)(void *), int threads, double secs)
{
	pthread_t t[THREADS_MAX];
	double begin;
	long before;

	over = 0;
	for (int i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, fn, done[i]))
			fail("pthread_create");
	usleep((useconds_t)(secs * 1e6 / 4));
	begin = now();
	before = sum(threads);
	usleep((useconds_t)(secs * 1e6));
	printf("%s %.0f a second\n", name,
	       (double)(sum(threads) - before) / (now() - begin));
	fflush(stdout);
	over = 1;
	for (int i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
}

int main(int argc, char **argv)
{
	double secs = argc > 1 ? atof(argv[1]) : 1;
	int threads = (int)sysconf(_SC_NPROCESSORS_ONLN);
	static char page[PAGE];

	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	file = open(NAME, O_CREAT | O_RDWR | O_TRUNC, 0600);
	if (file < 0)
		fail(NAME);
	for (int i = 0; i < PAGES; i++)
		if (write(file, page, PAGE) != PAGE)
			fail("write");
	printf("begin %d\n", threads);
	run("faults", faults, threads, secs);
	run("round trips", round_trips, threads, secs);
	run("reads", reads, threads, secs);
	run("opens", opens, threads, secs);
	run("datagrams", datagrams, threads, secs);
	run("messages", messages, threads, secs);
	run("sockets", sockets, threads, secs);
	printf("done\n");
	return 0;
}
