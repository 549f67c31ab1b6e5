/* proc.c - /proc as programs read it. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#include "tests/guest/check.h"

static char text[65536];

static ssize_t slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n, all = 0;

	if (fd < 0)
		return -1;
	while ((n = read(fd, text + all, sizeof(text) - 1 - (size_t)all)) > 0)
		all += n;
	close(fd);
	text[all] = '\0';
	return n < 0 ? n : all;
}

static bool says(const char *path, const char *what)
{
	return slurp(path) > 0 && strstr(text, what);
}

static long number_after(const char *path, const char *what)
{
	const char *at = slurp(path) > 0 ? strstr(text, what) : NULL;

	return at ? strtol(at + strlen(what), NULL, 10) : -1;
}

static void self(void)
{
	char path[PATH_MAX] = "", here[PATH_MAX];

	begin("/proc/self");
	CHECK(readlink("/proc/self/exe", path, sizeof(path)) > 0);
	CHECK(path[0] == '/' && strstr(path, "/proc"));
	CHECK_EQ(access("/proc/self/exe", R_OK), 0);
	memset(path, 0, sizeof(path));
	CHECK(readlink("/proc/self/cwd", path, sizeof(path)) > 0);
	CHECK(getcwd(here, sizeof(here)) && !strcmp(here, path));
	memset(path, 0, sizeof(path));
	CHECK(readlink("/proc/self", path, sizeof(path)) > 0);
	CHECK_EQ(strtol(path, NULL, 10), getpid());
	CHECK(slurp("/proc/self/cmdline") > 0);
	CHECK(strstr(text, "/proc") != NULL);
	prctl(PR_SET_NAME, "renamed");
	CHECK(says("/proc/self/status", "Name:\trenamed\n"));
	CHECK_EQ(number_after("/proc/self/status", "Pid:"), getpid());
	CHECK_EQ(number_after("/proc/self/status", "Threads:"), 1);
	CHECK(number_after("/proc/self/status", "VmRSS:") > 0);
	CHECK(number_after("/proc/self/status", "VmSize:") > 0);
	CHECK(says("/proc/self/stat", "(renamed)"));
	CHECK(says("/proc/self/comm", "renamed\n"));
	CHECK(slurp("/proc/self/statm") > 0);
	CHECK(slurp("/proc/self/auxv") > 0);
	CHECK_EQ(number_after("/proc/self/limits", "Max stack size"), 8388608);
	CHECK(slurp("/proc/self/mounts") > 0);
	CHECK(slurp("/proc/self/mountinfo") > 0);
	CHECK(slurp("/proc/self/cgroup") >= 0);
	CHECK_EQ(access("/proc/self/environ", R_OK), 0);
}

static void maps(void)
{
	uintptr_t here = (uintptr_t)&here, from, to;
	const char *line;
	bool inside = false;

	begin("maps");
	CHECK(says("/proc/self/maps", "[stack]"));
	CHECK(strstr(text, "r-xp") != NULL);
	CHECK(strstr(text, "rwxp") == NULL);
	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%lx-%lx", &from, &to) == 2)
			inside |= here >= from && here < to;
	}
	CHECK(inside);
}

static int entries(const char *path, const char *wanted)
{
	DIR *d = opendir(path);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)))
		n += wanted ? !strcmp(e->d_name, wanted) : e->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

static void descriptors(void)
{
	char path[64] = "", name[PATH_MAX] = "", buf[8] = "";
	int fd = open("file", O_CREAT | O_RDWR, 0644);

	begin("descriptors");
	CHECK_EQ(entries("/proc/self/fd", "0"), 1);
	CHECK_EQ(entries("/proc/self/fd", "3"), 1);
	CHECK_EQ(entries("/proc/self/fd", "99"), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK(readlink(path, name, sizeof(name)) > 0);
	CHECK(strstr(name, "/file") != NULL);
	CHECK_EQ(write(fd, "again", 5), 5);
	CHECK_EQ(close(fd), 0);
	fd = open("file", O_RDONLY);
	CHECK_EQ(read(open(path, O_RDONLY), buf, 8), 5); /* from its start */
	CHECK_EQ(unlink("file"), 0);
	memset(name, 0, sizeof(name));
	CHECK(readlink(path, name, sizeof(name)) > 0);
	CHECK(strstr(name, " (deleted)") != NULL);
	CHECK_EQ(close(fd), 0);
}

