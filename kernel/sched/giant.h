/*
 * giant.h - the lock around whatever has no finer one yet.
 *
 * Between two sleeps a thread that holds it is alone in the kernel, as it
 * would be on a single processor that is not preempted: interrupt handlers,
 * timer functions, page faults and calls that do without it (linux/syscall.c)
 * excepted. It
 * is the outermost of all locks, nests, and a thread lets go of it whenever it
 * sleeps; so it may be taken with mutexes held, and never with a spin lock.
 * The kernel's own threads begin with it held. Programs run without it.
 */
#ifndef KERNEL_SCHED_GIANT_H
#define KERNEL_SCHED_GIANT_H

#include <stdbool.h>

void giant_lock(void);
void giant_unlock(void);
bool giant_held(void); /* by this thread */

#endif
