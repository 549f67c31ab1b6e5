/*
 * string.h - the parts of <string.h> that the kernel uses, with their standard
 * meaning; and formatted text. GCC may call the mem* functions by itself.
 */
#ifndef KERNEL_LIB_STRING_H
#define KERNEL_LIB_STRING_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

#ifdef KERNEL_HOST
#include <string.h>
#else
void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int byte, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
#endif

/*
 * snprintf() with %d %i %u %x %X %o %c %s %p %% and the flags "-0+ #", width,
 * precision (also *), and hh h l ll z t j. No floating point. Returns the
 * length the whole text has; `out` is always terminated when size > 0.
 */
size_t str_printf(char *out, size_t size, const char *fmt, ...) PRINTF(3, 4);
size_t str_vprintf(char *out, size_t size, const char *fmt, va_list ap)
	PRINTF(3, 0);

/* Copy with termination; returns strlen(from), so >= size means cut off. */
size_t str_copy(char *to, const char *from, size_t size);

/*
 * Decimal (or with base 16 hexadecimal) digits from *s on; *s is moved behind
 * them. False when there is no digit or the number is above `max`.
 */
bool str_number(const char **s, unsigned base, uint64_t max, uint64_t *out);

#endif
