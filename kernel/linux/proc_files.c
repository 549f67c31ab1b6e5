/* proc_files.c - proc(5), for one process. */
#include "kernel/linux/proc_files.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/timebase.h"
#include "kernel/arch/user.h"
#include "kernel/core/clock.h"
#include "kernel/core/random.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/proc.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/proc_cpu.h"
#include "kernel/linux/proc_maps.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/mm/slab.h"
#include "kernel/net/config.h"
#include "kernel/net/proc.h"

enum { KIB_PER_PAGE = PAGE_SIZE / 1024, TICKS_PER_SEC = 100 };

/* --- memory --- */

static int fill_statm(struct text *out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	text_printf(out, "%lu %lu 0 %lu 0 %lu 0\n",
	            process.space.mapped >> PAGE_SHIFT, process.space.resident,
	            (process.code_end - process.code_start) >> PAGE_SHIFT,
	            process.space.resident);
	return 0;
}

/* Bytes of the program's own memory: its arguments or environment. */
static int fill_memory(struct text *out, uint64_t from, uint64_t to)
{
	char piece[256];

	while (from < to) {
		size_t n =
			to - from < sizeof(piece) ? to - from : sizeof(piece);

		if (copy_in(piece, (uaddr){from}, n))
			return -EFAULT;
		text_write(out, piece, n);
		from += n;
	}
	return 0;
}

static int fill_cmdline(struct text *out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	return fill_memory(out, process.arg_start, process.arg_end);
}

static int fill_environ(struct text *out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	return fill_memory(out, process.env_start, process.env_end);
}

static int fill_auxv(struct text *out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	text_write(out, process.auxv, process.auxv_len * 8);
	return 0;
}

/* --- the process --- */

static int follow_exe(struct dentry **out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	return vfs_lookup(NULL, process.exe, LOOKUP_FOLLOW, out);
}

static uint64_t cpu_ticks(void)
{
	uint64_t ns = 0;

	lock_acquire(&process.lock);
	LIST_EACH(n, &process.tasks)
	ns += thread_cpu_ns(LIST_ENTRY(n, struct task, link)->thread);
	lock_release(&process.lock);
	return ns / (NS_PER_SEC / TICKS_PER_SEC);
}

/* As it is in this moment, with Linux's letter first. */
static const char *state_of(const struct thread *t)
{
	if (__atomic_load_n(&t->state, __ATOMIC_RELAXED) != THREAD_SLEEPING)
		return "R (running)";
	return __atomic_load_n(&t->interruptible, __ATOMIC_RELAXED)
	               ? "S (sleeping)"
	               : "D (disk sleep)";
}

/* What the files say of one thread. */
struct about {
	char comm[COMM_SIZE];
	const char *state; /* "S (sleeping)" */
	uint32_t cpus;     /* where it may run, one bit each */
};

/* tid 0: the caller. False: there is none. */
static bool get_about(uint64_t tid, struct about *out)
{
	struct task *t;

	lock_acquire(&process.lock);
	t = tid ? task_find_locked((uint32_t)tid) : task_current();
	if (t) {
		memcpy(out->comm, t->comm, COMM_SIZE);
		out->state = state_of(t->thread);
		out->cpus = t->thread->affinity & cpu_mask();
	}
	lock_release(&process.lock);
	return t;
}

/* proc(5), /proc/pid/stat: 52 fields; those without a meaning here are 0. */
static int fill_stat(struct text *out, uint64_t key, void *arg)
{
	struct about t;

	(void)arg;
	if (!get_about(key, &t))
		return -ESRCH;
	text_printf(out, "%lu (%s) %c 0 1 1 0 -1 4194304 0 0 0 0 ",
	            key ? key : PID, t.comm, t.state[0]);
	text_printf(out, "%lu 0 0 0 20 0 %u 0 %lu %lu %lu ", cpu_ticks(),
	            process.nr_tasks,
	            process.started / (NS_PER_SEC / TICKS_PER_SEC),
	            process.space.mapped, process.space.resident);
	text_printf(out, "18446744073709551615 %lu %lu %lu 0 0 0 0 0 0 0 0 0 ",
	            process.code_start, process.code_end, process.stack_top);
	text_printf(out, "17 0 0 0 0 0 0 0 0 0 %lu %lu %lu %lu 0\n",
	            process.arg_start, process.arg_end, process.env_start,
	            process.env_end);
	return 0;
}

