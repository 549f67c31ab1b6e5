/*
 * virtio_net.c - network cards (VIRTIO 1.2, 5.1): what is agreed on with the
 * device.
 *
 * Where the device has them, these are used: checksums and TCP segmentation by
 * the device when sending; frames whose checksums need no look, and joined ones
 * that lie in several buffers, when receiving; several pairs of queues.
 */
#include "kernel/core/log.h"
#include "kernel/drivers/virtio_net_private.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"

#define NET_F_GUEST_TSO (NET_F_GUEST_TSO4 | NET_F_GUEST_TSO6)
#define NET_F_HOST_TSO  (NET_F_HOST_TSO4 | NET_F_HOST_TSO6)
#define NET_F_SEVERAL   (NET_F_CTRL_VQ | NET_F_MQ)

enum {
	CONFIG_MAC = 0,
	CONFIG_STATUS = 6,
	CONFIG_PAIRS_MAX = 8,
	CONFIG_MTU = 10,
	STATUS_LINK_UP = 1,

	MTU_MIN = 68, /* RFC 791 */

	PAIRS_LIMIT = 0x8000, /* 5.1.4.2 */
	PAGES_FOR_PAIR = 16 * 1024 * 1024 / PAGE_SIZE,

	CONTROL_MQ = 4, /* 5.1.6.5.5: a class of commands, and one of them */
	CONTROL_MQ_PAIRS_SET = 0,
	CONTROL_OK = 0,
};

/* --- the control queue (5.1.6.5) --- */

/* In memory of its own: the device writes there when it likes. */
struct command {
	uint8_t class, command;
	uint16_t pairs;
	uint8_t answer;
};

/* Interrupt context. Until the device has said yes one pair is sent by. */
static void answered(struct virtio_queue *q)
{
	struct nic *n = q->how.priv;
	struct command *c;
	uint32_t len;

	while ((c = virtio_take(q, &len))) {
		if (c->answer == CONTROL_OK)
			__atomic_store_n(&n->nr_sending, n->nr_pairs,
			                 __ATOMIC_RELEASE);
		else
			log_line("virtio-net: the device refuses %u pairs of "
			         "queues: one is used",
			         n->nr_pairs);
		mem_free(c);
	}
}

/* Nobody waits for the answer: a device that gives none has one pair. */
static void ask_for_pairs(struct nic *n)
{
	struct command *c = mem_zalloc(sizeof(*c));
	struct virtio_seg segs[] = {
		{&c->class, 2}, {&c->pairs, 2}, {&c->answer, 1}};

	if (!c)
		return;
	c->class = CONTROL_MQ;
	c->command = CONTROL_MQ_PAIRS_SET;
	c->pairs = (uint16_t)n->nr_pairs;
	c->answer = (uint8_t)~CONTROL_OK;
	if (virtio_offer(&n->control, segs, 2, 1, c))
		mem_free(c);
	else
		virtio_kick(&n->control);
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
	nic_wake(dev->driver);
}

static const struct netdev_ops nic_ops = {
	.transmit = nic_transmit,
	.flush = nic_flush,
	.sent = nic_sent,
	.receive = nic_receive,
	.listen = nic_listen,
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
	n->net.flows = n->nr_pairs > 1;
	if (n->dev->features & NET_F_MAC)
		virtio_config(n->dev, CONFIG_MAC, n->net.address,
		              NETDEV_ADDRESS);
}

/* As many as there are CPUs, and memory for what waits in them. */
static unsigned wanted_pairs(void)
{
	unsigned most = (unsigned)(page_total() / PAGES_FOR_PAIR);
	unsigned n = cpu_count() < most ? cpu_count() : most;

	return n ? n : 1;
}

