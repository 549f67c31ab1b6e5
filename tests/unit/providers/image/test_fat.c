/* Read back by the rules of the specification, not by the writer's. */
#include "providers/image/fat.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"

enum { FIRST = 2048 };

static uint8_t *volume;
static size_t highest; /* byte that was written */

static uint32_t u16(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8;
}

static uint32_t u32(const uint8_t *at)
{
	return u16(at) | u16(at + 2) << 16;
}

static struct err *put(void *ctx, uint64_t offset, const void *data, size_t len)
{
	assert_null(ctx);
	assert_true(offset <= FAT_SECTORS * FAT_SECTOR &&
	            len <= FAT_SECTORS * FAT_SECTOR - offset);
	memcpy(volume + offset, data, len);
	if (offset + len > highest)
		highest = offset + len;
	return NULL;
}

static int setup(void **state)
{
	(void)state;
	highest = 0;
	volume = calloc(FAT_SECTORS, FAT_SECTOR);
	return volume ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(volume);
	return 0;
}

static const uint8_t *table(unsigned n)
{
	return volume + (u16(volume + 14) + n * u32(volume + 36)) * FAT_SECTOR;
}

static uint32_t clusters(void)
{
	return FAT_SECTORS - u16(volume + 14) - volume[16] * u32(volume + 36);
}

static uint32_t after(uint32_t cluster)
{
	uint32_t next = u32(table(0) + 4 * cluster) & 0x0fffffff;

	assert_true(next >= 0x0ffffff8 || (next >= 2 && next < clusters() + 2));
	return next;
}

static const uint8_t *cluster_at(uint32_t n)
{
	return table(volume[16]) + (n - 2) * FAT_SECTOR;
}

/* The entry with that name in the folder that begins at `cluster`. */
static const uint8_t *find(uint32_t cluster, const char *name)
{
	const uint8_t *folder = cluster_at(cluster);

	assert_true(after(cluster) >= 0x0ffffff8);
	for (unsigned i = 0; i < FAT_SECTOR; i += 32)
		if (memcmp(folder + i, name, FAT_NAME) == 0)
			return folder + i;
	fail_msg("no \"%s\"", name);
	return NULL;
}

static uint32_t start(const uint8_t *entry)
{
	return u16(entry + 20) << 16 | u16(entry + 26);
}

/* Of the path EFI/BOOT/FILE; its bytes are the same. */
static void check_file(const uint8_t *want, uint32_t len)
{
	const uint8_t *efi = find(u32(volume + 44), "EFI        ");
	const uint8_t *boot = find(start(efi), "BOOT       ");
	const uint8_t *file = find(start(boot), "FILE    BIN");
	uint32_t at = start(file);

	assert_int_equal(efi[11] & boot[11] & 0x10, 0x10);
	assert_int_equal(file[11] & 0x10, 0);
	assert_int_equal(start(find(start(boot), "..         ")), start(efi));
	assert_int_equal(start(find(start(efi), "..         ")), 0);
	assert_int_equal(u32(file + 28), len);
	for (uint32_t done = 0; done < len; done += FAT_SECTOR) {
		uint32_t n = len - done < FAT_SECTOR ? len - done : FAT_SECTOR;

		assert_memory_equal(cluster_at(at), want + done, n);
		at = after(at);
	}
	assert_true(at >= 0x0ffffff8);
}

static struct err *write_file(const void *data, uint32_t len)
{
	const struct fat_file file = {
		.path = {"EFI        ", "BOOT       ", "FILE    BIN"},
		.data = data,
		.len = len,
	};

	return fat_write(&file, FIRST, 0x12345678, put, NULL);
}

static void the_file_is_found_by_its_path(void **state)
{
	static const uint32_t sizes[] = {1, 512, 513, 62 * 512, 100 * 1000};
	static uint8_t data[100 * 1000];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * i >> 3);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_null(write_file(data, sizes[i]));
		check_file(data, sizes[i]);
		assert_memory_equal(table(0), table(1),
		                    u32(volume + 36) * FAT_SECTOR);
		teardown(state);
		setup(state);
	}
}

static void its_size_makes_it_fat32(void **state)
{
	(void)state;
	assert_null(write_file("x", 1));
	assert_true(clusters() >= 65525);
	assert_true(clusters() + 2 <= u32(volume + 36) * (FAT_SECTOR / 4));
	assert_int_equal(u32(volume + 28), FIRST);
	assert_int_equal(u32(volume + 32), FAT_SECTORS);
}

static void the_first_sectors_have_a_copy(void **state)
{
	(void)state;
	assert_null(write_file("x", 1));
	assert_memory_equal(volume, volume + u16(volume + 50) * FAT_SECTOR,
	                    2 * FAT_SECTOR);
}

static void what_is_free_is_counted(void **state)
{
	const uint8_t *info;
	uint32_t used = 0;

	(void)state;
	assert_null(write_file("x", 1));
	info = volume + u16(volume + 48) * FAT_SECTOR;
	for (uint32_t n = 2; n < clusters() + 2; n++)
		used += u32(table(0) + 4 * n) != 0;
	assert_int_equal(used, 4);
	assert_int_equal(u32(info + 488), clusters() - used);
	assert_int_equal(u32(table(0) + 4 * u32(info + 492)), 0);
}

static void a_file_that_does_not_fit_is_refused(void **state)
{
	struct err *e = write_file("x", 34 * 1000 * 1000 + 54145);

	(void)state;
	assert_int_equal(err_code(e), ERR_LIMIT);
	assert_int_equal(highest, 0);
	err_free(e);
}

static void another_file_system_is_told_apart(void **state)
{
	(void)state;
	assert_null(write_file("x", 1));
	assert_true(fat_check(volume));
	volume[13] = 2;
	assert_false(fat_check(volume));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_file_is_found_by_its_path),
		TEST(its_size_makes_it_fat32),
		TEST(the_first_sectors_have_a_copy),
		TEST(what_is_free_is_counted),
		TEST(a_file_that_does_not_fit_is_refused),
		TEST(another_file_system_is_told_apart),
	};

	return cmocka_run_group_tests_name("fat", tests, NULL, NULL);
}
