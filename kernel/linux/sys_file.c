/* sys_file.c - the system calls that take a path. */
#include "kernel/arch/user.h"
#include "kernel/core/clock.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/notify.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/path.h"
#include "kernel/linux/process.h"
#include "kernel/linux/stat.h"
#include "kernel/linux/syscall.h"
#include "kernel/linux/time.h"
#include "kernel/mm/slab.h"

/* --- stat --- */

static sysret stat_at(int dirfd, uaddr from, uaddr to, int flags)
{
	struct dentry *d;
	sysret rc = path_lookup(dirfd, from, flags, &d);

	if (rc)
		return rc;
	rc = stat_write(dentry_inode(d), to);
	dentry_put(d);
	return rc;
}

sysret linux_stat(const struct sysargs *a)
{
	return stat_at(AT_FDCWD, arg_addr(a, 0), arg_addr(a, 1), 0);
}

sysret linux_lstat(const struct sysargs *a)
{
	return stat_at(AT_FDCWD, arg_addr(a, 0), arg_addr(a, 1),
	               AT_SYMLINK_NOFOLLOW);
}

sysret linux_fstat(const struct sysargs *a)
{
	struct file *f = fd_get(arg_int(a, 0));
	sysret rc;

	if (!f)
		return -EBADF;
	rc = stat_write_file(f, arg_addr(a, 1));
	file_put(f);
	return rc;
}

sysret linux_newfstatat(const struct sysargs *a)
{
	int flags = arg_int(a, 3);
	char first = 1;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
		return -EINVAL;
	/* glibc's fstat(): any descriptor, also one without a name. */
	if (flags & AT_EMPTY_PATH && arg_int(a, 0) >= 0 &&
	    !copy_in(&first, arg_addr(a, 1), 1) && !first) {
		struct sysargs b = {{a->a[0], a->a[2]}, a->tf};

		return linux_fstat(&b);
	}
	return stat_at(arg_int(a, 0), arg_addr(a, 1), arg_addr(a, 2), flags);
}

sysret linux_statx(const struct sysargs *a)
{
	int dirfd = arg_int(a, 0), flags = arg_int(a, 2);
	struct dentry *d;
	char first = 1;
	sysret rc;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH |
	              AT_STATX_SYNC_TYPE))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH && dirfd >= 0 &&
	    !copy_in(&first, arg_addr(a, 1), 1) && !first) {
		struct file *f = fd_get(dirfd);
		sysret result =
			f ? statx_write_file(f, arg_addr(a, 4)) : -EBADF;

		if (f)
			file_put(f);
		return result;
	}
	rc = path_lookup(dirfd, arg_addr(a, 1), flags, &d);
	if (rc)
		return rc;
	rc = statx_write(dentry_inode(d), arg_addr(a, 4));
	dentry_put(d);
	return rc;
}

/* --- access: the program is root, or nobody asks for more than it is --- */

static sysret access_at(int dirfd, uaddr from, int mode, int flags)
{
	enum { W_OK = 2, X_OK = 1 };
	const struct inode *i;
	struct dentry *d;
	int rc;

	if (mode & ~7)
		return -EINVAL;
	rc = path_lookup(dirfd, from, flags, &d);
	if (rc)
		return rc;
	i = dentry_inode(d);
	if (mode & W_OK && i->sb->read_only &&
	    (mode_is(i->mode, S_IFREG) || mode_is(i->mode, S_IFDIR)))
		rc = -EROFS;
	else if (mode & X_OK && !mode_is(i->mode, S_IFDIR) && !(i->mode & 0111))
		rc = -EACCES;
	dentry_put(d);
	return rc;
}

sysret linux_access(const struct sysargs *a)
{
	return access_at(AT_FDCWD, arg_addr(a, 0), arg_int(a, 1), 0);
}

sysret linux_faccessat(const struct sysargs *a)
{
	return access_at(arg_int(a, 0), arg_addr(a, 1), arg_int(a, 2), 0);
}

sysret linux_faccessat2(const struct sysargs *a)
{
	int flags = arg_int(a, 3);

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EACCESS | AT_EMPTY_PATH))
		return -EINVAL;
	return access_at(arg_int(a, 0), arg_addr(a, 1), arg_int(a, 2), flags);
}

