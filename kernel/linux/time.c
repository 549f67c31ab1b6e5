/* time.c - the program's clocks, and sleeping by them. */
#include "kernel/linux/time.h"

#include "kernel/arch/user.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/posix_timer.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/linux/time_follow.h"

enum {
	CLOCK_REALTIME = 0,
	CLOCK_MONOTONIC = 1,
	CLOCK_PROCESS_CPUTIME_ID = 2,
	CLOCK_THREAD_CPUTIME_ID = 3,
	CLOCK_MONOTONIC_RAW = 4,
	CLOCK_REALTIME_COARSE = 5,
	CLOCK_MONOTONIC_COARSE = 6,
	CLOCK_BOOTTIME = 7,
	CLOCK_REALTIME_ALARM = 8,
	CLOCK_BOOTTIME_ALARM = 9,
	CLOCK_TAI = 11,
	TIMER_ABSTIME = 1,
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

/* --- which clock --- */

/* clock_getcpuclockid() and pthread_getcpuclockid() make negative numbers:
 * ~id << 3, bit 2 for a thread, and the kind of time (Linux, posix-timers.h).
 */
static void find_cpu_clock(int id, struct time_clock *out)
{
	uint32_t who = ~(uint32_t)(id >> 3);

	*out = (struct time_clock){TIME_CPU, 0};
	if (id & 4)
		out->tid = who ? who : task_current()->tid;
}

int time_clock_find(int id, struct time_clock *out)
{
	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM: /* there is no suspend to wake from */
	case CLOCK_TAI:
		*out = (struct time_clock){TIME_REAL, 0};
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		*out = (struct time_clock){TIME_MONOTONIC, 0};
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
		*out = (struct time_clock){TIME_CPU, 0};
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
		*out = (struct time_clock){TIME_CPU, task_current()->tid};
		return 0;
	default:
		if (id >= 0)
			return -EINVAL;
		find_cpu_clock(id, out);
		return 0;
	}
}

static uint64_t process_cpu_ns_locked(void)
{
	uint64_t ns = process.ended_cpu_ns;

	LIST_EACH(n, &process.tasks)
	ns += thread_cpu_ns(LIST_ENTRY(n, struct task, link)->thread);
	return ns;
}

static uint64_t process_cpu_ns(void)
{
	uint64_t ns;

	lock_acquire(&process.lock);
	ns = process_cpu_ns_locked();
	lock_release(&process.lock);
	return ns;
}

bool time_clock_read_locked(const struct time_clock *c, uint64_t *ns)
{
	const struct task *t;

	if (c->kind != TIME_CPU) {
		*ns = c->kind == TIME_REAL ? clock_realtime()
		                           : clock_monotonic();
		return true;
	}
	if (!c->tid) {
		*ns = process_cpu_ns_locked();
		return true;
	}
	t = task_find_locked(c->tid);
	if (t)
		*ns = thread_cpu_ns(t->thread);
	return t;
}

int time_now(int id, uint64_t *ns)
{
	struct time_clock c;
	int rc = time_clock_find(id, &c);

	if (rc)
		return rc;
	lock_acquire(&process.lock);
	rc = time_clock_read_locked(&c, ns) ? 0 : -EINVAL;
	lock_release(&process.lock);
	return rc;
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
	time_follow_stop();
	time_set_real(ns);
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

/* Who sleeps until a real time hears here that it was set. */
static struct waitq real_set = WAITQ_INIT(real_set);

void time_set_real(uint64_t ns)
{
	clock_set_realtime(ns);
	posix_timer_real_set();
	waitq_wake(&real_set, ~0u);
}

void time_step_real(int64_t by)
{
	time_set_real(clock_realtime() + (uint64_t)by);
}

/* Until `ns` on the monotonic clock, or with `real` on the other one. */
static int sleep_until(uint64_t ns, bool real)
{
	struct wait w;
	int rc = 0;

	wait_begin(&w, &real_set);
	while (!rc)
		rc = wait_sleep(&w, real ? time_from_realtime(ns) : ns);
	wait_end(&w);
	if (rc == -EINTR)
		return -ERESTARTNOHAND;
	return rc == -ETIMEDOUT ? 0 : rc;
}

static sysret sleep_for(uint64_t ns, uaddr remaining)
{
	uint64_t deadline = signal_keep_deadline(time_after(ns)), now;
	int rc = sleep_until(deadline, false);

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

/* Until the process has used so much processor time: looked at now and then,
 * for it cannot pass faster than all processors together. */
static sysret sleep_cpu(const struct time_clock *c, uint64_t until)
{
	struct waitq nobody = WAITQ_INIT(nobody);
	uint64_t now;
	struct wait w;
	int rc = 0;

	wait_begin(&w, &nobody);
	for (;;) {
		lock_acquire(&process.lock);
		rc = time_clock_read_locked(c, &now) ? 0 : -EINVAL;
		lock_release(&process.lock);
		if (rc || now >= until)
			break;
		rc = wait_sleep(&w,
		                time_after(posix_timer_cpu_step(until - now)));
		if (rc == -EINTR)
			break;
	}
	wait_end(&w);
	return rc == -EINTR ? -ERESTARTNOHAND : rc;
}

/* Gaps: after a sleep by processor time no remaining time is written. */
sysret linux_clock_nanosleep(const struct sysargs *a)
{
	int id = arg_int(a, 0);
	bool absolute = arg_int(a, 1) & TIMER_ABSTIME;
	struct time_clock c;
	uint64_t ns, now;
	int rc = time_clock_find(id, &c);

	if (rc)
		return rc;
	if (id == CLOCK_THREAD_CPUTIME_ID || id == CLOCK_MONOTONIC_RAW ||
	    id == CLOCK_REALTIME_COARSE || id == CLOCK_MONOTONIC_COARSE)
		return -EOPNOTSUPP;
	rc = time_read(arg_addr(a, 2), &ns);
	if (!rc)
		rc = time_now(id, &now);
	if (rc)
		return rc;
	if (c.kind == TIME_CPU)
		return sleep_cpu(&c, absolute ? ns : now + ns);
	return absolute ? sleep_until(ns, c.kind == TIME_REAL)
	                : sleep_for(ns, arg_addr(a, 3));
}
