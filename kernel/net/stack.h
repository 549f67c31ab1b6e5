/*
 * stack.h - lwIP, its lock and its thread.
 *
 * lwIP may be called only between stack_lock() and stack_unlock(), and calls
 * back only there. The lock is a mutex and the last in the order of mutexes
 * (sched/mutex.h): nothing that touches the program's memory may be done while
 * it is held, because that may have to wait for the disk.
 */
#ifndef KERNEL_NET_STACK_H
#define KERNEL_NET_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

/* Start lwIP and its thread. 0 or -ENOMEM. */
NODISCARD int stack_start(void);

void stack_lock(void);

/*
 * Before the lock is released, packets to ourselves are delivered and frames
 * that were queued go to the devices.
 */
void stack_unlock(void);
bool stack_locked(void);

/* Take what the devices have received, without waiting for the thread. */
void stack_poll_locked(void);

/* A timer was set that may be due before those the thread knows of. */
void stack_timers_changed_locked(void);

/* The thread has something to do. Any context. */
void stack_wake(void);

/* lwIP's err_t as a negated errno, or 0. */
int stack_error(int err);

#endif
