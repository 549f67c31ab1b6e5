/* nvme_queue.c - see nvme_queue.h. */
#include "kernel/drivers/nvme_queue.h"

#include "kernel/arch/mmu.h"
#include "kernel/core/clock.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page.h"

enum { PHASE = 1 };

struct nvme_call {
	bool finished;   /* the queue's lock must be held for these */
	uint16_t status; /* 0: it succeeded (4.6.1) */
	uint32_t result;
	struct waitq done;
};

static void *zeroed(size_t bytes)
{
	unsigned order = 0;
	struct page *p;

	while (((size_t)PAGE_SIZE << order) < bytes)
		order++;
	p = page_alloc_zeroed(order);
	return p ? page_virt(p) : NULL;
}

int nvme_queue_init(struct nvme_queue *q, struct nvme_port *port, uint16_t id,
                    uint16_t depth, uint32_t stride)
{
	*q = (struct nvme_queue){.port = port,
	                         .id = id,
	                         .depth = depth,
	                         .stride = stride,
	                         .phase = PHASE};
	lock_init(&q->lock, LOCK_DEVICE);
	waitq_init(&q->room);
	q->commands = zeroed(depth * sizeof(struct nvme_command));
	q->completions = zeroed(depth * sizeof(struct nvme_completion));
	q->lists = zeroed(depth * sizeof(*q->lists));
	return q->commands && q->completions && q->lists ? 0 : -ENOMEM;
}

/* --- data --- */

uint32_t nvme_data_take(struct nvme_data *data, uint32_t max, uint64_t *prps,
                        unsigned *nr)
{
	uint32_t total = 0;
	uint64_t end = 0; /* of the piece before */

	*nr = 0;
	while (data->nr && total < max) {
		const struct block_seg *s = data->segs;
		uint64_t at = virt_to_phys((char *)s->data + data->done).v;
		uint32_t n = PAGE_SIZE - (uint32_t)(at % PAGE_SIZE);

		if (*nr && (at % PAGE_SIZE || end % PAGE_SIZE))
			break;
		if (n > s->len - data->done)
			n = s->len - data->done;
		if (n > max - total)
			n = max - total;
		prps[(*nr)++] = at;
		end = at + n;
		total += n;
		data->done += n;
		if (data->done == s->len) {
			data->segs++;
			data->nr--;
			data->done = 0;
		}
	}
	return total;
}

/* 4.1.1 and figure 105: one page, two, or one and where the list of the others
 * is. */
static void set_prps(struct nvme_queue *q, struct nvme_command *c,
                     const uint64_t *prps, unsigned nr)
{
	uint64_t *list = q->lists[c->id];

	c->prp[0] = nr > 0 ? prps[0] : 0;
	c->prp[1] = nr == 2 ? prps[1] : 0;
	if (nr <= 2)
		return;
	memcpy(list, prps + 1, (nr - 1) * sizeof(*prps));
	c->prp[1] = virt_to_phys(list).v;
}

/* --- commands --- */

/* 3.1.16 and 3.1.17: the queue's tail, then its completions' head. */
static void ring(struct nvme_queue *q, unsigned which, uint16_t v)
{
	q->port->ops->write(
		q->port, NVME_DOORBELLS + (2u * q->id + which) * q->stride, v);
}

static uint16_t free_id_locked(const struct nvme_queue *q)
{
	uint16_t id = 0;

	while (q->calls[id])
		id++;
	return id;
}

/* One entry stays empty, or a full ring would look like an empty one. */
static int send(struct nvme_queue *q, struct nvme_command *c,
                const uint64_t *prps, unsigned nr, struct nvme_call *call)
{
	int rc = -ENOSPC;

	lock_acquire(&q->lock);
	if (q->broken) {
		rc = -EIO;
	} else if (q->nr_calls < q->depth - 1) {
		c->id = free_id_locked(q);
		q->calls[c->id] = call;
		q->nr_calls++;
		set_prps(q, c, prps, nr);
		q->commands[q->tail] = *c;
		q->tail = (uint16_t)((q->tail + 1) % q->depth);
		__atomic_thread_fence(__ATOMIC_RELEASE);
		ring(q, 0, q->tail);
		rc = 0;
	}
	lock_release(&q->lock);
	return rc;
}

