/*
 * pipe.c - see pipe.h.
 *
 * The bytes lie in a ring of pages (16 unless F_SETPIPE_SZ asked for others),
 * each of them allocated when the ring first comes to it and freed when the
 * ring runs empty. `head` and `tail` count all bytes ever read and written, so
 * that tail - head is what is in it.
 *
 * A pipe without a name has an inode as a FIFO has, on a file system that is
 * mounted nowhere: so it has a number, can be asked what it is, and can be
 * opened anew through /proc/self/fd.
 */
#include "kernel/fs/pipe.h"

#include "kernel/core/clock.h"
#include "kernel/core/panic.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/inode.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"

enum {
	SLOTS = 16, /* of a new pipe; always a power of two */
	SLOTS_MAX = PIPE_SIZE_MAX / PAGE_SIZE,
	ATOMIC = 4096, /* PIPE_BUF */
};

struct pipe {
	struct mutex lock;
	struct waitq waitq; /* readers, writers, openers, poll */

	/* lock must be held for these. */
	uint64_t head, tail;
	struct page **slots;
	unsigned nr_slots;
	unsigned readers, writers;
	uint32_t reader_opens, writer_opens; /* ever: for who opens a FIFO */
};

static struct pipe *make(void)
{
	struct pipe *p = mem_zalloc(sizeof(*p));

	if (!p)
		return NULL;
	p->nr_slots = SLOTS;
	p->slots = mem_zalloc(SLOTS * sizeof(struct page *));
	if (!p->slots) {
		mem_free(p);
		return NULL;
	}
	mutex_init(&p->lock);
	waitq_init(&p->waitq);
	return p;
}

static void destroy(struct pipe *p)
{
	mem_free(p->slots);
	mem_free(p);
}

static size_t capacity(const struct pipe *p)
{
	return p->nr_slots * (size_t)PAGE_SIZE;
}

static void drop_pages(struct pipe *p)
{
	for (unsigned i = 0; i < p->nr_slots; i++) {
		if (p->slots[i])
			page_put(p->slots[i]);
		p->slots[i] = NULL;
	}
	p->head = p->tail = 0;
}

static bool can_read(const struct file *f)
{
	return (f->flags & O_ACCMODE) != O_WRONLY;
}

static bool can_write(const struct file *f)
{
	return (f->flags & O_ACCMODE) != O_RDONLY;
}

/* Sleep with the lock let go. 0 when there may be news. */
static int wait_for_change(struct pipe *p, const struct file *f, struct wait *w)
{
	int rc;

	if (f->flags & O_NONBLOCK)
		return -EAGAIN;
	rc = wait_sleep_mutex(w, NO_DEADLINE, &p->lock);
	return rc == -EINTR ? -ERESTARTSYS : rc;
}

/* --- moving bytes; lock held --- */

/* The contiguous bytes from `at` on, at most `n`. */
static size_t chunk(uint64_t at, size_t n)
{
	size_t room = PAGE_SIZE - (at & PAGE_MASK);

	return n < room ? n : room;
}

static unsigned slot_of(const struct pipe *p, uint64_t at)
{
	return (unsigned)(at >> PAGE_SHIFT) & (p->nr_slots - 1);
}

static int64_t drain(struct pipe *p, struct uio *to)
{
	int64_t done = 0, n = 0;

	while (to->left > 0 && p->head < p->tail) {
		struct page *page = p->slots[slot_of(p, p->head)];
		char *from = (char *)page_virt(page) + (p->head & PAGE_MASK);

		n = uio_copy_out(to, from, chunk(p->head, p->tail - p->head));
		if (n <= 0)
			break;
		p->head += (uint64_t)n;
		done += n;
	}
	if (p->head == p->tail)
		drop_pages(p);
	return done > 0 ? done : n;
}

static int64_t fill(struct pipe *p, struct uio *from)
{
	int64_t done = 0, n = 0;

	while (from->left > 0 && p->tail - p->head < capacity(p)) {
		size_t room = capacity(p) - (size_t)(p->tail - p->head);
		struct page **slot = &p->slots[slot_of(p, p->tail)];

		if (!*slot)
			*slot = page_alloc(0);
		if (!*slot) {
			n = -ENOMEM;
			break;
		}
		n = uio_copy_in(
			from, (char *)page_virt(*slot) + (p->tail & PAGE_MASK),
			chunk(p->tail, room));
		if (n <= 0)
			break;
		p->tail += (uint64_t)n;
		done += n;
	}
	return done > 0 ? done : n;
}

