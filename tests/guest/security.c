/* security.c - what a program must not do, it cannot. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "tests/guest/check.h"

static sigjmp_buf back;

static void on_signal(int sig)
{
	siglongjmp(back, sig);
}

static int caught(void (*fn)(void *), void *arg)
{
	int sig = sigsetjmp(back, 1);

	if (!sig)
		fn(arg);
	return sig;
}

static void run(void *at)
{
	((void (*)(void))at)();
}

static void store(void *at)
{
	*(volatile char *)at = 1;
}

static void load(void *at)
{
	(void)*(volatile char *)at;
}

static char data[64] = "\xc3";
static const char constant[64] = "constant";

static void pages(void)
{
	char stack[64] = "\xc3", *heap = malloc(64), *page;

	begin("nothing writable is executable, nothing constant writable");
	heap[0] = '\xc3';
	CHECK_EQ(caught(run, data), SIGSEGV);
	CHECK_EQ(caught(run, stack), SIGSEGV);
	CHECK_EQ(caught(run, heap), SIGSEGV);
	CHECK_EQ(caught(store, (void *)pages), SIGSEGV);
	CHECK_EQ(caught(store, (void *)(uintptr_t)constant), SIGSEGV);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	page[0] = '\xc3';
	CHECK_EQ(caught(run, page), SIGSEGV);
	CHECK_EQ(mprotect(page, 4096, PROT_READ | PROT_EXEC), 0);
	CHECK_EQ(caught(run, page), 0);
	CHECK_EQ(caught(store, page), SIGSEGV);
}

/* The kernel's half: its start, direct map, text, and where nothing is. */
static const uintptr_t kernel[] = {
	0x0000800000000000, 0xffff800000000000, 0xffff888000000000,
	0xffffffff80000000, 0xffffffff80100000, 0xffffc00000000000,
	0xfffffffffffff000, 0xffffffffffffffff, 0x00007ffffffff000,
};
enum { KERNEL = sizeof(kernel) / sizeof(kernel[0]) };

static void reaching(void)
{
	int reads = 0, writes = 0, runs = 0;

	begin("the kernel's memory is out of reach");
	for (int i = 0; i < KERNEL; i++) {
		reads += caught(load, (void *)kernel[i]) == SIGSEGV;
		writes += caught(store, (void *)kernel[i]) == SIGSEGV;
		runs += caught(run, (void *)kernel[i]) == SIGSEGV;
	}
	CHECK_EQ(reads, KERNEL);
	CHECK_EQ(writes, KERNEL);
	CHECK_EQ(runs, KERNEL);
}

/* Each call with each bad address: all of them must say EFAULT. */
static int faults(long nr, int which, const long *args)
{
	int n = 0;

	for (int i = 0; i < KERNEL; i++) {
		long a[6];

		memcpy(a, args, sizeof(a));
		a[which] = (long)kernel[i];
		n += syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]) == -1 &&
		     errno == EFAULT;
	}
	return n;
}

#define FAULTS(nr, which, ...)                                                 \
	CHECK_EQ(faults(nr, which, (const long[6]){__VA_ARGS__}), KERNEL)

