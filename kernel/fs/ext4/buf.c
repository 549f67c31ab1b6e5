/*
 * buf.c - the cache of metadata blocks.
 *
 * Written back at sync, fsync and unmount, and when there are too many; with a
 * journal only what was committed, and what is of the running transaction stays
 * in memory (commit.c). Every
 * buffer is in a hash chain; while nobody uses it, also in the list by age.
 * Memory is taken without waiting: fs->lock is held, and reclaim might want it.
 */
#include "kernel/fs/ext4/ext4.h"

#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"

enum {
	MEMORY_SHARE = 32, /* 1/32 of memory at most */
	MIN = 48,          /* what one operation may use, and more */
};

void buf_cache_init(struct buf_cache *c)
{
	for (unsigned i = 0; i < BUF_BUCKETS; i++)
		list_init(&c->buckets[i]);
	list_init(&c->age);
	list_init(&c->dirty);
	list_init(&c->running);
	c->nr_running = 0;
	c->max = page_total() / MEMORY_SHARE;
	if (c->max < MIN)
		c->max = MIN;
}

static struct list *bucket(struct ext4 *fs, uint64_t block)
{
	return &fs->bufs.buckets[(block ^ block >> 8) % BUF_BUCKETS];
}

static uint64_t lba_of(const struct ext4 *fs, uint64_t block)
{
	return block << (fs->block_bits - 9);
}

static int transfer(struct ext4 *fs, enum block_op op, const struct buf *b)
{
	struct block_seg seg = {.data = b->data, .len = fs->block_size};

	return block_io(fs->dev, op, lba_of(fs, b->block), &seg, 1);
}

static void destroy(struct ext4 *fs, struct buf *b)
{
	list_remove(&b->hash);
	list_remove(&b->age);
	list_remove(&b->link);
	mem_free(b->data);
	mem_free(b);
	fs->bufs.nr--;
}

static int clean(struct ext4 *fs, struct buf *b)
{
	int rc = ext4_begin_writing(fs);

	if (!rc)
		rc = transfer(fs, BLOCK_WRITE, b);

	if (rc)
		return rc;
	b->dirty = false;
	list_remove(&b->link);
	return 0;
}

/* Make room by letting go of the oldest. False: none could go. */
static bool evict_one(struct ext4 *fs)
{
	LIST_EACH(n, &fs->bufs.age)
	{
		struct buf *b = LIST_ENTRY(n, struct buf, age);

		if (b->running || (b->dirty && clean(fs, b)))
			continue;
		destroy(fs, b);
		return true;
	}
	return false;
}

static struct buf *find(struct ext4 *fs, uint64_t block)
{
	LIST_EACH(n, bucket(fs, block))
	{
		struct buf *b = LIST_ENTRY(n, struct buf, hash);

		if (b->block == block)
			return b;
	}
	return NULL;
}

static struct buf *try_make(const struct ext4 *fs)
{
	struct buf *b = mem_zalloc(sizeof(*b));

	if (!b)
		return NULL;
	b->data = mem_alloc(fs->block_size);
	if (!b->data) {
		mem_free(b);
		return NULL;
	}
	return b;
}

static struct buf *make(struct ext4 *fs, uint64_t block)
{
	struct buf *b;

	while (fs->bufs.nr >= fs->bufs.max && evict_one(fs))
		;
	while (!(b = try_make(fs)) && evict_one(fs))
		;
	if (!b)
		return NULL;
	b->block = block;
	b->refs = 1;
	list_push(bucket(fs, block), &b->hash);
	fs->bufs.nr++;
	return b;
}

static struct buf *use(struct buf *b)
{
	if (b->refs++ == 0)
		list_remove(&b->age);
	return b;
}

int buf_read(struct ext4 *fs, uint64_t block, struct buf **out)
{
	struct buf *b = find(fs, block);
	int rc;

	if (b) {
		*out = use(b);
		return 0;
	}
	if (block >= fs->nr_blocks)
		return ext4_damaged(fs, "no such block", block);
	b = make(fs, block);
	if (!b)
		return -ENOMEM;
	rc = transfer(fs, BLOCK_READ, b);
	if (rc) {
		destroy(fs, b);
		return rc;
	}
	*out = b;
	return 0;
}

int buf_fresh(struct ext4 *fs, uint64_t block, struct buf **out)
{
	struct buf *b = find(fs, block);

	if (block >= fs->nr_blocks)
		return ext4_damaged(fs, "no such block", block);
	if (b && b->refs > 0) /* or what is in use would be overwritten */
		return ext4_damaged(fs, "a used block was free", block);
	b = b ? use(b) : make(fs, block);
	if (!b)
		return -ENOMEM;
	memset(b->data, 0, fs->block_size);
	b->checked = true;
	buf_dirty(fs, b);
	*out = b;
	return 0;
}

void buf_put(struct ext4 *fs, struct buf *b)
{
	if (!b)
		return;
	ASSERT(b->refs > 0);
	if (--b->refs == 0)
		list_append(&fs->bufs.age, &b->age);
}

void buf_dirty(struct ext4 *fs, struct buf *b)
{
	ASSERT(!fs->journal || fs->changing);
	if (b->dirty && b->running == (fs->journal != NULL))
		return;
	b->dirty = true;
	list_remove(&b->link);
	if (!fs->journal) {
		list_append(&fs->bufs.dirty, &b->link);
		return;
	}
	b->running = true;
	fs->bufs.nr_running++;
	list_append(&fs->bufs.running, &b->link);
}

void buf_committed(struct ext4 *fs)
{
	struct list *n;

	while ((n = list_pop(&fs->bufs.running))) {
		LIST_ENTRY(n, struct buf, link)->running = false;
		list_append(&fs->bufs.dirty, n);
	}
	fs->bufs.nr_running = 0;
}

void buf_forget(struct ext4 *fs, uint64_t block)
{
	struct buf *b = find(fs, block);

	if (!b)
		return;
	if (b->running)
		fs->bufs.nr_running--;
	b->dirty = b->running = false;
	list_remove(&b->link);
	if (b->refs == 0)
		destroy(fs, b);
}

int buf_write(struct ext4 *fs, uint64_t block)
{
	struct buf *b = find(fs, block);

	return b && b->dirty ? clean(fs, b) : 0;
}

int buf_write_all(struct ext4 *fs)
{
	while (!list_empty(&fs->bufs.dirty)) {
		int rc = clean(
			fs, LIST_ENTRY(fs->bufs.dirty.next, struct buf, link));

		if (rc)
			return rc;
	}
	return 0;
}

void buf_cache_fini(struct buf_cache *c)
{
	for (unsigned i = 0; i < BUF_BUCKETS; i++) {
		LIST_EACH_SAFE(n, after, &c->buckets[i])
		{
			struct buf *b = LIST_ENTRY(n, struct buf, hash);

			mem_free(b->data);
			mem_free(b);
		}
	}
}
