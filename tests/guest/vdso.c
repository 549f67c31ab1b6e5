/*
 * vdso.c - time without a system call.
 *
 * run: arg=check
 * run: guest arg=use line=trace_syscalls says=all_as lacks=time(
 * run: guest arg=use line=trace_syscalls says=set_tid_address lacks=gettimeof
 */
#include <elf.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "tests/guest/check.h"

/* --- reading it as a C library does --- */

static struct {
	uintptr_t bias;
	const Elf64_Sym *symbols;
	const char *names;
	const uint16_t *versions;
	const Elf64_Verdef *definitions;
	const uint32_t *hash;
	bool gnu_hash;
} so;

static void read_dynamic(const Elf64_Dyn *d)
{
	for (; d->d_tag != DT_NULL; d++) {
		uintptr_t at = so.bias + d->d_un.d_ptr;

		if (d->d_tag == DT_SYMTAB)
			so.symbols = (void *)at;
		else if (d->d_tag == DT_STRTAB)
			so.names = (void *)at;
		else if (d->d_tag == DT_VERSYM)
			so.versions = (void *)at;
		else if (d->d_tag == DT_VERDEF)
			so.definitions = (void *)at;
		else if (d->d_tag == DT_HASH)
			so.hash = (void *)at;
		else if (d->d_tag == DT_GNU_HASH)
			so.gnu_hash = true;
	}
}

static void read_headers(uintptr_t base)
{
	const Elf64_Ehdr *e = (void *)base;
	const Elf64_Phdr *p = (void *)(base + e->e_phoff), *dynamic = NULL;

	CHECK(!memcmp(e->e_ident, ELFMAG, SELFMAG));
	CHECK_EQ(e->e_type, ET_DYN);
	for (int i = 0; i < e->e_phnum; i++) {
		if (p[i].p_type == PT_LOAD)
			so.bias = base + p[i].p_offset - p[i].p_vaddr;
		else if (p[i].p_type == PT_DYNAMIC)
			dynamic = &p[i];
	}
	MUST(dynamic);
	read_dynamic((void *)(base + dynamic->p_offset));
	MUST(so.symbols && so.names && so.versions && so.definitions);
	CHECK(so.hash || so.gnu_hash); /* newer ones have only the latter */
}

static bool is_linux_2_6(unsigned version)
{
	const Elf64_Verdef *d = so.definitions;

	for (;;) {
		const Elf64_Verdaux *a = (void *)((char *)d + d->vd_aux);

		if (d->vd_ndx == (version & 0x7fff))
			return !strcmp(so.names + a->vda_name, "LINUX_2.6");
		if (!d->vd_next)
			return false;
		d = (void *)((char *)d + d->vd_next);
	}
}

static void *find(const char *name)
{
	for (int i = 1; i < 32; i++) {
		const Elf64_Sym *s = &so.symbols[i];

		if (s->st_shndx && !strcmp(so.names + s->st_name, name))
			return is_linux_2_6(so.versions[i])
			               ? (void *)(so.bias + s->st_value)
			               : NULL;
	}
	return NULL;
}

/* --- what it answers --- */

static int (*get)(clockid_t, struct timespec *);
static int (*get_day)(struct timeval *, void *);
static time_t (*get_time)(time_t *);
static int (*get_res)(clockid_t, struct timespec *);
static long (*get_cpu)(unsigned *, unsigned *, void *);

static int64_t ns_of(const struct timespec *t)
{
	return t->tv_sec * 1000000000 + t->tv_nsec;
}

/* Call, vDSO, call: in that order, by each clock. */
static bool agrees(clockid_t clock)
{
	struct timespec before, by_vdso, after;

	for (int i = 0; i < 1000; i++) {
		if (syscall(SYS_clock_gettime, clock, &before) ||
		    get(clock, &by_vdso) ||
		    syscall(SYS_clock_gettime, clock, &after))
			return false;
		if (ns_of(&before) > ns_of(&by_vdso) ||
		    ns_of(&by_vdso) > ns_of(&after))
			return false;
	}
	return true;
}

