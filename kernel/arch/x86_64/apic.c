/*
 * apic.c - local APIC, I/O APIC, and the local timer.
 *
 * Intel SDM vol. 3, 11 (local APIC); 82093AA data sheet (I/O APIC). The 8259s
 * are masked once and never used. I/O APIC inputs are ISA interrupt numbers
 * and GSIs alike, which is how QEMU and GCE wire them but for the timer.
 */
#include "kernel/arch/x86_64/apic.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/irq.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/timebase.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/arch/x86_64/smp.h"
#include "kernel/arch/x86_64/tsc.h"
#include "kernel/core/clock.h"
#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

enum {
	LAPIC_ID = 0x20,
	LAPIC_TPR = 0x80,
	LAPIC_EOI = 0xb0,
	LAPIC_SPURIOUS = 0xf0,
	LAPIC_ICR = 0x300,
	LAPIC_ICR_HIGH = 0x310,
	LAPIC_TIMER = 0x320,
	LAPIC_TIMER_INITIAL = 0x380,
	LAPIC_TIMER_CURRENT = 0x390,
	LAPIC_TIMER_DIVIDE = 0x3e0,

	TIMER_TSC_DEADLINE = 2 << 17,
	TIMER_MASKED = 1 << 16,
	DIVIDE_BY_1 = 0xb,
	ICR_NMI = 4 << 8,
	ICR_INIT = 5 << 8,
	ICR_STARTUP = 6 << 8,
	ICR_PENDING = 1 << 12,
	ICR_ASSERT = 1 << 14,
	SOFTWARE_ENABLE = 0x100,

	IOAPIC_SELECT = 0,
	IOAPIC_WINDOW = 4, /* in 32-bit words */
	IOAPIC_VERSION = 1,
	IOAPIC_TABLE = 0x10,
	IOAPIC_MASKED = 1 << 16,
	IOAPIC_LEVEL = 1 << 15,

	FIRST_VECTOR = 48,
	LAST_VECTOR = 0xef,
	TIMER_VECTOR = 0xf0,
	KICK_VECTOR = 0xf1,
	FLUSH_VECTOR = 0xf2,
	SPURIOUS_VECTOR = 0xff,

	APIC_ID_MAX = 254, /* that fits in a message's address */
	NAME_SIZE = 24,
};

static const uint64_t IOAPIC_PHYS = 0xfec00000, MSI_ADDRESS = 0xfee00000;

static struct {
	volatile uint32_t *lapic; /* NULL with x2APIC */
	volatile uint32_t *ioapic;
	unsigned ioapic_lines;
	unsigned next_vector;
	struct {
		irq_handler fn;
		void *arg;
		const char *how;
		char name[NAME_SIZE];
		uint64_t counts[CPUS_MAX]; /* each CPU's own to change */
	} handlers[256];
	void (*tick)(void);
	uint64_t timer_hz; /* of the one-shot counter */
} apic;

static uint32_t lapic_read(unsigned reg)
{
	if (!apic.lapic)
		return (uint32_t)rdmsr(MSR_X2APIC + reg / 16);
	return apic.lapic[reg / 4];
}

static void lapic_write(unsigned reg, uint32_t v)
{
	if (!apic.lapic)
		wrmsr(MSR_X2APIC + reg / 16, v);
	else
		apic.lapic[reg / 4] = v;
}

static uint32_t ioapic_read(unsigned reg)
{
	apic.ioapic[IOAPIC_SELECT] = reg;
	return apic.ioapic[IOAPIC_WINDOW];
}

static void ioapic_write(unsigned reg, uint32_t v)
{
	apic.ioapic[IOAPIC_SELECT] = reg;
	apic.ioapic[IOAPIC_WINDOW] = v;
}

static uint32_t lapic_id(void)
{
	uint32_t id = lapic_read(LAPIC_ID);

	return apic.lapic ? id >> 24 : id;
}

static void mask_8259(void)
{
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
}

static void enable_lapic(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE) | 0x800;

	if (cpu_features.x2apic) {
		wrmsr(MSR_APIC_BASE, base | 0x400);
	} else {
		wrmsr(MSR_APIC_BASE, base);
		if (!apic.lapic)
			apic.lapic =
				mmio_map(base & ~UINT64_C(0xfff), PAGE_SIZE);
	}
	lapic_write(LAPIC_TPR, 0);
	lapic_write(LAPIC_SPURIOUS, SOFTWARE_ENABLE | SPURIOUS_VECTOR);
}

