/* mutex.c - see mutex.h. */
#include "kernel/sched/mutex.h"

#include "kernel/arch/cpu.h"
#include "kernel/core/clock.h"
#include "kernel/core/panic.h"
#include "kernel/sched/thread_private.h"

enum { SPINS = 300 }; /* about what going to sleep and coming back costs */

void mutex_init(struct mutex *m)
{
	m->holder = NULL;
	m->heir = NULL;
	m->waiters = 0;
	waitq_init(&m->q);
}

bool mutex_try(struct mutex *m)
{
	struct thread *nobody = NULL;

	return __atomic_compare_exchange_n(&m->holder, &nobody,
	                                   thread_current(), false,
	                                   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

bool mutex_held(const struct mutex *m)
{
	return __atomic_load_n(&m->holder, __ATOMIC_RELAXED) ==
	       thread_current();
}

/*
 * The holder may end while it is looked at: its struct is read at most, and
 * what is there then matters for one more round only.
 */
static bool worth_spinning(const struct mutex *m)
{
	const struct thread *t = __atomic_load_n(&m->holder, __ATOMIC_RELAXED);

	return !t || __atomic_load_n(&t->running, __ATOMIC_RELAXED);
}

static bool spin(struct mutex *m)
{
	if (cpu_count() == 1)
		return false;
	for (int i = 0; i < SPINS && worth_spinning(m); i++) {
		if (!__atomic_load_n(&m->holder, __ATOMIC_RELAXED) &&
		    mutex_try(m))
			return true;
		cpu_relax();
	}
	return false;
}

/*
 * Who was woken and found it taken again would find it so for ever, where one
 * thread takes it anew each time before others run: it is the heir then, to
 * whom the next that unlocks leaves the mutex. The holder takes that back.
 */
static void claim(struct mutex *m, struct wait *w)
{
	struct wait *nobody = NULL;

	(void)__atomic_compare_exchange_n(&m->heir, &nobody, w, false,
	                                  __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

static void disclaim(struct mutex *m, const struct wait *w)
{
	if (__atomic_load_n(&m->heir, __ATOMIC_RELAXED) == w)
		__atomic_store_n(&m->heir, NULL, __ATOMIC_SEQ_CST);
}

/*
 * Either the unlocking CPU sees that somebody waits, or who waits sees that it
 * is unlocked: each writes first and then reads, in one order for all.
 */
static void sleep_for(struct mutex *m)
{
	struct wait w;

	__atomic_fetch_add(&m->waiters, 1, __ATOMIC_SEQ_CST);
	wait_begin_exclusive(&w, &m->q);
	while (!mutex_try(m)) {
		if (wait_sleep_hard(&w, NO_DEADLINE))
			panic("a wait without a deadline ended");
		if (mutex_held(m) || mutex_try(m))
			break;
		claim(m, &w);
	}
	disclaim(m, &w);
	wait_end(&w);
	__atomic_fetch_sub(&m->waiters, 1, __ATOMIC_SEQ_CST);
}

void mutex_lock(struct mutex *m)
{
	ASSERT(!mutex_held(m));
	if (!mutex_try(m) && !spin(m))
		sleep_for(m);
}

/* The queue's lock keeps the heir in it, whose wait is on its stack. */
static void hand_over(struct mutex *m)
{
	struct wait *heir;

	lock_acquire(&m->q.lock);
	heir = __atomic_exchange_n(&m->heir, NULL, __ATOMIC_SEQ_CST);
	__atomic_store_n(&m->holder, heir->thread, __ATOMIC_SEQ_CST);
	wait_notify(heir);
	lock_release(&m->q.lock);
}

void mutex_unlock(struct mutex *m)
{
	ASSERT(mutex_held(m));
	if (__atomic_load_n(&m->heir, __ATOMIC_SEQ_CST)) {
		hand_over(m);
		return;
	}
	__atomic_store_n(&m->holder, NULL, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&m->waiters, __ATOMIC_SEQ_CST))
		waitq_wake(&m->q, ~0u);
}
