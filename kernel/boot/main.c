/*
 * main.c - the order of start, and of the end.
 *
 * boot_main() runs on a stack of its own until there are threads, and then is
 * one of them: the one that starts the program, waits for its end or for the
 * power button, and switches the machine off.
 */
#include "kernel/abi/boot_lines.h"
#include "kernel/abi/gpt.h"
#include "kernel/abi/machine.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/irq.h"
#include "kernel/arch/timebase.h"
#include "kernel/boot/config.h"
#include "kernel/boot/metadata.h"
#include "kernel/boot/probe.h"
#include "kernel/boot/start_info.h"
#include "kernel/core/blockdev.h"
#include "kernel/core/clock.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/core/power.h"
#include "kernel/core/random.h"
#include "kernel/core/stack_guard.h"
#include "kernel/drivers/acpi.h"
#include "kernel/drivers/fw_cfg.h"
#include "kernel/drivers/mptable.h"
#include "kernel/drivers/nvme.h"
#include "kernel/drivers/pci.h"
#include "kernel/drivers/serial.h"
#include "kernel/drivers/virtio_mmio.h"
#include "kernel/drivers/virtio_pci.h"
#include "kernel/fs/dev.h"
#include "kernel/fs/ext4.h"
#include "kernel/fs/partition.h"
#include "kernel/fs/proc.h"
#include "kernel/fs/proc_io.h"
#include "kernel/fs/tmpfs.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/proc_files.h"
#include "kernel/linux/proc_net.h"
#include "kernel/linux/process.h"
#include "kernel/linux/program.h"
#include "kernel/linux/syscall.h"
#include "kernel/linux/time_follow.h"
#include "kernel/linux/wx.h"
#include "kernel/mm/page_init.h"
#include "kernel/mm/refault.h"
#include "kernel/mm/slab.h"
#include "kernel/net/config.h"
#include "kernel/sched/load.h"
#include "kernel/sched/report.h"
#include "kernel/sched/thread_private.h"

enum {
	/* After SIGTERM, or at a second press, the machine stops anyway. */
	GRACE_SECONDS = 30,
	KILL_SECONDS = 5,
	RESTART_PAUSE_MS = 1000,
	NET_DRAIN_MS = 2000,
};

static struct boot_info info;
static struct boot_config config;

/*
 * Who says how this instance of the image is to run. Nobody, where a disk was
 * made to run without miso: there is no firewall then, and all is let in.
 */
static enum { FROM_NOBODY, FROM_FW_CFG, FROM_METADATA } lines_from;

/* What the last thread and the power button tell the boot thread. */
static struct {
	struct lock lock; /* rank LOCK_OBJECT */
	struct waitq q;

	/* lock must be held for these. */
	bool ended;
	int status; /* as wait(2) gives it */
	unsigned presses;
	uint64_t pressed_at;
} events = {.lock = LOCK_INIT(LOCK_OBJECT), .q = WAITQ_INIT(events.q)};

_Noreturn void boot_main(uint64_t start_info);
static void on_power_button(void);
static void on_renewal(const uint8_t id[16]);

/* The machine does not get as far as running the program. */
static _Noreturn void give_up(const char *fmt, ...) PRINTF(1, 2);

/* Not needed to start: the program comes first. */
static void init_power(void)
{
	static const struct acpi_events events_of_acpi = {
		.pressed = on_power_button,
		.renewed = on_renewal,
	};
	static bool done;

	if (!done)
		acpi_init(info.rsdp, &events_of_acpi);
	done = true;
}

static _Noreturn void give_up(const char *fmt, ...)
{
	char text[240];
	va_list ap;

	va_start(ap, fmt);
	str_vprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_line("%s", text);
	log_status("boot %s", text);
	vfs_unmount_all();
	init_power();
	power_off();
}

static void must(int rc, const char *what)
{
	if (rc)
		give_up("%s: error %d", what, -rc);
}

/* --- events --- */

