/* memory.c - anonymous memory: mmap, mprotect, mremap, brk, madvise. */
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "tests/guest/check.h"

enum { PAGE = 4096 };

static sigjmp_buf back;
static volatile sig_atomic_t code;

static void on_segv(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	code = info->si_code;
	siglongjmp(back, 1);
}

/* 0: works; else the signal's code. */
static int try_read(const volatile char *p)
{
	if (sigsetjmp(back, 1))
		return code;
	(void)*p;
	return 0;
}

static int try_write(volatile char *p)
{
	if (sigsetjmp(back, 1))
		return code;
	*p = 'w';
	return 0;
}

static char *map(void *at, size_t size, int prot, int flags)
{
	return mmap(at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

enum { RW = PROT_READ | PROT_WRITE };

static void mapping(void)
{
	char *p = map(NULL, 10 * PAGE, RW, 0), *q;

	begin("mmap");
	MUST(p != MAP_FAILED);
	CHECK_EQ(((uintptr_t)p & (PAGE - 1)), 0);
	CHECK_EQ(p[0] + p[9 * PAGE], 0);
	memset(p, 'x', 10 * PAGE);
	CHECK_ERR(map(NULL, 0, RW, 0), EINVAL);
	CHECK_ERR(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0), EINVAL);
	CHECK_ERR(mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0), EBADF);
	CHECK_ERR(mmap(NULL, PAGE, RW, MAP_PRIVATE, 1, 1), EINVAL);
	CHECK_ERR(map(NULL, (size_t)1 << 62, RW, 0), ENOMEM);
	CHECK_ERR(map(NULL, (size_t)-1, RW, 0), ENOMEM);
	CHECK_ERR(map(p + 1, PAGE, RW, MAP_FIXED), EINVAL);
	CHECK_ERR(map(p, PAGE, RW, MAP_FIXED_NOREPLACE), EEXIST);
	q = map(p + 3 * PAGE, 2 * PAGE, RW, MAP_FIXED);
	CHECK(q == p + 3 * PAGE);
	CHECK_EQ(q[0] + q[2 * PAGE - 1], 0);
	CHECK_EQ(p[3 * PAGE - 1], 'x');
	CHECK_EQ(p[5 * PAGE], 'x');
	CHECK_EQ(munmap(p, 10 * PAGE), 0);
	q = map(p, PAGE, RW, 0);
	CHECK(q == p); /* a hint that is free is taken */
	q = map(p, PAGE, RW, 0);
	CHECK(q != MAP_FAILED && q != p);
	CHECK_EQ(munmap(p, PAGE), 0);
	CHECK(map(p, PAGE, RW, MAP_FIXED_NOREPLACE) == p);
	CHECK_EQ(munmap(p, PAGE), 0);
	CHECK_EQ(munmap(q, PAGE), 0);
}

static void holes(void)
{
	char *p = map(NULL, 9 * PAGE, RW, 0);

	begin("munmap");
	memset(p, 'h', 9 * PAGE);
	CHECK_EQ(munmap(p + 3 * PAGE, 3 * PAGE), 0);
	CHECK_EQ(try_read(p + 3 * PAGE), SEGV_MAPERR);
	CHECK_EQ(try_read(p + 6 * PAGE - 1), SEGV_MAPERR);
	CHECK_EQ(p[3 * PAGE - 1], 'h');
	CHECK_EQ(p[6 * PAGE], 'h');
	CHECK_EQ(munmap(p, 9 * PAGE), 0); /* over the hole */
	CHECK_EQ(munmap(p, 9 * PAGE), 0); /* nothing there: fine */
	CHECK_ERR(munmap(p + 1, PAGE), EINVAL);
	CHECK_ERR(munmap(p, 0), EINVAL);
	CHECK_EQ(try_read(p), SEGV_MAPERR);
}