/* "0-2,5" */
static void put_cpu_list(struct text *out, uint32_t cpus)
{
	const char *before = "Cpus_allowed_list:\t";

	for (unsigned first = 0; first < CPUS_MAX; first++) {
		unsigned last = first;

		if (!(cpus >> first & 1))
			continue;
		while (last + 1 < CPUS_MAX && cpus >> (last + 1) & 1)
			last++;
		text_printf(out, "%s%u", before, first);
		if (last > first)
			text_printf(out, "-%u", last);
		before = ",";
		first = last;
	}
	text_printf(out, "\n");
}

static int fill_status(struct text *out, uint64_t key, void *arg)
{
	struct about t;

	(void)arg;
	if (!get_about(key, &t))
		return -ESRCH;
	text_printf(out,
	            "Name:\t%s\nUmask:\t%04o\nState:\t%s\nTgid:\t%u\n"
	            "Pid:\t%lu\nPPid:\t0\nTracerPid:\t0\n",
	            t.comm, process.umask, t.state, PID, key ? key : PID);
	text_printf(out, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n",
	            process.uid, process.euid, process.suid, process.euid,
	            process.gid, process.egid, process.sgid, process.egid);
	text_printf(out,
	            "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\nVmHWM:\t%8lu kB\n"
	            "VmRSS:\t%8lu kB\nThreads:\t%u\n",
	            process.space.mapped / 1024, process.space.mapped / 1024,
	            process.space.resident * KIB_PER_PAGE,
	            process.space.resident * KIB_PER_PAGE, process.nr_tasks);
	text_printf(out, "SigQ:\t%u/4096\nSigPnd:\t%016lx\nSigBlk:\t%016lx\n",
	            process.signals.queued, process.signals.pending.set,
	            task_current()->signals.blocked);
	text_printf(out, "NoNewPrivs:\t0\nSeccomp:\t0\nCpus_allowed:\t%x\n",
	            t.cpus);
	put_cpu_list(out, t.cpus);
	return 0;
}

static int fill_comm(struct text *out, uint64_t key, void *arg)
{
	struct about t;

	(void)arg;
	if (!get_about(key, &t))
		return -ESRCH;
	text_printf(out, "%s\n", t.comm);
	return 0;
}

static int store_comm(const char *text, size_t n, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	if (n && text[n - 1] == '\n')
		n--;
	n = n < COMM_SIZE - 1 ? n : COMM_SIZE - 1;
	memset(task_current()->comm, 0, COMM_SIZE);
	memcpy(task_current()->comm, text, n);
	return 0;
}

static bool next_task(uint64_t *key, void *arg)
{
	uint32_t best = 0;

	(void)arg;
	lock_acquire(&process.lock);
	LIST_EACH(n, &process.tasks)
	{
		uint32_t tid = LIST_ENTRY(n, struct task, link)->tid;

		if (tid >= *key && (!best || tid < best))
			best = tid;
	}
	lock_release(&process.lock);
	*key = best;
	return best;
}

static void print_limit(struct text *out, uint64_t v)
{
	if (v == ~UINT64_C(0))
		text_printf(out, "%-20s ", "unlimited");
	else
		text_printf(out, "%-20lu ", v);
}

static int fill_limits(struct text *out, uint64_t key, void *arg)
{
	static const struct {
		const char *name, *unit;
	} rows[RLIMITS] = {
		{"Max cpu time", "seconds"},
		{"Max file size", "bytes"},
		{"Max data size", "bytes"},
		{"Max stack size", "bytes"},
		{"Max core file size", "bytes"},
		{"Max resident set", "bytes"},
		{"Max processes", "processes"},
		{"Max open files", "files"},
		{"Max locked memory", "bytes"},
		{"Max address space", "bytes"},
		{"Max file locks", "locks"},
		{"Max pending signals", "signals"},
		{"Max msgqueue size", "bytes"},
		{"Max nice priority", ""},
		{"Max realtime priority", ""},
		{"Max realtime timeout", "us"},
	};

	(void)key, (void)arg;
	text_printf(out, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit",
	            "Hard Limit", "Units");
	for (unsigned i = 0; i < RLIMITS; i++) {
		text_printf(out, "%-25s ", rows[i].name);
		print_limit(out, process.limits[i].soft);
		print_limit(out, process.limits[i].hard);
		text_printf(out, "%-10s\n", rows[i].unit);
	}
	return 0;
}

