/*
 * thread.h - threads, the program's and the kernel's own.
 *
 * A thread runs in the kernel until it sleeps, yields or returns to user mode:
 * the kernel is not preempted. User mode is.
 */
#ifndef KERNEL_SCHED_THREAD_H
#define KERNEL_SCHED_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

struct thread;

struct thread *thread_current(void);

/* Start fn(arg) in a new kernel thread. -ENOMEM or 0. */
NODISCARD int thread_start(const char *name, void (*fn)(void *arg), void *arg);

/* Let others run first. */
void thread_yield(void);

/* Sleep without being interrupted. */
void thread_sleep_until(uint64_t deadline_ns);

/* Has this thread a signal to handle (so that a wait should end)? */
bool thread_interrupted(const struct thread *t);

#endif
