/*
 * epoll.c - epoll(7): level and edge triggered, one-shot, nested.
 *
 * An item watches one open file for one epoll file. When the watched file's
 * queue is woken the item goes to the ready list. epoll_wait() takes items from
 * it, asks each file what is true now, reports that, and puts level-triggered
 * items back. So a stale entry costs a look and is never reported. What happens
 * to a file while it is asked puts its item into the ready list once more.
 *
 * Who waits in epoll_wait() is exclusive: an event wakes one thread. One that
 * leaves with something still in the ready list wakes the next.
 *
 * Locks: `lock` (a mutex) guards the tree of items, and who looks at some of
 * them holds it. `ready_lock` guards the ready list and is taken from wake
 * functions, which run on any CPU at any time. The epoll file's own wait queue
 * has a rank below other queues, lower for those that watch epoll files. A
 * watched file may be at its end: it waits for these locks before it goes.
 */
#include "kernel/linux/epoll.h"
#include "kernel/arch/user.h"
#include "kernel/core/clock.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/rbtree.h"
#include "kernel/linux/poll.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/linux/time.h"
#include "kernel/mm/slab.h"

#define EPOLLEXCLUSIVE (1u << 28)
#define EPOLLWAKEUP    (1u << 29)
#define EPOLLONESHOT   (1u << 30)
#define EPOLLET        (1u << 31)
#define EPOLL_PRIVATE  (EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLONESHOT | EPOLLET)

/* What may be asked for together with EPOLLEXCLUSIVE. */
#define WITH_EXCLUSIVE                                                         \
	(POLLIN | POLLOUT | POLLERR | POLLHUP | EPOLLWAKEUP | EPOLLET |        \
	 EPOLLEXCLUSIVE)

enum {
	EPOLL_CTL_ADD = 1,
	EPOLL_CTL_DEL = 2,
	EPOLL_CTL_MOD = 3,
	NESTING_MAX = LOCK_POLL_MAX - LOCK_POLL,
	EVENTS_MAX = INT32_MAX / 16,
};

struct epoll_event {
	uint32_t events;
	uint64_t data;
} PACKED;
static_assert(sizeof(struct epoll_event) == 12, "uapi/linux/eventpoll.h");

struct epoll {
	struct file *file; /* borrowed: it owns us */
	struct mutex lock;
	struct rb_tree items; /* lock */
	unsigned depth;       /* of epoll files below; lock */

	struct lock ready_lock; /* rank LOCK_READY */
	struct list ready;      /* ready_lock */
	struct waitq waitq;
};

struct item {
	struct epoll *ep;
	struct rb_node node; /* ep->lock */
	int fd;
	struct file *file; /* no reference: the file's end removes the item */
	struct epoll_event event; /* ep->lock */
	struct wait wait;
	struct list on_file; /* file_polls_lock */
	struct list ready;   /* ep->ready_lock */
	struct list looked;  /* ep->lock: among those that are looked at */
};

/* Guards file->polls of all files. Before ep->lock. */
static struct mutex file_polls_lock = MUTEX_INIT(file_polls_lock);

static const struct file_ops epoll_ops;

static void push_ready(struct item *i)
{
	lock_acquire(&i->ep->ready_lock);
	if (!list_linked(&i->ready))
		list_append(&i->ep->ready, &i->ready);
	lock_release(&i->ep->ready_lock);
}

static bool on_event(struct wait *w, uint32_t events)
{
	struct item *i = CONTAINER_OF(w, struct item, wait);
	uint32_t wanted = i->event.events;

	if (!(events & (wanted | POLLERR | POLLHUP)) ||
	    !(wanted & ~EPOLL_PRIVATE))
		return false;
	push_ready(i);
	return waitq_wake(&i->ep->waitq, POLLIN);
}

/* --- the tree of items, by file and descriptor --- */

static int compare(int fd, const struct file *f, const struct item *i)
{
	if (f != i->file)
		return f < i->file ? -1 : 1;
	return fd < i->fd ? -1 : fd > i->fd;
}

static struct item *item_of(struct rb_node *n)
{
	return n ? CONTAINER_OF(n, struct item, node) : NULL;
}

static struct item *find(struct epoll *ep, int fd, const struct file *f)
{
	struct rb_node *n = ep->items.root;

