#include "parser/base/diag.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "parser/base/fs.h"
#include "parser/value/value.h"

struct fixture {
	struct arena mem;
	struct diags d;
};

static const char file_text[] = "a: 1\n\tb: [naïve, x]\nc: 3\n";

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	diags_init(&f->d);
	diags_add_source(&f->d, src_new(&f->mem, "m.yaml", file_text,
	                                strlen(file_text)));
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

static struct src_span at(uint32_t line, uint32_t col, uint32_t len)
{
	return (struct src_span){{"m.yaml", line, col}, len};
}

/* What `print` writes; freed by the caller. */
static char *printed(void (*print)(FILE *, const struct diags *),
                     const struct diags *d)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	print(out, d);
	fclose(out);
	return text;
}

static void a_mistake_is_shown_with_its_line_and_a_caret(void **state)
{
	struct fixture *f = *state;
	struct diag *m = diags_error(&f->d, DIAG_UNKNOWN_KEY, at(2, 6, 5),
	                             "unknown word \"%s\"", "naïve");
	char *text;

	diag_label(&f->d, m, "did you mean \"native\"?");
	diag_note(&f->d, m, "there are others");
	text = printed(diags_print, &f->d);
	assert_string_equal(text, "error[E0203]: unknown word \"naïve\"\n"
	                          " --> m.yaml:2:6\n"
	                          "  |\n"
	                          "2 |  b: [naïve, x]\n"
	                          "  |      ^^^^^ did you mean \"native\"?\n"
	                          "  = there are others\n"
	                          "\n"
	                          "1 error\n");
	free(text);
}

static void a_second_place_has_its_own_snippet(void **state)
{
	struct fixture *f = *state;
	struct diag *m = diags_warn(&f->d, DIAG_EMPTY_PARENT, at(3, 1, 1), "w");
	char *text;

	diag_also(&f->d, m, at(1, 1, 1), "first here");
	text = printed(diags_print, &f->d);
	assert_non_null(strstr(text, "warning[W0902]: w\n"));
	assert_non_null(strstr(text, " ::: m.yaml:1:1\n"
	                             "1 | a: 1\n"
	                             "  | - first here\n"));
	free(text);
}

static void mistakes_are_shown_from_top_to_bottom(void **state)
{
	struct fixture *f = *state;
	char *text;

	diags_error(&f->d, DIAG_TYPE, at(3, 1, 1), "third");
	diags_error(&f->d, DIAG_TYPE, at(1, 4, 1), "second");
	diags_error(&f->d, DIAG_TYPE, at(1, 1, 1), "first");
	text = printed(diags_print, &f->d);
	assert_true(strstr(text, "first") < strstr(text, "second"));
	assert_true(strstr(text, "second") < strstr(text, "third"));
	free(text);
}

static void files_are_shown_in_the_order_they_were_read(void **state)
{
	struct fixture *f = *state;
	struct src_span other = {{"site.yaml", 1, 1}, 1};
	char *text;

	diags_add_source(&f->d, src_new(&f->mem, "site.yaml", "a: 1\n", 5));
	diags_error(&f->d, DIAG_TYPE, other, "of the site");
	diags_error(&f->d, DIAG_TYPE, at(3, 1, 1), "of the stack");
	text = printed(diags_print, &f->d);
	assert_true(strstr(text, "of the stack") < strstr(text, "of the site"));
	free(text);
}

static void fifty_are_shown_and_all_are_counted(void **state)
{
	struct fixture *f = *state;
	char *text;

	for (int i = 0; i < 60; i++) {
		struct diag *m = diags_error(&f->d, DIAG_TYPE, at(1, 1, 1),
		                             "mistake %d", i);

		diag_label(&f->d, m, "label");
		diag_note(&f->d, m, "note");
	}
	text = printed(diags_print, &f->d);
	assert_non_null(strstr(text, "mistake 49"));
	assert_null(strstr(text, "mistake 50"));
	assert_non_null(strstr(text, "60 errors; the first 50 are shown"));
	free(text);
}

static void json_tells_the_byte_offset(void **state)
{
	struct fixture *f = *state;
	char *text;

	diags_error(&f->d, DIAG_TYPE, at(2, 13, 1), "x");
	text = printed(diags_print_json, &f->d);
	assert_string_equal(text,
	                    "[{\"severity\":\"error\",\"code\":\"E0201\","
	                    "\"message\":\"x\",\"file\":\"m.yaml\",\"line\":2,"
	                    "\"col\":13,\"length\":1,\"offset\":18,"
	                    "\"places\":[],\"notes\":[]}]\n");
	free(text);
}

static void a_long_line_is_cut_around_the_caret(void **state)
{
	struct fixture *f = *state;
	char *line = arena_alloc(&f->mem, 5001, 1), *text;
	struct src_span far = {{"long", 1, 4000}, 3};

	memset(line, 'x', 5000);
	diags_add_source(&f->d, src_new(&f->mem, "long", line, 5000));
	diags_error(&f->d, DIAG_TYPE, far, "m");
	text = printed(diags_print, &f->d);
	assert_true(strlen(text) < 400);
	assert_non_null(strstr(text, "^^^\n"));
	free(text);
}