static void on_program_end(int wait_status)
{
	lock_acquire(&events.lock);
	events.ended = true;
	events.status = wait_status;
	lock_release(&events.lock);
	waitq_wake(&events.q, ~0u);
}

static void on_power_button(void)
{
	lock_acquire(&events.lock);
	if (!events.presses++)
		events.pressed_at = clock_monotonic();
	lock_release(&events.lock);
	signal_post(SIGTERM);
	waitq_wake(&events.q, ~0u);
}

/* Whoever runs beside us would draw the same numbers, and time has passed. */
static void on_renewal(const uint8_t id[16])
{
	random_renew(id, 16);
	time_follow_now();
	log_line("this machine is a copy or was set back: new random numbers");
}

/* --- devices and files --- */

static void found(const struct pci_device *d)
{
	if (!virtio_pci_found(d))
		(void)nvme_pci_found(d);
}

static void find_devices(void)
{
	if (!virtio_mmio_scan(info.cmdline) && pci_present())
		pci_scan(found);
}

/*
 * The disk that a hypervisor calls root is the file system itself; any other
 * has partitions, or is it, too.
 */
static struct block_device *find_root(void)
{
	struct block_device *dev = block_find(MACHINE_ROOT_SERIAL), *part;
	int rc;

	if (dev)
		return dev;
	dev = block_find("");
	if (!dev)
		give_up("there is no disk to boot from");
	rc = partition_open(dev, GPT_TYPE_ROOT, &part);
	if (rc == 0)
		return part;
	if (rc != -ENOENT)
		give_up("%s: the partition table cannot be used (error %d)",
		        dev->name, -rc);
	return dev;
}

static void mount_root(void)
{
	struct block_device *dev = find_root();
	struct superblock *sb;
	int rc = ext4_open(dev, false, &sb);

	if (rc)
		give_up("%s: no ext4 file system that can be used (error %d)",
		        dev->name, -rc);
	must(vfs_mount(sb, "/"), "mounting /");
}

/* A folder that an image lacks is made; a read-only one must have it. */
static void make_folder(const char *path)
{
	(void)!vfs_create(NULL, path, S_IFDIR | 0755, 0);
}

static void mount_system_folders(void)
{
	static const char *const memory[] = {"/tmp", "/run"};

	make_folder("/dev");
	must(dev_mount(), "mounting /dev");
	make_folder("/proc");
	make_folder("/sys");
	must(proc_mount(), "mounting /proc");
	for (unsigned i = 0; i < ARRAY_LEN(memory); i++) {
		make_folder(memory[i]);
		must(tmpfs_mount(memory[i]), memory[i]);
	}
	must(proc_files_init(), "filling /proc");
	must(proc_io_init(), "filling /sys/block");
}

/* "SERIAL PATH [ro]" */
static void mount_volume(const char *line)
{
	char serial[24], path[256];
	const char *blank = strchr(line, ' '), *rest;
	struct block_device *dev;
	struct superblock *sb;
	int rc;

	if (!blank || blank[1] != '/')
		give_up("malformed line: mount %s", line);
	str_copy(serial, line, sizeof(serial));
	if ((size_t)(blank - line) < sizeof(serial))
		serial[blank - line] = '\0';
	str_copy(path, blank + 1, sizeof(path));
	rest = strchr(blank + 1, ' ');
	if (rest && (size_t)(rest - blank) <= sizeof(path))
		path[rest - blank - 1] = '\0';
	dev = block_find(serial);
	if (!dev)
		give_up("mount %s: there is no such disk", line);
	make_folder(path);
	rc = ext4_open(dev, rest && strcmp(rest, " ro") == 0, &sb);
	if (!rc)
		rc = vfs_mount(sb, path);
	if (rc)
		give_up("mount %s: error %d", line, -rc);
}

/* --- boot lines --- */

static void add_lines(const char *source, char *text, size_t len)
{
	char why[200] = "no memory";

	if (config_add(&config, source, text, len, why, sizeof(why)))
		give_up("%s", why);
}

