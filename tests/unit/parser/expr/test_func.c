#include "parser/expr/func.h"

#include "tests/lib/test.h"

#include <string.h>

static void the_table_is_sorted_and_every_row_is_found(void **state)
{
	(void)state;
	for (const struct func *f = func_all(); f->name; f++) {
		if (f[1].name)
			assert_true(strcmp(f->name, f[1].name) < 0);
		assert_ptr_equal(func_find(f->name), f);
	}
	assert_null(func_find("nope"));
}

static void every_row_has_help(void **state)
{
	(void)state;
	for (const struct func *f = func_all(); f->name; f++) {
		assert_true(!strncmp(f->usage, f->name, strlen(f->name)));
		assert_non_null(f->help);
		assert_true(f->min <= f->max && strlen(f->takes) >= 1);
		assert_true(f->run || f->how >= FUNC_IF);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_sorted_and_every_row_is_found),
		cmocka_unit_test(every_row_has_help),
	};

	return cmocka_run_group_tests_name("func", tests, NULL, NULL);
}
