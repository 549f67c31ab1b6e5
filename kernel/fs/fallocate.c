/*
 * fallocate.c - space of a file: reserved, given back, made zero.
 *
 * What is given back or made zero is cut into whole pages, which leave the
 * cache and of which the file system frees or forgets the blocks, and the ends,
 * into which zeroes are written.
 */
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

enum {
	KEEP_SIZE = 1, /* FALLOC_FL_*, uapi/linux/falloc.h */
	PUNCH_HOLE = 2,
	ZERO_RANGE = 0x10,
};

/* Bytes [from, to) of one page, as far as the file has them. */
static int zero_part(struct inode *i, uint64_t from, uint64_t to)
{
	struct mapping *m = &i->mapping;
	struct page *p;
	int rc;

	if (to > i->size)
		to = i->size;
	if (from >= to)
		return 0;
	mutex_lock(&m->lock);
	rc = pagecache_get_locked(m, from >> PAGE_SHIFT, 1, &p);
	if (!rc) {
		rc = pagecache_dirty_locked(m, p);
		if (!rc)
			memset((char *)page_virt(p) + (from & PAGE_MASK), 0,
			       to - from);
		page_put(p);
	}
	mutex_unlock(&m->lock);
	return rc;
}

static void forget_pages(struct mapping *m, uint64_t first, uint64_t end)
{
	struct page *p;

	while ((p = radix_next(&m->pages, &first)) && first < end) {
		pagecache_forget_locked(m, p);
		first++;
	}
}

static int whole_pages(struct inode *i, uint64_t first, uint64_t end,
                       enum fallocate how)
{
	struct mapping *m = &i->mapping;
	int rc;

	mutex_lock(&m->lock);
	forget_pages(m, first, end);
	rc = i->ops->fallocate(i, first << PAGE_SHIFT,
	                       (end - first) << PAGE_SHIFT, how);
	mutex_unlock(&m->lock);
	return rc;
}

static int clear(struct inode *i, uint64_t from, uint64_t to,
                 enum fallocate how)
{
	uint64_t first = page_up(from) >> PAGE_SHIFT, end = to >> PAGE_SHIFT;
	int rc;

	if (first > end)
		return zero_part(i, from, to);
	rc = zero_part(i, from, first << PAGE_SHIFT);
	if (!rc)
		rc = zero_part(i, end << PAGE_SHIFT, to);
	if (!rc && end > first)
		rc = whole_pages(i, first, end, how);
	return rc;
}

static int grow(struct inode *i, uint64_t size)
{
	struct inode_attr a = {.set = ATTR_SIZE, .size = size};

	return i->ops->setattr ? i->ops->setattr(i, &a) : inode_grow(i, size);
}

static int fallocate_locked(struct inode *i, unsigned mode, uint64_t from,
                            uint64_t to)
{
	bool grows = to > i->size && !(mode & KEEP_SIZE);
	int rc = grows ? vfs_check_size_seals(i, to) : 0;

	if (!rc && mode & (PUNCH_HOLE | ZERO_RANGE) &&
	    i->seals & SEALS_NO_WRITE)
		rc = -EPERM;
	if (!rc && mode & PUNCH_HOLE)
		rc = clear(i, from, to, FALLOCATE_FREE);
	else if (!rc && mode & ZERO_RANGE)
		rc = clear(i, from, to, FALLOCATE_ZERO);
	if (!rc && !(mode & PUNCH_HOLE))
		rc = i->ops->fallocate(i, from, to - from, FALLOCATE_RESERVE);
	if (!rc && grows)
		rc = grow(i, to);
	if (!rc)
		inode_touch(i);
	return rc;
}

static int check_mode(unsigned mode)
{
	switch (mode) {
	case 0:
	case KEEP_SIZE:
	case KEEP_SIZE | PUNCH_HOLE:
	case ZERO_RANGE:
	case ZERO_RANGE | KEEP_SIZE:
		return 0;
	default:
		return -EOPNOTSUPP; /* also collapsing and inserting */
	}
}

int vfs_fallocate(struct inode *i, unsigned mode, uint64_t from, uint64_t n)
{
	int rc = check_mode(mode);

	if (rc)
		return rc;
	if (mode_is(i->mode, S_IFDIR))
		return -EISDIR;
	if (!mode_is(i->mode, S_IFREG))
		return mode_is(i->mode, S_IFIFO) ? -ESPIPE : -ENODEV;
	if (i->sb->read_only)
		return -EROFS;
	if (!i->ops->fallocate)
		return -EOPNOTSUPP;
	if (from + n > (i->sb->max_size ? i->sb->max_size : INT64_MAX))
		return -EFBIG;
	mutex_lock(&i->lock);
	rc = fallocate_locked(i, mode, from, from + n);
	mutex_unlock(&i->lock);
	return rc;
}
