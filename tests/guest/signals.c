/* signals.c - sending, blocking, waiting for signals, and what they end. */
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "tests/guest/asleep.h"

static volatile sig_atomic_t count, last;
static siginfo_t info_got;

static void on_signal(int sig)
{
	count++;
	last = sig;
}

static void on_info(int sig, siginfo_t *info, void *context)
{
	(void)context;
	on_signal(sig);
	info_got = *info;
}

static void catch (int sig, int flags)
{
	struct sigaction a = {.sa_sigaction = on_info,
	                      .sa_flags = flags | SA_SIGINFO};

	sigaction(sig, &a, NULL);
	count = 0;
	last = 0;
}

static sigset_t set_of(int sig)
{
	sigset_t s;

	sigemptyset(&s);
	if (sig)
		sigaddset(&s, sig);
	return s;
}

static void handlers(void)
{
	union sigval v = {.sival_int = 1234};
	struct sigaction a;

	begin("handlers");
	catch (SIGUSR1, 0);
	CHECK_EQ(kill(getpid(), SIGUSR1), 0);
	CHECK_EQ(count, 1); /* before kill() returned */
	CHECK_EQ(last, SIGUSR1);
	CHECK_EQ(info_got.si_signo, SIGUSR1);
	CHECK_EQ(info_got.si_code, SI_USER);
	CHECK_EQ(info_got.si_pid, getpid());
	CHECK_EQ(info_got.si_uid, getuid());
	CHECK_EQ(raise(SIGUSR1), 0);
	CHECK_EQ(info_got.si_code, SI_TKILL);
	CHECK_EQ(info_got.si_pid, getpid());
	CHECK_EQ(sigaction(SIGUSR1, NULL, &a), 0);
	CHECK(a.sa_sigaction == on_info);
	CHECK_EQ(a.sa_flags & SA_SIGINFO, SA_SIGINFO);
	CHECK_ERR(sigaction(SIGKILL, &a, NULL), EINVAL);
	CHECK_ERR(sigaction(SIGSTOP, &a, NULL), EINVAL);
	CHECK_ERR(sigaction(65, &a, NULL), EINVAL);
	CHECK_ERR(sigaction(0, &a, NULL), EINVAL);
	CHECK_EQ(kill(getpid(), 0), 0);
	CHECK_ERR(kill(getpid(), 65), EINVAL);
	CHECK_ERR(kill(999999, SIGUSR1), ESRCH);
	CHECK_EQ(sigqueue(getpid(), SIGUSR1, v), 0);
	CHECK_EQ(info_got.si_code, SI_QUEUE);
	CHECK_EQ(info_got.si_value.sival_int, 1234);
	catch (SIGUSR1, SA_RESETHAND);
	raise(SIGUSR1);
	CHECK_EQ(sigaction(SIGUSR1, NULL, &a), 0);
	CHECK(a.sa_handler == SIG_DFL);
	signal(SIGUSR1, SIG_IGN);
	CHECK_EQ(raise(SIGUSR1), 0);
	CHECK_EQ(count, 1);
	CHECK_EQ(kill(getpid(), SIGCHLD), 0); /* ignored by default */
	CHECK_EQ(kill(getpid(), SIGCONT), 0);
}

