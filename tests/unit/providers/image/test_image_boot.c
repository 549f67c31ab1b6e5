#include "providers/image/image_boot.h"

#include "tests/lib/test.h"

static void what_is_let_in_has_ports_where_the_protocol_has(void **state)
{
	struct arena mem = {0};
	struct image_boot b = {.mem = &mem};

	(void)state;
	image_boot_allow(&b, "tcp", 1883, 1883, "10.0.0.0/8");
	image_boot_allow(&b, "udp", 5, 9, "fd00::/8");
	image_boot_allow(&b, "icmp", 0, 0, "10.0.0.0/8");
	assert_string_equal(b.text, "allow tcp/1883 10.0.0.0/8\n"
	                            "allow udp/5-9 fd00::/8\n"
	                            "allow icmp 10.0.0.0/8\n");
	arena_free(&mem);
}

static void everybody_is_so_by_either_version_of_ip(void **state)
{
	struct arena mem = {0};
	struct image_boot b = {.mem = &mem};

	(void)state;
	image_boot_allow(&b, "tcp", 80, 80, "0.0.0.0/0");
	image_boot_allow(&b, "icmp", 0, 0, "0.0.0.0/0");
	assert_string_equal(b.text, "allow tcp/80 0.0.0.0/0\n"
	                            "allow tcp/80 ::/0\n"
	                            "allow icmp 0.0.0.0/0\n"
	                            "allow icmp ::/0\n");
	arena_free(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_is_let_in_has_ports_where_the_protocol_has),
		cmocka_unit_test(everybody_is_so_by_either_version_of_ip),
	};

	return cmocka_run_group_tests_name("image_boot", tests, NULL, NULL);
}
