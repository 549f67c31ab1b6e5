#include "parser/base/err.h"

#include "tests/lib/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static char *printed(const struct err *e)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	err_print(f, e);
	fclose(f);
	return text;
}

static void wrapping_keeps_the_code_and_prints_outermost_first(void **state)
{
	struct src_pos at = {"site.yaml", 40, 3};
	struct err *e = err_new(ERR_REF, at, "image \"%s\" is missing", "a");
	char *text;

	(void)state;
	e = err_wrap(e, NO_POS, "instance \"b\"");
	text = printed(e);
	assert_int_equal(err_code(e), ERR_REF);
	assert_string_equal(
		text,
		"instance \"b\"\nsite.yaml:40:3: image \"a\" is missing\n");
	free(text);
	err_free(e);
}

static void a_hint_is_printed_below_its_message(void **state)
{
	struct err *e = err_sys(ENOENT, "open \"%s\"", "x");
	char *text;

	(void)state;
	e = err_hint(e, "make it");
	text = printed(e);
	assert_string_equal(text, "open \"x\": No such file or directory\n"
	                          "  hint: make it\n");
	free(text);
	err_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			wrapping_keeps_the_code_and_prints_outermost_first),
		cmocka_unit_test(a_hint_is_printed_below_its_message),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
