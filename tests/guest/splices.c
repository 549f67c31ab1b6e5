/*
 * splices.c - splice, tee, vmsplice, copy_file_range, sendfile, advice.
 *
 * run:
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "tests/guest/check.h"

enum { BIG = 300000 };
static char want[BIG], got[BIG];

static int make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);

	for (size_t i = 0; i < BIG; i++)
		want[i] = (char)(i * 31 >> 3);
	MUST(write(fd, want, BIG) == BIG);
	MUST(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void pipes_and_files(int fd)
{
	int p[2], out = open("out", O_RDWR | O_CREAT | O_TRUNC, 0644);
	loff_t at = 1000, none = 0;

	begin("splice: file, pipe, file");
	MUST(pipe(p) == 0);
	CHECK_EQ(splice(fd, &at, p[1], NULL, 5000, 0), 5000);
	CHECK_EQ(at, 6000);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK_EQ(splice(p[0], NULL, out, NULL, 10000, 0), 5000);
	CHECK_EQ(lseek(out, 0, SEEK_CUR), 5000);
	CHECK_EQ(pread(out, got, BIG, 0), 5000);
	CHECK(memcmp(got, want + 1000, 5000) == 0);
	CHECK_EQ(splice(fd, NULL, p[1], NULL, 100, 0), 100);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 100);
	at = 3;
	CHECK_EQ(splice(p[0], NULL, out, &at, 100, 0), 100);
	CHECK_EQ(pread(out, got, 100, 3), 100);
	CHECK(memcmp(got, want, 100) == 0);

	begin("what is refused");
	CHECK_ERR(splice(fd, NULL, out, NULL, 10, 0), EINVAL);
	CHECK_ERR(splice(fd, NULL, p[1], &none, 10, 0), ESPIPE);
	CHECK_ERR(splice(p[0], &none, out, NULL, 10, 0), ESPIPE);
	CHECK_ERR(splice(p[1], NULL, out, NULL, 10, 0), EBADF);
	CHECK_ERR(splice(-1, NULL, p[1], NULL, 10, 0), EBADF);
	CHECK_ERR(splice(fd, NULL, p[1], NULL, 10, 64), EINVAL);
	CHECK_ERR(splice(p[0], NULL, out, NULL, 10, SPLICE_F_NONBLOCK), EAGAIN);
	CHECK_ERR(splice(p[0], NULL, p[1], NULL, 10, SPLICE_F_NONBLOCK),
	          EINVAL);
	at = BIG;
	CHECK_EQ(splice(fd, &at, p[1], NULL, 10, 0), 0);
	close(p[1]);
	CHECK_EQ(splice(p[0], NULL, out, NULL, 10, 0), 0);
	close(p[0]);
	close(out);
}

static void pipes_and_pipes(void)
{
	int a[2], b[2];

	begin("tee, and splice between pipes");
	MUST(pipe2(a, O_NONBLOCK) == 0 && pipe2(b, O_NONBLOCK) == 0);
	CHECK_ERR(tee(a[0], b[1], 10, 0), EAGAIN);
	CHECK_EQ(write(a[1], "some", 4), 4);
	CHECK_EQ(write(a[1], " pig", 4), 4);
	CHECK_EQ(tee(a[0], b[1], 100, 0), 8);
	CHECK_EQ(read(b[0], got, 100), 8);
	CHECK(memcmp(got, "some pig", 8) == 0);
	CHECK_EQ(splice(a[0], NULL, b[1], NULL, 6, 0), 6);
	CHECK_EQ(read(b[0], got, 100), 6);
	CHECK_EQ(read(a[0], got, 100), 2);
	CHECK(memcmp(got, "ig", 2) == 0);
	CHECK_ERR(tee(a[0], a[1], 10, 0), EINVAL);
	CHECK_EQ(write(a[1], want, 60000), 60000);
	CHECK_EQ(read(a[0], got, 1234), 1234);
	CHECK_EQ(write(a[1], want, 1000), 1000);
	close(b[0]);
	signal(SIGPIPE, SIG_IGN);
	CHECK_ERR(splice(a[0], NULL, b[1], NULL, 10, 0), EPIPE);
	close(a[0]);
	close(a[1]);
	close(b[1]);
}

static void memory(void)
{
	struct iovec v[2] = {{want, 3000}, {want + 3000, 7000}};
	struct iovec r[2] = {{got, 5000}, {got + 5000, 20000}};
	int p[2];

	begin("vmsplice");
	MUST(pipe(p) == 0);
	memset(got, 0, sizeof(got));
	CHECK_EQ(vmsplice(p[1], v, 2, 0), 10000);
	CHECK_EQ(vmsplice(p[0], r, 2, 0), 10000);
	CHECK(memcmp(got, want, 10000) == 0);
	CHECK_ERR(vmsplice(p[0], r, 2, SPLICE_F_NONBLOCK), EAGAIN);
	CHECK_ERR(vmsplice(open("out", O_RDWR), v, 1, 0), EBADF);
	close(p[0]);
	close(p[1]);
}

static void *drain(void *arg)
{
	int fd = *(int *)arg;
	ssize_t n, done = 0;

	memset(got, 0, sizeof(got));
	while ((n = read(fd, got + done, (size_t)(BIG - done))) > 0)
		done += n;
	return (void *)done;
}

/* A proxy's way: file -> pipe -> socket, with a slow reader. */
static void through_a_socket(int fd)
{
	int p[2], s[2];
	ssize_t sent = 0;
	pthread_t t;
	void *n;

	begin("splice to a socket");
	MUST(pipe(p) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	MUST(pthread_create(&t, NULL, drain, &s[1]) == 0);
	lseek(fd, 0, SEEK_SET);
	while (sent < BIG) {
		ssize_t in = splice(fd, NULL, p[1], NULL, 50000, 0);

		if (in <= 0)
			break;
		while (in > 0) {
			ssize_t out = splice(p[0], NULL, s[0], NULL, (size_t)in,
			                     SPLICE_F_MORE);

			if (out <= 0)
				break;
			in -= out;
			sent += out;
		}
	}
	CHECK_EQ(sent, BIG);
	shutdown(s[0], SHUT_WR);
	pthread_join(t, &n);
	CHECK_EQ((ssize_t)n, BIG);
	CHECK(memcmp(got, want, BIG) == 0);
	CHECK_EQ(write(s[1], "terrific", 8), 8);
	CHECK_EQ(splice(s[0], NULL, p[1], NULL, 100, 0), 8);
	CHECK_EQ(read(p[0], got, 100), 8);
	CHECK(memcmp(got, "terrific", 8) == 0);
	close(s[0]);
	close(s[1]);
	close(p[0]);
	close(p[1]);
}

static void ranges(int fd)
{
	int out = open("copy", O_RDWR | O_CREAT | O_TRUNC, 0644);
	int app = open("copy", O_WRONLY | O_APPEND), dir = open(".", O_RDONLY);
	loff_t from = 5, to = 7;

	begin("copy_file_range");
	lseek(fd, 0, SEEK_SET);
	CHECK_EQ(copy_file_range(fd, NULL, out, NULL, BIG * 2, 0), BIG);
	CHECK_EQ(copy_file_range(fd, NULL, out, NULL, 10, 0), 0);
	CHECK_EQ(lseek(out, 0, SEEK_CUR), BIG);
	CHECK_EQ(pread(out, got, BIG, 0), BIG);
	CHECK(memcmp(got, want, BIG) == 0);
	CHECK_EQ(copy_file_range(fd, &from, out, &to, 1000, 0), 1000);
	CHECK_EQ(from, 1005);
	CHECK_EQ(to, 1007);
	CHECK_EQ(pread(out, got, 1000, 7), 1000);
	CHECK(memcmp(got, want + 5, 1000) == 0);
	from = 0;
	to = 100;
	CHECK_ERR(copy_file_range(out, &from, out, &to, 200, 0), EINVAL);
	to = 200;
	CHECK_EQ(copy_file_range(out, &from, out, &to, 200, 0), 200);
	CHECK_ERR(copy_file_range(fd, NULL, out, NULL, 1, 1), EINVAL);
	CHECK_ERR(copy_file_range(fd, NULL, app, NULL, 1, 0), EBADF);
	CHECK_ERR(copy_file_range(dir, NULL, out, NULL, 1, 0), EISDIR);
	close(app);
	close(dir);
	close(out);
}

static void advice(int fd)
{
	struct iovec v = {got, 100};
	int p[2];

	begin("advice");
	MUST(pipe(p) == 0);
	CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	CHECK_EQ(pread(fd, got, BIG, 0), BIG);
	CHECK(memcmp(got, want, BIG) == 0);
	CHECK_EQ(posix_fadvise(fd, 0, -1, POSIX_FADV_NORMAL), EINVAL);
	CHECK_EQ(posix_fadvise(fd, 0, 0, 99), EINVAL);
	CHECK_EQ(posix_fadvise(p[0], 0, 0, POSIX_FADV_NORMAL), ESPIPE);
	CHECK_EQ(readahead(fd, 0, 100000), 0);
	CHECK_ERR(readahead(p[0], 0, 1), EINVAL);
	CHECK_EQ(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE), 0);
	CHECK_ERR(sync_file_range(fd, 0, 0, 64), EINVAL);
	CHECK_ERR(sync_file_range(p[0], 0, 0, 0), ESPIPE);

	begin("preadv2, pwritev2");
	lseek(fd, 50, SEEK_SET);
	CHECK_EQ(preadv2(fd, &v, 1, -1, 0), 100);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 150);
	CHECK_EQ(preadv2(fd, &v, 1, 10, 0), 100);
	CHECK(memcmp(got, want + 10, 100) == 0);
	CHECK_EQ(pwritev2(fd, &v, 1, 10, RWF_SYNC), 100);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 150);
	CHECK_ERR(pwritev2(fd, &v, 1, 10, 1 << 20), EOPNOTSUPP);
}

int main(void)
{
	int fd = make_file("in");

	pipes_and_files(fd);
	pipes_and_pipes();
	memory();
	through_a_socket(fd);
	ranges(fd);
	advice(fd);
	return check_done();
}
