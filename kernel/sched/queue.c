/*
 * queue.c - the run queues, one for each CPU, and switching.
 *
 * A queue is first in, first out. A program thread that has used its slice
 * while others wait goes to the end. Who wakes goes to the queue of the CPU
 * where it ran last; if that one is busy and another is idle, to that one. A
 * CPU that has nothing looks for what waits elsewhere, polls for a moment and
 * then halts. The timer is set to the CPU's next deadline or the end of the
 * slice, whichever is first: there is no tick.
 *
 * A queue's lock is held across a switch: who holds the lock of a thread's
 * queue and finds that it does not run may be sure that its registers are
 * saved. It guards the states of all threads whose `cpu` it is.
 */
#include "kernel/arch/cpu.h"
#include "kernel/arch/irq.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/clock.h"
#include "kernel/core/lock.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/core/trace.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/giant_private.h"
#include "kernel/sched/queue_private.h"
#include "kernel/sched/timer_private.h"

enum { SLICE_MS = 6, POLL_MAX_US = 60, POLL_MIN_US = 8 };

struct runq {
	struct lock lock;
	unsigned cpu; /* constant */

	/* lock must be held for these. */
	struct list runnable;
	struct thread *running, *idle;
	struct thread *dead;   /* its stack is freed by who runs next */
	struct thread *moving; /* may not run here: who runs next sends it */
	uint64_t slice_end;    /* monotonic; NO_DEADLINE: nobody waits */
	uint64_t tick_at;      /* the timer comes then; NO_DEADLINE: never */
	uint64_t idle_ns;
	uint64_t switches;

	uint64_t poll_ns; /* how long to poll before halting; its own CPU's */

	unsigned nr; /* in `runnable`; lock to write, atomic */
} ALIGNED(64);

static struct {
	struct runq queues[CPUS_MAX];
	uint32_t idle;   /* CPUs that look for work, one bit each; atomic */
	uint32_t halted; /* those of them that sleep; atomic */
} sched;

static struct runq *own_queue(void)
{
	return &sched.queues[cpu_self()->id];
}

static uint32_t bit_of(unsigned cpu)
{
	return UINT32_C(1) << cpu;
}

static unsigned waiting_in(const struct runq *q)
{
	return __atomic_load_n(&q->nr, __ATOMIC_SEQ_CST);
}

static bool may_run_on(const struct thread *t, unsigned cpu)
{
	return t->affinity & bit_of(cpu);
}

uint64_t sched_idle_ns(unsigned cpu)
{
	return __atomic_load_n(&sched.queues[cpu].idle_ns, __ATOMIC_RELAXED);
}

uint64_t sched_nr_switches(void)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < cpu_count(); i++)
		n += __atomic_load_n(&sched.queues[i].switches,
		                     __ATOMIC_RELAXED);
	return n;
}

unsigned sched_nr_runnable(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < cpu_count(); i++)
		n += waiting_in(&sched.queues[i]) +
		     !(__atomic_load_n(&sched.idle, __ATOMIC_RELAXED) &
		       bit_of(i));
	return n;
}

/* The queue of the thread's CPU, locked. */
static struct runq *lock_queue_of(const struct thread *t)
{
	for (;;) {
		uint32_t cpu = __atomic_load_n(&t->cpu, __ATOMIC_RELAXED);
		struct runq *q = &sched.queues[cpu];

		lock_acquire(&q->lock);
		if (__atomic_load_n(&t->cpu, __ATOMIC_RELAXED) == cpu)
			return q;
		lock_release(&q->lock);
	}
}

uint64_t thread_cpu_ns(struct thread *t)
{
	struct runq *q = lock_queue_of(t);
	uint64_t ns = t->cpu_ns;

	if (q->running == t)
		ns += clock_monotonic() - t->switched_at;
	lock_release(&q->lock);
	return ns;
}

/* --- time --- */

/*
 * Setting the device is dear, a virtual one's above all. So a deadline that was
 * put off stays: the interrupt that comes for nothing sets the next.
 */
static void set_timer_locked(struct runq *q)
{
	uint64_t next = timer_next_deadline();

	if (q->slice_end < next)
		next = q->slice_end;
	if (next >= q->tick_at)
		return;
	q->tick_at = next;
	tick_set(next);
}

void sched_timer_changed(void)
{
	struct runq *q = own_queue();

	lock_acquire(&q->lock);
	set_timer_locked(q);
	lock_release(&q->lock);
}

