/* text.c - log, panic, formatted text and random numbers on the host. */
#include "tests/lib/khost/khost.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/core/random.h"
#include "kernel/lib/string.h"

static char last[1024];

const char *khost_last_log(void)
{
	return last;
}

void log_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(last, sizeof(last), fmt, ap);
	va_end(ap);
	if (getenv("KHOST_LOG"))
		fprintf(stderr, "miso: %s\n", last);
}

void log_write(const char *bytes, size_t n)
{
	size_t keep = n < sizeof(last) - 1 ? n : sizeof(last) - 1;

	memcpy(last, bytes, keep);
	last[keep] = '\0';
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

size_t str_vprintf(char *out, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(out, size, fmt, ap);

	return n > 0 ? (size_t)n : 0;
}

size_t str_printf(char *out, size_t size, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = str_vprintf(out, size, fmt, ap);
	va_end(ap);
	return n;
}

size_t str_copy(char *to, const char *from, size_t size)
{
	return str_printf(to, size, "%s", from);
}

bool str_number(const char **s, unsigned base, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;
	const char *at = *s;

	for (;; at++) {
		unsigned d = *at >= '0' && *at <= '9' ? (unsigned)(*at - '0')
		             : *at >= 'a' && *at <= 'f'
		                     ? (unsigned)(*at - 'a') + 10
		                     : 99;

		if (d >= base)
			break;
		if (n > (max - d) / base)
			return false;
		n = n * base + d;
	}
	if (at == *s)
		return false;
	*s = at;
	*out = n;
	return true;
}

/* The same numbers in each run. */
uint64_t random_u64(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

void random_bytes(void *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((uint8_t *)out)[i] = (uint8_t)random_u64();
}

void random_add(const void *bytes, size_t n)
{
	(void)bytes, (void)n;
}
