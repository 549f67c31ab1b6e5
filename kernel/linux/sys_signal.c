/* sys_signal.c - the system calls about signals. */
#include "kernel/arch/user.h"
#include "kernel/lib/errno.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/linux/time.h"

enum {
	SIGSET_SIZE = 8,
	SIG_BLOCK = 0,
	SIG_UNBLOCK = 1,
	SIG_SETMASK = 2,
};

sysret linux_rt_sigaction(const struct sysargs *a)
{
	struct sigaction old, new;
	int sig = arg_int(a, 0), rc;

	if (a->a[3] != SIGSET_SIZE)
		return -EINVAL;
	rc = signal_get_action(sig, &old);
	if (rc)
		return rc;
	if (a->a[1]) {
		if (copy_in(&new, arg_addr(a, 1), sizeof(new)))
			return -EFAULT;
		rc = signal_set_action(sig, &new);
		if (rc)
			return rc;
	}
	return a->a[2] ? copy_out(arg_addr(a, 2), &old, sizeof(old)) : 0;
}

sysret linux_rt_sigprocmask(const struct sysargs *a)
{
	uint64_t old = signal_mask(), set;

	if (a->a[3] != SIGSET_SIZE)
		return -EINVAL;
	if (a->a[1]) {
		if (copy_in(&set, arg_addr(a, 1), sizeof(set)))
			return -EFAULT;
		switch (arg_int(a, 0)) {
		case SIG_BLOCK:
			signal_set_mask(old | set);
			break;
		case SIG_UNBLOCK:
			signal_set_mask(old & ~set);
			break;
		case SIG_SETMASK:
			signal_set_mask(set);
			break;
		default:
			return -EINVAL;
		}
	}
	return a->a[2] ? copy_out(arg_addr(a, 2), &old, sizeof(old)) : 0;
}

sysret linux_rt_sigreturn(const struct sysargs *a)
{
	return signal_return(a->tf);
}

sysret linux_rt_sigpending(const struct sysargs *a)
{
	uint64_t set = signal_pending_set() & signal_mask();

	if (a->a[1] > SIGSET_SIZE)
		return -EINVAL;
	return copy_out(arg_addr(a, 0), &set, a->a[1]);
}

/* Until any signal is handled. */
static sysret wait_for_signal(void)
{
	struct wait w;
	int rc = 0;

	wait_begin(&w, &process.signals.arrived);
	while (!rc)
		rc = wait_sleep(&w, NO_DEADLINE);
	wait_end(&w);
	return -ERESTARTNOHAND;
}

sysret linux_pause(const struct sysargs *a UNUSED)
{
	return wait_for_signal();
}

sysret linux_rt_sigsuspend(const struct sysargs *a)
{
	uint64_t set;

	if (a->a[1] != SIGSET_SIZE)
		return -EINVAL;
	if (copy_in(&set, arg_addr(a, 0), sizeof(set)))
		return -EFAULT;
	signal_set_temporary_mask(set);
	return wait_for_signal();
}

/* The set's signals are blocked, so waiting for them must not end by them:
 * they are looked for each time something arrives. */
sysret linux_rt_sigtimedwait(const struct sysargs *a)
{
	uint64_t set, ns, deadline = NO_DEADLINE;
	struct siginfo info;
	struct wait w;
	int sig, rc = 0;

	if (a->a[3] != SIGSET_SIZE)
		return -EINVAL;
	if (copy_in(&set, arg_addr(a, 0), sizeof(set)))
		return -EFAULT;
	if (a->a[2]) {
		rc = time_read(arg_addr(a, 2), &ns);
		if (rc)
			return rc;
		deadline = time_after(ns);
	}
	set &= ~(SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP));
	wait_begin(&w, &process.signals.arrived);
	while (!(sig = signal_take(set, &info)) && !rc)
		rc = wait_sleep(&w, deadline);
	wait_end(&w);
	if (!sig)
		return rc == -ETIMEDOUT ? -EAGAIN : rc;
	if (a->a[1] && copy_out(arg_addr(a, 1), &info, sizeof(info)))
		return -EFAULT;
	return sig;
}

sysret linux_sigaltstack(const struct sysargs *a)
{
	struct sigstack old = task_current()->signals.altstack, new;
	int rc;

	if (signal_on_altstack(&old, a->tf->rsp))
		old.flags |= SS_ONSTACK;
	if (a->a[0]) {
		if (copy_in(&new, arg_addr(a, 0), sizeof(new)))
			return -EFAULT;
		rc = signal_set_altstack(&new, a->tf->rsp);
		if (rc)
			return rc;
	}
	return a->a[1] ? copy_out(arg_addr(a, 1), &old, sizeof(old)) : 0;
}

/* --- sending --- */

static int check(int sig)
{
	return sig < 0 || sig > SIGNALS ? -EINVAL : 0;
}

/* One process: its id, its group (0, -pid) and "everyone" (-1) mean it, and
 * Linux leaves the caller out of -1. */
sysret linux_kill(const struct sysargs *a)
{
	struct siginfo info = {.code = SI_USER, .user.pid = PID};
	int pid = arg_int(a, 0), sig = arg_int(a, 1);

	if (check(sig))
		return -EINVAL;
	if (pid != PID && pid != 0 && pid != -PID)
		return -ESRCH;
	return sig ? signal_send_process(sig, &info) : 0;
}

static sysret send_to_task(uint32_t tid, int sig, const struct siginfo *info)
{
	struct task *t;
	int rc = 0;

	if (check(sig))
		return -EINVAL;
	lock_acquire(&process.lock);
	t = task_find_locked(tid);
	if (!t)
		rc = -ESRCH;
	else if (sig)
		rc = signal_send_locked(t, sig, info);
	lock_release(&process.lock);
	return rc;
}

sysret linux_tkill(const struct sysargs *a)
{
	struct siginfo info = {.code = SI_TKILL, .user.pid = PID};

	return send_to_task(arg_uint(a, 0), arg_int(a, 1), &info);
}

sysret linux_tgkill(const struct sysargs *a)
{
	struct siginfo info = {.code = SI_TKILL, .user.pid = PID};

	if (arg_int(a, 0) != PID)
		return arg_int(a, 0) <= 0 ? -EINVAL : -ESRCH;
	return send_to_task(arg_uint(a, 1), arg_int(a, 2), &info);
}

/* To itself a process may say anything: no code is forbidden. */
sysret linux_rt_sigqueueinfo(const struct sysargs *a)
{
	int sig = arg_int(a, 1);
	struct siginfo info;

	if (copy_in(&info, arg_addr(a, 2), sizeof(info)))
		return -EFAULT;
	if (check(sig))
		return -EINVAL;
	if (arg_int(a, 0) != PID)
		return -ESRCH;
	return sig ? signal_send_process(sig, &info) : 0;
}

sysret linux_rt_tgsigqueueinfo(const struct sysargs *a)
{
	struct siginfo info;

	if (copy_in(&info, arg_addr(a, 3), sizeof(info)))
		return -EFAULT;
	if (arg_int(a, 0) != PID)
		return arg_int(a, 0) <= 0 ? -EINVAL : -ESRCH;
	return send_to_task(arg_uint(a, 1), arg_int(a, 2), &info);
}
