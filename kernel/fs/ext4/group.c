/*
 * group.c - block groups: their descriptors, and the bitmaps of what is used.
 *
 * Descriptors are read at mounting and kept in a form that does not depend on
 * their size. Their check sums and those of the bitmaps are made when they are
 * written, once for many changes.
 */
#include "kernel/fs/ext4/journal.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

uint64_t group_first_block(const struct ext4 *fs, uint32_t g)
{
	return fs->first_block + (uint64_t)g * fs->blocks_per_group;
}

uint32_t group_nr_blocks(const struct ext4 *fs, uint32_t g)
{
	uint64_t left = fs->nr_blocks - group_first_block(fs, g);

	return left < fs->blocks_per_group ? (uint32_t)left
	                                   : fs->blocks_per_group;
}

static uint64_t join(uint32_t lo, uint32_t hi)
{
	return (uint64_t)hi << 32 | lo;
}

static uint32_t join16(uint16_t lo, uint16_t hi)
{
	return (uint32_t)hi << 16 | lo;
}

/* --- descriptors --- */

static bool has_sums(const struct ext4 *fs)
{
	return fs->csum || fs->gdt_csum;
}

/* The block with the descriptor of group g, and where in it. */
static uint64_t desc_block(const struct ext4 *fs, uint32_t g, size_t *at)
{
	uint32_t per_block = fs->block_size / fs->desc_size;

	*at = (size_t)(g % per_block) * fs->desc_size;
	return fs->first_block + 1 + g / per_block;
}

static void decode(const struct ext4 *fs, const struct ext4_desc *d,
                   struct group *g)
{
	*g = (struct group){
		.block_bitmap = join(d->block_bitmap_lo, d->block_bitmap_hi),
		.inode_bitmap = join(d->inode_bitmap_lo, d->inode_bitmap_hi),
		.inode_table = join(d->inode_table_lo, d->inode_table_hi),
		.free_blocks = join16(d->free_blocks_lo, d->free_blocks_hi),
		.free_inodes = join16(d->free_inodes_lo, d->free_inodes_hi),
		.used_dirs = join16(d->used_dirs_lo, d->used_dirs_hi),
		.itable_unused =
			join16(d->itable_unused_lo, d->itable_unused_hi),
		.flags = has_sums(fs) ? d->flags : 0,
	};
}

static bool is_sane(const struct ext4 *fs, const struct group *g)
{
	uint64_t table =
		block_up(fs, (uint64_t)fs->inodes_per_group * fs->inode_size);

	return ext4_blocks_ok(fs, g->block_bitmap, 1) &&
	       ext4_blocks_ok(fs, g->inode_bitmap, 1) &&
	       ext4_blocks_ok(fs, g->inode_table, table) &&
	       g->free_blocks <= fs->blocks_per_group &&
	       g->free_inodes <= fs->inodes_per_group &&
	       g->itable_unused <= fs->inodes_per_group;
}

static int load(struct ext4 *fs, uint32_t g)
{
	struct ext4_desc d = {0};
	struct buf *b;
	size_t at;
	int rc = buf_read(fs, desc_block(fs, g, &at), &b);

	if (rc)
		return rc;
	memcpy(&d, b->data + at,
	       fs->desc_size < sizeof(d) ? fs->desc_size : sizeof(d));
	buf_put(fs, b);
	if (has_sums(fs) && csum_desc(fs, g, &d) != d.checksum)
		return ext4_damaged(fs, "wrong sum of group", g);
	decode(fs, &d, &fs->groups[g]);
	if (!is_sane(fs, &fs->groups[g]))
		return ext4_damaged(fs, "impossible group", g);
	return 0;
}

int group_load_all(struct ext4 *fs)
{
	int rc = 0;

	fs->groups = mem_zalloc(fs->nr_groups * sizeof(*fs->groups));
	if (!fs->groups)
		return -ENOMEM;
	for (uint32_t g = 0; g < fs->nr_groups && !rc; g++)
		rc = load(fs, g);
	return rc;
}

/* Only what changes: the rest of the descriptor stays as it is. */
static void encode(const struct group *g, struct ext4_desc *d)
{
	d->free_blocks_lo = (uint16_t)g->free_blocks;
	d->free_blocks_hi = (uint16_t)(g->free_blocks >> 16);
	d->free_inodes_lo = (uint16_t)g->free_inodes;
	d->free_inodes_hi = (uint16_t)(g->free_inodes >> 16);
	d->used_dirs_lo = (uint16_t)g->used_dirs;
	d->used_dirs_hi = (uint16_t)(g->used_dirs >> 16);
	d->itable_unused_lo = (uint16_t)g->itable_unused;
	d->itable_unused_hi = (uint16_t)(g->itable_unused >> 16);
	d->flags = g->flags;
}

