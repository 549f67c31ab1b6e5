/* wait.c - clocks and backoff. */
#include "providers/http/wait.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

enum {
	MINUTE_MS = 60 * 1000,
	MINUTE_JITTER_MS = 5 * 1000,
	SLICE_MS = 100, /* how soon a wish to stop is seen */
};

static int64_t read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t system_now(void *ctx UNUSED)
{
	return read_clock(CLOCK_REALTIME);
}

static int64_t system_mono(void *ctx UNUSED)
{
	return read_clock(CLOCK_MONOTONIC);
}

static void system_sleep(void *ctx UNUSED, int64_t ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

static uint64_t system_random(void *ctx UNUSED)
{
	uint64_t r = 0;

	if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return (uint64_t)system_mono(NULL);
	return r;
}

const struct http_clock http_system_clock = {
	.now_ms = system_now,
	.mono_ms = system_mono,
	.sleep_ms = system_sleep,
	.random = system_random,
};

int64_t http_wait_jitter(const struct http_clock *c, unsigned n)
{
	int64_t most = HTTP_BACKOFF_MOST_MS;

	if (n >= 1 && n < 7 && (HTTP_BACKOFF_MS << (n - 1)) < most)
		most = HTTP_BACKOFF_MS << (n - 1);
	return (int64_t)(c->random(c->ctx) % (uint64_t)(most + 1));
}

int64_t http_wait_minute(const struct http_clock *c)
{
	int64_t left = MINUTE_MS - c->now_ms(c->ctx) % MINUTE_MS;

	return left + (int64_t)(c->random(c->ctx) % MINUTE_JITTER_MS);
}

bool http_wait_ms(const struct http_clock *c, int64_t ms,
                  bool (*canceled)(void *ctx), void *ctx)
{
	while (ms > 0) {
		int64_t slice = canceled && ms > SLICE_MS ? SLICE_MS : ms;

		if (canceled && canceled(ctx))
			return false;
		c->sleep_ms(c->ctx, slice);
		ms -= slice;
	}
	return !(canceled && canceled(ctx));
}
