/* sys_advice.c - what a program says about pages of files it will, will no
 * longer, or just did use. */
#include "kernel/fs/fdtable.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/linux/syscall.h"
#include "kernel/net/socket.h"

/* An open file with pages; errors as each call has them. */
static int get(int fd, int otherwise, struct file **out)
{
	struct mapping *m;

	*out = fd_get(fd);
	if (!*out)
		return -EBADF;
	if (!((*out)->flags & O_PATH) && file_mapping(*out, &m) == 0)
		return 0;
	file_put(*out);
	return otherwise;
}

/* Pages wholly inside; n 0 is up to the end. */
static void drop_pages(struct mapping *m, uint64_t from, uint64_t n)
{
	uint64_t end = n ? from + n : UINT64_MAX;
	uint64_t first = page_up(from) >> PAGE_SHIFT, last = end >> PAGE_SHIFT;

	if (last > first)
		pagecache_drop(m, first, last - 1);
}

sysret linux_fadvise64(const struct sysargs *a)
{
	enum { DONTNEED = 4, NOREUSE = 5 };
	int advice = arg_int(a, 3);
	struct file *f = fd_get(arg_int(a, 0));
	struct mapping *m;
	sysret rc = 0;

	if (!f)
		return -EBADF;
	if (pipe_is(f) || socket_is(f))
		rc = -ESPIPE;
	else if ((int64_t)a->a[2] < 0 || advice < 0 || advice > NOREUSE)
		rc = -EINVAL;
	else if (advice == DONTNEED && file_mapping(f, &m) == 0)
		drop_pages(m, a->a[1], a->a[2]);
	file_put(f);
	return rc;
}

static void read_pages(struct mapping *m, uint64_t from, uint64_t n)
{
	enum { MOST = 512 }; /* 2 MiB: advice is no reason to fill memory */
	uint64_t first = from >> PAGE_SHIFT;
	uint64_t end = page_up(from + n) >> PAGE_SHIFT;

	for (uint64_t k = first; k < end && k < first + MOST; k++) {
		struct page *p;

		if (pagecache_get(m, k, &p))
			return; /* the end of the file, or no memory */
		page_put(p);
	}
}

sysret linux_readahead(const struct sysargs *a)
{
	struct file *f;
	int rc = get(arg_int(a, 0), -EINVAL, &f);

	if (rc)
		return rc;
	if ((f->flags & O_ACCMODE) == O_WRONLY)
		rc = -EBADF;
	else
		read_pages(&f->inode->mapping, a->a[1], a->a[2]);
	file_put(f);
	return rc;
}

/* More than asked: what is to be written was written when this returns. */
sysret linux_sync_file_range(const struct sysargs *a)
{
	enum { KNOWN = 7 };
	uint64_t from = a->a[1], n = a->a[2];
	uint64_t last = n ? (from + n - 1) >> PAGE_SHIFT : UINT64_MAX;
	struct file *f;
	int rc;

	if (arg_uint(a, 3) & ~(unsigned)KNOWN || (int64_t)from < 0 ||
	    (int64_t)n < 0 || (int64_t)(from + n) < 0)
		return -EINVAL;
	rc = get(arg_int(a, 0), -ESPIPE, &f);
	if (rc)
		return rc;
	rc = pagecache_write_back(&f->inode->mapping, from >> PAGE_SHIFT, last);
	file_put(f);
	return rc;
}
