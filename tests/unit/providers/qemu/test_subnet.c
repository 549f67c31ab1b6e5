#include "providers/qemu/subnet.h"

#include "tests/lib/test.h"

static const struct owner owner = {"stack", "default", "/"};

static bool none(const void *ctx, uint32_t ip)
{
	(void)ctx;
	(void)ip;
	return false;
}

static bool equals(const void *ctx, uint32_t ip)
{
	return *(const uint32_t *)ctx == ip;
}

static void an_address_depends_on_names_only(void **state)
{
	uint32_t a = qemu_subnet_ip(&owner, "instance.a", none, NULL);

	(void)state;
	assert_int_equal(a, qemu_subnet_ip(&owner, "instance.a", none, NULL));
	assert_int_not_equal(a,
	                     qemu_subnet_ip(&owner, "instance.b", none, NULL));
	assert_int_equal(a >> 24, 10);
	assert_true((a >> 16 & 255) >= 16); /* not slirp's 10.0.2.0 */
}

static void a_taken_address_gives_way_to_the_next(void **state)
{
	uint32_t a = qemu_subnet_ip(&owner, "instance.a", none, NULL);
	uint32_t b = qemu_subnet_ip(&owner, "instance.a", equals, &a);

	(void)state;
	assert_int_not_equal(a, b);
	assert_int_equal(a >> 16, b >> 16);
}

static void a_mac_is_local_and_unique(void **state)
{
	char a[QEMU_MAC_LEN + 1], b[QEMU_MAC_LEN + 1];

	(void)state;
	qemu_subnet_mac(&owner, "instance.a", "out", a);
	qemu_subnet_mac(&owner, "instance.a", "segment", b);
	assert_string_not_equal(a, b);
	assert_memory_equal(a, "52:", 3);
}

static void ranges_are_read_strictly(void **state)
{
	uint32_t base, mask;

	(void)state;
	assert_true(qemu_subnet_cidr("10.1.2.3/8", &base, &mask));
	assert_int_equal(base, 0x0a000000);
	assert_int_equal(mask, 0xff000000);
	assert_true(qemu_subnet_cidr("0.0.0.0/0", &base, &mask));
	assert_int_equal(mask, 0);
	assert_true(qemu_subnet_cidr("1.2.3.4", &base, &mask));
	assert_int_equal(mask, 0xffffffff);
	assert_false(qemu_subnet_cidr("1.2.3/8", &base, &mask));
	assert_false(qemu_subnet_cidr("1.2.3.4/", &base, &mask));
	assert_false(qemu_subnet_cidr("1.2.3.4/33", &base, &mask));
	assert_false(qemu_subnet_cidr("1.2.3.4/8x", &base, &mask));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_depends_on_names_only),
		cmocka_unit_test(a_taken_address_gives_way_to_the_next),
		cmocka_unit_test(a_mac_is_local_and_unique),
		cmocka_unit_test(ranges_are_read_strictly),
	};

	return cmocka_run_group_tests_name("subnet", tests, NULL, NULL);
}
