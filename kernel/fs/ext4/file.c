/*
 * file.c - contents of files: pages to and from blocks.
 *
 * Blocks are allocated when a page first becomes dirty, so that "no space left"
 * is the answer to a write and never a surprise in the background. fs->lock is
 * held to find out where blocks are, and let go while they are transferred;
 * the mapping's lock keeps them from being freed meanwhile.
 */
#include "kernel/fs/ext4/ext4.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

enum {
	SEGS = 32,
	/* With blocks smaller than pages: see reserve(). */
	SPARE_BLOCKS = 16,
};

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

static int write_pages(struct mapping *m, struct page **pages, unsigned nr)
{
	struct span s = make_span(m, pages, nr);
	struct ext4 *fs = ext4_of(m->owner);
	struct run r;
	int rc;

	mutex_lock(&fs->lock);
	rc = ext4_begin_writing(fs);
	mutex_unlock(&fs->lock);
	if (rc)
		return rc;
	for (uint32_t b = s.first; b < s.end; b += r.len) {
		rc = map(&s, b, &r);
		if (!rc && (r.block == 0 || r.unwritten))
			rc = -EIO; /* reserve() has seen to it */
		if (!rc)
			rc = transfer(&s, BLOCK_WRITE, b, &r);
		if (rc)
			return rc;
	}
	return 0;
}

/* Allocate what of blocks [first, end) is a hole or was never written. */
static int reserve_locked(struct inode *i, uint64_t first, uint64_t end)
{
	struct ext4 *fs = ext4_of(i);
	bool alone = end - first == 1, checked = false;
	struct run r;
	int rc = 0;

	for (uint64_t b = first; b < end && !rc; b++) {
		rc = ext4_map(i, (uint32_t)b, &r);
		if (rc || (r.block && !r.unwritten))
			continue;
		if (!alone && !checked && fs->free_blocks < SPARE_BLOCKS)
			return -ENOSPC;
		checked = true;
		rc = ext4_map_alloc(i, (uint32_t)b, &r);
	}
	return rc;
}

/* A page that is dirty has its block; with smaller ones it may lack some. */
static bool is_reserved(const struct ext4 *fs, const struct mapping *m,
                        uint64_t index)
{
	const struct page *p = radix_get(&m->pages, index);

	return fs->block_bits == PAGE_SHIFT && p && (p->flags & PAGE_DIRTY);
}

/*
 * All blocks of the page up to the end of the file. With blocks smaller than
 * pages, those that came before a failure would be the file's with nobody to
 * write them; so a nearly full disk counts as full, before the first.
 */
static int reserve(struct mapping *m, uint64_t index)
{
	struct inode *i = m->owner;
	struct ext4 *fs = ext4_of(i);
	unsigned bits = PAGE_SHIFT - fs->block_bits;
	uint64_t first = index << bits;
	uint64_t end = block_up(fs, m->size);
	int rc;

	if (is_reserved(fs, m, index))
		return 0;
	if (end > first + (1U << bits))
		end = first + (1U << bits);
	mutex_lock(&fs->lock);
	rc = reserve_locked(i, first, end);
	mutex_unlock(&fs->lock);
	return rc;
}

const struct mapping_ops ext4_mapping_ops = {
	.read_pages = read_pages,
	.write_pages = write_pages,
	.reserve = reserve,
};

/* The caller has written the pages; now all that leads to them. */
int ext4_fsync(struct inode *i, bool data_only)
{
	struct ext4 *fs = ext4_of(i);
	int rc = 0;

	(void)data_only; /* sizes and blocks belong to the data, times do not
	                    cost anything then */
	if (i->dirty)
		rc = ext4_inode_write(i);
	if (rc)
		return rc;
	mutex_lock(&fs->lock);
	rc = ext4_commit(fs);
	mutex_unlock(&fs->lock);
	return rc;
}

int ext4_fallocate(struct inode *i, uint64_t from, uint64_t n,
                   enum fallocate how)
{
	struct ext4 *fs = ext4_of(i);
	uint32_t at = (uint32_t)(from >> fs->block_bits);
	uint32_t end = (uint32_t)block_up(fs, from + n);
	int rc;

	if (!ext4_has_extents(i))
		return -EOPNOTSUPP;
	mutex_lock(&fs->lock);
	if (how == FALLOCATE_RESERVE)
		rc = extent_reserve(i, at, end);
	else if (how == FALLOCATE_FREE)
		rc = extent_free(i, at, end);
	else
		rc = extent_unwrite(i, at, end);
	mutex_unlock(&fs->lock);
	return rc;
}

/* A page that is dirty has its block, so the tree of extents knows all. What is
 * reserved and was never written reads as zeroes: a hole. */
int ext4_next_data(struct inode *i, uint64_t from, bool data, uint64_t *out)
{
	struct ext4 *fs = ext4_of(i);
	uint64_t b = from >> fs->block_bits, end = block_up(fs, i->size), at;
	struct run r = {0};
	int rc = 0;

	for (; b < end; b += r.len) {
		mutex_lock(&fs->lock);
		rc = ext4_map(i, (uint32_t)b, &r);
		mutex_unlock(&fs->lock);
		if (rc)
			return rc;
		if ((r.block && !r.unwritten) == data)
			break;
	}
	at = b << fs->block_bits;
	at = at < from ? from : at;
	*out = b < end && at < i->size ? at : i->size;
	return 0;
}
