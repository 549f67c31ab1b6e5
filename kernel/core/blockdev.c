/* blockdev.c - the list of disks, and what is checked for all of them. */
#include "kernel/core/blockdev.h"

#include "kernel/core/clock.h"
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

/* --- counting --- */

/* The time that went by belongs to who is under way. */
static void settle_locked(struct block_stats *s, uint64_t now)
{
	if (s->busy)
		s->busy_ns += now - s->since;
	s->weighted_ns += s->busy * (now - s->since);
	s->since = now;
}

static uint64_t begin(struct block_device *dev)
{
	uint64_t now;

	lock_acquire(&all.lock);
	now = clock_monotonic();
	settle_locked(&dev->stats, now);
	dev->stats.busy++;
	lock_release(&all.lock);
	return now;
}

static void end(struct block_device *dev, struct block_count *count,
                const struct block_seg *segs, unsigned nr, uint64_t began)
{
	uint64_t now;

	lock_acquire(&all.lock);
	now = clock_monotonic();
	settle_locked(&dev->stats, now);
	dev->stats.busy--;
	count->requests++;
	count->ns += now - began;
	for (unsigned i = 0; i < nr; i++)
		count->sectors += segs[i].len / SECTOR_SIZE;
	lock_release(&all.lock);
}

int block_io(struct block_device *dev, enum block_op op, uint64_t lba,
             const struct block_seg *segs, unsigned nr)
{
	int rc = check(dev, lba, segs, nr);
	uint64_t began;

	if (rc)
		return rc;
	if (op == BLOCK_WRITE && dev->read_only)
		return -EROFS;
	began = begin(dev);
	rc = dev->ops->io(dev, op, lba, segs, nr);
	end(dev, op == BLOCK_READ ? &dev->stats.read : &dev->stats.write, segs,
	    nr, began);
	return rc;
}

int block_flush(struct block_device *dev)
{
	uint64_t began = begin(dev);
	int rc = dev->ops->flush(dev);

	end(dev, &dev->stats.flush, NULL, 0, began);
	return rc;
}

const struct block_device *block_nth(unsigned n, struct block_stats *out)
{
	const struct block_device *found = NULL;

	lock_acquire(&all.lock);
	LIST_EACH(l, &all.devices)
	{
		struct block_device *dev =
			LIST_ENTRY(l, struct block_device, link);

		if (n--)
			continue;
		settle_locked(&dev->stats, clock_monotonic());
		*out = dev->stats;
		found = dev;
		break;
	}
	lock_release(&all.lock);
	return found;
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
