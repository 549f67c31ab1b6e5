/*
 * dir.c - the entries of a folder.
 *
 * Blocks full of entries, searched from front to back. A folder with an index
 * (htree) is read the same way, for the blocks of the index look like empty
 * blocks of entries; before the first change the index is dropped, which
 * e2fsck and Linux both take as it is. Folders of a machine like ours are
 * small; the cache of names keeps most searches away from here.
 */
#include "kernel/fs/ext4/ext4.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

/* dirent.h's types in the order of the disk's. */
static const uint8_t types[] = {0,
                                S_IFREG >> 12,
                                S_IFDIR >> 12,
                                S_IFCHR >> 12,
                                S_IFBLK >> 12,
                                S_IFIFO >> 12,
                                S_IFSOCK >> 12,
                                S_IFLNK >> 12};

static uint8_t disk_type(const struct ext4 *fs, uint32_t mode)
{
	if (!ext4_has_incompat(fs, EXT4_IN_FILETYPE))
		return 0;
	for (uint8_t t = 1; t < ARRAY_LEN(types); t++) {
		if (types[t] == dirent_type(mode))
			return t;
	}
	return 0;
}

static uint32_t entry_size(size_t name_len)
{
	return (uint32_t)(sizeof(struct ext4_dirent) + name_len + 3) & ~3U;
}

/* Where the entries of a block end. */
static uint32_t block_end(const struct ext4 *fs)
{
	uint32_t tail = fs->csum ? sizeof(struct ext4_dir_tail) : 0;

	return fs->block_size - tail;
}

static uint32_t nr_blocks(const struct inode *dir)
{
	return (uint32_t)(dir->size >> ext4_of(dir)->block_bits);
}

static char *name_of(struct ext4_dirent *d)
{
	return (char *)(d + 1);
}

static bool is_named(struct ext4_dirent *d, const char *name, size_t len)
{
	return d->inode && d->name_len == len && !memcmp(name_of(d), name, len);
}

/* --- blocks --- */

static bool is_indexed(const struct inode *dir)
{
	return einode_of(dir)->flags & EXT4_FL_INDEX;
}

/* A node of the index, disguised as one free entry that fills the block. */
static bool is_index_node(const struct ext4 *fs, const uint8_t *data)
{
	const struct ext4_dirent *d = (const void *)data;

	return d->inode == 0 && d->rec_len == fs->block_size;
}

/* The root of an index is block 0, behind "." and "..". */
static bool has_other_sum(const struct inode *dir, uint32_t nr,
                          const uint8_t *data)
{
	return is_indexed(dir) &&
	       (nr == 0 || is_index_node(ext4_of(dir), data));
}

static bool entry_is_sane(const struct ext4 *fs, const uint8_t *data,
                          uint32_t at)
{
	const struct ext4_dirent *d = (const void *)(data + at);
	uint32_t end = fs->block_size;

	return d->rec_len >= sizeof(*d) && d->rec_len % 4 == 0 &&
	       d->rec_len <= end - at &&
	       (d->inode == 0 || entry_size(d->name_len) <= d->rec_len);
}

/* Every entry of the block fits, and the last ends with it. */
static bool is_sane(const struct ext4 *fs, const uint8_t *data)
{
	uint32_t at = 0;

	while (at < fs->block_size) {
		if (fs->block_size - at < sizeof(struct ext4_dirent) ||
		    !entry_is_sane(fs, data, at))
			return false;
		at += ((const struct ext4_dirent *)(const void *)(data + at))
		              ->rec_len;
		if (at == block_end(fs))
			return true; /* only the tail is left */
	}
	return at == fs->block_size;
}

static int read_block(struct inode *dir, uint32_t nr, struct buf **out)
{
	struct ext4 *fs = ext4_of(dir);
	struct run r;
	struct buf *b;
	int rc = ext4_map(dir, nr, &r);

	if (rc)
		return rc;
	if (r.block == 0 || r.unwritten)
		return ext4_damaged(fs, "hole in folder", dir->ino);
	rc = buf_read(fs, r.block, &b);
	if (rc)
		return rc;
	if (!b->checked &&
	    (!is_sane(fs, b->data) || (!has_other_sum(dir, nr, b->data) &&
	                               !csum_dir_ok(dir, b->data)))) {
		buf_put(fs, b);
		return ext4_damaged(fs, "entries of folder", dir->ino);
	}
	b->checked = true;
	*out = b;
	return 0;
}

