/*
 * generic.c - regular files: read, write, seek through the page cache.
 *
 * The program's memory is never touched with a mapping's lock held: the copy
 * may fault, and the fault may need that very lock. So a read copies from a
 * page that it only holds a reference to, and a write goes page by page:
 *
 *	page there, or partly overwritten: get it (read in), mark it dirty
 *	(which reserves its blocks), let go of the lock, copy, mark it again,
 *	for write-back may have come between
 *
 *	page not there and nothing of it to be kept: fill a fresh page first,
 *	then put it into the cache. Nobody ever sees a page half filled, and a
 *	copy that fails leaves nothing behind.
 */
#include "kernel/core/clock.h"
#include "kernel/core/panic.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/sched/giant.h"
#include "kernel/sched/thread.h"

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* --- reading --- */

/*
 * The page at `index`; NULL where a file without a disk has none. 1: the file
 * ends before it by now.
 */
static int page_for_read(struct mapping *m, uint64_t index, uint64_t left,
                         struct page **out)
{
	uint64_t ahead = min_u64(page_up(left) >> PAGE_SHIFT, UINT32_MAX);
	int rc = 0;

	*out = NULL;
	mutex_lock(&m->lock);
	if (index << PAGE_SHIFT >= m->size)
		rc = 1;
	else if (m->ops->write_pages)
		rc = pagecache_get_locked(m, index, (unsigned)ahead, out);
	else
		*out = pagecache_find_locked(m, index);
	mutex_unlock(&m->lock);
	return rc;
}

/* From one page. Bytes, or an error. */
static int64_t read_some(struct inode *i, struct uio *to, uint64_t pos,
                         uint64_t left)
{
	size_t off = pos & PAGE_MASK;
	size_t n = (size_t)min_u64(left, PAGE_SIZE - off);
	struct page *p;
	int64_t got;
	int rc = page_for_read(&i->mapping, pos >> PAGE_SHIFT, off + left, &p);

	if (rc)
		return rc < 0 ? rc : 0;
	if (!p)
		return uio_zero(to, n);
	got = uio_copy_out(to, (char *)page_virt(p) + off, n);
	page_put(p);
	return got;
}

int64_t file_pages(struct file *f, int64_t pos, size_t n, struct page **out,
                   unsigned max)
{
	struct inode *i = f->inode;
	uint64_t at = (uint64_t)pos;
	size_t done = 0;

	if (f->ops != &generic_file_ops || at >= i->size)
		return 0;
	n = (size_t)min_u64(n, i->size - at);
	for (unsigned k = 0; k < max && done < n; k++) {
		size_t off = (at + done) & PAGE_MASK;
		int rc = page_for_read(&i->mapping, (at + done) >> PAGE_SHIFT,
		                       off + n - done, &out[k]);

		if (rc && !done)
			return rc;
		if (rc || !out[k])
			break;
		done += min_u64(PAGE_SIZE - off, n - done);
	}
	return (int64_t)done;
}

static int64_t generic_read(struct file *f, struct uio *to, int64_t *pos)
{
	struct inode *i = f->inode;
	int64_t done = 0, n = 0;

	while (to->left > 0 && (uint64_t)*pos < i->size) {
		uint64_t left = min_u64(to->left, i->size - (uint64_t)*pos);

		n = read_some(i, to, (uint64_t)*pos, left);
		if (n <= 0)
			break;
		done += n;
		*pos += n;
		n = thread_relax();
		if (n)
			break;
	}
	return done > 0 ? done : n;
}

/*
 * What of it is in memory, without waiting for a disk. A file without one is
 * all there, holes as well.
 */
static int64_t read_some_cached(struct inode *i, struct uio *to, uint64_t pos,
                                uint64_t left)
{
	struct mapping *m = &i->mapping;
	size_t off = pos & PAGE_MASK;
	size_t n = (size_t)min_u64(left, PAGE_SIZE - off);
	struct page *p;
	int64_t got;

	if (!mutex_try(&m->lock))
		return -EAGAIN;
	p = pagecache_find_locked(m, pos >> PAGE_SHIFT);
	mutex_unlock(&m->lock);
	if (!p)
		return m->ops->write_pages ? -EAGAIN : uio_zero(to, n);
	got = uio_copy_out(to, (char *)page_virt(p) + off, n);
	page_put(p);
	return got;
}

