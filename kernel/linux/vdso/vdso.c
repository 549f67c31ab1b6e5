/*
 * vdso.c - what programs call instead of the kernel: vdso(7).
 *
 * User-mode code, linked by itself into a shared object (vdso.ld) that the
 * kernel carries as bytes (image.S) and maps into each program, one page behind
 * the time page. What it cannot answer becomes the system call.
 */
#include "kernel/arch/timebase.h"

__extension__ typedef unsigned __int128 u128;

enum {
	CLOCK_REALTIME = 0,
	CLOCK_MONOTONIC = 1,
	CLOCK_MONOTONIC_RAW = 4,
	CLOCK_REALTIME_COARSE = 5,
	CLOCK_MONOTONIC_COARSE = 6,
	CLOCK_BOOTTIME = 7,
	CLOCK_TAI = 11,

	SYS_GETTIMEOFDAY = 96,
	SYS_TIME = 201,
	SYS_CLOCK_GETTIME = 228,
	SYS_CLOCK_GETRES = 229,
	SYS_GETCPU = 309,
};

static const uint64_t SECOND = 1000000000;

#define EXPORT   __attribute__((visibility("default")))
#define ALIAS(f) __attribute__((weak, alias(#f), visibility("default")))

struct timespec {
	int64_t sec, nsec;
};

struct timeval {
	int64_t sec, usec;
};

struct timezone {
	int32_t minutes_west, dst;
};

/* vdso.ld: the page before us. It changes while we read. */
extern const volatile struct time_page vdso_time_page
	__attribute__((visibility("hidden")));

static int64_t call2(int64_t nr, uint64_t a, uint64_t b)
{
	int64_t result;

	__asm__ volatile("syscall"
	                 : "=a"(result)
	                 : "a"(nr), "D"(a), "S"(b), "d"(0)
	                 : "rcx", "r11", "memory");
	return result;
}

static uint64_t read_tsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

/* Both clocks of one moment. False: it cannot be told from here. */
static int now(uint64_t *monotonic, uint64_t *real_at_boot)
{
	const volatile struct time_page *p = &vdso_time_page;
	uint64_t tsc;
	uint32_t seq;

	do {
		seq = __atomic_load_n(&p->seq, __ATOMIC_ACQUIRE);
		if (__atomic_load_n(&p->mode, __ATOMIC_RELAXED) != TIME_BY_TSC)
			return 0;
		tsc = read_tsc();
		tsc = tsc > p->tsc ? tsc - p->tsc : 0;
		*monotonic =
			p->ns + (uint64_t)((u128)tsc * p->mult >> p->shift);
		*real_at_boot = p->real_at_boot;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (seq & 1 || seq != __atomic_load_n(&p->seq, __ATOMIC_RELAXED));
	return 1;
}

/* 0: not one of those below; else 1, and whether it counts from 1970. */
static int known(int clock, int *real)
{
	*real = 0;
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_TAI:
		*real = 1;
		return 1;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		return 1;
	default:
		return 0;
	}
}

EXPORT int __vdso_clock_gettime(int clock, struct timespec *out)
{
	uint64_t ns, at_boot;
	int real;

	if (!known(clock, &real) || !now(&ns, &at_boot))
		return (int)call2(SYS_CLOCK_GETTIME, (uint64_t)clock,
		                  (uint64_t)out);
	ns += real ? at_boot : 0;
	out->sec = (int64_t)(ns / SECOND);
	out->nsec = (int64_t)(ns % SECOND);
	return 0;
}

EXPORT int __vdso_gettimeofday(struct timeval *tv, struct timezone *tz)
{
	uint64_t ns, at_boot;

	if (!now(&ns, &at_boot))
		return (int)call2(SYS_GETTIMEOFDAY, (uint64_t)tv, (uint64_t)tz);
	ns += at_boot;
	if (tv) {
		tv->sec = (int64_t)(ns / SECOND);
		tv->usec = (int64_t)(ns % SECOND / 1000);
	}
	if (tz)
		*tz = (struct timezone){0, 0};
	return 0;
}

EXPORT int64_t __vdso_time(int64_t *out)
{
	uint64_t ns, at_boot;
	int64_t sec;

	if (!now(&ns, &at_boot))
		return call2(SYS_TIME, (uint64_t)out, 0);
	sec = (int64_t)((ns + at_boot) / SECOND);
	if (out)
		*out = sec;
	return sec;
}

EXPORT int __vdso_clock_getres(int clock, struct timespec *out)
{
	int real;

	if (!known(clock, &real))
		return (int)call2(SYS_CLOCK_GETRES, (uint64_t)clock,
		                  (uint64_t)out);
	if (out)
		*out = (struct timespec){0, 1};
	return 0;
}

/* The kernel keeps the processor's number in its TSC_AUX register. */
EXPORT int64_t __vdso_getcpu(uint32_t *cpu, uint32_t *node, void *unused)
{
	uint64_t id;
	uint32_t lo, hi, aux;

	(void)unused;
	switch (vdso_time_page.cpu_mode) {
	case CPU_BY_RDPID:
		__asm__ volatile("rdpid %0" : "=r"(id));
		break;
	case CPU_BY_RDTSCP:
		__asm__ volatile("rdtscp" : "=a"(lo), "=d"(hi), "=c"(aux));
		id = aux;
		break;
	default:
		return call2(SYS_GETCPU, (uint64_t)cpu, (uint64_t)node);
	}
	if (cpu)
		*cpu = (uint32_t)id;
	if (node)
		*node = 0;
	return 0;
}

ALIAS(__vdso_clock_gettime) int clock_gettime(int, struct timespec *);
ALIAS(__vdso_gettimeofday)
int gettimeofday(struct timeval *, struct timezone *);
ALIAS(__vdso_time) int64_t time(int64_t *);
ALIAS(__vdso_clock_getres) int clock_getres(int, struct timespec *);
ALIAS(__vdso_getcpu) int64_t getcpu(uint32_t *, uint32_t *, void *);
