/*
 * ext4.h - what the files of ext4 share; nobody else includes it.
 *
 *	super.c    mount, features, sync, unmount
 *	buf.c      the cache of metadata blocks
 *	csum.c     every check sum
 *	group.c    group descriptors and their bitmaps
 *	alloc.c    which block or inode is taken
 *	extent.c   blocks of a file: extents;  indirect.c: as before ext4
 *	inode.c    inodes to and from the disk;  cut.c: how they go
 *	file.c     contents: pages to and from blocks
 *	journal.c  the journal on the disk;  revoke.c: blocks it leaves alone
 *	replay.c   what it has to do after a crash
 *	change.c   the beginning and end of every change
 *	commit.c   how they reach the journal
 *	orphan.c   inodes that are to go, also after a crash
 *	xattr.c    extended attributes
 *	dir.c      entries of a folder;  namei.c: the operations on names
 *
 * One mutex, fs->lock, guards all metadata; it is taken last, after an inode's
 * and a mapping's. It is not held while contents are read or written. Every
 * function below wants it held unless it says otherwise. Whoever changes
 * metadata holds it from ext4_begin() to ext4_end().
 *
 * Nothing on the disk is trusted: a number is checked where it is read, and
 * what does not fit is -EUCLEAN with a line in the log.
 */
#ifndef KERNEL_FS_EXT4_EXT4_H
#define KERNEL_FS_EXT4_EXT4_H

#include "kernel/core/blockdev.h"
#include "kernel/fs/ext4/disk.h"
#include "kernel/fs/vfs.h"

/* --- buf.c --- */

struct buf {
	struct list hash, age, link; /* link: among the running or dirty */
	uint64_t block;
	uint32_t refs;
	bool dirty;
	bool running; /* dirty, and not to be written before a commit */
	bool checked; /* its check sum was right */
	uint8_t *data;
};

enum { BUF_BUCKETS = 256 };

struct buf_cache {
	struct list buckets[BUF_BUCKETS];
	struct list age; /* all that nobody uses, oldest first */
	struct list dirty;
	struct list running;
	size_t nr, max, nr_running;
};

/* --- the file system --- */

/* What a group's descriptor says, and what is known beyond it. */
struct group {
	uint64_t block_bitmap, inode_bitmap, inode_table;
	uint32_t free_blocks, free_inodes, used_dirs, itable_unused;
	uint16_t flags;
	bool dirty;                          /* descriptor to be written */
	bool blocks_checked, inodes_checked; /* check sums of the bitmaps */
	bool blocks_changed, inodes_changed; /* they are to be made anew */
	bool frozen;   /* no block is taken before the next checkpoint */
	uint8_t *held; /* bits of blocks that are free after the next commit */
};

struct ext4 {
	struct superblock *sb;
	struct block_device *dev;
	struct mutex lock;

	/* Constant after mounting. */
	uint32_t block_size, block_bits;
	uint64_t nr_blocks;
	uint32_t first_block; /* 1 with blocks of 1 KiB, else 0 */
	uint32_t nr_groups, blocks_per_group, inodes_per_group;
	uint32_t inode_size, desc_size, first_ino;
	bool csum;      /* metadata_csum */
	bool gdt_csum;  /* the older one, of descriptors only */
	bool was_clean; /* when we mounted it */
	bool has_journal;
	uint32_t seed; /* of all metadata_csum sums */

	/* lock must be held for these. */
	struct ext4_super super;
	uint64_t free_blocks;
	struct group *groups;
	struct buf_cache bufs;
	bool super_dirty;
	bool writing; /* it is marked as not clean on the disk */
	bool damaged; /* something did not fit: e2fsck is due */
	bool complained;
	uint32_t next_generation;

	struct journal *journal; /* NULL: it has none, or needed none yet */
	bool changing;           /* between ext4_begin() and ext4_end() */
	uint64_t held;       /* of free_blocks: not before the next commit */
	struct list orphans; /* einodes, as they are chained on the disk */

	/* Why it cannot be written, found when it was mounted; NULL: it can. */
	const char *trouble;
};

/* An inode's own part: inode->priv. */
struct einode {
	uint32_t flags;
	uint32_t generation;
	uint32_t seed;      /* of the check sums of its blocks */
	uint32_t block[15]; /* extent root, block map, or a link's text */
	uint64_t xattr_block;
	struct timespec64 crtime;
	uint64_t roomy; /* folder: block where the last new entry went */

