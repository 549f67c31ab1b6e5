/* journal.c - where the journal lies, what it is, its check sums. */
#include "kernel/fs/ext4/journal.h"

#include "kernel/lib/crc.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

enum {
	FEATURES_KNOWN = JBD2_IN_REVOKE | JBD2_IN_64BIT | JBD2_IN_CSUM_V2 |
	                 JBD2_IN_CSUM_V3,
	LEN_MIN = 16, /* there is room for something */
};

/* --- blocks --- */

static int find_block(const struct journal *j, uint32_t at, uint64_t *block)
{
	for (size_t n = 0; n < j->nr_runs; n++) {
		const struct log_run *r = &j->runs[n];

		if (at >= r->at && at - r->at < r->len) {
			*block = r->block + (at - r->at);
			return 0;
		}
	}
	return -EUCLEAN;
}

static int transfer(struct journal *j, enum block_op op, uint32_t at,
                    void *bytes)
{
	struct ext4 *fs = j->fs;
	struct block_seg seg = {.data = bytes, .len = fs->block_size};
	uint64_t block;
	int rc = find_block(j, at, &block);

	return rc ? rc
	          : block_io(fs->dev, op, block << (fs->block_bits - 9), &seg,
	                     1);
}

int journal_read(struct journal *j, uint32_t at, void *block)
{
	return transfer(j, BLOCK_READ, at, block);
}

int journal_write(struct journal *j, uint32_t at, void *block)
{
	return transfer(j, BLOCK_WRITE, at, block);
}

int journal_write_many(struct journal *j, uint32_t at,
                       const struct block_seg *segs, unsigned nr)
{
	uint64_t block;
	int rc = find_block(j, at, &block);

	return rc ? rc
	          : block_io(j->fs->dev, BLOCK_WRITE,
	                     block << (j->fs->block_bits - 9), segs, nr);
}

bool journal_is_next(const struct journal *j, uint32_t at)
{
	uint64_t before, block;

	return at > j->first && !find_block(j, at - 1, &before) &&
	       !find_block(j, at, &block) && block == before + 1;
}

bool journal_owns(const struct journal *j, uint64_t block)
{
	for (size_t n = 0; n < j->nr_runs; n++) {
		if (block >= j->runs[n].block &&
		    block - j->runs[n].block < j->runs[n].len)
			return true;
	}
	return false;
}

/* --- what the features say --- */

bool journal_has_sums(const struct journal *j)
{
	return j->features & (JBD2_IN_CSUM_V2 | JBD2_IN_CSUM_V3);
}

size_t journal_tag_size(const struct journal *j)
{
	size_t size = sizeof(struct jbd2_tag);

	if (j->features & JBD2_IN_CSUM_V3)
		return sizeof(struct jbd2_tag3);
	if (j->features & JBD2_IN_CSUM_V2)
		size += sizeof(uint16_t);
	if (!(j->features & JBD2_IN_64BIT))
		size -= sizeof(uint32_t);
	return size;
}

uint32_t journal_room(const struct journal *j)
{
	return j->fs->block_size - (journal_has_sums(j) ? JBD2_TAIL_SIZE : 0);
}

/* Of a block in which the four bytes at `at` count as zero. */
static uint32_t sum_without(const struct journal *j, const uint8_t *block,
                            size_t at)
{
	static const uint8_t zeroes[4];
	uint32_t crc = crc32c(j->seed, block, at);

	crc = crc32c(crc, zeroes, sizeof(zeroes));
	at += sizeof(zeroes);
	return be32(crc32c(crc, block + at, j->fs->block_size - at));
}

uint32_t journal_tail_sum(const struct journal *j, const uint8_t *block)
{
	return sum_without(j, block, j->fs->block_size - JBD2_TAIL_SIZE);
}

uint32_t journal_commit_sum(const struct journal *j, const uint8_t *block)
{
	return sum_without(j, block, offsetof(struct jbd2_commit, checksum));
}

uint32_t journal_copy_sum(const struct journal *j, uint32_t sequence,
                          const uint8_t *copy)
{
	uint32_t crc;

	sequence = be32(sequence);
	crc = crc32c(j->seed, &sequence, sizeof(sequence));
	return crc32c(crc, copy, j->fs->block_size);
}

static uint32_t super_sum(const struct jbd2_super *s)
{
	struct jbd2_super copy = *s;

	copy.checksum = 0;
	return be32(crc32c(UINT32_MAX, &copy, sizeof(copy)));
}

/* --- the super block --- */

