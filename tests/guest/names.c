/*
 * names.c - names are looked up by some threads while others change them.
 *
 * What is replaced by rename() is always there, old or new and never between;
 * so are two names that change places.
 *
 * run:
 * run: cpus=4 seconds=120
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "tests/guest/check.h"

enum { ROUNDS = 400, READERS = 3, SMALL = 100, LARGE = 5000 };

static volatile bool over;

static bool put(const char *path, char c, size_t n)
{
	char bytes[LARGE];
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
	bool ok;

	memset(bytes, c, n);
	ok = fd >= 0 && write(fd, bytes, n) == (ssize_t)n;
	close(fd);
	return ok;
}

/* "current" is of the one kind or of the other. */
static void *replace(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		bool small = i % 2;

		if (!put("new", small ? 's' : 'l', small ? SMALL : LARGE) ||
		    rename("new", "current"))
			*(bool *)arg = false;
	}
	return NULL;
}

static void *exchange(void *arg)
{
	for (int i = 0; i < ROUNDS; i++)
		if (renameat2(AT_FDCWD, "left", AT_FDCWD, "right",
		              RENAME_EXCHANGE))
			*(bool *)arg = false;
	return NULL;
}

/* Folders that move, and names that come and go in them. */
static void *shuffle(void *arg)
{
	bool ok = mkdir("here", 0755) == 0;

	for (int i = 0; i < ROUNDS; i++) {
		ok = ok && put("here/file", 'f', 10) &&
		     symlink("file", "here/link") == 0 &&
		     rename("here", "there") == 0 &&
		     unlink("there/link") == 0 && unlink("there/file") == 0 &&
		     rename("there", "here") == 0;
	}
	if (!ok)
		*(bool *)arg = false;
	return NULL;
}

static bool read_current(void)
{
	struct stat by_name, by_fd;
	int fd = open("current", O_RDONLY);
	char c = 0;
	bool ok;

	ok = fd >= 0 && fstat(fd, &by_fd) == 0 && read(fd, &c, 1) == 1 &&
	     by_fd.st_size == (c == 's' ? SMALL : LARGE) &&
	     stat("current", &by_name) == 0 &&
	     (by_name.st_size == SMALL || by_name.st_size == LARGE) &&
	     access("current", R_OK) == 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool read_pair(void)
{
	struct stat s;

	return lstat("left", &s) == 0 && stat("right", &s) == 0;
}

/* It is there or not, in either place, and nothing else. */
static bool read_moving(const char *path)
{
	struct stat s;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return errno == ENOENT;
	close(fd);
	return stat(path, &s) == 0 ? S_ISREG(s.st_mode) : errno == ENOENT;
}

static void *look(void *arg)
{
	while (!over)
		if (!read_current() || !read_pair() ||
		    !read_moving("here/file") || !read_moving("here/link") ||
		    !read_moving("there/../there/link"))
			*(bool *)arg = false;
	return NULL;
}

int main(void)
{
	void *(*const writers[])(void *) = {replace, exchange, shuffle};
	pthread_t w[3], r[READERS];
	bool wrote = true, read = true;

	begin("names that change while they are looked up");
	MUST(put("current", 's', SMALL));
	MUST(put("left", 'l', 1) && put("right", 'r', 1));
	for (int i = 0; i < READERS; i++)
		pthread_create(&r[i], NULL, look, &read);
	for (int i = 0; i < 3; i++)
		pthread_create(&w[i], NULL, writers[i], &wrote);
	for (int i = 0; i < 3; i++)
		pthread_join(w[i], NULL);
	over = true;
	for (int i = 0; i < READERS; i++)
		pthread_join(r[i], NULL);
	CHECK(wrote);
	CHECK(read);
	return check_done();
}