static void block_changed(struct inode *dir, struct buf *b)
{
	csum_dir_set(dir, b->data);
	buf_dirty(ext4_of(dir), b);
}

/*
 * The next entry of a block at *at (0: the first), which is moved behind it.
 * NULL at the end. What was checked when the block was read may have been
 * overwritten through another file of a damaged file system: check again.
 */
static struct ext4_dirent *next_entry(const struct ext4 *fs, uint8_t *data,
                                      uint32_t *at)
{
	struct ext4_dirent *d = (void *)(data + *at);

	if (*at >= block_end(fs) || !entry_is_sane(fs, data, *at))
		return NULL;
	*at += d->rec_len;
	return d;
}

/* --- finding --- */

struct place {
	struct buf *b;
	struct ext4_dirent *d;
	struct ext4_dirent *before; /* in the same block, or NULL */
	uint32_t nr;                /* the block of the folder */
};

/* With a reference to p->b when it returns 0. */
static int find(struct inode *dir, const char *name, size_t len,
                struct place *p)
{
	struct ext4 *fs = ext4_of(dir);

	for (uint32_t nr = 0; nr < nr_blocks(dir); nr++) {
		struct ext4_dirent *d, *before = NULL;
		uint32_t at = 0;
		struct buf *b;
		int rc = read_block(dir, nr, &b);

		if (rc)
			return rc;
		while ((d = next_entry(fs, b->data, &at))) {
			if (is_named(d, name, len)) {
				*p = (struct place){b, d, before, nr};
				return 0;
			}
			before = d;
		}
		buf_put(fs, b);
	}
	return -ENOENT;
}

int dir_find(struct inode *dir, const char *name, size_t len, uint64_t *ino)
{
	struct place p;
	int rc = find(dir, name, len, &p);

	if (rc)
		return rc;
	*ino = p.d->inode;
	buf_put(ext4_of(dir), p.b);
	return 0;
}

int dir_is_empty(struct inode *dir, bool *yes)
{
	struct ext4 *fs = ext4_of(dir);

	*yes = true;
	for (uint32_t nr = 0; nr < nr_blocks(dir) && *yes; nr++) {
		struct ext4_dirent *d;
		uint32_t at = 0;
		struct buf *b;
		int rc = read_block(dir, nr, &b);

		if (rc)
			return rc;
		while ((d = next_entry(fs, b->data, &at))) {
			if (d->inode && !is_named(d, ".", 1) &&
			    !is_named(d, "..", 2))
				*yes = false;
		}
		buf_put(fs, b);
	}
	return 0;
}

/* --- dropping an index --- */

/* ".." of the root reached over the index. It ends where entries end. */
static void drop_root(const struct ext4 *fs, uint8_t *data)
{
	struct ext4_dirent *dot = (void *)data, *up;
	uint32_t behind = entry_size(1) + entry_size(2);

	dot->rec_len = (uint16_t)entry_size(1);
	up = (void *)(data + dot->rec_len);
	up->rec_len = (uint16_t)(block_end(fs) - dot->rec_len);
	memset(data + behind, 0, fs->block_size - behind);
}

/* Of block `nr`: is it of the index? With `drop` it is no longer. */
static int visit_index(struct inode *dir, uint32_t nr, bool drop, bool *yes)
{
	struct ext4 *fs = ext4_of(dir);
	struct buf *b;
	int rc = read_block(dir, nr, &b);

	if (rc)
		return rc;
	*yes = nr == 0 || is_index_node(fs, b->data);
	if (drop && nr == 0)
		drop_root(fs, b->data);
	else if (drop && *yes)
		((struct ext4_dirent *)(void *)b->data)->rec_len =
			(uint16_t)block_end(fs);
	if (drop && *yes)
		block_changed(dir, b);
	buf_put(fs, b);
	return 0;
}

