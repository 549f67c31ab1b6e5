#include "providers/image/image_tree.h"

#include "tests/lib/scratch.h"

static void children_are_sorted_whatever_the_order(void **state)
{
	struct scratch *s = *state;
	struct image_tree t;

	image_tree_init(&t, &s->mem);
	assert_null(image_tree_text(&t, "/b", 0644, "", 0));
	assert_null(image_tree_text(&t, "/a", 0644, "", 0));
	assert_null(image_tree_text(&t, "/c/d", 0644, "", 0));
	assert_string_equal(t.root->children[0]->name, "a");
	assert_string_equal(t.root->children[1]->name, "b");
	assert_string_equal(t.root->children[2]->name, "c");
	assert_int_equal(image_tree_find(&t, "/c")->mode, 0755);
	assert_int_equal(t.nr_nodes, 5);
}

static void paths_go_where_links_lead(void **state)
{
	struct scratch *s = *state;
	struct image_tree t;

	image_tree_init(&t, &s->mem);
	assert_null(image_tree_link(&t, "/lib", "usr/lib"));
	assert_null(image_tree_text(&t, "/lib/x/../y", 0600, "hi", 2));
	assert_int_equal(image_tree_find(&t, "/usr/lib/y")->mode, 0600);
	assert_ptr_equal(image_tree_find(&t, "/lib/y"),
	                 image_tree_find(&t, "/usr/lib/y"));
	assert_ptr_equal(image_tree_find(&t, "/lib"),
	                 image_tree_find(&t, "/usr/lib"));
	assert_null(image_tree_find(&t, "/lib/z"));
}

static void a_circle_of_links_is_an_error(void **state)
{
	struct scratch *s = *state;
	struct image_tree t;
	struct err *e;

	image_tree_init(&t, &s->mem);
	assert_null(image_tree_link(&t, "/a", "b"));
	assert_null(image_tree_link(&t, "/b", "a"));
	e = image_tree_text(&t, "/a/x", 0644, "", 0);
	assert_int_equal(err_code(e), ERR_SYNTAX);
	err_free(e);
	assert_null(image_tree_find(&t, "/a"));
}

static void a_file_in_the_way_of_a_directory_is_an_error(void **state)
{
	struct scratch *s = *state;
	struct image_tree t;
	struct err *e;

	image_tree_init(&t, &s->mem);
	assert_null(image_tree_text(&t, "/a", 0644, "", 0));
	e = image_tree_text(&t, "/a/x", 0644, "", 0);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	err_free(e);
	assert_null(image_tree_dir(&t, "/d", 0755));
	e = image_tree_text(&t, "/d", 0644, "", 0);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	err_free(e);
	e = image_tree_text(&t, "relative", 0644, "", 0);
	assert_int_equal(err_code(e), ERR_SYNTAX);
	err_free(e);
}

static void a_host_directory_keeps_links_modes_and_empty_dirs(void **state)
{
	struct scratch *s = *state;
	struct image_tree t;

	chmod(scratch_text(s, "d/run", "x"), 0751);
	scratch_text(s, "d/empty/x", "");
	assert_int_equal(unlink(scratch_path(s, "d/empty/x")), 0);
	assert_int_equal(symlink("run", scratch_path(s, "d/link")), 0);
	image_tree_init(&t, &s->mem);
	assert_null(image_tree_host(&t, "/srv", scratch_path(s, "d")));
	assert_int_equal(image_tree_find(&t, "/srv/run")->mode, 0751);
	assert_int_equal(image_tree_find(&t, "/srv/empty")->type, IMAGE_DIR);
	assert_string_equal(image_tree_find(&t, "/srv")->children[1]->target,
	                    "run");
}

static void a_file_in_place_brings_the_links_that_lead_to_it(void **state)
{
	struct scratch *s = *state;
	const struct image_node *n;
	struct image_tree t;

	scratch_text(s, "usr/lib/real.so.1", "x");
	assert_int_equal(symlink("usr/lib", scratch_path(s, "lib")), 0);
	assert_int_equal(
		symlink("/lib/real.so.1", scratch_path(s, "usr/lib/a.so")), 0);
	image_tree_init(&t, &s->mem);
	assert_null(image_tree_in_place(&t, s->dir, "/lib/a.so"));
	n = image_tree_find(&t, "/lib/a.so");
	assert_string_equal(n->name, "real.so.1");
	assert_string_equal(n->host, scratch_path(s, "usr/lib/real.so.1"));
	assert_string_equal(t.root->children[0]->target, "usr/lib");
}

static struct image_tree linked(struct scratch *s)
{
	struct image_tree t;

	image_tree_init(&t, &s->mem);
	assert_null(image_tree_link(&t, "/lib", "usr/lib"));
	assert_null(image_tree_text(&t, "/usr/lib/x.so.1.2", 0644, "x", 1));
	assert_null(image_tree_link(&t, "/usr/lib/x.so", "/lib/x.so.1.2"));
	assert_null(image_tree_link(&t, "/loop", "loop"));
	assert_null(image_tree_link(&t, "/up", "../../../usr/lib/x.so"));
	return t;
}

static void a_path_without_links_is_told(void **state)
{
	struct image_tree t = linked(*state);

	assert_string_equal(image_tree_real(&t, "/lib/x.so"),
	                    "/usr/lib/x.so.1.2");
	assert_string_equal(image_tree_real(&t, "/up"), "/usr/lib/x.so.1.2");
	assert_null(image_tree_real(&t, "/loop"));
	assert_null(image_tree_real(&t, "/usr/lib"));
	assert_null(image_tree_real(&t, "/usr/none"));
	assert_int_equal(image_tree_at(&t, "/lib/x.so")->type, IMAGE_LINK);
}

static void a_file_is_taken_with_the_links_that_lead_to_it(void **state)
{
	struct scratch *s = *state;
	struct image_tree from = linked(s), t;
	struct err *e;

	image_tree_init(&t, &s->mem);
	assert_null(image_tree_take(&t, &from, "/lib/x.so"));
	assert_string_equal(image_tree_at(&t, "/lib")->target, "usr/lib");
	assert_string_equal(image_tree_real(&t, "/lib/x.so"),
	                    "/usr/lib/x.so.1.2");
	assert_null(image_tree_at(&t, "/up"));
	e = image_tree_take(&t, &from, "/loop");
	assert_non_null(e);
	err_free(e);
	e = image_tree_take(&t, &from, "/none");
	assert_int_equal(err_code(e), ERR_REF);
	err_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(children_are_sorted_whatever_the_order),
		SCRATCH_TEST(paths_go_where_links_lead),
		SCRATCH_TEST(a_circle_of_links_is_an_error),
		SCRATCH_TEST(a_file_in_the_way_of_a_directory_is_an_error),
		SCRATCH_TEST(a_host_directory_keeps_links_modes_and_empty_dirs),
		SCRATCH_TEST(a_file_in_place_brings_the_links_that_lead_to_it),
		SCRATCH_TEST(a_path_without_links_is_told),
		SCRATCH_TEST(a_file_is_taken_with_the_links_that_lead_to_it),
	};

	return cmocka_run_group_tests_name("image_tree", tests, NULL, NULL);
}
