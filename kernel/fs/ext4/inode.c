/* inode.c - inodes to and from the disk, their end, their size. */
#include "kernel/fs/ext4/ext4.h"

#include "kernel/core/random.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

/* The fields that we know of those behind the first 128 bytes. */
enum {
	EXTRA = sizeof(struct ext4_disk_inode) - EXT4_OLD_INODE_SIZE,
};

/* --- where it lies --- */

int ext4_inode_raw(struct ext4 *fs, uint64_t ino, struct buf **b, uint8_t **raw)
{
	uint32_t g = (uint32_t)((ino - 1) / fs->inodes_per_group);
	uint64_t at = (ino - 1) % fs->inodes_per_group * fs->inode_size;
	int rc = buf_read(
		fs, fs->groups[g].inode_table + (at >> fs->block_bits), b);

	if (!rc)
		*raw = (*b)->data + (at & (fs->block_size - 1));
	return rc;
}

/* Has the disk's inode the member that ends here? */
static bool has(const struct ext4 *fs, const struct ext4_disk_inode *d,
                size_t end)
{
	return fs->inode_size > EXT4_OLD_INODE_SIZE &&
	       (size_t)EXT4_OLD_INODE_SIZE + d->extra_isize >= end;
}

#define HAS(fs, d, member)                                                     \
	has((fs), (d),                                                         \
	    offsetof(struct ext4_disk_inode, member) + sizeof((d)->member))

/* --- times: 32 bits of seconds, and 2 more beside 30 of nanoseconds --- */

static struct timespec64 decode_time(uint32_t sec, uint32_t extra)
{
	int64_t epoch = (int64_t)(extra & 3) << 32;
	uint32_t nsec = extra >> 2;

	return (struct timespec64){
		.sec = (int32_t)sec + epoch,
		.nsec = nsec < 1000000000 ? nsec : 0,
	};
}

static uint32_t encode_extra(const struct timespec64 *t)
{
	int64_t epoch = (t->sec - (int32_t)(uint32_t)t->sec) >> 32;

	return ((uint32_t)epoch & 3) | t->nsec << 2;
}

static void decode_times(const struct ext4 *fs, struct inode *i,
                         const struct ext4_disk_inode *d)
{
	struct einode *e = einode_of(i);

	i->atime = decode_time(d->atime,
	                       HAS(fs, d, atime_extra) ? d->atime_extra : 0);
	i->mtime = decode_time(d->mtime,
	                       HAS(fs, d, mtime_extra) ? d->mtime_extra : 0);
	i->ctime = decode_time(d->ctime,
	                       HAS(fs, d, ctime_extra) ? d->ctime_extra : 0);
	if (HAS(fs, d, crtime_extra))
		e->crtime = decode_time(d->crtime, d->crtime_extra);
}

static void encode_times(const struct ext4 *fs, const struct inode *i,
                         struct ext4_disk_inode *d)
{
	const struct einode *e = einode_of(i);

	d->atime = (uint32_t)i->atime.sec;
	d->mtime = (uint32_t)i->mtime.sec;
	d->ctime = (uint32_t)i->ctime.sec;
	if (HAS(fs, d, atime_extra))
		d->atime_extra = encode_extra(&i->atime);
	if (HAS(fs, d, mtime_extra))
		d->mtime_extra = encode_extra(&i->mtime);
	if (HAS(fs, d, ctime_extra))
		d->ctime_extra = encode_extra(&i->ctime);
	if (HAS(fs, d, crtime_extra)) {
		d->crtime = (uint32_t)e->crtime.sec;
		d->crtime_extra = encode_extra(&e->crtime);
	}
}

/* --- device numbers: the short form where it fits --- */

static uint64_t decode_rdev(const uint32_t *block)
{
	if (block[0])
		return make_dev(block[0] >> 8 & 0xff, block[0] & 0xff);
	return make_dev(block[1] >> 8 & 0xfff,
	                (block[1] & 0xff) | (block[1] >> 12 & 0xfff00));
}

