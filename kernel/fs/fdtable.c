/*
 * fdtable.c - see fdtable.h.
 *
 * Two bits and a pointer for each descriptor. The table doubles when it is
 * full; memory is taken with the lock held, which mem_alloc() allows. Files are
 * closed after the lock was let go, for that may sleep.
 */
#include "kernel/fs/fdtable.h"

#include "kernel/core/lock.h"
#include "kernel/fs/filelock.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

enum {
	WORD = 64,
	FIRST_SIZE = WORD,
};

static struct {
	struct lock lock;

	/* lock must be held for these. */
	struct file **files; /* NULL: free */
	uint64_t *used;      /* a bit for each that is not free */
	uint64_t *cloexec;
	unsigned size;  /* a multiple of WORD */
	unsigned limit; /* RLIMIT_NOFILE */
} table = {
	.lock = LOCK_INIT(LOCK_TABLE),
	.limit = FD_LIMIT_DEFAULT,
};

static bool bit(const uint64_t *bits, unsigned n)
{
	return bits[n / WORD] >> (n % WORD) & 1;
}

static void set_bit(uint64_t *bits, unsigned n, bool on)
{
	uint64_t mask = UINT64_C(1) << (n % WORD);

	if (on)
		bits[n / WORD] |= mask;
	else
		bits[n / WORD] &= ~mask;
}

static bool is_open_locked(int fd)
{
	return fd >= 0 && (unsigned)fd < table.size && table.files[fd];
}

/* --- growing --- */

static void *regrow(const void *old, size_t old_bytes, size_t bytes)
{
	char *p = mem_alloc(bytes);

	if (!p)
		return NULL;
	if (old_bytes > 0)
		memcpy(p, old, old_bytes);
	memset(p + old_bytes, 0, bytes - old_bytes);
	return p;
}

static int grow_locked(unsigned need)
{
	unsigned size = table.size ? table.size : FIRST_SIZE;
	struct file **files;
	uint64_t *used, *cloexec;

	while (size < need)
		size *= 2;
	files = regrow(table.files, table.size * sizeof(*files),
	               size * sizeof(*files));
	used = regrow(table.used, table.size / 8, size / 8);
	cloexec = regrow(table.cloexec, table.size / 8, size / 8);
	if (!files || !used || !cloexec) {
		mem_free(files);
		mem_free(used);
		mem_free(cloexec);
		return -ENOMEM;
	}
	mem_free(table.files);
	mem_free(table.used);
	mem_free(table.cloexec);
	table.files = files;
	table.used = used;
	table.cloexec = cloexec;
	table.size = size;
	return 0;
}

/* The lowest free one from `min` on; may lie behind the table's end. */
static unsigned lowest_free_locked(unsigned min)
{
	for (unsigned n = min; n < table.size;) {
		uint64_t taken = table.used[n / WORD] >> (n % WORD);

		if (taken == UINT64_MAX >> (n % WORD)) {
			n = (n / WORD + 1) * WORD;
			continue;
		}
		while (taken & 1) {
			taken >>= 1;
			n++;
		}
		return n;
	}
	return min > table.size ? min : table.size;
}

/* --- the descriptors --- */

/* Put `f` (NULL: nothing) in its place. Returns what was there. */
static struct file *exchange_locked(unsigned fd, struct file *f, bool cloexec)
{
	struct file *before = table.files[fd];

	table.files[fd] = f;
	set_bit(table.used, fd, f != NULL);
	set_bit(table.cloexec, fd, cloexec);
	return before;
}

struct file *fd_get(int fd)
{
	struct file *f = NULL;

	lock_acquire(&table.lock);
	if (is_open_locked(fd)) {
		f = table.files[fd];
		file_get(f);
	}
	lock_release(&table.lock);
	return f;
}

int fd_install(struct file *f, int min, bool cloexec)
{
	unsigned fd;
	int rc = 0;

	lock_acquire(&table.lock);
	fd = lowest_free_locked((unsigned)min);
	if (min < 0 || fd >= table.limit)
		rc = -EMFILE;
	else if (fd >= table.size)
		rc = grow_locked(fd + 1);
	if (!rc)
		(void)exchange_locked(fd, f, cloexec);
	lock_release(&table.lock);
	return rc ? rc : (int)fd;
}

int fd_close(int fd)
{
	struct file *f = NULL;

	lock_acquire(&table.lock);
	if (is_open_locked(fd))
		f = exchange_locked((unsigned)fd, NULL, false);
	lock_release(&table.lock);
	if (!f)
		return -EBADF;
	filelock_closed(f);
	file_put(f);
	return 0;
}

static int dup_locked(int from, int to, bool cloexec, struct file **before)
{
	int rc;

	if (!is_open_locked(from) || to < 0 || (unsigned)to >= table.limit)
		return -EBADF;
	if (from == to)
		return to;
	if ((unsigned)to >= table.size) {
		rc = grow_locked((unsigned)to + 1);
		if (rc)
			return rc;
	}
	file_get(table.files[from]);
	*before = exchange_locked((unsigned)to, table.files[from], cloexec);
	return to;
}

int fd_dup_to(int from, int to, bool cloexec)
{
	struct file *before = NULL;
	int rc;

	lock_acquire(&table.lock);
	rc = dup_locked(from, to, cloexec, &before);
	lock_release(&table.lock);
	if (before) {
		filelock_closed(before);
		file_put(before);
	}
	return rc;
}

int fd_cloexec(int fd)
{
	int rc = -EBADF;

	lock_acquire(&table.lock);
	if (is_open_locked(fd))
		rc = bit(table.cloexec, (unsigned)fd);
	lock_release(&table.lock);
	return rc;
}

int fd_set_cloexec(int fd, bool on)
{
	int rc = -EBADF;

	lock_acquire(&table.lock);
	if (is_open_locked(fd)) {
		set_bit(table.cloexec, (unsigned)fd, on);
		rc = 0;
	}
	lock_release(&table.lock);
	return rc;
}

int fd_next(int fd)
{
	unsigned n = fd < 0 ? 0 : (unsigned)fd;

	lock_acquire(&table.lock);
	while (n < table.size && !table.files[n])
		n++;
	if (n >= table.size)
		fd = -1;
	else
		fd = (int)n;
	lock_release(&table.lock);
	return fd;
}

void fd_close_range(unsigned first, unsigned last, bool only_mark)
{
	int fd = first > INT32_MAX ? -1 : fd_next((int)first);

	while (fd >= 0 && (unsigned)fd <= last) {
		int rc = only_mark ? fd_set_cloexec(fd, true) : fd_close(fd);

		(void)rc; /* -EBADF: another thread was faster */
		fd = fd_next(fd + 1);
	}
}

void fd_set_limit(unsigned limit)
{
	lock_acquire(&table.lock);
	table.limit = limit < FD_LIMIT_MAX ? limit : FD_LIMIT_MAX;
	lock_release(&table.lock);
}

unsigned fd_limit(void)
{
	return table.limit;
}

int fd_give(struct file *f, int min, bool cloexec)
{
	int fd = fd_install(f, min, cloexec);

	if (fd < 0)
		file_put(f);
	return fd;
}

int fd_give_pair(struct file *const f[2], bool cloexec, int32_t out[2])
{
	int first = fd_give(f[0], 0, cloexec);
	int second = fd_give(f[1], 0, cloexec);

	if (first < 0 || second < 0) {
		if (first >= 0)
			(void)!fd_close(first);
		if (second >= 0)
			(void)!fd_close(second);
		return first < 0 ? first : second;
	}
	out[0] = first;
	out[1] = second;
	return 0;
}
