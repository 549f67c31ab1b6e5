/* futex.h - waiting for a word in memory to change (futex(2)). */
#ifndef KERNEL_LINUX_FUTEX_H
#define KERNEL_LINUX_FUTEX_H

#include <stdint.h>

#include "kernel/lib/addr.h"
#include "kernel/lib/attr.h"

void futex_init(void);

/* The system call, arguments as the program gave them. */
NODISCARD sysret futex_call(uaddr at, int op, uint32_t value, uint64_t timeout,
                            uaddr at2, uint32_t value3);

/* Wake up to `nr` waiters at a private address. */
void futex_wake_at(uaddr at, uint32_t nr);

/* A thread ends: mark the robust mutexes it holds (get_robust_list(2)). */
void futex_exit_robust(uaddr list, uint32_t tid);

/*
 * The same for locks with an owner that others wait for: they get them. The
 * task's `ends` is set; once it is out of the list of tasks,
 * futex_owner_gone() lets those go on that came meanwhile.
 */
void futex_exit_pi(uint32_t tid);
void futex_owner_gone(void);

#endif