/* The CPU's timer, or another CPU that has changed something here. */
static void on_tick(void)
{
	struct runq *q = own_queue();
	uint64_t now = clock_monotonic();

	timer_run_due(now);
	lock_acquire(&q->lock);
	q->tick_at = NO_DEADLINE; /* it may have come early, so set it anew */
	if (now >= q->slice_end) {
		cpu_self()->need_resched = true;
		q->slice_end = NO_DEADLINE;
	}
	set_timer_locked(q);
	lock_release(&q->lock);
}

/* --- entering queues --- */

static void interrupt_cpu(unsigned cpu)
{
	if (cpu != cpu_self()->id)
		cpu_kick(cpu_get(cpu));
}

/* Somebody waits: what runs there has a limit from now on. True: its CPU is to
 * be interrupted. */
static bool limit_slice_locked(struct runq *q)
{
	if (q->slice_end != NO_DEADLINE)
		return false;
	q->slice_end = clock_monotonic() + SLICE_MS * NS_PER_MS;
	if (q != own_queue())
		return true;
	set_timer_locked(q);
	return false;
}

static void append_locked(struct runq *q, struct thread *t)
{
	list_append(&q->runnable, &t->run);
	__atomic_store_n(&q->nr, q->nr + 1, __ATOMIC_SEQ_CST);
}

static void remove_locked(struct runq *q, struct thread *t)
{
	list_remove(&t->run);
	__atomic_store_n(&q->nr, q->nr - 1, __ATOMIC_SEQ_CST);
}

/*
 * The CPU is interrupted without the lock: the first thing it does is to take
 * that.
 */
static void enqueue_and_unlock(struct runq *q, struct thread *t)
{
	unsigned cpu = q->cpu;
	bool interrupt;

	append_locked(q, t);
	if (q->running != q->idle)
		interrupt = limit_slice_locked(q);
	else /* One interrupt is enough, whoever sends it. */
		interrupt = __atomic_fetch_and(&sched.halted, ~bit_of(cpu),
		                               __ATOMIC_SEQ_CST) &
		            bit_of(cpu);
	lock_release(&q->lock);
	if (interrupt)
		interrupt_cpu(cpu);
}

/*
 * Where a thread that wakes should run. An idle CPU that is chosen is not idle
 * any more for the next who looks.
 */
static unsigned choose_cpu(const struct thread *t)
{
	uint32_t idle = __atomic_load_n(&sched.idle, __ATOMIC_RELAXED);
	uint32_t can = idle & t->affinity, awake;

	if (can & bit_of(t->cpu)) {
		__atomic_fetch_and(&sched.idle, ~bit_of(t->cpu),
		                   __ATOMIC_RELAXED);
		return t->cpu;
	}
	while (can) {
		awake = can & ~__atomic_load_n(&sched.halted, __ATOMIC_RELAXED);
		unsigned cpu = (unsigned)__builtin_ctz(awake ? awake : can);

		if (__atomic_fetch_and(&sched.idle, ~bit_of(cpu),
		                       __ATOMIC_RELAXED) &
		    bit_of(cpu))
			return cpu;
		can &= ~bit_of(cpu);
	}
	if (may_run_on(t, t->cpu))
		return t->cpu;
	return (unsigned)__builtin_ctz(t->affinity);
}

/* Make a thread that sleeps or waits for a place run. Releases the lock. */
static void send_and_unlock(struct runq *q, struct thread *t)
{
	unsigned cpu = choose_cpu(t);

	if (cpu != q->cpu) {
		/* It is in no queue, and nobody wakes who is runnable. */
		__atomic_store_n(&t->cpu, cpu, __ATOMIC_RELAXED);
		lock_release(&q->lock);
		q = &sched.queues[cpu];
		lock_acquire(&q->lock);
	}
	enqueue_and_unlock(q, t);
}

static void wake_and_unlock(struct runq *q, struct thread *t)
{
	t->state = THREAD_RUNNABLE;
	if (q->running == t)
		lock_release(&q->lock); /* it had not gone to sleep yet */
	else
		send_and_unlock(q, t);
}

void thread_wake(struct thread *t)
{
	struct runq *q = lock_queue_of(t);

	if (t->state == THREAD_SLEEPING)
		wake_and_unlock(q, t);
	else
		lock_release(&q->lock);
}

/* Let what runs there look what there is before it is in user mode again. */
static void interrupt_thread_locked(const struct runq *q)
{
	__atomic_store_n(&cpu_get(q->cpu)->need_resched, true,
	                 __ATOMIC_SEQ_CST);
	interrupt_cpu(q->cpu);
}

