#include "kernel/drivers/nvme.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/core/clock.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/thread.h"
#include "tests/lib/khost/khost.h"
#include "tests/lib/khost/vdev.h"
#include "tests/lib/khost/vnvme.h"

static struct khost_nvme *n;
static uint8_t buffer[512 * 1024] __attribute__((aligned(4096)));
static uint8_t model[KHOST_NVME_BLOCKS * 4096];

static void turn(void)
{
	khost_nvme_work(n);
}

/* A second passes while nothing happens. */
static void idle_turn(void)
{
	turn();
	thread_sleep_until(clock_monotonic() + NS_PER_SEC);
}

static int setup_with(unsigned shift)
{
	khost_track_memory(true);
	n = mem_zalloc(sizeof(*n));
	khost_nvme_init(n, shift);
	khost_when_asleep(turn);
	return n ? 0 : -1;
}

static int setup(void **state)
{
	(void)state;
	return setup_with(9);
}

static int teardown(void **state)
{
	(void)state;
	khost_when_asleep(NULL);
	khost_vdev_forget();
	khost_track_memory(false);
	return 0;
}

static struct block_device *attach(void)
{
	struct block_device *b;

	assert_int_equal(nvme_attach(&n->port), 0);
	b = block_find("");
	assert_non_null(b);
	return b;
}

static int one(struct block_device *b, enum block_op op, uint64_t lba, void *at,
               uint32_t sectors)
{
	struct block_seg seg = {at, sectors * SECTOR_SIZE};

	return block_io(b, op, lba, &seg, 1);
}

static void a_namespace_becomes_a_disk(void **state)
{
	struct block_device *b = attach();

	(void)state;
	assert_string_equal(b->serial, "one of many");
	assert_ptr_equal(block_find("one of many"), b);
	assert_int_equal(b->sectors, sizeof(n->bytes) / SECTOR_SIZE);
	assert_false(b->read_only);
}

/* Writes and reads of any length, place and alignment, against a model. */
static void agree(struct block_device *b)
{
	uint32_t total = (uint32_t)b->sectors;

	srand(7);
	for (unsigned i = 0; i < 2000; i++) {
		uint32_t len = 1 + (uint32_t)rand() % (i % 10 ? 20 : 400);
		uint32_t lba = (uint32_t)rand() % (total - len);
		uint8_t *at = buffer + (uint32_t)rand() % 1000 * 16;
		uint32_t cut = (uint32_t)rand() % (len + 1);
		struct block_seg segs[2] = {
			{at, cut * SECTOR_SIZE},
			{buffer + 256 * 1024, (len - cut) * SECTOR_SIZE}};
		unsigned first = cut ? 0 : 1, nr = cut == len || !cut ? 1 : 2;
		uint8_t *want = model + lba * SECTOR_SIZE;

		if (i & 1) {
			assert_int_equal(
				block_io(b, BLOCK_READ, lba, segs + first, nr),
				0);
		} else {
			memset(at, (int)i, cut * SECTOR_SIZE);
			memset(segs[1].data, (int)i + 1, segs[1].len);
			memcpy(want, at, cut * SECTOR_SIZE);
			memcpy(want + cut * SECTOR_SIZE, segs[1].data,
			       segs[1].len);
			assert_int_equal(
				block_io(b, BLOCK_WRITE, lba, segs + first, nr),
				0);
		}
		assert_memory_equal(at, want, cut * SECTOR_SIZE);
		assert_memory_equal(segs[1].data, want + cut * SECTOR_SIZE,
		                    segs[1].len);
	}
	assert_memory_equal(n->bytes, model, sizeof(model));
}

static void what_is_written_is_read(void **state)
{
	(void)state;
	memset(model, 0, sizeof(model));
	agree(attach());
}

static void blocks_may_be_larger_than_sectors(void **state)
{
	teardown(state);
	setup_with(12);
	memset(model, 0, sizeof(model));
	agree(attach());
}

