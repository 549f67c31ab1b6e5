/*
 * process.c - ids, limits, the machine, auxiliary vector, one process only.
 *
 * On Linux a filter refuses what would make a second process, as the guest
 * does for good.
 *
 * run: arg=one arg=two env=GREETING=hello=you env=EMPTY=
 */
#include <elf.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "tests/guest/check.h"

extern char **environ;

static void arguments(int argc, char **argv)
{
	int n = 0;

	begin("arguments and environment");
	CHECK_EQ(argc, 3);
	for (int i = 1; i < argc; i++)
		printf("arg %s\n", argv[i]);
	CHECK(argv[argc] == NULL);
	CHECK(strrchr(argv[0], '/') != NULL);
	CHECK(getenv("GREETING") && !strcmp(getenv("GREETING"), "hello=you"));
	CHECK(getenv("EMPTY") && !*getenv("EMPTY"));
	CHECK(getenv("PATH") != NULL);
	CHECK(getenv("NOTHING") == NULL);
	while (environ[n])
		n++;
	CHECK_EQ(n, 4);
}

static void ids(void)
{
	gid_t groups[8];

	begin("ids");
	CHECK(getpid() > 0);
	CHECK_EQ(syscall(SYS_getpid), getpid());
	CHECK_EQ(syscall(SYS_gettid), getpid());
	CHECK(getppid() >= 0);
	CHECK_EQ(getuid() + geteuid() + getgid() + getegid(), 0);
	CHECK(getgroups(8, groups) >= 0);
	CHECK_ERR(kill(getpid() + 100000, 0), ESRCH);
	CHECK_ERR(wait(NULL), ECHILD);
	CHECK_ERR(waitpid(-1, NULL, WNOHANG), ECHILD);
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 0);
	CHECK(sched_getaffinity(0, sizeof(cpu_set_t), &(cpu_set_t){0}) == 0);
	CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
	CHECK_EQ(sysconf(_SC_PAGESIZE), 4096);
	CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
	CHECK_EQ(sched_yield(), 0);
}

static void machine(void)
{
	struct sysinfo info;
	struct utsname u;

	begin("the machine");
	CHECK_EQ(uname(&u), 0);
	CHECK(!strcmp(u.sysname, "Linux"));
	CHECK(!strcmp(u.machine, "x86_64"));
	CHECK(strtol(u.release, NULL, 10) >= 5);
	CHECK_EQ(sysinfo(&info), 0);
	CHECK(info.totalram * info.mem_unit > 8 << 20);
	CHECK(info.freeram < info.totalram);
	CHECK(info.uptime >= 0);
}

static void randomness(void)
{
	unsigned char a[64] = {0}, b[64] = {0};

	begin("random numbers");
	CHECK_EQ(getrandom(a, 64, 0), 64);
	CHECK_EQ(getrandom(b, 64, GRND_NONBLOCK), 64);
	CHECK(memcmp(a, b, 64) != 0);
	CHECK_ERR(getrandom(a, 64, 0x100), EINVAL);
	CHECK_ERR(syscall(SYS_getrandom, 8, 64, 0), EFAULT);
	CHECK(getauxval(AT_RANDOM) != 0);
}

static void limits(void)
{
	struct rlimit r = {0}, saved;

	begin("limits");
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &saved), 0);
	r = (struct rlimit){64, saved.rlim_max};
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &r), 0);
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &r), 0);
	CHECK_EQ(r.rlim_cur, 64);
	CHECK_ERR(dup2(0, 64), EBADF);
	CHECK_EQ(dup2(0, 63), 63);
	close(63);
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &saved), 0);
	r = (struct rlimit){2, 1};
	CHECK_ERR(setrlimit(RLIMIT_NOFILE, &r), EINVAL);
	CHECK_ERR(getrlimit(99, &r), EINVAL);
	CHECK_EQ(getrlimit(RLIMIT_STACK, &r), 0);
	CHECK_EQ(r.rlim_cur, 8 << 20);
	CHECK_ERR(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, 8), EFAULT);
	CHECK_ERR(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 8, NULL), EFAULT);
}

static void names(void)
{
	char name[17] = "";

	begin("prctl");
	CHECK_EQ(prctl(PR_GET_NAME, name), 0);
	CHECK(!strncmp(name, "process", 7));
	CHECK_EQ(prctl(PR_SET_NAME, "a name of more than 15"), 0);
	CHECK_EQ(prctl(PR_GET_NAME, name), 0);
	CHECK(!strcmp(name, "a name of more "));
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 1);
	CHECK_ERR(prctl(12345), EINVAL);
}

static void auxiliary(void)
{
	const Elf64_Phdr *ph = (const void *)getauxval(AT_PHDR);
	bool found = false;

	begin("auxiliary vector");
	CHECK_EQ(getauxval(AT_PAGESZ), 4096);
	CHECK_EQ(getauxval(AT_PHENT), sizeof(Elf64_Phdr));
	CHECK(getauxval(AT_PHNUM) > 0 && getauxval(AT_PHNUM) < 30);
	for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++)
		found |= ph[i].p_type == PT_LOAD;
	CHECK(found);
	CHECK(getauxval(AT_ENTRY) != 0);
	CHECK_EQ(getauxval(AT_SECURE), 0);
	CHECK_EQ(getauxval(AT_UID), 0);
	CHECK_EQ(getauxval(AT_CLKTCK), 100);
	CHECK_EQ(getauxval(AT_HWCAP2) & ~3ul, 0);
	CHECK(getauxval(AT_EXECFN) &&
	      strstr((char *)getauxval(AT_EXECFN), "process"));
	CHECK(getauxval(AT_PLATFORM) &&
	      !strcmp((char *)getauxval(AT_PLATFORM), "x86_64"));
}

static void one_process(void)
{
	char *argv[] = {(char[]){"/bin/true"}, NULL};

	begin("one process only");
	CHECK_ERR(fork(), ENOSYS);
	CHECK_ERR(vfork(), ENOSYS);
	CHECK_ERR(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), ENOSYS);
	CHECK_ERR(execve("/bin/true", argv, environ), ENOSYS);
	CHECK(getpid() > 0);
}

static void usage(void)
{
	struct rusage u;

	begin("usage");
	CHECK_EQ(getrusage(RUSAGE_SELF, &u), 0);
	CHECK(u.ru_maxrss > 0);
	CHECK_EQ(getrusage(RUSAGE_CHILDREN, &u), 0);
	CHECK_EQ(u.ru_utime.tv_sec, 0);
	CHECK_ERR(getrusage(55, &u), EINVAL);
}

int main(int argc, char **argv)
{
	arguments(argc, argv);
	ids();
	machine();
	randomness();
	limits();
	names();
	auxiliary();
	usage();
	one_process();
	return check_done();
}
