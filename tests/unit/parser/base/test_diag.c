#include "parser/base/diag.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

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
		TEST(an_error_of_the_machinery_keeps_its_hint_and_cause),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