int64_t generic_read_cached(struct file *f, struct uio *to, int64_t *pos)
{
	struct inode *i = f->inode;
	int64_t done = 0, n = 0;

	while (to->left > 0 && (uint64_t)*pos < i->size) {
		uint64_t left = min_u64(to->left, i->size - (uint64_t)*pos);

		n = read_some_cached(i, to, (uint64_t)*pos, left);
		if (n <= 0)
			break;
		done += n;
		*pos += n;
	}
	return done > 0 ? done : n;
}

/* --- writing --- */

/* One page's part of a write: bytes [off, off + n) of page `index`. */
struct piece {
	struct inode *i;
	uint64_t index;
	size_t off, n;
};

static uint64_t piece_end(const struct piece *w)
{
	return (w->index << PAGE_SHIFT) + w->off + w->n;
}

/*
 * Dirty it with the mapping's size as it will be, which reserve() looks at.
 * If that fails, trim() brings the size back. lock held.
 */
static int dirty_to_be(const struct piece *w, struct page *p)
{
	struct mapping *m = &w->i->mapping;

	if (piece_end(w) > m->size)
		m->size = piece_end(w);
	return pagecache_dirty_locked(m, p);
}

/*
 * Put a filled page into the cache, or its bytes into the one that is there;
 * `partly`: the file has more in this page than was copied.
 */
static int place(const struct piece *w, struct page *fresh, bool partly)
{
	struct mapping *m = &w->i->mapping;
	struct page *p = pagecache_find_locked(m, w->index);
	int rc = 0;

	if (!p && partly) {
		rc = pagecache_get_locked(m, w->index, 1, &p);
		if (rc)
			return rc;
	}
	if (!p) {
		rc = pagecache_add_locked(m, w->index, fresh);
		if (rc)
			return rc;
		p = fresh;
		page_get(p);
	} else {
		memcpy((char *)page_virt(p) + w->off,
		       (char *)page_virt(fresh) + w->off, w->n);
	}
	rc = dirty_to_be(w, p);
	page_put(p);
	return rc;
}

static int64_t write_fresh(struct piece *w, struct uio *from)
{
	struct mapping *m = &w->i->mapping;
	struct page *p = page_alloc(0);
	bool partly;
	int64_t got;
	int rc;

	if (!p)
		return -ENOMEM;
	memset(page_virt(p), 0, w->off);
	got = uio_copy_in(from, (char *)page_virt(p) + w->off, w->n);
	if (got > 0) {
		partly = (size_t)got < w->n &&
		         w->index << PAGE_SHIFT < w->i->size;
		w->n = (size_t)got;
		memset((char *)page_virt(p) + w->off + w->n, 0,
		       PAGE_SIZE - w->off - w->n);
		mutex_lock(&m->lock);
		rc = place(w, p, partly);
		/* Not reserved: it must not stay, for it is not the file's. */
		if (rc && p->mapping)
			pagecache_forget_locked(m, p);
		mutex_unlock(&m->lock);
		got = rc ? rc : got;
	}
	page_put(p);
	return got;
}

static int64_t write_into(struct piece *w, struct uio *from)
{
	struct mapping *m = &w->i->mapping;
	struct page *p;
	int64_t got;
	int rc;

	mutex_lock(&m->lock);
	rc = pagecache_get_locked(m, w->index, 1, &p);
	if (!rc) {
		rc = dirty_to_be(w, p);
		if (rc)
			page_put(p);
	}
	mutex_unlock(&m->lock);
	if (rc)
		return rc;
	got = uio_copy_in(from, (char *)page_virt(p) + w->off, w->n);
	if (got > 0) {
		rc = pagecache_dirty(m, p);
		got = rc ? rc : got;
	}
	page_put(p);
	return got;
}

/* Must what the file has in this page be kept, or is the page there? */
static bool must_get(const struct piece *w)
{
	struct mapping *m = &w->i->mapping;
	uint64_t begin = w->index << PAGE_SHIFT;
	struct page *p;

	mutex_lock(&m->lock);
	p = pagecache_find_locked(m, w->index);
	mutex_unlock(&m->lock);
	if (p) {
		page_put(p);
		return true;
	}
	return begin < w->i->size && (w->off > 0 || w->n < PAGE_SIZE) &&
	       (w->off > 0 || piece_end(w) < w->i->size);
}

static int64_t write_some(struct inode *i, struct uio *from, uint64_t pos)
{
	struct piece w = {
		.i = i,
		.index = pos >> PAGE_SHIFT,
		.off = pos & PAGE_MASK,
	};
	int64_t n;

	w.n = (size_t)min_u64(from->left, PAGE_SIZE - w.off);
	if (i->seals & SEALS_NO_WRITE ||
	    (i->seals & SEAL_GROW && pos + w.n > i->size))
		return -EPERM;
	n = must_get(&w) ? write_into(&w, from) : write_fresh(&w, from);
	if (n > 0 && pos + (uint64_t)n > i->size)
		i->size = pos + (uint64_t)n;
	return n;
}

