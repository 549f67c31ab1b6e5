#include "providers/image/image.h"

#include <fcntl.h>

#include "providers/image/store.h"
#include "tests/lib/scratch.h"
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
	};

	return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
