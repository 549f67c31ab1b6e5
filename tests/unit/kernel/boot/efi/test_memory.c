#include "kernel/boot/efi/memory.h"

#include <string.h>

#include "kernel/boot/efi/efi.h"
#include "tests/lib/test.h"

enum { MAX = 4, STRIDE = 48, PAGE = EFI_PAGE_SIZE };

/* As firmware hands it over: more bytes a descriptor than we know of. */
static uint8_t map[16 * STRIDE];
static size_t size;
static struct hvm_memmap_entry out[MAX];

static void has(uint32_t type, uint64_t start, uint64_t pages)
{
	struct efi_memory_descriptor d = {
		.type = type, .start = start, .pages = pages};

	memset(map + size, 0xee, STRIDE);
	memcpy(map + size, &d, sizeof(d));
	size += STRIDE;
}

static uint32_t read(void)
{
	memset(out, 0, sizeof(out));
	return efi_memory(map, size, STRIDE, out, MAX);
}

static void is(unsigned i, uint64_t start, uint64_t pages)
{
	assert_int_equal(out[i].addr, start);
	assert_int_equal(out[i].size, pages * PAGE);
	assert_int_equal(out[i].type, HVM_MEMMAP_RAM);
}

static int setup(void **state)
{
	(void)state;
	size = 0;
	return 0;
}

static void what_boot_services_used_is_ram_with_its_neighbours(void **state)
{
	enum { RUNTIME_DATA = 6, ACPI_RECLAIM = 9 };

	(void)state;
	has(EFI_BOOT_SERVICES_CODE, 0, 1);
	has(EFI_CONVENTIONAL, 1 * PAGE, 9);
	has(RUNTIME_DATA, 10 * PAGE, 1);
	has(EFI_LOADER_CODE, 11 * PAGE, 1);
	has(EFI_LOADER_DATA, 12 * PAGE, 1);
	has(EFI_BOOT_SERVICES_DATA, 13 * PAGE, 1);
	has(ACPI_RECLAIM, 14 * PAGE, 1);
	assert_int_equal(read(), 2);
	is(0, 0, 10);
	is(1, 11 * PAGE, 3);
}

static void their_order_does_not_matter(void **state)
{
	(void)state;
	has(EFI_CONVENTIONAL, 20 * PAGE, 5);
	has(EFI_CONVENTIONAL, 0, 5);
	has(EFI_CONVENTIONAL, 30 * PAGE, 5);
	has(EFI_CONVENTIONAL, 25 * PAGE, 5); /* between two others */
	assert_int_equal(read(), 2);
	is(0, 0, 5);
	is(1, 20 * PAGE, 15);
}

static void what_overlaps_is_counted_once(void **state)
{
	(void)state;
	has(EFI_CONVENTIONAL, 2 * PAGE, 4);
	has(EFI_CONVENTIONAL, 3 * PAGE, 9);
	has(EFI_CONVENTIONAL, 4 * PAGE, 1);
	assert_int_equal(read(), 1);
	is(0, 2 * PAGE, 10);
}

static void the_largest_are_kept(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++)
		has(EFI_CONVENTIONAL, i * 100 * PAGE, i & 1 ? 1 : 10 + i);
	assert_int_equal(read(), MAX);
	for (unsigned i = 0; i < MAX; i++)
		is(i, i * 200 * PAGE, 10 + 2 * i);
}

static void sizes_that_wrap_are_not_believed(void **state)
{
	(void)state;
	has(EFI_CONVENTIONAL, 5 * PAGE, UINT64_MAX / PAGE);
	has(EFI_CONVENTIONAL, UINT64_MAX - PAGE + 1, 2);
	has(EFI_CONVENTIONAL, PAGE, 0);
	assert_int_equal(read(), 0);
}

static void a_map_that_is_cut_off_ends(void **state)
{
	(void)state;
	has(EFI_CONVENTIONAL, 0, 5);
	size -= 8;
	assert_int_equal(read(), 0);
	assert_int_equal(efi_memory(map, size, 8, out, MAX), 0);
}

#define TEST(fn) cmocka_unit_test_setup(fn, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_boot_services_used_is_ram_with_its_neighbours),
		TEST(their_order_does_not_matter),
		TEST(what_overlaps_is_counted_once),
		TEST(the_largest_are_kept),
		TEST(sizes_that_wrap_are_not_believed),
		TEST(a_map_that_is_cut_off_ends),
	};

	return cmocka_run_group_tests_name("efi_memory", tests, NULL, NULL);
}