void irq_init(void)
{
	apic.next_vector = FIRST_VECTOR;
	mask_8259();
	enable_lapic();
	apic.ioapic = mmio_map(IOAPIC_PHYS, PAGE_SIZE);
	apic.ioapic_lines = (ioapic_read(IOAPIC_VERSION) >> 16 & 0xff) + 1;
	for (unsigned i = 0; i < apic.ioapic_lines; i++)
		ioapic_write(IOAPIC_TABLE + 2 * i, IOAPIC_MASKED);
}

static int take_vector(const char *how, const char *name, irq_handler fn,
                       void *arg)
{
	unsigned v = apic.next_vector;

	if (v > LAST_VECTOR)
		return -EBUSY;
	apic.next_vector++;
	str_copy(apic.handlers[v].name, name, NAME_SIZE);
	apic.handlers[v].how = how;
	apic.handlers[v].fn = fn;
	apic.handlers[v].arg = arg;
	return (int)v;
}

int irq_connect(unsigned line, bool level, const char *name, irq_handler fn,
                void *arg)
{
	int v;

	if (line >= apic.ioapic_lines)
		return -EINVAL;
	v = take_vector(level ? "IO-APIC-fasteoi" : "IO-APIC-edge", name, fn,
	                arg);
	if (v < 0)
		return v;
	ioapic_write(IOAPIC_TABLE + 2 * line + 1, lapic_id() << 24);
	ioapic_write(IOAPIC_TABLE + 2 * line,
	             (uint32_t)v | (level ? IOAPIC_LEVEL : 0));
	return 0;
}

int irq_connect_message(unsigned cpu, const char *name, irq_handler fn,
                        void *arg, struct irq_message *out)
{
	uint32_t id = smp_apic_id(cpu);
	int v;

	if (id > APIC_ID_MAX)
		return -EINVAL;
	v = take_vector("PCI-MSI-edge", name, fn, arg);
	if (v < 0)
		return v;
	out->address = MSI_ADDRESS | (uint64_t)id << 12;
	out->data = (uint32_t)v;
	return 0;
}

/* What is no device's, as Linux calls it. */
static const struct own {
	unsigned vector;
	const char *label, *name;
} own[] = {
	{TIMER_VECTOR, "LOC", "Local timer interrupts"},
	{KICK_VECTOR, "RES", "Rescheduling interrupts"},
	{FLUSH_VECTOR, "TLB", "TLB shootdowns"},
};

bool irq_counted(unsigned n, struct irq_count *out)
{
	unsigned devices = apic.next_vector - FIRST_VECTOR;
	unsigned v = FIRST_VECTOR + n;

	if (n < devices) {
		*out = (struct irq_count){.nr = v,
		                          .how = apic.handlers[v].how,
		                          .name = apic.handlers[v].name};
	} else if (n - devices < ARRAY_LEN(own)) {
		const struct own *o = &own[n - devices];

		v = o->vector;
		*out = (struct irq_count){.label = o->label, .name = o->name};
	} else {
		return false;
	}
	for (unsigned i = 0; i < CPUS_MAX; i++)
		out->counts[i] = __atomic_load_n(&apic.handlers[v].counts[i],
		                                 __ATOMIC_RELAXED);
	return true;
}

void apic_handle(unsigned vector)
{
	uint64_t *count = &apic.handlers[vector].counts[cpu_self()->id];

	if (vector == SPURIOUS_VECTOR)
		return;
	__atomic_store_n(count, *count + 1, __ATOMIC_RELAXED);
	if (vector == TIMER_VECTOR || vector == KICK_VECTOR)
		apic.tick();
	else if (vector == FLUSH_VECTOR)
		smp_answer();
	else if (apic.handlers[vector].fn)
		apic.handlers[vector].fn(apic.handlers[vector].arg);
	lapic_write(LAPIC_EOI, 0);
}

static uint32_t read_timer(void)
{
	return lapic_read(LAPIC_TIMER_CURRENT);
}

