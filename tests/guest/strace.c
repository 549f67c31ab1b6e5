/*
 * strace.c - calls whose lines `trace syscalls` shows.
 *
 * run: guest line=trace_syscalls
 * says=openat(AT_FDCWD,_"no\"such\n",_O_RDWR|O_CLOEXEC)_=_-2_ENOENT run: guest
 * line=trace_syscalls says=write(1,_"hello_there\n",_12)_=_12 run: guest
 * line=trace_syscalls says=read(3,_"\177ELF\2\1\1 run: guest
 * line=trace_syscalls
 * says=PROT_READ|PROT_WRITE,_MAP_PRIVATE|MAP_ANONYMOUS,_-1,_0) run: guest
 * line=trace_syscalls says=mkdirat(AT_FDCWD,_"sub",_0700)_=_0 run: guest
 * line=trace_syscalls says=nanosleep({0,_1000},_0)_=_0 run: guest
 * line=trace_syscalls says=tgkill(1,_1,_SIGURG)_=_0 run: guest
 * line=trace_syscalls says=io_uring_setup( run: guest line=trace_syscalls
 * says=)_=_-38_ENOSYS run: guest line=trace_syscalls says=exit_group(0)_=_?
 * run: guest says=went_on:_io_uring_setup_(425,_2_times)
 * run: guest says=425_2_io_uring_setup
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "tests/guest/check.h"

int main(void)
{
	struct timespec t = {0, 1000};
	char bytes[64];
	ssize_t n;
	int fd;

	MUST(open("no\"such\n", O_RDWR | O_CLOEXEC) < 0);
	MUST(write(1, "hello there\n", 12) == 12);
	MUST((fd = open("/proc/self/exe", O_RDONLY)) == 3);
	MUST(read(fd, bytes, sizeof(bytes)) == 64);
	MUST(mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	MUST(mkdirat(AT_FDCWD, "sub", 0700) == 0);
	MUST(syscall(SYS_nanosleep, &t, NULL) == 0);
	MUST(syscall(SYS_tgkill, 1, 1, SIGURG) == 0);
	MUST(syscall(425, 1, NULL) == -1);
	MUST(syscall(425, 1, NULL) == -1);
	MUST((fd = open("/proc/sysmiss", O_RDONLY)) >= 0);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		MUST(write(1, bytes, (size_t)n) == n);
	return check_done();
}
