/*
 * journal.h - what the files of the journal share: journal.c, replay.c,
 * revoke.c, change.c, commit.c. The rest of ext4 sees ext4_begin() and its kin.
 *
 * Everything here wants fs->lock.
 */
#ifndef KERNEL_FS_EXT4_JOURNAL_H
#define KERNEL_FS_EXT4_JOURNAL_H

#include "kernel/fs/ext4/ext4.h"
#include "kernel/fs/ext4/jbd2.h"

/* --- revoke.c: blocks, each with the number of a transaction --- */

enum { BLOCK_SET_BUCKETS = 64 };

struct block_set {
	struct list buckets[BLOCK_SET_BUCKETS];
	size_t nr;
};

void block_set_init(struct block_set *s);
void block_set_clear(struct block_set *s);

/* Enter it, or raise its number; -ENOMEM. Numbers wrap around. */
NODISCARD int block_set_put(struct block_set *s, uint64_t block,
                            uint32_t sequence);

/* Until one call is not 0: that is the result. */
NODISCARD int block_set_each(const struct block_set *s,
                             int (*fn)(void *ctx, uint64_t block), void *ctx);

/* Is it there with this number or a later one? */
bool block_set_has(const struct block_set *s, uint64_t block,
                   uint32_t sequence);

/* Is transaction `a` later than `b`? */
static inline bool sequence_later(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

/* --- journal.c --- */

/* Blocks [at, at + len) of the journal lie at `block`. */
struct log_run {
	uint32_t at, len;
	uint64_t block;
};

struct journal {
	struct ext4 *fs;
	struct log_run *runs;
	size_t nr_runs;
	uint32_t first, end; /* the ring */
	uint32_t features;   /* JBD2_IN_* */
	uint32_t seed;       /* of check sums */
	struct jbd2_super super;
	uint8_t *block; /* room for one, for whoever needs it */

	/* Of the one that is written (fs->journal); commit.c's. */
	uint32_t sequence;    /* of the running transaction */
	uint32_t head, used;  /* the next block of the log; blocks in use */
	uint32_t max_blocks;  /* that a transaction may change */
	bool must_checkpoint; /* at the next commit */
	bool broken;          /* read-only until the machine starts again */
	struct block_set revoked;
};

/*
 * Find the journal and check its super block. -EUCLEAN: damaged; -EOPNOTSUPP:
 * of a kind that we do not know. *why is a reason for the log then.
 */
NODISCARD int journal_open(struct ext4 *fs, struct journal **out,
                           const char **why);
void journal_close(struct journal *j); /* NULL is fine */

/* Block `at` of the log. -EUCLEAN when it has none. */
NODISCARD int journal_read(struct journal *j, uint32_t at, void *block);
NODISCARD int journal_write(struct journal *j, uint32_t at, void *block);
/* One block in each segment. They lie in a row: journal_is_next(). */
NODISCARD int journal_write_many(struct journal *j, uint32_t at,
                                 const struct block_seg *segs, unsigned nr);
NODISCARD int journal_write_super(struct journal *j);

/* Does block `at` of the log lie right behind the one before it? */
bool journal_is_next(const struct journal *j, uint32_t at);

/* Does this block of the disk belong to the journal? */
bool journal_owns(const struct journal *j, uint64_t block);

/* The block behind `at`, around the ring. */
static inline uint32_t journal_next(const struct journal *j, uint32_t at)
{
	return at + 1 < j->end ? at + 1 : j->first;
}

/* How many bytes a tag has, without a UUID. */
size_t journal_tag_size(const struct journal *j);

/* Bytes of a descriptor or revocation that can be used. */
uint32_t journal_room(const struct journal *j);

/* The sums of such a block, of a commit block, of a copy. */
bool journal_has_sums(const struct journal *j);
uint32_t journal_tail_sum(const struct journal *j, const uint8_t *block);
uint32_t journal_commit_sum(const struct journal *j, const uint8_t *block);
uint32_t journal_copy_sum(const struct journal *j, uint32_t sequence,
                          const uint8_t *copy);

/* --- replay.c --- */

struct replayed {
	unsigned transactions, blocks;
};

/*
 * Bring what is complete in the log to its place, and leave the log empty. The
 * whole log is checked before the first write: -EUCLEAN, and nothing was done.
 */
NODISCARD int journal_replay(struct journal *j, struct replayed *out);

/* --- change.c --- */

/* Before the first change: fs->journal. -EROFS when it is of no use. */
NODISCARD int journal_start(struct ext4 *fs);
/* At the end: all in its place, the log empty, no fs->journal. */
NODISCARD int journal_stop(struct ext4 *fs);

/* Copies of this block in the log do not count any more. */
NODISCARD int journal_revoke(struct journal *j, uint64_t block);

/* --- commit.c --- */

/*
 * The running transaction is on stable storage, if there is one; not inside a
 * change. When that fails it stays, unless nobody can know whether it counts:
 * then the file system is read-only.
 */
NODISCARD int journal_commit(struct journal *j);

/* All committed buffers to their places. Nothing may be running. */
NODISCARD int journal_checkpoint(struct journal *j);
bool journal_is_half_full(const struct journal *j);

#endif
