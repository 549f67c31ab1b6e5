/*
 * fuzz.c - system calls with bad arguments, many of them. The kernel must
 * neither stop nor hang; what the program gets does not matter.
 *
 * run: guest arg=1 memory=128
 * run: guest arg=2 memory=128
 * run: guest arg=3 memory=128
 */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

#include "tests/guest/check.h"

enum { NUMBERS = 460, WORKERS = 3 };
static long rounds = 25000; /* a thread; the second argument */

static __thread uint64_t state;

static uint64_t roll(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* These end the program or wait for ever. */
static bool left_out(long nr)
{
	static const short numbers[] = {
		SYS_exit,
		SYS_exit_group,
		SYS_pause,
		SYS_rt_sigsuspend,
		SYS_rt_sigreturn,
		SYS_rt_sigtimedwait,
		SYS_kill,
		SYS_tkill,
		SYS_tgkill,
		SYS_rt_sigqueueinfo,
		SYS_rt_tgsigqueueinfo,
		SYS_alarm,
		SYS_setitimer,
		SYS_clone,
		SYS_clone3,
		SYS_set_tid_address,
		SYS_set_robust_list,
		SYS_arch_prctl,
		SYS_rt_sigprocmask,
		SYS_clock_settime,
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i] == nr)
			return true;
	return false;
}

static __thread char *arena; /* what calls may write to */
enum { ARENA = 1 << 20 };

static long argument(void)
{
	static const long odd[] = {
		0,
		1,
		-1,
		2,
		7,
		8,
		4095,
		4096,
		4097,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		0x100000000,
		INT64_MAX,
		INT64_MIN,
		0x7ffffffff000,
		0x800000000000,
		(long)0xffff800000000000,
		(long)0xffffffff80100000,
		(long)0xffffffff80000000,
		(long)0xdeadbeefdeadbeef,
		(long)0xffffc00000000000,
	};

	switch (roll() % 8) {
	case 0:
		return odd[roll() % (sizeof(odd) / sizeof(odd[0]))];
	case 1:
		return (long)roll();
	case 2:
	case 3:
		return (long)(roll() % 40); /* a descriptor, a flag */
	case 4:
		return (long)1 << roll() % 64;
	default:
		return (long)(arena + roll() % ARENA);
	}
}

static void fill_arena(void)
{
	for (int i = 0; i < 2000; i++)
		arena[roll() % ARENA] = (char)(roll() % 3 ? roll() : 0);
	for (int i = 0; i < 200; i++)
		*(long *)(arena + (roll() % (ARENA - 8) & ~7ul)) = argument();
	for (int i = 0; i < 50; i++)
		memcpy(arena + roll() % (ARENA - 16), "/tmp/f", 7);
}

static __thread sigjmp_buf back;
static __thread volatile int armed;

/* A tick may come before its thread knows where to go back to. */
static void on_signal(int sig)
{
	if (armed || sig != SIGALRM)
		siglongjmp(back, sig);
}

/* Calls undo this now and then. */
static void set_up(void)
{
	struct sigaction a = {.sa_handler = on_signal, .sa_flags = SA_NODEFER};
	sigset_t empty;

	for (int i = 1; i < 32; i++)
		if (i != SIGKILL && i != SIGSTOP)
			sigaction(i, &a, NULL);
	sigemptyset(&empty);
	pthread_sigmask(SIG_SETMASK, &empty, NULL);
}

static void open_some(void)
{
	int p[2];

	open("/tmp/f", O_CREAT | O_RDWR | O_NONBLOCK, 0644);
	open("file", O_CREAT | O_RDWR | O_NONBLOCK, 0644);
	open(".", O_RDONLY);
	open("/dev/zero", O_RDWR);
	open("/proc/self/maps", O_RDONLY);
	open("/proc/self/mem", O_RDWR);
	open("/proc/self/fd", O_RDONLY);
	open("/dev/shm/f", O_CREAT | O_RDWR, 0644);
	memfd_create("m", MFD_ALLOW_SEALING);
	if ((p[0] = inotify_init1(IN_NONBLOCK)) >= 0) {
		inotify_add_watch(p[0], ".", IN_ALL_EVENTS);
		inotify_add_watch(p[0], "/tmp", IN_ALL_EVENTS);
	}
	eventfd(0, EFD_NONBLOCK);
	timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	epoll_create1(0);
	socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (pipe2(p, O_NONBLOCK) == 0)
		fcntl(p[0], F_SETFL, O_NONBLOCK);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p) == 0)
		fcntl(p[0], F_SETFL, O_NONBLOCK);
}

