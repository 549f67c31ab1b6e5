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

/*
 * Called between the pieces of work that may be long, no spin lock held: lets
 * others run whose turn it is. -EINTR: this thread is to end, and what it has
 * not done yet is not wanted; else 0.
 */
NODISCARD int thread_relax(void);

/* The same for what may stop anywhere: false also for a signal to handle. */
bool thread_may_go_on(void);

/* Sleep without being interrupted. */
void thread_sleep_until(uint64_t deadline_ns);

/* Has this thread a signal to handle (so that a wait should end)? */
bool thread_interrupted(const struct thread *t);

#endif