/* --- reading and writing --- */

static int64_t pipe_read(struct file *f, struct uio *to, int64_t *pos)
{
	struct pipe *p = f->priv;
	struct wait w;
	int64_t n = 0;

	(void)pos;
	if (to->left == 0)
		return 0;
	mutex_lock(&p->lock);
	wait_begin(&w, &p->waitq);
	while (p->head == p->tail && p->writers > 0 && n == 0)
		n = wait_for_change(p, f, &w);
	if (p->head < p->tail)
		n = drain(p, to);
	wait_end(&w);
	mutex_unlock(&p->lock);
	if (n > 0)
		waitq_wake(&p->waitq, POLLOUT | POLLWRNORM);
	return n;
}

/* Is there room for a write with so much left to go on? */
static bool has_room(const struct pipe *p, size_t left)
{
	size_t room = capacity(p) - (size_t)(p->tail - p->head);

	return left <= ATOMIC ? room >= left : room > 0;
}

/* Wait for room and fill it. Bytes, or why none could be written. */
static int64_t write_some(struct pipe *p, struct file *f, struct uio *from,
                          struct wait *w)
{
	int64_t n = 0;

	while (p->readers > 0 && !has_room(p, from->left) && n == 0)
		n = wait_for_change(p, f, w);
	if (p->readers == 0)
		return -EPIPE;
	return has_room(p, from->left) ? fill(p, from) : n;
}

static int64_t pipe_write(struct file *f, struct uio *from, int64_t *pos)
{
	struct pipe *p = f->priv;
	int64_t done = 0, n = 1;
	struct wait w;

	(void)pos;
	mutex_lock(&p->lock);
	wait_begin(&w, &p->waitq);
	while (from->left > 0 && n > 0) {
		n = write_some(p, f, from, &w);
		if (n > 0) {
			done += n;
			waitq_wake(&p->waitq, POLLIN | POLLRDNORM);
		}
	}
	wait_end(&w);
	mutex_unlock(&p->lock);
	return done > 0 || n > 0 ? done : n;
}

static unsigned pipe_poll(struct file *f)
{
	struct pipe *p = f->priv;
	unsigned events = 0;

	mutex_lock(&p->lock);
	if (can_read(f)) {
		if (p->head < p->tail)
			events |= POLLIN | POLLRDNORM;
		if (p->writers == 0 && p->writer_opens > 0)
			events |= POLLHUP;
	}
	if (can_write(f)) {
		if (p->tail - p->head <= capacity(p) - ATOMIC)
			events |= POLLOUT | POLLWRNORM;
		if (p->readers == 0)
			events |= POLLERR;
	}
	mutex_unlock(&p->lock);
	return events;
}

size_t pipe_pending(const struct file *f)
{
	struct pipe *p = f->priv;
	size_t n;

	if (f->ops != &pipe_fifo_ops)
		return 0;
	mutex_lock(&p->lock);
	n = (size_t)(p->tail - p->head);
	mutex_unlock(&p->lock);
	return n;
}

/* --- splicing --- */

bool pipe_is(const struct file *f)
{
	return f->ops == &pipe_fifo_ops;
}

static size_t room_in(const struct pipe *p)
{
	return capacity(p) - (size_t)(p->tail - p->head);
}

/* Lock held. 0 when there is something to do. */
static int64_t wait_readable(struct pipe *p, bool wait)
{
	int64_t rc = 0;
	struct wait w;

	wait_begin(&w, &p->waitq);
	while (p->head == p->tail && p->writers > 0 && rc == 0)
		rc = wait ? wait_sleep_mutex(&w, NO_DEADLINE, &p->lock)
		          : -EAGAIN;
	wait_end(&w);
	return p->head < p->tail || rc == 0 ? 0 : rc;
}

static int64_t wait_writable(struct pipe *p, bool wait)
{
	int64_t rc = 0;
	struct wait w;

	wait_begin(&w, &p->waitq);
	while (p->readers > 0 && !room_in(p) && rc == 0)
		rc = wait ? wait_sleep_mutex(&w, NO_DEADLINE, &p->lock)
		          : -EAGAIN;
	wait_end(&w);
	if (p->readers == 0)
		return -EPIPE;
	return room_in(p) ? 0 : rc;
}