/* --- how willing it is to be killed: kept, for there is nobody else --- */

static int oom_adjust;

static int fill_oom_adjust(struct text *out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	text_printf(out, "%d\n", oom_adjust);
	return 0;
}

static int store_oom_adjust(const char *text, size_t n, uint64_t key, void *arg)
{
	enum { MOST = 1000 };
	bool minus = n && text[0] == '-';
	int value = 0;
	size_t i = minus;

	(void)key, (void)arg;
	for (; i < n && text[i] >= '0' && text[i] <= '9' && value <= MOST; i++)
		value = value * 10 + (text[i] - '0');
	if (i == minus || (i < n && text[i] != '\n') || value > MOST)
		return -EINVAL;
	oom_adjust = minus ? -value : value;
	return 0;
}

static int fill_missing(struct text *out, uint64_t key, void *arg)
{
	char *room = mem_alloc(PAGE_SIZE);

	(void)key, (void)arg;
	if (!room)
		return -ENOMEM;
	text_write(out, room, syscall_missing(room, PAGE_SIZE));
	mem_free(room);
	return 0;
}

/* `arg` is a function that writes text into a room and returns its length. */
typedef size_t (*writer)(char *out, size_t size);

struct net_text {
	writer write;
};

static int fill_net(struct text *out, uint64_t key, void *arg)
{
	enum { ROOM = 16 * PAGE_SIZE };
	const struct net_text *t = arg;
	char *room = mem_alloc(ROOM);
	size_t n;

	(void)key;
	if (!room)
		return -ENOMEM;
	n = t->write(room, ROOM);
	text_write(out, room, n < ROOM ? n : ROOM - 1);
	mem_free(room);
	return 0;
}

static struct net_text net_filter = {net_filter_stats},
		       net_tcp = {net_proc_tcp}, net_udp = {net_proc_udp},
		       net_dev = {net_proc_dev}, net_route = {net_proc_route},
		       net_arp = {net_proc_arp}, net_tcp6 = {net_proc_tcp6},
		       net_udp6 = {net_proc_udp6},
		       net_if_inet6 = {net_proc_if_inet6},
		       net_ipv6_route = {net_proc_ipv6_route};

static int fill_hostname(struct text *out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	text_printf(out, "%s\n", process.hostname);
	return 0;
}

#define FILE_MAX "524288"

/* Open, free, most. */
static int fill_file_nr(struct text *out, uint64_t key, void *arg)
{
	unsigned n = 0;

	(void)key, (void)arg;
	for (int fd = fd_next(0); fd >= 0; fd = fd_next(fd + 1))
		n++;
	text_printf(out, "%u\t0\t" FILE_MAX "\n", n);
	return 0;
}

/* RFC 4122, version 4: random. A new one each time, or one for this boot. */
static void print_uuid(struct text *out, uint8_t b[16])
{
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	for (int i = 0; i < 16; i++)
		text_printf(out, "%s%02x",
		            i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
		            b[i]);
	text_printf(out, "\n");
}

static int fill_uuid(struct text *out, uint64_t key, void *arg)
{
	uint8_t b[16];

	(void)key, (void)arg;
	random_bytes(b, sizeof(b));
	print_uuid(out, b);
	return 0;
}

static int fill_boot_id(struct text *out, uint64_t key, void *arg)
{
	static uint8_t id[16];
	uint8_t b[16];

	(void)key, (void)arg;
	if (!id[0])
		random_bytes(id, sizeof(id));
	memcpy(b, id, sizeof(b));
	print_uuid(out, b);
	return 0;
}

#define FILE(p, f)                                                             \
	{                                                                      \
		.path = (p), .fill = (f)                                       \
	}
#define TEXT(p, s)                                                             \
	{                                                                      \
		.path = (p), .fill = proc_fill_string,                         \
		.arg = (void *)(uintptr_t)(s)                                  \
	}

#define NET(p, t)                                                              \
	{                                                                      \
		.path = (p), .fill = fill_net, .arg = &(t)                     \
	}

