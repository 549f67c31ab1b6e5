/* queue_private.h - what thread.c needs of the run queues. */
#ifndef KERNEL_SCHED_QUEUE_PRIVATE_H
#define KERNEL_SCHED_QUEUE_PRIVATE_H

#include "kernel/lib/attr.h"
#include "kernel/sched/thread_private.h"

/* End the current thread; whoever runs next calls thread_bury() for it. */
NORETURN void queue_exit(void);

/* The first thing a new thread does. */
void queue_arrive(void);

/* Where a new thread should run. */
uint32_t queue_least_loaded(void);

/* thread.c: count the boot code among the threads. */
void thread_adopt(struct thread *t);

/* thread.c: free what a thread was made of. */
void thread_bury(struct thread *t);

#endif
