/*
 * test_journal.c - ext4's journal as it is written: what goes into the log and
 * when, what orphans leave, and what happens when the disk fails. That a crash
 * at any time does no harm is test_crash.c's.
 */
#include "kernel/fs/ext4.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/fs/ext4/jbd2.h"
#include "kernel/lib/errno.h"
#include "tests/lib/khost/fsdrive.h"
#include "tests/lib/khost/image.h"
#include "tests/lib/khost/khost.h"

static void mount_disk(struct khost_disk *d, bool read_only)
{
	struct superblock *sb;

	assert_int_equal(ext4_open(khost_disk_device(d), false, &sb), 0);
	assert_int_equal(sb->read_only, read_only);
	assert_int_equal(vfs_mount(sb, "/mnt"), 0);
}

static struct khost_disk *mount(const char *options, const char *size)
{
	struct khost_disk *d = image_make(options, size, NULL);

	mount_disk(d, false);
	return d;
}

static void unmount(struct khost_disk *d)
{
	assert_int_equal(vfs_unmount("/mnt"), 0);
	assert_true(image_is_clean(d));
	khost_disk_free(d);
}

/* The disk as if the power went now; the mounted one goes on. */
static struct khost_disk *crash(struct khost_disk *d, size_t size)
{
	return khost_disk_new(khost_disk_bytes(d), size);
}

static const char *const four_mib = "-t ext4 -b 4096 -J size=4";

/* --- when --- */

static void who_only_reads_leaves_the_disk_alone(void **state)
{
	struct khost_disk *d = image_make(four_mib, "16M", NULL);

	(void)state;
	mount_disk(d, false);
	assert_int_equal(drive_count("/mnt"), 1);
	vfs_sync();
	assert_int_equal(vfs_unmount("/mnt"), 0);
	assert_int_equal(khost_disk_counts(d).writes, 0);
	assert_int_equal(khost_disk_counts(d).flushes, 0);
	khost_disk_free(d);
}

static void the_journal_is_empty_after_unmounting(void **state)
{
	struct khost_disk *d = mount(four_mib, "16M"), *now;

	(void)state;
	assert_int_equal(drive_write("/mnt/f", 0, "text", 4), 4);
	assert_int_equal(drive_fsync("/mnt/f"), 0);
	now = crash(d, 16 << 20);
	assert_true(image_debugfs_says(now, "stats", "needs_recovery"));
	assert_true(image_debugfs_says(now, "logdump", "transaction 1"));
	khost_disk_free(now);
	assert_int_equal(vfs_unmount("/mnt"), 0);
	assert_true(
		image_debugfs_says(d, "logdump", "Journal starts at block 0"));
	image_edit(&d, "tune2fs -O ^has_journal %s"); /* refuses a full one */
	assert_true(image_debugfs_prints(d, "cat /f", "text"));
	assert_true(image_is_clean(d));
	khost_disk_free(d);
}

/* Contents alone need no transaction, and names of others do not wait. */
static void fdatasync_of_what_has_its_blocks_is_a_flush(void **state)
{
	struct khost_disk *d = mount(four_mib, "16M");
	struct khost_disk_counts before, after;
	char over[] = "over";
	struct file *f;
	struct uio u;

	(void)state;
	assert_int_equal(drive_write("/mnt/f", 0, "text", 4), 4);
	assert_int_equal(vfs_open(NULL, "/mnt/f", O_RDWR, 0, &f), 0);
	before = khost_disk_counts(d);
	assert_int_equal(file_fsync(f, true), 0);
	after = khost_disk_counts(d);
	/* It is new: contents, log, flush, commit, flush. */
	assert_true(after.writes - before.writes >= 3);
	assert_int_equal(after.flushes - before.flushes, 2);
	uio_kernel(&u, over, 4);
	assert_int_equal(file_write_at(f, &u, 0), 4);
	before = khost_disk_counts(d);
	assert_int_equal(file_fsync(f, true), 0);
	after = khost_disk_counts(d);
	assert_int_equal(after.writes - before.writes, 1);
	assert_int_equal(after.flushes - before.flushes, 1);
	before = after;
	assert_int_equal(file_fsync(f, false), 0); /* now its time, too */
	assert_int_equal(khost_disk_counts(d).flushes - before.flushes, 2);
	file_put(f);
	unmount(d);
}

