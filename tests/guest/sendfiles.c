/*
 * sendfiles.c - sendfile(2) to TCP: pages go as they lie in the page cache.
 *
 * run: memory=48
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

#include "tests/guest/tcp_pair.h"

enum { KIB = 1024, MIB = 1024 * 1024, BIG = 5 * MIB + 123 };

static uint8_t *wanted; /* BIG bytes */

/* Bytes that no other place of the file has in this order. */
static void make_bytes(void)
{
	uint32_t v = 1;

	wanted = malloc(BIG);
	MUST(wanted != NULL);
	for (size_t i = 0; i < BIG; i++) {
		v = v * 1664525 + 1013904223;
		wanted[i] = (uint8_t)(v >> 24);
	}
}

static int make_file(const char *name)
{
	int fd = open(name, O_CREAT | O_TRUNC | O_RDWR, 0600);

	MUST(fd >= 0 && write(fd, wanted, BIG) == BIG);
	return fd;
}

/* Receives all there is until the end, and counts what is as it should be. */
struct reader {
	pthread_t thread;
	size_t from, right, got;
};

static void *read_all(void *arg)
{
	struct reader *r = arg;
	static uint8_t buffer[64 * KIB];
	ssize_t n;

	while ((n = read(server, buffer, sizeof(buffer))) > 0) {
		size_t at = r->from + r->got;

		r->right +=
			!memcmp(buffer, wanted + at, (size_t)n) ? (size_t)n : 0;
		r->got += (size_t)n;
	}
	return NULL;
}

static void begin_reading(struct reader *r, size_t from)
{
	*r = (struct reader){.from = from};
	MUST(pthread_create(&r->thread, NULL, read_all, r) == 0);
}

static size_t end_reading(struct reader *r)
{
	shutdown(client, SHUT_WR);
	pthread_join(r->thread, NULL);
	return r->right;
}

static void whole(const char *name)
{
	struct reader r;
	int file = make_file(name);
	off_t at = 0;

	begin(name);
	connect_pair();
	begin_reading(&r, 0);
	CHECK_EQ(sendfile(client, file, &at, BIG), BIG);
	CHECK_EQ(at, BIG);
	CHECK_EQ(sendfile(client, file, &at, 1), 0);
	CHECK_EQ(end_reading(&r), BIG);
	close_pair();
	connect_pair();
	begin_reading(&r, 4097);
	at = 4097;
	CHECK_EQ(sendfile(client, file, &at, MIB + 1), MIB + 1);
	CHECK_EQ(at, 4097 + MIB + 1);
	CHECK_EQ(sendfile(client, file, &at, BIG), BIG - MIB - 4098);
	CHECK_EQ(end_reading(&r), BIG - 4097);
	close_pair();
	close(file);
	CHECK_EQ(unlink(name), 0);
}

/* More is asked for than there is: what there is goes at once. */
static void beyond_the_end(void)
{
	int file = open("short", O_CREAT | O_RDWR, 0600);
	char buf[10000];

	begin("beyond the end");
	connect_pair();
	MUST(write(file, wanted, 5000) == 5000);
	lseek(file, 0, SEEK_SET);
	CHECK_EQ(sendfile(client, file, NULL, MIB), 5000);
	CHECK_EQ(recv(server, buf, 5000, MSG_WAITALL), 5000);
	CHECK(!memcmp(buf, wanted, 5000));
	CHECK_EQ(lseek(file, 0, SEEK_CUR), 5000);
	close(file);
	unlink("short");
	close_pair();
}

static void without_waiting(void)
{
	int file = make_file("file");
	struct reader r;
	off_t at = 0;
	ssize_t n = 0;
	bool full;

	begin("without waiting");
	connect_pair();
	CHECK_EQ(fcntl(client, F_SETFL, O_NONBLOCK), 0);
	while (at < BIG && (n = sendfile(client, file, &at, BIG)) > 0)
		;
	full = n < 0 && errno == EAGAIN;
	CHECK(full);
	CHECK(at < BIG && at > 0);
	begin_reading(&r, 0);
	while (at < BIG) {
		struct pollfd p = {client, POLLOUT, 0};

		if (poll(&p, 1, 10000) != 1)
			break;
		n = sendfile(client, file, &at, BIG);
		if (n < 0 && errno != EAGAIN)
			break;
	}
	CHECK_EQ(at, BIG);
	CHECK_EQ(end_reading(&r), BIG);
	close_pair();
	close(file);
	unlink("file");
}

/* The file ends, and goes, while its pages wait to be sent. */
static void cut_meanwhile(void)
{
	int file = make_file("file");
	struct reader r;
	off_t at = 0;
	ssize_t n;

	begin("cut meanwhile");
	connect_pair();
	CHECK_EQ(fcntl(client, F_SETFL, O_NONBLOCK), 0);
	n = sendfile(client, file, &at, BIG);
	CHECK(n > 0);
	CHECK_EQ(ftruncate(file, 0), 0);
	close(file);
	CHECK_EQ(unlink("file"), 0);
	/* Other contents take the memory that is free now. */
	file = open("other", O_CREAT | O_RDWR, 0600);
	for (int i = 0; i < 8; i++) {
		void *zeroes = calloc(1, MIB);

		MUST(zeroes && write(file, zeroes, MIB) == MIB);
		free(zeroes);
	}
	begin_reading(&r, 0);
	CHECK(end_reading(&r) == (size_t)n);
	close_pair();
	close(file);
	unlink("other");
}

static void with_holes(void)
{
	int file = memfd_create("holes", 0);
	off_t at = 0;
	char buf[3 * 4096];
	bool zero = true;

	begin("holes");
	connect_pair();
	MUST(ftruncate(file, 3 * 4096) == 0);
	MUST(pwrite(file, wanted, 4096, 4096) == 4096);
	CHECK_EQ(sendfile(client, file, &at, 3 * 4096), 3 * 4096);
	CHECK_EQ(recv(server, buf, sizeof(buf), MSG_WAITALL), 3 * 4096);
	CHECK(!memcmp(buf + 4096, wanted, 4096));
	for (int i = 0; i < 4096; i++)
		zero &= !buf[i] && !buf[2 * 4096 + i];
	CHECK(zero);
	close(file);
	close_pair();
}

static void refusals(void)
{
	int file = make_file("file");
	off_t at = 0;
	int pipe_ends[2];

	begin("refusals");
	connect_pair();
	MUST(pipe(pipe_ends) == 0);
	CHECK_ERR(sendfile(client, pipe_ends[0], NULL, 1), EINVAL);
	CHECK_ERR(sendfile(client, server, NULL, 1), EINVAL);
	at = -1;
	CHECK_ERR(sendfile(client, file, &at, 1), EINVAL);
	at = 0;
	shutdown(client, SHUT_WR);
	CHECK_ERR(sendfile(client, file, &at, 10), EPIPE);
	CHECK_EQ(at, 0);
	close_pair();
	client = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_ERR(sendfile(client, file, &at, 10), EPIPE);
	close(client);
	close(file);
	unlink("file");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	make_bytes();
	whole("file");
	whole("/tmp/file");
	beyond_the_end();
	without_waiting();
	cut_meanwhile();
	with_holes();
	refusals();
	return check_done();
}