	struct inode *inode;
	/* Of a regular file: what the disk says, never more than is written. */
	uint64_t disk_size;
	uint32_t transaction; /* the last that is about more than its times */
	struct list orphan;   /* among fs->orphans */
	uint32_t next_orphan; /* its number; 0: none, or not among them */
};

static inline struct ext4 *ext4_of(const struct inode *i)
{
	return i->sb->priv;
}

static inline struct einode *einode_of(const struct inode *i)
{
	return i->priv;
}

static inline bool ext4_has_extents(const struct inode *i)
{
	return einode_of(i)->flags & EXT4_FL_EXTENTS;
}

static inline uint64_t block_up(const struct ext4 *fs, uint64_t bytes)
{
	return (bytes + fs->block_size - 1) >> fs->block_bits;
}

/* --- super.c --- */

/* Say once what does not fit, remember it, and return -EUCLEAN. */
int ext4_damaged(struct ext4 *fs, const char *what, uint64_t which);

static inline bool ext4_has_incompat(const struct ext4 *fs, uint32_t bit)
{
	return fs->super.feature_incompat & bit;
}

static inline bool ext4_has_ro(const struct ext4 *fs, uint32_t bit)
{
	return fs->super.feature_ro_compat & bit;
}

/* Can blocks [first, first + n) be a file's? */
bool ext4_blocks_ok(const struct ext4 *fs, uint64_t first, uint64_t n);

/* Sums, descriptors and super block into buffers. */
NODISCARD int ext4_settle(struct ext4 *fs);

/* All that was changed is on stable storage. Not inside a change. */
NODISCARD int ext4_commit(struct ext4 *fs);

/* --- change.c --- */

/* How many blocks a change dirties, at most: of an inode; names; the rest. */
enum { CHANGE_INODE = 4, CHANGE_NAMES = 24, CHANGE_BLOCKS = 20 };

/*
 * Around every change. Takes fs->lock until ext4_end(): what is changed between
 * the two reaches the disk whole or, after a crash, not at all. `blocks`: how
 * many it may dirty. -EROFS, -EIO, -ENOMEM: nothing is locked.
 */
NODISCARD int ext4_begin(struct ext4 *fs, unsigned blocks);
void ext4_end(struct ext4 *fs);

/* Inside a long change: it should stop where it is and begin another. */
bool ext4_is_long(const struct ext4 *fs);

/* The number of the running transaction; 0 without a journal. */
uint32_t ext4_transaction(const struct ext4 *fs);

/* Before each write to the disk: the first marks it as not clean. lock held. */
NODISCARD int ext4_begin_writing(struct ext4 *fs);

/* --- buf.c --- */

void buf_cache_init(struct buf_cache *c);
void buf_cache_fini(struct buf_cache *c); /* dirty ones are forgotten, too */

/* -EIO, -ENOMEM, -EUCLEAN (no such block). buf_fresh() is zeroed, not read. */
NODISCARD int buf_read(struct ext4 *fs, uint64_t block, struct buf **out);
NODISCARD int buf_fresh(struct ext4 *fs, uint64_t block, struct buf **out);
void buf_put(struct ext4 *fs, struct buf *b); /* NULL is fine */
void buf_dirty(struct ext4 *fs, struct buf *b);

/* All of the running transaction may be written to their places. */
void buf_committed(struct ext4 *fs);

/* Write this block now if it is dirty. */
NODISCARD int buf_write(struct ext4 *fs, uint64_t block);

/* The block is free now: what is cached of it must not be written. */
void buf_forget(struct ext4 *fs, uint64_t block);
NODISCARD int buf_write_all(struct ext4 *fs);

/* --- csum.c --- */

uint32_t csum_super(const struct ext4_super *s);
uint32_t csum_bitmap(const struct ext4 *fs, const void *bits, size_t bytes);
uint16_t csum_desc(const struct ext4 *fs, uint32_t group,
                   const struct ext4_desc *d);
uint32_t csum_inode_seed(const struct ext4 *fs, uint64_t ino,
                         uint32_t generation);
/* `raw` is inode_size bytes. Sets, or says whether it is right. */
void csum_inode_set(const struct ext4 *fs, uint64_t ino, uint8_t *raw);
bool csum_inode_ok(const struct ext4 *fs, uint64_t ino, const uint8_t *raw);
/* Of a block of extents, of entries, of an index of entries. */
void csum_extents_set(const struct inode *i, uint8_t *data);
bool csum_extents_ok(const struct inode *i, const uint8_t *data);
void csum_dir_set(const struct inode *i, uint8_t *data);
bool csum_dir_ok(const struct inode *i, const uint8_t *data);
uint32_t csum_xattr(const struct ext4 *fs, uint64_t block, const uint8_t *data);

