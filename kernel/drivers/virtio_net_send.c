/* virtio_net_send.c - frames to send (VIRTIO 1.2, 5.1.6.2). */
#include "kernel/drivers/virtio_net_private.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

enum { GSO_TCP4 = 1, GSO_TCP6 = 4 };

/* --- which queue --- */

static struct nic_flow *flow_of(struct nic *n, const struct netdev_offload *o)
{
	return &n->flows[o->flow % NIC_FLOWS];
}

/* While the device has frames of the flow, more of them go the same way. */
static struct nic_sender *choose(struct nic *n, struct nic_flow *f)
{
	if (!f->under_way)
		f->queue = (uint8_t)(cpu_self()->id %
		                     __atomic_load_n(&n->nr_sending,
		                                     __ATOMIC_ACQUIRE));
	return &n->senders[f->queue];
}

/* --- sending --- */

static void fill_header(struct net_header *h, const struct netdev_offload *o)
{
	*h = (struct net_header){0};
	if (o->checksum_start) {
		h->flags = NET_FLAG_NEEDS_CSUM;
		h->csum_start = o->checksum_start;
		h->csum_offset = (uint16_t)(o->checksum_at - o->checksum_start);
	}
	if (o->segment) {
		h->gso_type = o->ip6 ? GSO_TCP6 : GSO_TCP4;
		h->gso_size = o->segment;
		h->hdr_len = o->header;
	}
}

/*
 * What is known of the frame belongs to the descriptor that it will begin with,
 * until the device gives that back.
 */
static int offer_locked(struct nic_sender *s, struct virtio_seg *all,
                        unsigned nr, const struct netdev_offload *o,
                        const struct nic_frame *what)
{
	struct nic_frame *f = &s->frames[s->q.free_head];

	if (!s->q.nr_free)
		return -ENOSPC;
	*f = *what;
	fill_header(&f->header, o);
	all[0] = (struct virtio_seg){&f->header, s->nic->header_size};
	return virtio_offer(&s->q, all, nr, 0, f);
}

/* There is no room. True: there is again. */
static bool ask_for_room_locked(struct nic_sender *s)
{
	s->full = true;
	virtio_kick(&s->q);
	/* What came back already does not interrupt any more. */
	return virtio_listen(&s->q);
}

int nic_transmit(struct netdev *net, const struct netdev_seg *segs, unsigned nr,
                 const struct netdev_offload *o, void *token)
{
	struct virtio_seg all[1 + NETDEV_SEGS_MAX];
	struct nic *n = nic_of(net);
	struct nic_flow *flow = flow_of(n, o);
	struct nic_frame what = {.flow = (uint16_t)(flow - n->flows),
	                         .token = token};
	struct nic_sender *s = choose(n, flow);
	bool again = false;
	int rc;

	if (nr > NETDEV_SEGS_MAX)
		return -EMSGSIZE;
	for (unsigned i = 0; i < nr; i++)
		all[i + 1] = (struct virtio_seg){
			(void *)(uintptr_t)segs[i].data, segs[i].len};
	lock_acquire(&s->lock);
	rc = offer_locked(s, all, nr + 1, o, &what);
	if (rc)
		again = ask_for_room_locked(s);
	lock_release(&s->lock);
	if (again)
		nic_wake(n);
	if (rc)
		return again ? -ENOSPC : rc;
	flow->under_way++;
	s->unsent = true;
	return 0;
}

static void flush_by(struct nic_sender *s)
{
	bool due;

	s->unsent = false;
	lock_acquire(&s->lock);
	due = virtio_kick_due(&s->q);
	lock_release(&s->lock);
	if (due)
		virtio_notify(&s->q);
}

void nic_flush(struct netdev *net)
{
	struct nic *n = nic_of(net);

	for (unsigned i = 0; i < n->nr_pairs; i++)
		if (n->senders[i].unsent)
			flush_by(&n->senders[i]);
}

static struct nic_frame *sent_by(struct nic_sender *s)
{
	struct nic_frame *f;
	uint32_t len;

	lock_acquire(&s->lock);
	f = virtio_take(&s->q, &len);
	lock_release(&s->lock);
	return f;
}

void *nic_sent(struct netdev *net)
{
	struct nic *n = nic_of(net);

	for (unsigned i = 0; i < n->nr_pairs; i++) {
		struct nic_frame *f = sent_by(&n->senders[i]);

		if (!f)
			continue;
		n->flows[f->flow].under_way--;
		return f->token;
	}
	return NULL;
}

static void frames_went(struct virtio_queue *q)
{
	struct nic_sender *s = q->how.priv;
	bool wanted;

	lock_acquire(&s->lock);
	wanted = s->full;
	s->full = false;
	virtio_mute(q);
	lock_release(&s->lock);
	if (wanted)
		nic_wake(s->nic);
}

int nic_add_sender(struct nic *n, unsigned nr)
{
	struct nic_sender *s = &n->senders[nr];
	struct virtio_queue_setup how = {
		.index = (uint16_t)(2 * nr + 1),
		.done = frames_went,
		.priv = s,
		.interrupt = s->name,
		.cpu = nr,
	};
	int rc;

	s->nic = n;
	lock_init(&s->lock, LOCK_DEVICE);
	str_printf(s->name, sizeof(s->name), "output.%u", nr);
	rc = virtio_add_queue(n->dev, &s->q, &how);
	if (rc)
		return rc;
	virtio_mute(&s->q);
	s->frames = mem_zalloc(s->q.size * sizeof(*s->frames));
	return s->frames ? 0 : -ENOMEM;
}
