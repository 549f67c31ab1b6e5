#include "kernel/drivers/virtio.h"

#include "tests/lib/test.h"

#include <string.h>

#include "kernel/drivers/virtio_ring.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/errno.h"
#include "tests/lib/khost/khost.h"
#include "tests/lib/khost/vdev.h"

static struct khost_vdev v;
static struct virtio_queue queue, *const q = &queue;
static char memory[64];

static void done(struct virtio_queue *which)
{
	(void)which;
}

static int setup(void **state)
{
	static const struct virtio_queue_setup how = {.done = done};

	(void)state;
	khost_track_memory(true);
	khost_vdev_init(&v, VIRTIO_ID_BLOCK, 0, 8);
	if (virtio_begin(&v.dev, 0) || virtio_add_queue(&v.dev, q, &how))
		return -1;
	virtio_ready(&v.dev);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	khost_track_memory(false);
	return 0;
}

/* A buffer of nr pieces of 8 bytes; its token is its number. */
static int offer(unsigned nr, uintptr_t token)
{
	struct virtio_seg segs[8];

	for (unsigned i = 0; i < nr; i++)
		segs[i] = (struct virtio_seg){memory + 8 * i, 8};
	return virtio_offer(q, segs, 0, nr, (void *)token);
}

static uintptr_t take(void)
{
	uint32_t len;

	return (uintptr_t)virtio_take(q, &len);
}

static uint16_t next(void)
{
	uint16_t head = 0;

	assert_true(khost_vdev_next(&v, 0, &head));
	return head;
}

static void buffers_come_back_in_any_order(void **state)
{
	uint16_t first, second;

	(void)state;
	assert_int_equal(offer(3, 1), 0);
	assert_int_equal(offer(5, 2), 0);
	assert_int_equal(offer(1, 3), -ENOSPC);
	first = next();
	second = next();
	khost_vdev_give(&v, 0, second, 0);
	khost_vdev_give(&v, 0, first, 0);
	assert_int_equal(take(), 2);
	assert_int_equal(take(), 1);
	assert_int_equal(take(), 0);
	assert_int_equal(offer(8, 4), 0);
}

static void a_buffer_that_can_never_fit_is_an_error(void **state)
{
	struct virtio_seg segs[9] = {{memory, 8}};

	(void)state;
	assert_int_equal(virtio_offer(q, segs, 0, 9, memory), -EIO);
}

static void breaks(uint32_t id)
{
	assert_int_equal(offer(2, 1), 0);
	(void)next();
	khost_vdev_give(&v, 0, id, 0);
	assert_int_equal(take(), 0);
	assert_int_equal(v.status, 0); /* it was reset */
	assert_int_equal(offer(1, 2), -EIO);
	assert_int_equal((uintptr_t)virtio_orphan(q), 1);
	assert_null(virtio_orphan(q));
	assert_non_null(strstr(khost_last_log(), "not used any more"));
}

static void a_number_beyond_the_ring_breaks_the_device(void **state)
{
	(void)state;
	breaks(0x7fffffff);
}

static void the_middle_of_a_buffer_breaks_the_device(void **state)
{
	(void)state;
	breaks(1);
}

static void giving_back_twice_breaks_the_device(void **state)
{
	uint16_t head;

	(void)state;
	assert_int_equal(offer(1, 1), 0);
	head = next();
	khost_vdev_give(&v, 0, head, 0);
	khost_vdev_give(&v, 0, head, 0);
	assert_int_equal(take(), 1);
	assert_int_equal(take(), 0);
	assert_true(q->broken);
}

static void links_in_the_ring_are_not_believed(void **state)
{
	uint16_t head;

	(void)state;
	assert_int_equal(offer(3, 1), 0);
	head = next();
	for (unsigned i = 0; i < 8; i++) {
		q->desc[i].next = 60000;
		q->desc[i].flags = VIRTQ_DESC_NEXT;
	}
	khost_vdev_give(&v, 0, head, 0);
	assert_int_equal(take(), 1);
	assert_int_equal(q->nr_free, 8);
	assert_int_equal(offer(8, 2), 0);
	assert_int_equal(q->desc[next()].len, 8);
}

static void a_device_that_is_never_reset_is_an_error(void **state)
{
	(void)state;
	v.stuck = true;
	assert_int_equal(virtio_begin(&v.dev, 0), -EIO);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(buffers_come_back_in_any_order),
		TEST(a_buffer_that_can_never_fit_is_an_error),
		TEST(a_number_beyond_the_ring_breaks_the_device),
		TEST(the_middle_of_a_buffer_breaks_the_device),
		TEST(giving_back_twice_breaks_the_device),
		TEST(links_in_the_ring_are_not_believed),
		TEST(a_device_that_is_never_reset_is_an_error),
	};

	return cmocka_run_group_tests_name("virtio", tests, NULL, NULL);
}
