/* vdev.c - see vdev.h. */
#include "tests/lib/khost/vdev.h"

#include <string.h>

#include "kernel/arch/mmu.h"
#include "kernel/core/blockdev.h"
#include "kernel/core/netdev.h"
#include "kernel/drivers/virtio_ring.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/errno.h"

paddr virt_to_phys(const void *virt)
{
	return (paddr){(uintptr_t)virt};
}

/* The last network card that was announced. */
static struct netdev *card;

void netdev_add(struct netdev *dev)
{
	card = dev;
}

struct netdev *netdev_next(struct netdev *dev)
{
	return dev ? NULL : card;
}

void khost_vdev_forget(void)
{
	struct block_device *b;

	card = NULL;
	while ((b = block_find("")))
		list_remove(&b->link);
}

static struct khost_vdev *of(struct virtio_device *d)
{
	return CONTAINER_OF(d, struct khost_vdev, dev);
}

static uint8_t status(struct virtio_device *d)
{
	return of(d)->stuck ? 1 : of(d)->status;
}

static void set_status(struct virtio_device *d, uint8_t v)
{
	of(d)->status = v;
}

static uint64_t features(struct virtio_device *d)
{
	return of(d)->offers;
}

static void set_features(struct virtio_device *d, uint64_t v)
{
	(void)d, (void)v;
}

static void read_config(struct virtio_device *d, unsigned offset, void *out,
                        unsigned len)
{
	memcpy(out, of(d)->config + offset, len);
}

static uint16_t queue_size(struct virtio_device *d, uint16_t index)
{
	return index < KHOST_VDEV_QUEUES ? of(d)->sizes[index] : 0;
}

static int start_queue(struct virtio_device *d, struct virtio_queue *q)
{
	q->notify = &of(d)->notified;
	of(d)->seen[q->how.index] = of(d)->given[q->how.index] = 0;
	return 0;
}

static const struct virtio_transport_ops ops = {
	.status = status,
	.set_status = set_status,
	.features = features,
	.set_features = set_features,
	.read_config = read_config,
	.queue_size = queue_size,
	.start_queue = start_queue,
	.notify_bytes = 4,
};

void khost_vdev_init(struct khost_vdev *v, uint16_t id, uint64_t features,
                     uint16_t size)
{
	*v = (struct khost_vdev){.offers = features | VIRTIO_F_VERSION};
	virtio_init(&v->dev, &ops, id);
	for (unsigned i = 0; i < KHOST_VDEV_QUEUES; i++)
		v->sizes[i] = size;
}

struct virtio_queue *khost_vdev_queue(struct khost_vdev *v, unsigned queue)
{
	LIST_EACH(n, &v->dev.queues)
	{
		struct virtio_queue *q =
			LIST_ENTRY(n, struct virtio_queue, link);

		if (q->how.index == queue)
			return q;
	}
	return NULL;
}

bool khost_vdev_next(struct khost_vdev *v, unsigned queue, uint16_t *head)
{
	const struct virtio_queue *q = khost_vdev_queue(v, queue);

	if (!q || q->offered == v->seen[queue])
		return false;
	*head = q->avail->ring[v->seen[queue]++ & (q->size - 1)];
	return true;
}

void khost_vdev_give(struct khost_vdev *v, unsigned queue, uint32_t id,
                     uint32_t len)
{
	struct virtio_queue *q = khost_vdev_queue(v, queue);
	volatile struct virtq_used_elem *e;

	if (!q)
		return;
	e = &q->used->ring[v->given[queue]++ & (q->size - 1)];
	e->id = id;
	e->len = len;
	q->used->idx = v->given[queue];
}

uint32_t khost_vdev_fill(struct khost_vdev *v, unsigned queue, uint16_t head,
                         uint8_t byte, uint32_t most, uint8_t last)
{
	const struct virtio_queue *q = khost_vdev_queue(v, queue);
	uint32_t done = 0;
	uint8_t *end = NULL;

	if (!q)
		return 0;
	/* By the driver's own links: the ring's may have been damaged. */
	for (unsigned n = 0, at = head; n < q->slots[head].nr; n++) {
		const volatile struct virtq_desc *d = &q->desc[at];
		uint32_t len = d->len < most - done ? d->len : most - done;

		at = q->slots[at].next;
		if (!(d->flags & VIRTQ_DESC_WRITE) || !len)
			continue;
		memset((void *)(uintptr_t)d->addr, byte, len);
		end = (uint8_t *)(uintptr_t)d->addr + d->len - 1;
		done += len;
	}
	if (end)
		*end = last;
	return done;
}

void *khost_vdev_piece(struct khost_vdev *v, unsigned queue, uint16_t head,
                       unsigned at, uint32_t *len)
{
	const struct virtio_queue *q = khost_vdev_queue(v, queue);

	if (!q)
		return NULL;
	while (at--)
		head = q->slots[head].next;
	*len = q->desc[head].len;
	return (void *)(uintptr_t)q->desc[head].addr;
}
