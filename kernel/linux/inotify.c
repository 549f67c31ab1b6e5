/*
 * inotify.c - inotify(7): watches on inodes, events in a queue.
 *
 * A watch holds a reference to its inode and hangs in two lists: its inode's
 * and its instance's. One spin lock guards all of them; who takes a watch out
 * of the lists gives the inode back after letting go of the lock.
 */
#include "kernel/linux/inotify.h"

#include "kernel/arch/user.h"
#include "kernel/core/clock.h"
#include "kernel/core/lock.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/notify.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/path.h"
#include "kernel/linux/syscall.h"
#include "kernel/mm/slab.h"

#define IN_UNMOUNT     0x2000u
#define IN_Q_OVERFLOW  0x4000u
#define IN_IGNORED     0x8000u
#define IN_ONLYDIR     0x01000000u
#define IN_DONT_FOLLOW 0x02000000u
#define IN_EXCL_UNLINK 0x04000000u
#define IN_MASK_CREATE 0x10000000u
#define IN_MASK_ADD    0x20000000u
#define IN_ONESHOT     0x80000000u
#define IN_KNOWN                                                               \
	(NOTIFY_ALL | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK |           \
	 IN_MASK_CREATE | IN_MASK_ADD | IN_ONESHOT | IN_UNMOUNT |              \
	 IN_Q_OVERFLOW | IN_IGNORED | NOTIFY_IS_DIR)
#define IN_KEPT (NOTIFY_ALL | IN_EXCL_UNLINK | IN_ONESHOT)

enum { INSTANCES_MAX = 128, WATCHES_MAX = 8192, EVENTS_MAX = 16384 };

struct inotify_event {
	int32_t wd;
	uint32_t mask, cookie, len;
};
static_assert(sizeof(struct inotify_event) == 16, "uapi/linux/inotify.h");

struct event {
	struct list link;
	struct inotify_event e; /* its len is of the name with its padding */
	size_t name_len;
	char name[];
};

struct inotify {
	struct waitq waitq;

	/* all.lock must be held for these. */
	struct list watches, events;
	unsigned nr_events;
	int last_wd;
};

struct watch {
	struct list on_inode, on_owner;
	struct inotify *owner;
	struct inode *inode; /* a reference */
	int wd;
	uint32_t mask;
};

static struct {
	struct lock lock;
	unsigned nr_watches, nr_instances; /* lock */
} all = {.lock = LOCK_INIT(LOCK_OBJECT)};

/* --- the queue; lock held --- */

static bool same_as_last(const struct inotify *in,
                         const struct inotify_event *e,
                         const struct notify_event *n)
{
	const struct event *last;

	if (list_empty(&in->events))
		return false;
	last = LIST_ENTRY(in->events.prev, struct event, link);
	return last->e.wd == e->wd && last->e.mask == e->mask &&
	       last->e.cookie == e->cookie && last->name_len == n->len &&
	       memcmp(last->name, n->name ? n->name : "", n->len) == 0;
}

static void put_event(struct inotify *in, const struct inotify_event *e,
                      const struct notify_event *n)
{
	struct event *v;

	if (same_as_last(in, e, n))
		return;
	v = mem_alloc(sizeof(*v) + n->len);
	if (!v)
		return; /* as with a full queue, but there is no room to say so
		         */
	v->e = *e;
	v->name_len = n->len;
	if (n->name)
		memcpy(v->name, n->name, n->len);
	list_append(&in->events, &v->link);
	in->nr_events++;
}

static void queue(struct inotify *in, int wd, uint32_t mask,
                  const struct notify_event *n)
{
	static const struct notify_event none;
	struct inotify_event e = {.wd = wd, .mask = mask, .cookie = n->cookie};

	if (n->name) /* with its NUL, up to a whole event's size */
		e.len = (uint32_t)((n->len + sizeof(e)) & ~(sizeof(e) - 1));
	if (in->nr_events < EVENTS_MAX) {
		put_event(in, &e, n);
	} else {
		e = (struct inotify_event){.wd = -1, .mask = IN_Q_OVERFLOW};
		put_event(in, &e, &none);
	}
	waitq_wake(&in->waitq, POLLIN | POLLRDNORM);
}

/* Out of both lists; its inode and memory are the caller's to give back. */
static void detach(struct watch *w)
{
	static const struct notify_event none;

	list_remove(&w->on_inode);
	list_remove(&w->on_owner);
	all.nr_watches--;
	queue(w->owner, w->wd, IN_IGNORED, &none);
}

static void free_watch(struct watch *w)
{
	inode_put(w->inode);
	mem_free(w);
}

/* --- what the VFS says --- */

static bool wants(const struct watch *w, const struct notify_event *n)
{
	if (!(w->mask & n->mask & NOTIFY_ALL))
		return false;
	return !(w->mask & IN_EXCL_UNLINK && n->mask & NOTIFY_NAME_IS_GONE);
}

