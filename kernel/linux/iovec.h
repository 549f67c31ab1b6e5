/* iovec.h - struct iovec arrays of the program, as a uio. */
#ifndef KERNEL_LINUX_IOVEC_H
#define KERNEL_LINUX_IOVEC_H

#include "kernel/mm/uio.h"

enum { IOV_MAX = 1024, IOV_SMALL = 8 };

struct iovec_copy {
	struct uio uio;
	struct uio_seg small[IOV_SMALL];
	struct uio_seg *large; /* from mem_alloc(), or NULL */
};

/*
 * Copy `nr` of them in and check them. -EINVAL: too many, or their sum is too
 * large; -EFAULT; -ENOMEM. On success iovec_free() is the caller's.
 */
NODISCARD int iovec_read(struct iovec_copy *v, uaddr from, uint64_t nr);
void iovec_free(struct iovec_copy *v);

#endif
