/*
 * misc.c - prctl, personality, protection keys, host name, waiting for nobody.
 *
 * run:
 */
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "tests/guest/check.h"

static void controls(void)
{
	char name[17] = "";
	int n = -1;

	begin("prctl");
	CHECK_EQ(prctl(PR_SET_NAME, "charlotte's long name"), 0);
	CHECK_EQ(prctl(PR_GET_NAME, name), 0);
	CHECK(strcmp(name, "charlotte's lon") == 0);
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 1);
	CHECK_EQ(prctl(PR_SET_DUMPABLE, 0), 0);
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 0);
	CHECK_ERR(prctl(PR_SET_DUMPABLE, 5), EINVAL);
	CHECK_EQ(prctl(PR_SET_DUMPABLE, 1), 0);
	CHECK_EQ(prctl(PR_GET_KEEPCAPS), 0);
	CHECK_EQ(prctl(PR_SET_KEEPCAPS, 1), 0);
	CHECK_EQ(prctl(PR_GET_KEEPCAPS), 1);
	CHECK_EQ(prctl(PR_SET_PDEATHSIG, 15), 0);
	CHECK_EQ(prctl(PR_GET_PDEATHSIG, &n), 0);
	CHECK_EQ(n, 15);
	CHECK_ERR(prctl(PR_SET_PDEATHSIG, 100), EINVAL);
	CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	CHECK_EQ(prctl(PR_GET_CHILD_SUBREAPER, &n), 0);
	CHECK_EQ(n, 1);
	CHECK_EQ(prctl(PR_GET_TIMERSLACK), 50000);
	CHECK_EQ(prctl(PR_SET_TIMERSLACK, 70000), 0);
	CHECK_EQ(prctl(PR_GET_TIMERSLACK), 70000);
	CHECK_EQ(prctl(PR_SET_TIMERSLACK, 0), 0);
	CHECK_EQ(prctl(PR_GET_TIMERSLACK), 50000);
	CHECK_EQ(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0);
	CHECK_EQ(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), 0);
	CHECK_EQ(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1);
	CHECK_EQ(prctl(PR_CAPBSET_READ, 25), 1);
	CHECK_EQ(prctl(PR_CAPBSET_DROP, 25), 0);
	CHECK_EQ(prctl(PR_CAPBSET_READ, 25), 0);
	CHECK_ERR(prctl(PR_CAPBSET_READ, 64), EINVAL);
	CHECK_ERR(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
	CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	CHECK_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	CHECK_ERR(prctl(-7), EINVAL);
}

static void who(void)
{
	siginfo_t info;

	begin("who it is");
	CHECK_EQ(personality(0xffffffff), 0);
	CHECK_EQ(personality(ADDR_NO_RANDOMIZE), 0);
	CHECK_EQ(personality(0xffffffff), ADDR_NO_RANDOMIZE);
	CHECK_EQ(setfsuid(0), 0);
	CHECK_EQ(setfsgid(0), 0);
	CHECK_ERR(waitid(P_ALL, 0, &info, WEXITED), ECHILD);
	CHECK_ERR(waitid(P_ALL, 0, &info, 0), EINVAL);
	CHECK_ERR(waitpid(-1, NULL, 0), ECHILD);
	CHECK_EQ(syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 4), 0);
	CHECK_ERR(syscall(SYS_ioprio_set, 1, 0, 7 << 13), EINVAL);
}

static void keys(void)
{
	char *m =
		mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	begin("protection keys");
	CHECK_ERR(pkey_alloc(1, 0), EINVAL);
	CHECK_ERR(pkey_alloc(0, 64), EINVAL);
	CHECK_ERR(pkey_free(14), EINVAL);
	CHECK_ERR(pkey_mprotect(m, 4096, PROT_READ, 14), EINVAL);
	CHECK_EQ(pkey_mprotect(m, 4096, PROT_READ | PROT_WRITE, -1), 0);
	m[0] = 1;
}

int main(void)
{
	controls();
	who();
	keys();
	return check_done();
}
