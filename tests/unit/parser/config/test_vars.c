#include "tests/unit/parser/config/fixture.h"

/* The value of var.v of a stack whose v is described by `body`. */
static const char *value_of_v(struct fixture *f, const char *body)
{
	const char *text = arena_printf(
		&f->mem, HEAD "vars: {v: %s}\noutputs: {o: \"${var.v}\"}\n",
		body);

	if (!load(f, text))
		return NULL;
	return value_to_json(
		&f->mem,
		config_output(&f->mem, &f->c, &f->c.outputs[0], NULL, &f->d));
}

static void the_default_is_the_last_resort(void **state)
{
	struct fixture *f = *state;
	static const char *const vars[] = {"v=1", "v=from=line"};

	assert_string_equal(value_of_v(f, "{default: d}"), "\"d\"");
	write_file(f, "sites/oslo.yaml", "vars: {v: site}\n");
	f->site = "oslo";
	assert_string_equal(value_of_v(f, "{default: d}"), "\"site\"");
	setenv("MISO_VAR_v", "env", 1);
	assert_string_equal(value_of_v(f, "{default: d}"), "\"env\"");
	f->vars = vars;
	f->nr_vars = 2;
	assert_string_equal(value_of_v(f, "{default: d}"), "\"from=line\"");
	unsetenv("MISO_VAR_v");
}

static void a_value_has_the_variables_type(void **state)
{
	struct fixture *f = *state;
	static const char *const number[] = {"v=3"};
	static const char *const list[] = {"v=[\"1Mi\", 2]"};

	f->vars = number;
	f->nr_vars = 1;
	assert_string_equal(value_of_v(f, "{type: int}"), "3");
	assert_string_equal(value_of_v(f, "{type: string}"), "\"3\"");
	f->vars = list;
	assert_string_equal(value_of_v(f, "{type: list(size)}"), "[1048576,2]");
}

static void bounds_patterns_and_choices_are_kept(void **state)
{
	struct fixture *f = *state;

	assert_null(value_of_v(f, "{type: int, default: 9, max: 8}"));
	says(f, DIAG_VAR_VALUE, "9 is more than 8");
	diags_fini(&f->d);
	assert_null(value_of_v(f, "{type: int, default: 1, min: 2}"));
	says(f, DIAG_VAR_VALUE, "1 is less than 2");
	diags_fini(&f->d);
	assert_null(value_of_v(f, "{default: ab, pattern: '[a-z]'}"));
	says(f, DIAG_VAR_VALUE, "does not match");
	diags_fini(&f->d);
	assert_null(value_of_v(f, "{default: c, one_of: [a, b]}"));
	says(f, DIAG_VAR_VALUE, "one of");
}

static void bounds_and_choices_have_the_variables_type(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(
		value_of_v(f, "{type: size, default: 1Gi, max: 1024Mi}"),
		"1073741824");
	diags_fini(&f->d);
	assert_null(value_of_v(f, "{type: size, default: 1Gi, max: 512Mi}"));
	says(f, DIAG_VAR_VALUE, "more than 512Mi");
	diags_fini(&f->d);
	assert_null(value_of_v(f, "{type: float, default: 0.2, min: 0.5}"));
	says(f, DIAG_VAR_VALUE, "0.2 is less than 0.5");
	diags_fini(&f->d);
	assert_string_equal(value_of_v(f, "{type: int, default: 2, one_of: "
	                                  "[1, 2]}"),
	                    "2");
	diags_fini(&f->d);
	assert_null(value_of_v(f, "{type: int, default: 3, one_of: [1, 2]}"));
	says(f, DIAG_VAR_VALUE, "one of [1,2]");
	diags_fini(&f->d);
	/* Also those behind the one it is. */
	assert_null(value_of_v(f, "{default: a, one_of: [a, {b: 1}]}"));
	says(f, DIAG_TYPE, "it must be text, not a map");
	diags_fini(&f->d);
	assert_null(value_of_v(f, "{type: string, default: x, min: 1}"));
	says(f, DIAG_TYPE, "no number");
	diags_fini(&f->d);
	assert_null(value_of_v(f, "{type: int, default: 1, pattern: x}"));
	says(f, DIAG_TYPE, "no text");
}

static void a_pattern_may_not_take_forever(void **state)
{
	struct fixture *f = *state;

	assert_null(value_of_v(f, "{default: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	                          "aaaaaaaaaaaaaaaaaa!, pattern: '(a|aa)+'}"));
	says(f, DIAG_VAR_VALUE, "too much work");
	diags_fini(&f->d);
	assert_null(value_of_v(f, "{default: a, pattern: '(a'}"));
	says(f, DIAG_VAR_VALUE, "at byte 3 of the pattern");
}

static void a_variable_without_value_is_a_mistake(void **state)
{
	assert_null(value_of_v(*state, "{type: int}"));
	says(*state, DIAG_VAR_UNSET, "give --var v=");
}

static void a_value_for_no_variable_is_a_mistake(void **state)
{
	struct fixture *f = *state;
	static const char *const vars[] = {"w=1"};

	f->vars = vars;
	f->nr_vars = 1;
	assert_null(value_of_v(f, "{default: d}"));
	says(f, DIAG_VAR_UNKNOWN, "no variable \"w\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_default_is_the_last_resort),
		TEST(a_value_has_the_variables_type),
		TEST(bounds_patterns_and_choices_are_kept),
		TEST(bounds_and_choices_have_the_variables_type),
		TEST(a_pattern_may_not_take_forever),
		TEST(a_variable_without_value_is_a_mistake),
		TEST(a_value_for_no_variable_is_a_mistake),
	};

	return cmocka_run_group_tests_name("vars", tests, NULL, NULL);
}
