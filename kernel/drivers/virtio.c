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

	RESET_TRIES = 100000, /* reads of a register */
};

static const struct virtio_driver *const drivers[] = {
	&virtio_blk_driver,
	&virtio_net_driver,
	&virtio_rng_driver,
	&virtio_scsi_driver,
};

void virtio_init(struct virtio_device *d,
                 const struct virtio_transport_ops *ops, uint16_t id)
{
	static unsigned next_number;

	d->ops = ops;
	d->id = id;
	d->number = next_number++;
	list_init(&d->queues);
}

void virtio_interrupt_name(const struct virtio_device *d, const char *what,
                           char out[VIRTIO_INTERRUPT_NAME])
{
	str_printf(out, VIRTIO_INTERRUPT_NAME, "virtio%u%s%s", d->number,
	           what ? "-" : "", what ? what : "");
}

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
	for (unsigned i = 0; d->ops->status(d); i++)
		if (i == RESET_TRIES)
			return -EIO;
	d->ops->set_status(d, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	offered = d->ops->features(d);
	if (!d->ops->legacy && !(offered & VIRTIO_F_VERSION))
		return -ENODEV; /* older than VIRTIO 1.0 */
	d->features = offered & (wanted | VIRTIO_F_VERSION);
	d->ops->set_features(d, d->features);
	if (d->ops->legacy)
		return 0;
	d->ops->set_status(d, STATUS_ACKNOWLEDGE | STATUS_DRIVER |
	                              STATUS_FEATURES_OK);
	return d->ops->status(d) & STATUS_FEATURES_OK ? 0 : -EIO;
}

