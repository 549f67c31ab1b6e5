/*
 * replay.c - after a crash: what was committed to the journal, to its place.
 *
 * Three walks along the log. The first finds where it ends and checks every
 * sum; the second collects what was revoked; the third writes. A log ends
 * where the next block is not what must follow, as after a power cut. If the
 * transaction that breaks off there was committed all the same, or a later one
 * was, the log is damaged, and nothing is written: half of what was committed
 * is worse than none, for the rest may be in its place already.
 */
#include "kernel/fs/ext4/journal.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

enum walk { FIND_END, COLLECT_REVOKED, WRITE };

struct replay {
	struct journal *j;
	enum walk walk;
	uint32_t begin, end;   /* sequence numbers: [begin, end) are whole */
	uint32_t at, sequence; /* where the walk is */
	uint32_t steps;        /* blocks gone along: no more than there are */
	bool bad_copy;         /* in this transaction: a wrong sum */
	uint8_t *head, *copy;  /* a block each */
	struct block_set revoked; /* with who did it */
	struct replayed done;
};

/* --- blocks of the log --- */

static int read_next(struct replay *r, uint8_t *block)
{
	int rc;

	if (r->steps++ >= r->j->end)
		return -ENODATA;
	rc = journal_read(r->j, r->at, block);
	r->at = journal_next(r->j, r->at);
	return rc;
}

static bool tail_is_right(const struct replay *r)
{
	uint32_t sum;

	if (!journal_has_sums(r->j))
		return true;
	memcpy(&sum, r->head + r->j->fs->block_size - JBD2_TAIL_SIZE,
	       sizeof(sum));
	return sum == journal_tail_sum(r->j, r->head);
}

static bool commit_is_right(const struct replay *r)
{
	const struct jbd2_commit *c = (const void *)r->head;

	return !journal_has_sums(r->j) ||
	       c->checksum[0] == journal_commit_sum(r->j, r->head);
}

/* Is the block in head one of this transaction's, and whole? Its type, or 0. */
static uint32_t type_of(const struct replay *r)
{
	const struct jbd2_header *h = (const void *)r->head;
	uint32_t type = be32(h->type);

	if (be32(h->magic) != JBD2_MAGIC || be32(h->sequence) != r->sequence)
		return 0;
	switch (type) {
	case JBD2_DESCRIPTOR:
	case JBD2_REVOKE:
		return tail_is_right(r) ? type : 0;
	case JBD2_COMMIT:
		return commit_is_right(r) ? type : 0;
	default:
		return 0;
	}
}

/*
 * Nothing fits at r->at. Was this transaction committed, or the one behind it?
 * Looks at every block: only after a crash, and once.
 */
static int check_end(struct replay *r)
{
	uint32_t wanted = r->sequence;

	for (uint32_t at = r->j->first; at < r->j->end; at++) {
		int rc = journal_read(r->j, at, r->head);

		if (rc)
			return rc;
		for (r->sequence = wanted; r->sequence != wanted + 2;
		     r->sequence++) {
			if (type_of(r) == JBD2_COMMIT)
				return -EUCLEAN;
		}
	}
	return 0;
}

/* --- descriptors --- */

struct tag {
	uint64_t block;
	uint32_t flags, sum;
};

static struct tag decode_tag3(const struct journal *j, const uint8_t *raw)
{
	bool wide = j->features & JBD2_IN_64BIT;
	struct jbd2_tag3 t;

	memcpy(&t, raw, sizeof(t));
	return (struct tag){
		.block = (wide ? (uint64_t)be32(t.block_hi) << 32 : 0) |
	                 be32(t.block),
		.flags = be32(t.flags),
		.sum = be32(t.checksum),
	};
}

static struct tag decode_tag(const struct journal *j, const uint8_t *raw)
{
	bool wide = j->features & JBD2_IN_64BIT;
	struct jbd2_tag t = {0};

	if (j->features & JBD2_IN_CSUM_V3)
		return decode_tag3(j, raw);
	memcpy(&t, raw, wide ? sizeof(t) : offsetof(struct jbd2_tag, block_hi));
	return (struct tag){
		.block = (uint64_t)be32(t.block_hi) << 32 | be32(t.block),
		.flags = be16(t.flags),
		.sum = be16(t.checksum),
	};
}

/* The tag at *at of the descriptor in head; *at goes behind it. */
static bool next_tag(const struct replay *r, uint32_t *at, struct tag *t)
{
	size_t size = journal_tag_size(r->j);

	if (*at == 0 || *at + size > journal_room(r->j))
		return false;
	*t = decode_tag(r->j, r->head + *at);
	*at += (uint32_t)size;
	if (!(t->flags & JBD2_TAG_SAME_UUID))
		*at += JBD2_UUID_SIZE;
	if (t->flags & JBD2_TAG_LAST)
		*at = 0;
	return true;
}

static bool copy_is_right(const struct replay *r, const struct tag *t)
{
	uint32_t sum;

	if (!journal_has_sums(r->j))
		return true;
	sum = journal_copy_sum(r->j, r->sequence, r->copy);
	return t->sum ==
	       (r->j->features & JBD2_IN_CSUM_V3 ? sum : (uint16_t)sum);
}

