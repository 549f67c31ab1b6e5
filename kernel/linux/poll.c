/* poll.c - poll(2) and select(2). */
#include "kernel/linux/poll.h"

#include "kernel/arch/user.h"
#include "kernel/core/clock.h"
#include "kernel/fs/fdtable.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/linux/time.h"
#include "kernel/mm/slab.h"

/* The files' queues wake `wait`, which is in a queue that nobody else knows. */
struct poller {
	struct wait wait;
	struct waitq nobody;
};

static bool wake_poller(struct wait *w, uint32_t events)
{
	struct poll_item *i = CONTAINER_OF(w, struct poll_item, wait);

	if (!(events & (i->events | POLLERR | POLLHUP)))
		return false;
	wait_notify(&i->poller->wait);
	return true;
}

static int scan(struct poll_item *items, size_t nr)
{
	int ready = 0;

	for (size_t n = 0; n < nr; n++) {
		struct poll_item *i = &items[n];

		if (!i->file)
			continue;
		i->revents =
			file_poll(i->file) & (i->events | POLLERR | POLLHUP);
		ready += i->revents != 0;
	}
	return ready;
}

static void watch(struct poll_item *items, size_t nr, struct poller *p)
{
	for (size_t n = 0; n < nr; n++) {
		struct poll_item *i = &items[n];

		i->poller = p;
		i->wait = (struct wait){.wake = wake_poller};
		if (i->file && i->file->waitq)
			waitq_add(i->file->waitq, &i->wait);
	}
}

static void unwatch(struct poll_item *items, size_t nr)
{
	for (size_t n = 0; n < nr; n++)
		waitq_remove(&items[n].wait);
}

int poll_items(struct poll_item *items, size_t nr, uint64_t deadline)
{
	int ready = scan(items, nr), rc = 0;
	struct poller p;

	if (ready || deadline == 0)
		return ready;
	waitq_init(&p.nobody);
	wait_begin(&p.wait, &p.nobody);
	watch(items, nr, &p);
	while (!(ready = scan(items, nr)) && !rc)
		rc = wait_sleep(&p.wait, deadline);
	unwatch(items, nr);
	wait_end(&p.wait);
	if (ready)
		return ready;
	return rc == -EINTR ? -ERESTARTNOHAND : 0;
}

static void put_files(struct poll_item *items, size_t nr)
{
	for (size_t n = 0; n < nr; n++)
		if (items[n].file)
			file_put(items[n].file);
}

/* --- poll, ppoll --- */

struct pollfd {
	int32_t fd;
	int16_t events, revents;
};

static int take_files(struct poll_item *items, struct pollfd *fds, size_t nr)
{
	int bad = 0;

	for (size_t n = 0; n < nr; n++) {
		fds[n].revents = 0;
		items[n].events = (uint16_t)fds[n].events;
		if (fds[n].fd < 0)
			continue;
		items[n].file = fd_get(fds[n].fd);
		if (!items[n].file) {
			fds[n].revents = POLLNVAL;
			bad++;
		}
	}
	return bad;
}

static sysret poll_copied(struct pollfd *fds, struct poll_item *items,
                          size_t nr, uint64_t deadline)
{
	int bad = take_files(items, fds, nr);
	int ready = poll_items(items, nr, bad ? 0 : deadline);

	for (size_t n = 0; n < nr; n++)
		if (items[n].file)
			fds[n].revents = (int16_t)items[n].revents;
	put_files(items, nr);
	return ready < 0 ? ready : ready + bad;
}

static sysret do_poll(uaddr at, uint64_t nr, uint64_t deadline)
{
	struct pollfd *fds;
	struct poll_item *items;
	sysret rc = -ENOMEM;

	if (nr > process.limits[RLIMIT_NOFILE].soft)
		return -EINVAL;
	fds = mem_alloc(nr * sizeof(*fds));
	items = mem_zalloc(nr * sizeof(*items));
	if (fds && items) {
		rc = copy_in(fds, at, nr * sizeof(*fds));
		if (!rc)
			rc = poll_copied(fds, items, nr, deadline);
		if (rc >= 0 && copy_out(at, fds, nr * sizeof(*fds)))
			rc = -EFAULT;
	}
	mem_free(items);
	mem_free(fds);
	return rc;
}

uint64_t poll_deadline_ms(int ms)
{
	if (ms < 0)
		return NO_DEADLINE;
	return ms ? time_after((uint64_t)ms * NS_PER_MS) : 0;
}

static int deadline_from(uint64_t timespec, uint64_t *out)
{
	uint64_t ns, deadline = NO_DEADLINE;

	if (timespec) {
		int rc = time_read((uaddr){timespec}, &ns);

		if (rc)
			return rc;
		deadline = ns ? time_after(ns) : 0;
	}
	*out = signal_keep_deadline(deadline);
	return 0;
}

sysret linux_poll(const struct sysargs *a)
{
	uint64_t deadline = poll_deadline_ms(arg_int(a, 2));

	return do_poll(arg_addr(a, 0), arg_uint(a, 1),
	               signal_keep_deadline(deadline));
}

