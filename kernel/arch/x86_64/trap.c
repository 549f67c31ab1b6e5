/* trap.c - interrupts, exceptions and system calls, on their way to a handler.
 */
#include "kernel/arch/trap.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/apic.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/arch/x86_64/smp.h"
#include "kernel/core/panic.h"
#include "kernel/core/trace.h"
#include "kernel/lib/attr.h"

static_assert(sizeof(struct trap_frame) == 22 * 8, "entry.S");

enum { VECTOR_NMI = 2, FIRST_IRQ_VECTOR = 32 };

static struct trap_hooks hooks;

struct fixup {
	uint64_t at, go_on;
};
extern const struct fixup extable_start[], extable_end[];

void trap_dispatch(struct trap_frame *tf);
bool trap_syscall(struct trap_frame *tf);

void trap_set_hooks(const struct trap_hooks *h)
{
	hooks = *h;
}

static bool from_user(const struct trap_frame *tf)
{
	return (tf->cs & 3) != 0;
}

/* Where to go on after a fault at an instruction that is known to fault. */
static const struct fixup *find_fixup(const struct trap_frame *tf)
{
	for (const struct fixup *f = extable_start; f < extable_end; f++)
		if (f->at == tf->rip)
			return f;
	return NULL;
}

static const char *name_of(uint64_t vector)
{
	static const char *const names[] = {
		[TRAP_DIVIDE] = "divide error",
		[TRAP_OPCODE] = "invalid instruction",
		[TRAP_DOUBLE] = "double fault",
		[TRAP_SEGMENT] = "segment not present",
		[TRAP_STACK] = "stack fault",
		[TRAP_PROTECTION] = "general protection fault",
		[TRAP_PAGE] = "page fault",
	};
	const char *name = vector < ARRAY_LEN(names) ? names[vector] : 0;

	return name ? name : "exception";
}

static uint64_t read_cr2(void)
{
	uint64_t v;

	__asm__ volatile("movq %%cr2, %0" : "=r"(v));
	return v;
}

static void kernel_exception(struct trap_frame *tf, uint64_t addr)
{
	const struct fixup *f = find_fixup(tf);

	if (f) {
		tf->rip = f->go_on;
		return;
	}
	if (tf->vector == TRAP_DOUBLE)
		addr = read_cr2();
	if (tf->vector == TRAP_DOUBLE && stack_guard_hit(addr))
		panic_trap(tf, "kernel stack overflow, address %#lx", addr);
	panic_trap(tf, "%s in the kernel, error %#lx, address %#lx",
	           name_of(tf->vector), tf->error, addr);
}

static void page_fault(struct trap_frame *tf)
{
	uint64_t addr = read_cr2();
	bool may_sleep = tf->rflags & RFLAGS_IF && !cpu_self()->locks;
	bool meant = from_user(tf) || find_fixup(tf);
	bool ok = false;

	trace_event(TRACE_FAULT, addr, tf->error, tf->rip, 0);
	/* Elsewhere the kernel never touches the program's half. */
	if (addr < USER_END && may_sleep && meant) {
		irq_enable();
		ok = hooks.page_fault(addr, tf->error);
	}
	if (ok)
		return;
	if (!from_user(tf)) {
		kernel_exception(tf, addr);
		return;
	}
	irq_enable();
	hooks.exception(tf, addr);
}

static void exception(struct trap_frame *tf)
{
	if (tf->vector == TRAP_PAGE) {
		page_fault(tf);
		return;
	}
	trace_event(TRACE_EXCEPTION, tf->vector, tf->error, tf->rip, 0);
	if (!from_user(tf) || tf->vector == TRAP_DOUBLE) {
		kernel_exception(tf, 0);
		return;
	}
	irq_enable();
	hooks.exception(tf, 0);
}

static void interrupt(struct trap_frame *tf)
{
	struct cpu *cpu = cpu_self();

	trace_event(TRACE_INTERRUPT, tf->vector, tf->rip, 0, 0);
	cpu->in_interrupt = true;
	apic_handle((unsigned)tf->vector);
	cpu->in_interrupt = false;
}

/* What came after the hook had looked is not left until the next trap. */
static void leave(struct trap_frame *tf)
{
	do {
		irq_enable();
		hooks.user_return(tf);
		irq_disable();
	} while (__atomic_load_n(&cpu_self()->need_resched, __ATOMIC_RELAXED));
}

void trap_dispatch(struct trap_frame *tf)
{
	/* It may come anywhere, also where GS is still the program's. */
	if (tf->vector == VECTOR_NMI) {
		smp_nmi();
		return;
	}
	if (cpu_features.smap)
		__asm__ volatile("clac"); /* a copy may have faulted */
	if (tf->vector >= FIRST_IRQ_VECTOR)
		interrupt(tf);
	else
		exception(tf);
	if (from_user(tf))
		leave(tf);
	else
		irq_disable();
}

/* SYSRET faults in ring 0 when rip is not canonical (SDM, SYSRET). */
static bool may_sysret(const struct trap_frame *tf)
{
	return tf->vector == TRAP_SYSCALL && tf->rip < USER_END &&
	       !(tf->rflags & (RFLAGS_TF | RFLAGS_RF));
}

bool trap_syscall(struct trap_frame *tf)
{
	irq_enable();
	tf->rcx = tf->rip;
	tf->r11 = tf->rflags;
	tf->rax = (uint64_t)hooks.syscall(tf);
	leave(tf);
	return may_sysret(tf);
}
