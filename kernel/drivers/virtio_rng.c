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
	static const struct virtio_queue_setup how = {.done = seed_arrived};
	struct virtio_seg seg = {mem_zalloc(SEED_SIZE), SEED_SIZE};
	struct virtio_queue *q = mem_zalloc(sizeof(*q));
	int rc;

	rc = seg.data && q ? virtio_begin(d, 0) : -ENOMEM;
	if (!rc)
		rc = virtio_add_queue(d, q, &how);
	if (rc) {
		mem_free(seg.data);
		mem_free(q);
		return rc;
	}
	virtio_ready(d);
	rc = virtio_offer(q, &seg, 0, 1, seg.data);
	if (!rc)
		virtio_kick(q);
	return rc;
}

const struct virtio_driver virtio_rng_driver = {
	.name = "virtio-rng",
	.id = VIRTIO_ID_RNG,
	.attach = attach,
};
