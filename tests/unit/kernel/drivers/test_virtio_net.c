/*
 * test_virtio_net.c - pairs of queues of a network card, by a device that keeps
 * to the rules and by some that do not.
 */
#include "tests/lib/test.h"

#include <string.h>

#include "kernel/core/netdev.h"
#include "kernel/drivers/virtio_net_private.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/page.h"
#include "tests/lib/khost/khost.h"
#include "tests/lib/khost/vdev.h"

enum { SEVERAL_AT = 8, YES = 0, NO = 1 };

static struct khost_vdev v;
static char bytes[64];

static int setup(void **state)
{
	(void)state;
	khost_track_memory(true);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	khost_vdev_forget();
	khost_track_memory(false);
	khost_set_cpus(1);
	return 0;
}

/* A card that says it has so many pairs, in a machine with so many CPUs. */
static void card(uint64_t features, uint16_t pairs, unsigned cpus)
{
	khost_vdev_init(&v, VIRTIO_ID_NET, features, 32);
	memcpy(v.config + SEVERAL_AT, &pairs, sizeof(pairs));
	khost_set_cpus(cpus);
}

static struct netdev *found(uint16_t pairs, unsigned cpus)
{
	card(NET_F_CTRL_VQ | NET_F_MQ, pairs, cpus);
	virtio_found(&v.dev);
	return netdev_next(NULL);
}

/* How many pairs the driver asks for by control queue `q`; 0: for none. */
static unsigned asked(unsigned q, uint16_t *head)
{
	uint32_t len;
	const uint8_t *command;
	const uint16_t *pairs;

	if (!khost_vdev_queue(&v, q) || !khost_vdev_next(&v, q, head))
		return 0;
	command = khost_vdev_piece(&v, q, *head, 0, &len);
	assert_int_equal(len, 2);
	assert_int_equal(command[0], 4);
	assert_int_equal(command[1], 0);
	pairs = khost_vdev_piece(&v, q, *head, 1, &len);
	assert_int_equal(len, 2);
	return *pairs;
}

static void answer(unsigned q, uint16_t head, uint8_t how)
{
	uint32_t len;
	uint8_t *ack = khost_vdev_piece(&v, q, head, 2, &len);

	assert_int_equal(len, 1);
	*ack = how;
	khost_vdev_give(&v, q, head, 1);
	virtio_interrupt(&v.dev);
}

static void send_one(struct netdev *n, uint32_t flow)
{
	struct netdev_seg seg = {bytes, sizeof(bytes)};
	struct netdev_offload o = {.flow = flow};

	assert_int_equal(n->ops->transmit(n, &seg, 1, &o, bytes), 0);
	n->ops->flush(n);
}

/* By which queue it went; -1: by none. */
static int went_by(uint16_t *head)
{
	for (unsigned q = 1; q < 16; q += 2)
		if (khost_vdev_queue(&v, q) && khost_vdev_next(&v, q, head))
			return (int)q;
	return -1;
}

static int goes_by(struct netdev *n, unsigned cpu, uint32_t flow)
{
	uint16_t head;

	khost_run_on(cpu);
	send_one(n, flow);
	return went_by(&head);
}

static void sending_follows_the_cpu_when_the_device_has_agreed(void **state)
{
	struct netdev *n = found(4, 4);
	uint16_t head;

	(void)state;
	assert_non_null(n);
	assert_true(n->flows);
	assert_int_equal(asked(8, &head), 4);
	assert_int_equal(goes_by(n, 3, 1), 1);
	answer(8, head, YES);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(goes_by(n, i, 10 + i), 2 * i + 1);
}

static void a_frame_does_not_overtake_those_of_its_flow(void **state)
{
	struct netdev *n = found(2, 2);
	uint16_t control, first;

	(void)state;
	assert_int_equal(asked(4, &control), 2);
	answer(4, control, YES);
	khost_run_on(0);
	send_one(n, 5);
	assert_int_equal(went_by(&first), 1);
	assert_int_equal(goes_by(n, 1, 5), 1);
	assert_int_equal(goes_by(n, 1, 6), 3);
	khost_vdev_give(&v, 1, first, 0);
	assert_ptr_equal(n->ops->sent(n), bytes);
	assert_int_equal(goes_by(n, 1, 5), 1); /* one is still there */
}

