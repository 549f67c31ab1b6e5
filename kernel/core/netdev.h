/*
 * netdev.h - where network drivers and the stack meet.
 *
 * A driver announces its device with netdev_add(). The stack sets `wake` and
 * from then on moves Ethernet frames (from the destination address on, without
 * the check sequence).
 *
 * Sending: the stack gives a frame in pieces and a token. The pieces are
 * borrowed until the device has read them; then the token comes back from
 * sent(). There is no interrupt for each frame: the stack asks.
 *
 * Receiving: the device's interrupt calls wake(), once, and is quiet until the
 * stack has taken every frame by receive() and called listen(). A netbuf
 * belongs to the stack from receive() until it calls b->free(b).
 */
#ifndef KERNEL_CORE_NETDEV_H
#define KERNEL_CORE_NETDEV_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/attr.h"
#include "kernel/lib/list.h"

enum {
	NETDEV_ADDRESS = 6,     /* bytes */
	NETDEV_HEADER = 14,     /* of Ethernet */
	NETDEV_MTU_MAX = 1500,  /* larger frames are not taken */
	NETDEV_SEGS_MAX = 32,   /* pieces of one frame to send */
	NETDEV_NETBUF_ROOM = 64 /* for the stack, in each netbuf */
};

struct netdev;

/*
 * A frame that came in. One of a device that joins segments may be up to 64
 * KiB and lie in several, linked by `next`; each is freed by itself.
 */
struct netbuf {
	uint8_t *data;
	uint32_t len;
	struct netbuf *next;
	bool checked; /* TCP's or UDP's checksum needs no look */
	void (*free)(struct netbuf *b);               /* any context */
	uint8_t room[NETDEV_NETBUF_ROOM] ALIGNED(16); /* the stack's own */
};

/* A frame with all that is linked to it; NULL is fine. Any context. */
static inline void netbuf_free_all(struct netbuf *b)
{
	while (b) {
		struct netbuf *next = b->next;

		b->free(b);
		b = next;
	}
}

struct netdev_seg {
	const void *data; /* kernel memory, physically contiguous */
	uint32_t len;
};

/* What the device is to do to a frame that it sends. */
struct netdev_offload {
	/* Sum what begins here, and put the checksum there; 0: do not. The
	 * sum of the pseudo header is there already. */
	uint16_t checksum_start, checksum_at;

	/* Make segments of so many bytes of TCP data; 0: send it as it is. */
	uint16_t segment;
	uint16_t header; /* bytes before that data */
	bool ip6;

	/* Frames with the same number stay in order (netdev.flows). */
	uint32_t flow;
};

/*
 * All but link() are called by one thread at a time (the stack's lock is
 * held), and do not sleep.
 */
struct netdev_ops {
	/*
	 * Queue a frame; flush() sends it. -ENOSPC: no room now, and wake()
	 * will be called when there is; -EMSGSIZE: too many pieces. `o` asks
	 * for no more than the device has said it does.
	 */
	NODISCARD int (*transmit)(struct netdev *dev,
	                          const struct netdev_seg *segs, unsigned nr,
	                          const struct netdev_offload *o, void *token);
	/* Tell the device about what was queued. */
	void (*flush)(struct netdev *dev);
	/* The token of a frame that was sent; NULL: no more now. */
	void *(*sent)(struct netdev *dev);
	/* The next frame; NULL: no more now. */
	struct netbuf *(*receive)(struct netdev *dev);
	/* Interrupts again. True: a frame came meanwhile, take it first. */
	bool (*listen)(struct netdev *dev);
	/* Is the cable in? Any thread. */
	bool (*link)(struct netdev *dev);
};

struct netdev {
	const struct netdev_ops *ops;
	char name[8]; /* "eth0" */
	uint8_t address[NETDEV_ADDRESS];
	uint16_t mtu;        /* bytes behind the Ethernet header */
	bool sums, segments; /* what it offers to do: struct netdev_offload */
	bool flows;          /* it has several queues and asks for `flow` */

	/*
	 * Set by the stack. Called in interrupt context: frames have come,
	 * there is room again, or the link has changed. NULL: nobody listens.
	 */
	void (*wake)(struct netdev *dev);

	uint64_t rx_dropped; /* the driver counts these */
	struct list link;
};

/* A driver announces a device, with ops, address and mtu set; it gets its name
 * here and is never taken back. */
void netdev_add(struct netdev *dev);

/* The devices in the order they came: NULL begins, NULL ends. */
struct netdev *netdev_next(struct netdev *dev);

#endif
