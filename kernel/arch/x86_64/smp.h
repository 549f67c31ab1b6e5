/* smp.h - between the files of the port: processors and what they ask of each
 * other. */
#ifndef KERNEL_ARCH_X86_64_SMP_H
#define KERNEL_ARCH_X86_64_SMP_H

#include <stdbool.h>
#include <stdint.h>

struct cpu;
struct mmu;

/* cpu.c: tables for one more processor, which is then cpu_count()'s; NULL. */
struct cpu *cpu_new(uint32_t *index);
void cpu_discard(struct cpu *c);

/* On that processor: load its tables. */
void cpu_become(struct cpu *c);

/* It is ready: count it. */
void cpu_announce(struct cpu *c);

/*
 * Forget what the TLBs of this and all other CPUs have of `m` in [start, end),
 * and wait until they have. With `tables` also what they have of upper levels,
 * so that page tables can be freed. Any context; spin locks may be held.
 */
void smp_flush(const struct mmu *m, uint64_t start, uint64_t end, bool tables);

/* The same for the TLB of this CPU alone. */
void smp_forget(uint64_t start, uint64_t end);

/* Do what other CPUs have asked this one to do. Interrupts off. */
void smp_answer(void);

/* The number of a CPU's interrupt controller. */
uint32_t smp_apic_id(unsigned cpu);

/* An NMI came: the machine is stopping, or it means nothing. */
void smp_nmi(void);

#endif
