/*
 * sparse.c - where a file has data and where it has holes; reads that do not
 * wait for a disk, and writes that go to the end.
 *
 * run:
 * run: env=DIR=/dev/shm
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "tests/guest/check.h"

enum { BLOCK = 4096, FAR = 1 << 20 };

static int make(const char *name)
{
	const char *dir = getenv("DIR");
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : ".", name);
	fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0644);
	unlink(path);
	return fd;
}

static long data(int fd, long from)
{
	return lseek(fd, from, SEEK_DATA);
}

static long hole(int fd, long from)
{
	return lseek(fd, from, SEEK_HOLE);
}

static void put(int fd, long at, long n)
{
	static char bytes[4 * BLOCK];

	memset(bytes, 'd', sizeof(bytes));
	if (pwrite(fd, bytes, (size_t)n, at) != n || fsync(fd))
		printf("FAIL: pwrite\n");
}

static void holes(void)
{
	int fd = make("holes");

	begin("holes");
	MUST(fd >= 0);
	CHECK_ERR(data(fd, 0), ENXIO);
	CHECK_ERR(hole(fd, 0), ENXIO);
	CHECK_EQ(ftruncate(fd, 4 * FAR), 0);
	CHECK_ERR(data(fd, 0), ENXIO);
	CHECK_EQ(hole(fd, 100), 100);
	put(fd, FAR, 2 * BLOCK);
	put(fd, 2 * FAR, BLOCK);
	CHECK_EQ(data(fd, 0), FAR);
	CHECK_EQ(data(fd, FAR + 5), FAR + 5);
	CHECK_EQ(hole(fd, FAR + 5), FAR + 2 * BLOCK);
	CHECK_EQ(data(fd, FAR + 2 * BLOCK), 2 * FAR);
	CHECK_EQ(hole(fd, 2 * FAR), 2 * FAR + BLOCK);
	CHECK_ERR(data(fd, 3 * FAR), ENXIO);
	CHECK_EQ(hole(fd, 3 * FAR), 3 * FAR);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 3 * FAR);
	CHECK_ERR(data(fd, 4 * FAR), ENXIO);
	CHECK_ERR(data(fd, -1), ENXIO);
	put(fd, 4 * FAR - BLOCK, BLOCK);
	CHECK_EQ(hole(fd, 4 * FAR - BLOCK), 4 * FAR); /* the one at the end */
	CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FAR,
	                   2 * BLOCK),
	         0);
	CHECK_EQ(data(fd, 0), 2 * FAR);
	CHECK_EQ(fallocate(fd, 0, 0, BLOCK), 0); /* reserved, never written */
	CHECK_EQ(hole(fd, 0), 0);
	CHECK_EQ(data(fd, 0), 2 * FAR);
	put(fd, 0, BLOCK);
	CHECK_EQ(data(fd, 0), 0);
	CHECK_EQ(hole(fd, 0), BLOCK);
	close(fd);
}

/* Dirty by a mapping, and not on the disk yet. */
static void mapped(void)
{
	int fd = make("mapped");
	char *p;

	begin("mapped");
	MUST(fd >= 0 && ftruncate(fd, 2 * FAR) == 0);
	p = mmap(NULL, 2 * FAR, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	MUST(p != MAP_FAILED);
	p[FAR] = 1;
	CHECK_EQ(data(fd, 0), FAR);
	CHECK_EQ(hole(fd, FAR), FAR + BLOCK);
	munmap(p, 2 * FAR);
	close(fd);
}

static ssize_t wr(int fd, const char *s, long pos, int flags)
{
	struct iovec v = {(void *)(uintptr_t)s, strlen(s)};

	return pwritev2(fd, &v, 1, pos, flags);
}

static void appending(void)
{
	int fd = make("appending"), ends[2];
	char all[16] = "";

	begin("RWF_APPEND");
	MUST(fd >= 0 && pipe(ends) == 0);
	CHECK_EQ(wr(fd, "0123", 0, 0), 4);
	CHECK_EQ(wr(fd, "ab", 1, RWF_APPEND), 2);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK_EQ(wr(fd, "cd", -1, RWF_APPEND | RWF_DSYNC), 2);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 8);
	CHECK_EQ(wr(fd, "X", 1, 0), 1);
	CHECK_EQ(pread(fd, all, sizeof(all), 0), 8);
	CHECK(strcmp(all, "0X23abcd") == 0);
	CHECK_ERR(wr(fd, "e", -2, RWF_APPEND), EINVAL);
	CHECK_ERR(wr(fd, "e", 0, 1 << 30), EOPNOTSUPP);
	CHECK_EQ(wr(ends[1], "pipe", -1, RWF_APPEND), 4);
	CHECK_EQ(read(ends[0], all, sizeof(all)), 4);
	close(ends[0]);
	close(ends[1]);
	close(fd);
}

/* What was just written is in memory; a name that is only kept on a disk can
 * support it or not. */
static void not_waiting(void)
{
	int fd = make("cached");
	char all[16] = "", more[16] = "";
	struct iovec v[2] = {{all, 4}, {more, 8}};

	begin("RWF_NOWAIT");
	MUST(fd >= 0);
	CHECK_EQ(wr(fd, "0123456", 0, 0), 7);
	CHECK_EQ(preadv2(fd, v, 2, 0, RWF_NOWAIT), 7);
	CHECK(strcmp(all, "0123") == 0 && strcmp(more, "456") == 0);
	CHECK_EQ(preadv2(fd, v, 1, -1, RWF_NOWAIT), 4);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 4);
	CHECK_EQ(preadv2(fd, v, 1, 7, RWF_NOWAIT), 0);
	CHECK_ERR(preadv2(fd, v, 1, 0, 1 << 30), EOPNOTSUPP);
	close(fd);
}

int main(void)
{
	holes();
	mapped();
	appending();
	if (!getenv("DIR")) /* Linux 6.1's tmpfs has no RWF_NOWAIT */
		not_waiting();
	return check_done();
}
