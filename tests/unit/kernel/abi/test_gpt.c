#include "kernel/abi/gpt.h"

#include <string.h>

#include "tests/lib/test.h"

enum { SECTORS = 4096 };

static struct gpt_entry entries[GPT_ENTRIES];
static struct gpt_header header;

static void seal(void)
{
	header.entries_crc = gpt_crc32(0, entries, sizeof(entries));
	header.header_crc = gpt_header_crc(&header);
}

static int setup(void **state)
{
	(void)state;
	memset(entries, 0, sizeof(entries));
	memcpy(entries[5].type, GPT_TYPE_KERNEL, 16);
	entries[5].first = 2048;
	entries[5].last = 2999;
	header = (struct gpt_header){
		.signature = {'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T'},
		.revision = 0x10000,
		.header_size = GPT_HEADER_SIZE,
		.my_lba = 1,
		.alternate_lba = SECTORS - 1,
		.first_usable = 34,
		.last_usable = SECTORS - 34,
		.entries_lba = 2,
		.nr_entries = GPT_ENTRIES,
		.entry_size = sizeof(struct gpt_entry),
	};
	seal();
	return 0;
}

/* The check value that every description of this CRC gives. */
static void the_crc_is_that_of_gzip(void **state)
{
	(void)state;
	assert_int_equal(gpt_crc32(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(gpt_crc32(gpt_crc32(0, "1234", 4), "56789", 5),
	                 0xcbf43926);
}

static void a_partition_is_found_by_its_type(void **state)
{
	const struct gpt_entry *e;

	(void)state;
	assert_true(gpt_header_ok(&header, SECTORS));
	e = gpt_find(&header, entries, GPT_TYPE_KERNEL);
	assert_ptr_equal(e, &entries[5]);
	assert_null(gpt_find(&header, entries, GPT_TYPE_ROOT));
}

static void one_changed_bit_is_noticed(void **state)
{
	(void)state;
	header.disk_guid[3] ^= 1;
	assert_false(gpt_header_ok(&header, SECTORS));
	header.disk_guid[3] ^= 1;
	entries[7].attributes ^= 1;
	assert_true(gpt_header_ok(&header, SECTORS));
	assert_null(gpt_find(&header, entries, GPT_TYPE_KERNEL));
}

static void a_table_beyond_the_disk_is_refused(void **state)
{
	(void)state;
	header.entries_lba = SECTORS - 31;
	seal();
	assert_false(gpt_header_ok(&header, SECTORS));
	assert_false(gpt_header_ok(&header, 20));
	header.entries_lba = UINT64_MAX;
	seal();
	assert_false(gpt_header_ok(&header, SECTORS));
}

static void a_partition_beyond_the_usable_sectors_is_refused(void **state)
{
	(void)state;
	entries[5].last = SECTORS;
	seal();
	assert_null(gpt_find(&header, entries, GPT_TYPE_KERNEL));
	entries[5].first = 3000;
	entries[5].last = 2999;
	seal();
	assert_null(gpt_find(&header, entries, GPT_TYPE_KERNEL));
}

#define TEST(fn) cmocka_unit_test_setup(fn, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_crc_is_that_of_gzip),
		TEST(a_partition_is_found_by_its_type),
		TEST(one_changed_bit_is_noticed),
		TEST(a_table_beyond_the_disk_is_refused),
		TEST(a_partition_beyond_the_usable_sectors_is_refused),
	};

	return cmocka_run_group_tests_name("gpt", tests, NULL, NULL);
}
