/*
 * vfs.h - files, folders and their names.
 *
 *	file	an open file: position, flags, operations
 *	inode	the thing itself: type, mode, size, contents (its mapping)
 *	dentry	one name in one folder, cached; "not there" is cached too
 *	superblock	one mounted file system
 *
 * There is one program, so there is one tree of names, one root and one
 * working directory, and no permission checks beyond "read-only file system"
 * (the program is root). Modes and owners are kept and shown.
 *
 * References: x_get() takes one, x_put() gives it back, a function that returns
 * an object through an out-parameter gives the caller a reference. All may
 * sleep. Errors are negated errno values, those of the Linux man pages.
 *
 * Locks: a folder's inode before its children's; two folders (rename) the
 * upper one first; inode before mapping->lock before the file system's own.
 * A write holds its inode's lock while it copies from the program's memory, so
 * whoever holds the address space's lock must not take an inode's.
 */
#ifndef KERNEL_FS_VFS_H
#define KERNEL_FS_VFS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/addr.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/list.h"
#include "kernel/mm/pagecache.h"
#include "kernel/mm/uio.h"
#include "kernel/sched/mutex.h"
#include "kernel/sched/wait.h"

struct dentry;
struct fs_stat;
struct file;
struct filelocks;
struct inode;
struct pipe;
struct superblock;

#ifdef KERNEL_HOST /* a test's <stdio.h> and <limits.h> have some as macros */
#undef SEEK_SET
#undef SEEK_CUR
#undef SEEK_END
#undef SEEK_DATA
#undef SEEK_HOLE
#undef RENAME_NOREPLACE
#undef RENAME_EXCHANGE
#undef PATH_MAX
#undef NAME_MAX
#endif

/* Linux's numbers (include/uapi/asm-generic/fcntl.h, stat.h, poll.h). */
enum {
	O_RDONLY = 0,
	O_WRONLY = 01,
	O_RDWR = 02,
	O_ACCMODE = 03,
	O_CREAT = 0100,
	O_EXCL = 0200,
	O_NOCTTY = 0400,
	O_TRUNC = 01000,
	O_APPEND = 02000,
	O_NONBLOCK = 04000,
	O_DSYNC = 010000,
	O_DIRECT = 040000,
	O_LARGEFILE = 0100000,
	O_DIRECTORY = 0200000,
	O_NOFOLLOW = 0400000,
	O_NOATIME = 01000000,
	O_CLOEXEC = 02000000,
	O_SYNC = 04010000,
	O_PATH = 010000000,
	O_TMPFILE = 020200000,

	S_IFMT = 0170000,
	S_IFSOCK = 0140000,
	S_IFLNK = 0120000,
	S_IFREG = 0100000,
	S_IFBLK = 0060000,
	S_IFDIR = 0040000,
	S_IFCHR = 0020000,
	S_IFIFO = 0010000,

	POLLIN = 0x1,
	POLLPRI = 0x2,
	POLLOUT = 0x4,
	POLLERR = 0x8,
	POLLHUP = 0x10,
	POLLNVAL = 0x20,
	POLLRDNORM = 0x40,
	POLLRDBAND = 0x80,
	POLLWRNORM = 0x100,
	POLLWRBAND = 0x200,
	POLLRDHUP = 0x2000,

	SEEK_SET = 0,
	SEEK_CUR = 1,
	SEEK_END = 2,
	SEEK_DATA = 3,
	SEEK_HOLE = 4,

	RENAME_NOREPLACE = 1,
	RENAME_EXCHANGE = 2,

	/* Of inode->seals: F_SEAL_* (uapi/linux/fcntl.h), and may it have any.
	 */
	SEAL_SEAL = 1,
	SEAL_SHRINK = 2,
	SEAL_GROW = 4,
	SEAL_WRITE = 8,
	SEAL_FUTURE_WRITE = 16,
	SEALS_NO_WRITE = SEAL_WRITE | SEAL_FUTURE_WRITE,
	SEALS_ALL = 31,
	SEALS_POSSIBLE = 1 << 16,

