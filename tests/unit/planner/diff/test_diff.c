#include "planner/diff/diff.h"

#include "tests/lib/test.h"

#include <string.h>

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

static const struct attr_rule rules[] = {
	{"instance", "image", .replaces = true},
	{"instance", "tags", .set = true},
	{0},
};

static const struct value *json(struct arena *mem, const char *text)
{
	const struct value *v = NULL;

	assert_null(value_from_json(mem, text, strlen(text), &v));
	return v;
}

static struct desired want(struct arena *mem, const char *spec)
{
	struct desired d = {.kind = "instance", .address = "instance.a"};

	d.spec = json(mem, spec);
	d.digest = value_digest(mem, d.spec);
	return d;
}

static struct object have(struct arena *mem, const char *spec)
{
	struct object o = {.kind = "instance", .address = "instance.a"};
	struct desired d = want(mem, spec);

	o.digest = d.digest;
	o.attrs = value_with(mem, value_map(mem, NULL, 0), "spec", d.spec);
	return o;
}

static const char old[] =
	"{\"image\":1,\"memory\":5,\"tags\":[\"x\",\"y\"],\"env\":{\"A\":1}}";

/* One row of the table in diff.h. */
static void decides(struct arena *mem, const char *spec, const char *fault,
                    bool updatable, enum diff_action action, unsigned reasons)
{
	struct object o = have(mem, old);
	struct desired d = want(mem, spec);
	struct diff diff;

	o.fault = fault;
	o.fault_updatable = updatable;
	diff = diff_make(mem, rules, &d, NULL, &o);
	assert_int_equal(diff.action, action);
	assert_int_equal(diff.reasons, reasons);
}

static void the_table_of_the_header_holds(void **state)
{
	static const char memory[] = "{\"image\":1,\"memory\":6,\"tags\":"
				     "[\"x\",\"y\"],\"env\":{\"A\":1}}";
	static const char image[] = "{\"image\":2,\"memory\":5,\"tags\":"
				    "[\"x\",\"y\"],\"env\":{\"A\":1}}";
	static const char set[] = "{\"image\":1,\"memory\":5,\"tags\":"
				  "[\"y\",\"x\"],\"env\":{\"A\":1}}";
	const unsigned both = DIFF_CONFIG | DIFF_DRIFT;

	decides(*state, old, NULL, false, DIFF_NONE, 0);
	decides(*state, set, NULL, false, DIFF_NONE, 0);
	decides(*state, old, "gone", true, DIFF_UPDATE, DIFF_DRIFT);
	decides(*state, old, "gone", false, DIFF_REPLACE, DIFF_DRIFT);
	decides(*state, memory, NULL, false, DIFF_UPDATE, DIFF_CONFIG);
	decides(*state, image, NULL, false, DIFF_REPLACE, DIFF_CONFIG);
	decides(*state, memory, "gone", true, DIFF_UPDATE, both);
	decides(*state, memory, "gone", false, DIFF_REPLACE, both);
	decides(*state, image, "gone", true, DIFF_REPLACE, both);
}

static void what_is_new_is_created_and_what_is_gone_is_deleted(void **state)
{
	struct object o = have(*state, old);
	struct desired d = want(*state, old);
	struct diff diff = diff_make(*state, rules, &d, NULL, NULL);

	assert_int_equal(diff.action, DIFF_CREATE);
	assert_int_equal(diff.reasons, DIFF_NEW);
	diff = diff_make(*state, NULL, NULL, NULL, &o);
	assert_int_equal(diff.action, DIFF_DELETE);
	assert_int_equal(diff.reasons, DIFF_GONE);
}

static void maps_show_only_what_differs_in_them(void **state)
{
	struct object o = have(*state, "{\"env\":{\"A\":1,\"B\":2,\"C\":3}}");
	struct desired d = want(*state, "{\"env\":{\"A\":1,\"B\":9,\"D\":4}}");
	struct diff diff = diff_make(*state, rules, &d, NULL, &o);

	assert_int_equal(diff.nr_attrs, 3);
	assert_string_equal(diff.attrs[0].path, "env.B");
	assert_string_equal(diff.attrs[1].path, "env.D");
	assert_null(diff.attrs[1].before);
	assert_string_equal(diff.attrs[2].path, "env.C");
	assert_null(diff.attrs[2].after);
}

/* Its name is no part of what it is; what is not known may be another. */
static void the_same_thing_under_another_name_replaces_nothing(void **state)
{
	static const struct attr_rule named[] = {
		{"instance", "image", .replaces = true, .identity = "digest"},
		{0},
	};
	static const struct {
		const char *image;
		enum diff_action action;
	} rows[] = {
		{"{\"name\":\"a\",\"digest\":\"1\"}", DIFF_NONE},
		{"{\"name\":\"b\",\"digest\":\"1\"}", DIFF_UPDATE},
		{"{\"name\":\"a\",\"digest\":\"2\"}", DIFF_REPLACE},
		{"{\"name\":\"b\"}", DIFF_REPLACE},
		{"\"b\"", DIFF_REPLACE},
	};
	struct object o = have(*state, "{\"image\":{\"name\":\"a\",\"digest\":"
	                               "\"1\"}}");
	struct desired d;
	struct diff diff;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		d = want(*state,
		         arena_printf(*state, "{\"image\":%s}", rows[i].image));
		diff = diff_make(*state, named, &d, NULL, &o);
		assert_int_equal(diff.action, rows[i].action);
	}
}