static void encode_rdev(uint64_t rdev, uint32_t *block)
{
	bool fits = rdev <= UINT16_MAX;

	block[0] = fits ? (uint32_t)rdev : 0;
	block[1] = fits ? 0 : (uint32_t)rdev;
}

static bool is_device(uint32_t mode)
{
	return mode_is(mode, S_IFCHR) || mode_is(mode, S_IFBLK);
}

/* --- from the disk --- */

static int check_raw(struct ext4 *fs, uint64_t ino, const uint8_t *raw,
                     bool orphan)
{
	const struct ext4_disk_inode *d = (const void *)raw;

	if (!csum_inode_ok(fs, ino, raw))
		return ext4_damaged(fs, "wrong sum of inode", ino);
	if (fs->inode_size > EXT4_OLD_INODE_SIZE &&
	    (d->extra_isize > fs->inode_size - EXT4_OLD_INODE_SIZE ||
	     d->extra_isize % 4 != 0))
		return ext4_damaged(fs, "extra size of inode", ino);
	if (d->links_count == 0 && !orphan)
		return ext4_damaged(fs, "a name for a free inode", ino);
	if (d->flags & EXT4_FL_INLINE_DATA)
		return ext4_damaged(fs, "inline data in inode", ino);
	return 0;
}

/* What struct inode says, against what can be. */
static int check_inode(struct ext4 *fs, const struct inode *i)
{
	switch (i->mode & S_IFMT) {
	case S_IFREG:
		if (i->size > fs->sb->max_size)
			return ext4_damaged(fs, "size of inode", i->ino);
		return 0;
	case S_IFDIR: /* a folder has no holes, which bounds its size */
		if (i->size == 0 || i->size & (fs->block_size - 1) ||
		    i->size >> 9 > i->blocks)
			return ext4_damaged(fs, "size of folder", i->ino);
		return 0;
	case S_IFLNK:
		if (i->size == 0 || i->size > fs->block_size)
			return ext4_damaged(fs, "size of link", i->ino);
		return 0;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return 0;
	default:
		return ext4_damaged(fs, "type of inode", i->ino);
	}
}

static uint64_t decode_blocks(const struct ext4 *fs,
                              const struct ext4_disk_inode *d)
{
	uint64_t n = d->blocks_lo;

	if (ext4_has_ro(fs, EXT4_RO_HUGE_FILE)) {
		n |= (uint64_t)d->blocks_hi << 32;
		if (d->flags & EXT4_FL_HUGE_FILE)
			n <<= fs->block_bits - 9;
	}
	return n;
}

static void decode(const struct ext4 *fs, struct inode *i,
                   const struct ext4_disk_inode *d)
{
	struct einode *e = einode_of(i);

	i->mode = d->mode;
	i->uid = d->uid_lo | (uint32_t)d->uid_hi << 16;
	i->gid = d->gid_lo | (uint32_t)d->gid_hi << 16;
	i->nlink = d->links_count;
	i->size = d->size_lo;
	if (mode_is(d->mode, S_IFREG))
		i->size |= (uint64_t)d->size_hi << 32;
	e->disk_size = i->size;
	i->blocks = decode_blocks(fs, d);
	e->flags = d->flags;
	e->generation = d->generation;
	e->seed = csum_inode_seed(fs, i->ino, d->generation);
	e->xattr_block = d->file_acl_lo | (uint64_t)d->file_acl_hi << 32;
	memcpy(e->block, d->block, sizeof(e->block));
	decode_times(fs, i, d);
	if (is_device(d->mode))
		i->rdev = decode_rdev(e->block);
}

static void give_ops(struct inode *i)
{
	i->ops = &ext4_inode_ops;
	if (mode_is(i->mode, S_IFREG))
		i->mapping.ops = &ext4_mapping_ops;
}

