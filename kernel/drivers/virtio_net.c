/*
 * virtio_net.c - network cards (VIRTIO 1.2, 5.1).
 *
 * One pair of queues. Where the device has them, these are used: checksums and
 * TCP segmentation by the device when sending; frames whose checksums need no
 * look, and joined ones that lie in several buffers, when receiving.
 */
#include "kernel/core/lock.h"
#include "kernel/core/netdev.h"
#include "kernel/drivers/virtio.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"

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

#define NET_F_GUEST_TSO (NET_F_GUEST_TSO4 | NET_F_GUEST_TSO6)
#define NET_F_HOST_TSO  (NET_F_HOST_TSO4 | NET_F_HOST_TSO6)

enum {
	QUEUE_RX = 0,
	QUEUE_TX = 1,

	CONFIG_MAC = 0,
	CONFIG_STATUS = 6,
	CONFIG_MTU = 10,
	STATUS_LINK_UP = 1,

	FRAME_MAX = NETDEV_HEADER + NETDEV_MTU_MAX,
	JOINED_MAX = NETDEV_HEADER + 65535,
	JOINED_BUFFERS_MAX = 64,
	MTU_MIN = 68, /* RFC 791 */

	FLAG_NEEDS_CSUM = 1, /* 5.1.6 */
	FLAG_DATA_VALID = 2,
	GSO_TCP4 = 1,
	GSO_TCP6 = 4,

	/* Receive buffers: half a page each, so small machines have fewer. */
	RX_BUFFERS_MAX = 256,
	RX_BUFFERS_SMALL = 64,
	SMALL_MACHINE = 32 * 1024 * 1024 / PAGE_SIZE, /* pages */
};

/* A length that no device can give: its buffer was offered again. */
#define WENT_BACK UINT32_MAX

/* Before each frame, both ways. */
struct net_header {
	uint8_t flags, gso_type;
	uint16_t hdr_len, gso_size, csum_start, csum_offset, num_buffers;
};
static_assert(sizeof(struct net_header) == 12, "VIRTIO 1.2, 5.1.6");

/* 5.1.6.1: a legacy device that joins no buffers does not count them. */
enum { SHORT_HEADER = offsetof(struct net_header, num_buffers) };

struct rx_buffer {
	struct netbuf b;
	struct net_header header;
	uint8_t frame[FRAME_MAX];
};
static_assert(sizeof(struct rx_buffer) <= PAGE_SIZE / 2, "two in a page");

/*
 * Locking: `lock` guards both queues. It is taken for a few instructions at a
 * time, because interrupts take it too.
 */
struct nic {
	struct netdev net;
	struct virtio_device *dev;
	struct virtio_queue *rx, *tx;
	struct net_header *tx_headers; /* one for each descriptor */
	struct lock lock;              /* rank LOCK_DEVICE */
	uint32_t header_size; /* of struct net_header, what the device knows */

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

/* The header stands right before the frame, also a short one. */
static struct net_header *header_of(const struct nic *n, struct rx_buffer *r)
{
	return (void *)(r->frame - n->header_size);
}

/* A device with short headers is so old that it wants them for themselves. */
static int offer_buffer_locked(struct nic *n, struct rx_buffer *r)
{
	struct virtio_seg segs[2] = {
		{header_of(n, r), n->header_size + sizeof(r->frame)},
		{r->frame, sizeof(r->frame)},
	};
	bool apart = n->header_size == SHORT_HEADER;

	if (apart)
		segs[0].len = n->header_size;
	return virtio_offer(n->rx, segs, 0, apart ? 2 : 1, r);
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
	if (*len > n->header_size + sizeof(full->frame))
		*len = 0; /* it cannot have */
	empty = new_buffer();
	if (!empty) {
		empty = full;
		*len = WENT_BACK;
	}
	if (offer_buffer_locked(n, empty))
		mem_free(empty); /* cannot happen: `full` made room */
	return full;
}

static struct rx_buffer *take_buffer(struct nic *n, uint32_t *len)
{
	struct rx_buffer *r;

	lock_acquire(&n->lock);
	r = take_buffer_locked(n, len);
	lock_release(&n->lock);
	return r;
}

/* The buffers behind the first have no header (5.1.6.4). */
static bool take_rest(struct nic *n, struct netbuf *first, unsigned nr)
{
	struct netbuf *last = first;
	uint32_t total = first->len;

	while (--nr) {
		uint32_t len;
		struct rx_buffer *r = take_buffer(n, &len);

		if (!r)
			return false;
		if (len == WENT_BACK)
			return false;
		last = last->next = &r->b;
		total += len;
		r->b.next = NULL;
		r->b.data = (uint8_t *)header_of(n, r);
		r->b.len = len;
		if (!len || total > JOINED_MAX)
			return false;
	}
	return true;
}

static unsigned buffers_of(const struct nic *n, struct rx_buffer *r)
{
	return n->dev->features & NET_F_MRG_RXBUF ? header_of(n, r)->num_buffers
	                                          : 1;
}

/* Does it make sense? Its first buffer becomes a netbuf. */
static bool open_frame(const struct nic *n, struct rx_buffer *r, uint32_t len)
{
	unsigned nr = buffers_of(n, r);

	r->b.next = NULL;
	r->b.data = r->frame;
	r->b.len = len - n->header_size;
	r->b.checked =
		n->dev->features & NET_F_GUEST_CSUM &&
		header_of(n, r)->flags & (FLAG_NEEDS_CSUM | FLAG_DATA_VALID);
	return len >= n->header_size + NETDEV_HEADER && nr &&
	       nr <= JOINED_BUFFERS_MAX;
}

static struct netbuf *receive(struct netdev *net)
{
	struct nic *n = nic_of(net);
	struct rx_buffer *r;
	uint32_t len;

