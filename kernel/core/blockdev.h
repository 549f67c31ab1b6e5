/*
 * blockdev.h - where disk drivers and file systems meet.
 *
 * A sector is 512 bytes, always. Calls sleep until the device has answered.
 * Buffers are kernel memory that is physically contiguous (pages, mem_alloc).
 */
#ifndef KERNEL_CORE_BLOCKDEV_H
#define KERNEL_CORE_BLOCKDEV_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/attr.h"
#include "kernel/lib/list.h"

enum { SECTOR_SIZE = 512 };

struct block_device;

/* One piece of memory of a request; len is a multiple of SECTOR_SIZE. */
struct block_seg {
	void *data;
	uint32_t len; /* bytes */
};

enum block_op { BLOCK_READ, BLOCK_WRITE };

struct block_ops {
	/*
	 * Move `nr` segments from or to the sectors from `lba` on. 0 or
	 * -EIO; -EROFS for a write to a device that is read-only. Requests
	 * from several threads may be under way at once and finish in any
	 * order.
	 */
	NODISCARD int (*io)(struct block_device *dev, enum block_op op,
	                    uint64_t lba, const struct block_seg *segs,
	                    unsigned nr);

	/* What was written before is on stable storage. 0 or -EIO. */
	NODISCARD int (*flush)(struct block_device *dev);
};

/* What was done with it since boot, for /proc/diskstats. */
struct block_count {
	uint64_t requests, sectors, ns;
};

struct block_stats {
	struct block_count read, write, flush;
	unsigned busy; /* requests under way */
	uint64_t busy_ns, weighted_ns, since;
};

struct block_device {
	const struct block_ops *ops;
	uint64_t sectors; /* capacity */
	bool read_only;
	uint16_t max_segs; /* of one request, at least 1 */
	char name[8];      /* "vda" */
	char serial[21];   /* as the device says; "" when it says nothing */
	struct list link;
	struct block_stats stats; /* the list's lock must be held */
};

/* Checked forms of the ops: -EINVAL beyond the end or for odd lengths. */
NODISCARD int block_io(struct block_device *dev, enum block_op op, uint64_t lba,
                       const struct block_seg *segs, unsigned nr);
NODISCARD int block_flush(struct block_device *dev);

/* A driver announces a device; it is never taken back. */
void block_add(struct block_device *dev);

/* By serial number; NULL when there is none. With "" the first device. */
struct block_device *block_find(const char *serial);

/* The disks in the order they came, and what was done with the nth up to now.
 * NULL: there are fewer. */
const struct block_device *block_nth(unsigned n, struct block_stats *out);

#endif