static void protecting(void)
{
	char *p = map(NULL, 5 * PAGE, RW, 0);

	begin("mprotect");
	memset(p, 'p', 5 * PAGE);
	CHECK_EQ(mprotect(p + PAGE, PAGE, PROT_READ), 0);
	CHECK_EQ(try_read(p + PAGE), 0);
	CHECK_EQ(try_write(p + PAGE), SEGV_ACCERR);
	CHECK_EQ(try_write(p + 2 * PAGE), 0);
	CHECK_EQ(mprotect(p + 2 * PAGE, 2 * PAGE, PROT_NONE), 0);
	CHECK_EQ(try_read(p + 3 * PAGE), SEGV_ACCERR);
	CHECK_EQ(mprotect(p, 5 * PAGE, RW), 0);
	CHECK_EQ(p[2 * PAGE], 'w');
	CHECK_EQ(p[3 * PAGE], 'p');
	CHECK_EQ(try_write(p + PAGE), 0);
	CHECK_ERR(mprotect(p + 1, PAGE, RW), EINVAL);
	CHECK_ERR(mprotect(p, PAGE, 0x100), EINVAL);
	CHECK_EQ(mprotect(p, 0, RW), 0);
	CHECK_EQ(munmap(p + 2 * PAGE, PAGE), 0);
	CHECK_ERR(mprotect(p, 5 * PAGE, PROT_READ), ENOMEM);
	CHECK_EQ(munmap(p, 5 * PAGE), 0);
}

