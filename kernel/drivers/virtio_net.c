/*
 * virtio_net.c - network cards (VIRTIO 1.2, 5.1).
 *
 * One pair of queues. Every receive buffer holds a whole frame, so buffers
 * need not be mergeable; no offloads are negotiated, so every header is zero.
 */
#include "kernel/core/lock.h"
#include "kernel/core/netdev.h"
#include "kernel/drivers/virtio.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"

#define NET_F_MTU    (UINT64_C(1) << 3)
#define NET_F_MAC    (UINT64_C(1) << 5)
#define NET_F_STATUS (UINT64_C(1) << 16)

enum {
	QUEUE_RX = 0,
	QUEUE_TX = 1,

	CONFIG_MAC = 0,
	CONFIG_STATUS = 6,
	CONFIG_MTU = 10,
	STATUS_LINK_UP = 1,

	FRAME_MAX = NETDEV_HEADER + NETDEV_MTU_MAX,
	MTU_MIN = 68, /* RFC 791 */

	/* Receive buffers: half a page each, so small machines have fewer. */
	RX_BUFFERS_MAX = 256,
	RX_BUFFERS_SMALL = 64,
	SMALL_MACHINE = 32 * 1024 * 1024 / PAGE_SIZE, /* pages */
};

/* Before each frame, both ways. */
struct net_header {
	uint8_t flags, gso_type;
	uint16_t hdr_len, gso_size, csum_start, csum_offset, num_buffers;
};
static_assert(sizeof(struct net_header) == 12, "VIRTIO 1.2, 5.1.6");

struct rx_buffer {
	struct netbuf b;
	struct net_header header;
	uint8_t frame[FRAME_MAX];
};

/*
 * Locking: `lock` guards both queues. It is taken for a few instructions at a
 * time, because interrupts take it too.
 */
struct nic {
	struct netdev net;
	struct virtio_device *dev;
	struct virtio_queue *rx, *tx;
	struct net_header *tx_header; /* zeroes, for all frames */
	struct lock lock;             /* rank LOCK_DEVICE */

	/* lock must be held for these. */
	bool tx_full; /* somebody waits for room */
};

static struct nic *nic_of(struct netdev *n)
{
	return CONTAINER_OF(n, struct nic, net);
}

/* --- receiving --- */

static void free_buffer(struct netbuf *b)
{
	mem_free(CONTAINER_OF(b, struct rx_buffer, b));
}

static struct rx_buffer *new_buffer(void)
{
	struct rx_buffer *r = mem_alloc(sizeof(*r));

	if (r)
		r->b.free = free_buffer;
	return r;
}

static int offer_buffer_locked(struct nic *n, struct rx_buffer *r)
{
	struct virtio_seg seg = {&r->header,
	                         sizeof(r->header) + sizeof(r->frame)};

	return virtio_offer(n->rx, &seg, 0, 1, r);
}

/*
 * Swap a full buffer for an empty one. Without memory the frame is dropped
 * and its buffer goes back, so that the device is never left without.
 */
static struct rx_buffer *take_buffer_locked(struct nic *n, uint32_t *len)
{
	struct rx_buffer *full = virtio_take(n->rx, len), *empty;

	if (!full)
		return NULL;
	empty = new_buffer();
	if (!empty) {
		empty = full;
		*len = 0;
	}
	if (offer_buffer_locked(n, empty))
		mem_free(empty); /* cannot happen: `full` made room */
	return full;
}

static struct netbuf *receive(struct netdev *net)
{
	struct nic *n = nic_of(net);

	for (;;) {
		struct rx_buffer *r;
		uint32_t len;

		lock_acquire(&n->lock);
		r = take_buffer_locked(n, &len);
		lock_release(&n->lock);
		if (!r)
			return NULL;
		if (len >= sizeof(r->header) + NETDEV_HEADER &&
		    len <= sizeof(r->header) + sizeof(r->frame)) {
			r->b.data = r->frame;
			r->b.len = len - (uint32_t)sizeof(r->header);
			return &r->b;
		}
		net->rx_dropped++;
		if (len)
			mem_free(r); /* a length that makes no sense */
	}
}

static bool listen(struct netdev *net)
{
	struct nic *n = nic_of(net);
	bool more;

	lock_acquire(&n->lock);
	virtio_kick(n->rx);
	more = virtio_listen(n->rx);
	if (more)
		virtio_mute(n->rx);
	lock_release(&n->lock);
	return more;
}

static void wake(struct nic *n)
{
	if (n->net.wake)
		n->net.wake(&n->net);
}

static void rx_done(struct virtio_queue *q)
{
	struct nic *n = q->priv;

	lock_acquire(&n->lock);
	virtio_mute(q);
	lock_release(&n->lock);
	wake(n);
}

/* --- sending --- */

static void tx_done(struct virtio_queue *q)
{
	struct nic *n = q->priv;
	bool wanted;

	lock_acquire(&n->lock);
	wanted = n->tx_full;
	n->tx_full = false;
	virtio_mute(q);
	lock_release(&n->lock);
	if (wanted)
		wake(n);
}

