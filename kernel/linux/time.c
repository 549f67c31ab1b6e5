/* time.c - clocks, sleeping and interval timers of the program. */
#include "kernel/linux/time.h"

#include "kernel/arch/user.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/sched/timer.h"

enum {
	CLOCK_REALTIME = 0,
	CLOCK_MONOTONIC = 1,
	CLOCK_PROCESS_CPUTIME_ID = 2,
	CLOCK_THREAD_CPUTIME_ID = 3,
	CLOCK_MONOTONIC_RAW = 4,
	CLOCK_REALTIME_COARSE = 5,
	CLOCK_MONOTONIC_COARSE = 6,
	CLOCK_BOOTTIME = 7,
	CLOCK_TAI = 11,
	TIMER_ABSTIME = 1,
	ITIMER_REAL = 0,
	CLOCK_TICKS = 100, /* a second, for times(2) */
};

int time_check(const struct timespec *ts, uint64_t *ns)
{
	if (ts->sec < 0 || ts->nsec < 0 || ts->nsec >= (int64_t)NS_PER_SEC)
		return -EINVAL;
	if ((uint64_t)ts->sec >= UINT64_MAX / NS_PER_SEC)
		*ns = UINT64_MAX;
	else
		*ns = (uint64_t)ts->sec * NS_PER_SEC + (uint64_t)ts->nsec;
	return 0;
}

int time_read(uaddr at, uint64_t *ns)
{
	struct timespec ts;

	if (copy_in(&ts, at, sizeof(ts)))
		return -EFAULT;
	return time_check(&ts, ns);
}

int time_read_val(uaddr at, uint64_t *ns)
{
	struct timeval tv;
	struct timespec ts;

	if (copy_in(&tv, at, sizeof(tv)))
		return -EFAULT;
	if (tv.usec < 0 || tv.usec >= 1000000)
		return -EINVAL;
	ts = (struct timespec){tv.sec, tv.usec * 1000};
	return time_check(&ts, ns);
}

int time_write(uaddr at, uint64_t ns)
{
	struct timespec ts = {(int64_t)(ns / NS_PER_SEC),
	                      (int64_t)(ns % NS_PER_SEC)};

	return copy_out(at, &ts, sizeof(ts));
}

int time_write_val(uaddr at, uint64_t ns)
{
	struct timeval tv = {(int64_t)(ns / NS_PER_SEC),
	                     (int64_t)(ns % NS_PER_SEC / NS_PER_US)};

	return copy_out(at, &tv, sizeof(tv));
}

uint64_t time_after(uint64_t ns)
{
	uint64_t now = clock_monotonic();

	return ns > NO_DEADLINE - now ? NO_DEADLINE : now + ns;
}

uint64_t time_from_realtime(uint64_t ns)
{
	uint64_t now = clock_realtime();

	return ns <= now ? 0 : time_after(ns - now);
}

static uint64_t process_cpu_ns(void)
{
	uint64_t ns = 0;

	lock_acquire(&process.lock);
	LIST_EACH(n, &process.tasks)
	ns += thread_cpu_ns(LIST_ENTRY(n, struct task, link)->thread);
	lock_release(&process.lock);
	return ns;
}

int time_now(int id, uint64_t *ns)
{
	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_TAI:
		*ns = clock_realtime();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = clock_monotonic();
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
		*ns = process_cpu_ns();
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
		*ns = thread_cpu_ns(thread_current());
		return 0;
	default:
		/* pthread_getcpuclockid() and clock_getcpuclockid() make
		 * negative numbers: bit 2 says "of a thread". */
		if (id >= 0)
			return -EINVAL;
		*ns = id & 4 ? thread_cpu_ns(thread_current())
		             : process_cpu_ns();
		return 0;
	}
}

sysret linux_clock_gettime(const struct sysargs *a)
{
	uint64_t ns;
	int rc = time_now(arg_int(a, 0), &ns);

	return rc ? rc : time_write(arg_addr(a, 1), ns);
}

sysret linux_clock_getres(const struct sysargs *a)
{
	uint64_t ns;
	int rc = time_now(arg_int(a, 0), &ns);

	if (rc || !a->a[1])
		return rc;
	return time_write(arg_addr(a, 1), 1);
}

/* Gaps: only CLOCK_REALTIME can be set, as on Linux. */
sysret linux_clock_settime(const struct sysargs *a)
{
	uint64_t ns;
	int rc = time_read(arg_addr(a, 1), &ns);

	if (rc)
		return rc;
	if (arg_int(a, 0) != CLOCK_REALTIME)
		return -EINVAL;
	clock_set_realtime(ns);
	return 0;
}

sysret linux_gettimeofday(const struct sysargs *a)
{
	static const int32_t utc[2] = {0, 0};

	if (a->a[0] && time_write_val(arg_addr(a, 0), clock_realtime()))
		return -EFAULT;
	if (a->a[1] && copy_out(arg_addr(a, 1), utc, sizeof(utc)))
		return -EFAULT;
	return 0;
}

