/*
 * virtio.h - what virtio drivers and virtio transports say to each other.
 *
 * VIRTIO 1.2 (OASIS): 2 (device basics, split queues), 3.1 (initialisation),
 * 4.1 (PCI), 4.2 (MMIO), and what 2.4.3, 2.7.2 and 4.1.4.10 tell of the legacy
 * interface, which Compute Engine has. Numbers are little endian, as this
 * machine is.
 *
 * A queue holds buffers that the driver has given and the device has not given
 * back. Nothing the device writes is trusted: indexes and lengths are checked
 * where they are read. One that gives back what it was not given is reset, and
 * its queues are broken: they take nothing any more.
 */
#ifndef KERNEL_DRIVERS_VIRTIO_H
#define KERNEL_DRIVERS_VIRTIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/core/lock.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/list.h"

enum {
	VIRTIO_ID_NET = 1,
	VIRTIO_ID_BLOCK = 2,
	VIRTIO_ID_RNG = 4,
	VIRTIO_ID_SCSI = 8,

	VIRTIO_QUEUE_SIZE = 256, /* at most; the device may have fewer */

	VIRTIO_INTERRUPT_NAME = 24, /* bytes */

	/* A legacy device's queue is as long as it says. */
	VIRTIO_LEGACY_QUEUE_SIZE = 16384,
};

/* Feature bits that are not a device's own (VIRTIO 1.2, 6). */
#define VIRTIO_F_INDIRECT (UINT64_C(1) << 28)
#define VIRTIO_F_EVENT    (UINT64_C(1) << 29)
#define VIRTIO_F_VERSION  (UINT64_C(1) << 32)

struct virtio_device;
struct virtio_queue;

/* One piece of a buffer, in kernel memory that is physically contiguous. */
struct virtio_seg {
	void *data;
	uint32_t len;
};

/* How a queue is to be set up; it stays like that. */
struct virtio_queue_setup {
	uint16_t index;

	/*
	 * Called in interrupt context when the device has given buffers back,
	 * or somebody else's interrupt is the same.
	 * The driver's own lock guards the queue: the calls below are made with
	 * it held. NULL: nobody wants to know.
	 */
	void (*done)(struct virtio_queue *q);
	void *priv;

	/*
	 * An interrupt of its own, on that CPU, where the transport has one to
	 * spare; its name behind that of the device. NULL: the device's.
	 */
	const char *interrupt;
	unsigned cpu;
};

/* The driver's memory, for as long as the device is there. */
struct virtio_queue {
	struct virtio_device *dev;
	struct list link; /* in dev->queues */
	struct virtio_queue_setup how;
	uint16_t size;
	bool alone; /* it has an interrupt of its own */

	/* Set once: the three parts of the ring, and how to notify. */
	volatile struct virtq_desc *desc;
	volatile struct virtq_avail *avail;
	volatile struct virtq_used *used;
	volatile void *notify;

	/*
	 * Ours alone: the device could write to the ring, and what we read
	 * there again would be its word.
	 */
	struct virtio_slot *slots; /* one for each descriptor */
	uint16_t free_head, nr_free;
	uint16_t offered;   /* index of the available ring */
	uint16_t last_used; /* of the used ring: what we have looked at */
	uint16_t kicked;    /* `offered` at the last notification */
	bool broken;        /* the device does not play by the rules */
};

struct virtio_slot {
	void *token;   /* of the buffer that begins here; NULL: none does */
	uint16_t nr;   /* its descriptors */
	uint16_t next; /* of the buffer, or of the free ones */
};

/* How a transport does things. Offsets are into the device's configuration. */
struct virtio_transport_ops {
	uint8_t (*status)(struct virtio_device *d);
	void (*set_status)(struct virtio_device *d, uint8_t status);
	uint64_t (*features)(struct virtio_device *d);
	void (*set_features)(struct virtio_device *d, uint64_t features);
	void (*read_config)(struct virtio_device *d, unsigned offset, void *out,
	                    unsigned len);
	uint16_t (*queue_size)(struct virtio_device *d, uint16_t index);
	/* Tell the device where the ring is and who is interrupted; set
	 * q->notify and q->alone. -EIO. */
	NODISCARD int (*start_queue)(struct virtio_device *d,
	                             struct virtio_queue *q);
	unsigned notify_bytes; /* width of a write to q->notify: 2 or 4 */