void thread_interrupt(struct thread *t)
{
	struct runq *q = lock_queue_of(t);

	if (q->running == t)
		interrupt_thread_locked(q);
	if (t->state == THREAD_SLEEPING && t->interruptible)
		wake_and_unlock(q, t);
	else
		lock_release(&q->lock);
}

void thread_set_affinity(struct thread *t, uint32_t mask)
{
	struct runq *q = lock_queue_of(t);

	t->affinity = mask;
	if (may_run_on(t, q->cpu) || t->state != THREAD_RUNNABLE) {
		lock_release(&q->lock);
	} else if (q->running == t) {
		interrupt_thread_locked(q);
		lock_release(&q->lock);
	} else if (list_linked(&t->run)) {
		remove_locked(q, t);
		send_and_unlock(q, t);
	} else {
		lock_release(&q->lock); /* it is on its way to a queue */
	}
}

/* --- switching --- */

static struct thread *pick_locked(struct runq *q)
{
	struct thread *t;

	if (list_empty(&q->runnable))
		return q->idle;
	t = LIST_ENTRY(q->runnable.next, struct thread, run);
	remove_locked(q, t);
	return t;
}

/*
 * Registers of a program stay loaded while others run that have none. They are
 * this thread's if it was the last here, and was nowhere else since.
 */
static void load_program_state(struct thread *from, struct thread *to)
{
	struct cpu *cpu = cpu_self();

	if (from->fpu && cpu->fpu_owner == from && from->state != THREAD_DEAD) {
		fpu_save(from->fpu);
		from->gs_base = cpu_user_gs_base();
	}
	if (!to->fpu || (cpu->fpu_owner == to && to->fpu_cpu == cpu->id))
		return;
	fpu_load(to->fpu);
	cpu_set_fs_base(to->fs_base);
	cpu_set_user_gs_base(to->gs_base);
	cpu->fpu_owner = to;
	to->fpu_cpu = cpu->id;
}

static void count_time_locked(struct runq *q, struct thread *from,
                              struct thread *to)
{
	uint64_t now = clock_monotonic();

	q->slice_end = to != q->idle && q->nr ? now + SLICE_MS * NS_PER_MS
	                                      : NO_DEADLINE;
	set_timer_locked(q);
	if (to == from)
		return;
	from->cpu_ns += now - from->switched_at;
	if (from == q->idle)
		q->idle_ns += now - from->switched_at;
	to->switched_at = now;
}

/*
 * Give the CPU to the next thread. Called with the lock held and interrupts
 * off because of it; the thread that runs next releases it.
 */
static void switch_locked(struct runq *q)
{
	struct cpu *cpu = cpu_self();
	struct thread *from = q->running, *to = pick_locked(q);

	cpu->need_resched = false;
	count_time_locked(q, from, to);
	if (to == from)
		return;
	q->switches++;
	trace_event(TRACE_SWITCH, from->id, to->id, 0, 0);
	load_program_state(from, to);
	if (from == q->idle)
		mmu_set_idle(false);
	if (to->mmu && to->mmu != cpu->mmu)
		mmu_load(to->mmu);
	if (to == q->idle)
		mmu_set_idle(true);
	q->running = cpu->current = to;
	__atomic_store_n(&from->running, false, __ATOMIC_RELAXED);
	__atomic_store_n(&to->running, true, __ATOMIC_RELAXED);
	cpu_set_kernel_stack(to->stack_top);
	context_switch(&from->rsp, to->rsp);
}

/* After a switch, on the new thread's stack, perhaps on another CPU. */
static void finish_switch(void)
{
	struct runq *q = own_queue();
	struct thread *dead = q->dead, *moving = q->moving;

	q->dead = q->moving = NULL;
	if (moving)
		send_and_unlock(q, moving);
	else
		lock_release(&q->lock);
	if (dead)
		thread_bury(dead);
}

void queue_arrive(void)
{
	/* The lock was taken by who ran before, with interrupts on. */
	cpu_self()->irqs_were_on = true;
	finish_switch();
	giant_resume();
}

static void give_way(struct runq *q)
{
	bool irqs = cpu_self()->irqs_were_on;

	switch_locked(q);
	cpu_self()->irqs_were_on = irqs;
	finish_switch();
}

NORETURN void queue_exit(void)
{
	struct runq *q = own_queue();
	struct cpu *cpu = cpu_self();

	lock_acquire(&q->lock);
	if (cpu->fpu_owner == q->running)
		cpu->fpu_owner = NULL;
	q->running->state = THREAD_DEAD;
	q->dead = q->running;
	switch_locked(q);
	panic("a dead thread ran");
}

