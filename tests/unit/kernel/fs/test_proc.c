/* test_proc.c - /proc, /sys and /dev as a program sees them. */
#include "kernel/fs/proc.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#include "kernel/fs/dev.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "tests/lib/khost/fsdrive.h"
#include "tests/lib/khost/khost.h"

static char stored[32];

static int fill_counter(struct text *out, uint64_t key, void *arg)
{
	(void)key;
	text_printf(out, "%u\n", ++*(unsigned *)arg);
	return 0;
}

static int fill_thread(struct text *out, uint64_t key, void *arg)
{
	(void)arg;
	text_printf(out, "thread %u", (unsigned)key);
	return 0;
}

static bool next_thread(uint64_t *key, void *arg)
{
	(void)arg;
	if (*key > 30)
		return false;
	*key = *key <= 7 ? 7 : 30;
	return true;
}

static int fill_stored(struct text *out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	text_printf(out, "%s", stored);
	return 0;
}

static int store(const char *text, size_t n, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	if (n >= sizeof(stored))
		return -EINVAL;
	memcpy(stored, text, n + 1);
	return 0;
}

static const char *text_at(const char *path)
{
	static char text[4096];
	int64_t n = drive_read(path, 0, text, sizeof(text) - 1);

	if (n < 0)
		return "(error)";
	text[n] = '\0';
	return text;
}

