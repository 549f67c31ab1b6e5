/*
 * virtio_scsi.c - disks behind a SCSI host adapter (VIRTIO 1.2, 5.6; SPC-4 and
 * SBC-3 for what is inside the commands). What Compute Engine has.
 */
#include "kernel/core/blockdev.h"
#include "kernel/core/log.h"
#include "kernel/drivers/virtio_call.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

enum {
	/* Queues: 0 control, 1 events, then those for requests. */
	QUEUE_CONTROL = 0,
	QUEUE_EVENTS = 1,
	QUEUE_REQUESTS = 2,

	CONFIG_SEG_MAX = 4,
	CONFIG_MAX_TARGET = 30,

	CDB_SIZE = 32, /* the device's default, as is the next */
	SENSE_SIZE = 96,
	SEGS_MAX = 32,

	/* struct response */
	RESPONSE_OK = 0,
	STATUS_GOOD = 0,
	STATUS_CHECK_CONDITION = 2,
	KEY_UNIT_ATTENTION = 6,
	TRIES = 4,

	/* Commands. */
	INQUIRY = 0x12,
	MODE_SENSE_6 = 0x1a,
	SYNCHRONIZE_CACHE_10 = 0x35,
	READ_16 = 0x88,
	WRITE_16 = 0x8a,
	SERVICE_ACTION_IN_16 = 0x9e,
	READ_CAPACITY_16 = 0x10,
	VPD_SERIAL = 0x80,
	MODE_ALL_PAGES = 0x3f,
	MODE_WRITE_PROTECTED = 0x80,
	TYPE_DISK = 0,

	ANSWER_SIZE = 64, /* of what we ask devices about themselves */
	MISSING_MAX = 16, /* targets in a row: then there are no more */
};

/* 5.6.6.1. */
struct command {
	uint8_t lun[8];
	uint64_t id;
	uint8_t task_attr, prio, crn;
	uint8_t cdb[CDB_SIZE];
} PACKED;
static_assert(sizeof(struct command) == 51, "VIRTIO 1.2, 5.6.6.1");

struct response {
	uint32_t sense_len, residual;
	uint16_t status_qualifier;
	uint8_t status, response;
	uint8_t sense[SENSE_SIZE];
} PACKED;
static_assert(sizeof(struct response) == 108, "VIRTIO 1.2, 5.6.6.1");

struct adapter {
	struct virtio_device *dev;
	struct virtio_queue control, events; /* nothing is sent to them */
	struct virtio_calls calls;
	uint16_t max_segs;
};

struct disk {
	struct block_device block;
	struct adapter *adapter;
	uint8_t target;
};

struct request {
	struct virtio_call call;
	struct command command;
	struct response response;
};

/* What a command moves, and which way. */
struct data {
	const struct block_seg *segs;
	unsigned nr;
	bool out; /* to the device */
};

/* 5.6.6.1: one byte 1, the target, then LUN 0 in its "flat" form. */
static void set_lun(uint8_t lun[8], uint8_t target)
{
	memset(lun, 0, 8);
	lun[0] = 1;
	lun[1] = target;
	lun[2] = 0x40;
}

/* Numbers in commands and answers are big endian. */
static void put_be(uint8_t *at, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = (uint8_t)(v >> 8 * (bytes - 1 - i));
}

static uint64_t get_be(const uint8_t *at, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v = v << 8 | at[i];
	return v;
}

static void send_once(struct adapter *a, struct request *r,
                      const struct data *data)
{
	struct virtio_seg segs[SEGS_MAX + 2];
	unsigned n = 0, out = data->out ? data->nr : 0;

	memset(&r->call, 0, sizeof(r->call));
	r->response.response = 0xff;
	segs[n++] = (struct virtio_seg){&r->command, sizeof(r->command)};
	for (unsigned i = 0; i < out; i++)
		segs[n++] = (struct virtio_seg){data->segs[i].data,
		                                data->segs[i].len};
	segs[n++] = (struct virtio_seg){&r->response, sizeof(r->response)};
	for (unsigned i = out; i < data->nr; i++)
		segs[n++] = (struct virtio_seg){data->segs[i].data,
		                                data->segs[i].len};
	virtio_call(&a->calls, segs, 1 + out, 1 + data->nr - out, &r->call);
}

