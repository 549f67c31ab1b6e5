/*
 * vnvme.h - an NVMe controller that a test plays, with one namespace.
 *
 * Queues are the driver's memory; physical addresses are pointers. It does what
 * the specification says when its turn comes (khost_when_asleep()), unless it
 * is told to do what no controller should.
 */
#ifndef TESTS_LIB_KHOST_VNVME_H
#define TESTS_LIB_KHOST_VNVME_H

#include "kernel/drivers/nvme_queue.h"

enum {
	KHOST_NVME_QUEUES = 2,
	KHOST_NVME_BLOCKS = 64, /* of 4096 bytes */
};

struct khost_nvme {
	struct nvme_port port;

	/* What it is; set before nvme_attach(). */
	uint64_t cap;
	uint8_t identity[4096], format[4096]; /* of controller, namespace */
	uint8_t bytes[KHOST_NVME_BLOCKS * 4096];

	/* How it behaves. */
	bool never_ready, fatal, gone;
	bool silent;       /* takes commands, completes none */
	bool no_interrupt; /* completes, and does not tell */
	uint16_t status;   /* of commands of the I/O queue */

	/* What it has seen. */
	uint32_t cc, aqa;
	uint64_t asq, acq;
	bool cut_off;
	unsigned reads, writes, flushes;
	uint32_t largest; /* bytes moved by one command */
	uint16_t last_id;

	struct khost_nvme_queue {
		volatile struct nvme_command *commands;
		volatile struct nvme_completion *completions;
		uint32_t size;
		uint32_t tail, head; /* of commands */
		uint32_t at, phase;  /* of completions */
	} q[KHOST_NVME_QUEUES];
};

/* Blocks of 1 << shift bytes, KHOST_NVME_BLOCKS * 4096 in all. */
void khost_nvme_init(struct khost_nvme *n, unsigned shift);

/* The next command that the driver has sent; false: there is none. */
bool khost_nvme_next(struct khost_nvme *n, unsigned queue,
                     struct nvme_command *out);

/* Do what it says; its status. */
uint16_t khost_nvme_do(struct khost_nvme *n, unsigned queue,
                       const struct nvme_command *c);

/* Say that the command `id` is completed. */
void khost_nvme_complete(struct khost_nvme *n, unsigned queue, uint16_t id,
                         uint16_t status);

/* All that was sent, in order, and the interrupt. */
void khost_nvme_work(struct khost_nvme *n);

#endif