	PATH_MAX = 4096,
	NAME_MAX = 255,
	SYMLINKS_MAX = 40,
};

static inline bool mode_is(uint32_t mode, uint32_t type)
{
	return (mode & S_IFMT) == type;
}

/* A folder entry's type (dirent.h's DT_*) is the mode's type, shifted. */
static inline unsigned dirent_type(uint32_t mode)
{
	return (mode & S_IFMT) >> 12;
}

/* Linux's numbers for devices, as in struct stat of 32 bits. */
static inline uint64_t make_dev(unsigned major, unsigned minor)
{
	return (minor & 0xffU) | (uint64_t)major << 8 |
	       (uint64_t)(minor & ~0xffU) << 12;
}

struct timespec64 {
	int64_t sec;
	uint32_t nsec;
};

struct inode {
	const struct inode_ops *ops;
	struct superblock *sb;
	uint64_t ino;

	/* The inode cache's lock must be held for these. */
	uint32_t refs;
	uint32_t state;      /* inode.c's business */
	struct list link;    /* in the cache, by number */
	struct list sb_link; /* among its file system's, or those dying */
	uint64_t dying;      /* the how manieth that was put away */
	bool linkable;       /* has no name yet, but may get one (O_TMPFILE) */

	struct mutex lock; /* rank: see mutex.h */
	atomic_bool dirty; /* differs from what the file system has stored */

	/* lock must be held to change these. */
	uint32_t mode; /* type and permissions */
	uint32_t uid, gid;
	uint32_t nlink;
	uint64_t size;   /* bytes */
	uint64_t blocks; /* of 512 bytes, for st_blocks */
	uint64_t rdev;   /* for S_IFCHR and S_IFBLK: make_dev() */
	struct timespec64 atime, mtime, ctime;
	uint32_t seals; /* never fewer */

	struct mapping mapping; /* contents of a regular file */

	/* What an open file gets; NULL: what its type says. */
	const struct file_ops *file_ops;

	struct pipe *pipe;       /* of a FIFO that is open (pipe.c) */
	struct list watches;     /* inotify's business; notify.h */
	struct filelocks *locks; /* NULL: never had one (filelock.c) */
	void *priv;              /* the file system's own */
};

/* A folder's entries go here; false: no room for this one, stop before it. */
struct dir_sink {
	bool (*add)(struct dir_sink *s, const char *name, size_t len,
	            uint64_t ino, unsigned type, int64_t next_pos);
};

/* Which members of struct inode a setattr changes. */
enum {
	ATTR_MODE = 1,
	ATTR_UID = 2,
	ATTR_GID = 4,
	ATTR_SIZE = 8,
	ATTR_ATIME = 16,
	ATTR_MTIME = 32,
};

struct inode_attr {
	unsigned set;
	uint32_t mode, uid, gid;
	uint64_t size;
	struct timespec64 atime, mtime;
};

enum fallocate {
	FALLOCATE_RESERVE, /* what is a hole gets blocks, and reads as zeroes */
	FALLOCATE_FREE,    /* it is a hole from now on */
	FALLOCATE_ZERO,    /* it reads as zeroes, with blocks or without */
};

/*
 * All are called with the folder's (or inode's) lock held; names are not
 * terminated, at most NAME_MAX bytes, never "." or "..". NULL: -EPERM, or
 * -ENOTDIR for lookup.
 */
