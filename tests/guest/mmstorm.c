/*
 * mmstorm.c - one address space and two files, changed by many threads at once,
 * while memory is short. What each thread may find is known: a word of the
 * large file is 0 or says where it is, whoever wrote it; what is private is its
 * owner's.
 *
 * run: cpus=4 memory=24 seconds=120
 * run: cpus=2 memory=32 seconds=120
 */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "tests/guest/check.h"

enum {
	PAGE = 4096,
	RW = PROT_READ | PROT_WRITE,
	LARGE = 24 << 20, /* about what there is of memory */
	WINDOW = 16 * PAGE,
	ROUNDS = 10,
};

static int large, small;
static char *whole;  /* all of the large file, shared */
static long bad;     /* atomic */
static long running; /* of those that end by themselves; atomic */

static void expect(bool ok)
{
	if (!ok)
		__atomic_add_fetch(&bad, 1, __ATOMIC_SEQ_CST);
}

static bool others_run(void)
{
	return __atomic_load_n(&running, __ATOMIC_SEQ_CST) > 0;
}

static uint64_t right(uint64_t offset)
{
	return offset * UINT64_C(0x9e3779b97f4a7c15) | 1;
}

static uint64_t somewhere(unsigned *seed)
{
	return (uint64_t)rand_r(seed) % (LARGE / WINDOW) * WINDOW;
}

/* One word of each page of a window that shows the file from `offset` on. */
static void check_window(const char *p, uint64_t offset)
{
	for (uint64_t at = 0; at < WINDOW; at += PAGE) {
		uint64_t v = *(const volatile uint64_t *)(p + at);

		expect(v == 0 || v == right(offset + at));
	}
}

static void fill_window(char *p, uint64_t offset)
{
	for (uint64_t at = 0; at < WINDOW; at += PAGE)
		*(volatile uint64_t *)(p + at) = right(offset + at);
}

static char *map_window(int how, uint64_t offset)
{
	char *p = mmap(NULL, WINDOW, RW, how, large, (off_t)offset);

	if (p == MAP_FAILED) {
		expect(false);
		pthread_exit(NULL);
	}
	return p;
}

/* --- those that change --- */

static void store(unsigned *seed)
{
	uint64_t offset = somewhere(seed);

	fill_window(whole + offset, offset);
	offset = somewhere(seed);
	check_window(whole + offset, offset);
}

/* A window that is cut, hidden, shown again, and moved. */
static void reshape(unsigned *seed)
{
	uint64_t offset = somewhere(seed);
	char *p = map_window(MAP_SHARED, offset), *q;

	fill_window(p, offset);
	expect(!mprotect(p + 4 * PAGE, 8 * PAGE, PROT_NONE));
	expect(!mprotect(p + 5 * PAGE, 2 * PAGE, PROT_READ));
	expect(*(uint64_t *)(p + 5 * PAGE) == right(offset + 5 * PAGE));
	expect(!mprotect(p, WINDOW, RW));
	q = mremap(p, WINDOW, 2 * WINDOW, MREMAP_MAYMOVE);
	expect(q != MAP_FAILED);
	check_window(q, offset);
	for (uint64_t at = 0; at < WINDOW; at += PAGE)
		expect(*(uint64_t *)(q + at) == right(offset + at));
	expect(!munmap(q + WINDOW / 2, WINDOW));
	check_window(whole + offset, offset);
	expect(!munmap(q, WINDOW / 2));
	expect(!munmap(q + WINDOW / 2 + WINDOW, WINDOW / 2));
}

/* What was stored into a private window stays, whatever the file becomes. */
static void keep(unsigned *seed)
{
	uint64_t offset = somewhere(seed);
	char *p = map_window(MAP_PRIVATE, offset);

	check_window(p, offset);
	for (uint64_t at = 0; at < WINDOW; at += 2 * PAGE)
		*(volatile uint64_t *)(p + at) = ~offset;
	fill_window(whole + offset, offset);
	for (uint64_t at = 0; at < WINDOW; at += 2 * PAGE)
		expect(*(volatile uint64_t *)(p + at) == ~offset);
	expect(!munmap(p, WINDOW));
}