static int load(struct inode *i, bool orphan)
{
	struct ext4 *fs = ext4_of(i);
	struct buf *b = NULL;
	uint8_t *raw;
	int rc;

	mutex_lock(&fs->lock);
	rc = ext4_inode_raw(fs, i->ino, &b, &raw);
	if (!rc)
		rc = check_raw(fs, i->ino, raw, orphan);
	if (!rc) {
		decode(fs, i, (void *)raw);
		if (orphan)
			einode_of(i)->next_orphan =
				((struct ext4_disk_inode *)(void *)raw)->dtime;
		rc = check_inode(fs, i);
	}
	buf_put(fs, b);
	mutex_unlock(&fs->lock);
	if (rc)
		return rc;
	give_ops(i);
	inode_set_size(i, i->size);
	i->dirty = false;
	return 0;
}

int ext4_inode_peek(struct ext4 *fs, uint64_t ino, struct inode *i)
{
	struct buf *b;
	uint8_t *raw;
	int rc;

	i->sb = fs->sb;
	i->ino = ino;
	if (ino == 0 || ino > fs->super.inodes_count)
		return -EUCLEAN;
	rc = ext4_inode_raw(fs, ino, &b, &raw);
	if (rc)
		return rc;
	rc = check_raw(fs, ino, raw, false);
	if (!rc)
		decode(fs, i, (void *)raw);
	buf_put(fs, b);
	return rc;
}

static struct einode *make_einode(struct inode *i)
{
	struct einode *e = mem_zalloc(sizeof(*e));

	if (e)
		e->inode = i;
	return e;
}

static int get(struct superblock *sb, uint64_t ino, bool orphan,
               struct inode **out)
{
	struct ext4 *fs = sb->priv;
	struct inode *i;
	bool fresh;
	int rc;

	if (ino > fs->super.inodes_count ||
	    (ino < fs->first_ino && ino != EXT4_ROOT_INO))
		return ext4_damaged(fs, "no such inode", ino);
	rc = inode_obtain(sb, ino, &fresh, &i);
	if (rc)
		return rc;
	if (fresh) {
		i->priv = make_einode(i);
		rc = i->priv ? load(i, orphan) : -ENOMEM;
		if (rc)
			mem_free(i->priv);
		inode_filled(i, rc);
	}
	if (!rc)
		*out = i;
	return rc;
}

int ext4_inode_get(struct superblock *sb, uint64_t ino, struct inode **out)
{
	return get(sb, ino, false, out);
}

int ext4_inode_get_orphan(struct superblock *sb, uint64_t ino,
                          struct inode **out)
{
	return get(sb, ino, true, out);
}

/* --- to the disk --- */

static void encode_blocks(const struct ext4 *fs, const struct inode *i,
                          struct ext4_disk_inode *d)
{
	uint64_t n = i->blocks;

	d->flags &= ~(uint32_t)EXT4_FL_HUGE_FILE;
	if (n >> 48 && ext4_has_ro(fs, EXT4_RO_HUGE_FILE)) {
		d->flags |= EXT4_FL_HUGE_FILE;
		n >>= fs->block_bits - 9;
	}
	d->blocks_lo = (uint32_t)n;
	d->blocks_hi = (uint16_t)(n >> 32);
}

static void encode(const struct ext4 *fs, struct inode *i,
                   struct ext4_disk_inode *d)
{
	struct einode *e = einode_of(i);
	uint64_t size = mode_is(i->mode, S_IFREG) ? e->disk_size : i->size;

