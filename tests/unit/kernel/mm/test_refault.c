#include "kernel/mm/refault.h"

#include "tests/lib/test.h"

#include <string.h>

#include "kernel/mm/page.h"
#include "kernel/mm/pagecache.h"
#include "tests/lib/khost/khost.h"

enum { ROUND = 2048, MEMORY = 8192 };

static const struct mapping a, b;

static struct refault_counts counts(void)
{
	struct refault_counts n;

	refault_get_counts(&n);
	return n;
}

/* A file of `size` pages is read round and round, `nr` pages in all, and each
 * goes before it comes again. */
static void cycle(const struct mapping *m, uint64_t size, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++) {
		refault_read(m, i % size, 1);
		refault_evicted(m, i % size);
	}
}

/* From here on a round begins, and no page was here before. */
static int setup(void **state)
{
	(void)state;
	while (counts().read % ROUND != 0)
		refault_read(&b, 1 << 20, 1);
	for (uint64_t i = 0; i < ROUND; i++)
		refault_read(&b, (1 << 21) + i, 1);
	return 0;
}

static bool was_told(void)
{
	return strstr(khost_last_log(), "memory is short") != NULL;
}

static void a_page_that_comes_again_is_counted_once(void **state)
{
	struct refault_counts before = counts();

	(void)state;
	refault_read(&a, 7, 2);
	refault_evicted(&a, 8);
	refault_read(&b, 8, 1);
	refault_read(&a, 7, 2);
	refault_read(&a, 7, 2);
	assert_int_equal(counts().read - before.read, 7);
	assert_int_equal(counts().evicted - before.evicted, 1);
	assert_int_equal(counts().returned - before.returned, 1);
}

static void a_file_larger_than_memory_is_nothing_to_tell_of(void **state)
{
	(void)state;
	cycle(&a, 4ul * MEMORY, 8ul * MEMORY);
	assert_false(was_told());
}

static void a_crowded_machine_is_told_of_less_and_less_often(void **state)
{
	unsigned told = 0;

	(void)state;
	cycle(&a, 1024, ROUND); /* half of them new */
	assert_false(was_told());
	for (int i = 0; i < 16; i++) {
		const char *log = khost_last_log();

		((char *)(uintptr_t)log)[0] = '\0';
		cycle(&a, 1024, ROUND);
		told += was_told();
	}
	assert_int_equal(told, 5); /* in rounds 1, 2, 4, 8 and 16 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_page_that_comes_again_is_counted_once,
	                               setup),
		cmocka_unit_test_setup(
			a_file_larger_than_memory_is_nothing_to_tell_of, setup),
		cmocka_unit_test_setup(
			a_crowded_machine_is_told_of_less_and_less_often,
			setup),
	};
	int rc;

	khost_set_memory(MEMORY);
	khost_track_memory(true);
	refault_init();
	rc = cmocka_run_group_tests_name("refault", tests, NULL, NULL);
	khost_track_memory(false);
	return rc;
}
