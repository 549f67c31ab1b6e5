/*
 * sys_sched.c - processors and how threads are given to them. There is one
 * class: threads take turns, whatever their policy is called.
 */
#include "kernel/arch/cpu.h"
#include "kernel/arch/user.h"
#include "kernel/core/clock.h"
#include "kernel/lib/errno.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/linux/time.h"

/* Linux, uapi/linux/sched.h. */
enum {
	SCHED_OTHER = 0,
	SCHED_FIFO = 1,
	SCHED_RR = 2,
	SCHED_BATCH = 3,
	SCHED_IDLE = 5,
	SCHED_RESET_ON_FORK = 0x40000000,
	SLICE_MS = 6,
};

/* process.lock held: the task that argument `i` names, 0 for this one. */
static struct task *named_locked(const struct sysargs *a, int i)
{
	return a->a[i] ? task_find_locked(arg_uint(a, i)) : task_current();
}

static sysret check_tid(const struct sysargs *a, int i)
{
	struct task *t;

	lock_acquire(&process.lock);
	t = named_locked(a, i);
	lock_release(&process.lock);
	return t ? 0 : -ESRCH;
}

sysret linux_sched_yield(const struct sysargs *a UNUSED)
{
	thread_yield();
	return 0;
}

/* --- affinity --- */

sysret linux_sched_setaffinity(const struct sysargs *a)
{
	uint64_t mask = 0;
	size_t n = a->a[1] < sizeof(mask) ? a->a[1] : sizeof(mask);
	struct task *t;

	if (copy_in(&mask, arg_addr(a, 2), n))
		return -EFAULT;
	if (!(mask & cpu_mask()))
		return check_tid(a, 0) ? -ESRCH : -EINVAL;
	lock_acquire(&process.lock);
	t = named_locked(a, 0);
	if (t)
		thread_set_affinity(t->thread, (uint32_t)mask & cpu_mask());
	lock_release(&process.lock);
	return t ? 0 : -ESRCH;
}

sysret linux_sched_getaffinity(const struct sysargs *a)
{
	uint64_t mask = 0;
	struct task *t;

	if (a->a[1] < sizeof(mask) || a->a[1] % sizeof(mask))
		return -EINVAL;
	lock_acquire(&process.lock);
	t = named_locked(a, 0);
	if (t)
		mask = t->thread->affinity & cpu_mask();
	lock_release(&process.lock);
	if (!t)
		return -ESRCH;
	if (copy_out(arg_addr(a, 2), &mask, sizeof(mask)))
		return -EFAULT;
	return sizeof(mask);
}

sysret linux_getcpu(const struct sysargs *a)
{
	uint32_t cpu = cpu_self()->id, node = 0;

	if (a->a[0] && copy_out(arg_addr(a, 0), &cpu, sizeof(cpu)))
		return -EFAULT;
	if (a->a[1] && copy_out(arg_addr(a, 1), &node, sizeof(node)))
		return -EFAULT;
	return 0;
}

/* --- policies --- */

static bool is_realtime(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool is_known(int policy)
{
	return policy == SCHED_OTHER || policy == SCHED_BATCH ||
	       policy == SCHED_IDLE || is_realtime(policy);
}

static sysret set_policy(const struct sysargs *a, int policy, uaddr param)
{
	int32_t priority;
	struct task *t;

	if (!param.v || arg_int(a, 0) < 0)
		return -EINVAL;
	if (copy_in(&priority, param, sizeof(priority)))
		return -EFAULT;
	if (check_tid(a, 0))
		return -ESRCH;
	if (policy >= 0 && !is_known(policy))
		return -EINVAL;
	if (is_realtime(policy))
		return priority >= 1 && priority <= 99 ? -EPERM : -EINVAL;
	if (priority)
		return -EINVAL;
	lock_acquire(&process.lock);
	t = named_locked(a, 0);
	if (t && policy >= 0)
		t->policy = policy;
	lock_release(&process.lock);
	return t ? 0 : -ESRCH;
}

/* Gaps: real-time policies are refused, as to who may not have them. */
sysret linux_sched_setscheduler(const struct sysargs *a)
{
	int policy = arg_int(a, 1) & ~SCHED_RESET_ON_FORK;

	return policy < 0 ? -EINVAL : set_policy(a, policy, arg_addr(a, 2));
}

sysret linux_sched_setparam(const struct sysargs *a)
{
	return set_policy(a, -1, arg_addr(a, 1));
}

sysret linux_sched_getscheduler(const struct sysargs *a)
{
	sysret policy = -ESRCH;
	struct task *t;

	lock_acquire(&process.lock);
	t = named_locked(a, 0);
	if (t)
		policy = t->policy;
	lock_release(&process.lock);
	return policy;
}

sysret linux_sched_getparam(const struct sysargs *a)
{
	int32_t priority = 0;

	if (check_tid(a, 0))
		return -ESRCH;
	if (!a->a[1])
		return -EINVAL;
	return copy_out(arg_addr(a, 1), &priority, sizeof(priority));
}

sysret linux_sched_get_priority_max(const struct sysargs *a)
{
	int policy = arg_int(a, 0);

	if (!is_known(policy))
		return -EINVAL;
	return is_realtime(policy) ? 99 : 0;
}

sysret linux_sched_get_priority_min(const struct sysargs *a)
{
	int policy = arg_int(a, 0);

	if (!is_known(policy))
		return -EINVAL;
	return is_realtime(policy) ? 1 : 0;
}

sysret linux_sched_rr_get_interval(const struct sysargs *a)
{
	if (arg_int(a, 0) < 0)
		return -EINVAL;
	if (check_tid(a, 0))
		return -ESRCH;
	return time_write(arg_addr(a, 1), SLICE_MS * NS_PER_MS);
}

sysret linux_getpriority(const struct sysargs *a UNUSED)
{
	return 20; /* 20 - nice */
}

sysret linux_setpriority(const struct sysargs *a UNUSED)
{
	return 0;
}

/* --- membarrier(2): all commands come to the same here --- */

sysret linux_membarrier(const struct sysargs *a)
{
	enum {
		QUERY = 0,
		GLOBAL = 1,
		GLOBAL_EXPEDITED = 2,
		REGISTER_GLOBAL_EXPEDITED = 4,
		PRIVATE_EXPEDITED = 8,
		REGISTER_PRIVATE_EXPEDITED = 16,
		PRIVATE_SYNC_CORE = 32,
		REGISTER_PRIVATE_SYNC_CORE = 64,
		ALL = 127,
	};
	static uint32_t registered; /* atomic */
	int command = arg_int(a, 0);

	if (arg_uint(a, 1))
		return -EINVAL;
	switch (command) {
	case QUERY:
		return ALL;
	case REGISTER_GLOBAL_EXPEDITED:
	case REGISTER_PRIVATE_EXPEDITED:
	case REGISTER_PRIVATE_SYNC_CORE:
		__atomic_fetch_or(&registered, (uint32_t)command,
		                  __ATOMIC_RELAXED);
		return 0;
	case PRIVATE_EXPEDITED:
	case PRIVATE_SYNC_CORE:
		/* Each is registered by the bit above its own. */
		if (!(__atomic_load_n(&registered, __ATOMIC_RELAXED) &
		      (uint32_t)command << 1))
			return -EPERM;
		break;
	case GLOBAL:
	case GLOBAL_EXPEDITED:
		break;
	default:
		return -EINVAL;
	}
	mmu_barrier(&process.space.mmu);
	return 0;
}
