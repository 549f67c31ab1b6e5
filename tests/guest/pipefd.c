/*
 * pipefd.c - a pipe by its name in /proc: what it is, and opened anew.
 *
 * run:
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "tests/guest/check.h"

enum { PIPEFS = 0x50495045 };

static int ends[2];

static const char *path_of(int fd)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

static bool is_called(int fd, ino_t ino)
{
	char name[PATH_MAX] = "", wanted[64];

	snprintf(wanted, sizeof(wanted), "pipe:[%lu]", (unsigned long)ino);
	return readlink(path_of(fd), name, sizeof(name) - 1) > 0 &&
	       strcmp(name, wanted) == 0;
}

static void what_it_is(void)
{
	struct stat r, w, s;
	struct statfs fs;
	int other[2];

	begin("what a pipe is");
	CHECK(fstat(ends[0], &r) == 0 && fstat(ends[1], &w) == 0);
	CHECK(S_ISFIFO(r.st_mode) && (r.st_mode & 0777) == 0600);
	CHECK_EQ(r.st_ino, w.st_ino);
	CHECK_EQ(r.st_dev, w.st_dev);
	CHECK_EQ(r.st_nlink, 1);
	CHECK(is_called(ends[0], r.st_ino));
	CHECK(is_called(ends[1], r.st_ino));
	CHECK(stat(path_of(ends[0]), &s) == 0 && s.st_ino == r.st_ino);
	MUST(pipe(other) == 0);
	CHECK(fstat(other[0], &s) == 0 && s.st_ino != r.st_ino);
	close(other[0]);
	close(other[1]);
	CHECK(fstatfs(ends[0], &fs) == 0 && fs.f_type == PIPEFS);
	CHECK_EQ(fcntl(ends[0], F_GETFL), O_RDONLY);
	CHECK_EQ(fcntl(ends[1], F_GETFL), O_WRONLY);
	CHECK_ERR(lseek(ends[0], 0, SEEK_CUR), ESPIPE);
	CHECK_ERR(fsync(ends[1]), EINVAL);
	CHECK_ERR(ftruncate(ends[1], 0), EINVAL);
	CHECK_ERR(fallocate(ends[1], 0, 0, 10), ESPIPE);
	CHECK_ERR(openat(ends[0], "x", O_RDONLY), ENOTDIR);
	CHECK_EQ(fchmod(ends[0], 0640), 0);
	CHECK(fstat(ends[1], &w) == 0 && (w.st_mode & 0777) == 0640);
}

static void anew(void)
{
	char c[8] = "";
	int r, w, both;

	begin("opened anew");
	CHECK_EQ(write(ends[1], "abc", 3), 3);
	r = open(path_of(ends[1]), O_RDONLY);
	MUST(r >= 0);
	CHECK_EQ(read(r, c, 1), 1);
	CHECK_EQ(c[0], 'a');
	w = open(path_of(ends[0]), O_WRONLY | O_NONBLOCK);
	MUST(w >= 0);
	CHECK_EQ(write(w, "d", 1), 1);
	CHECK_EQ(read(ends[0], c, 8), 3);
	CHECK(memcmp(c, "bcd", 3) == 0);
	close(ends[1]);
	CHECK_EQ(fcntl(r, F_SETFL, O_NONBLOCK), 0);
	CHECK_ERR(read(r, c, 1), EAGAIN); /* there is a writer still */
	close(w);
	CHECK_EQ(read(r, c, 1), 0);
	both = open(path_of(r), O_RDWR);
	MUST(both >= 0);
	CHECK_EQ(write(both, "e", 1), 1);
	CHECK_EQ(read(r, c, 1), 1);
	close(r);
	close(ends[0]);
	close(both);
}

static void without_reader(void)
{
	int w;

	begin("without a reader");
	signal(SIGPIPE, SIG_IGN);
	MUST(pipe(ends) == 0);
	close(ends[0]);
	w = open(path_of(ends[1]), O_WRONLY | O_NONBLOCK); /* a FIFO: ENXIO */
	MUST(w >= 0);
	CHECK_ERR(write(w, "x", 1), EPIPE);
	close(w);
	close(ends[1]);
}

int main(void)
{
	MUST(pipe(ends) == 0);
	what_it_is();
	anew();
	without_reader();
	return check_done();
}
