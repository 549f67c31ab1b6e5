/* eventfds.c - files that stand for events: eventfd, timerfd, signalfd. */
#include "kernel/arch/user.h"
#include "kernel/core/clock.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/linux/time.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/timer.h"

/* Give the file a descriptor; takes the reference. */
static sysret install(struct file *f, unsigned flags)
{
	return fd_give(f, 0, flags & O_CLOEXEC);
}

static bool nonblocking(const struct file *f)
{
	return f->flags & O_NONBLOCK;
}

/* --- eventfd(2): a counter --- */

static const uint64_t COUNT_MAX = UINT64_MAX - 1;

struct eventfd {
	struct lock lock; /* rank LOCK_OBJECT */
	uint64_t count;   /* lock */
	bool semaphore;
	struct waitq waitq;
};

static uint64_t eventfd_take(struct eventfd *e)
{
	uint64_t n;

	lock_acquire(&e->lock);
	n = e->semaphore && e->count ? 1 : e->count;
	e->count -= n;
	lock_release(&e->lock);
	return n;
}

static int64_t eventfd_read(struct file *f, struct uio *to, int64_t *pos UNUSED)
{
	struct eventfd *e = f->priv;
	struct wait w;
	uint64_t n;
	int rc = 0;

	if (to->left < sizeof(n))
		return -EINVAL;
	n = eventfd_take(e);
	if (!n && nonblocking(f))
		return -EAGAIN;
	if (!n) {
		wait_begin(&w, &e->waitq);
		while (!(n = eventfd_take(e)) && !rc)
			rc = wait_sleep(&w, NO_DEADLINE);
		wait_end(&w);
	}
	if (!n)
		return rc;
	waitq_wake(&e->waitq, POLLOUT);
	return uio_copy_out(to, &n, sizeof(n));
}

static bool eventfd_add(struct eventfd *e, uint64_t n)
{
	bool fits;

	lock_acquire(&e->lock);
	fits = n <= COUNT_MAX - e->count;
	if (fits)
		e->count += n;
	lock_release(&e->lock);
	return fits;
}

static int64_t eventfd_write(struct file *f, struct uio *from,
                             int64_t *pos UNUSED)
{
	struct eventfd *e = f->priv;
	struct wait w;
	uint64_t n;
	bool done;
	int rc = 0;

	if (from->left < sizeof(n))
		return -EINVAL;
	if (uio_copy_in(from, &n, sizeof(n)) != sizeof(n))
		return -EFAULT;
	if (n == UINT64_MAX)
		return -EINVAL;
	done = eventfd_add(e, n);
	if (!done && nonblocking(f))
		return -EAGAIN;
	if (!done) {
		wait_begin(&w, &e->waitq);
		while (!(done = eventfd_add(e, n)) && !rc)
			rc = wait_sleep(&w, NO_DEADLINE);
		wait_end(&w);
	}
	if (!done)
		return rc;
	waitq_wake(&e->waitq, POLLIN);
	return sizeof(n);
}

static unsigned eventfd_poll(struct file *f)
{
	struct eventfd *e = f->priv;
	unsigned mask;

	lock_acquire(&e->lock);
	mask = (e->count ? POLLIN | POLLRDNORM : 0u) |
	       (e->count < COUNT_MAX ? POLLOUT | POLLWRNORM : 0u);
	lock_release(&e->lock);
	return mask;
}

static void free_priv(struct file *f)
{
	mem_free(f->priv);
}

static const struct file_ops eventfd_ops = {
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.release = free_priv,
	.own_locks = true,
};

