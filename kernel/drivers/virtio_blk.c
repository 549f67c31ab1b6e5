/* virtio_blk.c - disks (VIRTIO 1.2, 5.2). */
#include "kernel/core/blockdev.h"
#include "kernel/drivers/virtio_call.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

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

struct disk {
	struct block_device block;
	struct virtio_device *dev;
	struct virtio_calls calls;
};

struct request {
	struct virtio_call call;
	struct header header;
	uint8_t status;
};

/* Send what stands between header and status, and wait. */
static int submit(struct disk *d, uint32_t type, uint64_t lba,
                  struct virtio_seg *segs, unsigned nr)
{
	struct request *r = mem_zalloc(sizeof(*r));
	bool device_reads = type == TYPE_OUT;
	int rc;

	if (!r)
		return -ENOMEM;
	r->header = (struct header){type, 0, lba};
	r->status = 0xff;
	segs[0] = (struct virtio_seg){&r->header, sizeof(r->header)};
	segs[nr + 1] = (struct virtio_seg){&r->status, 1};
	virtio_call(&d->calls, segs, 1 + (device_reads ? nr : 0),
	            1 + (device_reads ? 0 : nr), &r->call);
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
	if (max > d->calls.q.size - 2u)
		max = d->calls.q.size - 2u;
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
	rc = virtio_begin(dev, BLK_F_SEG_MAX | BLK_F_RO | BLK_F_FLUSH |
	                               VIRTIO_F_EVENT);
	if (!rc)
		rc = virtio_calls_init(&d->calls, dev, 0, "req.0");
	if (rc)
		return rc; /* `d` stays: the device may know of it */
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
