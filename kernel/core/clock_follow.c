/* clock_follow.c - see clock_follow.h. */
#include "kernel/core/clock_follow.h"

enum { PARTS = 1000000000, GAIN = 4 };

static const int64_t STEP_AHEAD_NS = 100000000, STEP_NS = 1000000000;

bool clock_follow_steps(int64_t offset)
{
	return offset > STEP_AHEAD_NS || offset < -STEP_NS;
}

static int64_t clamp(int64_t rate)
{
	if (rate > CLOCK_RATE_MAX)
		return CLOCK_RATE_MAX;
	return rate < -CLOCK_RATE_MAX ? -CLOCK_RATE_MAX : rate;
}

int64_t clock_follow_rate(struct clock_follow *f, int64_t offset,
                          uint64_t interval)
{
	/* At most a second times PARTS: fits. */
	int64_t whole = offset * (PARTS / 1000) / (int64_t)(interval / 1000);

	f->drift = clamp(f->drift + whole / GAIN);
	return clamp(f->drift + whole);
}