static void masks(void)
{
	sigset_t usr1 = set_of(SIGUSR1), usr2 = set_of(SIGUSR2), old, pending;

	begin("masks");
	catch (SIGUSR2, 0);
	catch (SIGUSR1, 0);
	CHECK_EQ(sigprocmask(SIG_BLOCK, &usr1, NULL), 0);
	raise(SIGUSR1);
	raise(SIGUSR1);
	CHECK_EQ(count, 0);
	CHECK_EQ(sigpending(&pending), 0);
	CHECK_EQ(sigismember(&pending, SIGUSR1), 1);
	CHECK_EQ(sigismember(&pending, SIGUSR2), 0);
	CHECK_EQ(sigprocmask(SIG_SETMASK, &usr2, &old), 0);
	CHECK_EQ(count, 1); /* not queued */
	CHECK_EQ(sigismember(&old, SIGUSR1), 1);
	CHECK_EQ(sigprocmask(SIG_UNBLOCK, &usr2, NULL), 0);
	CHECK_ERR(sigprocmask(99, &usr2, NULL), EINVAL);
	sigfillset(&old);
	CHECK_EQ(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	CHECK_EQ(sigprocmask(SIG_SETMASK, NULL, &old), 0);
	CHECK_EQ(sigismember(&old, SIGKILL), 0);
	CHECK_EQ(sigismember(&old, SIGTERM), 1);
	old = set_of(0);
	CHECK_EQ(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	/* Ignoring discards what is pending. */
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	CHECK_EQ(sigpending(&pending), 0);
	CHECK_EQ(sigismember(&pending, SIGUSR1), 0);
	sigprocmask(SIG_UNBLOCK, &usr1, NULL);
}

static void real_time(void)
{
	sigset_t rt = set_of(SIGRTMIN + 3);
	union sigval v;

	begin("real-time signals queue");
	catch (SIGRTMIN + 3, 0);
	sigprocmask(SIG_BLOCK, &rt, NULL);
	for (v.sival_int = 0; v.sival_int < 5; v.sival_int++)
		CHECK_EQ(sigqueue(getpid(), SIGRTMIN + 3, v), 0);
	sigprocmask(SIG_UNBLOCK, &rt, NULL);
	CHECK_EQ(count, 5);
	CHECK_EQ(info_got.si_value.sival_int, 4);
}

static char order[64];
static volatile int runs;

static void nest(int sig)
{
	order[strlen(order)] = sig == SIGUSR1 ? '1' : '2';
	if (!runs++) {
		raise(SIGUSR1); /* blocked while we run */
		raise(SIGUSR2); /* not */
	}
	order[strlen(order)] = sig == SIGUSR1 ? 'a' : 'b';
}

static void nesting(void)
{
	struct sigaction a = {.sa_handler = nest};
	sigset_t now;

	begin("nesting");
	sigaction(SIGUSR1, &a, NULL);
	sigaction(SIGUSR2, &a, NULL);
	raise(SIGUSR1);
	CHECK(!strcmp(order, "12ba1a"));
	a.sa_mask = set_of(SIGUSR2);
	sigaction(SIGUSR1, &a, NULL);
	CHECK_EQ(sigprocmask(SIG_SETMASK, NULL, &now), 0);
	CHECK_EQ(sigismember(&now, SIGUSR1), 0);
	CHECK_EQ(sigismember(&now, SIGUSR2), 0);
}

static pthread_t sleeper;
static pid_t sleeper_tid;

static void *send_later(void *arg)
{
	until_asleep(&sleeper_tid);
	pthread_kill(sleeper, SIGUSR1);
	return arg;
}

/* The caller gets a signal as soon as it sleeps. */
static pthread_t later(void)
{
	pthread_t t;

	sleeper = pthread_self();
	say_tid(&sleeper_tid);
	pthread_create(&t, NULL, send_later, NULL);
	return t;
}

static int ends[2];

/* After the signal, however late that comes. */
static void *write_later(void *arg)
{
	while (!count)
		sleep_ms(1);
	return write(ends[1], "x", 1) == 1 ? arg : NULL;
}

static void interrupting(void)
{
	struct timespec hour = {3600, 0}, rest = {0, 0};
	pthread_t t, w;
	char c = 0;

	begin("EINTR and SA_RESTART");
	MUST(pipe(ends) == 0);
	catch (SIGUSR1, 0);
	t = later();
	CHECK_ERR(read(ends[0], &c, 1), EINTR);
	pthread_join(t, NULL);
	catch (SIGUSR1, SA_RESTART);
	t = later();
	pthread_create(&w, NULL, write_later, NULL);
	CHECK_EQ(read(ends[0], &c, 1), 1);
	CHECK_EQ(count, 1);
	pthread_join(t, NULL);
	pthread_join(w, NULL);
	t = later();
	CHECK_ERR(nanosleep(&hour, &rest), EINTR); /* never restarted */
	/* With Linux's slack of 50 us it may be a little more. */
	CHECK(rest.tv_sec >= 3590 && rest.tv_sec <= 3600);
	pthread_join(t, NULL);
	t = later();
	CHECK_ERR(pause(), EINTR);
	pthread_join(t, NULL);
	close(ends[0]);
	close(ends[1]);
}

static void suspending(void)
{
	sigset_t usr1 = set_of(SIGUSR1), empty = set_of(0), now;
	pthread_t t;

	begin("sigsuspend");
	catch (SIGUSR1, 0);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	raise(SIGUSR1);
	CHECK_EQ(count, 0);
	CHECK_ERR(sigsuspend(&empty), EINTR);
	CHECK_EQ(count, 1);
	sigprocmask(SIG_SETMASK, NULL, &now);
	CHECK_EQ(sigismember(&now, SIGUSR1), 1);
	t = later();
	CHECK_ERR(sigsuspend(&empty), EINTR);
	CHECK_EQ(count, 2);
	pthread_join(t, NULL);
	sigprocmask(SIG_UNBLOCK, &usr1, NULL);
}

static void waiting(void)
{
	sigset_t usr1 = set_of(SIGUSR1);
	struct timespec t = {0, 20000000};
	siginfo_t info;
	pthread_t thread;
	int64_t from;

	begin("sigwait");
	catch (SIGUSR1, 0);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	from = now_ms();
	CHECK_ERR(sigtimedwait(&usr1, &info, &t), EAGAIN);
	CHECK(now_ms() - from >= 20);
	raise(SIGUSR1);
	CHECK_EQ(sigtimedwait(&usr1, &info, &t), SIGUSR1);
	CHECK_EQ(info.si_pid, getpid());
	thread = later();
	CHECK_EQ(sigwaitinfo(&usr1, &info), SIGUSR1);
	pthread_join(thread, NULL);
	CHECK_EQ(count, 0);
	sigprocmask(SIG_UNBLOCK, &usr1, NULL);
}

static void pipes(void)
{
	sigset_t pipe_set = set_of(SIGPIPE), pending;
	int p[2];

	begin("SIGPIPE");
	MUST(pipe(p) == 0);
	close(p[0]);
	catch (SIGPIPE, 0);
	CHECK_ERR(write(p[1], "x", 1), EPIPE);
	CHECK_EQ(count, 1);
	signal(SIGPIPE, SIG_IGN);
	CHECK_ERR(write(p[1], "x", 1), EPIPE);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_BLOCK, &pipe_set, NULL);
	CHECK_ERR(write(p[1], "x", 1), EPIPE);
	sigpending(&pending);
	CHECK_EQ(sigismember(&pending, SIGPIPE), 1);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_UNBLOCK, &pipe_set, NULL);
	close(p[1]);
}

