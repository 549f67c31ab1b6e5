/*
 * sched.c - locks, waiting and time on the host: one thread, so what would wait
 * for another waits for ever, and that is a mistake.
 */
#include "tests/lib/khost/khost.h"

#include <stdio.h>
#include <stdlib.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/clock.h"
#include "kernel/core/lock.h"
#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/giant.h"
#include "kernel/sched/mutex.h"
#include "kernel/sched/thread.h"
#include "kernel/sched/wait.h"

static struct {
	uint64_t now; /* ns; each look at the clock takes 1 us */
	unsigned held[LOCK_OUTERMOST];
	unsigned giant; /* how often it is held */
	struct cpu cpu; /* the one that runs */
	unsigned nr_cpus;
	char self;
	void (*turn)(void); /* who acts while a thread sleeps */
} host = {.now = UINT64_C(1700000000) * NS_PER_SEC, .nr_cpus = 1};

/* --- processors --- */

struct cpu *cpu_self(void)
{
	return &host.cpu;
}

unsigned cpu_count(void)
{
	return host.nr_cpus;
}

void khost_set_cpus(unsigned nr)
{
	host.nr_cpus = nr;
	host.cpu.id = 0;
}

void khost_run_on(unsigned cpu)
{
	host.cpu.id = cpu;
}

/* --- spin locks, with the check of ranks that debug kernels do --- */

void lock_init(struct lock *l, enum lock_rank rank)
{
	*l = (struct lock){.rank = rank};
}

void lock_acquire(struct lock *l)
{
	if (l->held)
		panic("lock of rank %d taken twice", (int)l->rank);
	for (unsigned r = 0; r <= (unsigned)l->rank; r++) {
		if (host.held[r] > 0)
			panic("rank %d taken below %u", (int)l->rank, r);
	}
	l->held = 1;
	host.held[l->rank]++;
}

void lock_release(struct lock *l)
{
	if (!l->held)
		panic("lock of rank %d is not held", (int)l->rank);
	l->held = 0;
	host.held[l->rank]--;
}

bool lock_held(const struct lock *l)
{
	return l->held;
}

static void may_sleep(void)
{
	for (unsigned r = 0; r < LOCK_OUTERMOST; r++) {
		if (host.held[r] > 0)
			panic("sleeps with a lock of rank %u", r);
	}
}

/* --- mutexes --- */

struct thread *thread_current(void)
{
	return (struct thread *)(void *)&host.self;
}

void mutex_init(struct mutex *m)
{
	m->holder = NULL;
	waitq_init(&m->q);
}

void mutex_lock(struct mutex *m)
{
	may_sleep();
	if (m->holder)
		panic("mutex taken twice");
	m->holder = thread_current();
}

bool mutex_try(struct mutex *m)
{
	if (m->holder)
		return false;
	m->holder = thread_current();
	return true;
}

void mutex_unlock(struct mutex *m)
{
	if (!m->holder)
		panic("mutex is not held");
	m->holder = NULL;
}

bool mutex_held(const struct mutex *m)
{
	return m->holder != NULL;
}

/* --- the lock around the rest --- */

void giant_lock(void)
{
	may_sleep();
	host.giant++;
}

void giant_unlock(void)
{
	if (!host.giant--)
		panic("the giant lock is not held");
}

bool giant_held(void)
{
	return host.giant > 0;
}

/* --- waiting --- */

void waitq_init(struct waitq *q)
{
	lock_init(&q->lock, LOCK_WAITQ);
	list_init(&q->waits);
}

void waitq_add(struct waitq *q, struct wait *w)
{
	w->q = q;
	list_append(&q->waits, &w->link);
}

void waitq_remove(struct wait *w)
{
	list_remove(&w->link);
}

bool waitq_wake(struct waitq *q, uint32_t events)
{
	bool heard = !list_empty(&q->waits);

	LIST_EACH_SAFE(n, after, &q->waits)
	{
		struct wait *w = LIST_ENTRY(n, struct wait, link);

		if (w->wake)
			w->wake(w, events);
		w->woken = true;
	}
	return heard;
}

void wait_begin(struct wait *w, struct waitq *q)
{
	*w = (struct wait){.thread = thread_current()};
	waitq_add(q, w);
}

void wait_end(struct wait *w)
{
	waitq_remove(w);
}

/* Nobody else runs, so it ends by its deadline, or as by a signal. */
int wait_sleep(struct wait *w, uint64_t deadline)
{
	may_sleep();
	if (w->woken) {
		w->woken = false;
		return 0;
	}
	return deadline == NO_DEADLINE ? -EINTR : -ETIMEDOUT;
}

int wait_sleep_mutex(struct wait *w, uint64_t deadline, struct mutex *m)
{
	(void)m;
	return wait_sleep(w, deadline);
}

void khost_when_asleep(void (*turn)(void))
{
	host.turn = turn;
}

int wait_sleep_hard(struct wait *w, uint64_t deadline)
{
	if (!w->woken && host.turn) {
		host.turn();
		return 0;
	}
	if (!w->woken && deadline == NO_DEADLINE)
		panic("waits for ever");
	return wait_sleep(w, deadline) ? -ETIMEDOUT : 0;
}

/* Threads of the kernel's own do not run here; their work is called by name. */
int thread_start(const char *name, void (*fn)(void *arg), void *arg)
{
	(void)name, (void)fn, (void)arg;
	return 0;
}

void thread_yield(void)
{
}

int thread_relax(void)
{
	return 0;
}

bool thread_may_go_on(void)
{
	return true;
}

void thread_sleep_until(uint64_t deadline_ns)
{
	host.now = deadline_ns > host.now ? deadline_ns : host.now;
}

/* --- time --- */

uint64_t clock_monotonic(void)
{
	return host.now += NS_PER_US;
}

uint64_t clock_realtime(void)
{
	return host.now += NS_PER_US;
}

void khost_set_realtime(uint64_t ns)
{
	host.now = ns;
}
