#include "providers/image/ext4_build.h"

#include <et/com_err.h>
#include <ext2fs/ext2fs.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "tests/lib/scratch.h"

enum { SIZE = 8 * 1024 * 1024 };

static void build_sized(struct scratch *s, const struct image_tree *t,
                        const char *name, uint64_t size)
{
	struct ext4_request q = {.path = scratch_path(s, name),
	                         .size = size,
	                         .id = {1, 2, 3},
	                         .time = 315532800};

	assert_null(ext4_build(t, &q));
}

static void build(struct scratch *s, const struct image_tree *t,
                  const char *name)
{
	build_sized(s, t, name, SIZE);
}

/* What a program prints is discarded; its exit status is what counts. */
static int run(struct scratch *s, const char *command, const char *name)
{
	FILE *p = popen(arena_printf(&s->mem, "%s %s >/dev/null 2>&1", command,
	                             scratch_path(s, name)),
	                "r");

	assert_non_null(p);
	return pclose(p);
}

/* Some of everything: many names, a large file, long and short links. */
static void fill(struct scratch *s, struct image_tree *t)
{
	static char big[1024 * 1024 + 1];
	char *target = arena_alloc(&s->mem, 201, 1);

	image_tree_init(t, &s->mem);
	for (int i = 0; i < 500; i++)
		assert_null(image_tree_text(
			t,
			arena_printf(&s->mem, "/many/a-rather-long-name-%03d",
		                     i),
			0644, "x", 1));
	assert_null(image_tree_text(t, "/big", 0400, big, sizeof(big)));
	assert_null(image_tree_text(t, "/empty", 0600, "", 0));
	assert_null(image_tree_link(t, "/short", "big"));
	memset(target, 'y', 200);
	assert_null(image_tree_link(t, "/long", target));
	assert_null(image_tree_dir(t, "/dir/sub", 01777));
}

static void fsck_finds_nothing_to_say(void **state)
{
	struct scratch *s = *state;
	struct image_tree t;

	fill(s, &t);
	build(s, &t, "a");
	assert_int_equal(run(s, "/sbin/e2fsck -fn", "a"), 0);
}

static void the_same_tree_gives_the_same_bytes(void **state)
{
	struct scratch *s = *state;
	struct image_tree t;

	fill(s, &t);
	build(s, &t, "a");
	build(s, &t, "b");
	assert_int_equal(
		run(s, arena_printf(&s->mem, "cmp %s", scratch_path(s, "a")),
	            "b"),
		0);
}

static void what_is_put_in_is_found_again(void **state)
{
	struct scratch *s = *state;
	struct image_tree t;
	struct ext2_inode inode;
	ext2_filsys fs;
	ext2_ino_t ino;

	fill(s, &t);
	build(s, &t, "a");
	assert_int_equal(ext2fs_open(scratch_path(s, "a"), 0, 0, 0,
	                             unix_io_manager, &fs),
	                 0);
	assert_int_equal(ext2fs_namei(fs, EXT2_ROOT_INO, EXT2_ROOT_INO,
	                              "/many/a-rather-long-name-499", &ino),
	                 0);
	assert_int_equal(ext2fs_namei(fs, EXT2_ROOT_INO, EXT2_ROOT_INO,
	                              "/dir/sub", &ino),
	                 0);
	assert_int_equal(ext2fs_read_inode(fs, ino, &inode), 0);
	assert_int_equal(inode.i_mode, LINUX_S_IFDIR | 01777);
	assert_int_equal(inode.i_links_count, 2);
	assert_int_equal(inode.i_mtime, 315532800);
	ext2fs_close_free(&fs);
}

static bool has_journal(struct scratch *s, const char *name)
{
	ext2_filsys fs;
	bool yes;

	assert_int_equal(ext2fs_open(scratch_path(s, name), 0, 0, 0,
	                             unix_io_manager, &fs),
	                 0);
	yes = ext2fs_has_feature_journal(fs->super) &&
	      !ext2fs_has_feature_journal_needs_recovery(fs->super);
	ext2fs_close_free(&fs);
	return yes;
}

/* Bytes that the host keeps for it. */
static uint64_t room_of(struct scratch *s, const char *name)
{
	struct stat st;

	assert_int_equal(stat(scratch_path(s, name), &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

/* Of the journal its first block, of the file system a few more bitmaps. */
static void a_journal_takes_no_room_until_it_is_used(void **state)
{
	struct scratch *s = *state;
	struct image_tree t;

	fill(s, &t);
	build_sized(s, &t, "small", SIZE);
	build_sized(s, &t, "usual", 8 * SIZE);
	build_sized(s, &t, "again", 8 * SIZE);
	assert_false(has_journal(s, "small"));
	assert_true(has_journal(s, "usual"));
	assert_true(room_of(s, "usual") < room_of(s, "small") + 64 * 1024);
	assert_int_equal(run(s, "/sbin/e2fsck -fn", "usual"), 0);
	assert_int_equal(
		run(s,
	            arena_printf(&s->mem, "cmp %s", scratch_path(s, "usual")),
	            "again"),
		0);
}

static void a_tree_that_does_not_fit_is_refused(void **state)
{
	struct scratch *s = *state;
	struct image_tree t;
	struct ext4_request q = {.path = scratch_path(s, "a"), .size = SIZE};
	const char *big = arena_alloc(&s->mem, SIZE, 1);
	struct err *e;

	image_tree_init(&t, &s->mem);
	assert_null(image_tree_text(&t, "/big", 0644, big, SIZE));
	assert_true(ext4_build_need(&t, SIZE) > SIZE);
	e = ext4_build(&t, &q);
	assert_int_equal(err_code(e), ERR_LIMIT);
	err_free(e);
}

static void what_is_said_to_fit_fits(void **state)
{
	struct scratch *s = *state;
	struct ext4_request q = {.path = scratch_path(s, "a")};
	struct image_tree t;

	fill(s, &t);
	q.size = ext4_build_need(&t, SIZE);
	q.size = ext4_build_need(&t, q.size);
	assert_null(ext4_build(&t, &q));
	assert_int_equal(run(s, "/sbin/e2fsck -fn", "a"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(fsck_finds_nothing_to_say),
		SCRATCH_TEST(the_same_tree_gives_the_same_bytes),
		SCRATCH_TEST(what_is_put_in_is_found_again),
		SCRATCH_TEST(a_journal_takes_no_room_until_it_is_used),
		SCRATCH_TEST(a_tree_that_does_not_fit_is_refused),
		SCRATCH_TEST(what_is_said_to_fit_fits),
	};

	return cmocka_run_group_tests_name("ext4_build", tests, NULL, NULL);
}
