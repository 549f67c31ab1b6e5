/*
 * openat2.c - opening with limits to where a path may lead.
 *
 * run:
 */
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "tests/guest/check.h"

static int dir;

static long open_how(const char *path, uint64_t flags, uint64_t mode,
                     uint64_t resolve)
{
	struct open_how how = {flags, mode, resolve};
	long fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));

	if (fd >= 0)
		close((int)fd);
	return fd < 0 ? fd : 0;
}

static long in(const char *path, uint64_t resolve)
{
	return open_how(path, O_RDONLY, 0, resolve);
}

static void put(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0644);

	MUST(fd >= 0 && write(fd, "x", 1) == 1);
	close(fd);
}

static void make_tree(void)
{
	begin("a tree");
	MUST(mkdir("top", 0755) == 0 && mkdir("top/sub", 0755) == 0);
	put("outside");
	put("top/file");
	put("top/sub/file");
	MUST(symlink("sub/file", "top/link") == 0);
	MUST(symlink("../outside", "top/out") == 0);
	MUST(symlink("../file", "top/sub/up") == 0);
	MUST(symlink("/file", "top/absolute") == 0);
	MUST(symlink("/", "top/root") == 0);
	dir = open("top", O_PATH | O_DIRECTORY);
	MUST(dir >= 0);
}

static void nothing_above(void)
{
	begin("RESOLVE_BENEATH");
	CHECK_EQ(in("file", RESOLVE_BENEATH), 0);
	CHECK_EQ(in("sub/../file", RESOLVE_BENEATH), 0);
	CHECK_EQ(in("sub/up", RESOLVE_BENEATH), 0);
	CHECK_EQ(in("link", RESOLVE_BENEATH), 0);
	CHECK_EQ(in(".", RESOLVE_BENEATH), 0);
	CHECK_ERR(in("..", RESOLVE_BENEATH), EXDEV);
	CHECK_ERR(in("../top/file", RESOLVE_BENEATH), EXDEV);
	CHECK_ERR(in("sub/../../outside", RESOLVE_BENEATH), EXDEV);
	CHECK_ERR(in("out", RESOLVE_BENEATH), EXDEV);
	CHECK_ERR(in("absolute", RESOLVE_BENEATH), EXDEV);
	CHECK_ERR(in("/etc", RESOLVE_BENEATH), EXDEV);
	CHECK_ERR(in("none", RESOLVE_BENEATH), ENOENT);
}

static void own_root(void)
{
	begin("RESOLVE_IN_ROOT");
	CHECK_EQ(in("/file", RESOLVE_IN_ROOT), 0);
	CHECK_EQ(in("absolute", RESOLVE_IN_ROOT), 0);
	CHECK_EQ(in("root/sub/up", RESOLVE_IN_ROOT), 0);
	CHECK_EQ(in("../../../file", RESOLVE_IN_ROOT), 0);
	CHECK_ERR(in("out", RESOLVE_IN_ROOT), ENOENT);
	CHECK_ERR(in("/outside", RESOLVE_IN_ROOT), ENOENT);
	CHECK_EQ(open_how("/made", O_CREAT | O_WRONLY | O_EXCL, 0600,
	                  RESOLVE_IN_ROOT),
	         0);
	CHECK_EQ(access("top/made", F_OK), 0);
}

static void links(void)
{
	char self[64];

	begin("links");
	CHECK_EQ(in("file", RESOLVE_NO_SYMLINKS), 0);
	CHECK_ERR(in("link", RESOLVE_NO_SYMLINKS), ELOOP);
	CHECK_ERR(in("root/etc", RESOLVE_NO_SYMLINKS), ELOOP);
	CHECK_EQ(open_how("link", O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS),
	         0);
	CHECK_EQ(in("link", RESOLVE_NO_MAGICLINKS), 0);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", dir);
	CHECK_EQ(in(self, 0), 0);
	CHECK_ERR(in(self, RESOLVE_NO_MAGICLINKS), ELOOP);
	CHECK_ERR(in(self, RESOLVE_NO_SYMLINKS), ELOOP);
}

static void mounts(void)
{
	begin("RESOLVE_NO_XDEV");
	CHECK_EQ(in("sub/file", RESOLVE_NO_XDEV), 0);
	CHECK_EQ(in("sub/../link", RESOLVE_NO_XDEV), 0);
	CHECK_EQ(in("/proc/version", 0), 0);
	CHECK_ERR(in("/proc/version", RESOLVE_NO_XDEV), EXDEV);
	dir = open("/proc", O_PATH | O_DIRECTORY);
	CHECK_EQ(in("version", RESOLVE_NO_XDEV), 0);
	CHECK_ERR(in("..", RESOLVE_NO_XDEV), EXDEV);
	close(dir);
}

static void nonsense(void)
{
	struct {
		struct open_how how;
		uint64_t more[8];
	} large = {{O_RDONLY, 0, 0}, {0}};
	long fd;

	begin("what it refuses");
	dir = AT_FDCWD;
	CHECK_ERR(in("outside", 1 << 20), EINVAL);
	CHECK_ERR(in("outside", RESOLVE_BENEATH | RESOLVE_IN_ROOT), EINVAL);
	CHECK_ERR(open_how("outside", UINT64_C(1) << 40, 0, 0), EINVAL);
	CHECK_ERR(open_how("outside", O_RDONLY, 0644, 0), EINVAL);
	CHECK_ERR(open_how("new", O_CREAT | O_WRONLY, 010000, 0), EINVAL);
	CHECK_ERR(open_how("outside", O_PATH | O_RDWR, 0, 0), EINVAL);
	CHECK_ERR(open_how("outside", O_WRONLY | O_TRUNC, 0, RESOLVE_CACHED),
	          EAGAIN);
	CHECK_EQ(open_how("outside", O_RDWR | O_APPEND | O_SYNC, 0, 0), 0);
	CHECK_ERR(syscall(SYS_openat2, AT_FDCWD, "outside", &large, 8), EINVAL);
	fd = syscall(SYS_openat2, AT_FDCWD, "outside", &large, sizeof(large));
	CHECK(fd >= 0);
	close((int)fd);
	large.more[5] = 1;
	CHECK_ERR(syscall(SYS_openat2, AT_FDCWD, "outside", &large,
	                  sizeof(large)),
	          E2BIG);
	CHECK_ERR(syscall(SYS_openat2, AT_FDCWD, "outside", NULL, 24), EFAULT);
	/* It was just looked up, so it is in the cache. */
	CHECK_EQ(in("outside", RESOLVE_CACHED), 0);
}

int main(void)
{
	make_tree();
	nothing_above();
	own_root();
	links();
	mounts();
	nonsense();
	return check_done();
}