static void sync_commits_what_is_running(void **state)
{
	struct khost_disk *d = mount(four_mib, "16M"), *now;

	(void)state;
	assert_int_equal(drive_mkdir("/mnt/d"), 0);
	vfs_sync();
	now = crash(d, 16 << 20);
	assert_true(image_recovers(&now));
	assert_true(image_debugfs_says(now, "ls -p /", "/d/"));
	khost_disk_free(now);
	unmount(d);
}

/* Small blocks fill a log of 1 MiB many times over. */
static void a_full_log_begins_anew(void **state)
{
	struct khost_disk *d = mount("-t ext4 -b 1024 -J size=1", "8M"), *now;
	char path[64];

	(void)state;
	for (int n = 0; n < 400; n++) {
		snprintf(path, sizeof(path), "/mnt/file%d", n);
		assert_int_equal(drive_write(path, 0, path, 20), 20);
		assert_int_equal(drive_fsync(path), 0);
	}
	now = crash(d, 8 << 20);
	unmount(d);
	mount_disk(now, false);
	assert_int_equal(drive_count("/mnt"), 401);
	unmount(now);
}

/* A transaction larger than the log has room for is more than one. */
static void what_is_long_takes_more_than_one_transaction(void **state)
{
	struct khost_disk *d = mount("-t ext4 -b 1024 -J size=1 -g 1024",
	                             "12M"),
			  *now;

	(void)state;
	/* Every other block: a deep tree, bitmaps of all groups. */
	for (int64_t n = 0; n < 1500; n++)
		assert_int_equal(drive_write("/mnt/f", n * 8192, "x", 1), 1);
	assert_int_equal(drive_fsync("/mnt/f"), 0);
	assert_int_equal(drive_truncate("/mnt/f", 100 * 8192), 0);
	vfs_sync();
	now = crash(d, 12 << 20);
	assert_true(image_recovers(&now));
	assert_true(image_is_clean(now));
	khost_disk_free(now);
	assert_int_equal(vfs_unlink(NULL, "/mnt/f"), 0);
	unmount(d);
}

/* Blocks of a file that was removed wait for a commit, which comes in time. */
static void a_full_disk_is_filled_again_after_a_removal(void **state)
{
	struct khost_disk *d = mount("-t ext4 -b 1024 -J size=1", "4M");
	static char piece[50000];
	int64_t n, size[3] = {0};

	(void)state;
	for (unsigned k = 0; k < ARRAY_LEN(size); k++) {
		while ((n = drive_append("/mnt/f", piece, sizeof(piece))) > 0)
			size[k] += n;
		assert_int_equal(n, -ENOSPC);
		assert_int_equal(vfs_unlink(NULL, "/mnt/f"), 0);
	}
	assert_true(size[0] > 2000000);
	assert_int_equal(size[1], size[0]);
	assert_int_equal(size[2], size[0]);
	unmount(d);
}

/* --- what --- */

/* The first bytes of a block of the journal's own, as a folder's block. */
static void what_looks_like_the_journal_is_escaped(void **state)
{
	struct khost_disk *d = mount(four_mib, "16M"), *now;
	uint32_t magic = be32(JBD2_MAGIC);
	char target[200], got[200];
	struct dentry *link;

	(void)state;
	memset(target, 'x', sizeof(target) - 1);
	memcpy(target, &magic, sizeof(magic));
	target[sizeof(target) - 1] = '\0';
	assert_int_equal(vfs_symlink(NULL, "/mnt/l", target), 0);
	vfs_sync();
	now = crash(d, 16 << 20);
	unmount(d);
	mount_disk(now, false);
	assert_int_equal(vfs_lookup(NULL, "/mnt/l", 0, &link), 0);
	assert_int_equal(vfs_readlink(link, got, sizeof(got)), 199);
	assert_memory_equal(got, target, 199);
	dentry_put(link);
	unmount(now);
}

/* --- orphans --- */

static struct file *open_and_remove(const char *path, size_t size)
{
	static uint8_t bytes[200000];
	struct file *f;

	assert_int_equal(drive_write(path, 0, bytes, size), (int64_t)size);
	assert_int_equal(vfs_open(NULL, path, O_RDWR, 0, &f), 0);
	assert_int_equal(vfs_unlink(NULL, path), 0);
	return f;
}

