/*
 * fuzz_kvirtio.c - a device against the drivers of disks, SCSI adapters,
 * network cards and entropy. The bytes say which device it is, what it offers,
 * and then what it does: give buffers back, with any length and in any order,
 * or what it never had; move the ring's index; write over the descriptors. When
 * they are used up it answers what it was asked, so nothing waits for ever.
 */
#include "tests/lib/khost/khost.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/netdev.h"
#include "kernel/drivers/virtio_ring.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"
#include "tests/lib/khost/vdev.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What one run has. */
static struct {
	const uint8_t *at, *end;
	struct khost_vdev *dev;
	uint16_t held[KHOST_VDEV_QUEUES][VIRTIO_QUEUE_SIZE];
	unsigned nr_held[KHOST_VDEV_QUEUES];
	bool scribbled; /* addresses in the ring are not the driver's */
} run;

static uint8_t byte(void)
{
	return run.at < run.end ? *run.at++ : 0;
}

static uint32_t word(void)
{
	uint32_t v = byte();

	v = v << 8 | byte();
	v = v << 8 | byte();
	return v << 8 | byte();
}

static void collect(unsigned q)
{
	uint16_t head;

	while (run.nr_held[q] < VIRTIO_QUEUE_SIZE &&
	       khost_vdev_next(run.dev, q, &head))
		run.held[q][run.nr_held[q]++] = head;
}

static void answer(unsigned q, uint8_t fill, uint32_t most, uint32_t lie)
{
	uint16_t head;
	uint32_t len = 0;

	collect(q);
	if (!run.nr_held[q])
		return;
	head = run.held[q][--run.nr_held[q]];
	if (!run.scribbled && khost_vdev_queue(run.dev, q)->slots[head].token)
		len = khost_vdev_fill(run.dev, q, head, fill, most,
		                      fill & 1 ? fill : 0);
	khost_vdev_give(run.dev, q, head, len + lie);
}

static void scribble(struct virtio_queue *q)
{
	volatile struct virtq_desc *d;

	if (!q)
		return;
	d = &q->desc[byte() & (q->size - 1)];
	d->next = (uint16_t)word();
	d->flags = (uint16_t)word();
	run.scribbled = true;
	if (byte() & 1)
		d->addr = word();
}

static void act(void)
{
	unsigned n = byte() % KHOST_VDEV_QUEUES;
	struct virtio_queue *q = khost_vdev_queue(run.dev, n);

	switch (byte() % 6) {
	case 0:
	case 1:
		answer(n, byte(), word() & 0x1ffff, 0);
		break;
	case 2:
		answer(n, byte(), byte(), word());
		break;
	case 3:
		khost_vdev_give(run.dev, n, word() >> (byte() & 31), word());
		break;
	case 4:
		if (q)
			q->used->idx = (uint16_t)word();
		break;
	default:
		scribble(q);
		break;
	}
	virtio_interrupt(&run.dev->dev);
}

/* Everything it holds, and once more, as a device that has come to reason. */
static void be_honest(void)
{
	for (unsigned n = 0; n < KHOST_VDEV_QUEUES; n++) {
		collect(n);
		while (run.nr_held[n])
			answer(n, 0, UINT32_MAX, 0);
	}
	virtio_interrupt(&run.dev->dev);
}

/* The driver sleeps: the device's turn. */
static void turn(void)
{
	if (run.at < run.end)
		act();
	else
		be_honest();
}

static void use_disk(void)
{
	struct block_device *b = block_find("");
	static char room[8 * SECTOR_SIZE];
	struct block_seg segs[2] = {{room, 4 * SECTOR_SIZE},
	                            {room + 4 * SECTOR_SIZE, SECTOR_SIZE}};

	for (unsigned i = 0; b && i < 8; i++) {
		unsigned nr = b->max_segs > 1 ? 2 : 1;

		(void)!block_io(b, i & 1 ? BLOCK_WRITE : BLOCK_READ, byte(),
		                segs, nr);
		(void)!block_flush(b);
	}
}

/* A frame must be readable from its first to its last byte. */
static void read_frame(struct netbuf *b)
{
	while (b) {
		struct netbuf *next = b->next;
		volatile uint8_t sum = 0;

		for (uint32_t i = 0; i < b->len; i++)
			sum = (uint8_t)(sum + b->data[i]);
		b->free(b);
		b = next;
	}
}

static void use_card(void)
{
	static char frame[64];
	struct netdev_seg segs[2] = {{frame, 14}, {frame + 14, 50}};
	struct netdev_offload o = {.checksum_start = 34, .checksum_at = 50};
	struct netdev *n = netdev_next(NULL);
	struct netbuf *b;

	for (unsigned i = 0; n && i < 64 && run.at < run.end; i++) {
		act();
		while ((b = n->ops->receive(n)))
			read_frame(b);
		(void)n->ops->listen(n);
		(void)n->ops->link(n);
		o.flow = i;
		khost_run_on(i % cpu_count());
		if (!n->ops->transmit(n, segs, 2, &o, frame))
			n->ops->flush(n);
		while (n->ops->sent(n))
			;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t kinds[] = {VIRTIO_ID_BLOCK, VIRTIO_ID_NET,
	                                 VIRTIO_ID_SCSI, VIRTIO_ID_RNG};
	uint16_t kind;

	memset(&run, 0, sizeof(run));
	run.at = data;
	run.end = data + size;
	khost_track_memory(true);
	run.dev = mem_zalloc(sizeof(*run.dev));
	kind = kinds[byte() % 4];
	khost_vdev_init(run.dev, kind, word(), (uint16_t)(1u << byte() % 9));
	run.dev->stuck = byte() == 255;
	khost_set_cpus(1 + byte() % CPUS_MAX);
	for (unsigned i = 0; i < sizeof(run.dev->config); i++)
		run.dev->config[i] = byte();
	khost_when_asleep(turn);
	virtio_found(&run.dev->dev);
	if (kind == VIRTIO_ID_NET)
		use_card();
	else
		use_disk();
	be_honest();
	khost_when_asleep(NULL);
	khost_vdev_forget();
	khost_track_memory(false);
	return 0;
}
