/*
 * cpu.h - the processor: what is private to each, and its switches.
 */
#ifndef KERNEL_ARCH_CPU_H
#define KERNEL_ARCH_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

struct mmu;
struct thread;

enum { CPUS_MAX = 8 };

/*
 * One of each CPU, its own to change; others write where it says so. The
 * first members are known to entry.S by offset.
 */
struct cpu {
	struct cpu *self;
	uint64_t kernel_rsp; /* top of the current thread's kernel stack */
	uint64_t user_rsp;   /* entry.S keeps it here for a moment */
	struct thread *current;

	uint32_t id;
	uint32_t locks;      /* spin locks held */
	uint32_t held_ranks; /* of those, one bit each; debug builds */
	uint32_t kicks;      /* CPUs to interrupt after the last of them */
	bool irqs_were_on;   /* before the first of them */
	bool need_resched;   /* atomic; any CPU may set it */
	bool in_interrupt;
	struct thread *fpu_owner; /* whose registers are loaded */
	const struct mmu *mmu;    /* loaded; NULL: the kernel's own. Atomic */
	uint64_t flushes;         /* of the TLB, that others asked for */
};

struct cpu *cpu_self(void);
struct thread *cpu_current_thread(void);

/* How many run; their ids are 0 to this - 1, and the first is the boot's. */
unsigned cpu_count(void);

/* All of them, as a mask. */
static inline uint32_t cpu_mask(void)
{
	return (UINT32_C(1) << cpu_count()) - 1;
}
struct cpu *cpu_get(unsigned id);

bool irq_enabled(void);
void irq_enable(void);
void irq_disable(void);

/* Sleep until an interrupt; called with interrupts off, returns with on. */
void cpu_wait(void);
void cpu_relax(void);

/*
 * In every loop that waits for another CPU with interrupts off: relaxes, and
 * does meanwhile what that one may be waiting for.
 */
void cpu_spin(void);

/* Stop for good. */
_Noreturn void cpu_stop(void);

/* Stop all others for good, whatever they do. Any context. */
void cpu_stop_others(void);

/*
 * Interrupt another CPU: what the timer calls is called there, and a way to
 * user mode begins anew. Any context. With spin locks held it is done when the
 * last is released: sending takes longer than what locks are held for, and who
 * is woken wants them first.
 */
void cpu_kick(const struct cpu *c);

/* For lock.c: interrupt those in cpu_self()->kicks, of which there are some.
 * Interrupts off. */
void cpu_kick_pending(void);

/*
 * Start a processor with this number of its interrupt controller. It runs
 * main() on the stack that ends at stack_top, interrupts off, as CPU number
 * cpu_count() - 1. One at a time, by the boot CPU. -ENOMEM, -ETIMEDOUT.
 */
NODISCARD int cpu_start(uint32_t apic_id, uint64_t stack_top,
                        void (*main)(void));

/* Of the CPU that runs. */
uint32_t cpu_apic_id(void);

/* What the processor can do; set at boot. */
struct cpu_features {
	bool smep, smap, umip, xsave, rdrand, rdseed, x2apic, tsc_deadline;
	bool pages_1g, hypervisor, kvmclock, rdtscp, rdpid;
	uint32_t xsave_size; /* bytes of FPU state */
	uint64_t xsave_mask; /* XCR0 */
	char vendor[13];
	char model[49];
};
extern struct cpu_features cpu_features;

void cpu_init(void);

/* When there is memory: stacks with guard pages for what needs its own, double
 * faults and NMIs. -ENOMEM. */
NODISCARD int cpu_init_stacks(void);

/* The lowest address of such a stack of this CPU, from 0 on; 0: no more. */
uint64_t cpu_trap_stack(unsigned i);

/* --- floating point and vector registers, kept per thread --- */

/* Memory for one thread's, in its initial state; NULL: none. */
void *fpu_new(void);
void fpu_free(void *state);
void fpu_save(void *state);
void fpu_load(const void *state);

/*
 * Why the running program thread got a floating-point exception, as si_code
 * says it: FPE_FLTDIV (3) to FPE_FLTINV (7). `vector`: of a vector unit.
 */
int fpu_error(bool vector);

/* The thread pointer of the running program thread. */
void cpu_set_fs_base(uint64_t base);
void cpu_set_user_gs_base(uint64_t base);
uint64_t cpu_user_gs_base(void);

/* Where traps from user mode put their frame. */
void cpu_set_kernel_stack(uint64_t top);

/* Hardware random bits; false when there is no such instruction. */
bool cpu_random(uint64_t *out);

/* Switch stacks: see entry.S. */
void context_switch(uint64_t *save_rsp, uint64_t load_rsp);

/* The first frame of a new thread that will run fn(arg). Returns its rsp. */
uint64_t context_new(uint64_t stack_top, void (*fn)(void *), void *arg);

/* Who called it, for a backtrace of a thread that does not run: the address,
 * and the frame to go on with. False: `rsp` is no such stack. */
bool context_caller(uint64_t rsp, uint64_t *pc, uint64_t *frame);

#endif
