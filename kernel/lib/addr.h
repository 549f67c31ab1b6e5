/*
 * addr.h - addresses that the compiler will not let you mix up.
 *
 * A physical address and a program's address are structs, so neither can be
 * dereferenced or passed for the other by accident.
 */
#ifndef KERNEL_LIB_ADDR_H
#define KERNEL_LIB_ADDR_H

#include <stdint.h>

enum {
	PAGE_SHIFT = 12,
	PAGE_SIZE = 1 << PAGE_SHIFT,
	PAGE_MASK = PAGE_SIZE - 1,
};

typedef struct {
	uint64_t v; /* bytes */
} paddr;

typedef struct {
	uint64_t v; /* as the program gave it: unchecked */
} uaddr;

/* What a system call answers: >= 0, or a negated errno. */
typedef int64_t sysret;

static inline uint64_t page_up(uint64_t n)
{
	return (n + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
}

static inline uint64_t page_down(uint64_t n)
{
	return n & ~(uint64_t)PAGE_MASK;
}

#endif
