/*
 * locks.c - flock, record locks and those of open files, pipe sizes, seals.
 *
 * run: arg=locks
 * run: arg=waits
 * run: arg=pipes
 * run: arg=seals
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "tests/guest/check.h"

static int open_file(const char *path)
{
	return open(path, O_RDWR | O_CREAT, 0644);
}

static void whole_files(void)
{
	int a = open_file("f"), b = open_file("f"), c = dup(a);

	begin("flock");
	CHECK_EQ(flock(a, LOCK_EX), 0);
	CHECK_ERR(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	CHECK_ERR(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
	CHECK_EQ(flock(c, LOCK_SH | LOCK_NB), 0);
	CHECK_EQ(flock(b, LOCK_SH | LOCK_NB), 0);
	CHECK_ERR(flock(a, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	CHECK_EQ(flock(b, LOCK_EX | LOCK_NB), 0); /* a's was lost above */
	CHECK_EQ(flock(b, LOCK_UN), 0);
	CHECK_EQ(flock(a, LOCK_EX | LOCK_NB), 0);
	close(a);
	CHECK_ERR(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	close(c);
	CHECK_EQ(flock(b, LOCK_EX | LOCK_NB), 0);
	CHECK_ERR(flock(b, 0), EINVAL);
	CHECK_ERR(flock(b, LOCK_SH | LOCK_EX), EINVAL);
	CHECK_ERR(flock(-1, LOCK_EX), EBADF);
	close(b);
}

static struct flock range(short type, off_t from, off_t n)
{
	return (struct flock){.l_type = type,
	                      .l_whence = SEEK_SET,
	                      .l_start = from,
	                      .l_len = n};
}

static int set(int fd, int cmd, short type, off_t from, off_t n)
{
	struct flock l = range(type, from, n);

	return fcntl(fd, cmd, &l);
}

static void show(int fd, int cmd, short type, off_t from, off_t n)
{
	struct flock l = range(type, from, n);

	CHECK_EQ(fcntl(fd, cmd, &l), 0);
	if (l.l_type == F_UNLCK)
		printf("free\n");
	else
		printf("%s %ld +%ld pid %d\n",
		       l.l_type == F_RDLCK ? "read" : "write", (long)l.l_start,
		       (long)l.l_len, l.l_pid == -1 ? -1 : l.l_pid == getpid());
}

static void records(void)
{
	int a = open_file("f"), b = open_file("f");
	struct flock odd = range(F_WRLCK, 0, 0);

	begin("record locks of open files");
	CHECK_EQ(set(a, F_OFD_SETLK, F_WRLCK, 100, 100), 0);
	CHECK_ERR(set(b, F_OFD_SETLK, F_WRLCK, 150, 1), EAGAIN);
	CHECK_ERR(set(b, F_OFD_SETLK, F_RDLCK, 199, 1), EAGAIN);
	CHECK_EQ(set(b, F_OFD_SETLK, F_WRLCK, 200, 1), 0);
	CHECK_EQ(set(b, F_OFD_SETLK, F_WRLCK, 99, 1), 0);
	show(b, F_OFD_GETLK, F_WRLCK, 0, 0);
	show(a, F_OFD_GETLK, F_RDLCK, 0, 0);
	CHECK_EQ(set(a, F_OFD_SETLK, F_UNLCK, 120, 10), 0);
	CHECK_EQ(set(b, F_OFD_SETLK, F_WRLCK, 120, 10), 0);
	show(b, F_OFD_GETLK, F_WRLCK, 110, 50);
	show(b, F_OFD_GETLK, F_WRLCK, 130, 0);
	CHECK_EQ(set(a, F_OFD_SETLK, F_RDLCK, 100, 20), 0);
	CHECK_EQ(set(b, F_OFD_SETLK, F_RDLCK, 100, 20), 0);
	show(b, F_OFD_GETLK, F_WRLCK, 100, 20);
	odd.l_pid = 1;
	CHECK_ERR(fcntl(a, F_OFD_SETLK, &odd), EINVAL);
	close(a);
	CHECK_EQ(set(b, F_OFD_SETLK, F_WRLCK, 0, 0), 0);

	begin("and those of the process");
	a = open_file("f");
	CHECK_ERR(set(a, F_SETLK, F_RDLCK, 5, 1), EAGAIN);
	show(a, F_GETLK, F_RDLCK, 5, 1);
	CHECK_EQ(set(b, F_OFD_SETLK, F_UNLCK, 0, 100), 0);
	CHECK_EQ(set(a, F_SETLK, F_RDLCK, 5, 1), 0);
	CHECK_EQ(set(a, F_SETLK, F_WRLCK, 0, 50), 0);
	show(a, F_GETLK, F_WRLCK, 0, 10);
	show(b, F_OFD_GETLK, F_WRLCK, 0, 0);
	close(dup(a)); /* gives all of the process's back */
	show(b, F_OFD_GETLK, F_WRLCK, 0, 0);
	CHECK_ERR(set(a, F_SETLK, 77, 0, 0), EINVAL);
	CHECK_ERR(set(a, F_SETLK, F_WRLCK, -1, 0), EINVAL);
	CHECK_ERR(set(a, F_SETLK, F_WRLCK, 5, -10), EINVAL);
	CHECK_EQ(set(a, F_SETLK, F_WRLCK, 20, -10), 0);
	show(b, F_OFD_GETLK, F_WRLCK, 0, 100);
	close(a);
	a = open("f", O_RDONLY);
	CHECK_ERR(set(a, F_SETLK, F_WRLCK, 0, 10), EBADF);
	CHECK_EQ(set(a, F_SETLK, F_RDLCK, 0, 10), 0);
	close(a);
	close(b);
}

