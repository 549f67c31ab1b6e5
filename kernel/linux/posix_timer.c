/*
 * posix_timer.c - timer_create(2) & co., setitimer(2), alarm(2).
 *
 * A periodic timer is set again only when its signal is taken, as on Linux:
 * whatever its interval, it costs no more than the handling of its signals.
 * What it missed meanwhile is its overrun. The signal's entry in the queue is
 * part of the timer, so that no signal is lost for want of memory.
 *
 * All is guarded by process.lock. A callback that is under way when its timer
 * is deleted finds it dead, and the last one frees it.
 */
#include "kernel/linux/posix_timer.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/user.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/linux/time.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/timer.h"

enum {
	SIGEV_SIGNAL = 0,
	SIGEV_NONE = 1,
	SIGEV_THREAD = 2, /* made of SIGEV_THREAD_ID by the C library */
	SIGEV_THREAD_ID = 4,
	TIMER_ABSTIME = 1,

	ITIMER_REAL = 0,
	ITIMER_PROF = 2,
	ITIMERS = 3,
	SIGVTALRM = 26,
	SIGPROF = 27,
	OVERRUN_MAX = 0x7fffffff,
};

/* Shorter than this nothing repeats that the program does not take. */
static const uint64_t SHORTEST_NS = 100000;

/* Linux has ticks of this length to look at processor time. */
static const uint64_t CPU_TICK_NS = 4000000;

struct ptimer {
	struct timer timer;
	unsigned callbacks; /* set or under way */
	bool dead;

	struct time_clock clock;
	struct time_clock by;       /* what `expires` is told by */
	uint64_t expires, interval; /* ns; 0: not set, once */

	/* What happens then. */
	void (*expire)(struct ptimer *t, uint64_t now);
	int signo;

	/* Those of timer_create() only. */
	struct list link;
	int id, notify;
	uint32_t tid;
	struct queued_signal signal;
	bool queued;
	bool again; /* set again when the signal is taken */
	uint64_t overrun;
	int last_overrun;
};

static struct {
	/* process.lock must be held for these. */
	struct list all;
	unsigned nr;
	int next_id;
	struct ptimer itimers[ITIMERS];
} timers = {.all = LIST_HEAD(timers.all)};

uint64_t posix_timer_cpu_step(uint64_t left)
{
	uint64_t step = left / CPUS_MAX;

	return step < CPU_TICK_NS ? CPU_TICK_NS : step;
}

static void free_unused_locked(struct ptimer *t)
{
	if (t->dead && !t->callbacks && !t->queued)
		mem_free(t);
}

/* --- setting --- */

static void disarm_locked(struct ptimer *t)
{
	if (timer_try_cancel(&t->timer))
		t->callbacks--;
}

static void arm_locked(struct ptimer *t, uint64_t now)
{
	uint64_t deadline = t->expires;

	disarm_locked(t);
	if (t->by.kind == TIME_REAL)
		deadline = time_from_realtime(t->expires);
	else if (t->by.kind == TIME_CPU)
		deadline = time_after(posix_timer_cpu_step(
			t->expires > now ? t->expires - now : 0));
	t->callbacks++;
	timer_set(&t->timer, deadline);
}

/* On to the first expiry that is not over. How many there were. */
static uint64_t forward_locked(struct ptimer *t, uint64_t now)
{
	uint64_t n;

	if (now < t->expires)
		return 0;
	n = (now - t->expires) / t->interval + 1;
	t->expires += n * t->interval;
	return n;
}

static void rang(struct timer *timer)
{
	struct ptimer *t = CONTAINER_OF(timer, struct ptimer, timer);
	uint64_t now;

	lock_acquire(&process.lock);
	t->callbacks--;
	if (!t->dead && t->expires && time_clock_read_locked(&t->by, &now)) {
		if (now < t->expires)
			arm_locked(t, now);
		else
			t->expire(t, now);
	}
	free_unused_locked(t);
	lock_release(&process.lock);
}

