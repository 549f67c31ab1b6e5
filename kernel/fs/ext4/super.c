/* super.c - mounting and unmounting ext4: what it is, what we can do with it.
 */
#include "kernel/fs/ext4.h"

#include "kernel/core/log.h"
#include "kernel/core/random.h"
#include "kernel/fs/ext4/journal.h"
#include "kernel/lib/crc.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

enum {
	MAGIC = 0xEF53,    /* for statfs */
	LOG_BLOCK_MAX = 2, /* 1 KiB << 2 = a page */
	GROUPS_MAX = 1 << 20,

	/* What we can read. */
	INCOMPAT_KNOWN = EXT4_IN_FILETYPE | EXT4_IN_RECOVER | EXT4_IN_EXTENTS |
	                 EXT4_IN_64BIT | EXT4_IN_FLEX_BG | EXT4_IN_CSUM_SEED,
	/* What we can write. */
	RO_KNOWN = EXT4_RO_SPARSE_SUPER | EXT4_RO_LARGE_FILE |
	           EXT4_RO_HUGE_FILE | EXT4_RO_GDT_CSUM | EXT4_RO_DIR_NLINK |
	           EXT4_RO_EXTRA_ISIZE | EXT4_RO_METADATA_CSUM,
};

int ext4_damaged(struct ext4 *fs, const char *what, uint64_t which)
{
	fs->damaged = true;
	if (!fs->complained)
		log_line("%s: damaged: %s %llu; run e2fsck", fs->sb->source,
		         what, (unsigned long long)which);
	fs->complained = true;
	return -EUCLEAN;
}

bool ext4_blocks_ok(const struct ext4 *fs, uint64_t first, uint64_t n)
{
	return first > fs->first_block && first < fs->nr_blocks && n > 0 &&
	       n <= fs->nr_blocks - first;
}

/* --- the super block --- */

static uint64_t super_block(const struct ext4 *fs)
{
	return EXT4_SUPER_OFFSET >> fs->block_bits;
}

static int read_super(struct ext4 *fs)
{
	struct block_seg seg = {.len = sizeof(fs->super)};
	void *copy = mem_alloc(sizeof(fs->super));
	int rc;

	if (!copy)
		return -ENOMEM;
	seg.data = copy;
	rc = block_io(fs->dev, BLOCK_READ, EXT4_SUPER_OFFSET / SECTOR_SIZE,
	              &seg, 1);
	memcpy(&fs->super, copy, sizeof(fs->super));
	mem_free(copy);
	return rc;
}

static int store_super(struct ext4 *fs)
{
	struct ext4_super *s = &fs->super;
	size_t at = EXT4_SUPER_OFFSET & (fs->block_size - 1);
	struct buf *b;
	int rc = buf_read(fs, super_block(fs), &b);

	if (rc)
		return rc;
	s->free_blocks_count_lo = (uint32_t)fs->free_blocks;
	if (ext4_has_incompat(fs, EXT4_IN_64BIT))
		s->free_blocks_count_hi = (uint32_t)(fs->free_blocks >> 32);
	s->wtime = (uint32_t)inode_now().sec;
	if (fs->damaged)
		s->state |= EXT4_STATE_ERROR;
	if (fs->csum)
		s->checksum = csum_super(s);
	memcpy(b->data + at, s, sizeof(*s));
	buf_dirty(fs, b);
	buf_put(fs, b);
	fs->super_dirty = false;
	return 0;
}

/* To its place, now, whatever else there is to be written. */
static int write_super(struct ext4 *fs)
{
	bool writing = fs->writing;
	int rc = store_super(fs);

	fs->writing = true;
	if (!rc)
		rc = buf_write(fs, super_block(fs));
	if (!rc)
		rc = block_flush(fs->dev);
	fs->writing = writing;
	return rc;
}

/*
 * Before the first write of all: from now on it is not clean, or its journal is
 * to be looked at, also if the power goes. A machine that only reads leaves its
 * disk as it was.
 */