/* Count the timer against the TSC for a moment. */
static uint64_t measure_timer(void)
{
	enum { WINDOWS_A_SECOND = 20000 };
	uint64_t hz = timebase_hz();
	struct tsc_look begin, end;

	lapic_write(LAPIC_TIMER_INITIAL, ~0u);
	begin = tsc_look_at(read_timer);
	do
		end = tsc_look_at(read_timer);
	while (end.tsc - begin.tsc < hz / WINDOWS_A_SECOND);
	lapic_write(LAPIC_TIMER_INITIAL, 0);
	return (uint64_t)(begin.count - end.count) * hz / (end.tsc - begin.tsc);
}

static void init_timer(void)
{
	if (cpu_features.tsc_deadline) {
		lapic_write(LAPIC_TIMER, TIMER_VECTOR | TIMER_TSC_DEADLINE);
		return;
	}
	lapic_write(LAPIC_TIMER_DIVIDE, DIVIDE_BY_1);
	lapic_write(LAPIC_TIMER, TIMER_VECTOR | TIMER_MASKED);
	if (!apic.timer_hz)
		apic.timer_hz = measure_timer();
	lapic_write(LAPIC_TIMER, TIMER_VECTOR);
}

void tick_init(void (*fn)(void))
{
	apic.tick = fn;
	init_timer();
}

void apic_init_cpu(void)
{
	enable_lapic();
	init_timer();
}

/* A deadline beyond what the counter holds fires early: harmless. */
static void set_counter(uint64_t ns)
{
	uint64_t longest = UINT32_MAX * NS_PER_SEC / apic.timer_hz;
	uint64_t ticks =
		ns < longest ? ns * apic.timer_hz / NS_PER_SEC : UINT32_MAX;

	lapic_write(LAPIC_TIMER_INITIAL, ticks ? (uint32_t)ticks : 1);
}

void tick_set(uint64_t deadline_ns)
{
	uint64_t now = timebase_ns();
	uint64_t ns = deadline_ns > now ? deadline_ns - now : 0;

	if (deadline_ns == NO_DEADLINE) {
		if (cpu_features.tsc_deadline)
			wrmsr(MSR_TSC_DEADLINE, 0);
		else
			lapic_write(LAPIC_TIMER_INITIAL, 0);
		return;
	}
	if (!cpu_features.tsc_deadline) {
		set_counter(ns < NS_PER_SEC ? ns : NS_PER_SEC);
		return;
	}
	if (ns > 3600 * NS_PER_SEC)
		ns = 3600 * NS_PER_SEC; /* keeps the product below 2^64 */
	wrmsr(MSR_TSC_DEADLINE,
	      rdtsc() + ns / 1000 * (timebase_hz() / 1000) / 1000 + 1);
}

/* --- to other processors (SDM vol. 3, 10.6.1) --- */

uint32_t cpu_apic_id(void)
{
	return lapic_id();
}

static void send(uint32_t id, uint32_t command)
{
	bool irqs = irq_enabled();

	irq_disable();
	if (!apic.lapic) {
		/* Unlike a store to the register this may overtake stores. */
		__asm__ volatile("mfence; lfence" : : : "memory");
		wrmsr(MSR_X2APIC + LAPIC_ICR / 16,
		      (uint64_t)id << 32 | command);
	} else {
		while (apic.lapic[LAPIC_ICR / 4] & ICR_PENDING)
			cpu_relax();
		apic.lapic[LAPIC_ICR_HIGH / 4] = id << 24;
		apic.lapic[LAPIC_ICR / 4] = command;
	}
	if (irqs)
		irq_enable();
}

void apic_send_init(uint32_t id)
{
	send(id, ICR_INIT | ICR_ASSERT);
}

void apic_send_startup(uint32_t id, uint32_t page)
{
	send(id, ICR_STARTUP | ICR_ASSERT | page >> 12);
}

void apic_send_kick(uint32_t id)
{
	send(id, KICK_VECTOR | ICR_ASSERT);
}

void apic_send_flush(uint32_t id)
{
	send(id, FLUSH_VECTOR | ICR_ASSERT);
}

void apic_send_nmi(uint32_t id)
{
	send(id, ICR_NMI | ICR_ASSERT);
}