	while (n) {
		int c = compare(fd, f, item_of(n));

		if (!c)
			return item_of(n);
		n = n->child[c > 0];
	}
	return NULL;
}

static void insert(struct epoll *ep, struct item *i)
{
	struct rb_node *parent = NULL, **link = &ep->items.root;
	int side = 0;

	while (*link) {
		parent = *link;
		side = compare(i->fd, i->file, item_of(parent)) > 0;
		link = &parent->child[side];
	}
	rb_insert(&ep->items, &i->node, parent, side);
}

static void remove_item(struct item *i)
{
	struct epoll *ep = i->ep;

	waitq_remove(&i->wait);
	lock_acquire(&ep->ready_lock);
	list_remove(&i->ready);
	lock_release(&ep->ready_lock);
	rb_remove(&ep->items, &i->node);
	list_remove(&i->on_file);
	mem_free(i);
}

void epoll_forget_file(struct file *f)
{
	mutex_lock(&file_polls_lock);
	while (!list_empty(&f->polls)) {
		struct item *i =
			LIST_ENTRY(f->polls.next, struct item, on_file);
		struct epoll *ep = i->ep;

		mutex_lock(&ep->lock);
		remove_item(i);
		mutex_unlock(&ep->lock);
	}
	mutex_unlock(&file_polls_lock);
}

static void epoll_release(struct file *f)
{
	struct epoll *ep = f->priv;
	struct rb_node *n;

	mutex_lock(&file_polls_lock);
	mutex_lock(&ep->lock);
	while ((n = rb_first(&ep->items)))
		remove_item(item_of(n));
	mutex_unlock(&ep->lock);
	mutex_unlock(&file_polls_lock);
	mem_free(ep);
}

/* --- ready items --- */

static unsigned true_now(const struct item *i)
{
	uint32_t wanted = i->event.events & ~EPOLL_PRIVATE;

	if (!wanted)
		return 0; /* one-shot and done */
	return file_poll(i->file) & (wanted | POLLERR | POLLHUP);
}

/* Up to `max` of the ready items, for the caller alone. */
static void take_ready(struct epoll *ep, struct list *to, int max)
{
	lock_acquire(&ep->ready_lock);
	while (max-- > 0 && !list_empty(&ep->ready)) {
		struct item *i = LIST_ENTRY(ep->ready.next, struct item, ready);

		list_remove(&i->ready);
		list_append(to, &i->looked);
	}
	lock_release(&ep->ready_lock);
}

/* They may be ready again by themselves. */
static void put_back(struct epoll *ep, struct list *items)
{
	struct list *n;

	lock_acquire(&ep->ready_lock);
	while ((n = list_pop(items))) {
		struct item *i = LIST_ENTRY(n, struct item, looked);

		if (!list_linked(&i->ready))
			list_append(&ep->ready, &i->ready);
	}
	lock_release(&ep->ready_lock);
}

static struct item *pop_looked(struct list *items)
{
	struct list *n = list_pop(items);

	return n ? LIST_ENTRY(n, struct item, looked) : NULL;
}

/* poll() of an epoll file: is anything really ready? */
static unsigned epoll_poll(struct file *f)
{
	struct epoll *ep = f->priv;
	struct list one = LIST_HEAD(one);
	unsigned mask = 0;

	mutex_lock(&ep->lock);
	do {
		struct item *i;

		take_ready(ep, &one, 1);
		i = pop_looked(&one);
		if (!i)
			break;
		if (true_now(i)) {
			mask = POLLIN | POLLRDNORM;
			list_append(&one, &i->looked);
		}
	} while (!mask);
	put_back(ep, &one);
	mutex_unlock(&ep->lock);
	return mask;
}

static int report(struct item *i, unsigned mask, uaddr to)
{
	struct epoll_event e = {mask, i->event.data};

	if (copy_out(to, &e, sizeof(e)))
		return -EFAULT;
	if (i->event.events & EPOLLONESHOT)
		i->event.events &= EPOLL_PRIVATE;
	return 0;
}

/* What is true of `items` to the program; those to be looked at again are in
 * the list afterwards. How many, or -EFAULT. */
