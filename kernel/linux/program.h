/*
 * program.h - the program's life, as boot/ sees it: from nothing to running.
 */
#ifndef KERNEL_LINUX_PROGRAM_H
#define KERNEL_LINUX_PROGRAM_H

#include "kernel/linux/exec.h"

/* Once at boot: futexes, signals, limits, hooks into traps and memory. */
NODISCARD int program_init(const char *hostname);

/*
 * Begin. -Exxx and a sentence in `why` (size bytes) when it cannot be loaded.
 * The program runs in threads of its own; process_set_end() tells its end.
 */
NODISCARD int program_start(const struct exec_request *r, char *why,
                            size_t size);

/* After its end: forget all it had open and mapped, so that it can begin anew.
 */
void program_reset(void);

#endif
