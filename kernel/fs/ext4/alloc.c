/*
 * alloc.c - which blocks and inodes are taken, and giving them back.
 *
 * Blocks: at the goal if it is free (a growing file stays in one piece), else
 * the next free run behind it in its group, else in the groups after. Inodes:
 * of a file in its folder's group; of a folder in the first group with more
 * room than most.
 */
#include "kernel/fs/ext4/journal.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

/* The first zero bit in [from, end), or end. */
static uint32_t next_zero(const uint8_t *bits, uint32_t from, uint32_t end)
{
	while (from < end) {
		if (from % 8 == 0 && bits[from / 8] == 0xff)
			from += 8;
		else if (bit_get(bits, from))
			from++;
		else
			return from;
	}
	return end;
}

/* --- blocks --- */

static uint32_t group_of(const struct ext4 *fs, uint64_t block)
{
	return (uint32_t)((block - fs->first_block) / fs->blocks_per_group);
}

static bool is_free(const struct group *g, const uint8_t *bits, uint32_t n)
{
	return !bit_get(bits, n) && !(g->held && bit_get(g->held, n));
}

/* The first block in [from, end) that may be taken, or end. */
static uint32_t next_free(const struct group *g, const uint8_t *bits,
                          uint32_t from, uint32_t end)
{
	from = next_zero(bits, from, end);
	while (from < end && !is_free(g, bits, from))
		from = next_zero(bits, from + 1, end);
	return from;
}

static void took_blocks(struct ext4 *fs, uint32_t nr, struct buf *b,
                        int64_t taken)
{
	struct group *g = &fs->groups[nr];

	g->free_blocks = (uint32_t)(g->free_blocks - taken);
	fs->free_blocks = (uint64_t)((int64_t)fs->free_blocks - taken);
	g->dirty = g->blocks_changed = true;
	fs->super_dirty = true;
	buf_dirty(fs, b);
}

/*
 * From bit `from` of a group on; -ENOSPC when there is none. A group whose
 * bitmap is damaged is left alone: the others will do.
 */
static int take_in_group(struct ext4 *fs, uint32_t nr, uint32_t from,
                         uint32_t want, uint64_t *first, uint32_t *got)
{
	uint32_t end = group_nr_blocks(fs, nr), bit, n = 0;
	const struct group *g = &fs->groups[nr];
	struct buf *b;
	int rc;

	if (g->free_blocks == 0 || g->frozen)
		return -ENOSPC;
	rc = group_block_bitmap(fs, nr, &b);
	if (rc)
		return rc == -EUCLEAN ? -ENOSPC : rc;
	bit = next_free(g, b->data, from, end);
	while (n < want && bit + n < end && is_free(g, b->data, bit + n) &&
	       n < g->free_blocks)
		bit_set(b->data, bit + n++);
	if (n > 0) {
		took_blocks(fs, nr, b, n);
		*first = group_first_block(fs, nr) + bit;
		*got = n;
	}
	buf_put(fs, b);
	return n > 0 ? 0 : -ENOSPC;
}

int ext4_alloc_blocks(struct ext4 *fs, uint64_t goal, uint32_t want,
                      uint64_t *first, uint32_t *got)
{
	uint32_t home, from;
	int rc = -ENOSPC;

	if (goal < fs->first_block || goal >= fs->nr_blocks)
		goal = fs->first_block;
	home = group_of(fs, goal);
	from = (uint32_t)((goal - fs->first_block) % fs->blocks_per_group);
	if (fs->free_blocks == 0)
		return -ENOSPC;
	for (uint32_t i = 0; i <= fs->nr_groups && rc == -ENOSPC; i++) {
		uint32_t g = (home + i) % fs->nr_groups;

		/* The last round is the part of the first before the goal. */
		rc = take_in_group(fs, g, i == 0 ? from : 0, want, first, got);
	}
	return rc;
}

static int free_in_group(struct ext4 *fs, uint32_t nr, uint32_t bit, uint32_t n)
{
	uint32_t cleared = 0;
	struct buf *b;
	int rc = group_block_bitmap(fs, nr, &b);

	if (rc)
		return rc;
	for (uint32_t i = bit; i < bit + n; i++) {
		cleared += bit_get(b->data, i);
		bit_clear(b->data, i);
	}
	took_blocks(fs, nr, b, -(int64_t)cleared);
	buf_put(fs, b);
	group_hold(fs, nr, bit, n);
	fs->held += fs->journal ? cleared : 0;
	if (cleared < n)
		return ext4_damaged(fs, "blocks freed twice, group", nr);
	return 0;
}

/* What was metadata may be anything now, and the journal must not undo that. */
static void forget(struct ext4 *fs, uint64_t block)
{
	buf_forget(fs, block);
	if (fs->journal && journal_revoke(fs->journal, block))
		group_freeze(fs, group_of(fs, block));
}

