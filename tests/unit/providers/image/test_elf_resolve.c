#include "providers/image/elf_resolve.h"

#include "tests/lib/scratch.h"
#include "tests/unit/providers/image/make_elf.h"

/* Each test has a root of its own with an interpreter in it. */
#define INTERP "/lib64/ld-linux-x86-64.so.2"

static void add_elf(struct scratch *s, const char *path,
                    const struct elf_recipe *recipe)
{
	struct elf_made m = elf_make(recipe);

	scratch_write(s, path, &m, sizeof(m));
}

static void add_library(struct scratch *s, const char *path, const char *needed)
{
	add_elf(s, path, &(struct elf_recipe){.needed = {needed}});
}

static void add_program(struct scratch *s, struct elf_recipe recipe)
{
	recipe.interp = recipe.interp ? recipe.interp : INTERP;
	recipe.entry = 1;
	add_elf(s, "bin/prog", &recipe);
	add_library(s, &INTERP[1], NULL);
}

static struct err *resolve(struct scratch *s, const char *library_path,
                           struct elf_closure *out)
{
	struct elf_request q = {
		.root = s->dir,
		.host = scratch_path(s, "bin/prog"),
		.guest = "/bin/prog",
		.library_path = library_path,
		.pos = {"miso.yaml", 7, 3},
	};

	return elf_resolve(&s->mem, &q, out);
}

static bool has(const struct elf_closure *c, const char *guest)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i].guest, guest) == 0)
			return true;
	return false;
}

static void must_find(struct scratch *s, const char *library_path,
                      const char *guest)
{
	struct elf_closure c;

	assert_null(resolve(s, library_path, &c));
	assert_true(has(&c, guest));
}

static void libraries_of_libraries_are_found(void **state)
{
	struct scratch *s = *state;
	struct elf_closure c;

	add_program(s, (struct elf_recipe){.needed = {"liba.so"}});
	add_library(s, "lib/liba.so", "libb.so");
	add_library(s, "usr/lib/libb.so", "liba.so");
	assert_null(resolve(s, NULL, &c));
	assert_int_equal(c.n, 4);
	assert_string_equal(c.v[0].guest, "/bin/prog");
	assert_string_equal(c.v[1].guest, INTERP);
	assert_string_equal(c.v[2].guest, "/lib/liba.so");
	assert_string_equal(c.v[3].guest, "/usr/lib/libb.so");
	assert_true(c.v[3].in_place);
	assert_false(c.is_static);
}

static void who_ends_threads_gets_what_glibc_opens_then(void **state)
{
	static const struct {
		const char *imports;
		bool wanted;
	} rows[] = {
		{"pthread_exit", true},    {"my_pthread_cancel", true},
		{"thrd_exit", true},       {"pthread_exits", false},
		{"pthread_create", false},
	};
	struct scratch *s = *state;

	add_library(s, "lib/libc.so.6", NULL);
	add_library(s, "lib/libgcc_s.so.1", "libc.so.6");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct elf_closure c;

		add_program(s, (struct elf_recipe){.needed = {"liba.so"}});
		add_elf(s, "lib/liba.so",
		        &(struct elf_recipe){.needed = {"libc.so.6"},
		                             .imports = rows[i].imports});
		assert_null(resolve(s, NULL, &c));
		assert_int_equal(has(&c, "/lib/libgcc_s.so.1"), rows[i].wanted);
	}
}

static void what_glibc_opens_may_be_missing(void **state)
{
	struct scratch *s = *state;

	add_program(s, (struct elf_recipe){.needed = {"libc.so.6"},
	                                   .imports = "pthread_exit"});
	add_library(s, "lib/libc.so.6", NULL);
	must_find(s, NULL, "/lib/libc.so.6");
}

static void a_static_program_needs_nothing(void **state)
{
	struct scratch *s = *state;
	struct elf_closure c;

	add_elf(s, "bin/prog", &(struct elf_recipe){.entry = 1});
	assert_null(resolve(s, NULL, &c));
	assert_int_equal(c.n, 1);
	assert_true(c.is_static);
}

static void rpath_comes_before_library_path_and_runpath_after(void **state)
{
	struct scratch *s = *state;

	add_library(s, "own/liba.so", NULL);
	add_library(s, "env/liba.so", NULL);
	add_program(s, (struct elf_recipe){.needed = {"liba.so"},
	                                   .rpath = "$ORIGIN/../own"});
	must_find(s, "/env", "/bin/../own/liba.so");
	add_program(s, (struct elf_recipe){.needed = {"liba.so"},
	                                   .runpath = "${ORIGIN}/../own"});
	must_find(s, "/env", "/env/liba.so");
	must_find(s, NULL, "/bin/../own/liba.so");
}

static void rpath_is_inherited_and_runpath_is_not(void **state)
{
	struct scratch *s = *state;
	struct elf_closure c;
	struct err *e;

	add_library(s, "own/liba.so", "libb.so");
	add_library(s, "own/libb.so", NULL);
	add_program(
		s, (struct elf_recipe){.needed = {"liba.so"}, .rpath = "/own"});
	must_find(s, NULL, "/own/libb.so");
	add_program(s, (struct elf_recipe){.needed = {"liba.so"},
	                                   .runpath = "/own"});
	e = resolve(s, NULL, &c);
	assert_int_equal(err_code(e), ERR_REF);
	err_free(e);
}

