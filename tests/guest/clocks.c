/*
 * clocks.c - time: never back, never early, and about right.
 *
 * run:
 * run: guest arg=long lacks=clock_is_set_back
 *
 * Without the HPET the counter's rate is measured against the 8254, as on a
 * microvm; a qemu64 has no deadline timer and no x2APIC.
 *
 * run: guest arg=long machine=pc,hpet=off model=qemu64 lacks=clock_is_set_back
 * run: guest arg=long machine=pc,hpet=on model=qemu64 lacks=clock_is_set_back
 * run: guest arg=long machine=q35 model=qemu64 cpus=2 lacks=clock_is_set_back
 *
 * run: guest arg=step line=probe_late-clock says=clock_is_set_forward_by
 */
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timex.h>

#include "tests/guest/check.h"

static int64_t ns_of(clockid_t clock)
{
	struct timespec t;

	return clock_gettime(clock, &t) ? -1
	                                : t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t ns_by_call(clockid_t clock)
{
	struct timespec t;

	return syscall(SYS_clock_gettime, clock, &t)
	               ? -1
	               : t.tv_sec * 1000000000 + t.tv_nsec;
}

/* By the vDSO, where there is one, and by system calls, in turn. */
static long steps_back(clockid_t clock)
{
	int64_t before = ns_of(clock);
	long back = 0;

	for (int i = 0; i < 20000; i++) {
		int64_t now = i & 1 ? ns_by_call(clock) : ns_of(clock);

		back += now < before;
		before = now;
	}
	return back;
}

static void reading(void)
{
	struct timespec t;
	struct timeval v;

	begin("reading clocks");
	CHECK_EQ(steps_back(CLOCK_MONOTONIC), 0);
	CHECK_EQ(steps_back(CLOCK_REALTIME), 0);
	CHECK(ns_of(CLOCK_REALTIME) / 1000000000 > 1704067200); /* 2024 */
	CHECK(ns_of(CLOCK_REALTIME) / 1000000000 < 4102444800); /* 2100 */
	CHECK(labs(time(NULL) - ns_of(CLOCK_REALTIME) / 1000000000) <= 1);
	CHECK_EQ(gettimeofday(&v, NULL), 0);
	CHECK(labs(v.tv_sec - time(NULL)) <= 1);
	CHECK(ns_of(CLOCK_BOOTTIME) >= ns_of(CLOCK_MONOTONIC) - 1000000000);
	CHECK(ns_of(CLOCK_MONOTONIC_RAW) > 0);
	CHECK(ns_of(CLOCK_MONOTONIC_COARSE) > 0);
	CHECK(ns_of(CLOCK_REALTIME_COARSE) > 0);
	CHECK_EQ(clock_getres(CLOCK_MONOTONIC, &t), 0);
	CHECK(t.tv_sec == 0 && t.tv_nsec >= 1 && t.tv_nsec <= 4000000);
	CHECK_ERR(clock_gettime(99, &t), EINVAL);
	CHECK_ERR(syscall(SYS_clock_gettime, CLOCK_REALTIME, (void *)8),
	          EFAULT);
}

/* Until this thread had `ms` of a processor, however long that takes. */
static void burn(int64_t ms)
{
	int64_t end = ns_of(CLOCK_THREAD_CPUTIME_ID) + ms * 1000000;

	while (ns_of(CLOCK_THREAD_CPUTIME_ID) < end)
		;
}

static void processor_time(void)
{
	int64_t process = ns_of(CLOCK_PROCESS_CPUTIME_ID);
	int64_t wall = ns_of(CLOCK_MONOTONIC), thread;
	struct tms tms;

	begin("processor time");
	burn(50);
	CHECK(ns_of(CLOCK_PROCESS_CPUTIME_ID) - process >= 50000000);
	CHECK(ns_of(CLOCK_MONOTONIC) - wall >= 50000000);
	thread = ns_of(CLOCK_THREAD_CPUTIME_ID);
	sleep_ms(50);
	CHECK(ns_of(CLOCK_THREAD_CPUTIME_ID) - thread < 40000000);
	CHECK(times(&tms) > 0);
	CHECK(clock() > 0);
}

static void sleeping(void)
{
	struct timespec t = {0, 25000000}, left = {9, 9};
	int64_t from = ns_of(CLOCK_MONOTONIC), slept;

	begin("sleeping");
	CHECK_EQ(nanosleep(&t, &left), 0);
	slept = ns_of(CLOCK_MONOTONIC) - from;
	CHECK(slept >= 25000000 && slept < 500000000);
	t = (struct timespec){0, 0};
	CHECK_EQ(nanosleep(&t, NULL), 0);
	t.tv_nsec = 1000000000;
	CHECK_ERR(nanosleep(&t, NULL), EINVAL);
	t = (struct timespec){-1, 0};
	CHECK_ERR(nanosleep(&t, NULL), EINVAL);
	CHECK_ERR(nanosleep((struct timespec *)8, NULL), EFAULT);
	clock_gettime(CLOCK_MONOTONIC, &t);
	from = ns_of(CLOCK_MONOTONIC);
	t.tv_nsec += 20000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), 0);
	CHECK(ns_of(CLOCK_MONOTONIC) >= t.tv_sec * 1000000000 + t.tv_nsec);
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), 0);
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += 20000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL), 0);
	CHECK(ns_of(CLOCK_REALTIME) >= t.tv_sec * 1000000000 + t.tv_nsec);
	CHECK_EQ(clock_nanosleep(99, 0, &t, NULL), EINVAL);
}

