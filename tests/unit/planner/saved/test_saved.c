#include "tests/unit/planner/fixture.h"

#include "planner/saved/saved.h"

#define TWO                                                                    \
	"  b: {image: \"${image.a}\"}\n"                                       \
	"  c: {image: \"${image.a}\", env: {M: \"${instance.b.ip}\"}}\n"

static const struct saved_request nothing_given;

/* Plan `text`, and what its file would hold. */
static const char *save(struct fixture *f, const char *text, size_t *len)
{
	assert_true(plan_text(f, text, false));
	return saved_text(&f->mem, &f->p, &nothing_given, len);
}

static struct saved read_back(struct fixture *f, const char *text, size_t len)
{
	struct saved s;

	assert_null(saved_parse(&f->mem, "p.json", text, len, &s));
	return s;
}

/* The plan of `now` is not the saved one, and the error says `why`. */
static void is_stale(struct fixture *f, const struct saved *s, const char *now,
                     const char *why)
{
	struct err *e;

	assert_true(plan_text(f, now, false));
	e = saved_compare(s, &f->p);
	assert_non_null(e);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	if (!strstr(err_text(e), why))
		fail_msg("\"%s\" does not say \"%s\"", err_text(e), why);
	err_free(e);
}

static void a_plan_is_the_same_when_nothing_changed(void **state)
{
	struct fixture *f = *state;
	size_t len;
	const char *text = save(f, FAKE("") TWO, &len);
	struct saved s = read_back(f, text, len);

	assert_int_equal(s.n, 3);
	assert_string_equal(s.stack, "s");
	assert_true(plan_text(f, FAKE("") TWO, false));
	assert_null(saved_compare(&s, &f->p));
}

static void a_change_of_the_stack_makes_it_stale(void **state)
{
	struct fixture *f = *state;
	size_t len;
	const char *text = save(f, FAKE("") TWO, &len);
	struct saved s = read_back(f, text, len);

	is_stale(f, &s, FAKE("") "  b: {image: \"${image.a}\", memory: 8Mi}\n",
	         "instance.b: something else is wanted of it now");
	is_stale(f, &s, FAKE("") "  b: {image: \"${image.a}\"}\n",
	         "instance.c: is not wanted any more");
	is_stale(f, &s, FAKE("") TWO "  d: {image: \"${image.a}\"}\n",
	         "instance.d: is wanted now");
	is_stale(f, &s,
	         FAKE("") "  b: {image: \"${image.a}\", protect: true}\n"
	                  "  c: {image: \"${image.a}\", env: {M: "
	                  "\"${instance.b.ip}\"}}\n",
	         "instance.b: something else");
	is_stale(f, &s, FAKE(", lag: 1") TWO, "providers have other settings");
}

static void a_change_of_the_world_makes_it_stale(void **state)
{
	struct fixture *f = *state;
	size_t len;
	const char *text;
	struct saved s;
	struct err *e;

	text = save(f, FAKE("") TWO, &len);
	s = read_back(f, text, len);
	apply_text(f, FAKE("") "  b: {image: \"${image.a}\"}\n");
	is_stale(f, &s, FAKE("") TWO, "instance.b: exists now");
	text = save(f, FAKE("") TWO, &len);
	s = read_back(f, text, len);
	f->s.places[0].objects.n = 0; /* everything is gone */
	assert_true(plan_make(&f->mem, &f->c, &f->s, &f->how, &f->d, &f->p));
	e = saved_compare(&s, &f->p);
	assert_non_null(e);
	err_free(e);
}

static void what_was_applied_is_not_applied_twice(void **state)
{
	struct fixture *f = *state;
	size_t len;
	const char *text = save(f, FAKE("") TWO, &len);
	struct saved s = read_back(f, text, len);

	apply_plan(f);
	is_stale(f, &s, FAKE("") TWO, "applied already");
}

static void a_fault_that_came_later_counts(void **state)
{
	struct fixture *f = *state;
	struct saved s;
	const char *text;
	struct err *e;
	size_t len;

	apply_text(f, FAKE("") TWO);
	text = save(f, FAKE("") TWO, &len);
	s = read_back(f, text, len);
	f->s.places[0].objects.v[1].fault = "its process is gone";
	assert_true(plan_make(&f->mem, &f->c, &f->s, &f->how, &f->d, &f->p));
	e = saved_compare(&s, &f->p);
	assert_non_null(strstr(err_text(e), "is not as it was"));
	err_free(e);
}

static void is_refused(struct fixture *f, const char *text, size_t len)
{
	struct saved s;
	struct err *e = saved_parse(&f->mem, "p", text, len, &s);

	assert_non_null(e);
	assert_int_equal(err_code(e), ERR_SYNTAX);
	err_free(e);
}

static void a_damaged_or_foreign_file_is_refused(void **state)
{
	struct fixture *f = *state;
	size_t len;
	const char *text = save(f, FAKE("") TWO, &len);
	char *copy = arena_strndup(&f->mem, text, len);

	for (size_t cut = 0; cut < len; cut += 7)
		is_refused(f, text, cut);
	/* One letter of an address. */
	*strstr(copy, "instance.b") = 'I';
	is_refused(f, copy, len);
	is_refused(f, "[]", 2);
	is_refused(f, "{\"format_version\":\"1.2\"}", 24);
}

static void another_version_is_told(void **state)
{
	struct fixture *f = *state;
	static const char text[] =
		"{\"miso_plan\":1,\"miso_version\":\"0.0.1\"}";
	struct saved s;
	struct err *e = saved_parse(&f->mem, "p", text, strlen(text), &s);

	assert_int_equal(err_code(e), ERR_CONFLICT);
	assert_non_null(strstr(err_text(e), "0.0.1"));
	err_free(e);
}

static void variables_of_the_environment_are_kept(void **state)
{
	struct fixture *f = *state;
	static const char *const given[] = {"x=2"};
	struct saved_request r = {.vars = {given, 1}};

	setenv("MISO_VAR_y", "3", 1);
	setenv("MISO_VAR_other", "4", 1);
	assert_true(plan_text(
		f,
		"vars: {x: {default: '1'}, y: {default: '1'}}\n" FAKE("") TWO,
		false));
	saved_collect_vars(&f->mem, &f->p, &r);
	unsetenv("MISO_VAR_y");
	unsetenv("MISO_VAR_other");
	assert_int_equal(r.vars.n, 2);
	assert_string_equal(r.vars.v[0], "y=3");
	assert_string_equal(r.vars.v[1], "x=2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_plan_is_the_same_when_nothing_changed),
		TEST(a_change_of_the_stack_makes_it_stale),
		TEST(a_change_of_the_world_makes_it_stale),
		TEST(what_was_applied_is_not_applied_twice),
		TEST(a_fault_that_came_later_counts),
		TEST(a_damaged_or_foreign_file_is_refused),
		TEST(another_version_is_told),
		TEST(variables_of_the_environment_are_kept),
	};

	return cmocka_run_group_tests_name("saved", tests, NULL, NULL);
}