int ext4_begin_writing(struct ext4 *fs)
{
	int rc;

	if (fs->writing)
		return 0;
	if (fs->has_journal)
		fs->super.feature_incompat |= EXT4_IN_RECOVER;
	else
		fs->super.state &= (uint16_t)~EXT4_STATE_CLEAN;
	fs->super.mtime = (uint32_t)inode_now().sec;
	fs->super.mnt_count++;
	rc = write_super(fs);
	fs->writing = !rc;
	return rc;
}

int ext4_settle(struct ext4 *fs)
{
	int rc = group_store_all(fs);

	return rc || !fs->super_dirty ? rc : store_super(fs);
}

static int commit_journal(struct ext4 *fs)
{
	uint32_t before = ext4_transaction(fs);
	int rc = fs->journal ? journal_commit(fs->journal) : 0;

	/* Nothing was to be committed; contents may have been written. */
	return rc || ext4_transaction(fs) != before ? rc : block_flush(fs->dev);
}

int ext4_commit(struct ext4 *fs)
{
	int rc;

	if (fs->has_journal)
		return commit_journal(fs);
	rc = ext4_settle(fs);
	if (!rc)
		rc = buf_write_all(fs);
	return rc ? rc : block_flush(fs->dev);
}

/* --- is it one of ours? --- */

static int refuse(const struct ext4 *fs, const char *why)
{
	log_line("%s: cannot use this file system: %s", fs->sb->source, why);
	return -EINVAL;
}

static int check_features(const struct ext4 *fs)
{
	uint32_t unknown =
		fs->super.feature_incompat & ~(uint32_t)INCOMPAT_KNOWN;

	if (unknown) {
		log_line("%s: cannot use this file system: "
		         "unknown features 0x%x",
		         fs->sb->source, unknown);
		return -EINVAL;
	}
	if (ext4_has_ro(fs, EXT4_RO_METADATA_CSUM) &&
	    fs->super.checksum_type != EXT4_CSUM_CRC32C)
		return refuse(fs, "unknown kind of check sum");
	return 0;
}

static bool is_power_of_two(uint32_t n)
{
	return n > 0 && (n & (n - 1)) == 0;
}

/* The numbers from which all others are reckoned. */
static int take_sizes(struct ext4 *fs)
{
	const struct ext4_super *s = &fs->super;

	if (s->magic != EXT4_MAGIC)
		return refuse(fs, "not ext4");
	if (s->log_block_size > LOG_BLOCK_MAX)
		return refuse(fs, "blocks larger than 4 KiB");
	fs->block_bits = 10 + s->log_block_size;
	fs->block_size = 1U << fs->block_bits;
	fs->inode_size =
		s->rev_level == 0 ? EXT4_OLD_INODE_SIZE : s->inode_size;
	fs->first_ino = s->rev_level == 0 ? EXT4_OLD_FIRST_INO : s->first_ino;
	fs->desc_size = ext4_has_incompat(fs, EXT4_IN_64BIT)
	                        ? s->desc_size
	                        : EXT4_OLD_DESC_SIZE;
	fs->first_block = s->first_data_block;
	fs->blocks_per_group = s->blocks_per_group;
	fs->inodes_per_group = s->inodes_per_group;
	fs->nr_blocks = s->blocks_count_lo;
	fs->free_blocks = s->free_blocks_count_lo;
	if (ext4_has_incompat(fs, EXT4_IN_64BIT)) {
		fs->nr_blocks |= (uint64_t)s->blocks_count_hi << 32;
		fs->free_blocks |= (uint64_t)s->free_blocks_count_hi << 32;
	}
	fs->csum = ext4_has_ro(fs, EXT4_RO_METADATA_CSUM);
	fs->gdt_csum = ext4_has_ro(fs, EXT4_RO_GDT_CSUM);
	return 0;
}

