/*
 * csum.c - the check sums of ext4 (metadata_csum, and gdt_csum before it).
 *
 * Each is a CRC-32C whose start says what is summed: the file system's seed,
 * then for what belongs to an inode its number and generation. The field of
 * the sum itself counts as zero, or the sum ends before it.
 */
#include "kernel/fs/ext4/ext4.h"
#include "kernel/lib/crc.h"
#include "kernel/lib/string.h"

uint32_t csum_super(const struct ext4_super *s)
{
	return crc32c(UINT32_MAX, s, offsetof(struct ext4_super, checksum));
}

uint32_t csum_bitmap(const struct ext4 *fs, const void *bits, size_t bytes)
{
	return crc32c(fs->seed, bits, bytes);
}

static uint16_t csum_desc_crc16(const struct ext4 *fs, uint32_t group,
                                const struct ext4_desc *d)
{
	size_t at = offsetof(struct ext4_desc, checksum);
	uint16_t crc = crc16(UINT16_MAX, fs->super.uuid, 16);

	crc = crc16(crc, &group, sizeof(group));
	crc = crc16(crc, d, at);
	at += sizeof(d->checksum);
	if (fs->desc_size > at)
		crc = crc16(crc, (const uint8_t *)d + at, fs->desc_size - at);
	return crc;
}

uint16_t csum_desc(const struct ext4 *fs, uint32_t group,
                   const struct ext4_desc *d)
{
	struct ext4_desc zeroed = *d;
	uint32_t crc;

	if (!fs->csum)
		return csum_desc_crc16(fs, group, d);
	zeroed.checksum = 0;
	crc = crc32c(fs->seed, &group, sizeof(group));
	return (uint16_t)crc32c(crc, &zeroed, fs->desc_size);
}

/* --- inodes --- */

uint32_t csum_inode_seed(const struct ext4 *fs, uint64_t ino,
                         uint32_t generation)
{
	uint32_t nr = (uint32_t)ino;
	uint32_t crc = crc32c(fs->seed, &nr, sizeof(nr));

	return crc32c(crc, &generation, sizeof(generation));
}

/* Does the inode have room for the upper half of its sum? */
static bool has_hi(const struct ext4 *fs, const struct ext4_disk_inode *d)
{
	return fs->inode_size > EXT4_OLD_INODE_SIZE &&
	       d->extra_isize >= offsetof(struct ext4_disk_inode, ctime_extra) -
	                                 EXT4_OLD_INODE_SIZE;
}

static uint32_t csum_inode(const struct ext4 *fs, uint64_t ino,
                           const uint8_t *raw)
{
	static const uint8_t zeroes[2];
	const struct ext4_disk_inode *d = (const void *)raw;
	size_t lo = offsetof(struct ext4_disk_inode, checksum_lo);
	size_t hi = offsetof(struct ext4_disk_inode, checksum_hi);
	uint32_t crc = csum_inode_seed(fs, ino, d->generation);

	crc = crc32c(crc, raw, lo);
	crc = crc32c(crc, zeroes, 2);
	crc = crc32c(crc, raw + lo + 2, EXT4_OLD_INODE_SIZE - lo - 2);
	if (fs->inode_size == EXT4_OLD_INODE_SIZE)
		return crc;
	if (!has_hi(fs, d))
		return crc32c(crc, raw + EXT4_OLD_INODE_SIZE,
		              fs->inode_size - EXT4_OLD_INODE_SIZE);
	crc = crc32c(crc, raw + EXT4_OLD_INODE_SIZE, hi - EXT4_OLD_INODE_SIZE);
	crc = crc32c(crc, zeroes, 2);
	return crc32c(crc, raw + hi + 2, fs->inode_size - hi - 2);
}

void csum_inode_set(const struct ext4 *fs, uint64_t ino, uint8_t *raw)
{
	struct ext4_disk_inode *d = (void *)raw;
	uint32_t crc;

	if (!fs->csum)
		return;
	crc = csum_inode(fs, ino, raw);
	d->checksum_lo = (uint16_t)crc;
	if (has_hi(fs, d))
		d->checksum_hi = (uint16_t)(crc >> 16);
}

bool csum_inode_ok(const struct ext4 *fs, uint64_t ino, const uint8_t *raw)
{
	const struct ext4_disk_inode *d = (const void *)raw;
	uint32_t crc;

	if (!fs->csum)
		return true;
	crc = csum_inode(fs, ino, raw);
	if (d->checksum_lo != (uint16_t)crc)
		return false;
	return !has_hi(fs, d) || d->checksum_hi == (uint16_t)(crc >> 16);
}

/* --- blocks of an inode --- */

/* Where the sum of a block of extents is: behind its last possible entry. */
static size_t extents_tail(const struct ext4 *fs, const uint8_t *data)
{
	const struct ext4_extent_header *h = (const void *)data;
	size_t at = sizeof(*h) + h->max * sizeof(struct ext4_extent);

	return at + 4 <= fs->block_size ? at : 0;
}

static uint32_t sum_at(const uint8_t *data, size_t at)
{
	uint32_t sum;

	memcpy(&sum, data + at, sizeof(sum));
	return sum;
}

void csum_extents_set(const struct inode *i, uint8_t *data)
{
	const struct ext4 *fs = ext4_of(i);
	size_t at = extents_tail(fs, data);
	uint32_t crc;

	if (!fs->csum || at == 0)
		return;
	crc = crc32c(einode_of(i)->seed, data, at);
	memcpy(data + at, &crc, sizeof(crc));
}

bool csum_extents_ok(const struct inode *i, const uint8_t *data)
{
	const struct ext4 *fs = ext4_of(i);
	size_t at = extents_tail(fs, data);

	return !fs->csum || (at > 0 && crc32c(einode_of(i)->seed, data, at) ==
	                                       sum_at(data, at));
}

void csum_dir_set(const struct inode *i, uint8_t *data)
{
	const struct ext4 *fs = ext4_of(i);
	size_t at = fs->block_size - sizeof(struct ext4_dir_tail);
	struct ext4_dir_tail *t = (void *)(data + at);

	if (!fs->csum)
		return;
	*t = (struct ext4_dir_tail){
		.rec_len = sizeof(*t),
		.type = EXT4_DIR_TAIL_TYPE,
		.checksum = crc32c(einode_of(i)->seed, data, at),
	};
}

bool csum_dir_ok(const struct inode *i, const uint8_t *data)
{
	const struct ext4 *fs = ext4_of(i);
	size_t at = fs->block_size - sizeof(struct ext4_dir_tail);
	const struct ext4_dir_tail *t = (const void *)(data + at);

	return !fs->csum ||
	       (t->rec_len == sizeof(*t) && t->type == EXT4_DIR_TAIL_TYPE &&
	        t->checksum == crc32c(einode_of(i)->seed, data, at));
}

uint32_t csum_xattr(const struct ext4 *fs, uint64_t block, const uint8_t *data)
{
	static const uint8_t zeroes[4];
	size_t at = offsetof(struct ext4_xattr_header, checksum);
	uint32_t crc = crc32c(fs->seed, &block, sizeof(block));

	crc = crc32c(crc, data, at);
	crc = crc32c(crc, zeroes, 4);
	return crc32c(crc, data + at + 4, fs->block_size - at - 4);
}
