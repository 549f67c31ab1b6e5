/* wait.c - wait queues. */
#include "kernel/sched/wait.h"

#include "kernel/arch/cpu.h"
#include "kernel/core/clock.h"
#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/mutex.h"
#include "kernel/sched/thread_private.h"
#include "kernel/sched/timer.h"

void waitq_init(struct waitq *q)
{
	lock_init(&q->lock, LOCK_WAITQ);
	list_init(&q->waits);
}

bool waitq_wake(struct waitq *q, uint32_t events)
{
	bool exclusive_done = false, heard = false;

	lock_acquire(&q->lock);
	LIST_EACH_SAFE(n, after, &q->waits)
	{
		struct wait *w = LIST_ENTRY(n, struct wait, link);

		if (w->exclusive &&
		    (exclusive_done ||
		     __atomic_load_n(&w->woken, __ATOMIC_RELAXED)))
			continue;
		if (!w->wake(w, events))
			continue;
		heard = true;
		exclusive_done = exclusive_done || w->exclusive;
	}
	lock_release(&q->lock);
	return heard;
}

void waitq_add(struct waitq *q, struct wait *w)
{
	w->q = q;
	lock_acquire(&q->lock);
	list_append(&q->waits, &w->link);
	lock_release(&q->lock);
}

void waitq_remove(struct wait *w)
{
	if (!w->q)
		return;
	lock_acquire(&w->q->lock);
	list_remove(&w->link);
	lock_release(&w->q->lock);
	w->q = NULL;
}

void wait_notify(struct wait *w)
{
	__atomic_store_n(&w->woken, true, __ATOMIC_RELEASE);
	thread_wake(w->thread);
}

static bool wake_thread(struct wait *w, uint32_t events UNUSED)
{
	wait_notify(w);
	return true;
}

static void begin(struct wait *w, struct waitq *q, bool exclusive)
{
	*w = (struct wait){.wake = wake_thread,
	                   .thread = thread_current(),
	                   .exclusive = exclusive};
	waitq_add(q, w);
}

void wait_begin(struct wait *w, struct waitq *q)
{
	begin(w, q, false);
}

void wait_begin_exclusive(struct wait *w, struct waitq *q)
{
	begin(w, q, true);
}

void wait_end(struct wait *w)
{
	waitq_remove(w);
}

struct alarm {
	struct timer timer;
	struct thread *thread;
	bool rang; /* atomic */
};

static void ring(struct timer *t)
{
	struct alarm *a = CONTAINER_OF(t, struct alarm, timer);

	__atomic_store_n(&a->rang, true, __ATOMIC_RELAXED);
	thread_wake(a->thread);
}

static bool take_woken(struct wait *w)
{
	return __atomic_exchange_n(&w->woken, false, __ATOMIC_ACQUIRE);
}

/*
 * The order that loses no wake-up: say that we sleep, then look for reasons
 * not to. Whoever gives one after that makes us runnable again.
 */
static int sleep_until(struct wait *w, uint64_t deadline, bool interruptible)
{
	struct thread *me = thread_current();
	struct alarm alarm = {.thread = me};
	int rc = 0;

	ASSERT(!cpu_self()->locks && !cpu_self()->in_interrupt);
	if (deadline != NO_DEADLINE) {
		timer_init(&alarm.timer, ring);
		timer_set(&alarm.timer, deadline);
	}
	for (;;) {
		thread_prepare_to_block(interruptible);
		if (take_woken(w))
			break;
		rc = -ETIMEDOUT;
		if (__atomic_load_n(&alarm.rang, __ATOMIC_RELAXED))
			break;
		rc = -EINTR;
		if (interruptible && thread_interrupted(me))
			break;
		rc = 0;
		thread_block();
	}
	thread_wake(me); /* undo THREAD_SLEEPING */
	if (deadline != NO_DEADLINE)
		timer_cancel(&alarm.timer);
	return rc;
}

int wait_sleep(struct wait *w, uint64_t deadline)
{
	return sleep_until(w, deadline, true);
}

int wait_sleep_hard(struct wait *w, uint64_t deadline)
{
	return sleep_until(w, deadline, false);
}

int wait_sleep_mutex(struct wait *w, uint64_t deadline, struct mutex *m)
{
	int rc;

	mutex_unlock(m);
	rc = sleep_until(w, deadline, true);
	mutex_lock(m);
	return rc;
}

void thread_sleep_until(uint64_t deadline_ns)
{
	struct waitq nobody = WAITQ_INIT(nobody);
	struct wait w;

	wait_begin(&w, &nobody);
	while (wait_sleep_hard(&w, deadline_ns) == 0)
		;
	wait_end(&w);
}