static int report_all(struct list *items, uaddr to)
{
	struct list again = LIST_HEAD(again);
	struct item *i;
	int n = 0, rc = 0;

	while (!rc && (i = pop_looked(items))) {
		unsigned mask = true_now(i);

		if (!mask)
			continue;
		rc = report(i, mask,
		            (uaddr){to.v + (size_t)n * sizeof(i->event)});
		if (!rc)
			n++;
		if (rc || !(i->event.events & EPOLLET))
			list_append(&again, &i->looked);
	}
	while ((i = pop_looked(&again)))
		list_append(items, &i->looked);
	return n ? n : rc;
}

/* Up to `max` events to the program. How many, or -EFAULT. */
static int collect(struct epoll *ep, uaddr to, int max)
{
	struct list items = LIST_HEAD(items);
	bool some;
	int n;

	mutex_lock(&ep->lock);
	do {
		take_ready(ep, &items, max);
		some = !list_empty(&items);
		n = report_all(&items, to);
		put_back(ep, &items);
	} while (some && !n);
	mutex_unlock(&ep->lock);
	return n;
}

/* --- system calls --- */

static const struct file_ops epoll_ops = {
	.poll = epoll_poll,
	.release = epoll_release,
};

static sysret create(bool cloexec)
{
	struct epoll *ep = mem_zalloc(sizeof(*ep));
	struct file *f;
	int rc;

	if (!ep)
		return -ENOMEM;
	mutex_init(&ep->lock);
	lock_init(&ep->ready_lock, LOCK_READY);
	list_init(&ep->ready);
	waitq_init(&ep->waitq);
	ep->waitq.lock.rank = LOCK_POLL_MAX;
	rc = file_new(&epoll_ops, ep, O_RDWR, "anon_inode:[eventpoll]", &f);
	if (rc) {
		mem_free(ep);
		return rc;
	}
	f->waitq = &ep->waitq;
	ep->file = f;
	rc = fd_give(f, 0, cloexec);
	return rc;
}

sysret linux_epoll_create(const struct sysargs *a)
{
	return arg_int(a, 0) <= 0 ? -EINVAL : create(false);
}

sysret linux_epoll_create1(const struct sysargs *a)
{
	if (arg_uint(a, 0) & ~(unsigned)O_CLOEXEC)
		return -EINVAL;
	return create(arg_uint(a, 0) & O_CLOEXEC);
}

/*
 * May `ep` watch `f`? An epoll file's depth is greater than that of those it
 * watches, and stays once it is watched itself: so there are no circles, and
 * the ranks of the wait queues' locks hold. file_polls_lock is held.
 */
static int check_nesting(struct epoll *ep, const struct file *f)
{
	const struct epoll *below = f->priv;

	if (f->ops != &epoll_ops)
		return 0;
	if (below == ep)
		return -EINVAL;
	if (below->depth < ep->depth)
		return 0;
	if (below->depth + 1 > NESTING_MAX || !list_empty(&ep->file->polls))
		return -ELOOP;
	ep->depth = below->depth + 1;
	lock_set_rank(&ep->waitq.lock, LOCK_POLL_MAX - ep->depth);
	return 0;
}

static int add(struct epoll *ep, int fd, struct file *f,
               const struct epoll_event *e)
{
	struct item *i;
	int rc;

	if (e->events & EPOLLEXCLUSIVE &&
	    (f->ops == &epoll_ops || e->events & ~WITH_EXCLUSIVE))
		return -EINVAL;
	if (find(ep, fd, f))
		return -EEXIST;
	rc = check_nesting(ep, f);
	if (rc)
		return rc;
	i = mem_zalloc(sizeof(*i));
	if (!i)
		return -ENOMEM;
	i->ep = ep;
	i->fd = fd;
	i->file = f;
	i->event = *e;
	i->wait.wake = on_event;
	i->wait.exclusive = e->events & EPOLLEXCLUSIVE;
	insert(ep, i);
	list_append(&f->polls, &i->on_file);
	if (f->waitq)
		waitq_add(f->waitq, &i->wait);
	if (true_now(i)) {
		push_ready(i);
		waitq_wake(&ep->waitq, POLLIN);
	}
	return 0;
}

