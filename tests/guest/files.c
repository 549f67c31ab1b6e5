/* files.c - open, read, write, sizes, names, links, and their errors. */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#include "tests/guest/check.h"

/* musl has no functions for these. */
static long rename_new(const char *from, const char *to)
{
	return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1u);
}

static long close_from_to(unsigned from, unsigned to)
{
	return syscall(SYS_close_range, from, to, 0);
}

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : st.st_size;
}

static long links_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? -1 : (long)st.st_nlink;
}

static int make(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);
	ssize_t n = (ssize_t)strlen(text);

	if (fd < 0)
		return -1;
	if (write(fd, text, (size_t)n) != n)
		return -1;
	return close(fd);
}

static bool holds(const char *path, const char *text)
{
	char got[256] = "";
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, got, sizeof(got));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text) && !memcmp(got, text, (size_t)n);
}

static void opening(void)
{
	int fd;

	begin("open");
	CHECK_ERR(open("none", O_RDONLY), ENOENT);
	CHECK_ERR(open("", O_RDONLY), ENOENT);
	CHECK_ERR(open(NULL, O_RDONLY), EFAULT);
	CHECK_ERR(open("none/below", O_RDONLY), ENOENT);
	CHECK_ERR(open(".", O_WRONLY), EISDIR);
	CHECK_ERR(open(".", O_CREAT | O_RDWR, 0644), EISDIR);
	CHECK_EQ(fd = open("a", O_CREAT | O_EXCL | O_RDWR, 0640), 3);
	CHECK_ERR(open("a", O_CREAT | O_EXCL | O_RDWR, 0640), EEXIST);
	CHECK_ERR(open("a/b", O_RDONLY), ENOTDIR);
	CHECK_ERR(open("a", O_DIRECTORY), ENOTDIR);
	CHECK_ERR(open("a/", O_RDONLY), ENOTDIR);
	CHECK_ERR(open("new/", O_CREAT | O_RDWR, 0644), EISDIR);
	CHECK_EQ(write(fd, "hello", 5), 5);
	CHECK_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	CHECK_EQ(close(fd), 0);
	CHECK_ERR(close(fd), EBADF);
	CHECK_EQ(fd = open("a", O_RDONLY), 3);
	CHECK_ERR(write(fd, "x", 1), EBADF);
	close(fd);
	CHECK_EQ(fd = open("a", O_WRONLY), 3);
	CHECK_ERR(read(fd, &fd, 1), EBADF);
	close(fd);
	CHECK_EQ(fd = open("a", O_WRONLY | O_TRUNC), 3);
	CHECK_EQ(size_of("a"), 0);
	close(fd);
	CHECK_EQ(fd = open("a", O_PATH), 3);
	CHECK_ERR(read(fd, &fd, 1), EBADF);
	close(fd);
	CHECK_EQ(unlink("a"), 0);
}

static void modes(void)
{
	struct stat st;

	begin("modes and umask");
	umask(027);
	CHECK_EQ(umask(022), 027);
	umask(077);
	CHECK_EQ(make("m", "x"), 0);
	umask(022);
	CHECK_EQ(stat("m", &st), 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0600);
	CHECK_EQ(chmod("m", 04751), 0);
	CHECK_EQ(stat("m", &st), 0);
	CHECK_EQ(st.st_mode, S_IFREG | 04751);
	CHECK_EQ(chown("m", 7, 8), 0);
	CHECK_EQ(stat("m", &st), 0);
	CHECK_EQ(st.st_uid, 7);
	CHECK_EQ(st.st_gid, 8);
	CHECK_EQ(chown("m", (uid_t)-1, 9), 0);
	CHECK_EQ(stat("m", &st), 0);
	CHECK_EQ(st.st_uid, 7);
	CHECK_EQ(st.st_gid, 9);
	CHECK_EQ(access("m", R_OK | W_OK), 0);
	CHECK_ERR(access("none", F_OK), ENOENT);
	CHECK_ERR(access("m", 8), EINVAL);
	CHECK_EQ(unlink("m"), 0);
}

