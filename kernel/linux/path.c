/* path.c - see path.h. */
#include "kernel/linux/path.h"

#include "kernel/arch/user.h"
#include "kernel/fs/fdtable.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"

void path_put(struct path_arg *p)
{
	mem_free(p->text);
	if (p->dir)
		file_put(p->dir);
}

static int find_start(struct path_arg *p, int dirfd, bool always)
{
	if (dirfd == AT_FDCWD || (p->text[0] == '/' && !always))
		return 0;
	p->dir = fd_get(dirfd);
	if (!p->dir)
		return -EBADF;
	p->at = p->dir->dentry;
	return p->at ? 0 : -ENOTDIR;
}

static int get(int dirfd, uaddr from, bool always, struct path_arg *p)
{
	int64_t rc;

	*p = (struct path_arg){.text = mem_alloc(PATH_MAX)};
	if (!p->text)
		return -ENOMEM;
	rc = copy_in_string(p->text, from, PATH_MAX);
	if (rc >= 0)
		rc = find_start(p, dirfd, always);
	if (rc < 0)
		path_put(p);
	return rc < 0 ? (int)rc : 0;
}

int path_get(int dirfd, uaddr from, struct path_arg *p)
{
	return get(dirfd, from, false, p);
}

int path_get_in_root(int dirfd, uaddr from, struct path_arg *p)
{
	return get(dirfd, from, true, p);
}

int path_lookup(int dirfd, uaddr from, int flags, struct dentry **out)
{
	bool follow = !(flags & AT_SYMLINK_NOFOLLOW);
	struct path_arg p;
	int rc = path_get(dirfd, from, &p);

	if (rc)
		return rc;
	if (p.text[0] || !(flags & AT_EMPTY_PATH)) {
		rc = vfs_lookup(p.at, p.text, follow ? LOOKUP_FOLLOW : 0, out);
	} else {
		*out = p.at;
		if (p.at)
			dentry_get(p.at);
		else
			*out = vfs_cwd();
	}
	path_put(&p);
	return rc;
}