struct inode_ops {
	NODISCARD int (*lookup)(struct inode *dir, const char *name, size_t len,
	                        struct inode **out);
	/* mode has the type: file, folder, device, FIFO, socket. */
	NODISCARD int (*create)(struct inode *dir, const char *name, size_t len,
	                        uint32_t mode, uint64_t rdev,
	                        struct inode **out);
	NODISCARD int (*symlink)(struct inode *dir, const char *name,
	                         size_t len, const char *target,
	                         struct inode **out);
	NODISCARD int (*link)(struct inode *dir, const char *name, size_t len,
	                      struct inode *target);
	NODISCARD int (*unlink)(struct inode *dir, const char *name, size_t len,
	                        struct inode *victim);
	NODISCARD int (*rmdir)(struct inode *dir, const char *name, size_t len,
	                       struct inode *victim);
	/* `replaced` is NULL or goes. Both folders are locked. */
	NODISCARD int (*rename)(struct inode *from, const char *name,
	                        size_t len, struct inode *to,
	                        const char *new_name, size_t new_len,
	                        struct inode *moved, struct inode *replaced);
	/* Two names change places; both folders and things are locked. */
	NODISCARD int (*exchange)(struct inode *from, const char *name,
	                          size_t len, struct inode *to,
	                          const char *new_name, size_t new_len,
	                          struct inode *one, struct inode *other);
	/* Up to size bytes of the target, not terminated; how many. */
	NODISCARD int (*readlink)(struct inode *i, char *out, size_t size);
	NODISCARD int (*setattr)(struct inode *i, const struct inode_attr *a);
	/* Entries from *pos on (0: the first); "." and ".." are the VFS's. */
	NODISCARD int (*readdir)(struct inode *dir, int64_t pos,
	                         struct dir_sink *s);
	NODISCARD int (*fsync)(struct inode *i, bool data_only);
	/* Optional: a new open file of it (proc makes its text here). */
	NODISCARD int (*open)(struct inode *i, struct file *f);
	/* Optional: a file without a name, nlink 0. mode as for create. */
	NODISCARD int (*tmpfile)(struct inode *dir, uint32_t mode,
	                         struct inode **out);
	/*
	 * Optional, for links of /proc that lead to a thing rather than to a
	 * path: that thing. Without the lock.
	 */
	NODISCARD int (*follow)(struct inode *i, struct dentry **out);
	/*
	 * Optional, both: all extended attributes as struct xattr (xattr.h),
	 * into the empty list `all`; and these are they now (who is called may
	 * take them out of the list). -ENOSPC.
	 */
	NODISCARD int (*xattrs)(struct inode *i, struct list *all);
	NODISCARD int (*set_xattrs)(struct inode *i, struct list *all);
	/*
	 * Optional. Sizes stay as they are. For FREE and ZERO all is aligned
	 * to pages, none of which is in the cache, and the mapping's lock is
	 * held. -ENOSPC.
	 */
	NODISCARD int (*fallocate)(struct inode *i, uint64_t from, uint64_t n,
	                           enum fallocate how);

	/*
	 * The first byte from `from` on that is in a hole, or with `data` that
	 * is not; i->size when there is none. Takes its own locks. NULL: there
	 * are no holes.
	 */
	NODISCARD int (*next_data)(struct inode *i, uint64_t from, bool data,
	                           uint64_t *out);
};

struct superblock_ops {
	/*
	 * Optional: store what differs (i->dirty is set). It is reset under a
	 * lock that sync takes too, before the first field is read: who finds
	 * it not set may rely on a later sync.
	 */
	NODISCARD int (*write_inode)(struct inode *i);
	/*
	 * Optional: the last reference went, all is written. If nlink is 0
	 * free it in the file system; then free what priv points at.
	 */
	void (*evict)(struct inode *i);
	/* Optional: what was stored goes to the disk. */
	NODISCARD int (*sync)(struct superblock *sb);
	NODISCARD int (*statfs)(struct superblock *sb, struct fs_stat *out);
	/*
	 * Optional: everything to the disk, marked clean. Inodes may still be
	 * in use; those without a name were evicted.
	 */
	NODISCARD int (*unmount)(struct superblock *sb);
	/* Optional: unmounted, and no inode is left. Free the memory. */
	void (*close)(struct superblock *sb);
};

struct fs_stat {
	uint64_t type; /* Linux's magic number */
	uint64_t block_size;
	uint64_t blocks, free, available;
	uint64_t files, files_free;
	uint64_t name_max;
};

