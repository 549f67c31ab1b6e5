/*
 * power.h - switching the machine off.
 *
 * Drivers say how; the first that works is used. What must happen before
 * (writing files back) is boot/'s business.
 */
#ifndef KERNEL_CORE_POWER_H
#define KERNEL_CORE_POWER_H

#include "kernel/lib/attr.h"

/* A way to switch off. It returns when it did not work. */
void power_set_off(void (*off)(void));

/* Never return. Any context. A host that allows no restart stops us, too. */
NORETURN void power_off(void);
NORETURN void power_restart(void);

#endif
