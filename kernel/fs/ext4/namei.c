/*
 * namei.c - ext4's operations on names.
 *
 * An inode is complete before a name leads to it, and the name goes before the
 * inode does, so that what a crash leaves behind is at worst an inode without
 * a name.
 */
#include "kernel/fs/ext4/ext4.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

/* --- links of folders: above 65000, with dir_nlink, the count is 1 --- */

static bool may_link(const struct ext4 *fs, const struct inode *dir)
{
	return dir->nlink < EXT4_LINK_MAX || ext4_has_ro(fs, EXT4_RO_DIR_NLINK);
}

static void gain_subfolder(struct inode *dir)
{
	if (dir->nlink > 1)
		dir->nlink++;
	if (dir->nlink >= EXT4_LINK_MAX)
		dir->nlink = 1;
	inode_changed(dir);
}

static void lose_subfolder(struct inode *dir)
{
	if (dir->nlink > 2)
		dir->nlink--;
	inode_changed(dir);
}

/* --- entries, with the lock --- */

static int add_entry(struct inode *dir, const char *name, size_t len,
                     const struct inode *i)
{
	struct ext4 *fs = ext4_of(dir);
	int rc;

	mutex_lock(&fs->lock);
	rc = dir_add(dir, name, len, i);
	mutex_unlock(&fs->lock);
	if (!rc)
		inode_touch(dir);
	return rc;
}

static int remove_entry(struct inode *dir, const char *name, size_t len)
{
	struct ext4 *fs = ext4_of(dir);
	int rc;

	mutex_lock(&fs->lock);
	rc = dir_remove(dir, name, len);
	mutex_unlock(&fs->lock);
	if (!rc)
		inode_touch(dir);
	return rc;
}

static int change_entry(struct inode *dir, const char *name, size_t len,
                        const struct inode *i)
{
	struct ext4 *fs = ext4_of(dir);
	int rc;

	mutex_lock(&fs->lock);
	rc = dir_change(dir, name, len, i);
	mutex_unlock(&fs->lock);
	if (!rc)
		inode_touch(dir);
	return rc;
}

static int check_empty(struct inode *dir)
{
	struct ext4 *fs = ext4_of(dir);
	bool empty;
	int rc;

	mutex_lock(&fs->lock);
	rc = dir_is_empty(dir, &empty);
	mutex_unlock(&fs->lock);
	if (rc)
		return rc;
	return empty ? 0 : -ENOTEMPTY;
}

static void drop_link(struct inode *i, uint32_t left)
{
	i->nlink = left;
	i->ctime = inode_now();
	inode_changed(i);
}

/* --- the operations --- */

static int lookup(struct inode *dir, const char *name, size_t len,
                  struct inode **out)
{
	struct ext4 *fs = ext4_of(dir);
	uint64_t ino;
	int rc;

	mutex_lock(&fs->lock);
	rc = dir_find(dir, name, len, &ino);
	mutex_unlock(&fs->lock);
	return rc ? rc : ext4_inode_get(dir->sb, ino, out);
}

/* Give a new inode its name, or put it away. */
static int name_new(struct inode *dir, const char *name, size_t len,
                    struct inode *i, struct inode **out)
{
	int rc = ext4_inode_write(i);

	if (!rc)
		rc = add_entry(dir, name, len, i);
	if (rc) {
		i->nlink = 0;
		inode_put(i);
		return rc;
	}
	*out = i;
	return 0;
}

static int make_folder(struct inode *dir, const char *name, size_t len,
                       uint32_t mode, struct inode **out)
{
	struct ext4 *fs = ext4_of(dir);
	struct inode *i;
	int rc;

	if (!may_link(fs, dir))
		return -EMLINK;
	rc = ext4_inode_make(dir, mode, 2, 0, &i);
	if (rc)
		return rc;
	mutex_lock(&fs->lock);
	rc = dir_make_first(i, dir->ino);
	mutex_unlock(&fs->lock);
	if (rc) {
		i->nlink = 0;
		inode_put(i);
		return rc;
	}
	rc = name_new(dir, name, len, i, out);
	if (!rc)
		gain_subfolder(dir);
	return rc;
}

static int create(struct inode *dir, const char *name, size_t len,
                  uint32_t mode, uint64_t rdev, struct inode **out)
{
	struct inode *i;
	int rc;

	if (mode_is(mode, S_IFDIR))
		return make_folder(dir, name, len, mode, out);
	rc = ext4_inode_make(dir, mode, 1, rdev, &i);
	return rc ? rc : name_new(dir, name, len, i, out);
}

static int tmpfile(struct inode *dir, uint32_t mode, struct inode **out)
{
	return ext4_inode_make(dir, mode, 0, 0, out);
}

/* A text that does not fit into the inode gets a block. */
static int set_slow_link(struct inode *i, const char *target, size_t n)
{
	struct ext4 *fs = ext4_of(i);
	struct buf *b;
	struct run r;
	int rc;

	mutex_lock(&fs->lock);
	extent_init(einode_of(i));
	rc = ext4_map_alloc(i, 0, &r);
	if (!rc)
		rc = buf_fresh(fs, r.block, &b);
	if (!rc) {
		memcpy(b->data, target, n);
		buf_put(fs, b);
	}
	mutex_unlock(&fs->lock);
	return rc;
}

