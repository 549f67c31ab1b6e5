/*
 * xattrs.c - extended attributes on the disk.
 *
 * run:
 * run: guest arg=memory
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "tests/guest/check.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The order of names is not promised. */
static void show_names(const char *path)
{
	static char list[70000];
	ssize_t n = listxattr(path, list, sizeof(list));
	char *names[256];
	size_t nr = 0;

	for (char *s = list; s < list + n && nr < 256; s += strlen(s) + 1)
		if (strncmp(s, "user.", 5) == 0)
			names[nr++] = s;
	qsort(names, nr, sizeof(char *), by_name);
	printf("%zu names\n", nr);
	for (size_t i = 0; i < nr; i++)
		printf("  %s\n", names[i]);
}

static void simple(void)
{
	char v[100] = "";

	begin("set, get, list, remove");
	close(open("f", O_CREAT | O_WRONLY, 0644));
	CHECK_ERR(getxattr("f", "user.a", v, 100), ENODATA);
	CHECK_EQ(setxattr("f", "user.a", "some pig", 8, 0), 0);
	CHECK_EQ(getxattr("f", "user.a", v, 100), 8);
	CHECK(memcmp(v, "some pig", 8) == 0);
	CHECK_EQ(getxattr("f", "user.a", NULL, 0), 8);
	CHECK_ERR(getxattr("f", "user.a", v, 7), ERANGE);
	CHECK_ERR(setxattr("f", "user.a", "x", 1, XATTR_CREATE), EEXIST);
	CHECK_ERR(setxattr("f", "user.b", "x", 1, XATTR_REPLACE), ENODATA);
	CHECK_EQ(setxattr("f", "user.a", "terrific", 8, XATTR_REPLACE), 0);
	CHECK_EQ(setxattr("f", "user.empty", "", 0, XATTR_CREATE), 0);
	CHECK_EQ(getxattr("f", "user.empty", v, 100), 0);
	show_names("f");
	CHECK_EQ(removexattr("f", "user.a"), 0);
	CHECK_ERR(removexattr("f", "user.a"), ENODATA);
	show_names("f");
}

static void wrong(void)
{
	char name[300] = "user.";
	static char big[70000];

	begin("what is refused");
	memset(name + 5, 'n', 251);
	CHECK_ERR(setxattr("f", name, "x", 1, 0), ERANGE);
	name[255] = '\0';
	CHECK_EQ(setxattr("f", name, "x", 1, 0), 0);
	CHECK_EQ(removexattr("f", name), 0);
	CHECK_ERR(setxattr("f", "user.", "x", 1, 0), EINVAL);
	CHECK_ERR(setxattr("f", "", "x", 1, 0), ERANGE);
	CHECK_ERR(setxattr("f", "nowhere.a", "x", 1, 0), EOPNOTSUPP);
	CHECK_ERR(setxattr("f", "user.a", "x", 1, 8), EINVAL);
	CHECK_ERR(setxattr("f", "user.a", big, 65537, 0), E2BIG);
	CHECK_ERR(setxattr("none", "user.a", "x", 1, 0), ENOENT);
	CHECK_ERR(fsetxattr(-1, "user.a", "x", 1, 0), EBADF);
	CHECK_EQ(symlink("f", "l"), 0);
	CHECK_ERR(lsetxattr("l", "user.a", "x", 1, 0), EPERM);
	CHECK_ERR(lgetxattr("l", "user.a", big, 1), ENODATA);
	CHECK_EQ(setxattr("l", "user.through", "x", 1, 0), 0);
	CHECK_EQ(getxattr("f", "user.through", NULL, 0), 1);
}

/* Enough that they do not fit into the inode, and then not at all. */
static void many(const char *path)
{
	char name[40], v[60], got[60];
	int fd = open(path, O_RDONLY), ok = 0;
	bool all = true;

	begin("many");
	for (int i = 0; i < 25; i++) {
		snprintf(name, sizeof(name), "user.name%d", i * 7919 % 1000);
		memset(v, 'a' + i, sizeof(v));
		ok += fsetxattr(fd, name, v, (size_t)(i * 2 + 3), 0) == 0;
	}
	CHECK_EQ(ok, 25);
	show_names(path);
	for (int i = 0; i < 25; i++) {
		snprintf(name, sizeof(name), "user.name%d", i * 7919 % 1000);
		memset(v, 'a' + i, sizeof(v));
		all = all && fgetxattr(fd, name, got, 60) == i * 2 + 3 &&
		      memcmp(got, v, (size_t)(i * 2 + 3)) == 0;
	}
	CHECK(all);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "user.name%d", i * 7919 % 1000);
		ok -= fremovexattr(fd, name) == 0;
	}
	CHECK_EQ(ok, 5);
	show_names(path);
	close(fd);
}

static void too_many(void)
{
	static char big[5000];

	begin("too large");
	CHECK_ERR(setxattr("f", "user.big", big, 5000, 0), ENOSPC);
	CHECK_EQ(setxattr("f", "user.big", big, 3000, 0), 0);
	CHECK_ERR(setxattr("f", "user.more", big, 2000, 0), ENOSPC);
	show_names("f");
	CHECK_EQ(getxattr("f", "user.big", NULL, 0), 3000);
}

int main(int argc, char **argv)
{
	bool memory = argc > 1 && strcmp(argv[1], "memory") == 0;

	if (memory)
		MUST(chdir("/tmp") == 0);
	simple();
	wrong();
	many("f");
	CHECK_EQ(mkdir("d", 0755), 0);
	many("d");
	if (!memory)
		too_many();
	CHECK_EQ(unlink("f"), 0);
	return check_done();
}
