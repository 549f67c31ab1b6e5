#include "providers/image/image.h"

#include <fcntl.h>

#include "parser/base/fs.h"
#include "providers/image/store.h"
#include "tests/lib/scratch.h"
#include "tests/unit/providers/image/make_deb.h"
#include "tests/unit/providers/image/make_elf.h"

/* A store in the scratch directory, a kernel, and a static program. */
static struct store *open_store(struct scratch *s)
{
	struct elf_made m = elf_make(&(struct elf_recipe){.entry = 1});
	struct store *store;

	scratch_write(s, "prog", &m, sizeof(m));
	scratch_text(s, "kernel.elf", "kernel");
	scratch_text(s, "note.txt", "some pig");
	assert_null(store_open(scratch_path(s, "home"), &store));
	return store;
}

static struct err *plan(struct scratch *s, struct store *store,
                        const char *json, struct image *out)
{
	struct image_request q = {
		.pos = {"miso.yaml", 3, 5},
		.base_dir = s->dir,
		.kernel = scratch_path(s, "kernel.elf"),
	};

	assert_null(value_from_json(&s->mem, json, strlen(json), &q.spec));
	return image_plan(store, &s->mem, &q, out);
}

#define SPEC                                                                   \
	"{\"program\":\"./prog\",\"args\":[\"-x\"],\"disk\":\"2Mi\","          \
	"\"files\":{\"/etc/note\":\"note.txt\"}}"

static void a_digest_covers_files_and_kernel(void **state)
{
	struct scratch *s = *state;
	struct store *store = open_store(s);
	struct image a, b;

	assert_null(plan(s, store, SPEC, &a));
	assert_null(plan(s, store, SPEC, &b));
	assert_string_equal(a.digest.hex, b.digest.hex);
	scratch_text(s, "note.txt", "some cow");
	assert_null(plan(s, store, SPEC, &b));
	assert_string_not_equal(a.root.hex, b.root.hex);
	scratch_text(s, "note.txt", "some pig");
	scratch_text(s, "kernel.elf", "kernel2");
	assert_null(plan(s, store, SPEC, &b));
	assert_string_equal(a.root.hex, b.root.hex);
	assert_string_not_equal(a.digest.hex, b.digest.hex);
	store_close(store);
}

static void boot_lines_of_the_image_are_in_it(void **state)
{
	struct scratch *s = *state;
	struct store *store = open_store(s);
	const struct image_node *n;
	struct image a;

	assert_null(plan(s, store, SPEC, &a));
	n = image_tree_find(&a.tree, "/.miso/boot");
	assert_string_equal(n->data, "program /app/prog\n"
	                             "env PATH=/usr/local/bin:/usr/bin:/bin\n"
	                             "env HOME=/root\n"
	                             "arg -x\n");
	store_close(store);
}

static void an_image_is_built_once_and_found_by_digest(void **state)
{
	struct scratch *s = *state;
	struct store *store = open_store(s);
	struct store_image found;
	struct image a;
	bool built;

	assert_null(plan(s, store, SPEC, &a));
	assert_null(store_build(store, &a, &built));
	assert_true(built);
	assert_null(store_build(store, &a, &built));
	assert_false(built);
	assert_null(store_find(store, &s->mem, a.digest.hex, &found));
	assert_int_equal(access(found.root, R_OK), 0);
	store_close(store);
}

static void dropping_keeps_what_another_image_uses(void **state)
{
	struct scratch *s = *state;
	struct store *store = open_store(s);
	struct store_image found;
	struct image a, b;
	struct err *e;
	bool built;

	assert_null(plan(s, store, SPEC, &a));
	assert_null(store_build(store, &a, &built));
	scratch_text(s, "kernel.elf", "kernel2");
	assert_null(plan(s, store, SPEC, &b));
	assert_null(store_build(store, &b, &built));
	assert_null(store_drop(store, a.digest.hex));
	e = store_find(store, &s->mem, a.digest.hex, &found);
	assert_int_equal(err_code(e), ERR_REF);
	err_free(e);
	assert_null(store_find(store, &s->mem, b.digest.hex, &found));
	assert_null(store_drop(store, b.digest.hex));
	assert_int_not_equal(access(found.root, F_OK), 0);
	assert_null(store_drop(store, b.digest.hex));
	store_close(store);
}

static void a_file_that_changes_before_the_build_is_noticed(void **state)
{
	struct scratch *s = *state;
	struct store *store = open_store(s);
	struct image a;
	struct err *e;
	bool built;

	assert_null(plan(s, store, SPEC, &a));
	scratch_text(s, "note.txt", "some cow");
	e = store_build(store, &a, &built);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	err_free(e);
	store_close(store);
}

