/* kvmclock.c - see kvmclock.h. */
#include "kernel/arch/x86_64/kvmclock.h"

#include "kernel/core/clock.h"
#include "kernel/lib/attr.h"

__extension__ typedef unsigned __int128 u128;

static_assert(sizeof(struct kvmclock_time) == 32, "pvclock ABI");
static_assert(sizeof(struct kvmclock_wall) == 12, "pvclock ABI");

enum { TRIES = 1000 };

/* Of both structs the first word is the version. */
static bool begin(const volatile uint32_t *version, uint32_t *was)
{
	*was = *version;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return *was && !(*was & 1);
}

static bool same(const volatile uint32_t *version, uint32_t was)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return *version == was;
}

bool kvmclock_read(const volatile struct kvmclock_time *t,
                   struct kvmclock_time *out)
{
	for (int i = 0; i < TRIES; i++) {
		uint32_t version;

		if (!begin(&t->version, &version))
			continue;
		*out = *t;
		if (same(&t->version, version))
			return true;
	}
	return false;
}

bool kvmclock_wall_ns(const volatile struct kvmclock_wall *w, uint64_t *ns)
{
	for (int i = 0; i < TRIES; i++) {
		uint32_t version;

		if (!begin(&w->version, &version))
			continue;
		*ns = w->sec * NS_PER_SEC + w->nsec;
		if (same(&w->version, version))
			return *ns != 0;
	}
	return false;
}

/* A shift of 32 or more would leave nothing of a 32-bit rate. */
static bool has_rate(const struct kvmclock_time *t)
{
	return t->mult && t->shift > -32 && t->shift < 32;
}

uint64_t kvmclock_hz(const struct kvmclock_time *t)
{
	u128 hz;

	if (!has_rate(t))
		return 0;
	hz = (NS_PER_SEC << 32) / t->mult;
	hz = t->shift < 0 ? hz << -t->shift : hz >> t->shift;
	return hz > UINT64_MAX ? 0 : (uint64_t)hz;
}

static uint64_t scale(const struct kvmclock_time *t, uint64_t ticks)
{
	u128 v = ticks;

	v = t->shift < 0 ? v >> -t->shift : v << t->shift;
	return (uint64_t)(v * t->mult >> 32);
}

uint64_t kvmclock_ns(const struct kvmclock_time *t, uint64_t tsc)
{
	if (!has_rate(t))
		return t->ns;
	return tsc >= t->tsc ? t->ns + scale(t, tsc - t->tsc)
	                     : t->ns - scale(t, t->tsc - tsc);
}