/* The bytes behind the last one, as many as lie in one page; NULL: -ENOMEM. */
static void *next_room(struct pipe *p, size_t *n)
{
	struct page **slot = &p->slots[slot_of(p, p->tail)];

	if (!*slot)
		*slot = page_alloc(0);
	if (*n > room_in(p))
		*n = room_in(p);
	*n = chunk(p->tail, *n);
	return *slot ? (char *)page_virt(*slot) + (p->tail & PAGE_MASK) : NULL;
}

static int64_t fill_locked(struct pipe *p, size_t n, pipe_mover more, void *ctx)
{
	int64_t done = 0, got = 0;

	while (n > 0 && room_in(p) > 0) {
		size_t want = n;
		void *to = next_room(p, &want);

		got = to ? more(ctx, to, want) : -ENOMEM;
		if (got <= 0)
			break;
		p->tail += (uint64_t)got;
		done += got;
		n -= (size_t)got;
		if ((size_t)got < want)
			break;
	}
	return done > 0 ? done : got;
}

static int64_t drain_locked(struct pipe *p, size_t n, pipe_mover less,
                            void *ctx)
{
	int64_t done = 0, got = 0;

	while (n > 0 && p->head < p->tail) {
		size_t left = (size_t)(p->tail - p->head);
		size_t want = chunk(p->head, n < left ? n : left);
		char *page = page_virt(p->slots[slot_of(p, p->head)]);

		got = less(ctx, page + (p->head & PAGE_MASK), want);
		if (got <= 0)
			break;
		p->head += (uint64_t)got;
		done += got;
		n -= (size_t)got;
		if ((size_t)got < want)
			break;
	}
	if (p->head == p->tail)
		drop_pages(p);
	return done > 0 ? done : got;
}

int64_t pipe_fill(struct file *f, size_t n, bool wait, pipe_mover more,
                  void *ctx)
{
	struct pipe *p = f->priv;
	int64_t rc;

	mutex_lock(&p->lock);
	rc = wait_writable(p, wait);
	if (!rc)
		rc = fill_locked(p, n, more, ctx);
	mutex_unlock(&p->lock);
	if (rc > 0)
		waitq_wake(&p->waitq, POLLIN | POLLRDNORM);
	return rc;
}

int64_t pipe_drain(struct file *f, size_t n, bool wait, pipe_mover less,
                   void *ctx)
{
	struct pipe *p = f->priv;
	int64_t rc;

	mutex_lock(&p->lock);
	rc = wait_readable(p, wait);
	if (!rc)
		rc = drain_locked(p, n, less, ctx);
	mutex_unlock(&p->lock);
	if (rc > 0)
		waitq_wake(&p->waitq, POLLOUT | POLLWRNORM);
	return rc;
}

/* Two pipes are locked in the order of their addresses. */
static void lock_two(struct pipe *a, struct pipe *b)
{
	mutex_lock(a < b ? &a->lock : &b->lock);
	mutex_lock(a < b ? &b->lock : &a->lock);
}

static int64_t wait_one(struct pipe *p, bool wait,
                        int64_t (*fn)(struct pipe *p, bool wait))
{
	int64_t rc;

	mutex_lock(&p->lock);
	rc = fn(p, wait);
	mutex_unlock(&p->lock);
	return rc;
}

/* A mover for pipe_to_pipe(): from where reading would go on. */
struct other {
	const struct pipe *p;
	uint64_t at;
};

static int64_t copy_from_other(void *ctx, void *bytes, size_t n)
{
	struct other *o = ctx;
	size_t left = (size_t)(o->p->tail - o->at);
	const char *page;

	if (n > left)
		n = left;
	if (n == 0)
		return 0;
	n = chunk(o->at, n);
	page = page_virt(o->p->slots[slot_of(o->p, o->at)]);
	memcpy(bytes, page + (o->at & PAGE_MASK), n);
	o->at += n;
	return (int64_t)n;
}

/* Pages of the two do not end at the same bytes: as often as it takes. */
static int64_t copy_two(struct pipe *from, struct pipe *to, size_t n, bool keep)
{
	struct other o = {from, from->head};
	int64_t done = 0, got = 1;

	while (n > 0 && got > 0) {
		got = fill_locked(to, n, copy_from_other, &o);
		if (got > 0) {
			done += got;
			n -= (size_t)got;
		}
	}
	if (!keep)
		from->head = o.at;
	if (from->head == from->tail)
		drop_pages(from);
	return done > 0 ? done : got;
}

