/*
 * filelock.h - advisory locks: flock(2) and the record locks of fcntl(2).
 *
 *	FILELOCK_FLOCK	whole files, owned by an open file
 *	FILELOCK_POSIX	bytes, owned by the process: two of them never
 *			conflict here, and closing any descriptor of the file
 *			gives all of them back
 *	FILELOCK_OFD	bytes, owned by an open file
 *
 * Record locks of both kinds conflict with each other, never with flock(2)'s.
 * Things without an inode (pipes, sockets, eventfds) have no record locks
 * here, and their flock always succeeds: each is one open file.
 */
#ifndef KERNEL_FS_FILELOCK_H
#define KERNEL_FS_FILELOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

struct file;
struct inode;
struct text;

enum filelock_kind { FILELOCK_FLOCK, FILELOCK_POSIX, FILELOCK_OFD };

enum filelock_type { FILELOCK_READ = 0, FILELOCK_WRITE = 1, FILELOCK_NONE = 2 };

static const uint64_t FILELOCK_END = INT64_MAX;

struct filelock {
	enum filelock_kind kind;
	enum filelock_type type; /* FILELOCK_NONE: give back */
	uint64_t from, to;       /* bytes, both inclusive */
};

/*
 * Take or give back. With `wait` sleeps until it can be had. -EAGAIN,
 * -ERESTARTSYS, -ENOMEM. flock(2) changes the type of a lock by giving it back
 * first, so a failure may have lost it, as on Linux.
 */
NODISCARD int filelock_set(struct file *f, const struct filelock *l, bool wait);

/* The first that is in the way of `l`: *out, and true. */
bool filelock_find(struct file *f, const struct filelock *l,
                   struct filelock *out);

/* A descriptor of `f` was closed; the last one; the inode goes. */
void filelock_closed(struct file *f);
void filelock_released(struct file *f);
void filelock_free(struct inode *i);

#endif
