/*
 * namei.c - ext4's operations on names.
 *
 * An inode is complete before a name leads to it, and the name goes before the
 * inode does. With a journal each operation is one change; without one what a
 * crash leaves behind is at worst an inode without a name.
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

/* --- entries; inside a change --- */

static int add_entry(struct inode *dir, const char *name, size_t len,
                     const struct inode *i)
{
	int rc = dir_add(dir, name, len, i);

	if (!rc)
		inode_touch(dir);
	return rc;
}

static int remove_entry(struct inode *dir, const char *name, size_t len)
{
	int rc = dir_remove(dir, name, len);

	if (!rc)
		inode_touch(dir);
	return rc;
}

static int change_entry(struct inode *dir, const char *name, size_t len,
                        const struct inode *i)
{
	int rc = dir_change(dir, name, len, i);

	if (!rc)
		inode_touch(dir);
	return rc;
}

static int check_empty(struct inode *dir)
{
	bool empty;
	int rc = dir_is_empty(dir, &empty);

	if (rc)
		return rc;
	return empty ? 0 : -ENOTEMPTY;
}

/* Without any left it is to be freed, when nobody has it open. */
static int set_links(struct inode *i, uint32_t left)
{
	bool was_orphan = i->nlink == 0;

	i->nlink = left;
	i->ctime = inode_now();
	inode_changed(i);
	if (left == 0)
		return ext4_orphan_add(i);
	return was_orphan ? ext4_orphan_remove(i) : 0;
}

/* --- a change of names, from its beginning to its end --- */

/* The folders whose entries will change; the second may be NULL or the same. */
static int begin(struct inode *dir, struct inode *other)
{
	int rc = dir_drop_index(dir);

	if (!rc && other)
		rc = dir_drop_index(other);
	return rc ? rc : ext4_begin(ext4_of(dir), CHANGE_NAMES);
}

