/*
 * dev.h - /dev and the character devices behind its names.
 *
 * /dev is a tmpfs with device nodes in it; a node leads to its driver by its
 * number, also one that lies in another file system.
 */
#ifndef KERNEL_FS_DEV_H
#define KERNEL_FS_DEV_H

#include "kernel/fs/vfs.h"

/* Mount /dev and make its names, with /dev/shm as a tmpfs of its own. */
NODISCARD int dev_mount(void);

/* What an open file of character device `rdev` gets; NULL: nobody's. */
const struct file_ops *dev_find(uint64_t rdev);

/* What file_open() does with a character device. */
NODISCARD int dev_open(struct inode *i, struct file *f);

/*
 * Where reading the console gets its bytes: up to n that have come in, 0 for
 * none now. Without one, reading the console is at its end. `waitq` is woken
 * when bytes come in.
 */
struct dev_console_input {
	size_t (*take)(void *to, size_t n);
	bool (*pending)(void);
	struct waitq *waitq;
};

void dev_set_console_input(const struct dev_console_input *in);

#endif
