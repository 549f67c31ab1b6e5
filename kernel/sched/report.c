/* report.c - the threads in the panic report. */
#include "kernel/sched/report.h"

#include "kernel/arch/cpu.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/sched/thread_private.h"

static const char *state_of(const struct thread *t)
{
	static const char *const names[] = {
		[THREAD_RUNNABLE] = "can run",
		[THREAD_SLEEPING] = "sleeps",
		[THREAD_DEAD] = "ended",
	};

	return t == thread_current() ? "runs here" : names[t->state];
}

static void print_thread(const struct thread *t, void *ctx)
{
	unsigned *left = ctx;
	uint64_t pc, rbp;

	if (!*left)
		return;
	--*left;
	log_line("thread %u \"%s\" %s, %lu ms of processor time", t->id,
	         t->name, state_of(t), t->cpu_ns / 1000000);
	if (t == thread_current() || !context_caller(t->rsp, &pc, &rbp))
		return;
	panic_address("at", pc);
	panic_backtrace(rbp, SCHED_REPORT_FRAMES);
}

void sched_report(void)
{
	unsigned left = SCHED_REPORT_THREADS;

	thread_each(print_thread, &left);
	if (!left)
		log_line("perhaps there are more threads");
}