static void a_flow_without_frames_under_way_follows_the_cpu(void **state)
{
	struct netdev *n = found(2, 2);
	uint16_t control, head;

	(void)state;
	assert_int_equal(asked(4, &control), 2);
	answer(4, control, YES);
	khost_run_on(0);
	send_one(n, 5);
	assert_int_equal(went_by(&head), 1);
	khost_vdev_give(&v, 1, head, 0);
	assert_ptr_equal(n->ops->sent(n), bytes);
	assert_null(n->ops->sent(n));
	assert_int_equal(goes_by(n, 1, 5), 3);
}

static void a_full_queue_has_room_when_a_frame_was_sent(void **state)
{
	struct netdev *n = found(2, 2);
	struct netdev_seg seg = {bytes, sizeof(bytes)};
	struct netdev_offload o = {.flow = 7};
	uint16_t control, head;

	(void)state;
	assert_int_equal(asked(4, &control), 2);
	answer(4, control, YES);
	khost_run_on(1);
	for (unsigned i = 0; i < 16; i++)
		send_one(n, 7);
	assert_int_equal(n->ops->transmit(n, &seg, 1, &o, bytes), -ENOSPC);
	assert_int_equal(goes_by(n, 0, 8), 1); /* the other has room */
	assert_int_equal(went_by(&head), 3);
	khost_vdev_give(&v, 3, head, 0);
	assert_ptr_equal(n->ops->sent(n), bytes);
	assert_int_equal(n->ops->transmit(n, &seg, 1, &o, bytes), 0);
}

static void more_pairs_than_cpus_are_not_used(void **state)
{
	uint16_t head;

	(void)state;
	assert_non_null(found(8, 2));
	assert_int_equal(asked(16, &head), 2);
	assert_non_null(khost_vdev_queue(&v, 3));
	assert_null(khost_vdev_queue(&v, 4));
}

static void little_memory_is_not_spent_on_pairs(void **state)
{
	uint16_t head;

	(void)state;
	khost_set_memory((40 << 20) / PAGE_SIZE);
	assert_non_null(found(4, 4));
	khost_set_memory(65536);
	assert_int_equal(asked(8, &head), 2);
	assert_null(khost_vdev_queue(&v, 4));
}

/* One pair, and nothing is asked for. */
static void is_plain(struct netdev *n)
{
	assert_non_null(n);
	assert_false(n->flows);
	assert_non_null(khost_vdev_queue(&v, 0));
	for (unsigned q = 2; q < KHOST_VDEV_QUEUES; q++)
		assert_false(khost_vdev_queue(&v, q) &&
		             khost_vdev_queue(&v, q)->offered);
	assert_int_equal(goes_by(n, 1, 3), 1);
}

static void no_sane_number_of_pairs_is_one_pair(void **state)
{
	static const uint16_t bad[] = {0, 1, 0x8000, 0x8001, 65535};

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		is_plain(found(bad[i], 2));
		khost_vdev_forget();
	}
}

static void pairs_need_the_control_queue(void **state)
{
	(void)state;
	card(NET_F_MQ, 4, 2);
	virtio_found(&v.dev);
	assert_int_equal(v.dev.features & (NET_F_MQ | NET_F_CTRL_VQ), 0);
	is_plain(netdev_next(NULL));
	khost_vdev_forget();
	card(NET_F_MQ | NET_F_CTRL_VQ, 4, 2);
	v.sizes[8] = 0;
	virtio_found(&v.dev);
	is_plain(netdev_next(NULL));
}

static void pairs_that_are_not_there_are_not_used(void **state)
{
	uint16_t head;

	(void)state;
	card(NET_F_MQ | NET_F_CTRL_VQ, 4, 4);
	v.sizes[5] = 0;
	virtio_found(&v.dev);
	assert_non_null(netdev_next(NULL));
	assert_int_equal(asked(8, &head), 2);
}

