/*
 * smp.c - starting processors, and what they ask of each other.
 *
 * Start: INIT and STARTUP messages (SDM vol. 3, 8.4) let a processor begin in
 * real mode at TRAMPOLINE, where the code of entry.S was copied to, with page
 * tables that show this memory where it is and the kernel where it belongs.
 *
 * TLBs: whoever takes something out of a page table posts the range to each
 * CPU that may have it, interrupts it, and waits. Everybody who waits for
 * another CPU with interrupts off answers such posts meanwhile (cpu_spin()),
 * so this may be done under spin locks. A CPU that is idle is not interrupted
 * unless page tables go: it looks at its post before it runs a program again.
 */
#include "kernel/arch/x86_64/smp.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/apic.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/core/clock.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

enum {
	FLUSH_SINGLY = 32, /* pages; above, all are forgotten at once */
	INIT_PAUSE_US = 10,
	STARTUP_AGAIN_US = 1000,
	STARTUP_MAX_MS = 1000,
};

/* What a CPU is asked to forget. `wanted` counts posts, `done` answers. */
struct post {
	uint32_t lock; /* held for a few instructions, interrupts off */
	uint64_t start, end;
	uint64_t wanted, done; /* atomic */
	bool lazy;             /* atomic: idle, it will look by itself */
	uint32_t apic_id;
} ALIGNED(64);

static struct post posts[CPUS_MAX];
static bool stopping; /* atomic */

/* entry.S: what is copied to TRAMPOLINE, and words in it to be filled in. */
extern const char ap_trampoline[], ap_trampoline_end[];
extern const char ap_go[], ap_stack[], ap_arg[];
void smp_main(struct cpu *c);

/* --- the TLB --- */

static void forget_all(void)
{
	uint64_t cr3;

	__asm__ volatile("movq %%cr3, %0; movq %0, %%cr3"
	                 : "=r"(cr3)
	                 :
	                 : "memory");
}

/* With one page at least the processor forgets upper levels, too (SDM vol. 3,
 * 4.10.4.1). */
