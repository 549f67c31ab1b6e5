/* timer.c - timers in a tree by deadline. */
#include "kernel/sched/timer.h"

#include "kernel/core/clock.h"
#include "kernel/core/lock.h"
#include "kernel/lib/attr.h"
#include "kernel/sched/timer_private.h"

static struct {
	struct lock lock;

	/* lock must be held for these. */
	struct rb_tree tree;
	struct timer *first;
} timers = {.lock = LOCK_INIT(LOCK_TIMER)};

static struct timer *timer_of(struct rb_node *n)
{
	return n ? CONTAINER_OF(n, struct timer, node) : NULL;
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
	*t = (struct timer){.fn = fn};
}

static void insert_locked(struct timer *t)
{
	struct rb_node *parent = NULL, **link = &timers.tree.root;
	int side = 0;

	while (*link) {
		parent = *link;
		side = t->deadline >= timer_of(parent)->deadline;
		link = &parent->child[side];
	}
	rb_insert(&timers.tree, &t->node, parent, side);
	t->set = true;
	if (!timers.first || t->deadline < timers.first->deadline)
		timers.first = t;
}

static bool remove_locked(struct timer *t)
{
	bool was = t->set;

	if (!was)
		return false;
	if (timers.first == t)
		timers.first = timer_of(rb_next(&t->node));
	rb_remove(&timers.tree, &t->node);
	t->set = false;
	return true;
}

void timer_set(struct timer *t, uint64_t deadline)
{
	bool earlier;

	lock_acquire(&timers.lock);
	remove_locked(t);
	t->deadline = deadline;
	insert_locked(t);
	earlier = timers.first == t;
	lock_release(&timers.lock);
	if (earlier)
		sched_timer_changed();
}

/* An interrupt that comes for nothing is cheaper than setting the device. */
bool timer_cancel(struct timer *t)
{
	bool was;

	lock_acquire(&timers.lock);
	was = remove_locked(t);
	lock_release(&timers.lock);
	return was;
}

uint64_t timer_next_deadline(void)
{
	const struct timer *t =
		__atomic_load_n(&timers.first, __ATOMIC_RELAXED);

	return t ? t->deadline : NO_DEADLINE;
}

void timer_run_due(uint64_t now)
{
	for (;;) {
		struct timer *t;

		lock_acquire(&timers.lock);
		t = timers.first;
		if (!t || t->deadline > now) {
			lock_release(&timers.lock);
			return;
		}
		remove_locked(t);
		lock_release(&timers.lock);
		t->fn(t);
	}
}
