/*
 * thread_private.h - what a thread is, for sched/ itself and for linux/, which
 * makes the program's threads.
 */
#ifndef KERNEL_SCHED_THREAD_PRIVATE_H
#define KERNEL_SCHED_THREAD_PRIVATE_H

#include "kernel/lib/list.h"
#include "kernel/sched/thread.h"

struct mmu;

enum thread_state {
	THREAD_RUNNABLE, /* running, or in the run queue */
	THREAD_SLEEPING,
	THREAD_DEAD,
};

struct thread {
	uint64_t rsp;       /* while it does not run */
	uint64_t stack_top; /* kernel stack */
	char name[16];
	uint32_t id;

	/* The run queue's lock must be held for these. */
	enum thread_state state;
	struct list run; /* in the run queue */

	/* A wait that a signal ends may be under way; see wait.c. */
	bool interruptible;
	bool signal_pending; /* linux/signal.c keeps it true; atomic */

	uint64_t cpu_ns; /* time it ran; of the current one, until */
	uint64_t switched_at;

	/* Program threads only; NULL and 0 for the kernel's own. */
	const struct mmu *mmu;
	void *fpu;
	uint64_t fs_base, gs_base;
	void *task; /* linux/task.h */

	struct list all; /* every thread there is */
};

/* A thread that does not run yet. -ENOMEM. */
NODISCARD int thread_new(const char *name, void (*fn)(void *arg), void *arg,
                         struct thread **out);

/* Take back one that never ran. */
void thread_discard(struct thread *t);

/* Make it runnable. Any context. */
void thread_wake(struct thread *t);

/* End the current thread. */
NORETURN void thread_exit(void);

/* Sleep until thread_wake(); the state was set to THREAD_SLEEPING before. */
void thread_block(void);
void thread_prepare_to_block(bool interruptible);

/* Something happened that an interruptible wait must hear of. */
void thread_interrupt(struct thread *t);

/* Every thread, for the panic report and /proc. Interrupts off. */
void thread_each(void (*fn)(const struct thread *t, void *ctx), void *ctx);

/* Called with interrupts on before going back to user mode. */
void thread_reschedule(void);

/* Turn the boot code into the first thread, and begin to count time. */
void sched_init(void);

/* Nanoseconds in which no thread ran. */
uint64_t sched_idle_ns(void);

/* How long since it began this thread has run. */
uint64_t thread_cpu_ns(const struct thread *t);

#endif
