/*
 * squeeze.c - a program wants memory while all of it is one file's, and that
 * file is being written.
 *
 * Its pages can be had back as soon as they are on the disk: whoever wants
 * memory waits for them, and is not told that there is none.
 *
 * run: memory=32 disk=768 seconds=200
 * run: memory=32 disk=768 seconds=200 cpus=2
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>

#include "tests/guest/check.h"

enum {
	CHUNK = 256 * 1024,
	FILE_SIZE = 48 << 20,
	WANTED = 6 << 20,
	ROUNDS = 3,
};

static volatile bool written;

static void *write_it(void *arg)
{
	char *bytes = calloc(1, CHUNK);
	int fd = open("large", O_CREAT | O_RDWR | O_TRUNC, 0644);

	for (int round = 0; round < ROUNDS; round++)
		for (int at = 0; at < FILE_SIZE; at += CHUNK)
			if (pwrite(fd, bytes, CHUNK, at) != CHUNK)
				*(bool *)arg = false;
	written = true;
	close(fd);
	unlink("large");
	free(bytes);
	return NULL;
}

/* Touch it all, and give it back. False when there is none. */
static bool want_memory(void)
{
	char *p = mmap(NULL, WANTED, PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return false;
	for (int at = 0; at < WANTED; at += 4096)
		p[at] = 1;
	return munmap(p, WANTED) == 0;
}

int main(void)
{
	bool all = true, got = true;
	pthread_t writer;

	begin("memory while a file fills it");
	pthread_create(&writer, NULL, write_it, &all);
	while (!written && got)
		got = want_memory();
	pthread_join(writer, NULL);
	CHECK(got);
	CHECK(all);
	return check_done();
}
