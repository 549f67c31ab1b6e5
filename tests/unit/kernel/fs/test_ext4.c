/* test_ext4.c - ext4 images by mke2fs, used through the VFS, judged by e2fsck.
 */
#include "kernel/fs/ext4.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/lib/errno.h"
#include "tests/lib/khost/fsdrive.h"
#include "tests/lib/khost/image.h"
#include "tests/lib/khost/khost.h"

static struct khost_disk *mount(const char *options, const char *size)
{
	struct khost_disk *d = image_make(options, size, NULL);
	struct superblock *sb;

	assert_int_equal(ext4_open(khost_disk_device(d), false, &sb), 0);
	assert_int_equal(vfs_mount(sb, "/mnt"), 0);
	return d;
}

static void remount(struct khost_disk *d)
{
	struct superblock *sb;

	assert_int_equal(vfs_unmount("/mnt"), 0);
	assert_true(image_is_clean(d));
	assert_int_equal(ext4_open(khost_disk_device(d), false, &sb), 0);
	assert_int_equal(vfs_mount(sb, "/mnt"), 0);
}

static void unmount(struct khost_disk *d)
{
	assert_int_equal(vfs_unmount("/mnt"), 0);
	assert_true(image_is_clean(d));
	khost_disk_free(d);
}

/* Every kind of file system that we write. */
static const char *const kinds[] = {
	"-t ext4 -b 4096",
	"-t ext4 -b 4096 -O ^has_journal",
	"-t ext4 -b 4096 -O ^metadata_csum,uninit_bg,^has_journal",
	"-t ext4 -b 4096 -O ^metadata_csum,^uninit_bg,^has_journal",
	"-t ext4 -b 4096 -O ^64bit,^has_journal",
	"-t ext4 -b 4096 -O ^flex_bg,^has_journal",
	"-t ext4 -b 4096 -O sparse_super2,^resize_inode,^has_journal",
	"-t ext4 -b 4096 -I 128 -O ^has_journal",
	"-t ext4 -b 1024 -O ^has_journal",
	"-t ext4 -b 2048 -O ^has_journal -g 2048",
	"-t ext4 -b 4096 -O metadata_csum_seed,^has_journal",
	"-t ext4 -b 4096 -O ^dir_index,^has_journal -g 1024",
	"-t ext3 -O extents,^has_journal -b 1024 -I 256",
};

/* A bit of everything. */
static void work_in(const char *dir)
{
	char path[64], text[64], link[100];
	struct dentry *d;

	for (int i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "%s/file%d", dir, i);
		snprintf(text, sizeof(text), "contents of %d", i);
		assert_int_equal(drive_write(path, 0, text, strlen(text)),
		                 (int64_t)strlen(text));
	}
	for (int i = 0; i < 40; i += 3) {
		snprintf(path, sizeof(path), "%s/file%d", dir, i);
		assert_int_equal(vfs_unlink(NULL, path), 0);
	}
	snprintf(path, sizeof(path), "%s/sub", dir);
	assert_int_equal(drive_mkdir(path), 0);
	snprintf(text, sizeof(text), "%s/file1", dir);
	snprintf(path, sizeof(path), "%s/sub/moved", dir);
	assert_int_equal(vfs_rename(NULL, text, NULL, path, 0), 0);
	snprintf(path, sizeof(path), "%s/fast", dir);
	assert_int_equal(vfs_symlink(NULL, path, "file2"), 0);
	memset(link, 'x', sizeof(link) - 1);
	link[sizeof(link) - 1] = '\0';
	snprintf(path, sizeof(path), "%s/slow", dir);
	assert_int_equal(vfs_symlink(NULL, path, link), 0);
	snprintf(path, sizeof(path), "%s/file2", dir);
	assert_int_equal(vfs_lookup(NULL, path, 0, &d), 0);
	snprintf(path, sizeof(path), "%s/hard", dir);
	assert_int_equal(vfs_link(d, NULL, path), 0);
	dentry_put(d);
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(vfs_create(NULL, path, S_IFIFO | 0600, 0), 0);
	snprintf(path, sizeof(path), "%s/null", dir);
	assert_int_equal(vfs_create(NULL, path, S_IFCHR | 0600, make_dev(1, 3)),
	                 0);
	snprintf(path, sizeof(path), "%s/big", dir);
	assert_int_equal(
		vfs_create(NULL, path, S_IFBLK | 0600, make_dev(300, 70000)),
		0);
}

