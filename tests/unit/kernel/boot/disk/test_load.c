#include "kernel/boot/disk/load.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"

enum {
	SECTORS = 400,
	KERNEL = 100, /* sector, and how many */
	KERNEL_SECTORS = 64,
	TEXT = 4096, /* in the kernel's file, and how long */
	TEXT_SIZE = 700,
	TEXT_ADDR = 0x100000,
	ENTRY = 0x100010,
};

/* A disk, and the memory of the only part that its kernel has. */
static struct {
	_Alignas(8) uint8_t bytes[SECTORS * GPT_SECTOR];
	_Alignas(8) uint8_t work[LOAD_WORK];
	uint8_t *memory;
	unsigned good_reads; /* then the disk fails */
} disk;

static const uint32_t note[] = {4, 8, 18, 0x006e6558, ENTRY, 0};

static struct gpt_header *header(void)
{
	return (void *)(disk.bytes + GPT_SECTOR);
}

static struct gpt_entry *entries(void)
{
	return (void *)(disk.bytes + 2 * GPT_SECTOR);
}

static void seal(void)
{
	header()->entries_crc =
		gpt_crc32(0, entries(), GPT_ENTRIES * sizeof(struct gpt_entry));
	header()->header_crc = gpt_header_crc(header());
}

static Elf64_Phdr *parts(void)
{
	return (void *)(disk.bytes + KERNEL * GPT_SECTOR + sizeof(Elf64_Ehdr));
}

static void write_kernel(void)
{
	uint8_t *file = disk.bytes + KERNEL * GPT_SECTOR;
	Elf64_Ehdr *h = (void *)file;

	memcpy(h->e_ident, "\177ELF\2\1\1", 7);
	h->e_machine = EM_X86_64;
	h->e_phoff = sizeof(*h);
	h->e_phentsize = sizeof(Elf64_Phdr);
	h->e_phnum = 2;
	parts()[0] = (Elf64_Phdr){.p_type = PT_LOAD,
	                          .p_offset = TEXT,
	                          .p_paddr = TEXT_ADDR,
	                          .p_filesz = TEXT_SIZE,
	                          .p_memsz = TEXT_SIZE + 1000};
	parts()[1] = (Elf64_Phdr){.p_type = PT_NOTE,
	                          .p_offset = TEXT + 64,
	                          .p_paddr = TEXT_ADDR + 64,
	                          .p_filesz = sizeof(note)};
	memset(file + TEXT, 't', TEXT_SIZE);
	memcpy(file + TEXT + 64, note, sizeof(note));
}

static int setup(void **state)
{
	(void)state;
	memset(&disk, 0, sizeof(disk));
	disk.good_reads = UINT32_MAX;
	*header() = (struct gpt_header){
		.signature = {'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T'},
		.revision = 0x10000,
		.header_size = GPT_HEADER_SIZE,
		.my_lba = 1,
		.first_usable = GPT_FIRST_USABLE,
		.last_usable = SECTORS - 34,
		.entries_lba = 2,
		.nr_entries = GPT_ENTRIES,
		.entry_size = sizeof(struct gpt_entry),
	};
	memcpy(entries()[1].type, GPT_TYPE_KERNEL, 16);
	entries()[1].first = KERNEL;
	entries()[1].last = KERNEL + KERNEL_SECTORS - 1;
	write_kernel();
	seal();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(disk.memory);
	return 0;
}

static bool read_disk(void *ctx, uint64_t lba, uint64_t offset, void *to,
                      uint32_t len)
{
	assert_ptr_equal(ctx, &disk);
	assert_true(lba < SECTORS);
	assert_true(offset <= (SECTORS - lba) * GPT_SECTOR &&
	            len <= (SECTORS - lba) * GPT_SECTOR - offset);
	if (!disk.good_reads)
		return false;
	disk.good_reads--;
	memcpy(to, disk.bytes + lba * GPT_SECTOR + offset, len);
	return true;
}

/* Exactly as large as was asked for: ASan sees what is beyond. */
static void *claim(void *ctx, const struct elf_part *part)
{
	(void)ctx;
	if (part->size > 1 << 20 || disk.memory)
		return NULL;
	disk.memory = malloc(part->size);
	memset(disk.memory, 0xee, part->size);
	return disk.memory;
}

static const char *load(uint32_t *entry)
{
	const struct load_from from = {
		.ctx = &disk,
		.sectors = SECTORS,
		.work = disk.work,
		.read = read_disk,
		.claim = claim,
	};

	return load_kernel(&from, entry);
}

static void refused(const char *why)
{
	uint32_t entry = 7;
	const char *said = load(&entry);

	assert_non_null(said);
	if (!strstr(said, why))
		fail_msg("\"%s\" does not say \"%s\"", said, why);
}

static void the_kernel_is_where_it_wants_to_be(void **state)
{
	uint32_t entry = 0;

	(void)state;
	assert_null(load(&entry));
	assert_int_equal(entry, ENTRY);
	assert_memory_equal(disk.memory, "tttt", 4);
	assert_memory_equal(disk.memory + 64, note, sizeof(note));
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(disk.memory[TEXT_SIZE + i], 0);
}

static void a_damaged_table_is_refused(void **state)
{
	(void)state;
	header()->disk_guid[0] ^= 1;
	refused("partition table is damaged");
}

static void a_table_beyond_the_disk_is_refused(void **state)
{
	(void)state;
	header()->entries_lba = SECTORS - 31;
	seal();
	refused("partition table is damaged");
}

static void a_disk_without_a_kernel_is_refused(void **state)
{
	(void)state;
	entries()[1].type[0] ^= 1;
	seal();
	refused("no partition with a kernel");
}

static void a_partition_beyond_the_disk_is_no_partition(void **state)
{
	(void)state;
	entries()[1].last = SECTORS + 100;
	seal();
	refused("no partition with a kernel");
	entries()[1].first = UINT64_MAX - 2;
	entries()[1].last = UINT64_MAX;
	seal();
	refused("no partition with a kernel");
}

static void a_small_partition_is_refused(void **state)
{
	(void)state;
	entries()[1].last = KERNEL + 6;
	seal();
	refused("too small");
}

static void a_kernel_that_ends_behind_its_partition_is_refused(void **state)
{
	(void)state;
	parts()[0].p_filesz = parts()[0].p_memsz =
		(KERNEL_SECTORS + 1) * GPT_SECTOR - TEXT;
	refused("cut off");
}

static void a_kernel_without_an_entry_is_refused(void **state)
{
	(void)state;
	memset(disk.bytes + KERNEL * GPT_SECTOR + TEXT + 64, 0, sizeof(note));
	refused("no PVH entry");
}

static void memory_that_is_not_there_is_an_error(void **state)
{
	(void)state;
	parts()[0].p_memsz = 2 << 20;
	refused("too little memory");
}

static void every_read_may_fail(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 4; n++) {
		disk.good_reads = n;
		refused("cannot be read");
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_kernel_is_where_it_wants_to_be),
		TEST(a_damaged_table_is_refused),
		TEST(a_table_beyond_the_disk_is_refused),
		TEST(a_disk_without_a_kernel_is_refused),
		TEST(a_partition_beyond_the_disk_is_no_partition),
		TEST(a_small_partition_is_refused),
		TEST(a_kernel_that_ends_behind_its_partition_is_refused),
		TEST(a_kernel_without_an_entry_is_refused),
		TEST(memory_that_is_not_there_is_an_error),
		TEST(every_read_may_fail),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