static void what_was_open_without_a_name_is_freed_after_a_crash(void **state)
{
	struct khost_disk *d = mount(four_mib, "16M"), *now, *theirs;
	struct fs_stat before, after;
	struct file *f[3];
	struct dentry *root;

	(void)state;
	assert_int_equal(vfs_lookup(NULL, "/mnt", 0, &root), 0);
	assert_int_equal(vfs_statfs(root, &before), 0);
	f[0] = open_and_remove("/mnt/a", 200000);
	f[1] = open_and_remove("/mnt/b", 1);
	assert_int_equal(
		vfs_open(NULL, "/mnt", O_TMPFILE | O_RDWR, 0600, &f[2]), 0);
	file_put(f[1]); /* from the middle of the chain */
	vfs_sync();
	now = crash(d, 16 << 20);
	theirs = crash(d, 16 << 20);
	file_put(f[0]);
	file_put(f[2]);
	dentry_put(root);
	unmount(d);
	mount_disk(now, false);
	assert_non_null(strstr(khost_last_log(), "2 deleted, 0 cut"));
	assert_int_equal(vfs_lookup(NULL, "/mnt", 0, &root), 0);
	assert_int_equal(vfs_statfs(root, &after), 0);
	assert_int_equal(after.free, before.free);
	assert_int_equal(after.files_free, before.files_free);
	dentry_put(root);
	unmount(now);
	assert_true(image_recovers(&theirs));
	assert_true(image_is_clean(theirs));
	khost_disk_free(theirs);
}

/* debugfs makes an orphan with a name: a truncation that did not end. */
static void a_file_in_the_chain_is_cut_to_its_size(void **state)
{
	static uint8_t bytes[50000];
	struct khost_disk *d = mount(four_mib, "16M");
	char script[256];
	uint64_t ino;

	(void)state;
	assert_int_equal(drive_write("/mnt/f", 0, bytes, sizeof(bytes)),
	                 sizeof(bytes));
	assert_int_equal(vfs_unmount("/mnt"), 0);
	image_script(&d, "sif /f size 5000\nsif /f dtime 0\n");
	ino = 12; /* the first after lost+found */
	assert_true(image_debugfs_says(d, "stat /f", "Inode: 12"));
	snprintf(script, sizeof(script), "ssv last_orphan %u\n", (unsigned)ino);
	image_script(&d, script);
	mount_disk(d, false);
	assert_non_null(strstr(khost_last_log(), "0 deleted, 1 cut"));
	assert_int_equal(drive_size("/mnt/f"), 5000);
	unmount(d);
}

static void a_damaged_chain_of_orphans_leaves_the_disk_alone(void **state)
{
	static const char *const scripts[] = {
		"sif /f dtime 12\nssv last_orphan 12\n", /* a ring */
		"ssv last_orphan 2\n",                   /* the root */
		"ssv last_orphan 8\n",                   /* the journal */
		"ssv last_orphan 99999\n",
		"sif /f mode 0060644\nssv last_orphan 12\n", /* a device */
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(scripts); k++) {
		struct khost_disk *d = mount(four_mib, "16M"), *before;

		assert_int_equal(drive_write("/mnt/f", 0, "text", 4), 4);
		assert_int_equal(vfs_unmount("/mnt"), 0);
		image_script(&d, scripts[k]);
		before = crash(d, 16 << 20);
		mount_disk(d, true);
		assert_int_equal(drive_touch("/mnt/g", 0644), -EROFS);
		assert_int_equal(vfs_unmount("/mnt"), 0);
		assert_memory_equal(khost_disk_bytes(before),
		                    khost_disk_bytes(d), 16 << 20);
		khost_disk_free(before);
		khost_disk_free(d);
	}
}

/* --- a disk that fails --- */

static void a_log_that_cannot_be_written_is_tried_again(void **state)
{
	struct khost_disk *d = mount(four_mib, "16M");

	(void)state;
	assert_int_equal(drive_write("/mnt/f", 0, "text", 4), 4);
	khost_disk_fail_writes(d, 2); /* the contents, then the log */
	assert_int_equal(drive_fsync("/mnt/f"), -EIO);
	khost_disk_fail_writes(d, 0);
	assert_int_equal(drive_fsync("/mnt/f"), 0);
	unmount(d);
}