int poll_set_mask(uint64_t at, uint64_t size)
{
	uint64_t mask;

	if (!at)
		return 0;
	if (size != sizeof(mask))
		return -EINVAL;
	if (copy_in(&mask, (uaddr){at}, sizeof(mask)))
		return -EFAULT;
	signal_set_temporary_mask(mask);
	return 0;
}

sysret linux_ppoll(const struct sysargs *a)
{
	uint64_t deadline;
	int rc = deadline_from(a->a[2], &deadline);

	if (!rc)
		rc = poll_set_mask(a->a[3], a->a[4]);
	return rc ? rc : do_poll(arg_addr(a, 0), arg_uint(a, 1), deadline);
}

/* --- select, pselect --- */

enum { SELECT_MAX = 1024, SETS = 3, WORDS = SELECT_MAX / 64 };

static const unsigned set_events[SETS] = {
	POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR,
	POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR,
	POLLPRI,
};

typedef uint64_t fd_sets[SETS][WORDS];

static bool in_set(const uint64_t *set, unsigned fd)
{
	return set[fd / 64] >> fd % 64 & 1;
}

static int read_sets(const uint64_t at[SETS], unsigned nr, fd_sets sets)
{
	size_t bytes = (nr + 63) / 64 * 8;

	memset(sets, 0, sizeof(fd_sets));
	for (int s = 0; s < SETS; s++)
		if (at[s] && copy_in(sets[s], (uaddr){at[s]}, bytes))
			return -EFAULT;
	return 0;
}

static int write_sets(const uint64_t at[SETS], unsigned nr, fd_sets sets)
{
	size_t bytes = (nr + 63) / 64 * 8;

	for (int s = 0; s < SETS; s++)
		if (at[s] && copy_out((uaddr){at[s]}, sets[s], bytes))
			return -EFAULT;
	return 0;
}

static int sets_to_items(fd_sets sets, unsigned nr, struct poll_item *items)
{
	for (unsigned fd = 0; fd < nr; fd++) {
		for (int s = 0; s < SETS; s++)
			if (in_set(sets[s], fd))
				items[fd].events |= set_events[s];
		if (!items[fd].events)
			continue;
		items[fd].file = fd_get((int)fd);
		if (!items[fd].file)
			return -EBADF;
	}
	return 0;
}

static sysret items_to_sets(fd_sets sets, unsigned nr,
                            const struct poll_item *items)
{
	sysret count = 0;

	for (unsigned fd = 0; fd < nr; fd++)
		for (int s = 0; s < SETS; s++) {
			if (!in_set(sets[s], fd))
				continue;
			if (items[fd].revents & set_events[s])
				count++;
			else
				sets[s][fd / 64] &= ~(UINT64_C(1) << fd % 64);
		}
	return count;
}

static sysret select_copied(unsigned nr, const uint64_t at[SETS], fd_sets sets,
                            uint64_t deadline, struct poll_item *items)
{
	sysret rc = read_sets(at, nr, sets);

	if (!rc)
		rc = sets_to_items(sets, nr, items);
	if (!rc)
		rc = poll_items(items, nr, deadline);
	put_files(items, nr);
	if (rc < 0)
		return rc;
	rc = items_to_sets(sets, nr, items);
	return write_sets(at, nr, sets) ? -EFAULT : rc;
}

static sysret do_select(const struct sysargs *a, uint64_t deadline)
{
	const uint64_t at[SETS] = {a->a[1], a->a[2], a->a[3]};
	unsigned nr = arg_uint(a, 0);
	struct poll_item *items;
	fd_sets sets;
	sysret rc;

	if (arg_int(a, 0) < 0)
		return -EINVAL;
	if (nr > SELECT_MAX)
		nr = SELECT_MAX;
	items = mem_zalloc(nr * sizeof(*items));
	if (!items)
		return -ENOMEM;
	rc = select_copied(nr, at, sets, deadline, items);
	mem_free(items);
	return rc;
}

/* Linux writes the time that is left; programs that use it are rare, and those
 * that rely on it being unchanged are rarer. */
static void write_left(uint64_t at, uint64_t deadline, bool timespec)
{
	uint64_t now = clock_monotonic();
	uint64_t left = deadline > now ? deadline - now : 0;

	if (!at || deadline == NO_DEADLINE)
		return;
	if (timespec)
		(void)!time_write((uaddr){at}, left);
	else
		(void)!time_write_val((uaddr){at}, left);
}

sysret linux_select(const struct sysargs *a)
{
	uint64_t deadline = NO_DEADLINE, ns;
	sysret rc;

	if (a->a[4]) {
		rc = time_read_val(arg_addr(a, 4), &ns);
		if (rc)
			return rc;
		deadline = ns ? time_after(ns) : 0;
	}
	deadline = signal_keep_deadline(deadline);
	rc = do_select(a, deadline);
	write_left(a->a[4], deadline, false);
	return rc;
}

sysret linux_pselect6(const struct sysargs *a)
{
	uint64_t mask[2] = {0}, deadline;
	sysret rc = deadline_from(a->a[4], &deadline);

	if (!rc && a->a[5])
		rc = copy_in(mask, arg_addr(a, 5), sizeof(mask));
	if (!rc)
		rc = poll_set_mask(mask[0], mask[1]);
	if (rc)
		return rc;
	rc = do_select(a, deadline);
	write_left(a->a[4], deadline, true);
	return rc;
}
