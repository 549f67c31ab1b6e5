/* path.h - path arguments of system calls. */
#ifndef KERNEL_LINUX_PATH_H
#define KERNEL_LINUX_PATH_H

#include "kernel/fs/vfs.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/attr.h"

enum {
	AT_FDCWD = -100,
	AT_SYMLINK_NOFOLLOW = 0x100,
	AT_EACCESS = 0x200,
	AT_REMOVEDIR = 0x200,
	AT_SYMLINK_FOLLOW = 0x400,
	AT_NO_AUTOMOUNT = 0x800,
	AT_EMPTY_PATH = 0x1000,
	AT_STATX_SYNC_TYPE = 0x6000,
};

/* A path argument, copied in, and where it begins. */
struct path_arg {
	char *text;
	struct file *dir; /* holds `at`; NULL: the working directory */
	struct dentry *at;
};

/*
 * On success path_put() is the caller's. An empty path is the callee's to
 * refuse or to take. -EFAULT, -ENAMETOOLONG, -EBADF, -ENOTDIR, -ENOMEM.
 */
NODISCARD int path_get(int dirfd, uaddr from, struct path_arg *p);

/* The same where `dirfd` counts for paths that begin with a slash, too. */
NODISCARD int path_get_in_root(int dirfd, uaddr from, struct path_arg *p);
void path_put(struct path_arg *p);

/*
 * What a path, or with AT_EMPTY_PATH a descriptor, names: AT_SYMLINK_NOFOLLOW
 * counts, other flags do not. With a reference.
 */
NODISCARD int path_lookup(int dirfd, uaddr from, int flags,
                          struct dentry **out);

#endif
