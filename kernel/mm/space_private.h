/* space_private.h - what space.c and fault.c share. */
#ifndef KERNEL_MM_SPACE_PRIVATE_H
#define KERNEL_MM_SPACE_PRIVATE_H

#include "kernel/mm/space.h"

extern struct space_file_ops space_files;

/* The first area that ends above `addr`, or NULL. */
struct area *space_find_locked(struct space *s, uint64_t addr);
struct area *space_next_locked(const struct area *a);

/* Remove pages from the page tables; the areas stay. */
void space_zap_locked(struct space *s, uint64_t start, uint64_t end);

/* Remove this cache page, if it is what is there; its mapping's lock is held,
 * the space's need not be. */
void space_zap_page(struct space *s, uint64_t addr, const struct page *p);

void space_count_resident(struct space *s, int by);

/* Mark [start, end), splitting and merging; -ENOMEM for gaps. What is joined
 * goes to `dead`, for space_bury() without the lock. */
int space_mark_locked(struct space *s, uint64_t start, uint64_t end,
                      bool locked, struct list *dead);
void space_bury(struct list *dead);

/* rmap.c: what the page cache asks for; mapping->lock is held. */
void space_unmap_page(struct mapping *m, struct page *p, bool forced);
void space_protect_page(struct mapping *m, struct page *p);

#endif