int journal_write_super(struct journal *j)
{
	if (journal_has_sums(j))
		j->super.checksum = super_sum(&j->super);
	memset(j->block, 0, j->fs->block_size);
	memcpy(j->block, &j->super, sizeof(j->super));
	return journal_write(j, 0, j->block);
}

static int check_super(struct journal *j, uint64_t len, const char **why)
{
	const struct jbd2_super *s = &j->super;
	uint32_t type = be32(s->header.type), start = be32(s->start);

	*why = "its journal is damaged";
	if (be32(s->header.magic) != JBD2_MAGIC ||
	    (type != JBD2_SUPER_V1 && type != JBD2_SUPER_V2))
		return -EUCLEAN;
	j->first = be32(s->first);
	j->end = be32(s->max_len);
	if (be32(s->block_size) != j->fs->block_size || j->end > len ||
	    j->end < LEN_MIN || j->first < 1 || j->first > j->end / 2 ||
	    (start && (start < j->first || start >= j->end)))
		return -EUCLEAN;
	if (type == JBD2_SUPER_V1)
		return 0;
	j->features = be32(s->feature_incompat);
	j->seed = crc32c(UINT32_MAX, s->uuid, sizeof(s->uuid));
	if (j->features & ~(uint32_t)FEATURES_KNOWN || s->feature_ro_compat) {
		*why = "its journal has features that we do not know";
		return -EOPNOTSUPP;
	}
	if (journal_has_sums(j) && s->checksum != super_sum(s))
		return -EUCLEAN;
	return 0;
}

/* --- opening --- */

/* Every block of [0, len) must be there. Counts runs; with `to`, enters them.
 */
static int map_log(struct inode *i, uint32_t len, struct log_run *to,
                   size_t *nr)
{
	struct run r;

	*nr = 0;
	for (uint32_t at = 0; at < len; at += r.len) {
		int rc = ext4_map(i, at, &r);

		if (!rc && (r.block == 0 || r.unwritten || r.len == 0))
			rc = -EUCLEAN;
		if (rc)
			return rc;
		if (r.len > len - at)
			r.len = len - at;
		if (to)
			to[*nr] = (struct log_run){at, r.len, r.block};
		(*nr)++;
	}
	return 0;
}

static int load_runs(struct journal *j, struct inode *i, uint32_t len)
{
	int rc = map_log(i, len, NULL, &j->nr_runs);

	if (rc)
		return rc;
	mem_free(j->runs);
	j->runs = mem_alloc(j->nr_runs * sizeof(*j->runs));
	if (!j->runs)
		return -ENOMEM;
	return map_log(i, len, j->runs, &j->nr_runs);
}

/* First the block that says how long it is, then all of it. */
static int load(struct journal *j, struct inode *i, const char **why)
{
	int rc = load_runs(j, i, 1);

	if (!rc)
		rc = journal_read(j, 0, j->block);
	if (rc)
		return rc;
	memcpy(&j->super, j->block, sizeof(j->super));
	rc = check_super(j, i->size >> j->fs->block_bits, why);
	return rc ? rc : load_runs(j, i, j->end);
}

static int find_inode(struct journal *j, const char **why)
{
	struct ext4 *fs = j->fs;
	struct einode *e = mem_zalloc(sizeof(*e));
	struct inode *i = mem_zalloc(sizeof(*i));
	int rc = -ENOMEM;

	if (e && i) {
		i->priv = e;
		rc = ext4_inode_peek(fs, fs->super.journal_inum, i);
		if (!rc && !mode_is(i->mode, S_IFREG))
			rc = -EUCLEAN;
		if (!rc)
			rc = load(j, i, why);
	}
	mem_free(e);
	mem_free(i);
	return rc;
}

int journal_open(struct ext4 *fs, struct journal **out, const char **why)
{
	struct journal *j;
	int rc = -ENOMEM;

	*why = "its journal cannot be read";
	if (fs->super.journal_dev || fs->super.journal_inum == 0) {
		*why = "its journal is on another disk";
		return -EOPNOTSUPP;
	}
	j = mem_zalloc(sizeof(*j));
	if (!j)
		return rc;
	j->fs = fs;
	block_set_init(&j->revoked);
	j->block = mem_alloc(fs->block_size);
	if (j->block)
		rc = find_inode(j, why);
	if (rc)
		journal_close(j);
	else
		*out = j;
	return rc;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	block_set_clear(&j->revoked);
	mem_free(j->runs);
	mem_free(j->block);
	mem_free(j);
}
