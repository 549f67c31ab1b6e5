/* ptimers.c - timer_create() & co., setitimer() by processor time. */
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "tests/guest/check.h"

/* The kernel's calls: glibc's timer_t is not always its number. */
static int create(clockid_t clock, struct sigevent *e, int *id)
{
	return (int)syscall(SYS_timer_create, clock, e, id);
}

static int set(int id, int flags, long value_ns, long interval_ns)
{
	struct itimerspec s = {
		{interval_ns / 1000000000, interval_ns % 1000000000},
		{value_ns / 1000000000, value_ns % 1000000000}};

	return (int)syscall(SYS_timer_settime, id, flags, &s, NULL);
}

static long left_ns(int id)
{
	struct itimerspec s;

	if (syscall(SYS_timer_gettime, id, &s))
		return -1;
	return s.it_value.tv_sec * 1000000000 + s.it_value.tv_nsec;
}

static int overrun(int id)
{
	return (int)syscall(SYS_timer_getoverrun, id);
}

static int delete (int id)
{
	return (int)syscall(SYS_timer_delete, id);
}

static volatile int count;
static siginfo_t info;
static volatile pid_t handled_by;

static void on_signal(int sig, siginfo_t *i, void *context)
{
	(void)sig;
	(void)context;
	count++;
	info = *i;
	handled_by = (pid_t)syscall(SYS_gettid);
}

static void catch (int sig)
{
	struct sigaction a = {.sa_sigaction = on_signal,
	                      .sa_flags = SA_SIGINFO | SA_RESTART};

	sigaction(sig, &a, NULL);
	count = 0;
}

static void wait_for(int n)
{
	int64_t until = now_ms() + 5000;

	while (count < n && now_ms() < until)
		sleep_ms(1);
}

static void burn(int n)
{
	int64_t until = now_ms() + 5000;

	while (count < n && now_ms() < until)
		;
}

static void once(void)
{
	struct sigevent e = {.sigev_notify = SIGEV_SIGNAL,
	                     .sigev_signo = SIGRTMIN,
	                     .sigev_value.sival_int = 77};
	int64_t from = now_ms();
	int id;

	begin("once");
	catch (SIGRTMIN);
	CHECK_EQ(create(CLOCK_MONOTONIC, &e, &id), 0);
	CHECK_EQ(left_ns(id), 0);
	CHECK_EQ(set(id, 0, 30000000, 0), 0);
	CHECK(left_ns(id) > 0 && left_ns(id) <= 30000000);
	wait_for(1);
	CHECK_EQ(count, 1);
	CHECK(now_ms() - from >= 29);
	CHECK_EQ(info.si_signo, SIGRTMIN);
	CHECK_EQ(info.si_code, SI_TIMER);
	CHECK_EQ(info.si_value.sival_int, 77);
	CHECK_EQ(info.si_overrun, 0);
	CHECK_EQ(info.si_timerid, id);
	CHECK_EQ(left_ns(id), 0);
	sleep_ms(40);
	CHECK_EQ(count, 1);
	CHECK_EQ(set(id, 0, 3600000000000, 0), 0);
	CHECK(left_ns(id) > 3590000000000);
	CHECK_EQ(set(id, 0, 0, 0), 0);
	CHECK_EQ(left_ns(id), 0);
	CHECK_EQ(delete (id), 0);
	CHECK_ERR(delete (id), EINVAL);
	CHECK_ERR(set(id, 0, 1, 0), EINVAL);
	CHECK_ERR(overrun(id), EINVAL);
}

static void absolute(void)
{
	struct timespec t;
	int id;

	begin("absolute");
	catch (SIGALRM);
	CHECK_EQ(create(CLOCK_REALTIME, NULL, &id), 0); /* SIGALRM */
	clock_gettime(CLOCK_REALTIME, &t);
	CHECK_EQ(set(id, TIMER_ABSTIME,
	             t.tv_sec * 1000000000 + t.tv_nsec + 20000000, 0),
	         0);
	wait_for(1);
	CHECK_EQ(count, 1);
	CHECK_EQ(info.si_value.sival_int, id);
	CHECK_EQ(set(id, TIMER_ABSTIME, 1000, 0), 0); /* long ago */
	wait_for(2);
	CHECK_EQ(count, 2);
	CHECK_EQ(delete (id), 0);
}

