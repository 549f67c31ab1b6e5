/*
 * crowded.c - one thread reads a mapped file round and round, and each page has
 * to be read from a slow disk again; beside it another wants memory.
 *
 * Neither may keep the other from it: the one holds locks and pages while the
 * disk reads, and comes again before anybody else has run. With "all" the
 * other one wants more than there is, which is the end of the program.
 *
 * run: memory=32 disk=256 iops=300 arg=some
 * run: memory=32 disk=256 iops=300 arg=some cpus=2
 * run: guest memory=32 disk=256 iops=300 arg=all exit=137 says=out_of_memory
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>

#include "tests/guest/check.h"

enum {
	PAGE = 4096,
	SMALL = 4 << 20,
	LARGE = 40 << 20, /* more than the memory of the machine */
	PIECE = 1 << 20,
	WANTED = 4 << 20,
	ROUNDS = 8,
};

static volatile bool over;
static volatile unsigned long rounds;
static int size;

static int make_file(void)
{
	static char bytes[PIECE];
	int fd = open("crowd", O_CREAT | O_RDWR | O_TRUNC, 0644);

	memset(bytes, 'c', sizeof(bytes));
	for (int at = 0; at < size; at += PIECE)
		if (pwrite(fd, bytes, PIECE, at) != PIECE)
			return -1;
	return fsync(fd) ? -1 : fd;
}

static void *read_round_and_round(void *arg)
{
	const volatile char *p = arg;

	while (!over) {
		for (int at = 0; at < size && !over; at += PAGE)
			if (p[at] != 'c')
				return NULL;
		rounds++;
	}
	return arg;
}

/* Touch some, all of it. NULL: there is none. */
static char *want(size_t bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t at = 0; p != MAP_FAILED && at < bytes; at += PAGE)
		p[at] = 1;
	return p == MAP_FAILED ? NULL : p;
}

static bool want_some(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		char *p = want(WANTED);

		if (!p || munmap(p, WANTED))
			return false;
	}
	return true;
}

static bool want_all(void)
{
	while (want(PIECE))
		;
	return false;
}

int main(int argc, char **argv)
{
	bool all = argc > 1 && strcmp(argv[1], "all") == 0;
	pthread_t reader;
	void *right, *p;
	int fd;

	begin("memory while a file is read over and over");
	size = all ? SMALL : LARGE;
	fd = make_file();
	MUST(fd >= 0);
	p = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
	MUST(p != MAP_FAILED);
	MUST(pthread_create(&reader, NULL, read_round_and_round, p) == 0);
	while (all && !rounds)
		usleep(1000);
	CHECK(all ? want_all() : want_some());
	over = true;
	pthread_join(reader, &right);
	CHECK(right != NULL);
	unlink("crowd");
	return check_done();
}
