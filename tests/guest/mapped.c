/* mapped.c - files in memory: shared, private, beyond their end. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "tests/guest/check.h"

enum { PAGE = 4096, RW = PROT_READ | PROT_WRITE };

static sigjmp_buf back;
static volatile sig_atomic_t got;

static void on_signal(int sig)
{
	got = sig;
	siglongjmp(back, 1);
}

static int try_read(const volatile char *p)
{
	if (sigsetjmp(back, 1))
		return got;
	(void)*p;
	return 0;
}

static int try_write(volatile char *p)
{
	if (sigsetjmp(back, 1))
		return got;
	*p = 'w';
	return 0;
}

static int new_file(const char *name, size_t size)
{
	int fd = open(name, O_CREAT | O_TRUNC | O_RDWR, 0644);
	char page[PAGE];

	memset(page, 'f', sizeof(page));
	for (size_t at = 0; at < size; at += PAGE)
		if (write(fd, page, size - at < PAGE ? size - at : PAGE) < 0)
			return -1;
	return fd;
}

static void shared(void)
{
	int fd = new_file("s", 3 * PAGE);
	char *p = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, fd, 0), buf[8] = "";

	begin("shared mappings are the file");
	MUST(p != MAP_FAILED);
	CHECK_EQ(p[0], 'f');
	CHECK_EQ(pwrite(fd, "written", 7, PAGE), 7);
	CHECK(!memcmp(p + PAGE, "written", 7));
	memcpy(p + 2 * PAGE, "stored", 6);
	CHECK_EQ(pread(fd, buf, 6, 2 * PAGE), 6);
	CHECK(!strcmp(buf, "stored"));
	CHECK_EQ(msync(p, 3 * PAGE, MS_SYNC), 0);
	CHECK_EQ(msync(p, PAGE, MS_ASYNC), 0);
	CHECK_ERR(msync(p + 1, PAGE, MS_SYNC), EINVAL);
	CHECK_ERR(msync(p, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
	memcpy(p + 2 * PAGE, "again!", 6); /* after it was cleaned */
	CHECK_EQ(munmap(p, 3 * PAGE), 0);
	CHECK_EQ(pread(fd, buf, 6, 2 * PAGE), 6);
	CHECK(!strcmp(buf, "again!"));
	close(fd);
	fd = open("s", O_RDONLY);
	CHECK_EQ(pread(fd, buf, 6, 2 * PAGE), 6);
	CHECK(!strcmp(buf, "again!"));
	close(fd);
	CHECK_EQ(unlink("s"), 0);
}

static void private(void)
{
	int fd = new_file("p", 2 * PAGE);
	char *p = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, fd, 0), c = 0;

	begin("private mappings are copies");
	MUST(p != MAP_FAILED);
	close(fd); /* the mapping keeps the file */
	fd = open("p", O_RDWR);
	p[0] = 'm';
	CHECK_EQ(pread(fd, &c, 1, 0), 1);
	CHECK_EQ(c, 'f');
	CHECK_EQ(pwrite(fd, "n", 1, 0), 1);
	CHECK_EQ(p[0], 'm');
	CHECK_EQ(madvise(p, PAGE, MADV_DONTNEED), 0);
	CHECK_EQ(p[0], 'n'); /* the file's again */
	CHECK_EQ(mprotect(p, PAGE, PROT_READ), 0);
	CHECK_EQ(try_write(p), SIGSEGV);
	CHECK_EQ(munmap(p, 2 * PAGE), 0);
	close(fd);
	CHECK_EQ(unlink("p"), 0);
}

static void ends(void)
{
	int fd = new_file("e", PAGE + 100);
	char *p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
	char *q = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 2 * PAGE), c = 1;

	begin("behind the end");
	MUST(p != MAP_FAILED && q != MAP_FAILED);
	CHECK_EQ(p[PAGE + 99], 'f');
	CHECK_EQ(p[PAGE + 100], 0);
	CHECK_EQ(try_read(p + 2 * PAGE), SIGBUS);
	CHECK_EQ(try_write(p + 2 * PAGE), SIGBUS);
	CHECK_EQ(try_read(q), SIGBUS);
	p[PAGE + 200] = 'z'; /* never becomes part of the file */
	CHECK_EQ(ftruncate(fd, 3 * PAGE), 0);
	CHECK_EQ(try_read(p + 2 * PAGE), 0);
	CHECK_EQ(pread(fd, &c, 1, 2 * PAGE), 1);
	CHECK_EQ(c, 0);
	CHECK_EQ(try_write(p + 2 * PAGE), 0);
	CHECK_EQ(ftruncate(fd, PAGE), 0); /* under the mapping */
	CHECK_EQ(try_read(p + PAGE), SIGBUS);
	CHECK_EQ(p[PAGE - 1], 'f');
	CHECK_EQ(ftruncate(fd, 3 * PAGE), 0);
	CHECK_EQ(p[PAGE], 0);
	CHECK_EQ(p[2 * PAGE], 0);
	CHECK_EQ(ftruncate(fd, 10), 0);
	CHECK_EQ(p[9], 'f');
	CHECK_EQ(p[10], 0);
	CHECK_EQ(munmap(p, 4 * PAGE), 0);
	CHECK_EQ(munmap(q, PAGE), 0);
	close(fd);
	CHECK_EQ(unlink("e"), 0);
}

