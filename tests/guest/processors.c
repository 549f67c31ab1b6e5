/*
 * processors.c - how many there are, and that threads run where they are sent
 * with all that is theirs. Which processors there are a PC says by ACPI, or
 * without it in the MP table, where SeaBIOS puts the first of each socket.
 *
 * run: guest arg=1 cpus=1
 * run: guest arg=2 cpus=2
 * run: guest arg=4 cpus=4
 * run: guest arg=8 cpus=8
 * run: guest arg=4 cpus=4 machine=pc
 * run: guest arg=4 cpus=4 machine=q35
 * run: guest arg=4 cpus=4,sockets=4 machine=pc,acpi=off
 */
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

#include "tests/guest/check.h"

static int wanted;

/* The line of /proc/self/status that begins like this, without that. */
static const char *status(const char *start)
{
	static char line[256];
	FILE *f = fopen("/proc/self/status", "r");
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = !strncmp(line, start, strlen(start));
	if (f)
		fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return found ? line + strlen(start) : "";
}

static int lines_of(const char *path, const char *start)
{
	FILE *f = fopen(path, "r");
	char line[256];
	int n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += !strncmp(line, start, strlen(start));
	if (f)
		fclose(f);
	return n;
}

static void number(void)
{
	char list[32] = "", want[32] = "0\n";
	cpu_set_t set;
	FILE *f;

	begin("how many");
	CHECK_EQ(sysconf(_SC_NPROCESSORS_ONLN), wanted);
	CHECK_EQ(sysconf(_SC_NPROCESSORS_CONF), wanted);
	CHECK_EQ(sched_getaffinity(0, sizeof(set), &set), 0);
	CHECK_EQ(CPU_COUNT(&set), wanted);
	CHECK_EQ(lines_of("/proc/cpuinfo", "processor\t"), wanted);
	CHECK_EQ(lines_of("/proc/stat", "cpu"), wanted + 1);
	f = fopen("/sys/devices/system/cpu/online", "r");
	MUST(f && fgets(list, sizeof(list), f));
	fclose(f);
	if (wanted > 1)
		snprintf(want, sizeof(want), "0-%d\n", wanted - 1);
	CHECK(!strcmp(list, want));
}

static int pin(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(tid, sizeof(set), &set);
}

static int here(void)
{
	unsigned cpu = ~0u;

	syscall(SYS_getcpu, &cpu, NULL, NULL);
	return (int)cpu;
}

static void affinity(void)
{
	cpu_set_t set;

	begin("where threads run");
	for (int i = 0; i < wanted; i++) {
		CHECK_EQ(pin(0, i), 0);
		CHECK_EQ(here(), i);
		CHECK_EQ(sched_getcpu(), i);
	}
	CHECK_ERR(pin(0, wanted), EINVAL);
	CHECK_ERR(pin(99999, 0), ESRCH);
	CPU_ZERO(&set);
	CHECK_ERR(sched_setaffinity(0, sizeof(set), &set), EINVAL);
	CHECK_ERR(sched_setaffinity(0, sizeof(set), (void *)16), EFAULT);
	CHECK_ERR(syscall(SYS_sched_getaffinity, 0, 4, &set), EINVAL);
	memset(&set, 0xff, sizeof(set)); /* also those that are not there */
	CHECK_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
	CHECK_EQ(sched_getaffinity(0, sizeof(set), &set), 0);
	CHECK_EQ(CPU_COUNT(&set), wanted);
}

static void told(void)
{
	cpu_set_t some;

	begin("what /proc/self/status tells");
	CHECK_EQ(pin(0, wanted - 1), 0);
	CHECK_EQ(strtol(status("Cpus_allowed:"), NULL, 16), 1 << (wanted - 1));
	CHECK_EQ(strtol(status("Cpus_allowed_list:"), NULL, 10), wanted - 1);
	if (wanted < 4)
		return;
	CPU_ZERO(&some);
	for (int i = 0; i < 4; i++)
		if (i != 2)
			CPU_SET(i, &some);
	CHECK_EQ(sched_setaffinity(0, sizeof(some), &some), 0);
	CHECK(strcmp(status("Cpus_allowed_list:"), "\t0-1,3") == 0);
	CHECK_EQ(strtol(status("Cpus_allowed:"), NULL, 16), 11);
}

/* Moves a thousand times, with numbers in registers and in its own storage. */
static __thread long own;

static void *wander(void *arg)
{
	double x = (double)(long)arg, sum = 0;
	long bad = 0;

	own = (long)arg;
	for (int i = 0; i < 1000; i++) {
		int cpu = (int)((i + (long)arg) % wanted);

		bad += pin(0, cpu) != 0;
		for (int k = 0; k < 20; k++)
			sum += x;
		bad += here() != cpu;
		bad += own != (long)arg;
	}
	bad += sum != x * 20000;
	return (void *)bad;
}

