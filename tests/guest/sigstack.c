/* sigstack.c - alternate stacks, restarts, and what the processor reports. */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "tests/guest/check.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1u << 31)
#endif

static char alternative[65536] __attribute__((aligned(16)));
static volatile sig_atomic_t on_it, flags_inside, depth, count;
static stack_t in_context;

static bool here_is_on(const char *stack)
{
	const char *here = __builtin_frame_address(0);

	return here > stack && here < stack + sizeof(alternative);
}

static void look(int sig, siginfo_t *info, void *context)
{
	stack_t now;

	(void)info;
	on_it = here_is_on(alternative);
	syscall(SYS_sigaltstack, NULL, &now);
	flags_inside = now.ss_flags;
	in_context = ((ucontext_t *)context)->uc_stack;
	if (sig == SIGUSR1 && !depth++)
		raise(SIGUSR2); /* nested: on the same stack, further down */
}

static void on(int sig, void (*fn)(int, siginfo_t *, void *), int flags)
{
	struct sigaction a = {.sa_sigaction = fn,
	                      .sa_flags = SA_SIGINFO | flags};

	sigaction(sig, &a, NULL);
}

static int set_stack(int flags, size_t size)
{
	stack_t s = {.ss_sp = alternative, .ss_flags = flags, .ss_size = size};

	return (int)syscall(SYS_sigaltstack, &s, NULL);
}

static void stacks(void)
{
	stack_t now;

	begin("alternate stacks");
	CHECK_EQ(syscall(SYS_sigaltstack, NULL, &now), 0);
	CHECK_EQ(now.ss_flags, SS_DISABLE);
	CHECK_ERR(set_stack(0, 1000), ENOMEM);
	CHECK_ERR(set_stack(0x40, sizeof(alternative)), EINVAL);
	CHECK_EQ(set_stack(SS_ONSTACK, sizeof(alternative)), 0);
	CHECK_EQ(syscall(SYS_sigaltstack, NULL, &now), 0);
	CHECK_EQ(now.ss_flags, 0);
	on(SIGUSR1, look, SA_ONSTACK);
	on(SIGUSR2, look, SA_ONSTACK);
	raise(SIGUSR2);
	CHECK_EQ(on_it, 1);
	CHECK_EQ(flags_inside, SS_ONSTACK);
	CHECK(in_context.ss_sp == alternative);
	CHECK_EQ(in_context.ss_size, sizeof(alternative));
	raise(SIGUSR1);
	CHECK_EQ(depth, 1);
	CHECK_EQ(on_it, 1);
	on(SIGUSR2, look, 0);
	raise(SIGUSR2);
	CHECK_EQ(on_it, 0);
}

static void autodisarm(void)
{
	stack_t now;

	begin("a stack that disarms itself");
	CHECK_EQ(set_stack((int)SS_AUTODISARM, sizeof(alternative)), 0);
	on(SIGUSR2, look, SA_ONSTACK);
	raise(SIGUSR2);
	CHECK_EQ(on_it, 1);
	CHECK_EQ(flags_inside, SS_DISABLE);
	CHECK_EQ((unsigned)in_context.ss_flags, SS_AUTODISARM);
	CHECK_EQ(syscall(SYS_sigaltstack, NULL, &now), 0);
	CHECK_EQ((unsigned)now.ss_flags, SS_AUTODISARM); /* armed again */
	CHECK(now.ss_sp == alternative);
	CHECK_EQ(set_stack(SS_DISABLE, 0), 0);
	CHECK_EQ(syscall(SYS_sigaltstack, NULL, &now), 0);
	CHECK_EQ(now.ss_flags, SS_DISABLE);
	CHECK_EQ(now.ss_size, 0);
	raise(SIGUSR2);
	CHECK_EQ(on_it, 0);
}

static sigjmp_buf back;
static siginfo_t got;

static void escape(int sig, siginfo_t *info, void *context)
{
	(void)context;
	got = *info;
	siglongjmp(back, sig);
}

static volatile int sink;

static int dig(int n)
{
	volatile char room[4096];

	room[0] = (char)n;
	sink = room[0];
	return n > 1000000 ? 0 : dig(n + 1) + room[0];
}

static void overflow(void)
{

	begin("a stack overflow is handled on the other stack");
	CHECK_EQ(set_stack(0, sizeof(alternative)), 0);
	on(SIGSEGV, escape, SA_ONSTACK);
	if (!sigsetjmp(back, 1))
		dig(0);
	CHECK_EQ(got.si_signo, SIGSEGV);
	CHECK(got.si_code == SEGV_MAPERR || got.si_code == SEGV_ACCERR);
}

/* No stack for SIGUSR1's handler: that is a SIGSEGV, whose has one. */
static void no_stack(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long tid = syscall(SYS_gettid), nr = SYS_tkill;

	begin("a handler without a stack");
	on(SIGUSR1, look, 0);
	on(SIGSEGV, escape, SA_ONSTACK);
	memset(&got, 0, sizeof(got));
	if (!sigsetjmp(back, 1))
		__asm__ volatile("movq %1, %%rsp\n\tsyscall\n\tint3"
		                 :
		                 : "a"(nr), "r"(page + 64), "D"(tid),
		                   "S"(SIGUSR1)
		                 : "rcx", "r11", "memory");
	CHECK_EQ(got.si_signo, SIGSEGV);
	CHECK_EQ(got.si_code, SI_KERNEL);
}

