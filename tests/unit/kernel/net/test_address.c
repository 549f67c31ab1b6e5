#include "kernel/net/address.h"

#include "tests/lib/test.h"

#include "kernel/lib/attr.h"

static void an_address_is_read_up_to_its_end(void **state)
{
	const char *s = "10.0.2.15 rest";
	uint32_t a;

	(void)state;
	assert_true(address_read(&s, &a));
	assert_int_equal(a, 0x0a00020f);
	assert_string_equal(s, " rest");
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const bad[] = {
		"",        "10",      "10.0.2",  "10.0.2.256",
		"10..2.1", "a.b.c.d", "10.0.2.",
	};
	uint32_t a;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *s = bad[i];

		assert_false(address_read(&s, &a));
	}
}

static void a_prefix_is_32_unless_it_is_said(void **state)
{
	const char *s = "10.0.0.0/8", *alone = "10.0.0.1", *bad = "1.2.3.4/33";
	uint32_t a;
	unsigned prefix;

	(void)state;
	assert_true(address_read_cidr(&s, &a, &prefix));
	assert_int_equal(prefix, 8);
	assert_true(address_read_cidr(&alone, &a, &prefix));
	assert_int_equal(prefix, 32);
	assert_false(address_read_cidr(&bad, &a, &prefix));
}

static void masks_and_prefixes_mean_each_other(void **state)
{
	(void)state;
	for (unsigned n = 0; n <= 32; n++)
		assert_int_equal(address_prefix(address_mask(n)), n);
	assert_int_equal(address_mask(24), 0xffffff00);
}

static void a_hardware_address_has_six_pairs(void **state)
{
	static const uint8_t expected[6] = {0x52, 0x54, 0, 0x12, 0xaB, 0xff};
	const char *s = "52:54:00:12:aB:ff dhcp", *cut = "52:54:00:12:ab";
	const char *odd = "52:54:00:12:ab:f";
	uint8_t mac[6];

	(void)state;
	assert_true(address_read_mac(&s, mac));
	assert_memory_equal(mac, expected, 6);
	assert_string_equal(s, " dhcp");
	assert_false(address_read_mac(&cut, mac));
	assert_false(address_read_mac(&odd, mac));
}

static void an_address_is_printed_as_it_is_read(void **state)
{
	char text[ADDRESS_TEXT_MAX];

	(void)state;
	address_print(text, 0xffffffff);
	assert_string_equal(text, "255.255.255.255");
}

static void ipv6_is_printed_as_rfc_5952_wants_it(void **state)
{
	static const char *const pairs[][2] = {
		{"::", "::"},
		{"::1", "::1"},
		{"fe80::", "fe80::"},
		{"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
		{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
		{"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
		{"1:0:0:4:0:0:0:8", "1:0:0:4::8"},
		{"::ffff:10.0.2.15", "::ffff:10.0.2.15"},
		{"64:ff9b::1.2.3.4", "64:ff9b::102:304"},
		{"1::", "1::"},
		{"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		const char *s = pairs[i][0];
		char text[ADDRESS6_TEXT_MAX];
		struct address6 a;

		assert_true(address6_read(&s, &a));
		assert_string_equal(s, "");
		address6_print(text, a);
		assert_string_equal(text, pairs[i][1]);
	}
}

static void what_is_no_ipv6_address_is_refused(void **state)
{
	static const char *const bad[] = {
		"",        ":",          "1",
		"1:2:3:4", ":1::",       "1:2:3:4:5:6:7:",
		"12345::", "1::2::3/x:", "1:2:3:4:5:6:7:8:9",
		"1.2.3.4", "::1.2.3",    "1:2:3:4:5:6:7:1.2.3.4",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *s = bad[i];
		struct address6 a;

		/* It ends inside, or is refused at once. */
		assert_false(address6_read(&s, &a) && !*s);
	}
}

static void a_cidr_is_of_either_kind(void **state)
{
	const char *v4 = "10.0.0.0/8", *v6 = "fd00::/8", *bad = "fd00::/129";
	struct address6 a;
	unsigned prefix;

	(void)state;
	assert_true(address6_read_cidr(&v4, &a, &prefix));
	assert_int_equal(prefix, 104);
	assert_true(address6_is_mapped(a));
	assert_true(address6_read_cidr(&v6, &a, &prefix));
	assert_int_equal(prefix, 8);
	assert_true(a.high == UINT64_C(0xfd) << 56);
	assert_false(address6_read_cidr(&bad, &a, &prefix));
}

static void ipv6_goes_to_bytes_and_back(void **state)
{
	const char *s = "1:2:3:4:5:6:7:8";
	struct address6 a, b;
	uint8_t bytes[16];

	(void)state;
	assert_true(address6_read(&s, &a));
	address6_to_bytes(a, bytes);
	assert_int_equal(bytes[15], 8);
	b = address6_of_bytes(bytes);
	assert_true(a.high == b.high && a.low == b.low);
	assert_true(address6_mask(65).low == UINT64_C(1) << 63);
	assert_true(address6_mask(0).high == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_read_up_to_its_end),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(a_prefix_is_32_unless_it_is_said),
		cmocka_unit_test(masks_and_prefixes_mean_each_other),
		cmocka_unit_test(a_hardware_address_has_six_pairs),
		cmocka_unit_test(an_address_is_printed_as_it_is_read),
		cmocka_unit_test(ipv6_is_printed_as_rfc_5952_wants_it),
		cmocka_unit_test(what_is_no_ipv6_address_is_refused),
		cmocka_unit_test(a_cidr_is_of_either_kind),
		cmocka_unit_test(ipv6_goes_to_bytes_and_back),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