/* --- names that come and go --- */

static sysret create_at(int dirfd, uaddr from, uint32_t mode, uint64_t dev)
{
	struct path_arg p;
	int rc = path_get(dirfd, from, &p);

	if (rc)
		return rc;
	rc = vfs_create(p.at, p.text,
	                (mode & S_IFMT) | (mode & 07777 & ~process.umask), dev);
	path_put(&p);
	return rc;
}

sysret linux_mkdir(const struct sysargs *a)
{
	return create_at(AT_FDCWD, arg_addr(a, 0),
	                 (arg_uint(a, 1) & 07777) | S_IFDIR, 0);
}

sysret linux_mkdirat(const struct sysargs *a)
{
	return create_at(arg_int(a, 0), arg_addr(a, 1),
	                 (arg_uint(a, 2) & 07777) | S_IFDIR, 0);
}

static sysret mknod_at(int dirfd, uaddr from, uint32_t mode, uint64_t dev)
{
	if (!(mode & S_IFMT))
		mode |= S_IFREG;
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		break;
	default:
		return mode_is(mode, S_IFDIR) ? -EPERM : -EINVAL;
	}
	return create_at(dirfd, from, mode, dev);
}

sysret linux_mknod(const struct sysargs *a)
{
	return mknod_at(AT_FDCWD, arg_addr(a, 0), arg_uint(a, 1), a->a[2]);
}

sysret linux_mknodat(const struct sysargs *a)
{
	return mknod_at(arg_int(a, 0), arg_addr(a, 1), arg_uint(a, 2), a->a[3]);
}

static sysret remove_at(int dirfd, uaddr from,
                        int (*fn)(struct dentry *at, const char *path))
{
	struct path_arg p;
	int rc = path_get(dirfd, from, &p);

	if (rc)
		return rc;
	rc = fn(p.at, p.text);
	path_put(&p);
	return rc;
}

sysret linux_unlink(const struct sysargs *a)
{
	return remove_at(AT_FDCWD, arg_addr(a, 0), vfs_unlink);
}

sysret linux_rmdir(const struct sysargs *a)
{
	return remove_at(AT_FDCWD, arg_addr(a, 0), vfs_rmdir);
}

sysret linux_unlinkat(const struct sysargs *a)
{
	int flags = arg_int(a, 2);

	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	return remove_at(arg_int(a, 0), arg_addr(a, 1),
	                 flags & AT_REMOVEDIR ? vfs_rmdir : vfs_unlink);
}

static sysret rename_at(int old_fd, uaddr old, int new_fd, uaddr new,
                        unsigned flags)
{
	struct path_arg from, to;
	int rc = path_get(old_fd, old, &from);

	if (rc)
		return rc;
	rc = path_get(new_fd, new, &to);
	if (!rc) {
		rc = vfs_rename(from.at, from.text, to.at, to.text, flags);
		path_put(&to);
	}
	path_put(&from);
	return rc;
}

sysret linux_rename(const struct sysargs *a)
{
	return rename_at(AT_FDCWD, arg_addr(a, 0), AT_FDCWD, arg_addr(a, 1), 0);
}

sysret linux_renameat(const struct sysargs *a)
{
	return rename_at(arg_int(a, 0), arg_addr(a, 1), arg_int(a, 2),
	                 arg_addr(a, 3), 0);
}

/* Gaps: RENAME_WHITEOUT is refused. */
sysret linux_renameat2(const struct sysargs *a)
{
	return rename_at(arg_int(a, 0), arg_addr(a, 1), arg_int(a, 2),
	                 arg_addr(a, 3), arg_uint(a, 4));
}

static sysret link_at(int old_fd, uaddr old, int new_fd, uaddr new, int flags)
{
	int how = flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW;
	struct dentry *d;
	struct path_arg to;
	int rc = path_lookup(old_fd, old, how | (flags & AT_EMPTY_PATH), &d);

	if (rc)
		return rc;
	rc = path_get(new_fd, new, &to);
	if (!rc) {
		rc = vfs_link(d, to.at, to.text);
		path_put(&to);
	}
	dentry_put(d);
	return rc;
}

