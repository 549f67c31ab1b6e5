/*
 * lock.c - spin locks, and the check of their order.
 *
 * Interrupts go off with the first lock a CPU takes and come back with the
 * last it releases; struct cpu keeps the count.
 */
#include "kernel/core/lock.h"

#include "kernel/arch/cpu.h"
#include "kernel/core/panic.h"

void lock_init(struct lock *l, enum lock_rank rank)
{
	l->held = 0;
	l->rank = rank;
}

#ifdef KERNEL_DEBUG

/* Ranks held by this CPU, one bit each: no lower or equal one may be held. */
static uint32_t held_ranks[CPUS_MAX];

static void check_order(const struct lock *l)
{
	uint32_t *held = &held_ranks[cpu_self()->id];

	if (*held & ((2u << l->rank) - 1))
		panic("lock of rank %d taken while %#x are held", l->rank,
		      *held);
	*held |= 1u << l->rank;
}

static void forget_order(const struct lock *l)
{
	held_ranks[cpu_self()->id] &= ~(1u << l->rank);
}

#else

static void check_order(const struct lock *l UNUSED)
{
}

static void forget_order(const struct lock *l UNUSED)
{
}

#endif

void lock_acquire(struct lock *l)
{
	bool irqs = irq_enabled();
	struct cpu *cpu;

	irq_disable();
	cpu = cpu_self();
	if (cpu->locks++ == 0)
		cpu->irqs_were_on = irqs;
	check_order(l);
	while (__atomic_exchange_n(&l->held, cpu->id + 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&l->held, __ATOMIC_RELAXED))
			cpu_relax();
}

void lock_release(struct lock *l)
{
	struct cpu *cpu = cpu_self();

	ASSERT(lock_held(l));
	forget_order(l);
	__atomic_store_n(&l->held, 0, __ATOMIC_RELEASE);
	if (--cpu->locks == 0 && cpu->irqs_were_on)
		irq_enable();
}

bool lock_held(const struct lock *l)
{
	return __atomic_load_n(&l->held, __ATOMIC_RELAXED) ==
	       cpu_self()->id + 1;
}