/* SPC-4, 4.5.3: the sense key, in fixed and in descriptor format. */
static unsigned sense_key(const struct response *r)
{
	bool fixed = (r->sense[0] & 0x7e) == 0x70;

	return (fixed ? r->sense[2] : r->sense[1]) & 0x0f;
}

/*
 * A device answers "unit attention" once to whoever is new to it, and does
 * nothing else (SAM-5, 5.14): the command is sent again.
 */
static bool should_repeat(const struct response *r)
{
	return r->response == RESPONSE_OK &&
	       r->status == STATUS_CHECK_CONDITION &&
	       sense_key(r) == KEY_UNIT_ATTENTION;
}

static int execute(struct adapter *a, uint8_t target, const uint8_t *cdb,
                   unsigned cdb_len, const struct data *data)
{
	struct request *r = mem_zalloc(sizeof(*r));
	int rc = -EIO;

	if (!r)
		return -ENOMEM;
	set_lun(r->command.lun, target);
	r->command.id = (uint64_t)(uintptr_t)r;
	memcpy(r->command.cdb, cdb, cdb_len);
	for (unsigned i = 0; i < TRIES; i++) {
		send_once(a, r, data);
		if (!should_repeat(&r->response))
			break;
	}
	if (r->response.response == RESPONSE_OK &&
	    r->response.status == STATUS_GOOD)
		rc = 0;
	mem_free(r);
	return rc;
}

/* A command whose answer is ANSWER_SIZE bytes, zeroed where none came. */
static int ask(struct adapter *a, uint8_t target, const uint8_t *cdb,
               unsigned cdb_len, uint8_t *answer)
{
	struct block_seg seg = {answer, ANSWER_SIZE};
	struct data data = {&seg, 1, false};

	memset(answer, 0, ANSWER_SIZE);
	return execute(a, target, cdb, cdb_len, &data);
}

/* --- a disk at work --- */

static struct disk *disk_of(struct block_device *b)
{
	return CONTAINER_OF(b, struct disk, block);
}

static int disk_io(struct block_device *b, enum block_op op, uint64_t lba,
                   const struct block_seg *segs, unsigned nr)
{
	struct disk *d = disk_of(b);
	struct data data = {segs, nr, op == BLOCK_WRITE};
	uint8_t cdb[16] = {op == BLOCK_WRITE ? WRITE_16 : READ_16};
	uint64_t sectors = 0;

	if (op == BLOCK_WRITE && b->read_only)
		return -EROFS;
	for (unsigned i = 0; i < nr; i++)
		sectors += segs[i].len / SECTOR_SIZE;
	put_be(cdb + 2, lba, 8);
	put_be(cdb + 10, sectors, 4);
	return execute(d->adapter, d->target, cdb, sizeof(cdb), &data);
}

static int disk_flush(struct block_device *b)
{
	static const uint8_t cdb[10] = {SYNCHRONIZE_CACHE_10};
	static const struct data none;
	struct disk *d = disk_of(b);

	return execute(d->adapter, d->target, cdb, sizeof(cdb), &none);
}

static const struct block_ops disk_ops = {.io = disk_io, .flush = disk_flush};

/* --- finding disks --- */

/* SPC-4, 6.6: is a disk there? */
static bool is_disk(struct adapter *a, uint8_t target, uint8_t *answer)
{
	static const uint8_t cdb[6] = {INQUIRY, 0, 0, 0, 36};

	return !ask(a, target, cdb, sizeof(cdb), answer) &&
	       answer[0] == TYPE_DISK;
}

/* SBC-3, 5.16. */
static int read_capacity(struct disk *d, uint8_t *answer)
{
	static const uint8_t cdb[16] = {
		[0] = SERVICE_ACTION_IN_16, [1] = READ_CAPACITY_16, [13] = 32};
	uint64_t block;
	int rc = ask(d->adapter, d->target, cdb, sizeof(cdb), answer);

	if (rc)
		return rc;
	block = get_be(answer + 8, 4);
	if (block != SECTOR_SIZE) {
		log_line("%s: sectors of %lu bytes: not used", d->block.name,
		         block);
		return -EINVAL;
	}
	d->block.sectors = get_be(answer, 8) + 1;
	return d->block.sectors ? 0 : -EINVAL;
}