static void passing(void)
{
	int file = open("f", O_CREAT | O_RDWR, 0644), p[2];
	int zero = open("/dev/zero", O_RDONLY);
	int ep = epoll_create1(0);

	begin("system calls do not take the kernel's addresses");
	MUST(pipe(p) == 0 && write(file, "some text", 9) == 9);
	MUST(write(p[1], "text", 4) == 4);
	FAULTS(SYS_write, 1, file, 0, 8);
	FAULTS(SYS_write, 1, p[1], 0, 8);
	FAULTS(SYS_write, 1, 1, 0, 8);
	FAULTS(SYS_pread64, 1, file, 0, 8, 0);
	FAULTS(SYS_read, 1, zero, 0, 8);
	FAULTS(SYS_read, 1, p[0], 0, 4);
	FAULTS(SYS_writev, 1, file, 0, 1);
	FAULTS(SYS_open, 0, 0, O_RDONLY);
	FAULTS(SYS_stat, 0, 0, (long)data);
	FAULTS(SYS_fstat, 1, file, 0);
	FAULTS(SYS_getcwd, 0, 0, 4096);
	FAULTS(SYS_uname, 0, 0);
	FAULTS(SYS_getrandom, 0, 0, 8, 0);
	FAULTS(SYS_clock_gettime, 1, CLOCK_MONOTONIC, 0);
	FAULTS(SYS_nanosleep, 0, 0, 0);
	FAULTS(SYS_pipe, 0, 0);
	FAULTS(SYS_poll, 0, 0, 1, 0);
	FAULTS(SYS_rt_sigaction, 1, SIGUSR1, 0, 0, 8);
	FAULTS(SYS_rt_sigaction, 2, SIGUSR1, 0, 0, 8);
	FAULTS(SYS_rt_sigprocmask, 1, 0, 0, 0, 8);
	FAULTS(SYS_sigaltstack, 0, 0, 0);
	FAULTS(SYS_epoll_ctl, 3, ep, EPOLL_CTL_ADD, p[0], 0);
	FAULTS(SYS_getdents64, 1, open(".", O_RDONLY), 0, 4096);
	FAULTS(SYS_readlink, 0, 0, (long)data, 8);
	FAULTS(SYS_prctl, 1, 15, 0);
	FAULTS(SYS_sysinfo, 0, 0);
	FAULTS(SYS_getrlimit, 1, 7, 0);
	FAULTS(SYS_set_robust_list + 1, 1, 0, 0, (long)data);
	FAULTS(SYS_socketpair, 3, AF_UNIX, SOCK_STREAM, 0, 0);
	CHECK_EQ(close(file), 0);
	CHECK_EQ(unlink("f"), 0);
}

/* A range that begins well and ends badly moves what it can, or nothing. */
static void edges(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
	                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int zero = open("/dev/zero", O_RDONLY);
	int file = open("g", O_CREAT | O_RDWR, 0644);
	struct iovec v[2] = {{page + 4090, 6}, {(void *)8, 5}};

	begin("ranges that end badly");
	CHECK_EQ(munmap(page + 4096, 4096), 0);
	memset(page, 'e', 4096);
	CHECK_EQ(write(file, page + 4090, 100), 6);
	CHECK_EQ(lseek(file, 0, SEEK_END), 6);
	CHECK_EQ(read(zero, page + 4000, 200), 96);
	CHECK_EQ(pread(file, page + 4094, 6, 0), 2);
	CHECK_EQ(writev(file, v, 2), 6);
	memcpy(page + 4093, "na", 3);
	CHECK_ERR(open(page + 4093, O_RDONLY), ENOENT);
	memcpy(page + 4093, "nam", 3); /* no end */
	CHECK_ERR(open(page + 4093, O_RDONLY), EFAULT);
	CHECK_ERR(write(file, page, (size_t)-1), EFAULT);
	close(zero);
	close(file);
	CHECK_EQ(unlink("g"), 0);
}

static void wild(void *sp)
{
	__asm__ volatile("movq %0, %%rsp\n\tint3" : : "r"(sp) : "memory");
}

static void stacks(void)
{
	static char alternative[32768];
	stack_t s = {.ss_sp = alternative, .ss_size = sizeof(alternative)};

	begin("a wild stack pointer is the program's own problem");
	sigaltstack(&s, NULL);
	for (int i = 0; i < KERNEL; i++)
		if (caught(wild, (void *)kernel[i]) != SIGTRAP)
			printf("FAIL: stack %d\n", i);
	CHECK_EQ(caught(wild, (void *)0x10), SIGTRAP);
}

int main(void)
{
	struct sigaction a = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};

	sigaction(SIGSEGV, &a, NULL);
	sigaction(SIGBUS, &a, NULL);
	sigaction(SIGTRAP, &a, NULL);
	pages();
	reaching();
	passing();
	edges();
	stacks();
	return check_done();
}
