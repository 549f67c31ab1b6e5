#include "kernel/net/filter.h"

#include "tests/lib/test.h"

#include <string.h>

#include "kernel/lib/errno.h"
#include "kernel/net/address.h"

#define SECOND UINT64_C(1000000000)

enum { SYN = 2, ACK = 16, HEADER = 20 };

struct packet {
	uint8_t bytes[80];
	size_t size;
};

static void put_address(uint8_t *to, const char *text)
{
	uint32_t a = 0;

	assert_true(address_read(&text, &a));
	for (unsigned i = 0; i < 4; i++)
		to[i] = (uint8_t)(a >> (24 - 8 * i));
}

static struct packet make(uint8_t protocol, const char *from,
                          uint16_t from_port, const char *to, uint16_t to_port)
{
	struct packet p = {.size = HEADER + 20};
	uint8_t *t = p.bytes + HEADER;

	p.bytes[0] = 0x45;
	p.bytes[9] = protocol;
	put_address(p.bytes + 12, from);
	put_address(p.bytes + 16, to);
	t[0] = (uint8_t)(from_port >> 8);
	t[1] = (uint8_t)from_port;
	t[2] = (uint8_t)(to_port >> 8);
	t[3] = (uint8_t)to_port;
	return p;
}

static struct packet tcp(const char *from, uint16_t port, uint8_t flags)
{
	struct packet p = make(FILTER_TCP, from, 40000, "10.0.2.15", port);

	p.bytes[HEADER + 13] = flags;
	return p;
}

static struct packet icmp(const char *from, uint8_t type)
{
	struct packet p = make(FILTER_ICMP, from, 0, "10.0.2.15", 0);

	p.bytes[HEADER] = type;
	return p;
}

static enum filter_verdict judge(struct packet p, uint64_t now)
{
	return filter_input(p.bytes, p.size, now);
}

enum { HEADER6 = 40, ICMP6_ECHO = 128, ICMP6_ADVERTISEMENT = 136 };

static void put_address6(uint8_t *to, const char *text)
{
	struct address6 a = {0};

	assert_true(address6_read(&text, &a));
	address6_to_bytes(a, to);
}

/* With `ext`, a header of options of eight bytes before the transport's. */
static struct packet make6(uint8_t protocol, const char *from,
                           uint16_t from_port, uint16_t to_port, bool ext)
{
	struct packet p = {.size = HEADER6 + (ext ? 8 : 0) + 20};
	uint8_t *t = p.bytes + p.size - 20;

	p.bytes[0] = 0x60;
	p.bytes[6] = ext ? 60 : protocol;
	if (ext)
		p.bytes[HEADER6] = protocol;
	put_address6(p.bytes + 8, from);
	put_address6(p.bytes + 24, "fec0::5054:ff:fe12:3456");
	t[0] = (uint8_t)(from_port >> 8);
	t[1] = (uint8_t)from_port;
	t[2] = (uint8_t)(to_port >> 8);
	t[3] = (uint8_t)to_port;
	return p;
}

static struct packet tcp6(const char *from, uint16_t port, bool ext)
{
	struct packet p = make6(FILTER_TCP, from, 40000, port, ext);

	p.bytes[p.size - 20 + 13] = SYN;
	return p;
}

static int setup(void **state)
{
	(void)state;
	filter_reset();
	return 0;
}

static void without_a_rule_no_connection_comes_in(void **state)
{
	(void)state;
	assert_int_equal(judge(tcp("10.0.2.2", 1883, SYN), 1), FILTER_DROP);
}

static void a_rule_lets_its_port_in_from_its_sources(void **state)
{
	(void)state;
	assert_int_equal(filter_add("tcp/1883 10.0.0.0/8"), 0);
	assert_int_equal(judge(tcp("10.9.9.9", 1883, SYN), 1), FILTER_PASS);
	assert_int_equal(judge(tcp("11.0.0.1", 1883, SYN), 1), FILTER_DROP);
	assert_int_equal(judge(tcp("10.9.9.9", 1884, SYN), 1), FILTER_DROP);
}

static void a_range_has_both_of_its_ends(void **state)
{
	(void)state;
	assert_int_equal(filter_add("tcp/100-200 0.0.0.0/0"), 0);
	assert_int_equal(judge(tcp("1.2.3.4", 99, SYN), 1), FILTER_DROP);
	assert_int_equal(judge(tcp("1.2.3.4", 100, SYN), 1), FILTER_PASS);
	assert_int_equal(judge(tcp("1.2.3.4", 200, SYN), 1), FILTER_PASS);
	assert_int_equal(judge(tcp("1.2.3.4", 201, SYN), 1), FILTER_DROP);
}