static void check_work(const char *dir)
{
	char path[64], text[64] = "", link[100];
	struct dentry *d;

	snprintf(path, sizeof(path), "%s/fast", dir);
	assert_int_equal(drive_read(path, 0, text, sizeof(text)), 13);
	assert_string_equal(text, "contents of 2");
	snprintf(path, sizeof(path), "%s/hard", dir);
	assert_int_equal(drive_nlink(path), 2);
	snprintf(path, sizeof(path), "%s/slow", dir);
	assert_int_equal(vfs_lookup(NULL, path, 0, &d), 0);
	assert_int_equal(vfs_readlink(d, link, sizeof(link)), 99);
	dentry_put(d);
	snprintf(path, sizeof(path), "%s/sub", dir);
	assert_int_equal(drive_count(path), 1);
	/* The top has lost+found and later "d", which has not. */
	assert_in_range(drive_count(dir), 40 - 14 + 6, 40 - 14 + 7);
	snprintf(path, sizeof(path), "%s/big", dir);
	assert_int_equal(vfs_lookup(NULL, path, 0, &d), 0);
	assert_true(dentry_inode(d)->rdev == make_dev(300, 70000));
	dentry_put(d);
}

static void every_kind_of_file_system_is_clean_after_work(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct khost_disk *d = mount(kinds[k], "20M");

		work_in("/mnt");
		check_work("/mnt");
		assert_int_equal(drive_mkdir("/mnt/d"), 0);
		work_in("/mnt/d");
		remount(d);
		check_work("/mnt/d");
		unmount(d);
	}
}

static void debugfs_reads_what_was_written(void **state)
{
	struct khost_disk *d = mount("-t ext4", "16M");

	(void)state;
	assert_int_equal(drive_mkdir("/mnt/etc"), 0);
	assert_int_equal(drive_write("/mnt/etc/motd", 0, "hello\n", 6), 6);
	assert_int_equal(vfs_unmount("/mnt"), 0);
	assert_true(image_debugfs_prints(d, "cat /etc/motd", "hello\n"));
	assert_true(image_is_clean(d));
	khost_disk_free(d);
}

/* Bytes that depend on where they are. */
static void fill(uint8_t *p, size_t n, uint64_t at)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)((at + i) * 31 ^ (at + i) >> 9);
}

static void large_files_come_back_as_written(void **state)
{
	enum { PIECE = 100000, PIECES = 60 };
	struct khost_disk *d = mount("-t ext4 -O ^has_journal", "20M");
	uint8_t *want = malloc(PIECE), *got = malloc(PIECE);

	(void)state;
	for (uint64_t i = 0; i < PIECES; i++) {
		fill(want, PIECE, i * PIECE);
		assert_int_equal(drive_append("/mnt/f", want, PIECE), PIECE);
	}
	remount(d);
	assert_int_equal(drive_size("/mnt/f"), PIECE * PIECES);
	for (uint64_t i = 0; i < PIECES; i++) {
		fill(want, PIECE, i * PIECE);
		assert_int_equal(
			drive_read("/mnt/f", (int64_t)(i * PIECE), got, PIECE),
			PIECE);
		assert_memory_equal(got, want, PIECE);
	}
	/* One run of blocks takes few requests. */
	assert_true(khost_disk_counts(d).reads < 200);
	unmount(d);
	free(want);
	free(got);
}

