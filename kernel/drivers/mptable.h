/* mptable.h - processors of machines without ACPI. */
#ifndef KERNEL_DRIVERS_MPTABLE_H
#define KERNEL_DRIVERS_MPTABLE_H

#include <stdint.h>

/*
 * The interrupt controllers' numbers of all processors that can be used, at
 * most `max`, from the table of Intel's MultiProcessor Specification 1.4.
 * How many; 0: there is no such table.
 */
unsigned mptable_processors(uint32_t *ids, unsigned max);

#endif
