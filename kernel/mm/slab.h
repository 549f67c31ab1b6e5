/*
 * slab.h - kernel memory in any size.
 *
 * Aligned to 16 bytes, physically contiguous. NULL when there is none. Does
 * not sleep: any context.
 */
#ifndef KERNEL_MM_SLAB_H
#define KERNEL_MM_SLAB_H

#include <stdbool.h>
#include <stddef.h>

void *mem_alloc(size_t size);  /* contents undefined */
void *mem_zalloc(size_t size); /* zeroed */
void mem_free(void *p);        /* NULL is fine */

/*
 * Where several processors run, each keeps some free objects at hand. Give back
 * the pages that this costs, as memory is short; whether there were objects.
 * Any context, no lock of theirs held.
 */
bool mem_drain(void);

#endif
