/* attr.h - the compiler extensions that kernel code may use. */
#ifndef KERNEL_LIB_ATTR_H
#define KERNEL_LIB_ATTR_H

#include <stddef.h>

#ifndef static_assert /* <assert.h> has it, and a kernel has no assert.h */
#define static_assert _Static_assert
#endif

#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define NODISCARD    __attribute__((warn_unused_result))
#define UNUSED       __attribute__((unused))
#define NORETURN     __attribute__((noreturn))
#define PACKED       __attribute__((packed))
#define ALIGNED(n)   __attribute__((aligned(n)))
#define NOINLINE     __attribute__((noinline))
#define SECTION(s)   __attribute__((section(s)))

/* Store a + b in *out; true when it does not fit. */
#define ADD_OVERFLOWS(a, b, out) __builtin_add_overflow((a), (b), (out))

/* Elements of a real array; never of a pointer. */
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* The T whose member `m` is at `p`. */
#define CONTAINER_OF(p, T, m) ((T *)(void *)((char *)(p)-offsetof(T, m)))

#endif
