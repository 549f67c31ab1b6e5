/*
 * process.h - the program: the one process of the machine, and its threads.
 *
 * There is one process, so what Linux keeps per process is one struct here,
 * `process`. A task is one of the program's threads; its kernel thread's
 * `task` member points at it.
 */
#ifndef KERNEL_LINUX_PROCESS_H
#define KERNEL_LINUX_PROCESS_H

#include "kernel/arch/trap.h"
#include "kernel/core/lock.h"
#include "kernel/lib/addr.h"
#include "kernel/linux/signal.h"
#include "kernel/mm/space.h"
#include "kernel/sched/thread_private.h"

enum {
	PID = 1,
	COMM_SIZE = 16,
	RLIMITS = 16,
	RLIMIT_STACK = 3,
	RLIMIT_NOFILE = 7,
	RLIMIT_MEMLOCK = 8,
	RLIMIT_SIGPENDING = 11,
	GROUPS_MAX = 32,
};

struct rlimit64 {
	uint64_t soft, hard;
};

struct task {
	struct thread *thread;
	uint32_t tid; /* of the first: PID */
	char comm[COMM_SIZE];
	uaddr clear_tid; /* zeroed and woken at exit; 0: none */
	uaddr robust_list;
	struct task_signals signals;
	struct trap_frame start; /* the registers a new thread begins with */
	int fault;               /* what the last page fault came to */
	int policy;              /* SCHED_*; process.lock, like the next */
	bool ends;               /* it is in task_exit() */
	struct list link;        /* in process.tasks */
};

struct process {
	struct space space;
	struct lock lock; /* rank LOCK_SIGNAL */

	/* lock must be held for these. */
	struct list tasks;
	unsigned nr_tasks;
	uint32_t next_tid;
	bool exiting;
	int exit_status; /* as wait(2) gives it: code << 8, or the signal */
	uint64_t ended_cpu_ns; /* of threads that are no more */
	struct process_signals signals;

	/* Set at exec, constant after. */
	char exe[256];     /* path of the program */
	uint64_t auxv[48]; /* as on its stack, for /proc/self/auxv */
	size_t auxv_len;   /* words */
	uint64_t arg_start, arg_end, env_start, env_end, stack_top;
	uint64_t code_start, code_end;

	/* Changed by system calls of one thread at a time; single words. */
	uint32_t umask;
	uint32_t uid, euid, suid, gid, egid, sgid;
	uint32_t groups[GROUPS_MAX];
	unsigned nr_groups;
	struct rlimit64 limits[RLIMITS];
	char hostname[65];
	uint64_t started; /* monotonic */
};

extern struct process process;

/* NULL in the kernel's own threads. */
struct task *task_current(void);

/*
 * A new task that will begin with `start`'s registers, its thread not yet
 * running. -ENOMEM, -EAGAIN (too many).
 */
NODISCARD int task_new(const struct trap_frame *start, struct task **out);

/* The same with a function of the kernel's that the thread begins in. */
NODISCARD int task_new_at(const struct trap_frame *start, void (*fn)(void *),
                          void *arg, struct task **out);

/* End this thread; the last one, or with `all` the whole program. */
NORETURN void task_exit(int status, bool all);

/* Every thread ends at its next way to user mode. */
void process_end(int wait_status);

/* The task with this id, lock held; NULL: there is none. */
struct task *task_find_locked(uint32_t tid);

/* limits[i] was set: tell who keeps a copy. */
void process_limit_changed(unsigned i);

/* The program has ended: set by boot/, called in the last task's thread. */
void process_set_end(void (*fn)(int wait_status));

#endif