static void sparse_files_read_as_zeroes_between(void **state)
{
	struct khost_disk *d = mount("-t ext4 -O ^has_journal", "16M");
	static const char zeroes[3000];
	char got[3000];

	(void)state;
	/* Every other page, so that extents cannot merge: a deep tree. */
	for (int64_t i = 0; i < 1500; i++)
		assert_int_equal(
			drive_write("/mnt/f", i * 8192 + 100, "mark", 4), 4);
	assert_int_equal(drive_write("/mnt/f", INT64_C(1) << 40, "end", 3), 3);
	remount(d);
	assert_int_equal(drive_size("/mnt/f"), (INT64_C(1) << 40) + 3);
	assert_int_equal(drive_read("/mnt/f", 4096, got, 3000), 3000);
	assert_memory_equal(got, zeroes, 3000);
	for (int64_t i = 0; i < 1500; i++) {
		assert_int_equal(drive_read("/mnt/f", i * 8192 + 100, got, 8),
		                 8);
		assert_memory_equal(got, "mark\0\0\0\0", 8);
	}
	/* Fill the holes from the back, so that extents grow both ways. */
	for (int64_t i = 1499; i >= 700; i--)
		assert_int_equal(drive_write("/mnt/f", i * 8192 + 4096, "h", 1),
		                 1);
	assert_int_equal(drive_truncate("/mnt/f", 700 * 8192 + 5), 0);
	remount(d);
	assert_int_equal(drive_size("/mnt/f"), 700 * 8192 + 5);
	assert_int_equal(vfs_unlink(NULL, "/mnt/f"), 0);
	unmount(d);
}

static int64_t seek(const char *path, int64_t off, int whence)
{
	struct file *f;

	assert_int_equal(vfs_open(NULL, path, O_RDONLY, 0, &f), 0);
	off = file_seek(f, off, whence);
	file_put(f);
	return off;
}

static void check_holes(void)
{
	assert_int_equal(seek("/mnt/f", 0, SEEK_DATA), 16384);
	assert_int_equal(seek("/mnt/f", 16384, SEEK_HOLE), 20480);
	assert_int_equal(seek("/mnt/f", 20480, SEEK_DATA), 40960);
	assert_int_equal(seek("/mnt/f", 40960, SEEK_HOLE), 49152);
	assert_int_equal(seek("/mnt/f", 49152, SEEK_DATA), -ENXIO);
}

/* Reserved blocks are a hole, but not where a page waits to be written. */
static void what_was_written_is_data_before_the_disk_has_it(void **state)
{
	struct khost_disk *d = mount("-t ext4 -b 4096", "16M");
	static char bytes[8192];
	struct dentry *f;

	(void)state;
	assert_int_equal(drive_touch("/mnt/f", 0644), 0);
	assert_int_equal(vfs_lookup(NULL, "/mnt/f", 0, &f), 0);
	assert_int_equal(vfs_fallocate(dentry_inode(f), 0, 0, 65536), 0);
	dentry_put(f);
	assert_int_equal(drive_write("/mnt/f", 16384, bytes, 4096), 4096);
	assert_int_equal(drive_write("/mnt/f", 40960, bytes, 8192), 8192);
	check_holes();
	assert_int_equal(drive_fsync("/mnt/f"), 0);
	check_holes();
	unmount(d);
}

static void growing_again_shows_zeroes_not_what_was_cut(void **state)
{
	struct khost_disk *d = mount("-t ext4 -O ^has_journal", "16M");
	char text[8192], got[8192];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (int remounts = 0; remounts < 2; remounts++) {
		assert_int_equal(drive_write("/mnt/f", 0, text, 8192), 8192);
		assert_int_equal(drive_fsync("/mnt/f"), 0);
		assert_int_equal(drive_truncate("/mnt/f", 100), 0);
		if (remounts)
			remount(d);
		assert_int_equal(drive_truncate("/mnt/f", 8000), 0);
		if (remounts)
			remount(d);
		assert_int_equal(drive_read("/mnt/f", 0, got, 8192), 8000);
		for (int i = 0; i < 8000; i++)
			assert_int_equal(got[i], i < 100 ? 'x' : 0);
	}
	unmount(d);
}

static void thousands_of_files_fit_into_a_folder(void **state)
{
	struct khost_disk *d = mount("-t ext4 -N 4000", "24M");
	char path[64];

	(void)state;
	assert_int_equal(drive_mkdir("/mnt/d"), 0);
	for (int i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "/mnt/d/a-rather-long-name-%d", i);
		assert_int_equal(drive_touch(path, 0644), 0);
	}
	assert_int_equal(drive_count("/mnt/d"), 3000);
	for (int i = 0; i < 3000; i += 2) {
		snprintf(path, sizeof(path), "/mnt/d/a-rather-long-name-%d", i);
		assert_int_equal(vfs_unlink(NULL, path), 0);
	}
	remount(d);
	assert_int_equal(drive_count("/mnt/d"), 1500);
	assert_int_equal(drive_size("/mnt/d/a-rather-long-name-1"), 0);
	assert_int_equal(drive_size("/mnt/d/a-rather-long-name-2"), -ENOENT);
	unmount(d);
}