	while ((r = take_buffer(n, &len))) {
		bool back = len == WENT_BACK;

		if (!back && open_frame(n, r, len) &&
		    take_rest(n, &r->b, buffers_of(n, r)))
			return &r->b;
		net->rx_dropped++;
		if (!back)
			netbuf_free_all(&r->b);
	}
	return NULL;
}

static bool listen(struct netdev *net)
{
	struct nic *n = nic_of(net);
	bool more, due;

	lock_acquire(&n->lock);
	due = virtio_kick_due(n->rx);
	more = virtio_listen(n->rx);
	if (more)
		virtio_mute(n->rx);
	lock_release(&n->lock);
	if (due)
		virtio_notify(n->rx);
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

/*
 * The descriptor that the frame will begin with has a header of its own, which
 * the device reads until it gives the descriptor back.
 */
static struct net_header *header_locked(struct nic *n,
                                        const struct netdev_offload *o)
{
	struct net_header *h = &n->tx_headers[n->tx->free_head];

	*h = (struct net_header){0};
	if (o->checksum_start) {
		h->flags = FLAG_NEEDS_CSUM;
		h->csum_start = o->checksum_start;
		h->csum_offset = (uint16_t)(o->checksum_at - o->checksum_start);
	}
	if (o->segment) {
		h->gso_type = o->ip6 ? GSO_TCP6 : GSO_TCP4;
		h->gso_size = o->segment;
		h->hdr_len = o->header;
	}
	return h;
}

static int offer_frame_locked(struct nic *n, struct virtio_seg *all,
                              unsigned nr, const struct netdev_offload *o,
                              void *token)
{
	if (!n->tx->nr_free)
		return -ENOSPC;
	all[0] = (struct virtio_seg){header_locked(n, o), n->header_size};
	return virtio_offer(n->tx, all, nr, 0, token);
}

static int transmit(struct netdev *net, const struct netdev_seg *segs,
                    unsigned nr, const struct netdev_offload *o, void *token)
{
	struct nic *n = nic_of(net);
	struct virtio_seg all[1 + NETDEV_SEGS_MAX];
	int rc;

	if (nr > NETDEV_SEGS_MAX)
		return -EMSGSIZE;
	for (unsigned i = 0; i < nr; i++)
		all[i + 1] = (struct virtio_seg){
			(void *)(uintptr_t)segs[i].data, segs[i].len};
	lock_acquire(&n->lock);
	rc = offer_frame_locked(n, all, nr + 1, o, token);
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
	bool due;

	lock_acquire(&n->lock);
	due = virtio_kick_due(n->tx);
	lock_release(&n->lock);
	if (due)
		virtio_notify(n->tx);
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
	n->net.sums = n->dev->features & NET_F_CSUM;
	n->net.segments = n->net.sums &&
	                  (n->dev->features & NET_F_HOST_TSO) == NET_F_HOST_TSO;
	if (n->dev->features & NET_F_MAC)
		virtio_config(n->dev, CONFIG_MAC, n->net.address,
		              NETDEV_ADDRESS);
}

static bool is_small(void)
{
	return page_total() < SMALL_MACHINE;
}

static int fill_rx(struct nic *n)
{
	unsigned wanted = is_small() ? RX_BUFFERS_SMALL : RX_BUFFERS_MAX;
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

/* A joined frame needs many buffers at once: not where there are few. */
static uint64_t wanted_features(void)
{
	uint64_t f = NET_F_MTU | NET_F_MAC | NET_F_STATUS | NET_F_CSUM |
	             NET_F_GUEST_CSUM | NET_F_HOST_TSO | VIRTIO_F_EVENT;

	return is_small() ? f : f | NET_F_MRG_RXBUF | NET_F_GUEST_TSO;
}

/* Joined frames need unread checksums, and several buffers for one. */
static int agree(struct virtio_device *dev)
{
	uint64_t wanted = wanted_features();
	uint64_t needed = NET_F_GUEST_CSUM | NET_F_MRG_RXBUF;
	int rc = virtio_begin(dev, wanted);

	if (!rc && dev->features & NET_F_GUEST_TSO &&
	    (dev->features & needed) != needed)
		rc = virtio_begin(dev, wanted & ~NET_F_GUEST_TSO);
	return rc;
}

static int allocate_headers(struct nic *n)
{
	n->tx_headers = mem_zalloc(n->tx->size * sizeof(*n->tx_headers));
	return n->tx_headers ? 0 : -ENOMEM;
}

static uint32_t header_size(const struct virtio_device *dev)
{
	return dev->features & (VIRTIO_F_VERSION | NET_F_MRG_RXBUF)
	               ? sizeof(struct net_header)
	               : SHORT_HEADER;
}

static int set_up(struct nic *n)
{
	struct virtio_device *dev = n->dev;
	int rc;

	rc = agree(dev);
	n->header_size = header_size(dev);
	if (!rc)
		rc = virtio_add_queue(dev, QUEUE_RX, rx_done, n);
	if (!rc)
		rc = virtio_add_queue(dev, QUEUE_TX, tx_done, n);
	if (rc)
		return rc;
	n->rx = &dev->queues[QUEUE_RX];
	n->tx = &dev->queues[QUEUE_TX];
	virtio_mute(n->tx);
	rc = allocate_headers(n);
	return rc ? rc : fill_rx(n);
}

static int attach(struct virtio_device *dev)
{
	struct nic *n = mem_zalloc(sizeof(*n));
	int rc;

	if (!n)
		return -ENOMEM;
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
