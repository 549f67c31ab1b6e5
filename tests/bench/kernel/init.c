/*
 * init.c - the only other program of the Linux guest: it loads the modules for
 * the network card, configures it, and becomes the program.
 *
 *	/modules/NN-*.ko   loaded in that order
 *	/args              the program's arguments, one a line
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ADDRESS "10.77.0.2"
#define NETMASK "255.255.255.0"

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void load(const char *name)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "/modules/%s", name);
	fd = open(path, O_RDONLY);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		fail(path);
	close(fd);
}

static int is_module(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void load_all(void)
{
	struct dirent **names;
	int n = scandir("/modules", &names, is_module, alphasort);

	for (int i = 0; i < n; i++)
		load(names[i]->d_name);
}

static struct ifreq request(const char *name, const char *address)
{
	struct ifreq r = {0};
	struct sockaddr_in a = {.sin_family = AF_INET};

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	if (address)
		inet_pton(AF_INET, address, &a.sin_addr);
	memcpy(&r.ifr_addr, &a, sizeof(a));
	return r;
}

static void up(int fd, const char *name)
{
	struct ifreq r = request(name, NULL);

	r.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &r))
		fail(name);
}

static void configure(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq a = request("eth0", ADDRESS), m = request("eth0", NETMASK);

	up(fd, "lo");
	if (ioctl(fd, SIOCSIFADDR, &a) || ioctl(fd, SIOCSIFNETMASK, &m))
		fail("eth0");
	up(fd, "eth0");
	close(fd);
}

static char **read_args(void)
{
	static char *args[64];
	static char line[64][1024];
	FILE *f = fopen("/args", "r");
	int n = 0;

	if (!f)
		fail("/args");
	while (n < 63 && fgets(line[n], sizeof(line[n]), f)) {
		line[n][strcspn(line[n], "\n")] = '\0';
		args[n] = line[n];
		n++;
	}
	fclose(f);
	return args;
}

int main(void)
{
	char **args;

	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/tmp", 01777);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mkdir("/dev/shm", 01777);
	mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
	load_all();
	configure();
	args = read_args();
	execv(args[0], args);
	fail(args[0]);
}
