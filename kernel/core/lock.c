/*
 * lock.c - spin locks, and the check of their order.
 *
 * Interrupts go off with the first lock a CPU takes and come back with the
 * last it releases; struct cpu keeps the count.
 */
#include "kernel/core/lock.h"

#include "kernel/arch/cpu.h"
#include "kernel/core/panic.h"

static bool broken; /* atomic */

void lock_init(struct lock *l, enum lock_rank rank)
{
	l->held = 0;
	l->rank = rank;
}

void locks_break(void)
{
	__atomic_store_n(&broken, true, __ATOMIC_RELAXED);
}

#ifdef KERNEL_DEBUG

/* No lower or equal rank may be held. */
static void check_order(struct cpu *cpu, const struct lock *l)
{
	uint32_t held = cpu->held_ranks;

	if (held & ((2u << l->rank) - 1) && !broken)
		panic("lock of rank %d taken while %#x are held", l->rank,
		      held);
}

/* Once it is held: before, it may be given another rank. */
static void note_order(struct cpu *cpu, const struct lock *l)
{
	cpu->held_ranks |= 1u << l->rank;
}

static void forget_order(struct cpu *cpu, const struct lock *l)
{
	cpu->held_ranks &= ~(1u << l->rank);
}

#else

static void check_order(struct cpu *cpu UNUSED, const struct lock *l UNUSED)
{
}

static void note_order(struct cpu *cpu UNUSED, const struct lock *l UNUSED)
{
}

static void forget_order(struct cpu *cpu UNUSED, const struct lock *l UNUSED)
{
}

#endif

static struct cpu *hold(void)
{
	bool irqs = irq_enabled();
	struct cpu *cpu;

	irq_disable();
	cpu = cpu_self();
	if (cpu->locks++ == 0)
		cpu->irqs_were_on = irqs;
	return cpu;
}

static bool try(struct cpu *cpu, struct lock *l)
{
	uint32_t nobody = 0;

	return __atomic_compare_exchange_n(&l->held, &nobody, cpu->id + 1,
	                                   false, __ATOMIC_ACQUIRE,
	                                   __ATOMIC_RELAXED);
}

static void take(struct cpu *cpu, struct lock *l)
{
	while (!try(cpu, l))
		while (__atomic_load_n(&l->held, __ATOMIC_RELAXED)) {
			if (__atomic_load_n(&broken, __ATOMIC_RELAXED))
				return;
			cpu_spin();
		}
}

static void let_go(struct cpu *cpu)
{
	if (--cpu->locks)
		return;
	if (cpu->kicks)
		cpu_kick_pending();
	if (cpu->irqs_were_on)
		irq_enable();
}

void lock_acquire(struct lock *l)
{
	struct cpu *cpu = hold();

	check_order(cpu, l);
	take(cpu, l);
	note_order(cpu, l);
}

void lock_release(struct lock *l)
{
	struct cpu *cpu = cpu_self();

	ASSERT(lock_held(l) || broken);
	forget_order(cpu, l);
	__atomic_store_n(&l->held, 0, __ATOMIC_RELEASE);
	let_go(cpu);
}

void lock_set_rank(struct lock *l, enum lock_rank rank)
{
	struct cpu *cpu = hold();

	check_order(cpu, l);
	take(cpu, l);
	l->rank = rank;
	__atomic_store_n(&l->held, 0, __ATOMIC_RELEASE);
	let_go(cpu);
}

/* By address; the check of ranks sees one lock. */
void lock_acquire_two(struct lock *a, struct lock *b)
{
	struct cpu *cpu = hold();

	check_order(cpu, a);
	take(cpu, a < b ? a : b);
	if (a != b)
		take(cpu, a < b ? b : a);
	note_order(cpu, a);
}

void lock_release_two(struct lock *a, struct lock *b)
{
	if (a != b)
		__atomic_store_n(&b->held, 0, __ATOMIC_RELEASE);
	lock_release(a);
}

bool lock_held(const struct lock *l)
{
	return __atomic_load_n(&l->held, __ATOMIC_RELAXED) ==
	       cpu_self()->id + 1;
}