/* SPC-4, 7.8.10. A device need not have one. */
static void read_serial(struct disk *d, uint8_t *answer)
{
	static const uint8_t cdb[6] = {INQUIRY, 1, VPD_SERIAL, 0, ANSWER_SIZE};
	size_t len;

	if (ask(d->adapter, d->target, cdb, sizeof(cdb), answer) ||
	    answer[1] != VPD_SERIAL)
		return;
	len = get_be(answer + 2, 2);
	if (len > ANSWER_SIZE - 5)
		len = ANSWER_SIZE - 5;
	answer[4 + len] = '\0';
	str_copy(d->block.serial, (const char *)answer + 4,
	         sizeof(d->block.serial));
}

/* SPC-4, 6.11, and SBC-3, 6.4.1: the mode parameter header. */
static void read_protection(struct disk *d, uint8_t *answer)
{
	static const uint8_t cdb[6] = {MODE_SENSE_6, 0, MODE_ALL_PAGES, 0,
	                               ANSWER_SIZE};

	d->block.read_only =
		!ask(d->adapter, d->target, cdb, sizeof(cdb), answer) &&
		answer[2] & MODE_WRITE_PROTECTED;
}

static int add_disk(struct adapter *a, uint8_t target, uint8_t *answer)
{
	static char next_name = 'a';
	struct disk *d = mem_zalloc(sizeof(*d));
	int rc;

	if (!d)
		return -ENOMEM;
	d->adapter = a;
	d->target = target;
	d->block.ops = &disk_ops;
	d->block.max_segs = a->max_segs;
	str_printf(d->block.name, sizeof(d->block.name), "sd%c", next_name);
	rc = read_capacity(d, answer);
	if (rc) {
		mem_free(d);
		return rc;
	}
	next_name++;
	read_serial(d, answer);
	read_protection(d, answer);
	block_add(&d->block);
	return 0;
}

/* Most of the numbers a target may have are never used. */
static int scan(struct adapter *a)
{
	uint8_t *answer = mem_zalloc(ANSWER_SIZE);
	uint16_t last = 0;
	unsigned missing = 0;

	if (!answer)
		return -ENOMEM;
	virtio_config(a->dev, CONFIG_MAX_TARGET, &last, sizeof(last));
	if (last > UINT8_MAX)
		last = UINT8_MAX;
	for (unsigned t = 0; t <= last && missing < MISSING_MAX; t++) {
		if (is_disk(a, (uint8_t)t, answer) &&
		    !add_disk(a, (uint8_t)t, answer))
			missing = 0;
		else
			missing++;
	}
	mem_free(answer);
	return 0;
}

static uint16_t read_max_segs(struct adapter *a)
{
	uint32_t max = 0;

	virtio_config(a->dev, CONFIG_SEG_MAX, &max, sizeof(max));
	if (max > SEGS_MAX)
		max = SEGS_MAX;
	if (max > a->calls.q.size - 2u)
		max = a->calls.q.size - 2u;
	return (uint16_t)(max ? max : 1);
}

static int add_silent(struct adapter *a, struct virtio_queue *q, uint16_t index)
{
	return virtio_add_queue(a->dev, q,
	                        &(struct virtio_queue_setup){.index = index});
}

static int attach(struct virtio_device *dev)
{
	struct adapter *a = mem_zalloc(sizeof(*a));
	int rc;

	if (!a)
		return -ENOMEM;
	a->dev = dev;
	rc = virtio_begin(dev, VIRTIO_F_EVENT);
	/* The first two must be there. */
	if (!rc)
		rc = add_silent(a, &a->control, QUEUE_CONTROL);
	if (!rc)
		rc = add_silent(a, &a->events, QUEUE_EVENTS);
	if (!rc)
		rc = virtio_calls_init(&a->calls, dev, QUEUE_REQUESTS,
		                       "request");
	if (rc)
		return rc; /* `a` stays: the device may know of it */
	a->max_segs = read_max_segs(a);
	virtio_ready(dev);
	return scan(a);
}

const struct virtio_driver virtio_scsi_driver = {
	.name = "virtio-scsi",
	.id = VIRTIO_ID_SCSI,
	.attach = attach,
};
