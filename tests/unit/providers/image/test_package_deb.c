#include "providers/image/package_deb.h"

#include <fcntl.h>

#include "tests/unit/providers/image/make_deb.h"

static struct err *read_into(struct scratch *s, struct image_tree *t,
                             const char *path, const char *name)
{
	struct package_blobs blobs = {.dir = scratch_path(s, name)};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct err *e;

	assert_true(fd >= 0);
	assert_int_equal(mkdir(blobs.dir, 0700), 0);
	e = package_deb_read(t, &blobs, fd, name);
	close(fd);
	return e;
}

static struct err *read_recipe(struct scratch *s, struct image_tree *t,
                               const struct deb_recipe *r, const char *name)
{
	const char *path =
		deb_make(s, arena_printf(&s->mem, "%s.deb", name), r);

	return read_into(s, t, path, name);
}

static const struct deb_entry ordinary[] = {
	{.path = "./", .type = AE_IFDIR},
	{.path = "./usr/", .type = AE_IFDIR},
	{.path = "./usr/bin/", .type = AE_IFDIR, .mode = 0700},
	{.path = "./usr/bin/x", .mode = 0755, .content = "body"},
	{.path = "./usr/bin/y", .hard = "./usr/bin/x"},
	{.path = "./usr/bin/z", .type = AE_IFLNK, .target = "/etc/x"},
	{.path = "./etc/empty/", .type = AE_IFDIR},
	{0},
};

static void check_ordinary(struct image_tree *t)
{
	const struct image_node *x = image_tree_at(t, "/usr/bin/x");
	const struct image_node *y = image_tree_at(t, "/usr/bin/y");
	char text[8] = "";
	FILE *f;

	assert_int_equal(x->type, IMAGE_FILE);
	assert_int_equal(x->mode, 0755);
	assert_int_equal(x->size, 4);
	assert_string_equal(x->from, "p");
	assert_string_equal(y->host, x->host);
	f = fopen(x->host, "r");
	assert_non_null(f);
	assert_int_equal(fread(text, 1, sizeof(text), f), 4);
	fclose(f);
	assert_string_equal(text, "body");
	assert_string_equal(image_tree_at(t, "/usr/bin/z")->target, "/etc/x");
	assert_int_equal(image_tree_at(t, "/usr/bin")->mode, 0700);
	assert_int_equal(image_tree_at(t, "/etc/empty")->type, IMAGE_DIR);
}

static void a_package_may_be_compressed_in_any_way(void **state)
{
	static const struct {
		int filter;
		const char *name;
	} ways[] = {{ARCHIVE_FILTER_XZ, "data.tar.xz"},
	            {ARCHIVE_FILTER_ZSTD, "data.tar.zst"},
	            {ARCHIVE_FILTER_GZIP, "data.tar.gz"}};
	struct scratch *s = *state;

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		struct image_tree t;

		image_tree_init(&t, &s->mem);
		assert_null(read_recipe(
			s, &t,
			&(struct deb_recipe){.entries = ordinary,
		                             .data = ways[i].name,
		                             .filter = ways[i].filter},
			"p"));
		check_ordinary(&t);
		assert_int_equal(scratch_shell(s, "rm -r p"), 0);
	}
}

static void refuse(struct scratch *s, const struct deb_recipe *r,
                   const char *why)
{
	struct image_tree t;
	struct err *e;

	image_tree_init(&t, &s->mem);
	e = read_recipe(s, &t, r, "p");
	assert_non_null(e);
	assert_int_equal(err_code(e), ERR_SYNTAX);
	if (!strstr(err_text(e), why))
		fail_msg("\"%s\" is not in: %s", why, err_text(e));
	err_free(e);
	assert_int_equal(scratch_shell(s, "rm -r p"), 0);
}

static void refuse_entry(struct scratch *s, const struct deb_entry *entry,
                         const char *why)
{
	const struct deb_entry entries[] = {*entry, {0}};

	refuse(s, &(struct deb_recipe){.entries = entries}, why);
}

static void a_path_that_leads_out_is_refused(void **state)
{
	static const char *const paths[] = {"../x", "./../x", "./a/../../x",
	                                    "/etc/passwd", "./a/.."};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		refuse_entry(
			*state,
			&(struct deb_entry){.path = paths[i], .content = "x"},
			"leads out of it");
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	struct scratch *s = *state;
	char *path = arena_alloc(&s->mem, PACKAGE_DEB_PATH + 10, 1);

	memset(path, 'a', PACKAGE_DEB_PATH + 1);
	memcpy(path, "./", 2);
	refuse_entry(s, &(struct deb_entry){.path = path, .content = "x"},
	             "is too long");
}

static void devices_and_pipes_are_refused(void **state)
{
	static const mode_t types[] = {AE_IFCHR, AE_IFBLK, AE_IFIFO};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		refuse_entry(*state,
		             &(struct deb_entry){.path = "./dev/null",
		                                 .type = types[i]},
		             "neither file, directory nor link");
}

