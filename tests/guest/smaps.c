/*
 * smaps.c - what of memory is there, by area and in all; files without names;
 * how much there is to do.
 *
 * run:
 * run: cpus=2
 */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>

#include "tests/guest/check.h"

enum { PAGE = 4096, PAGES = 8 };

static char text[262144];

static const char *slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n, all = 0;

	while (fd >= 0 &&
	       (n = read(fd, text + all, sizeof(text) - 1 - (size_t)all)) > 0)
		all += n;
	if (fd >= 0)
		close(fd);
	text[all] = '\0';
	return text;
}

/* The area that begins at `p`, up to the next one; "" when there is none. */
static const char *area_of(const void *p)
{
	char begin[32];
	char *at, *end;

	snprintf(begin, sizeof(begin), "%08lx-", (unsigned long)p);
	slurp("/proc/self/smaps");
	at = strstr(text, begin);
	if (!at)
		return "";
	end = strstr(at, "VmFlags:");
	end = end ? strchr(end, '\n') : NULL;
	if (end)
		*end = '\0';
	return at;
}

/* "Name:   12 kB" */
static long kib(const char *where, const char *name)
{
	const char *at = strstr(where, name);
	char unit[4] = "";
	long n = -1;

	if (at && sscanf(at + strlen(name), ": %ld %3s", &n, unit) == 2 &&
	    strcmp(unit, "kB") != 0)
		n = -2;
	return n;
}

