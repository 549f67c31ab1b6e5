/*
 * mmfuzz.c - random changes to a stretch of memory; Linux must agree on every
 * answer and every byte. What differs first is in the first line that differs.
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
static int file;

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
	note((uint64_t)sig * 16 + (uint64_t)info->si_code);
	note((uint64_t)((char *)info->si_addr - base));
	siglongjmp(back, 1);
}

static void touch(char *at, bool write, char value)
{
	if (sigsetjmp(back, 1))
		return;
	if (write)
		*(volatile char *)at = value;
	else
		note((unsigned char)*(volatile char *)at);
}

static void result(long rc)
{
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
	result((long)mmap(at, size, prot, flags, anonymous ? -1 : file, from));
}

static void move_some(char *at, size_t size)
{
	size_t wanted = (1 + roll(12)) * PAGE;
	char *to = base + roll(PAGES - 12) * PAGE;

	if (roll(2))
		result((long)mremap(at, size, wanted, 0));
	else
		result((long)mremap(at, size, wanted,
		                    MREMAP_MAYMOVE | MREMAP_FIXED, to));
}

static void write_file(void)
{
	char c = (char)roll(256);

	result(pwrite(file, &c, 1, (off_t)roll(16 * PAGE)));
}

static void one(void)
{
	char *at = base + roll(PAGES) * PAGE, c = (char)roll(256);
	size_t size = (1 + roll(8)) * PAGE;
	bool write = roll(2);

	switch (roll(16)) {
	case 0:
	case 1:
		map_some(at, size);
		break;
	case 2:
		result(munmap(at, size));
		break;
	case 3:
	case 4:
		result(mprotect(at, size, some_prot()));
		break;
	case 5:
		move_some(at, size);
		break;
	case 6:
		result(madvise(at, size, MADV_DONTNEED));
		break;
	case 7:
		write_file();
		break;
	case 8:
		result(msync(at, size, MS_SYNC));
		break;
	case 9: /* by a system call */
		result(pread(file, at + roll(PAGE), roll(2 * PAGE), 0));
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
	file = open("file", O_CREAT | O_RDWR, 0644);
	MUST(file >= 0 && ftruncate(file, 12 * PAGE + 100) == 0);
	for (int i = 1; i <= ROUNDS; i++) {
		one();
		if (i % 100 == 0)
			printf("%d %016lx\n", i, sum);
	}
	for (int i = 0; i < PAGES; i++)
		touch(base + i * PAGE + 7, false, 0);
	printf("%016lx\n", sum);
	return 0;
}