void smp_forget(uint64_t start, uint64_t end)
{
	if (end - start > FLUSH_SINGLY * PAGE_SIZE) {
		forget_all();
		return;
	}
	for (uint64_t va = start; va < end; va += PAGE_SIZE)
		__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

static void lock_post(struct post *p)
{
	while (__atomic_exchange_n(&p->lock, 1, __ATOMIC_ACQUIRE))
		cpu_relax();
}

static void unlock_post(struct post *p)
{
	__atomic_store_n(&p->lock, 0, __ATOMIC_RELEASE);
}

static void answer(struct cpu *cpu, struct post *p)
{
	uint64_t start, end, wanted;

	lock_post(p);
	start = p->start;
	end = p->end;
	wanted = p->wanted;
	p->start = p->end = 0;
	unlock_post(p);
	smp_forget(start, end);
	cpu->flushes++;
	__atomic_store_n(&p->done, wanted, __ATOMIC_RELEASE);
}

/* Every turn of every loop that waits comes here. */
void smp_answer(void)
{
	struct cpu *cpu = cpu_self();
	struct post *p = &posts[cpu->id];

	if (__atomic_load_n(&p->wanted, __ATOMIC_ACQUIRE) != p->done)
		answer(cpu, p);
}

/* With interrupts on, the interrupt does it. */
void cpu_spin(void)
{
	cpu_relax();
	if (!irq_enabled())
		smp_answer();
}

/* The number of this post. Interrupts are off. */
static uint64_t post(struct post *p, uint64_t start, uint64_t end)
{
	uint64_t nr;

	lock_post(p);
	if (p->start == p->end) {
		p->start = start;
		p->end = end;
	} else if (start < end) {
		p->start = p->start < start ? p->start : start;
		p->end = p->end > end ? p->end : end;
	}
	nr = p->wanted + 1;
	__atomic_store_n(&p->wanted, nr, __ATOMIC_SEQ_CST);
	unlock_post(p);
	return nr;
}

static void flush_others(const struct mmu *m, uint64_t start, uint64_t end,
                         bool tables)
{
	unsigned me = cpu_self()->id, nr = cpu_count();
	uint64_t numbers[CPUS_MAX] = {0};

	for (unsigned i = 0; i < nr; i++) {
		struct post *p = &posts[i];
		uint64_t number;

		if (i == me ||
		    __atomic_load_n(&cpu_get(i)->mmu, __ATOMIC_SEQ_CST) != m)
			continue;
		number = post(p, start, end);
		if (!tables && __atomic_load_n(&p->lazy, __ATOMIC_SEQ_CST))
			continue;
		numbers[i] = number;
		apic_send_flush(p->apic_id);
	}
	for (unsigned i = 0; i < nr; i++)
		while (numbers[i] >
		       __atomic_load_n(&posts[i].done, __ATOMIC_ACQUIRE))
			cpu_spin();
}

void smp_flush(const struct mmu *m, uint64_t start, uint64_t end, bool tables)
{
	bool irqs;

	if (tables)
		forget_all();
	else
		smp_forget(start, end);
	if (cpu_count() == 1)
		return;
	irqs = irq_enabled();
	irq_disable();
	/* The entries were changed before anybody's `mmu` is read. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	flush_others(m, start, end, tables);
	if (irqs)
		irq_enable();
}

/* Nothing to forget: the interrupt is the barrier, its end makes the processor
 * read instructions anew (SDM vol. 3, 8.3). */
void mmu_barrier(const struct mmu *m)
{
	smp_flush(m, 0, 0, false);
}

void mmu_set_idle(bool idle)
{
	struct post *p = &posts[cpu_self()->id];

	__atomic_store_n(&p->lazy, idle, __ATOMIC_SEQ_CST);
	if (!idle)
		smp_answer();
}

/* --- interrupting --- */

void cpu_kick(const struct cpu *c)
{
	struct cpu *me = cpu_self();

	if (me->locks)
		me->kicks |= UINT32_C(1) << c->id;
	else
		apic_send_kick(posts[c->id].apic_id);
}

void cpu_kick_pending(void)
{
	struct cpu *me = cpu_self();

	for (; me->kicks; me->kicks &= me->kicks - 1)
		apic_send_kick(posts[__builtin_ctz(me->kicks)].apic_id);
}

/* The boot CPU's is noted when there is another. */
uint32_t smp_apic_id(unsigned cpu)
{
	return cpu == cpu_self()->id ? cpu_apic_id() : posts[cpu].apic_id;
}

void cpu_stop_others(void)
{
	unsigned me = cpu_self()->id;

	__atomic_store_n(&stopping, true, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < cpu_count(); i++)
		if (i != me)
			apic_send_nmi(posts[i].apic_id);
}

void smp_nmi(void)
{
	if (__atomic_load_n(&stopping, __ATOMIC_SEQ_CST))
		cpu_stop();
}

/* --- starting --- */

/* The way from the address of a word in the code to the copy of it. */
static volatile void *in_trampoline(const char *at)
{
	return phys_to_virt(
		(paddr){TRAMPOLINE + (uint64_t)(at - ap_trampoline)});
}

static void put(const char *at, uint64_t v)
{
	*(volatile uint64_t *)in_trampoline(at) = v;
}

static volatile uint32_t *go_word(void)
{
	return in_trampoline(ap_go);
}

struct starting {
	void (*main)(void);
};
static struct starting starting;

static void pause_us(uint64_t us)
{
	uint64_t until = clock_monotonic() + us * NS_PER_US;

	while (clock_monotonic() < until)
		cpu_relax();
}

static bool came(unsigned id, uint64_t us)
{
	uint64_t until = clock_monotonic() + us * NS_PER_US;

	while (cpu_count() <= id)
		if (clock_monotonic() >= until)
			return false;
		else
			cpu_relax();
	return true;
}

/*
 * True: it is there, or will be at once. A processor that comes after it was
 * given up finds no word to go on and stops.
 */
static bool wake(uint32_t apic_id, unsigned id)
{
	apic_send_init(apic_id);
	pause_us(INIT_PAUSE_US);
	apic_send_startup(apic_id, TRAMPOLINE);
	if (came(id, STARTUP_AGAIN_US))
		return true;
	apic_send_startup(apic_id, TRAMPOLINE);
	if (came(id, STARTUP_MAX_MS * 1000))
		return true;
	if (__atomic_exchange_n(go_word(), 0, __ATOMIC_SEQ_CST))
		return false;
	while (cpu_count() <= id)
		cpu_relax();
	return true;
}

int cpu_start(uint32_t apic_id, uint64_t stack_top, void (*main)(void))
{
	uint32_t id;
	struct cpu *c = cpu_new(&id);

	if (!c)
		return -ENOMEM;
	posts[0].apic_id = cpu_apic_id();
	posts[id].apic_id = apic_id;
	memcpy(phys_to_virt((paddr){TRAMPOLINE}), ap_trampoline,
	       (size_t)(ap_trampoline_end - ap_trampoline));
	mmu_build_low(TRAMPOLINE + PAGE_SIZE);
	starting.main = main;
	put(ap_stack, stack_top);
	put(ap_arg, (uint64_t)c);
	__atomic_store_n(go_word(), 1, __ATOMIC_SEQ_CST);
	if (wake(apic_id, id))
		return 0;
	cpu_discard(c);
	return -ETIMEDOUT;
}

/* A processor arrives here from entry.S, on the stack it was given. */
void smp_main(struct cpu *c)
{
	void (*main)(void) = starting.main;

	mmu_load_kernel();
	cpu_become(c);
	apic_init_cpu();
	cpu_announce(c);
	main();
	cpu_stop();
}
