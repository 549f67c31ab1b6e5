/* sys_xattr.c - xattr(7): attributes by path, by link, by descriptor. */
#include "kernel/arch/user.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/notify.h"
#include "kernel/fs/vfs.h"
#include "kernel/fs/xattr.h"
#include "kernel/lib/errno.h"
#include "kernel/linux/path.h"
#include "kernel/linux/syscall.h"
#include "kernel/mm/slab.h"

/* Where the attributes are: a name or an open file, with a reference. */
struct target {
	struct dentry *dentry;
	struct file *file;
};

static int by_path(uaddr path, bool follow, struct target *t)
{
	*t = (struct target){0};
	return path_lookup(AT_FDCWD, path, follow ? 0 : AT_SYMLINK_NOFOLLOW,
	                   &t->dentry);
}

static int by_fd(int fd, struct target *t)
{
	*t = (struct target){.file = fd_get(fd)};
	if (!t->file || t->file->flags & O_PATH)
		return -EBADF;
	return t->file->inode ? 0 : -EOPNOTSUPP;
}

static void put(struct target *t)
{
	if (t->dentry)
		dentry_put(t->dentry);
	if (t->file)
		file_put(t->file);
}

static struct inode *inode_of(const struct target *t)
{
	return t->file ? t->file->inode : dentry_inode(t->dentry);
}

/* The three ways to say what is meant: arguments 0, by which call. */
enum way { PATH, LINK, FD };

static void tell(const struct target *t)
{
	notify_dentry(t->file ? t->file->dentry : t->dentry, NOTIFY_ATTRIB);
}

static int find(const struct sysargs *a, enum way way, struct target *t)
{
	return way == FD ? by_fd(arg_int(a, 0), t)
	                 : by_path(arg_addr(a, 0), way == PATH, t);
}

/* Its length, or -ERANGE. */
static int read_name(uaddr from, char name[XATTR_NAME_MAX + 1])
{
	int64_t n = copy_in_string(name, from, XATTR_NAME_MAX + 1);

	if (n == -EFAULT)
		return -EFAULT;
	return n <= 0 ? -ERANGE : 0;
}

/* A room of the kernel's for `size` bytes; NULL for none. */
static int make_room(size_t size, void **room)
{
	*room = NULL;
	if (size == 0)
		return 0;
	*room = mem_alloc(size);
	return *room ? 0 : -ENOMEM;
}

static sysret give(uaddr to, void *room, int64_t rc)
{
	if (rc > 0 && room && copy_out(to, room, (size_t)rc))
		rc = -EFAULT;
	mem_free(room);
	return rc;
}

static sysret set(const struct sysargs *a, enum way way)
{
	size_t size = a->a[3];
	unsigned flags = arg_uint(a, 4);
	char name[XATTR_NAME_MAX + 1];
	struct target t = {0};
	void *value = NULL;
	int rc = read_name(arg_addr(a, 1), name);

	if (flags & ~(unsigned)(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	if (!rc && size > XATTR_SIZE_MAX)
		rc = -E2BIG;
	if (!rc)
		rc = make_room(size, &value);
	if (!rc && size)
		rc = copy_in(value, arg_addr(a, 2), size);
	if (!rc)
		rc = find(a, way, &t);
	if (!rc)
		rc = vfs_setxattr(inode_of(&t), name, value, size, flags);
	if (!rc)
		tell(&t);
	put(&t);
	mem_free(value);
	return rc;
}

static sysret get(const struct sysargs *a, enum way way)
{
	size_t size = a->a[3] < XATTR_SIZE_MAX ? a->a[3] : XATTR_SIZE_MAX;
	char name[XATTR_NAME_MAX + 1];
	struct target t = {0};
	void *room = NULL;
	int64_t rc = read_name(arg_addr(a, 1), name);

	if (!rc)
		rc = make_room(size, &room);
	if (!rc)
		rc = find(a, way, &t);
	if (!rc)
		rc = vfs_getxattr(inode_of(&t), name, room, size);
	put(&t);
	return give(arg_addr(a, 2), room, rc);
}

static sysret list(const struct sysargs *a, enum way way)
{
	size_t size = a->a[2] < XATTR_SIZE_MAX ? a->a[2] : XATTR_SIZE_MAX;
	struct target t = {0};
	void *room;
	int64_t rc = make_room(size, &room);

	if (!rc)
		rc = find(a, way, &t);
	if (!rc)
		rc = vfs_listxattr(inode_of(&t), room, size);
	put(&t);
	return give(arg_addr(a, 1), room, rc);
}

static sysret take_away(const struct sysargs *a, enum way way)
{
	char name[XATTR_NAME_MAX + 1];
	struct target t = {0};
	int rc = read_name(arg_addr(a, 1), name);

	if (!rc)
		rc = find(a, way, &t);
	if (!rc)
		rc = vfs_removexattr(inode_of(&t), name);
	if (!rc)
		tell(&t);
	put(&t);
	return rc;
}

sysret linux_setxattr(const struct sysargs *a)
{
	return set(a, PATH);
}

sysret linux_lsetxattr(const struct sysargs *a)
{
	return set(a, LINK);
}

sysret linux_fsetxattr(const struct sysargs *a)
{
	return set(a, FD);
}

sysret linux_getxattr(const struct sysargs *a)
{
	return get(a, PATH);
}

sysret linux_lgetxattr(const struct sysargs *a)
{
	return get(a, LINK);
}

sysret linux_fgetxattr(const struct sysargs *a)
{
	return get(a, FD);
}

sysret linux_listxattr(const struct sysargs *a)
{
	return list(a, PATH);
}

sysret linux_llistxattr(const struct sysargs *a)
{
	return list(a, LINK);
}

sysret linux_flistxattr(const struct sysargs *a)
{
	return list(a, FD);
}

sysret linux_removexattr(const struct sysargs *a)
{
	return take_away(a, PATH);
}

sysret linux_lremovexattr(const struct sysargs *a)
{
	return take_away(a, LINK);
}

sysret linux_fremovexattr(const struct sysargs *a)
{
	return take_away(a, FD);
}