static void periodic(void)
{
	struct sigevent e = {.sigev_notify = SIGEV_SIGNAL,
	                     .sigev_signo = SIGUSR1};
	sigset_t usr1;
	int id;

	begin("periodic, and its overrun");
	catch (SIGUSR1);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	CHECK_EQ(create(CLOCK_MONOTONIC, &e, &id), 0);
	CHECK_EQ(set(id, 0, 5000000, 5000000), 0);
	wait_for(5);
	CHECK(count >= 5);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	count = 0;
	sleep_ms(60);
	sigprocmask(SIG_UNBLOCK, &usr1, NULL);
	CHECK(count >= 1 && count <= 2); /* one waited, the rest are counted */
	CHECK(info.si_overrun >= 5 || overrun(id) >= 5 || count == 2);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	CHECK_EQ(set(id, 0, 1, 1), 0); /* every nanosecond: it costs nothing */
	sleep_ms(20);
	CHECK_EQ(sigwaitinfo(&usr1, &info), SIGUSR1);
	CHECK(info.si_overrun > 1000);
	CHECK_EQ(delete (id), 0);
	sigprocmask(SIG_UNBLOCK, &usr1, NULL);
	count = 0;
	sleep_ms(20);
	CHECK_EQ(count, 0);
}

/* What comes while the same signal is pending from elsewhere is not lost. */
static void pending_already(void)
{
	struct sigevent e = {.sigev_notify = SIGEV_SIGNAL,
	                     .sigev_signo = SIGUSR2};
	sigset_t usr2;
	int id;

	begin("beside a signal that is pending already");
	catch (SIGUSR2);
	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	sigprocmask(SIG_BLOCK, &usr2, NULL);
	kill(getpid(), SIGUSR2);
	CHECK_EQ(create(CLOCK_MONOTONIC, &e, &id), 0);
	CHECK_EQ(set(id, 0, 1000000, 0), 0);
	sleep_ms(20);
	sigprocmask(SIG_UNBLOCK, &usr2, NULL);
	CHECK_EQ(count, 2);
	/* Whether the signal of a deleted one still comes, is not specified. */
	sigprocmask(SIG_BLOCK, &usr2, NULL);
	CHECK_EQ(set(id, 0, 1000000, 0), 0);
	sleep_ms(20);
	CHECK_EQ(delete (id), 0);
	sigprocmask(SIG_UNBLOCK, &usr2, NULL);
}

static volatile pid_t other;

static void *be_there(void *arg)
{
	other = (pid_t)syscall(SYS_gettid);
	while (!*(volatile int *)arg)
		sleep_ms(1);
	return NULL;
}

static void to_a_thread(void)
{
	struct sigevent e = {.sigev_notify = SIGEV_THREAD_ID,
	                     .sigev_signo = SIGUSR1};
	int id, stop = 0;
	pthread_t t;

	begin("to one thread");
	catch (SIGUSR1);
	pthread_create(&t, NULL, be_there, &stop);
	while (!other)
		sleep_ms(1);
	e._sigev_un._tid = other;
	CHECK_EQ(create(CLOCK_MONOTONIC, &e, &id), 0);
	CHECK_EQ(set(id, 0, 1000000, 1000000), 0);
	wait_for(3);
	CHECK(count >= 3);
	CHECK_EQ(handled_by, other);
	stop = 1;
	pthread_join(t, NULL);
	sleep_ms(5);
	count = 0;
	sleep_ms(10);
	CHECK_EQ(count, 0);
	CHECK_EQ(delete (id), 0);
	e._sigev_un._tid = 999999;
	CHECK_ERR(create(CLOCK_MONOTONIC, &e, &id), EINVAL);
}

static void silent(void)
{
	struct sigevent e = {.sigev_notify = SIGEV_NONE};
	int id;

	begin("without a signal");
	CHECK_EQ(create(CLOCK_MONOTONIC, &e, &id), 0);
	CHECK_EQ(set(id, 0, 10000000, 20000000), 0);
	sleep_ms(15);
	CHECK(left_ns(id) > 0 && left_ns(id) <= 20000000);
	CHECK_EQ(set(id, 0, 10000000, 0), 0);
	sleep_ms(15);
	CHECK_EQ(left_ns(id), 0);
	CHECK_EQ(delete (id), 0);
}

