/* Parsing and evaluating are tested together: text in, JSON or mistake out. */
#include "parser/expr/expr.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
	struct arena mem;
	struct diags d;
	const struct value *world;
};

static int setup(void **state)
{
	static const char world[] =
		"{\"zone\":\"oslo-1\",\"n\":3,\"l\":[1,2,3],\"none\":null,"
		"\"m\":{\"a\":{\"ip\":\"10.0.0.1\"},\"b\":{\"ip\":\"10.0.0.2\"}"
		"}}";
	struct fixture *f = calloc(1, sizeof(*f));

	diags_init(&f->d);
	assert_null(value_from_json(&f->mem, world, strlen(world), &f->world));
	f->world = value_with(&f->mem, f->world, "later", value_unknown());
	f->world =
		value_with(&f->mem, f->world, "secret",
	                   value_tainted(&f->mem, value_string(&f->mem, "pw")));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	diags_fini(&f->d);
	arena_free(&f->mem);
	free(f);
	return 0;
}

static const struct value *find(const void *ctx, const char *root,
                                const char *name)
{
	if (strcmp(root, "var") || !name)
		return NULL;
	return value_get(ctx, name);
}

static void guess(const void *ctx, const char *root, struct str_guess *g)
{
	const struct value *world = ctx;

	for (size_t i = 0; root && i < world->map.n; i++)
		str_guess_try(g, world->map.v[i].key);
}

static struct src_pos locate(const void *origin, size_t offset)
{
	return src_locate(origin, offset);
}

static const struct value *eval(struct fixture *f, const char *text)
{
	struct expr_text *t = ARENA_NEW(&f->mem, struct expr_text);
	struct expr_scope scope = {
		.ctx = f->world, .find = find, .guess = guess};
	const struct expr *e;

	*t = (struct expr_text){text, strlen(text),
	                        src_new(&f->mem, "f", text, strlen(text)),
	                        locate};
	if (!expr_parse(&f->mem, t, &f->d, &e))
		return NULL;
	return expr_eval(&f->mem, e, &scope, &f->d);
}

/* Rows of template and its value as JSON. */
static void check(struct fixture *f, const char *const rows[][2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct value *v = eval(f, rows[i][0]);

		if (!v)
			print_message("%s: %s\n", rows[i][0],
			              f->d.v[f->d.n - 1].message);
		assert_non_null(v);
		assert_string_equal(value_to_json(&f->mem, v), rows[i][1]);
	}
}

#define CHECK(f, rows) check(f, rows, ARRAY_LEN(rows))

static void templates_are_text_with_holes(void **state)
{
	static const char *const rows[][2] = {
		{"plain", "\"plain\""},
		{"a ${var.n} b ${var.zone}", "\"a 3 b oslo-1\""},
		{"$${var.n} $x $$", "\"${var.n} $x $$\""},
		{"${var.n}", "3"},
		{"${ var.n } ", "\"3 \""},
		{"${var.n}${true}", "\"3true\""},
	};

	CHECK(*state, rows);
}

static void operators_bind_as_documented(void **state)
{
	static const char *const rows[][2] = {
		{"${1 + 2 * 3}", "7"},
		{"${(1 + 2) * 3}", "9"},
		{"${10 - 2 - 3}", "5"},
		{"${-2 * 3}", "-6"},
		{"${7 / 2}", "3.5"},
		{"${6 / 2}", "3"},
		{"${7 % 4}", "3"},
		{"${not true or true}", "true"},
		{"${not (true or true)}", "false"},
		{"${1 < 2 and 2 <= 2}", "true"},
		{"${1 == 1.0}", "true"},
		{"${\"a\" < 'b'}", "true"},
		{"${2 in var.l}", "true"},
		{"${\"c\" in var.m}", "false"},
		{"${var.zone =~ \"^oslo\"}", "true"},
		{"${not 1 == 2}", "true"},
	};

	CHECK(*state, rows);
}

static void members_and_splats_walk_into_values(void **state)
{
	static const char *const rows[][2] = {
		{"${var.m.a.ip}", "\"10.0.0.1\""},
		{"${var.m[\"b\"].ip}", "\"10.0.0.2\""},
		{"${var.l[0] + var.l[-1]}", "4"},
		{"${var.m[*].ip}", "[\"10.0.0.1\",\"10.0.0.2\"]"},
		{"${var[\"zone\"]}", "\"oslo-1\""},
		{"${[[1, 2], [3]][*][0]}", "[1,3]"},
	};

	CHECK(*state, rows);
}

static void null_and_what_is_missing_can_be_replaced(void **state)
{
	static const char *const rows[][2] = {
		{"${var.none ?? 5}", "5"},
		{"${var.m.c.ip ?? \"-\"}", "\"-\""},
		{"${var.l[9] ?? 0}", "0"},
		{"${coalesce(var.none, null, 7)}", "7"},
		{"${try(var.m.c.ip, \"x\")}", "\"x\""},
		{"${try(1 / 0, var.n)}", "3"},
		{"${var.n ?? 5}", "3"},
	};

	CHECK(*state, rows);
}

