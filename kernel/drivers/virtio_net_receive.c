/* virtio_net_receive.c - frames that came (VIRTIO 1.2, 5.1.6.3, 5.1.6.4). */
#include "kernel/drivers/virtio_net_private.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"

enum {
	FRAME_MAX = NETDEV_HEADER + NETDEV_MTU_MAX,
	JOINED_MAX = NETDEV_HEADER + 65535,
	JOINED_BUFFERS_MAX = 64,

	/* Buffers of a queue: half a page each, so small machines have fewer.
	 */
	BUFFERS_MAX = 256,
	BUFFERS_SMALL = 64,
	SMALL_MACHINE = 32 * 1024 * 1024 / PAGE_SIZE, /* pages */

	TURN = 16, /* frames of one queue before others are looked at */
};

/* A length that no device can give: its buffer was offered again. */
#define WENT_BACK UINT32_MAX

struct rx_buffer {
	struct netbuf b;
	struct net_header header;
	uint8_t frame[FRAME_MAX];
};
static_assert(sizeof(struct rx_buffer) <= PAGE_SIZE / 2, "two in a page");

static void free_buffer(struct netbuf *b)
{
	mem_free(CONTAINER_OF(b, struct rx_buffer, b));
}

static struct rx_buffer *new_buffer(void)
{
	struct rx_buffer *b = mem_alloc(sizeof(*b));

	if (b)
		b->b.free = free_buffer;
	return b;
}

/* The header stands right before the frame, also a short one. */
static struct net_header *header_of(const struct nic *n, struct rx_buffer *b)
{
	size_t at = offsetof(struct rx_buffer, frame) - n->header_size;

	return (void *)((uint8_t *)b + at);
}

/* A device with short headers is so old that it wants them for themselves. */
static int offer_buffer_locked(struct nic_receiver *r, struct rx_buffer *b)
{
	uint32_t header = r->nic->header_size;
	struct virtio_seg segs[2] = {
		{header_of(r->nic, b), header + sizeof(b->frame)},
		{b->frame, sizeof(b->frame)},
	};
	bool apart = header == NET_HEADER_SHORT;

	if (apart)
		segs[0].len = header;
	return virtio_offer(&r->q, segs, 0, apart ? 2 : 1, b);
}

/*
 * Swap a full buffer for an empty one. Without memory the frame is dropped
 * and its buffer goes back, so that the device is never left without.
 */
static struct rx_buffer *take_buffer_locked(struct nic_receiver *r,
                                            uint32_t *len)
{
	struct rx_buffer *full = virtio_take(&r->q, len), *empty;

	if (!full)
		return NULL;
	if (*len > r->nic->header_size + sizeof(full->frame))
		*len = 0; /* it cannot have */
	empty = new_buffer();
	if (!empty) {
		empty = full;
		*len = WENT_BACK;
	}
	if (offer_buffer_locked(r, empty))
		mem_free(empty); /* cannot happen: `full` made room */
	return full;
}

static struct rx_buffer *take_buffer(struct nic_receiver *r, uint32_t *len)
{
	struct rx_buffer *b;

	lock_acquire(&r->lock);
	b = take_buffer_locked(r, len);
	lock_release(&r->lock);
	return b;
}

/* The buffers behind the first have no header (5.1.6.4). */
static bool take_rest(struct nic_receiver *r, struct netbuf *first, unsigned nr)
{
	struct netbuf *last = first;
	uint32_t total = first->len;

	while (--nr) {
		uint32_t len;
		struct rx_buffer *b = take_buffer(r, &len);

		if (!b)
			return false;
		if (len == WENT_BACK)
			return false;
		last = last->next = &b->b;
		total += len;
		b->b.next = NULL;
		b->b.data = (uint8_t *)header_of(r->nic, b);
		b->b.len = len;
		if (!len || total > JOINED_MAX)
			return false;
	}
	return true;
}

static unsigned buffers_of(const struct nic *n, struct rx_buffer *b)
{
	return n->dev->features & NET_F_MRG_RXBUF ? header_of(n, b)->num_buffers
	                                          : 1;
}