struct superblock {
	const struct superblock_ops *ops;
	const char *type; /* "ext4" */
	char source[32];  /* "/dev/vda", for /proc/mounts */
	uint64_t dev;     /* st_dev */
	bool read_only;
	bool dynamic;      /* names come and go by themselves: none is cached */
	uint64_t max_size; /* of a file; 0: INT64_MAX */
	struct inode *root;
	void *priv;

	/* The VFS's; zero before vfs_mount(). */
	struct dentry *top;     /* the root's name */
	struct dentry *covered; /* where it is mounted; NULL: it is / */
	struct list link;       /* among the mounted */
	struct list inodes;     /* guarded by the inode cache's lock */
	struct list dying;      /* those that are being put away: too */
};

void superblock_init(struct superblock *sb, const struct superblock_ops *ops,
                     const char *type, const char *source);

/* NULL members have the default named. */
struct file_ops {
	/* At *pos, which goes forward by the result. Default -EINVAL. */
	NODISCARD int64_t (*read)(struct file *f, struct uio *to, int64_t *pos);
	NODISCARD int64_t (*write)(struct file *f, struct uio *from,
	                           int64_t *pos);
	/* The new position. Default -ESPIPE. */
	NODISCARD int64_t (*seek)(struct file *f, int64_t off, int whence);
	/* POLLIN | POLLOUT | ... now. Default: both. Any thread, without the
	 * giant lock, also while the file ends: its release() comes later. */
	unsigned (*poll)(struct file *f);
	/* Default -ENOTTY. */
	NODISCARD sysret (*ioctl)(struct file *f, unsigned cmd, uint64_t arg);
	/* Default 0 for what has no disk. */
	NODISCARD int (*fsync)(struct file *f, bool data_only);
	/* The mapping behind mmap(). Default -ENODEV. */
	NODISCARD int (*mmap)(struct file *f, struct mapping **out);
	/* The last reference went. */
	void (*release)(struct file *f);

	/* read, write and seek take locks enough of their own; else they are
	 * called with the giant lock (sched/giant.h), as the others are but
	 * poll. */
	bool own_locks;
};

struct file {
	const struct file_ops *ops;
	struct dentry *dentry; /* NULL: a pipe, socket, eventfd, ... */
	struct inode *inode;   /* NULL likewise */
	void *priv;
	uint64_t id; /* a number that no other open file has had */
	_Atomic uint32_t refs;
	_Atomic uint32_t flags; /* O_ACCMODE and status flags */
	struct mutex pos_lock;
	int64_t pos;
	struct waitq *waitq; /* woken when poll() may change; NULL: never */
	struct list polls;   /* epoll items that watch it; epoll's business */
	const char *label;   /* "socket", "pipe": /proc/self/fd text if no
	                        dentry */
};

/* --- open files --- */

/* A file that has no name. Takes no reference on anything. */
NODISCARD int file_new(const struct file_ops *ops, void *priv, uint32_t flags,
                       const char *label, struct file **out);
/* An open file of a name (any mode: O_PATH is no ops but the name). */
NODISCARD int file_open(struct dentry *d, uint32_t flags, struct file **out);
void file_get(struct file *f);
void file_put(struct file *f);

/* Called when a file goes that something still watches (file->polls). */
void file_set_end_hook(void (*fn)(struct file *f));

/* With the file's position (pos_lock is taken), or at a given one (pread). The
 * giant lock need not be held for these and file_poll(), but for the rest. */
NODISCARD int64_t file_read(struct file *f, struct uio *to);
NODISCARD int64_t file_write(struct file *f, struct uio *from);
NODISCARD int64_t file_read_at(struct file *f, struct uio *to, int64_t pos);
NODISCARD int64_t file_write_at(struct file *f, struct uio *from, int64_t pos);

/* What of a regular file is in memory: -EAGAIN when nothing is at `pos` (NULL:
 * the file's own), -EOPNOTSUPP for other files. */
NODISCARD int64_t file_read_cached(struct file *f, struct uio *to,
                                   const int64_t *pos);

