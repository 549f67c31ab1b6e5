#include "providers/image/disk_build.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/abi/gpt.h"
#include "tests/lib/scratch.h"

enum {
	MIB = 1 << 20,
	ROOT_SIZE = 5 * MIB + 4096,
	BIOS_BOOT = GPT_SECTOR * (1 + GPT_LOADER_SECTORS),
};

/* Boot sector, loader, kernel and root: bytes that tell where they are from. */
static struct disk_request inputs(struct scratch *s, const char *name)
{
	static char boot[BIOS_BOOT + 3000], kernel[700 * 1000];
	struct disk_request q = {
		.path = scratch_path(s, name),
		.boot = scratch_path(s, "boot.bin"),
		.kernel = scratch_path(s, "kernel.elf"),
		.root = scratch_path(s, "root"),
		.unit = MIB,
		.id = {1, 2, 3},
	};
	FILE *f = fopen(q.root, "w");

	memset(boot, 'b', BIOS_BOOT);
	memset(boot + BIOS_BOOT, 'u', sizeof(boot) - BIOS_BOOT);
	memset(kernel, 'k', sizeof(kernel));
	scratch_write(s, "boot.bin", boot, sizeof(boot));
	scratch_write(s, "kernel.elf", kernel, sizeof(kernel));
	assert_non_null(f);
	fputs("first", f);
	assert_int_equal(fseek(f, 3 * MIB, SEEK_SET), 0);
	fputs("middle", f);
	assert_int_equal(ftruncate(fileno(f), ROOT_SIZE), 0);
	fclose(f);
	return q;
}

static void read_at(const char *path, uint64_t offset, void *to, size_t len)
{
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, to, len, (off_t)offset), len);
	close(fd);
}

static uint64_t start_of(const char *path, const uint8_t type[16])
{
	static struct gpt_entry entries[GPT_ENTRIES];
	struct gpt_header h;
	struct stat st;
	const struct gpt_entry *e;

	assert_int_equal(stat(path, &st), 0);
	read_at(path, GPT_SECTOR, &h, sizeof(h));
	assert_true(gpt_header_ok(&h, (uint64_t)st.st_size / GPT_SECTOR));
	read_at(path, h.entries_lba * GPT_SECTOR, entries, sizeof(entries));
	e = gpt_find(&h, entries, type);
	assert_non_null(e);
	return e->first * GPT_SECTOR;
}

static void every_part_is_where_the_table_says(void **state)
{
	struct disk_request q = inputs(*state, "disk");
	char buf[8] = "";
	uint64_t root;

	assert_null(disk_build(&q));
	read_at(q.path, 0, buf, 4);
	assert_memory_equal(buf, "bbbb", 4);
	read_at(q.path, start_of(q.path, GPT_TYPE_LOADER), buf, 4);
	assert_memory_equal(buf, "bbbb", 4);
	read_at(q.path, start_of(q.path, GPT_TYPE_KERNEL), buf, 4);
	assert_memory_equal(buf, "kkkk", 4);
	read_at(q.path, start_of(q.path, GPT_TYPE_EFI) + 3, buf, 4);
	assert_memory_equal(buf, "MISO", 4);
	root = start_of(q.path, GPT_TYPE_ROOT);
	assert_int_equal(root % MIB, 0);
	read_at(q.path, root, buf, 5);
	assert_memory_equal(buf, "first", 5);
	read_at(q.path, root + 3 * MIB, buf, 6);
	assert_memory_equal(buf, "middle", 6);
}

/* What firmware and other tools use when the first table is damaged. */
static void the_copy_at_the_end_is_whole(void **state)
{
	struct disk_request q = inputs(*state, "disk");
	struct gpt_header first, last;
	struct stat st;

	assert_null(disk_build(&q));
	assert_int_equal(stat(q.path, &st), 0);
	read_at(q.path, GPT_SECTOR, &first, GPT_HEADER_SIZE);
	read_at(q.path, (uint64_t)st.st_size - GPT_SECTOR, &last,
	        GPT_HEADER_SIZE);
	assert_int_equal(last.header_crc, gpt_header_crc(&last));
	assert_int_equal(first.alternate_lba, last.my_lba);
	assert_int_equal(first.entries_crc, last.entries_crc);
}

static void the_size_is_a_multiple_of_the_unit(void **state)
{
	struct disk_request q = inputs(*state, "disk");
	struct stat st;

	q.unit = 64 * MIB;
	assert_null(disk_build(&q));
	assert_int_equal(stat(q.path, &st), 0);
	assert_int_equal(st.st_size, 64 * MIB);
	assert_true(st.st_blocks * 512 < 2 * MIB); /* and mostly holes */
}

static void the_same_inputs_make_the_same_disk(void **state)
{
	struct disk_request a = inputs(*state, "a"), b = inputs(*state, "b");
	struct scratch *s = *state;

	assert_null(disk_build(&a));
	assert_null(disk_build(&b));
	assert_int_equal(scratch_shell(s, "cmp a b"), 0);
}

static void loaders_of(void **state, size_t size, enum err_code wrong)
{
	struct scratch *s = *state;
	struct disk_request q = inputs(s, "disk");
	static char boot[2 * MIB];
	struct err *e;

	scratch_write(s, "boot.bin", boot, size);
	e = disk_build(&q);
	assert_int_equal(err_code(e), wrong);
	err_free(e);
}

static void loaders_that_are_too_large_are_refused(void **state)
{
	loaders_of(state, 2 * MIB, ERR_LIMIT);
}

static void a_file_without_the_second_loader_is_refused(void **state)
{
	loaders_of(state, BIOS_BOOT, ERR_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(every_part_is_where_the_table_says),
		SCRATCH_TEST(the_copy_at_the_end_is_whole),
		SCRATCH_TEST(the_size_is_a_multiple_of_the_unit),
		SCRATCH_TEST(the_same_inputs_make_the_same_disk),
		SCRATCH_TEST(loaders_that_are_too_large_are_refused),
		SCRATCH_TEST(a_file_without_the_second_loader_is_refused),
	};

	return cmocka_run_group_tests_name("disk_build", tests, NULL, NULL);
}