/* A socket has one number, which is no address of the kernel's. */
static void sockets(void)
{
	char path[64], name[64] = "", want[64];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct stat st;

	begin("sockets");
	MUST(fd >= 0);
	CHECK_EQ(fstat(fd, &st), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK(readlink(path, name, sizeof(name) - 1) > 0);
	snprintf(want, sizeof(want), "socket:[%lu]", (unsigned long)st.st_ino);
	CHECK(!strcmp(name, want));
	close(fd);
}

static void *list_tasks(void *arg)
{
	char own[64];

	CHECK_EQ(entries("/proc/self/task", NULL), 2);
	snprintf(own, sizeof(own), "/proc/self/task/%ld/comm",
	         syscall(SYS_gettid));
	pthread_setname_np(pthread_self(), "second");
	CHECK(says(own, "second\n"));
	CHECK_EQ(number_after("/proc/self/status", "Threads:"), 2);
	return arg;
}

static void tasks(void)
{
	pthread_t t;

	begin("tasks");
	CHECK_EQ(entries("/proc/self/task", NULL), 1);
	pthread_create(&t, NULL, list_tasks, NULL);
	pthread_join(t, NULL);
}

static void machine(void)
{
	struct stat st;

	begin("the machine");
	CHECK(number_after("/proc/meminfo", "MemTotal:") > 8192);
	CHECK(number_after("/proc/meminfo", "MemFree:") > 0);
	CHECK(number_after("/proc/meminfo", "MemAvailable:") > 0);
	CHECK(says("/proc/cpuinfo", "processor\t: 0"));
	CHECK(says("/proc/stat", "cpu "));
	CHECK(number_after("/proc/stat", "intr ") > 0);
	CHECK(says("/proc/interrupts", " CPU0"));
	CHECK(number_after("/proc/interrupts", "LOC:") > 0);
	CHECK(says("/proc/version", "Linux version"));
	CHECK(says("/proc/filesystems", "ext4"));
	CHECK(slurp("/proc/uptime") > 0);
	CHECK(slurp("/proc/loadavg") > 0);
	CHECK(slurp("/proc/mounts") > 0);
	CHECK(slurp("/proc/sys/kernel/random/boot_id") == 37);
	CHECK(number_after("/proc/sys/vm/overcommit_memory", "") >= 0);
	CHECK(number_after("/proc/sys/kernel/pid_max", "") > 1000);
	CHECK(number_after("/proc/sys/net/core/somaxconn", "") >= 128);
	CHECK(says("/proc/sys/kernel/osrelease", "."));
	CHECK_EQ(stat("/proc/meminfo", &st), 0);
	CHECK_EQ(st.st_size, 0);
	CHECK_ERR(open("/proc/none", O_RDONLY), ENOENT);
	CHECK_ERR(open("/proc/999999/status", O_RDONLY), ENOENT);
	CHECK_EQ(access("/sys/devices/system/cpu/online", R_OK), 0);
}

/* Sectors that all disks have written so far; -1: a line is malformed. */
static long written(unsigned *disks)
{
	long sum = 0, f[17];
	char name[32];

	*disks = 0;
	slurp("/proc/diskstats");
	for (char *at = text; *at; at = strchr(at, '\n') + 1) {
		if (sscanf(at,
		           "%*d %*d %31s %ld %ld %ld %ld %ld %ld %ld %ld %ld "
		           "%ld %ld %ld %ld %ld %ld %ld %ld",
		           name, f, f + 1, f + 2, f + 3, f + 4, f + 5, f + 6,
		           f + 7, f + 8, f + 9, f + 10, f + 11, f + 12, f + 13,
		           f + 14, f + 15, f + 16) != 18)
			return -1;
		sum += f[6];
		++*disks;
	}
	return sum;
}

static void disks(void)
{
	enum { SIZE = 256 * 1024 };
	unsigned n;
	long before = written(&n);
	int fd = open("sectors", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct statfs fs;

	begin("disks");
	CHECK(before >= 0 && n > 0);
	MUST(fd >= 0 && !fstatfs(fd, &fs));
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < SIZE; i += (int)sizeof(text))
		CHECK_EQ(write(fd, text, sizeof(text)), sizeof(text));
	CHECK_EQ(fsync(fd), 0);
	if (fs.f_type == EXT4_SUPER_MAGIC)
		CHECK(written(&n) - before >= SIZE / 512);
	close(fd);
	unlink("sectors");
	CHECK(says("/proc/partitions", "major minor  #blocks  name\n"));
	CHECK(number_after("/proc/vmstat", "nr_free_pages ") > 0);
	CHECK(number_after("/proc/vmstat", "pgpgout ") >= 0);
	CHECK(says("/proc/net/arp", "IP address       HW type     Flags"));
	fd = open("/dev/null", O_RDONLY);
	CHECK(number_after("/proc/sys/fs/file-nr", "") > 1);
	close(fd);
}

int main(void)
{
	disks();
	self();
	maps();
	descriptors();
	sockets();
	tasks();
	machine();
	return check_done();
}