static int visit_all(struct inode *dir, bool drop, unsigned *nr_nodes)
{
	int rc = 0;
	bool yes;

	*nr_nodes = 0;
	for (uint32_t nr = 0; nr < nr_blocks(dir) && !rc; nr++) {
		rc = visit_index(dir, nr, drop, &yes);
		if (!rc)
			*nr_nodes += yes;
	}
	return rc;
}

/*
 * All nodes in one change, for half an index is none. Even folders of a million
 * names have few; the folder's lock keeps it as it is between the two visits.
 */
int dir_drop_index(struct inode *dir)
{
	struct ext4 *fs = ext4_of(dir);
	unsigned nodes;
	int rc;

	if (!is_indexed(dir))
		return 0;
	mutex_lock(&fs->lock);
	rc = visit_all(dir, false, &nodes);
	mutex_unlock(&fs->lock);
	if (!rc)
		rc = ext4_begin(fs, nodes + CHANGE_INODE);
	if (rc)
		return rc;
	rc = visit_all(dir, true, &nodes);
	if (!rc) {
		einode_of(dir)->flags &= ~(uint32_t)EXT4_FL_INDEX;
		rc = ext4_store(dir);
	}
	ext4_end(fs);
	return rc;
}

/* --- changing --- */

static void set_entry(const struct ext4 *fs, struct ext4_dirent *d,
                      const char *name, size_t len, const struct inode *i)
{
	d->inode = (uint32_t)i->ino;
	d->name_len = (uint8_t)len;
	d->file_type = disk_type(fs, i->mode);
	memcpy(name_of(d), name, len);
}

/* A place for an entry: a free one, or the unused end of another. */
static struct ext4_dirent *make_room(const struct ext4 *fs, uint8_t *data,
                                     uint32_t need)
{
	struct ext4_dirent *d, *rest;
	uint32_t at = 0, used;

	while ((d = next_entry(fs, data, &at))) {
		used = d->inode ? entry_size(d->name_len) : 0;
		if (d->rec_len < used + need || at > block_end(fs))
			continue;
		if (used == 0)
			return d;
		rest = (void *)((uint8_t *)d + used);
		rest->rec_len = (uint16_t)(d->rec_len - used);
		d->rec_len = (uint16_t)used;
		return rest;
	}
	return NULL;
}

static int add_to_block(struct inode *dir, uint32_t nr, const char *name,
                        size_t len, const struct inode *i)
{
	struct ext4 *fs = ext4_of(dir);
	struct ext4_dirent *d;
	struct buf *b;
	int rc = read_block(dir, nr, &b);

	if (rc)
		return rc;
	d = make_room(fs, b->data, entry_size(len));
	if (d) {
		set_entry(fs, d, name, len, i);
		block_changed(dir, b);
	}
	buf_put(fs, b);
	return d ? 0 : -ENOSPC;
}

/* One more block for the folder, with one free entry in it. */
static int append_block(struct inode *dir)
{
	struct ext4 *fs = ext4_of(dir);
	struct ext4_dirent *d;
	struct buf *b;
	struct run r;
	int rc;

	if (dir->size + fs->block_size > UINT32_MAX)
		return -ENOSPC;
	rc = ext4_map_alloc(dir, nr_blocks(dir), &r);
	if (!rc)
		rc = buf_fresh(fs, r.block, &b);
	if (rc)
		return rc;
	d = (void *)b->data;
	d->rec_len = (uint16_t)block_end(fs);
	block_changed(dir, b);
	buf_put(fs, b);
	dir->size += fs->block_size;
	inode_changed(dir);
	return 0;
}

int dir_add(struct inode *dir, const char *name, size_t len,
            const struct inode *i)
{
	struct einode *e = einode_of(dir);
	uint32_t nr = (uint32_t)e->roomy;
	int rc = -ENOSPC;

	for (; nr < nr_blocks(dir) && rc == -ENOSPC; nr++) {
		rc = add_to_block(dir, nr, name, len, i);
		if (!rc)
			e->roomy = nr;
	}
	if (rc != -ENOSPC)
		return rc;
	rc = append_block(dir);
	return rc ? rc : add_to_block(dir, nr_blocks(dir) - 1, name, len, i);
}