/* Memory of nobody else: new, used, forgotten, used again. */
static void own(unsigned *seed)
{
	char *p = mmap(NULL, WINDOW, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char mark = (char)(rand_r(seed) | 1);

	expect(p != MAP_FAILED);
	for (int round = 0; round < 2; round++) {
		for (uint64_t at = 0; at < WINDOW; at += PAGE) {
			expect(p[at] == 0);
			p[at] = mark;
		}
		for (uint64_t at = 0; at < WINDOW; at += PAGE)
			expect(p[at] == mark);
		expect(!madvise(p, WINDOW, MADV_DONTNEED));
	}
	expect(!munmap(p, WINDOW));
}

static void write_and_read(unsigned *seed)
{
	uint64_t words[PAGE / 8] = {0}, offset = somewhere(seed);

	words[0] = right(offset);
	expect(pwrite(large, words, 8, (off_t)offset) == 8);
	offset = somewhere(seed);
	expect(pread(large, words, PAGE, (off_t)offset) == PAGE);
	expect(words[0] == 0 || words[0] == right(offset));
}

static void (*const changes[])(unsigned *seed) = {store, reshape, keep, own,
                                                  write_and_read};
enum { CHANGERS = sizeof(changes) / sizeof(changes[0]) };

static void *change(void *arg)
{
	long me = (long)arg;
	unsigned seed = (unsigned)me + 1;

	for (int i = 0; i < ROUNDS; i++)
		for (int k = 0; k < CHANGERS; k++)
			changes[(me + k) % CHANGERS](&seed);
	__atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* --- those that take away meanwhile --- */

static void *clean(void *arg)
{
	unsigned seed = 77;

	while (others_run()) {
		uint64_t offset = somewhere(&seed);

		expect(!msync(whole + offset, WINDOW, MS_SYNC));
		expect(!posix_fadvise(large, (off_t)offset, WINDOW,
		                      POSIX_FADV_DONTNEED));
	}
	return arg;
}

/* The small file has no end for long: who looks at it is told so by SIGBUS. */
static __thread sigjmp_buf back;

static void on_bus(int sig)
{
	(void)sig;
	siglongjmp(back, 1);
}

static void *shrink(void *arg)
{
	while (others_run()) {
		expect(!ftruncate(small, WINDOW));
		expect(!ftruncate(small, 0));
	}
	return arg;
}

static void touch(volatile char *p)
{
	if (sigsetjmp(back, 1))
		return;
	expect(*p == 0 || *p == 's');
	*p = 's';
}

static void *look(void *arg)
{
	char *p = mmap(NULL, WINDOW, RW, MAP_SHARED, small, 0);

	expect(p != MAP_FAILED);
	while (others_run())
		for (int at = 0; at < WINDOW; at += PAGE)
			touch(p + at);
	munmap(p, WINDOW);
	return arg;
}

static void storm(void)
{
	static void *(*const all[])(void *) = {change, change, change, change,
	                                       clean,  shrink, look};
	enum { N = sizeof(all) / sizeof(all[0]) };
	pthread_t t[N];

	running = 4;
	for (long i = 0; i < N; i++)
		if (pthread_create(&t[i], NULL, all[i], (void *)i))
			exit(98);
	for (long i = 0; i < N; i++)
		pthread_join(t[i], NULL);
}

static void check_file(void)
{
	static char page[PAGE];

	for (off_t at = 0; at < LARGE; at += PAGE) {
		uint64_t v;

		expect(pread(large, page, PAGE, at) == PAGE);
		memcpy(&v, page, sizeof(v));
		expect(v == 0 || v == right((uint64_t)at));
	}
}

int main(void)
{
	signal(SIGBUS, on_bus);
	large = open("large", O_CREAT | O_RDWR | O_TRUNC, 0644);
	small = open("small", O_CREAT | O_RDWR | O_TRUNC, 0644);
	MUST(large >= 0 && small >= 0);
	MUST(!ftruncate(large, LARGE + WINDOW));
	whole = mmap(NULL, LARGE, RW, MAP_SHARED, large, 0);
	MUST(whole != MAP_FAILED);
	begin("many at one address space");
	storm();
	CHECK_EQ(bad, 0);
	begin("what is in the file after it");
	check_file();
	CHECK_EQ(bad, 0);
	MUST(!munmap(whole, LARGE));
	CHECK(!unlink("large") && !unlink("small"));
	return check_done();
}
