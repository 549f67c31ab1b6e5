/*
 * trap.h - the registers at an entry to the kernel, and who handles it.
 */
#ifndef KERNEL_ARCH_TRAP_H
#define KERNEL_ARCH_TRAP_H

#include <stdbool.h>
#include <stdint.h>

/* In the order entry.S pushes. Always at the top of the kernel stack for an
 * entry from user mode. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8;
	uint64_t rax, rcx, rdx, rsi, rdi;
	uint64_t vector; /* TRAP_SYSCALL for a system call */
	uint64_t error;  /* error code; of a system call: its number */
	uint64_t rip, cs, rflags, rsp, ss;
};

/* Exceptions that programs see as signals. */
enum {
	TRAP_DIVIDE = 0,
	TRAP_DEBUG = 1,
	TRAP_BREAKPOINT = 3,
	TRAP_OVERFLOW = 4,
	TRAP_BOUND = 5,
	TRAP_OPCODE = 6,
	TRAP_NO_FPU = 7,
	TRAP_DOUBLE = 8,
	TRAP_SEGMENT = 11,
	TRAP_STACK = 12,
	TRAP_PROTECTION = 13,
	TRAP_PAGE = 14,
	TRAP_FPU = 16,
	TRAP_ALIGN = 17,
	TRAP_SIMD = 19,

	/* Bits of a page fault's error code. */
	FAULT_PRESENT = 1,
	FAULT_WRITE = 2,
	FAULT_USER = 4,
	FAULT_EXEC = 16,
};

/*
 * What the layers above do at an entry. Set once at boot, before the first
 * program runs. All run in thread context with interrupts on.
 */
struct trap_hooks {
	/* The result is stored in rax, unless the handler changed tf itself
	 * and returns tf->rax. */
	int64_t (*syscall)(struct trap_frame *tf);

	/* Bring the page in. False: it is a bad access. */
	bool (*page_fault)(uint64_t addr, uint64_t error);

	/* An exception in user mode; `addr` is the page fault's. */
	void (*exception)(struct trap_frame *tf, uint64_t addr);

	/* About to go back to user mode: signals, rescheduling. */
	void (*user_return)(struct trap_frame *tf);
};

void trap_set_hooks(const struct trap_hooks *hooks);

/* Go to user mode with these registers and never come back here. */
_Noreturn void user_enter(struct trap_frame *tf);

#endif
