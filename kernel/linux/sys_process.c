/* sys_process.c - threads, ids, limits, and what the machine is. */
#include "kernel/arch/cpu.h"
#include "kernel/arch/user.h"
#include "kernel/core/clock.h"
#include "kernel/core/log.h"
#include "kernel/core/random.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/futex.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/linux/time.h"

/* --- threads --- */

#define CLONE_VM             0x00000100u
#define CLONE_FS             0x00000200u
#define CLONE_FILES          0x00000400u
#define CLONE_SIGHAND        0x00000800u
#define CLONE_THREAD         0x00010000u
#define CLONE_SETTLS         0x00080000u
#define CLONE_PARENT_SETTID  0x00100000u
#define CLONE_CHILD_CLEARTID 0x00200000u
#define CLONE_CHILD_SETTID   0x01000000u
#define CLONE_NEEDED         (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)

struct clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal;
	uint64_t stack, stack_size, tls;
};

/* Said once: programs may try again and again. */
static sysret no_second_process(const char *how)
{
	static bool said;

	if (!said)
		log_line("%s wanted a second process (%s); a machine holds one "
		         "program",
		         task_current()->comm, how);
	said = true;
	return -ENOSYS;
}

static sysret make_thread(const struct trap_frame *tf,
                          const struct clone_args *c)
{
	struct trap_frame start = *tf;
	struct task *t;
	uint32_t tid;
	int rc;

	if ((c->flags & CLONE_NEEDED) != CLONE_NEEDED)
		return no_second_process("clone");
	start.rax = 0;
	start.vector = 0; /* leaves by IRET */
	if (c->stack)
		start.rsp = c->stack + c->stack_size;
	rc = task_new(&start, &t);
	if (rc)
		return rc;
	tid = t->tid;
	t->thread->fs_base =
		c->flags & CLONE_SETTLS ? c->tls : thread_current()->fs_base;
	t->thread->gs_base = cpu_user_gs_base();
	fpu_save(t->thread->fpu);
	if (c->flags & CLONE_CHILD_CLEARTID)
		t->clear_tid = (uaddr){c->child_tid};
	/* As on Linux, a bad address here does not stop the thread. */
	if (c->flags & CLONE_PARENT_SETTID)
		(void)!copy_out((uaddr){c->parent_tid}, &tid, sizeof(tid));
	if (c->flags & CLONE_CHILD_SETTID)
		(void)!copy_out((uaddr){c->child_tid}, &tid, sizeof(tid));
	thread_wake(t->thread);
	return tid;
}

/* Gaps: threads only. What would be a new process is -ENOSYS. */
sysret linux_clone(const struct sysargs *a)
{
	struct clone_args c = {
		.flags = a->a[0],
		.stack = a->a[1],
		.parent_tid = a->a[2],
		.child_tid = a->a[3],
		.tls = a->a[4],
	};

	return make_thread(a->tf, &c);
}

/* Gaps: as clone(); set_tid and cgroup are refused. */
sysret linux_clone3(const struct sysargs *a)
{
	enum { SIZE_VER0 = 64 };
	struct clone_args c = {0};
	uint64_t size = a->a[1];

	if (size < SIZE_VER0)
		return -EINVAL;
	if (copy_in(&c, arg_addr(a, 0), sizeof(c)))
		return -EFAULT;
	return make_thread(a->tf, &c);
}

/* Gaps: there is one process. */
sysret linux_fork(const struct sysargs *a UNUSED)
{
	return no_second_process("fork");
}

/* Gaps: there is one process. */
sysret linux_vfork(const struct sysargs *a UNUSED)
{
	return no_second_process("vfork");
}

/* Gaps: the program cannot become another one. */
sysret linux_execve(const struct sysargs *a UNUSED)
{
	return no_second_process("execve");
}

sysret linux_wait4(const struct sysargs *a UNUSED)
{
	return -ECHILD;
}

sysret linux_exit(const struct sysargs *a)
{
	task_exit((arg_int(a, 0) & 0xff) << 8, false);
}

sysret linux_exit_group(const struct sysargs *a)
{
	task_exit((arg_int(a, 0) & 0xff) << 8, true);
}

sysret linux_set_tid_address(const struct sysargs *a)
{
	task_current()->clear_tid = arg_addr(a, 0);
	return task_current()->tid;
}