static int send_when_room(struct nvme_queue *q, struct nvme_command *c,
                          const uint64_t *prps, unsigned nr,
                          struct nvme_call *call)
{
	struct wait w;
	int rc;

	wait_begin(&w, &q->room);
	while ((rc = send(q, c, prps, nr, call)) == -ENOSPC)
		(void)!wait_sleep_hard(&w, NO_DEADLINE);
	wait_end(&w);
	return rc;
}

static bool is_finished(struct nvme_queue *q, const struct nvme_call *call)
{
	bool finished;

	lock_acquire(&q->lock);
	finished = call->finished;
	lock_release(&q->lock);
	return finished;
}

/* An interrupt that was lost is no reason to give up: look once more. */
static void await(struct nvme_queue *q, struct nvme_call *call)
{
	uint64_t deadline = clock_monotonic() + NVME_TIMEOUT_S * NS_PER_SEC;
	struct wait w;

	wait_begin(&w, &call->done);
	while (!is_finished(q, call)) {
		(void)!wait_sleep_hard(&w, deadline);
		if (clock_monotonic() < deadline)
			continue;
		nvme_queue_reap(q);
		if (is_finished(q, call))
			break;
		nvme_stop(q->port, "it does not answer");
		deadline = NO_DEADLINE; /* who stops it ends all calls */
	}
	wait_end(&w);
}

int nvme_queue_call(struct nvme_queue *q, const struct nvme_command *command,
                    const uint64_t *prps, unsigned nr, uint32_t *result)
{
	struct nvme_command c = *command;
	struct nvme_call call = {0};
	int rc;

	waitq_init(&call.done);
	rc = send_when_room(q, &c, prps, nr, &call);
	if (rc)
		return rc;
	await(q, &call);
	if (result)
		*result = call.result;
	return call.status ? -EIO : 0;
}

/* --- completions --- */

static void finish_locked(struct nvme_queue *q, uint16_t id, uint16_t status,
                          uint32_t result)
{
	struct nvme_call *call = q->calls[id];

	q->calls[id] = NULL;
	q->nr_calls--;
	call->status = status;
	call->result = result;
	call->finished = true;
	/* Now the caller may go: only its queue's lock holds it. */
	waitq_wake(&call->done, ~0u);
}

/* False: what it completes is not in flight. */
static bool reap_locked(struct nvme_queue *q)
{
	uint16_t before = q->head;
	bool good = true;

	while (good && !q->broken) {
		volatile struct nvme_completion *e = &q->completions[q->head];
		uint16_t status = e->status, id;

		if ((status & PHASE) != q->phase)
			break;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		id = e->id;
		good = id < q->depth && q->calls[id];
		if (good)
			finish_locked(q, id, status >> 1, e->result);
		q->head++;
		if (q->head == q->depth) {
			q->head = 0;
			q->phase ^= PHASE;
		}
	}
	if (q->head != before)
		ring(q, 1, q->head);
	return good;
}

void nvme_queue_reap(struct nvme_queue *q)
{
	bool good;

	lock_acquire(&q->lock);
	good = reap_locked(q);
	lock_release(&q->lock);
	if (!good)
		nvme_stop(q->port, "it completes what it was not given");
	waitq_wake(&q->room, ~0u);
}

void nvme_queue_break(struct nvme_queue *q)
{
	lock_acquire(&q->lock);
	q->broken = true;
	for (uint16_t id = 0; id < q->depth; id++)
		if (q->calls[id])
			finish_locked(q, id, UINT16_MAX, 0);
	lock_release(&q->lock);
	waitq_wake(&q->room, ~0u);
}