static void many_folders_count_their_links(void **state)
{
	struct khost_disk *d = mount("-t ext4 -O ^has_journal", "16M");
	char path[64];

	(void)state;
	for (int i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "/mnt/d%d", i);
		assert_int_equal(drive_mkdir(path), 0);
	}
	assert_int_equal(drive_nlink("/mnt"), 203); /* and lost+found */
	for (int i = 0; i < 200; i += 2) {
		snprintf(path, sizeof(path), "/mnt/d%d", i);
		assert_int_equal(vfs_rmdir(NULL, path), 0);
	}
	assert_int_equal(drive_nlink("/mnt"), 103);
	assert_int_equal(vfs_rename(NULL, "/mnt/d1", NULL, "/mnt/d3/in", 0), 0);
	assert_int_equal(drive_nlink("/mnt"), 102);
	assert_int_equal(drive_nlink("/mnt/d3"), 3);
	assert_int_equal(vfs_rename(NULL, "/mnt/d3/in", NULL, "/mnt/d5", 0), 0);
	assert_int_equal(drive_nlink("/mnt"), 102);
	unmount(d);
}

static void a_full_disk_is_enospc_and_stays_clean(void **state)
{
	static const char *const options[] = {
		"-t ext4 -b 4096 -O ^has_journal",
		"-t ext4 -b 1024 -O ^has_journal"};
	static char piece[50000];

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(options); k++) {
		struct khost_disk *d = mount(options[k], "4M");
		int64_t n, size = 0;

		memset(piece, 'p', sizeof(piece));
		while ((n = drive_append("/mnt/f", piece, sizeof(piece))) > 0)
			size += n;
		assert_int_equal(n, -ENOSPC);
		assert_int_equal(drive_size("/mnt/f"), size);
		assert_true(size > 2000000);
		remount(d);
		assert_int_equal(drive_size("/mnt/f"), size);
		/* With small blocks a few are kept for metadata. */
		assert_true(k > 0 || drive_mkdir("/mnt/full") == -ENOSPC);
		assert_int_equal(vfs_unlink(NULL, "/mnt/f"), 0);
		assert_int_equal(drive_mkdir("/mnt/fits"), 0);
		unmount(d);
	}
}

static void inodes_run_out_cleanly(void **state)
{
	struct khost_disk *d = mount("-t ext4 -N 64 -O ^has_journal", "8M");
	char path[32];
	int rc = 0, n = 0;

	(void)state;
	for (; n < 500 && !rc; n++) {
		snprintf(path, sizeof(path), "/mnt/f%d", n);
		rc = drive_touch(path, 0644);
	}
	assert_int_equal(rc, -ENOSPC);
	assert_true(n > 40);
	unmount(d);
}

static void a_removed_open_file_is_freed_at_its_last_close(void **state)
{
	struct khost_disk *d = mount("-t ext4 -O ^has_journal", "16M");
	struct fs_stat before, after;
	struct dentry *root;
	static char piece[100000];
	struct file *f;
	struct uio u;

	(void)state;
	assert_int_equal(vfs_lookup(NULL, "/mnt", 0, &root), 0);
	assert_int_equal(vfs_statfs(root, &before), 0);
	assert_int_equal(vfs_open(NULL, "/mnt/f", O_CREAT | O_RDWR, 0644, &f),
	                 0);
	assert_int_equal(vfs_unlink(NULL, "/mnt/f"), 0);
	uio_kernel(&u, piece, sizeof(piece));
	assert_int_equal(file_write(f, &u), sizeof(piece));
	assert_int_equal(vfs_statfs(root, &after), 0);
	assert_true(after.free < before.free);
	file_put(f);
	assert_int_equal(vfs_statfs(root, &after), 0);
	assert_true(after.free == before.free);
	assert_true(after.files_free == before.files_free);
	dentry_put(root);
	unmount(d);
}