static void rights(void)
{
	int fd = new_file("r", PAGE), ro = open("r", O_RDONLY);
	int wo = open("r", O_WRONLY), dir = open(".", O_RDONLY);
	char *p;

	begin("rights");
	CHECK_ERR(mmap(NULL, PAGE, RW, MAP_SHARED, ro, 0), EACCES);
	CHECK_ERR(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, wo, 0), EACCES);
	CHECK_ERR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, wo, 0), EACCES);
	CHECK_ERR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, dir, 0), ENODEV);
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, ro, 0);
	CHECK_ERR(mprotect(p, PAGE, RW), EACCES);
	CHECK_EQ(munmap(p, PAGE), 0);
	p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, ro, 0);
	CHECK_EQ(mprotect(p, PAGE, RW), 0);
	CHECK_EQ(try_write(p), 0);
	CHECK_EQ(munmap(p, PAGE), 0);
	close(fd);
	close(ro);
	close(wo);
	close(dir);
	CHECK_EQ(unlink("r"), 0);
}

static void unlinked(void)
{
	int fd = new_file("u", 2 * PAGE);
	char *p = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);

	begin("a mapped file that has no name");
	CHECK_EQ(unlink("u"), 0);
	close(fd);
	CHECK_EQ(p[PAGE], 'f');
	p[PAGE] = 'u';
	CHECK_EQ(p[PAGE], 'u');
	CHECK_EQ(munmap(p, 2 * PAGE), 0);
}

static void offsets(void)
{
	int fd = new_file("o", 4 * PAGE);
	char *p, *q;

	begin("offsets and two views");
	CHECK_EQ(pwrite(fd, "third", 5, 2 * PAGE), 5);
	p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 2 * PAGE);
	q = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
	CHECK(!memcmp(p, "third", 5));
	p[0] = 'T';
	CHECK_EQ(q[2 * PAGE], 'T');
	q = mremap(q, 4 * PAGE, 2 * PAGE, 0);
	CHECK_EQ(q[PAGE], 'f');
	q = mremap(q, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE);
	CHECK_EQ(q[2 * PAGE], 'T');
	CHECK_EQ(munmap(p, PAGE), 0);
	CHECK_EQ(munmap(q, 3 * PAGE), 0);
	close(fd);
	CHECK_EQ(unlink("o"), 0);
}

/* A buffer that is a mapping of the very file that is read or written. */
static void of_itself(void)
{
	int fd = new_file("i", 2 * PAGE);
	char *p = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);

	begin("a file copied within itself");
	memset(p, 'A', PAGE);
	CHECK_EQ(pwrite(fd, p, PAGE, PAGE), PAGE);
	CHECK_EQ(p[2 * PAGE - 1], 'A');
	memset(p, 'B', PAGE);
	CHECK_EQ(pread(fd, p + PAGE, PAGE, 0), PAGE);
	CHECK_EQ(p[2 * PAGE - 1], 'B');
	CHECK_EQ(munmap(p, 2 * PAGE), 0);
	close(fd);
	CHECK_EQ(unlink("i"), 0);
}

/* Writing a page back does not show it to who may not see it. */
static void hidden(void)
{
	int fd = new_file("h", PAGE);
	char *p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);

	begin("hidden while it is written back");
	MUST(p != MAP_FAILED);
	p[0] = 'c';
	CHECK_EQ(mprotect(p, PAGE, PROT_NONE), 0);
	CHECK_EQ(fsync(fd), 0);
	CHECK_EQ(try_read(p), SIGSEGV);
	CHECK_EQ(try_write(p), SIGSEGV);
	CHECK_EQ(mprotect(p, PAGE, RW), 0);
	CHECK_EQ(try_write(p), 0);
	CHECK_EQ(munmap(p, PAGE), 0);
	close(fd);
	CHECK_EQ(unlink("h"), 0);
}

int main(void)
{
	struct sigaction a = {.sa_handler = on_signal};

	sigaction(SIGSEGV, &a, NULL);
	sigaction(SIGBUS, &a, NULL);
	shared();
	private();
	ends();
	rights();
	hidden();
	unlinked();
	offsets();
	of_itself();
	return check_done();
}