static void migration(void)
{
	pthread_t t[6];
	long bad = 0;
	void *result;

	begin("what a thread takes along");
	for (long i = 0; i < 6; i++)
		MUST(!pthread_create(&t[i], NULL, wander, (void *)(i + 1)));
	for (int i = 0; i < 6; i++) {
		pthread_join(t[i], &result);
		bad += (long)result;
	}
	CHECK_EQ(bad, 0);
}

/* One that spins is moved by another thread. */
static volatile int spinner_tid, at, stop;

static void *spin(void *arg)
{
	spinner_tid = (int)syscall(SYS_gettid);
	while (!stop)
		at = here();
	return arg;
}

static void *spin_silently(void *arg)
{
	spinner_tid = (int)syscall(SYS_gettid);
	while (!stop)
		;
	at = here();
	return arg;
}

static bool arrives(int cpu)
{
	for (int i = 0; i < 5000 && at != cpu; i++)
		sleep_ms(1);
	return at == cpu;
}

static void pushed(void)
{
	int missed = 0;
	pthread_t t;

	begin("sent by others");
	MUST(!pthread_create(&t, NULL, spin, NULL));
	while (!spinner_tid)
		sched_yield();
	for (int i = 0; i < 3 * wanted; i++)
		missed += pin(spinner_tid, i % wanted) || !arrives(i % wanted);
	CHECK_EQ(missed, 0);
	stop = 1;
	pthread_join(t, NULL);

	stop = spinner_tid = 0;
	MUST(!pthread_create(&t, NULL, spin_silently, NULL));
	while (!spinner_tid)
		sched_yield();
	CHECK_EQ(pin(spinner_tid, wanted - 1), 0);
	stop = 1;
	pthread_join(t, NULL);
	CHECK_EQ(at, wanted - 1);
}

/*
 * Dekker: without the barrier one of two that each write and then read the
 * other's word could see neither written.
 */
static volatile int flags[2];
static int barrier_bad;
static pthread_barrier_t round_begins, round_ends;

static void *dekker(void *arg)
{
	long me = (long)arg;

	for (int i = 0; i < 2000; i++) {
		static int seen[2];

		pthread_barrier_wait(&round_begins);
		flags[me] = 1;
		if (me == 0)
			syscall(SYS_membarrier,
			        MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
		else
			__asm__ volatile("" : : : "memory");
		seen[me] = flags[!me];
		pthread_barrier_wait(&round_ends);
		if (me == 0) {
			barrier_bad += !seen[0] && !seen[1];
			flags[0] = flags[1] = 0;
		}
	}
	return NULL;
}

static void barriers(void)
{
	pthread_t t[2];

	begin("membarrier");
	CHECK((syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) & 25) == 25);
	CHECK_ERR(syscall(SYS_membarrier, 1 << 20, 0, 0), EINVAL);
	CHECK_ERR(
		syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0),
		EPERM);
	CHECK_EQ(syscall(SYS_membarrier,
	                 MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0),
	         0);
	CHECK_EQ(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0), 0);
	pthread_barrier_init(&round_begins, NULL, 2);
	pthread_barrier_init(&round_ends, NULL, 2);
	for (long i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, dekker, (void *)i);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	CHECK_EQ(barrier_bad, 0);
}

static void policies(void)
{
	struct sched_param p = {0}, high = {5};
	struct timespec slice;

	begin("policies");
	CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
	CHECK_EQ(sched_setscheduler(0, SCHED_BATCH, &p), 0);
	CHECK_EQ(sched_getscheduler(0), SCHED_BATCH);
	CHECK_EQ(sched_setscheduler(0, SCHED_OTHER, &p), 0);
	CHECK_ERR(sched_setscheduler(0, SCHED_OTHER, &high), EINVAL);
	CHECK_ERR(sched_setscheduler(0, 77, &p), EINVAL);
	CHECK_ERR(sched_setscheduler(99999, SCHED_OTHER, &p), ESRCH);
	CHECK_ERR(sched_setscheduler(0, SCHED_FIFO, &p), EINVAL);
	CHECK_ERR(sched_setparam(0, &high), EINVAL);
	CHECK_EQ(sched_setparam(0, &p), 0);
	CHECK_EQ(sched_getparam(0, &high), 0);
	CHECK_EQ(high.sched_priority, 0);
	CHECK_ERR(sched_get_priority_max(77), EINVAL);
	CHECK_EQ(sched_get_priority_max(SCHED_RR), 99);
	CHECK_EQ(sched_rr_get_interval(0, &slice), 0);
	CHECK(slice.tv_sec == 0 && slice.tv_nsec > 0);
}

int main(int argc, char **argv)
{
	wanted = argc > 1 ? atoi(argv[1]) : 1;
	number();
	affinity();
	told();
	migration();
	pushed();
	barriers();
	policies();
	return check_done();
}
