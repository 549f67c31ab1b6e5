/*
 * slab.h - kernel memory in any size.
 *
 * Aligned to 16 bytes, physically contiguous. NULL when there is none. Does
 * not sleep: any context.
 */
#ifndef KERNEL_MM_SLAB_H
#define KERNEL_MM_SLAB_H

#include <stddef.h>

void *mem_alloc(size_t size);  /* contents undefined */
void *mem_zalloc(size_t size); /* zeroed */
void mem_free(void *p);        /* NULL is fine */

#endif
