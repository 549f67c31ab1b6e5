/* proc_cpu.c - see proc_cpu.h. */
#include "kernel/linux/proc_cpu.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/irq.h"
#include "kernel/arch/timebase.h"
#include "kernel/core/clock.h"
#include "kernel/fs/proc.h"
#include "kernel/fs/text.h"
#include "kernel/lib/string.h"
#include "kernel/linux/process.h"
#include "kernel/sched/load.h"
#include "kernel/sched/thread_private.h"

static void print_cpu(struct text *out, unsigned id, unsigned all)
{
	uint64_t khz = timebase_hz() / 1000;

	text_printf(out,
	            "processor\t: %u\nvendor_id\t: %s\nmodel name\t: %s\n"
	            "cpu MHz\t\t: %lu.%03lu\nphysical id\t: 0\n"
	            "siblings\t: %u\ncore id\t\t: %u\ncpu cores\t: %u\n"
	            "apicid\t\t: %u\nflags\t\t: fpu tsc msr cx8 apic cmov fxsr "
	            "sse sse2 syscall nx lm%s\n\n",
	            id, cpu_features.vendor, cpu_features.model, khz / 1000,
	            khz % 1000, all, id, all, id,
	            cpu_features.hypervisor ? " hypervisor" : "");
}

static int fill_cpuinfo(struct text *out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	for (unsigned i = 0; i < cpu_count(); i++)
		print_cpu(out, i, cpu_count());
	return 0;
}

/* "0", "0-3" */
static int fill_list(struct text *out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	if (cpu_count() > 1)
		text_printf(out, "0-%u\n", cpu_count() - 1);
	else
		text_printf(out, "0\n");
	return 0;
}

/* All time that was not idle counts as the program's. In 1/100 s. */
static void print_times(struct text *out, const char *name, uint64_t all_ns,
                        uint64_t idle_ns)
{
	const uint64_t tick = NS_PER_SEC / 100;

	text_printf(out, "%s %lu 0 0 %lu 0 0 0 0 0 0\n", name,
	            (all_ns - idle_ns) / tick, idle_ns / tick);
}

/* Idle time is counted when it ends: that of the moment is not in it. */
static void print_all_times(struct text *out)
{
	uint64_t now = clock_monotonic(), idle = 0;
	char name[8];

	for (unsigned i = 0; i < cpu_count(); i++)
		idle += sched_idle_ns(i);
	print_times(out, "cpu ", now * cpu_count(), idle);
	for (unsigned i = 0; i < cpu_count(); i++) {
		str_printf(name, sizeof(name), "cpu%u", i);
		print_times(out, name, now, sched_idle_ns(i));
	}
}

static void print_counted(struct text *out, const struct irq_count *c)
{
	if (c->label)
		text_printf(out, "%4s:", c->label);
	else
		text_printf(out, "%4u:", c->nr);
	for (unsigned i = 0; i < cpu_count(); i++)
		text_printf(out, " %10lu", c->counts[i]);
	if (c->how)
		text_printf(out, "   %-16s", c->how);
	text_printf(out, "  %s\n", c->name);
}

static int fill_interrupts(struct text *out, uint64_t key, void *arg)
{
	struct irq_count c;

	(void)key, (void)arg;
	text_printf(out, "     ");
	for (unsigned i = 0; i < cpu_count(); i++)
		text_printf(out, "       CPU%u", i);
	text_printf(out, "\n");
	for (unsigned n = 0; irq_counted(n, &c); n++)
		print_counted(out, &c);
	return 0;
}

/* All of them: Linux names each number, but who asks wants the sum. */
static uint64_t all_interrupts(void)
{
	struct irq_count c;
	uint64_t sum = 0;

	for (unsigned n = 0; irq_counted(n, &c); n++)
		for (unsigned i = 0; i < cpu_count(); i++)
			sum += c.counts[i];
	return sum;
}

static int fill_stat(struct text *out, uint64_t key, void *arg)
{
	uint64_t boot = clock_realtime() - clock_monotonic();

	(void)key, (void)arg;
	print_all_times(out);
	text_printf(out, "intr %lu\nctxt %lu\nbtime %lu\nprocesses %u\n",
	            all_interrupts(), sched_nr_switches(), boot / NS_PER_SEC,
	            thread_nr_made());
	text_printf(out, "procs_running %u\nprocs_blocked %u\n",
	            sched_nr_runnable(), load_nr_blocked());
	return 0;
}

/* "0.20 0.18 0.12 1/80 11206": threads that run of all, and the newest. */
static int fill_loadavg(struct text *out, uint64_t key, void *arg)
{
	uint32_t mean[LOAD_SPANS], newest;
	unsigned nr;

	(void)key, (void)arg;
	load_get(mean);
	for (unsigned i = 0; i < LOAD_SPANS; i++) {
		uint32_t n = mean[i] + LOAD_ONE / 200; /* round */

		text_printf(out, "%u.%02u ", n / LOAD_ONE,
		            n % LOAD_ONE * 100 / LOAD_ONE);
	}
	lock_acquire(&process.lock);
	nr = process.nr_tasks;
	newest = process.next_tid - 1;
	lock_release(&process.lock);
	text_printf(out, "%u/%u %u\n", sched_nr_runnable(), nr, newest);
	return 0;
}

int proc_cpu_init(void)
{
	static const struct proc_entry rows[] = {
		{.path = "/proc/cpuinfo", .fill = fill_cpuinfo},
		{.path = "/proc/interrupts", .fill = fill_interrupts},
		{.path = "/proc/stat", .fill = fill_stat},
		{.path = "/proc/loadavg", .fill = fill_loadavg},
		{.path = "/sys/devices/system/cpu/online", .fill = fill_list},
		{.path = "/sys/devices/system/cpu/possible", .fill = fill_list},
		{.path = "/sys/devices/system/cpu/present", .fill = fill_list},
	};

	return proc_add_all(rows, ARRAY_LEN(rows));
}