/* Does it make sense? Its first buffer becomes a netbuf. */
static bool open_frame(const struct nic *n, struct rx_buffer *b, uint32_t len)
{
	unsigned nr = buffers_of(n, b);

	b->b.next = NULL;
	b->b.data = b->frame;
	b->b.len = len - n->header_size;
	b->b.checked = n->dev->features & NET_F_GUEST_CSUM &&
	               header_of(n, b)->flags &
	                       (NET_FLAG_NEEDS_CSUM | NET_FLAG_DATA_VALID);
	return len >= n->header_size + NETDEV_HEADER && nr &&
	       nr <= JOINED_BUFFERS_MAX;
}

static struct netbuf *receive_by(struct nic_receiver *r)
{
	struct rx_buffer *b;
	uint32_t len;

	while ((b = take_buffer(r, &len))) {
		bool back = len == WENT_BACK;

		if (!back && open_frame(r->nic, b, len) &&
		    take_rest(r, &b->b, buffers_of(r->nic, b)))
			return &b->b;
		r->nic->net.rx_dropped++;
		if (!back)
			netbuf_free_all(&b->b);
	}
	return NULL;
}

static void next_turn(struct nic *n)
{
	n->taken = 0;
	n->turn = n->turn + 1 < n->nr_pairs ? n->turn + 1 : 0;
}

struct netbuf *nic_receive(struct netdev *net)
{
	struct nic *n = nic_of(net);

	if (n->taken == TURN)
		next_turn(n);
	for (unsigned i = 0; i < n->nr_pairs; i++) {
		struct netbuf *b = receive_by(&n->receivers[n->turn]);

		if (b) {
			n->taken++;
			return b;
		}
		next_turn(n);
	}
	return NULL;
}

static bool listen_by(struct nic_receiver *r)
{
	bool more, due;

	lock_acquire(&r->lock);
	due = virtio_kick_due(&r->q);
	more = virtio_listen(&r->q);
	if (more)
		virtio_mute(&r->q);
	lock_release(&r->lock);
	if (due)
		virtio_notify(&r->q);
	return more;
}

bool nic_listen(struct netdev *net)
{
	struct nic *n = nic_of(net);
	bool more = false;

	for (unsigned i = 0; i < n->nr_pairs; i++)
		more |= listen_by(&n->receivers[i]);
	return more;
}

static void frames_came(struct virtio_queue *q)
{
	struct nic_receiver *r = q->how.priv;

	lock_acquire(&r->lock);
	virtio_mute(q);
	lock_release(&r->lock);
	nic_wake(r->nic);
}

/* --- setting up --- */

bool nic_is_small(void)
{
	return page_total() < SMALL_MACHINE;
}

int nic_add_receiver(struct nic *n, unsigned nr)
{
	struct nic_receiver *r = &n->receivers[nr];
	struct virtio_queue_setup how = {
		.index = (uint16_t)(2 * nr),
		.done = frames_came,
		.priv = r,
		.interrupt = r->name,
		.cpu = nr,
	};

	r->nic = n;
	lock_init(&r->lock, LOCK_DEVICE);
	str_printf(r->name, sizeof(r->name), "input.%u", nr);
	return virtio_add_queue(n->dev, &r->q, &how);
}

int nic_fill_receiver(struct nic_receiver *r)
{
	unsigned wanted = nic_is_small() ? BUFFERS_SMALL : BUFFERS_MAX;
	unsigned i = 0;

	lock_acquire(&r->lock);
	for (; i < wanted && i < r->q.size; i++) {
		struct rx_buffer *b = new_buffer();

		if (!b)
			break;
		if (offer_buffer_locked(r, b)) {
			mem_free(b);
			break;
		}
	}
	lock_release(&r->lock);
	return i ? 0 : -ENOMEM;
}

void nic_start_receiver(struct nic_receiver *r)
{
	lock_acquire(&r->lock);
	virtio_kick(&r->q);
	lock_release(&r->lock);
}
