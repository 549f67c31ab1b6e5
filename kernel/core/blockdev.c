/* blockdev.c - the list of disks, and what is checked for all of them. */
#include "kernel/core/blockdev.h"

#include "kernel/core/lock.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

static struct {
	struct lock lock;
	struct list devices; /* lock must be held; in order of their coming */
} all = {
	.lock = LOCK_INIT(LOCK_TABLE),
	.devices = LIST_HEAD(all.devices),
};

static int check(const struct block_device *dev, uint64_t lba,
                 const struct block_seg *segs, unsigned nr)
{
	uint64_t sectors = 0;

	if (nr == 0 || nr > dev->max_segs)
		return -EINVAL;
	for (unsigned i = 0; i < nr; i++) {
		if (segs[i].len == 0 || segs[i].len % SECTOR_SIZE != 0)
			return -EINVAL;
		sectors += segs[i].len / SECTOR_SIZE;
	}
	if (lba > dev->sectors || sectors > dev->sectors - lba)
		return -EINVAL;
	return 0;
}

int block_io(struct block_device *dev, enum block_op op, uint64_t lba,
             const struct block_seg *segs, unsigned nr)
{
	int rc = check(dev, lba, segs, nr);

	if (rc)
		return rc;
	if (op == BLOCK_WRITE && dev->read_only)
		return -EROFS;
	return dev->ops->io(dev, op, lba, segs, nr);
}

int block_flush(struct block_device *dev)
{
	return dev->ops->flush(dev);
}

void block_add(struct block_device *dev)
{
	lock_acquire(&all.lock);
	list_append(&all.devices, &dev->link);
	lock_release(&all.lock);
}

struct block_device *block_find(const char *serial)
{
	struct block_device *found = NULL;

	lock_acquire(&all.lock);
	LIST_EACH(n, &all.devices)
	{
		struct block_device *dev =
			LIST_ENTRY(n, struct block_device, link);

		if (serial[0] == '\0' || strcmp(dev->serial, serial) == 0) {
			found = dev;
			break;
		}
	}
	lock_release(&all.lock);
	return found;
}
