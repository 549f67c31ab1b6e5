/* nvme.c - the controller and its namespaces as disks; see nvme.h. */
#include "kernel/drivers/nvme.h"

#include "kernel/arch/mmu.h"
#include "kernel/core/blockdev.h"
#include "kernel/core/clock.h"
#include "kernel/core/log.h"
#include "kernel/drivers/nvme_queue.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/mutex.h"
#include "kernel/sched/thread.h"

enum {
	/* 3.1: registers. */
	CAP = 0x00, /* 64 bits */
	CC = 0x14,
	CSTS = 0x1c,
	AQA = 0x24,
	ASQ = 0x28, /* 64 bits, as the next */
	ACQ = 0x30,

	CAP_HIGH_NVM = 1 << (37 - 32),
	CC_ENABLE = 1,
	CC_ENTRIES = 6 << 16 | 4 << 20, /* 64 and 16 bytes, as powers of 2 */
	CSTS_READY = 1,
	CSTS_FATAL = 2,
	NOBODY = -1, /* what reads give where no device is any more */

	/* 5: of the admin queue. */
	CREATE_SQ = 0x01,
	CREATE_CQ = 0x05,
	IDENTIFY = 0x06,
	SET_FEATURES = 0x09,
	FEATURE_QUEUES = 0x07,
	IDENTIFY_NAMESPACE = 0, /* 5.15 */
	IDENTIFY_CONTROLLER = 1,
	IDENTIFY_LIST = 2,
	QUEUE_CONTIGUOUS = 1,
	QUEUE_INTERRUPTS = 2,

	/* 6: of the others. */
	FLUSH = 0x00,
	WRITE = 0x01,
	READ = 0x02,

	SECTOR_SHIFT = 9,
	BLOCK_SHIFT = 12, /* larger blocks than a page are not used */
	ANSWER_SIZE = 4096,
	SEGS_MAX = 32,
	NAMESPACES_MAX = 16,
	OFF_TRIES = 100000, /* reads of a register */
	POLL_NS = 1000 * 1000,
};

struct nvme_controller {
	struct nvme_port *port;
	struct nvme_queue admin, io;
	unsigned nr;       /* for names */
	uint32_t data_max; /* bytes of one command */
	bool write_cache;
	bool stopped;    /* atomic */
	bool has_queues; /* set before the controller knows of them */
	char serial[21];
};

struct disk {
	struct block_device block;
	struct nvme_controller *c;
	uint32_t nsid;
	uint32_t block_size; /* the namespace's: 512 to 4096 */

	struct mutex lock;
	uint8_t *bounce; /* one block; lock must be held */
};

static uint32_t read_reg(struct nvme_controller *c, uint32_t reg)
{
	return c->port->ops->read(c->port, reg);
}

static void write_reg(struct nvme_controller *c, uint32_t reg, uint32_t v)
{
	c->port->ops->write(c->port, reg, v);
}

static void write_address(struct nvme_controller *c, uint32_t reg,
                          const volatile void *at)
{
	uint64_t pa = virt_to_phys((const void *)(uintptr_t)at).v;

	write_reg(c, reg, (uint32_t)pa);
	write_reg(c, reg + 4, (uint32_t)(pa >> 32));
}

/* --- on and off --- */

/* Memory stays what it is from now on, whether it answers or not. */
static void switch_off(struct nvme_controller *c)
{
	write_reg(c, CC, 0);
	for (unsigned i = 0; i < OFF_TRIES; i++)
		if (!(read_reg(c, CSTS) & CSTS_READY))
			break;
	c->port->ops->cut_off(c->port);
}

/* False: it was stopped before. */
static bool stop(struct nvme_controller *c)
{
	if (__atomic_exchange_n(&c->stopped, true, __ATOMIC_ACQ_REL))
		return false;
	switch_off(c);
	if (c->has_queues) {
		nvme_queue_break(&c->admin);
		nvme_queue_break(&c->io);
	}
	return true;
}

void nvme_stop(struct nvme_port *p, const char *why)
{
	if (stop(p->controller))
		log_line("nvme%u: %s: not used any more", p->controller->nr,
		         why);
}

