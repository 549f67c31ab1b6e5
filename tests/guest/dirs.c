/* dirs.c - directories: making, listing, walking, and a large one. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "tests/guest/check.h"

static int count(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	if (!d)
		return -1;
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void making(void)
{
	struct stat st;

	begin("mkdir and rmdir");
	CHECK_EQ(mkdir("d", 0750), 0);
	CHECK_EQ(stat("d", &st), 0);
	CHECK_EQ(st.st_mode, S_IFDIR | 0750);
	CHECK_EQ(st.st_nlink, 2);
	CHECK_ERR(mkdir("d", 0755), EEXIST);
	CHECK_ERR(mkdir("none/d", 0755), ENOENT);
	CHECK_EQ(mkdir("d/sub/", 0755), 0);
	CHECK_EQ(stat("d", &st), 0);
	CHECK_EQ(st.st_nlink, 3);
	CHECK_ERR(rmdir("d"), ENOTEMPTY);
	CHECK_ERR(rmdir("none"), ENOENT);
	CHECK_ERR(rmdir("d/."), EINVAL);
	CHECK_ERR(rmdir("d/sub/.."), ENOTEMPTY);
	CHECK_ERR(unlink("d/sub"), EISDIR);
	CHECK_EQ(count("d"), 3);
	CHECK_EQ(count("d/sub"), 2);
	CHECK_EQ(rmdir("d/sub"), 0);
	CHECK_EQ(stat("d", &st), 0);
	CHECK_EQ(st.st_nlink, 2);
	CHECK_EQ(rmdir("d"), 0);
	CHECK_ERR(opendir("d") ? 0 : -1, ENOENT);
}

static void walking(void)
{
	char here[PATH_MAX], there[PATH_MAX];
	int fd, top = open(".", O_RDONLY | O_DIRECTORY);

	begin("chdir and getcwd");
	MUST(getcwd(here, sizeof(here)) != NULL);
	CHECK_EQ(mkdir("w", 0755), 0);
	CHECK_EQ(mkdir("w/x", 0755), 0);
	CHECK_EQ(chdir("w/x"), 0);
	CHECK(getcwd(there, sizeof(there)) != NULL);
	CHECK(!strncmp(here, there, strlen(here)) &&
	      !strcmp(there + strlen(here), "/w/x"));
	CHECK_ERR(getcwd(there, 3) ? 0 : -1, ERANGE);
	CHECK_EQ(chdir(".."), 0);
	CHECK(getcwd(there, sizeof(there)) &&
	      !strcmp(there + strlen(here), "/w"));
	CHECK_ERR(chdir("none"), ENOENT);
	CHECK_EQ(fchdir(top), 0);
	CHECK(getcwd(there, sizeof(there)) && !strcmp(there, here));
	CHECK_EQ(fd = open("w", O_PATH | O_DIRECTORY), top + 1);
	CHECK_EQ(mkdirat(fd, "y", 0755), 0);
	CHECK_EQ(unlinkat(fd, "y", AT_REMOVEDIR), 0);
	CHECK_ERR(unlinkat(fd, "x", 0), EISDIR);
	CHECK_ERR(mkdirat(999, "y", 0755), EBADF);
	CHECK_EQ(close(openat(fd, "f", O_CREAT | O_WRONLY, 0644)), 0);
	CHECK_EQ(faccessat(fd, "f", F_OK, 0), 0);
	CHECK_ERR(chdir("w/f"), ENOTDIR);
	CHECK_EQ(unlinkat(fd, "f", 0), 0);
	CHECK_EQ(unlinkat(fd, "x", AT_REMOVEDIR), 0);
	close(fd);
	close(top);
	CHECK_EQ(rmdir("w"), 0);
	CHECK_EQ(chdir("/"), 0);
	CHECK(getcwd(there, sizeof(there)) && !strcmp(there, "/"));
	CHECK_EQ(chdir("/.."), 0);
	CHECK(getcwd(there, sizeof(there)) && !strcmp(there, "/"));
	CHECK_EQ(chdir(here), 0);
}

static void names(void)
{
	char name[300];

	begin("names");
	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	CHECK_EQ(mkdir(name, 0755), 0);
	CHECK_EQ(rmdir(name), 0);
	name[255] = 'n';
	name[256] = '\0';
	CHECK_ERR(mkdir(name, 0755), ENAMETOOLONG);
	CHECK_EQ(mkdir("with space \xc3\xa4\n", 0755), 0);
	CHECK_EQ(rmdir("with space \xc3\xa4\n"), 0);
	CHECK_ERR(mkdir("..", 0755), EEXIST);
	CHECK_ERR(mkdir("/", 0755), EEXIST);
}

enum { MANY = 1000 };

static void name_of(char *out, size_t size, int i)
{
	snprintf(out, size, "big/a-rather-long-name-of-a-file-%d", i * 7919);
}

static int touch_all(void)
{
	char name[64];
	int made = 0;

	for (int i = 0; i < MANY; i++) {
		name_of(name, sizeof(name), i);
		made += close(open(name, O_CREAT | O_EXCL | O_RDWR, 0644)) == 0;
	}
	return made;
}

static int look_up_all(void)
{
	char name[64];
	int found = 0;

	for (int i = 0; i < MANY; i++) {
		name_of(name, sizeof(name), i);
		found += access(name, F_OK) == 0;
	}
	return found;
}

static int unlink_some(int from, int step)
{
	char name[64];
	int gone = 0;

	for (int i = from; i < MANY; i += step) {
		name_of(name, sizeof(name), i);
		gone += unlink(name) == 0;
	}
	return gone;
}

/* Each entry once, while others are taken away. */
static void list_and_unlink(void)
{
	DIR *d = opendir("big");
	struct dirent *e;
	int n = 0, regular = 0;

	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		regular += e->d_type == DT_REG;
		unlinkat(dirfd(d), e->d_name, 0);
	}
	closedir(d);
	CHECK_EQ(n, MANY / 2);
	CHECK_EQ(regular, MANY / 2);
}

