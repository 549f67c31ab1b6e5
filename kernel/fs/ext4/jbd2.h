/*
 * jbd2.h - the journal as it lies on the disk (Linux,
 *Documentation/filesystems/ ext4, "Journal (jbd2)"). All its numbers are
 *big-endian.
 *
 *	| super | descriptor, blocks ... | revoked | commit | descriptor, ...
 *	  0       first                                              end
 *
 * A descriptor has a tag for each of the blocks that follow it: where that
 * belongs. The log is a ring from `first` to `end`. A transaction is what has
 * one sequence number, and counts when its commit block is there.
 */
#ifndef KERNEL_FS_EXT4_JBD2_H
#define KERNEL_FS_EXT4_JBD2_H

#include <stdint.h>

#include "kernel/lib/attr.h"

#define JBD2_MAGIC UINT32_C(0xC03B3998) /* no int: no enum */

/* Both ways. */
static inline uint16_t be16(uint16_t v)
{
	return __builtin_bswap16(v);
}

static inline uint32_t be32(uint32_t v)
{
	return __builtin_bswap32(v);
}

static inline uint64_t be64(uint64_t v)
{
	return __builtin_bswap64(v);
}

enum {
	JBD2_DESCRIPTOR = 1,
	JBD2_COMMIT = 2,
	JBD2_SUPER_V1 = 3, /* without features */
	JBD2_SUPER_V2 = 4,
	JBD2_REVOKE = 5,
};

/* At the start of every block but those that are copies. */
struct jbd2_header {
	uint32_t magic;
	uint32_t type;
	uint32_t sequence;
};
static_assert(sizeof(struct jbd2_header) == 12, "jbd2 block header");

enum {
	JBD2_IN_REVOKE = 0x1,
	JBD2_IN_64BIT = 0x2,
	JBD2_IN_CSUM_V2 = 0x8,
	JBD2_IN_CSUM_V3 = 0x10,
	JBD2_CSUM_CRC32C = 4, /* checksum_type */
};

struct jbd2_super {
	struct jbd2_header header;
	uint32_t block_size;
	uint32_t max_len; /* blocks, with this one */
	uint32_t first;
	uint32_t sequence; /* of the first transaction to replay */
	uint32_t start;    /* where that is; 0: there is nothing to replay */
	uint32_t error;
	uint32_t feature_compat;
	uint32_t feature_incompat;
	uint32_t feature_ro_compat;
	uint8_t uuid[16];
	uint32_t nr_users;
	uint32_t dynamic_super;
	uint32_t max_transaction;
	uint32_t max_trans_data;
	uint8_t checksum_type;
	uint8_t padding[3];
	uint32_t nr_fast_commit_blocks;
	uint32_t head;
	uint32_t reserved[40];
	uint32_t checksum; /* of the whole, with zero here */
	uint8_t users[16 * 48];
};
static_assert(sizeof(struct jbd2_super) == 1024, "jbd2 super block");

/* Flags of a tag. */
enum {
	JBD2_TAG_ESCAPED = 1,   /* its first four bytes were the magic number */
	JBD2_TAG_SAME_UUID = 2, /* else 16 bytes of UUID follow the tag */
	JBD2_TAG_LAST = 8,
	JBD2_UUID_SIZE = 16,
};

/*
 * With CSUM_V3. Before it there were 8 bytes, or 12 with 64BIT, and with
 * CSUM_V2 two more behind them.
 */
struct jbd2_tag3 {
	uint32_t block;
	uint32_t flags;
	uint32_t block_hi;
	uint32_t checksum; /* of the sequence number and the copy */
};
static_assert(sizeof(struct jbd2_tag3) == 16, "jbd2 tag, third version");

struct jbd2_tag {
	uint32_t block;
	uint16_t checksum; /* the lower half, with CSUM_V2 */
	uint16_t flags;
	uint32_t block_hi;
};
static_assert(sizeof(struct jbd2_tag) == 12, "jbd2 tag");

/* The last four bytes of descriptors and revocations, with check sums. */
enum { JBD2_TAIL_SIZE = 4 };

struct jbd2_revoke {
	struct jbd2_header header;
	uint32_t count; /* bytes used, with these 16; then block numbers */
};
static_assert(sizeof(struct jbd2_revoke) == 16, "jbd2 revocation");

struct jbd2_commit {
	struct jbd2_header header;
	uint8_t checksum_type;
	uint8_t checksum_size;
	uint8_t padding[2];
	uint32_t checksum[8]; /* V2 and V3: the first, of the whole block */
	uint64_t seconds;
	uint32_t nanoseconds;
};
static_assert(offsetof(struct jbd2_commit, seconds) == 48, "jbd2 commit");

#endif