void nvme_interrupt(struct nvme_port *p)
{
	struct nvme_controller *c = p->controller;

	if (c->has_queues) {
		nvme_queue_reap(&c->admin);
		nvme_queue_reap(&c->io);
	}
}

/* 3.1.6: until it is as ready as wanted, for as long as it says it may take. */
static int await_ready(struct nvme_controller *c, uint32_t want)
{
	uint64_t half_seconds = read_reg(c, CAP) >> 24;
	uint64_t deadline =
		clock_monotonic() + (half_seconds + 1) * (NS_PER_SEC / 2);

	for (;;) {
		uint32_t status = read_reg(c, CSTS);

		if (status == (uint32_t)NOBODY || (want && status & CSTS_FATAL))
			return -EIO;
		if ((status & CSTS_READY) == want)
			return 0;
		if (clock_monotonic() >= deadline)
			return -EIO;
		thread_sleep_until(clock_monotonic() + POLL_NS);
	}
}

/* 7.6.1. Firmware may have left it on. */
static int switch_on(struct nvme_controller *c)
{
	uint32_t low = read_reg(c, CAP), high = read_reg(c, CAP + 4);
	uint32_t depth = (low & 0xffff) + 1, stride = 4u << (high & 15);
	int rc;

	/* Pages of 4 KiB must be among those that it takes, and a queue of one
	 * entry could never have one in use. */
	if (low == (uint32_t)NOBODY || !(high & CAP_HIGH_NVM) ||
	    high >> (48 - 32) & 15 || depth < 2)
		return -ENODEV;
	if (depth > NVME_DEPTH)
		depth = NVME_DEPTH;
	write_reg(c, CC, 0);
	rc = await_ready(c, 0);
	if (!rc)
		rc = nvme_queue_init(&c->admin, c->port, 0, (uint16_t)depth,
		                     stride);
	if (!rc)
		rc = nvme_queue_init(&c->io, c->port, 1, (uint16_t)depth,
		                     stride);
	if (rc)
		return rc;
	c->has_queues = true;
	write_reg(c, AQA, (depth - 1) << 16 | (depth - 1));
	write_address(c, ASQ, c->admin.commands);
	write_address(c, ACQ, c->admin.completions);
	write_reg(c, CC, CC_ENABLE | CC_ENTRIES);
	return await_ready(c, CSTS_READY);
}

/* --- what it is --- */

/* 5.15: ANSWER_SIZE bytes into `answer`. */
static int identify(struct nvme_controller *c, uint8_t what, uint32_t nsid,
                    void *answer)
{
	const struct nvme_command command = {
		.opcode = IDENTIFY, .nsid = nsid, .cdw = {what}};
	uint64_t page = virt_to_phys(answer).v;

	memset(answer, 0, ANSWER_SIZE);
	return nvme_queue_call(&c->admin, &command, &page, 1, NULL);
}

static uint64_t get_le(const uint8_t *at, unsigned bytes)
{
	uint64_t v = 0;

	memcpy(&v, at, bytes);
	return v;
}

/* 5.15.2.2. */
static int identify_controller(struct nvme_controller *c, uint8_t *answer)
{
	enum { SERIAL = 4, SERIAL_SIZE = 20, MDTS = 77, VWC = 525 };
	int rc = identify(c, IDENTIFY_CONTROLLER, 0, answer);
	size_t len = SERIAL_SIZE;

	if (rc)
		return rc;
	while (len &&
	       (answer[SERIAL + len - 1] == ' ' || !answer[SERIAL + len - 1]))
		len--;
	memcpy(c->serial, answer + SERIAL, len);
	c->data_max = NVME_DATA_MAX;
	if (answer[MDTS] && answer[MDTS] < 5) /* 2^5 pages are as much */
		c->data_max = (uint32_t)PAGE_SIZE << answer[MDTS];
	c->write_cache = answer[VWC] & 1;
	return 0;
}

static int create(struct nvme_controller *c, uint8_t opcode,
                  const volatile void *ring, uint32_t how)
{
	const struct nvme_command command = {
		.opcode = opcode,
		.cdw = {(c->io.depth - 1u) << 16 | c->io.id, how},
	};
	uint64_t page = virt_to_phys((const void *)(uintptr_t)ring).v;

	return nvme_queue_call(&c->admin, &command, &page, 1, NULL);
}