sysret linux_set_robust_list(const struct sysargs *a)
{
	if (a->a[1] != 24)
		return -EINVAL;
	task_current()->robust_list = arg_addr(a, 0);
	return 0;
}

sysret linux_get_robust_list(const struct sysargs *a)
{
	uint64_t head = 0, size = 24;
	struct task *t;

	lock_acquire(&process.lock);
	t = a->a[0] ? task_find_locked(arg_uint(a, 0)) : task_current();
	if (t)
		head = t->robust_list.v;
	lock_release(&process.lock);
	if (!t)
		return -ESRCH;
	if (copy_out(arg_addr(a, 2), &size, sizeof(size)))
		return -EFAULT;
	return copy_out(arg_addr(a, 1), &head, sizeof(head));
}

sysret linux_futex(const struct sysargs *a)
{
	return futex_call(arg_addr(a, 0), arg_int(a, 1), (uint32_t)a->a[2],
	                  a->a[3], arg_addr(a, 4), (uint32_t)a->a[5]);
}

/* --- ids --- */

sysret linux_getpid(const struct sysargs *a UNUSED)
{
	return PID;
}

sysret linux_gettid(const struct sysargs *a UNUSED)
{
	return task_current()->tid;
}

sysret linux_getppid(const struct sysargs *a UNUSED)
{
	return 0;
}

sysret linux_getpgrp(const struct sysargs *a UNUSED)
{
	return PID;
}

sysret linux_setsid(const struct sysargs *a UNUSED)
{
	return -EPERM; /* it leads its group already */
}

static sysret own_id(const struct sysargs *a)
{
	return !a->a[0] || arg_int(a, 0) == PID ? PID : -ESRCH;
}

sysret linux_getpgid(const struct sysargs *a)
{
	return own_id(a);
}

sysret linux_getsid(const struct sysargs *a)
{
	return own_id(a);
}

sysret linux_setpgid(const struct sysargs *a UNUSED)
{
	return 0;
}

sysret linux_getuid(const struct sysargs *a UNUSED)
{
	return process.uid;
}

sysret linux_geteuid(const struct sysargs *a UNUSED)
{
	return process.euid;
}

sysret linux_getgid(const struct sysargs *a UNUSED)
{
	return process.gid;
}

sysret linux_getegid(const struct sysargs *a UNUSED)
{
	return process.egid;
}

/*
 * The rules of setresuid(2): without privilege an id may become one of the
 * three there are. -1 leaves one as it is.
 */
static sysret set_ids(uint32_t *real, uint32_t *effective, uint32_t *saved,
                      const uint32_t want[3])
{
	uint32_t *const ids[3] = {real, effective, saved};
	const uint32_t old[3] = {*real, *effective, *saved};

	for (int i = 0; i < 3; i++) {
		bool known = want[i] == old[0] || want[i] == old[1] ||
		             want[i] == old[2] || want[i] == ~0u;

		if (process.euid != 0 && !known)
			return -EPERM;
	}
	for (int i = 0; i < 3; i++)
		if (want[i] != ~0u)
			*ids[i] = want[i];
	return 0;
}

static sysret set_uids(uint32_t r, uint32_t e, uint32_t s)
{
	return set_ids(&process.uid, &process.euid, &process.suid,
	               (const uint32_t[]){r, e, s});
}

static sysret set_gids(uint32_t r, uint32_t e, uint32_t s)
{
	return set_ids(&process.gid, &process.egid, &process.sgid,
	               (const uint32_t[]){r, e, s});
}

sysret linux_setresuid(const struct sysargs *a)
{
	return set_uids(arg_uint(a, 0), arg_uint(a, 1), arg_uint(a, 2));
}

sysret linux_setresgid(const struct sysargs *a)
{
	return set_gids(arg_uint(a, 0), arg_uint(a, 1), arg_uint(a, 2));
}

sysret linux_setuid(const struct sysargs *a)
{
	uint32_t id = arg_uint(a, 0);

	if (process.euid == 0)
		return set_uids(id, id, id);
	return set_uids(~0u, id, ~0u);
}

sysret linux_setgid(const struct sysargs *a)
{
	uint32_t id = arg_uint(a, 0);

	if (process.euid == 0)
		return set_gids(id, id, id);
	return set_gids(~0u, id, ~0u);
}