/* The sums of the bitmaps as they are now. */
static int sum_bitmaps(struct ext4 *fs, uint32_t nr, struct ext4_desc *d)
{
	struct group *g = &fs->groups[nr];
	struct buf *b;
	uint32_t sum;
	int rc;

	if (fs->csum && g->blocks_changed) {
		rc = buf_read(fs, g->block_bitmap, &b);
		if (rc)
			return rc;
		sum = csum_bitmap(fs, b->data, fs->blocks_per_group / 8);
		buf_put(fs, b);
		d->block_bitmap_csum_lo = (uint16_t)sum;
		d->block_bitmap_csum_hi = (uint16_t)(sum >> 16);
	}
	if (fs->csum && g->inodes_changed) {
		rc = buf_read(fs, g->inode_bitmap, &b);
		if (rc)
			return rc;
		sum = csum_bitmap(fs, b->data, fs->inodes_per_group / 8);
		buf_put(fs, b);
		d->inode_bitmap_csum_lo = (uint16_t)sum;
		d->inode_bitmap_csum_hi = (uint16_t)(sum >> 16);
	}
	return 0;
}

static int store(struct ext4 *fs, uint32_t nr)
{
	struct group *g = &fs->groups[nr];
	struct ext4_desc d = {0};
	struct buf *b;
	size_t at, n = fs->desc_size < sizeof(d) ? fs->desc_size : sizeof(d);
	int rc = buf_read(fs, desc_block(fs, nr, &at), &b);

	if (rc)
		return rc;
	memcpy(&d, b->data + at, n);
	rc = sum_bitmaps(fs, nr, &d);
	if (!rc) {
		encode(g, &d);
		if (has_sums(fs))
			d.checksum = csum_desc(fs, nr, &d);
		memcpy(b->data + at, &d, n);
		buf_dirty(fs, b);
		g->dirty = g->blocks_changed = g->inodes_changed = false;
	}
	buf_put(fs, b);
	return rc;
}

int group_store_all(struct ext4 *fs)
{
	int rc = 0;

	for (uint32_t g = 0; g < fs->nr_groups && !rc; g++) {
		if (fs->groups[g].dirty)
			rc = store(fs, g);
	}
	return rc;
}

void group_free_all(struct ext4 *fs)
{
	group_release_held(fs);
	mem_free(fs->groups);
	fs->groups = NULL;
}

/* --- blocks that are free, but not yet --- */

void group_hold(struct ext4 *fs, uint32_t nr, uint32_t bit, uint32_t n)
{
	struct group *g = &fs->groups[nr];

	if (!fs->journal)
		return;
	if (!g->held)
		g->held = mem_zalloc(fs->block_size);
	if (!g->held) {
		group_freeze(fs, nr);
		return;
	}
	for (uint32_t i = bit; i < bit + n; i++)
		bit_set(g->held, i);
}

void group_release_held(struct ext4 *fs)
{
	for (uint32_t g = 0; fs->groups && g < fs->nr_groups; g++) {
		mem_free(fs->groups[g].held);
		fs->groups[g].held = NULL;
	}
	fs->held = 0;
}

void group_freeze(struct ext4 *fs, uint32_t nr)
{
	fs->groups[nr].frozen = true;
	fs->journal->must_checkpoint = true;
}

void group_thaw(struct ext4 *fs)
{
	for (uint32_t g = 0; g < fs->nr_groups; g++)
		fs->groups[g].frozen = false;
}

/* --- bitmaps that the disk does not have yet --- */

static bool is_power(uint32_t n, uint32_t of)
{
	while (n > 1 && n % of == 0)
		n /= of;
	return n == 1;
}

/* Does the group begin with a copy of super block and descriptors? */
static bool has_super(const struct ext4 *fs, uint32_t g)
{
	if (g == 0)
		return true;
	if (fs->super.feature_compat & EXT4_COMPAT_SPARSE_SUPER2)
		return g == fs->super.backup_bgs[0] ||
		       g == fs->super.backup_bgs[1];
	if (!ext4_has_ro(fs, EXT4_RO_SPARSE_SUPER))
		return true;
	return g == 1 || is_power(g, 3) || is_power(g, 5) || is_power(g, 7);
}

/* Mark blocks [first, first + n), as far as they lie in the group. */
static void mark(const struct ext4 *fs, uint32_t g, uint8_t *bits,
                 uint64_t first, uint64_t n)
{
	uint64_t begin = group_first_block(fs, g);
	uint64_t end = begin + group_nr_blocks(fs, g);

	for (uint64_t b = first; b < first + n; b++) {
		if (b >= begin && b < end)
			bit_set(bits, (uint32_t)(b - begin));
	}
}

