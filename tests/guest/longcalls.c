/*
 * longcalls.c - a call that moves gigabytes: other threads go on meanwhile, a
 * signal ends what may be ended, and so does the end of the program.
 *
 * run:
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "tests/guest/check.h"

enum { PIECE = 16 << 20, PIECES = 127 };
static const size_t ALL = (size_t)PIECE * PIECES; /* a call moves no more */

static atomic_bool inside;
static atomic_int seen; /* how often somebody else ran meanwhile */

static void *look(void *arg)
{
	for (;;) {
		usleep(1000);
		if (inside)
			seen++;
	}
	return arg;
}

static int zeroes(void)
{
	return open("/dev/zero", O_RDWR);
}

/* All of its pages are holes. */
static int sparse(void)
{
	int fd = memfd_create("holes", 0);

	CHECK(ftruncate(fd, (off_t)ALL) == 0);
	return fd;
}

/* The same memory again and again. */
static ssize_t read_much(int fd, char *piece)
{
	struct iovec v[PIECES];

	for (int i = 0; i < PIECES; i++)
		v[i] = (struct iovec){piece, PIECE};
	return readv(fd, v, PIECES);
}

/* More often than once on the way out of the call. */
static void others_run_meanwhile(void)
{
	char *piece = mmap(NULL, PIECE, PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = zeroes();

	inside = true;
	CHECK(read_much(fd, piece) == (ssize_t)ALL);
	inside = false;
	CHECK(seen > 3);
	close(fd);
	munmap(piece, PIECE);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void soon(void)
{
	struct itimerval t = {.it_value.tv_usec = 5000};

	setitimer(ITIMER_REAL, &t, NULL);
}

static void a_signal_ends_it(void)
{
	struct sigaction a = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	char *piece = mmap(NULL, PIECE, PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = zeroes(), random = open("/dev/urandom", O_RDONLY);
	ssize_t n;

	sigaction(SIGALRM, &a, NULL);
	soon();
	n = read_much(fd, piece);
	CHECK(n > 0 && n < (ssize_t)ALL);
	soon();
	n = read_much(random, piece);
	CHECK(n > 0 && n < (ssize_t)ALL);
	soon();
	n = getrandom(piece, PIECE, 0);
	CHECK(n > 0 && n < PIECE);
	close(fd);
	close(random);
}

static void *send_for_long(void *arg)
{
	int in = sparse(), out = zeroes();

	for (;;) {
		off_t pos = 0;

		inside = true;
		if (sendfile(out, in, &pos, ALL) < 0)
			return arg;
	}
}

int main(void)
{
	pthread_t t;

	pthread_create(&t, NULL, look, NULL);
	others_run_meanwhile();
	a_signal_ends_it();
	pthread_create(&t, NULL, send_for_long, NULL);
	while (!inside)
		usleep(1000);
	return check_done();
}
