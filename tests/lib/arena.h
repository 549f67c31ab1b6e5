/* arena.h - tests that want memory: *state is an arena, empty at the start. */
#ifndef TESTS_LIB_ARENA_H
#define TESTS_LIB_ARENA_H

#include "parser/base/arena.h"
#include "tests/lib/test.h"

static int arena_setup(void **state)
{
	static struct arena mem;

	*state = &mem;
	return 0;
}

static int arena_teardown(void **state)
{
	arena_free(*state);
	return 0;
}

#define ARENA_TEST(fn)                                                         \
	cmocka_unit_test_setup_teardown(fn, arena_setup, arena_teardown)

#endif
