/*
 * virtio_call.h - requests that a thread sends and then sleeps for: how disks
 * use a queue.
 */
#ifndef KERNEL_DRIVERS_VIRTIO_CALL_H
#define KERNEL_DRIVERS_VIRTIO_CALL_H

#include <stdbool.h>

#include "kernel/drivers/virtio.h"
#include "kernel/sched/wait.h"

/*
 * A queue and who waits for it. Locking: `lock` guards the queue, and
 * `finished` of the calls in it.
 */
struct virtio_calls {
	struct virtio_queue q;
	struct lock lock;  /* rank LOCK_DEVICE */
	struct waitq room; /* the queue was full */
};

/*
 * One request. Lives in memory of its own (mem_alloc), as do its parts: the
 * device writes to them whatever becomes of the thread.
 */
struct virtio_call {
	bool finished;
	struct waitq done;
};

/*
 * Set up queue `index` of `d` for calls; `name` is that of its interrupt.
 * Errors as virtio_add_queue().
 */
NODISCARD int virtio_calls_init(struct virtio_calls *c, struct virtio_device *d,
                                uint16_t index, const char *name);

/*
 * Send `out` pieces that the device reads and `in` that it writes, and sleep
 * until it has answered, or is not used any more: then what it should have
 * written is as it was. `call` is zeroed memory.
 */
void virtio_call(struct virtio_calls *c, const struct virtio_seg *segs,
                 unsigned out, unsigned in, struct virtio_call *call);

#endif
