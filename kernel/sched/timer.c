/*
 * timer.c - timers in trees by deadline, one for each CPU: whoever sets a timer
 * is interrupted for it. One lock for all, so that a timer can be moved.
 */
#include "kernel/sched/timer.h"

#include "kernel/arch/cpu.h"
#include "kernel/core/clock.h"
#include "kernel/core/lock.h"
#include "kernel/lib/attr.h"
#include "kernel/sched/timer_private.h"

static struct {
	struct lock lock;

	/* lock must be held for these. */
	struct rb_tree trees[CPUS_MAX];
	struct timer *running[CPUS_MAX]; /* whose fn has been called */

	uint64_t next[CPUS_MAX]; /* first deadline; lock to write, atomic */
} timers = {
	.lock = LOCK_INIT(LOCK_TIMER),
	.next = {NO_DEADLINE, NO_DEADLINE, NO_DEADLINE, NO_DEADLINE,
                 NO_DEADLINE, NO_DEADLINE, NO_DEADLINE, NO_DEADLINE},
};
static_assert(CPUS_MAX == 8, "initialiser above");

static struct timer *timer_of(struct rb_node *n)
{
	return n ? CONTAINER_OF(n, struct timer, node) : NULL;
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
	*t = (struct timer){.fn = fn};
}

static void note_first_locked(unsigned cpu)
{
	const struct timer *first = timer_of(rb_first(&timers.trees[cpu]));

	__atomic_store_n(&timers.next[cpu],
	                 first ? first->deadline : NO_DEADLINE,
	                 __ATOMIC_RELAXED);
}

/* True: it is the first now. */
static bool insert_locked(struct timer *t, unsigned cpu)
{
	struct rb_node *parent = NULL, **link = &timers.trees[cpu].root;
	bool first = true;
	int side = 0;

	while (*link) {
		parent = *link;
		side = t->deadline >= timer_of(parent)->deadline;
		first = first && side == 0;
		link = &parent->child[side];
	}
	rb_insert(&timers.trees[cpu], &t->node, parent, side);
	t->set = true;
	t->cpu = (uint8_t)cpu;
	if (first)
		__atomic_store_n(&timers.next[cpu], t->deadline,
		                 __ATOMIC_RELAXED);
	return first;
}

static bool remove_locked(struct timer *t)
{
	if (!t->set)
		return false;
	rb_remove(&timers.trees[t->cpu], &t->node);
	t->set = false;
	if (timers.next[t->cpu] >= t->deadline)
		note_first_locked(t->cpu);
	return true;
}

void timer_set(struct timer *t, uint64_t deadline)
{
	bool earlier;

	lock_acquire(&timers.lock);
	remove_locked(t);
	t->deadline = deadline;
	earlier = insert_locked(t, cpu_self()->id);
	lock_release(&timers.lock);
	if (earlier)
		sched_timer_changed();
}

static bool runs_elsewhere_locked(const struct timer *t)
{
	for (unsigned i = 0; i < cpu_count(); i++)
		if (timers.running[i] == t && i != cpu_self()->id)
			return true;
	return false;
}

/* An interrupt that comes for nothing is cheaper than setting the device. A
 * function that runs may set the timer again: so look once more after it. */
bool timer_cancel(struct timer *t)
{
	bool was = false, runs;

	for (;;) {
		lock_acquire(&timers.lock);
		was = remove_locked(t) || was;
		runs = runs_elsewhere_locked(t);
		lock_release(&timers.lock);
		if (!runs)
			return was;
		cpu_relax();
	}
}

bool timer_try_cancel(struct timer *t)
{
	bool was;

	lock_acquire(&timers.lock);
	was = remove_locked(t);
	lock_release(&timers.lock);
	return was;
}

uint64_t timer_next_deadline(void)
{
	return __atomic_load_n(&timers.next[cpu_self()->id], __ATOMIC_RELAXED);
}

/* The next that is due, taken out and noted as running. */
static struct timer *take_due(unsigned cpu, uint64_t now)
{
	struct timer *t;

	lock_acquire(&timers.lock);
	t = timer_of(rb_first(&timers.trees[cpu]));
	if (t && t->deadline > now)
		t = NULL;
	if (t)
		remove_locked(t);
	timers.running[cpu] = t;
	lock_release(&timers.lock);
	return t;
}

void timer_run_due(uint64_t now)
{
	unsigned cpu = cpu_self()->id;
	struct timer *t;

	if (timer_next_deadline() > now)
		return;
	while ((t = take_due(cpu, now)))
		t->fn(t);
}
