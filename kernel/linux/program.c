/* program.c - setting the process up, and its way into user mode. */
#include "kernel/linux/program.h"

#include "kernel/arch/cpu.h"
#include "kernel/core/clock.h"
#include "kernel/core/log.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/epoll.h"
#include "kernel/linux/futex.h"
#include "kernel/linux/inotify.h"
#include "kernel/linux/posix_timer.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/sched/giant.h"

enum {
	WAIT_STATUS_OOM = 9, /* as if SIGKILL had come: status 137 */
	NOFILE_SOFT = 1024,
	NOFILE_HARD = 524288,
	SIGPENDING = 4096,
};

static const uint64_t USER_LIMIT = 0x7ffffffff000;

/* --- what arch/ calls --- */

static unsigned access_of(uint64_t error)
{
	if (error & FAULT_EXEC)
		return PROT_EXEC;
	return error & FAULT_WRITE ? PROT_WRITE : PROT_READ;
}

/* The last fault's answer, for the signal that may follow it. */
static bool bring_in(struct task *t, uint64_t addr, uint64_t error)
{
	int rc = space_fault(&process.space, addr, access_of(error));

	t->fault = rc;
	if (rc == -ENOMEM && !process.exiting) {
		log_line("out of memory: %s is stopped", t->comm);
		/* A copy inside a system call may hold locks: it fails, and
		 * the end comes on the way out. */
		process_end(WAIT_STATUS_OOM);
	}
	return rc == 0 || (rc == -ENOMEM && error & FAULT_USER);
}

static bool page_fault(uint64_t addr, uint64_t error)
{
	struct task *t = task_current();

	return t && bring_in(t, addr, error);
}

static void page_fault_signal(uint64_t addr)
{
	int rc = task_current()->fault;

	if (rc == -ENXIO || rc == -EIO)
		signal_force(SIGBUS, BUS_ADRERR, addr);
	else
		signal_force(SIGSEGV, rc == -EACCES ? SEGV_ACCERR : SEGV_MAPERR,
		             addr);
}

static void signal_exception(struct trap_frame *tf, uint64_t addr)
{
	switch (tf->vector) {
	case TRAP_PAGE:
		page_fault_signal(addr);
		break;
	case TRAP_DIVIDE:
		signal_force(SIGFPE, FPE_INTDIV, tf->rip);
		break;
	case TRAP_FPU:
	case TRAP_SIMD:
		signal_force(SIGFPE, fpu_error(tf->vector == TRAP_SIMD),
		             tf->rip);
		break;
	case TRAP_OPCODE:
		signal_force(SIGILL, ILL_ILLOPN, tf->rip);
		break;
	case TRAP_BREAKPOINT:
		signal_force(SIGTRAP, SI_KERNEL, 0);
		break;
	case TRAP_DEBUG:
		signal_force(SIGTRAP, TRAP_TRACE, tf->rip);
		break;
	case TRAP_ALIGN:
		signal_force(SIGBUS, BUS_ADRALN, 0);
		break;
	case TRAP_STACK: /* not canonical, by way of the stack pointer */
	case TRAP_SEGMENT:
		signal_force(SIGBUS, SI_KERNEL, 0);
		break;
	default: /* general protection and the like */
		signal_force(SIGSEGV, SI_KERNEL, 0);
		break;
	}
}

static void exception(struct trap_frame *tf, uint64_t addr)
{
	giant_lock();
	signal_exception(tf, addr);
	giant_unlock();
}

static void user_return(struct trap_frame *tf)
{
	thread_reschedule();
	if (!signal_has_work(tf))
		return;
	giant_lock();
	signal_deliver(tf);
	giant_unlock();
}

/* --- what mm/ calls --- */

static void get_file(void *file)
{
	file_get(file);
}

static void put_file(void *file)
{
	file_put(file);
}

/* --- limits --- */

void process_limit_changed(unsigned i)
{
	uint64_t n = process.limits[RLIMIT_NOFILE].soft;

	if (i == RLIMIT_NOFILE)
		fd_set_limit(n < NOFILE_HARD ? (unsigned)n : NOFILE_HARD);
}