	/* Optional: instead of a write to q->notify. */
	void (*notify)(struct virtio_queue *q);

	/*
	 * The interface from before VIRTIO 1.0: 32 feature bits that are not
	 * agreed on, queues of the device's own size in whole pages.
	 */
	bool legacy;
};

struct virtio_device {
	const struct virtio_transport_ops *ops;
	uint16_t id;     /* VIRTIO_ID_... */
	unsigned number; /* as Linux counts them: "virtio0" */
	uint64_t features;
	struct list queues;
	void *driver;                                    /* the driver's own */
	void (*config_changed)(struct virtio_device *d); /* may be NULL */
};

/* A driver: one row of the table in virtio_drivers.c. */
struct virtio_driver {
	const char *name;
	uint16_t id;

	/*
	 * Set the device up: virtio_begin(), queues, virtio_ready(). Runs in a
	 * thread and may sleep. On a negative errno the device is reset and
	 * left alone.
	 */
	NODISCARD int (*attach)(struct virtio_device *d);
};

extern const struct virtio_driver virtio_blk_driver;
extern const struct virtio_driver virtio_net_driver;
extern const struct virtio_driver virtio_rng_driver;
extern const struct virtio_driver virtio_scsi_driver;

/* A transport has found a device: fill it in, and give it to its driver. */
void virtio_init(struct virtio_device *d,
                 const struct virtio_transport_ops *ops, uint16_t id);
void virtio_found(struct virtio_device *d);

/* A transport's interrupt: look at all queues without one of their own. */
void virtio_interrupt(struct virtio_device *d);

/* The interrupt of this queue alone. */
void virtio_queue_interrupt(struct virtio_queue *q);

/* What an interrupt is called: `what` may be NULL. */
void virtio_interrupt_name(const struct virtio_device *d, const char *what,
                           char out[VIRTIO_INTERRUPT_NAME]);

/*
 * Reset and agree on features: those of `wanted` that the device has, and
 * VERSION, which it must have unless its interface is the legacy one. -ENODEV,
 * -EIO.
 */
NODISCARD int virtio_begin(struct virtio_device *d, uint64_t wanted);

/* Set a queue up. -ENOENT: the device has none such; -ENOMEM; -EIO. */
NODISCARD int virtio_add_queue(struct virtio_device *d, struct virtio_queue *q,
                               const struct virtio_queue_setup *how);

/* The device may begin. */
void virtio_ready(struct virtio_device *d);

void virtio_config(struct virtio_device *d, unsigned offset, void *out,
                   unsigned len);

/*
 * Offer a buffer: `nr_out` pieces the device reads, then `nr_in` it writes.
 * `token` (not NULL) comes back from virtio_take(). -ENOSPC: no room now; -EIO:
 * there never will be, or the queue is broken.
 */
NODISCARD int virtio_offer(struct virtio_queue *q,
                           const struct virtio_seg *segs, unsigned nr_out,
                           unsigned nr_in, void *token);

/* Tell the device about what was offered, if it wants to hear. */
void virtio_kick(struct virtio_queue *q);

/*
 * The same in two steps: does it want to hear now, and tell it, which takes the
 * host a while. The second needs no lock, and may be done once too often.
 */
NODISCARD bool virtio_kick_due(struct virtio_queue *q);
void virtio_notify(struct virtio_queue *q);

/*
 * A buffer the device has given back, or NULL. `*len` is how many bytes it
 * says it wrote: check it against what was offered.
 */
void *virtio_take(struct virtio_queue *q, uint32_t *len);

/* A buffer that a broken queue still held; NULL: it is not broken, or empty. */
void *virtio_orphan(struct virtio_queue *q);

/*
 * No `done` calls until virtio_listen(), which returns true when something
 * came meanwhile (then take it first).
 */
void virtio_mute(struct virtio_queue *q);
bool virtio_listen(struct virtio_queue *q);

#endif
