#include "kernel/net/dhcp_routes.h"

#include "tests/lib/test.h"

#include "kernel/lib/attr.h"
#include "kernel/lib/errno.h"

/* RFC 3442's own ways to write a destination, and one on the link. */
static const uint8_t option[] = {
	0,  10, 0,  0,   1,                /* everything by 10.0.0.1 */
	8,  10, 10, 0,   0,   2,           /* 10.0.0.0/8 by 10.0.0.2 */
	25, 10, 27, 129, 128, 10, 0, 0, 3, /* 10.27.129.128/25 by .3 */
	32, 10, 1,  2,   3,   0,  0, 0, 0, /* 10.1.2.3 on the link */
};

static uint32_t ip(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (uint32_t)a << 24 | (uint32_t)b << 16 | (uint32_t)c << 8 | d;
}

static uint32_t gateway_of(const struct dhcp_routes *r, uint32_t to)
{
	const struct dhcp_route *one = dhcp_routes_find(r, to);

	assert_non_null(one);
	return one->gateway;
}

static void the_longest_prefix_wins(void **state)
{
	struct dhcp_routes r;

	(void)state;
	assert_int_equal(dhcp_routes_read(option, sizeof(option), &r), 0);
	assert_int_equal(r.n, 4);
	assert_int_equal(gateway_of(&r, ip(8, 8, 8, 8)), ip(10, 0, 0, 1));
	assert_int_equal(gateway_of(&r, ip(10, 9, 9, 9)), ip(10, 0, 0, 2));
	assert_int_equal(gateway_of(&r, ip(10, 27, 129, 200)), ip(10, 0, 0, 3));
	assert_int_equal(gateway_of(&r, ip(10, 27, 129, 1)), ip(10, 0, 0, 2));
	assert_int_equal(gateway_of(&r, ip(10, 1, 2, 3)), 0);
	assert_int_equal(dhcp_routes_default(&r), ip(10, 0, 0, 1));
}

static void without_a_default_there_is_none(void **state)
{
	struct dhcp_routes r;

	(void)state;
	assert_int_equal(dhcp_routes_read(option + 5, 6, &r), 0);
	assert_null(dhcp_routes_find(&r, ip(8, 8, 8, 8)));
	assert_int_equal(dhcp_routes_default(&r), 0);
}

static void what_is_cut_off_changes_nothing(void **state)
{
	struct dhcp_routes r = {.n = 7};
	static const size_t whole[] = {5, 11, 20, 29};

	(void)state;
	for (size_t n = 0, k = 0; n < sizeof(option); n++) {
		if (n == whole[k]) {
			k++;
			continue;
		}
		assert_int_equal(dhcp_routes_read(option, n, &r), -EINVAL);
		assert_int_equal(r.n, 7);
	}
}

static void a_prefix_beyond_32_is_malformed(void **state)
{
	static const uint8_t bad[] = {33, 1, 2, 3, 4, 5, 6, 7, 8, 9};
	struct dhcp_routes r;

	(void)state;
	assert_int_equal(dhcp_routes_read(bad, sizeof(bad), &r), -EINVAL);
}

static void as_many_as_an_option_holds_are_kept(void **state)
{
	uint8_t many[255 + 5] = {0};
	struct dhcp_routes r;

	(void)state;
	assert_int_equal(dhcp_routes_read(many, 255, &r), 0);
	assert_int_equal(r.n, DHCP_ROUTES_MAX);
	assert_int_equal(dhcp_routes_read(many, sizeof(many), &r), -EINVAL);
}

/* Bits beyond the prefix do not count (RFC 3442, "Local Subnet Routes"). */
static void bits_beyond_the_prefix_are_ignored(void **state)
{
	static const uint8_t sloppy[] = {9, 10, 255, 10, 0, 0, 1};
	struct dhcp_routes r;

	(void)state;
	assert_int_equal(dhcp_routes_read(sloppy, sizeof(sloppy), &r), 0);
	assert_int_equal(r.v[0].to, ip(10, 128, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_prefix_wins),
		cmocka_unit_test(without_a_default_there_is_none),
		cmocka_unit_test(what_is_cut_off_changes_nothing),
		cmocka_unit_test(a_prefix_beyond_32_is_malformed),
		cmocka_unit_test(as_many_as_an_option_holds_are_kept),
		cmocka_unit_test(bits_beyond_the_prefix_are_ignored),
	};

	return cmocka_run_group_tests_name("dhcp_routes", tests, NULL, NULL);
}