static bool sizes_are_sane(const struct ext4 *fs)
{
	uint32_t bits = 8 * fs->block_size;

	return is_power_of_two(fs->inode_size) &&
	       fs->inode_size >= EXT4_OLD_INODE_SIZE &&
	       fs->inode_size <= fs->block_size &&
	       (fs->desc_size == EXT4_OLD_DESC_SIZE ||
	        fs->desc_size == sizeof(struct ext4_desc)) &&
	       fs->first_block == (fs->block_bits == 10) &&
	       fs->blocks_per_group >= 8 && fs->blocks_per_group <= bits &&
	       fs->blocks_per_group % 8 == 0 && fs->inodes_per_group >= 8 &&
	       fs->inodes_per_group <= bits && fs->inodes_per_group % 8 == 0 &&
	       fs->first_ino >= EXT4_OLD_FIRST_INO &&
	       fs->first_ino <= fs->inodes_per_group &&
	       fs->nr_blocks > fs->first_block &&
	       fs->nr_blocks <= fs->dev->sectors >> (fs->block_bits - 9) &&
	       fs->free_blocks <= fs->nr_blocks;
}

static int check_sizes(struct ext4 *fs)
{
	const struct ext4_super *s = &fs->super;
	uint64_t groups;

	if (!sizes_are_sane(fs))
		return refuse(fs, "impossible sizes");
	groups = (fs->nr_blocks - fs->first_block + fs->blocks_per_group - 1) /
	         fs->blocks_per_group;
	if (groups > GROUPS_MAX ||
	    groups * fs->inodes_per_group != s->inodes_count)
		return refuse(fs, "impossible number of groups");
	fs->nr_groups = (uint32_t)groups;
	return 0;
}

/* Where the sums of its metadata begin. */
static uint32_t seed_of(const struct ext4 *fs)
{
	return ext4_has_incompat(fs, EXT4_IN_CSUM_SEED)
	               ? fs->super.checksum_seed
	               : crc32c(UINT32_MAX, fs->super.uuid, 16);
}

static int check_super(struct ext4 *fs)
{
	int rc = take_sizes(fs);

	if (!rc)
		rc = check_features(fs);
	if (!rc)
		rc = check_sizes(fs);
	if (rc)
		return rc;
	if (fs->csum)
		fs->seed = seed_of(fs);
	return 0;
}

static int check_super_sum(struct ext4 *fs)
{
	if (fs->csum && csum_super(&fs->super) != fs->super.checksum)
		return ext4_damaged(fs, "wrong sum of super block", 0);
	return 0;
}

/* --- may it be written? --- */

/* Why not; NULL when it may. */
static const char *why_read_only(const struct ext4 *fs)
{
	const struct ext4_super *s = &fs->super;

	if (fs->trouble)
		return fs->trouble;
	if (s->feature_incompat & EXT4_IN_RECOVER)
		return "its journal has not been replayed";
	if (s->feature_ro_compat & ~(uint32_t)RO_KNOWN)
		return "it has features that we cannot write";
	if (!(s->feature_incompat & EXT4_IN_EXTENTS))
		return "it has no extents";
	if (s->last_orphan && !fs->has_journal)
		return "it has orphans";
	if (s->state & EXT4_STATE_ERROR)
		return "it has errors";
	if (fs->dev->read_only)
		return "the disk is";
	return NULL;
}

static void decide_read_only(struct ext4 *fs, bool asked)
{
	const char *why = why_read_only(fs);

	fs->sb->read_only = asked || why;
	if (asked)
		return;
	if (why) {
		log_line("%s: read-only, because %s", fs->sb->source, why);
		return;
	}
	if (!(fs->super.state & EXT4_STATE_CLEAN))
		log_line("%s: was not unmounted cleanly; e2fsck is advised",
		         fs->sb->source);
}

/* --- operations --- */