sysret linux_link(const struct sysargs *a)
{
	return link_at(AT_FDCWD, arg_addr(a, 0), AT_FDCWD, arg_addr(a, 1), 0);
}

/* Gaps: none known. */
sysret linux_linkat(const struct sysargs *a)
{
	int flags = arg_int(a, 4);

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return link_at(arg_int(a, 0), arg_addr(a, 1), arg_int(a, 2),
	               arg_addr(a, 3), flags);
}

static sysret symlink_at(uaddr target, int dirfd, uaddr from)
{
	struct path_arg p, t;
	int rc = path_get(AT_FDCWD, target, &t);

	if (rc)
		return rc;
	rc = path_get(dirfd, from, &p);
	if (!rc) {
		rc = t.text[0] ? vfs_symlink(p.at, p.text, t.text) : -ENOENT;
		path_put(&p);
	}
	path_put(&t);
	return rc;
}

sysret linux_symlink(const struct sysargs *a)
{
	return symlink_at(arg_addr(a, 0), AT_FDCWD, arg_addr(a, 1));
}

sysret linux_symlinkat(const struct sysargs *a)
{
	return symlink_at(arg_addr(a, 0), arg_int(a, 1), arg_addr(a, 2));
}

static sysret readlink_at(int dirfd, uaddr from, uaddr to, uint64_t size)
{
	struct dentry *d;
	char *text;
	int rc;

	if ((int64_t)size <= 0)
		return -EINVAL;
	rc = path_lookup(dirfd, from, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &d);
	if (rc)
		return rc;
	text = mem_alloc(PATH_MAX);
	rc = text ? vfs_readlink(d, text, size < PATH_MAX ? size : PATH_MAX)
	          : -ENOMEM;
	if (rc > 0 && copy_out(to, text, (size_t)rc))
		rc = -EFAULT;
	mem_free(text);
	dentry_put(d);
	return rc;
}

sysret linux_readlink(const struct sysargs *a)
{
	return readlink_at(AT_FDCWD, arg_addr(a, 0), arg_addr(a, 1),
	                   (uint64_t)arg_int(a, 2));
}

sysret linux_readlinkat(const struct sysargs *a)
{
	return readlink_at(arg_int(a, 0), arg_addr(a, 1), arg_addr(a, 2),
	                   (uint64_t)arg_int(a, 3));
}

/* --- attributes --- */

static sysret setattr_at(int dirfd, uaddr from, int flags,
                         const struct inode_attr *attr)
{
	struct dentry *d;
	int rc = path_lookup(dirfd, from, flags, &d);

	if (rc)
		return rc;
	rc = vfs_setattr(dentry_inode(d), attr);
	if (!rc)
		notify_change(d, attr);
	dentry_put(d);
	return rc;
}

static sysret setattr_fd(int fd, const struct inode_attr *attr)
{
	struct file *f = fd_get(fd);
	sysret rc;

	if (!f)
		return -EBADF;
	/* What has no inode (a socket, a pipe) has nothing to keep it in. */
	rc = f->inode ? vfs_setattr(f->inode, attr) : 0;
	if (!rc && f->dentry)
		notify_change(f->dentry, attr);
	file_put(f);
	return rc;
}

static struct inode_attr mode_attr(uint64_t mode)
{
	return (struct inode_attr){.set = ATTR_MODE,
	                           .mode = (uint32_t)mode & 07777};
}

static struct inode_attr owner_attr(uint64_t uid, uint64_t gid)
{
	return (struct inode_attr){
		.set = ((uint32_t)uid != ~0u ? ATTR_UID : 0u) |
	               ((uint32_t)gid != ~0u ? ATTR_GID : 0u),
		.uid = (uint32_t)uid,
		.gid = (uint32_t)gid,
	};
}

sysret linux_chmod(const struct sysargs *a)
{
	struct inode_attr attr = mode_attr(a->a[1]);

	return setattr_at(AT_FDCWD, arg_addr(a, 0), 0, &attr);
}

sysret linux_fchmod(const struct sysargs *a)
{
	struct inode_attr attr = mode_attr(a->a[1]);

	return setattr_fd(arg_int(a, 0), &attr);
}

