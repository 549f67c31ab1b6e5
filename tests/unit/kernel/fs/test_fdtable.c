#include "kernel/fs/fdtable.h"

#include "tests/lib/test.h"

#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"

static unsigned released;

static void release(struct file *f)
{
	(void)f;
	released++;
}

static const struct file_ops ops = {.release = release};

static struct file *new_file(void)
{
	struct file *f;

	assert_int_equal(file_new(&ops, NULL, O_RDWR, "test", &f), 0);
	return f;
}

static int setup(void **state)
{
	(void)state;
	fd_close_range(0, ~0U, false);
	fd_set_limit(FD_LIMIT_DEFAULT);
	released = 0;
	return 0;
}

static void the_lowest_free_number_is_given_out(void **state)
{
	(void)state;
	for (int fd = 0; fd < 200; fd++)
		assert_int_equal(fd_install(new_file(), 0, false), fd);
	assert_int_equal(fd_close(63), 0);
	assert_int_equal(fd_close(5), 0);
	assert_int_equal(released, 2);
	assert_int_equal(fd_install(new_file(), 0, false), 5);
	assert_int_equal(fd_install(new_file(), 6, false), 63);
	assert_int_equal(fd_install(new_file(), 500, false), 500);
	assert_int_equal(fd_install(new_file(), 0, false), 200);
}

static void the_limit_is_emfile(void **state)
{
	struct file *f = new_file();

	(void)state;
	fd_set_limit(3);
	for (int fd = 0; fd < 3; fd++)
		assert_int_equal(fd_install(new_file(), 0, false), fd);
	assert_int_equal(fd_install(f, 0, false), -EMFILE);
	assert_int_equal(fd_dup_to(0, 3, false), -EBADF);
	file_put(f);
}

static void what_is_not_open_is_ebadf(void **state)
{
	(void)state;
	assert_null(fd_get(-1));
	assert_null(fd_get(70000));
	assert_int_equal(fd_close(3), -EBADF);
	assert_int_equal(fd_cloexec(3), -EBADF);
	assert_int_equal(fd_set_cloexec(3, true), -EBADF);
	assert_int_equal(fd_dup_to(3, 4, false), -EBADF);
}

static void dup_closes_what_was_there(void **state)
{
	struct file *f;

	(void)state;
	assert_int_equal(fd_install(new_file(), 0, true), 0);
	assert_int_equal(fd_install(new_file(), 0, false), 1);
	assert_int_equal(fd_cloexec(0), 1);
	assert_int_equal(fd_dup_to(0, 1, false), 1);
	assert_int_equal(released, 1);
	assert_int_equal(fd_cloexec(1), 0);
	f = fd_get(1);
	assert_int_equal(f->refs, 3);
	file_put(f);
	assert_int_equal(fd_dup_to(1, 1, false), 1);
	assert_int_equal(fd_dup_to(1, 900, true), 900);
	assert_int_equal(fd_cloexec(900), 1);
}

static void ranges_are_closed_or_marked(void **state)
{
	(void)state;
	for (int fd = 0; fd < 10; fd++)
		assert_int_equal(fd_install(new_file(), 0, false), fd);
	fd_close_range(3, 5, false);
	assert_int_equal(released, 3);
	assert_int_equal(fd_next(3), 6);
	fd_close_range(8, ~0U, true);
	assert_int_equal(fd_cloexec(7), 0);
	assert_int_equal(fd_cloexec(9), 1);
	assert_int_equal(fd_next(10), -1);
}

#define TEST(fn) cmocka_unit_test_setup(fn, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_lowest_free_number_is_given_out),
		TEST(the_limit_is_emfile),
		TEST(what_is_not_open_is_ebadf),
		TEST(dup_closes_what_was_there),
		TEST(ranges_are_closed_or_marked),
	};

	return cmocka_run_group_tests_name("fdtable", tests, NULL, NULL);
}
