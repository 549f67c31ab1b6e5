/* string.c - memory and text, for size rather than for speed where it can be.
 */
#include "kernel/lib/string.h"

#ifndef KERNEL_HOST

/*
 * Eight bytes a step, then the rest: the string instructions are fast on every
 * processor, and an emulator counts steps.
 */
void *memcpy(void *to, const void *from, size_t n)
{
	void *d = to;
	size_t words = n / 8, rest = n % 8;

	__asm__ volatile("rep movsq"
	                 : "+D"(d), "+S"(from), "+c"(words)
	                 :
	                 : "memory");
	__asm__ volatile("rep movsb"
	                 : "+D"(d), "+S"(from), "+c"(rest)
	                 :
	                 : "memory");
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	void *d = to;
	size_t words = n / 8, rest = n % 8;
	uint64_t pattern = UINT64_C(0x0101010101010101) * (unsigned char)byte;

	__asm__ volatile("rep stosq"
	                 : "+D"(d), "+c"(words)
	                 : "a"(pattern)
	                 : "memory");
	__asm__ volatile("rep stosb"
	                 : "+D"(d), "+c"(rest)
	                 : "a"(pattern)
	                 : "memory");
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	unsigned char *d = to;
	const unsigned char *s = from;

	if (d <= s || d >= s + n)
		return memcpy(to, from, n);
	while (n--)
		d[n] = s[n];
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (size_t i = 0; i < n; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

void *memchr(const void *s, int byte, size_t n)
{
	const unsigned char *p = s;

	for (size_t i = 0; i < n; i++)
		if (p[i] == (unsigned char)byte)
			return (void *)(uintptr_t)(p + i);
	return NULL;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

size_t strlen(const char *s)
{
	return strnlen(s, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i] != b[i])
			return (unsigned char)a[i] - (unsigned char)b[i];
		if (!a[i])
			break;
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)(uintptr_t)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (!*s)
			return (char *)(uintptr_t)last;
	}
}

#endif

size_t str_copy(char *to, const char *from, size_t size)
{
	size_t len = strlen(from);

	if (size) {
		size_t n = len < size ? len : size - 1;

		memcpy(to, from, n);
		to[n] = '\0';
	}
	return len;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

bool str_number(const char **s, unsigned base, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;
	const char *p = *s;

	if ((unsigned)digit_of(*p) >= base)
		return false;
	for (; (unsigned)digit_of(*p) < base; p++) {
		uint64_t d = (uint64_t)digit_of(*p);

		if (n > (max - d) / base)
			return false;
		n = n * base + d;
	}
	*s = p;
	*out = n;
	return true;
}