static void conf_files_are_searched_where_there_is_no_cache(void **state)
{
	struct scratch *s = *state;

	scratch_text(s, "etc/ld.so.conf", "include ld.so.conf.d/*.conf\n");
	scratch_text(s, "etc/ld.so.conf.d/a.conf", "# here\n/opt/a /opt/b\n");
	add_library(s, "opt/b/liba.so", NULL);
	add_program(s, (struct elf_recipe){.needed = {"liba.so"}});
	must_find(s, NULL, "/opt/b/liba.so");
}

static void a_library_that_only_the_host_finds_gets_a_link(void **state)
{
	struct scratch *s = *state;
	struct elf_closure c;

	scratch_text(s, "etc/ld.so.conf", "/opt/a\n");
	add_library(s, "opt/a/liba.so", NULL);
	add_library(s, "lib/libc.so.6", NULL);
	add_program(s, (struct elf_recipe){.needed = {"liba.so", "libc.so.6"}});
	assert_null(resolve(s, NULL, &c));
	assert_true(has(&c, "/lib/liba.so"));
	for (size_t i = 0; i < c.n; i++)
		if (strcmp(c.v[i].guest, "/lib/liba.so") == 0)
			assert_string_equal(c.v[i].link, "/opt/a/liba.so");
}

static void a_foreign_library_is_passed_over(void **state)
{
	struct scratch *s = *state;

	add_elf(s, "env/liba.so", &(struct elf_recipe){.machine = EM_AARCH64});
	add_library(s, "lib/liba.so", NULL);
	add_program(s, (struct elf_recipe){.needed = {"liba.so"}});
	must_find(s, "/env", "/lib/liba.so");
}

static void a_missing_library_says_who_needs_it_and_where_it_looked(
	void **state)
{
	struct scratch *s = *state;
	struct elf_closure c;
	struct err *e;

	add_program(s, (struct elf_recipe){.needed = {"libgone.so.1"},
	                                   .runpath = "/own"});
	e = resolve(s, "/env", &c);
	assert_int_equal(err_code(e), ERR_REF);
	assert_int_equal(err_pos(e).line, 7);
	assert_non_null(strstr(err_text(e), "library \"libgone.so.1\", which"));
	assert_non_null(strstr(err_text(e), "bin/prog\" needs"));
	assert_non_null(strstr(err_text(e), "/env, "));
	assert_non_null(strstr(err_text(e), "/own, /etc/ld.so.conf, "));
	err_free(e);
}

static void a_missing_interpreter_is_an_error_of_its_own(void **state)
{
	struct scratch *s = *state;
	struct elf_closure c;
	struct err *e;

	add_program(s, (struct elf_recipe){.interp = "/lib/ld-gone.so"});
	e = resolve(s, NULL, &c);
	assert_int_equal(err_code(e), ERR_REF);
	assert_non_null(
		strstr(err_text(e), "the interpreter \"/lib/ld-gone.so\""));
	err_free(e);
}

static void musl_looks_in_its_own_places(void **state)
{
	struct scratch *s = *state;
	struct elf_closure c;

	add_program(s, (struct elf_recipe){.interp = "/lib/ld-musl-x86_64.so.1",
	                                   .needed = {"libc.so", "liba.so"}});
	add_library(s, "lib/ld-musl-x86_64.so.1", NULL);
	scratch_text(s, "etc/ld-musl-x86_64.path", "/m1:/m2\n");
	add_library(s, "m2/liba.so", NULL);
	assert_null(resolve(s, NULL, &c));
	assert_int_equal(c.n, 3);
	assert_true(has(&c, "/m2/liba.so"));
}

static void a_program_with_another_place_takes_its_origin_along(void **state)
{
	struct scratch *s = *state;
	struct elf_closure c;
	struct elf_request q = {.root = s->dir, .guest = "/app/prog"};

	add_program(s, (struct elf_recipe){.needed = {"liba.so"},
	                                   .runpath = "$ORIGIN/lib"});
	add_library(s, "bin/lib/liba.so", NULL);
	q.host = scratch_path(s, "bin/prog");
	assert_null(elf_resolve(&s->mem, &q, &c));
	assert_true(has(&c, "/app/lib/liba.so"));
}

static void a_library_is_no_program(void **state)
{
	struct scratch *s = *state;
	struct elf_closure c;
	struct err *e;

	add_library(s, "bin/prog", NULL);
	e = resolve(s, NULL, &c);
	assert_int_equal(err_code(e), ERR_SYNTAX);
	assert_int_equal(err_pos(e).line, 7);
	assert_non_null(strstr(err_text(e), "is a library, not a program"));
	err_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(libraries_of_libraries_are_found),
		SCRATCH_TEST(who_ends_threads_gets_what_glibc_opens_then),
		SCRATCH_TEST(what_glibc_opens_may_be_missing),
		SCRATCH_TEST(a_static_program_needs_nothing),
		SCRATCH_TEST(rpath_comes_before_library_path_and_runpath_after),
		SCRATCH_TEST(rpath_is_inherited_and_runpath_is_not),
		SCRATCH_TEST(conf_files_are_searched_where_there_is_no_cache),
		SCRATCH_TEST(a_library_that_only_the_host_finds_gets_a_link),
		SCRATCH_TEST(a_foreign_library_is_passed_over),
		SCRATCH_TEST(
			a_missing_library_says_who_needs_it_and_where_it_looked),
		SCRATCH_TEST(a_missing_interpreter_is_an_error_of_its_own),
		SCRATCH_TEST(musl_looks_in_its_own_places),
		SCRATCH_TEST(
			a_program_with_another_place_takes_its_origin_along),
		SCRATCH_TEST(a_library_is_no_program),
	};

	return cmocka_run_group_tests_name("elf_resolve", tests, NULL, NULL);
}
