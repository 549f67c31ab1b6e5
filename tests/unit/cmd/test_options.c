#include "cmd/options.h"

#include "tests/lib/test.h"

#include <string.h>

struct fixture {
	struct arena mem;
	struct options o;
	struct invocation in;
};

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(&f->mem);
	return 0;
}

/* `line` is split at blanks. */
static struct err *parse(struct fixture *f, const struct command *c,
                         const char *line)
{
	char *text = arena_strdup(&f->mem, line), *save = NULL, *argv[16];
	int argc = 0;

	for (char *w = strtok_r(text, " ", &save); w;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	return options_parse(&f->mem, c, argc, argv, &f->o, &f->in);
}

static void options_may_stand_anywhere(void **state)
{
	struct fixture *f = *state;

	assert_null(parse(f, &output_command,
	                  "--json broker -f x.yaml --site=oslo --var a=1 "
	                  "--var b=2"));
	assert_true(f->o.json);
	assert_string_equal(f->o.file, "x.yaml");
	assert_string_equal(f->o.site, "oslo");
	assert_int_equal(f->o.nr_vars, 2);
	assert_string_equal(f->o.vars[1], "b=2");
	assert_int_equal(f->in.argc, 1);
	assert_string_equal(f->in.argv[0], "broker");
}

static void the_f_of_logs_follows(void **state)
{
	struct fixture *f = *state;

	assert_null(parse(f, &logs_command, "-f broker --file x.yaml"));
	assert_true(f->o.follow);
	assert_string_equal(f->o.file, "x.yaml");
	assert_string_equal(f->in.argv[0], "broker");
}

static void an_option_of_another_command_is_refused(void **state)
{
	struct fixture *f = *state;
	struct err *e = parse(f, &validate_command, "--yes");

	assert_int_equal(err_code(e), ERR_USAGE);
	err_free(e);
}

static void a_value_must_be_there_and_fit(void **state)
{
	struct fixture *f = *state;
	struct err *e = parse(f, &plan_command, "--site");

	assert_string_equal(err_text(e), "--site needs NAME");
	err_free(e);
	e = parse(f, &logs_command, "x -n many");
	assert_string_equal(err_text(e),
	                    "--lines needs a number, not \"many\"");
	err_free(e);
	e = parse(f, &plan_command, "--json=1");
	assert_string_equal(err_text(e), "--json takes no value");
	err_free(e);
}

static void a_programs_own_words_and_options_are_its_arguments(void **state)
{
	struct fixture *f = *state;

	assert_null(parse(f, &run_command,
	                  "./gom -p 1883 --verbose x -e A=b -- -p 9 --help"));
	assert_int_equal(f->o.nr_ports, 1);
	assert_int_equal(f->o.nr_env, 1);
	assert_int_equal(f->in.argc, 6);
	assert_string_equal(f->in.argv[1], "--verbose");
	assert_string_equal(f->in.argv[3], "-p");
	assert_string_equal(f->in.argv[5], "--help");
	assert_false(f->o.help);
}

static void before_the_program_an_unknown_option_is_refused(void **state)
{
	struct fixture *f = *state;
	struct err *e = parse(f, &run_command, "--verbose ./gom");

	assert_int_equal(err_code(e), ERR_USAGE);
	err_free(e);
}

static void a_letter_may_touch_its_value(void **state)
{
	struct fixture *f = *state;

	assert_null(parse(f, &run_command, "-p1883 -m64Mi ./gom"));
	assert_string_equal(f->o.ports[0], "1883");
	assert_string_equal(f->o.memory, "64Mi");
}

static void every_command_has_a_summary_and_a_function(void **state)
{
	(void)state;
	for (size_t i = 0; commands[i]; i++) {
		assert_non_null(commands[i]->name);
		assert_non_null(commands[i]->summary);
		assert_non_null(commands[i]->run);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(options_may_stand_anywhere),
		TEST(the_f_of_logs_follows),
		TEST(an_option_of_another_command_is_refused),
		TEST(a_value_must_be_there_and_fit),
		TEST(a_programs_own_words_and_options_are_its_arguments),
		TEST(before_the_program_an_unknown_option_is_refused),
		TEST(a_letter_may_touch_its_value),
		TEST(every_command_has_a_summary_and_a_function),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