/* From its commit block on nobody can say whether it counts. */
static void after_a_commit_that_failed_nothing_is_written(void **state)
{
	struct khost_disk *d = mount(four_mib, "16M"), *now;
	struct file *f;

	(void)state;
	assert_int_equal(drive_write("/mnt/f", 0, "text", 4), 4);
	assert_int_equal(drive_fsync("/mnt/f"), 0);
	assert_int_equal(drive_mkdir("/mnt/d"), 0);
	assert_int_equal(vfs_open(NULL, "/mnt/f", O_RDWR, 0, &f), 0);
	khost_disk_fail_writes(d, 3); /* descriptor, copies, this */
	assert_int_equal(file_fsync(f, false), -EIO);
	khost_disk_fail_writes(d, 0);
	assert_non_null(strstr(khost_last_log(), "read-only from now"));
	assert_int_equal(file_fsync(f, false), -EIO);
	assert_int_equal(drive_touch("/mnt/g", 0644), -EROFS);
	file_put(f);
	now = crash(d, 16 << 20);
	assert_int_equal(vfs_unmount("/mnt"), 0);
	khost_disk_free(d);
	mount_disk(now, false);
	assert_int_equal(drive_size("/mnt/f"), 4);
	unmount(now);
}

static void a_damaged_journal_is_found_by_the_first_write(void **state)
{
	struct khost_disk *d = image_make(four_mib, "16M", NULL);
	uint64_t log = image_debugfs_number(d, "bmap <8> 0");

	(void)state;
	khost_disk_bytes(d)[log * 4096] ^= 1;
	mount_disk(d, false);
	assert_int_equal(drive_count("/mnt"), 1);
	assert_int_equal(drive_touch("/mnt/f", 0644), -EROFS);
	assert_non_null(strstr(khost_last_log(), "its journal is damaged"));
	assert_int_equal(drive_touch("/mnt/f", 0644), -EROFS);
	assert_int_equal(khost_disk_counts(d).writes, 0);
	assert_int_equal(vfs_unmount("/mnt"), 0);
	khost_disk_free(d);
}

/* Each allocation in turn: an error, or it works; and nothing is lost. */
static void without_memory_operations_fail_cleanly(void **state)
{
	(void)state;
	for (unsigned nth = 1; nth < 40; nth++) {
		size_t objects = khost_objects_used();
		struct khost_disk *d = mount(four_mib, "16M");

		assert_int_equal(drive_write("/mnt/old", 0, "text", 4), 4);
		khost_fail_alloc(nth);
		(void)drive_write("/mnt/f", 0, "text", 4);
		(void)!drive_mkdir("/mnt/d");
		(void)!vfs_unlink(NULL, "/mnt/old");
		(void)!drive_fsync("/mnt/f");
		khost_fail_alloc(0);
		assert_int_equal(drive_write("/mnt/after", 0, "text", 4), 4);
		assert_int_equal(drive_fsync("/mnt/after"), 0);
		unmount(d);
		assert_true(khost_objects_used() <= objects);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_only_reads_leaves_the_disk_alone),
		cmocka_unit_test(the_journal_is_empty_after_unmounting),
		cmocka_unit_test(fdatasync_of_what_has_its_blocks_is_a_flush),
		cmocka_unit_test(sync_commits_what_is_running),
		cmocka_unit_test(a_full_log_begins_anew),
		cmocka_unit_test(what_is_long_takes_more_than_one_transaction),
		cmocka_unit_test(a_full_disk_is_filled_again_after_a_removal),
		cmocka_unit_test(what_looks_like_the_journal_is_escaped),
		cmocka_unit_test(
			what_was_open_without_a_name_is_freed_after_a_crash),
		cmocka_unit_test(a_file_in_the_chain_is_cut_to_its_size),
		cmocka_unit_test(
			a_damaged_chain_of_orphans_leaves_the_disk_alone),
		cmocka_unit_test(a_log_that_cannot_be_written_is_tried_again),
		cmocka_unit_test(after_a_commit_that_failed_nothing_is_written),
		cmocka_unit_test(a_damaged_journal_is_found_by_the_first_write),
		cmocka_unit_test(without_memory_operations_fail_cleanly),
	};

	drive_init();
	if (drive_mkdir("/mnt"))
		return 1;
	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
