/*
 * mmfuzz.c - random changes to a stretch of memory; Linux must agree on every
 * answer and every byte. With a second argument each step is a line.
 *
 * run: arg=1
 * run: arg=2
 * run: arg=3 memory=24
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "tests/guest/check.h"

enum { PAGE = 4096, PAGES = 64, ROUNDS = 20000, RW = PROT_READ | PROT_WRITE };

static char *const base = (char *)0x200000000000;
static uint64_t state, sum;
static int file, step;
static bool verbose;

static uint64_t roll(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % below;
}

static void note(uint64_t v)
{
	sum = (sum ^ v) * 1099511628211u;
}

static sigjmp_buf back;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (verbose)
		printf("%d signal %d, code %d, at %zx\n", step, sig,
		       info->si_code, (char *)info->si_addr - base);
	note((uint64_t)sig * 16 + (uint64_t)info->si_code);
	note((uint64_t)((char *)info->si_addr - base));
	siglongjmp(back, 1);
}

static void touch(char *at, bool write, volatile char value)
{
	if (sigsetjmp(back, 1))
		return;
	if (write)
		*(volatile char *)at = value;
	else
		value = *(volatile char *)at;
	note((unsigned char)value);
	if (verbose)
		printf("%d %s %zx: %02x\n", step, write ? "write" : "read",
		       at - base, (unsigned char)value);
}

/* Of a call with these arguments. */
static void result(const char *call, const char *at, size_t size, long a,
                   long b, long rc)
{
	if (verbose)
		printf("%d %s(%zd, %zd, %#lx, %#lx) = %s\n", step, call,
		       (at - base) / PAGE, (ssize_t)size / PAGE, a, b,
		       rc == -1 ? strerror(errno) : "0");
	note((uint64_t)(rc == -1 ? -errno : 0));
}

static int some_prot(void)
{
	static const int prots[] = {PROT_NONE, PROT_READ, RW, RW, RW};

	return prots[roll(5)];
}

static void map_some(char *at, size_t size)
{
	int flags = MAP_FIXED | (roll(3) ? MAP_PRIVATE : MAP_SHARED);
	int prot = some_prot();
	bool anonymous = roll(3);
	off_t from = (off_t)roll(8) * PAGE;

	if (roll(4) == 0)
		flags |= MAP_FIXED_NOREPLACE;
	if (anonymous)
		flags |= MAP_ANONYMOUS;
	result("mmap", at, size, prot, flags,
	       (long)mmap(at, size, prot, flags, anonymous ? -1 : file, from));
}

static void move_some(char *at, size_t size)
{
	size_t wanted = (1 + roll(12)) * PAGE;
	char *to = base + roll(PAGES - 12) * PAGE;
	bool fixed = roll(2);

	/* Kernels differ in what is left when this is no single area. */
	if (fixed || wanted > size)
		mmap(at, size, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		     0);
	touch(at, true, 'm');

	if (!fixed)
		result("mremap", at, size, (long)wanted / PAGE, -1,
		       (long)mremap(at, size, wanted, 0));
	else
		result("mremap", at, size, (long)wanted / PAGE,
		       (to - base) / PAGE,
		       (long)mremap(at, size, wanted,
		                    MREMAP_MAYMOVE | MREMAP_FIXED, to));
}

static void write_file(void)
{
	char c = (char)roll(256);
	off_t at = (off_t)roll(12 * PAGE); /* its size stays */

	result("pwrite", base, 1, at, c, pwrite(file, &c, 1, at));
}

static void read_file(char *at)
{
	size_t n = roll(2 * PAGE);
	ssize_t got = pread(file, at, n, 0);

	result("pread", at, n, got == -1 ? 0 : got, 0, got);
}

static void one(void)
{
	char *at = base + roll(PAGES) * PAGE, c = (char)roll(256);
	size_t size = (1 + roll(8)) * PAGE;
	bool write = roll(2);
	int prot = some_prot();

	switch (roll(16)) {
	case 0:
	case 1:
		map_some(at, size);
		break;
	case 2:
		result("munmap", at, size, 0, 0, munmap(at, size));
		break;
	case 3:
	case 4:
		result("mprotect", at, size, prot, 0, mprotect(at, size, prot));
		break;
	case 5:
		move_some(at, size);
		break;
	case 6:
		result("madvise", at, size, 0, 0,
		       madvise(at, size, MADV_DONTNEED));
		break;
	case 7:
		write_file();
		break;
	case 8:
		result("msync", at, size, 0, 0, msync(at, size, MS_SYNC));
		break;
	case 9: /* by a system call */
		read_file(at + roll(PAGE));
		break;
	default:
		touch(at + roll(PAGE), write, c);
	}
}

int main(int argc, char **argv)
{
	struct sigaction a = {.sa_sigaction = on_signal,
	                      .sa_flags = SA_SIGINFO};

	state = 88172645463325252u *
	        (unsigned long)strtol(argc > 1 ? argv[1] : "1", NULL, 10);
	sigaction(SIGSEGV, &a, NULL);
	sigaction(SIGBUS, &a, NULL);
	file = open("file", O_CREAT | O_TRUNC | O_RDWR, 0644);
	MUST(file >= 0 && ftruncate(file, 12 * PAGE) == 0);
	verbose = argc > 2;
	for (step = 1; step <= ROUNDS; step++) {
		one();
		if (step % 100 == 0)
			printf("%d %016lx\n", step, sum);
	}
	for (int i = 0; i < PAGES; i++)
		touch(base + i * PAGE + 7, false, 0);
	printf("%016lx\n", sum);
	return 0;
}
