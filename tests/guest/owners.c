/*
 * owners.c - futexes with an owner: FUTEX_LOCK_PI and its relatives, by
 * themselves and as pthread mutexes.
 *
 * run: cpus=1
 * run: cpus=4
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include "tests/guest/check.h"

static uint32_t word;

static long futex(uint32_t *at, int op, uint32_t v, const void *t, void *at2,
                  uint32_t v3)
{
	return syscall(SYS_futex, at, op | FUTEX_PRIVATE_FLAG, v, t, at2, v3);
}

static uint32_t tid(void)
{
	return (uint32_t)syscall(SYS_gettid);
}

static struct timespec after_ms(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void alone(void)
{
	begin("alone");
	CHECK_EQ(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
	CHECK(word == tid());
	CHECK_ERR(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), EDEADLK);
	CHECK_ERR(futex(&word, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0), EDEADLK);
	CHECK_EQ(futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
	CHECK(word == 0);
	CHECK_ERR(futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), EPERM);
	CHECK_EQ(futex(&word, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0), 0);
	CHECK_EQ(futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
	word = 0x3ffffff0; /* nobody's number */
	CHECK_ERR(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), ESRCH);
	word = 0;
	CHECK_ERR(futex((uint32_t *)16, FUTEX_LOCK_PI, 0, NULL, NULL, 0),
	          EFAULT);
	CHECK_ERR(futex((uint32_t *)((char *)&word + 1), FUTEX_LOCK_PI, 0, NULL,
	                NULL, 0),
	          EINVAL);
}

static void *try_it(void *arg)
{
	struct timespec t = after_ms(30);

	(void)arg;
	CHECK_ERR(futex(&word, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0), EAGAIN);
	CHECK_ERR(futex(&word, FUTEX_LOCK_PI, 0, &t, NULL, 0), ETIMEDOUT);
	CHECK_ERR(futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), EPERM);
	return NULL;
}

static volatile int got;

static void *take_it(void *arg)
{
	(void)arg;
	if (!futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0))
		got = (int)(word & FUTEX_TID_MASK) == (int)tid();
	if (futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0))
		got = 0;
	return NULL;
}

static void contended(void)
{
	pthread_t t;

	begin("with others");
	MUST(!futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	pthread_create(&t, NULL, try_it, NULL);
	pthread_join(t, NULL);
	pthread_create(&t, NULL, take_it, NULL);
	while (!(__atomic_load_n(&word, __ATOMIC_SEQ_CST) & FUTEX_WAITERS))
		sleep_ms(1);
	sleep_ms(10);
	CHECK_EQ(futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
	pthread_join(t, NULL);
	CHECK_EQ(got, 1);
	CHECK(!(word & FUTEX_TID_MASK));
	word = 0;
}

/* --- an owner ends --- */

static void *take_and_end(void *arg)
{
	(void)arg;
	futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0);
	while (!(__atomic_load_n(&word, __ATOMIC_SEQ_CST) & FUTEX_WAITERS))
		sleep_ms(1);
	return NULL;
}

static void owner_ends(void)
{
	pthread_t t;

	begin("the owner ends");
	pthread_create(&t, NULL, take_and_end, NULL);
	while (!(__atomic_load_n(&word, __ATOMIC_SEQ_CST) & FUTEX_TID_MASK))
		sleep_ms(1);
	CHECK_EQ(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
	CHECK((word & FUTEX_TID_MASK) == tid());
	CHECK(word & FUTEX_OWNER_DIED);
	pthread_join(t, NULL);
	CHECK_EQ(futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
	word = 0;
}

/* --- mutexes --- */

static pthread_mutex_t mutex;
static long counter;

static void init_mutex(int robust)
{
	pthread_mutexattr_t a;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
	pthread_mutexattr_setrobust(&a, robust);
	MUST(!pthread_mutex_init(&mutex, &a));
}

static void *hammer(void *arg)
{
	for (int i = 0; i < 5000; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
	}
	return arg;
}

static volatile int interrupted;

static void on_signal(int sig)
{
	(void)sig;
	interrupted++;
}

static void storm(void)
{
	struct sigaction a = {.sa_handler = on_signal}; /* no SA_RESTART */
	pthread_t t[6];

	begin("a mutex, many threads, and signals");
	sigaction(SIGUSR1, &a, NULL);
	init_mutex(PTHREAD_MUTEX_STALLED);
	for (int i = 0; i < 6; i++)
		pthread_create(&t[i], NULL, hammer, NULL);
	for (int i = 0; i < 300; i++) {
		pthread_kill(t[i % 6], SIGUSR1);
		sched_yield();
	}
	for (int i = 0; i < 6; i++)
		pthread_join(t[i], NULL);
	CHECK_EQ(counter, 30000);
}

static void *lock_and_end(void *arg)
{
	pthread_mutex_lock(&mutex);
	return arg;
}

static void robust(void)
{
	pthread_t t;

	begin("a robust mutex");
	init_mutex(PTHREAD_MUTEX_ROBUST);
	for (int i = 0; i < 3; i++) {
		pthread_create(&t, NULL, lock_and_end, NULL);
		pthread_join(t, NULL);
		CHECK_EQ(pthread_mutex_lock(&mutex), EOWNERDEAD);
		CHECK_EQ(pthread_mutex_consistent(&mutex), 0);
		CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	}
}

/* --- from a condition to a lock --- */

static uint32_t cond_word;
static int through;

static void *wait_and_lock(void *arg)
{
	(void)arg;
	if (futex(&cond_word, FUTEX_WAIT_REQUEUE_PI, 0, NULL, &word, 0) == 0 &&
	    (__atomic_load_n(&word, __ATOMIC_SEQ_CST) & FUTEX_TID_MASK) ==
	            tid())
		__atomic_add_fetch(&through, 1, __ATOMIC_SEQ_CST);
	futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0);
	return NULL;
}

static void requeue(void)
{
	struct timespec t = after_ms(20);
	pthread_t th[3];
	long sent = 0;

	begin("from a condition to a lock");
	CHECK_ERR(futex(&cond_word, FUTEX_WAIT_REQUEUE_PI, 1, NULL, &word, 0),
	          EAGAIN);
	CHECK_ERR(futex(&cond_word,
	                FUTEX_WAIT_REQUEUE_PI | FUTEX_CLOCK_REALTIME, 0, &t,
	                &word, 0),
	          ETIMEDOUT);
	CHECK_ERR(
		futex(&cond_word, FUTEX_CMP_REQUEUE_PI, 1, (void *)8, &word, 1),
		EAGAIN);
	CHECK_ERR(
		futex(&cond_word, FUTEX_CMP_REQUEUE_PI, 2, (void *)8, &word, 0),
		EINVAL);
	for (int i = 0; i < 3; i++)
		pthread_create(&th[i], NULL, wait_and_lock, NULL);
	while (sent < 3) {
		long n = futex(&cond_word, FUTEX_CMP_REQUEUE_PI, 1, (void *)8,
		               &word, 0);

		sent += n > 0 ? n : 0;
		sleep_ms(1);
	}
	for (int i = 0; i < 3; i++)
		pthread_join(th[i], NULL);
	CHECK_EQ(sent, 3);
	CHECK_EQ(through, 3);
}

int main(void)
{
	alone();
	contended();
	owner_ends();
	storm();
	robust();
	requeue();
	return check_done();
}
