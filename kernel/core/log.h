/*
 * log.h - what the kernel says on the console.
 *
 * Lines begin with "miso: ", so that they can be told from the program's. Any
 * context, also with locks held.
 */
#ifndef KERNEL_CORE_LOG_H
#define KERNEL_CORE_LOG_H

#include <stdarg.h>
#include <stddef.h>

#include "kernel/lib/attr.h"

/*
 * One line, without its line feed. At most 1 KiB; the rest is cut off. While
 * the program is in the middle of a line it waits for that line's end, for
 * log_flush(), or for more lines than there is room for.
 */
void log_line(const char *fmt, ...) PRINTF(1, 2);

/* Bytes as they are: what the program writes to its terminal. */
void log_write(const char *bytes, size_t n);

/* The program writes no more, for now or for ever: what waits is printed. */
void log_flush(void);

/* A line for the host's tool (kernel/abi/machine.h). */
void log_status(const char *fmt, ...) PRINTF(1, 2);

/* For panic(): print although somebody may hold the console. */
void log_break(void);

/*
 * Who else gets every byte that goes to the console (syslog shipping), and at
 * once the first 4 KiB of what went there before. Called with LOCK_LOG held:
 * queue and return.
 */
void log_set_tap(void (*tap)(const char *bytes, size_t n));

#endif