static void a_hard_link_to_what_is_not_of_the_package_is_refused(void **state)
{
	struct scratch *s = *state;
	const struct deb_entry thief[] = {
		{.path = "./y", .hard = "./usr/bin/x"}, {0}};
	struct image_tree t;
	struct err *e;

	refuse_entry(s, &(struct deb_entry){.path = "./y", .hard = "./no"},
	             "hard link");
	refuse_entry(
		s, &(struct deb_entry){.path = "./y", .hard = "../etc/passwd"},
		"leads out of it");
	image_tree_init(&t, &s->mem);
	assert_null(read_recipe(
		s, &t, &(struct deb_recipe){.entries = ordinary}, "p"));
	e = read_recipe(s, &t, &(struct deb_recipe){.entries = thief}, "q");
	assert_non_null(e);
	err_free(e);
}

/* On this host nothing is behind a link of a package, or written through it. */
static void links_are_not_followed_on_this_host(void **state)
{
	struct scratch *s = *state;
	const struct deb_entry entries[] = {
		{.path = "./out", .type = AE_IFLNK, .target = s->dir},
		{.path = "./up",
	         .type = AE_IFLNK,
	         .target = "../../../../../../../../.."},
		{.path = "./out/planted", .content = "x"},
		{.path = "./up/planted", .content = "y"},
		{0}};
	struct image_tree t;

	image_tree_init(&t, &s->mem);
	assert_null(read_recipe(s, &t, &(struct deb_recipe){.entries = entries},
	                        "p"));
	assert_int_not_equal(access(scratch_path(s, "planted"), F_OK), 0);
	assert_non_null(image_tree_at(&t, "/planted"));
	assert_non_null(
		image_tree_at(&t, arena_printf(&s->mem, "%s/planted", s->dir)));
}

static void what_two_packages_have_is_refused(void **state)
{
	struct scratch *s = *state;
	const struct deb_entry same_link[] = {
		{.path = "./usr/bin/z", .type = AE_IFLNK, .target = "/etc/x"},
		{0}};
	const struct deb_entry same_file[] = {
		{.path = "./usr/bin/x", .content = "body"}, {0}};
	struct image_tree t;
	struct err *e;

	image_tree_init(&t, &s->mem);
	assert_null(read_recipe(
		s, &t, &(struct deb_recipe){.entries = ordinary}, "p"));
	assert_null(read_recipe(
		s, &t, &(struct deb_recipe){.entries = same_link}, "q"));
	e = read_recipe(s, &t, &(struct deb_recipe){.entries = same_file}, "r");
	assert_int_equal(err_code(e), ERR_CONFLICT);
	assert_non_null(strstr(err_text(e), "packages \"p\" and \"r\" both"));
	err_free(e);
}

static void what_is_no_package_is_refused(void **state)
{
	struct scratch *s = *state;
	struct image_tree t;
	struct err *e;

	refuse(s, &(struct deb_recipe){.entries = ordinary, .version = "3.0\n"},
	       "does not say 2.x");
	refuse(s, &(struct deb_recipe){.entries = ordinary, .data = "data.zip"},
	       "where its data.tar belongs");
	image_tree_init(&t, &s->mem);
	e = read_into(s, &t, scratch_text(s, "text", "some pig"), "p");
	assert_int_equal(err_code(e), ERR_SYNTAX);
	err_free(e);
}

static void a_package_that_ends_too_early_is_refused(void **state)
{
	struct scratch *s = *state;
	const char *path =
		deb_make(s, "p.deb", &(struct deb_recipe){.entries = ordinary});
	struct stat st;
	struct image_tree t;
	struct err *e;

	assert_int_equal(stat(path, &st), 0);
	for (off_t len = st.st_size - 60; len > 0; len -= 40) {
		assert_int_equal(truncate(path, len), 0);
		image_tree_init(&t, &s->mem);
		e = read_into(s, &t, path, "p");
		assert_non_null(e);
		err_free(e);
		assert_int_equal(scratch_shell(s, "rm -r p"), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(a_package_may_be_compressed_in_any_way),
		SCRATCH_TEST(a_path_that_leads_out_is_refused),
		SCRATCH_TEST(a_path_that_is_too_long_is_refused),
		SCRATCH_TEST(devices_and_pipes_are_refused),
		SCRATCH_TEST(
			a_hard_link_to_what_is_not_of_the_package_is_refused),
		SCRATCH_TEST(links_are_not_followed_on_this_host),
		SCRATCH_TEST(what_two_packages_have_is_refused),
		SCRATCH_TEST(what_is_no_package_is_refused),
		SCRATCH_TEST(a_package_that_ends_too_early_is_refused),
	};

	return cmocka_run_group_tests_name("package_deb", tests, NULL, NULL);
}
