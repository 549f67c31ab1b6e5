/* symbols.h - names of the kernel's functions, for backtraces. */
#ifndef KERNEL_CORE_SYMBOLS_H
#define KERNEL_CORE_SYMBOLS_H

#include <stdint.h>

/*
 * The function that contains `addr`, or NULL when it is no address in kernel
 * text. `*offset` (may be NULL): how far into it.
 */
const char *symbol_find(uint64_t addr, uint64_t *offset);

#endif
