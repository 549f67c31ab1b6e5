/* proc_rows.c - what this layer itself shows in /proc and /sys. */
#include "kernel/fs/proc_rows.h"

#include "kernel/core/clock.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

enum { KIB_PER_PAGE = PAGE_SIZE / 1024 };

int proc_fill_self(struct text *out, uint64_t key, void *arg)
{
	const char *s = arg;

	(void)key;
	text_write(out, s, strlen(s));
	return 0;
}

/* --- mounts --- */

static void add_mount(const struct superblock *sb, const char *path, void *ctx)
{
	text_printf(ctx, "%s %s %s %s,noatime 0 0\n", sb->source, path,
	            sb->type, sb->read_only ? "ro" : "rw");
}

static int fill_mounts(struct text *out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	vfs_each_mount(add_mount, out);
	return 0;
}

/* proc(5): ID parent major:minor root where options - type source options */
static void add_mount_info(const struct superblock *sb, const char *path,
                           void *ctx)
{
	const char *how = sb->read_only ? "ro" : "rw";
	unsigned id = (unsigned)(sb->dev & 0xff);
	bool is_root = strcmp(path, "/") == 0;

	text_printf(ctx, "%u %u %u:%u / %s %s,noatime - %s %s %s\n", id + 20,
	            is_root ? 1 : 21, (unsigned)(sb->dev >> 8 & 0xfff), id,
	            path, how, sb->type, sb->source, how);
}

static int fill_mount_info(struct text *out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	vfs_each_mount(add_mount_info, out);
	return 0;
}

/* --- the machine --- */

/* Hundredths of a second, as "12.34". */
static void print_seconds(struct text *out, uint64_t ns)
{
	uint64_t cs = ns / (NS_PER_SEC / 100);

	text_printf(out, "%llu.%02llu", (unsigned long long)(cs / 100),
	            (unsigned long long)(cs % 100));
}

static int fill_uptime(struct text *out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	print_seconds(out, clock_monotonic());
	text_printf(out, " 0.00\n");
	return 0;
}

static void print_kib(struct text *out, const char *name, size_t pages)
{
	text_printf(out, "%s:%*llu kB\n", name, (int)(23 - strlen(name)),
	            (unsigned long long)(pages * KIB_PER_PAGE));
}

static int fill_meminfo(struct text *out, uint64_t key, void *arg)
{
	size_t cached = pagecache_count(), dirty = pagecache_dirty_count();
	size_t unused = page_free_count();

	(void)key, (void)arg;
	print_kib(out, "MemTotal", page_total());
	print_kib(out, "MemFree", unused);
	print_kib(out, "MemAvailable", unused + cached - dirty);
	print_kib(out, "Buffers", 0);
	print_kib(out, "Cached", cached);
	print_kib(out, "SwapCached", 0);
	print_kib(out, "SwapTotal", 0);
	print_kib(out, "SwapFree", 0);
	print_kib(out, "Dirty", dirty);
	print_kib(out, "Writeback", 0);
	return 0;
}

/* --- /proc/<pid>/fd --- */

static bool next_fd(uint64_t *key, void *arg)
{
	int fd = *key > INT32_MAX ? -1 : fd_next((int)*key);

	(void)arg;
	if (fd < 0)
		return false;
	*key = (uint64_t)fd;
	return true;
}

/* What Linux calls a thing without a name. */
static void print_label(struct text *out, const struct file *f)
{
	const char *label = f->label ? f->label : "file";

	if (pipe_is_unnamed(f))
		text_printf(out, "pipe:[%lu]", f->inode->ino);
	else if (strcmp(label, "socket") == 0)
		text_printf(out, "%s:[%llu]", label, (unsigned long long)f->id);
	else
		text_printf(out, "anon_inode:[%s]", label);
}

static int print_path(struct text *out, struct dentry *d)
{
	char *path = mem_alloc(PATH_MAX);
	int64_t n;

	if (!path)
		return -ENOMEM;
	n = vfs_path(d, path, PATH_MAX);
	if (n > 0)
		text_write(out, path, (size_t)n);
	mem_free(path);
	return n < 0 ? (int)n : 0;
}

static int fill_fd(struct text *out, uint64_t key, void *arg)
{
	struct file *f = fd_get((int)key);
	int rc = 0;

	(void)arg;
	if (!f)
		return -ENOENT;
	if (f->dentry && !pipe_is_unnamed(f))
		rc = print_path(out, f->dentry);
	else
		print_label(out, f);
	file_put(f);
	return rc;
}

/* What never had a name cannot be opened anew. */
static int follow_fd(struct dentry **out, uint64_t key, void *arg)
{
	struct file *f = fd_get((int)key);
	int rc = 0;

	(void)arg;
	if (!f)
		return -ENOENT;
	if (f->dentry) {
		dentry_get(f->dentry);
		*out = f->dentry;
	} else {
		rc = -ENXIO;
	}
	file_put(f);
	return rc;
}

static int fill_fdinfo(struct text *out, uint64_t key, void *arg)
{
	struct file *f = fd_get((int)key);

	(void)arg;
	if (!f)
		return -ENOENT;
	text_printf(out, "pos:\t%lld\nflags:\t0%o\nmnt_id:\t21\nino:\t%llu\n",
	            (long long)f->pos, (unsigned)f->flags,
	            (unsigned long long)(f->inode ? f->inode->ino : f->id));
	file_put(f);
	return 0;
}

static int follow_cwd(struct dentry **out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	*out = vfs_cwd();
	return 0;
}

static int follow_root(struct dentry **out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	*out = vfs_root();
	dentry_get(*out);
	return 0;
}

/* --- the rows --- */

static char filesystems[] = "\text4\nnodev\ttmpfs\nnodev\tproc\nnodev\tsysfs";
static char version[] = "Linux version 6.1.0 (miso " MISO_VERSION ") #1 SMP";

#define FILE(where, how)                                                       \
	{                                                                      \
		.path = (where), .fill = (how)                                 \
	}
#define STRING(where, what)                                                    \
	{                                                                      \
		.path = (where), .fill = proc_fill_string, .arg = (what)       \
	}

const struct proc_entry proc_rows[] = {
	STRING("/proc/filesystems", filesystems),
	STRING("/proc/version", version),
	FILE("/proc/meminfo", fill_meminfo),
	FILE("/proc/uptime", fill_uptime),
	{.path = "/proc/mounts",
         .fill = proc_fill_self,
         .link = true,
         .arg = (char[]){"self/mounts"}},
	FILE("/proc/self/mounts", fill_mounts),
	FILE("/proc/self/mountinfo", fill_mount_info),
	{.path = "/proc/self/cwd", .follow = follow_cwd},
	{.path = "/proc/self/root", .follow = follow_root},
	{.path = "/proc/self/fd", .next = next_fd, .mode = 0500},
	{.path = "/proc/self/fd/#", .fill = fill_fd, .follow = follow_fd},
	{.path = "/proc/self/fdinfo", .next = next_fd},
	FILE("/proc/self/fdinfo/#", fill_fdinfo),
	{.path = "/sys/kernel"},
	{.path = "/sys/fs"},
};
const size_t proc_nr_rows = ARRAY_LEN(proc_rows);
