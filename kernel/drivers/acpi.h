/*
 * acpi.h - the power button, switching off, and being copied.
 *
 * Static tables only (ACPI 6.4, 5.2): no AML is run. What AML would tell, the
 * sleep type of S5 and where the event device is, is known for the machines we
 * support: QEMU's microvm, pc and q35, and GCE.
 */
#ifndef KERNEL_DRIVERS_ACPI_H
#define KERNEL_DRIVERS_ACPI_H

#include <stdint.h>

/* Called in interrupt context. */
struct acpi_events {
	void (*pressed)(void); /* the power button */

	/* This machine is a copy of another, or was set back: it has a new id
	 * of 16 bytes, which nobody else has (vmgenid.h). */
	void (*renewed)(const uint8_t id[16]);
};

/*
 * Find the tables (`rsdp` 0: where firmware leaves it), let power_off() work,
 * and have what happens told to `events`, which is kept.
 */
void acpi_init(uint64_t rsdp, const struct acpi_events *events);

/*
 * The interrupt controllers' numbers of all processors that can be used, at
 * most `max`. How many; 0: no such table. `rsdp` as for acpi_init().
 */
unsigned acpi_processors(uint64_t rsdp, uint32_t *ids, unsigned max);

#endif