/* What maps, unmaps or protects stays off our own stack and code. */
static bool changes_memory(long nr)
{
	return nr == SYS_mmap || nr == SYS_munmap || nr == SYS_mprotect ||
	       nr == SYS_mremap || nr == SYS_brk || nr == SYS_madvise ||
	       nr == SYS_shmat || nr == SYS_remap_file_pages;
}

static void tame(long nr, long *a)
{
	if (changes_memory(nr)) {
		/* Behind the arena may be the guard of a stack: without it the
		 * next long read() would go on to the stack. */
		unsigned long at = roll() % ARENA, most = ARENA - at;

		a[0] = (long)(arena + at);
		a[1] = (long)(roll() % (most < 100000 ? most : 100000));
		if (nr == SYS_mmap)
			a[3] &= ~0x10; /* MAP_FIXED */
		if (nr == SYS_mremap)
			a[3] = 0;
		if (nr == SYS_brk)
			a[0] = 0;
	}
	if (roll() % 2)
		return;
	/* Commands that mean something, more often than by chance. */
	if (nr == SYS_fcntl)
		a[1] = (long)(roll() % 2 ? roll() % 40 : 1024 + roll() % 16);
	if (nr == SYS_fallocate) {
		a[1] = (long)(roll() % 2 ? roll() % 4 : 16 + roll() % 2);
		a[2] = (long)(roll() % 1000000);
		a[3] = (long)(roll() % 1000000);
	}
}

/* What would end the test rather than the kernel. */
static void spare(long nr, long *a)
{
	if (nr == SYS_close_range)
		a[1] = (long)(roll() % 40);
	if (nr == SYS_prlimit64 || nr == SYS_setrlimit)
		a[nr == SYS_prlimit64] = 99;
	if (nr == SYS_rt_sigaction)
		a[0] = 40; /* none that we live by */
	if (nr == SYS_ppoll || nr == SYS_pselect6 || nr == SYS_epoll_pwait ||
	    nr == SYS_epoll_pwait2)
		a[4] = a[5] = 0; /* no mask: what ends waits must come */
}

static void one_call(void)
{
	long nr = (long)(roll() % NUMBERS), a[6];

	for (int i = 0; i < 6; i++)
		a[i] = argument();
	if (left_out(nr))
		return;
	tame(nr, a);
	spare(nr, a);
	syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void refresh(int round, bool first)
{
	mmap(arena, ARENA, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	fill_arena();
	set_up();
	if (first && round % 500 == 0) {
		syscall(SYS_close_range, 0, 699, 0);
		open_some();
	}
}

static int running = WORKERS;

static void *work(void *arg)
{
	static __thread volatile int i;
	static long seed;

	state = 0x9e3779b97f4a7c15ul *
	        (unsigned long)__atomic_add_fetch(&seed, (long)arg, 0);
	arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE,
	             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < rounds; i++) {
		sigsetjmp(back, 1);
		armed = 1;
		if (i % 100 == 0)
			refresh(i, (long)arg == seed);
		one_call();
	}
	__atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
	for (;;) /* a thread that is gone cannot be sent a signal */
		sleep(1);
	return NULL;
}

/* Waits end by this: nobody sleeps for long, whatever was asked for. */
static void tick(const pthread_t *t)
{
	sleep_ms(20);
	for (int i = 0; i < WORKERS; i++)
		pthread_kill(t[i], SIGALRM);
}

int main(int argc, char **argv)
{
	long seed = strtol(argc > 1 ? argv[1] : "1", NULL, 10);
	pthread_t t[WORKERS];

	if (argc > 2)
		rounds = strtol(argv[2], NULL, 10);
	set_up();
	fcntl(1, F_DUPFD, 700);
	for (int i = 0; i < WORKERS; i++)
		pthread_create(&t[i], NULL, work, (void *)seed);
	while (__atomic_load_n(&running, __ATOMIC_SEQ_CST) > 0)
		tick(t);
	return write(700, "still here\n", 11) == 11 ? 0 : 1;
}
