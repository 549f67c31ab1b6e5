#include "providers/image/disk_archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "providers/image/disk_build.h"
#include "tests/lib/scratch.h"

/* A disk of 1 GiB with next to nothing on it. */
static const char *disk(struct scratch *s)
{
	static char some[20000];
	struct disk_request q = {
		.path = scratch_path(s, "disk.raw"),
		.boot = scratch_path(s, "boot.bin"),
		.kernel = scratch_path(s, "kernel.elf"),
		.root = scratch_path(s, "root"),
		.unit = DISK_ARCHIVE_UNIT,
	};

	memset(some, 'x', sizeof(some));
	scratch_write(s, "boot.bin", some, sizeof(some));
	scratch_write(s, "kernel.elf", some, sizeof(some));
	scratch_write(s, "root", some, sizeof(some));
	assert_null(disk_build(&q));
	return q.path;
}

static void refused(struct scratch *s, const char *name, const char *why)
{
	uint64_t size;
	struct err *e = disk_archive_check(scratch_path(s, name), &size);

	assert_int_equal(err_code(e), ERR_SYNTAX);
	if (!strstr(err_text(e), why))
		fail_msg("\"%s\" does not say \"%s\"", err_text(e), why);
	err_free(e);
}

static void tar_and_gzip_read_it(void **state)
{
	struct scratch *s = *state;
	const char *out = scratch_path(s, "disk.tar.gz");
	uint64_t size = 0;
	struct stat st;

	assert_null(disk_archive_write(disk(s), out));
	assert_null(disk_archive_check(out, &size));
	assert_int_equal(size, DISK_ARCHIVE_UNIT);
	assert_int_equal(stat(out, &st), 0);
	assert_true(st.st_size < 2 << 20);
	assert_int_equal(
		scratch_shell(s, "test \"$(tar tzf disk.tar.gz)\" = disk.raw"),
		0);
	assert_int_equal(
		scratch_shell(s, "tar xzOf disk.tar.gz | cmp - disk.raw"), 0);
}

static void a_disk_of_half_a_gibibyte_is_refused(void **state)
{
	struct scratch *s = *state;
	const char *path = disk(s);
	struct err *e;

	assert_int_equal(truncate(path, DISK_ARCHIVE_UNIT / 2), 0);
	e = disk_archive_write(path, scratch_path(s, "out"));
	assert_int_equal(err_code(e), ERR_LIMIT);
	err_free(e);
}

static void archives_that_compute_engine_refuses_are_refused(void **state)
{
	struct scratch *s = *state;

	assert_null(disk_archive_write(disk(s), scratch_path(s, "good")));
	assert_int_equal(scratch_shell(s, "head -c 100000 good >cut"), 0);
	refused(s, "cut", "");
	assert_int_equal(scratch_shell(s, "tar cf plain disk.raw --sparse"), 0);
	refused(s, "plain", "not gzip");
	assert_int_equal(
		scratch_shell(s, "truncate -s 1M small && cp small disk.raw &&"
	                         "tar --format=oldgnu -czf small.gz disk.raw"),
		0);
	refused(s, "small.gz", "multiple of 1 GiB");
	assert_int_equal(
		scratch_shell(s, "tar --format=oldgnu -czf named.gz small"), 0);
	refused(s, "named.gz", "not called disk.raw");
	assert_int_equal(
		scratch_shell(s, "tar --format=pax -czf pax.gz disk.raw"), 0);
	refused(s, "pax.gz", "GNU's format");
}

/* It would boot from a BIOS only. */
static void a_disk_without_an_efi_system_partition_is_refused(void **state)
{
	struct scratch *s = *state;
	int fd = open(disk(s), O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "x", 1, (1 << 20) + 82), 1);
	close(fd);
	assert_null(disk_archive_write(scratch_path(s, "disk.raw"),
	                               scratch_path(s, "bad")));
	refused(s, "bad", "EFI system partition");
}

/* One byte of the compressed data is another one. */
static void damage_is_noticed(void **state)
{
	struct scratch *s = *state;

	assert_null(disk_archive_write(disk(s), scratch_path(s, "bad")));
	assert_int_equal(scratch_shell(s,
	                               "printf z | dd of=bad bs=1 seek=30000 "
	                               "conv=notrunc status=none"),
	                 0);
	refused(s, "bad", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(tar_and_gzip_read_it),
		SCRATCH_TEST(a_disk_of_half_a_gibibyte_is_refused),
		SCRATCH_TEST(archives_that_compute_engine_refuses_are_refused),
		SCRATCH_TEST(a_disk_without_an_efi_system_partition_is_refused),
		SCRATCH_TEST(damage_is_noticed),
	};

	return cmocka_run_group_tests_name("disk_archive", tests, NULL, NULL);
}
