/*
 * change.c - changes of metadata, and their part in the running transaction.
 *
 * The first change of all starts the journal: who only reads needs none.
 */
#include "kernel/fs/ext4/journal.h"

#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"

enum {
	BLOCKS_SHARE = 8,   /* 1/8 of the log for one transaction, at most */
	BLOCKS_MIN = 48,    /* a change and more, whatever memory there is */
	REVOKED_MAX = 1000, /* likewise; half of it before the last change */
	STEP_BLOCKS = 12,   /* of a long change; less than ext4_begin() had */
	SPACE_MIN = 64,     /* blocks of the disk: below, freed ones count */
};

int journal_revoke(struct journal *j, uint64_t block)
{
	return block_set_put(&j->revoked, block, j->sequence);
}

bool ext4_is_long(const struct ext4 *fs)
{
	const struct journal *j = fs->journal;

	return j && (fs->bufs.nr_running + STEP_BLOCKS > j->max_blocks ||
	             j->revoked.nr >= REVOKED_MAX / 2);
}

uint32_t ext4_transaction(const struct ext4 *fs)
{
	return fs->journal ? fs->journal->sequence : 0;
}

static int make_room(struct journal *j, unsigned blocks)
{
	const struct ext4 *fs = j->fs;

	if (j->broken)
		return -EROFS;
	if (blocks > j->max_blocks)
		return -ENOSPC;
	if (fs->bufs.nr_running + blocks > j->max_blocks ||
	    j->revoked.nr >= REVOKED_MAX / 2 ||
	    (fs->held > 0 && fs->free_blocks - fs->held < SPACE_MIN))
		return journal_commit(j);
	return 0;
}

int ext4_begin(struct ext4 *fs, unsigned blocks)
{
	int rc = 0;

	mutex_lock(&fs->lock);
	if (fs->has_journal && !fs->journal)
		rc = journal_start(fs);
	if (!rc && fs->journal)
		rc = make_room(fs->journal, blocks);
	if (rc) {
		mutex_unlock(&fs->lock);
		return rc;
	}
	fs->changing = true;
	return 0;
}

void ext4_end(struct ext4 *fs)
{
	ASSERT(fs->changing);
	fs->changing = false;
	mutex_unlock(&fs->lock);
}

/* --- the first write --- */

/* Which features we write: as Linux, with sums where all metadata has them. */
static void choose_features(struct journal *j)
{
	struct jbd2_super *s = &j->super;

	j->features |= JBD2_IN_REVOKE;
	if (ext4_has_incompat(j->fs, EXT4_IN_64BIT))
		j->features |= JBD2_IN_64BIT;
	if (j->fs->csum) {
		j->features &= ~(uint32_t)JBD2_IN_CSUM_V2;
		j->features |= JBD2_IN_CSUM_V3;
		s->checksum_type = JBD2_CSUM_CRC32C;
	}
	s->feature_incompat = be32(j->features);
	s->feature_compat = 0; /* an older kind of sums, which we do not make */
}

static void set_up(struct journal *j)
{
	struct ext4 *fs = j->fs;
	uint32_t max = (uint32_t)fs->bufs.max;

	if (max < BLOCKS_MIN)
		max = BLOCKS_MIN;
	j->max_blocks = (j->end - j->first) / BLOCKS_SHARE;
	if (j->max_blocks > max)
		j->max_blocks = max;
	j->sequence = be32(j->super.sequence);
	/* Something in a log of which nobody said so does not count. */
	if (j->super.start)
		j->sequence += j->end;
	j->super.start = 0;
	j->head = j->first;
	choose_features(j);
}

int journal_start(struct ext4 *fs)
{
	const char *why;
	struct journal *j;
	int rc = journal_open(fs, &j, &why);

	if (!rc && be32(j->super.header.type) != JBD2_SUPER_V2) {
		why = "its journal is of an old kind";
		rc = -EOPNOTSUPP;
		journal_close(j);
	}
	if (rc == -EUCLEAN || rc == -EOPNOTSUPP) {
		log_line("%s: read-only from now on, because %s",
		         fs->sb->source, why);
		fs->sb->read_only = true;
		return -EROFS;
	}
	if (rc)
		return rc;
	set_up(j);
	rc = ext4_begin_writing(fs);
	if (rc)
		journal_close(j);
	else
		fs->journal = j;
	return rc;
}

int journal_stop(struct ext4 *fs)
{
	int rc = journal_commit(fs->journal);

	if (!rc)
		rc = journal_checkpoint(fs->journal);
	if (rc)
		return rc;
	journal_close(fs->journal);
	fs->journal = NULL;
	return 0;
}
