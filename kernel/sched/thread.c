/*
 * thread.c - the run queue and switching.
 *
 * One queue, first in, first out. A program thread that has used its slice
 * while others wait goes to the end. When nothing is runnable the idle thread
 * polls for a moment and then halts the CPU. The timer is set to the next
 * deadline or the end of the slice, whichever is first: there is no tick.
 */
#include "kernel/arch/cpu.h"
#include "kernel/arch/irq.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/clock.h"
#include "kernel/core/lock.h"
#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/thread_private.h"
#include "kernel/sched/timer_private.h"

enum { SLICE_MS = 6, IDLE_POLL_US = 60 };

static struct {
	struct lock lock;

	/* lock must be held for these. */
	struct list runnable;
	struct list all;
	struct thread *dead; /* its stack is freed by who runs next */
	uint32_t next_id;
	uint64_t slice_end; /* monotonic; NO_DEADLINE: nobody waits */
	uint64_t idle_ns;
} sched = {
	.lock = LOCK_INIT(LOCK_RUNQ),
	.runnable = LIST_HEAD(sched.runnable),
	.all = LIST_HEAD(sched.all),
	.next_id = 1,
	.slice_end = NO_DEADLINE,
};

static struct thread first_thread, idle_thread;

/* entry.S calls these. */
void thread_begin(void);

struct thread *thread_current(void)
{
	return cpu_self()->current;
}

bool thread_interrupted(const struct thread *t)
{
	return __atomic_load_n(&t->signal_pending, __ATOMIC_RELAXED);
}

uint64_t sched_idle_ns(void)
{
	return sched.idle_ns;
}

uint64_t thread_cpu_ns(const struct thread *t)
{
	uint64_t ns = t->cpu_ns;

	if (t == thread_current())
		ns += clock_monotonic() - t->switched_at;
	return ns;
}

/* --- time --- */

static void set_timer_locked(void)
{
	uint64_t next = timer_next_deadline();

	tick_set(next < sched.slice_end ? next : sched.slice_end);
}

void sched_timer_changed(void)
{
	lock_acquire(&sched.lock);
	set_timer_locked();
	lock_release(&sched.lock);
}

static void on_tick(void)
{
	uint64_t now = clock_monotonic();

	timer_run_due(now);
	lock_acquire(&sched.lock);
	if (now >= sched.slice_end) {
		cpu_self()->need_resched = true;
		sched.slice_end = NO_DEADLINE;
	}
	set_timer_locked();
	lock_release(&sched.lock);
}

/* --- switching --- */

static struct thread *pick_locked(void)
{
	struct list *n = list_pop(&sched.runnable);

	return n ? LIST_ENTRY(n, struct thread, run) : &idle_thread;
}

static void load_program_state(struct thread *from, struct thread *to)
{
	struct cpu *cpu = cpu_self();

	if (from->fpu && cpu->fpu_owner == from && from->state != THREAD_DEAD) {
		fpu_save(from->fpu);
		from->gs_base = cpu_user_gs_base();
	}
	if (!to->fpu)
		return;
	if (cpu->fpu_owner != to) {
		fpu_load(to->fpu);
		cpu_set_fs_base(to->fs_base);
		cpu_set_user_gs_base(to->gs_base);
		cpu->fpu_owner = to;
	}
}

/*
 * Give the CPU to the next thread. Called with the lock held and interrupts
 * off because of it; the thread that runs next releases it.
 */
static void switch_locked(void)
{
	struct cpu *cpu = cpu_self();
	struct thread *from = cpu->current, *to = pick_locked();
	uint64_t now = clock_monotonic();

	cpu->need_resched = false;
	sched.slice_end = to != &idle_thread && !list_empty(&sched.runnable)
	                          ? now + SLICE_MS * NS_PER_MS
	                          : NO_DEADLINE;
	set_timer_locked();
	if (to == from)
		return;
	from->cpu_ns += now - from->switched_at;
	if (from == &idle_thread)
		sched.idle_ns += now - from->switched_at;
	to->switched_at = now;
	load_program_state(from, to);
	if (to->mmu && to->mmu != from->mmu)
		mmu_load(to->mmu);
	cpu->current = to;
	cpu_set_kernel_stack(to->stack_top);
	context_switch(&from->rsp, to->rsp);
}

static void free_thread(struct thread *t)
{
	stack_free(t->stack_top);
	fpu_free(t->fpu);
	mem_free(t);
}

/* After a switch, on the new thread's stack: bury who ended. */
static void finish_switch(void)
{
	struct thread *dead = sched.dead;

	sched.dead = NULL;
	lock_release(&sched.lock);
	if (dead)
		free_thread(dead);
}

void thread_begin(void)
{
	/* The lock was taken by who ran before, with interrupts on. */
	cpu_self()->irqs_were_on = true;
	finish_switch();
}