static void positions(void)
{
	char buf[16] = "";
	int fd = open("p", O_CREAT | O_RDWR, 0644), same;

	begin("positions");
	MUST(fd >= 0);
	CHECK_EQ(write(fd, "0123456789", 10), 10);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 10);
	CHECK_EQ(lseek(fd, 2, SEEK_SET), 2);
	CHECK_EQ(read(fd, buf, 3), 3);
	CHECK(!memcmp(buf, "234", 3));
	CHECK_EQ(lseek(fd, -1, SEEK_END), 9);
	CHECK_EQ(read(fd, buf, 8), 1);
	CHECK_EQ(read(fd, buf, 8), 0);
	CHECK_ERR(lseek(fd, -1, SEEK_SET), EINVAL);
	CHECK_ERR(lseek(fd, 0, 99), EINVAL);
	CHECK_ERR(lseek(999, 0, SEEK_SET), EBADF);
	CHECK_EQ(pread(fd, buf, 4, 6), 4);
	CHECK(!memcmp(buf, "6789", 4));
	CHECK_ERR(pread(fd, buf, 4, -1), EINVAL);
	CHECK_EQ(pwrite(fd, "ab", 2, 0), 2);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 10);
	same = dup(fd);
	CHECK_EQ(lseek(same, 1, SEEK_SET), 1);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 1);
	close(same);
	close(fd);
	CHECK(holds("p", "ab23456789"));
	CHECK_EQ(unlink("p"), 0);
}

static void appending(void)
{
	int fd = open("ap", O_CREAT | O_RDWR | O_APPEND, 0644);

	begin("append");
	CHECK_EQ(write(fd, "one", 3), 3);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(write(fd, "two", 3), 3);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 6);
	CHECK_EQ(fcntl(fd, F_SETFL, 0), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(write(fd, "ON", 2), 2);
	close(fd);
	CHECK(holds("ap", "ONetwo"));
	CHECK_EQ(unlink("ap"), 0);
}

static void vectors(void)
{
	char a[4], b[4];
	struct iovec out[3] = {
		{(char[]){"ab"}, 2}, {NULL, 0}, {(char[]){"cdef"}, 4}};
	struct iovec in[2] = {{a, 4}, {b, 4}};
	int fd = open("v", O_CREAT | O_RDWR, 0644);

	begin("vectors");
	CHECK_EQ(writev(fd, out, 3), 6);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(readv(fd, in, 2), 6);
	CHECK(!memcmp(a, "abcd", 4) && !memcmp(b, "ef", 2));
	CHECK_ERR(readv(fd, in, -1), EINVAL);
	CHECK_ERR(readv(fd, in, 2000), EINVAL);
	CHECK_EQ(writev(fd, out, 0), 0);
	CHECK_EQ(preadv(fd, in, 2, 2), 4);
	CHECK(!memcmp(a, "cdef", 4));
	CHECK_EQ(pwritev(fd, out, 3, 1), 6);
	close(fd);
	CHECK(holds("v", "aabcdef"));
	CHECK_EQ(unlink("v"), 0);
}

static bool is_zero(const char *p, size_t n)
{
	while (n--)
		if (*p++)
			return false;
	return true;
}

static void sparse(void)
{
	static char buf[8192];
	struct stat st;
	int fd = open("s", O_CREAT | O_RDWR, 0644);

	begin("sparse files and truncate");
	CHECK_EQ(pwrite(fd, "end", 3, 1000000), 3);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_size, 1000003);
	CHECK(st.st_blocks * 512 < 500000);
	CHECK_EQ(pread(fd, buf, sizeof(buf), 500000), sizeof(buf));
	CHECK(is_zero(buf, sizeof(buf)));
	CHECK_EQ(pread(fd, buf, 10, 999998), 5);
	CHECK(!memcmp(buf, "\0\0end", 5));
	CHECK_EQ(ftruncate(fd, 1000001), 0);
	CHECK_EQ(ftruncate(fd, 1000010), 0);
	CHECK_EQ(pread(fd, buf, 20, 1000000), 10);
	CHECK(!memcmp(buf, "e\0\0\0\0\0\0\0\0\0", 10));
	CHECK_EQ(truncate("s", 0), 0);
	CHECK_EQ(size_of("s"), 0);
	CHECK_ERR(ftruncate(fd, -1), EINVAL);
	CHECK_ERR(truncate("none", 0), ENOENT);
	CHECK_ERR(truncate(".", 0), EISDIR);
	close(fd);
	fd = open("s", O_RDONLY);
	CHECK_ERR(ftruncate(fd, 0), EINVAL);
	close(fd);
	CHECK_EQ(unlink("s"), 0);
}