static void must_fail(struct scratch *s, struct store *store, const char *json,
                      enum err_code code, const char *text)
{
	struct image a;
	struct err *e = plan(s, store, json, &a);

	assert_non_null(e);
	assert_int_equal(err_code(e), code);
	assert_int_equal(err_pos(e).line, 3);
	assert_non_null(strstr(err_text(e), text));
	err_free(e);
}

static void bad_specs_have_messages_with_positions(void **state)
{
	struct scratch *s = *state;
	struct store *store = open_store(s);

	must_fail(s, store, "{}", ERR_SYNTAX, "needs a \"program\"");
	must_fail(s, store, "{\"program\":\"./gone\"}", ERR_REF,
	          "there is no program");
	must_fail(s, store, "{\"program\":\"./note.txt\"}", ERR_SYNTAX,
	          "is not an ELF program");
	must_fail(s, store, "{\"program\":\"./prog\",\"disk\":\"x\"}",
	          ERR_SYNTAX, "\"disk\" must be a size");
	must_fail(s, store,
	          "{\"program\":\"./prog\",\"files\":{\"/a\":\"gone\"}}",
	          ERR_IO, "\"/a\" cannot be in the image");
	truncate(scratch_text(s, "large", ""), 4 << 20);
	must_fail(s, store,
	          "{\"program\":\"./prog\",\"disk\":\"2Mi\","
	          "\"files\":{\"/a\":\"large\"}}",
	          ERR_LIMIT, "larger than its disk allows");
	must_fail(
		s, store,
		"{\"program\":\"./prog\",\"files\":{\"/tmp/a\":\"note.txt\"}}",
		ERR_SYNTAX, "would be hidden");
	store_close(store);
}

static void a_program_that_would_be_hidden_goes_elsewhere(void **state)
{
	struct scratch *s = *state;
	struct store *store = open_store(s);
	struct image a;

	/* The scratch directory is below /tmp. */
	assert_null(plan(s, store,
	                 arena_printf(&s->mem,
	                              "{\"program\":\"%s\",\"disk\":\"2Mi\"}",
	                              scratch_path(s, "prog")),
	                 &a));
	assert_string_equal(a.program, "/app/prog");
	assert_non_null(image_tree_find(&a.tree, "/app/prog"));
	store_close(store);
}

static void hashes_of_settled_files_are_remembered(void **state)
{
	struct scratch *s = *state;
	struct store *store;
	struct sha256 hash;

	/* This program is older than the test by more than a tick. */
	assert_int_equal(mkdir(scratch_path(s, "images"), 0700), 0);
	assert_null(store_open(s->dir, &store));
	assert_null(store_hash_file(store, "/bin/sh", &hash));
	store_close(store);
	assert_int_equal(access(scratch_path(s, "images/hashes"), R_OK), 0);
	assert_null(store_open(s->dir, &store));
	assert_null(store_hash_file(store, "/bin/sh", &hash));
	assert_int_equal(strlen(hash.hex), SHA256_HEX);
	store_close(store);
}

static void sizes_are_numbers_with_a_unit(void **state)
{
	struct scratch *s = *state;
	struct arena *mem = &s->mem;

	assert_int_equal(image_size(value_string(mem, "64Mi")), 64 << 20);
	assert_int_equal(image_size(value_string(mem, "1G")), 1 << 30);
	assert_int_equal(image_size(value_int(mem, 4096)), 4096);
	assert_int_equal(image_size(value_string(mem, "64Mb")), -1);
	assert_int_equal(image_size(value_string(mem, "-1")), -1);
	assert_int_equal(image_size(value_string(mem, "9999999999T")), -1);
	assert_int_equal(image_size(value_null()), -1);
}

/* --- modules ---------------------------------------------------------------
 */

/* A program of this host's C library, and a module that needs two libraries. */
static void add_modules(struct scratch *s)
{
	struct elf_made m = elf_make(&(struct elf_recipe){
		.entry = 1, .interp = "/lib64/ld-linux-x86-64.so.2"});

	scratch_write(s, "server", &m, sizeof(m));
	m = elf_make(&(struct elf_recipe){
		.runpath = "$ORIGIN/../deps",
		.needed = {"libown.so.1", "libmissing.so"}});
	scratch_write(s, "mods/mod.so", &m, sizeof(m));
	scratch_write(s, "mods/mod.txt", &m, sizeof(m));
	m = elf_make(&(struct elf_recipe){.soname = "libown.so.1"});
	scratch_write(s, "deps/libown.so.1", &m, sizeof(m));
}

