#include "providers/image/package_tree.h"

#include "parser/base/fs.h"
#include "tests/unit/providers/image/make_deb.h"
#include "tests/unit/providers/image/make_elf.h"

#define INTERP "/lib64/ld-linux-x86-64.so.2"

/* An ELF file as the content of an entry. */
static struct deb_entry elf(struct scratch *s, const char *path,
                            const struct elf_recipe *r)
{
	struct elf_made *m = ARENA_NEW(&s->mem, struct elf_made);

	*m = elf_make(r);
	return (struct deb_entry){.path = path,
	                          .mode = r->entry ? 0755 : 0644,
	                          .content = (const char *)m,
	                          .len = sizeof(*m)};
}

/* libc6 as Debian's: its files in /lib, and an absolute link to the loader. */
static const struct lockfile_package *libc(struct scratch *s)
{
	const struct deb_entry entries[] = {
		elf(s, "./lib/x86_64-linux-gnu/libc.so.6",
	            &(struct elf_recipe){.soname = "libc.so.6"}),
		elf(s, "./lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
	            &(struct elf_recipe){.entry = 1}),
		{.path = "./lib64/ld-linux-x86-64.so.2",
	         .type = AE_IFLNK,
	         .target = "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"},
		{.path = "./etc/ld.so.conf.d/x.conf", .content = "/nowhere\n"},
		{0},
	};

	return deb_cached(s, "libc6", entries);
}

/* A library by its soname, a link to it, and what nobody needs. */
static const struct lockfile_package *libx(struct scratch *s)
{
	const struct deb_entry entries[] = {
		elf(s, "./usr/lib/x86_64-linux-gnu/libx.so.1.2",
	            &(struct elf_recipe){.needed = {"libc.so.6"}}),
		{.path = "./usr/lib/x86_64-linux-gnu/libx.so.1",
	         .type = AE_IFLNK,
	         .target = "libx.so.1.2"},
		elf(s, "./usr/lib/x86_64-linux-gnu/libxtra.so.1",
	            &(struct elf_recipe){0}),
		{.path = "./usr/share/x/data", .content = "x"},
		{0},
	};

	return deb_cached(s, "libx1", entries);
}

static const struct lockfile_package *server(struct scratch *s,
                                             const char *needs)
{
	const struct deb_entry entries[] = {
		elf(s, "./usr/sbin/server",
	            &(struct elf_recipe){.entry = 1,
	                                 .interp = INTERP,
	                                 .needed = {needs, "libc.so.6"}}),
		{.path = "./usr/sbin/serve",
	         .type = AE_IFLNK,
	         .target = "server"},
		{.path = "./usr/sbin/script",
	         .mode = 0755,
	         .content = "#!/bin/sh\n"},
		{.path = "./etc/server.conf", .content = "port 1\n"},
		{.path = "./var/lib/server/", .type = AE_IFDIR, .mode = 0750},
		{.path = "./var/run/server/", .type = AE_IFDIR},
		{.path = "./usr/share/doc/server/copyright", .content = "x"},
		{.path = "./usr/share/man/man8/server.8", .content = "x"},
		{.path = "./usr/share/locale/de/x.mo", .content = "x"},
		{0},
	};

	return deb_cached(s, "server", entries);
}

static struct err *make(struct scratch *s,
                        const struct lockfile_package *const *whole, size_t n,
                        const struct lockfile_package *const *others, size_t m,
                        struct image_tree *out)
{
	const struct package_tree q = {
		.home = scratch_path(s, "home"),
		.unpacked = scratch_path(s, "unpacked"),
		.whole = {whole, n},
		.others = {others, m},
		.pos = {"miso.yaml", 3, 5},
	};

	err_free(fs_remove_tree(q.unpacked));
	assert_null(fs_make_dirs(q.unpacked, 0700));
	return package_tree_make(&s->mem, &q, out);
}

static bool has(const struct image_tree *t, const char *path)
{
	return image_tree_at(t, path) != NULL;
}