static int symlink(struct inode *dir, const char *name, size_t len,
                   const char *target, struct inode **out)
{
	size_t n = strlen(target);
	struct inode *i;
	int rc;

	if (n >= ext4_of(dir)->block_size)
		return -ENAMETOOLONG;
	rc = ext4_inode_make(dir, S_IFLNK | 0777, 1, 0, &i);
	if (rc)
		return rc;
	i->size = n;
	if (n < EXT4_FAST_LINK_MAX)
		memcpy(einode_of(i)->block, target, n);
	else
		rc = set_slow_link(i, target, n);
	if (rc) {
		i->nlink = 0;
		inode_put(i);
		return rc;
	}
	return name_new(dir, name, len, i, out);
}

static int read_slow_link(struct inode *i, char *out, size_t n)
{
	struct ext4 *fs = ext4_of(i);
	struct buf *b;
	struct run r;
	int rc;

	mutex_lock(&fs->lock);
	rc = ext4_map(i, 0, &r);
	if (!rc && r.block == 0)
		rc = ext4_damaged(fs, "text of link", i->ino);
	if (!rc)
		rc = buf_read(fs, r.block, &b);
	if (!rc) {
		memcpy(out, b->data, n);
		buf_put(fs, b);
	}
	mutex_unlock(&fs->lock);
	return rc;
}

static int readlink(struct inode *i, char *out, size_t size)
{
	size_t n = i->size < size ? (size_t)i->size : size;
	int rc = 0;

	if (!ext4_has_extents(i) && i->size < EXT4_FAST_LINK_MAX)
		memcpy(out, einode_of(i)->block, n);
	else
		rc = read_slow_link(i, out, n);
	if (rc)
		return rc;
	/* A zero in it would end the text for everybody else. */
	return (int)strnlen(out, n);
}

static int link(struct inode *dir, const char *name, size_t len,
                struct inode *target)
{
	int rc;

	if (target->nlink >= EXT4_LINK_MAX)
		return -EMLINK;
	rc = add_entry(dir, name, len, target);
	if (!rc)
		drop_link(target, target->nlink + 1);
	return rc;
}

static int unlink(struct inode *dir, const char *name, size_t len,
                  struct inode *victim)
{
	int rc = remove_entry(dir, name, len);

	if (!rc)
		drop_link(victim, victim->nlink - (victim->nlink > 0));
	return rc;
}

static int rmdir(struct inode *dir, const char *name, size_t len,
                 struct inode *victim)
{
	int rc = check_empty(victim);

	if (!rc)
		rc = remove_entry(dir, name, len);
	if (rc)
		return rc;
	drop_link(victim, 0);
	lose_subfolder(dir);
	return 0;
}

/* The new name leads to `moved` before the old one goes. */
static int put_name(struct inode *to, const char *name, size_t len,
                    struct inode *moved, struct inode *replaced)
{
	bool folder = mode_is(moved->mode, S_IFDIR);
	int rc;

	if (!replaced)
		return add_entry(to, name, len, moved);
	rc = folder ? check_empty(replaced) : 0;
	if (!rc)
		rc = change_entry(to, name, len, moved);
	if (rc)
		return rc;
	if (folder)
		lose_subfolder(to);
	drop_link(replaced, folder ? 0 : replaced->nlink - 1);
	return 0;
}

static int rename(struct inode *from, const char *name, size_t len,
                  struct inode *to, const char *new_name, size_t new_len,
                  struct inode *moved, struct inode *replaced)
{
	bool folder = mode_is(moved->mode, S_IFDIR);
	int rc;

	if (folder && from != to && !replaced && !may_link(ext4_of(to), to))
		return -EMLINK;
	rc = put_name(to, new_name, new_len, moved, replaced);
	if (!rc)
		rc = remove_entry(from, name, len);
	if (!rc && folder && from != to) {
		rc = change_entry(moved, "..", 2, to);
		lose_subfolder(from);
		gain_subfolder(to);
	}
	moved->ctime = inode_now();
	inode_changed(moved);
	return rc;
}

/* A folder that moves from one to the other. */
static int change_parent(struct inode *i, struct inode *from, struct inode *to)
{
	if (!mode_is(i->mode, S_IFDIR) || from == to)
		return 0;
	lose_subfolder(from);
	gain_subfolder(to);
	return change_entry(i, "..", 2, to);
}

static int exchange(struct inode *from, const char *name, size_t len,
                    struct inode *to, const char *new_name, size_t new_len,
                    struct inode *one, struct inode *other)
{
	int rc = change_entry(from, name, len, other);

	if (!rc)
		rc = change_entry(to, new_name, new_len, one);
	if (!rc)
		rc = change_parent(one, from, to);
	if (!rc)
		rc = change_parent(other, to, from);
	one->ctime = other->ctime = inode_now();
	inode_changed(one);
	inode_changed(other);
	return rc;
}

const struct inode_ops ext4_inode_ops = {
	.lookup = lookup,
	.create = create,
	.symlink = symlink,
	.link = link,
	.unlink = unlink,
	.rmdir = rmdir,
	.rename = rename,
	.exchange = exchange,
	.readlink = readlink,
	.setattr = ext4_setattr,
	.readdir = dir_read,
	.fsync = ext4_fsync,
	.tmpfile = tmpfile,
	.xattrs = ext4_xattrs,
	.set_xattrs = ext4_set_xattrs,
	.fallocate = ext4_fallocate,
	.next_data = ext4_next_data,
};
