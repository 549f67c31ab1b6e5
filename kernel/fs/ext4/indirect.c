/*
 * indirect.c - where the blocks of a file are, as before ext4 had extents.
 *
 * Twelve blocks stand in the inode, then a table of block numbers, a table of
 * tables, and a table of those. Such files are read, overwritten and cut, but
 * not given new blocks: new files have extents.
 */
#include "kernel/fs/ext4/ext4.h"

#include "kernel/lib/errno.h"

enum {
	DIRECT = 12,
	LEVELS = 3,
};

static uint32_t per_table(const struct ext4 *fs)
{
	return fs->block_size / (uint32_t)sizeof(uint32_t);
}

/* How many blocks an entry of a table of this level leads to. */
static uint64_t span(const struct ext4 *fs, unsigned level)
{
	uint64_t n = 1;

	while (level-- > 1)
		n *= per_table(fs);
	return n;
}

/*
 * The entries of the table from `at` on that follow each other on the disk,
 * or that are all holes.
 */
static int describe(struct inode *i, const uint32_t *table, uint32_t at,
                    uint32_t end, struct run *out)
{
	uint32_t first = table[at], n = 1;

	while (at + n < end && table[at + n] == (first ? first + n : 0))
		n++;
	*out = (struct run){.block = first, .len = n};
	if (first && !ext4_blocks_ok(ext4_of(i), first, n))
		return ext4_damaged(ext4_of(i), "blocks of inode", i->ino);
	return 0;
}

static int read_table(struct inode *i, uint32_t block, struct buf **out)
{
	if (!ext4_blocks_ok(ext4_of(i), block, 1))
		return ext4_damaged(ext4_of(i), "blocks of inode", i->ino);
	return buf_read(ext4_of(i), block, out);
}

/* `at` counts from the first block that `table` leads to. */
static int map_table(struct inode *i, uint32_t block, unsigned level,
                     uint64_t at, struct run *out)
{
	struct ext4 *fs = ext4_of(i);
	uint64_t each = span(fs, level);
	uint32_t slot = (uint32_t)(at / each), next;
	struct buf *b;
	int rc;

	if (block == 0) { /* a hole, at least up to here */
		*out = (struct run){.len = 1};
		return 0;
	}
	rc = read_table(i, block, &b);
	if (rc)
		return rc;
	next = ((const uint32_t *)(void *)b->data)[slot];
	if (level == 1)
		rc = describe(i, (void *)b->data, slot, per_table(fs), out);
	buf_put(fs, b);
	return level == 1 ? rc : map_table(i, next, level - 1, at % each, out);
}

int indirect_map(struct inode *i, uint32_t at, struct run *out)
{
	const uint32_t *block = einode_of(i)->block;
	uint64_t left = at;

	if (left < DIRECT)
		return describe(i, block, at, DIRECT, out);
	left -= DIRECT;
	for (unsigned level = 1; level <= LEVELS; level++) {
		uint64_t n = span(ext4_of(i), level + 1);

		if (left < n)
			return map_table(i, block[DIRECT + level - 1], level,
			                 left, out);
		left -= n;
	}
	return -EFBIG;
}

static int free_one(struct inode *i, uint32_t *block, bool metadata)
{
	struct ext4 *fs = ext4_of(i);
	uint64_t sectors = fs->block_size / SECTOR_SIZE;
	uint32_t gone = *block;

	if (gone == 0)
		return 0;
	if (ext4_is_long(fs))
		return -EAGAIN;
	*block = 0;
	i->blocks -= i->blocks < sectors ? i->blocks : sectors;
	inode_changed(i);
	return ext4_free_blocks(fs, gone, 1, metadata);
}

/* Free what the table leads to from `from` on, and itself if that is all. */
static int cut_table(struct inode *i, uint32_t *block, unsigned level,
                     uint64_t from)
{
	struct ext4 *fs = ext4_of(i);
	uint64_t each = span(fs, level);
	struct buf *b;
	int rc;

	if (*block == 0)
		return 0;
	rc = read_table(i, *block, &b);
	if (rc)
		return rc;
	for (uint32_t n = (uint32_t)(from / each); n < per_table(fs) && !rc;
	     n++) {
		uint32_t *slot = (uint32_t *)(void *)b->data + n;
		uint64_t first = n * each;

		if (level > 1)
			rc = cut_table(i, slot, level - 1,
			               from > first ? from - first : 0);
		else
			rc = free_one(i, slot, !mode_is(i->mode, S_IFREG));
	}
	buf_dirty(fs, b);
	buf_put(fs, b);
	return rc || from > 0 ? rc : free_one(i, block, true);
}

int indirect_cut(struct inode *i, uint32_t at)
{
	uint32_t *block = einode_of(i)->block;
	uint64_t base = DIRECT;
	int rc = 0;

	for (uint32_t n = at; n < DIRECT && !rc; n++)
		rc = free_one(i, &block[n], !mode_is(i->mode, S_IFREG));
	for (unsigned level = 1; level <= LEVELS && !rc; level++) {
		uint64_t n = span(ext4_of(i), level + 1);

		if (at < base + n)
			rc = cut_table(i, &block[DIRECT + level - 1], level,
			               at > base ? at - base : 0);
		base += n;
	}
	return rc;
}

/* --- the choice between the two --- */

int ext4_map(struct inode *i, uint32_t at, struct run *out)
{
	return ext4_has_extents(i) ? extent_map(i, at, out)
	                           : indirect_map(i, at, out);
}

int ext4_map_alloc(struct inode *i, uint32_t at, struct run *out)
{
	int rc;

	if (ext4_has_extents(i))
		return extent_alloc(i, at, out);
	rc = indirect_map(i, at, out);
	return rc || out->block ? rc : -EOPNOTSUPP;
}

int ext4_map_reserve(struct inode *i, uint32_t at)
{
	struct run r;

	return ext4_has_extents(i) ? extent_reserve(i, at)
	                           : ext4_map_alloc(i, at, &r);
}

int ext4_map_written(struct inode *i, uint32_t at, uint32_t n)
{
	return ext4_has_extents(i) ? extent_written(i, at, n) : 0;
}

int ext4_map_cut(struct inode *i, uint32_t at)
{
	return ext4_has_extents(i) ? extent_cut(i, at) : indirect_cut(i, at);
}
