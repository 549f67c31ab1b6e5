/* virtio_call.c - see virtio_call.h. */
#include "kernel/drivers/virtio_call.h"

#include "kernel/core/clock.h"
#include "kernel/lib/errno.h"

static void queue_done(struct virtio_queue *q)
{
	struct virtio_calls *c = q->how.priv;
	struct virtio_call *call;
	uint32_t len;

	lock_acquire(&c->lock);
	do {
		while ((call = virtio_take(q, &len)) ||
		       (call = virtio_orphan(q))) {
			call->finished = true;
			waitq_wake(&call->done, ~0u);
		}
	} while (virtio_listen(q));
	lock_release(&c->lock);
	waitq_wake(&c->room, ~0u);
}

int virtio_calls_init(struct virtio_calls *c, struct virtio_device *d,
                      uint16_t index, const char *name)
{
	struct virtio_queue_setup how = {.index = index,
	                                 .done = queue_done,
	                                 .priv = c,
	                                 .interrupt = name};

	lock_init(&c->lock, LOCK_DEVICE);
	waitq_init(&c->room);
	return virtio_add_queue(d, &c->q, &how);
}

static int offer(struct virtio_calls *c, const struct virtio_seg *segs,
                 unsigned out, unsigned in, struct virtio_call *call)
{
	int rc;

	lock_acquire(&c->lock);
	rc = virtio_offer(&c->q, segs, out, in, call);
	if (!rc)
		virtio_kick(&c->q);
	lock_release(&c->lock);
	return rc;
}

static int offer_when_room(struct virtio_calls *c,
                           const struct virtio_seg *segs, unsigned out,
                           unsigned in, struct virtio_call *call)
{
	struct wait w;
	int rc;

	wait_begin(&w, &c->room);
	while ((rc = offer(c, segs, out, in, call)) == -ENOSPC)
		(void)!wait_sleep_hard(&w, NO_DEADLINE);
	wait_end(&w);
	return rc;
}

static bool is_finished(struct virtio_calls *c, const struct virtio_call *call)
{
	bool finished;

	lock_acquire(&c->lock);
	finished = call->finished;
	lock_release(&c->lock);
	return finished;
}

void virtio_call(struct virtio_calls *c, const struct virtio_seg *segs,
                 unsigned out, unsigned in, struct virtio_call *call)
{
	struct wait w;

	waitq_init(&call->done);
	if (offer_when_room(c, segs, out, in, call))
		return;
	wait_begin(&w, &call->done);
	while (!is_finished(c, call))
		(void)!wait_sleep_hard(&w, NO_DEADLINE);
	wait_end(&w);
}
