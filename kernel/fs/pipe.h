/*
 * pipe.h - pipes and FIFOs: bytes (64 KiB at first) on their way from writers
 * to readers. Writes of up to 4096 bytes are not mixed with others'.
 *
 * Writing with no reader left is -EPIPE; SIGPIPE is the system call's.
 */
#ifndef KERNEL_FS_PIPE_H
#define KERNEL_FS_PIPE_H

#include "kernel/fs/vfs.h"

/* pipe2(): flags are O_NONBLOCK and O_CLOEXEC (the latter is ignored here). */
NODISCARD int pipe_new(unsigned flags, struct file **reader,
                       struct file **writer);

/* Bytes that can be read now (FIONREAD); 0 for what is no pipe. */
size_t pipe_pending(const struct file *f);

enum { PIPE_SIZE_MAX = 1 << 20 };

/*
 * How many bytes it holds; make it hold at least so many, which may be rounded
 * up: the new size. -EBADF for what is no pipe, -EPERM beyond PIPE_SIZE_MAX,
 * -EBUSY when there is more in it, -ENOMEM.
 */
int64_t pipe_size(const struct file *f);
NODISCARD int64_t pipe_set_size(struct file *f, size_t bytes);

/* Is it an end of a pipe or FIFO? */
bool pipe_is(const struct file *f);

/*
 * What moves bytes into or out of a pipe without a copy in between: is shown
 * `n` bytes of the pipe's own and says how many it filled or used; fewer end
 * the transfer. Called with the pipe's lock held; may sleep.
 */
typedef int64_t (*pipe_mover)(void *ctx, void *bytes, size_t n);

/*
 * Up to `n` bytes, as soon as there is room for any or there are any (splice).
 * `wait` false: -EAGAIN instead of sleeping. -EPIPE with no reader left; 0 with
 * no writer left and nothing in it.
 */
NODISCARD int64_t pipe_fill(struct file *f, size_t n, bool wait,
                            pipe_mover fill, void *ctx);
NODISCARD int64_t pipe_drain(struct file *f, size_t n, bool wait,
                             pipe_mover drain, void *ctx);

/* From one pipe to another, likewise; `keep`: they stay in the first (tee). */
NODISCARD int64_t pipe_to_pipe(struct file *from, struct file *to, size_t n,
                               bool wait, bool keep);

/* Is it one that pipe_new() made, opened anew or not? */
bool pipe_is_unnamed(const struct file *f);

/* What file_open() does with a FIFO: waits for the other side. */
NODISCARD int pipe_open_fifo(struct inode *i, struct file *f);
extern const struct file_ops pipe_fifo_ops;

#endif
