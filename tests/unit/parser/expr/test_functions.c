/* What each function comes to: text in, JSON or the mistake out. */
#include "parser/expr/expr.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parser/base/fs.h"

struct fixture {
	struct arena mem;
	char dir[64];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char *base = getenv("TMPDIR");

	snprintf(f->dir, sizeof(f->dir), "%s/miso-functions-%d",
	         base ? base : "/tmp", (int)getpid());
	err_free(fs_make_dirs(arena_printf(&f->mem, "%s/sub/deep", f->dir),
	                      0755));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	err_free(fs_remove_tree(f->dir));
	arena_free(&f->mem);
	free(f);
	return 0;
}

static void write_file(struct fixture *f, const char *name, const char *text)
{
	assert_null(fs_write(fs_join(&f->mem, f->dir, name), text, strlen(text),
	                     0600));
}

static const struct value *find(const void *ctx, const char *root,
                                const char *name)
{
	return strcmp(root, "var") || !name ? NULL : value_get(ctx, name);
}

static struct src_pos locate(const void *origin, size_t offset)
{
	return src_locate(origin, offset);
}

/* ${text} as JSON, or "!" and what is wrong. */
static const char *result(struct fixture *f, const char *text)
{
	static const char world[] = "{\"v\":{\"name\":\"x\",\"n\":[1,2]}}";
	struct expr_text *t = ARENA_NEW(&f->mem, struct expr_text);
	struct expr_scope scope = {.find = find, .dir = f->dir};
	const struct value *v = NULL, *ctx;
	const struct expr *e;
	const char *out;
	struct diags d;

	assert_null(value_from_json(&f->mem, world, strlen(world), &ctx));
	scope.ctx = ctx;
	diags_init(&d);
	text = arena_printf(&f->mem, "${%s}", text);
	*t = (struct expr_text){text, strlen(text),
	                        src_new(&f->mem, "f", text, strlen(text)),
	                        locate};
	if (expr_parse(&f->mem, t, &d, &e))
		v = expr_eval(&f->mem, e, &scope, &d);
	out = v ? value_to_json(&f->mem, v)
	        : arena_printf(&f->mem, "!%s", d.v[0].message);
	diags_fini(&d);
	return out;
}

/* Rows of an expression and its JSON; after "!" a part of the mistake. */
static void check(struct fixture *f, const char *const rows[][2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *got = result(f, rows[i][0]), *want = rows[i][1];
		bool good = want[0] == '!'
		                    ? got[0] == '!' && strstr(got, want + 1)
		                    : !strcmp(got, want);

		if (!good)
			fail_msg("%s: %s, not %s", rows[i][0], got, want);
	}
}

#define CHECK(f, rows) check(f, rows, ARRAY_LEN(rows))

static void lists_are_cut_and_paired(void **state)
{
	static const char *const rows[][2] = {
		{"slice([1, 2, 3, 4], 1)", "[2,3,4]"},
		{"slice([1, 2, 3, 4], 1, 3)", "[2,3]"},
		{"slice([1, 2, 3, 4], -2)", "[3,4]"},
		{"slice([1, 2, 3, 4], 0, -1)", "[1,2,3]"},
		{"slice([1], 5, 9)", "[]"},
		{"slice([1, 2], 1, 0)", "[]"},
		{"zip([1, 2], ['a', 'b'])", "[[1,\"a\"],[2,\"b\"]]"},
		{"zip([])", "[]"},
		{"zip([1], [])", "!different lengths"},
		{"element(['a', 'b', 'c'], 4)", "\"b\""},
		{"element(['a', 'b', 'c'], -1)", "\"c\""},
		{"element([], 0)", "!is empty"},
		{"index(['a', 'b'], 'b')", "1"},
		{"index(['a', 'b'], 'c')", "null"},
		{"index([], 1) ?? 7", "7"},
		{"sort(['b', 'a'])", "[\"a\",\"b\"]"},
		{"sort([10, 9, 1.5])", "[1.5,9,10]"},
		{"sort([1, 'a'])", "!strings, or of numbers"},
	};

	CHECK(*state, rows);
}

