/*
 * Mutexes and wait queues as they are in the kernel, on threads of the host:
 * as many run at once as the machine has processors, in the order in which
 * they became runnable.
 */
#include "kernel/sched/mutex.h"

#include "tests/lib/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/panic.h"
#include "kernel/sched/thread_private.h"
#include "kernel/sched/timer.h"

/* --- what the kernel's code needs of the rest --- */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;

	/* lock must be held for these. */
	struct list runnable;
	unsigned running;

	unsigned cpus;
} machine = {.lock = PTHREAD_MUTEX_INITIALIZER,
             .changed = PTHREAD_COND_INITIALIZER};

static _Thread_local struct thread *self;
static _Thread_local struct cpu own_cpu;

struct thread *thread_current(void)
{
	return self;
}

struct cpu *cpu_self(void)
{
	return &own_cpu;
}

unsigned cpu_count(void)
{
	return machine.cpus;
}

void cpu_relax(void)
{
}

void panic(const char *fmt, ...)
{
	fprintf(stderr, "panic: %s\n", fmt);
	abort();
}

void lock_init(struct lock *l, enum lock_rank rank)
{
	*l = (struct lock){.rank = rank};
}

void lock_acquire(struct lock *l)
{
	while (__atomic_exchange_n(&l->held, 1, __ATOMIC_ACQUIRE))
		sched_yield();
}

void lock_release(struct lock *l)
{
	__atomic_store_n(&l->held, 0, __ATOMIC_RELEASE);
}

bool thread_interrupted(const struct thread *t UNUSED)
{
	return false;
}

void timer_init(struct timer *t UNUSED, void (*fn)(struct timer *) UNUSED)
{
	panic("no deadline is waited for here");
}

void timer_set(struct timer *t UNUSED, uint64_t deadline_ns UNUSED)
{
}

bool timer_cancel(struct timer *t UNUSED)
{
	return false;
}

/* The end of the queue, and the next place that becomes free. */
static void wait_for_turn_locked(void)
{
	while (machine.running == machine.cpus ||
	       machine.runnable.next != &self->run)
		pthread_cond_wait(&machine.changed, &machine.lock);
	list_remove(&self->run);
	machine.running++;
	__atomic_store_n(&self->running, true, __ATOMIC_RELAXED);
	pthread_cond_broadcast(&machine.changed);
}

static void stop_running_locked(void)
{
	__atomic_store_n(&self->running, false, __ATOMIC_RELAXED);
	machine.running--;
	pthread_cond_broadcast(&machine.changed);
}

void thread_prepare_to_block(bool interruptible UNUSED)
{
	pthread_mutex_lock(&machine.lock);
	self->state = THREAD_SLEEPING;
	pthread_mutex_unlock(&machine.lock);
}

void thread_block(void)
{
	pthread_mutex_lock(&machine.lock);
	if (self->state == THREAD_SLEEPING) {
		stop_running_locked();
		wait_for_turn_locked();
	}
	pthread_mutex_unlock(&machine.lock);
}

void thread_wake(struct thread *t)
{
	pthread_mutex_lock(&machine.lock);
	if (t->state == THREAD_SLEEPING) {
		t->state = THREAD_RUNNABLE;
		if (!t->running)
			list_append(&machine.runnable, &t->run);
		pthread_cond_broadcast(&machine.changed);
	}
	pthread_mutex_unlock(&machine.lock);
}

/* As a disk does that is ready at once: all who can run do so before. */
void thread_yield(void)
{
	pthread_mutex_lock(&machine.lock);
	list_append(&machine.runnable, &self->run);
	stop_running_locked();
	wait_for_turn_locked();
	pthread_mutex_unlock(&machine.lock);
}

#include "kernel/sched/mutex.c"
#include "kernel/sched/wait.c"

/* --- threads --- */

struct runner {
	struct thread t;
	pthread_t id;
	void (*fn)(void);
};

