#include "kernel/fs/partition.h"

#include <string.h>

#include "kernel/abi/gpt.h"
#include "kernel/lib/errno.h"
#include "tests/lib/khost/khost.h"
#include "tests/lib/test.h"

enum { SECTORS = 4096, FIRST = 100, LAST = 199 };

static struct khost_disk *disk;

static uint8_t *sector(unsigned lba)
{
	return khost_disk_bytes(disk) + lba * GPT_SECTOR;
}

static void seal(void)
{
	struct gpt_header *h = (void *)sector(1);

	h->entries_crc =
		gpt_crc32(0, sector(2), GPT_ENTRIES * sizeof(struct gpt_entry));
	h->header_crc = gpt_header_crc(h);
}

static int setup(void **state)
{
	struct gpt_header *h;
	struct gpt_entry *e;

	(void)state;
	disk = khost_disk_new(NULL, SECTORS * GPT_SECTOR);
	h = (void *)sector(1);
	*h = (struct gpt_header){
		.signature = {'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T'},
		.revision = 0x10000,
		.header_size = GPT_HEADER_SIZE,
		.my_lba = 1,
		.first_usable = 34,
		.last_usable = SECTORS - 34,
		.entries_lba = 2,
		.nr_entries = GPT_ENTRIES,
		.entry_size = sizeof(*e),
	};
	e = (void *)sector(2);
	memcpy(e->type, GPT_TYPE_ROOT, sizeof(e->type));
	e->first = FIRST;
	e->last = LAST;
	memset(sector(FIRST), 'f', GPT_SECTOR);
	memset(sector(LAST), 'l', GPT_SECTOR);
	memset(sector(LAST + 1), '!', GPT_SECTOR);
	seal();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	khost_disk_free(disk);
	return 0;
}

static int open_root(struct block_device **part)
{
	return partition_open(khost_disk_device(disk), GPT_TYPE_ROOT, part);
}

static void a_partition_is_a_disk_of_its_own(void **state)
{
	struct block_device *part;
	char buf[GPT_SECTOR];
	struct block_seg seg = {buf, sizeof(buf)};

	(void)state;
	assert_int_equal(open_root(&part), 0);
	assert_int_equal(part->sectors, LAST - FIRST + 1);
	assert_int_equal(block_io(part, BLOCK_READ, 0, &seg, 1), 0);
	assert_int_equal(buf[0], 'f');
	assert_int_equal(block_io(part, BLOCK_READ, LAST - FIRST, &seg, 1), 0);
	assert_int_equal(buf[0], 'l');
	buf[0] = 'w';
	assert_int_equal(block_io(part, BLOCK_WRITE, 1, &seg, 1), 0);
	assert_int_equal(*sector(FIRST + 1), 'w');
	assert_int_equal(block_flush(part), 0);
}

static void nothing_reaches_beyond_its_end(void **state)
{
	struct block_device *part;
	char buf[2 * GPT_SECTOR] = "";
	struct block_seg seg = {buf, sizeof(buf)};

	(void)state;
	assert_int_equal(open_root(&part), 0);
	assert_int_equal(block_io(part, BLOCK_WRITE, LAST - FIRST, &seg, 1),
	                 -EINVAL);
	assert_int_equal(*sector(LAST + 1), '!');
}

static void a_disk_without_a_table_has_no_partition(void **state)
{
	struct block_device *part;

	(void)state;
	memset(sector(1), 0, GPT_SECTOR);
	assert_int_equal(open_root(&part), -ENOENT);
}

static void a_damaged_table_is_no_missing_one(void **state)
{
	struct block_device *part;

	(void)state;
	sector(1)[20] ^= 1;
	assert_int_equal(open_root(&part), -EUCLEAN);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_partition_is_a_disk_of_its_own),
		TEST(nothing_reaches_beyond_its_end),
		TEST(a_disk_without_a_table_has_no_partition),
		TEST(a_damaged_table_is_no_missing_one),
	};

	return cmocka_run_group_tests_name("partition", tests, NULL, NULL);
}
