/*
 * probe.h - faults on purpose, so that tests can see the protections work.
 *
 * A boot line "probe NAME" asks for one, when the program has been started;
 * without it none of this runs. Each ends in a panic where the protection is
 * there, and says so in a line where it is not.
 */
#ifndef KERNEL_BOOT_PROBE_H
#define KERNEL_BOOT_PROBE_H

#include "kernel/lib/attr.h"

/* -EINVAL: there is no such probe. */
NODISCARD int probe_check(const char *name);

/* In a thread of its own. NULL: nothing. */
void probe_run(const char *name);

#endif
