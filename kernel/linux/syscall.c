/* syscall.c - the table, dispatch, tracing, and what is missing. */
#include "kernel/linux/syscall.h"

#include "kernel/core/log.h"
#include "kernel/core/trace.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall_trace.h"
#include "kernel/sched/giant.h"

enum { NUMBERS_MAX = 512 };

struct row {
	sysret (*fn)(const struct sysargs *);
	const char *name;
	unsigned char nargs;
};

static const struct row table[] = {
#define SYSCALL(nr, name, nargs, how) [nr] = {linux_##name, #name, nargs},
#include "kernel/linux/syscalls.def"
#undef SYSCALL
};

/*
 * Calls that need no more than locks of their own, so that programs that make
 * them on several processors are not in each other's way.
 */
#define SYSCALL(nr, name, nargs, how) NR_##name = nr,
enum {
#include "kernel/linux/syscalls.def"
};
#undef SYSCALL

static const bool without_giant[NUMBERS_MAX] = {
	/* memory: the address space has its lock (mm/space.h) */
	[NR_mmap] = true,
	[NR_munmap] = true,
	[NR_mprotect] = true,
	[NR_pkey_mprotect] = true,
	[NR_mremap] = true,
	[NR_brk] = true,
	[NR_madvise] = true,
	[NR_mincore] = true,
	[NR_msync] = true,
	[NR_mlock] = true,
	[NR_mlock2] = true,
	[NR_munlock] = true,
	[NR_mlockall] = true,
	[NR_munlockall] = true,

	/* files: what has no locks of its own is called with the giant one by
         * fs/file.c */
	[NR_read] = true,
	[NR_write] = true,
	[NR_pread64] = true,
	[NR_pwrite64] = true,
	[NR_readv] = true,
	[NR_writev] = true,
	[NR_preadv] = true,
	[NR_pwritev] = true,
	[NR_lseek] = true,

	/* names: what is in their cache needs its lock only, and the walk
         * takes the giant one where it asks a file system */
	[NR_stat] = true,
	[NR_lstat] = true,
	[NR_newfstatat] = true,
	[NR_statx] = true,
	[NR_access] = true,
	[NR_faccessat] = true,
	[NR_faccessat2] = true,
	[NR_open] = true,
	[NR_openat] = true,
	[NR_openat2] = true,

	/* descriptors: the table's lock, and that of file locks; the end of a
         * file takes the giant one by itself (file_put) */
	[NR_close] = true,
	[NR_close_range] = true,
	[NR_dup] = true,
	[NR_dup2] = true,
	[NR_dup3] = true,
	[NR_fcntl] = true,
	[NR_flock] = true,
	[NR_fstat] = true,
	[NR_pipe] = true,
	[NR_pipe2] = true,
	[NR_eventfd] = true,
	[NR_eventfd2] = true,

	/* waiting for several: poll of a file needs no lock but its own */
	[NR_poll] = true,
	[NR_ppoll] = true,
	[NR_select] = true,
	[NR_pselect6] = true,
	[NR_epoll_create] = true,
	[NR_epoll_create1] = true,
	[NR_epoll_ctl] = true,
	[NR_epoll_wait] = true,
	[NR_epoll_pwait] = true,
	[NR_epoll_pwait2] = true,

	/* sockets: each kind has its lock (net/socket_private.h) */
	[NR_socket] = true,
	[NR_socketpair] = true,
	[NR_bind] = true,
	[NR_listen] = true,
	[NR_connect] = true,
	[NR_setsockopt] = true,
	[NR_getsockopt] = true,
	[NR_accept] = true,
	[NR_accept4] = true,
	[NR_sendto] = true,
	[NR_sendmsg] = true,
	[NR_sendmmsg] = true,
	[NR_recvfrom] = true,
	[NR_recvmsg] = true,
	[NR_recvmmsg] = true,
	[NR_shutdown] = true,
	[NR_getsockname] = true,
	[NR_getpeername] = true,

	/* signals: process.lock */
	[NR_rt_sigaction] = true,
	[NR_rt_sigprocmask] = true,
	[NR_rt_sigpending] = true,
	[NR_sigaltstack] = true,

	/* threads and time */
	[NR_futex] = true,
	[NR_sched_yield] = true,
	[NR_sched_getaffinity] = true,
	[NR_getcpu] = true,
	[NR_membarrier] = true,
	[NR_getpid] = true,
	[NR_gettid] = true,
	[NR_getppid] = true,
	[NR_clock_gettime] = true,
	[NR_clock_getres] = true,
	[NR_gettimeofday] = true,
	[NR_time] = true,
	[NR_nanosleep] = true,
	[NR_clock_nanosleep] = true,
	[NR_getrandom] = true,
};

static bool tracing;
static uint32_t missing[NUMBERS_MAX]; /* calls, by number; atomic */

void syscall_trace(bool on)
{
	tracing = on;
}

static sysret not_there(uint64_t nr)
{
	if (nr < NUMBERS_MAX)
		__atomic_fetch_add(&missing[nr], 1, __ATOMIC_RELAXED);
	return -ENOSYS;
}

static bool comes_back(uint64_t nr)
{
	enum { RT_SIGRETURN = 15, EXIT = 60, EXIT_GROUP = 231 };

	return nr != EXIT && nr != EXIT_GROUP && nr != RT_SIGRETURN;
}

static sysret call(const struct row *row, uint64_t nr, const struct sysargs *a)
{
	sysret result;

	if (!row)
		return not_there(nr);
	if (without_giant[nr])
		return row->fn(a);
	giant_lock();
	result = row->fn(a);
	giant_unlock();
	return result;
}

int64_t syscall_dispatch(struct trap_frame *tf)
{
	struct sysargs a = {
		{tf->rdi, tf->rsi, tf->rdx, tf->r10, tf->r8, tf->r9}, tf};
	uint64_t nr = tf->error;
	const struct row *row = NULL;
	sysret result;

	if (nr < ARRAY_LEN(table) && table[nr].fn)
		row = &table[nr];
	if (tracing && !comes_back(nr))
		syscall_trace_line(nr, row ? row->nargs : 0, &a, false, 0);
	trace_event(TRACE_SYSCALL, nr, a.a[0], a.a[1], a.a[2]);
	result = call(row, nr, &a);
	signal_call_done();
	if (tracing && comes_back(nr))
		syscall_trace_line(nr, row ? row->nargs : 0, &a, true, result);
	return result;
}

static const char *name_of(unsigned nr)
{
	const char *name = syscall_name(nr);

	return name ? name : "?";
}

size_t syscall_missing(char *out, size_t size)
{
	size_t n = 0;

	if (size)
		out[0] = '\0';
	for (unsigned i = 0; i < NUMBERS_MAX && n < size; i++)
		if (missing[i])
			n += str_printf(out + n, size - n, "%u %u %s\n", i,
			                missing[i], name_of(i));
	return n < size ? n : size;
}

/* Programs ask for these and are at home without them: not worth a line. */
static bool expected_missing(unsigned nr)
{
	enum { RSEQ = 334 };

	return nr == RSEQ;
}

void syscall_report_missing(void)
{
	char text[600];
	size_t n = 0;

	for (unsigned i = 0; i < NUMBERS_MAX && n < sizeof(text); i++)
		if (missing[i] && !expected_missing(i))
			n += str_printf(text + n, sizeof(text) - n,
			                "%s%s (%u, %u times)", n ? ", " : "",
			                name_of(i), i, missing[i]);
	if (n)
		log_line("the program asked for what is not there, was told so "
		         "(ENOSYS), and went on: %s",
		         text);
}
