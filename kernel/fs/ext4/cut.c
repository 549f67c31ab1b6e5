/*
 * cut.c - how inodes and what is in them go.
 *
 * A file may have more blocks than one change can free: then it is done in
 * steps, and the inode is in the chain of orphans until the last.
 */
#include "kernel/fs/ext4/ext4.h"

#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"

/* A link whose text lies in the inode itself. */
static bool is_fast_link(const struct inode *i)
{
	return mode_is(i->mode, S_IFLNK) && !ext4_has_extents(i) &&
	       i->size < EXT4_FAST_LINK_MAX;
}

static bool has_blocks(const struct inode *i)
{
	return mode_is(i->mode, S_IFREG) || mode_is(i->mode, S_IFDIR) ||
	       (mode_is(i->mode, S_IFLNK) && !is_fast_link(i));
}

/* --- the end --- */

static int mark_deleted(struct inode *i)
{
	struct ext4 *fs = ext4_of(i);
	struct buf *b;
	uint8_t *raw;
	int rc = ext4_store(i);

	if (!rc)
		rc = ext4_inode_raw(fs, i->ino, &b, &raw);
	if (rc)
		return rc;
	((struct ext4_disk_inode *)(void *)raw)->dtime =
		(uint32_t)inode_now().sec;
	csum_inode_set(fs, i->ino, raw);
	buf_dirty(fs, b);
	buf_put(fs, b);
	return 0;
}

/* All that it has is free, and so is its number. */
static int free_rest(struct inode *i)
{
	int rc = ext4_xattr_drop(i);

	i->size = einode_of(i)->disk_size = 0;
	if (!rc)
		rc = ext4_orphan_remove(i);
	if (!rc)
		rc = mark_deleted(i);
	if (!rc)
		rc = ext4_free_ino(ext4_of(i), i->ino,
		                   mode_is(i->mode, S_IFDIR));
	return rc;
}

/* As much as one change may do; -EAGAIN: there is more. */
static int free_some(struct inode *i)
{
	struct ext4 *fs = ext4_of(i);
	int rc = ext4_begin(fs, CHANGE_BLOCKS);

	if (rc)
		return rc;
	rc = has_blocks(i) ? ext4_map_cut(i, 0) : 0;
	if (!rc)
		rc = free_rest(i);
	else if (rc == -EAGAIN && ext4_store(i))
		rc = -EIO;
	if (rc && rc != -EAGAIN)
		(void)ext4_damaged(fs, "cannot free inode", i->ino);
	ext4_end(fs);
	return rc;
}

void ext4_inode_evict(struct inode *i)
{
	if (!i->priv)
		return;
	if (i->nlink == 0 && !i->sb->read_only) {
		while (free_some(i) == -EAGAIN)
			;
	}
	/* What could not be freed is the next mounting's. */
	if (list_linked(&einode_of(i)->orphan))
		ext4_orphan_forget(i);
	mem_free(i->priv);
	i->priv = NULL;
}

/* --- size --- */

/* As much as one change may do; -EAGAIN: there is more. */
static int cut_some(struct inode *i, uint32_t at)
{
	struct ext4 *fs = ext4_of(i);
	int rc = ext4_begin(fs, CHANGE_BLOCKS), stored;

	if (rc)
		return rc;
	einode_of(i)->disk_size = i->size;
	rc = ext4_map_cut(i, at);
	if (rc == -EAGAIN)
		stored = ext4_orphan_add(i);
	else
		stored = ext4_orphan_remove(i);
	if (!stored)
		stored = ext4_store(i);
	ext4_end(fs);
	return stored ? stored : rc;
}

int ext4_cut_blocks(struct inode *i, uint32_t at)
{
	int rc;

	do {
		rc = cut_some(i, at);
	} while (rc == -EAGAIN);
	return rc;
}

static int cut(struct inode *i, uint64_t size)
{
	int rc;

	inode_set_size(i, size);
	rc = ext4_write_end(i);
	return rc ? rc
	          : ext4_cut_blocks(i, (uint32_t)block_up(ext4_of(i), size));
}

static int grow(struct inode *i, uint64_t size)
{
	struct ext4 *fs = ext4_of(i);
	int rc = inode_grow(i, size);

	if (!rc)
		rc = ext4_write_end(i);
	if (!rc)
		rc = ext4_begin(fs, CHANGE_INODE);
	if (rc)
		return rc;
	einode_of(i)->disk_size = size;
	rc = ext4_store(i);
	ext4_end(fs);
	return rc;
}

int ext4_setattr(struct inode *i, const struct inode_attr *a)
{
	int rc = 0;

	if (a->set & ATTR_SIZE)
		rc = a->size > i->size ? grow(i, a->size) : cut(i, a->size);
	if (!rc)
		inode_set_fields(i, a);
	return rc;
}
