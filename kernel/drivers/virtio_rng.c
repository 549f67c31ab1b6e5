/* virtio_rng.c - entropy (VIRTIO 1.2, 5.4): one buffer at boot, then no more.
 */
#include "kernel/core/random.h"
#include "kernel/drivers/virtio.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"

enum { SEED_SIZE = 64 };

static void seed_arrived(struct virtio_queue *q)
{
	unsigned char *seed;
	uint32_t len;

	while ((seed = virtio_take(q, &len))) {
		random_add(seed, len < SEED_SIZE ? len : SEED_SIZE);
		mem_free(seed);
	}
}

static int attach(struct virtio_device *d)
{
	struct virtio_seg seg = {mem_zalloc(SEED_SIZE), SEED_SIZE};
	int rc;

	if (!seg.data)
		return -ENOMEM;
	rc = virtio_begin(d, 0);
	if (!rc)
		rc = virtio_add_queue(d, 0, seed_arrived, NULL);
	if (rc) {
		mem_free(seg.data);
		return rc;
	}
	virtio_ready(d);
	rc = virtio_offer(&d->queues[0], &seg, 0, 1, seg.data);
	if (!rc)
		virtio_kick(&d->queues[0]);
	return rc;
}

const struct virtio_driver virtio_rng_driver = {
	.name = "virtio-rng",
	.id = VIRTIO_ID_RNG,
	.attach = attach,
};
