#include "providers/image/elf.h"

#include "tests/lib/test.h"
#include "tests/unit/providers/image/make_elf.h"

static int setup(void **state)
{
	static struct arena a;

	*state = &a;
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static struct elf_input input(const void *bytes, size_t len)
{
	return (struct elf_input){.bytes = bytes, .size = len, .name = "x"};
}

static void must_fail(struct arena *mem, const void *bytes, size_t len,
                      const char *message)
{
	struct elf_input in = input(bytes, len);
	struct elf_file f;
	struct err *e = elf_parse(mem, &in, &f);

	assert_non_null(e);
	assert_string_equal(err_text(e), message);
	err_free(e);
}

static void names_come_from_the_dynamic_section(void **state)
{
	struct elf_made m = elf_make(&(struct elf_recipe){
		.interp = "/lib64/ld.so",
		.soname = "libx.so.1",
		.rpath = "/r",
		.runpath = "$ORIGIN/lib",
		.needed = {"liba.so", "libb.so"},
		.entry = 64,
		.flags_1 = DF_1_NODEFLIB,
	});
	struct elf_input in = input(&m, sizeof(m));
	struct elf_file f;

	assert_int_equal(elf_identify(&in), ELF_GOOD);
	assert_null(elf_parse(*state, &in, &f));
	assert_string_equal(f.interp, "/lib64/ld.so");
	assert_string_equal(f.soname, "libx.so.1");
	assert_string_equal(f.rpath, "/r");
	assert_string_equal(f.runpath, "$ORIGIN/lib");
	assert_int_equal(f.nr_needed, 2);
	assert_string_equal(f.needed[0], "liba.so");
	assert_string_equal(f.needed[1], "libb.so");
	assert_true(f.is_program);
	assert_true(f.no_default_dirs);
}

static void a_script_is_told_from_other_text(void **state)
{
	static const char script[] = "#!/bin/sh\necho\n", text[] = "hello";

	must_fail(*state, script, sizeof(script),
	          "\"x\" is a script, not a program");
	must_fail(*state, text, sizeof(text), "\"x\" is not an ELF program");
	must_fail(*state, "", 0, "\"x\" is not an ELF program");
}

static void another_machine_is_named(void **state)
{
	struct elf_made m = elf_make(&(struct elf_recipe){
		.machine = EM_AARCH64,
	});
	struct elf_input in = input(&m, sizeof(m));

	must_fail(*state, &m, sizeof(m),
	          "\"x\" was built for ARM64; machines are 64-bit x86");
	assert_int_equal(elf_identify(&in), ELF_FOREIGN);
	m.head.e_machine = EM_386;
	m.head.e_ident[EI_CLASS] = ELFCLASS32;
	must_fail(*state, &m, sizeof(m),
	          "\"x\" was built for 32-bit x86; machines are 64-bit x86");
}

static void every_truncation_is_an_error(void **state)
{
	struct elf_made m = elf_make(&(struct elf_recipe){
		.interp = "/i",
		.needed = {"liba.so"},
	});

	for (size_t len = 0; len < sizeof(m); len++) {
		struct elf_input in = input(&m, len);
		struct elf_file f;
		struct err *e = elf_parse(*state, &in, &f);

		assert_non_null(e);
		err_free(e);
	}
}

static void offsets_outside_the_file_are_errors(void **state)
{
	const struct elf_recipe recipe = {.interp = "/i", .needed = {"a"}};
	struct elf_made m = elf_make(&recipe);

	m.ph[1].p_offset = UINT64_MAX - 8;
	must_fail(*state, &m, sizeof(m),
	          "\"x\" is damaged: its dynamic section is cut off");
	m = elf_make(&recipe);
	m.dyn[0].d_un.d_ptr = UINT64_MAX;
	must_fail(*state, &m, sizeof(m),
	          "\"x\" is damaged: its string table is not in the file");
	m = elf_make(&recipe);
	m.dyn[2].d_un.d_val = UINT64_MAX;
	must_fail(*state, &m, sizeof(m),
	          "\"x\" is damaged: a name lies outside its string table");
	m = elf_make(&recipe);
	m.ph[0].p_offset = UINT64_MAX;
	must_fail(*state, &m, sizeof(m),
	          "\"x\" is damaged: a segment is cut off");
	m = elf_make(&recipe);
	m.head.e_phnum = UINT16_MAX;
	must_fail(*state, &m, sizeof(m),
	          "\"x\" is damaged: its program headers make no sense");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_come_from_the_dynamic_section),
		TEST(a_script_is_told_from_other_text),
		TEST(another_machine_is_named),
		TEST(every_truncation_is_an_error),
		TEST(offsets_outside_the_file_are_errors),
	};

	return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
