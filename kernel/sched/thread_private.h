/*
 * thread_private.h - what a thread is, for sched/ itself and for linux/, which
 * makes the program's threads.
 */
#ifndef KERNEL_SCHED_THREAD_PRIVATE_H
#define KERNEL_SCHED_THREAD_PRIVATE_H

#include "kernel/arch/cpu.h"
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

	/* The lock of its CPU's run queue must be held for these. */
	enum thread_state state;
	struct list run;   /* in the run queue */
	uint32_t cpu;      /* where it runs, or ran last; atomic */
	uint32_t affinity; /* CPUs it may run on, one bit each */
	bool running;      /* atomic */

	/* A wait that a signal ends may be under way; see wait.c. */
	bool interruptible;
	bool signal_pending; /* linux/signal.c keeps it true; atomic */
	bool ending;         /* nobody wants what it does any more; the same */

	unsigned giant;  /* how often it holds giant.h's lock; its own */
	uint64_t cpu_ns; /* time it ran; of the current one, until */
	uint64_t switched_at;

	/* Program threads only; NULL and 0 for the kernel's own. */
	const struct mmu *mmu;
	void *fpu;
	uint32_t fpu_cpu; /* whose registers hold it, if that CPU says so too */
	uint64_t fs_base, gs_base;
	void *task; /* linux/task.h */

	struct list all; /* every thread there is */
};

/* Every CPU there can be, as a mask. */
enum { ALL_CPUS = (1 << CPUS_MAX) - 1 };

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

/* Every thread, for the panic report and /proc. `fn` takes no lock of rank
 * THREADS and above. */
void thread_each(void (*fn)(const struct thread *t, void *ctx), void *ctx);

/* Called with interrupts on before going back to user mode. */
void thread_reschedule(void);

/*
 * Where it may run from now on: not an empty set of the CPUs there are. A
 * thread that runs elsewhere goes soon; the current one at its next way to
 * user mode.
 */
void thread_set_affinity(struct thread *t, uint32_t mask);

/* Turn the boot code into the first thread, and begin to count time. */
void sched_init(void);

/*
 * Start more processors, by the numbers of their interrupt controllers; ours
 * may be among them. Those that do not come are left out, with a line.
 */
void sched_start_cpus(const uint32_t *apic_ids, unsigned nr);

/* Nanoseconds in which no thread ran on a CPU. */
uint64_t sched_idle_ns(unsigned cpu);

/* Threads that run or could, on all CPUs. */
unsigned sched_nr_runnable(void);

/* Since boot: how often a CPU went over to another thread, and how many threads
 * there have been, the kernel's own among them. */
uint64_t sched_nr_switches(void);
uint32_t thread_nr_made(void);

/* How long since it began this thread has run. */
uint64_t thread_cpu_ns(struct thread *t);

#endif
