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

/* Who listens to the log, in the kernel, runs in a thread. */
void log_set_tap(void (*tap)(const char *bytes, size_t n))
{
	(void)tap;
}

/* The same numbers in each run. */
static uint64_t chance = 0x9e3779b97f4a7c15;

void khost_set_random(uint64_t seed)
{
	chance = seed;
}

uint64_t random_u64(void)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return chance;
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