static sysret make_eventfd(uint64_t count, unsigned flags)
{
	enum { EFD_SEMAPHORE = 1 };
	struct eventfd *e;
	struct file *f;
	int rc;

	if (flags & ~(unsigned)(EFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	e = mem_zalloc(sizeof(*e));
	if (!e)
		return -ENOMEM;
	lock_init(&e->lock, LOCK_OBJECT);
	waitq_init(&e->waitq);
	e->count = count;
	e->semaphore = flags & EFD_SEMAPHORE;
	rc = file_new(&eventfd_ops, e, O_RDWR | (flags & O_NONBLOCK),
	              "anon_inode:[eventfd]", &f);
	if (rc) {
		mem_free(e);
		return rc;
	}
	f->waitq = &e->waitq;
	return install(f, flags);
}

sysret linux_eventfd(const struct sysargs *a)
{
	return make_eventfd(arg_uint(a, 0), 0);
}

sysret linux_eventfd2(const struct sysargs *a)
{
	return make_eventfd(arg_uint(a, 0), arg_uint(a, 1));
}

/* --- timerfd_create(2) --- */

struct timerfd {
	struct timer timer;
	int clock;

	struct lock lock;               /* rank LOCK_OBJECT */
	uint64_t interval, expirations; /* lock */
	struct waitq waitq;
};

static void timerfd_rang(struct timer *t)
{
	struct timerfd *fd = CONTAINER_OF(t, struct timerfd, timer);
	uint64_t now = clock_monotonic();

	lock_acquire(&fd->lock);
	fd->expirations++;
	if (fd->interval) {
		uint64_t missed = (now - t->deadline) / fd->interval;

		fd->expirations += missed;
		timer_set(t, t->deadline + (missed + 1) * fd->interval);
	}
	lock_release(&fd->lock);
	waitq_wake(&fd->waitq, POLLIN);
}

static uint64_t timerfd_take(struct timerfd *t)
{
	uint64_t n;

	lock_acquire(&t->lock);
	n = t->expirations;
	t->expirations = 0;
	lock_release(&t->lock);
	return n;
}

static int64_t timerfd_read(struct file *f, struct uio *to, int64_t *pos UNUSED)
{
	struct timerfd *t = f->priv;
	struct wait w;
	uint64_t n;
	int rc = 0;

	if (to->left < sizeof(n))
		return -EINVAL;
	n = timerfd_take(t);
	if (!n && nonblocking(f))
		return -EAGAIN;
	if (!n) {
		wait_begin(&w, &t->waitq);
		while (!(n = timerfd_take(t)) && !rc)
			rc = wait_sleep(&w, NO_DEADLINE);
		wait_end(&w);
	}
	return n ? uio_copy_out(to, &n, sizeof(n)) : rc;
}

static unsigned timerfd_poll(struct file *f)
{
	const struct timerfd *t = f->priv;

	return __atomic_load_n(&t->expirations, __ATOMIC_RELAXED)
	               ? POLLIN | POLLRDNORM
	               : 0;
}

static void timerfd_release(struct file *f)
{
	struct timerfd *t = f->priv;

	timer_cancel(&t->timer);
	mem_free(t);
}

static const struct file_ops timerfd_ops = {
	.read = timerfd_read,
	.poll = timerfd_poll,
	.release = timerfd_release,
	.own_locks = true,
};

sysret linux_timerfd_create(const struct sysargs *a)
{
	unsigned flags = arg_uint(a, 1);
	struct timerfd *t;
	struct file *f;
	uint64_t now;
	int rc;

	if (flags & ~(unsigned)(O_CLOEXEC | O_NONBLOCK) || arg_int(a, 0) < 0 ||
	    time_now(arg_int(a, 0), &now))
		return -EINVAL;
	t = mem_zalloc(sizeof(*t));
	if (!t)
		return -ENOMEM;
	timer_init(&t->timer, timerfd_rang);
	lock_init(&t->lock, LOCK_OBJECT);
	waitq_init(&t->waitq);
	t->clock = arg_int(a, 0);
	rc = file_new(&timerfd_ops, t, O_RDWR | (flags & O_NONBLOCK),
	              "anon_inode:[timerfd]", &f);
	if (rc) {
		mem_free(t);
		return rc;
	}
	f->waitq = &t->waitq;
	return install(f, flags);
}

static struct file *get_timerfd(int fd, int *rc)
{
	struct file *f = fd_get(fd);

	*rc = f ? -EINVAL : -EBADF;
	if (f && f->ops == &timerfd_ops)
		return f;
	if (f)
		file_put(f);
	return NULL;
}

static int write_itimerspec(uaddr to, uint64_t interval, uint64_t left)
{
	int rc = time_write(to, interval);

	return rc ? rc : time_write((uaddr){to.v + 16}, left);
}

static uint64_t time_left(const struct timerfd *t)
{
	uint64_t now = clock_monotonic();

	if (!t->timer.set)
		return 0;
	return t->timer.deadline > now ? t->timer.deadline - now : 1;
}

static void arm(struct timerfd *t, uint64_t interval, uint64_t value,
                bool absolute)
{
	uint64_t deadline = time_after(value);

	if (absolute)
		deadline = t->clock == 0 ? time_from_realtime(value) : value;
	timer_cancel(&t->timer);
	lock_acquire(&t->lock);
	t->interval = interval;
	t->expirations = 0;
	lock_release(&t->lock);
	if (value)
		timer_set(&t->timer, deadline);
}

sysret linux_timerfd_settime(const struct sysargs *a)
{
	enum { ABSTIME = 1, CANCEL_ON_SET = 2 };
	uint64_t interval, value;
	struct timerfd *t;
	struct file *f;
	int rc;

	if (arg_uint(a, 1) & ~(unsigned)(ABSTIME | CANCEL_ON_SET))
		return -EINVAL;
	rc = time_read(arg_addr(a, 2), &interval);
	if (!rc)
		rc = time_read((uaddr){a->a[2] + 16}, &value);
	if (rc)
		return rc;
	f = get_timerfd(arg_int(a, 0), &rc);
	if (!f)
		return rc;
	t = f->priv;
	rc = a->a[3] ? write_itimerspec(arg_addr(a, 3), t->interval,
	                                time_left(t))
	             : 0;
	if (!rc)
		arm(t, interval, value, arg_uint(a, 1) & ABSTIME);
	file_put(f);
	return rc;
}

sysret linux_timerfd_gettime(const struct sysargs *a)
{
	struct timerfd *t;
	int rc;
	struct file *f = get_timerfd(arg_int(a, 0), &rc);

	if (!f)
		return rc;
	t = f->priv;
	rc = write_itimerspec(arg_addr(a, 1), t->interval, time_left(t));
	file_put(f);
	return rc;
}

/* --- signalfd(2) --- */

struct signalfd {
	uint64_t set; /* changed by signalfd(2) only */
};

struct signalfd_siginfo {
	uint32_t signo;
	int32_t err, code;
	uint32_t pid, uid;
	int32_t fd;
	uint32_t tid, band, overrun, trapno;
	int32_t status, value;
	uint64_t ptr, utime, stime, addr;
	uint8_t pad[48];
};
static_assert(sizeof(struct signalfd_siginfo) == 128, "uapi/linux/signalfd.h");

static int64_t report(struct uio *to, const struct siginfo *info)
{
	struct signalfd_siginfo s = {
		.signo = (uint32_t)info->signo,
		.err = info->err,
		.code = info->code,
		.pid = (uint32_t)info->user.pid,
		.uid = info->user.uid,
		.value = (int32_t)info->user.value,
		.ptr = info->user.value,
	};

	return uio_copy_out(to, &s, sizeof(s));
}

static int wait_signal(struct signalfd *s, bool block, struct siginfo *info)
{
	int sig = signal_take(s->set, info), rc = 0;
	struct wait w;

	if (sig || !block)
		return sig ? sig : -EAGAIN;
	wait_begin(&w, &process.signals.arrived);
	while (!(sig = signal_take(s->set, info)) && !rc)
		rc = wait_sleep(&w, NO_DEADLINE);
	wait_end(&w);
	return sig ? sig : rc;
}

static int64_t signalfd_read(struct file *f, struct uio *to,
                             int64_t *pos UNUSED)
{
	int64_t done = 0, n;
	struct siginfo info;

	if (to->left < sizeof(struct signalfd_siginfo))
		return -EINVAL;
	while (to->left >= sizeof(struct signalfd_siginfo)) {
		int rc = wait_signal(f->priv, !done && !nonblocking(f), &info);

		if (rc < 0)
			return done ? done : rc;
		n = report(to, &info);
		if (n < 0)
			return done ? done : n;
		done += n;
	}
	return done;
}

static unsigned signalfd_poll(struct file *f)
{
	const struct signalfd *s = f->priv;

	return signal_pending_set() & s->set ? POLLIN : 0;
}

static const struct file_ops signalfd_ops = {
	.read = signalfd_read,
	.poll = signalfd_poll,
	.release = free_priv,
	.own_locks = true,
};

static sysret new_signalfd(uint64_t set, unsigned flags)
{
	struct signalfd *s = mem_zalloc(sizeof(*s));
	struct file *f;
	int rc;

	if (!s)
		return -ENOMEM;
	s->set = set;
	rc = file_new(&signalfd_ops, s, O_RDWR | (flags & O_NONBLOCK),
	              "anon_inode:[signalfd]", &f);
	if (rc) {
		mem_free(s);
		return rc;
	}
	f->waitq = &process.signals.arrived;
	return install(f, flags);
}

static sysret make_signalfd(const struct sysargs *a, unsigned flags)
{
	struct file *f;
	uint64_t set;
	sysret rc = -EINVAL;

	if (a->a[2] != sizeof(set) ||
	    flags & ~(unsigned)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	if (copy_in(&set, arg_addr(a, 1), sizeof(set)))
		return -EFAULT;
	set &= ~(SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP));
	if (arg_int(a, 0) == -1)
		return new_signalfd(set, flags);
	f = fd_get(arg_int(a, 0));
	if (!f)
		return -EBADF;
	if (f->ops == &signalfd_ops) {
		((struct signalfd *)f->priv)->set = set;
		rc = arg_int(a, 0);
	}
	file_put(f);
	return rc;
}

sysret linux_signalfd(const struct sysargs *a)
{
	return make_signalfd(a, 0);
}

sysret linux_signalfd4(const struct sysargs *a)
{
	return make_signalfd(a, arg_uint(a, 3));
}