static bool may_be_written(const struct replay *r, uint64_t block)
{
	return block < r->j->fs->nr_blocks && !journal_owns(r->j, block);
}

static int write_copy(struct replay *r, const struct tag *t)
{
	struct ext4 *fs = r->j->fs;
	struct block_seg seg = {.data = r->copy, .len = fs->block_size};
	uint32_t magic = be32(JBD2_MAGIC);

	if (t->flags & JBD2_TAG_ESCAPED)
		memcpy(r->copy, &magic, sizeof(magic));
	r->done.blocks++;
	return block_io(fs->dev, BLOCK_WRITE, t->block << (fs->block_bits - 9),
	                &seg, 1);
}

static int take_copy(struct replay *r, const struct tag *t)
{
	int rc = read_next(r, r->copy);

	if (rc)
		return rc;
	if (r->walk == FIND_END) {
		if (!copy_is_right(r, t) || !may_be_written(r, t->block))
			r->bad_copy = true;
		return 0;
	}
	if (r->walk == COLLECT_REVOKED ||
	    block_set_has(&r->revoked, t->block, r->sequence))
		return 0;
	return write_copy(r, t);
}

static int take_descriptor(struct replay *r)
{
	uint32_t at = sizeof(struct jbd2_header);
	struct tag t;
	int rc = 0;

	while (!rc && next_tag(r, &at, &t))
		rc = take_copy(r, &t);
	return rc;
}

/* --- revocations --- */

static int take_revoked(struct replay *r)
{
	const struct jbd2_revoke *head = (const void *)r->head;
	uint32_t end = be32(head->count), at = sizeof(*head);
	bool wide = r->j->features & JBD2_IN_64BIT;
	int rc = 0;

	if (end > journal_room(r->j))
		r->bad_copy = true;
	if (r->walk != COLLECT_REVOKED)
		return 0;
	while (!rc && at + (wide ? 8 : 4) <= end) {
		uint64_t block = 0;

		memcpy(&block, r->head + at, wide ? 8 : 4);
		block = wide ? be64(block) : be32((uint32_t)block);
		rc = block_set_put(&r->revoked, block, r->sequence);
		at += wide ? 8 : 4;
	}
	return rc;
}

/* --- the walk --- */

/* A transaction ends. One with a wrong copy was not written by who made it. */
static int take_commit(struct replay *r)
{
	if (r->bad_copy)
		return -EUCLEAN;
	r->sequence++;
	if (r->walk == WRITE)
		r->done.transactions++;
	return 0;
}

/* *more: go on. */
static int step(struct replay *r, bool *more)
{
	int rc = read_next(r, r->head);

	if (rc)
		return rc;
	switch (type_of(r)) {
	case JBD2_DESCRIPTOR:
		return take_descriptor(r);
	case JBD2_REVOKE:
		return take_revoked(r);
	case JBD2_COMMIT:
		return take_commit(r);
	default:
		*more = false;
		return 0;
	}
}

static int walk(struct replay *r, enum walk which)
{
	bool more = true;
	int rc = 0;

	r->walk = which;
	r->at = be32(r->j->super.start);
	r->sequence = r->begin;
	r->steps = 0;
	r->bad_copy = false;
	while (!rc && more && (which == FIND_END || r->sequence != r->end))
		rc = step(r, &more);
	if (which == FIND_END)
		r->end = r->sequence;
	return rc;
}

static int find_end(struct replay *r)
{
	int rc = walk(r, FIND_END);

	/* -ENODATA: all around, so the last one breaks off somewhere. */
	return rc && rc != -ENODATA ? rc : check_end(r);
}

/* From now on there is nothing to replay. What was done is on the disk. */
static int leave_empty(struct replay *r)
{
	struct journal *j = r->j;
	int rc = block_flush(j->fs->dev);

	if (rc)
		return rc;
	j->super.start = 0;
	j->super.sequence = be32(r->end + 1);
	rc = journal_write_super(j);
	return rc ? rc : block_flush(j->fs->dev);
}

static int replay(struct replay *r)
{
	int rc = find_end(r);

	if (!rc)
		rc = walk(r, COLLECT_REVOKED);
	if (!rc)
		rc = walk(r, WRITE);
	return rc ? rc : leave_empty(r);
}

int journal_replay(struct journal *j, struct replayed *out)
{
	struct replay *r;
	int rc = -ENOMEM;

	*out = (struct replayed){0};
	if (j->super.start == 0)
		return 0;
	r = mem_zalloc(sizeof(*r));
	if (!r)
		return rc;
	r->j = j;
	r->begin = be32(j->super.sequence);
	block_set_init(&r->revoked);
	r->head = mem_alloc(j->fs->block_size);
	r->copy = mem_alloc(j->fs->block_size);
	if (r->head && r->copy)
		rc = replay(r);
	*out = r->done;
	block_set_clear(&r->revoked);
	mem_free(r->head);
	mem_free(r->copy);
	mem_free(r);
	return rc;
}