/* Its neighbours are of another kind: it is an area by itself. */
static char *map_alone(int flags, int fd)
{
	char *p = mmap(NULL, (PAGES + 2) * PAGE, PROT_NONE,
	               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return p;
	return mmap(p + PAGE, PAGES * PAGE, PROT_READ | PROT_WRITE,
	            flags | MAP_FIXED, fd, 0);
}

static void anonymous(void)
{
	volatile char *p = map_alone(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *area = (char *)p;

	begin("memory of its own");
	MUST(p != MAP_FAILED);
	CHECK_EQ(kib(area_of(area), "\nSize"), PAGES * 4);
	CHECK_EQ(kib(area_of(area), "\nKernelPageSize"), 4);
	CHECK_EQ(kib(area_of(area), "\nRss"), 0);
	CHECK_EQ(p[0], 0); /* the page of zeroes is nobody's */
	CHECK_EQ(kib(area_of(area), "\nRss"), 0);
	p[0] = p[PAGE] = p[5 * PAGE] = 1;
	CHECK_EQ(kib(area_of(area), "\nRss"), 12);
	CHECK_EQ(kib(area_of(area), "\nPss"), 12);
	CHECK_EQ(kib(area_of(area), "\nPrivate_Dirty"), 12);
	CHECK_EQ(kib(area_of(area), "\nShared_Dirty"), 0);
	CHECK_EQ(kib(area_of(area), "\nAnonymous"), 12);
	CHECK_EQ(kib(area_of(area), "\nSwap"), 0);
	CHECK_EQ(kib(area_of(area), "\nLocked"), 0);
	CHECK(strstr(area_of(area), "VmFlags: rd wr mr mw me ") != NULL);
	CHECK_EQ(madvise(area, PAGE, MADV_DONTNEED), 0);
	CHECK_EQ(kib(area_of(area), "\nRss"), 8);
	CHECK_EQ(mlock(area, PAGES * PAGE), 0);
	CHECK_EQ(kib(area_of(area), "\nLocked"), PAGES * 4);
	CHECK(strstr(area_of(area), " lo ") != NULL);
	munmap(area - PAGE, (PAGES + 2) * PAGE);
}

/* Areas of one file: what both show is counted half in each. */
static void shared(void)
{
	int fd = memfd_create("shown", 0);
	char path[64], name[PATH_MAX] = "";
	char *a, *b;

	begin("a file without a name");
	MUST(ftruncate(fd, PAGES * PAGE) == 0);
	a = map_alone(MAP_SHARED, fd);
	b = map_alone(MAP_SHARED, fd);
	MUST(a != MAP_FAILED && b != MAP_FAILED);
	a[0] = a[PAGE] = a[2 * PAGE] = 1;
	b[PAGE] = b[2 * PAGE] = 1;
	CHECK_EQ(kib(area_of(a), "\nRss"), 12);
	CHECK_EQ(kib(area_of(b), "\nRss"), 8);
	CHECK_EQ(kib(area_of(a), "\nPss"), 8);
	CHECK_EQ(kib(area_of(b), "\nPss"), 4);
	CHECK_EQ(kib(area_of(a), "\nPrivate_Dirty"), 4);
	CHECK_EQ(kib(area_of(a), "\nShared_Dirty"), 8);
	CHECK_EQ(kib(area_of(a), "\nAnonymous"), 0);
	CHECK(strstr(area_of(a), "rw-s 00000000") != NULL);
	CHECK(strstr(area_of(a), " /memfd:shown (deleted)\n") != NULL);
	CHECK(strstr(area_of(a), "VmFlags: rd wr sh mr mw me ms ") != NULL);
	CHECK(strstr(slurp("/proc/self/maps"), " /memfd:shown (deleted)\n"));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK(readlink(path, name, sizeof(name) - 1) > 0);
	CHECK(strcmp(name, "/memfd:shown (deleted)") == 0);
	close(fd);
	a = map_alone(MAP_SHARED | MAP_ANONYMOUS, -1);
	CHECK(strstr(area_of(a), " /dev/zero (deleted)\n") != NULL);
}

static void all(void)
{
	const char *line, *sum;
	long n = 0, one;

	begin("all of it");
	slurp("/proc/self/smaps"); /* what that takes is there then */
	slurp("/proc/self/smaps");
	for (line = text; (line = strstr(line, "\nAnonymous:")); line++)
		if (sscanf(line, "\nAnonymous: %ld", &one) == 1)
			n += one;
	sum = slurp("/proc/self/smaps_rollup");
	CHECK_EQ(kib(sum, "\nAnonymous"), n);
	CHECK(strstr(sum, " ---p 00000000 00:00 0 ") != NULL);
	CHECK(strstr(sum, " [rollup]\n") != NULL);
	CHECK(kib(sum, "\nRss") > 0);
	CHECK_EQ(kib(sum, "\nPss_Anon"), n);
	CHECK(kib(sum, "\nPss_File") >= 0);
	CHECK(kib(sum, "\nPss_Shmem") >= 12);
}

static volatile bool over;

static void *spin(void *arg)
{
	while (!over)
		;
	return arg;
}

static long number_after(const char *path, const char *what)
{
	const char *at = strstr(slurp(path), what);

	return at ? strtol(at + strlen(what), NULL, 10) : -1;
}

static bool loads(double mean[3], int *running, int *threads, int *newest)
{
	return sscanf(slurp("/proc/loadavg"), "%lf %lf %lf %d/%d %d", &mean[0],
	              &mean[1], &mean[2], running, threads, newest) == 6;
}

static void load(void)
{
	long switches = number_after("/proc/stat", "\nctxt "),
	     made = number_after("/proc/stat", "\nprocesses ");
	int running = 0, threads = 0, newest = 0;
	double mean[3] = {0};
	pthread_t t;

	begin("load");
	CHECK(switches > 0);
	CHECK(made > 0);
	CHECK(loads(mean, &running, &threads, &newest));
	MUST(pthread_create(&t, NULL, spin, NULL) == 0);
	do
		usleep(50000);
	while (loads(mean, &running, &threads, &newest) && mean[0] < 0.05);
	CHECK(mean[0] >= 0.05);
	CHECK(running >= 1 && threads >= 2 && newest >= 2);
	over = true;
	pthread_join(t, NULL);
	CHECK(number_after("/proc/stat", "\nctxt ") > switches);
	CHECK(number_after("/proc/stat", "\nprocesses ") > made);
	CHECK(number_after("/proc/stat", "\nprocs_running ") >= 1);
	CHECK(number_after("/proc/stat", "\nprocs_blocked ") >= 0);
}

int main(void)
{
	anonymous();
	shared();
	all();
	load();
	return check_done();
}