/* --- what begins again, and what does not --- */

static void note(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
	count++;
}

static void *kick(void *arg)
{
	sleep_ms(20);
	pthread_kill(*(pthread_t *)arg, SIGUSR1);
	return NULL;
}

static pthread_t kick_me(void)
{
	static pthread_t me;
	pthread_t t;

	me = pthread_self();
	pthread_create(&t, NULL, kick, &me);
	return t;
}

#define KICKED(call, error)                                                    \
	do {                                                                   \
		pthread_t t = kick_me();                                       \
		CHECK_ERR(call, error);                                        \
		pthread_join(t, NULL);                                         \
	} while (0)

static void never_again(void)
{
	struct timespec second = {1, 0}, at;
	struct timeval tv = {1, 0};
	struct pollfd p = {.fd = -1};
	sigset_t none, blocked;

	begin("calls that SA_RESTART does not begin again");
	sigemptyset(&none);
	on(SIGUSR1, note, SA_RESTART);
	KICKED(pause(), EINTR);
	KICKED(sigsuspend(&none), EINTR);
	KICKED(nanosleep(&second, NULL), EINTR);
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec++;
	KICKED(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &at,
	               NULL),
	       EINTR);
	KICKED(poll(&p, 1, 1000), EINTR);
	KICKED(ppoll(&p, 1, &second, NULL), EINTR);
	KICKED(select(0, NULL, NULL, NULL, &tv), EINTR);
	CHECK_EQ(count, 7);
	/* A mask for the call alone: what it lets through ends the call. */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	raise(SIGUSR1);
	CHECK_EQ(count, 7);
	CHECK_ERR(ppoll(&p, 1, &second, &none), EINTR);
	CHECK_EQ(count, 8);
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
}

/* A signal that is ignored by the time it is seen ends no call. */
static void *ignore_and_send(void *arg)
{
	for (int i = 0; i < 5; i++) {
		sleep_ms(10);
		pthread_kill(*(pthread_t *)arg, SIGWINCH);
	}
	return NULL;
}

static void unnoticed(void)
{
	struct timespec t = {0, 100000000};
	pthread_t me = pthread_self(), other;
	struct pollfd p = {.fd = -1};
	int64_t from = now_ms();

	begin("ignored signals are not noticed");
	pthread_create(&other, NULL, ignore_and_send, &me);
	CHECK_EQ(nanosleep(&t, NULL), 0);
	CHECK(now_ms() - from >= 100);
	pthread_join(other, NULL);
	pthread_create(&other, NULL, ignore_and_send, &me);
	CHECK_EQ(poll(&p, 1, 100), 0);
	pthread_join(other, NULL);
}

/* Ignored by default, but blocked: it can be waited for. */
static void ignored_and_blocked(void)
{
	sigset_t set;

	begin("a blocked signal is pending, ignored or not");
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGCHLD);
	CHECK_EQ(sigwaitinfo(&set, NULL), SIGCHLD);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static volatile int order[4], seen;

static void in_order(int sig, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	(void)info;
	order[seen++ & 3] = sig;
	if (sig == SIGILL)
		u->uc_mcontext.gregs[REG_RIP] += 2;
}

/* An exception comes before signals with lower numbers. */
static void exception_first(void)
{
	sigset_t hup;

	begin("an exception comes first");
	on(SIGHUP, in_order, 0);
	on(SIGILL, in_order, 0);
	sigemptyset(&hup);
	sigaddset(&hup, SIGHUP);
	sigprocmask(SIG_BLOCK, &hup, NULL);
	raise(SIGHUP);
	__asm__ volatile("ud2");
	sigprocmask(SIG_UNBLOCK, &hup, NULL);
	CHECK_EQ(order[0], SIGILL);
	CHECK_EQ(order[1], SIGHUP);
}

static void queue_limit(void)
{
	struct rlimit few = {10, 10};
	union sigval v = {.sival_int = 1};
	sigset_t rt;
	int sent = 0, error;

	begin("the queue has a limit");
	sigemptyset(&rt);
	sigaddset(&rt, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &rt, NULL);
	setrlimit(RLIMIT_SIGPENDING, &few);
	while (sent < 100 && !sigqueue(getpid(), SIGRTMIN, v))
		sent++;
	error = errno;
	CHECK_EQ(error, EAGAIN);
	CHECK(sent <= 10); /* Linux counts all of the user's: maybe 0 */
	CHECK_EQ(kill(getpid(), SIGRTMIN), 0); /* it is pending anyway */
}

int main(void)
{
	stacks();
	autodisarm();
	overflow();
	no_stack();
	never_again();
	unnoticed();
	ignored_and_blocked();
	exception_first();
	queue_limit();
	return check_done();
}