static void alarms(void)
{
	struct itimerval t = {.it_value = {0, 20000}}, old;
	int64_t from = now_ms();

	begin("alarm and setitimer");
	catch (SIGALRM, 0);
	CHECK_EQ(setitimer(ITIMER_REAL, &t, NULL), 0);
	CHECK_ERR(pause(), EINTR);
	CHECK_EQ(last, SIGALRM);
	CHECK(now_ms() - from >= 19 && now_ms() - from < 1000);
	CHECK_EQ(info_got.si_code, SI_KERNEL);
	t.it_interval.tv_usec = 5000;
	catch (SIGALRM, SA_RESTART);
	CHECK_EQ(setitimer(ITIMER_REAL, &t, NULL), 0);
	while (count < 5)
		pause();
	CHECK_EQ(getitimer(ITIMER_REAL, &old), 0);
	CHECK_EQ(old.it_interval.tv_usec, 5000);
	t = (struct itimerval){0};
	CHECK_EQ(setitimer(ITIMER_REAL, &t, NULL), 0);
	CHECK_EQ(alarm(100), 0);
	CHECK(alarm(0) >= 99);
	CHECK_EQ(alarm(0), 0);
}

static volatile int got_it;
static pthread_t first_thread;

static void note_thread(int sig)
{
	(void)sig;
	got_it = pthread_equal(pthread_self(), first_thread) ? 1 : 2;
}

static void *block_and_wait(void *arg)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	*(volatile int *)arg = 1;
	while (*(volatile int *)arg == 1)
		sleep_ms(1);
	return NULL;
}

static void *spin_until(void *arg)
{
	while (!got_it)
		;
	return arg;
}

static pid_t other_tid;

/* Others that do not handle the signal must not notice it. */
static void *sleep_through(void *arg)
{
	struct timespec t = {1, 0};
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	say_tid(&other_tid);
	*(int *)arg = nanosleep(&t, NULL);
	return NULL;
}

static void threads(void)
{
	struct sigaction a = {.sa_handler = note_thread};
	int state = 0, slept = 9;
	pthread_t t, u;

	begin("threads");
	first_thread = pthread_self();
	sigaction(SIGUSR1, &a, NULL);
	pthread_create(&t, NULL, block_and_wait, &state);
	while (*(volatile int *)&state != 1)
		sleep_ms(1);
	kill(getpid(), SIGUSR1); /* only we can take it */
	CHECK_EQ(got_it, 1);
	state = 2;
	pthread_join(t, NULL);
	got_it = 0;
	pthread_create(&t, NULL, spin_until, NULL);
	sleep_ms(2);
	CHECK_EQ(pthread_kill(t, SIGUSR1), 0); /* it makes no call */
	pthread_join(t, NULL);
	CHECK_EQ(got_it, 2);
	other_tid = 0;
	pthread_create(&u, NULL, sleep_through, &slept);
	until_asleep(&other_tid);
	kill(getpid(), SIGUSR1);
	pthread_join(u, NULL);
	CHECK_EQ(slept, 0);
}

static int paused_result;

static void *pause_once(void *arg)
{
	struct timespec t = {1, 0};

	(void)arg;
	say_tid(&other_tid);
	paused_result = nanosleep(&t, NULL); /* unblocked, but not chosen */
	return NULL;
}

/* A signal to the process is handled once, and only one thread feels it. */
static void chosen(void)
{
	pthread_t t;
	int64_t from = now_ms();

	begin("one thread is chosen");
	catch (SIGUSR1, 0);
	other_tid = 0;
	pthread_create(&t, NULL, pause_once, NULL);
	until_asleep(&other_tid);
	kill(getpid(), SIGUSR1); /* Linux takes the sender if it can */
	CHECK_EQ(count, 1);
	pthread_join(t, NULL);
	CHECK_EQ(paused_result, 0);
	CHECK(now_ms() - from >= 1000);
}

int main(void)
{
	handlers();
	masks();
	real_time();
	nesting();
	interrupting();
	suspending();
	waiting();
	pipes();
	alarms();
	threads();
	chosen();
	return check_done();
}
