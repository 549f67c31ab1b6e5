#include "tests/unit/parser/config/fixture.h"

#define GROUP "instances: {a: {image: \"${image.a}\", for_each: [x, z]}}\n"

/* Load, not minding the attributes that nothing acts on yet. */
static void accept(struct fixture *f, const char *text)
{
	(void)load(f, arena_printf(&f->mem, HEAD "%s", text));
	for (size_t i = 0; i < f->d.n; i++)
		if (f->d.v[i].code != DIAG_NOT_YET &&
		    f->d.v[i].severity == DIAG_ERROR)
			fail_msg("%s", f->d.v[i].message);
}

/* Load, and expect a mistake of that code and text. */
static void refuse(struct fixture *f, const char *text, enum diag_code code,
                   const char *expected)
{
	diags_fini(&f->d);
	assert_false(load(f, arena_printf(&f->mem, HEAD "%s", text)));
	for (size_t i = 0; i < f->d.n; i++)
		if (f->d.v[i].code == code &&
		    strstr(f->d.v[i].message, expected))
			return;
	diags_print(stderr, &f->d);
	fail_msg("nothing says \"%s\"", expected);
}

static void a_block_says_what_to_ignore(void **state)
{
	struct fixture *f = *state;
	const struct config_block *b;

	accept(f, "instances: {a: {image: \"${image.a}\", "
	          "ignore: [memory, env.LOG]}}\n");
	b = want(f, "instance.a")->block;
	assert_int_equal(b->nr_ignore, 2);
	assert_string_equal(b->ignore[0], "memory");
	assert_string_equal(b->ignore[1], "env.LOG");
}

static void what_is_ignored_must_be_an_attribute(void **state)
{
	struct fixture *f = *state;

	refuse(f, "instances: {a: {image: \"${image.a}\", ignore: [memry]}}\n",
	       DIAG_UNDEFINED, "no attribute \"memry\"");
	refuse(f, "instances: {a: {image: \"${image.a}\", ignore: [when]}}\n",
	       DIAG_UNDEFINED, "no attribute \"when\"");
	refuse(f, "instances: {a: {image: \"${image.a}\", ignore: [cpus.x]}}\n",
	       DIAG_UNDEFINED, "no attribute \"cpus.x\"");
}

static void a_block_says_what_comes_first(void **state)
{
	struct fixture *f = *state;

	accept(f, "instances:\n"
	          "  a: {image: \"${image.a}\"}\n"
	          "  b: {image: \"${image.a}\", replace: create_first}\n"
	          "  c: {image: \"${image.a}\", replace: destroy_first}\n");
	assert_int_equal(want(f, "instance.a")->block->replace,
	                 CONFIG_REPLACE_EITHER);
	assert_int_equal(want(f, "instance.b")->block->replace,
	                 CONFIG_REPLACE_CREATE_FIRST);
	assert_int_equal(want(f, "instance.c")->block->replace,
	                 CONFIG_REPLACE_DESTROY_FIRST);
}

static void a_group_rolls_one_by_one_unless_it_says_so(void **state)
{
	struct fixture *f = *state;

	accept(f, "instances:\n"
	          "  a: {image: \"${image.a}\", for_each: 3}\n"
	          "  b: {image: \"${image.a}\", for_each: 3, "
	          "roll: {max_unavailable: 2}}\n");
	assert_int_equal(want(f, "instance.a[\"0\"]")->block->max_unavailable,
	                 1);
	assert_int_equal(want(f, "instance.b[\"0\"]")->block->max_unavailable,
	                 2);
	refuse(f, "instances: {a: {image: \"${image.a}\", roll: {}}}\n",
	       DIAG_EXCLUDES, "nothing to roll through");
}

static void adopt_is_a_name_or_an_id(void **state)
{
	struct fixture *f = *state;

	accept(f, "instances:\n"
	          "  a: {image: \"${image.a}\"}\n"
	          "  b: {image: \"${image.a}\", adopt: true}\n"
	          "  c: {image: \"${image.a}\", adopt: \"old-${each.key}\", "
	          "for_each: [x]}\n");
	assert_null(want(f, "instance.a")->adopt);
	assert_string_equal(want(f, "instance.b")->adopt, "b");
	assert_string_equal(want(f, "instance.c[\"x\"]")->adopt, "old-x");
}