/* With flex_bg, bitmaps and tables of any group may lie in this one. */
static void make_block_bitmap(const struct ext4 *fs, uint32_t g, uint8_t *bits)
{
	uint64_t table =
		block_up(fs, (uint64_t)fs->inodes_per_group * fs->inode_size);
	uint64_t descs = block_up(fs, (uint64_t)fs->nr_groups * fs->desc_size);

	memset(bits, 0, fs->block_size);
	if (has_super(fs, g))
		mark(fs, g, bits, group_first_block(fs, g),
		     1 + descs + fs->super.reserved_gdt_blocks);
	for (uint32_t o = 0; o < fs->nr_groups; o++) {
		mark(fs, g, bits, fs->groups[o].block_bitmap, 1);
		mark(fs, g, bits, fs->groups[o].inode_bitmap, 1);
		mark(fs, g, bits, fs->groups[o].inode_table, table);
	}
	for (uint32_t n = group_nr_blocks(fs, g); n < 8 * fs->block_size; n++)
		bit_set(bits, n);
}

static void make_inode_bitmap(const struct ext4 *fs, uint8_t *bits)
{
	memset(bits, 0, fs->block_size);
	for (uint32_t n = fs->inodes_per_group; n < 8 * fs->block_size; n++)
		bit_set(bits, n);
}

/* --- bitmaps --- */

enum kind { BLOCKS, INODES };

static int check_sum(struct ext4 *fs, uint32_t nr, enum kind k,
                     const struct buf *b)
{
	struct ext4_desc d = {0};
	struct buf *db;
	uint32_t sum, want, mask;
	size_t at;
	int rc = buf_read(fs, desc_block(fs, nr, &at), &db);

	if (rc)
		return rc;
	memcpy(&d, db->data + at,
	       fs->desc_size < sizeof(d) ? fs->desc_size : sizeof(d));
	buf_put(fs, db);
	/* Small descriptors have room for half of the sums only. */
	mask = fs->desc_size > EXT4_OLD_DESC_SIZE ? UINT32_MAX : UINT16_MAX;
	if (k == BLOCKS) {
		sum = csum_bitmap(fs, b->data, fs->blocks_per_group / 8);
		want = join16(d.block_bitmap_csum_lo, d.block_bitmap_csum_hi);
	} else {
		sum = csum_bitmap(fs, b->data, fs->inodes_per_group / 8);
		want = join16(d.inode_bitmap_csum_lo, d.inode_bitmap_csum_hi);
	}
	if ((sum & mask) != want)
		return ext4_damaged(fs, "wrong sum of a bitmap of group", nr);
	return 0;
}

/* Make it, in place of what may lie on the disk. */
static int first_use(struct ext4 *fs, uint32_t nr, enum kind k,
                     struct buf **out)
{
	struct group *g = &fs->groups[nr];
	uint64_t block = k == BLOCKS ? g->block_bitmap : g->inode_bitmap;
	int rc = buf_fresh(fs, block, out);

	if (rc)
		return rc;
	if (k == BLOCKS) {
		make_block_bitmap(fs, nr, (*out)->data);
		g->flags &= (uint16_t)~EXT4_BG_BLOCK_UNINIT;
		g->blocks_checked = g->blocks_changed = true;
	} else {
		make_inode_bitmap(fs, (*out)->data);
		g->flags &= (uint16_t)~EXT4_BG_INODE_UNINIT;
		g->inodes_checked = g->inodes_changed = true;
	}
	g->dirty = true;
	return 0;
}

int group_block_bitmap(struct ext4 *fs, uint32_t nr, struct buf **out)
{
	struct group *g = &fs->groups[nr];
	int rc;

	if (g->flags & EXT4_BG_BLOCK_UNINIT)
		return first_use(fs, nr, BLOCKS, out);
	rc = buf_read(fs, g->block_bitmap, out);
	if (rc || g->blocks_checked || !fs->csum)
		return rc;
	rc = check_sum(fs, nr, BLOCKS, *out);
	g->blocks_checked = !rc;
	if (rc)
		buf_put(fs, *out);
	return rc;
}

int group_inode_bitmap(struct ext4 *fs, uint32_t nr, struct buf **out)
{
	struct group *g = &fs->groups[nr];
	int rc;

	if (g->flags & EXT4_BG_INODE_UNINIT)
		return first_use(fs, nr, INODES, out);
	rc = buf_read(fs, g->inode_bitmap, out);
	if (rc || g->inodes_checked || !fs->csum)
		return rc;
	rc = check_sum(fs, nr, INODES, *out);
	g->inodes_checked = !rc;
	if (rc)
		buf_put(fs, *out);
	return rc;
}
