/*
 * filefuzz.c - random writes, reads, truncations and mappings of one file,
 * against a copy in memory.
 *
 * run: arg=1
 * run: arg=2 memory=20
 * run: arg=3 memory=16
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tests/guest/check.h"

enum { MAX = 1 << 20, ROUNDS = 3000, LARGEST = 40000 };

static unsigned char model[MAX], buf[LARGEST];
static size_t size;
static uint64_t state;
static int fd, round_nr;

static uint64_t roll(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % below;
}

static void wrong(const char *what, size_t at, size_t n)
{
	printf("FAIL: round %d: %s at %zu, %zu bytes, size %zu\n", round_nr,
	       what, at, n, size);
	exit(1);
}

static void grow_to(size_t end)
{
	if (end > size)
		size = end;
}

static void do_write(size_t at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		model[at + i] = (unsigned char)roll(256);
	if (pwrite(fd, model + at, n, (off_t)at) != (ssize_t)n)
		wrong("write", at, n);
	grow_to(at + n);
}

static void do_read(size_t at, size_t n)
{
	ssize_t want =
		at >= size ? 0 : (ssize_t)(size - at < n ? size - at : n);
	ssize_t got = pread(fd, buf, n, (off_t)at);

	if (got != want || memcmp(buf, model + at, (size_t)got) != 0)
		wrong("read", at, n);
}

static void do_truncate(size_t to)
{
	if (to < size)
		memset(model + to, 0, size - to);
	if (ftruncate(fd, (off_t)to))
		wrong("truncate", to, 0);
	size = to;
}

static void do_map(size_t at, size_t n, bool write)
{
	size_t page = at & ~(size_t)4095, off = at - page;
	unsigned char *p;

	if (at + n > size)
		return;
	p = mmap(NULL, off + n, PROT_READ | (write ? PROT_WRITE : 0),
	         MAP_SHARED, fd, (off_t)page);
	if (p == MAP_FAILED)
		wrong("mmap", at, n);
	if (write)
		for (size_t i = 0; i < n; i++)
			p[off + i] = model[at + i] = (unsigned char)roll(256);
	else if (memcmp(p + off, model + at, n))
		wrong("mapped read", at, n);
	munmap(p, off + n);
}

static void do_sync(void)
{
	if (roll(2) ? fsync(fd) : fdatasync(fd))
		wrong("fsync", 0, 0);
	if (roll(2)) { /* a new look at it */
		close(fd);
		fd = open("file", O_RDWR);
	}
}

static void one(void)
{
	size_t n = 1 + roll(roll(4) ? 5000 : LARGEST - 1);
	size_t at = roll(roll(3) || size < 2 ? MAX - n : size);

	if (at + n > MAX)
		n = MAX - at;
	switch (roll(12)) {
	case 0:
		do_truncate(roll(MAX));
		break;
	case 1:
	case 2:
		do_map(at, n, true);
		break;
	case 3:
		do_map(at, n, false);
		break;
	case 4:
		do_sync();
		break;
	case 5:
	case 6:
	case 7:
		do_read(at, n);
		break;
	default:
		do_write(at, n);
	}
}

int main(int argc, char **argv)
{
	struct stat st;

	state = 88172645463325252u *
	        (unsigned long)strtol(argc > 1 ? argv[1] : "1", NULL, 10);
	fd = open("file", O_CREAT | O_RDWR, 0644);
	MUST(fd >= 0);
	for (round_nr = 0; round_nr < ROUNDS; round_nr++)
		one();
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_size, size);
	for (size_t at = 0; at < size; at += LARGEST)
		do_read(at, LARGEST);
	return check_done();
}