static void a_tmpfile_is_gone_or_named(void **state)
{
	struct khost_disk *d = mount("-t ext4 -O ^has_journal", "16M");
	struct file *f, *g;

	(void)state;
	assert_int_equal(vfs_open(NULL, "/mnt", O_TMPFILE | O_RDWR, 0600, &f),
	                 0);
	assert_int_equal(vfs_open(NULL, "/mnt", O_TMPFILE | O_RDWR, 0600, &g),
	                 0);
	assert_int_equal(vfs_link(f->dentry, NULL, "/mnt/named"), 0);
	file_put(f);
	file_put(g);
	remount(d);
	assert_int_equal(drive_nlink("/mnt/named"), 1);
	unmount(d);
}

static void fsync_brings_everything_to_the_disk(void **state)
{
	struct khost_disk *d = mount("-t ext4 -O ^has_journal", "16M");
	struct khost_disk *copy;

	(void)state;
	assert_int_equal(drive_mkdir("/mnt/d"), 0);
	assert_int_equal(drive_write("/mnt/d/f", 0, "kept", 4), 4);
	assert_int_equal(drive_fsync("/mnt/d/f"), 0);
	assert_true(khost_disk_counts(d).flushes > 0);
	copy = khost_disk_new(khost_disk_bytes(d), 16 << 20);
	assert_true(image_debugfs_prints(copy, "cat /d/f", "kept"));
	khost_disk_free(copy);
	unmount(d);
}

static void a_failed_write_reaches_fsync(void **state)
{
	struct khost_disk *d = mount("-t ext4 -O ^has_journal", "16M");

	(void)state;
	assert_int_equal(drive_write("/mnt/f", 0, "data", 4), 4);
	khost_disk_fail_writes(d, 1);
	assert_int_equal(drive_fsync("/mnt/f"), -EIO);
	khost_disk_fail_writes(d, 0);
	assert_int_equal(drive_fsync("/mnt/f"), 0);
	unmount(d);
}

static void times_keep_their_nanoseconds_beyond_2038(void **state)
{
	struct khost_disk *d = mount("-t ext4 -O ^has_journal", "16M");
	struct inode_attr a = {
		.set = ATTR_MTIME | ATTR_ATIME,
		.mtime = {.sec = INT64_C(5000000000), .nsec = 123456789},
		.atime = {.sec = -5, .nsec = 999999999},
	};
	struct dentry *de;

	(void)state;
	assert_int_equal(drive_touch("/mnt/f", 0644), 0);
	assert_int_equal(vfs_lookup(NULL, "/mnt/f", 0, &de), 0);
	assert_int_equal(vfs_setattr(dentry_inode(de), &a), 0);
	dentry_put(de);
	remount(d);
	assert_int_equal(vfs_lookup(NULL, "/mnt/f", 0, &de), 0);
	assert_true(dentry_inode(de)->mtime.sec == a.mtime.sec);
	assert_int_equal(dentry_inode(de)->mtime.nsec, 123456789);
	assert_true(dentry_inode(de)->atime.sec == -5);
	assert_int_equal(dentry_inode(de)->atime.nsec, 999999999);
	dentry_put(de);
	unmount(d);
}

static void what_cannot_be_written_is_mounted_read_only(void **state)
{
	struct khost_disk *d = image_make("-t ext2", "8M", NULL);
	struct superblock *sb;

	(void)state;
	assert_int_equal(ext4_open(khost_disk_device(d), false, &sb), 0);
	assert_true(sb->read_only);
	assert_int_equal(vfs_mount(sb, "/mnt"), 0);
	assert_int_equal(drive_touch("/mnt/f", 0644), -EROFS);
	assert_int_equal(drive_mkdir("/mnt/lost+found"), -EEXIST);
	assert_int_equal(drive_count("/mnt"), 1);
	assert_int_equal(khost_disk_counts(d).writes, 0);
	unmount(d);
}