void thread_prepare_to_block(bool interruptible)
{
	struct thread *t = thread_current();
	struct runq *q = own_queue();

	lock_acquire(&q->lock);
	t->interruptible = interruptible;
	t->state = THREAD_SLEEPING;
	lock_release(&q->lock);
}

void thread_block(void)
{
	struct runq *q;

	giant_suspend();
	q = own_queue();
	lock_acquire(&q->lock);
	if (q->running->state == THREAD_SLEEPING)
		give_way(q);
	else
		lock_release(&q->lock);
	giant_resume();
}

static bool should_stay(const struct runq *q)
{
	return !waiting_in(q) && may_run_on(thread_current(), q->cpu);
}

static void go_behind_locked(struct runq *q, struct thread *t)
{
	if (may_run_on(t, q->cpu))
		append_locked(q, t);
	else
		q->moving = t;
	give_way(q);
}

void thread_yield(void)
{
	struct runq *q = own_queue();

	if (should_stay(q))
		return;
	giant_suspend();
	q = own_queue();
	lock_acquire(&q->lock);
	if (should_stay(q))
		lock_release(&q->lock);
	else
		go_behind_locked(q, thread_current());
	giant_resume();
}

/* The flag goes first: what is asked for after that is seen, or asked again. */
void thread_reschedule(void)
{
	struct cpu *cpu = cpu_self();

	if (!__atomic_load_n(&cpu->need_resched, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&cpu->need_resched, false, __ATOMIC_SEQ_CST);
	thread_yield();
}

int thread_relax(void)
{
	thread_reschedule();
	return __atomic_load_n(&thread_current()->ending, __ATOMIC_RELAXED)
	               ? -EINTR
	               : 0;
}

bool thread_may_go_on(void)
{
	return !thread_relax() && !thread_interrupted(thread_current());
}

/* --- doing nothing --- */

/* One thread that waits in `from` and may run on `cpu`, taken out. */
static struct thread *take_from(struct runq *from, unsigned cpu)
{
	struct thread *found = NULL;

	lock_acquire(&from->lock);
	LIST_EACH(n, &from->runnable)
	{
		struct thread *t = LIST_ENTRY(n, struct thread, run);

		if (may_run_on(t, cpu)) {
			found = t;
			break;
		}
	}
	if (found) {
		remove_locked(from, found);
		__atomic_store_n(&found->cpu, cpu, __ATOMIC_RELAXED);
	}
	lock_release(&from->lock);
	return found;
}

/* Take over what waits for another CPU. */
static bool steal(struct runq *q)
{
	unsigned nr = cpu_count();

	for (unsigned i = 1; i < nr; i++) {
		struct runq *other = &sched.queues[(q->cpu + i) % nr];
		struct thread *t;

		if (!waiting_in(other))
			continue;
		t = take_from(other, q->cpu);
		if (!t)
			continue;
		lock_acquire(&q->lock);
		append_locked(q, t);
		lock_release(&q->lock);
		return true;
	}
	return false;
}

static bool find_work(struct runq *q)
{
	return waiting_in(q) || steal(q);
}

/*
 * A disk or a packet is often back sooner than the host puts a halted CPU to
 * sleep and wakes it again: look for a moment first. Not after an interrupt
 * that brought nothing: on a busy host others could do with the time.
 */
static bool poll_for_work(struct runq *q, uint64_t until)
{
	do {
		if (find_work(q))
			return true;
		cpu_relax();
	} while (clock_monotonic() < until);
	return false;
}

/*
 * Work came after `ns` for which polling was not enough. Within the most that
 * it could have been, longer polling would have seen it; else all was in vain.
 */
static void adapt_polling(struct runq *q, uint64_t ns)
{
	if (ns <= POLL_MAX_US * NS_PER_US)
		q->poll_ns =
			q->poll_ns ? 2 * q->poll_ns : POLL_MIN_US * NS_PER_US;
	else
		q->poll_ns /= 2;
	if (q->poll_ns > POLL_MAX_US * NS_PER_US)
		q->poll_ns = POLL_MAX_US * NS_PER_US;
	if (q->poll_ns < POLL_MIN_US * NS_PER_US)
		q->poll_ns = 0;
}

/* Whoever gives us work first puts it into the queue and then looks at
 * `halted`; we first say that we are and then look at the queue. */
static void halt(struct runq *q)
{
	uint32_t bit = bit_of(q->cpu);

	irq_disable();
	__atomic_fetch_or(&sched.halted, bit, __ATOMIC_SEQ_CST);
	if (find_work(q))
		irq_enable();
	else
		cpu_wait();
	__atomic_fetch_and(&sched.halted, ~bit, __ATOMIC_SEQ_CST);
}

static void wait_for_work(struct runq *q, uint32_t bit)
{
	uint64_t begin = clock_monotonic();

	if (poll_for_work(q, begin + q->poll_ns))
		return;
	do {
		halt(q);
		/* Who chose us may have been helped by another. */
		__atomic_fetch_or(&sched.idle, bit, __ATOMIC_SEQ_CST);
	} while (!find_work(q));
	adapt_polling(q, clock_monotonic() - begin);
}

static NORETURN void idle_loop(void)
{
	struct runq *q = own_queue();
	uint32_t bit = bit_of(q->cpu);

	for (;;) {
		__atomic_fetch_or(&sched.idle, bit, __ATOMIC_SEQ_CST);
		wait_for_work(q, bit);
		__atomic_fetch_and(&sched.idle, ~bit, __ATOMIC_SEQ_CST);
		lock_acquire(&q->lock);
		give_way(q);
	}
}

static void run_idle(void *arg UNUSED)
{
	idle_loop();
}

uint32_t queue_least_loaded(void)
{
	uint32_t best = cpu_self()->id;
	uint32_t idle = __atomic_load_n(&sched.idle, __ATOMIC_RELAXED);

	if (idle)
		return (uint32_t)__builtin_ctz(idle);
	for (uint32_t i = 0; i < cpu_count(); i++)
		if (waiting_in(&sched.queues[i]) <
		    waiting_in(&sched.queues[best]))
			best = i;
	return best;
}

/* --- beginning --- */

static struct thread first_thread, first_idle;

static void init_queue(unsigned cpu, struct thread *idle,
                       struct thread *running)
{
	struct runq *q = &sched.queues[cpu];

	lock_init(&q->lock, LOCK_RUNQ);
	list_init(&q->runnable);
	q->cpu = cpu;
	q->idle = idle;
	q->running = running;
	q->slice_end = q->tick_at = NO_DEADLINE;
	idle->cpu = running->cpu = cpu;
	running->running = true;
	running->switched_at = clock_monotonic();
}

void sched_init(void)
{
	uint64_t top = stack_new();

	ASSERT(top);
	first_idle = (struct thread){.stack_top = top, .name = "idle"};
	first_idle.rsp = context_new(top, run_idle, NULL);
	first_thread = (struct thread){
		.name = "boot", .giant = 1, .affinity = ALL_CPUS};
	first_thread.stack_top = top; /* never enters user mode */
	init_queue(0, &first_idle, &first_thread);
	thread_adopt(&first_thread);
	cpu_self()->current = &first_thread;
	tick_init(on_tick);
}

/* Another CPU begins here, on its idle thread's stack. */
static void begin(void)
{
	struct cpu *cpu = cpu_self();

	cpu->current = sched.queues[cpu->id].idle;
	cpu_set_kernel_stack(cpu->current->stack_top);
	irq_enable();
	idle_loop();
}

static int start_cpu(uint32_t apic_id)
{
	unsigned id = cpu_count();
	struct thread *idle = mem_zalloc(sizeof(*idle));
	int rc;

	if (!idle)
		return -ENOMEM;
	idle->stack_top = stack_new();
	if (!idle->stack_top) {
		mem_free(idle);
		return -ENOMEM;
	}
	str_copy(idle->name, "idle", sizeof(idle->name));
	init_queue(id, idle, idle);
	rc = cpu_start(apic_id, idle->stack_top, begin);
	if (rc) {
		stack_free(idle->stack_top);
		mem_free(idle);
	}
	return rc;
}

void sched_start_cpus(const uint32_t *apic_ids, unsigned nr)
{
	uint32_t me = cpu_apic_id();
	unsigned left_out = 0;

	for (unsigned i = 0; i < nr; i++) {
		int rc;

		if (apic_ids[i] == me)
			continue;
		if (cpu_count() >= CPUS_MAX) {
			left_out++;
			continue;
		}
		giant_enable();
		rc = start_cpu(apic_ids[i]);
		if (rc)
			log_line("processor %u does not start (error %d)",
			         apic_ids[i], -rc);
	}
	if (left_out)
		log_line("%u processors are not used: %d is the most", left_out,
		         CPUS_MAX);
}