/* The file's first `max` bytes, terminated, in memory from mem_alloc(). */
static int read_file(const char *path, size_t max, char **text, size_t *len)
{
	struct file *f;
	struct uio u;
	int64_t n = -ENOMEM;
	size_t size;
	int rc = vfs_open(NULL, path, O_RDONLY, 0, &f);

	if (rc)
		return rc;
	size = f->inode->size < max ? f->inode->size : max;
	*text = mem_alloc(size + 1);
	if (*text) {
		uio_kernel(&u, *text, size);
		n = file_read(f, &u);
	}
	file_put(f);
	if (n < 0)
		return (int)n;
	(*text)[n] = '\0';
	*len = (size_t)n;
	return 0;
}

static void read_boot_lines(void)
{
	char *text;
	uint32_t size;
	size_t len = 0;

	if (!read_file(BOOT_LINES_PATH, BOOT_LINES_MAX + 1, &text, &len))
		add_lines(BOOT_LINES_PATH, text, len);
	switch (fw_cfg_read(BOOT_LINES_FW_CFG, BOOT_LINES_MAX, &text, &size)) {
	case 0:
		add_lines("fw_cfg:" BOOT_LINES_FW_CFG, text, size);
		lines_from = FROM_FW_CFG;
		break;
	case -ENOENT:
		lines_from = metadata_is_there(info.smbios) ? FROM_METADATA
		                                            : FROM_NOBODY;
		break;
	default:
		give_up("the boot lines in fw_cfg cannot be read");
	}
	if (!config.program)
		give_up("no boot line says which program to run");
}

/* --- network --- */

static bool says_already(const char *path, const char *text, size_t len)
{
	char *now;
	size_t n;
	bool same;

	if (read_file(path, len + 1, &now, &n))
		return false;
	same = n == len && memcmp(now, text, len) == 0;
	mem_free(now);
	return same;
}

/* A file that is right already is left alone: a disk that nobody writes to
 * stays as it was built. */
static void write_file(const char *path, const char *text, size_t len)
{
	struct file *f;
	struct uio u;
	int rc;

	if (says_already(path, text, len))
		return;
	rc = vfs_open(NULL, path, O_WRONLY | O_CREAT | O_TRUNC, 0644, &f);
	if (!rc) {
		uio_kernel(&u, (void *)(uintptr_t)text, len);
		rc = file_write(f, &u) == (int64_t)len ? 0 : -EIO;
		file_put(f);
	}
	if (rc)
		log_line("%s cannot be written: error %d", path, -rc);
}

static void take_net_lines(const char *key, const struct string_list *l,
                           int (*take)(const char *value))
{
	for (size_t i = 0; i < l->n; i++) {
		int rc = take(l->v[i]);

		if (rc == -EINVAL)
			give_up("malformed line: %s %s", key, l->v[i]);
		must(rc, key);
	}
}

/* Files that the resolver of the program's C library reads. */
static void write_net_files(void)
{
	enum { ROOM = 16 * 1024 };
	static struct mutex one = MUTEX_INIT(one);
	char *text = mem_alloc(ROOM);

	if (!text) {
		log_line("no memory to write /etc/hosts");
		return;
	}
	mutex_lock(&one);
	write_file("/etc/hosts", text, net_hosts(text, ROOM));
	write_file("/etc/resolv.conf", text, net_resolv_conf(text, ROOM));
	mutex_unlock(&one);
	mem_free(text);
}

static void start_network(void)
{
	take_net_lines("net", &config.net, net_add_line);
	if (config.hostname)
		net_set_hostname(config.hostname);
	net_set_changed(write_net_files);
	must(net_up(), "starting the network");
	must(proc_net_init(), "filling /sys/class/net");
}

