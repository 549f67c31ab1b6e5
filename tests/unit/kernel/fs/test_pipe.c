#include "kernel/fs/pipe.h"

#include "tests/lib/test.h"

#include <string.h>

#include "kernel/lib/errno.h"
#include "tests/lib/khost/fsdrive.h"
#include "tests/lib/khost/khost.h"

static char big[100000];

static int64_t put(struct file *f, const void *bytes, size_t n)
{
	struct uio u;

	uio_user(&u, (uaddr){(uintptr_t)bytes}, n);
	return file_write(f, &u);
}

static int64_t take(struct file *f, void *bytes, size_t n)
{
	struct uio u;

	uio_user(&u, (uaddr){(uintptr_t)bytes}, n);
	return file_read(f, &u);
}

static void bytes_come_out_in_order(void **state)
{
	struct file *r, *w;
	char got[16] = "";

	(void)state;
	assert_int_equal(pipe_new(O_NONBLOCK, &r, &w), 0);
	assert_int_equal(take(r, got, 5), -EAGAIN);
	assert_int_equal(put(w, "hello ", 6), 6);
	assert_int_equal(put(w, "world", 5), 5);
	assert_int_equal(pipe_pending(r), 11);
	assert_int_equal(take(r, got, 3), 3);
	assert_int_equal(take(r, got + 3, 12), 8);
	assert_string_equal(got, "hello world");
	file_put(r);
	file_put(w);
}

static void a_pipe_holds_64_kib(void **state)
{
	struct file *r, *w;
	static char got[100000];

	(void)state;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7);
	assert_int_equal(pipe_new(O_NONBLOCK, &r, &w), 0);
	assert_int_equal(put(w, big, sizeof(big)), 65536);
	assert_int_equal(put(w, big, 1), -EAGAIN);
	assert_int_equal(file_poll(w), 0);
	assert_int_equal(take(r, got, 100), 100);
	assert_int_equal(put(w, big, 101), -EAGAIN); /* atomic: all or none */
	assert_int_equal(put(w, big + 65536, 100), 100);
	assert_int_equal(take(r, got + 100, sizeof(got)), 65536);
	assert_memory_equal(got, big, 65636);
	assert_int_equal(file_poll(w), POLLOUT | POLLWRNORM);
	file_put(r);
	file_put(w);
}

static void the_ends_say_that_the_other_is_gone(void **state)
{
	struct file *r, *w;
	char got[4];

	(void)state;
	assert_int_equal(pipe_new(0, &r, &w), 0);
	assert_int_equal(put(w, "last", 4), 4);
	file_put(w);
	assert_int_equal(file_poll(r), POLLIN | POLLRDNORM | POLLHUP);
	assert_int_equal(take(r, got, 4), 4);
	assert_int_equal(take(r, got, 4), 0);
	file_put(r);
	assert_int_equal(pipe_new(0, &r, &w), 0);
	file_put(r);
	assert_int_equal(put(w, "x", 1), -EPIPE);
	assert_int_equal(file_poll(w), POLLOUT | POLLWRNORM | POLLERR);
	file_put(w);
}

static void waiting_ends_with_a_signal(void **state)
{
	struct file *r, *w;
	char got[4];

	(void)state;
	assert_int_equal(pipe_new(0, &r, &w), 0);
	assert_int_equal(take(r, got, 4), -ERESTARTSYS);
	assert_int_equal(put(w, big, sizeof(big)), 65536); /* then it waits */
	file_put(r);
	file_put(w);
}

static void wrong_ends_and_seeks_are_refused(void **state)
{
	struct file *r, *w;
	char got[4];

	(void)state;
	assert_int_equal(pipe_new(0, &r, &w), 0);
	assert_int_equal(put(r, "x", 1), -EBADF);
	assert_int_equal(take(w, got, 1), -EBADF);
	assert_int_equal(file_seek(r, 0, SEEK_SET), -ESPIPE);
	file_put(r);
	file_put(w);
}

static void a_bad_address_is_efault_and_takes_nothing(void **state)
{
	struct file *r, *w;
	char got[8];

	(void)state;
	assert_int_equal(pipe_new(O_NONBLOCK, &r, &w), 0);
	khost_fault_after(0);
	assert_int_equal(put(w, "abcd", 4), -EFAULT);
	khost_fault_after(-1);
	assert_int_equal(put(w, "abcd", 4), 4);
	khost_fault_after(0);
	assert_int_equal(take(r, got, 4), -EFAULT);
	khost_fault_after(-1);
	assert_int_equal(take(r, got, 8), 4);
	file_put(r);
	file_put(w);
}

static void a_fifo_joins_those_who_open_its_name(void **state)
{
	struct file *r, *w;
	char got[8];

	(void)state;
	assert_int_equal(vfs_create(NULL, "/fifo", S_IFIFO | 0600, 0), 0);
	assert_int_equal(vfs_open(NULL, "/fifo", O_WRONLY | O_NONBLOCK, 0, &w),
	                 -ENXIO);
	assert_int_equal(vfs_open(NULL, "/fifo", O_RDONLY, 0, &r),
	                 -ERESTARTSYS); /* nobody comes */
	assert_int_equal(vfs_open(NULL, "/fifo", O_RDONLY | O_NONBLOCK, 0, &r),
	                 0);
	assert_int_equal(take(r, got, 8), 0); /* no writer yet: the end */
	assert_int_equal(vfs_open(NULL, "/fifo", O_WRONLY, 0, &w), 0);
	assert_int_equal(take(r, got, 8), -EAGAIN);
	assert_int_equal(put(w, "abc", 3), 3);
	assert_int_equal(take(r, got, 8), 3);
	file_put(w);
	file_put(r);
	assert_int_equal(vfs_open(NULL, "/fifo", O_RDWR, 0, &w), 0);
	file_put(w);
}

static void nothing_is_left_in_memory(void **state)
{
	size_t pages = khost_pages_used(), objects = khost_objects_used();
	struct file *r, *w;

	(void)state;
	assert_int_equal(pipe_new(0, &r, &w), 0);
	assert_int_equal(put(w, big, 60000), 60000);
	file_put(r);
	file_put(w);
	assert_int_equal(khost_pages_used(), pages);
	assert_int_equal(khost_objects_used(), objects);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_out_in_order),
		cmocka_unit_test(a_pipe_holds_64_kib),
		cmocka_unit_test(the_ends_say_that_the_other_is_gone),
		cmocka_unit_test(waiting_ends_with_a_signal),
		cmocka_unit_test(wrong_ends_and_seeks_are_refused),
		cmocka_unit_test(a_bad_address_is_efault_and_takes_nothing),
		cmocka_unit_test(a_fifo_joins_those_who_open_its_name),
		cmocka_unit_test(nothing_is_left_in_memory),
	};

	drive_init();
	return cmocka_run_group_tests_name("pipe", tests, NULL, NULL);
}
