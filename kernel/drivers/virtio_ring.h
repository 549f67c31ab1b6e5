/* virtio_ring.h - the layout of split queues (VIRTIO 1.2, 2.7). */
#ifndef KERNEL_DRIVERS_VIRTIO_RING_H
#define KERNEL_DRIVERS_VIRTIO_RING_H

#include "kernel/drivers/virtio.h"

enum {
	VIRTQ_DESC_NEXT = 1,
	VIRTQ_DESC_WRITE = 2,
	VIRTQ_AVAIL_NO_INTERRUPT = 1,
	VIRTQ_USED_NO_NOTIFY = 1,
};

struct virtq_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};
static_assert(sizeof(struct virtq_desc) == 16, "VIRTIO 1.2, 2.7.5");

struct virtq_avail {
	uint16_t flags, idx;
	uint16_t ring[]; /* and behind it: used_event */
};

struct virtq_used_elem {
	uint32_t id, len;
};

struct virtq_used {
	uint16_t flags, idx;
	struct virtq_used_elem ring[]; /* and behind it: avail_event */
};

static inline volatile uint16_t *virtq_used_event(struct virtio_queue *q)
{
	return &q->avail->ring[q->size];
}

static inline uint16_t virtq_avail_event(const struct virtio_queue *q)
{
	uint16_t v;

	__builtin_memcpy(&v, (const void *)(uintptr_t)&q->used->ring[q->size],
	                 sizeof(v));
	return v;
}

#endif