sysret linux_fchmodat(const struct sysargs *a)
{
	struct inode_attr attr = mode_attr(a->a[2]);

	return setattr_at(arg_int(a, 0), arg_addr(a, 1), 0, &attr);
}

sysret linux_chown(const struct sysargs *a)
{
	struct inode_attr attr = owner_attr(a->a[1], a->a[2]);

	return setattr_at(AT_FDCWD, arg_addr(a, 0), 0, &attr);
}

sysret linux_lchown(const struct sysargs *a)
{
	struct inode_attr attr = owner_attr(a->a[1], a->a[2]);

	return setattr_at(AT_FDCWD, arg_addr(a, 0), AT_SYMLINK_NOFOLLOW, &attr);
}

sysret linux_fchown(const struct sysargs *a)
{
	struct inode_attr attr = owner_attr(a->a[1], a->a[2]);

	return setattr_fd(arg_int(a, 0), &attr);
}

sysret linux_fchownat(const struct sysargs *a)
{
	struct inode_attr attr = owner_attr(a->a[2], a->a[3]);

	return setattr_at(arg_int(a, 0), arg_addr(a, 1), arg_int(a, 4), &attr);
}

static struct timespec64 stamp(uint64_t ns)
{
	return (struct timespec64){(int64_t)(ns / NS_PER_SEC),
	                           (uint32_t)(ns % NS_PER_SEC)};
}

static struct inode_attr times_attr(uint64_t atime, uint64_t mtime)
{
	return (struct inode_attr){
		.set = ATTR_ATIME | ATTR_MTIME,
		.atime = stamp(atime),
		.mtime = stamp(mtime),
	};
}

static int read_stamp(uaddr at, unsigned flag, struct timespec64 *out,
                      unsigned *set)
{
	enum { UTIME_NOW = 0x3fffffff, UTIME_OMIT = 0x3ffffffe };
	struct timespec ts;

	if (copy_in(&ts, at, sizeof(ts)))
		return -EFAULT;
	if (ts.nsec == UTIME_OMIT)
		return 0;
	*set |= flag;
	if (ts.nsec == UTIME_NOW) {
		*out = stamp(clock_realtime());
		return 0;
	}
	if (ts.nsec < 0 || ts.nsec >= (int64_t)NS_PER_SEC)
		return -EINVAL;
	*out = (struct timespec64){ts.sec, (uint32_t)ts.nsec};
	return 0;
}

sysret linux_utimensat(const struct sysargs *a)
{
	struct inode_attr attr = times_attr(clock_realtime(), clock_realtime());
	uint64_t times = a->a[2];
	int rc = 0;

	if (times) {
		attr.set = 0;
		rc = read_stamp((uaddr){times}, ATTR_ATIME, &attr.atime,
		                &attr.set);
		if (!rc)
			rc = read_stamp((uaddr){times + 16}, ATTR_MTIME,
			                &attr.mtime, &attr.set);
	}
	if (rc || !attr.set)
		return rc;
	if (!a->a[1])
		return setattr_fd(arg_int(a, 0), &attr);
	return setattr_at(arg_int(a, 0), arg_addr(a, 1), arg_int(a, 3), &attr);
}

sysret linux_utimes(const struct sysargs *a)
{
	uint64_t atime = clock_realtime(), mtime = atime;
	struct inode_attr attr;
	int rc = 0;

	if (a->a[1]) {
		rc = time_read_val(arg_addr(a, 1), &atime);
		if (!rc)
			rc = time_read_val((uaddr){a->a[1] + 16}, &mtime);
	}
	if (rc)
		return rc;
	attr = times_attr(atime, mtime);
	return setattr_at(AT_FDCWD, arg_addr(a, 0), 0, &attr);
}

sysret linux_utime(const struct sysargs *a)
{
	uint64_t now = clock_realtime();
	struct inode_attr attr = times_attr(now, now);
	int64_t sec[2];

	if (a->a[1]) {
		if (copy_in(sec, arg_addr(a, 1), sizeof(sec)))
			return -EFAULT;
		attr.atime = (struct timespec64){sec[0], 0};
		attr.mtime = (struct timespec64){sec[1], 0};
	}
	return setattr_at(AT_FDCWD, arg_addr(a, 0), 0, &attr);
}

