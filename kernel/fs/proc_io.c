/* proc_io.c - see proc_io.h. Linux: Documentation/admin-guide/iostats.rst. */
#include "kernel/fs/proc_io.h"

#include "kernel/core/blockdev.h"
#include "kernel/core/clock.h"
#include "kernel/fs/proc.h"
#include "kernel/fs/text.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/pagecache.h"
#include "kernel/mm/refault.h"
#include "kernel/mm/slab.h"

enum {
	MAJOR = 254, /* of virtio disks, where Linux takes what is free */
	MINORS = 16, /* of one disk: itself and its partitions */
	KIB_SECTORS = 1024 / SECTOR_SIZE,
};

/* Nothing is merged or discarded. */
static void print_stats(struct text *out, const struct block_stats *s)
{
	text_printf(out,
	            "%lu 0 %lu %lu %lu 0 %lu %lu %u %lu %lu 0 0 0 0 "
	            "%lu %lu\n",
	            s->read.requests, s->read.sectors, s->read.ns / NS_PER_MS,
	            s->write.requests, s->write.sectors,
	            s->write.ns / NS_PER_MS, s->busy, s->busy_ns / NS_PER_MS,
	            s->weighted_ns / NS_PER_MS, s->flush.requests,
	            s->flush.ns / NS_PER_MS);
}

static int fill_diskstats(struct text *out, uint64_t key, void *arg)
{
	const struct block_device *dev;
	struct block_stats s;

	(void)key, (void)arg;
	for (unsigned n = 0; (dev = block_nth(n, &s)); n++) {
		text_printf(out, "%4d %7u %s ", MAJOR, n * MINORS, dev->name);
		print_stats(out, &s);
	}
	return 0;
}

static int fill_partitions(struct text *out, uint64_t key, void *arg)
{
	const struct block_device *dev;
	struct block_stats s;

	(void)key, (void)arg;
	text_printf(out, "major minor  #blocks  name\n\n");
	for (unsigned n = 0; (dev = block_nth(n, &s)); n++)
		text_printf(out, "%4d  %7u %10lu %s\n", MAJOR, n * MINORS,
		            dev->sectors / KIB_SECTORS, dev->name);
	return 0;
}

/* proc(5), /proc/vmstat: those that are counted; pgpgin and pgpgout in KiB. */
static int fill_vmstat(struct text *out, uint64_t key, void *arg)
{
	uint64_t in = 0, written = 0;
	struct refault_counts pages;
	struct block_stats s;

	(void)key, (void)arg;
	for (unsigned n = 0; block_nth(n, &s); n++) {
		in += s.read.sectors;
		written += s.write.sectors;
	}
	text_printf(out, "nr_free_pages %lu\nnr_file_pages %lu\nnr_dirty %lu\n",
	            page_free_count(), pagecache_count(),
	            pagecache_dirty_count());
	refault_get_counts(&pages);
	text_printf(out,
	            "pgpgin %lu\npgpgout %lu\npgsteal_file %lu\n"
	            "workingset_refault_file %lu\n",
	            in / KIB_SECTORS, written / KIB_SECTORS, pages.evicted,
	            pages.returned);
	return 0;
}

static int fill_stat(struct text *out, uint64_t key, void *arg)
{
	struct block_stats s;

	(void)key;
	if (block_nth((unsigned)(uintptr_t)arg, &s))
		print_stats(out, &s);
	return 0;
}

static int fill_size(struct text *out, uint64_t key, void *arg)
{
	const struct block_device *dev = arg;

	(void)key;
	text_printf(out, "%lu\n", dev->sectors);
	return 0;
}

/* For good. NULL: no memory. */
static const char *path_of(const struct block_device *dev, const char *name)
{
	enum { ROOM = 40 };
	char *path = mem_alloc(ROOM);

	if (path)
		str_printf(path, ROOM, "/sys/block/%s/%s", dev->name, name);
	return path;
}

static int add_disk(const struct block_device *dev, unsigned n)
{
	const char *stat = path_of(dev, "stat"), *size = path_of(dev, "size");
	int rc = stat && size ? 0 : -ENOMEM;

	if (!rc)
		rc = proc_add(stat, fill_stat, (void *)(uintptr_t)n);
	if (!rc)
		rc = proc_add(size, fill_size, (void *)(uintptr_t)dev);
	return rc;
}

static const struct proc_entry entries[] = {
	{.path = "/proc/diskstats", .fill = fill_diskstats},
	{.path = "/proc/partitions", .fill = fill_partitions},
	{.path = "/proc/vmstat", .fill = fill_vmstat},
};

int proc_io_init(void)
{
	int rc = proc_add_all(entries, ARRAY_LEN(entries));
	const struct block_device *dev;
	struct block_stats s;

	for (unsigned n = 0; !rc && (dev = block_nth(n, &s)); n++)
		rc = add_disk(dev, n);
	return rc;
}