static int sync_journal(struct journal *j)
{
	int rc = journal_commit(j);

	return rc || !journal_is_half_full(j) ? rc : journal_checkpoint(j);
}

static int sync(struct superblock *sb)
{
	struct ext4 *fs = sb->priv;
	int rc = 0;

	mutex_lock(&fs->lock);
	if (fs->journal)
		rc = sync_journal(fs->journal);
	else if (fs->super_dirty || !list_empty(&fs->bufs.dirty))
		rc = ext4_commit(fs);
	mutex_unlock(&fs->lock);
	return rc;
}

/* Its journal is empty, and anybody may use the disk. */
static int unmount_journal(struct ext4 *fs)
{
	int rc;

	if (!fs->journal)
		return 0;
	rc = journal_stop(fs);
	if (rc)
		return rc;
	fs->super.feature_incompat &= ~(uint32_t)EXT4_IN_RECOVER;
	fs->writing = false;
	return write_super(fs);
}

/* One that came to us unclean stays so: only e2fsck can tell. */
static int unmount_plain(struct ext4 *fs)
{
	int rc = 0;

	fs->super_dirty = fs->writing || !list_empty(&fs->bufs.dirty);
	if (!fs->super_dirty)
		return 0;
	rc = ext4_commit(fs);
	if (rc || !fs->was_clean || fs->damaged)
		return rc;
	fs->super.state |= EXT4_STATE_CLEAN;
	fs->super_dirty = true;
	return ext4_commit(fs);
}

static int unmount(struct superblock *sb)
{
	struct ext4 *fs = sb->priv;
	int rc;

	mutex_lock(&fs->lock);
	rc = fs->has_journal ? unmount_journal(fs) : unmount_plain(fs);
	mutex_unlock(&fs->lock);
	return rc;
}

/* What can never be a file's: tables, bitmaps, the first copy of the rest. */
static uint64_t overhead(const struct ext4 *fs)
{
	uint64_t table =
		block_up(fs, (uint64_t)fs->inodes_per_group * fs->inode_size);
	uint64_t descs = block_up(fs, (uint64_t)fs->nr_groups * fs->desc_size);

	return fs->first_block + 1 + descs + fs->nr_groups * (table + 2);
}

static int statfs(struct superblock *sb, struct fs_stat *out)
{
	struct ext4 *fs = sb->priv;

	mutex_lock(&fs->lock);
	out->type = MAGIC;
	out->block_size = fs->block_size;
	out->blocks = fs->nr_blocks - overhead(fs);
	out->free = fs->free_blocks;
	out->available = out->free > KEPT_BLOCKS ? out->free - KEPT_BLOCKS : 0;
	out->files = fs->super.inodes_count;
	out->files_free = fs->super.free_inodes_count;
	mutex_unlock(&fs->lock);
	return 0;
}

void ext4_close(struct superblock *sb)
{
	struct ext4 *fs = sb->priv;

	buf_cache_fini(&fs->bufs);
	group_free_all(fs);
	journal_close(fs->journal);
	mem_free(fs);
	mem_free(sb);
}

static const struct superblock_ops ext4_sb_ops = {
	.write_inode = ext4_inode_write,
	.evict = ext4_inode_evict,
	.sync = sync,
	.statfs = statfs,
	.unmount = unmount,
	.close = ext4_close,
};

/* --- mounting --- */

static int make(struct block_device *dev, struct ext4 **out)
{
	struct superblock *sb = mem_alloc(sizeof(*sb));
	struct ext4 *fs = mem_zalloc(sizeof(*fs));
	char source[16];

	if (!sb || !fs) {
		mem_free(sb);
		mem_free(fs);
		return -ENOMEM;
	}
	(void)str_printf(source, sizeof(source), "/dev/%s", dev->name);
	superblock_init(sb, &ext4_sb_ops, "ext4", source);
	sb->priv = fs;
	fs->sb = sb;
	fs->dev = dev;
	fs->next_generation = (uint32_t)random_u64();
	mutex_init(&fs->lock);
	buf_cache_init(&fs->bufs);
	list_init(&fs->orphans);
	*out = fs;
	return 0;
}

