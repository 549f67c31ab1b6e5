/* stat.c - see uapi/asm/stat.h (x86-64) and uapi/linux/stat.h. */
#include "kernel/linux/stat.h"

#include "kernel/arch/user.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

struct stat {
	uint64_t dev, ino, nlink;
	uint32_t mode, uid, gid, pad;
	uint64_t rdev;
	int64_t size, blksize, blocks;
	int64_t atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns;
	int64_t unused[3];
};
static_assert(sizeof(struct stat) == 144, "uapi/asm/stat.h");

struct statx_time {
	int64_t sec;
	uint32_t nsec, pad;
};

struct statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, pad;
	uint64_t ino, size, blocks, attributes_mask;
	struct statx_time atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t spare[14];
};
static_assert(sizeof(struct statx) == 256, "uapi/linux/stat.h");

enum { BASIC_STATS = 0x7ff };

static void fill(struct stat *s, const struct inode *i)
{
	*s = (struct stat){
		.dev = i->sb->dev,
		.ino = i->ino,
		.nlink = i->nlink,
		.mode = i->mode,
		.uid = i->uid,
		.gid = i->gid,
		.rdev = i->rdev,
		.size = (int64_t)i->size,
		.blksize = PAGE_SIZE,
		.blocks = (int64_t)i->blocks,
		.atime = i->atime.sec,
		.atime_ns = i->atime.nsec,
		.mtime = i->mtime.sec,
		.mtime_ns = i->mtime.nsec,
		.ctime = i->ctime.sec,
		.ctime_ns = i->ctime.nsec,
	};
}

static uint32_t mode_of_label(const char *label)
{
	if (!label)
		return 0600;
	if (strncmp(label, "socket", 6) == 0)
		return S_IFSOCK | 0777;
	return 0600; /* eventfd & co. have no type */
}

static void fill_file(struct stat *s, const struct file *f)
{
	if (f->inode) {
		fill(s, f->inode);
		return;
	}
	*s = (struct stat){
		.ino = f->id,
		.nlink = 1,
		.mode = mode_of_label(f->label),
		.blksize = PAGE_SIZE,
	};
}

static uint32_t dev_major(uint64_t dev)
{
	return dev >> 8 & 0xfff;
}

static uint32_t dev_minor(uint64_t dev)
{
	return (uint32_t)((dev & 0xff) | (dev >> 12 & 0xfff00));
}

static sysret write_x(const struct stat *s, uaddr to)
{
	struct statx x = {
		.mask = BASIC_STATS,
		.blksize = (uint32_t)s->blksize,
		.nlink = (uint32_t)s->nlink,
		.uid = s->uid,
		.gid = s->gid,
		.mode = (uint16_t)s->mode,
		.ino = s->ino,
		.size = (uint64_t)s->size,
		.blocks = (uint64_t)s->blocks,
		.atime = {s->atime, (uint32_t)s->atime_ns, 0},
		.ctime = {s->ctime, (uint32_t)s->ctime_ns, 0},
		.mtime = {s->mtime, (uint32_t)s->mtime_ns, 0},
		.rdev_major = dev_major(s->rdev),
		.rdev_minor = dev_minor(s->rdev),
		.dev_major = dev_major(s->dev),
		.dev_minor = dev_minor(s->dev),
	};

	return copy_out(to, &x, sizeof(x));
}

sysret stat_write(const struct inode *i, uaddr to)
{
	struct stat s;

	fill(&s, i);
	return copy_out(to, &s, sizeof(s));
}

sysret stat_write_file(const struct file *f, uaddr to)
{
	struct stat s;

	fill_file(&s, f);
	return copy_out(to, &s, sizeof(s));
}

sysret statx_write(const struct inode *i, uaddr to)
{
	struct stat s;

	fill(&s, i);
	return write_x(&s, to);
}

sysret statx_write_file(const struct file *f, uaddr to)
{
	struct stat s;

	fill_file(&s, f);
	return write_x(&s, to);
}