sysret linux_truncate(const struct sysargs *a)
{
	struct dentry *d;
	int rc;

	if ((int64_t)a->a[1] < 0)
		return -EINVAL;
	rc = path_lookup(AT_FDCWD, arg_addr(a, 0), 0, &d);
	if (rc)
		return rc;
	rc = vfs_truncate(dentry_inode(d), a->a[1]);
	if (!rc)
		notify_dentry(d, NOTIFY_MODIFY);
	dentry_put(d);
	return rc;
}

sysret linux_umask(const struct sysargs *a)
{
	uint32_t old = process.umask;

	process.umask = arg_uint(a, 0) & 0777;
	return old;
}

/* --- the working directory --- */

sysret linux_getcwd(const struct sysargs *a)
{
	char *text = mem_alloc(PATH_MAX);
	struct dentry *cwd;
	int64_t n;

	if (!text)
		return -ENOMEM;
	cwd = vfs_cwd();
	/* It may have been removed under us. */
	n = cwd->gone ? -ENOENT : vfs_path(cwd, text, PATH_MAX);
	dentry_put(cwd);
	if (n >= 0)
		n++; /* with its NUL */
	if (n > 0 && (uint64_t)n > a->a[1])
		n = -ERANGE;
	if (n > 0 && copy_out(arg_addr(a, 0), text, (size_t)n))
		n = -EFAULT;
	mem_free(text);
	return n;
}

sysret linux_chdir(const struct sysargs *a)
{
	struct dentry *d;
	int rc = path_lookup(AT_FDCWD, arg_addr(a, 0), 0, &d);

	if (rc)
		return rc;
	rc = vfs_chdir(d);
	dentry_put(d);
	return rc;
}

sysret linux_chroot(const struct sysargs *a)
{
	struct dentry *d;
	int rc;

	if (process.euid != 0)
		return -EPERM;
	rc = path_lookup(AT_FDCWD, arg_addr(a, 0), 0, &d);
	if (rc)
		return rc;
	rc = vfs_chroot(d);
	dentry_put(d);
	return rc;
}

sysret linux_fchdir(const struct sysargs *a)
{
	struct file *f = fd_get(arg_int(a, 0));
	sysret rc;

	if (!f)
		return -EBADF;
	rc = f->dentry ? vfs_chdir(f->dentry) : -ENOTDIR;
	file_put(f);
	return rc;
}

/* --- file systems --- */

static sysret write_statfs(struct dentry *d, uaddr to)
{
	struct fs_stat s;
	int rc = vfs_statfs(d, &s);
	uint64_t out[15] = {0};

	if (rc)
		return rc;
	out[0] = s.type;
	out[1] = s.block_size;
	out[2] = s.blocks;
	out[3] = s.free;
	out[4] = s.available;
	out[5] = s.files;
	out[6] = s.files_free;
	out[8] = s.name_max;
	out[9] = s.block_size; /* f_frsize */
	return copy_out(to, out, sizeof(out));
}

sysret linux_statfs(const struct sysargs *a)
{
	struct dentry *d;
	sysret rc = path_lookup(AT_FDCWD, arg_addr(a, 0), 0, &d);

	if (rc)
		return rc;
	rc = write_statfs(d, arg_addr(a, 1));
	dentry_put(d);
	return rc;
}

sysret linux_fstatfs(const struct sysargs *a)
{
	struct file *f = fd_get(arg_int(a, 0));
	sysret rc;

	if (!f)
		return -EBADF;
	rc = f->dentry ? write_statfs(f->dentry, arg_addr(a, 1)) : -ENOSYS;
	file_put(f);
	return rc;
}

sysret linux_sync(const struct sysargs *a UNUSED)
{
	vfs_sync();
	return 0;
}

sysret linux_syncfs(const struct sysargs *a)
{
	struct file *f = fd_get(arg_int(a, 0));
	sysret rc;

	if (!f)
		return -EBADF;
	rc = f->inode ? vfs_sync_fs(f->inode->sb) : 0;
	file_put(f);
	return rc;
}