static void *run(void *arg)
{
	struct runner *r = arg;

	self = &r->t;
	pthread_mutex_lock(&machine.lock);
	wait_for_turn_locked();
	pthread_mutex_unlock(&machine.lock);
	r->fn();
	pthread_mutex_lock(&machine.lock);
	stop_running_locked();
	pthread_mutex_unlock(&machine.lock);
	return NULL;
}

/* Run them all, each its function, on so many processors. */
static void run_all(unsigned cpus, void (*const *fns)(void), unsigned nr)
{
	struct runner *r = calloc(nr, sizeof(*r));

	assert_non_null(r);
	list_init(&machine.runnable);
	machine.cpus = cpus;
	pthread_mutex_lock(&machine.lock);
	for (unsigned i = 0; i < nr; i++) {
		r[i].fn = fns[i];
		list_append(&machine.runnable, &r[i].t.run);
		assert_int_equal(pthread_create(&r[i].id, NULL, run, &r[i]), 0);
	}
	pthread_mutex_unlock(&machine.lock);
	for (unsigned i = 0; i < nr; i++)
		pthread_join(r[i].id, NULL);
	free(r);
}

/* --- tests --- */

enum { ROUNDS = 100, TURNS = 5000, THREADS = 6 };

static struct mutex m;
static unsigned rounds, got_at;

static int setup(void **state)
{
	(void)state;
	mutex_init(&m);
	rounds = got_at = 0;
	return 0;
}

/* Holds it while it sleeps, and takes it again before others run. */
static void take_again_and_again(void)
{
	for (rounds = 0; rounds < ROUNDS; rounds++) {
		mutex_lock(&m);
		thread_yield();
		mutex_unlock(&m);
	}
}

static void take_once(void)
{
	mutex_lock(&m);
	got_at = rounds;
	mutex_unlock(&m);
}

static void who_waits_is_not_passed_for_ever(void **state)
{
	void (*const fns[])(void) = {take_again_and_again, take_once};

	(void)state;
	run_all(1, fns, 2);
	assert_in_range(got_at, 1, 3);
}

static unsigned done;

static void take_ten_times(void)
{
	for (int i = 0; i < 10; i++) {
		mutex_lock(&m);
		mutex_unlock(&m);
	}
	if (++done == 3)
		got_at = rounds;
}

static void all_who_wait_come_to_it(void **state)
{
	void (*const fns[])(void) = {take_again_and_again, take_ten_times,
	                             take_ten_times, take_ten_times};

	(void)state;
	done = 0;
	run_all(1, fns, 4);
	assert_int_equal(done, 3);
	assert_in_range(got_at, 1, ROUNDS - 1);
}

static unsigned inside, counter;

/* Only the holder touches these: ThreadSanitizer would see another. */
static void count(void)
{
	for (int i = 0; i < TURNS; i++) {
		mutex_lock(&m);
		assert_int_equal(inside++, 0);
		counter++;
		if (i % 64 == 0)
			thread_yield();
		inside--;
		assert_true(mutex_held(&m));
		mutex_unlock(&m);
	}
}

static void one_at_a_time(void **state)
{
	void (*const fns[THREADS])(void) = {count, count, count,
	                                    count, count, count};

	(void)state;
	for (unsigned cpus = 1; cpus <= 4; cpus += 3) {
		counter = 0;
		run_all(cpus, fns, THREADS);
		assert_int_equal(counter, TURNS * THREADS);
		assert_null(m.holder);
		assert_null(m.heir);
		assert_int_equal(m.waiters, 0);
		assert_true(list_empty(&m.q.waits));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(who_waits_is_not_passed_for_ever, setup),
		cmocka_unit_test_setup(all_who_wait_come_to_it, setup),
		cmocka_unit_test_setup(one_at_a_time, setup),
	};

	return cmocka_run_group_tests_name("mutex", tests, NULL, NULL);
}