static void give_way(void)
{
	bool irqs = cpu_self()->irqs_were_on;

	switch_locked();
	cpu_self()->irqs_were_on = irqs;
	finish_switch();
}

static void make_runnable_locked(struct thread *t)
{
	t->state = THREAD_RUNNABLE;
	if (t == thread_current())
		return; /* it had not gone to sleep yet */
	list_append(&sched.runnable, &t->run);
	if (thread_current() == &idle_thread)
		cpu_self()->need_resched = true;
	else if (sched.slice_end == NO_DEADLINE) {
		sched.slice_end = clock_monotonic() + SLICE_MS * NS_PER_MS;
		set_timer_locked();
	}
}

void thread_wake(struct thread *t)
{
	lock_acquire(&sched.lock);
	if (t->state == THREAD_SLEEPING)
		make_runnable_locked(t);
	lock_release(&sched.lock);
}

void thread_interrupt(struct thread *t)
{
	lock_acquire(&sched.lock);
	if (t->state == THREAD_SLEEPING && t->interruptible)
		make_runnable_locked(t);
	if (t == thread_current())
		cpu_self()->need_resched = true;
	lock_release(&sched.lock);
}

void thread_prepare_to_block(bool interruptible)
{
	struct thread *t = thread_current();

	lock_acquire(&sched.lock);
	t->interruptible = interruptible;
	t->state = THREAD_SLEEPING;
	lock_release(&sched.lock);
}

void thread_block(void)
{
	lock_acquire(&sched.lock);
	if (thread_current()->state == THREAD_SLEEPING)
		give_way();
	else
		lock_release(&sched.lock);
}

void thread_yield(void)
{
	struct thread *t = thread_current();

	lock_acquire(&sched.lock);
	if (list_empty(&sched.runnable)) {
		lock_release(&sched.lock);
		return;
	}
	list_append(&sched.runnable, &t->run);
	give_way();
}

void thread_reschedule(void)
{
	if (cpu_self()->need_resched)
		thread_yield();
}

/* --- life --- */

int thread_new(const char *name, void (*fn)(void *arg), void *arg,
               struct thread **out)
{
	struct thread *t = mem_zalloc(sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->stack_top = stack_new();
	if (!t->stack_top) {
		mem_free(t);
		return -ENOMEM;
	}
	t->rsp = context_new(t->stack_top, fn, arg);
	t->state = THREAD_SLEEPING;
	str_copy(t->name, name, sizeof(t->name));
	lock_acquire(&sched.lock);
	t->id = sched.next_id++;
	list_append(&sched.all, &t->all);
	lock_release(&sched.lock);
	*out = t;
	return 0;
}

int thread_start(const char *name, void (*fn)(void *arg), void *arg)
{
	struct thread *t;
	int rc = thread_new(name, fn, arg, &t);

	if (!rc)
		thread_wake(t);
	return rc;
}

void thread_discard(struct thread *t)
{
	lock_acquire(&sched.lock);
	list_remove(&t->all);
	lock_release(&sched.lock);
	free_thread(t);
}

NORETURN void thread_exit(void)
{
	struct thread *t = thread_current();

	lock_acquire(&sched.lock);
	if (cpu_self()->fpu_owner == t)
		cpu_self()->fpu_owner = NULL;
	list_remove(&t->all);
	t->state = THREAD_DEAD;
	sched.dead = t;
	switch_locked();
	panic("a dead thread ran");
}

void thread_each(void (*fn)(const struct thread *t, void *ctx), void *ctx)
{
	LIST_EACH(n, &sched.all)
	fn(LIST_ENTRY(n, struct thread, all), ctx);
}

/*
 * A disk or a packet is often back sooner than the host puts a halted CPU to
 * sleep and wakes it again: look for a moment first.
 */
static void poll_for_work(void)
{
	uint64_t until = clock_monotonic() + IDLE_POLL_US * NS_PER_US;

	while (list_empty(&sched.runnable) && clock_monotonic() < until)
		cpu_relax();
}

static void idle_loop(void *arg UNUSED)
{
	for (;;) {
		poll_for_work();
		irq_disable();
		if (list_empty(&sched.runnable)) {
			cpu_wait();
			continue;
		}
		irq_enable();
		lock_acquire(&sched.lock);
		give_way();
	}
}

void sched_init(void)
{
	uint64_t top = stack_new();

	ASSERT(top);
	idle_thread = (struct thread){.stack_top = top, .name = "idle"};
	idle_thread.rsp = context_new(top, idle_loop, NULL);
	first_thread = (struct thread){.name = "boot"};
	first_thread.stack_top = top; /* never enters user mode */
	first_thread.switched_at = clock_monotonic();
	list_append(&sched.all, &first_thread.all);
	cpu_self()->current = &first_thread;
	cpu_self()->idle = &idle_thread;
	tick_init(on_tick);
}
