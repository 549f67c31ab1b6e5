/*
 * hardened.c - what this kernel denies a program and Linux, asked by root, does
 * not.
 *
 * run: guest arg=low
 * run: guest arg=umip
 * run: guest arg=wx line=security_wx-deny
 */
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "tests/guest/check.h"

static sigjmp_buf back;

static void on_signal(int sig)
{
	siglongjmp(back, sig);
}

static void *map_at(uintptr_t at, int prot)
{
	return mmap((void *)at, 4096, prot,
	            MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);
}

static void low(void)
{
	begin("the first 64 KiB");
	for (uintptr_t at = 0x1000; at < 0x10000; at += 0x1000)
		CHECK_ERR((long)map_at(at, PROT_READ), EPERM);
	CHECK_ERR((long)mmap(NULL, 4096, PROT_READ,
	                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
	          EPERM);
	CHECK(map_at(0x10000, PROT_READ) == (void *)0x10000);
	/* A hint there is no more than a hint. */
	CHECK((uintptr_t)mmap((void *)0x1000, 4096, PROT_READ,
	                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) >= 0x10000);
}

#define FAULTS(text)                                                           \
	do {                                                                   \
		char room[16];                                                 \
		int sig = sigsetjmp(back, 1);                                  \
                                                                               \
		if (!sig) {                                                    \
			__asm__ volatile(text : : "r"(room) : "memory");       \
			puts("FAIL: " text);                                   \
		}                                                              \
		CHECK_EQ(sig, SIGSEGV);                                        \
	} while (0)

/* Where the kernel keeps its tables is none of the program's business. */
static void umip(void)
{
	begin("instructions that tell addresses of the kernel");
	FAULTS("sgdt (%0)");
	FAULTS("sidt (%0)");
	FAULTS("smsw (%0)");
	FAULTS("sldt (%0)");
	FAULTS("str (%0)");
}

static void wx(void)
{
	int all = PROT_READ | PROT_WRITE | PROT_EXEC;
	void *p = map_at(0, PROT_READ | PROT_WRITE);

	begin("writable and executable");
	CHECK_ERR((long)map_at(0, all), EACCES);
	CHECK_ERR((long)map_at(0, PROT_WRITE | PROT_EXEC), EACCES);
	CHECK_ERR(mprotect(p, 4096, all), EACCES);
	CHECK_EQ(mprotect(p, 4096, PROT_READ | PROT_EXEC), 0);
	CHECK_ERR(mprotect(p, 4096, PROT_WRITE | PROT_EXEC), EACCES);
	CHECK_EQ(mprotect(p, 4096, PROT_READ | PROT_WRITE), 0);
}

int main(int argc, char **argv)
{
	signal(SIGSEGV, on_signal);
	if (argc > 1 && !strcmp(argv[1], "low"))
		low();
	else if (argc > 1 && !strcmp(argv[1], "umip"))
		umip();
	else
		wx();
	return check_done();
}