/* 5.21.1.7, 5.3 and 5.4: one pair of queues, both by the first interrupt. */
static int create_queues(struct nvme_controller *c)
{
	const struct nvme_command one = {.opcode = SET_FEATURES,
	                                 .cdw = {FEATURE_QUEUES, 0}};
	int rc = nvme_queue_call(&c->admin, &one, NULL, 0, NULL);

	if (!rc)
		rc = create(c, CREATE_CQ, c->io.completions,
		            QUEUE_INTERRUPTS | QUEUE_CONTIGUOUS);
	if (!rc)
		rc = create(c, CREATE_SQ, c->io.commands,
		            (uint32_t)c->io.id << 16 | QUEUE_CONTIGUOUS);
	return rc;
}

/* --- a disk at work --- */

static struct disk *disk_of(struct block_device *b)
{
	return CONTAINER_OF(b, struct disk, block);
}

/* Move all of `data`, whole blocks of the namespace from `block` on. */
static int move(struct disk *d, enum block_op op, uint64_t block,
                struct nvme_data *data)
{
	uint64_t prps[1 + NVME_PRPS];
	int rc = 0;

	while (data->nr && !rc) {
		unsigned nr;
		uint32_t blocks =
			nvme_data_take(data, d->c->data_max, prps, &nr) /
			d->block_size;
		const struct nvme_command command = {
			.opcode = op == BLOCK_WRITE ? WRITE : READ,
			.nsid = d->nsid,
			.cdw = {(uint32_t)block, (uint32_t)(block >> 32),
		                blocks - 1},
		};

		rc = nvme_queue_call(&d->c->io, &command, prps, nr, NULL);
		block += blocks;
	}
	return rc;
}

static int move_bounce(struct disk *d, enum block_op op, uint64_t block)
{
	const struct block_seg seg = {d->bounce, d->block_size};
	struct nvme_data data = {.segs = &seg, .nr = 1};

	return move(d, op, block, &data);
}

/* `len` bytes from byte `skip` of a block on: the others of a block that is
 * written are read first. */
static int move_part(struct disk *d, enum block_op op, uint64_t block,
                     uint32_t skip, void *at, uint32_t len)
{
	int rc;

	if (op == BLOCK_WRITE && len == d->block_size) {
		memcpy(d->bounce, at, len);
		return move_bounce(d, BLOCK_WRITE, block);
	}
	rc = move_bounce(d, BLOCK_READ, block);
	if (rc)
		return rc;
	if (op == BLOCK_READ) {
		memcpy(at, d->bounce + skip, len);
		return 0;
	}
	memcpy(d->bounce + skip, at, len);
	return move_bounce(d, BLOCK_WRITE, block);
}

/* Sectors that are not whole blocks, by way of d->bounce. */
static int move_by_parts(struct disk *d, enum block_op op, uint64_t lba,
                         const struct block_seg *segs, unsigned nr)
{
	uint64_t at = lba * SECTOR_SIZE;
	int rc = 0;

	mutex_lock(&d->lock);
	for (unsigned i = 0; i < nr; i++) {
		for (uint32_t done = 0; done < segs[i].len && !rc;) {
			uint32_t skip = (uint32_t)(at % d->block_size);
			uint32_t n = d->block_size - skip;

			if (n > segs[i].len - done)
				n = segs[i].len - done;
			rc = move_part(d, op, at / d->block_size, skip,
			               (char *)segs[i].data + done, n);
			done += n;
			at += n;
		}
	}
	mutex_unlock(&d->lock);
	return rc;
}

/* 4.3: addresses of memory are multiples of four. */
static bool is_whole(const struct disk *d, uint64_t lba,
                     const struct block_seg *segs, unsigned nr)
{
	if (lba * SECTOR_SIZE % d->block_size)
		return false;
	for (unsigned i = 0; i < nr; i++)
		if (segs[i].len % d->block_size || (uintptr_t)segs[i].data % 4)
			return false;
	return true;
}

