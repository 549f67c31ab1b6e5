/*
 * writer.c - far more is written than there is memory, and read meanwhile.
 *
 * Several threads write files in pieces, and read them back through mappings
 * while others still write: each word says which file and offset it belongs
 * to. One file is changed through a shared mapping alone.
 *
 * run: memory=64 disk=768 seconds=200
 * run: memory=32 disk=768 seconds=200 arg=48
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tests/guest/check.h"

enum {
	THREADS = 3,
	CHUNK = 256 * 1024,
	WORDS = CHUNK / 8,
};

static int64_t size_mb = 120; /* of each file */

static volatile int failures;
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;

static void fail(const char *what, int file, int64_t at)
{
	pthread_mutex_lock(&one);
	if (failures++ < 10)
		printf("FAIL: %s: file %d at %ld (errno %d)\n", what, file,
		       (long)at, errno);
	pthread_mutex_unlock(&one);
}

static uint64_t word_at(int file, int64_t at)
{
	uint64_t v = (uint64_t)at * 0x9e3779b97f4a7c15 + (uint64_t)file;

	return v ^ v >> 29;
}

static void name_of(int file, char *out)
{
	sprintf(out, "w%d", file);
}

static void fill(uint64_t *words, int file, int64_t at)
{
	for (int i = 0; i < WORDS; i++)
		words[i] = word_at(file, at + 8 * i);
}

static bool same(const uint64_t *words, int file, int64_t at)
{
	for (int i = 0; i < WORDS; i++)
		if (words[i] != word_at(file, at + 8 * i)) {
			fail("it does not read what was written", file,
			     at + 8 * i);
			return false;
		}
	return true;
}

/* The part of a file that is written already, through a mapping. */
static void look_back(int fd, int file, int64_t end, unsigned *seed)
{
	int64_t at = rand_r(seed) % (end / CHUNK) * (int64_t)CHUNK;
	uint64_t *p = mmap(NULL, CHUNK, PROT_READ, MAP_SHARED, fd, at);

	if (p == MAP_FAILED) {
		fail("mmap", file, at);
		return;
	}
	same(p, file, at);
	munmap(p, CHUNK);
}

static void *write_one(void *arg)
{
	int file = (int)(intptr_t)arg, fd;
	uint64_t *words = malloc(CHUNK);
	unsigned seed = (unsigned)file + 1;
	char name[16];

	name_of(file, name);
	fd = open(name, O_CREAT | O_RDWR | O_TRUNC, 0644);
	for (int64_t at = 0; at < size_mb << 20 && !failures; at += CHUNK) {
		fill(words, file, at);
		if (write(fd, words, CHUNK) != CHUNK)
			fail("write", file, at);
		if (at / CHUNK % 8 == 7)
			look_back(fd, file, at, &seed);
	}
	if (fsync(fd))
		fail("fsync", file, 0);
	close(fd);
	free(words);
	return NULL;
}

/* As a database does it: the file grows first, and stores fill it. */
static void *store_one(void *arg)
{
	int file = (int)(intptr_t)arg, fd;
	int64_t size = size_mb << 20;
	char name[16];
	uint64_t *p;

	name_of(file, name);
	fd = open(name, O_CREAT | O_RDWR | O_TRUNC, 0644);
	if (ftruncate(fd, size))
		fail("ftruncate", file, 0);
	p = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		fail("mmap", file, 0);
		return NULL;
	}
	for (int64_t at = 0; at < size && !failures; at += CHUNK)
		fill(p + at / 8, file, at);
	if (msync(p, (size_t)size, MS_SYNC))
		fail("msync", file, 0);
	munmap(p, (size_t)size);
	close(fd);
	return NULL;
}

static void read_one(int file)
{
	uint64_t *words = malloc(CHUNK);
	char name[16];
	int fd;

	name_of(file, name);
	fd = open(name, O_RDONLY);
	for (int64_t at = 0; at < size_mb << 20 && !failures; at += CHUNK)
		if (read(fd, words, CHUNK) != CHUNK)
			fail("read", file, at);
		else if (!same(words, file, at))
			break;
	close(fd);
	unlink(name);
	free(words);
}

int main(int argc, char **argv)
{
	pthread_t t[THREADS + 1];

	if (argc > 1)
		size_mb = atoi(argv[1]);
	begin("writing and storing");
	for (intptr_t i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, write_one, (void *)i);
	pthread_create(&t[THREADS], NULL, store_one, (void *)THREADS);
	for (int i = 0; i <= THREADS; i++)
		pthread_join(t[i], NULL);
	CHECK_EQ(failures, 0);
	begin("reading it all");
	for (int i = 0; i <= THREADS; i++)
		read_one(i);
	CHECK_EQ(failures, 0);
	return check_done();
}