/* The saved id follows the effective one when the real one is set. */
sysret linux_setreuid(const struct sysargs *a)
{
	uint32_t r = arg_uint(a, 0), e = arg_uint(a, 1);

	return set_uids(r, e, r != ~0u ? e : ~0u);
}

sysret linux_setregid(const struct sysargs *a)
{
	uint32_t r = arg_uint(a, 0), e = arg_uint(a, 1);

	return set_gids(r, e, r != ~0u ? e : ~0u);
}

static sysret write_three(const struct sysargs *a, uint32_t r, uint32_t e,
                          uint32_t s)
{
	if (copy_out(arg_addr(a, 0), &r, 4) || copy_out(arg_addr(a, 1), &e, 4))
		return -EFAULT;
	return copy_out(arg_addr(a, 2), &s, 4);
}

sysret linux_getresuid(const struct sysargs *a)
{
	return write_three(a, process.uid, process.euid, process.suid);
}

sysret linux_getresgid(const struct sysargs *a)
{
	return write_three(a, process.gid, process.egid, process.sgid);
}

sysret linux_getgroups(const struct sysargs *a)
{
	unsigned n = process.nr_groups;

	if (arg_int(a, 0) == 0)
		return n;
	if (arg_int(a, 0) < (int)n)
		return -EINVAL;
	return copy_out(arg_addr(a, 1), process.groups, n * 4) ? -EFAULT
	                                                       : (sysret)n;
}

sysret linux_setgroups(const struct sysargs *a)
{
	uint32_t groups[GROUPS_MAX];
	size_t n = a->a[0];

	if (process.euid != 0)
		return -EPERM;
	if (n > GROUPS_MAX)
		return -EINVAL;
	if (copy_in(groups, arg_addr(a, 1), n * 4))
		return -EFAULT;
	memcpy(process.groups, groups, n * 4);
	process.nr_groups = (unsigned)n;
	return 0;
}

/* --- capabilities: root has them all, others none --- */

struct cap_header {
	uint32_t version;
	int32_t pid;
};

sysret linux_capget(const struct sysargs *a)
{
	enum { VERSION_3 = 0x20080522 };
	uint32_t all = process.euid == 0 ? ~0u : 0;
	uint32_t data[6] = {all, all, 0, all >> 23, all >> 23, 0};
	struct cap_header h;

	if (copy_in(&h, arg_addr(a, 0), sizeof(h)))
		return -EFAULT;
	if (h.version != VERSION_3) {
		h.version = VERSION_3;
		if (copy_out(arg_addr(a, 0), &h, sizeof(h)))
			return -EFAULT;
		return a->a[1] ? -EINVAL : 0;
	}
	return a->a[1] ? copy_out(arg_addr(a, 1), data, sizeof(data)) : 0;
}

sysret linux_capset(const struct sysargs *a UNUSED)
{
	return 0;
}

/* --- limits and usage --- */

static sysret limit_index(unsigned i)
{
	return i < RLIMITS ? 0 : -EINVAL;
}

sysret linux_getrlimit(const struct sysargs *a)
{
	unsigned i = arg_uint(a, 0); /* the upper half does not count */

	if (limit_index(i))
		return -EINVAL;
	return copy_out(arg_addr(a, 1), &process.limits[i],
	                sizeof(struct rlimit64));
}

static sysret set_limit(unsigned i, uaddr from)
{
	struct rlimit64 new;

	if (copy_in(&new, from, sizeof(new)))
		return -EFAULT;
	if (new.soft > new.hard)
		return -EINVAL;
	if (new.hard > process.limits[i].hard && process.euid != 0)
		return -EPERM;
	process.limits[i] = new;
	process_limit_changed(i);
	return 0;
}

sysret linux_setrlimit(const struct sysargs *a)
{
	if (limit_index(arg_uint(a, 0)))
		return -EINVAL;
	return set_limit(arg_uint(a, 0), arg_addr(a, 1));
}

sysret linux_prlimit64(const struct sysargs *a)
{
	unsigned i = arg_uint(a, 1);
	struct rlimit64 old;
	sysret rc = 0;

	if (a->a[0] && arg_int(a, 0) != PID)
		return -ESRCH;
	if (limit_index(i))
		return -EINVAL;
	old = process.limits[i];
	if (a->a[2])
		rc = set_limit(i, arg_addr(a, 2));
	if (!rc && a->a[3])
		rc = copy_out(arg_addr(a, 3), &old, sizeof(old));
	return rc;
}

