/*
 * exchange.c - renameat2's flags.
 *
 * run:
 * run: arg=/dev/shm
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>

#include "tests/guest/check.h"

static void put(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0644);

	MUST(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void show(const char *path)
{
	char text[100] = "";
	struct stat s;
	int fd = open(path, O_RDONLY);

	if (fstat(fd, &s) == 0 && S_ISDIR(s.st_mode))
		printf("%s: folder, %d links\n", path, (int)s.st_nlink);
	else if (read(fd, text, 99) >= 0)
		printf("%s: %s\n", path, text);
	else
		printf("%s: none\n", path);
	close(fd);
}

static int swap(const char *a, const char *b)
{
	return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

int main(int argc, char **argv)
{
	char cwd[200];

	if (argc > 1)
		MUST(chdir(argv[1]) == 0);
	mkdir("x", 0755);
	MUST(chdir("x") == 0);
	put("a", "some");
	put("b", "pig");
	mkdir("d", 0755);
	mkdir("d/e", 0755);
	put("d/c", "web");
	CHECK_EQ(swap("a", "b"), 0);
	show("a");
	show("b");
	CHECK_EQ(swap("a", "d/c"), 0);
	show("a");
	show("d/c");
	CHECK_EQ(swap("d/e", "b"), 0);
	show("d");
	show("d/e");
	show("b");
	MUST(chdir("b") == 0);
	MUST(chdir("..") == 0);
	CHECK(getcwd(cwd, sizeof(cwd)) && strstr(cwd, "/x"));
	CHECK_EQ(swap("a", "a"), 0);
	CHECK_ERR(swap("a", "none"), ENOENT);
	CHECK_ERR(swap("none", "a"), ENOENT);
	CHECK_ERR(swap("d", "d/c"), EINVAL);
	CHECK_ERR(swap("d/c", "d"), EINVAL);
	CHECK_ERR(renameat2(AT_FDCWD, "a", AT_FDCWD, "d/c", RENAME_NOREPLACE),
	          EEXIST);
	CHECK_EQ(renameat2(AT_FDCWD, "a", AT_FDCWD, "n", RENAME_NOREPLACE), 0);
	CHECK_ERR(renameat2(AT_FDCWD, "n", AT_FDCWD, "a",
	                    RENAME_NOREPLACE | RENAME_EXCHANGE),
	          EINVAL);
	CHECK_ERR(renameat2(AT_FDCWD, "n", AT_FDCWD, "a", 64), EINVAL);
	show("n");
	unlink("n");
	unlink("d/c");
	unlink("d/e");
	CHECK_EQ(rmdir("d"), 0);
	CHECK_EQ(rmdir("b"), 0);
	MUST(chdir("..") == 0);
	CHECK_EQ(rmdir("x"), 0);
	return check_done();
}
