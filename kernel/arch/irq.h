/*
 * irq.h - device interrupts.
 *
 * Handlers run with interrupts off and may not sleep.
 */
#ifndef KERNEL_ARCH_IRQ_H
#define KERNEL_ARCH_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

typedef void (*irq_handler)(void *arg);

void irq_init(void);

/* A line of the interrupt controller (ISA IRQ or GSI). -EBUSY, -EINVAL. */
NODISCARD int irq_connect(unsigned line, bool level, irq_handler fn, void *arg);

/* A message-signalled interrupt: what the device must write where. */
struct irq_message {
	uint64_t address;
	uint32_t data;
};
NODISCARD int irq_connect_message(irq_handler fn, void *arg,
                                  struct irq_message *out);

/* The CPU's own timer: one shot, at a TSC value or as soon as possible. */
void tick_init(void (*fn)(void));
void tick_set(uint64_t deadline_ns);

#endif
