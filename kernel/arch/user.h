/*
 * user.h - the one way to the program's memory.
 *
 * Addresses are checked against the program's half, SMAP is opened only
 * inside, and a fault becomes -EFAULT. May sleep (pages are brought in): no
 * spin lock held.
 */
#ifndef KERNEL_ARCH_USER_H
#define KERNEL_ARCH_USER_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/lib/addr.h"
#include "kernel/lib/attr.h"

/* 0 or -EFAULT; on -EFAULT part may have been moved. */
NODISCARD int copy_in(void *to, uaddr from, size_t n);
NODISCARD int copy_out(uaddr to, const void *from, size_t n);

/* How many of `n` bytes could not be moved. */
NODISCARD size_t copy_in_some(void *to, uaddr from, size_t n);
NODISCARD size_t copy_out_some(uaddr to, const void *from, size_t n);
NODISCARD size_t zero_out_some(uaddr to, size_t n);

/*
 * A NUL-terminated string of at most size - 1 bytes. Its length, -EFAULT, or
 * -ENAMETOOLONG.
 */
NODISCARD int64_t copy_in_string(char *to, uaddr from, size_t size);

/*
 * Put `new` where `old` is, as one step. `*was` is what was there. -EFAULT,
 * also when it is not aligned to 4 bytes.
 */
NODISCARD int user_cmpxchg32(uaddr at, uint32_t old, uint32_t new,
                             uint32_t *was);

/* Does [a, a + n) lie in the program's half? Says nothing about mappings. */
bool user_range_ok(uaddr a, size_t n);

#endif