static void text_is_cut_and_shaped(void **state)
{
	static const char *const rows[][2] = {
		{"substr('héllo', 1, 3)", "\"éll\""},
		{"substr('héllo', -2)", "\"lo\""},
		{"substr('abc', 9)", "\"\""},
		{"substr('abc', -9, 1)", "\"a\""},
		{"substr('abc', 0, -1)", "!negative"},
		{"title('two words, 3rd')", "\"Two Words, 3rd\""},
		{"indent(2, \"a\\nb\\n\\nc\\n\")", "\"a\\n  b\\n\\n  c\\n\""},
		{"indent(-1, 'a')", "!0 to 1000"},
	};

	CHECK(*state, rows);
}

static void patterns_find_text_groups_and_names(void **state)
{
	static const char *const rows[][2] = {
		{"regex('[0-9]+', 'a12b3')", "\"12\""},
		{"regex('(.)=(.)', 'k=v')", "[\"k\",\"v\"]"},
		{"regex('(?<key>.)=(?<value>x)?', 'k=v')",
	         "{\"key\":\"k\",\"value\":null}"},
		{"regex('x', 'abc')", "null"},
		{"regex('x', 'abc') ?? 'none'", "\"none\""},
		{"regex_all('[0-9]', 'a1b2')", "[\"1\",\"2\"]"},
		{"regex_all('', 'é')", "[\"\",\"\"]"},
		{"regex_all('(a)|(b)', 'ab')", "[[\"a\",null],[null,\"b\"]]"},
		{"regex('(', 'x')", "!at byte 2 of the pattern"},
		{"regex('(a|aa)+$', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	         "aaaaaaaaaaaaaaaaaaaaaaaaab')",
	         "!too much work"},
		{"regex('\\C', 'x')", "!byte"},
	};

	CHECK(*state, rows);
}

static void values_become_others(void **state)
{
	static const char *const rows[][2] = {
		{"float('1.5')", "1.5"},
		{"float(2)", "2"},
		{"float('x')", "!no number"},
		{"float('0x10')", "!no number"},
		{"ceil(1.2)", "2"},
		{"floor(-1.2)", "-2"},
		{"ceil(3)", "3"},
		{"floor(1e300)", "!too large"},
		{"json_decode('{\"a\": [1, null]}').a", "[1,null]"},
		{"json_decode('{')", "!not JSON"},
		{"base64_decode('aMOpbGxv')", "\"héllo\""},
		{"base64_decode('YQ==')", "\"a\""},
		{"base64_decode('')", "\"\""},
		{"base64_decode('YQ=')", "!not base64"},
		{"base64_decode('====')", "!not base64"},
		{"base64_decode('/w==')", "!no UTF-8"},
		{"base64_decode(base64('abc'))", "\"abc\""},
		/* RFC 9562, appendix A.4 */
		{"uuid5('dns', 'www.example.com')",
	         "\"2ed6657d-e927-568b-95e1-2665a8aea6a2\""},
		{"uuid5('6ba7b810-9dad-11d1-80b4-00C04FD430C8', 'www.example."
	         "com')",
	         "\"2ed6657d-e927-568b-95e1-2665a8aea6a2\""},
		{"uuid5('nope', 'x')", "!name space"},
	};

	CHECK(*state, rows);
}