static int modify(struct epoll *ep, struct item *i, const struct epoll_event *e)
{
	if ((i->event.events | e->events) & EPOLLEXCLUSIVE)
		return -EINVAL;
	i->event = *e;
	/* What comes is looked for by on_event(), what is there by us. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (true_now(i)) {
		push_ready(i);
		waitq_wake(&ep->waitq, POLLIN);
	}
	return 0;
}

static int control(struct epoll *ep, int op, int fd, struct file *f,
                   const struct epoll_event *e)
{
	struct item *i = find(ep, fd, f);

	if (op == EPOLL_CTL_ADD)
		return add(ep, fd, f, e);
	if (!i)
		return -ENOENT;
	if (op == EPOLL_CTL_MOD)
		return modify(ep, i, e);
	remove_item(i);
	return 0;
}

static struct file *get_epoll(int fd, int *rc)
{
	struct file *f = fd_get(fd);

	if (!f) {
		*rc = -EBADF;
		return NULL;
	}
	if (f->ops == &epoll_ops)
		return f;
	file_put(f);
	*rc = -EINVAL;
	return NULL;
}

static int control_files(struct file *epf, int op, int fd,
                         const struct epoll_event *e)
{
	struct epoll *ep = epf->priv;
	struct file *f = fd_get(fd);
	int rc;

	if (!f)
		return -EBADF;
	if (!f->ops->poll) {
		file_put(f);
		return -EPERM; /* a regular file: always ready */
	}
	mutex_lock(&file_polls_lock);
	mutex_lock(&ep->lock);
	rc = control(ep, op, fd, f, e);
	mutex_unlock(&ep->lock);
	mutex_unlock(&file_polls_lock);
	file_put(f);
	return rc;
}

sysret linux_epoll_ctl(const struct sysargs *a)
{
	int op = arg_int(a, 1), rc = 0;
	struct epoll_event e = {0};
	struct file *epf;

	if (op != EPOLL_CTL_ADD && op != EPOLL_CTL_DEL && op != EPOLL_CTL_MOD)
		return -EINVAL;
	if (op != EPOLL_CTL_DEL && copy_in(&e, arg_addr(a, 3), sizeof(e)))
		return -EFAULT;
	epf = get_epoll(arg_int(a, 0), &rc);
	if (!epf)
		return rc;
	rc = control_files(epf, op, arg_int(a, 2), &e);
	file_put(epf);
	return rc;
}

/* Of events that were meant for us some may be left for others. */
static void pass_on(struct epoll *ep)
{
	bool some;

	lock_acquire(&ep->ready_lock);
	some = !list_empty(&ep->ready);
	lock_release(&ep->ready_lock);
	if (some)
		waitq_wake(&ep->waitq, POLLIN);
}

static int sleep_for_events(struct epoll *ep, uaddr to, int max,
                            uint64_t deadline)
{
	struct wait w;
	int n, rc = 0;

	wait_begin_exclusive(&w, &ep->waitq);
	while (!(n = collect(ep, to, max)) && !rc)
		rc = wait_sleep(&w, deadline);
	wait_end(&w);
	pass_on(ep);
	return n ? n : rc == -EINTR ? -EINTR : 0;
}

static sysret wait_events(int epfd, uaddr to, int max, uint64_t deadline)
{
	struct file *f;
	int n, rc = 0;

	if (max <= 0 || max > EVENTS_MAX)
		return -EINVAL;
	f = get_epoll(epfd, &rc);
	if (!f)
		return rc;
	n = collect(f->priv, to, max);
	if (!n && deadline)
		n = sleep_for_events(f->priv, to, max, deadline);
	file_put(f);
	return n;
}

sysret linux_epoll_wait(const struct sysargs *a)
{
	return wait_events(arg_int(a, 0), arg_addr(a, 1), arg_int(a, 2),
	                   poll_deadline_ms(arg_int(a, 3)));
}

sysret linux_epoll_pwait(const struct sysargs *a)
{
	int rc = poll_set_mask(a->a[4], a->a[5]);

	return rc ? rc : linux_epoll_wait(a);
}

sysret linux_epoll_pwait2(const struct sysargs *a)
{
	uint64_t ns, deadline = NO_DEADLINE;
	int rc = 0;

	if (a->a[3]) {
		rc = time_read(arg_addr(a, 3), &ns);
		deadline = rc || !ns ? 0 : time_after(ns);
	}
	if (!rc)
		rc = poll_set_mask(a->a[4], a->a[5]);
	if (rc)
		return rc;
	return wait_events(arg_int(a, 0), arg_addr(a, 1), arg_int(a, 2),
	                   deadline);
}
