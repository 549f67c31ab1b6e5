/* apic.h - the interrupt controllers, as the rest of the port needs them. */
#ifndef KERNEL_ARCH_X86_64_APIC_H
#define KERNEL_ARCH_X86_64_APIC_H

#include <stdint.h>

/* Run the handler of an interrupt vector and acknowledge it. */
void apic_handle(unsigned vector);

/* The local controller and timer of a CPU that was started later. */
void apic_init_cpu(void);

/* To the CPU with this number. Any context. */
void apic_send_init(uint32_t id);
void apic_send_startup(uint32_t id, uint32_t page); /* where it begins */
void apic_send_kick(uint32_t id);
void apic_send_flush(uint32_t id);
void apic_send_nmi(uint32_t id);

#endif