sysret linux_time(const struct sysargs *a)
{
	int64_t sec = (int64_t)(clock_realtime() / NS_PER_SEC);

	if (a->a[0] && copy_out(arg_addr(a, 0), &sec, sizeof(sec)))
		return -EFAULT;
	return sec;
}

/* Gaps: all time counts as user time; there are no children. */
sysret linux_times(const struct sysargs *a)
{
	int64_t t[4] = {
		(int64_t)(process_cpu_ns() / (NS_PER_SEC / CLOCK_TICKS))};

	if (a->a[0] && copy_out(arg_addr(a, 0), t, sizeof(t)))
		return -EFAULT;
	return (sysret)(clock_monotonic() / (NS_PER_SEC / CLOCK_TICKS));
}

/* --- sleeping --- */

static int sleep_until(uint64_t deadline)
{
	struct waitq nobody = WAITQ_INIT(nobody);
	struct wait w;
	int rc = 0;

	wait_begin(&w, &nobody);
	while (!rc)
		rc = wait_sleep(&w, deadline);
	wait_end(&w);
	return rc == -ETIMEDOUT ? 0 : rc;
}

static sysret sleep_for(uint64_t ns, uaddr remaining)
{
	uint64_t deadline = time_after(ns), now;
	int rc = sleep_until(deadline);

	if (rc && remaining.v) {
		now = clock_monotonic();
		if (time_write(remaining, deadline > now ? deadline - now : 0))
			return -EFAULT;
	}
	return rc;
}

sysret linux_nanosleep(const struct sysargs *a)
{
	uint64_t ns;
	int rc = time_read(arg_addr(a, 0), &ns);

	return rc ? rc : sleep_for(ns, arg_addr(a, 1));
}

sysret linux_clock_nanosleep(const struct sysargs *a)
{
	int id = arg_int(a, 0);
	uint64_t ns, now;
	int rc = time_now(id, &now);

	if (rc || id == CLOCK_THREAD_CPUTIME_ID)
		return -EINVAL;
	rc = time_read(arg_addr(a, 2), &ns);
	if (rc)
		return rc;
	if (!(arg_int(a, 1) & TIMER_ABSTIME))
		return sleep_for(ns, arg_addr(a, 3));
	rc = sleep_until(id == CLOCK_REALTIME ? time_from_realtime(ns) : ns);
	return rc == -EINTR ? -ERESTARTSYS : rc;
}

/* --- setitimer(ITIMER_REAL) and alarm --- */

/* Guarded by being set by system calls only, and read by the timer. */
static struct {
	struct timer timer;
	uint64_t interval; /* ns; 0: once */
	bool ready;
} alarm;

static void alarm_rang(struct timer *t)
{
	signal_post(SIGALRM);
	if (alarm.interval)
		timer_set(t, t->deadline + alarm.interval);
}

static uint64_t alarm_left(void)
{
	uint64_t now = clock_monotonic();

	if (!alarm.timer.set)
		return 0;
	return alarm.timer.deadline > now ? alarm.timer.deadline - now : 1;
}

static void alarm_set(uint64_t value, uint64_t interval)
{
	if (!alarm.ready)
		timer_init(&alarm.timer, alarm_rang);
	alarm.ready = true;
	timer_cancel(&alarm.timer);
	alarm.interval = interval;
	if (value)
		timer_set(&alarm.timer, time_after(value));
}

void time_reset(void)
{
	alarm_set(0, 0);
}

sysret linux_alarm(const struct sysargs *a)
{
	uint64_t left = alarm_left();

	alarm_set(arg_uint(a, 0) * NS_PER_SEC, 0);
	return (sysret)((left + NS_PER_SEC - 1) / NS_PER_SEC);
}

static int write_itimer(uaddr at)
{
	int rc = time_write_val(at, alarm.interval);

	return rc ? rc : time_write_val((uaddr){at.v + 16}, alarm_left());
}

/* Gaps: ITIMER_VIRTUAL and ITIMER_PROF are refused. */
sysret linux_getitimer(const struct sysargs *a)
{
	if (arg_int(a, 0) != ITIMER_REAL)
		return -EINVAL;
	return write_itimer(arg_addr(a, 1));
}

/* Gaps: see getitimer. */
sysret linux_setitimer(const struct sysargs *a)
{
	uint64_t interval = 0, value = 0;
	int rc = 0;

	if (arg_int(a, 0) != ITIMER_REAL)
		return -EINVAL;
	if (a->a[1]) {
		rc = time_read_val(arg_addr(a, 1), &interval);
		if (!rc)
			rc = time_read_val((uaddr){a->a[1] + 16}, &value);
	}
	if (!rc && a->a[2])
		rc = write_itimer(arg_addr(a, 2));
	if (!rc)
		alarm_set(value, interval);
	return rc;
}