static void renaming(void)
{
	begin("rename");
	CHECK_EQ(make("r1", "one"), 0);
	CHECK_EQ(make("r2", "two"), 0);
	CHECK_EQ(rename("r1", "r2"), 0);
	CHECK(holds("r2", "one"));
	CHECK_ERR(access("r1", F_OK), ENOENT);
	CHECK_ERR(rename("none", "x"), ENOENT);
	CHECK_ERR(rename("r2", "none/x"), ENOENT);
	CHECK_EQ(mkdir("rd", 0755), 0);
	CHECK_ERR(rename("r2", "rd"), EISDIR);
	CHECK_ERR(rename("rd", "r2"), ENOTDIR);
	CHECK_ERR(rename("rd", "rd/in"), EINVAL);
	CHECK_EQ(rename("r2", "rd/r2"), 0);
	CHECK_EQ(mkdir("re", 0755), 0);
	CHECK_ERR(rename("re", "rd"), ENOTEMPTY);
	CHECK_EQ(rename("rd", "re"), 0);
	CHECK(holds("re/r2", "one"));
	CHECK_EQ(rename("re/r2", "re/r2"), 0);
	CHECK_EQ(make("q", "q"), 0);
	CHECK_ERR(rename_new("q", "re"), EEXIST);
	CHECK_EQ(unlink("re/r2"), 0);
	CHECK_EQ(rmdir("re"), 0);
	CHECK_EQ(unlink("q"), 0);
}

static void linking(void)
{
	char buf[64] = "";
	struct stat st;

	begin("links");
	CHECK_EQ(make("l1", "text"), 0);
	CHECK_EQ(link("l1", "l2"), 0);
	CHECK_EQ(links_of("l1"), 2);
	CHECK_ERR(link("l1", "l2"), EEXIST);
	CHECK_ERR(link(".", "dirlink"), EPERM);
	CHECK_ERR(link("none", "x"), ENOENT);
	CHECK_EQ(unlink("l1"), 0);
	CHECK_EQ(links_of("l2"), 1);
	CHECK(holds("l2", "text"));
	CHECK_EQ(symlink("l2", "soft"), 0);
	CHECK(holds("soft", "text"));
	CHECK_EQ(readlink("soft", buf, sizeof(buf)), 2);
	CHECK(!strcmp(buf, "l2"));
	CHECK_EQ(readlink("soft", buf, 1), 1);
	CHECK_ERR(readlink("l2", buf, 9), EINVAL);
	CHECK_ERR(syscall(SYS_readlink, "soft", buf, 0), EINVAL);
	CHECK_EQ(lstat("soft", &st), 0);
	CHECK(S_ISLNK(st.st_mode));
	CHECK_EQ(st.st_size, 2);
	CHECK_ERR(open("soft", O_RDONLY | O_NOFOLLOW), ELOOP);
	CHECK_EQ(symlink("loop2", "loop1"), 0);
	CHECK_EQ(symlink("loop1", "loop2"), 0);
	CHECK_ERR(open("loop1", O_RDONLY), ELOOP);
	CHECK_EQ(symlink("nowhere", "dangling"), 0);
	CHECK_ERR(open("dangling", O_RDONLY), ENOENT);
	CHECK_ERR(open("dangling", O_CREAT | O_EXCL | O_RDWR, 0644), EEXIST);
	CHECK_EQ(close(open("dangling", O_CREAT | O_RDWR, 0644)), 0);
	CHECK_EQ(size_of("nowhere"), 0);
	CHECK_EQ(unlink("nowhere"), 0);
	CHECK_EQ(unlink("dangling"), 0);
	CHECK_EQ(unlink("loop1"), 0);
	CHECK_EQ(unlink("loop2"), 0);
	CHECK_EQ(unlink("soft"), 0);
	CHECK_EQ(unlink("l2"), 0);
}

static void removing(void)
{
	char buf[8] = "";
	struct stat st;
	int fd = open("gone", O_CREAT | O_RDWR, 0644);

	begin("unlink while open");
	CHECK_EQ(write(fd, "still", 5), 5);
	CHECK_EQ(unlink("gone"), 0);
	CHECK_ERR(open("gone", O_RDONLY), ENOENT);
	CHECK_EQ(pread(fd, buf, 8, 0), 5);
	CHECK_EQ(pwrite(fd, "more", 4, 5), 4);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_nlink, 0);
	CHECK_EQ(st.st_size, 9);
	close(fd);
	CHECK_ERR(unlink("none"), ENOENT);
	CHECK_ERR(unlink("."), EISDIR);
}

static void temporary(void)
{
	char path[64];
	int fd = open(".", O_TMPFILE | O_RDWR, 0600);

	begin("O_TMPFILE");
	if (!CHECK(fd >= 0))
		return;
	CHECK_EQ(write(fd, "tmp", 3), 3);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK_EQ(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW),
	         0);
	close(fd);
	CHECK(holds("named", "tmp"));
	CHECK_EQ(unlink("named"), 0);
}

