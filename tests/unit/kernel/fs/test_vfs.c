/* test_vfs.c - names, on a tmpfs: what Linux's man pages say. */
#include "kernel/fs/vfs.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#include "kernel/fs/tmpfs.h"
#include "kernel/lib/errno.h"
#include "tests/lib/khost/fsdrive.h"
#include "tests/lib/khost/khost.h"

/* Each test has a folder of its own, which is the working directory. */
static int setup(void **state)
{
	static unsigned nr;
	struct dentry *d;
	char path[32];

	(void)state;
	snprintf(path, sizeof(path), "/t%u", nr++);
	if (drive_mkdir(path) || vfs_lookup(NULL, path, 0, &d) || vfs_chdir(d))
		return -1;
	dentry_put(d);
	return 0;
}

static int lookup(const char *path, unsigned flags)
{
	struct dentry *d;
	int rc = vfs_lookup(NULL, path, flags, &d);

	if (!rc)
		dentry_put(d);
	return rc;
}

static int open_(const char *path, unsigned flags)
{
	struct file *f;
	int rc = vfs_open(NULL, path, flags, 0644, &f);

	if (!rc)
		file_put(f);
	return rc;
}

static void a_missing_name_is_enoent_everywhere(void **state)
{
	(void)state;
	assert_int_equal(lookup("no", 0), -ENOENT);
	assert_int_equal(lookup("no/more", 0), -ENOENT);
	assert_int_equal(lookup("", 0), -ENOENT);
	assert_int_equal(open_("no", O_RDONLY), -ENOENT);
	assert_int_equal(open_("no/f", O_CREAT | O_WRONLY), -ENOENT);
	assert_int_equal(vfs_unlink(NULL, "no"), -ENOENT);
	assert_int_equal(vfs_rmdir(NULL, "no"), -ENOENT);
	assert_int_equal(vfs_rename(NULL, "no", NULL, "x", 0), -ENOENT);
}

static void a_file_in_the_middle_is_enotdir(void **state)
{
	(void)state;
	assert_int_equal(drive_touch("f", 0644), 0);
	assert_int_equal(lookup("f/x", 0), -ENOTDIR);
	assert_int_equal(lookup("f/", 0), -ENOTDIR);
	assert_int_equal(lookup("f/.", 0), -ENOTDIR);
	assert_int_equal(lookup("f/..", 0), -ENOTDIR);
	assert_int_equal(open_("f/x", O_CREAT | O_WRONLY), -ENOTDIR);
	assert_int_equal(open_("f", O_DIRECTORY), -ENOTDIR);
	assert_int_equal(vfs_unlink(NULL, "f/"), -ENOTDIR);
	assert_int_equal(vfs_rmdir(NULL, "f"), -ENOTDIR);
}

static void too_long_names_are_refused(void **state)
{
	char name[PATH_MAX + 1];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[NAME_MAX] = '\0';
	assert_int_equal(drive_touch(name, 0644), 0);
	name[NAME_MAX] = 'n';
	name[NAME_MAX + 1] = '\0';
	assert_int_equal(drive_touch(name, 0644), -ENAMETOOLONG);
	assert_int_equal(lookup(name, 0), -ENAMETOOLONG);
	memset(name, '/', sizeof(name));
	name[PATH_MAX] = '\0';
	assert_int_equal(lookup(name, 0), -ENAMETOOLONG);
	name[PATH_MAX - 1] = '\0';
	assert_int_equal(lookup(name, 0), 0);
}

static void dots_and_slashes_are_walked_through(void **state)
{
	(void)state;
	assert_int_equal(drive_mkdir("a"), 0);
	assert_int_equal(drive_mkdir("a/b/"), 0);
	assert_int_equal(drive_touch("a/b/f", 0644), 0);
	assert_int_equal(lookup("./a//b/../b/./f", 0), 0);
	assert_int_equal(lookup("/../../..", 0), 0);
	assert_int_equal(vfs_create(NULL, "a/.", S_IFDIR, 0), -EEXIST);
	assert_int_equal(vfs_rmdir(NULL, "a/."), -EINVAL);
	assert_int_equal(vfs_rmdir(NULL, "a/.."), -ENOTEMPTY);
	assert_int_equal(vfs_rmdir(NULL, "/"), -EBUSY);
	assert_int_equal(vfs_unlink(NULL, "a/.."), -EISDIR);
	assert_int_equal(vfs_create(NULL, "/", S_IFDIR, 0), -EEXIST);
}