/* Write at the end of a regular file, as with O_APPEND; with `move` its
 * position is behind that then. Others: as file_write(). */
NODISCARD int64_t file_append(struct file *f, struct uio *from, bool move);
NODISCARD int64_t file_seek(struct file *f, int64_t off, int whence);

unsigned file_poll(struct file *f);
NODISCARD int file_fsync(struct file *f, bool data_only);
NODISCARD int file_readdir(struct file *f, struct dir_sink *s);

/*
 * The pages that hold up to `n` bytes of a regular file from `pos` on, each
 * with a reference: up to `max` of them into `out`. Returns the bytes they
 * hold; 0 where there is nothing to refer to (the end, a hole of a file without
 * a disk, a file of another kind): read it instead. -EIO, -ENOMEM.
 */
NODISCARD int64_t file_pages(struct file *f, int64_t pos, size_t n,
                             struct page **out, unsigned max);
NODISCARD int file_mapping(struct file *f, struct mapping **out);
NODISCARD sysret file_ioctl(struct file *f, unsigned cmd, uint64_t arg);
NODISCARD int file_truncate(struct file *f, uint64_t size);

/* Regular files: through the page cache of the inode. */
extern const struct file_ops generic_file_ops;

/* Of regular files: see file_read_cached(). To write at FILE_END appends. */
NODISCARD int64_t generic_read_cached(struct file *f, struct uio *to,
                                      int64_t *pos);
enum { FILE_END = -1 };
/* Folders: -EISDIR for reading. */
extern const struct file_ops generic_dir_ops;

/* --- names --- */

enum {
	LOOKUP_FOLLOW = 1,    /* follow a symbolic link at the end */
	LOOKUP_DIRECTORY = 2, /* -ENOTDIR unless it is a folder */
};

/* `at`: where relative paths begin; NULL: the working directory. */
NODISCARD int vfs_lookup(struct dentry *at, const char *path, unsigned flags,
                         struct dentry **out);
NODISCARD int vfs_open(struct dentry *at, const char *path, unsigned flags,
                       uint32_t mode, struct file **out);

/* What openat2(2) may ask for, with Linux's numbers (uapi/linux/openat2.h). */
enum {
	RESOLVE_NO_XDEV = 1,       /* no mount point is crossed */
	RESOLVE_NO_MAGICLINKS = 2, /* nor links that are things followed */
	RESOLVE_NO_SYMLINKS = 4,   /* nor any others */
	RESOLVE_BENEATH = 8,       /* nothing above `at` */
	RESOLVE_IN_ROOT = 16,      /* `at` is the root */
	RESOLVE_CACHED = 32,       /* -EAGAIN where a disk would be asked */
	RESOLVE_ALL = 63,
};
NODISCARD int vfs_open_within(struct dentry *at, const char *path,
                              unsigned flags, uint32_t mode, unsigned resolve,
                              struct file **out);

/* A file that lives in the folder `dir` and has no name, for reading and
 * writing; paths show it as "/SHOWN (deleted)". */
NODISCARD int vfs_open_unnamed(const char *dir, const char *shown,
                               uint32_t mode, struct file **out);

NODISCARD int vfs_create(struct dentry *at, const char *path, uint32_t mode,
                         uint64_t rdev); /* mknod, mkdir */
NODISCARD int vfs_symlink(struct dentry *at, const char *path,
                          const char *target);
NODISCARD int vfs_link(struct dentry *old, struct dentry *at, const char *path);
NODISCARD int vfs_unlink(struct dentry *at, const char *path);
NODISCARD int vfs_rmdir(struct dentry *at, const char *path);
NODISCARD int vfs_rename(struct dentry *old_at, const char *old_path,
                         struct dentry *new_at, const char *new_path,
                         unsigned flags); /* RENAME_... */
