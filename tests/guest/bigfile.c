/*
 * bigfile.c - 8 MiB written in odd pieces, read back, changed, and copied.
 *
 * run:
 * run: memory=20
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "tests/guest/check.h"

enum { SIZE = 8 << 20, PIECE = 12345 };

static unsigned char byte_at(size_t i)
{
	return (unsigned char)(i * 31 + (i >> 8) * 7 + (i >> 16));
}

static uint32_t add(uint32_t sum, const unsigned char *p, size_t n)
{
	while (n--)
		sum = (sum ^ *p++) * 16777619u;
	return sum;
}

static uint32_t write_all(int fd)
{
	unsigned char piece[PIECE];
	uint32_t sum = 2166136261u;

	for (size_t at = 0; at < SIZE;) {
		size_t n = SIZE - at < PIECE ? SIZE - at : PIECE;

		for (size_t i = 0; i < n; i++)
			piece[i] = byte_at(at + i);
		if (write(fd, piece, n) != (ssize_t)n)
			return 0;
		sum = add(sum, piece, n);
		at += n;
	}
	return sum;
}

static uint32_t read_all(int fd)
{
	static unsigned char piece[65536];
	uint32_t sum = 2166136261u;
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		sum = add(sum, piece, (size_t)n);
	return sum;
}

static uint32_t map_all(int fd)
{
	unsigned char *p = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	uint32_t sum;

	if (p == MAP_FAILED)
		return 0;
	sum = add(2166136261u, p, SIZE);
	munmap(p, SIZE);
	return sum;
}

static off_t copy_all(int to, int from)
{
	off_t at = 0;

	while (at < SIZE && sendfile(to, from, &at, SIZE) > 0)
		;
	return at;
}

int main(void)
{
	int fd = open("big", O_CREAT | O_RDWR, 0644);
	int copy = open("copy", O_CREAT | O_RDWR, 0644);
	uint32_t sum;

	MUST(fd >= 0 && copy >= 0);
	sum = write_all(fd);
	printf("sum %08x\n", sum);
	CHECK_EQ(lseek(fd, 0, SEEK_END), SIZE);
	CHECK_EQ(read_all(fd), sum);
	CHECK_EQ(fsync(fd), 0);
	CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	CHECK_EQ(read_all(fd), sum);
	CHECK_EQ(map_all(fd), sum);
	CHECK_EQ(copy_all(copy, fd), SIZE);
	CHECK_EQ(read_all(copy), sum);
	CHECK_EQ(pwrite(fd, "changed", 7, SIZE / 2), 7);
	CHECK(read_all(fd) != sum);
	CHECK_EQ(read_all(copy), sum);
	CHECK_EQ(ftruncate(fd, SIZE / 2), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_END), SIZE / 2);
	CHECK_EQ(unlink("big"), 0);
	close(fd);
	close(copy);
	return check_done();
}