int64_t pipe_to_pipe(struct file *from, struct file *to, size_t n, bool wait,
                     bool keep)
{
	struct pipe *a = from->priv, *b = to->priv;
	int64_t rc;
	bool empty;

	if (a == b)
		return -EINVAL;
	do {
		rc = wait_one(a, wait, wait_readable);
		if (!rc)
			rc = wait_one(b, wait, wait_writable);
		if (rc)
			return rc;
		lock_two(a, b);
		/* Somebody may have been faster between the locks. */
		empty = a->head == a->tail;
		if (b->readers == 0)
			rc = -EPIPE;
		else if (!empty && room_in(b))
			rc = copy_two(a, b, n, keep);
		else
			rc = empty && a->writers == 0 ? 0 : -EAGAIN;
		mutex_unlock(&a->lock);
		mutex_unlock(&b->lock);
	} while (rc == -EAGAIN && wait);
	if (rc > 0) {
		waitq_wake(&b->waitq, POLLIN | POLLRDNORM);
		waitq_wake(&a->waitq, POLLOUT | POLLWRNORM);
	}
	return rc;
}

/* --- its size --- */

/* What is in it, from the start of a ring with `nr` slots. -ENOMEM. */
static int copy_ring(const struct pipe *p, struct page **slots, unsigned nr)
{
	uint64_t from = p->head, to = 0;

	while (from < p->tail) {
		size_t n = chunk(from, (size_t)(p->tail - from));
		struct page **slot = &slots[(to >> PAGE_SHIFT) & (nr - 1)];

		if (!*slot)
			*slot = page_alloc(0);
		if (!*slot)
			return -ENOMEM;
		n = chunk(to, n);
		memcpy((char *)page_virt(*slot) + (to & PAGE_MASK),
		       (char *)page_virt(p->slots[slot_of(p, from)]) +
		               (from & PAGE_MASK),
		       n);
		from += n;
		to += n;
	}
	return 0;
}

