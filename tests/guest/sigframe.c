/* sigframe.c - signals of the processor, their context, and registers. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "tests/guest/check.h"

static sigjmp_buf back;
static siginfo_t info_got;
static volatile sig_atomic_t last;
static volatile uintptr_t handler_sp;

static void jump_back(int sig, siginfo_t *info, void *context)
{
	(void)context;
	last = sig;
	info_got = *info;
	handler_sp = (uintptr_t)__builtin_frame_address(0);
	siglongjmp(back, 1);
}

static void on(int sig, void (*fn)(int, siginfo_t *, void *), int flags)
{
	struct sigaction a = {.sa_sigaction = fn,
	                      .sa_flags = SA_SIGINFO | flags};

	sigaction(sig, &a, NULL);
}

static volatile int zero;

static void exceptions(void)
{
	char *page =
		mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	begin("exceptions");
	on(SIGSEGV, jump_back, 0);
	on(SIGFPE, jump_back, 0);
	on(SIGILL, jump_back, 0);
	on(SIGTRAP, jump_back, 0);
	on(SIGBUS, jump_back, 0);
	if (!sigsetjmp(back, 1))
		*(volatile char *)(page + 5000) = 1;
	CHECK_EQ(last, SIGSEGV);
	CHECK_EQ(info_got.si_code, SEGV_ACCERR);
	CHECK(info_got.si_addr == page + 5000);
	if (!sigsetjmp(back, 1))
		*(volatile char *)16 = 1;
	CHECK_EQ(info_got.si_code, SEGV_MAPERR);
	CHECK(info_got.si_addr == (void *)16);
	if (!sigsetjmp(back, 1))
		*(volatile char *)0xdead000000000000 = 1; /* not canonical */
	CHECK_EQ(last, SIGSEGV);
	CHECK_EQ(info_got.si_code, SI_KERNEL);
	if (!sigsetjmp(back, 1))
		zero = 7 / zero;
	CHECK_EQ(last, SIGFPE);
	CHECK_EQ(info_got.si_code, FPE_INTDIV);
	if (!sigsetjmp(back, 1))
		__asm__ volatile("ud2");
	CHECK_EQ(last, SIGILL);
	CHECK_EQ(info_got.si_code, ILL_ILLOPN);
	if (!sigsetjmp(back, 1))
		__asm__ volatile("int3");
	CHECK_EQ(last, SIGTRAP);
	if (!sigsetjmp(back, 1))
		__asm__ volatile("hlt");
	CHECK_EQ(last, SIGSEGV);
	if (!sigsetjmp(back, 1))
		((void (*)(void))page)(); /* not executable */
	CHECK_EQ(last, SIGSEGV);
	CHECK_EQ(info_got.si_code, SEGV_ACCERR);
	CHECK(info_got.si_addr == page);
	munmap(page, 8192);
}

static void float_exception(void)
{
	unsigned short masked, control;
	double one = 1, none = 0;

	begin("a floating-point exception");
	__asm__ volatile("fnstcw %0" : "=m"(masked));
	control = masked & (unsigned short)~4; /* unmask division by zero */
	if (!sigsetjmp(back, 1))
		__asm__ volatile("fldcw %0\n\tfldl %1\n\tfdivl %2\n\tfwait"
		                 :
		                 : "m"(control), "m"(one), "m"(none));
	__asm__ volatile("fninit\n\tfldcw %0" : : "m"(masked));
	CHECK_EQ(last, SIGFPE);
	CHECK_EQ(info_got.si_code, FPE_FLTDIV);
}

static void alternative(void)
{
	static char stack[32768];
	stack_t s = {.ss_sp = stack, .ss_size = sizeof(stack)}, old;

	begin("sigaltstack");
	CHECK_EQ(sigaltstack(NULL, &old), 0);
	CHECK_EQ(old.ss_flags, SS_DISABLE);
	CHECK_EQ(sigaltstack(&s, NULL), 0);
	CHECK_EQ(sigaltstack(NULL, &old), 0);
	CHECK(old.ss_sp == stack && old.ss_size == sizeof(stack));
	CHECK_EQ(old.ss_flags, 0);
	on(SIGSEGV, jump_back, SA_ONSTACK);
	if (!sigsetjmp(back, 1))
		*(volatile char *)16 = 1;
	CHECK(handler_sp >= (uintptr_t)stack &&
	      handler_sp < (uintptr_t)stack + sizeof(stack));
	/* Once more: nothing of the first time is left. */
	if (!sigsetjmp(back, 1))
		*(volatile char *)16 = 1;
	CHECK(handler_sp >= (uintptr_t)stack + sizeof(stack) / 2);
	/* A bad stack pointer is recovered from there. */
	if (!sigsetjmp(back, 1))
		__asm__ volatile("movq $16, %%rsp\n\tpushq $1" : : : "memory");
	CHECK_EQ(last, SIGSEGV);
	s.ss_size = 100;
	CHECK_ERR(sigaltstack(&s, NULL), ENOMEM);
	s.ss_flags = 99;
	CHECK_ERR(sigaltstack(&s, NULL), EINVAL);
	s = (stack_t){.ss_flags = SS_DISABLE};
	CHECK_EQ(sigaltstack(&s, NULL), 0);
	CHECK_EQ(sigaltstack(NULL, &old), 0);
	CHECK_EQ(old.ss_flags, SS_DISABLE);
}