int ext4_free_blocks(struct ext4 *fs, uint64_t first, uint64_t n, bool metadata)
{
	int rc = 0;

	if (!ext4_blocks_ok(fs, first, n))
		return ext4_damaged(fs, "no block to free", first);
	for (uint64_t i = 0; metadata && i < n; i++)
		forget(fs, first + i);
	while (n > 0 && !rc) {
		uint32_t g = group_of(fs, first);
		uint32_t bit = (uint32_t)(first - group_first_block(fs, g));
		uint32_t part = group_nr_blocks(fs, g) - bit;

		if (part > n)
			part = (uint32_t)n;
		rc = free_in_group(fs, g, bit, part);
		first += part;
		n -= part;
	}
	return rc;
}

/*
 * In the inode's group, spread over its second half by number: files that grow
 * at the same time then do not take turns with each other's blocks.
 */
uint64_t ext4_goal(const struct inode *i)
{
	const struct ext4 *fs = ext4_of(i);
	uint32_t g = (uint32_t)((i->ino - 1) / fs->inodes_per_group);
	uint32_t n = group_nr_blocks(fs, g);

	return group_first_block(fs, g) + n / 16 * (i->ino % 16);
}

/* --- inodes --- */

static void took_inode(struct ext4 *fs, uint32_t nr, struct buf *b, bool folder,
                       int taken)
{
	struct group *g = &fs->groups[nr];

	g->free_inodes = (uint32_t)((int64_t)g->free_inodes - taken);
	if (folder)
		g->used_dirs = (uint32_t)((int64_t)g->used_dirs + taken);
	fs->super.free_inodes_count =
		(uint32_t)((int64_t)fs->super.free_inodes_count - taken);
	g->dirty = g->inodes_changed = true;
	fs->super_dirty = true;
	buf_dirty(fs, b);
}

/* The inode tables are used from the front, and nothing behind is looked at. */
static void use_table(struct ext4 *fs, uint32_t nr, uint32_t bit)
{
	struct group *g = &fs->groups[nr];
	uint32_t behind = fs->inodes_per_group - bit - 1;

	if (g->itable_unused > behind)
		g->itable_unused = behind;
}

static int take_ino(struct ext4 *fs, uint32_t nr, bool folder, uint64_t *ino)
{
	uint32_t from = nr == 0 ? fs->first_ino - 1 : 0, bit;
	struct buf *b;
	int rc;

	if (fs->groups[nr].free_inodes == 0)
		return -ENOSPC;
	rc = group_inode_bitmap(fs, nr, &b);
	if (rc)
		return rc == -EUCLEAN ? -ENOSPC : rc;
	bit = next_zero(b->data, from, fs->inodes_per_group);
	if (bit < fs->inodes_per_group) {
		bit_set(b->data, bit);
		took_inode(fs, nr, b, folder, 1);
		use_table(fs, nr, bit);
		*ino = (uint64_t)nr * fs->inodes_per_group + bit + 1;
	}
	buf_put(fs, b);
	return bit < fs->inodes_per_group ? 0 : -ENOSPC;
}

/* A group with at least the average of free inodes and blocks. */
static uint32_t roomy_group(const struct ext4 *fs, uint32_t near)
{
	uint64_t inodes = fs->super.free_inodes_count / fs->nr_groups;
	uint64_t blocks = fs->free_blocks / fs->nr_groups;

	for (uint32_t i = 0; i < fs->nr_groups; i++) {
		const struct group *g = &fs->groups[(near + i) % fs->nr_groups];

		if (g->free_inodes > 0 && g->free_inodes >= inodes &&
		    g->free_blocks >= blocks)
			return (near + i) % fs->nr_groups;
	}
	return near;
}

int ext4_alloc_ino(struct ext4 *fs, uint64_t parent, bool folder, uint64_t *ino)
{
	uint32_t home = (uint32_t)((parent - 1) / fs->inodes_per_group);
	int rc = -ENOSPC;

	if (folder)
		home = roomy_group(fs, home);
	for (uint32_t i = 0; i < fs->nr_groups && rc == -ENOSPC; i++)
		rc = take_ino(fs, (home + i) % fs->nr_groups, folder, ino);
	return rc;
}

int ext4_free_ino(struct ext4 *fs, uint64_t ino, bool folder)
{
	uint32_t g = (uint32_t)((ino - 1) / fs->inodes_per_group);
	uint32_t bit = (uint32_t)((ino - 1) % fs->inodes_per_group);
	struct buf *b;
	int rc = group_inode_bitmap(fs, g, &b);

	if (rc)
		return rc;
	if (bit_get(b->data, bit)) {
		bit_clear(b->data, bit);
		took_inode(fs, g, b, folder, -1);
	} else {
		rc = ext4_damaged(fs, "inode freed twice", ino);
	}
	buf_put(fs, b);
	return rc;
}
