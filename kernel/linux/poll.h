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

#endif
