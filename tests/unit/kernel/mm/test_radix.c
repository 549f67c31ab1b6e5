#include "kernel/mm/radix.h"

#include "tests/lib/test.h"

#include "tests/lib/khost/khost.h"

static int items[8];

static void an_empty_tree_has_nothing(void **state)
{
	struct radix r = {0};
	uint64_t key = 0;

	(void)state;
	assert_null(radix_get(&r, 0));
	assert_null(radix_get(&r, UINT64_MAX));
	assert_null(radix_next(&r, &key));
	assert_null(radix_remove(&r, 5));
}

static void keys_may_be_far_apart(void **state)
{
	static const uint64_t keys[] = {
		0, 63, 64, 4095, 1 << 20, UINT64_C(1) << 51, UINT64_MAX};
	size_t objects = khost_objects_used();
	struct radix r = {0};
	uint64_t key = 0;

	(void)state;
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(radix_add(&r, keys[i], &items[i]), 0);
	for (size_t i = 0; i < 7; i++) {
		assert_ptr_equal(radix_get(&r, keys[i]), &items[i]);
		assert_ptr_equal(radix_next(&r, &key), &items[i]);
		assert_true(key == keys[i]);
		key++;
	}
	for (size_t i = 0; i < 7; i++)
		assert_ptr_equal(radix_remove(&r, keys[i]), &items[i]);
	assert_null(r.root);
	assert_int_equal(khost_objects_used(), objects);
}

static void only_marked_items_are_found_by_their_mark(void **state)
{
	struct radix r = {0};
	uint64_t key = 0;

	(void)state;
	for (uint64_t k = 0; k < 1000; k++)
		assert_int_equal(radix_add(&r, k, &items[k % 8]), 0);
	radix_mark(&r, 70, true);
	radix_mark(&r, 900, true);
	assert_ptr_equal(radix_next_marked(&r, &key), &items[70 % 8]);
	assert_int_equal(key, 70);
	key++;
	assert_ptr_equal(radix_next_marked(&r, &key), &items[900 % 8]);
	assert_int_equal(key, 900);
	radix_mark(&r, 900, false);
	key = 71;
	assert_null(radix_next_marked(&r, &key));
	(void)radix_remove(&r, 70);
	key = 0;
	assert_null(radix_next_marked(&r, &key));
	for (uint64_t k = 0; k < 1000; k++)
		(void)radix_remove(&r, k);
	assert_null(r.root);
}

static void a_failed_add_leaves_no_node_behind(void **state)
{
	struct radix r = {0};
	size_t objects = khost_objects_used();

	(void)state;
	for (unsigned nth = 1; nth < 4; nth++) {
		khost_fail_alloc(nth);
		assert_int_not_equal(radix_add(&r, 1 << 17, &items[0]), 0);
		assert_null(r.root);
	}
	assert_int_equal(khost_objects_used(), objects);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_tree_has_nothing),
		cmocka_unit_test(keys_may_be_far_apart),
		cmocka_unit_test(only_marked_items_are_found_by_their_mark),
		cmocka_unit_test(a_failed_add_leaves_no_node_behind),
	};

	return cmocka_run_group_tests_name("radix", tests, NULL, NULL);
}