static void symbolic_links_are_followed(void **state)
{
	char text[16];
	struct dentry *d;

	(void)state;
	assert_int_equal(drive_mkdir("dir"), 0);
	assert_int_equal(drive_write("dir/f", 0, "hello", 5), 5);
	assert_int_equal(vfs_symlink(NULL, "l", "dir"), 0);
	assert_int_equal(vfs_symlink(NULL, "dir/up", "../l/f"), 0);
	assert_int_equal(drive_size("l/up"), 5);
	assert_int_equal(vfs_lookup(NULL, "dir/up", 0, &d), 0);
	assert_int_equal(vfs_readlink(d, text, sizeof(text)), 6);
	assert_memory_equal(text, "../l/f", 6);
	dentry_put(d);
	assert_int_equal(open_("dir/up", O_NOFOLLOW), -ELOOP);
	assert_int_equal(open_("l", O_NOFOLLOW | O_DIRECTORY), -ENOTDIR);
	assert_int_equal(open_("dir/up", O_NOFOLLOW | O_PATH), 0);
	assert_int_equal(lookup("l/", 0), 0);
	assert_int_equal(vfs_symlink(NULL, "e", ""), -ENOENT);
}

static void links_in_a_circle_are_eloop(void **state)
{
	(void)state;
	assert_int_equal(vfs_symlink(NULL, "a", "b"), 0);
	assert_int_equal(vfs_symlink(NULL, "b", "a"), 0);
	assert_int_equal(lookup("a", LOOKUP_FOLLOW), -ELOOP);
	assert_int_equal(lookup("a/x", 0), -ELOOP);
	assert_int_equal(lookup("a", 0), 0);
	assert_int_equal(open_("a", O_CREAT | O_WRONLY), -ELOOP);
}

static void forty_links_are_the_limit(void **state)
{
	char from[8], to[8];

	(void)state;
	assert_int_equal(drive_touch("s0", 0644), 0);
	for (int i = 1; i <= 41; i++) {
		snprintf(from, sizeof(from), "s%d", i);
		snprintf(to, sizeof(to), "s%d", i - 1);
		assert_int_equal(vfs_symlink(NULL, from, to), 0);
	}
	assert_int_equal(lookup("s40", LOOKUP_FOLLOW), 0);
	assert_int_equal(lookup("s41", LOOKUP_FOLLOW), -ELOOP);
}

static void creating_through_a_dangling_link_makes_its_target(void **state)
{
	(void)state;
	assert_int_equal(drive_mkdir("d"), 0);
	assert_int_equal(vfs_symlink(NULL, "l", "d/new"), 0);
	assert_int_equal(open_("l", O_CREAT | O_EXCL | O_WRONLY), -EEXIST);
	assert_int_equal(open_("l", O_CREAT | O_WRONLY), 0);
	assert_int_equal(lookup("d/new", 0), 0);
	assert_int_equal(drive_mkdir("l"), -EEXIST);
}

static void open_flags_mean_what_the_manual_says(void **state)
{
	(void)state;
	assert_int_equal(drive_mkdir("d"), 0);
	assert_int_equal(drive_write("f", 0, "12345", 5), 5);
	assert_int_equal(open_("f", O_CREAT | O_EXCL | O_WRONLY), -EEXIST);
	assert_int_equal(open_("d", O_WRONLY), -EISDIR);
	assert_int_equal(open_("d", O_CREAT | O_WRONLY), -EISDIR);
	assert_int_equal(open_("d", O_CREAT | O_RDONLY), -EISDIR);
	assert_int_equal(open_("new/", O_CREAT | O_WRONLY), -EISDIR);
	assert_int_equal(open_("d", O_RDONLY), 0);
	assert_int_equal(open_("f", O_WRONLY | O_TRUNC), 0);
	assert_int_equal(drive_size("f"), 0);
	assert_int_equal(open_("/", O_RDONLY | O_DIRECTORY), 0);
}

static void an_unlinked_file_works_until_it_is_closed(void **state)
{
	char text[8], path[64];
	struct file *f;
	struct uio u;

	(void)state;
	assert_int_equal(vfs_open(NULL, "f", O_CREAT | O_RDWR, 0644, &f), 0);
	assert_int_equal(vfs_unlink(NULL, "f"), 0);
	assert_int_equal(lookup("f", 0), -ENOENT);
	uio_kernel(&u, (char[]){"hello"}, 5);
	assert_int_equal(file_write(f, &u), 5);
	assert_int_equal(file_seek(f, 0, SEEK_SET), 0);
	uio_kernel(&u, text, 5);
	assert_int_equal(file_read(f, &u), 5);
	assert_memory_equal(text, "hello", 5);
	assert_int_equal(f->inode->nlink, 0);
	assert_true(vfs_path(f->dentry, path, sizeof(path)) > 0);
	assert_non_null(strstr(path, "/f (deleted)"));
	file_put(f);
}