static int mine;
static volatile int order;

static void *take(void *kind)
{
	int fd = open_file("f");

	if (kind)
		mine = flock(fd, LOCK_EX);
	else
		mine = set(fd, F_OFD_SETLKW, F_WRLCK, 0, 0);
	order = order * 10 + 2;
	close(fd);
	return NULL;
}

static void wait_for(bool whole)
{
	int fd = open_file("f");
	pthread_t t;

	order = 0;
	if (whole)
		CHECK_EQ(flock(fd, LOCK_SH), 0);
	else
		CHECK_EQ(set(fd, F_OFD_SETLK, F_RDLCK, 7, 1), 0);
	pthread_create(&t, NULL, take, whole ? &mine : NULL);
	sleep_ms(100);
	order = order * 10 + 1;
	if (whole)
		CHECK_EQ(flock(fd, LOCK_UN), 0);
	else
		close(fd);
	pthread_join(t, NULL);
	CHECK_EQ(order, 12);
	CHECK_EQ(mine, 0);
}

static void waits(void)
{
	begin("waiting for a lock");
	wait_for(true);
	wait_for(false);
}

static void pipes(void)
{
	char bytes[9000], got[9000];
	int p[2];

	begin("the size of a pipe");
	MUST(pipe2(p, O_NONBLOCK) == 0);
	CHECK_EQ(fcntl(p[0], F_GETPIPE_SZ), 65536);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	CHECK_EQ(write(p[1], bytes, 3000), 3000);
	CHECK_EQ(read(p[0], got, 1000), 1000);
	CHECK_EQ(write(p[1], bytes + 3000, 6000), 6000);
	CHECK_ERR(fcntl(p[1], F_SETPIPE_SZ, 4096), EBUSY);
	CHECK_EQ(fcntl(p[1], F_SETPIPE_SZ, 100000), 131072);
	CHECK_EQ(fcntl(p[0], F_GETPIPE_SZ), 131072);
	CHECK_EQ(read(p[0], got + 1000, 8000), 8000);
	CHECK(memcmp(bytes, got, 9000) == 0);
	CHECK_EQ(fcntl(p[1], F_SETPIPE_SZ, 1), 4096);
	CHECK_EQ(write(p[1], bytes, 9000), 4096);
	CHECK_ERR(write(p[1], bytes, 1), EAGAIN);
	CHECK_EQ(read(p[0], got, 100), 100);
	CHECK_ERR(write(p[1], bytes, 4096), EAGAIN);
	close(p[0]);
	close(p[1]);
	CHECK_ERR(fcntl(open_file("f"), F_GETPIPE_SZ), EBADF);
}

static void seals(void)
{
	int fd = memfd_create("m", MFD_ALLOW_SEALING), plain;
	char *m;

	begin("seals");
	CHECK_EQ(fcntl(fd, F_GET_SEALS), 0);
	CHECK_EQ(ftruncate(fd, 8192), 0);
	CHECK_EQ(write(fd, "some pig", 8), 8);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	CHECK_ERR(ftruncate(fd, 4096), EPERM);
	CHECK_EQ(ftruncate(fd, 16384), 0);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
	CHECK_ERR(ftruncate(fd, 20000), EPERM);
	CHECK_ERR(pwrite(fd, "x", 1, 16384), EPERM);
	CHECK_EQ(pwrite(fd, "x", 1, 16383), 1);
	m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	munmap(m, 4096);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	CHECK_ERR(pwrite(fd, "x", 1, 0), EPERM);
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) ==
	      MAP_FAILED);
	m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	MUST(m != MAP_FAILED);
	m[0] = 'S';
	CHECK(memcmp(m, "Some pig", 8) == 0);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), 0);
	CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
	CHECK_EQ(fcntl(fd, F_GET_SEALS),
	         F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	close(fd);
	fd = memfd_create("m", 0);
	CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL);
	CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), EPERM);
	close(fd);
	plain = open_file("f");
	CHECK_ERR(fcntl(plain, F_GET_SEALS), EINVAL);
	close(plain);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "locks")) {
		whole_files();
		records();
	} else if (!strcmp(what, "waits")) {
		waits();
	} else if (!strcmp(what, "pipes")) {
		pipes();
	} else {
		seals();
	}
	return check_done();
}
