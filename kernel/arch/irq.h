/*
 * irq.h - device interrupts.
 *
 * Handlers run with interrupts off and may not sleep.
 */
#ifndef KERNEL_ARCH_IRQ_H
#define KERNEL_ARCH_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/arch/cpu.h"
#include "kernel/lib/attr.h"

typedef void (*irq_handler)(void *arg);

void irq_init(void);

/*
 * A line of the interrupt controller (ISA IRQ or GSI), for the CPU that asks.
 * `name` is copied, for /proc/interrupts. -EBUSY, -EINVAL.
 */
NODISCARD int irq_connect(unsigned line, bool level, const char *name,
                          irq_handler fn, void *arg);

/*
 * A message-signalled interrupt of a CPU: what the device must write where.
 * -EBUSY; -EINVAL: messages do not reach that CPU.
 */
struct irq_message {
	uint64_t address;
	uint32_t data;
};
NODISCARD int irq_connect_message(unsigned cpu, const char *name,
                                  irq_handler fn, void *arg,
                                  struct irq_message *out);

/* What has interrupted how often, for /proc/interrupts. */
struct irq_count {
	unsigned nr;       /* of the interrupt; of those by name, 0 */
	const char *label; /* "LOC": what is no device's; NULL */
	const char *how;   /* the controller; NULL where there is a label */
	const char *name;
	uint64_t counts[CPUS_MAX];
};

/* The nth of them; false: there are fewer. Any thread. */
bool irq_counted(unsigned n, struct irq_count *out);

/* The CPU's own timer: one shot, at a TSC value or as soon as possible. */
void tick_init(void (*fn)(void));
void tick_set(uint64_t deadline_ns);

#endif
