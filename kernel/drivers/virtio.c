/* virtio.c - initialisation and split queues (VIRTIO 1.2, 2.7 and 3.1). */
#include "kernel/drivers/virtio.h"

#include "kernel/arch/mmu.h"
#include "kernel/core/log.h"
#include "kernel/drivers/virtio_ring.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"

enum {
	STATUS_ACKNOWLEDGE = 1,
	STATUS_DRIVER = 2,
	STATUS_DRIVER_OK = 4,
	STATUS_FEATURES_OK = 8,
	STATUS_FAILED = 128,
};

static const struct virtio_driver *const drivers[] = {
	&virtio_blk_driver,
	&virtio_net_driver,
	&virtio_rng_driver,
	&virtio_scsi_driver,
};

void virtio_found(struct virtio_device *d)
{
	for (unsigned i = 0; i < ARRAY_LEN(drivers); i++) {
		int rc;

		if (drivers[i]->id != d->id)
			continue;
		rc = drivers[i]->attach(d);
		if (!rc)
			return;
		log_line("%s: error %d: not used", drivers[i]->name, -rc);
		d->ops->set_status(d, STATUS_FAILED);
		return;
	}
}

int virtio_begin(struct virtio_device *d, uint64_t wanted)
{
	uint64_t offered;

	d->ops->set_status(d, 0);
	while (d->ops->status(d))
		;
	d->ops->set_status(d, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	offered = d->ops->features(d);
	if (!(offered & VIRTIO_F_VERSION))
		return -ENODEV; /* older than VIRTIO 1.0 */
	d->features = offered & (wanted | VIRTIO_F_VERSION);
	d->ops->set_features(d, d->features);
	d->ops->set_status(d, STATUS_ACKNOWLEDGE | STATUS_DRIVER |
	                              STATUS_FEATURES_OK);
	return d->ops->status(d) & STATUS_FEATURES_OK ? 0 : -EIO;
}

void virtio_ready(struct virtio_device *d)
{
	d->ops->set_status(d, STATUS_ACKNOWLEDGE | STATUS_DRIVER |
	                              STATUS_FEATURES_OK | STATUS_DRIVER_OK);
}

void virtio_config(struct virtio_device *d, unsigned offset, void *out,
                   unsigned len)
{
	d->ops->read_config(d, offset, out, len);
}

/* --- queues --- */

static size_t avail_offset(uint16_t size)
{
	return sizeof(struct virtq_desc) * size;
}

static size_t used_offset(uint16_t size)
{
	size_t avail = sizeof(struct virtq_avail) + 2 * ((size_t)size + 1);

	return (avail_offset(size) + avail + 3) & ~(size_t)3;
}

static size_t ring_bytes(uint16_t size)
{
	return used_offset(size) + sizeof(struct virtq_used) +
	       sizeof(struct virtq_used_elem) * size + 2;
}

static int alloc_ring(struct virtio_queue *q)
{
	unsigned order = 0;
	struct page *p;
	char *base;

	while (((size_t)PAGE_SIZE << order) < ring_bytes(q->size))
		order++;
	p = page_alloc_zeroed(order);
	q->tokens = mem_zalloc(q->size * sizeof(void *));
	if (!p || !q->tokens)
		return -ENOMEM;
	base = page_virt(p);
	q->desc = (void *)base;
	q->avail = (void *)(base + avail_offset(q->size));
	q->used = (void *)(base + used_offset(q->size));
	for (uint16_t i = 0; i < q->size; i++)
		q->desc[i].next = (uint16_t)(i + 1);
	q->nr_free = q->size;
	return 0;
}

int virtio_add_queue(struct virtio_device *d, uint16_t index,
                     void (*done)(struct virtio_queue *q), void *priv)
{
	struct virtio_queue *q = &d->queues[index];
	uint16_t size;
	int rc;

	if (index >= VIRTIO_QUEUES_MAX)
		return -ENOENT;
	size = d->ops->queue_size(d, index);
	if (!size || size & (size - 1))
		return -ENOENT;
	*q = (struct virtio_queue){
		.dev = d,
		.index = index,
		.size = size < VIRTIO_QUEUE_SIZE ? size : VIRTIO_QUEUE_SIZE,
		.done = done,
		.priv = priv,
	};
	rc = alloc_ring(q);
	if (!rc)
		rc = d->ops->start_queue(d, q);
	if (!rc && index >= d->nr_queues)
		d->nr_queues = (uint16_t)(index + 1);
	return rc;
}

void virtio_interrupt(struct virtio_device *d)
{
	for (uint16_t i = 0; i < d->nr_queues; i++) {
		struct virtio_queue *q = &d->queues[i];

		if (q->done && q->used && q->used->idx != q->last_used)
			q->done(q);
	}
}

static void fill_desc(struct virtio_queue *q, uint16_t at,
                      const struct virtio_seg *seg, bool write, bool last)
{
	q->desc[at].addr = virt_to_phys(seg->data).v;
	q->desc[at].len = seg->len;
	q->desc[at].flags = (uint16_t)((write ? VIRTQ_DESC_WRITE : 0) |
	                               (last ? 0 : VIRTQ_DESC_NEXT));
}

int virtio_offer(struct virtio_queue *q, const struct virtio_seg *segs,
                 unsigned nr_out, unsigned nr_in, void *token)
{
	unsigned nr = nr_out + nr_in;
	uint16_t head = q->free_head, at = head, slot = q->avail->idx;

	if (nr > q->nr_free || !nr)
		return -ENOSPC;
	for (unsigned i = 0; i < nr; i++) {
		fill_desc(q, at, &segs[i], i >= nr_out, i + 1 == nr);
		at = q->desc[at].next;
	}
	q->free_head = at;
	q->nr_free = (uint16_t)(q->nr_free - nr);
	q->tokens[head] = token;
	q->avail->ring[slot & (q->size - 1)] = head;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	q->avail->idx = (uint16_t)(slot + 1);
	return 0;
}

/* With EVENT_IDX the device says at which index it wants to hear. */
static bool wants_kick(struct virtio_queue *q)
{
	uint16_t now = q->avail->idx, was = q->kicked;

	if (!(q->dev->features & VIRTIO_F_EVENT))
		return !(q->used->flags & VIRTQ_USED_NO_NOTIFY);
	return (uint16_t)(now - virtq_avail_event(q) - 1) <
	       (uint16_t)(now - was);
}

void virtio_kick(struct virtio_queue *q)
{
	bool wanted;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	wanted = wants_kick(q);
	q->kicked = q->avail->idx;
	if (!wanted)
		return;
	if (q->dev->ops->notify_bytes == 4)
		*(volatile uint32_t *)q->notify = q->index;
	else
		*(volatile uint16_t *)q->notify = q->index;
}

static void free_chain(struct virtio_queue *q, uint16_t head)
{
	uint16_t at = head, n = 1;

	/* We wrote these links; the device only reads them. */
	while (q->desc[at].flags & VIRTQ_DESC_NEXT && n < q->size) {
		at = q->desc[at].next;
		n++;
	}
	q->desc[at].next = q->free_head;
	q->free_head = head;
	q->nr_free = (uint16_t)(q->nr_free + n);
}

void *virtio_take(struct virtio_queue *q, uint32_t *len)
{
	while (q->used->idx != q->last_used) {
		const volatile struct virtq_used_elem *e;
		uint32_t id;
		void *token;

		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		e = &q->used->ring[q->last_used & (q->size - 1)];
		id = e->id;
		*len = e->len;
		q->last_used++;
		token = id < q->size ? q->tokens[id] : NULL;
		if (!token)
			continue; /* never offered: the device is confused */
		q->tokens[id] = NULL;
		free_chain(q, (uint16_t)id);
		return token;
	}
	return NULL;
}

void virtio_mute(struct virtio_queue *q)
{
	if (!(q->dev->features & VIRTIO_F_EVENT))
		q->avail->flags = VIRTQ_AVAIL_NO_INTERRUPT;
	else /* an index that will not come soon */
		*virtq_used_event(q) = (uint16_t)(q->last_used - 1);
}

bool virtio_listen(struct virtio_queue *q)
{
	if (!(q->dev->features & VIRTIO_F_EVENT))
		q->avail->flags = 0;
	else
		*virtq_used_event(q) = q->last_used;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return q->used->idx != q->last_used;
}
