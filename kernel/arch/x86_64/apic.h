/* apic.h - the interrupt controllers, as the trap code needs them. */
#ifndef KERNEL_ARCH_X86_64_APIC_H
#define KERNEL_ARCH_X86_64_APIC_H

/* Run the handler of an interrupt vector and acknowledge it. */
void apic_handle(unsigned vector);

#endif
