/*
 * space.c - fallocate: reserving, punching, zeroing.
 *
 * run:
 * run: arg=memory
 */
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tests/guest/check.h"

enum { SIZE = 400000 };
static char want[SIZE * 2], got[SIZE * 2];
static int fd;
static bool memory;

static long blocks(void)
{
	struct stat s;

	fstat(fd, &s);
	return s.st_blocks / 8; /* in pages */
}

/* The tree of extents may have a block or two of its own. */
static bool near(long n, long about)
{
	return n - about <= 2 && about - n <= 2;
}

static long size(void)
{
	struct stat s;

	fstat(fd, &s);
	return s.st_size;
}

static bool as_wanted(void)
{
	long n = size();

	return pread(fd, got, sizeof(got), 0) == n &&
	       memcmp(got, want, (size_t)n) == 0;
}

static void fill(void)
{
	for (int i = 0; i < SIZE; i++)
		want[i] = (char)(i * 13 >> 2 | 1);
	MUST(pwrite(fd, want, SIZE, 0) == SIZE);
	fsync(fd);
}

static int punch(off_t from, off_t n)
{
	memset(want + from, 0, (size_t)n);
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from,
	                 n);
}

static int zero(off_t from, off_t n)
{
	memset(want + from, 0, (size_t)n);
	return fallocate(fd, FALLOC_FL_ZERO_RANGE, from, n);
}

static void holes(void)
{
	long before;

	begin("holes");
	fill();
	before = blocks();
	CHECK_EQ(punch(40960, 40960), 0);
	CHECK(as_wanted());
	CHECK(near(before - blocks(), 10));
	CHECK_EQ(punch(100, 50), 0);
	CHECK_EQ(punch(8000, 9000), 0);
	CHECK(as_wanted());
	CHECK(near(before - blocks(), 12));
	CHECK_EQ(size(), SIZE);
	memset(want + 50000, 'x', 10);
	CHECK_EQ(pwrite(fd, want + 50000, 10, 50000), 10);
	CHECK(as_wanted());
	CHECK(near(before - blocks(), 11));
	CHECK_EQ(punch(0, SIZE), 0);
	CHECK(as_wanted());
	fsync(fd);
	CHECK(near(blocks(), 0));
	fill();
	CHECK(as_wanted());
	for (off_t at = 0; at + 4096 < SIZE; at += 8192)
		if (punch(at, 4096))
			printf("FAIL: %ld\n", (long)at);
	CHECK(as_wanted());
	CHECK(near(before - blocks(), 49));
	CHECK_EQ(punch(SIZE - 10, 10000), 0);
	CHECK_EQ(size(), SIZE);
	fill();
	CHECK(as_wanted());
	CHECK(near(blocks(), before));
}

static void mapped(void)
{
	char *m = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	begin("a mapping sees it");
	MUST(m != MAP_FAILED);
	m[20000] = 'q';
	CHECK_EQ(punch(16384, 8192), 0);
	CHECK(m[20000] == 0);
	m[20000] = 'r';
	want[20000] = 'r';
	CHECK(as_wanted());
	CHECK_EQ(msync(m, SIZE, MS_SYNC), 0);
	CHECK(as_wanted());
	munmap(m, SIZE);
}

static void zeroes(void)
{
	long before;

	begin("zeroes");
	fill();
	before = blocks();
	CHECK_EQ(zero(10000, 100000), 0);
	CHECK(as_wanted());
	CHECK(near(blocks(), before));
	memset(want + 30000, 'z', 20000);
	CHECK_EQ(pwrite(fd, want + 30000, 20000, 30000), 20000);
	CHECK(as_wanted());
	CHECK_EQ(zero(SIZE - 5, 5000), 0);
	CHECK_EQ(size(), SIZE + 4995);
	CHECK(as_wanted());
	CHECK_EQ(ftruncate(fd, SIZE), 0);
}

static void reserved(void)
{
	begin("reserved");
	CHECK_EQ(ftruncate(fd, 0), 0);
	memset(want, 0, sizeof(want));
	CHECK_EQ(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 100000), 0);
	CHECK_EQ(size(), 0);
	CHECK_EQ(fallocate(fd, 0, 0, 100000), 0);
	CHECK_EQ(size(), 100000);
	CHECK(as_wanted());
	CHECK_EQ(fallocate(fd, 0, 0, 50), 0);
	CHECK_EQ(size(), 100000);
	memset(want + 5000, 'w', 9000);
	CHECK_EQ(pwrite(fd, want + 5000, 9000, 5000), 9000);
	CHECK(as_wanted());
	CHECK_EQ(posix_fallocate(fd, 90000, 100000), 0);
	CHECK_EQ(size(), 190000);
	CHECK(as_wanted());
	if (!memory)
		CHECK(blocks() >= 47);
	CHECK_EQ(ftruncate(fd, 1), 0);
	CHECK(near(blocks(), 1));
}

static void refused(void)
{
	int ro = open("f", O_RDONLY), p[2];

	begin("what is refused");
	MUST(pipe(p) == 0);
	CHECK_ERR(fallocate(fd, 0, 0, 0), EINVAL);
	CHECK_ERR(fallocate(fd, 0, -1, 10), EINVAL);
	CHECK_ERR(fallocate(ro, 0, 0, 10), EBADF);
	CHECK_ERR(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10), EOPNOTSUPP);
	CHECK_ERR(fallocate(fd, 0x100, 0, 10), EOPNOTSUPP);
	CHECK_ERR(fallocate(p[1], 0, 0, 10), ESPIPE);
	CHECK_ERR(fallocate(fd, 0, 10, INT64_MAX - 5), EFBIG);
}

int main(int argc, char **argv)
{
	memory = argc > 1 && strcmp(argv[1], "memory") == 0;
	if (memory)
		MUST(chdir("/dev/shm") == 0);
	fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0644);
	MUST(fd >= 0);
	if (!memory) { /* where Linux's tmpfs knows no ZERO_RANGE */
		holes();
		mapped();
		zeroes();
	} else {
		fill();
		CHECK_EQ(punch(40960, 40960), 0);
		CHECK(as_wanted());
		mapped();
	}
	reserved();
	refused();
	unlink("f");
	return check_done();
}
