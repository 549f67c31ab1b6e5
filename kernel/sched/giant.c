/*
 * giant.c - a mutex that knows how often its holder has taken it. With one
 * processor only the count is kept.
 */
#include "kernel/sched/giant.h"

#include "kernel/core/panic.h"
#include "kernel/sched/giant_private.h"
#include "kernel/sched/mutex.h"
#include "kernel/sched/thread_private.h"

static struct mutex giant = MUTEX_INIT(giant);
static bool enabled; /* set once, while only one thread runs */

bool giant_held(void)
{
	return thread_current()->giant > 0;
}

void giant_lock(void)
{
	struct thread *t = thread_current();

	/* While it waits for the lock the thread holds nothing. */
	if (t->giant == 0 && enabled)
		mutex_lock(&giant);
	t->giant++;
}

void giant_unlock(void)
{
	struct thread *t = thread_current();

	ASSERT(t->giant > 0);
	if (--t->giant == 0 && enabled)
		mutex_unlock(&giant);
}

void giant_suspend(void)
{
	if (enabled && thread_current()->giant)
		mutex_unlock(&giant);
}

void giant_resume(void)
{
	struct thread *t = thread_current();
	unsigned times = t->giant;

	if (!enabled || !times)
		return;
	t->giant = 0;
	mutex_lock(&giant);
	t->giant = times;
}

void giant_enable(void)
{
	if (enabled)
		return;
	ASSERT(giant_held());
	mutex_lock(&giant);
	enabled = true;
}