static void resizing(void)
{
	char *p = map(NULL, 8 * PAGE, RW, 0), *q;

	begin("mremap");
	memset(p, 'r', 8 * PAGE);
	CHECK(mremap(p, 8 * PAGE, 2 * PAGE, 0) == p);
	CHECK_EQ(try_read(p + 2 * PAGE), SEGV_MAPERR);
	CHECK(mremap(p, 2 * PAGE, 4 * PAGE, 0) == p);
	CHECK_EQ(p[2 * PAGE - 1], 'r');
	CHECK_EQ(p[2 * PAGE], 0);
	map(p + 4 * PAGE, PAGE, RW, MAP_FIXED); /* in the way */
	CHECK_EQ(mprotect(p + 4 * PAGE, PAGE, PROT_READ), 0);
	CHECK_ERR(mremap(p, 4 * PAGE, 6 * PAGE, 0), ENOMEM);
	q = mremap(p, 4 * PAGE, 600 * PAGE, MREMAP_MAYMOVE);
	MUST(q != MAP_FAILED);
	CHECK(q != p);
	CHECK_EQ(q[0], 'r');
	CHECK_EQ(q[2 * PAGE - 1], 'r');
	CHECK_EQ(q[599 * PAGE], 0);
	CHECK_EQ(try_read(p), SEGV_MAPERR);
	CHECK(mremap(q, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p) ==
	      p);
	CHECK_EQ(p[0], 'r');
	CHECK_EQ(try_read(q), SEGV_MAPERR);
	CHECK_EQ(q[2 * PAGE], 0);
	CHECK_ERR(mremap(p + 1, PAGE, PAGE, 0), EINVAL);
	CHECK_ERR(mremap(p, PAGE, 0, 0), EINVAL);
	CHECK_ERR(mremap(q, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
	CHECK_ERR(mremap(p, PAGE, PAGE, MREMAP_FIXED, q), EINVAL);
	CHECK_EQ(munmap(q, 600 * PAGE), 0);
	CHECK_EQ(munmap(p, 5 * PAGE), 0);
}

static void heap(void)
{
	char *start = sbrk(0);

	begin("brk");
	CHECK(sbrk(3 * PAGE) == start);
	start[3 * PAGE - 1] = 'b';
	CHECK_EQ(start[0], 0);
	CHECK(sbrk(-2 * PAGE) == start + 3 * PAGE);
	CHECK(sbrk(2 * PAGE) == start + PAGE);
	CHECK_EQ(start[3 * PAGE - 1], 0);
	CHECK_ERR(brk((void *)0x7fffffffffff), ENOMEM);
	CHECK_EQ(brk(start), 0);
	CHECK(sbrk(0) == start);
}

static void advising(void)
{
	char *p = map(NULL, 3 * PAGE, RW, 0);
	unsigned char in_core[3];

	begin("madvise and mincore");
	memset(p, 'a', 3 * PAGE);
	CHECK_EQ(mincore(p, 3 * PAGE, in_core), 0);
	CHECK_EQ(in_core[0] & in_core[1] & in_core[2] & 1, 1);
	CHECK_EQ(madvise(p + PAGE, PAGE, MADV_DONTNEED), 0);
	CHECK_EQ(p[0], 'a');
	CHECK_EQ(p[PAGE], 0);
	CHECK_EQ(p[2 * PAGE], 'a');
	CHECK_EQ(madvise(p, 3 * PAGE, MADV_WILLNEED), 0);
	CHECK_ERR(madvise(p + 1, PAGE, MADV_DONTNEED), EINVAL);
	CHECK_ERR(madvise(p, PAGE, 12345), EINVAL);
	CHECK_EQ(munmap(p + PAGE, PAGE), 0);
	CHECK_ERR(madvise(p, 3 * PAGE, MADV_DONTNEED), ENOMEM);
	CHECK_EQ(p[2 * PAGE], 0); /* what is mapped was done all the same */
	CHECK_ERR(mincore(p, 3 * PAGE, in_core), ENOMEM);
	CHECK_EQ(munmap(p, 3 * PAGE), 0);
}

static void reserving(void)
{
	size_t size = (size_t)32 << 30;
	char *p = map(NULL, size, PROT_NONE, MAP_NORESERVE);

	begin("large reservations");
	MUST(p != MAP_FAILED);
	CHECK_EQ(try_read(p + size / 2), SEGV_ACCERR);
	CHECK_EQ(mprotect(p + size / 2, PAGE, RW), 0);
	CHECK_EQ(try_write(p + size / 2), 0);
	CHECK_EQ(p[size / 2], 'w');
	CHECK_EQ(try_read(p + size / 2 + PAGE), SEGV_ACCERR);
	CHECK_EQ(munmap(p, size), 0);
}

static void low(void)
{
	begin("low addresses");
	CHECK_EQ(try_read(NULL), SEGV_MAPERR);
	CHECK_EQ(try_read((char *)0xffff), SEGV_MAPERR);
	CHECK_EQ(try_write((char *)8), SEGV_MAPERR);
	/* A hint there is not taken. */
	CHECK((uintptr_t)map((void *)PAGE, PAGE, RW, 0) >= 0x10000);
}

static void many(void)
{
	enum { AREAS = 2000 };
	char *p = map(NULL, 2 * AREAS * PAGE, RW, 0);
	int sum = 0;

	begin("many areas");
	for (int i = 0; i < AREAS; i++)
		p[2 * i * PAGE] = 1;
	for (int i = 0; i < AREAS; i++)
		sum += mprotect(p + (2 * i + 1) * PAGE, PAGE, PROT_READ);
	CHECK_EQ(sum, 0);
	for (int i = 0; i < AREAS; i++)
		sum += p[2 * i * PAGE];
	CHECK_EQ(sum, AREAS);
	CHECK_EQ(try_write(p + PAGE), SEGV_ACCERR);
	CHECK_EQ(munmap(p, 2 * AREAS * PAGE), 0);
}

static void shared(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	begin("shared anonymous memory");
	MUST(p != MAP_FAILED);
	CHECK_EQ(p[0] + p[4 * PAGE - 1], 0);
	memset(p, 's', 4 * PAGE);
	CHECK_EQ(mprotect(p, PAGE, PROT_READ), 0);
	CHECK_EQ(p[0], 's');
	CHECK_EQ(try_write(p), SEGV_ACCERR);
	CHECK_EQ(msync(p, 4 * PAGE, MS_SYNC), 0);
	CHECK_EQ(munmap(p, 4 * PAGE), 0);
	CHECK_ERR(msync(p, PAGE, MS_SYNC), ENOMEM);
}

int main(void)
{
	struct sigaction a = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO};

	sigaction(SIGSEGV, &a, NULL);
	sigaction(SIGBUS, &a, NULL);
	mapping();
	holes();
	protecting();
	resizing();
	heap();
	advising();
	reserving();
	low();
	many();
	shared();
	return check_done();
}
