/*
 * commit.c - the running transaction, and how it reaches the log.
 *
 * All metadata that changed since the last commit is one transaction: the
 * running one. Its buffers stay in memory until it was committed, which goes:
 *
 *	revocations, then descriptors and copies	into the log
 *	flush	also for the contents of files, written before
 *	commit block
 *	flush	from here on the transaction counts
 *
 * Then its buffers may go to their places, now or later. Before the log is
 * full all of them do (a checkpoint), and the log begins anew.
 *
 * A commit happens with fs->lock held, between two changes and never inside
 * one, so no buffer changes meanwhile and none is copied. Every change says
 * how many blocks it may need; when they do not fit any more the transaction
 * is committed first. After each commit there is room for the next.
 */
#include "kernel/fs/ext4/journal.h"

#include "kernel/core/clock.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

enum {
	SEGS = 16,
	EXTRA_BLOCKS = 32, /* descriptors, revocations, the commit */
};

static bool begins_with_magic(const uint8_t *data)
{
	uint32_t magic = be32(JBD2_MAGIC);

	return memcmp(data, &magic, sizeof(magic)) == 0;
}

/* --- writing to the log, many blocks at once --- */

struct writer {
	struct journal *j;
	uint32_t at;    /* of the next block */
	uint32_t count; /* of all so far */
	uint32_t first; /* of those gathered; they follow each other there */
	unsigned nr;
	struct block_seg segs[SEGS];
};

static int write_gathered(struct writer *w)
{
	unsigned nr = w->nr;

	w->nr = 0;
	return nr ? journal_write_many(w->j, w->first, w->segs, nr) : 0;
}

/* `data` must stay as it is until the next write_gathered(). */
static int gather(struct writer *w, uint8_t *data)
{
	unsigned max = w->j->fs->dev->max_segs;
	int rc = 0;

	if (w->nr == (max < SEGS ? max : SEGS) ||
	    (w->nr > 0 && !journal_is_next(w->j, w->at)))
		rc = write_gathered(w);
	if (w->nr == 0)
		w->first = w->at;
	w->segs[w->nr++] = (struct block_seg){
		.data = data,
		.len = w->j->fs->block_size,
	};
	w->at = journal_next(w->j, w->at);
	w->count++;
	return rc;
}

static void begin_block(struct journal *j, uint32_t type)
{
	memset(j->block, 0, j->fs->block_size);
	*(struct jbd2_header *)(void *)j->block = (struct jbd2_header){
		.magic = be32(JBD2_MAGIC),
		.type = be32(type),
		.sequence = be32(j->sequence),
	};
}

/* The descriptor or revocation in j->block. */
static int write_head(struct writer *w)
{
	struct journal *j = w->j;
	uint32_t sum;
	int rc;

	if (journal_has_sums(j)) {
		sum = journal_tail_sum(j, j->block);
		memcpy(j->block + journal_room(j), &sum, sizeof(sum));
	}
	rc = gather(w, j->block);
	return rc ? rc : write_gathered(w); /* for j->block is used anew */
}

/* --- revocations --- */

struct revoker {
	struct writer *w;
	uint32_t at; /* in j->block; 0: none is begun */
};

static int end_revocation(struct revoker *r)
{
	struct jbd2_revoke *head = (void *)r->w->j->block;

	if (r->at == 0)
		return 0;
	head->count = be32(r->at);
	r->at = 0;
	return write_head(r->w);
}

static int revoke(void *ctx, uint64_t block)
{
	struct revoker *r = ctx;
	struct journal *j = r->w->j;
	bool wide = j->features & JBD2_IN_64BIT;
	uint64_t raw = wide ? be64(block) : be32((uint32_t)block);
	uint32_t size = wide ? 8 : 4;
	int rc = 0;

	if (r->at + size > journal_room(j))
		rc = end_revocation(r);
	if (rc)
		return rc;
	if (r->at == 0) {
		begin_block(j, JBD2_REVOKE);
		r->at = sizeof(struct jbd2_revoke);
	}
	memcpy(j->block + r->at, &raw, size);
	r->at += size;
	return 0;
}

static int write_revoked(struct writer *w)
{
	struct revoker r = {.w = w};
	int rc = block_set_each(&w->j->revoked, revoke, &r);

	return rc ? rc : end_revocation(&r);
}

/* --- descriptors and copies --- */

/* The sum of what will lie in the log. */
static uint32_t sum_copy(const struct journal *j, struct buf *b)
{
	bool escaped = begins_with_magic(b->data);
	uint32_t word, sum;

	memcpy(&word, b->data, sizeof(word));
	if (escaped)
		memset(b->data, 0, sizeof(word));
	sum = journal_copy_sum(j, j->sequence, b->data);
	memcpy(b->data, &word, sizeof(word));
	return sum;
}

static void put_tag(struct journal *j, uint8_t *raw, struct buf *b,
                    uint32_t flags)
{
	uint32_t sum = journal_has_sums(j) ? sum_copy(j, b) : 0;
	struct jbd2_tag3 t3 = {
		.block = be32((uint32_t)b->block),
		.block_hi = be32((uint32_t)(b->block >> 32)),
		.flags = be32(flags),
		.checksum = be32(sum),
	};
	struct jbd2_tag t = {
		.block = t3.block,
		.block_hi = t3.block_hi,
		.flags = be16((uint16_t)flags),
		.checksum = be16((uint16_t)sum),
	};

	if (j->features & JBD2_IN_CSUM_V3)
		memcpy(raw, &t3, sizeof(t3));
	else
		memcpy(raw, &t,
		       journal_tag_size(j) < sizeof(t) ? journal_tag_size(j)
		                                       : sizeof(t));
}

/*
 * The descriptor of the next buffers, from *next on, of which *next is the
 * first that found no room. Only the first tag has the UUID behind it.
 */
