#include "kernel/mm/pagecache.h"

#include "tests/lib/test.h"

#include <string.h>

#include "kernel/lib/errno.h"
#include "kernel/sched/giant.h"
#include "tests/lib/khost/khost.h"

/* A file system of one file, that counts what it is asked. */
static struct {
	char disk[256][8]; /* the first bytes of each page */
	unsigned reads, pages_read, writes, pages_written, protected, unmapped;
	unsigned thrown_away;
	int fail_writes, fail_reserve;
} fake;

static int read_pages(struct mapping *m, struct page **pages, unsigned nr)
{
	(void)m;
	assert_true(giant_held());
	fake.reads++;
	for (unsigned i = 0; i < nr; i++, fake.pages_read++)
		memcpy(page_virt(pages[i]), fake.disk[pages[i]->index], 8);
	return 0;
}

static int write_pages(struct mapping *m, struct page **pages, unsigned nr)
{
	(void)m;
	assert_true(giant_held());
	fake.writes++;
	if (fake.fail_writes)
		return fake.fail_writes;
	for (unsigned i = 0; i < nr; i++, fake.pages_written++)
		memcpy(fake.disk[pages[i]->index], page_virt(pages[i]), 8);
	return 0;
}

static int reserve(struct mapping *m, uint64_t index)
{
	(void)m, (void)index;
	assert_true(giant_held());
	return fake.fail_reserve;
}

static void unreserve(struct mapping *m)
{
	assert_true(mutex_held(&m->lock));
	fake.thrown_away++;
}

static const struct mapping_ops ops = {
	.read_pages = read_pages,
	.write_pages = write_pages,
	.reserve = reserve,
	.unreserve = unreserve,
};

static void protect(struct mapping *m, struct page *p)
{
	(void)m, (void)p;
	fake.protected ++;
}

static void unmap(struct mapping *m, struct page *p, bool forced UNUSED)
{
	(void)m;
	fake.unmapped++;
	p->maps = 0;
	page_put(p);
}

static const struct pagecache_unmapper unmapper = {unmap, protect};

static struct mapping map;

static int setup(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	for (unsigned i = 0; i < 256; i++)
		memset(fake.disk[i], (int)i, 8);
	mapping_init(&map, &ops, NULL);
	map.size = 256 * PAGE_SIZE;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mapping_fini(&map);
	khost_set_memory(65536);
	return khost_pages_used() ? -1 : 0;
}

static struct page *get(uint64_t index, unsigned ahead)
{
	struct page *p;

	mutex_lock(&map.lock);
	assert_int_equal(pagecache_get_locked(&map, index, ahead, &p), 0);
	mutex_unlock(&map.lock);
	return p;
}

static void store(uint64_t index, char c)
{
	struct page *p = get(index, 1);

	*(char *)page_virt(p) = c;
	assert_int_equal(pagecache_dirty(&map, p), 0);
	page_put(p);
}

static void a_page_is_read_once(void **state)
{
	struct page *p = get(7, 1), *again = get(7, 1);

	(void)state;
	assert_ptr_equal(p, again);
	assert_int_equal(*(char *)page_virt(p), 7);
	assert_int_equal(fake.reads, 1);
	page_put(p);
	page_put(again);
}

static void sequential_readers_are_read_ahead_for(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 200; i++)
		page_put(get(i, 1));
	assert_true(fake.reads < 12);
}

static void nothing_is_read_behind_the_end(void **state)
{
	struct page *p;

	(void)state;
	map.size = 10 * PAGE_SIZE + 1;
	page_put(get(8, 30));
	assert_int_equal(fake.pages_read, 3);
	assert_int_equal(pagecache_get(&map, 11, &p), -ENXIO);
	assert_int_equal(pagecache_get(&map, 10, &p), 0);
	page_put(p);
}

static void neighbours_are_written_together(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 50; i++)
		store(i, 'd');
	store(90, 'e');
	assert_int_equal(pagecache_dirty_count(), 51);
	assert_int_equal(pagecache_write_back(&map, 0, UINT64_MAX), 0);
	assert_int_equal(fake.writes, 2);
	assert_int_equal(fake.pages_written, 51);
	assert_int_equal(fake.disk[49][0], 'd');
	assert_int_equal(pagecache_dirty_count(), 0);
	assert_int_equal(pagecache_write_back(&map, 0, UINT64_MAX), 0);
	assert_int_equal(fake.writes, 2);
}

static void only_the_range_asked_for_is_written(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 10; i++)
		store(i, 'd');
	assert_int_equal(pagecache_write_back(&map, 3, 5), 0);
	assert_int_equal(fake.pages_written, 3);
	pagecache_sync();
	assert_int_equal(fake.pages_written, 10);
}

static void a_failed_write_is_told_once(void **state)
{
	(void)state;
	store(1, 'x');
	fake.fail_writes = -EIO;
	pagecache_sync();
	fake.fail_writes = 0;
	assert_int_equal(pagecache_write_back(&map, 0, UINT64_MAX), -EIO);
	assert_int_equal(pagecache_write_back(&map, 0, UINT64_MAX), 0);
}