static void answers(void)
{
	struct timespec t = {0, 0};
	struct timeval tv, tv_call;
	time_t sec = 0;
	unsigned cpu = 99, node = 99;

	begin("answers");
	CHECK(agrees(CLOCK_MONOTONIC));
	CHECK(agrees(CLOCK_REALTIME));
	CHECK(agrees(CLOCK_BOOTTIME));
	CHECK(agrees(CLOCK_TAI));
	CHECK(agrees(CLOCK_PROCESS_CPUTIME_ID)); /* by a call */
	CHECK_EQ(get(CLOCK_MONOTONIC_COARSE, &t), 0);
	CHECK(t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
	CHECK_EQ(get(99, &t), -EINVAL);
	CHECK_EQ(get_day(&tv, NULL), 0);
	CHECK_EQ(syscall(SYS_gettimeofday, &tv_call, NULL), 0);
	CHECK(tv_call.tv_sec - tv.tv_sec <= 1);
	CHECK(get_time(&sec) == sec && sec - tv.tv_sec <= 1);
	CHECK(get_time(NULL) >= sec);
	CHECK_EQ(get_res(CLOCK_MONOTONIC, &t), 0);
	CHECK_EQ(t.tv_nsec, 1);
	CHECK_EQ(get_res(CLOCK_MONOTONIC, NULL), 0);
	CHECK_EQ(get_res(99, NULL), -EINVAL);
	CHECK_EQ(get_cpu(&cpu, &node, NULL), 0);
	CHECK(cpu < 64 && node < 64);
	CHECK_EQ(get_cpu(NULL, NULL, NULL), 0);
}

/* The latest time any thread has seen: none may see an earlier one later. */
static volatile int64_t latest;
static volatile bool went_back;

static void *watch(void *arg)
{
	for (int i = 0; i < 100000 && !went_back; i++) {
		int64_t seen = __atomic_load_n(&latest, __ATOMIC_ACQUIRE), now;
		struct timespec t;

		get(CLOCK_MONOTONIC, &t);
		now = ns_of(&t);
		if (now < seen)
			went_back = true;
		else
			__atomic_store_n(&latest, now, __ATOMIC_RELEASE);
	}
	return arg;
}

static void never_back(void)
{
	pthread_t t[4];

	begin("on several threads it never goes back");
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, watch, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	CHECK(!went_back);
}

/* --- what can be done to it --- */

static sigjmp_buf back;

static void on_segv(int sig)
{
	siglongjmp(back, sig);
}

static bool store_faults(uintptr_t at)
{
	if (sigsetjmp(back, 1))
		return true;
	*(volatile char *)at = 0;
	return false;
}

static bool in_maps(const char *name, const char *rights)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[300];
	bool found = false;

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, name) && strstr(line, rights))
			found = true;
	if (f)
		fclose(f);
	return found;
}

static void protected_from_us(uintptr_t base)
{
	begin("it is not ours to change");
	signal(SIGSEGV, on_segv);
	CHECK(store_faults(base));
	CHECK(store_faults(base - 4096));
	CHECK(in_maps("[vdso]", "r-xp"));
	CHECK(in_maps("[vvar]", "r--p"));
	signal(SIGSEGV, SIG_DFL);
}

static int check(void)
{
	uintptr_t base = getauxval(AT_SYSINFO_EHDR);

	begin("shape");
	MUST(base && base % 4096 == 0);
	read_headers(base);
	MUST((get = find("__vdso_clock_gettime")));
	MUST((get_day = find("__vdso_gettimeofday")));
	MUST((get_time = find("__vdso_time")));
	MUST((get_res = find("__vdso_clock_getres")));
	MUST((get_cpu = find("__vdso_getcpu")));
	CHECK(find("clock_gettime") && find("getcpu"));
	answers();
	never_back();
	protected_from_us(base);
	return check_done();
}

/* With system calls traced: the C library finds it. */
static int use(void)
{
	struct timespec t;
	struct timeval v;
	int64_t sum = 0;

	for (int i = 0; i < 1000; i++) {
		clock_gettime(CLOCK_MONOTONIC, &t);
		gettimeofday(&v, NULL);
		sum += t.tv_sec + v.tv_sec + time(NULL);
	}
	return sum ? check_done() : 1;
}

int main(int argc, char **argv)
{
	return argc > 1 && !strcmp(argv[1], "use") ? use() : check();
}