/* The network that brings them is configured by DHCP. */
static void fetch_boot_lines(void)
{
	size_t net_lines = config.net.n, len;
	char *text;

	if (lines_from != FROM_METADATA || metadata_boot_lines(&text, &len))
		return;
	add_lines("metadata:miso-boot", text, len);
	if (config.net.n > net_lines)
		log_line("net lines of the metadata server come too late");
}

static void take_lines_of_instance(void)
{
	take_net_lines("allow", &config.allow, net_add_allow);
	take_net_lines("host", &config.host, net_add_host);
	take_net_lines("log", &config.log, net_add_log);
	if (lines_from == FROM_NOBODY && !config.allow.n)
		must(net_allow_all(), "opening the filter");
	must(net_start_log(), "shipping the log");
}

/* A program that connects out at once wants an address. One that serves does
 * not mind: a server that is far away delays it by this much at the most. */
static void finish_network(void)
{
	(void)net_wait_configured();
	take_lines_of_instance();
	write_net_files();
}

/* --- the program --- */

static int start_program(char *why, size_t size)
{
	static const char *const plain_env[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
		"/bin",
		"HOME=/root",
	};
	const char **argv = mem_alloc((config.args.n + 1) * sizeof(*argv));
	const char **envp = mem_alloc((config.env.n + ARRAY_LEN(plain_env)) *
	                              sizeof(*envp));
	struct exec_request r = {
		.path = config.program,
		.argv = argv,
		.argc = config.args.n + 1,
		.envp = envp,
		.envc = config.env.n,
	};

	if (!argv || !envp)
		return -ENOMEM;
	argv[0] = config.program;
	memcpy(argv + 1, config.args.v, config.args.n * sizeof(*argv));
	memcpy(envp, config.env.v, config.env.n * sizeof(*envp));
	for (unsigned i = 0; i < ARRAY_LEN(plain_env); i++) {
		const char *equals = strchr(plain_env[i], '=');
		size_t name = (size_t)(equals - plain_env[i]) + 1;
		bool given = false;

		for (size_t e = 0; e < config.env.n && !given; e++)
			given = !strncmp(envp[e], plain_env[i], name);
		if (!given)
			envp[r.envc++] = plain_env[i];
	}
	return program_start(&r, why, size);
}

static void enter_cwd(void)
{
	struct dentry *d;
	int rc;

	if (!config.cwd)
		return;
	rc = vfs_lookup(NULL, config.cwd, LOOKUP_FOLLOW, &d);
	if (!rc) {
		rc = vfs_chdir(d);
		dentry_put(d);
	}
	if (rc)
		give_up("cwd %s: error %d", config.cwd, -rc);
}

static bool should_stop_locked(uint64_t now)
{
	return events.ended || events.presses > 1 ||
	       (events.presses &&
	        now >= events.pressed_at + GRACE_SECONDS * NS_PER_SEC);
}

/* Until the program ends, or was asked to and takes too long. */
static bool wait_for_end(int *status)
{
	uint64_t deadline = NO_DEADLINE;
	bool ended, stop;
	struct wait w;

	wait_begin(&w, &events.q);
	for (;;) {
		lock_acquire(&events.lock);
		stop = should_stop_locked(clock_monotonic());
		ended = events.ended;
		*status = events.status;
		if (events.presses)
			deadline =
				events.pressed_at + GRACE_SECONDS * NS_PER_SEC;
		lock_release(&events.lock);
		if (stop)
			break;
		(void)!wait_sleep_hard(&w, deadline);
	}
	wait_end(&w);
	return ended;
}

static bool has_ended(void)
{
	bool ended;

	lock_acquire(&events.lock);
	ended = events.ended;
	lock_release(&events.lock);
	return ended;
}

/* It did not go when it was asked to. False: not even now, soon enough. */
static bool kill_program(void)
{
	uint64_t deadline = clock_monotonic() + KILL_SECONDS * NS_PER_SEC;
	bool ended;
	struct wait w;
	int rc = 0;

	process_end(SIGKILL);
	wait_begin(&w, &events.q);
	while (!(ended = has_ended()) && !rc)
		rc = wait_sleep_hard(&w, deadline);
	wait_end(&w);
	return ended;
}

