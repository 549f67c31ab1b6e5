/* partition.c - see partition.h. */
#include "kernel/fs/partition.h"

#include "kernel/abi/gpt.h"
#include "kernel/core/blockdev.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

struct partition {
	struct block_device block;
	struct block_device *disk;
	uint64_t first; /* LBA on the disk */
};

static struct partition *partition_of(struct block_device *b)
{
	return CONTAINER_OF(b, struct partition, block);
}

/* block_io() has checked that the request ends within the partition. */
static int part_io(struct block_device *b, enum block_op op, uint64_t lba,
                   const struct block_seg *segs, unsigned nr)
{
	struct partition *p = partition_of(b);

	return block_io(p->disk, op, p->first + lba, segs, nr);
}

static int part_flush(struct block_device *b)
{
	return block_flush(partition_of(b)->disk);
}

static const struct block_ops part_ops = {.io = part_io, .flush = part_flush};

static int make(struct block_device *disk, const struct gpt_entry *e,
                struct block_device **out)
{
	struct partition *p = mem_zalloc(sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->block = *disk;
	p->block.ops = &part_ops;
	p->block.sectors = e->last - e->first + 1;
	p->disk = disk;
	p->first = e->first;
	*out = &p->block;
	return 0;
}

static int read(struct block_device *disk, uint64_t lba, void *to,
                uint32_t sectors)
{
	struct block_seg seg = {to, sectors * SECTOR_SIZE};

	return block_io(disk, BLOCK_READ, lba, &seg, 1);
}

static bool has_table(const struct gpt_header *h)
{
	return memcmp(h->signature, "EFI PART", sizeof(h->signature)) == 0;
}

int partition_open(struct block_device *disk, const uint8_t type[16],
                   struct block_device **out)
{
	struct gpt_header *h = mem_alloc((1 + GPT_ENTRY_SECTORS) * SECTOR_SIZE);
	struct gpt_entry *entries = (void *)((char *)h + SECTOR_SIZE);
	const struct gpt_entry *e;
	int rc;

	if (!h)
		return -ENOMEM;
	rc = disk->sectors > 1 ? read(disk, 1, h, 1) : -ENOENT;
	if (!rc && !has_table(h))
		rc = -ENOENT;
	if (!rc && !gpt_header_ok(h, disk->sectors))
		rc = -EUCLEAN;
	if (!rc)
		rc = read(disk, h->entries_lba, entries, GPT_ENTRY_SECTORS);
	if (!rc) {
		e = gpt_find(h, entries, type);
		rc = e ? make(disk, e, out) : -ENOENT;
	}
	mem_free(h);
	return rc;
}