/* `value` 0: not at all. */
static int set_locked(struct ptimer *t, uint64_t value, uint64_t interval,
                      bool absolute)
{
	uint64_t now;

	t->by = t->clock;
	if (!absolute && t->clock.kind == TIME_REAL)
		t->by.kind =
			TIME_MONOTONIC; /* not moved by setting the clock */
	if (!time_clock_read_locked(&t->by, &now))
		return -EINVAL;
	disarm_locked(t);
	t->interval = interval;
	t->again = false;
	t->expires = value;
	if (value && !absolute)
		t->expires =
			value > UINT64_MAX - now ? UINT64_MAX : now + value;
	if (value && t->notify != SIGEV_NONE)
		arm_locked(t, now);
	return 0;
}

static uint64_t left_locked(struct ptimer *t)
{
	uint64_t now;

	if (!t->expires || !time_clock_read_locked(&t->by, &now))
		return 0;
	if (now < t->expires)
		return t->expires - now;
	if (t->interval)
		return t->interval - (now - t->expires) % t->interval;
	return t->notify == SIGEV_NONE ? 0 : 1; /* about to ring */
}

/* --- timers of timer_create() --- */

static void go_on_locked(struct ptimer *t, uint64_t now)
{
	t->overrun += forward_locked(t, now) - 1;
	arm_locked(t, now);
}

static void send_locked(struct ptimer *t, uint64_t now)
{
	bool to_thread = t->notify == SIGEV_THREAD_ID;
	struct task *to = to_thread ? task_find_locked(t->tid) : NULL;

	t->again = t->interval != 0;
	if (!t->again)
		t->expires = 0;
	if (to_thread && !to)
		return;  /* nobody is left to hear it */
	if (t->queued) { /* that of an earlier setting */
		t->overrun++;
		return;
	}
	t->queued = signal_queue_timer_locked(to, &t->signal);
	if (t->queued || !t->again)
		return;
	/* Ignored: it goes on, but not at any rate. */
	(void)forward_locked(t, now);
	if (t->expires < now + CPU_TICK_NS)
		t->expires = now + CPU_TICK_NS;
	arm_locked(t, now);
}

void posix_timer_taken_locked(struct queued_signal *q, struct siginfo *info)
{
	struct ptimer *t = CONTAINER_OF(q, struct ptimer, signal);
	uint64_t now;

	t->queued = false;
	if (!t->dead && t->again && time_clock_read_locked(&t->by, &now) &&
	    now >= t->expires)
		go_on_locked(t, now);
	t->again = false;
	t->last_overrun =
		(int)(t->overrun < OVERRUN_MAX ? t->overrun : OVERRUN_MAX);
	info->timer.overrun = t->last_overrun;
	t->overrun = 0;
	free_unused_locked(t);
}

static struct ptimer *find_locked(int id)
{
	LIST_EACH(n, &timers.all)
	{
		struct ptimer *t = LIST_ENTRY(n, struct ptimer, link);

		if (t->id == id)
			return t;
	}
	return NULL;
}

/* Linux, uapi/asm-generic/siginfo.h. */
struct sigevent {
	uint64_t value;
	int32_t signo, notify, tid;
	uint8_t pad[44];
};
static_assert(sizeof(struct sigevent) == 64, "asm-generic/siginfo.h");

static int check_event(const struct sigevent *e)
{
	struct task *t;

	if (e->notify == SIGEV_NONE)
		return 0;
	if (e->notify != SIGEV_SIGNAL && e->notify != SIGEV_THREAD &&
	    e->notify != SIGEV_THREAD_ID)
		return -EINVAL;
	if (e->signo < 1 || e->signo > SIGNALS)
		return -EINVAL;
	if (e->notify != SIGEV_THREAD_ID)
		return 0;
	lock_acquire(&process.lock);
	t = task_find_locked((uint32_t)e->tid);
	lock_release(&process.lock);
	return t ? 0 : -EINVAL;
}

