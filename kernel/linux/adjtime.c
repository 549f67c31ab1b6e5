/* adjtime.c - adjtimex(2), for NTP daemons. */
#include "kernel/arch/user.h"
#include "kernel/core/clock_follow.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/linux/time.h"
#include "kernel/linux/time_follow.h"

enum {
	ADJ_FREQUENCY = 0x2,
	ADJ_MAXERROR = 0x4,
	ADJ_ESTERROR = 0x8,
	ADJ_STATUS = 0x10,
	ADJ_TIMECONST = 0x20,
	ADJ_TAI = 0x80,
	ADJ_SETOFFSET = 0x100,
	ADJ_MICRO = 0x1000,
	ADJ_NANO = 0x2000,
	ADJ_TICK = 0x4000,
	ADJ_OFFSET_SS_READ = 0xa001,
	DONE = ADJ_FREQUENCY | ADJ_MAXERROR | ADJ_ESTERROR | ADJ_STATUS |
	       ADJ_TIMECONST | ADJ_TAI | ADJ_SETOFFSET | ADJ_MICRO | ADJ_NANO |
	       ADJ_TICK,

	STA_UNSYNC = 0x40,
	STA_NANO = 0x2000,
	STA_READ_ONLY = 0xff00,
	TIME_OK = 0,
	TIME_ERROR = 5,

	TICK = 10000,              /* us, 100 times a second */
	FREQUENCY_MAX = 500 << 16, /* parts in 10^6, times 2^16 */
	UNKNOWN_US = 16000000,     /* an error that nobody has told */
	CLOCK_REALTIME = 0,
};

struct timex {
	uint32_t modes, pad0;
	int64_t offset, freq, maxerror, esterror;
	int32_t status, pad1;
	int64_t constant, precision, tolerance;
	struct timeval time;
	int64_t tick, ppsfreq, jitter;
	int32_t shift, pad2;
	int64_t stabil, jitcnt, calcnt, errcnt, stbcnt;
	int32_t tai, pad3[11];
};
static_assert(sizeof(struct timex) == 208, "adjtimex(2)");

static struct {
	struct lock lock;
	/* lock must be held for these. */
	int64_t freq, maxerror, esterror, constant, tick;
	int32_t status, tai;
} ntp = {
	.lock = LOCK_INIT(LOCK_OBJECT),
	.maxerror = UNKNOWN_US,
	.esterror = UNKNOWN_US,
	.constant = 2,
	.tick = TICK,
	.status = STA_UNSYNC,
};

static int check(const struct timex *t)
{
	int64_t part = t->modes & ADJ_NANO ? (int64_t)NS_PER_SEC : 1000000;

	if (t->modes & ~(unsigned)DONE)
		return -EINVAL;
	if (t->modes & ADJ_TICK &&
	    (t->tick < TICK * 9 / 10 || t->tick > TICK * 11 / 10))
		return -EINVAL;
	if (t->modes & ADJ_SETOFFSET &&
	    (t->time.usec < 0 || t->time.usec >= part ||
	     t->time.sec > INT32_MAX || t->time.sec < INT32_MIN))
		return -EINVAL;
	return 0;
}

static int64_t within(int64_t v, int64_t most)
{
	if (v > most)
		return most;
	return v < -most ? -most : v;
}

/* In parts of 10^9, as clock_set_rate() wants it. */
static int64_t rate_locked(void)
{
	int64_t by_tick = (ntp.tick - TICK) * (1000000000 / TICK);

	return within(by_tick + ntp.freq * 1000 / 65536, CLOCK_RATE_MAX);
}

static void change_locked(const struct timex *t)
{
	if (t->modes & ADJ_FREQUENCY)
		ntp.freq = within(t->freq, FREQUENCY_MAX);
	if (t->modes & ADJ_MAXERROR)
		ntp.maxerror = t->maxerror;
	if (t->modes & ADJ_ESTERROR)
		ntp.esterror = t->esterror;
	if (t->modes & ADJ_TIMECONST)
		ntp.constant = t->constant;
	if (t->modes & ADJ_TAI)
		ntp.tai = (int32_t)t->constant;
	if (t->modes & ADJ_TICK)
		ntp.tick = t->tick;
	if (t->modes & ADJ_STATUS)
		ntp.status = (ntp.status & STA_READ_ONLY) |
		             (t->status & ~STA_READ_ONLY);
	if (t->modes & ADJ_NANO)
		ntp.status |= STA_NANO;
	if (t->modes & ADJ_MICRO)
		ntp.status &= ~STA_NANO;
	if (t->modes & (ADJ_FREQUENCY | ADJ_TICK))
		clock_set_rate(rate_locked());
}

static int tell_locked(struct timex *t)
{
	uint64_t now = clock_realtime();
	bool nano = ntp.status & STA_NANO;

	*t = (struct timex){
		.freq = ntp.freq,
		.maxerror = ntp.maxerror,
		.esterror = ntp.esterror,
		.status = ntp.status,
		.constant = ntp.constant,
		.precision = 1,
		.tolerance = FREQUENCY_MAX,
		.time = {(int64_t)(now / NS_PER_SEC),
	                 (int64_t)(now % NS_PER_SEC / (nano ? 1 : 1000))},
		.tick = ntp.tick,
		.tai = ntp.tai,
	};
	return ntp.status & STA_UNSYNC ? TIME_ERROR : TIME_OK;
}

static int adjust(uaddr at)
{
	struct timex t;
	int rc;

	if (copy_in(&t, at, sizeof(t)))
		return -EFAULT;
	if (t.modes == ADJ_OFFSET_SS_READ)
		t.modes = 0; /* nothing is left of an adjustment */
	rc = check(&t);
	if (rc)
		return rc;
	if (t.modes & (ADJ_FREQUENCY | ADJ_TICK | ADJ_SETOFFSET))
		time_follow_stop();
	if (t.modes & ADJ_SETOFFSET)
		time_step_real(t.time.sec * (int64_t)NS_PER_SEC +
		               t.time.usec * (t.modes & ADJ_NANO ? 1 : 1000));
	lock_acquire(&ntp.lock);
	change_locked(&t);
	rc = tell_locked(&t);
	lock_release(&ntp.lock);
	return copy_out(at, &t, sizeof(t)) ? -EFAULT : rc;
}

/*
 * Gaps: the clock is stepped and its rate set, which is what chrony does; the
 * kernel's own loops (ADJ_OFFSET, and so adjtime(3)) are -EINVAL. It runs at
 * most 0.2 % faster or slower than at boot.
 */
sysret linux_adjtimex(const struct sysargs *a)
{
	return adjust(arg_addr(a, 0));
}

/* Gaps: those of adjtimex(2). */
sysret linux_clock_adjtime(const struct sysargs *a)
{
	struct time_clock c;
	int rc = time_clock_find(arg_int(a, 0), &c);

	if (rc)
		return rc;
	if (arg_int(a, 0) != CLOCK_REALTIME)
		return -EOPNOTSUPP;
	return adjust(arg_addr(a, 1));
}
