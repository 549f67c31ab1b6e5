/* locked.c - what is in memory, and how a program asks for it. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "tests/guest/check.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif

enum { PAGE = 4096, N = 16, SIZE = N * PAGE };

static char *anonymous(int prot)
{
	return mmap(NULL, SIZE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int present(void *at)
{
	unsigned char in[N];
	int n = 0;

	if (mincore(at, SIZE, in))
		return -1;
	for (int i = 0; i < N; i++)
		n += in[i] & 1;
	return n;
}

static void locking(void)
{
	char *p = anonymous(PROT_READ | PROT_WRITE);

	begin("locking");
	CHECK_EQ(present(p), 0);
	CHECK_EQ(mlock(p + PAGE + 5, 2 * PAGE), 0); /* three pages of it */
	CHECK_EQ(present(p), 3);
	CHECK_ERR(madvise(p, SIZE, MADV_DONTNEED), EINVAL);
	CHECK_EQ(mlock(p, SIZE), 0);
	CHECK_EQ(present(p), N);
	CHECK_EQ(munlock(p, SIZE), 0);
	CHECK_EQ(present(p), N);
	CHECK_EQ(madvise(p, SIZE, MADV_DONTNEED), 0);
	CHECK_EQ(present(p), 0);
	CHECK_EQ(munmap(p + PAGE, PAGE), 0);
	CHECK_ERR(mlock(p, SIZE), ENOMEM);
	CHECK_ERR(munlock(p, SIZE), ENOMEM);
	CHECK_EQ(mlock(p, 0), 0);
	CHECK_EQ(munmap(p, SIZE), 0);
	CHECK_ERR(mlockall(0), EINVAL);
	CHECK_ERR(mlockall(99), EINVAL);
	CHECK_EQ(mlockall(MCL_FUTURE), 0);
	p = anonymous(PROT_READ | PROT_WRITE);
	CHECK_EQ(present(p), N);
	CHECK_EQ(munlockall(), 0);
	CHECK_EQ(madvise(p, SIZE, MADV_DONTNEED), 0);
	CHECK_EQ(munmap(p, SIZE), 0);
	p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
	         MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
	CHECK_EQ(present(p), N);
	CHECK_EQ(munmap(p, SIZE), 0);
}

static void populating(void)
{
	char *p = anonymous(PROT_READ), *q;

	begin("populating");
	CHECK_EQ(madvise(p, SIZE, MADV_POPULATE_READ), 0);
	CHECK_EQ(present(p), N);
	CHECK_ERR(madvise(p, SIZE, MADV_POPULATE_WRITE), EINVAL);
	CHECK_EQ(munmap(p, SIZE), 0);
	q = anonymous(PROT_READ | PROT_WRITE);
	CHECK_EQ(madvise(q, SIZE, MADV_POPULATE_WRITE), 0);
	CHECK_EQ(present(q), N);
	CHECK_EQ(madvise(q, SIZE, MADV_FREE), 0);
	CHECK_EQ(munmap(q + PAGE, PAGE), 0);
	CHECK_ERR(madvise(q, SIZE, MADV_POPULATE_READ), ENOMEM);
	CHECK_EQ(munmap(q, SIZE), 0);
}

/* Of a file, what the cache has is in memory, mapped or not. */
static void cached(void)
{
	int fd = open("cached", O_CREAT | O_RDWR, 0644);
	char page[PAGE] = "text";
	char *p;

	begin("files");
	for (int i = 0; i < N; i++)
		MUST(write(fd, page, PAGE) == PAGE);
	p = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	CHECK_EQ(present(p), N);
	CHECK_ERR(madvise(p, SIZE, MADV_FREE), EINVAL);
	CHECK_EQ(mlock(p, SIZE), 0);
	CHECK_EQ(ftruncate(fd, 0), 0); /* locked or not */
	CHECK_EQ(munmap(p, SIZE), 0);
	p = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	CHECK_ERR(madvise(p, SIZE, MADV_POPULATE_READ), EFAULT);
	CHECK_EQ(munmap(p, SIZE), 0);
	close(fd);
	unlink("cached");
}

static long remap(void *p, long from, long to, long flags)
{
	return syscall(SYS_mremap, p, from, to, flags, 0L);
}

static void moving(void)
{
	char *p = anonymous(PROT_READ | PROT_WRITE), *q;
	int dontunmap = 4;

	begin("moving pages, and keeping the place");
	strcpy(p, "here");
	q = (char *)remap(p, SIZE, SIZE, MREMAP_MAYMOVE | dontunmap);
	MUST(q != MAP_FAILED && q != p);
	CHECK(!strcmp(q, "here"));
	CHECK_EQ(p[0], 0);
	strcpy(p, "anew");
	CHECK(!strcmp(q, "here"));
	CHECK_ERR(remap(p, SIZE, PAGE, MREMAP_MAYMOVE | dontunmap), EINVAL);
	CHECK_ERR(remap(p, SIZE, SIZE, dontunmap), EINVAL);
	munmap(p, SIZE);
	munmap(q, SIZE);
}

static void placing(void)
{
	int fd = open("/proc/self/exe", O_RDONLY), below = 0;
	char *low[8];
	void *p;

	begin("places and sizes");
	for (int i = 0; i < 8; i++) {
		low[i] = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		              MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
		below += (uintptr_t)low[i] < (UINT64_C(1) << 31);
		low[i][0] = 'x';
	}
	CHECK_EQ(below, 8);
	p = mmap((void *)0x50000000, SIZE, PROT_READ,
	         MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	CHECK(p == (void *)0x50000000);
	munmap(p, SIZE);
	for (int i = 0; i < 8; i++)
		munmap(low[i], SIZE);
	CHECK_ERR((long)mmap(NULL, 1 << 21, PROT_READ | PROT_WRITE,
	                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0),
	          ENOMEM);
	CHECK_ERR((long)mmap(NULL, (size_t)1 << 45, PROT_READ | PROT_WRITE,
	                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	          ENOMEM);
	CHECK(sbrk((intptr_t)1 << 45) == (void *)-1);
	CHECK_ERR((long)mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE, fd,
	                     0x7ffffffffffff000),
	          EOVERFLOW);
	low[0] = mmap(NULL, (size_t)32 << 30, PROT_NONE,
	              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(low[0] != MAP_FAILED);
	CHECK_EQ(mprotect(low[0] + (1 << 30), SIZE, PROT_READ | PROT_WRITE), 0);
	low[0][1 << 30] = 'x';
	CHECK_EQ(munmap(low[0], (size_t)32 << 30), 0);
}

int main(void)
{
	locking();
	populating();
	cached();
	moving();
	placing();
	return check_done();
}
