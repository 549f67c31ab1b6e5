/*
 * vdev.h - a virtio device that a test plays, against the drivers.
 *
 * The rings are the driver's memory; physical addresses are pointers. It does
 * what it is told to, also what no device should.
 */
#ifndef TESTS_LIB_KHOST_VDEV_H
#define TESTS_LIB_KHOST_VDEV_H

#include "kernel/drivers/virtio.h"

enum { KHOST_VDEV_QUEUES = 18 };

struct khost_vdev {
	struct virtio_device dev;
	uint64_t offers; /* feature bits */
	uint8_t status;
	bool stuck; /* never reset */
	uint8_t config[64];
	uint16_t sizes[KHOST_VDEV_QUEUES];
	uint16_t seen[KHOST_VDEV_QUEUES];  /* of the available ring */
	uint16_t given[KHOST_VDEV_QUEUES]; /* to the used ring */
	uint32_t notified;
};

/* Features always have VERSION_1. Each queue has `size` entries. */
void khost_vdev_init(struct khost_vdev *v, uint16_t id, uint64_t features,
                     uint16_t size);

/* The queue with that number; NULL: the driver has not set it up. */
struct virtio_queue *khost_vdev_queue(struct khost_vdev *v, unsigned queue);

/* The next buffer that the driver offers; false: there is none. */
bool khost_vdev_next(struct khost_vdev *v, unsigned queue, uint16_t *head);

/* Give back what the ring calls `id`, having "written" `len` bytes. */
void khost_vdev_give(struct khost_vdev *v, unsigned queue, uint32_t id,
                     uint32_t len);

/*
 * Fill the pieces that the device may write of the buffer at `head` with
 * `byte`, up to `most` bytes; how many were written. The last byte of all
 * becomes `last`.
 */
uint32_t khost_vdev_fill(struct khost_vdev *v, unsigned queue, uint16_t head,
                         uint8_t byte, uint32_t most, uint8_t last);

/* The `at`th piece of the buffer at `head`: where it is, and its length. */
void *khost_vdev_piece(struct khost_vdev *v, unsigned queue, uint16_t head,
                       unsigned at, uint32_t *len);

/* The disks and cards that drivers have announced are gone. */
void khost_vdev_forget(void);

#endif