static void malformed_rules_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"tcp",
		"tcp/ 0.0.0.0/0",
		"tcp/80",
		"tcp/80 ",
		"tcp/80 0.0.0.0/33",
		"tcp/65536 0.0.0.0/0",
		"tcp/90-80 0.0.0.0/0",
		"tcp/80 0.0.0.0/0 x",
		"sctp/80 0.0.0.0/0",
		"icmp/8 0.0.0.0/0",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(filter_add(bad[i]), -EINVAL);
}

static void other_segments_are_for_connections_to_know(void **state)
{
	(void)state;
	assert_int_equal(judge(tcp("1.2.3.4", 50000, ACK), 1), FILTER_ASK_TCP);
	assert_int_equal(judge(tcp("1.2.3.4", 50000, SYN | ACK), 1),
	                 FILTER_ASK_TCP);
}

static void answers_to_a_datagram_come_in_for_a_while(void **state)
{
	struct packet out = make(FILTER_UDP, "10.0.2.15", 5000, "9.9.9.9", 53);
	struct packet in = make(FILTER_UDP, "9.9.9.9", 53, "10.0.2.15", 5000);
	struct packet other =
		make(FILTER_UDP, "8.8.8.8", 53, "10.0.2.15", 5000);

	(void)state;
	assert_int_equal(judge(in, SECOND), FILTER_DROP);
	filter_output(out.bytes, out.size, SECOND);
	assert_int_equal(judge(in, 2 * SECOND), FILTER_PASS);
	assert_int_equal(judge(other, 2 * SECOND), FILTER_DROP);
	assert_int_equal(judge(in, 1000 * SECOND), FILTER_DROP);
}

static void anybody_may_answer_a_broadcast(void **state)
{
	struct packet out =
		make(FILTER_UDP, "0.0.0.0", 68, "255.255.255.255", 67);
	struct packet in = make(FILTER_UDP, "10.0.2.2", 67, "10.0.2.15", 68);

	(void)state;
	filter_output(out.bytes, out.size, SECOND);
	assert_int_equal(judge(in, SECOND), FILTER_PASS);
}

static void many_flows_push_out_the_oldest_only(void **state)
{
	struct packet in = make(FILTER_UDP, "9.9.9.9", 53, "10.0.2.15", 50000);

	(void)state;
	for (uint16_t port = 40000; port <= 50000; port++) {
		struct packet out =
			make(FILTER_UDP, "10.0.2.15", port, "9.9.9.9", 53);

		filter_output(out.bytes, out.size, SECOND + port);
	}
	assert_int_equal(judge(in, 2 * SECOND), FILTER_PASS);
}

static void echo_needs_a_rule_and_errors_do_not(void **state)
{
	(void)state;
	assert_int_equal(judge(icmp("1.2.3.4", 8), 1), FILTER_DROP);
	assert_int_equal(judge(icmp("1.2.3.4", 3), 1), FILTER_PASS);
	assert_int_equal(judge(icmp("1.2.3.4", 0), 1), FILTER_PASS);
	assert_int_equal(judge(icmp("1.2.3.4", 13), 1), FILTER_DROP);
	assert_int_equal(filter_add("icmp 1.2.0.0/16"), 0);
	assert_int_equal(judge(icmp("1.2.3.4", 8), 1), FILTER_PASS);
	assert_int_equal(judge(icmp("1.3.3.4", 8), 1), FILTER_DROP);
}

static void malformed_packets_are_dropped(void **state)
{
	struct packet p = tcp("1.2.3.4", 80, SYN);

	(void)state;
	assert_int_equal(filter_add("tcp/80 0.0.0.0/0"), 0);
	for (p.size = 0; p.size < HEADER + 14; p.size++)
		assert_int_equal(judge(p, 1), FILTER_DROP);
	assert_int_equal(judge(p, 1), FILTER_PASS);
	p.bytes[0] = 0x44; /* a header shorter than it can be */
	assert_int_equal(judge(p, 1), FILTER_DROP);
	p.bytes[0] = 0x4f; /* one that does not end */
	assert_int_equal(judge(p, 1), FILTER_DROP);
}

static void a_fragment_cannot_write_over_the_flags(void **state)
{
	struct packet p = tcp("1.2.3.4", 80, SYN);

	(void)state;
	p.bytes[7] = 1;
	assert_int_equal(judge(p, 1), FILTER_DROP);
	p.bytes[7] = 100;
	assert_int_equal(judge(p, 1), FILTER_PASS);
}

static void other_protocols_do_not_come_in(void **state)
{
	(void)state;
	assert_int_equal(judge(make(47, "1.2.3.4", 1, "10.0.2.15", 1), 1),
	                 FILTER_DROP);
}

