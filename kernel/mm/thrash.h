/*
 * thrash.h - does the program do nothing but read back what had to make room?
 *
 * Without swap, a heap that grows slowly ends there: of what is in memory only
 * the program's own code and mapped files can go, and each fault takes the page
 * that the next one needs. It can last for hours. Nobody is served meanwhile,
 * and a program that is ended can be started again.
 */
#ifndef KERNEL_MM_THRASH_H
#define KERNEL_MM_THRASH_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/mm/pagecache.h"

/* At boot, when pages can be had. Without the memory for it nothing is found.
 */
void thrash_init(void);

/* A page was given up because memory was short. mapping->lock held. */
void thrash_evicted(const struct mapping *m, uint64_t index);

/*
 * A fault brought pages [index, index + nr) in, which took from `begin` to
 * `end` (monotonic, ns).
 */
void thrash_read(const struct mapping *m, uint64_t index, unsigned nr,
                 uint64_t begin, uint64_t end);

/*
 * For the last 20 seconds or more, a third of the time or more went into
 * reading back, and less than 1/16 of the memory holds what can be read back.
 * Any thread.
 */
bool thrash_hopeless(void);

#endif