static int transmit(struct netdev *net, const struct netdev_seg *segs,
                    unsigned nr, void *token)
{
	struct nic *n = nic_of(net);
	struct virtio_seg all[1 + NETDEV_SEGS_MAX];
	int rc;

	if (nr > NETDEV_SEGS_MAX)
		return -EMSGSIZE;
	all[0] = (struct virtio_seg){n->tx_header, sizeof(*n->tx_header)};
	for (unsigned i = 0; i < nr; i++)
		all[i + 1] = (struct virtio_seg){
			(void *)(uintptr_t)segs[i].data, segs[i].len};
	lock_acquire(&n->lock);
	rc = virtio_offer(n->tx, all, nr + 1, 0, token);
	if (rc) {
		n->tx_full = true;
		virtio_kick(n->tx);
		/* What came back already does not interrupt any more. */
		if (virtio_listen(n->tx))
			rc = -EAGAIN;
	}
	lock_release(&n->lock);
	if (rc == -EAGAIN) {
		wake(n);
		rc = -ENOSPC;
	}
	return rc;
}

static void flush(struct netdev *net)
{
	struct nic *n = nic_of(net);

	lock_acquire(&n->lock);
	virtio_kick(n->tx);
	lock_release(&n->lock);
}

static void *sent(struct netdev *net)
{
	struct nic *n = nic_of(net);
	uint32_t len;
	void *token;

	lock_acquire(&n->lock);
	token = virtio_take(n->tx, &len);
	lock_release(&n->lock);
	return token;
}

/* --- setting up --- */

static bool link_is_up(struct netdev *net)
{
	struct virtio_device *dev = nic_of(net)->dev;
	uint16_t status = STATUS_LINK_UP;

	if (dev->features & NET_F_STATUS)
		virtio_config(dev, CONFIG_STATUS, &status, sizeof(status));
	return status & STATUS_LINK_UP;
}

static void config_changed(struct virtio_device *dev)
{
	wake(dev->driver);
}

static const struct netdev_ops nic_ops = {
	.transmit = transmit,
	.flush = flush,
	.sent = sent,
	.receive = receive,
	.listen = listen,
	.link = link_is_up,
};

static void read_config(struct nic *n)
{
	uint16_t mtu = NETDEV_MTU_MAX;

	if (n->dev->features & NET_F_MTU)
		virtio_config(n->dev, CONFIG_MTU, &mtu, sizeof(mtu));
	if (mtu > NETDEV_MTU_MAX || mtu < MTU_MIN)
		mtu = NETDEV_MTU_MAX;
	n->net.mtu = mtu;
	if (n->dev->features & NET_F_MAC)
		virtio_config(n->dev, CONFIG_MAC, n->net.address,
		              NETDEV_ADDRESS);
}

static int fill_rx(struct nic *n)
{
	unsigned wanted = page_total() < SMALL_MACHINE ? RX_BUFFERS_SMALL
	                                               : RX_BUFFERS_MAX;
	unsigned i = 0;

	lock_acquire(&n->lock);
	for (; i < wanted && i < n->rx->size; i++) {
		struct rx_buffer *r = new_buffer();

		if (!r)
			break;
		if (offer_buffer_locked(n, r)) {
			mem_free(r);
			break;
		}
	}
	lock_release(&n->lock);
	return i ? 0 : -ENOMEM;
}

static int set_up(struct nic *n)
{
	struct virtio_device *dev = n->dev;
	int rc;

	rc = virtio_begin(dev, NET_F_MTU | NET_F_MAC | NET_F_STATUS |
	                               VIRTIO_F_EVENT);
	if (!rc)
		rc = virtio_add_queue(dev, QUEUE_RX, rx_done, n);
	if (!rc)
		rc = virtio_add_queue(dev, QUEUE_TX, tx_done, n);
	if (rc)
		return rc;
	n->rx = &dev->queues[QUEUE_RX];
	n->tx = &dev->queues[QUEUE_TX];
	virtio_mute(n->tx);
	return fill_rx(n);
}

static int attach(struct virtio_device *dev)
{
	struct nic *n = mem_zalloc(sizeof(*n));
	int rc;

	if (!n)
		return -ENOMEM;
	n->tx_header = mem_zalloc(sizeof(*n->tx_header));
	if (!n->tx_header) {
		mem_free(n);
		return -ENOMEM;
	}
	n->dev = dev;
	n->net.ops = &nic_ops;
	lock_init(&n->lock, LOCK_DEVICE);
	rc = set_up(n);
	if (rc)
		return rc; /* `n` stays: the device may know of it */
	read_config(n);
	dev->driver = n;
	dev->config_changed = config_changed;
	virtio_ready(dev);
	lock_acquire(&n->lock);
	virtio_kick(n->rx);
	lock_release(&n->lock);
	netdev_add(&n->net);
	return 0;
}

const struct virtio_driver virtio_net_driver = {
	.name = "virtio-net",
	.id = VIRTIO_ID_NET,
	.attach = attach,
};