/* What was changed of these is part of it, also when it failed with `rc`. */
static int end(int rc, struct inode *const *changed, unsigned nr)
{
	struct ext4 *fs = ext4_of(changed[0]);

	for (unsigned n = 0; n < nr; n++) {
		int stored = changed[n] ? ext4_store(changed[n]) : 0;

		rc = rc ? rc : stored;
	}
	ext4_end(fs);
	return rc;
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

/* The end of making `i` (may be NULL): it has its name, or is put away. */
static int end_new(int rc, struct inode *dir, struct inode *i,
                   struct inode **out)
{
	int cleared = 0;

	if (rc && i)
		cleared = set_links(i, 0);
	rc = end(rc ? rc : cleared, (struct inode *[]){dir, i}, 2);
	if (rc && i)
		inode_put(i);
	else if (!rc)
		*out = i;
	return rc;
}

static int make_folder(struct inode *dir, const char *name, size_t len,
                       uint32_t mode, struct inode **i)
{
	int rc = ext4_inode_make(dir, mode, 2, 0, i);

	if (!rc)
		rc = dir_make_first(*i, dir->ino);
	if (!rc)
		rc = add_entry(dir, name, len, *i);
	if (!rc)
		gain_subfolder(dir);
	return rc;
}

static int create(struct inode *dir, const char *name, size_t len,
                  uint32_t mode, uint64_t rdev, struct inode **out)
{
	bool folder = mode_is(mode, S_IFDIR);
	struct inode *i = NULL;
	int rc;

	if (folder && !may_link(ext4_of(dir), dir))
		return -EMLINK;
	rc = begin(dir, NULL);
	if (rc)
		return rc;
	if (folder) {
		rc = make_folder(dir, name, len, mode, &i);
	} else {
		rc = ext4_inode_make(dir, mode, 1, rdev, &i);
		if (!rc)
			rc = add_entry(dir, name, len, i);
	}
	return end_new(rc, dir, i, out);
}

static int tmpfile(struct inode *dir, uint32_t mode, struct inode **out)
{
	struct inode *i = NULL;
	int rc = ext4_begin(ext4_of(dir), CHANGE_NAMES);

	if (rc)
		return rc;
	rc = ext4_inode_make(dir, mode, 0, 0, &i);
	if (!rc)
		rc = ext4_orphan_add(i);
	return end_new(rc, dir, i, out);
}

/* A text that does not fit into the inode gets a block. */
static int set_slow_link(struct inode *i, const char *target, size_t n)
{
	struct ext4 *fs = ext4_of(i);
	struct buf *b;
	struct run r;
	int rc;

	extent_init(einode_of(i));
	rc = ext4_map_alloc(i, 0, &r);
	if (!rc)
		rc = buf_fresh(fs, r.block, &b);
	if (!rc) {
		memcpy(b->data, target, n);
		buf_put(fs, b);
	}
	return rc;
}

static int set_link(struct inode *i, const char *target, size_t n)
{
	i->size = n;
	if (n >= EXT4_FAST_LINK_MAX)
		return set_slow_link(i, target, n);
	memcpy(einode_of(i)->block, target, n);
	return 0;
}

static int symlink(struct inode *dir, const char *name, size_t len,
                   const char *target, struct inode **out)
{
	size_t n = strlen(target);
	struct inode *i = NULL;
	int rc;

	if (n >= ext4_of(dir)->block_size)
		return -ENAMETOOLONG;
	rc = begin(dir, NULL);
	if (rc)
		return rc;
	rc = ext4_inode_make(dir, S_IFLNK | 0777, 1, 0, &i);
	if (!rc)
		rc = set_link(i, target, n);
	if (!rc)
		rc = add_entry(dir, name, len, i);
	return end_new(rc, dir, i, out);
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
	rc = begin(dir, NULL);
	if (rc)
		return rc;
	rc = add_entry(dir, name, len, target);
	if (!rc)
		rc = set_links(target, target->nlink + 1);
	return end(rc, (struct inode *[]){dir, target}, 2);
}

static int unlink(struct inode *dir, const char *name, size_t len,
                  struct inode *victim)
{
	int rc = begin(dir, NULL);

	if (rc)
		return rc;
	rc = remove_entry(dir, name, len);
	if (!rc)
		rc = set_links(victim, victim->nlink - (victim->nlink > 0));
	return end(rc, (struct inode *[]){dir, victim}, 2);
}

static int rmdir(struct inode *dir, const char *name, size_t len,
                 struct inode *victim)
{
	int rc = begin(dir, NULL);

	if (rc)
		return rc;
	rc = check_empty(victim);
	if (!rc)
		rc = remove_entry(dir, name, len);
	if (!rc) {
		rc = set_links(victim, 0);
		lose_subfolder(dir);
	}
	return end(rc, (struct inode *[]){dir, victim}, 2);
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
	return set_links(replaced, folder ? 0 : replaced->nlink - 1);
}

/* "..", which may be in an index, too. */
static struct inode *moves_folder(struct inode *i, const struct inode *from,
                                  const struct inode *to)
{
	return mode_is(i->mode, S_IFDIR) && from != to ? i : NULL;
}

static int rename(struct inode *from, const char *name, size_t len,
                  struct inode *to, const char *new_name, size_t new_len,
                  struct inode *moved, struct inode *replaced)
{
	struct inode *folder = moves_folder(moved, from, to);
	int rc = folder ? dir_drop_index(folder) : 0;

	if (folder && !replaced && !may_link(ext4_of(to), to))
		return -EMLINK;
	if (!rc)
		rc = begin(from, to);
	if (rc)
		return rc;
	rc = put_name(to, new_name, new_len, moved, replaced);
	if (!rc)
		rc = remove_entry(from, name, len);
	if (!rc && folder) {
		rc = change_entry(moved, "..", 2, to);
		lose_subfolder(from);
		gain_subfolder(to);
	}
	moved->ctime = inode_now();
	return end(rc, (struct inode *[]){from, to, moved, replaced}, 4);
}

/* A folder that moves from one to the other. */
static int change_parent(struct inode *i, struct inode *from, struct inode *to)
{
	if (!moves_folder(i, from, to))
		return 0;
	lose_subfolder(from);
	gain_subfolder(to);
	return change_entry(i, "..", 2, to);
}

static int exchange(struct inode *from, const char *name, size_t len,
                    struct inode *to, const char *new_name, size_t new_len,
                    struct inode *one, struct inode *other)
{
	struct inode *moves[] = {moves_folder(one, from, to),
	                         moves_folder(other, to, from)};
	int rc = moves[0] ? dir_drop_index(moves[0]) : 0;

	if (!rc && moves[1])
		rc = dir_drop_index(moves[1]);
	if (!rc)
		rc = begin(from, to);
	if (rc)
		return rc;
	rc = change_entry(from, name, len, other);
	if (!rc)
		rc = change_entry(to, new_name, new_len, one);
	if (!rc)
		rc = change_parent(one, from, to);
	if (!rc)
		rc = change_parent(other, to, from);
	one->ctime = other->ctime = inode_now();
	return end(rc, (struct inode *[]){from, to, one, other}, 4);
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
