/*
 * refault.h - pages of files that are read again soon after they had to go.
 *
 * A page that reclaim takes leaves its name in a table; one that is read while
 * its name is there has come back. Where nearly all that is read has come back,
 * and files have nearly no memory, a program does little but wait for the disk:
 * the console says so. All is counted in pages, none in time, so it is the same
 * on a slow machine.
 */
#ifndef KERNEL_MM_REFAULT_H
#define KERNEL_MM_REFAULT_H

#include <stdint.h>

struct mapping;

/* At boot, when there are pages. Without memory nothing is counted. */
void refault_init(void);

/* Reclaim took this page. Any thread. */
void refault_evicted(const struct mapping *m, uint64_t index);

/* `nr` pages from `index` on were read. Any thread. */
void refault_read(const struct mapping *m, uint64_t index, unsigned nr);

/* Since boot, in pages. */
struct refault_counts {
	uint64_t evicted, read, returned;
};
void refault_get_counts(struct refault_counts *out);

#endif