static void if_looks_only_at_the_branch_taken(void **state)
{
	static const char *const rows[][2] = {
		{"${if(var.n > 2, \"many\", 1 / 0)}", "\"many\""},
		{"${if(false, 1 / 0, 2)}", "2"},
		{"${true or 1 / 0 == 1}", "true"},
		{"${false and 1 / 0 == 1}", "false"},
	};

	CHECK(*state, rows);
}

static void what_is_unknown_spreads(void **state)
{
	static const char *const rows[][2] = {
		{"${var.later}", "\"(known after apply)\""},
		{"x${var.later}", "\"(known after apply)\""},
		{"${var.later + 1}", "\"(known after apply)\""},
		{"${var.later.ip[0]}", "\"(known after apply)\""},
		{"${upper(var.later)}", "\"(known after apply)\""},
		{"${length([var.later, 1])}", "2"},
		{"${false and var.later}", "false"},
		{"${true or var.later}", "true"},
		{"${if(var.later, 1, 2)}", "\"(known after apply)\""},
	};

	CHECK(*state, rows);
}

static void a_secret_stays_one(void **state)
{
	static const char *const rows[][2] = {
		{"${var.secret}", "\"(sensitive)\""},
		{"x${var.secret}", "\"(sensitive)\""},
		{"${upper(var.secret)}", "\"(sensitive)\""},
		{"${[var.secret]}", "[\"(sensitive)\"]"},
		{"${join(\",\", [var.secret])}", "\"(sensitive)\""},
		{"${var.secret == \"pw\"}", "\"(sensitive)\""},
		{"${json_encode([var.secret])}", "\"(sensitive)\""},
	};

	CHECK(*state, rows);
}

static void functions_do_what_their_help_says(void **state)
{
	static const char *const rows[][2] = {
		{"${range(3)}", "[0,1,2]"},
		{"${range(2, 4)}", "[2,3]"},
		{"${join(\"-\", [1, \"a\", true])}", "\"1-a-true\""},
		{"${split(\",\", \"a,,b\")}", "[\"a\",\"\",\"b\"]"},
		{"${replace(\"aXbX\", \"X\", \"--\")}", "\"a--b--\""},
		{"${upper(\"aZ9\")}${lower(\"aZ9\")}", "\"AZ9az9\""},
		{"${trim(\"  a b \")}", "\"a b\""},
		{"${format(\"%s-%03d%%\", \"x\", 7)}", "\"x-007%\""},
		{"${length(\"naïve\")}", "5"},
		{"${keys(var.m)}", "[\"a\",\"b\"]"},
		{"${values(var.m)[1].ip}", "\"10.0.0.2\""},
		{"${keys(merge(var.m, var.m))}", "[\"a\",\"b\"]"},
		{"${concat([1], [2, 3])}", "[1,2,3]"},
		{"${contains([1, 2], 2)}", "true"},
		{"${contains(\"broker\", \"oke\")}", "true"},
		{"${lookup(var.m, \"z\", 1)}", "1"},
		{"${int(\"12\") + int(2.9)}", "14"},
		{"${string(1.5)}", "\"1.5\""},
		{"${bool(\"true\")}", "true"},
		{"${json_encode([1, \"x\"])}", "\"[1,\\\"x\\\"]\""},
		{"${base64(\"some pig\")}", "\"c29tZSBwaWc=\""},
		{"${min(3, 1, 2)}${max(1, 2.5)}", "\"12.5\""},
		{"${distinct([1, 1, \"a\", \"a\"])}", "[1,\"a\"]"},
		{"${sort([\"b\", \"a\"])}", "[\"a\",\"b\"]"},
		{"${reverse([1, 2])}", "[2,1]"},
		{"${flatten([[1], 2, [3]])}", "[1,2,3]"},
		{"${abs(-3)}", "3"},
		{"${startswith(\"abc\", \"ab\")}", "true"},
		{"${endswith(\"abc\", \"bc\")}", "true"},
		{"${length(sha256(\"\"))}", "64"},
	};

	CHECK(*state, rows);
}

struct mistake {
	const char *text;
	enum diag_code code;
	uint32_t col;
	const char *says;
};

