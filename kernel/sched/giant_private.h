/* giant_private.h - what the scheduler does with the giant lock. */
#ifndef KERNEL_SCHED_GIANT_PRIVATE_H
#define KERNEL_SCHED_GIANT_PRIVATE_H

/* Before and after the current thread sleeps: it loses what it holds and gets
 * it again. */
void giant_suspend(void);
void giant_resume(void);

/* A second processor is about to start: from now on the lock is needed. */
void giant_enable(void);

#endif
