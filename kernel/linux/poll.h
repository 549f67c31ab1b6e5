/* poll.h - waiting for any of several files. */
#ifndef KERNEL_LINUX_POLL_H
#define KERNEL_LINUX_POLL_H

#include "kernel/fs/vfs.h"

struct poller;

struct poll_item {
	struct file *file; /* a reference; NULL: skipped */
	unsigned events;   /* wanted; errors and hang-ups always count */
	unsigned revents;  /* out */

	/* poll.c's own */
	struct wait wait;
	struct poller *poller;
};

/*
 * Until one of the items has something, or `deadline`. How many have; 0 at the
 * deadline; -ERESTARTNOHAND.
 */
NODISCARD int poll_items(struct poll_item *items, size_t nr, uint64_t deadline);

/* When a wait of so many milliseconds ends: < 0 never, and 0 for 0, which is
 * no real deadline and means "do not wait". */
uint64_t poll_deadline_ms(int ms);

/* The signal mask that holds during this call, from the program's memory; 0:
 * none was given. -EINVAL, -EFAULT. */
NODISCARD int poll_set_mask(uint64_t at, uint64_t size);

#endif