static void unknown_features_are_refused(void **state)
{
	struct khost_disk *d = image_make("-t ext4 -O inline_data", "8M", NULL);
	struct superblock *sb;

	(void)state;
	assert_int_equal(ext4_open(khost_disk_device(d), false, &sb), -EINVAL);
	assert_non_null(strstr(khost_last_log(), "0x8000"));
	khost_disk_free(d);
	d = khost_disk_new(NULL, 1 << 20);
	assert_int_equal(ext4_open(khost_disk_device(d), false, &sb), -EINVAL);
	khost_disk_free(d);
}

static void mount_disk(struct khost_disk *d)
{
	struct superblock *sb;

	assert_int_equal(ext4_open(khost_disk_device(d), false, &sb), 0);
	assert_false(sb->read_only);
	assert_int_equal(vfs_mount(sb, "/mnt"), 0);
}

/* e2fsck -D gives a folder of some blocks an index. */
static void an_indexed_folder_is_read_and_changed(void **state)
{
	static const char *const options[] = {
		"-t ext4 -b 1024 -O ^has_journal",
		"-t ext4 -b 1024 -O ^has_journal,^metadata_csum"};
	char path[64];

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(options); k++) {
		struct khost_disk *d = mount(options[k], "8M");

		assert_int_equal(drive_mkdir("/mnt/dir"), 0);
		for (int i = 0; i < 300; i++) {
			snprintf(path, sizeof(path), "/mnt/dir/name-%d", i);
			assert_int_equal(drive_touch(path, 0644), 0);
		}
		assert_int_equal(vfs_unmount("/mnt"), 0);
		image_edit(&d, "e2fsck -fyD %s");
		assert_true(image_debugfs_says(d, "htree_dump /dir", "Root"));
		mount_disk(d);
		assert_int_equal(drive_count("/mnt/dir"), 300);
		assert_int_equal(drive_touch("/mnt/dir/new", 0644), 0);
		assert_int_equal(vfs_unlink(NULL, "/mnt/dir/name-7"), 0);
		assert_int_equal(drive_count("/mnt/dir"), 300);
		remount(d);
		assert_int_equal(drive_size("/mnt/dir/name-299"), 0);
		assert_int_equal(drive_size("/mnt/dir/name-7"), -ENOENT);
		unmount(d);
	}
}

/* debugfs' fallocate makes blocks that were never written. */
static void unwritten_blocks_read_as_zeroes_until_written(void **state)
{
	struct khost_disk *d = mount("-t ext4 -b 4096 -O ^has_journal", "8M");
	static uint8_t got[40 * 4096];
	size_t zeroes = 0;

	(void)state;
	assert_int_equal(drive_write("/mnt/f", 0, "begin", 5), 5);
	assert_int_equal(drive_truncate("/mnt/f", sizeof(got)), 0);
	assert_int_equal(vfs_unmount("/mnt"), 0);
	image_edit(&d, "debugfs -w -R 'fallocate /f 1 39' %s");
	assert_true(image_debugfs_says(d, "dump_extents /f", "Uninit"));
	mount_disk(d);
	assert_int_equal(drive_write("/mnt/f", 20 * 4096, "middle", 6), 6);
	assert_int_equal(drive_write("/mnt/f", 1 * 4096, "first", 5), 5);
	assert_int_equal(drive_write("/mnt/f", 39 * 4096, "last", 4), 4);
	assert_int_equal(drive_write("/mnt/f", 21 * 4096, "next", 4), 4);
	remount(d);
	assert_int_equal(drive_read("/mnt/f", 0, got, sizeof(got)),
	                 sizeof(got));
	for (size_t i = 0; i < sizeof(got); i++)
		zeroes += got[i] == 0;
	assert_int_equal(zeroes, sizeof(got) - 5 - 6 - 5 - 4 - 4);
	assert_memory_equal(got + 20 * 4096, "middle", 6);
	assert_memory_equal(got + 39 * 4096, "last", 4);
	unmount(d);
}