	if (is_device(i->mode))
		encode_rdev(i->rdev, e->block);
	d->mode = (uint16_t)i->mode;
	d->uid_lo = (uint16_t)i->uid;
	d->uid_hi = (uint16_t)(i->uid >> 16);
	d->gid_lo = (uint16_t)i->gid;
	d->gid_hi = (uint16_t)(i->gid >> 16);
	d->links_count = (uint16_t)i->nlink;
	d->size_lo = (uint32_t)size;
	if (mode_is(i->mode, S_IFREG))
		d->size_hi = (uint32_t)(size >> 32);
	d->dtime = e->next_orphan;
	d->flags = e->flags;
	encode_blocks(fs, i, d);
	d->generation = e->generation;
	d->file_acl_lo = (uint32_t)e->xattr_block;
	d->file_acl_hi = (uint16_t)(e->xattr_block >> 32);
	memcpy(d->block, e->block, sizeof(d->block));
	encode_times(fs, i, d);
}

static int write_locked(struct inode *i)
{
	struct ext4 *fs = ext4_of(i);
	struct buf *b;
	uint8_t *raw;
	int rc = ext4_inode_raw(fs, i->ino, &b, &raw);

	if (rc)
		return rc;
	encode(fs, i, (void *)raw);
	csum_inode_set(fs, i->ino, raw);
	buf_dirty(fs, b);
	buf_put(fs, b);
	return 0;
}

static int store(struct inode *i)
{
	int rc;

	i->dirty = false;
	rc = write_locked(i);
	if (rc)
		i->dirty = true;
	return rc;
}

int ext4_store(struct inode *i)
{
	einode_of(i)->transaction = ext4_transaction(ext4_of(i));
	return store(i);
}

int ext4_inode_write(struct inode *i)
{
	struct ext4 *fs = ext4_of(i);
	int rc;

	if (!i->priv) /* evicted at unmount */
		return 0;
	rc = ext4_begin(fs, CHANGE_INODE);
	if (rc)
		return rc;
	rc = store(i);
	ext4_end(fs);
	return rc;
}

/* --- new ones --- */

/* A clean place in the table, where anything may lie. */
static int clear_raw(struct ext4 *fs, uint64_t ino)
{
	struct buf *b;
	uint8_t *raw;
	int rc = ext4_inode_raw(fs, ino, &b, &raw);

	if (rc)
		return rc;
	memset(raw, 0, fs->inode_size);
	if (fs->inode_size >= EXT4_OLD_INODE_SIZE + EXTRA)
		((struct ext4_disk_inode *)(void *)raw)->extra_isize = EXTRA;
	buf_dirty(fs, b);
	buf_put(fs, b);
	return 0;
}

static void fill_new(struct ext4 *fs, struct inode *i, const struct inode *dir)
{
	struct einode *e = einode_of(i);

	e->flags = einode_of(dir)->flags & EXT4_FL_INHERITED;
	e->generation = fs->next_generation++;
	e->seed = csum_inode_seed(fs, i->ino, e->generation);
	e->crtime = i->ctime;
	if (mode_is(i->mode, S_IFREG) || mode_is(i->mode, S_IFDIR))
		extent_init(e);
	give_ops(i);
}

int ext4_inode_make(struct inode *dir, uint32_t mode, uint32_t nlink,
                    uint64_t rdev, struct inode **out)
{
	struct ext4 *fs = ext4_of(dir);
	bool folder = mode_is(mode, S_IFDIR);
	struct inode *i = NULL;
	struct einode *e;
	uint64_t ino;
	int rc = ext4_alloc_ino(fs, dir->ino, folder, &ino);

	if (rc)
		return rc;
	e = mem_zalloc(sizeof(*e));
	rc = e ? clear_raw(fs, ino) : -ENOMEM;
	if (!rc)
		i = inode_new(dir->sb, ino, mode);
	if (!i) {
		mem_free(e);
		(void)ext4_free_ino(fs, ino, folder);
		return rc ? rc : -ENOMEM;
	}
	e->inode = i;
	i->priv = e;
	i->nlink = nlink;
	i->rdev = rdev;
	fill_new(fs, i, dir);
	inode_changed(i);
	*out = i;
	return 0;
}