/* Gaps: times and the resident set; the other counters are 0. */
sysret linux_getrusage(const struct sysargs *a)
{
	enum { SELF = 0, CHILDREN = -1, THREAD = 1, WORDS = 18, MAXRSS = 4 };
	int64_t usage[WORDS] = {0};
	int who = arg_int(a, 0);
	uint64_t ns = 0;

	if (who != SELF && who != CHILDREN && who != THREAD)
		return -EINVAL;
	if (who == THREAD)
		ns = thread_cpu_ns(thread_current());
	else if (who == SELF && time_now(2, &ns))
		return -EINVAL;
	usage[0] = (int64_t)(ns / NS_PER_SEC);
	usage[1] = (int64_t)(ns % NS_PER_SEC / NS_PER_US);
	if (who != CHILDREN)
		usage[MAXRSS] = (int64_t)process.space.resident * 4;
	return copy_out(arg_addr(a, 1), usage, sizeof(usage));
}

/* --- the machine --- */

sysret linux_uname(const struct sysargs *a)
{
	enum { FIELD = 65 };
	struct {
		char sysname[FIELD], nodename[FIELD], release[FIELD];
		char version[FIELD], machine[FIELD], domain[FIELD];
	} u = {"Linux",  "",      "6.1.0-miso", "miso " MISO_VERSION,
	       "x86_64", "(none)"};

	memcpy(u.nodename, process.hostname, FIELD);
	return copy_out(arg_addr(a, 0), &u, sizeof(u));
}

sysret linux_sysinfo(const struct sysargs *a)
{
	struct {
		int64_t uptime;
		uint64_t loads[3], total, free, shared, buffers;
		uint64_t total_swap, free_swap;
		uint16_t procs, pad;
		uint64_t total_high, free_high;
		uint32_t unit;
		char f[4];
	} s = {
		.uptime = (int64_t)(clock_monotonic() / NS_PER_SEC),
		.total = page_total() * PAGE_SIZE,
		.free = page_free_count() * PAGE_SIZE,
		.buffers = pagecache_count() * PAGE_SIZE,
		.procs = (uint16_t)process.nr_tasks,
		.unit = 1,
	};

	return copy_out(arg_addr(a, 0), &s, sizeof(s));
}

sysret linux_getrandom(const struct sysargs *a)
{
	unsigned char bytes[256];
	uint64_t at = a->a[0], left = a->a[1];

	if (arg_uint(a, 2) & ~7u)
		return -EINVAL;
	if (left > INT32_MAX)
		left = INT32_MAX;
	for (uint64_t done = 0; done < left;) {
		uint64_t n = left - done;

		if (done && !thread_may_go_on())
			return (sysret)done;

		n = n < sizeof(bytes) ? n : sizeof(bytes);
		random_bytes(bytes, n);
		if (copy_out((uaddr){at + done}, bytes, n))
			return done ? (sysret)done : -EFAULT;
		done += n;
	}
	return (sysret)left;
}

/* Gaps: FS base (GS base for reading and setting, too); no shadow stacks. */
sysret linux_arch_prctl(const struct sysargs *a)
{
	enum {
		SET_GS = 0x1001,
		SET_FS = 0x1002,
		GET_FS = 0x1003,
		GET_GS = 0x1004
	};
	struct thread *t = thread_current();
	uint64_t addr = a->a[1];

	switch (arg_int(a, 0)) {
	case SET_FS:
		if (!user_range_ok((uaddr){addr}, 1))
			return -EPERM;
		t->fs_base = addr;
		cpu_set_fs_base(addr);
		return 0;
	case SET_GS:
		if (!user_range_ok((uaddr){addr}, 1))
			return -EPERM;
		t->gs_base = addr;
		cpu_set_user_gs_base(addr);
		return 0;
	case GET_FS:
		return copy_out((uaddr){addr}, &t->fs_base, 8);
	case GET_GS:
		t->gs_base = cpu_user_gs_base();
		return copy_out((uaddr){addr}, &t->gs_base, 8);
	default:
		return -EINVAL;
	}
}