static void every_mistake_has_its_place_and_its_words(void **state)
{
	static const struct mistake rows[] = {
		{"${1 + }", DIAG_EXPR, 7, "expected a value"},
		{"x ${1", DIAG_EXPR, 3, "has no }"},
		{"${1 2}", DIAG_EXPR, 5, "expected an operator"},
		{"${a ? 1 : 2}", DIAG_EXPR, 5, "if(condition, a, b)"},
		{"${\"abc}", DIAG_EXPR, 3, "has no end"},
		{"${\"\\q\"}", DIAG_EXPR, 4, "no such escape"},
		{"${012}", DIAG_EXPR, 3, "leading zero"},
		{"${99999999999999999999}", DIAG_EXPR, 3, "too large"},
		{"${1 < 2 < 3}", DIAG_EXPR, 9, "do not chain"},
		{"${(1}", DIAG_EXPR, 5, "expected \")\""},
		{"${[1 2]}", DIAG_EXPR, 6, "expected \",\" or \"]\""},
		{"${var.}", DIAG_EXPR, 7, "expected a name"},
		{"${uper(\"x\")}", DIAG_FUNCTION, 3, "no function uper()"},
		{"${upper()}", DIAG_ARGUMENTS, 3, "does not take 0"},
		{"${upper(1)}", DIAG_ARGUMENTS, 9, "a string here, not an int"},
		{"${var.zon}", DIAG_UNDEFINED, 3, "no var \"zon\""},
		{"${var.m.a.op}", DIAG_UNDEFINED, 3, "no \"op\""},
		{"${var.n.x}", DIAG_EVALUATION, 3, "an int has no \"x\""},
		{"${var.l[9]}", DIAG_EVALUATION, 3, "no element 9"},
		{"${1 / 0}", DIAG_EVALUATION, 3, "division by zero"},
		{"${9223372036854775807 + 1}", DIAG_EVALUATION, 3, "too large"},
		{"${\"a\" + \"b\"}", DIAG_EVALUATION, 3, "+ adds numbers"},
		{"${1 < \"a\"}", DIAG_EVALUATION, 3, "have no order"},
		{"a${var.l}", DIAG_EVALUATION, 4, "join() or json_encode()"},
		{"a${null}", DIAG_EVALUATION, 4, "null is no text"},
		{"${if(1, 2, 3)}", DIAG_EVALUATION, 6, "true or false"},
		{"${\"a\" =~ \"(\"}", DIAG_EVALUATION, 10, "pattern"},
		{"${range(99999999)}", DIAG_EVALUATION, 3, "too long"},
		{"${format(\"%s\")}", DIAG_EVALUATION, 3, "fewer values"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		diags_fini(&f->d);
		assert_null(eval(f, rows[i].text));
		if (!strstr(f->d.v[0].message, rows[i].says))
			print_message("%s: %s\n", rows[i].text,
			              f->d.v[0].message);
		assert_non_null(strstr(f->d.v[0].message, rows[i].says));
		assert_int_equal(f->d.v[0].code, rows[i].code);
		if (f->d.v[0].at.pos.col != rows[i].col)
			print_message("%s\n", rows[i].text);
		assert_int_equal(f->d.v[0].at.pos.col, rows[i].col);
	}
}

static void depth_is_bounded(void **state)
{
	enum { MANY = 3000 };
	struct fixture *f = *state;
	char *deep = arena_alloc(&f->mem, MANY + 8, 1);
	char *chain = arena_alloc(&f->mem, 2 * MANY + 8, 1);

	memcpy(deep, "${", 2);
	memset(deep + 2, '(', MANY);
	assert_null(eval(f, deep));
	assert_non_null(strstr(f->d.v[0].message, "nested too deeply"));
	diags_fini(&f->d);
	memcpy(chain, "${", 2);
	for (int i = 0; i < MANY; i++)
		memcpy(chain + 2 + 2 * i, "1+", 2);
	memcpy(chain + 2 + 2 * MANY, "1}", 2);
	assert_null(eval(f, chain));
	assert_non_null(strstr(f->d.v[0].message, "too long"));
}

struct seen {
	char text[256];
};

static void note(void *ctx, const struct expr_ref *ref)
{
	struct seen *s = ctx;
	size_t len = strlen(s->text);

	snprintf(s->text + len, sizeof(s->text) - len, "%s.%s[%s] ", ref->root,
	         ref->name ? ref->name : "-", ref->key ? ref->key : "-");
}

static int always_false(void *ctx, const struct expr *condition)
{
	(void)ctx;
	(void)condition;
	return 0;
}

static void references_are_found_with_their_keys(void **state)
{
	static const char text[] =
		"${instance.a.ip} ${instance.c[\"0\"].ip} ${x[var.y]} "
		"${if(true, image.no, image.yes)} ${instance.c[*].ip}";
	struct fixture *f = *state;
	struct expr_text t = {text, strlen(text),
	                      src_new(&f->mem, "f", text, strlen(text)),
	                      locate};
	struct seen seen = {""};
	struct expr_visitor v = {&seen, note, always_false};
	const struct expr *e;

	assert_true(expr_parse(&f->mem, &t, &f->d, &e));
	expr_refs(e, &v);
	assert_string_equal(seen.text, "instance.a[-] instance.c[0] x.-[-] "
	                               "var.y[-] image.yes[-] instance.c[-] ");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(templates_are_text_with_holes),
		TEST(operators_bind_as_documented),
		TEST(members_and_splats_walk_into_values),
		TEST(null_and_what_is_missing_can_be_replaced),
		TEST(if_looks_only_at_the_branch_taken),
		TEST(what_is_unknown_spreads),
		TEST(a_secret_stays_one),
		TEST(functions_do_what_their_help_says),
		TEST(every_mistake_has_its_place_and_its_words),
		TEST(depth_is_bounded),
		TEST(references_are_found_with_their_keys),
	};

	return cmocka_run_group_tests_name("expr", tests, NULL, NULL);
}
