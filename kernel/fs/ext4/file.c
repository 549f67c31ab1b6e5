/*
 * file.c - contents of files: pages to and from blocks.
 *
 * Blocks are allocated when a page first becomes dirty, so that "no space left"
 * is the answer to a write and never a surprise in the background. fs->lock is
 * held to find out where blocks are, and let go while they are transferred;
 * the mapping's lock keeps them from being freed meanwhile.
 *
 * A new block is unwritten, and the file on the disk ends before it, until its
 * contents are on their way to the disk: whatever is committed, and whenever
 * the power goes, nothing shows what was not written there.
 */
#include "kernel/fs/ext4/ext4.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

enum { SEGS = 32 };

/* Some pages with consecutive indexes, seen as blocks of the file. */
struct span {
	struct ext4 *fs;
	struct inode *i;
	struct page **pages;
	unsigned page_bits; /* block_bits + this = PAGE_SHIFT */
	uint32_t first;     /* block of the file at which pages[0] begins */
	uint32_t end;       /* and behind the last that is to be moved */
};

static struct span make_span(struct mapping *m, struct page **pages,
                             unsigned nr)
{
	struct inode *i = m->owner;
	struct ext4 *fs = ext4_of(i);
	unsigned bits = PAGE_SHIFT - fs->block_bits;
	uint64_t first = pages[0]->index << bits;
	uint64_t end = first + ((uint64_t)nr << bits);
	uint64_t file_end = block_up(fs, m->size);

	if (end > file_end)
		end = file_end > first ? file_end : first;
	return (struct span){
		.fs = fs,
		.i = i,
		.pages = pages,
		.page_bits = bits,
		.first = (uint32_t)first,
		.end = (uint32_t)end,
	};
}

/* The memory of a block of the file. */
static uint8_t *memory_of(const struct span *s, uint32_t block)
{
	uint32_t n = block - s->first, mask = (1U << s->page_bits) - 1;
	uint8_t *page = page_virt(s->pages[n >> s->page_bits]);

	return page + ((size_t)(n & mask) << s->fs->block_bits);
}

/* What is at `block`, as far as this span goes. */
static int map(const struct span *s, uint32_t block, struct run *r)
{
	int rc;

	mutex_lock(&s->fs->lock);
	rc = ext4_map(s->i, block, r);
	mutex_unlock(&s->fs->lock);
	if (!rc && r->len > s->end - block)
		r->len = s->end - block;
	return rc;
}

/* How many blocks from `block` on, at most `n`, lie in the same page. */
static uint32_t in_one_page(const struct span *s, uint32_t block, uint32_t n)
{
	uint32_t each = 1U << s->page_bits;
	uint32_t left = each - ((block - s->first) & (each - 1));

	return n < left ? n : left;
}

/* Move blocks that lie one behind the other, in as few requests as possible. */
static int transfer(const struct span *s, enum block_op op, uint32_t block,
                    const struct run *r)
{
	unsigned max =
		s->fs->dev->max_segs < SEGS ? s->fs->dev->max_segs : SEGS;
	struct block_seg segs[SEGS];
	uint32_t done = 0;

	while (done < r->len) {
		unsigned nr = 0;
		uint64_t lba = (r->block + done) << (s->fs->block_bits - 9);
		int rc;

		for (; nr < max && done < r->len; nr++) {
			uint32_t n =
				in_one_page(s, block + done, r->len - done);

			segs[nr] = (struct block_seg){
				.data = memory_of(s, block + done),
				.len = n << s->fs->block_bits,
			};
			done += n;
		}
		rc = block_io(s->fs->dev, op, lba, segs, nr);
		if (rc)
			return rc;
	}
	return 0;
}

static void zero(const struct span *s, uint32_t block, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++)
		memset(memory_of(s, block + k), 0, s->fs->block_size);
}

/* --- reading --- */

static int read_blocks(const struct span *s)
{
	struct run r;

	for (uint32_t b = s->first; b < s->end; b += r.len) {
		int rc = map(s, b, &r);

		if (rc)
			return rc;
		if (r.block == 0 || r.unwritten)
			zero(s, b, r.len);
		else
			rc = transfer(s, BLOCK_READ, b, &r);
		if (rc)
			return rc;
	}
	return 0;
}

/* The disk may have anything behind the end of the file. */
static void zero_behind(const struct mapping *m, struct page **pages,
                        unsigned nr)
{
	uint64_t begin = pages[0]->index << PAGE_SHIFT;

	for (unsigned n = 0; n < nr; n++, begin += PAGE_SIZE) {
		uint64_t used = m->size > begin ? m->size - begin : 0;

		if (used < PAGE_SIZE)
			memset((uint8_t *)page_virt(pages[n]) + used, 0,
			       PAGE_SIZE - used);
	}
}

