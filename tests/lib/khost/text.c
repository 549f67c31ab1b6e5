/* text.c - log, panic and random numbers on the host. */
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
