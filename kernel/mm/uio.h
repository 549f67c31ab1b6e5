/*
 * uio.h - where the bytes of a read or write go: some pieces of memory, the
 * program's or the kernel's, moved through from front to back.
 */
#ifndef KERNEL_MM_UIO_H
#define KERNEL_MM_UIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/addr.h"
#include "kernel/lib/attr.h"

struct uio_seg {
	uint64_t base; /* uaddr or kernel address */
	size_t len;
};

struct uio {
	const struct uio_seg *segs; /* the piece at hand */
	size_t nr;                  /* pieces left, with this one */
	size_t done;                /* bytes of it already used */
	size_t left;                /* bytes in all that are left */
	bool user;
	struct uio_seg one; /* room for the common case */
};

void uio_user(struct uio *u, uaddr base, size_t len);
void uio_kernel(struct uio *u, void *base, size_t len);

/* `segs` is borrowed and the sum of its lengths must fit in int64_t. */
void uio_segs(struct uio *u, const struct uio_seg *segs, size_t nr, bool user);

/*
 * Move min(n, left) bytes and go forward by what was moved. Returns how many;
 * fewer than that when the program's memory ends (then u->left stays > 0), and
 * -EFAULT when not even one could be moved. May fault pages in: may sleep.
 */
NODISCARD int64_t uio_copy_out(struct uio *u, const void *from, size_t n);
NODISCARD int64_t uio_copy_in(struct uio *u, void *to, size_t n);
NODISCARD int64_t uio_zero(struct uio *u, size_t n);

#endif