static void a_refused_command_leaves_one_pair(void **state)
{
	struct netdev *n = found(2, 2);
	uint16_t head;

	(void)state;
	assert_int_equal(asked(4, &head), 2);
	answer(4, head, NO);
	assert_int_equal(goes_by(n, 1, 3), 1);
	assert_non_null(strstr(khost_last_log(), "refuses 2 pairs"));
}

static void answering_twice_breaks_the_device(void **state)
{
	struct netdev *n = found(2, 2);
	struct netdev_seg seg = {bytes, sizeof(bytes)};
	struct netdev_offload o = {.flow = 1};
	uint16_t head;

	(void)state;
	assert_int_equal(asked(4, &head), 2);
	answer(4, head, YES);
	khost_vdev_give(&v, 4, head, 1);
	virtio_interrupt(&v.dev);
	assert_int_equal(v.status, 0);
	assert_int_equal(n->ops->transmit(n, &seg, 1, &o, bytes), -EIO);
}

/* A frame whose last byte is `last` comes by that queue. */
static void comes_by(unsigned q, uint8_t last)
{
	uint16_t head;
	uint32_t len;

	assert_true(khost_vdev_next(&v, q, &head));
	len = khost_vdev_fill(&v, q, head, 0, 64, 0);
	((uint8_t *)khost_vdev_piece(&v, q, head, 0, &len))[63] = last;
	khost_vdev_give(&v, q, head, 64);
}

static int takes(struct netdev *n)
{
	struct netbuf *b = n->ops->receive(n);
	int last = b ? b->data[b->len - 1] : -1;

	netbuf_free_all(b);
	return last;
}

static void frames_come_by_every_queue(void **state)
{
	struct netdev *n = found(4, 4);

	(void)state;
	comes_by(6, 1);
	comes_by(2, 2);
	assert_true(n->ops->listen(n));
	assert_int_equal(takes(n), 2);
	assert_int_equal(takes(n), 1);
	assert_int_equal(takes(n), -1);
	assert_false(n->ops->listen(n));
}

static unsigned wakes;

static void wake(struct netdev *n)
{
	(void)n;
	wakes++;
}

/* With EVENT_IDX the device does not interrupt again by itself. */
static void an_interrupt_for_a_frame_that_was_taken_wakes(void **state)
{
	struct netdev *n = found(2, 2);

	(void)state;
	n->wake = wake;
	assert_false(n->ops->listen(n));
	comes_by(2, 1);
	assert_int_equal(takes(n), 1);
	wakes = 0;
	virtio_queue_interrupt(khost_vdev_queue(&v, 2));
	assert_int_equal(wakes, 1);
	comes_by(0, 1);
	assert_int_equal(takes(n), 1);
	virtio_interrupt(&v.dev);
	assert_true(wakes > 1);
}

static void a_busy_queue_does_not_starve_the_others(void **state)
{
	struct netdev *n = found(2, 2);
	unsigned before = 0;

	(void)state;
	for (unsigned i = 0; i < 32; i++)
		comes_by(0, 1);
	comes_by(2, 2);
	while (takes(n) == 1)
		before++;
	assert_in_range(before, 1, 31);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sending_follows_the_cpu_when_the_device_has_agreed),
		TEST(a_frame_does_not_overtake_those_of_its_flow),
		TEST(a_flow_without_frames_under_way_follows_the_cpu),
		TEST(a_full_queue_has_room_when_a_frame_was_sent),
		TEST(more_pairs_than_cpus_are_not_used),
		TEST(little_memory_is_not_spent_on_pairs),
		TEST(no_sane_number_of_pairs_is_one_pair),
		TEST(pairs_need_the_control_queue),
		TEST(pairs_that_are_not_there_are_not_used),
		TEST(a_refused_command_leaves_one_pair),
		TEST(answering_twice_breaks_the_device),
		TEST(frames_come_by_every_queue),
		TEST(an_interrupt_for_a_frame_that_was_taken_wakes),
		TEST(a_busy_queue_does_not_starve_the_others),
	};

	return cmocka_run_group_tests_name("virtio_net", tests, NULL, NULL);
}
