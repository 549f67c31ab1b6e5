#include "parser/base/arena.h"

#include "tests/lib/test.h"

#include <string.h>

static int setup(void **state)
{
	static struct arena a;

	*state = &a;
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void memory_is_zeroed_and_aligned(void **state)
{
	struct arena *a = *state;

	(void)ARENA_NEW(a, char); /* leave the next object misaligned */
	uint64_t *n = ARENA_NEW(a, uint64_t);

	assert_int_equal((uintptr_t)n % alignof(uint64_t), 0);
	assert_int_equal(*n, 0);
}

static void printf_makes_a_string_of_the_right_length(void **state)
{
	assert_string_equal(arena_printf(*state, "%s-%04d", "disk", 7),
	                    "disk-0007");
}

static void strings_are_put_together(void **state)
{
	assert_string_equal(arena_concat(*state, "a", "", "bc", "d", NULL),
	                    "abcd");
	assert_string_equal(arena_concat(*state, "", NULL), "");
}

static void an_object_may_be_larger_than_a_block(void **state)
{
	enum { MILLION = 1000 * 1000 };
	char *big = ARENA_ARRAY(*state, char, MILLION);

	big[0] = big[MILLION - 1] = 'x'; /* ASan objects if this is too far */
}

static void a_grown_array_keeps_its_elements(void **state)
{
	size_t n = 0, cap = 0;
	int *v = NULL;

	for (; n < 1000; n++) {
		ARENA_RESERVE(*state, int, v, n, cap);
		v[n] = (int)n;
	}
	assert_int_equal(v[0], 0);
	assert_int_equal(v[999], 999);
	assert_true(cap >= 1000);
}

static void a_copied_string_ends_where_asked(void **state)
{
	assert_string_equal(arena_strndup(*state, "broker", 3), "bro");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_is_zeroed_and_aligned),
		TEST(printf_makes_a_string_of_the_right_length),
		TEST(strings_are_put_together),
		TEST(an_object_may_be_larger_than_a_block),
		TEST(a_grown_array_keeps_its_elements),
		TEST(a_copied_string_ends_where_asked),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