static void report_end(bool ended, int status)
{
	int sig = status & 0x7f;

	syscall_report_missing();
	if (!ended) {
		log_line("the program did not end in time: stopping");
		log_status("signal %d", SIGKILL);
	} else if (sig) {
		log_line("%s was ended by signal %d", config.program, sig);
		log_status("signal %d", sig);
	} else {
		log_status("exit %d", status >> 8 & 0xff);
	}
}

/* The power button ends also what would be started again. */
static bool should_restart(bool ended, int status)
{
	bool pressed;

	lock_acquire(&events.lock);
	pressed = events.presses;
	events.ended = false;
	lock_release(&events.lock);
	if (!ended || pressed)
		return false;
	return config.restart == RESTART_ALWAYS ||
	       (config.restart == RESTART_ON_FAILURE && status != 0);
}

static void follow_clock(void)
{
	static bool done;

	if (!done)
		time_follow_start();
	done = true;
}

/* False: threads of it are left, somewhere in the kernel. */
static bool run_program(void)
{
	bool ended, again;
	char why[200];
	int status;

	do {
		if (start_program(why, sizeof(why)))
			give_up("%s", why);
		log_status("ready");
		probe_run(config.probe);
		init_power();
		follow_clock();
		ended = wait_for_end(&status);
		log_flush();
		report_end(ended, status);
		again = should_restart(ended, status);
		if (again) {
			log_line("%s is started again", config.program);
			program_reset();
			thread_sleep_until(clock_monotonic() +
			                   RESTART_PAUSE_MS * NS_PER_MS);
		}
	} while (again);
	return ended || kill_program();
}

/* Everything to the disks. They are not clean while somebody may write. */
static void leave_disks(bool alone)
{
	if (alone) {
		vfs_unmount_all();
	} else {
		log_line("threads hang in the kernel: disks are not clean");
		vfs_sync();
	}
}

static void init_time(void)
{
	const char *how;
	uint64_t error;

	timebase_init(&how);
	clock_set_realtime(timebase_wall_clock(&error));
}

static void start_processors(void)
{
	enum { MAX = 64 };
	uint32_t ids[MAX];
	unsigned n = acpi_processors(info.rsdp, ids, MAX);

	if (!n)
		n = mptable_processors(ids, MAX);
	sched_start_cpus(ids, n);
}

static void init_system(uint64_t start_info)
{
	serial_init();
	start_info_read(start_info, &info);
	page_init(info.ranges, info.nr_ranges);
	refault_init();
	must(cpu_init_stacks(), "the stacks of faults");
	init_time();
	irq_init();
	sched_init();
	load_start();
	irq_enable();
	panic_add(sched_report);
	start_processors();
	must(vfs_init(), "starting the file system layer");
	must(vfs_start(), "starting the write-back thread");
}

/* This function never returns, so it may change what frames end with. */
_Noreturn void boot_main(uint64_t start_info)
{
	bool gone;

	cpu_init();
	stack_guard_init();
	init_system(start_info);
	find_devices();
	mount_root();
	read_boot_lines();
	start_network(); /* DHCP goes on while the rest is done */
	fetch_boot_lines();
	must(program_init(config.hostname ? config.hostname : "miso"),
	     "preparing the program");
	mount_system_folders();
	for (size_t i = 0; i < config.mount.n; i++)
		mount_volume(config.mount.v[i]);
	enter_cwd();
	if (config.wx_deny)
		wx_deny();
	syscall_trace(config.trace_syscalls);
	panic_restart(config.restart != RESTART_NEVER);
	finish_network();
	process_set_end(on_program_end);
	gone = run_program();
	net_drain(NET_DRAIN_MS * NS_PER_MS);
	leave_disks(gone);
	power_off();
}