static int disk_io(struct block_device *b, enum block_op op, uint64_t lba,
                   const struct block_seg *segs, unsigned nr)
{
	struct disk *d = disk_of(b);
	struct nvme_data data = {.segs = segs, .nr = nr};

	if (!is_whole(d, lba, segs, nr))
		return move_by_parts(d, op, lba, segs, nr);
	return move(d, op, lba * SECTOR_SIZE / d->block_size, &data);
}

static int disk_flush(struct block_device *b)
{
	struct disk *d = disk_of(b);
	const struct nvme_command command = {.opcode = FLUSH, .nsid = d->nsid};

	if (!d->c->write_cache)
		return 0;
	return nvme_queue_call(&d->c->io, &command, NULL, 0, NULL);
}

static const struct block_ops disk_ops = {.io = disk_io, .flush = disk_flush};

/* --- namespaces --- */

/* 5.15.2.1: size and format of what is in `answer`. */
static int read_format(struct disk *d, const uint8_t *answer)
{
	enum { NSZE = 0, FLBAS = 26, NSATTR = 99, LBAF0 = 128 };
	const uint8_t *format = answer + LBAF0 + 4 * (answer[FLBAS] & 15);
	uint64_t blocks = get_le(answer + NSZE, 8);
	unsigned shift = format[2];

	if (get_le(format, 2) || shift < SECTOR_SHIFT || shift > BLOCK_SHIFT) {
		log_line("%s: blocks of 2^%u + %u bytes: not used",
		         d->block.name, shift, (unsigned)get_le(format, 2));
		return -ENODEV;
	}
	d->block_size = 1u << shift;
	/* So that no count of bytes overflows. */
	if (!blocks || blocks > UINT64_MAX >> shift)
		return -EIO;
	d->block.sectors = blocks << (shift - SECTOR_SHIFT);
	d->block.read_only = answer[NSATTR] & 1;
	return 0;
}

static int add_namespace(struct nvme_controller *c, uint32_t nsid,
                         uint8_t *answer)
{
	struct disk *d;
	struct page *bounce;
	int rc = identify(c, IDENTIFY_NAMESPACE, nsid, answer);

	if (rc)
		return rc;
	d = mem_zalloc(sizeof(*d));
	bounce = page_alloc(0);
	if (!d || !bounce)
		return -ENOMEM; /* the machine does not get far */
	d->c = c;
	d->nsid = nsid;
	mutex_init(&d->lock);
	d->bounce = page_virt(bounce);
	d->block.ops = &disk_ops;
	d->block.max_segs = SEGS_MAX;
	str_printf(d->block.name, sizeof(d->block.name), "nvme%un%u", c->nr,
	           nsid);
	str_copy(d->block.serial, c->serial, sizeof(d->block.serial));
	rc = read_format(d, answer);
	if (!rc) {
		block_add(&d->block);
		return 0;
	}
	page_put(bounce);
	mem_free(d);
	return rc;
}

/* 5.15.2.3: ascending, ended by 0. */
static int add_namespaces(struct nvme_controller *c, uint8_t *answer)
{
	uint32_t ids[NAMESPACES_MAX];
	int rc = identify(c, IDENTIFY_LIST, 0, answer);

	if (rc)
		return rc;
	memcpy(ids, answer, sizeof(ids));
	for (unsigned i = 0; i < NAMESPACES_MAX && ids[i]; i++) {
		rc = add_namespace(c, ids[i], answer);
		if (rc && rc != -ENODEV)
			return rc;
	}
	return 0;
}

static int start(struct nvme_controller *c)
{
	struct page *p = page_alloc(0);
	int rc = p ? switch_on(c) : -ENOMEM;

	if (!rc)
		rc = identify_controller(c, page_virt(p));
	if (!rc)
		rc = create_queues(c);
	if (!rc)
		rc = add_namespaces(c, page_virt(p));
	if (rc)
		stop(c);
	if (p)
		page_put(p);
	return rc;
}

int nvme_attach(struct nvme_port *p)
{
	static unsigned next;
	struct nvme_controller *c = mem_zalloc(sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->port = p;
	c->nr = next++;
	p->controller = c;
	return start(c);
}
