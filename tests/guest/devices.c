/* devices.c - what stands in /dev, standard input at its end, /tmp, shm. */
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tests/guest/check.h"

static void character(void)
{
	char buf[64];
	struct stat st;
	int fd = open("/dev/null", O_RDWR), sum = 0;

	begin("null, zero, full, random");
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EQ(read(fd, buf, 1), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK(S_ISCHR(st.st_mode));
	CHECK_EQ(st.st_rdev, 0x103);
	close(fd);
	fd = open("/dev/zero", O_RDWR);
	memset(buf, 1, sizeof(buf));
	CHECK_EQ(read(fd, buf, sizeof(buf)), sizeof(buf));
	for (size_t i = 0; i < sizeof(buf); i++)
		sum += buf[i];
	CHECK_EQ(sum, 0);
	close(fd);
	fd = open("/dev/full", O_RDWR);
	CHECK_ERR(write(fd, "x", 1), ENOSPC);
	CHECK_EQ(read(fd, buf, 4), 4);
	close(fd);
	fd = open("/dev/urandom", O_RDONLY);
	CHECK_EQ(read(fd, buf, sizeof(buf)), sizeof(buf));
	for (size_t i = 0; i < sizeof(buf); i++)
		sum |= buf[i];
	CHECK(sum != 0);
	close(fd);
	fd = open("/dev/random", O_RDONLY);
	CHECK_EQ(read(fd, buf, 16), 16);
	close(fd);
	CHECK_ERR(open("/dev/none", O_RDONLY), ENOENT);
}

static void standard(void)
{
	struct pollfd p = {0, POLLIN, 0};
	char c;

	begin("standard files");
	CHECK_EQ(read(0, &c, 1), 0);
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents & POLLIN, POLLIN);
	CHECK_EQ(isatty(0) + isatty(1) + isatty(2), 0);
	CHECK_EQ(write(1, "to stdout\n", 10), 10);
	CHECK_EQ(write(2, "to stderr\n", 10), 10);
	CHECK_EQ(access("/dev/stdout", F_OK), 0);
	CHECK_EQ(access("/dev/fd/1", F_OK), 0);
}

static void shared_memory(void)
{
	int fd = shm_open("/guest-test", O_CREAT | O_EXCL | O_RDWR, 0600);
	char *p;

	begin("shared memory");
	MUST(fd >= 0);
	CHECK_EQ(ftruncate(fd, 8192), 0);
	p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	MUST(p != MAP_FAILED);
	p[5000] = 's';
	CHECK_EQ(pread(fd, &fd, 1, 5000), 1);
	CHECK_EQ(munmap(p, 8192), 0);
	CHECK_EQ(shm_unlink("/guest-test"), 0);
	CHECK_ERR(shm_open("/guest-test", O_RDWR, 0600), ENOENT);
	fd = memfd_create("name", MFD_CLOEXEC);
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, "memory", 6), 6);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 6);
	close(fd);
}

static void temporary(void)
{
	char name[] = "/tmp/guest-XXXXXX";
	int fd = mkstemp(name);
	struct stat st;

	begin("/tmp");
	MUST(fd >= 0);
	CHECK_EQ(write(fd, "t", 1), 1);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(unlink(name), 0);
	CHECK_EQ(stat("/tmp", &st), 0);
	CHECK_EQ(st.st_mode, S_IFDIR | 01777);
	CHECK_EQ(stat("/run", &st), 0);
}

int main(void)
{
	character();
	standard();
	shared_memory();
	temporary();
	return check_done();
}
