#include "parser/base/map.h"

#include "tests/lib/test.h"

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

static void a_key_leads_to_its_value(void **state)
{
	struct map m;
	int one = 1, two = 2;

	map_init(&m, *state);
	assert_null(map_get(&m, "a"));
	assert_true(map_add(&m, "a", &one));
	assert_true(map_add(&m, "b", &two));
	assert_ptr_equal(map_get(&m, "a"), &one);
	assert_ptr_equal(map_get(&m, "b"), &two);
	assert_null(map_get(&m, "c"));
}

static void the_first_of_two_equal_keys_stays(void **state)
{
	struct map m;
	int one = 1, two = 2;

	map_init(&m, *state);
	assert_true(map_add(&m, "a", &one));
	assert_false(map_add(&m, "a", &two));
	assert_ptr_equal(map_get(&m, "a"), &one);
}

static void a_table_of_the_right_size_stays_where_it_is(void **state)
{
	enum { MANY = 5000 };
	const struct map_slot *slots;
	struct map m;
	int one = 1;

	map_init(&m, *state);
	assert_true(map_add(&m, "a", &one));
	map_reserve(&m, MANY);
	slots = m.slots;
	assert_ptr_equal(map_get(&m, "a"), &one);
	while (m.n < MANY)
		(void)map_add(&m, arena_printf(*state, "%zu", m.n), &one);
	map_reserve(&m, 1);
	assert_ptr_equal(m.slots, slots);
	assert_ptr_equal(map_get(&m, "4999"), &one);
}

static void many_keys_are_all_found_and_walked(void **state)
{
	enum { MANY = 5000 };
	struct map m;
	const char *key;
	size_t n = 0;

	map_init(&m, *state);
	for (int i = 0; i < MANY; i++) {
		char *k = arena_printf(*state, "key-%d", i);

		assert_true(map_add(&m, k, k));
	}
	assert_string_equal(map_get(&m, "key-4999"), "key-4999");
	for (size_t at = 0; map_next(&m, &at, &key);)
		n++;
	assert_int_equal(n, MANY);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_leads_to_its_value),
		TEST(the_first_of_two_equal_keys_stays),
		TEST(a_table_of_the_right_size_stays_where_it_is),
		TEST(many_keys_are_all_found_and_walked),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