/* Is there a journal with something in it, and may we do that? */
static bool must_replay(const struct ext4 *fs)
{
	return ext4_has_incompat(fs, EXT4_IN_RECOVER) && !fs->dev->read_only;
}

static int load(struct ext4 *fs)
{
	int rc = read_super(fs);

	if (!rc)
		rc = check_super(fs);
	return rc ? rc : group_load_all(fs);
}

/* What was read before the journal was replayed may be old. */
static int load_anew(struct ext4 *fs)
{
	buf_cache_fini(&fs->bufs);
	buf_cache_init(&fs->bufs);
	group_free_all(fs);
	return load(fs);
}

/* Replayed, and it says so. */
static int finish_replay(struct ext4 *fs, bool errors)
{
	int rc = load_anew(fs);

	if (!rc)
		rc = check_super_sum(fs);
	if (rc)
		return rc;
	fs->super.feature_incompat &= ~(uint32_t)EXT4_IN_RECOVER;
	if (errors)
		fs->super.state |= EXT4_STATE_ERROR;
	return write_super(fs);
}

static int replay(struct ext4 *fs)
{
	const char *trouble;
	struct replayed done;
	struct journal *j = NULL;
	bool errors;
	int rc = journal_open(fs, &j, &trouble);

	if (!rc) {
		trouble = "its journal is damaged";
		rc = journal_replay(j, &done);
	}
	if (rc == -EUCLEAN || rc == -EOPNOTSUPP) {
		journal_close(j);
		fs->trouble = trouble;
		return 0;
	}
	if (rc) {
		journal_close(j);
		return rc;
	}
	errors = j->super.error;
	journal_close(j);
	log_line("%s: journal replayed: %u transactions, %u blocks",
	         fs->sb->source, done.transactions, done.blocks);
	return finish_replay(fs, errors);
}

static int open_locked(struct ext4 *fs, bool read_only)
{
	int rc = load(fs);

	/* A crash may have torn the super block; the journal has it whole. */
	if (!rc && must_replay(fs))
		rc = replay(fs);
	if (!rc)
		rc = check_super_sum(fs);
	if (rc)
		return rc;
	fs->sb->max_size = ext4_has_ro(fs, EXT4_RO_LARGE_FILE)
	                           ? (uint64_t)(UINT32_MAX - 1)
	                                     << fs->block_bits
	                           : INT32_MAX;
	fs->was_clean = fs->super.state & EXT4_STATE_CLEAN;
	fs->has_journal = fs->super.feature_compat & EXT4_COMPAT_HAS_JOURNAL;
	decide_read_only(fs, read_only);
	return 0;
}

static int open_root(struct superblock *sb)
{
	int rc = ext4_inode_get(sb, EXT4_ROOT_INO, &sb->root);

	if (rc)
		return rc;
	if (mode_is(sb->root->mode, S_IFDIR))
		return 0;
	rc = ext4_damaged(sb->priv, "the root is no folder:", EXT4_ROOT_INO);
	inode_put(sb->root);
	return rc;
}

int ext4_open(struct block_device *dev, bool read_only, struct superblock **out)
{
	struct ext4 *fs;
	int rc = make(dev, &fs);

	if (rc)
		return rc;
	mutex_lock(&fs->lock);
	rc = open_locked(fs, read_only);
	mutex_unlock(&fs->lock);
	if (!rc)
		rc = open_root(fs->sb);
	if (!rc && fs->super.last_orphan && !fs->sb->read_only) {
		rc = ext4_orphans_finish(fs->sb);
		if (rc)
			inode_put(fs->sb->root);
	}
	if (rc)
		ext4_close(fs->sb);
	else
		*out = fs->sb;
	return rc;
}
