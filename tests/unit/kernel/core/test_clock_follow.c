#include "kernel/core/clock_follow.h"

#include <stdlib.h>

#include "tests/lib/test.h"

enum { MS = 1000000 };

static const int64_t MINUTE = 60000000000;

/* A clock that runs `error` parts in 10^9 too fast, followed for `rounds`
 * minutes from `offset` on; `noise` ns in each measurement. The last offset. */
static int64_t follow(int64_t error, int64_t offset, int rounds, int64_t noise)
{
	struct clock_follow f = {0};
	int64_t rate = 0;

	for (int i = 0; i < rounds; i++) {
		int64_t measured = offset + (i & 1 ? noise : -noise);

		rate = clock_follow_rate(&f, measured, (uint64_t)MINUTE);
		offset -= MINUTE / 1000000000 * (error + rate);
	}
	return offset;
}

static void an_offset_is_gone_after_some_minutes(void **state)
{
	(void)state;
	assert_true(llabs(follow(0, 80 * MS, 20, 0)) < MS);
	assert_true(llabs(follow(0, -900 * MS, 30, 0)) < MS);
}

static void a_wrong_rate_is_learnt(void **state)
{
	(void)state;
	assert_true(llabs(follow(300000, 0, 30, 0)) < MS);
	assert_true(llabs(follow(-1200000, 0, 40, 0)) < MS);
}

static void noise_is_not_amplified(void **state)
{
	(void)state;
	assert_true(llabs(follow(100000, 0, 60, 2 * MS)) < 8 * MS);
}

static void no_rate_is_beyond_the_limit(void **state)
{
	struct clock_follow f = {0};

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(
			clock_follow_rate(&f, 999 * MS, (uint64_t)MINUTE),
			CLOCK_RATE_MAX);
	assert_true(clock_follow_rate(&f, -999 * MS, (uint64_t)MINUTE) >=
	            -CLOCK_RATE_MAX);
}

static void only_what_is_far_is_jumped_over(void **state)
{
	(void)state;
	assert_true(clock_follow_steps(INT64_C(500) * MS));
	assert_true(clock_follow_steps(INT64_C(-3600000) * MS));
	assert_false(clock_follow_steps(INT64_C(-500) * MS));
	assert_false(clock_follow_steps(INT64_C(20) * MS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_offset_is_gone_after_some_minutes),
		cmocka_unit_test(a_wrong_rate_is_learnt),
		cmocka_unit_test(noise_is_not_amplified),
		cmocka_unit_test(no_rate_is_beyond_the_limit),
		cmocka_unit_test(only_what_is_far_is_jumped_over),
	};

	return cmocka_run_group_tests_name("clock_follow", tests, NULL, NULL);
}