#define WITH_FILES(files) "{\"program\":\"./server\",\"files\":{" files "}}"

static void modules_bring_their_libraries(void **state)
{
	struct scratch *s = *state;
	struct store *store = open_store(s);
	const struct image_node *n;
	struct image a;

	add_modules(s);
	assert_null(plan(s, store, WITH_FILES("\"/app/mods\":\"mods\""), &a));
	n = image_tree_find(&a.tree, "/app/deps/libown.so.1");
	assert_non_null(n);
	assert_string_equal(n->host,
	                    scratch_path(s, "mods/../deps/libown.so.1"));
	/* Whatever it is, it is not called a shared object. */
	assert_null(plan(s, store,
	                 WITH_FILES("\"/app/mods/mod\":\"mods/mod.txt\""), &a));
	assert_null(image_tree_find(&a.tree, "/app/deps"));
	store_close(store);
}

static void a_library_among_the_files_is_not_replaced(void **state)
{
	struct scratch *s = *state;
	struct store *store = open_store(s);
	struct image a;

	add_modules(s);
	assert_null(plan(s, store,
	                 WITH_FILES("\"/app/mods\":\"mods\","
	                            "\"/app/deps/libown.so.1\":\"note.txt\""),
	                 &a));
	assert_string_equal(
		image_tree_find(&a.tree, "/app/deps/libown.so.1")->host,
		scratch_path(s, "note.txt"));
	store_close(store);
}

static void a_static_program_has_no_modules(void **state)
{
	struct scratch *s = *state;
	struct store *store = open_store(s);
	struct image a;

	add_modules(s);
	assert_null(plan(s, store,
	                 "{\"program\":\"./prog\","
	                 "\"files\":{\"/app/mods\":\"mods\"}}",
	                 &a));
	assert_non_null(image_tree_find(&a.tree, "/app/mods/mod.so"));
	assert_null(image_tree_find(&a.tree, "/app/deps"));
	store_close(store);
}

/* --- of packages ----------------------------------------------------------
 */

/* A static program, in a package of the cache; locked as "server". */
static struct lockfile_request lock_server(struct scratch *s)
{
	static const char *const names[] = {"server"};
	static const char *const programs[] = {"/usr/sbin/server"};
	struct elf_made m = elf_make(&(struct elf_recipe){.entry = 1});
	const struct deb_entry entries[] = {
		{.path = "./usr/sbin/server",
	         .mode = 0755,
	         .content = (const char *)&m,
	         .len = sizeof(m)},
		{.path = "./etc/note", .content = "of the package"},
		{.path = "./etc/hosts", .content = "of the package"},
		{.path = "./etc/more", .content = "of the package"},
		{.path = "./var/run/x/", .type = AE_IFDIR},
		{0},
	};
	const struct lockfile_package **set =
		ARENA_ARRAY(&s->mem, const struct lockfile_package *, 1);

	set[0] = deb_cached(s, "server", entries);
	return (struct lockfile_request){.packages = {names, 1},
	                                 .programs = {programs, 1},
	                                 .size = 16384,
	                                 .whole = {set, 1}};
}

static void write_lock(struct scratch *s, const struct lockfile_request *r)
{
	scratch_text(s, LOCKFILE_NAME,
	             lockfile_text(&s->mem, &(struct lockfile){r, 1}));
}

#define PACKAGED                                                               \
	"{\"package\":[\"server\"],\"disk\":\"2Mi\","                          \
	"\"files\":{\"/etc/note\":\"note.txt\"}}"

/* A runner of CI that has nothing but the lock names the same image. */
static void the_lock_is_enough_to_plan(void **state)
{
	struct scratch *s = *state;
	struct store *store = open_store(s);
	struct lockfile_request r = lock_server(s);
	struct lockfile_package other = *r.whole.v[0];
	const struct lockfile_package *const set[] = {&other};
	struct image a, b;

	write_lock(s, &r);
	assert_null(plan(s, store, PACKAGED, &a));
	assert_string_equal(a.program, "/usr/sbin/server");
	assert_int_equal(scratch_shell(s, "rm -r home/packages"), 0);
	assert_null(plan(s, store, PACKAGED, &b));
	assert_string_equal(a.digest.hex, b.digest.hex);
	other.sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef"
		       "0123456789abcdef";
	r.whole.v = set;
	write_lock(s, &r);
	assert_null(plan(s, store, PACKAGED, &b));
	assert_string_not_equal(a.digest.hex, b.digest.hex);
	store_close(store);
}

static struct sha256 hash_of(const char *path)
{
	struct sha256 hash;
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_null(sha256_fd(fileno(f), path, &hash));
	fclose(f);
	return hash;
}

