/* syscall_trace.h - system calls as lines on the console, as strace(1) does. */
#ifndef KERNEL_LINUX_SYSCALL_TRACE_H
#define KERNEL_LINUX_SYSCALL_TRACE_H

#include "kernel/linux/syscall.h"

/* The name of a number of Linux's, also of one that is not here; or NULL. */
const char *syscall_name(uint64_t nr);

/* One line: the call, its arguments and what came of it. `returns` is false
 * for a call that does not come back. */
void syscall_trace_line(uint64_t nr, unsigned nargs, const struct sysargs *a,
                        bool returns, sysret result);

#endif
