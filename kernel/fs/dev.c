/*
 * dev.c - see dev.h.
 *
 * The console is no terminal: ioctl() says -ENOTTY, so programs write plain
 * lines without colours, and flush them line by line or not as they would into
 * a file.
 */
#include "kernel/fs/dev.h"

#include "kernel/core/clock.h"
#include "kernel/core/log.h"
#include "kernel/core/random.h"
#include "kernel/fs/tmpfs.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/thread.h"

static const struct dev_console_input *input; /* set at boot */

void dev_set_console_input(const struct dev_console_input *in)
{
	input = in;
}

/* --- null, zero, full --- */

static int64_t read_nothing(struct file *f, struct uio *to, int64_t *pos)
{
	(void)f, (void)to, (void)pos;
	return 0;
}

static int64_t read_zeroes(struct file *f, struct uio *to, int64_t *pos)
{
	int64_t done = 0, n = 0;

	(void)f, (void)pos;
	do {
		n = uio_zero(to, PAGE_SIZE);
		if (n <= 0)
			break;
		done += n;
	} while (to->left > 0 && thread_may_go_on());
	return done > 0 ? done : n;
}

static int64_t write_away(struct file *f, struct uio *from, int64_t *pos)
{
	int64_t n = (int64_t)from->left;

	(void)f, (void)pos;
	from->left = 0;
	return n;
}

static int64_t write_full(struct file *f, struct uio *from, int64_t *pos)
{
	(void)f, (void)from, (void)pos;
	return -ENOSPC;
}

static int64_t seek_nowhere(struct file *f, int64_t off, int whence)
{
	(void)f, (void)off, (void)whence;
	return 0;
}

/* --- random --- */

static int64_t read_random(struct file *f, struct uio *to, int64_t *pos)
{
	int64_t done = 0, n = 0;
	uint8_t some[256];

	(void)f, (void)pos;
	do {
		random_bytes(some, sizeof(some));
		n = uio_copy_out(to, some, sizeof(some));
		if (n <= 0)
			break;
		done += n;
	} while (to->left > 0 && thread_may_go_on());
	return done > 0 ? done : n;
}

static int64_t write_random(struct file *f, struct uio *from, int64_t *pos)
{
	int64_t done = 0, n = 0;
	uint8_t some[256];

	(void)f, (void)pos;
	do {
		n = uio_copy_in(from, some, sizeof(some));
		if (n <= 0)
			break;
		random_add(some, (size_t)n);
		done += n;
	} while (from->left > 0 && thread_may_go_on());
	return done > 0 ? done : n;
}

/* --- console --- */

static int64_t write_console(struct file *f, struct uio *from, int64_t *pos)
{
	int64_t done = 0, n = 0;
	char some[512];

	(void)f, (void)pos;
	while (from->left > 0) {
		n = uio_copy_in(from, some, sizeof(some));
		if (n <= 0)
			break;
		log_write(some, (size_t)n);
		done += n;
		n = thread_relax();
		if (n)
			break;
	}
	return done > 0 ? done : n;
}

/* Wait until there is input. 0 or an error. */
static int wait_for_input(const struct file *f)
{
	struct wait w;
	int rc = 0;

	if (f->flags & O_NONBLOCK)
		return input->pending() ? 0 : -EAGAIN;
	wait_begin(&w, input->waitq);
	while (!input->pending() && !rc)
		rc = wait_sleep(&w, NO_DEADLINE);
	wait_end(&w);
	return rc == -EINTR ? -ERESTARTSYS : rc;
}

static int64_t read_console(struct file *f, struct uio *to, int64_t *pos)
{
	char some[256];
	size_t n;
	int rc;

	(void)pos;
	if (!input || to->left == 0)
		return 0;
	do {
		rc = wait_for_input(f);
		if (rc)
			return rc;
		n = to->left < sizeof(some) ? to->left : sizeof(some);
		n = input->take(some, n);
	} while (n == 0); /* another reader was faster */
	return uio_copy_out(to, some, n);
}

static unsigned poll_console(struct file *f)
{
	unsigned events = POLLOUT | POLLWRNORM;

	(void)f;
	if (!input || input->pending())
		events |= POLLIN | POLLRDNORM;
	return events;
}

static const struct file_ops null_ops = {
	.read = read_nothing,
	.write = write_away,
	.seek = seek_nowhere,
	.own_locks = true,
};
static const struct file_ops zero_ops = {
	.read = read_zeroes,
	.write = write_away,
	.seek = seek_nowhere,
	.own_locks = true,
};
static const struct file_ops full_ops = {
	.read = read_zeroes,
	.write = write_full,
	.seek = seek_nowhere,
	.own_locks = true,
};
static const struct file_ops random_ops = {
	.read = read_random,
	.write = write_random,
	.own_locks = true,
};
static const struct file_ops console_ops = {
	.read = read_console,
	.write = write_console,
	.poll = poll_console,
};

/* Linux's numbers (Documentation/admin-guide/devices.txt). */
static const struct device {
	const char *path;
	unsigned major, minor;
	const struct file_ops *ops;
} devices[] = {
	{"/dev/null", 1, 3, &null_ops},
	{"/dev/zero", 1, 5, &zero_ops},
	{"/dev/full", 1, 7, &full_ops},
	{"/dev/random", 1, 8, &random_ops},
	{"/dev/urandom", 1, 9, &random_ops},
	{"/dev/tty", 5, 0, &console_ops},
	{"/dev/console", 5, 1, &console_ops},
};

static const struct link {
	const char *path, *target;
} links[] = {
	{"/dev/fd", "/proc/self/fd"},
	{"/dev/stdin", "/proc/self/fd/0"},
	{"/dev/stdout", "/proc/self/fd/1"},
	{"/dev/stderr", "/proc/self/fd/2"},
};

const struct file_ops *dev_find(uint64_t rdev)
{
	for (size_t i = 0; i < ARRAY_LEN(devices); i++) {
		const struct device *d = &devices[i];

		if (make_dev(d->major, d->minor) == rdev)
			return d->ops;
	}
	return NULL;
}

int dev_open(struct inode *i, struct file *f)
{
	(void)i;
	if (f->ops == &console_ops && input)
		f->waitq = input->waitq;
	return 0;
}

int dev_mount(void)
{
	int rc = tmpfs_mount("/dev");

	for (size_t i = 0; !rc && i < ARRAY_LEN(devices); i++) {
		const struct device *d = &devices[i];

		rc = vfs_create(NULL, d->path, S_IFCHR | 0666,
		                make_dev(d->major, d->minor));
	}
	for (size_t i = 0; !rc && i < ARRAY_LEN(links); i++)
		rc = vfs_symlink(NULL, links[i].path, links[i].target);
	if (!rc)
		rc = vfs_create(NULL, "/dev/shm", S_IFDIR | 01777, 0);
	return rc ? rc : tmpfs_mount("/dev/shm");
}