static void what_happened_is_counted(void **state)
{
	char text[1024];

	(void)state;
	assert_int_equal(filter_add("tcp/80-90 10.0.0.0/8"), 0);
	(void)judge(tcp("10.1.1.1", 80, SYN), 1);
	(void)judge(tcp("11.1.1.1", 80, SYN), 1);
	filter_drop_unknown();
	filter_stats(text, sizeof(text));
	assert_non_null(strstr(text, "allow tcp/80-90 10.0.0.0/8\n"));
	assert_non_null(strstr(text, "passed, allowed: 1\n"));
	assert_non_null(strstr(text, "dropped, TCP: 2\n"));
	assert_int_equal(filter_stats(text, 10), 9);
}

#define TEST(fn) cmocka_unit_test_setup(fn, setup)

static void a_rule_of_ipv6_is_of_ipv6_only(void **state)
{
	(void)state;
	assert_int_equal(filter_add("tcp/1883 2001:db8::/32"), 0);
	assert_int_equal(judge(tcp6("2001:db8:7::1", 1883, false), 1),
	                 FILTER_PASS);
	assert_int_equal(judge(tcp6("2001:db9::1", 1883, false), 1),
	                 FILTER_DROP);
	assert_int_equal(judge(tcp("1.2.3.4", 1883, SYN), 1), FILTER_DROP);
}

static void a_rule_of_ipv4_is_of_ipv4_only(void **state)
{
	(void)state;
	assert_int_equal(filter_add("tcp/1883 0.0.0.0/0"), 0);
	assert_int_equal(judge(tcp("1.2.3.4", 1883, SYN), 1), FILTER_PASS);
	assert_int_equal(judge(tcp6("2001:db8::1", 1883, false), 1),
	                 FILTER_DROP);
}

static void ports_are_found_behind_other_headers(void **state)
{
	struct packet cut = tcp6("2001:db8::1", 80, true);

	(void)state;
	assert_int_equal(filter_add("tcp/80 ::/0"), 0);
	assert_int_equal(judge(tcp6("2001:db8::1", 80, true), 1), FILTER_PASS);
	assert_int_equal(judge(tcp6("2001:db8::1", 81, true), 1), FILTER_DROP);
	cut.bytes[HEADER6 + 1] = 200; /* longer than the packet */
	assert_int_equal(judge(cut, 1), FILTER_DROP);
}

static void neighbours_are_heard_and_strangers_ping_in_vain(void **state)
{
	struct packet na = make6(FILTER_ICMP6, "fe80::2", 0, 0, false);
	struct packet echo = make6(FILTER_ICMP6, "2001:db8::1", 0, 0, false);

	(void)state;
	na.bytes[HEADER6] = ICMP6_ADVERTISEMENT;
	echo.bytes[HEADER6] = ICMP6_ECHO;
	assert_int_equal(judge(na, 1), FILTER_PASS);
	assert_int_equal(judge(echo, 1), FILTER_DROP);
	assert_int_equal(filter_add("icmp ::/0"), 0);
	assert_int_equal(judge(echo, 1), FILTER_PASS);
}

static void answers_by_udp_come_in_over_ipv6(void **state)
{
	struct packet out = make6(FILTER_UDP, "fec0::1", 5000, 53, false);
	struct packet in = make6(FILTER_UDP, "fec0::3", 53, 5000, false);

	(void)state;
	put_address6(out.bytes + 24, "fec0::3");
	assert_int_equal(judge(in, 1), FILTER_DROP);
	filter_output(out.bytes, out.size, 1);
	assert_int_equal(judge(in, 2), FILTER_PASS);
	put_address6(in.bytes + 8, "fec0::4");
	assert_int_equal(judge(in, 2), FILTER_DROP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_rule_no_connection_comes_in),
		TEST(a_rule_lets_its_port_in_from_its_sources),
		TEST(a_range_has_both_of_its_ends),
		TEST(malformed_rules_are_refused),
		TEST(other_segments_are_for_connections_to_know),
		TEST(answers_to_a_datagram_come_in_for_a_while),
		TEST(anybody_may_answer_a_broadcast),
		TEST(many_flows_push_out_the_oldest_only),
		TEST(echo_needs_a_rule_and_errors_do_not),
		TEST(malformed_packets_are_dropped),
		TEST(a_fragment_cannot_write_over_the_flags),
		TEST(other_protocols_do_not_come_in),
		TEST(what_happened_is_counted),
		TEST(a_rule_of_ipv6_is_of_ipv6_only),
		TEST(a_rule_of_ipv4_is_of_ipv4_only),
		TEST(ports_are_found_behind_other_headers),
		TEST(neighbours_are_heard_and_strangers_ping_in_vain),
		TEST(answers_by_udp_come_in_over_ipv6),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
