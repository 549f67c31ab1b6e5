/* probe.c - see probe.h. */
#include "kernel/boot/probe.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/clock.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/process.h"
#include "kernel/linux/time.h"
#include "kernel/sched/thread.h"

enum { AT_ENTRY = 9, RET = 0xc3, PAUSE_MS = 200 };

static const char constant[16] = "constant";
static char data[16] = {(char)RET};

/* The compiler must not know what these do. */
static void store(uint64_t at)
{
	*(volatile char *)at = (char)RET;
}

static void load(uint64_t at)
{
	(void)*(volatile char *)at;
}

static void call(uint64_t at)
{
	((void (*)(void))at)();
}

static uint64_t alias_of(uint64_t p)
{
	return (uint64_t)phys_to_virt(virt_to_phys((const void *)p));
}

/* An address of the program's that is mapped, and its page tables. */
static uint64_t enter_program(void)
{
	mmu_load(&process.space.mmu);
	for (size_t i = 0; i < process.auxv_len; i += 2)
		if (process.auxv[i] == AT_ENTRY)
			return process.auxv[i + 1];
	return 0;
}

static void probe_panic(void)
{
	panic("asked for");
}

static void probe_null(void)
{
	volatile uint64_t nowhere = 8;

	load(nowhere);
}

static void probe_write_text(void)
{
	store((uint64_t)probe_panic);
}

static void probe_write_text_alias(void)
{
	store(alias_of((uint64_t)probe_panic));
}

static void probe_write_constant(void)
{
	store((uint64_t)constant);
}

static void probe_run_data(void)
{
	call((uint64_t)data);
}

static void probe_run_text_alias(void)
{
	call(alias_of((uint64_t)probe_panic));
}

static void probe_read_program(void)
{
	load(enter_program());
}

static void probe_run_program(void)
{
	call(enter_program());
}

static NOINLINE int dig(volatile int *n)
{
	volatile char room[512];

	room[0] = (char)*n;
	*n += 1;
	return *n ? dig(n) + room[0] : 0;
}

static void probe_stack_overflow(void)
{
	int n = 0;

	(void)dig(&n);
}

static void probe_double_fault_guard(void)
{
	store(cpu_trap_stack(0) - 1);
}

static void probe_nmi_guard(void)
{
	store(cpu_trap_stack(1) - 1);
}

static NOINLINE void overrun(volatile size_t n)
{
	char room[32];
	volatile char *volatile p = room; /* nobody knows how much room */

	for (size_t i = 0; i < n; i++)
		p[i] = 'x';
}

static void probe_stack_overrun(void)
{
	overrun(64);
}

/* Not a fault: the clock is to find out (linux/time_follow.c). */
static void probe_late_clock(void)
{
	time_step_real(-(int64_t)(750 * NS_PER_MS));
}

static const struct probe {
	const char *name;
	void (*run)(void);
} probes[] = {
	{"panic", probe_panic},
	{"null", probe_null},
	{"write-text", probe_write_text},
	{"write-text-alias", probe_write_text_alias},
	{"write-constant", probe_write_constant},
	{"run-data", probe_run_data},
	{"run-text-alias", probe_run_text_alias},
	{"read-program", probe_read_program},
	{"run-program", probe_run_program},
	{"stack-overflow", probe_stack_overflow},
	{"stack-overrun", probe_stack_overrun},
	{"double-fault-guard", probe_double_fault_guard},
	{"nmi-guard", probe_nmi_guard},
	{"late-clock", probe_late_clock},
};

static const struct probe *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(probes); i++)
		if (strcmp(probes[i].name, name) == 0)
			return &probes[i];
	return NULL;
}

int probe_check(const char *name)
{
	return find(name) ? 0 : -EINVAL;
}

static void run(void *arg)
{
	const struct probe *p = arg;

	/* Let the program come to where it waits. */
	thread_sleep_until(clock_monotonic() + PAUSE_MS * NS_PER_MS);
	p->run();
	log_line("probe %s: nothing stopped it", p->name);
}

void probe_run(const char *name)
{
	const struct probe *p = name ? find(name) : NULL;

	if (p && thread_start("probe", run, (void *)(uintptr_t)p))
		log_line("probe %s: no memory", name);
}
