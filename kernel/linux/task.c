/* task.c - the program's threads, and how they and the program end. */
#include "kernel/arch/cpu.h"
#include "kernel/arch/user.h"
#include "kernel/core/clock.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/futex.h"
#include "kernel/linux/process.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/giant.h"

enum { TASKS_MAX = 32768 };

struct process process = {
	.lock = LOCK_INIT(LOCK_SIGNAL),
	.tasks = LIST_HEAD(process.tasks),
	.next_tid = PID,
	.umask = 022,
};

static void (*at_end)(int wait_status);

void process_set_end(void (*fn)(int wait_status))
{
	at_end = fn;
}

struct task *task_current(void)
{
	return thread_current()->task;
}

struct task *task_find_locked(uint32_t tid)
{
	LIST_EACH(n, &process.tasks)
	{
		struct task *t = LIST_ENTRY(n, struct task, link);

		if (t->tid == tid)
			return t;
	}
	return NULL;
}

static void run(void *arg)
{
	struct task *t = arg;
	/* At the top of the kernel stack, where traps put theirs. */
	struct trap_frame *tf = (struct trap_frame *)t->thread->stack_top - 1;

	*tf = t->start;
	giant_unlock();
	user_enter(tf);
}

int task_new_at(const struct trap_frame *start, void (*fn)(void *), void *arg,
                struct task **out)
{
	struct task *parent = task_current();
	struct task *t = mem_zalloc(sizeof(*t));
	struct thread *th = NULL;
	int rc = -ENOMEM;

	if (!t)
		return -ENOMEM;
	t->start = *start;
	rc = thread_new("program", fn, arg ? arg : t, &th);
	if (rc)
		goto fail;
	rc = -ENOMEM;
	th->fpu = fpu_new();
	if (!th->fpu)
		goto fail_thread;
	th->task = t;
	th->mmu = &process.space.mmu;
	t->thread = th;
	signals_init_task(&t->signals, parent ? &parent->signals : NULL);
	if (parent)
		memcpy(t->comm, parent->comm, sizeof(t->comm));

	lock_acquire(&process.lock);
	rc = process.nr_tasks >= TASKS_MAX || process.exiting ? -EAGAIN : 0;
	if (!rc) {
		t->tid = process.next_tid++;
		process.nr_tasks++;
		list_append(&process.tasks, &t->link);
	}
	lock_release(&process.lock);
	if (rc)
		goto fail_thread;
	*out = t;
	return 0;
fail_thread:
	thread_discard(th);
fail:
	mem_free(t);
	return rc;
}

int task_new(const struct trap_frame *start, struct task **out)
{
	return task_new_at(start, run, NULL, out);
}

/* pthread_join() waits for this word, and robust mutexes are handed on. */
static void tell_waiters(struct task *t)
{
	uint32_t zero = 0;

	lock_acquire(&process.lock);
	t->ends = true;
	lock_release(&process.lock);
	futex_exit_pi(t->tid);
	futex_exit_robust(t->robust_list, t->tid);
	if (t->clear_tid.v && copy_out(t->clear_tid, &zero, sizeof(zero)) == 0)
		futex_wake_at(t->clear_tid, 1);
}

/* What wait(2) will say; the first to end the program decides. */
void process_end(int status)
{
	lock_acquire(&process.lock);
	if (!process.exiting) {
		process.exiting = true;
		process.exit_status = status;
		signal_kill_tasks_locked();
	}
	lock_release(&process.lock);
}

NORETURN void task_exit(int status, bool all)
{
	struct task *t = task_current();
	bool last;

	if (all)
		process_end(status);
	tell_waiters(t);
	signals_fini_task(&t->signals);

	lock_acquire(&process.lock);
	list_remove(&t->link);
	process.ended_cpu_ns += thread_cpu_ns(t->thread);
	signal_retarget_locked();
	last = --process.nr_tasks == 0;
	if (last && !process.exiting) {
		process.exiting = true;
		process.exit_status = status;
	}
	thread_current()->task = NULL;
	lock_release(&process.lock);
	futex_owner_gone();
	mem_free(t);
	if (last)
		at_end(process.exit_status);
	thread_exit();
}
