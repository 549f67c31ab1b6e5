/* stat.h - struct stat and struct statx, as programs see them. */
#ifndef KERNEL_LINUX_STAT_H
#define KERNEL_LINUX_STAT_H

#include "kernel/lib/addr.h"
#include "kernel/lib/attr.h"

struct file;
struct inode;

/* 0 or -EFAULT. A file without an inode is shown as what its label says. */
NODISCARD sysret stat_write(const struct inode *i, uaddr to);
NODISCARD sysret stat_write_file(const struct file *f, uaddr to);
NODISCARD sysret statx_write(const struct inode *i, uaddr to);
NODISCARD sysret statx_write_file(const struct file *f, uaddr to);

#endif