static void without_space_a_page_stays_clean(void **state)
{
	struct page *p = get(3, 1);

	(void)state;
	fake.fail_reserve = -ENOSPC;
	assert_int_equal(pagecache_dirty(&map, p), -ENOSPC);
	assert_int_equal(pagecache_dirty_count(), 0);
	page_put(p);
}

static void a_mapped_page_is_protected_before_it_is_written(void **state)
{
	struct page *p = get(3, 1);

	(void)state;
	p->maps = 1; /* our reference is the page table's */
	assert_int_equal(pagecache_dirty(&map, p), 0);
	assert_int_equal(pagecache_write_back(&map, 0, UINT64_MAX), 0);
	assert_int_equal(fake.protected, 1);
	pagecache_truncate(&map, 2 * PAGE_SIZE);
	assert_int_equal(fake.unmapped, 1);
	assert_int_equal(map.nr_pages, 0);
}

static void cutting_zeroes_the_rest_of_the_last_page(void **state)
{
	struct page *p = get(2, 1);
	char *bytes = page_virt(p);

	(void)state;
	memset(bytes, 'x', PAGE_SIZE);
	pagecache_truncate(&map, 2 * PAGE_SIZE + 10);
	assert_int_equal(bytes[9], 'x');
	assert_int_equal(bytes[10], 0);
	assert_int_equal(bytes[PAGE_SIZE - 1], 0);
	page_put(p);
}

static void a_page_cut_off_cannot_become_dirty(void **state)
{
	struct page *p = get(5, 1);

	(void)state;
	pagecache_truncate(&map, 0);
	assert_int_equal(pagecache_dirty(&map, p), -ENXIO);
	page_put(p);
}

static void what_is_thrown_away_unwritten_is_not_reserved(void **state)
{
	(void)state;
	for (uint64_t i = 1; i < 6; i++)
		store(i, 'u');
	assert_int_equal(pagecache_write_back(&map, 1, 2), 0);
	page_put(get(7, 1));
	pagecache_truncate(&map, PAGE_SIZE);
	assert_int_equal(fake.thrown_away, 3);
}

static void the_giant_lock_is_for_those_who_want_it(void **state)
{
	(void)state;
	assert_false(giant_held());
	store(3, 'g'); /* the fake looks */
	assert_int_equal(pagecache_write_back(&map, 0, UINT64_MAX), 0);
	assert_int_equal(fake.pages_written, 1);
	assert_false(giant_held());
}

static void reclaim_takes_what_was_not_used_again(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 100; i++)
		page_put(get(i, 1));
	for (uint64_t i = 0; i < 100; i++)
		page_put(get(i, 1)); /* all have their second chance now */
	page_put(get(200, 1));
	assert_true(pagecache_reclaim(1, NULL) > 0);
	assert_int_equal(pagecache_reclaim(20, NULL), 20);
}

static void reclaim_writes_what_is_dirty_and_keeps_what_is_used(void **state)
{
	struct page *held = get(0, 1);

	(void)state;
	for (uint64_t i = 1; i < 40; i++)
		store(i, 'd');
	assert_true(pagecache_reclaim(1000, NULL) >= 39);
	assert_int_equal(fake.disk[39][0], 'd');
	assert_int_equal(pagecache_count(), 1);
	assert_int_equal(*(char *)page_virt(held), 0);
	page_put(held);
}

static void a_small_memory_is_enough_for_a_large_file(void **state)
{
	(void)state;
	khost_set_memory(20);
	for (char c = 'a'; c < 'd'; c++) {
		for (uint64_t i = 0; i < 256; i++)
			store(i, c);
	}
	assert_int_equal(pagecache_write_back(&map, 0, UINT64_MAX), 0);
	for (unsigned i = 0; i < 256; i++)
		assert_int_equal(fake.disk[i][0], 'c');
}

static void a_fast_writer_is_made_to_write(void **state)
{
	(void)state;
	khost_set_memory(400);
	for (uint64_t i = 0; i < 200; i++) {
		store(i, 'w');
		pagecache_throttle(&map);
	}
	assert_true(fake.pages_written > 100);
	assert_true(pagecache_dirty_count() <= 101);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_is_read_once),
		TEST(sequential_readers_are_read_ahead_for),
		TEST(nothing_is_read_behind_the_end),
		TEST(neighbours_are_written_together),
		TEST(only_the_range_asked_for_is_written),
		TEST(a_failed_write_is_told_once),
		TEST(without_space_a_page_stays_clean),
		TEST(a_mapped_page_is_protected_before_it_is_written),
		TEST(cutting_zeroes_the_rest_of_the_last_page),
		TEST(a_page_cut_off_cannot_become_dirty),
		TEST(what_is_thrown_away_unwritten_is_not_reserved),
		TEST(the_giant_lock_is_for_those_who_want_it),
		TEST(reclaim_takes_what_was_not_used_again),
		TEST(reclaim_writes_what_is_dirty_and_keeps_what_is_used),
		TEST(a_small_memory_is_enough_for_a_large_file),
		TEST(a_fast_writer_is_made_to_write),
	};

	pagecache_set_unmapper(&unmapper);
	return cmocka_run_group_tests_name("pagecache", tests, NULL, NULL);
}