static int read_pages(struct mapping *m, struct page **pages, unsigned nr)
{
	struct span s = make_span(m, pages, nr);
	int rc = read_blocks(&s);

	if (!rc)
		zero_behind(m, pages, nr);
	return rc;
}

/* --- writing --- */

/* At the end of a change, also of one that failed on its way with `rc`. */
static int store_with(struct inode *i, int rc)
{
	int stored = ext4_store(i);

	return rc ? rc : stored;
}

/* Bytes of the file up to the end of block `end`. */
static uint64_t size_at(const struct span *s, uint32_t end)
{
	uint64_t bytes = (uint64_t)end << s->fs->block_bits;
	uint64_t size = s->i->mapping.size;

	return bytes < size ? bytes : size;
}

/* Blocks [at, end) are where they belong. Now the file may say so. */
static int have_written(const struct span *s, uint32_t at, uint32_t end,
                        bool unwritten)
{
	struct einode *e = einode_of(s->i);
	uint64_t size = size_at(s, end);
	int rc;

	if (!unwritten && size <= e->disk_size)
		return 0;
	rc = ext4_begin(s->fs, CHANGE_BLOCKS);
	if (rc)
		return rc;
	if (unwritten)
		rc = ext4_map_written(s->i, at, end - at);
	if (!rc && size > e->disk_size)
		e->disk_size = size;
	rc = store_with(s->i, rc);
	ext4_end(s->fs);
	return rc;
}

static int write_span(struct mapping *m, struct page **pages, unsigned nr)
{
	struct span s = make_span(m, pages, nr);
	struct run r;

	for (uint32_t b = s.first; b < s.end; b += r.len) {
		int rc = map(&s, b, &r);

		if (!rc && r.block == 0)
			rc = -EIO; /* reserve() has seen to it */
		if (!rc)
			rc = transfer(&s, BLOCK_WRITE, b, &r);
		if (!rc)
			rc = have_written(&s, b, b + r.len, r.unwritten);
		if (rc)
			return rc;
	}
	return 0;
}

/*
 * Where the file on the disk ends inside a page, that page has zeroes behind
 * the end in memory only, if it is dirty. They go first, before the file is
 * longer.
 */
static int write_end_before(struct mapping *m, uint64_t index)
{
	uint64_t size = einode_of(m->owner)->disk_size;
	struct page *p = radix_get(&m->pages, size >> PAGE_SHIFT);

	if (!(size & PAGE_MASK) || size >> PAGE_SHIFT >= index || !p ||
	    !(p->flags & PAGE_DIRTY))
		return 0;
	return write_span(m, &p, 1);
}

int ext4_write_end(struct inode *i)
{
	int rc;

	mutex_lock(&i->mapping.lock);
	rc = write_end_before(&i->mapping, UINT64_MAX);
	mutex_unlock(&i->mapping.lock);
	return rc;
}

static int write_pages(struct mapping *m, struct page **pages, unsigned nr)
{
	struct ext4 *fs = ext4_of(m->owner);
	int rc = 0;

	if (!fs->has_journal) {
		mutex_lock(&fs->lock);
		rc = ext4_begin_writing(fs);
		mutex_unlock(&fs->lock);
	}
	if (!rc)
		rc = write_end_before(m, pages[0]->index);
	return rc ? rc : write_span(m, pages, nr);
}

/*
 * Allocate what of blocks [first, end) is a hole. Those that came before a
 * failure stay the file's, unwritten.
 */
static int reserve_locked(struct inode *i, uint64_t first, uint64_t end)
{
	int rc = 0;

	for (uint64_t b = first; b < end && !rc; b++)
		rc = ext4_map_reserve(i, (uint32_t)b);
	return rc;
}

/* A page that is dirty has its block; with smaller ones it may lack some. */
static bool is_reserved(const struct ext4 *fs, const struct mapping *m,
                        uint64_t index)
{
	const struct page *p = radix_get(&m->pages, index);

	return fs->block_bits == PAGE_SHIFT && p && (p->flags & PAGE_DIRTY);
}

/* All blocks of the page up to the end of the file. */
static int reserve(struct mapping *m, uint64_t index)
{
	struct inode *i = m->owner;
	struct ext4 *fs = ext4_of(i);
	unsigned bits = PAGE_SHIFT - fs->block_bits;
	uint64_t first = index << bits;
	uint64_t end = block_up(fs, m->size), blocks = i->blocks;
	int rc;

	if (is_reserved(fs, m, index))
		return 0;
	if (end > first + (1U << bits))
		end = first + (1U << bits);
	rc = ext4_begin(fs, CHANGE_BLOCKS);
	if (rc)
		return rc;
	rc = reserve_locked(i, first, end);
	if (i->blocks != blocks)
		rc = store_with(i, rc);
	ext4_end(fs);
	return rc;
}

