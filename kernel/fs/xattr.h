/*
 * xattr.h - extended attributes: names with values beside a file (xattr(7)).
 *
 * A file system gives all of an inode's attributes as a list and takes the
 * changed list back; what names mean is decided here.
 *
 *	user.*		of regular files and folders
 *	trusted.* security.*	of anything
 *	system.*	-EOPNOTSUPP: there are no access control lists
 */
#ifndef KERNEL_FS_XATTR_H
#define KERNEL_FS_XATTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/attr.h"
#include "kernel/lib/list.h"

struct inode;

enum {
	XATTR_CREATE = 1,  /* -EEXIST when it is there */
	XATTR_REPLACE = 2, /* -ENODATA when it is not */
	XATTR_NAME_MAX = 255,
	XATTR_SIZE_MAX = 65536, /* of a value, and of all names together */
};

struct xattr {
	struct list link;
	size_t len, size; /* of name and value */
	char *name;       /* terminated; behind this struct */
	uint8_t *value;   /* behind the name */
};

/* With room for a value of `size` bytes. NULL: no memory. */
struct xattr *xattr_new(const char *name, size_t len, size_t size);
void xattr_free_all(struct list *all);
struct xattr *xattr_find(const struct list *all, const char *name);

/*
 * The value, or with size 0 only its length. -ENODATA, -ERANGE, -EOPNOTSUPP.
 */
NODISCARD int64_t vfs_getxattr(struct inode *i, const char *name, void *out,
                               size_t size);
/* The names, each with its NUL, likewise. */
NODISCARD int64_t vfs_listxattr(struct inode *i, char *out, size_t size);
NODISCARD int vfs_setxattr(struct inode *i, const char *name, const void *value,
                           size_t size, unsigned flags);
NODISCARD int vfs_removexattr(struct inode *i, const char *name);

#endif
