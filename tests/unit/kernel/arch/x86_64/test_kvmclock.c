#include "kernel/arch/x86_64/kvmclock.h"

#include "tests/lib/test.h"

#include <pthread.h>

#include "kernel/core/clock.h"

/* As KVM gives it for a counter of 2.5 GHz: half of its ticks times 0.8 ns. */
static const struct kvmclock_time fast = {
	.version = 2,
	.tsc = 1000,
	.ns = 5000,
	.mult = 0xcccccccc, /* 0.8 * 2^32 */
	.shift = -1,
};

/* And for one of 700 MHz: twice its ticks times 0.714 ns. */
static const struct kvmclock_time slow = {
	.version = 2, .tsc = 1000, .ns = 5000, .mult = 0xb6db6db6, .shift = 1};

static void near(uint64_t is, uint64_t wanted)
{
	assert_in_range(is, wanted - 2, wanted + 2);
}

static void the_rate_is_that_of_the_counter(void **state)
{
	(void)state;
	near(kvmclock_hz(&fast), 2500000000);
	near(kvmclock_hz(&slow), 700000000);
}

static void time_goes_on_with_the_counter(void **state)
{
	(void)state;
	assert_int_equal(kvmclock_ns(&fast, fast.tsc), 5000);
	near(kvmclock_ns(&fast, fast.tsc + 2500000000), 5000 + NS_PER_SEC);
	near(kvmclock_ns(&slow, slow.tsc + 700000000), 5000 + NS_PER_SEC);
}

static void a_moment_before_it_was_written_is_earlier(void **state)
{
	(void)state;
	near(kvmclock_ns(&fast, fast.tsc - 250), 5000 - 100);
}

/* Ten years at 2.5 GHz: their product with `mult` has more than 64 bits. */
static void years_do_not_wrap(void **state)
{
	const uint64_t seconds = UINT64_C(10) * 365 * 86400;
	uint64_t ns = kvmclock_ns(&fast, fast.tsc + seconds * 2500000000);

	(void)state;
	assert_in_range(ns, seconds * NS_PER_SEC - NS_PER_SEC,
	                seconds * NS_PER_SEC + NS_PER_SEC);
}

static void rates_that_cannot_be_are_none(void **state)
{
	struct kvmclock_time t = fast;

	(void)state;
	t.mult = 0;
	assert_int_equal(kvmclock_hz(&t), 0);
	assert_int_equal(kvmclock_ns(&t, 1 << 30), t.ns);
	t = fast;
	t.shift = -128;
	assert_int_equal(kvmclock_hz(&t), 0);
	t.shift = 127;
	assert_int_equal(kvmclock_hz(&t), 0);
	t.mult = 1;
	t.shift = -31; /* 9 * 10^27 Hz */
	assert_int_equal(kvmclock_hz(&t), 0);
}

static void what_kvm_has_not_written_is_not_read(void **state)
{
	struct kvmclock_time t = {0}, out;
	struct kvmclock_wall w = {0};
	uint64_t ns;

	(void)state;
	assert_false(kvmclock_read(&t, &out));
	assert_false(kvmclock_wall_ns(&w, &ns));
}

static void what_it_never_ends_to_write_is_not_read(void **state)
{
	struct kvmclock_time t = fast, out;
	struct kvmclock_wall w = {.version = 3, .sec = 1};
	uint64_t ns;

	(void)state;
	t.version = 3;
	assert_false(kvmclock_read(&t, &out));
	assert_false(kvmclock_wall_ns(&w, &ns));
	w.version = 4;
	w.nsec = 5;
	assert_true(kvmclock_wall_ns(&w, &ns));
	assert_int_equal(ns, NS_PER_SEC + 5);
}

/* --- a page that changes while it is read --- */

static struct kvmclock_time page;
static bool done;

static void *write_page(void *unused)
{
	volatile struct kvmclock_time *p = &page;

	for (uint32_t n = 1; !__atomic_load_n(&done, __ATOMIC_RELAXED); n++) {
		p->version = 2 * n - 1;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		p->tsc = p->ns = p->mult = n;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		p->version = 2 * n;
		for (unsigned i = 0; i < n % 64; i++) /* and rests a while */
			__asm__ volatile("pause");
	}
	return unused;
}

static void what_is_read_is_of_one_moment(void **state)
{
	struct kvmclock_time t;
	unsigned good = 0, changes = 0;
	uint64_t before = 0;
	pthread_t writer;

	(void)state;
	assert_int_equal(pthread_create(&writer, NULL, write_page, NULL), 0);
	/* Until the writer has been at work between many of our looks. */
	while (changes < 1000) {
		if (!kvmclock_read(&page, &t))
			continue;
		assert_int_equal(t.version, 2 * t.mult);
		assert_int_equal(t.tsc, t.mult);
		assert_int_equal(t.ns, t.mult);
		changes += t.tsc != before;
		before = t.tsc;
		good++;
	}
	__atomic_store_n(&done, true, __ATOMIC_RELAXED);
	pthread_join(writer, NULL);
	assert_true(good >= changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rate_is_that_of_the_counter),
		cmocka_unit_test(time_goes_on_with_the_counter),
		cmocka_unit_test(a_moment_before_it_was_written_is_earlier),
		cmocka_unit_test(years_do_not_wrap),
		cmocka_unit_test(rates_that_cannot_be_are_none),
		cmocka_unit_test(what_kvm_has_not_written_is_not_read),
		cmocka_unit_test(what_it_never_ends_to_write_is_not_read),
		cmocka_unit_test(what_is_read_is_of_one_moment),
	};

	return cmocka_run_group_tests_name("kvmclock", tests, NULL, NULL);
}
