/* xattr.c - see xattr.h. */
#include "kernel/fs/xattr.h"

#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

struct xattr *xattr_new(const char *name, size_t len, size_t size)
{
	struct xattr *x = mem_alloc(sizeof(*x) + len + 1 + size);

	if (!x)
		return NULL;
	x->len = len;
	x->size = size;
	x->name = (char *)(x + 1);
	x->value = (uint8_t *)x->name + len + 1;
	memcpy(x->name, name, len);
	x->name[len] = '\0';
	return x;
}

static void drop(struct xattr *x)
{
	list_remove(&x->link);
	mem_free(x);
}

void xattr_free_all(struct list *all)
{
	while (!list_empty(all))
		drop(LIST_ENTRY(all->next, struct xattr, link));
}

struct xattr *xattr_find(const struct list *all, const char *name)
{
	LIST_EACH(n, all)
	{
		struct xattr *x = LIST_ENTRY(n, struct xattr, link);

		if (strcmp(x->name, name) == 0)
			return x;
	}
	return NULL;
}

/* --- names --- */

static bool begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

/* What there is to say against it before anything is looked up. */
static int check_name(const struct inode *i, const char *name, bool writing)
{
	const char *dot = strchr(name, '.');

	if (begins(name, "user.")) {
		if (!mode_is(i->mode, S_IFREG) && !mode_is(i->mode, S_IFDIR))
			return writing ? -EPERM : -ENODATA;
	} else if (!begins(name, "trusted.") && !begins(name, "security.")) {
		return -EOPNOTSUPP;
	}
	return dot[1] ? 0 : -EINVAL;
}

static int load(struct inode *i, struct list *all)
{
	list_init(all);
	if (!i->ops->xattrs)
		return -EOPNOTSUPP;
	return i->ops->xattrs(i, all);
}

/* --- reading --- */

int64_t vfs_getxattr(struct inode *i, const char *name, void *out, size_t size)
{
	const struct xattr *x;
	struct list all;
	int64_t rc = check_name(i, name, false);

	if (rc)
		return rc;
	mutex_lock(&i->lock);
	rc = load(i, &all);
	mutex_unlock(&i->lock);
	if (rc)
		return rc;
	x = xattr_find(&all, name);
	if (!x)
		rc = -ENODATA;
	else if (size && size < x->size)
		rc = -ERANGE;
	else
		rc = (int64_t)x->size;
	if (rc > 0 && size)
		memcpy(out, x->value, x->size);
	xattr_free_all(&all);
	return rc;
}

int64_t vfs_listxattr(struct inode *i, char *out, size_t size)
{
	struct list all;
	size_t n = 0;
	int rc;

	mutex_lock(&i->lock);
	rc = load(i, &all);
	mutex_unlock(&i->lock);
	if (rc)
		return rc;
	LIST_EACH(l, &all)
	{
		const struct xattr *x = LIST_ENTRY(l, struct xattr, link);

		if (begins(x->name, "system."))
			continue;
		if (n + x->len + 1 <= size)
			memcpy(out + n, x->name, x->len + 1);
		n += x->len + 1;
	}
	xattr_free_all(&all);
	return size && n > size ? -ERANGE : (int64_t)n;
}

/* --- changing --- */

/* `x` NULL: only the old one goes. Takes `x` over when it succeeds. */
static int change(struct list *all, const char *name, struct xattr *x,
                  unsigned flags)
{
	struct xattr *old = xattr_find(all, name);

	if (old && flags & XATTR_CREATE)
		return -EEXIST;
	if (!old && flags & XATTR_REPLACE)
		return -ENODATA;
	if (old)
		drop(old);
	if (x)
		list_append(all, &x->link);
	return 0;
}

static int change_locked(struct inode *i, const char *name, struct xattr *x,
                         unsigned flags)
{
	struct list all;
	int rc = load(i, &all);

	if (rc)
		goto out;
	rc = change(&all, name, x, flags);
	if (rc)
		goto out;
	x = NULL; /* it is in the list */
	rc = i->ops->set_xattrs(i, &all);
	if (!rc) {
		i->ctime = inode_now();
		inode_changed(i);
	}
out:
	mem_free(x);
	xattr_free_all(&all);
	return rc;
}

static int change_one(struct inode *i, const char *name, struct xattr *x,
                      unsigned flags)
{
	int rc;

	mutex_lock(&i->lock);
	rc = change_locked(i, name, x, flags);
	mutex_unlock(&i->lock);
	return rc;
}

int vfs_setxattr(struct inode *i, const char *name, const void *value,
                 size_t size, unsigned flags)
{
	struct xattr *x;
	int rc = check_name(i, name, true);

	if (rc)
		return rc;
	if (i->sb->read_only)
		return -EROFS;
	x = xattr_new(name, strlen(name), size);
	if (!x)
		return -ENOMEM;
	memcpy(x->value, value, size);
	return change_one(i, name, x, flags);
}

int vfs_removexattr(struct inode *i, const char *name)
{
	int rc = check_name(i, name, true);

	if (rc)
		return rc;
	if (i->sb->read_only)
		return -EROFS;
	return change_one(i, name, NULL, XATTR_REPLACE);
}
