/*
 * folder.h - a folder that fuzzed code is locked into.
 *
 * One input stands for several files: a line "# file: NAME" begins each but the
 * first. They are put into a folder of this process, and until they are removed
 * nothing but that folder is there: the linker leads the calls below here
 * (--wrap, see the Makefile). Outside of a run the fuzzer's own files are.
 */
#ifndef TESTS_FUZZ_FOLDER_H
#define TESTS_FUZZ_FOLDER_H

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_FILES = 8, FOLDER_LONGEST_NAME = 64 };

static struct {
	char path[PATH_MAX]; /* without links */
	int back;            /* the folder this process works in */
	bool locked;
	char names[FOLDER_FILES][FOLDER_LONGEST_NAME];
	size_t n;
} folder;

/* --- the lock ------------------------------------------------------------- */

/* By its letters: nothing makes links there. */
static bool folder_holds(const char *path)
{
	size_t len = strlen(folder.path);
	int depth = 0;

	if (!folder.locked)
		return true;
	if (path[0] == '/') {
		if (strncmp(path, folder.path, len) != 0 ||
		    (path[len] && path[len] != '/'))
			return false;
		path += len;
	}
	while (*path && depth >= 0) {
		size_t part = strcspn(path, "/");

		if (part == 2 && !strncmp(path, "..", part))
			depth--;
		else if (part && (part > 1 || *path != '.'))
			depth++;
		path += part + (path[part] == '/');
	}
	return depth >= 0;
}

static bool folder_refuses(const char *path)
{
	if (folder_holds(path))
		return false;
	errno = ENOENT;
	return true;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if (flags & O_CREAT) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return folder_refuses(path) ? -1 : __real_open(path, flags, mode);
}

int __real_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st)
{
	return folder_refuses(path) ? -1 : __real_stat(path, st);
}

int __real_lstat(const char *path, struct stat *st);
int __wrap_lstat(const char *path, struct stat *st);
int __wrap_lstat(const char *path, struct stat *st)
{
	return folder_refuses(path) ? -1 : __real_lstat(path, st);
}

int __real_access(const char *path, int how);
int __wrap_access(const char *path, int how);
int __wrap_access(const char *path, int how)
{
	return folder_refuses(path) ? -1 : __real_access(path, how);
}

char *__real_realpath(const char *path, char *out);
char *__wrap_realpath(const char *path, char *out);
char *__wrap_realpath(const char *path, char *out)
{
	return folder_refuses(path) ? NULL : __real_realpath(path, out);
}

int __real_scandir(const char *path, struct dirent ***list,
                   int (*filter)(const struct dirent *),
                   int (*order)(const struct dirent **,
                                const struct dirent **));
int __wrap_scandir(const char *path, struct dirent ***list,
                   int (*filter)(const struct dirent *),
                   int (*order)(const struct dirent **,
                                const struct dirent **));
int __wrap_scandir(const char *path, struct dirent ***list,
                   int (*filter)(const struct dirent *),
                   int (*order)(const struct dirent **, const struct dirent **))
{
	if (folder_refuses(path))
		return -1;
	return __real_scandir(path, list, filter, order);
}

int __real_glob(const char *pattern, int flags, int (*fail)(const char *, int),
                glob_t *out);
int __wrap_glob(const char *pattern, int flags, int (*fail)(const char *, int),
                glob_t *out);
/* "\..", too, is "..". */
int __wrap_glob(const char *pattern, int flags, int (*fail)(const char *, int),
                glob_t *out)
{
	if (folder.locked && (strchr(pattern, '\\') || !folder_holds(pattern)))
		return GLOB_NOMATCH;
	return __real_glob(pattern, flags, fail, out);
}

/* --- what is in it -------------------------------------------------------- */

static void folder_remove(void)
{
	(void)rmdir(folder.path);
}

static void folder_make(void)
{
	const char *base = getenv("TMPDIR");
	char path[PATH_MAX - 1];

	snprintf(path, sizeof(path), "%s/miso-fuzz.XXXXXX",
	         base ? base : "/tmp");
	folder.back = open(".", O_RDONLY | O_DIRECTORY);
	if (folder.back < 0 || !mkdtemp(path) || !realpath(path, folder.path)) {
		perror("fuzz_config");
		exit(1);
	}
	atexit(folder_remove);
}

/* "a.yaml", or "sites/a.yaml": letters that mean nothing to a shell. */
static bool folder_is_name(const char *s, size_t len)
{
	const char *slash = memchr(s, '/', len);

	if (!len || len >= FOLDER_LONGEST_NAME || s[0] == '.' || s[0] == '/' ||
	    s[len - 1] == '/')
		return false;
	if (slash && (slash[1] == '.' ||
	              memchr(slash + 1, '/', len - (size_t)(slash + 1 - s))))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("._-/", s[i]))
			return false;
	return true;
}

/* The folder a file is in, below ours; "" for ours. */
static const char *folder_of(const char *name, char out[FOLDER_LONGEST_NAME])
{
	const char *slash = strchr(name, '/');

	snprintf(out, FOLDER_LONGEST_NAME, "%.*s",
	         slash ? (int)(slash - name) : 0, name);
	return out;
}

/* A name that is a file and a folder, or is there twice, is what came first. */
static void folder_put(const char *name, size_t name_len, const char *text,
                       size_t len)
{
	char dir[FOLDER_LONGEST_NAME], *to;
	int fd;

	if (folder.n == FOLDER_FILES || !folder_is_name(name, name_len))
		return;
	to = folder.names[folder.n];
	snprintf(to, FOLDER_LONGEST_NAME, "%.*s", (int)name_len, name);
	if (*folder_of(to, dir))
		(void)mkdir(dir, 0700);
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return;
	if (write(fd, text, len) != (ssize_t)len)
		abort();
	close(fd);
	folder.n++;
}

static bool folder_has(const char *name)
{
	return !access(name, F_OK);
}

/* Work there, with the files that `data` stands for, the first called `first`.
 */
static void folder_enter(const char *first, const char *data, size_t size)
{
	static const char mark[] = "\n# file: ";
	const char *name = first, *text = data, *end = data + size, *next;
	size_t name_len = strlen(first);

	if (!folder.path[0])
		folder_make();
	if (chdir(folder.path))
		abort();
	for (;;) {
		next = memmem(text, (size_t)(end - text), mark, strlen(mark));
		folder_put(name, name_len, text,
		           (size_t)((next ? next + 1 : end) - text));
		if (!next)
			break;
		name = next + strlen(mark);
		text = memchr(name, '\n', (size_t)(end - name));
		if (!text)
			text = end;
		name_len = (size_t)(text - name);
		/* The line's end stays, so that two marks may follow. */
	}
	folder.locked = true;
}

/* Its files are gone, and it is locked still. */
static void folder_empty(void)
{
	char dir[FOLDER_LONGEST_NAME];

	for (size_t i = 0; i < folder.n; i++)
		(void)unlink(folder.names[i]);
	for (size_t i = 0; i < folder.n; i++)
		if (*folder_of(folder.names[i], dir))
			(void)rmdir(dir);
	folder.n = 0;
}

static void folder_leave(void)
{
	folder_empty();
	folder.locked = false;
	if (fchdir(folder.back))
		abort();
}

#endif
