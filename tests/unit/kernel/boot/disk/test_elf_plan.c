#include "kernel/boot/disk/elf_plan.h"

#include <elf.h>
#include <string.h>

#include "tests/lib/test.h"

enum { FILE_SIZE = 64 * 1024, PARTS_AT = 64 };

static union {
	Elf64_Ehdr header;
	struct {
		char space[PARTS_AT];
		Elf64_Phdr parts[3];
	};
	char bytes[ELF_PLAN_HEAD];
} head;

static struct elf_plan plan;

static int setup(void **state)
{
	(void)state;
	memset(&head, 0, sizeof(head));
	memcpy(head.header.e_ident, "\177ELF\2\1\1", 7);
	head.header.e_machine = EM_X86_64;
	head.header.e_phoff = PARTS_AT;
	head.header.e_phentsize = sizeof(Elf64_Phdr);
	head.header.e_phnum = 3;
	head.parts[0] = (Elf64_Phdr){.p_type = PT_LOAD,
	                             .p_offset = 4096,
	                             .p_paddr = 0x100000,
	                             .p_filesz = 8192,
	                             .p_memsz = 8192};
	head.parts[1] = (Elf64_Phdr){.p_type = PT_LOAD,
	                             .p_offset = 12288,
	                             .p_paddr = 0x102000,
	                             .p_filesz = 100,
	                             .p_memsz = 90000};
	head.parts[2] = (Elf64_Phdr){.p_type = PT_NOTE,
	                             .p_offset = 8192,
	                             .p_paddr = 0x101000,
	                             .p_filesz = 24};
	return 0;
}

static const char *refused(void)
{
	const char *why = elf_plan(&head, FILE_SIZE, &plan);

	assert_non_null(why);
	return why;
}

static void parts_and_notes_are_found(void **state)
{
	(void)state;
	assert_null(elf_plan(&head, FILE_SIZE, &plan));
	assert_int_equal(plan.n, 2);
	assert_int_equal(plan.parts[1].addr, 0x102000);
	assert_int_equal(plan.parts[1].loaded, 100);
	assert_int_equal(plan.parts[1].size, 90000);
	assert_int_equal(plan.notes, 0x101000);
	assert_int_equal(plan.notes_size, 24);
}

static void what_is_no_kernel_is_refused(void **state)
{
	(void)state;
	head.header.e_machine = EM_386;
	assert_non_null(strstr(refused(), "no kernel"));
}

static void program_headers_elsewhere_are_refused(void **state)
{
	(void)state;
	head.header.e_phoff = ELF_PLAN_HEAD - sizeof(Elf64_Phdr);
	(void)!refused();
	head.header.e_phoff = UINT64_MAX - 7;
	(void)!refused();
	head.header.e_phoff = 68;
	(void)!refused();
}

static void a_part_beyond_the_file_is_refused(void **state)
{
	(void)state;
	head.parts[0].p_offset = FILE_SIZE - 100;
	assert_non_null(strstr(refused(), "cut off"));
	head.parts[0].p_offset = UINT64_MAX;
	assert_non_null(strstr(refused(), "cut off"));
}

static void a_part_outside_of_memory_is_refused(void **state)
{
	(void)state;
	head.parts[0].p_paddr = 0x8000; /* over the loader */
	(void)!refused();
	head.parts[0].p_paddr = UINT32_MAX - 100;
	(void)!refused();
}

static void notes_must_lie_in_a_part(void **state)
{
	(void)state;
	head.parts[2].p_paddr = 0x200000;
	assert_non_null(strstr(refused(), "PVH"));
	head.parts[2].p_paddr = 0x102000 + 90;
	assert_non_null(strstr(refused(), "PVH"));
}

/* Another note first, whose lengths are no multiples of four. */
static const uint32_t notes[] = {
	5, 2, 7,  0x41414141, 0x41,     0x4242, /* "AAAAA", "BB" */
	4, 8, 18, 0x006e6558, 0x100040, 0,      /* "Xen" */
};

static void the_entry_stands_in_the_notes(void **state)
{
	(void)state;
	assert_int_equal(elf_plan_entry(notes, sizeof(notes)), 0x100040);
	assert_int_equal(elf_plan_entry(notes, 24), 0);
	assert_int_equal(elf_plan_entry(notes, 0), 0);
}

static void notes_with_wild_lengths_end(void **state)
{
	const uint32_t wild[] = {UINT32_MAX, 4, 18, 0, 0};
	const uint32_t wrapping[] = {4, UINT32_MAX - 1, 18, 0x006e6558, 1};

	(void)state;
	assert_int_equal(elf_plan_entry(wild, sizeof(wild)), 0);
	assert_int_equal(elf_plan_entry(wrapping, sizeof(wrapping)), 0);
}

#define TEST(fn) cmocka_unit_test_setup(fn, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(parts_and_notes_are_found),
		TEST(what_is_no_kernel_is_refused),
		TEST(program_headers_elsewhere_are_refused),
		TEST(a_part_beyond_the_file_is_refused),
		TEST(a_part_outside_of_memory_is_refused),
		TEST(notes_must_lie_in_a_part),
		TEST(the_entry_stands_in_the_notes),
		TEST(notes_with_wild_lengths_end),
	};

	return cmocka_run_group_tests_name("elf_plan", tests, NULL, NULL);
}