static void folders_are_removed_only_when_empty(void **state)
{
	(void)state;
	assert_int_equal(drive_mkdir("d"), 0);
	assert_int_equal(drive_nlink("d"), 2);
	assert_int_equal(drive_mkdir("d/e"), 0);
	assert_int_equal(drive_nlink("d"), 3);
	assert_int_equal(vfs_rmdir(NULL, "d"), -ENOTEMPTY);
	assert_int_equal(vfs_unlink(NULL, "d/e"), -EISDIR);
	assert_int_equal(vfs_rmdir(NULL, "d/e/"), 0);
	assert_int_equal(drive_nlink("d"), 2);
	assert_int_equal(vfs_rmdir(NULL, "d"), 0);
}

static void nothing_can_be_made_in_a_removed_folder(void **state)
{
	struct dentry *d;

	(void)state;
	assert_int_equal(drive_mkdir("d"), 0);
	assert_int_equal(vfs_lookup(NULL, "d", 0, &d), 0);
	assert_int_equal(vfs_rmdir(NULL, "d"), 0);
	assert_int_equal(vfs_create(d, "x", S_IFREG, 0), -ENOENT);
	assert_int_equal(vfs_create(d, "x", S_IFDIR, 0), -ENOENT);
	dentry_put(d);
}

static void hard_links_share_the_file(void **state)
{
	struct dentry *d;

	(void)state;
	assert_int_equal(drive_write("a", 0, "x", 1), 1);
	assert_int_equal(vfs_lookup(NULL, "a", 0, &d), 0);
	assert_int_equal(vfs_link(d, NULL, "b"), 0);
	assert_int_equal(vfs_link(d, NULL, "b"), -EEXIST);
	dentry_put(d);
	assert_int_equal(drive_nlink("a"), 2);
	assert_int_equal(drive_append("b", "y", 1), 1);
	assert_int_equal(drive_size("a"), 2);
	assert_int_equal(vfs_rename(NULL, "a", NULL, "b", 0), 0);
	assert_int_equal(lookup("a", 0), 0); /* the same file: nothing done */
	assert_int_equal(vfs_unlink(NULL, "a"), 0);
	assert_int_equal(drive_nlink("b"), 1);
	assert_int_equal(vfs_lookup(NULL, ".", 0, &d), 0);
	assert_int_equal(vfs_link(d, NULL, "c"), -EPERM);
	dentry_put(d);
}

static void renaming_moves_and_replaces(void **state)
{
	char text[4] = "";

	(void)state;
	assert_int_equal(drive_write("a", 0, "A", 1), 1);
	assert_int_equal(drive_write("b", 0, "BB", 2), 2);
	assert_int_equal(vfs_rename(NULL, "a", NULL, "b", RENAME_NOREPLACE),
	                 -EEXIST);
	assert_int_equal(vfs_rename(NULL, "a", NULL, "b", 0), 0);
	assert_int_equal(lookup("a", 0), -ENOENT);
	assert_int_equal(drive_read("b", 0, text, 4), 1);
	assert_string_equal(text, "A");
	assert_int_equal(drive_mkdir("d"), 0);
	assert_int_equal(vfs_rename(NULL, "b", NULL, "d/c", 0), 0);
	assert_int_equal(drive_size("d/c"), 1);
	assert_int_equal(vfs_rename(NULL, "d/c", NULL, "d/c", 0), 0);
	assert_int_equal(vfs_rename(NULL, "d/c", NULL, "new/", 0), -ENOTDIR);
	assert_int_equal(vfs_rename(NULL, "d", NULL, "e", RENAME_EXCHANGE),
	                 -ENOENT);
	assert_int_equal(drive_write("e", 0, "EEE", 3), 3);
	assert_int_equal(vfs_rename(NULL, "e", NULL, "d/c", RENAME_EXCHANGE),
	                 0);
	assert_int_equal(drive_size("e"), 1);
	assert_int_equal(drive_size("d/c"), 3);
}