static void a_package_comes_with_the_libraries_it_needs(void **state)
{
	struct scratch *s = *state;
	const struct lockfile_package *whole[] = {server(s, "libx.so.1")};
	const struct lockfile_package *others[] = {libc(s), libx(s)};
	struct image_tree t;

	assert_null(make(s, whole, 1, others, 2, &t));
	assert_true(has(&t, "/usr/sbin/server"));
	assert_true(has(&t, "/etc/server.conf"));
	assert_int_equal(image_tree_at(&t, "/var/lib/server")->mode, 0750);
	assert_true(has(&t, "/usr/lib/x86_64-linux-gnu/libx.so.1"));
	assert_true(has(&t, "/usr/lib/x86_64-linux-gnu/libx.so.1.2"));
	assert_string_equal(image_tree_real(&t, INTERP),
	                    "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
	assert_string_equal(
		image_tree_real(&t, "/lib/x86_64-linux-gnu/libc.so.6"),
		"/usr/lib/x86_64-linux-gnu/libc.so.6");
	assert_false(has(&t, "/usr/lib/x86_64-linux-gnu/libxtra.so.1"));
	assert_false(has(&t, "/usr/share/x/data"));
	assert_false(has(&t, "/etc/ld.so.conf.d"));
}

static void what_is_for_people_is_left_out(void **state)
{
	struct scratch *s = *state;
	const struct lockfile_package *whole[] = {server(s, "libc.so.6")};
	const struct lockfile_package *others[] = {libc(s)};
	struct image_tree t;

	assert_null(make(s, whole, 1, others, 1, &t));
	assert_false(has(&t, "/usr/share/doc"));
	assert_false(has(&t, "/usr/share/man"));
	assert_false(has(&t, "/usr/share/locale"));
	/* Where the machine mounts something of its own. */
	assert_false(has(&t, "/run/server"));
}

static void programs_and_used_packages_are_told(void **state)
{
	struct scratch *s = *state;
	const struct lockfile_package *whole[] = {server(s, "libc.so.6")};
	const struct lockfile_package *others[] = {libc(s), libx(s)};
	const struct lockfile_set w = {whole, 1}, o = {others, 2};
	struct lockfile_names programs;
	struct lockfile_set used;
	struct image_tree t;

	assert_null(make(s, whole, 1, others, 2, &t));
	programs = package_tree_programs(&s->mem, &t, &w);
	assert_int_equal(programs.n, 2);
	assert_string_equal(programs.v[0], "/usr/sbin/serve");
	assert_string_equal(programs.v[1], "/usr/sbin/server");
	used = package_tree_used(&s->mem, &t, &o);
	assert_int_equal(used.n, 1);
	assert_string_equal(used.v[0]->name, "libc6");
	assert_true(package_tree_size(&t) >= 5 * 4096);
}

static void a_missing_library_is_an_error_that_names_it(void **state)
{
	struct scratch *s = *state;
	const struct lockfile_package *whole[] = {server(s, "libx.so.1")};
	const struct lockfile_package *others[] = {libc(s)};
	struct image_tree t;
	struct err *e = make(s, whole, 1, others, 1, &t);

	assert_int_equal(err_code(e), ERR_REF);
	assert_non_null(strstr(err_text(e), "library \"libx.so.1\""));
	assert_non_null(strstr(err_text(e), "is not in the packages"));
	assert_int_equal(err_pos(e).line, 3);
	err_free(e);
}

/* A module that the program may load, or not. */
static void libraries_of_a_module_come_if_they_are_there(void **state)
{
	struct scratch *s = *state;
	const struct deb_entry module[] = {
		elf(s, "./usr/lib/server/mod.so",
	            &(struct elf_recipe){.needed = {"libx.so.1", "libno.so"}}),
		{0}};
	const struct lockfile_package *whole[] = {
		server(s, "libc.so.6"), deb_cached(s, "module", module)};
	const struct lockfile_package *others[] = {libc(s), libx(s)};
	struct image_tree t;

	assert_null(make(s, whole, 2, others, 2, &t));
	assert_true(has(&t, "/usr/lib/x86_64-linux-gnu/libx.so.1.2"));
}

static void a_package_without_a_program_is_refused(void **state)
{
	struct scratch *s = *state;
	const struct lockfile_package *whole[] = {libx(s)};
	const struct lockfile_package *others[] = {libc(s)};
	struct image_tree t;
	struct err *e = make(s, whole, 1, others, 1, &t);

	assert_int_equal(err_code(e), ERR_REF);
	assert_non_null(strstr(err_text(e), "no ELF program"));
	err_free(e);
}

static void certificates_become_the_bundle_that_programs_read(void **state)
{
	struct scratch *s = *state;
	const struct deb_entry ca[] = {
		{.path = "./usr/share/ca-certificates/b.crt", .content = "B"},
		{.path = "./usr/share/ca-certificates/a.crt", .content = "A\n"},
		{.path = "./usr/share/ca-certificates/README", .content = "x"},
		{0}};
	const struct lockfile_package *whole[] = {
		server(s, "libc.so.6"), deb_cached(s, "ca-certificates", ca)};
	const struct lockfile_package *others[] = {libc(s)};
	const struct image_node *n;
	struct image_tree t;

	assert_null(make(s, whole, 2, others, 1, &t));
	n = image_tree_find(&t, "/etc/ssl/certs/ca-certificates.crt");
	assert_non_null(n);
	assert_int_equal(n->size, 4);
	assert_memory_equal(n->data, "A\nB\n", 4);
	assert_ptr_equal(image_tree_find(&t, "/usr/lib/ssl/cert.pem"), n);
}

static void a_package_that_was_changed_in_the_cache_is_noticed(void **state)
{
	struct scratch *s = *state;
	const struct lockfile_package *whole[] = {server(s, "libc.so.6")};
	const struct lockfile_package *others[] = {libc(s)};
	struct image_tree t;
	struct err *e;

	scratch_text(s,
	             arena_printf(&s->mem, "home/packages/%s.deb",
	                          others[0]->sha256),
	             "another one");
	e = make(s, whole, 1, others, 1, &t);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	err_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(a_package_comes_with_the_libraries_it_needs),
		SCRATCH_TEST(what_is_for_people_is_left_out),
		SCRATCH_TEST(programs_and_used_packages_are_told),
		SCRATCH_TEST(a_missing_library_is_an_error_that_names_it),
		SCRATCH_TEST(libraries_of_a_module_come_if_they_are_there),
		SCRATCH_TEST(a_package_without_a_program_is_refused),
		SCRATCH_TEST(certificates_become_the_bundle_that_programs_read),
		SCRATCH_TEST(
			a_package_that_was_changed_in_the_cache_is_noticed),
	};

	return cmocka_run_group_tests_name("package_tree", tests, NULL, NULL);
}