static void a_file_with_a_block_map_is_read_overwritten_and_cut(void **state)
{
	struct khost_disk *d =
		image_make("-t ext2 -b 1024", "8M", image_sample_files());
	char got[8];

	(void)state;
	image_edit(&d, "tune2fs -O extents %s");
	mount_disk(d);
	assert_int_equal(drive_size("/mnt/big"), 200000);
	for (int64_t at = 0; at < 199992; at += 4999) {
		assert_int_equal(drive_read("/mnt/big", at, got, 1), 1);
		assert_int_equal((uint8_t)got[0], (uint8_t)(at * 7 >> 3));
	}
	assert_int_equal(drive_write("/mnt/big", 100000, "over", 4), 4);
	assert_int_equal(drive_truncate("/mnt/big", 150001), 0);
	remount(d);
	assert_int_equal(drive_read("/mnt/big", 100000, got, 4), 4);
	assert_memory_equal(got, "over", 4);
	assert_int_equal(drive_truncate("/mnt/big", 5000), 0);
	assert_int_equal(drive_append("/mnt/hello", "more", 4), 4);
	remount(d);
	assert_int_equal(drive_write("/mnt/sparse", 400000, "x", 1),
	                 -EOPNOTSUPP);
	assert_int_equal(vfs_unlink(NULL, "/mnt/big"), 0);
	assert_int_equal(vfs_unlink(NULL, "/mnt/dir/file3"), 0);
	unmount(d);
}

static void nothing_is_left_in_memory(void **state)
{
	size_t pages = khost_pages_used(), objects = khost_objects_used();
	struct khost_disk *d = mount("-t ext4 -O ^has_journal", "16M");

	(void)state;
	work_in("/mnt");
	unmount(d);
	assert_int_equal(khost_pages_used(), pages);
	assert_true(khost_objects_used() <= objects);
}

static void a_small_machine_writes_a_large_file(void **state)
{
	struct khost_disk *d = mount("-t ext4 -O ^has_journal", "20M");
	static uint8_t want[100000], got[100000];

	(void)state;
	khost_set_memory(khost_pages_used() + 200);
	for (uint64_t i = 0; i < 100; i++) {
		fill(want, sizeof(want), i * sizeof(want));
		assert_int_equal(drive_append("/mnt/f", want, sizeof(want)),
		                 sizeof(want));
	}
	for (uint64_t i = 0; i < 100; i++) {
		fill(want, sizeof(want), i * sizeof(want));
		assert_int_equal(drive_read("/mnt/f",
		                            (int64_t)(i * sizeof(want)), got,
		                            sizeof(got)),
		                 sizeof(got));
		assert_memory_equal(got, want, sizeof(want));
	}
	khost_set_memory(65536);
	unmount(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_file_system_is_clean_after_work),
		cmocka_unit_test(debugfs_reads_what_was_written),
		cmocka_unit_test(large_files_come_back_as_written),
		cmocka_unit_test(sparse_files_read_as_zeroes_between),
		cmocka_unit_test(
			what_was_written_is_data_before_the_disk_has_it),
		cmocka_unit_test(growing_again_shows_zeroes_not_what_was_cut),
		cmocka_unit_test(thousands_of_files_fit_into_a_folder),
		cmocka_unit_test(many_folders_count_their_links),
		cmocka_unit_test(a_full_disk_is_enospc_and_stays_clean),
		cmocka_unit_test(inodes_run_out_cleanly),
		cmocka_unit_test(
			a_removed_open_file_is_freed_at_its_last_close),
		cmocka_unit_test(a_tmpfile_is_gone_or_named),
		cmocka_unit_test(fsync_brings_everything_to_the_disk),
		cmocka_unit_test(a_failed_write_reaches_fsync),
		cmocka_unit_test(times_keep_their_nanoseconds_beyond_2038),
		cmocka_unit_test(what_cannot_be_written_is_mounted_read_only),
		cmocka_unit_test(unknown_features_are_refused),
		cmocka_unit_test(an_indexed_folder_is_read_and_changed),
		cmocka_unit_test(unwritten_blocks_read_as_zeroes_until_written),
		cmocka_unit_test(
			a_file_with_a_block_map_is_read_overwritten_and_cut),
		cmocka_unit_test(nothing_is_left_in_memory),
		cmocka_unit_test(a_small_machine_writes_a_large_file),
	};

	drive_init();
	if (drive_mkdir("/mnt"))
		return 1;
	return cmocka_run_group_tests_name("ext4", tests, NULL, NULL);
}
