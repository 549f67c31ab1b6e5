/* thread.c - the life of threads; queue.c says which one runs. */
#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/lock.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/giant_private.h"
#include "kernel/sched/queue_private.h"

/* No CPU's: the registers of a new thread are nowhere. */
enum { NO_CPU = CPUS_MAX };

static struct {
	struct lock lock;

	/* lock must be held for these. */
	struct list all;
	uint32_t next_id;
} threads = {
	.lock = LOCK_INIT(LOCK_THREADS),
	.all = LIST_HEAD(threads.all),
	.next_id = 1,
};

uint32_t thread_nr_made(void)
{
	return __atomic_load_n(&threads.next_id, __ATOMIC_RELAXED) - 1;
}

/* entry.S calls this. */
void thread_begin(void);

struct thread *thread_current(void)
{
	return cpu_current_thread();
}

bool thread_interrupted(const struct thread *t)
{
	return __atomic_load_n(&t->signal_pending, __ATOMIC_RELAXED);
}

void thread_begin(void)
{
	queue_arrive();
}

void thread_adopt(struct thread *t)
{
	lock_acquire(&threads.lock);
	t->id = threads.next_id++;
	list_append(&threads.all, &t->all);
	lock_release(&threads.lock);
}

int thread_new(const char *name, void (*fn)(void *arg), void *arg,
               struct thread **out)
{
	struct thread *t = mem_zalloc(sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->stack_top = stack_new();
	if (!t->stack_top) {
		mem_free(t);
		return -ENOMEM;
	}
	t->rsp = context_new(t->stack_top, fn, arg);
	t->state = THREAD_SLEEPING;
	t->cpu = queue_least_loaded();
	t->affinity = ALL_CPUS;
	t->fpu_cpu = NO_CPU;
	t->giant = 1;
	str_copy(t->name, name, sizeof(t->name));
	thread_adopt(t);
	*out = t;
	return 0;
}

int thread_start(const char *name, void (*fn)(void *arg), void *arg)
{
	struct thread *t;
	int rc = thread_new(name, fn, arg, &t);

	if (!rc)
		thread_wake(t);
	return rc;
}

void thread_bury(struct thread *t)
{
	stack_free(t->stack_top);
	fpu_free(t->fpu);
	mem_free(t);
}

static void forget(struct thread *t)
{
	lock_acquire(&threads.lock);
	list_remove(&t->all);
	lock_release(&threads.lock);
}

void thread_discard(struct thread *t)
{
	forget(t);
	thread_bury(t);
}

NORETURN void thread_exit(void)
{
	forget(thread_current());
	giant_suspend();
	queue_exit();
}

void thread_each(void (*fn)(const struct thread *t, void *ctx), void *ctx)
{
	lock_acquire(&threads.lock);
	LIST_EACH(n, &threads.all)
	fn(LIST_ENTRY(n, struct thread, all), ctx);
	lock_release(&threads.lock);
}