static void name_locked(struct ptimer *t, const struct sigevent *e, bool given)
{
	while (find_locked(timers.next_id))
		timers.next_id = (timers.next_id + 1) & OVERRUN_MAX;
	t->id = timers.next_id;
	timers.next_id = (timers.next_id + 1) & OVERRUN_MAX;
	t->signal.timer = true;
	t->signal.info = (struct siginfo){.signo = e->signo, .code = SI_TIMER};
	t->signal.info.timer.id = t->id;
	t->signal.info.timer.value = given ? e->value : (uint64_t)t->id;
}

static int add(struct ptimer *t, const struct sigevent *e, bool given)
{
	int rc = 0;

	lock_acquire(&process.lock);
	if (timers.nr >= process.limits[RLIMIT_SIGPENDING].soft) {
		rc = -EAGAIN;
	} else {
		name_locked(t, e, given);
		timers.nr++;
		list_append(&timers.all, &t->link);
	}
	lock_release(&process.lock);
	return rc;
}

static void delete_locked(struct ptimer *t)
{
	list_remove(&t->link);
	timers.nr--;
	disarm_locked(t);
	t->dead = true;
	free_unused_locked(t);
}

static sysret delete (int id)
{
	struct ptimer *t;

	lock_acquire(&process.lock);
	t = find_locked(id);
	if (t)
		delete_locked(t);
	lock_release(&process.lock);
	return t ? 0 : -EINVAL;
}

sysret linux_timer_create(const struct sysargs *a)
{
	struct sigevent e = {.signo = SIGALRM, .notify = SIGEV_SIGNAL};
	struct time_clock clock;
	struct ptimer *t;
	int rc = time_clock_find(arg_int(a, 0), &clock);

	if (!rc && a->a[1] && copy_in(&e, arg_addr(a, 1), sizeof(e)))
		return -EFAULT;
	if (!rc)
		rc = check_event(&e);
	if (rc)
		return rc;
	t = mem_zalloc(sizeof(*t));
	if (!t)
		return -EAGAIN;
	timer_init(&t->timer, rang);
	t->clock = t->by = clock;
	t->expire = send_locked;
	t->notify = e.notify;
	t->tid = (uint32_t)e.tid;
	rc = add(t, &e, a->a[1]);
	if (rc) {
		mem_free(t);
		return rc;
	}
	rc = t->id; /* by now others may delete it */
	if (copy_out(arg_addr(a, 2), &rc, sizeof(rc))) {
		(void)delete (rc);
		return -EFAULT;
	}
	return 0;
}

sysret linux_timer_delete(const struct sysargs *a)
{
	return delete (arg_int(a, 0));
}

static int write_spec(uaddr to, uint64_t interval, uint64_t left)
{
	int rc = time_write(to, interval);

	return rc ? rc : time_write((uaddr){to.v + 16}, left);
}

sysret linux_timer_settime(const struct sysargs *a)
{
	uint64_t interval, value, old_interval = 0, left = 0;
	struct ptimer *t;
	int rc = a->a[2] ? time_read(arg_addr(a, 2), &interval) : -EINVAL;

	if (!rc)
		rc = time_read((uaddr){a->a[2] + 16}, &value);
	if (rc)
		return rc;
	lock_acquire(&process.lock);
	t = find_locked(arg_int(a, 0));
	rc = t ? 0 : -EINVAL;
	if (t) {
		old_interval = t->interval;
		left = left_locked(t);
		rc = set_locked(t, value, interval,
		                arg_int(a, 1) & TIMER_ABSTIME);
	}
	lock_release(&process.lock);
	if (!rc && a->a[3])
		rc = write_spec(arg_addr(a, 3), old_interval, left);
	return rc;
}

sysret linux_timer_gettime(const struct sysargs *a)
{
	uint64_t interval = 0, left = 0;
	struct ptimer *t;

	lock_acquire(&process.lock);
	t = find_locked(arg_int(a, 0));
	if (t) {
		interval = t->interval;
		left = left_locked(t);
	}
	lock_release(&process.lock);
	return t ? write_spec(arg_addr(a, 1), interval, left) : -EINVAL;
}

