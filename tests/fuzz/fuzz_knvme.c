/*
 * fuzz_knvme.c - a controller against the driver of NVMe disks. The bytes say
 * what it is and what it tells about itself, and then what it does: complete
 * commands, with success or without, in any order, or what it never had; write
 * over completions. When they are used up it does what it was asked.
 */
#include "tests/lib/khost/khost.h"

#include <string.h>

#include "kernel/core/clock.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/thread.h"
#include "tests/lib/khost/vdev.h"
#include "tests/lib/khost/vnvme.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	const uint8_t *at, *end;
	struct khost_nvme *n;
} run;

static uint8_t byte(void)
{
	return run.at < run.end ? *run.at++ : 0;
}

static void scribble(unsigned queue)
{
	struct khost_nvme_queue *q = &run.n->q[queue];
	volatile struct nvme_completion *c;

	if (!q->completions || !q->size)
		return;
	c = &q->completions[byte() % q->size];
	c->id = byte();
	c->status = byte();
}

static void act(void)
{
	unsigned queue = byte() & 1;
	struct nvme_command c;

	switch (byte() % 6) {
	case 0:
	case 1:
		khost_nvme_work(run.n);
		break;
	case 2:
		if (khost_nvme_next(run.n, queue, &c))
			khost_nvme_complete(run.n, queue, c.id, byte());
		break;
	case 3:
		khost_nvme_complete(run.n, queue,
		                    (uint16_t)(byte() << (byte() & 8)), byte());
		break;
	case 4:
		scribble(queue);
		break;
	default:
		(void)khost_nvme_next(run.n, queue, &c); /* and forget it */
		thread_sleep_until(clock_monotonic() + NS_PER_SEC);
		break;
	}
	nvme_interrupt(&run.n->port);
}

/* The driver sleeps: the controller's turn. */
static void turn(void)
{
	if (run.at < run.end) {
		act();
		return;
	}
	khost_nvme_work(run.n);
	thread_sleep_until(clock_monotonic() + NS_PER_SEC);
}

static void use_disk(void)
{
	static char room[9 * SECTOR_SIZE];
	struct block_device *b = block_find("");
	struct block_seg segs[2] = {{room, 4 * SECTOR_SIZE},
	                            {room + 4 * SECTOR_SIZE, SECTOR_SIZE}};

	for (unsigned i = 0; b && i < 8; i++) {
		(void)!block_io(b, i & 1 ? BLOCK_WRITE : BLOCK_READ, byte(),
		                segs, 2);
		(void)!block_flush(b);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&run, 0, sizeof(run));
	run.at = data;
	run.end = data + size;
	khost_track_memory(true);
	run.n = mem_zalloc(sizeof(*run.n));
	khost_nvme_init(run.n, 9 + byte() % 4u);
	run.n->cap ^= (uint64_t)byte() | (uint64_t)(byte() & 15) << 32;
	run.n->identity[77] = byte();
	for (unsigned i = byte() % 16; i; i--)
		run.n->format[byte()] = byte();
	khost_when_asleep(turn);
	if (!nvme_attach(&run.n->port))
		use_disk();
	khost_when_asleep(NULL);
	khost_vdev_forget();
	khost_track_memory(false);
	return 0;
}
