/* fsdrive.c - see fsdrive.h. */
#include "tests/lib/khost/fsdrive.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/fs/tmpfs.h"
#include "kernel/lib/errno.h"

void drive_init(void)
{
	if (vfs_init() || tmpfs_mount("/"))
		abort();
}

int drive_touch(const char *path, uint32_t mode)
{
	struct file *f;
	int rc = vfs_open(NULL, path, O_CREAT | O_WRONLY, mode, &f);

	if (!rc)
		file_put(f);
	return rc;
}

int drive_mkdir(const char *path)
{
	return vfs_create(NULL, path, S_IFDIR | 0755, 0);
}

static int64_t write_with(const char *path, unsigned flags, int64_t pos,
                          const void *bytes, size_t n)
{
	struct file *f;
	struct uio u;
	int64_t done =
		vfs_open(NULL, path, flags | O_CREAT | O_WRONLY, 0644, &f);

	if (done)
		return done;
	uio_user(&u, (uaddr){(uintptr_t)bytes}, n);
	done = file_write_at(f, &u, pos);
	file_put(f);
	return done;
}

int64_t drive_write(const char *path, int64_t pos, const void *bytes, size_t n)
{
	return write_with(path, 0, pos, bytes, n);
}

int64_t drive_append(const char *path, const void *bytes, size_t n)
{
	return write_with(path, O_APPEND, 0, bytes, n);
}

int64_t drive_read(const char *path, int64_t pos, void *bytes, size_t n)
{
	struct file *f;
	struct uio u;
	int64_t done = vfs_open(NULL, path, O_RDONLY, 0, &f);

	if (done)
		return done;
	uio_user(&u, (uaddr){(uintptr_t)bytes}, n);
	done = file_read_at(f, &u, pos);
	file_put(f);
	return done;
}

int drive_truncate(const char *path, uint64_t size)
{
	struct dentry *d;
	int rc = vfs_lookup(NULL, path, LOOKUP_FOLLOW, &d);

	if (rc)
		return rc;
	rc = vfs_truncate(dentry_inode(d), size);
	dentry_put(d);
	return rc;
}

int drive_fsync(const char *path)
{
	struct file *f;
	int rc = vfs_open(NULL, path, O_RDONLY, 0, &f);

	if (rc)
		return rc;
	rc = file_fsync(f, false);
	file_put(f);
	return rc;
}

enum member { SIZE, NLINK, MODE };

static int64_t member_of(const char *path, enum member m)
{
	struct dentry *d;
	int64_t v = vfs_lookup(NULL, path, LOOKUP_FOLLOW, &d);

	if (v)
		return v;
	switch (m) {
	case SIZE:
		v = (int64_t)dentry_inode(d)->size;
		break;
	case NLINK:
		v = (int64_t)dentry_inode(d)->nlink;
		break;
	case MODE:
		v = (int64_t)dentry_inode(d)->mode;
		break;
	}
	dentry_put(d);
	return v;
}

int64_t drive_size(const char *path)
{
	return member_of(path, SIZE);
}

int64_t drive_nlink(const char *path)
{
	return member_of(path, NLINK);
}

int64_t drive_mode(const char *path)
{
	return member_of(path, MODE);
}

/* Takes a few entries at a time, as getdents() with a small buffer does. */
struct lister {
	struct dir_sink sink;
	char *out;
	size_t size;
	int count, room;
};

static bool add(struct dir_sink *s, const char *name, size_t len, uint64_t ino,
                unsigned type, int64_t next_pos)
{
	struct lister *l = CONTAINER_OF(s, struct lister, sink);

	(void)ino, (void)type, (void)next_pos;
	if (l->room-- == 0)
		return false;
	l->count++;
	if (l->out && strlen(l->out) + len + 2 <= l->size) {
		strncat(l->out, name, len);
		strncat(l->out, " ", 2);
	}
	return true;
}

static int list(const char *path, char *out, size_t size)
{
	struct lister l = {.sink.add = add, .out = out, .size = size};
	struct file *f;
	int rc = vfs_open(NULL, path, O_DIRECTORY, 0, &f), before;

	if (rc)
		return rc;
	if (out)
		out[0] = '\0';
	do {
		before = l.count;
		l.room = 7;
		rc = file_readdir(f, &l.sink);
	} while (!rc && l.count > before);
	file_put(f);
	return rc ? rc : l.count;
}

int drive_list(const char *path, char *out, size_t size)
{
	return list(path, out, size);
}

int drive_count(const char *path)
{
	int n = list(path, NULL, 0);

	return n < 0 ? n : n - 2;
}
