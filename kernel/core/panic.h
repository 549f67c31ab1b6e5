/*
 * panic.h - the end of the machine, with a report.
 *
 * ASSERT is for what our own code guarantees; it stays on in release builds.
 * What a device, a file, the network or the program says is never asserted.
 */
#ifndef KERNEL_CORE_PANIC_H
#define KERNEL_CORE_PANIC_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

struct trap_frame;

/*
 * Print the reason, registers, a backtrace, the last events, and what others
 * have to add; then the machine stops, or starts anew.
 */
NORETURN void panic(const char *fmt, ...) PRINTF(1, 2);
NORETURN void panic_trap(const struct trap_frame *tf, const char *fmt, ...)
	PRINTF(2, 3);

/* At boot: a part of the report that core/ cannot print, at most four. It runs
 * with everything else stopped, and takes what it reads for damaged. */
void panic_add(void (*report)(void));

/* Start anew instead of stopping. */
void panic_restart(bool yes);

/* For those reports: an address with its name; the callers from a frame on. */
void panic_address(const char *what, uint64_t addr);
void panic_backtrace(uint64_t rbp, int max);

#define ASSERT(cond)                                                           \
	do {                                                                   \
		if (!(cond))                                                   \
			panic("%s:%d: assertion \"%s\" failed", __FILE__,      \
			      __LINE__, #cond);                                \
	} while (0)

#endif
