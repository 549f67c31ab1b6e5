/* sys_prctl.c - prctl(2). */
#include "kernel/arch/user.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/process.h"
#include "kernel/linux/signal.h"
#include "kernel/linux/syscall.h"

enum {
	PR_SET_PDEATHSIG = 1,
	PR_GET_PDEATHSIG = 2,
	PR_GET_DUMPABLE = 3,
	PR_SET_DUMPABLE = 4,
	PR_GET_KEEPCAPS = 7,
	PR_SET_KEEPCAPS = 8,
	PR_SET_NAME = 15,
	PR_GET_NAME = 16,
	PR_GET_SECCOMP = 21,
	PR_CAPBSET_READ = 23,
	PR_CAPBSET_DROP = 24,
	PR_GET_TSC = 25,
	PR_SET_TIMERSLACK = 29,
	PR_GET_TIMERSLACK = 30,
	PR_SET_CHILD_SUBREAPER = 36,
	PR_GET_CHILD_SUBREAPER = 37,
	PR_SET_NO_NEW_PRIVS = 38,
	PR_GET_NO_NEW_PRIVS = 39,
	PR_SET_THP_DISABLE = 41,
	PR_GET_THP_DISABLE = 42,
	CAP_LAST = 40,
	SLACK_DEFAULT = 50000, /* ns */
};

/* What is kept because it is asked for again; nothing here acts on it. */
static struct {
	int32_t death_signal, subreaper;
	bool not_dumpable, keep_caps, no_new_privs, no_huge_pages;
	uint64_t slack;        /* 0: the default */
	uint64_t dropped_caps; /* of the bounding set */
} kept;

static sysret set_name(uaddr from)
{
	char name[COMM_SIZE] = {0};
	int64_t n = copy_in_string(name, from, sizeof(name));

	if (n == -EFAULT)
		return n;
	name[COMM_SIZE - 1] = '\0';
	memcpy(task_current()->comm, name, sizeof(name));
	return 0;
}

static sysret set_flag(bool *flag, uint64_t value)
{
	if (value > 1)
		return -EINVAL;
	*flag = value;
	return 0;
}

static sysret bounding_set(int option, uint64_t cap)
{
	if (cap > CAP_LAST)
		return -EINVAL;
	if (option == PR_CAPBSET_READ)
		return !(kept.dropped_caps >> cap & 1);
	if (process.euid != 0)
		return -EPERM;
	kept.dropped_caps |= UINT64_C(1) << cap;
	return 0;
}

static sysret get(int option, uaddr to)
{
	static const int32_t tsc_enabled = 1;

	switch (option) {
	case PR_GET_NAME:
		return copy_out(to, task_current()->comm, COMM_SIZE);
	case PR_GET_PDEATHSIG:
		return copy_out(to, &kept.death_signal, sizeof(int32_t));
	case PR_GET_CHILD_SUBREAPER:
		return copy_out(to, &kept.subreaper, sizeof(int32_t));
	case PR_GET_TSC:
		return copy_out(to, &tsc_enabled, sizeof(int32_t));
	case PR_GET_DUMPABLE:
		return !kept.not_dumpable;
	case PR_GET_KEEPCAPS:
		return kept.keep_caps;
	case PR_GET_SECCOMP:
		return 0;
	case PR_GET_TIMERSLACK:
		return (sysret)(kept.slack ? kept.slack : SLACK_DEFAULT);
	case PR_GET_NO_NEW_PRIVS:
		return kept.no_new_privs;
	case PR_GET_THP_DISABLE:
		return kept.no_huge_pages;
	default:
		return -EINVAL;
	}
}

static sysret set_no_new_privs(const struct sysargs *a)
{
	if (a->a[1] != 1 || a->a[2] || a->a[3] || a->a[4])
		return -EINVAL;
	kept.no_new_privs = true;
	return 0;
}

/* Gaps: only what is listed here; the rest is -EINVAL, as an old Linux says.
 * Seccomp filters are refused that way, too. */
sysret linux_prctl(const struct sysargs *a)
{
	int option = arg_int(a, 0);
	uint64_t value = a->a[1];
	bool dumpable = false;
	sysret rc;

	switch (option) {
	case PR_SET_NAME:
		return set_name(arg_addr(a, 1));
	case PR_SET_PDEATHSIG: /* there is no parent */
		if (value > SIGNALS)
			return -EINVAL;
		kept.death_signal = (int32_t)value;
		return 0;
	case PR_SET_DUMPABLE:
		rc = set_flag(&dumpable, value);
		if (!rc)
			kept.not_dumpable = !dumpable;
		return rc;
	case PR_SET_KEEPCAPS:
		return set_flag(&kept.keep_caps, value);
	case PR_CAPBSET_READ:
	case PR_CAPBSET_DROP:
		return bounding_set(option, value);
	case PR_SET_TIMERSLACK:
		kept.slack = value;
		return 0;
	case PR_SET_CHILD_SUBREAPER:
		kept.subreaper = value != 0;
		return 0;
	case PR_SET_NO_NEW_PRIVS:
		return set_no_new_privs(a);
	case PR_SET_THP_DISABLE:
		kept.no_huge_pages = value != 0;
		return 0;
	default:
		return get(option, arg_addr(a, 1));
	}
}