static void an_image_may_be_protected(void **state)
{
	struct fixture *f = *state;

	assert_true(load(f, "version: 1\nname: s\n"
	                    "images: {b: {program: ./b, protect: true}}\n"
	                    "instances: {a: {image: \"${image.b}\"}}\n"));
	assert_true(want(f, "image.b")->protect);
}

static void moves_follow_chains(void **state)
{
	struct fixture *f = *state;

	accept(f, GROUP "moved:\n"
	                "  - {from: instance.c, to: instance.b}\n"
	                "  - {from: instance.b, to: 'instance.a[\"x\"]'}\n");
	assert_int_equal(f->c.nr_moves, 2);
	assert_string_equal(f->c.moves[0].from, "instance.c");
	assert_string_equal(f->c.moves[0].to, "instance.a[\"x\"]");
	assert_string_equal(f->c.moves[1].to, "instance.a[\"x\"]");
}

static void a_move_must_make_sense(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *move, *says;
	} rows[] = {
		{"{from: instance.b, to: instance.c}",
	         "there is no instance.c"},
		{"{from: instance.a, to: instance.a}", "are the same"},
		{"{from: 'instance.a[\"x\"]', to: instance.a}",
	         "still in the file"},
		{"{from: volume.b, to: instance.a}", "of one kind"},
		{"{from: b, to: instance.a}", "must be an address"},
		{"{from: 'instance.b[\"x\"]', to: instance.a}",
	         "cannot become the group"},
		{"{from: instance.b, to: instance.c}, "
	         "{from: instance.c, to: instance.b}",
	         "go round"},
		{"{from: instance.b, to: instance.a}, "
	         "{from: instance.b, to: 'instance.a[\"x\"]'}",
	         "moved twice"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		refuse(f,
		       arena_printf(&f->mem, GROUP "moved: [%s]\n",
		                    rows[i].move),
		       DIAG_MOVE, rows[i].says);
}

static void keep_says_how_many_releases_stay(void **state)
{
	struct fixture *f = *state;

	accept(f, "");
	assert_int_equal(f->c.keep, 3);
	accept(f, "keep: 7\n");
	assert_int_equal(f->c.keep, 7);
	refuse(f, "keep: 0\n", DIAG_TYPE, "not between 1 and 1000");
}

static void checks_hold_fail_or_wait(void **state)
{
	struct fixture *f = *state;

	accept(f, "vars: {n: {type: int, default: 2}}\n"
	          "instances: {a: {image: \"${image.a}\"}}\n"
	          "checks:\n"
	          "  - {assert: \"${var.n == 2}\", message: no}\n"
	          "  - {assert: \"${var.n > 2}\", message: \"n is ${var.n}\"}\n"
	          "  - {assert: \"${instance.a.ip != ''}\", message: no}\n");
	assert_int_equal(f->c.nr_checks, 3);
	diags_fini(&f->d);
	assert_int_equal(config_assert(&f->mem, &f->c, 0, NULL, &f->d), 1);
	assert_int_equal(config_assert(&f->mem, &f->c, 2, NULL, &f->d), -1);
	assert_int_equal(f->d.errors, 0);
	assert_int_equal(config_assert(&f->mem, &f->c, 1, NULL, &f->d), 0);
	says(f, DIAG_CHECK, "n is 2");
}

static void a_check_must_be_a_condition(void **state)
{
	struct fixture *f = *state;

	accept(f, "checks: [{assert: \"${1 + 1}\", message: no}]\n");
	diags_fini(&f->d);
	assert_int_equal(config_assert(&f->mem, &f->c, 0, NULL, &f->d), 0);
	says(f, DIAG_TYPE, "true or false");
	refuse(*state, "checks: [{assert: true}]\n", DIAG_MISSING,
	       "needs \"message\"");
	refuse(*state, "checks: [oops]\n", DIAG_TYPE, "an entry of");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_block_says_what_to_ignore),
		TEST(what_is_ignored_must_be_an_attribute),
		TEST(a_block_says_what_comes_first),
		TEST(a_group_rolls_one_by_one_unless_it_says_so),
		TEST(adopt_is_a_name_or_an_id),
		TEST(an_image_may_be_protected),
		TEST(moves_follow_chains),
		TEST(a_move_must_make_sense),
		TEST(keep_says_how_many_releases_stay),
		TEST(checks_hold_fail_or_wait),
		TEST(a_check_must_be_a_condition),
	};

	return cmocka_run_group_tests_name("lifecycle", tests, NULL, NULL);
}