void virtio_ready(struct virtio_device *d)
{
	uint8_t agreed = d->ops->legacy ? 0 : STATUS_FEATURES_OK;

	d->ops->set_status(d, STATUS_ACKNOWLEDGE | STATUS_DRIVER | agreed |
	                              STATUS_DRIVER_OK);
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

/* 2.7, and 2.7.2 for legacy interfaces, where it begins a page. */
static size_t used_offset(const struct virtio_queue *q)
{
	size_t align = q->dev->ops->legacy ? PAGE_SIZE : 4;
	size_t avail = sizeof(struct virtq_avail) + 2 * ((size_t)q->size + 1);

	return (avail_offset(q->size) + avail + align - 1) & ~(align - 1);
}

static size_t ring_bytes(const struct virtio_queue *q)
{
	return used_offset(q) + sizeof(struct virtq_used) +
	       sizeof(struct virtq_used_elem) * q->size + 2;
}

static int alloc_ring(struct virtio_queue *q)
{
	unsigned order = 0;
	struct page *p;
	char *base;

	while (((size_t)PAGE_SIZE << order) < ring_bytes(q))
		order++;
	p = page_alloc_zeroed(order);
	q->slots = mem_zalloc(q->size * sizeof(*q->slots));
	if (!p || !q->slots)
		return -ENOMEM;
	base = page_virt(p);
	q->desc = (void *)base;
	q->avail = (void *)(base + avail_offset(q->size));
	q->used = (void *)(base + used_offset(q));
	for (uint16_t i = 0; i < q->size; i++)
		q->slots[i].next = (uint16_t)(i + 1);
	q->nr_free = q->size;
	return 0;
}

int virtio_add_queue(struct virtio_device *d, struct virtio_queue *q,
                     const struct virtio_queue_setup *how)
{
	uint16_t size = d->ops->queue_size(d, how->index);
	int rc;

	if (!size || size & (size - 1))
		return -ENOENT;
	if (d->ops->legacy && size > VIRTIO_LEGACY_QUEUE_SIZE)
		return -EIO;
	if (!d->ops->legacy && size > VIRTIO_QUEUE_SIZE)
		size = VIRTIO_QUEUE_SIZE;
	*q = (struct virtio_queue){.dev = d, .how = *how, .size = size};
	rc = alloc_ring(q);
	if (!rc)
		rc = d->ops->start_queue(d, q);
	if (!rc)
		list_append(&d->queues, &q->link);
	return rc;
}

static bool is_new(const struct virtio_queue *q)
{
	return !q->broken && q->used->idx != q->last_used;
}

/*
 * Also if there is nothing new: somebody may have taken it before we came here,
 * and the device interrupts no more until it is asked to again.
 */
void virtio_queue_interrupt(struct virtio_queue *q)
{
	if (q->how.done)
		q->how.done(q);
}

void virtio_interrupt(struct virtio_device *d)
{
	LIST_EACH(n, &d->queues)
	{
		struct virtio_queue *q =
			LIST_ENTRY(n, struct virtio_queue, link);

		if (!q->alone)
			virtio_queue_interrupt(q);
	}
}

static void fill_desc(struct virtio_queue *q, uint16_t at,
                      const struct virtio_seg *seg, bool write, bool last)
{
	q->desc[at].addr = virt_to_phys(seg->data).v;
	q->desc[at].len = seg->len;
	q->desc[at].next = q->slots[at].next;
	q->desc[at].flags = (uint16_t)((write ? VIRTQ_DESC_WRITE : 0) |
	                               (last ? 0 : VIRTQ_DESC_NEXT));
}

int virtio_offer(struct virtio_queue *q, const struct virtio_seg *segs,
                 unsigned nr_out, unsigned nr_in, void *token)
{
	unsigned nr = nr_out + nr_in;
	uint16_t head = q->free_head, at = head;

	if (q->broken || !nr || nr > q->size)
		return -EIO;
	if (nr > q->nr_free)
		return -ENOSPC;
	for (unsigned i = 0; i < nr; i++) {
		fill_desc(q, at, &segs[i], i >= nr_out, i + 1 == nr);
		at = q->slots[at].next;
	}
	q->free_head = at;
	q->nr_free = (uint16_t)(q->nr_free - nr);
	q->slots[head].token = token;
	q->slots[head].nr = (uint16_t)nr;
	q->avail->ring[q->offered & (q->size - 1)] = head;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	q->avail->idx = ++q->offered;
	return 0;
}

/* With EVENT_IDX the device says at which index it wants to hear. */
static bool wants_kick(struct virtio_queue *q)
{
	uint16_t now = q->offered, was = q->kicked;

	if (!(q->dev->features & VIRTIO_F_EVENT))
		return !(q->used->flags & VIRTQ_USED_NO_NOTIFY);
	return (uint16_t)(now - virtq_avail_event(q) - 1) <
	       (uint16_t)(now - was);
}

bool virtio_kick_due(struct virtio_queue *q)
{
	bool wanted;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	wanted = wants_kick(q);
	q->kicked = q->offered;
	return wanted && !q->broken;
}

void virtio_notify(struct virtio_queue *q)
{
	if (q->dev->ops->notify)
		q->dev->ops->notify(q);
	else if (q->dev->ops->notify_bytes == 4)
		*(volatile uint32_t *)q->notify = q->how.index;
	else
		*(volatile uint16_t *)q->notify = q->how.index;
}

void virtio_kick(struct virtio_queue *q)
{
	if (virtio_kick_due(q))
		virtio_notify(q);
}

static void *release(struct virtio_queue *q, uint16_t head)
{
	struct virtio_slot *s = &q->slots[head];
	void *token = s->token;
	uint16_t last = head;

	for (unsigned n = 1; n < s->nr; n++)
		last = q->slots[last].next;
	q->slots[last].next = q->free_head;
	q->free_head = head;
	q->nr_free = (uint16_t)(q->nr_free + s->nr);
	s->token = NULL;
	return token;
}

/* A device that is reset writes no more to our memory (VIRTIO 1.2, 2.1). */
static void break_device(struct virtio_device *d)
{
	log_line("virtio: a device (kind %u) gave back what it was not given: "
	         "not used any more",
	         d->id);
	d->ops->set_status(d, 0);
	LIST_EACH(n, &d->queues)
	LIST_ENTRY(n, struct virtio_queue, link)->broken = true;
}

void *virtio_take(struct virtio_queue *q, uint32_t *len)
{
	const volatile struct virtq_used_elem *e;
	uint32_t id;

	if (!is_new(q))
		return NULL;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	e = &q->used->ring[q->last_used & (q->size - 1)];
	id = e->id;
	*len = e->len;
	if (id >= q->size || !q->slots[id].token) {
		break_device(q->dev);
		return NULL;
	}
	q->last_used++;
	return release(q, (uint16_t)id);
}

void *virtio_orphan(struct virtio_queue *q)
{
	for (uint16_t i = 0; q->broken && i < q->size; i++)
		if (q->slots[i].token)
			return release(q, i);
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
	return is_new(q);
}