static void on_event(struct inode *i, const struct notify_event *n)
{
	enum { SELF = NOTIFY_DELETE_SELF | NOTIFY_MOVE_SELF };
	uint32_t mask = n->mask & (NOTIFY_ALL | NOTIFY_IS_DIR);
	struct list ended = LIST_HEAD(ended);
	struct list *l;

	if (mask & SELF)
		mask &= ~(uint32_t)NOTIFY_IS_DIR;
	lock_acquire(&all.lock);
	LIST_EACH_SAFE(m, after, &i->watches)
	{
		struct watch *w = LIST_ENTRY(m, struct watch, on_inode);
		bool wanted = wants(w, n);

		if (wanted)
			queue(w->owner, w->wd, mask, n);
		if (mask & NOTIFY_DELETE_SELF ||
		    (wanted && w->mask & IN_ONESHOT)) {
			detach(w);
			list_append(&ended, &w->on_owner);
		}
	}
	lock_release(&all.lock);
	while ((l = list_pop(&ended)))
		free_watch(LIST_ENTRY(l, struct watch, on_owner));
}

/* --- the file --- */

static size_t size_of(const struct event *v)
{
	return sizeof(v->e) + v->e.len;
}

/* The first event if it fits; NULL: *rc says why not. */
static struct event *take(struct inotify *in, size_t room, int *rc)
{
	struct event *v = NULL;

	lock_acquire(&all.lock);
	*rc = -EAGAIN;
	if (!list_empty(&in->events)) {
		v = LIST_ENTRY(in->events.next, struct event, link);
		*rc = 0;
		if (size_of(v) > room) {
			*rc = -EINVAL;
			v = NULL;
		} else {
			list_remove(&v->link);
			in->nr_events--;
		}
	}
	lock_release(&all.lock);
	return v;
}

static int64_t give(struct uio *to, const struct event *v)
{
	int64_t n = uio_copy_out(to, &v->e, sizeof(v->e)), m;

	if (n < (int64_t)sizeof(v->e) || !v->e.len)
		return n < (int64_t)sizeof(v->e) ? -EFAULT : n;
	m = uio_copy_out(to, v->name, v->name_len);
	if (m != (int64_t)v->name_len)
		return -EFAULT;
	m = uio_zero(to, v->e.len - v->name_len);
	return m < 0 ? m : (int64_t)size_of(v);
}

/* What is there and fits. */
static int64_t give_all(struct inotify *in, struct uio *to)
{
	int64_t done = 0, n;
	struct event *v;
	int rc;

	while ((v = take(in, to->left, &rc))) {
		n = give(to, v);
		mem_free(v);
		if (n < 0)
			return done ? done : n;
		done += n;
	}
	return done ? done : rc;
}

static int64_t inotify_read(struct file *f, struct uio *to, int64_t *pos UNUSED)
{
	struct inotify *in = f->priv;
	struct wait w;
	int64_t n;
	int rc = 0;

	n = give_all(in, to);
	if (n != -EAGAIN || f->flags & O_NONBLOCK)
		return n;
	wait_begin(&w, &in->waitq);
	while ((n = give_all(in, to)) == -EAGAIN && !rc)
		rc = wait_sleep(&w, NO_DEADLINE);
	wait_end(&w);
	return n == -EAGAIN ? rc : n;
}

static unsigned inotify_poll(struct file *f)
{
	const struct inotify *in = f->priv;
	unsigned mask;

	lock_acquire(&all.lock);
	mask = list_empty(&in->events) ? 0 : POLLIN | POLLRDNORM;
	lock_release(&all.lock);
	return mask;
}

static sysret inotify_ioctl(struct file *f, unsigned cmd, uint64_t arg)
{
	enum { FIONREAD = 0x541b };
	const struct inotify *in = f->priv;
	int32_t bytes = 0;

	if (cmd != FIONREAD)
		return -ENOTTY;
	lock_acquire(&all.lock);
	LIST_EACH(n, &in->events)
	bytes += (int32_t)size_of(LIST_ENTRY(n, struct event, link));
	lock_release(&all.lock);
	return copy_out((uaddr){arg}, &bytes, sizeof(bytes));
}

static bool count_instance(void)
{
	bool fits;

	lock_acquire(&all.lock);
	fits = all.nr_instances < INSTANCES_MAX;
	all.nr_instances += fits;
	lock_release(&all.lock);
	return fits;
}

static void uncount_instance(void)
{
	lock_acquire(&all.lock);
	all.nr_instances--;
	lock_release(&all.lock);
}

static struct watch *first_watch(struct inotify *in)
{
	struct watch *w = NULL;

	lock_acquire(&all.lock);
	if (!list_empty(&in->watches)) {
		w = LIST_ENTRY(in->watches.next, struct watch, on_owner);
		detach(w);
	}
	lock_release(&all.lock);
	return w;
}

static void inotify_release(struct file *f)
{
	struct inotify *in = f->priv;
	struct watch *w;
	struct list *n;

	while ((w = first_watch(in)))
		free_watch(w);
	while ((n = list_pop(&in->events)))
		mem_free(LIST_ENTRY(n, struct event, link));
	uncount_instance();
	mem_free(in);
}