static void renaming_folders_keeps_the_tree_a_tree(void **state)
{
	char path[64];
	struct dentry *d;

	(void)state;
	assert_int_equal(drive_mkdir("a"), 0);
	assert_int_equal(drive_mkdir("a/b"), 0);
	assert_int_equal(drive_mkdir("a/b/c"), 0);
	assert_int_equal(drive_mkdir("full"), 0);
	assert_int_equal(drive_touch("full/f", 0644), 0);
	assert_int_equal(drive_touch("f", 0644), 0);
	assert_int_equal(vfs_rename(NULL, "a", NULL, "a/b/x", 0), -EINVAL);
	assert_int_equal(vfs_rename(NULL, "a/b", NULL, "a", 0), -ENOTEMPTY);
	assert_int_equal(vfs_rename(NULL, "a", NULL, "full", 0), -ENOTEMPTY);
	assert_int_equal(vfs_rename(NULL, "a", NULL, "f", 0), -ENOTDIR);
	assert_int_equal(vfs_rename(NULL, "f", NULL, "a", 0), -EISDIR);
	assert_int_equal(vfs_rename(NULL, "a/.", NULL, "x", 0), -EBUSY);
	assert_int_equal(vfs_rename(NULL, "a/b", NULL, "full/b", 0), 0);
	assert_int_equal(drive_nlink("a"), 2);
	assert_int_equal(drive_nlink("full"), 3);
	assert_int_equal(vfs_lookup(NULL, "full/b/c", 0, &d), 0);
	assert_true(vfs_path(d, path, sizeof(path)) > 0);
	assert_non_null(strstr(path, "/full/b/c"));
	dentry_put(d);
	assert_int_equal(drive_mkdir("empty"), 0);
	assert_int_equal(vfs_rename(NULL, "a", NULL, "empty/", 0), 0);
	assert_int_equal(lookup("a", 0), -ENOENT);
}

static void mounts_are_crossed_both_ways(void **state)
{
	char path[64];
	struct dentry *d;

	(void)state;
	assert_int_equal(drive_mkdir("/mnt"), 0);
	assert_int_equal(drive_mkdir("/mnt/sub"), 0);
	assert_int_equal(drive_touch("/mnt/sub/hidden", 0644), 0);
	assert_int_equal(tmpfs_mount("/mnt/sub"), 0);
	assert_int_equal(lookup("/mnt/sub/hidden", 0), -ENOENT);
	assert_int_equal(drive_mkdir("/mnt/sub/x"), 0);
	assert_int_equal(vfs_lookup(NULL, "/mnt/sub/x/../..", 0, &d), 0);
	assert_int_equal(vfs_path(d, path, sizeof(path)), 4);
	assert_string_equal(path, "/mnt");
	dentry_put(d);
	assert_int_equal(vfs_lookup(NULL, "/mnt/sub/x", 0, &d), 0);
	assert_int_equal(vfs_path(d, path, sizeof(path)), 10);
	assert_string_equal(path, "/mnt/sub/x");
	dentry_put(d);
	assert_int_equal(vfs_rmdir(NULL, "/mnt/sub"), -EBUSY);
	assert_int_equal(vfs_rename(NULL, "/mnt/sub", NULL, "/mnt/y", 0),
	                 -EBUSY);
	assert_int_equal(drive_touch("f", 0644), 0);
	assert_int_equal(vfs_rename(NULL, "f", NULL, "/mnt/sub/f", 0), -EXDEV);
}

static void reading_a_folder_gives_each_name_once(void **state)
{
	char names[256];

	(void)state;
	for (int i = 0; i < 20; i++) {
		char name[8];

		snprintf(name, sizeof(name), "f%d", i);
		assert_int_equal(drive_touch(name, 0644), 0);
	}
	assert_int_equal(drive_list(".", names, sizeof(names)), 22);
	assert_memory_equal(names, ". .. f0 f1 f2 ", 14);
	assert_non_null(strstr(names, " f19 "));
}

static void a_tmpfile_can_get_a_name(void **state)
{
	struct file *f;

	(void)state;
	assert_int_equal(vfs_open(NULL, ".", O_TMPFILE | O_RDWR, 0600, &f), 0);
	assert_int_equal(drive_count("."), 0);
	assert_int_equal(vfs_link(f->dentry, NULL, "named"), 0);
	file_put(f);
	assert_int_equal(drive_nlink("named"), 1);
	assert_int_equal(open_(".", O_TMPFILE | O_RDONLY), -EINVAL);
}

#define TEST(fn) cmocka_unit_test_setup(fn, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_missing_name_is_enoent_everywhere),
		TEST(a_file_in_the_middle_is_enotdir),
		TEST(too_long_names_are_refused),
		TEST(dots_and_slashes_are_walked_through),
		TEST(symbolic_links_are_followed),
		TEST(links_in_a_circle_are_eloop),
		TEST(forty_links_are_the_limit),
		TEST(creating_through_a_dangling_link_makes_its_target),
		TEST(open_flags_mean_what_the_manual_says),
		TEST(an_unlinked_file_works_until_it_is_closed),
		TEST(folders_are_removed_only_when_empty),
		TEST(nothing_can_be_made_in_a_removed_folder),
		TEST(hard_links_share_the_file),
		TEST(renaming_moves_and_replaces),
		TEST(renaming_folders_keeps_the_tree_a_tree),
		TEST(mounts_are_crossed_both_ways),
		TEST(reading_a_folder_gives_each_name_once),
		TEST(a_tmpfile_can_get_a_name),
	};

	drive_init();
	return cmocka_run_group_tests_name("vfs", tests, NULL, NULL);
}
