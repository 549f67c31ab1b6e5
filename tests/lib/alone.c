/*
 * alone.c PROGRAM ARG... - run it on Linux as if a machine held one process:
 * what would make a second one, or become another program, is ENOSYS.
 *
 * clone3() hides its flags behind a pointer, so it is always refused; the C
 * libraries then use clone(). The one execve() that is let through is known by
 * the address of its path, which lies in this program.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(member)                                                           \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                     \
	         offsetof(struct seccomp_data, member))
#define LOAD_HIGH(member)                                                      \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                     \
	         offsetof(struct seccomp_data, member) + 4)
#define EQUAL(value, yes, no)                                                  \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)
#define ALLOW  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int refuse(const char *path)
{
	uint64_t at = (uintptr_t)path;
	struct sock_filter code[] = {
		LOAD(nr),
		EQUAL(SYS_clone, 7, 0),
		EQUAL(SYS_execve, 8, 0),
		EQUAL(SYS_fork, 4, 0),
		EQUAL(SYS_vfork, 3, 0),
		EQUAL(SYS_clone3, 2, 0),
		EQUAL(SYS_execveat, 1, 0),
		ALLOW,
		REFUSE,
		/* clone: a thread or nothing */
		LOAD(args[0]),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 4, 5),
		/* execve: of that path or nothing */
		LOAD(args[0]),
		EQUAL((uint32_t)at, 0, 3),
		LOAD_HIGH(args[0]),
		EQUAL((uint32_t)(at >> 32), 0, 1),
		ALLOW,
		REFUSE,
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	if (argc < 2 || refuse(argv[1])) {
		perror("alone");
		return 125;
	}
	execve(argv[1], argv + 1, environ);
	perror(argv[1]);
	return 126;
}