static void describe(struct journal *j, struct list **next)
{
	uint32_t at = sizeof(struct jbd2_header), flags = 0;
	size_t size = journal_tag_size(j);
	struct list *n = *next, *all = &j->fs->bufs.running;

	begin_block(j, JBD2_DESCRIPTOR);
	while (!(flags & JBD2_TAG_LAST)) {
		struct buf *b = LIST_ENTRY(n, struct buf, link);
		uint32_t behind = at + (uint32_t)size;

		if (!(flags & JBD2_TAG_SAME_UUID)) /* the first */
			behind += JBD2_UUID_SIZE;
		n = n->next;
		flags &= JBD2_TAG_SAME_UUID;
		if (begins_with_magic(b->data))
			flags |= JBD2_TAG_ESCAPED;
		if (n == all || behind + size > journal_room(j))
			flags |= JBD2_TAG_LAST;
		put_tag(j, j->block + at, b, flags);
		if (!(flags & JBD2_TAG_SAME_UUID))
			memcpy(j->block + at + size, j->super.uuid,
			       JBD2_UUID_SIZE);
		flags |= JBD2_TAG_SAME_UUID;
		at = behind;
	}
	*next = n;
}

/* One that begins as a block of the journal does is escaped meanwhile. */
static int write_copy(struct writer *w, struct buf *b)
{
	uint32_t magic = be32(JBD2_MAGIC);
	int rc;

	if (!begins_with_magic(b->data))
		return gather(w, b->data);
	memset(b->data, 0, sizeof(magic));
	rc = gather(w, b->data);
	if (!rc)
		rc = write_gathered(w);
	memcpy(b->data, &magic, sizeof(magic));
	return rc;
}

static int write_copies(struct writer *w)
{
	struct list *all = &w->j->fs->bufs.running, *n = all->next;
	int rc = 0;

	while (!rc && n != all) {
		struct list *end = n;

		describe(w->j, &end);
		rc = write_head(w);
		for (; !rc && n != end; n = n->next)
			rc = write_copy(w, LIST_ENTRY(n, struct buf, link));
	}
	return rc ? rc : write_gathered(w);
}

/* --- the commit --- */

static int write_commit(struct writer *w)
{
	struct journal *j = w->j;
	struct jbd2_commit *c = (void *)j->block;
	struct timespec64 now = inode_now();
	int rc;

	begin_block(j, JBD2_COMMIT);
	c->seconds = be64((uint64_t)now.sec);
	c->nanoseconds = be32(now.nsec);
	if (journal_has_sums(j))
		c->checksum[0] = journal_commit_sum(j, j->block);
	rc = gather(w, j->block);
	return rc ? rc : write_gathered(w);
}

/*
 * Where the log begins must be on the disk before anything in it counts. After
 * an attempt that failed it is written anew.
 */
static int begin_log(struct journal *j)
{
	if (j->used > 0)
		return 0;
	j->super.start = be32(j->head);
	j->super.sequence = be32(j->sequence);
	return journal_write_super(j);
}

static int write_body(struct writer *w)
{
	int rc = write_revoked(w);

	if (!rc)
		rc = write_copies(w);
	if (!rc)
		rc = begin_log(w->j);
	return rc ? rc : block_flush(w->j->fs->dev);
}

/* Nobody knows what the disk has of it: a restart will tell. */
static int give_up(struct journal *j, int rc)
{
	j->broken = true;
	j->fs->sb->read_only = true;
	log_line("%s: read-only from now on: its journal cannot be written, "
	         "error %d",
	         j->fs->sb->source, -rc);
	return rc;
}

static void finish(struct journal *j, const struct writer *w)
{
	j->head = w->at;
	j->used += w->count;
	j->sequence++;
	block_set_clear(&j->revoked);
	buf_committed(j->fs);
	group_release_held(j->fs);
}

static int write_transaction(struct journal *j)
{
	struct writer w = {.j = j, .at = j->head};
	int rc = write_body(&w);

	if (rc) /* the next attempt begins at the same place */
		return rc;
	rc = write_commit(&w);
	if (!rc)
		rc = block_flush(j->fs->dev);
	if (rc)
		return give_up(j, rc);
	finish(j, &w);
	return 0;
}

static bool is_empty(const struct journal *j)
{
	return j->fs->bufs.nr_running == 0 && j->revoked.nr == 0;
}

/* What one transaction can come to, with what ext4_settle() adds. */
static uint32_t space_needed(const struct journal *j)
{
	return 2 * j->max_blocks + EXTRA_BLOCKS;
}

int journal_commit(struct journal *j)
{
	bool changing = j->fs->changing;
	int rc;

	if (j->broken)
		return -EIO;
	j->fs->changing = true;
	rc = ext4_settle(j->fs);
	j->fs->changing = changing;
	if (!rc && !is_empty(j))
		rc = write_transaction(j);
	if (!rc && (j->end - j->first - j->used < space_needed(j) ||
	            j->must_checkpoint))
		rc = journal_checkpoint(j);
	return rc;
}

int journal_checkpoint(struct journal *j)
{
	int rc = buf_write_all(j->fs);

	ASSERT(is_empty(j));
	if (!rc)
		rc = block_flush(j->fs->dev);
	if (rc)
		return rc;
	j->super.start = 0;
	j->super.sequence = be32(j->sequence);
	rc = journal_write_super(j);
	if (!rc)
		rc = block_flush(j->fs->dev);
	if (rc)
		return give_up(j, rc);
	j->used = 0;
	j->must_checkpoint = false;
	group_thaw(j->fs);
	return 0;
}

bool journal_is_half_full(const struct journal *j)
{
	return j->used > (j->end - j->first) / 2;
}
