/* virtio_blk.c - disks (VIRTIO 1.2, 5.2). */
#include "kernel/core/blockdev.h"
#include "kernel/core/clock.h"
#include "kernel/core/log.h"
#include "kernel/drivers/virtio.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/wait.h"

#define BLK_F_SEG_MAX (UINT64_C(1) << 2)
#define BLK_F_RO      (UINT64_C(1) << 5)
#define BLK_F_FLUSH   (UINT64_C(1) << 9)

enum {
	TYPE_IN = 0,
	TYPE_OUT = 1,
	TYPE_FLUSH = 4,
	TYPE_GET_ID = 8,
	STATUS_OK = 0,

	CONFIG_CAPACITY = 0,
	CONFIG_SEG_MAX = 12,
	SERIAL_SIZE = 20,
	SEGS_MAX = 32,
};

struct header {
	uint32_t type, reserved;
	uint64_t sector;
};
static_assert(sizeof(struct header) == 16, "VIRTIO 1.2, 5.2.6");

/*
 * Locking: `lock` guards the queue, and `finished` of requests. Requests live
 * in memory of their own, not on a stack: the device writes to them.
 */
struct disk {
	struct block_device block;
	struct virtio_device *dev;
	struct virtio_queue *q;
	struct lock lock;  /* rank LOCK_DEVICE */
	struct waitq room; /* the queue was full */
};

struct request {
	struct header header;
	uint8_t status;
	bool finished;
	struct waitq done;
};

static void queue_done(struct virtio_queue *q)
{
	struct disk *d = q->priv;
	struct request *r;
	uint32_t len;

	lock_acquire(&d->lock);
	do {
		while ((r = virtio_take(q, &len))) {
			r->finished = true;
			waitq_wake(&r->done, ~0u);
		}
	} while (virtio_listen(q));
	lock_release(&d->lock);
	waitq_wake(&d->room, ~0u);
}

static int offer(struct disk *d, const struct virtio_seg *segs, unsigned out,
                 unsigned in, struct request *r)
{
	int rc;

	lock_acquire(&d->lock);
	rc = virtio_offer(d->q, segs, out, in, r);
	if (!rc)
		virtio_kick(d->q);
	lock_release(&d->lock);
	return rc;
}

static void offer_when_room(struct disk *d, const struct virtio_seg *segs,
                            unsigned out, unsigned in, struct request *r)
{
	struct wait w;

	wait_begin(&w, &d->room);
	while (offer(d, segs, out, in, r))
		(void)!wait_sleep_hard(&w, NO_DEADLINE);
	wait_end(&w);
}

static bool is_finished(struct disk *d, const struct request *r)
{
	bool finished;

	lock_acquire(&d->lock);
	finished = r->finished;
	lock_release(&d->lock);
	return finished;
}

/* Send what stands between header and status, and wait. */
static int submit(struct disk *d, uint32_t type, uint64_t lba,
                  struct virtio_seg *segs, unsigned nr)
{
	struct request *r = mem_zalloc(sizeof(*r));
	bool device_reads = type == TYPE_OUT;
	struct wait w;
	int rc;

	if (!r)
		return -ENOMEM;
	r->header = (struct header){type, 0, lba};
	r->status = 0xff;
	waitq_init(&r->done);
	segs[0] = (struct virtio_seg){&r->header, sizeof(r->header)};
	segs[nr + 1] = (struct virtio_seg){&r->status, 1};
	offer_when_room(d, segs, 1 + (device_reads ? nr : 0),
	                1 + (device_reads ? 0 : nr), r);
	wait_begin(&w, &r->done);
	while (!is_finished(d, r))
		(void)!wait_sleep_hard(&w, NO_DEADLINE);
	wait_end(&w);
	rc = r->status == STATUS_OK ? 0 : -EIO;
	mem_free(r);
	return rc;
}

static struct disk *disk_of(struct block_device *b)
{
	return CONTAINER_OF(b, struct disk, block);
}

static int disk_io(struct block_device *b, enum block_op op, uint64_t lba,
                   const struct block_seg *segs, unsigned nr)
{
	struct virtio_seg all[SEGS_MAX + 2];

	if (nr > SEGS_MAX)
		return -EINVAL;
	if (op == BLOCK_WRITE && b->read_only)
		return -EROFS;
	for (unsigned i = 0; i < nr; i++)
		all[i + 1] = (struct virtio_seg){segs[i].data, segs[i].len};
	return submit(disk_of(b), op == BLOCK_WRITE ? TYPE_OUT : TYPE_IN, lba,
	              all, nr);
}

static int disk_flush(struct block_device *b)
{
	struct disk *d = disk_of(b);
	struct virtio_seg segs[2];

	if (!(d->dev->features & BLK_F_FLUSH))
		return 0; /* the device writes through (VIRTIO 1.2, 5.2.6.2) */
	return submit(d, TYPE_FLUSH, 0, segs, 0);
}

static const struct block_ops disk_ops = {.io = disk_io, .flush = disk_flush};

/* A device without a serial number answers with an error or zeroes. */
static void read_serial(struct disk *d)
{
	char *serial = mem_zalloc(SERIAL_SIZE + 1);
	struct virtio_seg segs[3] = {[1] = {serial, SERIAL_SIZE}};

	if (serial && submit(d, TYPE_GET_ID, 0, segs, 1) == 0)
		str_copy(d->block.serial, serial, sizeof(d->block.serial));
	mem_free(serial);
}

static void read_limits(struct disk *d)
{
	uint32_t max = 1;

	virtio_config(d->dev, CONFIG_CAPACITY, &d->block.sectors, 8);
	if (d->dev->features & BLK_F_SEG_MAX)
		virtio_config(d->dev, CONFIG_SEG_MAX, &max, 4);
	if (max > SEGS_MAX)
		max = SEGS_MAX;
	if (max > d->q->size - 2u)
		max = d->q->size - 2u;
	d->block.max_segs = (uint16_t)(max ? max : 1);
	d->block.read_only = d->dev->features & BLK_F_RO;
}

static int attach(struct virtio_device *dev)
{
	static char next_name = 'a';
	struct disk *d = mem_zalloc(sizeof(*d));
	int rc;

	if (!d)
		return -ENOMEM;
	d->dev = dev;
	lock_init(&d->lock, LOCK_DEVICE);
	waitq_init(&d->room);
	rc = virtio_begin(dev, BLK_F_SEG_MAX | BLK_F_RO | BLK_F_FLUSH |
	                               VIRTIO_F_EVENT);
	if (!rc)
		rc = virtio_add_queue(dev, 0, queue_done, d);
	if (rc)
		return rc; /* `d` stays: the device may know of it */
	d->q = &dev->queues[0];
	d->block.ops = &disk_ops;
	read_limits(d);
	str_printf(d->block.name, sizeof(d->block.name), "vd%c", next_name++);
	virtio_ready(dev);
	read_serial(d);
	block_add(&d->block);
	return 0;
}

const struct virtio_driver virtio_blk_driver = {
	.name = "virtio-blk",
	.id = VIRTIO_ID_BLOCK,
	.attach = attach,
};
