/* threads.c - POSIX threads: life, locks, conditions, their own storage. */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "tests/guest/check.h"

static void *give_back(void *arg)
{
	return arg;
}

static void life(void)
{
	pthread_t t[100];
	void *result;
	long sum = 0;
	int made = 0;

	begin("create and join");
	for (long i = 0; i < 100; i++)
		made += !pthread_create(&t[i], NULL, give_back, (void *)i);
	for (int i = 0; i < 100; i++)
		if (!pthread_join(t[i], &result))
			sum += (long)result;
	CHECK_EQ(made, 100);
	CHECK_EQ(sum, 4950);
	for (long i = 0; i < 500; i++) /* stacks are given back */
		if (!pthread_create(&t[0], NULL, give_back, NULL))
			made += !pthread_join(t[0], NULL);
	CHECK_EQ(made, 600);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static long counter;

enum { ROUNDS = 20000, WORKERS = 4 };

static void *hammer(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		if (i % 1000 == 0)
			sched_yield();
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void in_parallel(void *(*fn)(void *))
{
	pthread_t t[WORKERS];

	for (long i = 0; i < WORKERS; i++)
		pthread_create(&t[i], NULL, fn, (void *)i);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(t[i], NULL);
}

static void mutexes(void)
{
	struct timespec t;

	begin("mutex");
	in_parallel(hammer);
	CHECK_EQ(counter, ROUNDS * WORKERS);
	CHECK_EQ(pthread_mutex_lock(&mutex), 0);
	CHECK_EQ(pthread_mutex_trylock(&mutex), EBUSY);
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += 20000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	CHECK_EQ(pthread_mutex_timedlock(&mutex, &t), ETIMEDOUT);
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
}

static int turn;

static void *take_turns(void *arg)
{
	int me = (int)(long)arg;

	for (int i = 0; i < 200; i++) {
		pthread_mutex_lock(&mutex);
		while (turn % WORKERS != me)
			pthread_cond_wait(&cond, &mutex);
		turn++;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void conditions(void)
{
	struct timespec t;
	int64_t from = now_ms();

	begin("conditions");
	in_parallel(take_turns);
	CHECK_EQ(turn, 200 * WORKERS);
	pthread_mutex_lock(&mutex);
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += 30000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	from = now_ms();
	CHECK_EQ(pthread_cond_timedwait(&cond, &mutex, &t), ETIMEDOUT);
	CHECK(now_ms() - from >= 28);
	pthread_mutex_unlock(&mutex);
}

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static long left, right, torn;

static void *read_and_write(void *arg)
{
	for (int i = 0; i < 2000; i++) {
		if ((i + (long)arg) % 4 == 0) {
			pthread_rwlock_wrlock(&rw);
			left++;
			right++;
			pthread_rwlock_unlock(&rw);
		} else {
			pthread_rwlock_rdlock(&rw);
			if (left != right)
				torn++;
			pthread_rwlock_unlock(&rw);
		}
	}
	return NULL;
}

static pthread_barrier_t barrier;
static int phase[WORKERS], ahead;

static void *keep_step(void *arg)
{
	long me = (long)arg;

	for (int i = 1; i <= 50; i++) {
		phase[me] = i;
		pthread_barrier_wait(&barrier);
		for (int o = 0; o < WORKERS; o++)
			if (phase[o] != i)
				__atomic_add_fetch(&ahead, 1, __ATOMIC_RELAXED);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static sem_t ping, pong;

static void *answer(void *arg)
{
	for (int i = 0; i < 500; i++) {
		sem_wait(&ping);
		sem_post(&pong);
	}
	return arg;
}

static void others(void)
{
	pthread_t t;

	begin("rwlock, barrier, semaphore");
	in_parallel(read_and_write);
	CHECK_EQ(torn, 0);
	CHECK_EQ(left, 2000);
	pthread_barrier_init(&barrier, NULL, WORKERS);
	in_parallel(keep_step);
	CHECK_EQ(ahead, 0);
	sem_init(&ping, 0, 0);
	sem_init(&pong, 0, 0);
	pthread_create(&t, NULL, answer, NULL);
	for (int i = 0; i < 500; i++) {
		sem_post(&ping);
		sem_wait(&pong);
	}
	CHECK_EQ(pthread_join(t, NULL), 0);
}

static __thread int own = 7;
static __thread char own_zero[5000];
static int wrong;

static void *use_own(void *arg)
{
	if (own != 7 || own_zero[4999])
		__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	own = (int)(long)arg;
	own_zero[4999] = (char)own;
	for (int i = 0; i < 100; i++) {
		sched_yield();
		if (own != (int)(long)arg)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static pthread_key_t key;
static int destroyed;

static void destroy(void *arg)
{
	(void)arg;
	__atomic_add_fetch(&destroyed, 1, __ATOMIC_RELAXED);
}

static void *use_key(void *arg)
{
	pthread_setspecific(key, &key);
	return arg;
}

static int once_runs;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void run_once(void)
{
	once_runs++;
}

static void *use_once(void *arg)
{
	pthread_once(&once, run_once);
	return arg;
}

static void storage(void)
{
	begin("storage of a thread's own");
	in_parallel(use_own);
	CHECK_EQ(wrong, 0);
	CHECK_EQ(own, 7);
	pthread_key_create(&key, destroy);
	in_parallel(use_key);
	CHECK_EQ(destroyed, WORKERS);
	in_parallel(use_once);
	CHECK_EQ(once_runs, 1);
}

static int detached_ran;

static void *run_detached(void *arg)
{
	__atomic_store_n(&detached_ran, 1, __ATOMIC_RELEASE);
	return arg;
}

static void detaching(void)
{
	pthread_attr_t a;
	pthread_t t;

	begin("detached");
	pthread_attr_init(&a);
	pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
	CHECK_EQ(pthread_create(&t, &a, run_detached, NULL), 0);
	for (int i = 0; i < 200 && !__atomic_load_n(&detached_ran, 2); i++)
		sleep_ms(5);
	CHECK_EQ(detached_ran, 1);
}

static pthread_mutex_t robust;

static volatile int has_it;

static void *die_with_it(void *arg)
{
	pthread_mutex_lock(&robust);
	has_it = 1;
	sleep_ms(20);
	return arg;
}

static void robustness(void)
{
	pthread_mutexattr_t a;
	pthread_t t;

	begin("a robust mutex outlives its holder");
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &a);
	pthread_create(&t, NULL, die_with_it, NULL);
	pthread_join(t, NULL);
	CHECK_EQ(pthread_mutex_lock(&robust), EOWNERDEAD);
	CHECK_EQ(pthread_mutex_consistent(&robust), 0);
	CHECK_EQ(pthread_mutex_unlock(&robust), 0);
	has_it = 0;
	pthread_create(&t, NULL, die_with_it, NULL);
	while (!has_it)
		sleep_ms(1);
	CHECK_EQ(pthread_mutex_lock(&robust), EOWNERDEAD);
	pthread_join(t, NULL);
	CHECK_EQ(pthread_mutex_unlock(&robust), 0);
	CHECK_EQ(pthread_mutex_lock(&robust), ENOTRECOVERABLE);
}

static void *sleep_long(void *arg)
{
	sleep(100);
	return arg;
}

static void *spin(void *arg)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (volatile long i = 0;; i++)
		;
	return arg;
}

static void cancelling(void)
{
	void *result = NULL;
	pthread_t t;

	begin("cancellation");
	pthread_create(&t, NULL, sleep_long, NULL);
	sleep_ms(5);
	CHECK_EQ(pthread_cancel(t), 0);
	CHECK_EQ(pthread_join(t, &result), 0);
	CHECK(result == PTHREAD_CANCELED);
	pthread_create(&t, NULL, spin, NULL);
	sleep_ms(5);
	CHECK_EQ(pthread_cancel(t), 0);
	CHECK_EQ(pthread_join(t, &result), 0);
	CHECK(result == PTHREAD_CANCELED);
}

static sigjmp_buf back;
static volatile sig_atomic_t overran;

static void on_segv(int sig)
{
	(void)sig;
	overran = 1;
	siglongjmp(back, 1);
}

static __attribute__((noinline)) int deep(int n)
{
	volatile char room[512];

	room[0] = (char)n;
	return n < 0 ? 0 : deep(n + 1) + room[0];
}

static void *overrun(void *arg)
{
	static char alternative[65536];
	stack_t s = {.ss_sp = alternative, .ss_size = sizeof(alternative)};

	sigaltstack(&s, NULL);
	if (!sigsetjmp(back, 1))
		deep(0);
	return arg;
}

static void guards(void)
{
	struct sigaction a = {.sa_handler = on_segv, .sa_flags = SA_ONSTACK};
	pthread_t t;

	begin("a stack's guard");
	sigaction(SIGSEGV, &a, NULL);
	CHECK_EQ(pthread_create(&t, NULL, overrun, NULL), 0);
	CHECK_EQ(pthread_join(t, NULL), 0);
	CHECK_EQ(overran, 1);
	overran = 0;
	overrun(NULL);
	CHECK_EQ(overran, 1);
}

static void names(void)
{
	char name[16] = "";

	begin("ids and names");
	CHECK_EQ(syscall(SYS_gettid), getpid());
	CHECK_EQ(pthread_setname_np(pthread_self(), "main-thread"), 0);
	CHECK_EQ(pthread_getname_np(pthread_self(), name, sizeof(name)), 0);
	CHECK(!strcmp(name, "main-thread"));
	CHECK_EQ(pthread_setname_np(pthread_self(), "much-too-long-name"),
	         ERANGE);
	CHECK_ERR(syscall(SYS_tkill, 999999, 0), ESRCH);
	CHECK_EQ(pthread_kill(pthread_self(), 0), 0);
}

static void *outlive(void *arg)
{
	pthread_join(*(pthread_t *)arg, NULL);
	sleep_ms(20);
	printf("the last thread ends the program\n");
	fflush(stdout);
	exit(check_done());
}

int main(void)
{
	static pthread_t self;
	pthread_t t;

	life();
	mutexes();
	conditions();
	others();
	storage();
	detaching();
	robustness();
	cancelling();
	guards();
	names();
	self = pthread_self();
	pthread_create(&t, NULL, outlive, &self);
	pthread_exit(NULL);
}
