/* panic.c - the report, part by part, and the end. */
#include "kernel/core/panic.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/trap.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/core/lock.h"
#include "kernel/core/log.h"
#include "kernel/core/power.h"
#include "kernel/core/symbols.h"
#include "kernel/core/trace.h"
#include "kernel/lib/string.h"

enum { FRAMES_MAX = 32, EVENTS_SHOWN = 32, REPORTS_MAX = 4 };

static struct {
	/* Set at boot. */
	void (*reports[REPORTS_MAX])(void);
	bool restart;

	bool begun;
	char reason[200];
} state;

void panic_add(void (*report)(void))
{
	for (int i = 0; i < REPORTS_MAX; i++)
		if (!state.reports[i]) {
			state.reports[i] = report;
			return;
		}
	panic("too many reports");
}

void panic_restart(bool yes)
{
	state.restart = yes;
}

void panic_address(const char *what, uint64_t addr)
{
	uint64_t offset;
	const char *name = symbol_find(addr, &offset);

	log_line("  %s %016lx %s+%#lx", what, addr, name ? name : "?",
	         name ? offset : 0);
}

/* Where a call returns to may be behind the end of who called: what never comes
 * back is called last. */
static void print_caller(uint64_t addr)
{
	uint64_t offset;
	const char *name = symbol_find(addr - 1, &offset);

	log_line("  at %016lx %s+%#lx", addr, name ? name : "?",
	         name ? offset + 1 : 0);
}

/* Frames are linked through rbp; each must be above the last. */
void panic_backtrace(uint64_t rbp, int max)
{
	for (int i = 0; i < max; i++) {
		const uint64_t *frame = (const uint64_t *)rbp;

		if (rbp < PAGE_OFFSET || rbp & 7 ||
		    !symbol_find(frame[1] - 1, NULL))
			break;
		print_caller(frame[1]);
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

static NORETURN void end(void)
{
	log_status("panic %s", state.reason);
	if (state.restart)
		power_restart();
	power_off();
}

static NORETURN void stop(const struct trap_frame *tf, uint64_t rbp)
{
	log_line("panic: %s", state.reason);
	log_line("  the kernel lies %#lx above where it was linked",
	         kernel_slide);
	if (tf) {
		print_registers(tf);
		panic_address("in", tf->rip);
	}
	panic_backtrace(rbp, FRAMES_MAX);
	log_line("what happened last:");
	trace_print(EVENTS_SHOWN);
	for (int i = 0; i < REPORTS_MAX && state.reports[i]; i++)
		state.reports[i]();
	end();
}

/* What fails while the report is printed ends it. */
static void begin(const char *fmt, va_list ap) PRINTF(1, 0);
static void begin(const char *fmt, va_list ap)
{
	irq_disable();
	if (state.begun) {
		log_break();
		log_line("panic: the report itself failed");
		end();
	}
	state.begun = true;
	cpu_stop_others();
	locks_break();
	log_break();
	str_vprintf(state.reason, sizeof(state.reason), fmt, ap);
}

NORETURN void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	begin(fmt, ap);
	va_end(ap);
	stop(NULL, (uint64_t)__builtin_frame_address(0));
}

NORETURN void panic_trap(const struct trap_frame *tf, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	begin(fmt, ap);
	va_end(ap);
	stop(tf, tf->rbp);
}
