/*
 * panic.h - the end of the machine, with a report.
 *
 * ASSERT is for what our own code guarantees; it stays on in release builds.
 * What a device, a file, the network or the program says is never asserted.
 */
#ifndef KERNEL_CORE_PANIC_H
#define KERNEL_CORE_PANIC_H

#include "kernel/lib/attr.h"

struct trap_frame;

/* Print the reason, registers and a backtrace, then stop the machine. */
NORETURN void panic(const char *fmt, ...) PRINTF(1, 2);
NORETURN void panic_trap(const struct trap_frame *tf, const char *fmt, ...)
	PRINTF(2, 3);

#define ASSERT(cond)                                                           \
	do {                                                                   \
		if (!(cond))                                                   \
			panic("%s:%d: assertion \"%s\" failed", __FILE__,      \
			      __LINE__, #cond);                                \
	} while (0)

#endif
