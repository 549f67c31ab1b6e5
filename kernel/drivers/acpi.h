/*
 * acpi.h - the power button and switching off.
 *
 * Static tables only (ACPI 6.4, 5.2): no AML is run. What AML would tell, the
 * sleep type of S5 and where the event device is, is known for the machines we
 * support: QEMU's microvm, pc and q35, and GCE.
 */
#ifndef KERNEL_DRIVERS_ACPI_H
#define KERNEL_DRIVERS_ACPI_H

#include <stdint.h>

/*
 * Find the tables (`rsdp` 0: where firmware leaves it), let power_off() work,
 * and call `pressed` in interrupt context for each press of the power button.
 */
void acpi_init(uint64_t rsdp, void (*pressed)(void));

/*
 * The interrupt controllers' numbers of all processors that can be used, at
 * most `max`. How many; 0: no such table. `rsdp` as for acpi_init().
 */
unsigned acpi_processors(uint64_t rsdp, uint32_t *ids, unsigned max);

#endif
