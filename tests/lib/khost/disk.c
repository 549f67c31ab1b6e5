/* disk.c - a block device in memory, with faults and a recorder. */
#include "tests/lib/khost/khost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/lib/errno.h"

/* A write (bytes != NULL) or a flush. */
struct event {
	uint64_t at;
	size_t len;
	uint8_t *bytes;
};

struct khost_disk {
	struct block_device dev;
	uint8_t *bytes;
	size_t size;
	struct khost_disk_counts counts;
	unsigned fail_writes, fail_reads;

	uint8_t *before; /* as it was when recording began; NULL: no recorder */
	struct event *events;
	size_t nr_events, max_events;
};

static struct khost_disk *disk_of(struct block_device *dev)
{
	return CONTAINER_OF(dev, struct khost_disk, dev);
}

static bool fails(unsigned *countdown)
{
	if (*countdown > 1)
		return --*countdown, false;
	return *countdown == 1;
}

static struct event *add_event(struct khost_disk *d)
{
	if (d->nr_events == d->max_events) {
		d->max_events = d->max_events * 2 + 64;
		d->events =
			realloc(d->events, d->max_events * sizeof(*d->events));
		if (!d->events)
			abort();
	}
	d->events[d->nr_events] = (struct event){0};
	return &d->events[d->nr_events++];
}

static void record(struct khost_disk *d, uint64_t at, const void *bytes,
                   size_t len)
{
	struct event *e = add_event(d);

	e->at = at;
	e->len = len;
	e->bytes = malloc(len);
	if (!e->bytes)
		abort();
	memcpy(e->bytes, bytes, len);
}

static void move(struct khost_disk *d, enum block_op op, uint64_t at,
                 const struct block_seg *seg)
{
	if (op == BLOCK_READ) {
		memcpy(seg->data, d->bytes + at, seg->len);
		d->counts.bytes_read += seg->len;
		return;
	}
	memcpy(d->bytes + at, seg->data, seg->len);
	d->counts.bytes_written += seg->len;
	if (d->before)
		record(d, at, seg->data, seg->len);
}

static int io(struct block_device *dev, enum block_op op, uint64_t lba,
              const struct block_seg *segs, unsigned nr)
{
	struct khost_disk *d = disk_of(dev);
	uint64_t at = lba * SECTOR_SIZE;

	if (op == BLOCK_READ)
		d->counts.reads++;
	else
		d->counts.writes++;
	if (fails(op == BLOCK_READ ? &d->fail_reads : &d->fail_writes))
		return -EIO;
	for (unsigned i = 0; i < nr; i++) {
		move(d, op, at, &segs[i]);
		at += segs[i].len;
	}
	return 0;
}

static int flush(struct block_device *dev)
{
	struct khost_disk *d = disk_of(dev);

	d->counts.flushes++;
	if (d->before)
		(void)add_event(d);
	return 0;
}

static const struct block_ops ops = {.io = io, .flush = flush};

struct khost_disk *khost_disk_new(const void *bytes, size_t size)
{
	struct khost_disk *d = calloc(1, sizeof(*d));

	if (d)
		d->bytes = calloc(1, size > 0 ? size : 1);
	if (!d || !d->bytes)
		abort();
	if (bytes)
		memcpy(d->bytes, bytes, size);
	d->size = size;
	d->dev.ops = &ops;
	d->dev.sectors = size / SECTOR_SIZE;
	d->dev.max_segs = 16;
	memcpy(d->dev.name, "vda", 4);
	return d;
}

struct khost_disk *khost_disk_load(const char *path)
{
	struct khost_disk *d = NULL;
	FILE *f = fopen(path, "rb");
	long size;

	if (!f)
		return NULL;
	if (!fseek(f, 0, SEEK_END) && (size = ftell(f)) >= 0 &&
	    !fseek(f, 0, SEEK_SET)) {
		d = khost_disk_new(NULL, (size_t)size);
		if (fread(d->bytes, 1, (size_t)size, f) != (size_t)size) {
			khost_disk_free(d);
			d = NULL;
		}
	}
	fclose(f);
	return d;
}

bool khost_disk_save(const struct khost_disk *d, const char *path)
{
	FILE *f = fopen(path, "wb");
	bool ok;

	if (!f)
		return false;
	ok = fwrite(d->bytes, 1, d->size, f) == d->size;
	return fclose(f) == 0 && ok;
}

void khost_disk_free(struct khost_disk *d)
{
	for (size_t i = 0; i < d->nr_events; i++)
		free(d->events[i].bytes);
	free(d->events);
	free(d->before);
	free(d->bytes);
	free(d);
}

struct block_device *khost_disk_device(struct khost_disk *d)
{
	return &d->dev;
}

uint8_t *khost_disk_bytes(struct khost_disk *d)
{
	return d->bytes;
}

struct khost_disk_counts khost_disk_counts(const struct khost_disk *d)
{
	return d->counts;
}

void khost_disk_fail_writes(struct khost_disk *d, unsigned nth)
{
	d->fail_writes = nth;
}

void khost_disk_fail_reads(struct khost_disk *d, unsigned nth)
{
	d->fail_reads = nth;
}

void khost_disk_record(struct khost_disk *d)
{
	d->before = malloc(d->size);
	if (!d->before)
		abort();
	memcpy(d->before, d->bytes, d->size);
}

size_t khost_disk_events(const struct khost_disk *d)
{
	return d->nr_events;
}

struct khost_disk *khost_disk_replay(const struct khost_disk *d, size_t n)
{
	struct khost_disk *copy = khost_disk_new(d->before, d->size);

	for (size_t i = 0; i < n && i < d->nr_events; i++) {
		const struct event *e = &d->events[i];

		if (e->bytes)
			memcpy(copy->bytes + e->at, e->bytes, e->len);
	}
	return copy;
}

/* How many of the first `n` events a flush covers. */
static size_t flushed(const struct khost_disk *d, size_t n)
{
	while (n > 0 && d->events[n - 1].bytes)
		n--;
	return n;
}

static bool by_chance(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005U + 1442695040888963407U;
	return *seed >> 63;
}

struct khost_disk *khost_disk_replay_some(const struct khost_disk *d, size_t n,
                                          uint64_t seed, size_t unit)
{
	size_t i = flushed(d, n);
	struct khost_disk *copy = khost_disk_replay(d, i);

	for (; i < n; i++) {
		const struct event *e = &d->events[i];
		size_t step = unit && unit < e->len ? unit : e->len;

		for (size_t at = 0; at < e->len; at += step) {
			if (step > e->len - at)
				step = e->len - at;
			if (by_chance(&seed))
				memcpy(copy->bytes + e->at + at, e->bytes + at,
				       step);
		}
	}
	return copy;
}