static void an_unknown_part_counts_as_changed(void **state)
{
	struct object o = have(*state, "{\"ip\":\"10.0.0.1\",\"n\":1}");
	struct desired d = want(*state, "{\"n\":1}");
	struct diff diff;

	d.spec = value_with(*state, d.spec, "ip", value_unknown());
	diff = diff_make(*state, rules, &d, NULL, &o);
	assert_int_equal(diff.action, DIFF_UPDATE);
	assert_int_equal(diff.nr_attrs, 1);
	assert_string_equal(diff.attrs[0].path, "ip");
}

static void protection_is_part_of_the_mark(void **state)
{
	struct object o = have(*state, old);
	struct desired d = want(*state, old);
	struct diff diff;

	d.protect = true;
	diff = diff_make(*state, rules, &d, NULL, &o);
	assert_int_equal(diff.action, DIFF_UPDATE);
	assert_string_equal(diff.attrs[0].path, "protect");
}

static void other_content_behind_the_same_spec_is_a_change(void **state)
{
	struct object o = have(*state, old);
	struct desired d = want(*state, old);
	struct diff diff;

	o.attrs = value_with(*state, o.attrs, "digest",
	                     value_string(*state, "aa"));
	diff = diff_make(*state, rules, &d, json(*state, "{\"digest\":\"aa\"}"),
	                 &o);
	assert_int_equal(diff.action, DIFF_NONE);
	diff = diff_make(*state, rules, &d, json(*state, "{\"digest\":\"bb\"}"),
	                 &o);
	assert_int_equal(diff.action, DIFF_UPDATE);
	assert_string_equal(diff.attrs[0].path, "digest");
}

static void a_place_that_tells_no_spec_still_shows_a_change(void **state)
{
	struct object o = have(*state, old);
	struct desired d = want(*state, "{\"image\":2}");
	struct diff diff;

	o.attrs = json(*state, "{\"spec\":null}");
	diff = diff_make(*state, rules, &d, NULL, &o);
	assert_int_equal(diff.action, DIFF_UPDATE);
	assert_int_equal(diff.nr_attrs, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

static void what_the_world_changed_is_told_from_the_file(void **state)
{
	struct arena *mem = *state;
	struct object o = have(mem, old);
	struct desired same = want(mem, old);
	struct desired other =
		want(mem, "{\"image\":1,\"memory\":5,\"tags\":[],"
	                  "\"env\":{\"A\":1}}");
	struct desired there = want(mem, "{\"image\":1,\"memory\":7,\"tags\":"
	                                 "[\"x\",\"y\"],\"env\":{\"A\":1}}");
	struct diff d;

	o.drift = json(mem, "{\"memory\":7}");
	d = diff_make(mem, rules, &same, NULL, &o);
	assert_int_equal(d.action, DIFF_UPDATE);
	assert_int_equal(d.reasons, DIFF_DRIFT);
	assert_int_equal(d.nr_attrs, 1);
	assert_true(d.attrs[0].drifted);
	assert_int_equal(d.attrs[0].before->integer, 7);
	assert_int_equal(d.attrs[0].after->integer, 5);
	d = diff_make(mem, rules, &other, NULL, &o);
	assert_int_equal(d.reasons, DIFF_DRIFT | DIFF_CONFIG);
	assert_int_equal(d.nr_attrs, 2);
	/* It drifted to where the file wants it. */
	d = diff_make(mem, rules, &there, NULL, &o);
	assert_int_equal(d.action, DIFF_NONE);
	o.drift = json(mem, "{\"image\":9}");
	assert_int_equal(diff_make(mem, rules, &same, NULL, &o).action,
	                 DIFF_REPLACE);
}

/* `old` with something unknown in env, and perhaps another A. */
static unsigned reasons_with(struct arena *mem, const char *env)
{
	struct object o = have(mem, old);
	struct desired d = want(mem, old);

	d.spec = value_with(
		mem, d.spec, "env",
		value_with(mem, json(mem, env), "B", value_unknown()));
	return diff_make(mem, rules, &d, NULL, &o).reasons;
}

static void what_is_not_known_is_a_reason_of_its_own(void **state)
{
	assert_int_equal(reasons_with(*state, "{\"A\":1}"), DIFF_NEEDS);
	assert_int_equal(reasons_with(*state, "{\"A\":2}"),
	                 DIFF_NEEDS | DIFF_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_table_of_the_header_holds),
		TEST(what_is_not_known_is_a_reason_of_its_own),
		TEST(what_the_world_changed_is_told_from_the_file),
		TEST(what_is_new_is_created_and_what_is_gone_is_deleted),
		TEST(maps_show_only_what_differs_in_them),
		TEST(the_same_thing_under_another_name_replaces_nothing),
		TEST(an_unknown_part_counts_as_changed),
		TEST(protection_is_part_of_the_mark),
		TEST(other_content_behind_the_same_spec_is_a_change),
		TEST(a_place_that_tells_no_spec_still_shows_a_change),
	};

	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