static void an_error_of_the_machinery_keeps_its_hint_and_cause(void **state)
{
	struct fixture *f = *state;
	struct err *e = err_new(ERR_IO, NO_POS, "no such file");
	char *text;

	e = err_hint(e, "make one");
	e = err_wrap(e, NO_POS, "image \"a\"");
	diags_take(&f->d, DIAG_PROVIDER, at(1, 1, 1), e);
	text = printed(diags_print, &f->d);
	assert_non_null(strstr(text, "error[E0501]: image \"a\"\n"
	                             " --> m.yaml:1:1\n"));
	assert_non_null(strstr(text, "  = no such file\n  = make one\n"));
	free(text);
}

/* A diag with everything in it. */
static void add_all(struct fixture *f)
{
	struct diag *m = diags_error(&f->d, DIAG_DUPLICATE, at(2, 6, 5),
	                             "100%% \"twice\", really");

	diag_label(&f->d, m, "again");
	diag_note(&f->d, m, "a note");
	diag_also(&f->d, m, at(1, 1, 1), "first");
	diags_warn(&f->d, DIAG_UNUSED, (struct src_span){0}, "nowhere");
}

static const struct value *path(const struct value *v, const char *keys)
{
	char key[32];

	while (v && *keys) {
		size_t n = strcspn(keys, "/");

		snprintf(key, sizeof(key), "%.*s", (int)n, keys);
		v = v->type == VALUE_LIST ? v->list.v[atoi(key)]
		                          : value_get(v, key);
		keys += n + (keys[n] == '/');
	}
	assert_non_null(v);
	return v;
}

/* What section 3 of SARIF 2.1.0 requires, and what GitHub reads of it. */
static void sarif_has_what_its_schema_requires(void **state)
{
	struct fixture *f = *state;
	const struct value *v, *result, *rule;
	char *text;

	add_all(f);
	text = printed(diags_print_sarif, &f->d);
	assert_null(value_from_json(&f->mem, text, strlen(text), &v));
	free(text);
	assert_string_equal(path(v, "version")->string.s, "2.1.0");
	assert_string_equal(path(v, "runs/0/tool/driver/name")->string.s,
	                    "miso");
	assert_int_equal(path(v, "runs/0/results")->list.n, 2);
	result = path(v, "runs/0/results/1");
	assert_string_equal(path(result, "ruleId")->string.s, "E0103");
	assert_string_equal(path(result, "level")->string.s, "error");
	assert_string_equal(path(result, "message/text")->string.s,
	                    "100% \"twice\", really; again\na note");
	assert_string_equal(
		path(result,
	             "locations/0/physicalLocation/artifactLocation/uri")
			->string.s,
		"m.yaml");
	assert_int_equal(
		path(result, "locations/0/physicalLocation/region/endColumn")
			->integer,
		11);
	assert_string_equal(
		path(result, "relatedLocations/0/message/text")->string.s,
		"first");
	rule = path(v, "runs/0/tool/driver/rules");
	rule = rule->list.v[path(result, "ruleIndex")->integer];
	assert_string_equal(path(rule, "id")->string.s, "E0103");
	assert_int_equal(path(v, "runs/0/results/0/locations")->list.n, 0);
}

static void githubs_annotations_are_escaped(void **state)
{
	struct fixture *f = *state;
	char *text;

	add_all(f);
	text = printed(diags_print_github, &f->d);
	assert_string_equal(
		text, "::warning title=W0903::nowhere\n"
		      "::error title=E0103,file=m.yaml,line=2,col=6,endColumn="
		      "10::100%25 \"twice\", really; again%0Aa note\n");
	free(text);
}

/* Every code of the header, read as text, can be explained. */
static void every_code_is_explained(void **state)
{
	struct fixture *f = *state;
	size_t len, n = 0;
	char *text;

	assert_null(
		fs_read(&f->mem, "parser/base/diag.h", 1 << 20, &text, &len));
	for (char *s = text; (s = strstr(s, "\tDIAG_")); s++) {
		const char *eq = strstr(s, " = ");
		const struct diag_info *i;
		int code = eq && eq < strchr(s, '\n') ? atoi(eq + 3) : 0;

		if (!code)
			continue;
		n++;
		i = diag_find_info((enum diag_code)code);
		if (!i)
			fail_msg("%d has no text", code);
		assert_true(strlen(i->text) > 40);
	}
	assert_true(n > 30);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_mistake_is_shown_with_its_line_and_a_caret),
		TEST(a_second_place_has_its_own_snippet),
		TEST(mistakes_are_shown_from_top_to_bottom),
		TEST(files_are_shown_in_the_order_they_were_read),
		TEST(fifty_are_shown_and_all_are_counted),
		TEST(json_tells_the_byte_offset),
		TEST(a_long_line_is_cut_around_the_caret),
		TEST(sarif_has_what_its_schema_requires),
		TEST(githubs_annotations_are_escaped),
		TEST(every_code_is_explained),
		TEST(an_error_of_the_machinery_keeps_its_hint_and_cause),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