int dir_remove(struct inode *dir, const char *name, size_t len)
{
	struct place p;
	int rc = find(dir, name, len, &p);

	if (rc)
		return rc;
	p.d->inode = 0;
	if (p.before)
		p.before->rec_len =
			(uint16_t)(p.before->rec_len + p.d->rec_len);
	block_changed(dir, p.b);
	if (p.nr < einode_of(dir)->roomy)
		einode_of(dir)->roomy = p.nr;
	buf_put(ext4_of(dir), p.b);
	return 0;
}

int dir_change(struct inode *dir, const char *name, size_t len,
               const struct inode *i)
{
	struct place p;
	int rc = find(dir, name, len, &p);

	if (rc)
		return rc;
	p.d->inode = (uint32_t)i->ino;
	p.d->file_type = disk_type(ext4_of(dir), i->mode);
	block_changed(dir, p.b);
	buf_put(ext4_of(dir), p.b);
	return 0;
}

int dir_make_first(struct inode *dir, uint64_t parent)
{
	struct ext4 *fs = ext4_of(dir);
	struct ext4_dirent *dot, *up;
	struct buf *b;
	struct run r;
	int rc = append_block(dir);

	if (!rc)
		rc = ext4_map(dir, 0, &r);
	if (!rc)
		rc = buf_read(fs, r.block, &b);
	if (rc)
		return rc;
	dot = (void *)b->data;
	set_entry(fs, dot, ".", 1, dir);
	dot->rec_len = (uint16_t)entry_size(1);
	up = (void *)(b->data + dot->rec_len);
	set_entry(fs, up, "..", 2, dir);
	up->inode = (uint32_t)parent;
	up->rec_len = (uint16_t)(block_end(fs) - dot->rec_len);
	block_changed(dir, b);
	buf_put(fs, b);
	return 0;
}

/* --- reading --- */

/* Hand on the entries of a block from byte `from` on. False: no more room. */
static bool emit(const struct ext4 *fs, uint8_t *data, uint64_t base,
                 uint64_t from, struct dir_sink *s)
{
	struct ext4_dirent *d;
	uint32_t at = 0;

	while ((d = next_entry(fs, data, &at))) {
		uint64_t here = base + (uint64_t)((uint8_t *)d - data);
		unsigned type = d->file_type < ARRAY_LEN(types)
		                        ? types[d->file_type]
		                        : 0;

		if (here < from || !d->inode || is_named(d, ".", 1) ||
		    is_named(d, "..", 2))
			continue;
		if (!s->add(s, name_of(d), d->name_len, d->inode, type,
		            (int64_t)(base + at)))
			return false;
	}
	return true;
}

static int copy_block(struct inode *dir, uint32_t nr, uint8_t *copy)
{
	struct ext4 *fs = ext4_of(dir);
	struct buf *b;
	int rc;

	mutex_lock(&fs->lock);
	rc = read_block(dir, nr, &b);
	if (!rc) {
		memcpy(copy, b->data, fs->block_size);
		buf_put(fs, b);
	}
	mutex_unlock(&fs->lock);
	return rc;
}

/*
 * Takes fs->lock itself, and not while entries are handed on: the sink may
 * write to the program's memory, and that may need a page of this very file
 * system.
 */
int dir_read(struct inode *dir, int64_t pos, struct dir_sink *s)
{
	struct ext4 *fs = ext4_of(dir);
	uint8_t *copy = mem_alloc(fs->block_size);
	uint64_t from = (uint64_t)pos;
	bool more = true;
	int rc = 0;

	if (!copy)
		return -ENOMEM;
	for (uint64_t nr = from >> fs->block_bits;
	     nr < nr_blocks(dir) && more && !rc; nr++) {
		rc = copy_block(dir, (uint32_t)nr, copy);
		if (!rc)
			more = emit(fs, copy, nr << fs->block_bits, from, s);
	}
	mem_free(copy);
	return rc;
}
