/*
 * nvme_queue.h - a pair of queues: commands to the controller, completions
 * back (NVM Express 1.4, 4.1 and 4.6).
 *
 * What is in flight is kept beside the rings, where no device can write.
 */
#ifndef KERNEL_DRIVERS_NVME_QUEUE_H
#define KERNEL_DRIVERS_NVME_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/core/blockdev.h"
#include "kernel/core/lock.h"
#include "kernel/drivers/nvme.h"
#include "kernel/sched/wait.h"

enum {
	NVME_DEPTH = 64, /* entries of each ring, at most: a page of commands */

	/* Of one command: 33 pages when it begins in the middle of one. */
	NVME_DATA_MAX = 128 * 1024,
	NVME_PRPS = NVME_DATA_MAX / 4096, /* in a list, behind the first */
};

/* 4.2, figure 104. */
struct nvme_command {
	uint8_t opcode, flags;
	uint16_t id;
	uint32_t nsid;
	uint64_t reserved, metadata;
	uint64_t prp[2];
	uint32_t cdw[6]; /* 10 to 15 */
};
static_assert(sizeof(struct nvme_command) == 64, "NVM Express 1.4, 4.2");

/* 4.6. */
struct nvme_completion {
	uint32_t result, reserved;
	uint16_t sq_head, sq_id;
	uint16_t id;
	uint16_t status; /* bit 0: the phase */
};
static_assert(sizeof(struct nvme_completion) == 16, "NVM Express 1.4, 4.6");

/* Memory that commands move from or to, and how far they have come. */
struct nvme_data {
	const struct block_seg *segs;
	unsigned nr;
	uint32_t done; /* bytes of the first */
};

struct nvme_call; /* a command in flight */

struct nvme_queue {
	/* Constant once it is set up. */
	struct nvme_port *port;
	uint16_t id, depth;
	uint32_t stride; /* bytes from one doorbell to the next */
	volatile struct nvme_command *commands;
	volatile struct nvme_completion *completions;
	uint64_t (*lists)[NVME_PRPS]; /* one for each command */

	struct waitq room; /* all slots were taken */
	struct lock lock;  /* rank LOCK_DEVICE */

	/* lock must be held for these. */
	struct nvme_call *calls[NVME_DEPTH]; /* by the command's id */
	uint16_t nr_calls;                   /* below depth */
	uint16_t tail, head;
	uint16_t phase; /* of a completion that is new */
	bool broken;
};

/* Memory for rings of `depth` entries. -ENOMEM. */
NODISCARD int nvme_queue_init(struct nvme_queue *q, struct nvme_port *port,
                              uint16_t id, uint16_t depth, uint32_t stride);

/*
 * How much of what is left of `data` one command can move, at most `max` bytes:
 * pages that are one behind the other but for the first's start and the last's
 * end (4.3). `prps` gets their addresses, room for 1 + NVME_PRPS; `nr` how
 * many. `data` moves on.
 */
uint32_t nvme_data_take(struct nvme_data *data, uint32_t max, uint64_t *prps,
                        unsigned *nr);

/*
 * Send `command` with these pages (`nr` may be 0), and sleep until it is
 * completed. `result` (NULL is fine) is the completion's first word. -EIO: the
 * controller says that it failed, or is not used any more, which it is not once
 * a command has taken NVME_TIMEOUT_S.
 */
NODISCARD int nvme_queue_call(struct nvme_queue *q,
                              const struct nvme_command *command,
                              const uint64_t *prps, unsigned nr,
                              uint32_t *result);

/* Take what is completed. Any context. */
void nvme_queue_reap(struct nvme_queue *q);

/* The controller is off and does not reach memory: all calls end, now and
 * later. Any context. */
void nvme_queue_break(struct nvme_queue *q);

/* Switch the controller off for good, for this reason, and break its queues.
 * Any context, no queue's lock held. In nvme.c. */
void nvme_stop(struct nvme_port *p, const char *why);

#endif