/* --- group.c --- */

NODISCARD int group_load_all(struct ext4 *fs);
NODISCARD int group_store_all(struct ext4 *fs);

/* The bitmap, checked, and made where the disk has none. */
NODISCARD int group_block_bitmap(struct ext4 *fs, uint32_t g, struct buf **out);
NODISCARD int group_inode_bitmap(struct ext4 *fs, uint32_t g, struct buf **out);
/*
 * Blocks [bit, bit + n) of the group were freed: nobody gets them before that
 * is committed, or contents of a file could lie in what is another's after a
 * crash.
 */
void group_hold(struct ext4 *fs, uint32_t g, uint32_t bit, uint32_t n);
void group_release_held(struct ext4 *fs);
/* Not even then, but after a checkpoint: for when memory is short. */
void group_freeze(struct ext4 *fs, uint32_t g);
void group_thaw(struct ext4 *fs);
void group_free_all(struct ext4 *fs);

uint64_t group_first_block(const struct ext4 *fs, uint32_t g);
uint32_t group_nr_blocks(const struct ext4 *fs, uint32_t g);

static inline bool bit_get(const uint8_t *bits, uint32_t n)
{
	return bits[n / 8] >> (n % 8) & 1;
}

static inline void bit_set(uint8_t *bits, uint32_t n)
{
	bits[n / 8] = (uint8_t)(bits[n / 8] | 1U << (n % 8));
}

static inline void bit_clear(uint8_t *bits, uint32_t n)
{
	bits[n / 8] = (uint8_t)(bits[n / 8] & ~(1U << (n % 8)));
}

/* --- alloc.c --- */

/* A few blocks are kept for extents that are split when contents are written.
 */
enum { KEPT_BLOCKS = 24 };

/* How many could be had now. */
static inline uint64_t ext4_free_now(const struct ext4 *fs)
{
	return fs->free_blocks - fs->held;
}

/* Up to `want` blocks in a row, near `goal`. -ENOSPC. */
NODISCARD int ext4_alloc_blocks(struct ext4 *fs, uint64_t goal, uint32_t want,
                                uint64_t *first, uint32_t *got);
/* `metadata`: they may be in the buffer cache. */
int ext4_free_blocks(struct ext4 *fs, uint64_t first, uint64_t n,
                     bool metadata);
NODISCARD int ext4_alloc_ino(struct ext4 *fs, uint64_t parent, bool folder,
                             uint64_t *ino);
int ext4_free_ino(struct ext4 *fs, uint64_t ino, bool folder);

/* Where the blocks of a file with none should go. */
uint64_t ext4_goal(const struct inode *i);

/* --- extent.c, indirect.c --- */

/* A run of blocks of a file. */
struct run {
	uint64_t block; /* on the disk; 0: a hole */
	uint32_t len;
	bool unwritten; /* allocated, but reads as zeroes */
};

/* What is at block `at` of the file, and how far it goes on like that. */
NODISCARD int ext4_map(struct inode *i, uint32_t at, struct run *out);

/* The same with a block that is there and counts as written; for metadata. */
NODISCARD int ext4_map_alloc(struct inode *i, uint32_t at, struct run *out);

/*
 * A block for contents that will be written. If there was none it is unwritten
 * until ext4_map_written(), so that a crash shows zeroes and not what somebody
 * else had there. -ENOSPC.
 */
NODISCARD int ext4_map_reserve(struct inode *i, uint32_t at);
NODISCARD int ext4_map_written(struct inode *i, uint32_t at, uint32_t n);

/* Free the file's blocks from `at` on. -EAGAIN: some, and there are more. */
NODISCARD int ext4_map_cut(struct inode *i, uint32_t at);

NODISCARD int extent_map(struct inode *i, uint32_t at, struct run *out);
NODISCARD int extent_alloc(struct inode *i, uint32_t at, struct run *out);
NODISCARD int extent_reserve(struct inode *i, uint32_t at);
NODISCARD int extent_written(struct inode *i, uint32_t at, uint32_t n);
NODISCARD int extent_cut(struct inode *i, uint32_t at);
/*
 * Of blocks [at, end): a hole gets unwritten ones; some are freed; some become
 * unwritten. *done: so many from `at` on are dealt with.
 */
NODISCARD int extent_fill_some(struct inode *i, uint32_t at, uint32_t end,
                               uint32_t *done);
