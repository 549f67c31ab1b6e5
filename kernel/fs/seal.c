/* seal.c - what may no longer be done to a file (memfd_create(2), fcntl(2)). */
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"

static bool can_have_seals(const struct file *f)
{
	return f->inode && (f->inode->seals & SEALS_POSSIBLE);
}

sysret vfs_seals(const struct file *f)
{
	if (!can_have_seals(f))
		return -EINVAL;
	return f->inode->seals & SEALS_ALL;
}

sysret vfs_add_seals(struct file *f, unsigned seals)
{
	struct inode *i = f->inode;
	sysret rc = 0;

	if ((f->flags & O_ACCMODE) == O_RDONLY)
		return -EPERM;
	if (!can_have_seals(f) || seals & ~(unsigned)SEALS_ALL)
		return -EINVAL;
	mutex_lock(&i->lock);
	if (i->seals & SEAL_SEAL)
		rc = -EPERM;
	else
		i->seals |= seals;
	mutex_unlock(&i->lock);
	return rc;
}

int vfs_check_size_seals(const struct inode *i, uint64_t size)
{
	if ((size < i->size && i->seals & SEAL_SHRINK) ||
	    (size > i->size && i->seals & SEAL_GROW))
		return -EPERM;
	return 0;
}