NODISCARD int vfs_readlink(struct dentry *d, char *out, size_t size);
NODISCARD int vfs_setattr(struct inode *i, const struct inode_attr *a);
NODISCARD int vfs_truncate(struct inode *i, uint64_t size);
NODISCARD int vfs_chdir(struct dentry *d);
/* fallocate(2), with its modes. -EOPNOTSUPP, -ENOSPC, -EROFS, -EPERM (seals),
 * -EFBIG. */
NODISCARD int vfs_fallocate(struct inode *i, unsigned mode, uint64_t from,
                            uint64_t n);
/* The seals of a file in memory, and more of them. -EINVAL: it has none. */
NODISCARD sysret vfs_seals(const struct file *f);
NODISCARD sysret vfs_add_seals(struct file *f, unsigned seals);
/* -EPERM when they forbid that size. */
NODISCARD int vfs_check_size_seals(const struct inode *i, uint64_t size);
NODISCARD int vfs_statfs(struct dentry *d, struct fs_stat *out);
NODISCARD int vfs_fsync(struct inode *i, bool data_only);
NODISCARD int vfs_sync_fs(struct superblock *sb);

void dentry_get(struct dentry *d);
void dentry_put(struct dentry *d);
struct inode *dentry_inode(const struct dentry *d); /* borrowed; never NULL */
struct dentry *vfs_root(void);                      /* borrowed */
NODISCARD int vfs_chroot(struct dentry *d);         /* -ENOTDIR */
struct dentry *vfs_cwd(void);                       /* a reference */

/*
 * The absolute path, with " (deleted)" behind it when the name is gone.
 * Its length, or -ENAMETOOLONG.
 */
NODISCARD int64_t vfs_path(struct dentry *d, char *out, size_t size);

/* --- inodes, for file systems --- */

/*
 * A new inode of `sb` with one reference, fields zero but for those given and
 * the times, which are now. `ino` must not be in the cache. NULL: no memory.
 */
struct inode *inode_new(struct superblock *sb, uint64_t ino, uint32_t mode);

/*
 * The inode of this number: from the cache (*fresh is false), or new, and then
 * the caller fills it and calls inode_filled(), for which others wait. -ENOMEM.
 */
NODISCARD int inode_obtain(struct superblock *sb, uint64_t ino, bool *fresh,
                           struct inode **out);
/* rc != 0: it could not be; the reference goes, and who waits tries itself. */
void inode_filled(struct inode *i, int rc);

void inode_get(struct inode *i);
void inode_put(struct inode *i);
struct timespec64 inode_now(void);

/* Something stat() shows was changed. Any lock. */
static inline void inode_changed(struct inode *i)
{
	i->dirty = true;
}

/* mtime and ctime are now. lock held. */
void inode_touch(struct inode *i);

/* What setattr means for the fields of struct inode, but for the size. */
void inode_set_fields(struct inode *i, const struct inode_attr *a);

/* The size, also in the mapping: pages behind it go. lock held. */
void inode_set_size(struct inode *i, uint64_t size);

/* The same for a size that is larger: see pagecache_extend(). */
NODISCARD int inode_grow(struct inode *i, uint64_t size);

/* --- file systems --- */

/* First of all. -ENOMEM. */
NODISCARD int vfs_init(void);

/* Start the thread that writes back what is dirty, every five seconds. */
NODISCARD int vfs_start(void);

/* Mount `sb` over the folder at `path` ("/" first of all). */
NODISCARD int vfs_mount(struct superblock *sb, const char *path);

/*
 * Take one away again, written and marked clean. -EBUSY while anything of it is
 * in use; -EINVAL when nothing is mounted there. Not while the program runs.
 */
NODISCARD int vfs_unmount(const char *path);

/* For each mounted file system, in order, with the path it is on. */
void vfs_each_mount(void (*fn)(const struct superblock *sb, const char *path,
                               void *ctx),
                    void *ctx);

/* Write everything back. */
void vfs_sync(void);

/*
 * Write everything back and mark all file systems clean: at shutdown, when no
 * thread of the program runs any more. Inodes without a name are freed, open
 * or not; nothing can be used afterwards, and nothing is written any more.
 */
void vfs_unmount_all(void);

#endif