/* 2 << 12 bytes are what a command may move. */
static void the_largest_transfer_is_kept_to(void **state)
{
	struct block_device *b;

	(void)state;
	n->identity[77] = 1;
	b = attach();
	assert_int_equal(one(b, BLOCK_READ, 0, buffer + 512, 200), 0);
	assert_int_equal(n->largest, 8192);
	assert_int_equal(n->reads, 200 * SECTOR_SIZE / 8192 + 1);
}

static void many_pages_go_with_one_command(void **state)
{
	struct block_device *b = attach();
	struct block_seg segs[32];

	(void)state;
	for (unsigned i = 0; i < 32; i++)
		segs[i] = (struct block_seg){buffer + (31 - i) * 4096, 4096};
	assert_int_equal(block_io(b, BLOCK_WRITE, 0, segs, 32), 0);
	assert_int_equal(n->writes, 1);
	assert_int_equal(n->largest, 32 * 4096);
}

static void a_short_queue_and_far_doorbells_are_used_as_they_are(void **state)
{
	struct block_device *b;

	(void)state;
	n->cap = UINT64_C(1) << 37 | UINT64_C(15) << 32 | 1 << 24 | 1;
	b = attach();
	assert_int_equal(n->q[1].size, 2);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(one(b, BLOCK_READ, i, buffer, 1), 0);
}

static void a_flush_is_sent_where_something_is_cached(void **state)
{
	struct block_device *b = attach();

	assert_int_equal(block_flush(b), 0);
	assert_int_equal(n->flushes, 1);
	teardown(state);
	setup(state);
	n->identity[525] = 0;
	b = attach();
	assert_int_equal(block_flush(b), 0);
	assert_int_equal(n->flushes, 0);
}

static void a_failed_command_is_an_error(void **state)
{
	struct block_device *b = attach();

	(void)state;
	n->status = 0x281; /* unrecovered read error */
	assert_int_equal(one(b, BLOCK_READ, 0, buffer, 8), -EIO);
	assert_int_equal(block_flush(b), -EIO);
	n->status = 0;
	assert_int_equal(one(b, BLOCK_READ, 0, buffer, 8), 0);
	assert_false(n->cut_off);
}

static void a_read_only_namespace_is_not_written(void **state)
{
	struct block_device *b;

	(void)state;
	n->format[99] = 1;
	b = attach();
	assert_int_equal(one(b, BLOCK_WRITE, 0, buffer, 1), -EROFS);
	assert_int_equal(n->writes, 0);
}

static void is_off(struct block_device *b, const char *why)
{
	unsigned reads = n->reads;

	assert_int_equal(n->cc & 1, 0);
	assert_true(n->cut_off);
	assert_non_null(strstr(khost_last_log(), why));
	assert_int_equal(one(b, BLOCK_READ, 0, buffer, 1), -EIO);
	assert_int_equal(block_flush(b), -EIO);
	assert_int_equal(n->reads, reads);
}

static void a_controller_that_is_silent_is_switched_off(void **state)
{
	struct block_device *b = attach();
	uint64_t begin = clock_monotonic();

	(void)state;
	n->silent = true;
	khost_when_asleep(idle_turn);
	assert_int_equal(one(b, BLOCK_READ, 0, buffer, 1), -EIO);
	assert_true(clock_monotonic() - begin >= NVME_TIMEOUT_S * NS_PER_SEC);
	is_off(b, "does not answer");
}

static void a_lost_interrupt_is_no_failure(void **state)
{
	struct block_device *b = attach();

	(void)state;
	n->no_interrupt = true;
	khost_when_asleep(idle_turn);
	assert_int_equal(one(b, BLOCK_READ, 0, buffer, 1), 0);
	assert_false(n->cut_off);
}

/* What it completes instead of what it was given. */
static uint16_t wrong_id;
static unsigned times;

static void wrong_turn(void)
{
	struct nvme_command c;

	while (khost_nvme_next(n, 1, &c))
		for (unsigned i = 0; i < times; i++)
			khost_nvme_complete(n, 1, wrong_id, 0);
	nvme_interrupt(&n->port);
}

static void completes(uint16_t id, unsigned nr)
{
	struct block_device *b = attach();

	wrong_id = id;
	times = nr;
	khost_when_asleep(wrong_turn);
	(void)!one(b, BLOCK_READ, 0, buffer, 1);
	is_off(b, "was not given");
}