static void two_hosts_build_the_same_disk_of_packages(void **state)
{
	struct scratch *s = *state;
	struct store *store = open_store(s);
	const struct lockfile_request r = lock_server(s);
	struct store_image found;
	struct sha256 first;
	struct image a;
	bool built;

	write_lock(s, &r);
	assert_null(plan(s, store, PACKAGED, &a));
	assert_null(store_build(store, &a, &built));
	assert_null(store_find(store, &s->mem, a.digest.hex, &found));
	first = hash_of(found.root);
	store_close(store);
	assert_int_equal(scratch_shell(s, "mkdir away && mv home/packages away"
	                                  " && rm -rf home && mv away home"),
	                 0);
	assert_null(store_open(scratch_path(s, "home"), &store));
	assert_null(store_build(store, &a, &built));
	assert_true(built);
	assert_string_equal(hash_of(found.root).hex, first.hex);
	assert_int_not_equal(
		access(scratch_path(s, "home/images/unpacked"), F_OK), 0);
	store_close(store);
}

static void expect_text(const struct image_tree *t, const char *path,
                        const char *text)
{
	const struct image_node *n = image_tree_find(t, path);
	char found[64] = "";
	FILE *f;

	assert_non_null(n);
	if (n->host) {
		f = fopen(n->host, "r");
		assert_non_null(f);
		(void)fread(found, 1, sizeof(found) - 1, f);
		fclose(f);
	}
	assert_string_equal(n->host ? found : n->data, text);
}

static void files_of_the_stack_lie_over_those_of_packages(void **state)
{
	struct scratch *s = *state;
	struct store *store = open_store(s);
	const struct lockfile_request r = lock_server(s);
	const char *unpacked = scratch_path(s, "unpacked");
	struct image_tree t;
	struct image a;

	write_lock(s, &r);
	assert_null(fs_make_dirs(unpacked, 0700));
	assert_null(plan(s, store, PACKAGED, &a));
	assert_null(image_whole_tree(&s->mem, scratch_path(s, "home"), unpacked,
	                             &a, &t));
	expect_text(&t, "/etc/note", "some pig");
	expect_text(&t, "/etc/more", "of the package");
	expect_text(&t, "/etc/hosts", "127.0.0.1 localhost miso\n");
	assert_non_null(image_tree_find(&t, "/.miso/boot"));
	assert_string_equal(image_tree_at(&t, "/var/run")->target, "/run");
	/* This host's are no part of it. */
	assert_null(image_tree_find(&t, "/etc/ssl"));
	store_close(store);
}

static void bad_requests_for_packages_have_messages(void **state)
{
	struct scratch *s = *state;
	struct store *store = open_store(s);
	struct lockfile_request r = lock_server(s);

	must_fail(s, store, PACKAGED, ERR_REF, "is not in miso.lock");
	r.size = 2 << 20;
	write_lock(s, &r);
	must_fail(s, store, PACKAGED, ERR_LIMIT, "larger than its disk");
	must_fail(s, store, "{\"package\":[]}", ERR_SYNTAX, "one at least");
	must_fail(s, store, "{\"package\":[\"server\"],\"program\":\"x\"}",
	          ERR_REF, "has no program");
	must_fail(s, store, "{\"package\":[\"server\"],\"program\":\"./prog\"}",
	          ERR_SYNTAX, "a name or an absolute path");
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(a_digest_covers_files_and_kernel),
		SCRATCH_TEST(boot_lines_of_the_image_are_in_it),
		SCRATCH_TEST(an_image_is_built_once_and_found_by_digest),
		SCRATCH_TEST(dropping_keeps_what_another_image_uses),
		SCRATCH_TEST(a_file_that_changes_before_the_build_is_noticed),
		SCRATCH_TEST(bad_specs_have_messages_with_positions),
		SCRATCH_TEST(a_program_that_would_be_hidden_goes_elsewhere),
		SCRATCH_TEST(hashes_of_settled_files_are_remembered),
		SCRATCH_TEST(sizes_are_numbers_with_a_unit),
		SCRATCH_TEST(modules_bring_their_libraries),
		SCRATCH_TEST(a_library_among_the_files_is_not_replaced),
		SCRATCH_TEST(a_static_program_has_no_modules),
		SCRATCH_TEST(the_lock_is_enough_to_plan),
		SCRATCH_TEST(two_hosts_build_the_same_disk_of_packages),
		SCRATCH_TEST(files_of_the_stack_lie_over_those_of_packages),
		SCRATCH_TEST(bad_requests_for_packages_have_messages),
	};

	return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