const struct mapping_ops ext4_mapping_ops = {
	.read_pages = read_pages,
	.write_pages = write_pages,
	.reserve = reserve,
};

/*
 * The caller has written the pages; now all that leads to them. Where only
 * times changed, and the caller does not want those, the disk is flushed and no
 * more.
 */
int ext4_fsync(struct inode *i, bool data_only)
{
	struct ext4 *fs = ext4_of(i);
	bool needed = !data_only || !fs->journal ||
	              einode_of(i)->transaction == ext4_transaction(fs);
	int rc = 0;

	if (i->sb->read_only && !fs->journal)
		return 0;
	if (i->dirty && needed)
		rc = ext4_inode_write(i);
	if (rc)
		return rc;
	mutex_lock(&fs->lock);
	rc = needed ? ext4_commit(fs) : block_flush(fs->dev);
	mutex_unlock(&fs->lock);
	return rc;
}

/*
 * Pages that were thrown away never reach the disk, and if the file ended in
 * one of them, it would be too short there. mapping->lock held.
 */
static int keep_size(struct inode *i)
{
	struct einode *e = einode_of(i);
	struct ext4 *fs = ext4_of(i);
	int rc;

	if (e->disk_size >= i->size)
		return 0;
	rc = write_end_before(&i->mapping, UINT64_MAX);
	if (!rc)
		rc = ext4_begin(fs, CHANGE_INODE);
	if (rc)
		return rc;
	e->disk_size = i->size;
	rc = ext4_store(i);
	ext4_end(fs);
	return rc;
}

int ext4_fallocate(struct inode *i, uint64_t from, uint64_t n,
                   enum fallocate how)
{
	static int (*const some[])(struct inode *, uint32_t, uint32_t,
	                           uint32_t *) = {
		[FALLOCATE_RESERVE] = extent_fill_some,
		[FALLOCATE_FREE] = extent_free_some,
		[FALLOCATE_ZERO] = extent_unwrite_some,
	};
	struct ext4 *fs = ext4_of(i);
	uint32_t at = (uint32_t)(from >> fs->block_bits);
	uint32_t end = (uint32_t)block_up(fs, from + n), done = 0;
	int rc = 0;

	if (!ext4_has_extents(i))
		return -EOPNOTSUPP;
	if (how != FALLOCATE_RESERVE)
		rc = keep_size(i);
	for (; at < end && !rc; at += done) {
		rc = ext4_begin(fs, CHANGE_BLOCKS);
		if (rc)
			return rc;
		rc = store_with(i, some[how](i, at, end, &done));
		ext4_end(fs);
	}
	return rc;
}

/*
 * What is at block `b`, and how far it goes on like that. Unwritten blocks read
 * as zeroes, but for those of dirty pages, which are written soon.
 */
static int next_kind(struct inode *i, uint64_t b, struct run *r, bool *data)
{
	struct ext4 *fs = ext4_of(i);
	unsigned bits = PAGE_SHIFT - fs->block_bits;
	uint64_t index = b >> bits, left;
	struct page *p;
	int rc;

	mutex_lock(&i->mapping.lock);
	mutex_lock(&fs->lock);
	rc = ext4_map(i, (uint32_t)b, r);
	mutex_unlock(&fs->lock);
	*data = !rc && r->block && !r->unwritten;
	if (!rc && r->block && r->unwritten) {
		p = radix_next_marked(&i->mapping.pages, &index);
		*data = p && index == b >> bits;
		left = *data ? ((index + 1) << bits) - b : (index << bits) - b;
		if (p && r->len > left)
			r->len = (uint32_t)left;
	}
	mutex_unlock(&i->mapping.lock);
	return rc;
}

int ext4_next_data(struct inode *i, uint64_t from, bool data, uint64_t *out)
{
	struct ext4 *fs = ext4_of(i);
	uint64_t b = from >> fs->block_bits, end = block_up(fs, i->size), at;
	struct run r = {0};
	bool is_data;

	for (; b < end; b += r.len) {
		int rc = next_kind(i, b, &r, &is_data);

		if (rc)
			return rc;
		if (is_data == data)
			break;
	}
	at = b << fs->block_bits;
	at = at < from ? from : at;
	*out = b < end && at < i->size ? at : i->size;
	return 0;
}