static void an_id_that_is_not_in_flight_ends_it(void **state)
{
	(void)state;
	completes(5, 1);
}

static void an_id_beyond_the_queue_ends_it(void **state)
{
	(void)state;
	completes(UINT16_MAX, 1);
}

static void completing_twice_ends_it(void **state)
{
	(void)state;
	completes(0, 2);
}

static void refused(int rc)
{
	assert_int_equal(nvme_attach(&n->port), rc);
	assert_null(block_find(""));
	assert_int_equal(n->cc & 1, 0);
	assert_true(n->cut_off);
}

static void a_controller_that_never_gets_ready_is_refused(void **state)
{
	(void)state;
	n->never_ready = true;
	refused(-EIO);
}

static void a_controller_that_fails_at_once_is_refused(void **state)
{
	(void)state;
	n->never_ready = n->fatal = true;
	refused(-EIO);
}

static void a_controller_that_is_gone_is_refused(void **state)
{
	(void)state;
	n->gone = true;
	refused(-ENODEV);
}

static void a_controller_that_cannot_do_what_is_needed_is_refused(void **state)
{
	n->cap &= ~(UINT64_C(1) << 37);
	refused(-ENODEV);
	teardown(state);
	setup(state);
	n->cap |= UINT64_C(1) << 48; /* pages of at least 8 KiB */
	refused(-ENODEV);
	teardown(state);
	setup(state);
	n->cap &= ~UINT64_C(0xffff); /* queues of one entry */
	refused(-ENODEV);
}

/* Formats that are no disk of ours: the controller is fine, the rest of its
 * namespaces too. */
static void formats_that_cannot_be_used_are_left_out(void **state)
{
	static const uint8_t shifts[] = {0, 8, 13, 32, 255};

	for (unsigned i = 0; i < ARRAY_LEN(shifts) + 1; i++) {
		if (i < ARRAY_LEN(shifts))
			n->format[130] = shifts[i];
		else
			n->format[128] = 8; /* bytes of metadata */
		assert_int_equal(nvme_attach(&n->port), 0);
		assert_null(block_find(""));
		teardown(state);
		setup(state);
	}
}

static void sizes_that_cannot_be_are_refused(void **state)
{
	memset(n->format, 0, 8);
	refused(-EIO);
	teardown(state);
	setup(state);
	memset(n->format, 0xff, 8);
	refused(-EIO);
}

static void memory_may_run_out_at_any_moment(void **state)
{
	for (unsigned i = 1; i < 3; i++) {
		khost_fail_alloc(i);
		assert_int_equal(nvme_attach(&n->port), -ENOMEM);
		assert_null(block_find(""));
		teardown(state);
		setup(state);
	}
	khost_fail_alloc(0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_namespace_becomes_a_disk),
		TEST(what_is_written_is_read),
		TEST(blocks_may_be_larger_than_sectors),
		TEST(the_largest_transfer_is_kept_to),
		TEST(many_pages_go_with_one_command),
		TEST(a_short_queue_and_far_doorbells_are_used_as_they_are),
		TEST(a_flush_is_sent_where_something_is_cached),
		TEST(a_failed_command_is_an_error),
		TEST(a_read_only_namespace_is_not_written),
		TEST(a_controller_that_is_silent_is_switched_off),
		TEST(a_lost_interrupt_is_no_failure),
		TEST(an_id_that_is_not_in_flight_ends_it),
		TEST(an_id_beyond_the_queue_ends_it),
		TEST(completing_twice_ends_it),
		TEST(a_controller_that_never_gets_ready_is_refused),
		TEST(a_controller_that_fails_at_once_is_refused),
		TEST(a_controller_that_is_gone_is_refused),
		TEST(a_controller_that_cannot_do_what_is_needed_is_refused),
		TEST(formats_that_cannot_be_used_are_left_out),
		TEST(sizes_that_cannot_be_are_refused),
		TEST(memory_may_run_out_at_any_moment),
	};

	return cmocka_run_group_tests_name("nvme", tests, NULL, NULL);
}