/*
 * A copy that broke off, or a failed reservation, can leave the mapping longer
 * than the file and blocks behind its end.
 */
static void trim(struct inode *i)
{
	struct inode_attr a = {.set = ATTR_SIZE, .size = i->size};

	if (i->mapping.size == i->size)
		return;
	if (!i->ops->setattr || i->ops->setattr(i, &a))
		pagecache_truncate(&i->mapping, i->size);
}

static int64_t write_locked(struct inode *i, struct uio *from, int64_t *pos)
{
	uint64_t max = i->sb->max_size ? i->sb->max_size : INT64_MAX;
	int64_t done = 0, n = 0;

	if ((uint64_t)*pos >= max)
		return -EFBIG;
	if ((uint64_t)*pos > i->size) /* the gap reads as zeroes */
		n = pagecache_extend(&i->mapping, (uint64_t)*pos);
	while (n >= 0 && from->left > 0 && (uint64_t)*pos < max) {
		n = write_some(i, from, (uint64_t)*pos);
		if (n <= 0)
			break;
		done += n;
		*pos += n;
		pagecache_throttle(&i->mapping);
		n = thread_relax();
	}
	trim(i);
	if (done > 0)
		inode_touch(i);
	return done > 0 ? done : n;
}

static int64_t write_and_store(struct file *f, struct uio *from, int64_t *pos)
{
	struct inode *i = f->inode;
	int64_t begin, n;
	int rc;

	mutex_lock(&i->lock);
	if (f->flags & O_APPEND || *pos == FILE_END)
		*pos = (int64_t)i->size;
	begin = *pos;
	n = write_locked(i, from, pos);
	mutex_unlock(&i->lock);
	if (n <= 0 || !(f->flags & O_DSYNC))
		return n;
	rc = pagecache_write_back(&i->mapping, (uint64_t)begin >> PAGE_SHIFT,
	                          (uint64_t)(*pos - 1) >> PAGE_SHIFT);
	if (!rc && i->ops->fsync)
		rc = i->ops->fsync(i, (f->flags & O_SYNC) != O_SYNC);
	return rc ? rc : n;
}

/* A file system that wants the giant lock wants it for each page: at once. */
static int64_t generic_write(struct file *f, struct uio *from, int64_t *pos)
{
	bool giant = !f->inode->mapping.ops->own_locks;
	int64_t n;

	if (from->left == 0)
		return 0;
	if (giant)
		giant_lock();
	n = write_and_store(f, from, pos);
	if (giant)
		giant_unlock();
	return n;
}

/* --- the rest --- */

/* There is one hole more, behind the end. */
static int64_t seek_hole(struct inode *i, int64_t off, bool data)
{
	uint64_t size = i->size, at = data ? (uint64_t)off : size;
	int rc = 0;

	if (off < 0 || (uint64_t)off >= size)
		return -ENXIO;
	if (i->ops->next_data)
		rc = i->ops->next_data(i, (uint64_t)off, data, &at);
	if (rc)
		return rc;
	if (at >= size)
		return data ? -ENXIO : (int64_t)size;
	return (int64_t)at;
}

static int64_t generic_seek(struct file *f, int64_t off, int whence)
{
	uint64_t size = f->inode->size;

	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		if (ADD_OVERFLOWS(off, f->pos, &off))
			return -EOVERFLOW;
		break;
	case SEEK_END:
		if (ADD_OVERFLOWS(off, (int64_t)size, &off))
			return -EOVERFLOW;
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		off = seek_hole(f->inode, off, whence == SEEK_DATA);
		if (off < 0)
			return off;
		break;
	default:
		return -EINVAL;
	}
	if (off < 0)
		return -EINVAL;
	f->pos = off;
	return off;
}

static int generic_fsync(struct file *f, bool data_only)
{
	return vfs_fsync(f->inode, data_only);
}

static int generic_mmap(struct file *f, struct mapping **out)
{
	*out = &f->inode->mapping;
	return 0;
}

const struct file_ops generic_file_ops = {
	.read = generic_read,
	.write = generic_write,
	.seek = generic_seek,
	.fsync = generic_fsync,
	.mmap = generic_mmap,
	.own_locks = true,
};
