#include "parser/base/fs.h"

#include "tests/lib/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
	struct arena mem;
	char dir[64];
};

static int setup(void **state)
{
	static struct scratch s;
	const char *base = getenv("TMPDIR");

	snprintf(s.dir, sizeof(s.dir), "%s/miso-fs-%d", base ? base : "/tmp",
	         (int)getpid());
	*state = &s;
	err_free(fs_remove_tree(s.dir));
	return mkdir(s.dir, 0755);
}

static int teardown(void **state)
{
	struct scratch *s = *state;

	err_free(fs_remove_tree(s->dir));
	arena_free(&s->mem);
	return 0;
}

static const char *path(struct scratch *s, const char *name)
{
	return fs_join(&s->mem, s->dir, name);
}

static void what_was_written_is_read(void **state)
{
	struct scratch *s = *state;
	char *text;
	size_t len;

	assert_null(fs_write(path(s, "f"), "some pig", 8, 0600));
	assert_null(fs_read(&s->mem, path(s, "f"), 100, &text, &len));
	assert_int_equal(len, 8);
	assert_string_equal(text, "some pig");
}

static void writing_replaces_and_leaves_no_other_file(void **state)
{
	struct scratch *s = *state;
	char *text;
	size_t len;

	assert_null(fs_write(path(s, "f"), "old text", 8, 0600));
	assert_null(fs_write(path(s, "f"), "new", 3, 0600));
	assert_null(fs_read(&s->mem, path(s, "f"), 100, &text, &len));
	assert_string_equal(text, "new");
	assert_int_equal(unlink(path(s, "f")), 0);
	assert_int_equal(rmdir(s->dir), 0); /* it was the only one */
	assert_int_equal(mkdir(s->dir, 0755), 0);
}

static void what_a_user_names_stays_what_it_is(void **state)
{
	struct scratch *s = *state;
	const char *link = path(s, "link"), *pipe = path(s, "pipe");
	char got[8] = "", *text;
	struct stat st;
	size_t len;
	int fd;

	/* A link to a file, to none yet, and a pipe. */
	assert_null(fs_put(path(s, "f"), "old", 3, 0600));
	assert_int_equal(symlink("f", link), 0);
	assert_null(fs_put(link, "new", 3, 0600));
	assert_null(fs_read(&s->mem, path(s, "f"), 100, &text, &len));
	assert_string_equal(text, "new");
	assert_int_equal(unlink(path(s, "f")), 0);
	assert_null(fs_put(link, "newer", 5, 0600));
	assert_null(fs_read(&s->mem, path(s, "f"), 100, &text, &len));
	assert_string_equal(text, "newer");
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(mkfifo(pipe, 0600), 0);
	fd = open(pipe, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_null(fs_put(pipe, "some", 4, 0600));
	assert_int_equal(read(fd, got, sizeof(got)), 4);
	close(fd);
	assert_int_equal(lstat(pipe, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
}

static void a_file_over_the_limit_is_refused(void **state)
{
	struct scratch *s = *state;
	struct err *e;
	char *text;
	size_t len;

	assert_null(fs_write(path(s, "f"), "123456789", 9, 0600));
	assert_null(fs_read(&s->mem, path(s, "f"), 9, &text, &len));
	e = fs_read(&s->mem, path(s, "f"), 8, &text, &len);
	assert_int_equal(err_code(e), ERR_LIMIT);
	err_free(e);
}

static void a_missing_file_is_named(void **state)
{
	struct scratch *s = *state;
	struct err *e;
	char *text;
	size_t len;

	e = fs_read(&s->mem, path(s, "nope"), 9, &text, &len);
	assert_int_equal(err_code(e), ERR_IO);
	assert_non_null(strstr(err_text(e), "nope: No such file"));
	err_free(e);
}

static void folders_are_made_and_removed_in_depth(void **state)
{
	struct scratch *s = *state;

	assert_null(fs_make_dirs(path(s, "a/b/c"), 0755));
	assert_null(fs_make_dirs(path(s, "a/b/c"), 0755));
	assert_null(fs_write(path(s, "a/b/c/f"), "", 0, 0600));
	assert_null(fs_remove_tree(path(s, "a")));
	assert_false(fs_exists(path(s, "a")));
	assert_null(fs_remove_tree(path(s, "a"))); /* gone already: fine */
}

static void removing_does_not_follow_links(void **state)
{
	struct scratch *s = *state;

	assert_null(fs_make_dirs(path(s, "keep"), 0755));
	assert_null(fs_write(path(s, "keep/f"), "", 0, 0600));
	assert_null(fs_make_dirs(path(s, "a"), 0755));
	assert_int_equal(symlink("../keep", path(s, "a/link")), 0);
	assert_null(fs_remove_tree(path(s, "a")));
	assert_true(fs_exists(path(s, "keep/f")));
	assert_int_equal(symlink("keep", path(s, "link")), 0);
	assert_null(fs_remove_tree(path(s, "link")));
	assert_true(fs_exists(path(s, "keep/f")));
}

static void joining_leaves_absolute_paths_alone(void **state)
{
	struct scratch *s = *state;

	assert_string_equal(fs_join(&s->mem, "a", "b"), "a/b");
	assert_string_equal(fs_join(&s->mem, "a", "/b"), "/b");
	assert_string_equal(fs_join(&s->mem, ".", "b"), "b");
	assert_string_equal(fs_join(&s->mem, "/", "b"), "/b");
}

static void a_parent_is_up_to_the_last_slash(void **state)
{
	struct scratch *s = *state;

	assert_string_equal(fs_parent(&s->mem, "a/b/c"), "a/b");
	assert_string_equal(fs_parent(&s->mem, "/a"), "/");
	assert_string_equal(fs_parent(&s->mem, "a"), ".");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_is_read),
		TEST(writing_replaces_and_leaves_no_other_file),
		TEST(what_a_user_names_stays_what_it_is),
		TEST(a_file_over_the_limit_is_refused),
		TEST(a_missing_file_is_named),
		TEST(folders_are_made_and_removed_in_depth),
		TEST(removing_does_not_follow_links),
		TEST(joining_leaves_absolute_paths_alone),
		TEST(a_parent_is_up_to_the_last_slash),
	};

	return cmocka_run_group_tests_name("fs", tests, NULL, NULL);
}