/* A joined frame needs many buffers at once: not where there are few. */
static uint64_t wanted_features(void)
{
	uint64_t f = NET_F_MTU | NET_F_MAC | NET_F_STATUS | NET_F_CSUM |
	             NET_F_GUEST_CSUM | NET_F_HOST_TSO | VIRTIO_F_EVENT;

	if (!nic_is_small())
		f |= NET_F_MRG_RXBUF | NET_F_GUEST_TSO;
	return wanted_pairs() > 1 ? f | NET_F_SEVERAL : f;
}

/*
 * What is of no use without something that is missing: joined frames need
 * unread checksums, and several buffers for one; pairs are asked for.
 */
static uint64_t useless_features(uint64_t f)
{
	uint64_t needed = NET_F_GUEST_CSUM | NET_F_MRG_RXBUF;
	uint64_t useless = 0;

	if ((f & needed) != needed)
		useless |= f & NET_F_GUEST_TSO;
	if ((f & NET_F_SEVERAL) != NET_F_SEVERAL)
		useless |= f & NET_F_SEVERAL;
	return useless;
}

static int agree(struct virtio_device *dev)
{
	uint64_t wanted = wanted_features(), useless;
	int rc = virtio_begin(dev, wanted);

	useless = useless_features(dev->features);
	return rc || !useless ? rc : virtio_begin(dev, wanted & ~useless);
}

static uint32_t header_size(const struct virtio_device *dev)
{
	return dev->features & (VIRTIO_F_VERSION | NET_F_MRG_RXBUF)
	               ? sizeof(struct net_header)
	               : NET_HEADER_SHORT;
}

/* The control queue is behind those of all pairs that the device has (5.1.2).
 * How many we may have: one, unless that queue is there. */
static unsigned add_control(struct nic *n)
{
	struct virtio_queue_setup how = {.done = answered, .priv = n};
	unsigned wanted = wanted_pairs();
	uint16_t has = 0;

	if (!(n->dev->features & NET_F_MQ))
		return 1;
	virtio_config(n->dev, CONFIG_PAIRS_MAX, &has, sizeof(has));
	if (has < 2 || has >= PAIRS_LIMIT)
		return 1;
	how.index = (uint16_t)(2 * has);
	if (virtio_add_queue(n->dev, &n->control, &how))
		return 1;
	return wanted < has ? wanted : has;
}

static int add_pair(struct nic *n, unsigned nr)
{
	int rc = nic_add_receiver(n, nr);

	if (!rc)
		rc = nic_add_sender(n, nr);
	return rc ? rc : nic_fill_receiver(&n->receivers[nr]);
}

/* Without the first it is no card. Others would be good to have. */
static int add_pairs(struct nic *n)
{
	unsigned wanted = add_control(n);
	int rc = 0;

	while (!rc && n->nr_pairs < wanted) {
		rc = add_pair(n, n->nr_pairs);
		if (!rc)
			n->nr_pairs++;
	}
	n->nr_sending = 1;
	return n->nr_pairs ? 0 : rc;
}

static int set_up(struct nic *n)
{
	int rc = agree(n->dev);

	n->header_size = header_size(n->dev);
	return rc ? rc : add_pairs(n);
}

static void start(struct nic *n)
{
	virtio_ready(n->dev);
	for (unsigned i = 0; i < n->nr_pairs; i++)
		nic_start_receiver(&n->receivers[i]);
	if (n->nr_pairs > 1)
		ask_for_pairs(n);
}

static int attach(struct virtio_device *dev)
{
	struct nic *n = mem_zalloc(sizeof(*n));
	int rc;

	if (!n)
		return -ENOMEM;
	n->dev = dev;
	n->net.ops = &nic_ops;
	rc = set_up(n);
	if (rc)
		return rc; /* `n` stays: the device may know of it */
	read_config(n);
	dev->driver = n;
	dev->config_changed = config_changed;
	start(n);
	netdev_add(&n->net);
	return 0;
}

const struct virtio_driver virtio_net_driver = {
	.name = "virtio-net",
	.id = VIRTIO_ID_NET,
	.attach = attach,
};
