/*
 * jail.c - chroot: names, "..", links, what is open from before.
 *
 * run:
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/guest/check.h"

static void put(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0644);

	MUST(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static bool says(int at, const char *path, const char *text)
{
	char got[50] = "";
	int fd = openat(at, path, O_RDONLY);
	ssize_t n = read(fd, got, sizeof(got) - 1);

	close(fd);
	return n >= 0 && strcmp(got, text) == 0;
}

int main(void)
{
	char cwd[200];
	int out;

	mkdir("in", 0755);
	mkdir("in/sub", 0755);
	put("name", "outside");
	put("in/name", "inside");
	CHECK_EQ(symlink("/name", "in/absolute"), 0);
	CHECK_EQ(symlink("../../../name", "in/sub/up"), 0);
	out = open(".", O_RDONLY);
	CHECK_ERR(chroot("name"), ENOTDIR);
	CHECK_ERR(chroot("none"), ENOENT);
	CHECK_EQ(chroot("in"), 0);
	CHECK_EQ(chdir("/"), 0);
	CHECK(getcwd(cwd, sizeof(cwd)) && !strcmp(cwd, "/"));
	CHECK(says(AT_FDCWD, "/name", "inside"));
	CHECK(says(AT_FDCWD, "../../name", "inside"));
	CHECK(says(AT_FDCWD, "absolute", "inside"));
	CHECK(says(AT_FDCWD, "/sub/up", "inside"));
	CHECK(says(out, "name", "outside"));
	CHECK(says(out, "in/absolute", "inside"));
	CHECK_EQ(chdir("sub"), 0);
	CHECK(getcwd(cwd, sizeof(cwd)) && !strcmp(cwd, "/sub"));
	CHECK_ERR(open("/etc/hosts", O_RDONLY), ENOENT);
	CHECK_ERR(open("/proc/self/maps", O_RDONLY), ENOENT);
	CHECK_EQ(chroot("."), 0);
	CHECK_ERR(open("/up", O_RDONLY), ENOENT);
	return check_done();
}