static void init_limits(void)
{
	for (unsigned i = 0; i < RLIMITS; i++)
		process.limits[i] =
			(struct rlimit64){~UINT64_C(0), ~UINT64_C(0)};
	process.limits[RLIMIT_NOFILE] =
		(struct rlimit64){NOFILE_SOFT, NOFILE_HARD};
	process.limits[RLIMIT_STACK].soft = 8 * 1024 * 1024;
	process.limits[RLIMIT_SIGPENDING] =
		(struct rlimit64){SIGPENDING, SIGPENDING};
	process_limit_changed(RLIMIT_NOFILE);
}

int program_init(const char *hostname)
{
	static const struct trap_hooks traps = {
		.syscall = syscall_dispatch,
		.page_fault = page_fault,
		.exception = exception,
		.user_return = user_return,
	};
	static const struct space_file_ops files = {get_file, put_file};

	futex_init();
	signals_init();
	init_limits();
	str_copy(process.hostname, hostname, sizeof(process.hostname));
	process.started = clock_monotonic();
	trap_set_hooks(&traps);
	space_set_file_ops(&files);
	file_set_end_hook(epoll_forget_file);
	inotify_init();
	return space_init(&process.space);
}

/* --- the start --- */

/* Loading copies to the program's memory, so it happens in its own thread. */
struct start {
	const struct exec_request *request;
	struct exec_result result;
	int rc;
	bool done;
	struct waitq q;
};

static void load_and_go(void *arg)
{
	struct start *s = arg;
	struct task *t = task_current();
	int rc = exec_load(s->request, &s->result);
	struct trap_frame *tf = (struct trap_frame *)t->thread->stack_top - 1;

	/* `s` is the caller's: it is gone once it knows. */
	*tf = s->result.start;
	s->rc = rc;
	__atomic_store_n(&s->done, true, __ATOMIC_RELEASE);
	waitq_wake(&s->q, ~0u);
	if (rc)
		thread_exit();
	giant_unlock();
	user_enter(tf);
}

static int open_standard_files(void)
{
	struct file *f = NULL;
	int rc = vfs_open(NULL, "/dev/console", O_RDWR, 0, &f);

	for (int fd = 0; fd < 3 && !rc; fd++) {
		file_get(f);
		rc = fd_give(f, fd, false) == fd ? 0 : -EMFILE;
	}
	if (f)
		file_put(f);
	return rc;
}

int program_start(const struct exec_request *r, char *why, size_t size)
{
	static const struct trap_frame nowhere;
	struct start s = {.request = r};
	struct task *t;
	struct wait w;
	int rc = open_standard_files();

	str_copy(why, "/dev/console cannot be opened", size);
	if (rc)
		return rc;
	str_copy(why, "there is no memory for its first thread", size);
	rc = task_new_at(&nowhere, load_and_go, &s, &t);
	if (rc)
		return rc;
	waitq_init(&s.q);
	wait_begin(&w, &s.q);
	thread_wake(t->thread);
	while (!__atomic_load_n(&s.done, __ATOMIC_ACQUIRE))
		(void)!wait_sleep_hard(&w, NO_DEADLINE);
	wait_end(&w);
	if (s.rc)
		str_copy(why, s.result.why, size);
	return s.rc;
}

void program_reset(void)
{
	/* Nothing else runs: what cannot fail here does not. */
	fd_close_range(0, ~0u, false);
	(void)!space_unmap(&process.space, 0, page_down(USER_LIMIT));
	space_lock_all(&process.space, false, false);
	lock_acquire(&process.lock);
	memset(process.signals.actions, 0, sizeof(process.signals.actions));
	signals_drop_pending_locked();
	process.exiting = false;
	process.next_tid = PID;
	lock_release(&process.lock);
	process.umask = 022;
	process.uid = process.euid = process.suid = 0;
	process.gid = process.egid = process.sgid = 0;
	process.nr_groups = 0;
	init_limits();
	posix_timer_reset();
}