static const struct proc_entry entries[] = {
	{.path = "/proc/self/exe", .follow = follow_exe},
	FILE("/proc/self/statm", fill_statm),
	FILE("/proc/self/cmdline", fill_cmdline),
	FILE("/proc/self/environ", fill_environ),
	FILE("/proc/self/auxv", fill_auxv),
	FILE("/proc/self/stat", fill_stat),
	FILE("/proc/self/status", fill_status),
	FILE("/proc/self/limits", fill_limits),
	{.path = "/proc/self/comm", .fill = fill_comm, .store = store_comm},
	TEXT("/proc/self/cgroup", "0::/"),
	{.path = "/proc/self/oom_score_adj",
         .fill = fill_oom_adjust,
         .store = store_oom_adjust},
	TEXT("/proc/self/oom_score", "0"),
	TEXT("/proc/self/loginuid", "4294967295"),
	TEXT("/proc/self/sessionid", "4294967295"),
	TEXT("/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority"),
	TEXT("/proc/cmdline", "miso"),
	{.path = "/proc/self/task", .next = next_task},
	FILE("/proc/self/task/#/stat", fill_stat),
	FILE("/proc/self/task/#/status", fill_status),
	{.path = "/proc/self/task/#/comm",
         .fill = fill_comm,
         .store = store_comm},
	FILE("/proc/sysmiss", fill_missing),
	NET("/proc/net/miso_filter", net_filter),
	NET("/proc/net/tcp", net_tcp),
	NET("/proc/net/udp", net_udp),
	NET("/proc/net/tcp6", net_tcp6),
	NET("/proc/net/udp6", net_udp6),
	NET("/proc/net/if_inet6", net_if_inet6),
	NET("/proc/net/ipv6_route", net_ipv6_route),
	NET("/proc/net/dev", net_dev),
	NET("/proc/net/route", net_route),
	NET("/proc/net/arp", net_arp),
	FILE("/proc/sys/kernel/hostname", fill_hostname),
	FILE("/proc/sys/kernel/random/uuid", fill_uuid),
	FILE("/proc/sys/kernel/random/boot_id", fill_boot_id),
	TEXT("/proc/sys/kernel/osrelease", "6.1.0-miso"),
	TEXT("/proc/sys/kernel/ostype", "Linux"),
	TEXT("/proc/sys/kernel/pid_max", "32768"),
	TEXT("/proc/sys/kernel/threads-max", "32768"),
	TEXT("/proc/sys/kernel/ngroups_max", "32"),
	TEXT("/proc/sys/kernel/randomize_va_space", "2"),
	TEXT("/proc/sys/vm/overcommit_memory", "1"),
	TEXT("/proc/sys/vm/max_map_count", "65530"),
	TEXT("/proc/sys/fs/file-max", FILE_MAX),
	FILE("/proc/sys/fs/file-nr", fill_file_nr),
	TEXT("/proc/sys/net/core/somaxconn", "4096"),
	TEXT("/proc/sys/net/ipv4/ping_group_range", "0\t2147483647"),
	TEXT("/proc/sys/kernel/cap_last_cap", "40"),
	TEXT("/proc/sys/kernel/version", "#1 SMP"),
	TEXT("/proc/sys/kernel/domainname", "(none)"),
	TEXT("/proc/sys/kernel/core_pattern", "core"),
	TEXT("/proc/sys/kernel/random/entropy_avail", "256"),
	TEXT("/proc/sys/kernel/random/poolsize", "256"),
	TEXT("/proc/sys/vm/overcommit_ratio", "50"),
	TEXT("/proc/sys/vm/swappiness", "0"),
	TEXT("/proc/sys/vm/nr_hugepages", "0"),
	TEXT("/proc/sys/fs/nr_open", "1048576"),
	TEXT("/proc/sys/fs/pipe-max-size", "1048576"),
	TEXT("/proc/sys/fs/inotify/max_queued_events", "16384"),
	TEXT("/proc/sys/fs/inotify/max_user_instances", "128"),
	TEXT("/proc/sys/fs/inotify/max_user_watches", "8192"),
	TEXT("/proc/sys/net/ipv6/bindv6only", "0"),
	TEXT("/sys/devices/system/cpu/offline", ""),
	TEXT("/sys/kernel/mm/transparent_hugepage/enabled",
             "always madvise [never]"),
};

int proc_files_init(void)
{
	int rc = proc_cpu_init();

	if (!rc)
		rc = proc_maps_init();
	return rc ? rc : proc_add_all(entries, ARRAY_LEN(entries));
}
