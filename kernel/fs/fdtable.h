/*
 * fdtable.h - the file descriptors of the program. There is one program, so
 * there is one table. Any thread.
 */
#ifndef KERNEL_FS_FDTABLE_H
#define KERNEL_FS_FDTABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

struct file;

enum { FD_LIMIT_DEFAULT = 1024, FD_LIMIT_MAX = 1 << 20 };

/* The file, with a reference; NULL: the descriptor is not open. */
struct file *fd_get(int fd);

/*
 * The lowest free descriptor, at least `min`, now stands for `f`; the table
 * takes over the caller's reference. -EMFILE or -ENOMEM, and it does not.
 */
NODISCARD int fd_install(struct file *f, int min, bool cloexec);

/* The same, and the reference goes also when it fails. */
NODISCARD int fd_give(struct file *f, int min, bool cloexec);

/* Descriptors for both or for neither; both references go in any case. */
NODISCARD int fd_give_pair(struct file *const f[2], bool cloexec,
                           int32_t out[2]);

/* -EBADF. */
NODISCARD int fd_close(int fd);

/*
 * `to` becomes what `from` is (dup2, dup3); what it was is closed. Returns
 * `to`; -EBADF. The same number twice: nothing is done (dup3's -EINVAL is the
 * system call's).
 */
NODISCARD int fd_dup_to(int from, int to, bool cloexec);

/* FD_CLOEXEC: 0 or 1, or -EBADF. */
NODISCARD int fd_cloexec(int fd);
NODISCARD int fd_set_cloexec(int fd, bool on);

/* close_range(): all of [first, last], or only mark them close-on-exec. */
void fd_close_range(unsigned first, unsigned last, bool only_mark);

/* The lowest open descriptor that is at least `fd`; -1: there is none. */
int fd_next(int fd);

/* RLIMIT_NOFILE: no descriptor from here on up is given out any more. */
void fd_set_limit(unsigned limit);
unsigned fd_limit(void);

#endif
