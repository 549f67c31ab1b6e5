/* main.c - the order of start. */
#include "kernel/arch/cpu.h"
#include "kernel/arch/irq.h"
#include "kernel/arch/timebase.h"
#include "kernel/boot/start_info.h"
#include "kernel/core/clock.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/core/power.h"
#include "kernel/drivers/serial.h"
#include "kernel/mm/page.h"
#include "kernel/mm/page_init.h"
#include "kernel/sched/thread_private.h"

static struct boot_info info;

_Noreturn void boot_main(uint64_t start_info);

static void init_time(void)
{
	const char *how;

	timebase_init(&how);
	clock_set_realtime(timebase_wall_clock());
}

_Noreturn void boot_main(uint64_t start_info)
{
	cpu_init();
	serial_init();
	start_info_read(start_info, &info);
	page_init(info.ranges, info.nr_ranges);
	init_time();
	irq_init();
	sched_init();
	irq_enable();
	log_line("hello %lu pages, %lu Hz", page_total(), timebase_hz());
	thread_sleep_until(clock_monotonic() + 100 * NS_PER_MS);
	log_line("slept until %lu", clock_monotonic());
	ASSERT(0);
	power_off();
}
