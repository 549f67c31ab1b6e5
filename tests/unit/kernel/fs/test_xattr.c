/* test_xattr.c - extended attributes on ext4, judged by e2fsck and debugfs. */
#include "kernel/fs/xattr.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/fs/ext4.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "tests/lib/khost/fsdrive.h"
#include "tests/lib/khost/image.h"
#include "tests/lib/khost/khost.h"

static const char *const kinds[] = {
	"-t ext4 -b 4096 -O ^has_journal",
	"-t ext4 -b 4096 -O ^metadata_csum,^ext_attr,^has_journal",
	"-t ext4 -b 4096 -I 128 -O ^has_journal",
	"-t ext4 -b 1024 -I 512 -O ^has_journal",
};

static void mount(struct khost_disk *d)
{
	struct superblock *sb;

	assert_int_equal(ext4_open(khost_disk_device(d), false, &sb), 0);
	assert_int_equal(vfs_mount(sb, "/mnt"), 0);
}

static void unmount(struct khost_disk *d)
{
	assert_int_equal(vfs_unmount("/mnt"), 0);
	assert_true(image_is_clean(d));
}

static struct dentry *find(const char *path)
{
	struct dentry *d;

	assert_int_equal(vfs_lookup(NULL, path, 0, &d), 0);
	return d;
}

static int set(const char *path, const char *name, const char *value)
{
	struct dentry *d = find(path);
	int rc = vfs_setxattr(dentry_inode(d), name, value, strlen(value), 0);

	dentry_put(d);
	return rc;
}

static void expect(const char *path, const char *name, const char *value)
{
	struct dentry *d = find(path);
	char got[4096] = "";
	int64_t n = vfs_getxattr(dentry_inode(d), name, got, sizeof(got));

	dentry_put(d);
	assert_int_equal(n, (int64_t)strlen(value));
	assert_memory_equal(got, value, strlen(value));
}

static void make_file(const char *path)
{
	assert_int_equal(drive_write(path, 0, "x", 1), 1);
}

/* Twelve of different sizes, which is more than an inode holds. */
static void fill(const char *path, int salt)
{
	char name[40], value[80];

	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "user.n%d", i * 7 % 12);
		snprintf(value, sizeof(value), "%.*s%d", i * 3,
		         "some pig some pig some pig some pig", salt + i);
		assert_int_equal(set(path, name, value), 0);
	}
}

static void check(const char *path, int salt)
{
	char name[40], value[80];

	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "user.n%d", i * 7 % 12);
		snprintf(value, sizeof(value), "%.*s%d", i * 3,
		         "some pig some pig some pig some pig", salt + i);
		expect(path, name, value);
	}
}

static void they_are_there_after_a_mount(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct khost_disk *d = image_make(kinds[k], "16M", NULL);

		mount(d);
		make_file("/mnt/f");
		assert_int_equal(drive_mkdir("/mnt/d"), 0);
		fill("/mnt/f", 1);
		fill("/mnt/d", 2);
		unmount(d);
		assert_true(image_debugfs_says(d, "ea_list /f", "user.n11"));
		mount(d);
		check("/mnt/f", 1);
		check("/mnt/d", 2);
		fill("/mnt/f", 100); /* all of them anew */
		check("/mnt/f", 100);
		assert_int_equal(vfs_unlink(NULL, "/mnt/f"), 0);
		unmount(d);
		khost_disk_free(d);
	}
}

static void the_last_one_gone_gives_the_block_back(void **state)
{
	struct khost_disk *d = image_make(kinds[0], "16M", NULL);
	struct fs_stat before, after;
	struct dentry *top, *f;
	char name[40];

	(void)state;
	mount(d);
	make_file("/mnt/f");
	top = find("/mnt");
	f = find("/mnt/f");
	assert_int_equal(vfs_statfs(top, &before), 0);
	fill("/mnt/f", 1);
	assert_int_equal(vfs_statfs(top, &after), 0);
	assert_int_equal(after.free, before.free - 1);
	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "user.n%d", i);
		assert_int_equal(vfs_removexattr(dentry_inode(f), name), 0);
	}
	assert_int_equal(vfs_statfs(top, &after), 0);
	assert_int_equal(after.free, before.free);
	dentry_put(f);
	dentry_put(top);
	unmount(d);
	khost_disk_free(d);
}

static void what_debugfs_set_is_read_and_kept(void **state)
{
	struct khost_disk *d = image_make(kinds[0], "16M", NULL);

	(void)state;
	mount(d);
	make_file("/mnt/f");
	unmount(d);
	image_edit(&d, "debugfs -w -R 'ea_set /f user.pig some' %s");
	image_edit(&d, "debugfs -w -R 'ea_set /f trusted.web charlotte' %s");
	mount(d);
	expect("/mnt/f", "user.pig", "some");
	expect("/mnt/f", "trusted.web", "charlotte");
	fill("/mnt/f", 1);
	expect("/mnt/f", "user.pig", "some");
	unmount(d);
	mount(d);
	check("/mnt/f", 1);
	expect("/mnt/f", "trusted.web", "charlotte");
	unmount(d);
	khost_disk_free(d);
}

static void a_full_disk_loses_none(void **state)
{
	struct khost_disk *d = image_make(kinds[0], "2M", NULL);
	static char zeroes[1 << 20];
	char big[2000];

	(void)state;
	memset(big, 'b', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	mount(d);
	make_file("/mnt/f");
	make_file("/mnt/g");
	fill("/mnt/f", 1);
	for (int n = 0; n < 4; n++)
		(void)drive_write("/mnt/fat", (int64_t)n << 20, zeroes,
		                  sizeof(zeroes));
	assert_int_equal(set("/mnt/g", "user.big", big), -ENOSPC);
	assert_int_equal(set("/mnt/f", "user.big", big), -ENOSPC);
	check("/mnt/f", 1);
	unmount(d);
	khost_disk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_there_after_a_mount),
		cmocka_unit_test(the_last_one_gone_gives_the_block_back),
		cmocka_unit_test(what_debugfs_set_is_read_and_kept),
		cmocka_unit_test(a_full_disk_loses_none),
	};

	drive_init();
	if (drive_mkdir("/mnt"))
		return 1;
	return cmocka_run_group_tests_name("xattr", tests, NULL, NULL);
}