sysret linux_timer_getoverrun(const struct sysargs *a)
{
	const struct ptimer *t;
	sysret n = -EINVAL;

	lock_acquire(&process.lock);
	t = find_locked(arg_int(a, 0));
	if (t)
		n = t->last_overrun;
	lock_release(&process.lock);
	return n;
}

void posix_timer_real_set(void)
{
	lock_acquire(&process.lock);
	LIST_EACH(n, &timers.all)
	{
		struct ptimer *t = LIST_ENTRY(n, struct ptimer, link);

		if (t->by.kind == TIME_REAL && t->timer.set)
			arm_locked(t, 0);
	}
	lock_release(&process.lock);
}

/* --- setitimer() and alarm() --- */

static void itimer_expired(struct ptimer *t, uint64_t now)
{
	/* Without information nothing can fail. */
	(void)!signal_send_locked(NULL, t->signo, NULL);
	if (!t->interval) {
		t->expires = 0;
		return;
	}
	(void)forward_locked(t, now);
	if (t->expires < now + SHORTEST_NS)
		t->expires = now + SHORTEST_NS;
	arm_locked(t, now);
}

/* All time counts as the program's own: VIRTUAL and PROF are alike. */
static struct ptimer *itimer_locked(int which)
{
	static const int signals[ITIMERS] = {SIGALRM, SIGVTALRM, SIGPROF};
	struct ptimer *t = &timers.itimers[which];

	if (!t->expire) {
		timer_init(&t->timer, rang);
		t->clock.kind =
			which == ITIMER_REAL ? TIME_MONOTONIC : TIME_CPU;
		t->by = t->clock;
		t->signo = signals[which];
		t->expire = itimer_expired;
	}
	return t;
}

struct setting {
	uint64_t interval, value;
};

static struct setting change(int which, const struct setting *new)
{
	struct setting old;
	struct ptimer *t;

	lock_acquire(&process.lock);
	t = itimer_locked(which);
	old = (struct setting){t->interval, left_locked(t)};
	if (new)
		(void)!set_locked(t, new->value, new->interval, false);
	lock_release(&process.lock);
	return old;
}

sysret linux_alarm(const struct sysargs *a)
{
	struct setting new = {0, arg_uint(a, 0) * NS_PER_SEC};
	uint64_t left = change(ITIMER_REAL, &new).value;

	/* Rounded, but never to "none was set". */
	return (sysret)(left && left < NS_PER_SEC / 2
	                        ? 1
	                        : (left + NS_PER_SEC / 2) / NS_PER_SEC);
}

static int write_itimer(uaddr at, const struct setting *s)
{
	int rc = time_write_val(at, s->interval);

	/* What is less than a microsecond is not nothing. */
	return rc ? rc
	          : time_write_val((uaddr){at.v + 16},
	                           s->value + (NS_PER_US - 1));
}

sysret linux_getitimer(const struct sysargs *a)
{
	struct setting now;

	if (a->a[0] > ITIMER_PROF)
		return -EINVAL;
	now = change(arg_int(a, 0), NULL);
	return write_itimer(arg_addr(a, 1), &now);
}

sysret linux_setitimer(const struct sysargs *a)
{
	struct setting new = {0}, old;
	int rc = 0;

	if (a->a[0] > ITIMER_PROF)
		return -EINVAL;
	if (a->a[1]) {
		rc = time_read_val(arg_addr(a, 1), &new.interval);
		if (!rc)
			rc = time_read_val((uaddr){a->a[1] + 16}, &new.value);
	}
	if (rc)
		return rc;
	old = change(arg_int(a, 0), &new);
	return a->a[2] ? write_itimer(arg_addr(a, 2), &old) : 0;
}

void posix_timer_reset(void)
{
	static const struct setting none;
	struct list *n;

	for (int i = 0; i < ITIMERS; i++)
		(void)change(i, &none);
	lock_acquire(&process.lock);
	timers.next_id = 0;
	while (!list_empty(&timers.all)) {
		n = timers.all.next;
		delete_locked(LIST_ENTRY(n, struct ptimer, link));
	}
	process.ended_cpu_ns = 0;
	lock_release(&process.lock);
}