static const struct file_ops inotify_ops = {
	.read = inotify_read,
	.poll = inotify_poll,
	.ioctl = inotify_ioctl,
	.release = inotify_release,
};

/* --- system calls --- */

static sysret make(unsigned flags)
{
	struct inotify *in;
	struct file *f;

	if (flags & ~(unsigned)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	if (!count_instance())
		return -EMFILE;
	in = mem_zalloc(sizeof(*in));
	if (!in || file_new(&inotify_ops, in, O_RDONLY | (flags & O_NONBLOCK),
	                    "anon_inode:inotify", &f)) {
		mem_free(in);
		uncount_instance();
		return -ENOMEM;
	}
	waitq_init(&in->waitq);
	list_init(&in->watches);
	list_init(&in->events);
	f->waitq = &in->waitq;
	return fd_give(f, 0, flags & O_CLOEXEC);
}

sysret linux_inotify_init(const struct sysargs *a UNUSED)
{
	return make(0);
}

sysret linux_inotify_init1(const struct sysargs *a)
{
	return make(arg_uint(a, 0));
}

static struct file *get_inotify(int fd, int *rc)
{
	struct file *f = fd_get(fd);

	*rc = f ? -EINVAL : -EBADF;
	if (f && f->ops == &inotify_ops)
		return f;
	if (f)
		file_put(f);
	return NULL;
}

static struct watch *find_locked(const struct inotify *in, struct inode *i)
{
	LIST_EACH(n, &i->watches)
	{
		struct watch *w = LIST_ENTRY(n, struct watch, on_inode);

		if (w->owner == in)
			return w;
	}
	return NULL;
}

static sysret change_locked(struct watch *w, uint32_t mask)
{
	if (mask & IN_MASK_CREATE)
		return -EEXIST;
	if (mask & IN_MASK_ADD)
		w->mask |= mask & IN_KEPT;
	else
		w->mask = mask & IN_KEPT;
	return w->wd;
}

/* Takes `fresh` over when it was needed: then it is NULL. */
static sysret add_locked(struct inotify *in, struct inode *i, uint32_t mask,
                         struct watch **fresh)
{
	struct watch *w = find_locked(in, i);

	if (w)
		return change_locked(w, mask);
	if (all.nr_watches >= WATCHES_MAX)
		return -ENOSPC;
	w = *fresh;
	*fresh = NULL;
	*w = (struct watch){.owner = in,
	                    .inode = i,
	                    .wd = ++in->last_wd,
	                    .mask = mask & IN_KEPT};
	list_append(&i->watches, &w->on_inode);
	list_append(&in->watches, &w->on_owner);
	all.nr_watches++;
	return w->wd;
}

static sysret add_watch(struct inotify *in, struct inode *i, uint32_t mask)
{
	struct watch *fresh = mem_alloc(sizeof(*fresh));
	sysret rc;

	if (!fresh)
		return -ENOMEM;
	inode_get(i);
	lock_acquire(&all.lock);
	rc = add_locked(in, i, mask, &fresh);
	lock_release(&all.lock);
	if (fresh) /* the reference was not needed */
		inode_put(i);
	mem_free(fresh);
	return rc;
}

sysret linux_inotify_add_watch(const struct sysargs *a)
{
	uint32_t mask = arg_uint(a, 2);
	int how = mask & IN_DONT_FOLLOW ? AT_SYMLINK_NOFOLLOW : 0, rc;
	struct dentry *d;
	struct file *f;
	sysret wd;

	if (!(mask & IN_KNOWN) || (mask & (IN_MASK_ADD | IN_MASK_CREATE)) ==
	                                  (IN_MASK_ADD | IN_MASK_CREATE))
		return -EINVAL;
	f = get_inotify(arg_int(a, 0), &rc);
	if (!f)
		return rc;
	wd = path_lookup(AT_FDCWD, arg_addr(a, 1), how, &d);
	if (!wd) {
		struct inode *i = dentry_inode(d);

		if (mask & IN_ONLYDIR && !mode_is(i->mode, S_IFDIR))
			wd = -ENOTDIR;
		else
			wd = add_watch(f->priv, i, mask);
		dentry_put(d);
	}
	file_put(f);
	return wd;
}

static struct watch *find_wd(struct inotify *in, int wd)
{
	struct watch *found = NULL;

	lock_acquire(&all.lock);
	LIST_EACH(n, &in->watches)
	{
		struct watch *w = LIST_ENTRY(n, struct watch, on_owner);

		if (w->wd == wd)
			found = w;
	}
	if (found)
		detach(found);
	lock_release(&all.lock);
	return found;
}

sysret linux_inotify_rm_watch(const struct sysargs *a)
{
	struct watch *w;
	int rc;
	struct file *f = get_inotify(arg_int(a, 0), &rc);

	if (!f)
		return rc;
	w = find_wd(f->priv, arg_int(a, 1));
	if (w)
		free_watch(w);
	file_put(f);
	return w ? 0 : -EINVAL;
}

void inotify_init(void)
{
	notify_set_hook(on_event, &all.nr_watches);
}
