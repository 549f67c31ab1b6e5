/*
 * virtio_net_private.h - network cards, for the files of their driver:
 *
 *	virtio_net.c		features, setting up, the control queue
 *	virtio_net_receive.c	frames that came
 *	virtio_net_send.c	frames to send, and which queue they go by
 *
 * A card has as many pairs of queues as it offers and there are CPUs. Pair n
 * interrupts CPU n. The card says by which queue a frame comes; we say by which
 * one goes: by that of the CPU that sends, unless other frames of its flow are
 * still on their way in another, which it must not overtake.
 *
 * Locking: each queue has a lock, which is taken for a few instructions at a
 * time, because its interrupt takes it too. The calls of struct netdev_ops come
 * with the stack's lock held, which guards the rest.
 */
#ifndef KERNEL_DRIVERS_VIRTIO_NET_PRIVATE_H
#define KERNEL_DRIVERS_VIRTIO_NET_PRIVATE_H

#include "kernel/arch/cpu.h"
#include "kernel/core/lock.h"
#include "kernel/core/netdev.h"
#include "kernel/drivers/virtio.h"

#define NET_F_CSUM       (UINT64_C(1) << 0)
#define NET_F_GUEST_CSUM (UINT64_C(1) << 1)
#define NET_F_MTU        (UINT64_C(1) << 3)
#define NET_F_MAC        (UINT64_C(1) << 5)
#define NET_F_GUEST_TSO4 (UINT64_C(1) << 7)
#define NET_F_GUEST_TSO6 (UINT64_C(1) << 8)
#define NET_F_HOST_TSO4  (UINT64_C(1) << 11)
#define NET_F_HOST_TSO6  (UINT64_C(1) << 12)
#define NET_F_MRG_RXBUF  (UINT64_C(1) << 15)
#define NET_F_STATUS     (UINT64_C(1) << 16)
#define NET_F_CTRL_VQ    (UINT64_C(1) << 17)
#define NET_F_MQ         (UINT64_C(1) << 22)

enum {
	NIC_PAIRS_MAX = CPUS_MAX,
	NIC_FLOWS = 256,
	NIC_QUEUE_NAME = 12,
};

/* Before each frame, both ways. */
struct net_header {
	uint8_t flags, gso_type;
	uint16_t hdr_len, gso_size, csum_start, csum_offset, num_buffers;
};
static_assert(sizeof(struct net_header) == 12, "VIRTIO 1.2, 5.1.6");

enum {
	/* 5.1.6.1: a legacy device that joins no buffers does not count them.
	 */
	NET_HEADER_SHORT = offsetof(struct net_header, num_buffers),

	NET_FLAG_NEEDS_CSUM = 1, /* 5.1.6 */
	NET_FLAG_DATA_VALID = 2,
};

struct nic;

struct nic_receiver {
	struct nic *nic;
	struct virtio_queue q;
	struct lock lock; /* rank LOCK_DEVICE */
	char name[NIC_QUEUE_NAME];
};

/* A frame on its way. */
struct nic_frame {
	struct net_header header; /* the device reads it */
	uint16_t flow;
	void *token; /* the stack's */
};

struct nic_sender {
	struct nic *nic;
	struct virtio_queue q;
	struct nic_frame *frames; /* one for each descriptor */
	struct lock lock;         /* rank LOCK_DEVICE */
	char name[NIC_QUEUE_NAME];

	/* lock must be held for these. */
	bool full; /* somebody waits for room */

	/* The stack's lock: */
	bool unsent; /* the device has not been told of all */
};

/* Frames with the same numbers, or some that share a place with them. */
struct nic_flow {
	uint16_t under_way; /* frames that the device has not given back */
	uint8_t queue;      /* where those are */
};

struct nic {
	struct netdev net;
	struct virtio_device *dev;
	uint32_t header_size; /* of struct net_header, what the device knows */

	unsigned nr_pairs; /* that are set up */
	struct nic_receiver receivers[NIC_PAIRS_MAX];
	struct nic_sender senders[NIC_PAIRS_MAX];
	unsigned nr_sending; /* atomic: by so many the device lets us send */

	/* Offered once, before interrupts; then the interrupt's alone. */
	struct virtio_queue control;

	/* The stack's lock: */
	struct nic_flow flows[NIC_FLOWS];
	unsigned turn, taken; /* who is emptied, and of how much so far */
};

static inline struct nic *nic_of(struct netdev *n)
{
	return CONTAINER_OF(n, struct nic, net);
}

/* The stack has something to do. */
static inline void nic_wake(struct nic *n)
{
	if (n->net.wake)
		n->net.wake(&n->net);
}

/* --- virtio_net_receive.c --- */

/* A machine that has not got much memory. */
bool nic_is_small(void);

/* Set the nth up, without buffers. As virtio_add_queue(). */
NODISCARD int nic_add_receiver(struct nic *n, unsigned nr);

/* Give it its first buffers. -ENOMEM: there is not one. */
NODISCARD int nic_fill_receiver(struct nic_receiver *r);

/* Tell the device of them. */
void nic_start_receiver(struct nic_receiver *r);

struct netbuf *nic_receive(struct netdev *net);
bool nic_listen(struct netdev *net);

/* --- virtio_net_send.c --- */

NODISCARD int nic_add_sender(struct nic *n, unsigned nr);
NODISCARD int nic_transmit(struct netdev *net, const struct netdev_seg *segs,
                           unsigned nr, const struct netdev_offload *o,
                           void *token);
void nic_flush(struct netdev *net);
void *nic_sent(struct netdev *net);

#endif