static void processor_time(void)
{
	struct sigevent e = {.sigev_notify = SIGEV_SIGNAL,
	                     .sigev_signo = SIGUSR1};
	struct itimerval v = {{0, 10000}, {0, 10000}}, old;
	int id;

	begin("by processor time");
	catch (SIGUSR1);
	CHECK_EQ(create(CLOCK_PROCESS_CPUTIME_ID, &e, &id), 0);
	CHECK_EQ(set(id, 0, 40000000, 0), 0);
	sleep_ms(80); /* spends none */
	CHECK_EQ(count, 0);
	burn(1);
	CHECK_EQ(count, 1);
	CHECK_EQ(delete (id), 0);
	CHECK_EQ(create(CLOCK_THREAD_CPUTIME_ID, &e, &id), 0);
	CHECK_EQ(set(id, 0, 20000000, 10000000), 0);
	burn(4);
	CHECK(count >= 4);
	CHECK_EQ(delete (id), 0);
	catch (SIGPROF);
	CHECK_EQ(setitimer(ITIMER_PROF, &v, NULL), 0);
	burn(3);
	CHECK(count >= 3);
	v = (struct itimerval){{0, 0}, {0, 0}};
	CHECK_EQ(setitimer(ITIMER_PROF, &v, &old), 0);
	CHECK_EQ(old.it_interval.tv_usec, 10000);
	catch (SIGVTALRM);
	v.it_value.tv_usec = 20000;
	CHECK_EQ(setitimer(ITIMER_VIRTUAL, &v, NULL), 0);
	burn(1);
	CHECK_EQ(count, 1);
	CHECK_EQ(getitimer(ITIMER_VIRTUAL, &v), 0);
	CHECK_EQ(v.it_value.tv_sec + v.it_value.tv_usec, 0);
	CHECK_ERR(getitimer(3, &v), EINVAL);
}

static volatile int called;

static void call_me(union sigval v)
{
	called += v.sival_int;
}

/* As the C library does it: SIGEV_THREAD. */
static void in_a_thread(void)
{
	struct sigevent e = {.sigev_notify = SIGEV_THREAD,
	                     .sigev_notify_function = call_me,
	                     .sigev_value.sival_int = 5};
	struct itimerspec s = {{0, 0}, {0, 5000000}};
	timer_t id;

	begin("a function in a thread");
	CHECK_EQ(timer_create(CLOCK_MONOTONIC, &e, &id), 0);
	CHECK_EQ(timer_settime(id, 0, &s, NULL), 0);
	for (int i = 0; i < 1000 && !called; i++)
		sleep_ms(1);
	CHECK_EQ(called, 5);
	CHECK_EQ(timer_delete(id), 0);
}

static void mistakes(void)
{
	struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65};
	int id;

	begin("mistakes");
	CHECK_ERR(create(CLOCK_MONOTONIC, &e, &id), EINVAL);
	e = (struct sigevent){.sigev_notify = 9, .sigev_signo = SIGUSR1};
	CHECK_ERR(create(CLOCK_MONOTONIC, &e, &id), EINVAL);
	CHECK_ERR(create(99, NULL, &id), EINVAL);
	CHECK_ERR(create(CLOCK_MONOTONIC, (void *)8, &id), EFAULT);
	CHECK_ERR(create(CLOCK_MONOTONIC, NULL, (void *)8), EFAULT);
	CHECK_EQ(create(CLOCK_BOOTTIME, NULL, &id), 0);
	CHECK_ERR(set(id, 0, -1, 0), EINVAL);
	CHECK_ERR(syscall(SYS_timer_settime, id, 0, NULL, NULL), EINVAL);
	CHECK_EQ(delete (id), 0);
}

int main(void)
{
	once();
	absolute();
	periodic();
	pending_already();
	to_a_thread();
	silent();
	processor_time();
	in_a_thread();
	mistakes();
	return check_done();
}
