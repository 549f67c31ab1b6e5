/*
 * fdtable.h - the program's file descriptors. There is one program, so there
 * is one table. Any thread; nothing here sleeps but closing.
 */
#ifndef KERNEL_FS_FDTABLE_H
#define KERNEL_FS_FDTABLE_H

#include <stdbool.h>

#include "kernel/fs/vfs.h"

/* The open file, with a reference; NULL: the descriptor is not open. */
struct file *fd_get(int fd);

/*
 * The lowest free descriptor from `lowest` on, for a new reference to `f`.
 * -EMFILE, -EINVAL (lowest is out of range), -ENOMEM.
 */
NODISCARD int fd_install(struct file *f, int lowest, bool cloexec);

/* Both or neither; takes the references of both, also on failure. */
NODISCARD int fd_install_pair(struct file *const f[2], bool cloexec,
                              int32_t out[2]);

/* Let `to` mean what `from` means; closes what `to` was. `to`, -EBADF, ... */
NODISCARD int fd_dup_to(int from, int to, bool cloexec);

NODISCARD int fd_close(int fd); /* -EBADF */

/* Close (or only mark close-on-exec) what is open in [first, last]. */
NODISCARD int fd_close_range(unsigned first, unsigned last, bool only_cloexec);

NODISCARD int fd_get_cloexec(int fd);          /* 0, 1, -EBADF */
NODISCARD int fd_set_cloexec(int fd, bool on); /* 0, -EBADF */

/* RLIMIT_NOFILE: no new descriptor is this or higher. */
void fd_set_limit(unsigned limit);

/* The first open descriptor from `fd` on, or -1: for /proc/self/fd. */
int fd_next(int fd);

#endif