static int resize_locked(struct pipe *p, unsigned nr)
{
	size_t used = (size_t)(p->tail - p->head);
	struct page **slots;
	int rc;

	if (used > nr * (size_t)PAGE_SIZE)
		return -EBUSY;
	slots = mem_zalloc(nr * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	rc = copy_ring(p, slots, nr);
	if (rc) {
		for (unsigned i = 0; i < nr; i++)
			if (slots[i])
				page_put(slots[i]);
		mem_free(slots);
		return rc;
	}
	drop_pages(p);
	mem_free(p->slots);
	p->slots = slots;
	p->nr_slots = nr;
	p->tail = used;
	return 0;
}

int64_t pipe_set_size(struct file *f, size_t bytes)
{
	struct pipe *p = f->priv;
	unsigned nr = 1;
	int64_t rc;

	if (f->ops != &pipe_fifo_ops)
		return -EBADF;
	if (bytes > PIPE_SIZE_MAX)
		return bytes > INT32_MAX ? -EINVAL : -EPERM;
	while (nr * (size_t)PAGE_SIZE < bytes && nr < SLOTS_MAX)
		nr *= 2;
	mutex_lock(&p->lock);
	rc = nr == p->nr_slots ? 0 : resize_locked(p, nr);
	if (!rc)
		rc = (int64_t)capacity(p);
	mutex_unlock(&p->lock);
	waitq_wake(&p->waitq, POLLOUT | POLLWRNORM);
	return rc;
}

int64_t pipe_size(const struct file *f)
{
	return f->ops == &pipe_fifo_ops ? (int64_t)capacity(f->priv) : -EBADF;
}

/* --- both ends --- */

static void join_locked(struct pipe *p, struct file *f)
{
	if (can_read(f)) {
		p->readers++;
		p->reader_opens++;
	}
	if (can_write(f)) {
		p->writers++;
		p->writer_opens++;
	}
	f->priv = p;
	f->waitq = &p->waitq;
	waitq_wake(&p->waitq, ~0U);
}

/* Returns whether nobody is left. */
static bool leave(struct pipe *p, const struct file *f)
{
	bool last;

	mutex_lock(&p->lock);
	p->readers -= can_read(f);
	p->writers -= can_write(f);
	last = p->readers == 0 && p->writers == 0;
	if (last)
		drop_pages(p);
	waitq_wake(&p->waitq, ~0U);
	mutex_unlock(&p->lock);
	return last;
}

/* A pipe belongs to the inode, whose lock guards the pointer. */
static void pipe_release(struct file *f)
{
	struct pipe *p = f->priv;
	struct inode *i = f->inode;

	mutex_lock(&i->lock);
	if (leave(p, f)) {
		i->pipe = NULL;
		destroy(p);
	}
	mutex_unlock(&i->lock);
}

const struct file_ops pipe_fifo_ops = {
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.release = pipe_release,
	.own_locks = true,
};

/* --- pipes without a name --- */

static int pipefs_statfs(struct superblock *sb UNUSED, struct fs_stat *out)
{
	enum { PIPEFS_MAGIC = 0x50495045, NAMES = 255 }; /* linux/magic.h */

	*out = (struct fs_stat){.type = PIPEFS_MAGIC,
	                        .block_size = PAGE_SIZE,
	                        .name_max = NAMES};
	return 0;
}

static const struct superblock_ops pipefs_ops = {.statfs = pipefs_statfs};

/* It stores nothing. The device is none of those mounted. */
static struct superblock pipefs = {
	.ops = &pipefs_ops,
	.type = "pipefs",
	.source = "pipefs",
	.dev = 0xff,
	.link = LIST_HEAD(pipefs.link),
	.inodes = LIST_HEAD(pipefs.inodes),
	.dying = LIST_HEAD(pipefs.dying),
};

static int set_attr(struct inode *i, const struct inode_attr *a)
{
	inode_set_fields(i, a);
	return 0;
}

static bool is_unnamed(const struct inode *i)
{
	return i->sb == &pipefs;
}

bool pipe_is_unnamed(const struct file *f)
{
	return f->inode && is_unnamed(f->inode);
}

static struct dentry *new_unnamed(void)
{
	static const struct inode_ops ops = {.setattr = set_attr};
	static _Atomic uint64_t last;
	struct inode *i = inode_new(&pipefs, ++last, S_IFIFO | 0600);
	struct dentry *d;

	if (!i)
		return NULL;
	i->ops = &ops;
	d = dentry_new_top(i);
	inode_put(i);
	return d;
}

int pipe_new(unsigned flags, struct file **reader, struct file **writer)
{
	struct dentry *d = new_unnamed();
	struct file *r;
	int rc;

	if (!d)
		return -ENOMEM;
	flags &= O_NONBLOCK | O_DIRECT;
	rc = file_open(d, O_RDONLY | flags, &r);
	if (!rc) {
		rc = file_open(d, O_WRONLY | flags, writer);
		if (rc)
			file_put(r);
	}
	dentry_put(d);
	if (rc)
		return rc;
	r->label = (*writer)->label = "pipe";
	*reader = r;
	return 0;
}

/* --- FIFOs --- */

/* Join the inode's pipe, making it where this is the first to open it. */
static int join_fifo(struct inode *i, struct file *f)
{
	int rc = 0;

	mutex_lock(&i->lock);
	if (!i->pipe)
		i->pipe = make();
	if (!i->pipe) {
		rc = -ENOMEM;
	} else if (!is_unnamed(i) && (f->flags & O_NONBLOCK) &&
	           (f->flags & O_ACCMODE) == O_WRONLY &&
	           i->pipe->readers == 0) {
		rc = -ENXIO;
	} else {
		mutex_lock(&i->pipe->lock);
		join_locked(i->pipe, f);
		mutex_unlock(&i->pipe->lock);
	}
	if (rc && i->pipe && i->pipe->readers + i->pipe->writers == 0) {
		destroy(i->pipe);
		i->pipe = NULL;
	}
	mutex_unlock(&i->lock);
	return rc;
}

/*
 * Has the other side been opened since, if only for a moment? An opener for
 * both is its own other side.
 */
static bool met(const struct pipe *p, const struct file *f, uint32_t seen)
{
	if (!can_write(f))
		return p->writers > 0 || p->writer_opens != seen;
	if (!can_read(f))
		return p->readers > 0 || p->reader_opens != seen;
	return true;
}

int pipe_open_fifo(struct inode *i, struct file *f)
{
	struct pipe *p;
	struct wait w;
	uint32_t seen;
	int rc = join_fifo(i, f);

	if (rc || (f->flags & O_NONBLOCK) || is_unnamed(i))
		return rc;
	p = f->priv;
	mutex_lock(&p->lock);
	seen = can_write(f) ? p->reader_opens : p->writer_opens;
	wait_begin(&w, &p->waitq);
	while (!met(p, f, seen) && !rc)
		rc = wait_for_change(p, f, &w);
	wait_end(&w);
	mutex_unlock(&p->lock);
	if (rc)
		pipe_release(f);
	return rc;
}