/* A hundred short sleeps take a hundred short times, not one of them long. */
static void short_sleeps(void)
{
	struct timespec t = {0, 500000};
	int64_t from = now_ms();

	begin("short sleeps");
	for (int i = 0; i < 100; i++)
		nanosleep(&t, NULL);
	CHECK(now_ms() - from >= 50);
	CHECK(now_ms() - from < 1000);
}

/* Long enough for the kernel to look at the machine's clock. */
static void long_time(void)
{
	int64_t before = ns_of(CLOCK_MONOTONIC), until = before + 10000000000;

	begin("a long time");
	while (before < until) {
		int64_t now = ns_of(CLOCK_MONOTONIC);

		if (now < before)
			printf("FAIL: back by %ld ns\n", (long)(before - now));
		before = now;
		if (now % 1000 == 0)
			sleep_ms(1);
	}
	CHECK(ns_by_call(CLOCK_MONOTONIC) >= before);
}

/* How far the wall clock is ahead of the other. */
static int64_t ahead(void)
{
	return ns_of(CLOCK_REALTIME) - ns_of(CLOCK_MONOTONIC);
}

/*
 * The clock is set back by a probe, and the kernel finds out: on a busy host it
 * must look more than once. There it has also begun later than the host's clock
 * says, by the time that starting took.
 */
static void a_step(void)
{
	int64_t low = ahead(), now;

	begin("a step");
	do {
		sleep_ms(10);
		now = ahead();
		low = now < low ? now : low;
	} while (now < low + 700000000);
}

/* What may be asked without a right to change anything. */
static void adjusting(void)
{
	struct timex t = {0};
	struct timespec now;
	int state = adjtimex(&t);

	begin("adjtimex");
	CHECK(state >= TIME_OK && state <= TIME_ERROR);
	CHECK_EQ(clock_gettime(CLOCK_REALTIME, &now), 0);
	CHECK(now.tv_sec - t.time.tv_sec <= 1);
	CHECK(t.tick >= 9000 && t.tick <= 11000);
	CHECK(t.tolerance > 0);
	t.modes = 0;
	CHECK_EQ(clock_adjtime(CLOCK_REALTIME, &t), state);
	CHECK_ERR(clock_adjtime(CLOCK_MONOTONIC, &t), EOPNOTSUPP);
	CHECK_ERR(clock_adjtime(999, &t), EINVAL);
	t.modes = ADJ_TICK;
	t.tick = 1;
	CHECK(adjtimex(&t) == -1 && (errno == EINVAL || errno == EPERM));
	CHECK_ERR(syscall(SYS_adjtimex, NULL), EFAULT);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		if (strcmp(argv[1], "step") == 0)
			a_step();
		else
			long_time();
		return check_done();
	}
	reading();
	adjusting();
	processor_time();
	sleeping();
	short_sleeps();
	return check_done();
}
