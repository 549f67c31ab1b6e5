/* image_fs.c - reading whole, writing at once, making and removing trees. */
#include "providers/image/image_fs.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct err *read_all(struct arena *mem, int fd, const char *path,
                            size_t limit, char **data, size_t *len)
{
	struct stat st;
	size_t got = 0, room;
	char *text;

	if (fstat(fd, &st))
		return err_sys(errno, "%s", path);
	if (S_ISDIR(st.st_mode))
		return err_sys(EISDIR, "%s", path);
	if (st.st_size < 0 || (uintmax_t)st.st_size > limit)
		return err_new(ERR_LIMIT, NO_POS, "%s: larger than %zu bytes",
		               path, limit);
	/* Files of /proc say 0: read those up to the limit. */
	room = st.st_size ? (size_t)st.st_size : limit;
	text = arena_alloc(mem, room + 1, 1);
	while (got < room) {
		ssize_t n = read(fd, text + got, room - got);

		if (n < 0 && errno != EINTR)
			return err_sys(errno, "%s", path);
		if (n == 0)
			break;
		got += n > 0 ? (size_t)n : 0;
	}
	*data = text;
	*len = got;
	return NULL;
}

struct err *image_fs_read(struct arena *mem, const char *path, size_t limit,
                          char **data, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct err *e;

	if (fd < 0)
		return err_sys(errno, "%s", path);
	e = read_all(mem, fd, path, limit, data, len);
	close(fd);
	return e;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return fsync(fd) ? errno : 0;
}

struct err *image_fs_write(const char *path, const void *data, size_t len,
                           mode_t mode)
{
	struct arena mem = {0};
	/* No two threads of the host have the same id. */
	char *temp = arena_printf(&mem, "%s.new-%d", path, gettid());
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int problem = fd < 0 ? errno : write_all(fd, data, len);
	struct err *e = NULL;

	if (fd >= 0) {
		if (!problem && fchmod(fd, mode))
			problem = errno;
		close(fd);
		if (!problem && rename(temp, path))
			problem = errno;
		if (problem)
			unlink(temp);
	}
	if (problem)
		e = err_sys(problem, "%s", path);
	else
		e = image_fs_sync_dir(image_fs_parent(&mem, path));
	arena_free(&mem);
	return e;
}

struct err *image_fs_mkdirs(const char *path)
{
	struct arena mem = {0};
	char *part = arena_strdup(&mem, path);
	struct err *e = NULL;

	for (char *at = part + 1; !e && *part; at++) {
		char was = *at;

		if (was != '/' && was != '\0')
			continue;
		*at = '\0';
		if (mkdir(part, 0700) && errno != EEXIST)
			e = err_sys(errno, "%s", part);
		*at = was;
		if (was == '\0')
			break;
	}
	arena_free(&mem);
	return e;
}

static int remove_one(const char *path, UNUSED const struct stat *st,
                      UNUSED int type, UNUSED struct FTW *at)
{
	return remove(path) && errno != ENOENT ? errno : 0;
}

struct err *image_fs_remove(const char *path)
{
	enum { OPEN_DIRS = 16 };
	int problem;

	if (unlink(path) == 0 || errno == ENOENT)
		return NULL;
	if (errno != EISDIR && errno != EPERM)
		return err_sys(errno, "%s", path);
	problem = nftw(path, remove_one, OPEN_DIRS, FTW_DEPTH | FTW_PHYS);
	if (problem > 0)
		return err_sys(problem, "%s", path);
	if (problem < 0 && errno != ENOENT)
		return err_sys(errno, "%s", path);
	return NULL;
}

struct err *image_fs_sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int problem = fd < 0 ? errno : 0;

	/* Some file systems cannot sync a directory, and need not. */
	if (!problem && fsync(fd) && errno != EINVAL)
		problem = errno;
	if (fd >= 0)
		close(fd);
	return problem ? err_sys(problem, "%s", path) : NULL;
}

char *image_fs_join(struct arena *mem, const char *dir, const char *name)
{
	if (name[0] == '/')
		return arena_strdup(mem, name);
	return arena_printf(mem, "%s/%s", strcmp(dir, "/") == 0 ? "" : dir,
	                    name);
}

char *image_fs_parent(struct arena *mem, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return arena_strdup(mem, ".");
	if (slash == path)
		return arena_strdup(mem, "/");
	return arena_strndup(mem, path, (size_t)(slash - path));
}