static void networks_are_counted_out(void **state)
{
	static const char *const rows[][2] = {
		{"cidr_host('10.1.2.0/24', 7)", "\"10.1.2.7\""},
		{"cidr_host('10.1.2.9/24', -1)", "\"10.1.2.255\""},
		{"cidr_host('10.1.2.0/24', 256)", "!no such host"},
		{"cidr_host('10.1.2.0/24', -257)", "!no such host"},
		{"cidr_host('fd00::/64', 258)", "\"fd00::102\""},
		{"cidr_host('fd00::/64', -1)", "!too large"},
		{"cidr_host('10.0.0.0', 1)", "!needs a network"},
		{"cidr_host('10.0.0.0/33', 1)", "!needs a network"},
		{"cidr_host('10.0.0.0/ 8', 1)", "!needs a network"},
		{"cidr_subnet('10.0.0.0/8', 8, 5)", "\"10.5.0.0/16\""},
		{"cidr_subnet('fd00::/48', 16, 10)", "\"fd00:0:0:a::/64\""},
		{"cidr_subnet('10.0.0.0/8', 8, 256)", "!not so many"},
		{"cidr_subnet('10.0.0.0/8', 25, 0)", "!no room"},
		{"cidr_contains('10.0.0.0/8', '10.9.9.9')", "true"},
		{"cidr_contains('10.0.0.0/8', '11.0.0.0/8')", "false"},
		{"cidr_contains('10.0.0.0/8', '10.0.0.0/4')", "false"},
		{"cidr_contains('::/0', '10.0.0.1')", "false"},
		{"cidr_contains('0.0.0.0/0', '1.2.3.4')", "true"},
		{"cidr_contains('10.0.0.0/8', 'x')", "!an address"},
	};

	CHECK(*state, rows);
}

static void files_are_seen_from_the_stacks_folder(void **state)
{
	static const char *const rows[][2] = {
		{"file('a.txt')", "\"text\\n\""},
		{"file('sub/b.txt')", "\"b\""},
		{"file('none')", "!none: No such file"},
		{"file('sub')", "!is no file"},
		{"file('/dev/zero')", "!is no file"},
		{"file('raw')", "!no UTF-8"},
		{"fileset('.', '*.txt')", "[\"a.txt\"]"},
		{"fileset('.', '**/*.txt')",
	         "[\"a.txt\",\"sub/b.txt\",\"sub/deep/c.txt\"]"},
		{"fileset('.', 'sub/**')",
	         "[\"sub/b.txt\",\"sub/deep/c.txt\"]"},
		{"fileset('sub', '*/c.*')", "[\"deep/c.txt\"]"},
		{"fileset('none', '*')", "!No such file"},
		{"fileset('.', '**/**/**/**')", "!three times"},
	};
	struct fixture *f = *state;

	write_file(f, "a.txt", "text\n");
	write_file(f, "raw", "\xff\xfe");
	write_file(f, "sub/b.txt", "b");
	write_file(f, "sub/deep/c.txt", "c");
	CHECK(f, rows);
}

static void a_template_knows_the_names_of_its_map(void **state)
{
	static const char *const rows[][2] = {
		{"template('t', var.v)", "\"x: 1,2 $${\\n\""},
		{"template('bad', var.v)", "!bad:2:3: there is no nme"},
		{"template('wrong', var.v)", "!wrong:1:"},
		{"template('outer', var.v)", "\"<x: 1,2 $${\\n>\""},
		{"template('round', var.v)", "!too deeply"},
		{"template('var', var.v)", "!there is no var"},
	};
	struct fixture *f = *state;

	write_file(f, "t", "${name}: ${join(',', n)} $$${\n");
	write_file(f, "bad", "\n${nme}\n");
	write_file(f, "wrong", "${1 + }\n");
	write_file(f, "outer",
	           "<${template('t', json_decode('{\"name\":\"x\","
	           "\"n\":[1,2]}'))}>");
	write_file(f, "round", "${template('round', json_decode('{}'))}");
	write_file(f, "var", "${var.v}");
	CHECK(f, rows);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_are_cut_and_paired),
		TEST(text_is_cut_and_shaped),
		TEST(patterns_find_text_groups_and_names),
		TEST(values_become_others),
		TEST(networks_are_counted_out),
		TEST(files_are_seen_from_the_stacks_folder),
		TEST(a_template_knows_the_names_of_its_map),
	};

	return cmocka_run_group_tests_name("functions", tests, NULL, NULL);
}
