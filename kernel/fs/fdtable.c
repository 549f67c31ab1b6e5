/*
 * fdtable.c - an array of open files that doubles, with a bitmap for the lowest
 * free number.
 */
#include "kernel/fs/fdtable.h"

#include "kernel/core/lock.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

enum { FIRST_SIZE = 64, WORD = 64 };

struct slot {
	struct file *file; /* NULL: free */
	bool cloexec;
};

static struct {
	struct lock lock; /* rank LOCK_TABLE */

	/* lock must be held for these. */
	struct slot *slots;
	uint64_t *used; /* one bit a slot */
	unsigned size;
	unsigned limit;
	unsigned hint; /* no free slot below */
} table = {.lock = LOCK_INIT(LOCK_TABLE), .limit = 1024};

static bool is_open_locked(int fd)
{
	return fd >= 0 && (unsigned)fd < table.size && table.slots[fd].file;
}

struct file *fd_get(int fd)
{
	struct file *f = NULL;

	lock_acquire(&table.lock);
	if (is_open_locked(fd)) {
		f = table.slots[fd].file;
		file_get(f);
	}
	lock_release(&table.lock);
	return f;
}

static int grow_locked(unsigned want)
{
	unsigned size = table.size ? table.size : FIRST_SIZE;
	struct slot *slots;
	uint64_t *used;

	while (size <= want)
		size *= 2;
	if (size == table.size)
		return 0;
	slots = mem_zalloc(size * sizeof(*slots));
	used = mem_zalloc(size / WORD * sizeof(*used));
	if (!slots || !used) {
		mem_free(slots);
		mem_free(used);
		return -ENOMEM;
	}
	if (table.size) {
		memcpy(slots, table.slots, table.size * sizeof(*slots));
		memcpy(used, table.used, table.size / WORD * sizeof(*used));
	}
	mem_free(table.slots);
	mem_free(table.used);
	table.slots = slots;
	table.used = used;
	table.size = size;
	return 0;
}

static unsigned lowest_free_locked(unsigned from)
{
	unsigned at = from > table.hint ? from : table.hint;

	while (at < table.size) {
		uint64_t free = ~table.used[at / WORD] >> at % WORD;

		if (free)
			return at + (unsigned)__builtin_ctzll(free);
		at = (at / WORD + 1) * WORD;
	}
	return at;
}

static void set_locked(unsigned fd, struct file *f, bool cloexec)
{
	table.slots[fd] = (struct slot){f, cloexec};
	table.used[fd / WORD] |= UINT64_C(1) << fd % WORD;
}

static int install_locked(struct file *f, unsigned lowest, bool cloexec)
{
	unsigned fd = lowest_free_locked(lowest);
	int rc;

	if (fd >= table.limit)
		return -EMFILE;
	rc = grow_locked(fd);
	if (rc)
		return rc;
	if (lowest <= table.hint)
		table.hint = fd + 1;
	file_get(f);
	set_locked(fd, f, cloexec);
	return (int)fd;
}

int fd_install(struct file *f, int lowest, bool cloexec)
{
	int rc = -EINVAL;

	lock_acquire(&table.lock);
	if (lowest >= 0 && (unsigned)lowest < table.limit)
		rc = install_locked(f, (unsigned)lowest, cloexec);
	lock_release(&table.lock);
	return rc;
}

int fd_install_pair(struct file *const f[2], bool cloexec, int32_t out[2])
{
	int first = fd_install(f[0], 0, cloexec);
	int second = first < 0 ? first : fd_install(f[1], 0, cloexec);

	if (first >= 0 && second < 0)
		(void)!fd_close(first);
	file_put(f[0]);
	file_put(f[1]);
	if (second < 0)
		return second;
	out[0] = first;
	out[1] = second;
	return 0;
}

static struct file *take_locked(unsigned fd)
{
	struct file *f = table.slots[fd].file;

	table.slots[fd] = (struct slot){0};
	table.used[fd / WORD] &= ~(UINT64_C(1) << fd % WORD);
	if (fd < table.hint)
		table.hint = fd;
	return f;
}

int fd_dup_to(int from, int to, bool cloexec)
{
	struct file *f = fd_get(from), *old = NULL;
	int rc = 0;

	if (!f)
		return -EBADF;
	lock_acquire(&table.lock);
	if (to < 0 || (unsigned)to >= table.limit)
		rc = -EBADF;
	if (!rc)
		rc = grow_locked((unsigned)to);
	if (!rc) {
		if (is_open_locked(to))
			old = take_locked((unsigned)to);
		set_locked((unsigned)to, f, cloexec);
	}
	lock_release(&table.lock);
	if (old)
		file_put(old);
	if (rc)
		file_put(f);
	return rc ? rc : to;
}

int fd_close(int fd)
{
	struct file *f = NULL;

	lock_acquire(&table.lock);
	if (is_open_locked(fd))
		f = take_locked((unsigned)fd);
	lock_release(&table.lock);
	if (!f)
		return -EBADF;
	file_put(f);
	return 0;
}

int fd_next(int fd)
{
	int found = -1;

	lock_acquire(&table.lock);
	for (; fd >= 0 && (unsigned)fd < table.size && found < 0; fd++)
		if (table.slots[fd].file)
			found = fd;
	lock_release(&table.lock);
	return found;
}

int fd_close_range(unsigned first, unsigned last, bool only_cloexec)
{
	int fd = first > INT32_MAX ? -1 : fd_next((int)first);

	for (; fd >= 0 && (unsigned)fd <= last; fd = fd_next(fd + 1)) {
		/* Another thread may have been faster: that is fine. */
		if (only_cloexec)
			(void)!fd_set_cloexec(fd, true);
		else
			(void)!fd_close(fd);
	}
	return 0;
}

int fd_get_cloexec(int fd)
{
	int rc = -EBADF;

	lock_acquire(&table.lock);
	if (is_open_locked(fd))
		rc = table.slots[fd].cloexec;
	lock_release(&table.lock);
	return rc;
}

int fd_set_cloexec(int fd, bool on)
{
	int rc = -EBADF;

	lock_acquire(&table.lock);
	if (is_open_locked(fd)) {
		table.slots[fd].cloexec = on;
		rc = 0;
	}
	lock_release(&table.lock);
	return rc;
}

void fd_set_limit(unsigned limit)
{
	lock_acquire(&table.lock);
	table.limit = limit;
	lock_release(&table.lock);
}
