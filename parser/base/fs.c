/* fs.c - files and folders. */
#include "parser/base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FIRST_READ = 16 * 1024,
	DEEPEST_TREE = 200, /* folders below each other; one open fd each */
};

/* One more than it says to have, so that its end is seen in one read. */
static size_t first_capacity(int fd, size_t limit)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size < FIRST_READ ||
	    (size_t)st.st_size > limit)
		return FIRST_READ;
	return (size_t)st.st_size + 1;
}

static struct err *read_all(struct arena *mem, int fd, const char *path,
                            size_t limit, char **text, size_t *len)
{
	size_t used = 0, cap = first_capacity(fd, limit);
	char *buf = arena_alloc(mem, cap + 1, 1);

	for (;;) {
		ssize_t n = read(fd, buf + used, cap - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(errno, "%s", path);
		if (n == 0)
			break;
		used += (size_t)n;
		if (used > limit)
			return err_new(ERR_LIMIT, NO_POS,
			               "%s: larger than %zu bytes", path,
			               limit);
		if (used == cap) {
			buf = arena_grow(mem, buf, used, 2 * cap + 1, 1, 1);
			cap *= 2;
		}
	}
	buf[used] = '\0';
	*text = buf;
	*len = used;
	return NULL;
}

struct err *fs_read(struct arena *mem, const char *path, size_t limit,
                    char **text, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct err *e;

	if (fd < 0)
		return err_sys(errno, "%s", path);
	e = read_all(mem, fd, path, limit, text, len);
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
	return 0;
}

struct err *fs_sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int problem = fd < 0 ? errno : 0;

	/* Some file systems cannot sync a folder, and need not. */
	if (!problem && fsync(fd) && errno != EINVAL)
		problem = errno;
	if (fd >= 0)
		close(fd);
	return problem ? err_sys(problem, "%s", path) : NULL;
}

/* A rename is on the disk once its folder is. */
static struct err *sync_folder_of(const char *path)
{
	struct arena mem = {0};
	struct err *e = fs_sync_dir(fs_parent(&mem, path));

	arena_free(&mem);
	return e;
}

struct err *fs_write(const char *path, const void *data, size_t len,
                     mode_t mode)
{
	struct err *e = NULL;
	char *temp = NULL;
	int fd, errnum;

	/* No other thread of this machine has the same number. */
	if (asprintf(&temp, "%s.%d.new", path, (int)gettid()) < 0)
		return err_sys(ENOMEM, "%s", path);
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
	          0600);
	if (fd < 0) {
		e = err_sys(errno, "%s", path);
		free(temp);
		return e;
	}
	errnum = write_all(fd, data, len);
	if (!errnum && (fchmod(fd, mode) || fsync(fd)))
		errnum = errno;
	if (close(fd) && !errnum)
		errnum = errno;
	if (!errnum && rename(temp, path))
		errnum = errno;
	if (errnum) {
		e = err_sys(errnum, "%s", path);
		unlink(temp);
	} else {
		e = sync_folder_of(path);
	}
	free(temp);
	return e;
}

/* As a shell's > does. */
static struct err *write_in_place(const char *path, const void *data,
                                  size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY,
	              mode);
	int errnum;

	if (fd < 0)
		return err_sys(errno, "%s", path);
	errnum = write_all(fd, data, len);
	if (close(fd) && !errnum)
		errnum = errno;
	return errnum ? err_sys(errnum, "%s", path) : NULL;
}

struct err *fs_put(const char *path, const void *data, size_t len, mode_t mode)
{
	struct arena mem = {0};
	struct stat st;
	struct err *e = NULL;
	bool there = !lstat(path, &st), link = there && S_ISLNK(st.st_mode);

	if (link)
		there = !stat(path, &st);
	if ((link && !there) || (there && !S_ISREG(st.st_mode))) {
		e = write_in_place(path, data, len, mode);
	} else {
		if (link)
			e = fs_real(&mem, path, &path);
		if (!e)
			e = fs_write(path, data, len, mode);
	}
	arena_free(&mem);
	return e;
}

struct err *fs_make_dirs(const char *path, mode_t mode)
{
	char *copy = strdup(path);
	struct err *e = NULL;
	char *end;

	if (!copy)
		return err_sys(ENOMEM, "%s", path);
	for (end = copy + 1; !e; end++) {
		char c = *end;

		if (c && c != '/')
			continue;
		*end = '\0';
		if (mkdir(copy, mode) && errno != EEXIST)
			e = err_sys(errno, "%s", copy);
		*end = c;
		if (!c)
			break;
	}
	free(copy);
	return e;
}

/* Empty the folder open as `fd`, which is closed. Returns errno. */
static int empty_folder(int fd, unsigned depth)
{
	DIR *d = depth < DEEPEST_TREE ? fdopendir(fd) : NULL;
	int errnum = 0;
	struct dirent *e;

	if (!d) {
		errnum = depth < DEEPEST_TREE ? errno : ELOOP;
		close(fd);
		return errnum;
	}
	while (!errnum && (e = readdir(d))) {
		const char *name = e->d_name;
		int sub;

		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (!unlinkat(fd, name, 0) || errno == ENOENT)
			continue;
		if (errno != EISDIR && errno != EPERM) {
			errnum = errno;
			break;
		}
		sub = openat(fd, name,
		             O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		errnum = sub < 0 ? errno : empty_folder(sub, depth + 1);
		if (!errnum && unlinkat(fd, name, AT_REMOVEDIR))
			errnum = errno;
	}
	closedir(d);
	return errnum;
}

struct err *fs_remove_tree(const char *path)
{
	int fd, errnum;

	if (!unlink(path) || errno == ENOENT)
		return NULL;
	if (errno != EISDIR && errno != EPERM)
		return err_sys(errno, "%s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	errnum = fd < 0 ? errno : empty_folder(fd, 0);
	if (!errnum && rmdir(path))
		errnum = errno;
	return errnum && errnum != ENOENT ? err_sys(errnum, "%s", path) : NULL;
}

bool fs_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

const char *fs_join(struct arena *mem, const char *dir, const char *path)
{
	if (path[0] == '/' || !strcmp(dir, "."))
		return arena_strdup(mem, path);
	return arena_printf(mem, "%s/%s", strcmp(dir, "/") ? dir : "", path);
}

const char *fs_parent(struct arena *mem, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return arena_strdup(mem, ".");
	if (slash == path)
		return arena_strdup(mem, "/");
	return arena_strndup(mem, path, (size_t)(slash - path));
}

struct err *fs_real(struct arena *mem, const char *path, const char **out)
{
	char *real = realpath(path, NULL);

	if (!real)
		return err_sys(errno, "%s", path);
	*out = arena_strdup(mem, real);
	free(real);
	return NULL;
}