static void times(void)
{
	struct timespec t[2] = {{1000000000, 5}, {1100000000, 123456789}};
	struct timespec omit[2] = {{0, UTIME_OMIT}, {5, 0}};
	struct stat st;

	begin("times");
	CHECK_EQ(make("t", "x"), 0);
	CHECK_EQ(utimensat(AT_FDCWD, "t", t, 0), 0);
	CHECK_EQ(stat("t", &st), 0);
	CHECK_EQ(st.st_atim.tv_sec, 1000000000);
	CHECK_EQ(st.st_atim.tv_nsec, 5);
	CHECK_EQ(st.st_mtim.tv_sec, 1100000000);
	CHECK_EQ(st.st_mtim.tv_nsec, 123456789);
	CHECK_EQ(utimensat(AT_FDCWD, "t", omit, 0), 0);
	CHECK_EQ(stat("t", &st), 0);
	CHECK_EQ(st.st_atim.tv_sec, 1000000000);
	CHECK_EQ(st.st_mtim.tv_sec, 5);
	CHECK_EQ(utimensat(AT_FDCWD, "t", NULL, 0), 0);
	CHECK_EQ(stat("t", &st), 0);
	CHECK(labs(st.st_mtim.tv_sec - time(NULL)) <= 2);
	CHECK(labs(st.st_ctim.tv_sec - time(NULL)) <= 2);
	t[0].tv_nsec = 1000000000;
	CHECK_ERR(utimensat(AT_FDCWD, "t", t, 0), EINVAL);
	CHECK_EQ(unlink("t"), 0);
}

static void descriptors(void)
{
	int fd = open("/dev/null", O_RDWR), other;

	begin("descriptors");
	CHECK_EQ(dup2(fd, 77), 77);
	CHECK_EQ(dup2(fd, fd), fd);
	CHECK_ERR(dup2(200, 201), EBADF);
	CHECK_ERR(dup3(fd, fd, 0), EINVAL);
	CHECK_EQ(dup3(fd, 78, O_CLOEXEC), 78);
	CHECK_EQ(fcntl(78, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(77, F_GETFD), 0);
	CHECK_EQ(fcntl(77, F_SETFD, FD_CLOEXEC), 0);
	CHECK_EQ(fcntl(77, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(other = fcntl(fd, F_DUPFD, 50), 50);
	CHECK_EQ(fcntl(fd, F_DUPFD_CLOEXEC, 50), 51);
	CHECK_ERR(fcntl(fd, F_DUPFD, 100000000), EINVAL);
	CHECK_ERR(fcntl(500, F_GETFL), EBADF);
	CHECK_ERR(dup2(fd, 100000000), EBADF);
	CHECK_EQ(close_from_to(50, 78), 0);
	CHECK_ERR(close(other), EBADF);
	CHECK_ERR(close(77), EBADF);
	CHECK_ERR(close(-1), EBADF);
	CHECK_EQ(close(fd), 0);
}

static void locks(void)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open("lk", O_CREAT | O_RDWR, 0644);

	begin("locks");
	CHECK_EQ(flock(fd, LOCK_EX), 0);
	CHECK_EQ(flock(fd, LOCK_UN), 0);
	CHECK_EQ(fcntl(fd, F_SETLK, &l), 0);
	CHECK_EQ(fcntl(fd, F_GETLK, &l), 0);
	CHECK_EQ(l.l_type, F_UNLCK);
	close(fd);
	CHECK_EQ(unlink("lk"), 0);
}

static void faults(void)
{
	struct statfs fs;
	int fd = open("f", O_CREAT | O_RDWR, 0644);
	char *bad = (char *)8;

	begin("bad addresses");
	CHECK_ERR(write(fd, bad, 4), EFAULT);
	CHECK_EQ(size_of("f"), 0);
	CHECK_EQ(write(fd, "abcd", 4), 4);
	CHECK_ERR(pread(fd, bad, 4, 0), EFAULT);
	CHECK_EQ(read(fd, bad, 0), 0);
	CHECK_ERR(syscall(SYS_stat, bad, bad), EFAULT);
	CHECK_ERR(syscall(SYS_fstat, fd, bad), EFAULT);
	CHECK_EQ(fstatfs(fd, &fs), 0);
	CHECK_EQ(fs.f_bsize, 4096);
	CHECK(fs.f_blocks > fs.f_bfree && fs.f_bfree > 0);
	CHECK_EQ(fsync(fd), 0);
	CHECK_EQ(fdatasync(fd), 0);
	CHECK_ERR(fsync(500), EBADF);
	close(fd);
	CHECK_EQ(unlink("f"), 0);
}

int main(void)
{
	opening();
	modes();
	positions();
	appending();
	vectors();
	sparse();
	renaming();
	linking();
	removing();
	temporary();
	times();
	descriptors();
	locks();
	faults();
	return check_done();
}