static volatile long skipped;

/* What the JVM and Go do: go on elsewhere. */
static void skip(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig, (void)info;
	skipped = uc->uc_mcontext.gregs[REG_RAX];
	uc->uc_mcontext.gregs[REG_RIP] += 3; /* movq (%rax), %rbx */
	uc->uc_mcontext.gregs[REG_RBX] = 4321;
}

static void context(void)
{
	long rbx;

	begin("a context that the handler changes");
	on(SIGSEGV, skip, 0);
	__asm__ volatile("movl $0x123, %%eax\n\t"
	                 "movq (%%rax), %%rbx\n\t"
	                 "movq %%rbx, %0"
	                 : "=r"(rbx)
	                 :
	                 : "rax", "rbx", "memory");
	CHECK_EQ(skipped, 0x123);
	CHECK_EQ(rbx, 4321);
}

static long trap, error, cr2;

static void look(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	trap = uc->uc_mcontext.gregs[REG_TRAPNO];
	error = uc->uc_mcontext.gregs[REG_ERR];
	cr2 = uc->uc_mcontext.gregs[REG_CR2];
	jump_back(sig, info, context);
}

static void details(void)
{
	begin("details of a fault");
	on(SIGSEGV, look, 0);
	if (!sigsetjmp(back, 1))
		*(volatile char *)0x20 = 1;
	CHECK_EQ(trap, 14);
	CHECK_EQ(error, 6); /* user, write, not present */
	CHECK_EQ(cr2, 0x20);
	if (!sigsetjmp(back, 1))
		(void)*(volatile char *)0x28;
	CHECK_EQ(error, 4);
	CHECK_EQ(cr2, 0x28);
}

static void spoil_registers(int sig)
{
	(void)sig;
	__asm__ volatile("pxor %%xmm0, %%xmm0\n\tpxor %%xmm7, %%xmm7\n\t"
	                 "pxor %%xmm15, %%xmm15\n\tfninit\n\t"
	                 "xorl %%eax, %%eax\n\txorl %%ecx, %%ecx\n\t"
	                 "cmpl %%eax, %%eax"
	                 :
	                 :
	                 : "xmm0", "xmm7", "xmm15", "rax", "rcx", "cc");
	last = SIGUSR1;
}

/* Registers that a signal at any point must leave alone. */
static long keeps_registers(pthread_t to)
{
	double a = 1.5, b = 2.25;
	unsigned long x = 0x1122334455667788, y = 0x99aabbccddeeff00, sum = 0;
	float f = 0.5f;

	last = 0;
	pthread_kill(to, SIGUSR1);
	while (!last) {
		double c = a * b;

		__asm__ volatile("" : "+x"(a), "+x"(b), "+x"(c), "+x"(f));
		__asm__ volatile("" : "+r"(x), "+r"(y));
		if (c != 3.375 || f != 0.5f)
			return 1;
	}
	sum = x + y;
	return a != 1.5 || b != 2.25 ||
	       sum != 0x1122334455667788 + 0x99aabbccddeeff00;
}

static void preserved(void)
{
	struct sigaction a = {.sa_handler = spoil_registers};
	double x = 3.0, y = 0;
	long wrong = 0;

	begin("registers survive a handler");
	sigaction(SIGUSR1, &a, NULL);
	__asm__ volatile("fldl %0" : : "m"(x));
	__asm__ volatile("movsd %0, %%xmm15" : : "m"(x) : "xmm15");
	raise(SIGUSR1);
	__asm__ volatile("fstpl %0" : "=m"(y));
	CHECK(y == 3.0);
	for (int i = 0; i < 200; i++)
		wrong += keeps_registers(pthread_self());
	CHECK_EQ(wrong, 0);
}

static volatile int stop;

static void *compute(void *arg)
{
	double seed = (double)(long)arg, x = seed, first;
	long rounds = 0, wrong = 0;

	for (int i = 0; i < 1000; i++)
		x = x * 1.000001 + seed / 3;
	first = x;
	while (!stop) {
		x = seed;
		for (int i = 0; i < 1000; i++)
			x = x * 1.000001 + seed / 3;
		wrong += x != first;
		rounds++;
	}
	return (void *)(rounds > 10 ? wrong : -1);
}

static void preempted(void)
{
	pthread_t t[3];
	void *wrong;
	long sum = 0;

	begin("registers survive other threads");
	for (long i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, compute, (void *)(i + 2));
	sleep_ms(200);
	stop = 1;
	for (int i = 0; i < 3; i++) {
		pthread_join(t[i], &wrong);
		sum += labs((long)wrong);
	}
	CHECK_EQ(sum, 0);
}

int main(void)
{
	exceptions();
	float_exception();
	alternative();
	context();
	details();
	preserved();
	preempted();
	return check_done();
}
