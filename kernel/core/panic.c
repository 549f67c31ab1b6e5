/* panic.c - registers, a backtrace with names, and the end. */
#include "kernel/core/panic.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/trap.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/core/log.h"
#include "kernel/core/power.h"
#include "kernel/core/symbols.h"
#include "kernel/lib/string.h"

enum { FRAMES_MAX = 32 };

static bool panicking;

static void print_address(const char *what, uint64_t addr)
{
	uint64_t offset;
	const char *name = symbol_find(addr, &offset);

	log_line("  %s %016lx %s+%#lx", what, addr, name ? name : "?",
	         name ? offset : 0);
}

/* Frames are linked through rbp; each must be above the last. */
static void print_backtrace(uint64_t rbp)
{
	for (int i = 0; i < FRAMES_MAX; i++) {
		const uint64_t *frame = (const uint64_t *)rbp;

		if (rbp < PAGE_OFFSET || rbp & 7 ||
		    !symbol_find(frame[1], NULL))
			break;
		print_address("at", frame[1]);
		if (frame[0] <= rbp)
			break;
		rbp = frame[0];
	}
}

static void print_registers(const struct trap_frame *tf)
{
	log_line("  rip %016lx rsp %016lx rflags %08lx", tf->rip, tf->rsp,
	         tf->rflags);
	log_line("  rax %016lx rbx %016lx rcx %016lx", tf->rax, tf->rbx,
	         tf->rcx);
	log_line("  rdx %016lx rsi %016lx rdi %016lx", tf->rdx, tf->rsi,
	         tf->rdi);
	log_line("  rbp %016lx r8  %016lx r9  %016lx", tf->rbp, tf->r8, tf->r9);
	log_line("  r10 %016lx r11 %016lx r12 %016lx", tf->r10, tf->r11,
	         tf->r12);
	log_line("  r13 %016lx r14 %016lx r15 %016lx", tf->r13, tf->r14,
	         tf->r15);
}

static NORETURN void stop(const char *reason, const struct trap_frame *tf,
                          uint64_t rbp)
{
	irq_disable();
	if (panicking)
		power_off(); /* the report itself failed */
	panicking = true;
	log_break();
	log_line("panic: %s", reason);
	if (tf) {
		print_registers(tf);
		print_address("in", tf->rip);
	}
	print_backtrace(rbp);
	log_status("panic %s", reason);
	power_off();
}

NORETURN void panic(const char *fmt, ...)
{
	char reason[200];
	va_list ap;

	va_start(ap, fmt);
	str_vprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	stop(reason, NULL, (uint64_t)__builtin_frame_address(0));
}

NORETURN void panic_trap(const struct trap_frame *tf, const char *fmt, ...)
{
	char reason[200];
	va_list ap;

	va_start(ap, fmt);
	str_vprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	stop(reason, tf, tf->rbp);
}