NODISCARD int extent_free_some(struct inode *i, uint32_t at, uint32_t end,
                               uint32_t *done);
NODISCARD int extent_unwrite_some(struct inode *i, uint32_t at, uint32_t end,
                                  uint32_t *done);
void extent_init(struct einode *e);
NODISCARD int indirect_map(struct inode *i, uint32_t at, struct run *out);
NODISCARD int indirect_cut(struct inode *i, uint32_t at);

/* --- inode.c --- */

/* Inside a change. A new one near `dir`, nlink as given, in no folder yet. */
NODISCARD int ext4_inode_make(struct inode *dir, uint32_t mode, uint32_t nlink,
                              uint64_t rdev, struct inode **out);
/* Inside a change, at its end: the inode as it is now is part of it. */
NODISCARD int ext4_store(struct inode *i);

/* These take fs->lock themselves. */
NODISCARD int ext4_inode_get(struct superblock *sb, uint64_t ino,
                             struct inode **out);
/* The same for one without a name, at mounting. */
NODISCARD int ext4_inode_get_orphan(struct superblock *sb, uint64_t ino,
                                    struct inode **out);
NODISCARD int ext4_inode_write(struct inode *i);
/*
 * With the lock held: fill an inode that is in no cache, and good for nothing
 * but ext4_map(). The caller gave it an einode.
 */
NODISCARD int ext4_inode_peek(struct ext4 *fs, uint64_t ino, struct inode *i);
/* With the lock held: the block of the inode table, and where in it. */
NODISCARD int ext4_inode_raw(struct ext4 *fs, uint64_t ino, struct buf **b,
                             uint8_t **raw);

/* --- cut.c; these take fs->lock themselves --- */

/* Free the blocks from `at` on, however many changes that takes. */
NODISCARD int ext4_cut_blocks(struct inode *i, uint32_t at);
void ext4_inode_evict(struct inode *i);
NODISCARD int ext4_setattr(struct inode *i, const struct inode_attr *a);

/* --- xattr.c; the first two take fs->lock --- */

NODISCARD int ext4_xattrs(struct inode *i, struct list *all);
NODISCARD int ext4_set_xattrs(struct inode *i, struct list *all);
/* Give back the block of attributes, which other inodes may share. */
NODISCARD int ext4_xattr_drop(struct inode *i);

/* --- orphan.c --- */

/*
 * Inside a change: an inode that is to be freed, or cut to its size, whatever
 * happens. It is stored. Without a journal nothing happens.
 */
NODISCARD int ext4_orphan_add(struct inode *i);
NODISCARD int ext4_orphan_remove(struct inode *i);
/* The inode leaves memory, whatever the disk says. Takes the lock. */
void ext4_orphan_forget(struct inode *i);

/* At mounting, without the lock: do what a crash has left of that. */
NODISCARD int ext4_orphans_finish(struct superblock *sb);

extern const struct inode_ops ext4_inode_ops;     /* namei.c */
extern const struct mapping_ops ext4_mapping_ops; /* file.c */
/*
 * Before the file on the disk becomes longer: the page in which it ends there,
 * if that is dirty, so that it has its zeroes. No lock held.
 */
NODISCARD int ext4_write_end(struct inode *i);
NODISCARD int ext4_fsync(struct inode *i, bool data_only);
NODISCARD int ext4_fallocate(struct inode *i, uint64_t from, uint64_t n,
                             enum fallocate how);
NODISCARD int ext4_next_data(struct inode *i, uint64_t from, bool data,
                             uint64_t *out);

/* --- dir.c --- */

/* The entry's inode number; -ENOENT. */
NODISCARD int dir_find(struct inode *dir, const char *name, size_t len,
                       uint64_t *ino);
/* Before a change of a folder, without the lock: afterwards it has no index. */
NODISCARD int dir_drop_index(struct inode *dir);
NODISCARD int dir_add(struct inode *dir, const char *name, size_t len,
                      const struct inode *i);
NODISCARD int dir_remove(struct inode *dir, const char *name, size_t len);
/* Let an entry that is there, also "..", lead elsewhere. */
NODISCARD int dir_change(struct inode *dir, const char *name, size_t len,
                         const struct inode *i);
NODISCARD int dir_make_first(struct inode *dir, uint64_t parent);
NODISCARD int dir_is_empty(struct inode *dir, bool *yes);
NODISCARD int dir_read(struct inode *dir, int64_t pos, struct dir_sink *s);

#endif