static void large(void)
{
	begin("a large directory");
	CHECK_EQ(mkdir("big", 0755), 0);
	CHECK_EQ(touch_all(), MANY);
	CHECK_EQ(count("big"), MANY + 2);
	CHECK_EQ(look_up_all(), MANY);
	CHECK_EQ(unlink_some(0, 2), MANY / 2);
	CHECK_EQ(look_up_all(), MANY / 2);
	CHECK_EQ(count("big"), MANY / 2 + 2);
	list_and_unlink();
	CHECK_EQ(count("big"), 2);
	CHECK_EQ(rmdir("big"), 0);
}

static void rewinding(void)
{
	DIR *d;
	int n = 0;

	begin("rewinddir and seekdir");
	CHECK_EQ(mkdir("rw", 0755), 0);
	CHECK_EQ(mkdir("rw/a", 0755), 0);
	d = opendir("rw");
	while (readdir(d))
		n++;
	rewinddir(d);
	while (readdir(d))
		n++;
	closedir(d);
	CHECK_EQ(n, 6);
	CHECK_EQ(rmdir("rw/a"), 0);
	CHECK_EQ(rmdir("rw"), 0);
}

static void removed(void)
{
	char path[PATH_MAX], here[PATH_MAX];

	begin("a directory that was removed under us");
	CHECK(getcwd(here, sizeof(here)) != NULL);
	CHECK_EQ(mkdir("dead", 0755), 0);
	CHECK_EQ(chdir("dead"), 0);
	CHECK_EQ(rmdir("../dead"), 0);
	CHECK_ERR(getcwd(path, sizeof(path)) ? 0 : -1, ENOENT);
	CHECK_ERR(open("x", O_CREAT | O_WRONLY, 0644), ENOENT);
	CHECK_ERR(mkdir("x", 0755), ENOENT);
	CHECK_EQ(chdir(here), 0);
}

int main(void)
{
	making();
	walking();
	names();
	large();
	rewinding();
	removed();
	return check_done();
}
