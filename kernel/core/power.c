/* power.c - the last thing the kernel does. */
#include "kernel/core/power.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/regs.h"

/* The reset control register of PC chipsets. */
enum { RESET_PORT = 0xcf9, RESET_HARD = 0x06 };

static void (*off)(void);

void power_set_off(void (*fn)(void))
{
	off = fn;
}

/* Without an interrupt table the next trap is a triple fault: a reset, which
 * ends QEMU under -no-reboot and restarts a PC. */
static NORETURN void triple_fault(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} PACKED none = {0, 0};

	__asm__ volatile("lidt %0; int3" : : "m"(none));
	cpu_stop();
}

NORETURN void power_off(void)
{
	irq_disable();
	cpu_stop_others();
	if (off)
		off();
	triple_fault();
}

NORETURN void power_restart(void)
{
	irq_disable();
	outb(RESET_PORT, RESET_HARD);
	triple_fault();
}