static const char *link_at(const char *path)
{
	static char text[256];
	struct dentry *d;
	int n = vfs_lookup(NULL, path, 0, &d);

	if (n)
		return "(error)";
	n = vfs_readlink(d, text, sizeof(text) - 1);
	dentry_put(d);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void text_is_made_anew_at_each_begin(void **state)
{
	static unsigned counter;
	char got[8] = "";
	struct file *f;
	struct uio u;

	(void)state;
	assert_int_equal(proc_add("/proc/sys/test/n", fill_counter, &counter),
	                 0);
	assert_string_equal(text_at("/proc/sys/test/n"), "1\n");
	assert_int_equal(vfs_open(NULL, "/proc/sys/test/n", O_RDONLY, 0, &f),
	                 0);
	for (int i = 2; i < 4; i++) {
		uio_kernel(&u, got, 1);
		assert_int_equal(file_read(f, &u), 1);
		assert_int_equal(got[0], '0' + i);
		uio_kernel(&u, got, 8);
		assert_int_equal(file_read(f, &u), 1); /* the line feed */
		assert_int_equal(file_read(f, &u), 0);
		assert_int_equal(file_seek(f, 0, SEEK_SET), 0);
	}
	file_put(f);
}

static void self_is_a_link_to_the_number(void **state)
{
	(void)state;
	assert_string_equal(link_at("/proc/self"), "1");
	assert_string_equal(link_at("/proc/thread-self"), "1");
	assert_string_equal(link_at("/proc/self/cwd"), "/");
	assert_string_equal(link_at("/proc/mounts"), "self/mounts");
	assert_non_null(strstr(text_at("/proc/mounts"), "proc /proc proc rw"));
	assert_non_null(
		strstr(text_at("/proc/1/mountinfo"), " / /dev/shm rw,"));
	assert_int_equal(drive_size("/proc/self/cwd/proc/version"), 0);
}

static void numbers_are_folders_that_come_and_go(void **state)
{
	static const struct proc_entry rows[] = {
		{.path = "/proc/self/task", .next = next_thread},
		{.path = "/proc/self/task/#/comm", .fill = fill_thread},
	};
	char names[64];

	(void)state;
	assert_int_equal(proc_add_all(rows, 2), 0);
	assert_int_equal(drive_list("/proc/self/task", names, sizeof(names)),
	                 4);
	assert_string_equal(names, ". .. 7 30 ");
	assert_string_equal(text_at("/proc/self/task/30/comm"), "thread 30");
	assert_int_equal(drive_size("/proc/self/task/8"), -ENOENT);
	assert_int_equal(drive_size("/proc/self/task/07"), -ENOENT);
	assert_int_equal(drive_size("/proc/self/task/#"), -ENOENT);
}

static void open_files_are_shown_and_can_be_opened(void **state)
{
	struct file *f, *r, *w;
	char path[32], names[64];
	int fd, other;

	(void)state;
	assert_int_equal(drive_write("/f", 0, "text", 4), 4);
	assert_int_equal(vfs_open(NULL, "/f", O_RDONLY, 0, &f), 0);
	fd = fd_install(f, 0, false);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_string_equal(link_at(path), "/f");
	assert_string_equal(text_at(path), "text");
	assert_int_equal(vfs_unlink(NULL, "/f"), 0);
	assert_string_equal(link_at(path), "/f (deleted)");
	assert_string_equal(text_at(path), "text");
	assert_int_equal(pipe_new(0, &r, &w), 0);
	file_put(w);
	other = fd_install(r, 0, false);
	snprintf(path, sizeof(path), "/dev/fd/%d", other);
	assert_memory_equal(link_at(path), "pipe:[", 6);
	assert_true(drive_list("/dev/fd/", names, sizeof(names)) == 4);
	assert_int_equal(fd_close(fd), 0);
	assert_int_equal(fd_close(other), 0);
	assert_string_equal(link_at(path), "(error)");
}

static void values_can_be_stored(void **state)
{
	static const struct proc_entry row = {
		.path = "/proc/sys/kernel/value",
		.fill = fill_stored,
		.store = store,
	};
	static char text[] = "static";
	struct file *f;

	(void)state;
	assert_int_equal(proc_add_all(&row, 1), 0);
	assert_int_equal(proc_add("/sys/a/b", proc_fill_string, text), 0);
	assert_string_equal(text_at("/sys/a/b"), "static\n");
	assert_int_equal(drive_write("/proc/sys/kernel/value", 0, "42\n", 3),
	                 3);
	assert_string_equal(text_at("/proc/sys/kernel/value"), "42\n");
	assert_int_equal(vfs_open(NULL, "/sys/a/b", O_WRONLY, 0, &f), -EACCES);
	assert_int_equal(drive_touch("/proc/new", 0644), -EPERM);
	assert_int_equal(vfs_unlink(NULL, "/proc/version"), -EPERM);
}

static void devices_do_what_they_are_known_for(void **state)
{
	char got[16];

	(void)state;
	memset(got, 'x', sizeof(got));
	assert_int_equal(drive_write("/dev/null", 0, "x", 1), 1);
	assert_int_equal(drive_read("/dev/null", 0, got, 4), 0);
	assert_int_equal(drive_read("/dev/zero", 0, got, 4), 4);
	assert_memory_equal(got, "\0\0\0\0", 4);
	assert_int_equal(drive_write("/dev/full", 0, "x", 1), -ENOSPC);
	assert_int_equal(drive_mode("/dev/null"), S_IFCHR | 0666);
	assert_int_equal(drive_mode("/dev/shm"), S_IFDIR | 01777);
	assert_int_equal(drive_mode("/dev/ptmx"), -ENOENT);
}

static void the_console_writes_and_is_no_terminal(void **state)
{
	struct file *f;
	char got[4];
	struct uio u;

	(void)state;
	assert_int_equal(vfs_open(NULL, "/dev/console", O_RDWR, 0, &f), 0);
	uio_kernel(&u, (char[]){"hello\n"}, 6);
	assert_int_equal(file_write(f, &u), 6);
	assert_string_equal(khost_last_log(), "hello\n");
	assert_int_equal(file_ioctl(f, 0x5401, 0), -ENOTTY);
	uio_kernel(&u, got, 4);
	assert_int_equal(file_read(f, &u), 0); /* no input: the end */
	file_put(f);
}

static void random_bytes_differ(void **state)
{
	struct file *f;
	char a[16], b[16];
	struct uio u;

	(void)state;
	assert_int_equal(vfs_open(NULL, "/dev/urandom", O_RDONLY, 0, &f), 0);
	uio_kernel(&u, a, 16);
	assert_int_equal(file_read(f, &u), 16);
	uio_kernel(&u, b, 16);
	assert_int_equal(file_read(f, &u), 16);
	assert_memory_not_equal(a, b, 16);
	file_put(f);
}

static void meminfo_has_the_lines_programs_look_for(void **state)
{
	const char *text = text_at("/proc/meminfo");

	(void)state;
	assert_memory_equal(text, "MemTotal:         262144 kB\n", 28);
	assert_non_null(strstr(text, "\nMemAvailable: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_made_anew_at_each_begin),
		cmocka_unit_test(self_is_a_link_to_the_number),
		cmocka_unit_test(numbers_are_folders_that_come_and_go),
		cmocka_unit_test(open_files_are_shown_and_can_be_opened),
		cmocka_unit_test(values_can_be_stored),
		cmocka_unit_test(devices_do_what_they_are_known_for),
		cmocka_unit_test(the_console_writes_and_is_no_terminal),
		cmocka_unit_test(random_bytes_differ),
		cmocka_unit_test(meminfo_has_the_lines_programs_look_for),
	};

	drive_init();
	if (drive_mkdir("/proc") || drive_mkdir("/sys") ||
	    drive_mkdir("/dev") || proc_mount() || dev_mount())
		return 1;
	return cmocka_run_group_tests_name("proc", tests, NULL, NULL);
}
