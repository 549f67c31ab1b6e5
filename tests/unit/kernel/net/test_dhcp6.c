/*
 * DHCPv6, from the advertisement of a router on. The server is this test, and
 * time is what it lets pass.
 */
#include "kernel/net/dhcp6_message.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/core/clock.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/errno.h"
#include "kernel/net/config.h"
#include "kernel/net/interface.h"
#include "kernel/net/stack.h"
#include "tests/lib/khost/khost.h"
#include "tests/lib/khost/net.h"
#include "tests/lib/khost/packet.h"

enum { MANAGED = 0x80, OTHER = 0x40, HOUR_MS = 3600 * 1000 };

static const char server[] = {0, 3, 0, 1, 0x52, 0x54, 0, 0, 0, 1};

/* What the client has said. */
static struct {
	uint8_t last[512]; /* from the type on */
	size_t len;
	unsigned count;
	unsigned of_type[16];
} heard;

static void on_sent(const uint8_t *f, size_t len)
{
	const uint8_t *udp = f + PACKET_ETHERNET + PACKET_IP6;

	if (len < PACKET_ETHERNET + PACKET_IP6 + PACKET_UDP + 4 ||
	    packet_get16(f + 12) != PACKET_TYPE_IP6 || f[20] != 17 ||
	    packet_get16(udp + 2) != 547)
		return;
	heard.len = len - (size_t)(udp + PACKET_UDP - f);
	assert_in_range(heard.len, 4, sizeof(heard.last));
	memcpy(heard.last, udp + PACKET_UDP, heard.len);
	heard.count++;
	heard.of_type[heard.last[0] & 15]++;
}

/* An option of what was said last; NULL: it was not there. */
static const uint8_t *option(unsigned code, size_t *len)
{
	*len = 0;
	for (size_t at = 4; at + 4 <= heard.len;) {
		const uint8_t *o = heard.last + at;

		*len = packet_get16(o + 2);
		if (packet_get16(o) == code)
			return o + 4;
		at += 4 + *len;
	}
	return NULL;
}

static void advertise(uint8_t flags)
{
	uint8_t body[12] = {64, flags, 7, 8};

	packet_send_icmp6(134, body, sizeof(body), 0);
}

static uint8_t *put(uint8_t *p, unsigned code, const void *bytes, size_t len)
{
	packet_put16(p, code);
	packet_put16(p + 2, len);
	memcpy(p + 4, bytes, len);
	return p + 4 + len;
}

/* fd00::last, for so many seconds; 0xff: no address but that status. */
struct said {
	unsigned type, status, last;
	uint32_t preferred, valid, t1, t2;
};

static uint8_t *put_ia(uint8_t *p, const struct said *s)
{
	uint8_t ia[64] = {0}, *address = ia + 16;
	size_t len, n = 12;
	const uint8_t *asked = option(3, &len);

	if (!asked)
		abort();
	memcpy(ia, asked, 4);
	packet_put32(ia + 4, s->t1);
	packet_put32(ia + 8, s->t2);
	if (s->status) {
		uint8_t status[2];

		packet_put16(status, s->status);
		n = (size_t)(put(ia + n, 13, status, 2) - ia);
	} else {
		packet_put16(ia + 12, 5);
		packet_put16(ia + 14, 24);
		address[0] = 0xfd;
		address[15] = (uint8_t)s->last;
		packet_put32(address + 16, s->preferred);
		packet_put32(address + 20, s->valid);
		n += 28;
	}
	return put(p, 3, ia, n);
}

static void answer(const struct said *s)
{
	static const uint8_t dns[16] = {0xfd, [15] = 0x53};
	static const char domain[] = "\4soup\7example";
	uint8_t m[512], *p = m + 4;
	size_t len;
	const uint8_t *client = option(1, &len);

	if (!client)
		abort();
	memcpy(m, heard.last, 4);
	m[0] = (uint8_t)s->type;
	p = put(p, 1, client, len);
	p = put(p, 2, server, sizeof(server));
	p = put(p, 23, dns, sizeof(dns));
	p = put(p, 24, domain, sizeof(domain));
	if (option(3, &len))
		p = put_ia(p, s);
	packet_send_udp6(547, 546, m, (size_t)(p - m), 0);
}

static void answer_lease(unsigned type, unsigned last)
{
	answer(&(struct said){.type = type,
	                      .last = last,
	                      .preferred = 3000,
	                      .valid = 4000,
	                      .t1 = 1000,
	                      .t2 = 2000});
}

/* Has it fd00::last? */
static bool has(unsigned last)
{
	struct interface_info info;
	bool found = false;

	stack_lock();
	assert_true(interface_info_locked(1, &info));
	stack_unlock();
	for (unsigned i = 0; i < info.nr_six; i++)
		found |= info.six[i].address.high == UINT64_C(0xfd) << 56 &&
		         info.six[i].address.low == last;
	return found;
}

static void start(uint8_t flags)
{
	memset(&heard, 0, sizeof(heard));
	khost_net_start("* 10.77.0.2/24", false, on_sent);
	advertise(flags);
}

static void get_lease(void)
{
	start(MANAGED);
	answer_lease(DHCP6_TYPE_ADVERTISE, 5);
	answer_lease(DHCP6_TYPE_REPLY, 5);
	assert_true(has(5));
}

static void nothing_is_asked_where_no_router_says_so(void **state)
{
	(void)state;
	start(0);
	khost_net_run(HOUR_MS);
	assert_int_equal(heard.count, 0);
	khost_net_stop();
}

static void an_offer_is_requested_of_the_server_that_made_it(void **state)
{
	const uint8_t *o;
	size_t len;

	(void)state;
	start(MANAGED);
	assert_int_equal(heard.last[0], DHCP6_TYPE_SOLICIT);
	assert_null(option(2, &len));
	answer_lease(DHCP6_TYPE_ADVERTISE, 5);
	assert_int_equal(heard.last[0], DHCP6_TYPE_REQUEST);
	o = option(2, &len);
	assert_int_equal(len, sizeof(server));
	assert_memory_equal(o, server, len);
	assert_false(has(5));
	answer_lease(DHCP6_TYPE_REPLY, 5);
	assert_true(has(5));
	assert_string_equal(khost_last_log(),
	                    "net: eth0 fd00::5/128 by DHCPv6");
	khost_net_stop();
}

static void names_come_along(void **state)
{
	char text[256];

	(void)state;
	get_lease();
	net_resolv_conf(text, sizeof(text));
	assert_string_equal(text, "search soup.example\nnameserver fd00::53\n");
	khost_net_stop();
}

static void a_lease_is_renewed_before_it_ends(void **state)
{
	unsigned before;

	(void)state;
	get_lease();
	before = heard.count;
	khost_net_run(990 * 1000);
	assert_int_equal(heard.count, before);
	khost_net_run(20 * 1000);
	assert_int_equal(heard.last[0], DHCP6_TYPE_RENEW);
	answer_lease(DHCP6_TYPE_REPLY, 5);
	before = heard.count;
	khost_net_run(990 * 1000);
	assert_int_equal(heard.count, before);
	assert_true(has(5));
	khost_net_stop();
}

static void any_server_may_renew_it_later(void **state)
{
	size_t len;

	(void)state;
	get_lease();
	khost_net_run(2010 * 1000);
	assert_true(heard.of_type[DHCP6_TYPE_RENEW] > 2);
	assert_int_equal(heard.last[0], DHCP6_TYPE_REBIND);
	assert_null(option(2, &len));
	assert_true(has(5));
	answer_lease(DHCP6_TYPE_REPLY, 5);
	khost_net_run(900 * 1000);
	assert_true(has(5));
	khost_net_stop();
}

static void a_lease_that_ended_is_looked_for_without_end(void **state)
{
	unsigned before;

	(void)state;
	get_lease();
	khost_net_run(4010 * 1000);
	assert_false(has(5));
	assert_int_equal(heard.last[0], DHCP6_TYPE_SOLICIT);
	for (unsigned day = 0; day < 3; day++) {
		before = heard.of_type[DHCP6_TYPE_SOLICIT];
		khost_net_run(24 * HOUR_MS);
		assert_true(heard.of_type[DHCP6_TYPE_SOLICIT] > before);
	}
	answer_lease(DHCP6_TYPE_ADVERTISE, 6);
	answer_lease(DHCP6_TYPE_REPLY, 6);
	assert_true(has(6));
	khost_net_stop();
}

static void another_address_takes_the_place_of_the_first(void **state)
{
	(void)state;
	get_lease();
	khost_net_run(1010 * 1000);
	answer_lease(DHCP6_TYPE_REPLY, 7);
	assert_true(has(7));
	assert_false(has(5));
	khost_net_stop();
}

static void a_server_that_forgot_the_lease_is_asked_for_it(void **state)
{
	(void)state;
	get_lease();
	khost_net_run(1010 * 1000);
	answer(&(struct said){DHCP6_TYPE_REPLY, DHCP6_NO_BINDING, 0, 0, 0, 0,
	                      0});
	assert_int_equal(heard.last[0], DHCP6_TYPE_REQUEST);
	answer_lease(DHCP6_TYPE_REPLY, 5);
	assert_true(has(5));
	khost_net_stop();
}

static void a_refusal_does_not_hurry(void **state)
{
	unsigned before;

	(void)state;
	start(MANAGED);
	answer_lease(DHCP6_TYPE_ADVERTISE, 5);
	before = heard.count;
	answer(&(struct said){DHCP6_TYPE_REPLY, DHCP6_NO_ADDRESSES, 0, 0, 0, 0,
	                      0});
	assert_int_equal(heard.count, before);
	khost_net_run(1600);
	assert_int_equal(heard.last[0], DHCP6_TYPE_SOLICIT);
	assert_int_equal(heard.count, before + 1);
	khost_net_stop();
}

static void other_means_names_only(void **state)
{
	char text[256];
	size_t len;

	(void)state;
	start(OTHER);
	assert_int_equal(heard.last[0], DHCP6_TYPE_INFORMATION);
	assert_null(option(3, &len));
	answer_lease(DHCP6_TYPE_REPLY, 5);
	net_resolv_conf(text, sizeof(text));
	assert_string_equal(text, "search soup.example\nnameserver fd00::53\n");
	assert_false(has(5));
	assert_int_equal(heard.count, 1);
	advertise(OTHER);
	assert_int_equal(heard.count, 1);
	advertise(MANAGED | OTHER);
	assert_int_equal(heard.last[0], DHCP6_TYPE_SOLICIT);
	khost_net_stop();
}

/* --- static addresses --- */

static void a_line_gives_an_address_a_gateway_and_servers(void **state)
{
	struct interface_info info;
	char text[256];

	(void)state;
	memset(&heard, 0, sizeof(heard));
	khost_net_start("* fd00::5/112 via fe80::1 dns fd00::53 dns fd00::54",
	                false, on_sent);
	assert_true(has(5));
	stack_lock();
	assert_true(interface_info_locked(1, &info));
	assert_true(interface_configured_locked());
	stack_unlock();
	assert_true(info.has_gateway6);
	assert_int_equal(info.gateway6.low, 1);
	assert_int_equal(info.six[1].prefix, 112);
	assert_true(info.six[1].permanent);
	net_resolv_conf(text, sizeof(text));
	assert_string_equal(text, "nameserver fd00::53\nnameserver fd00::54\n");
	khost_net_run(48 * HOUR_MS);
	assert_true(has(5));
	khost_net_stop();
}

static void lines_of_both_versions_add_up(void **state)
{
	struct interface_info info;

	(void)state;
	khost_net_start("* 10.77.0.2/24 via 10.77.0.1\n* fd00::5/64", false,
	                NULL);
	assert_true(has(5));
	stack_lock();
	assert_true(interface_info_locked(1, &info));
	stack_unlock();
	assert_int_equal(info.address, 0x0a4d0002);
	khost_net_stop();
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const bad[] = {
		"* ::/64",          "* ff02::1/64",         "* fd00::1/129",
		"* fd00::1/64 via", "* fd00::1/64 via x",   "* fd00::1/64 dns",
		"* fd00::1/64 ",    "* ::ffff:10.0.0.1/96", "* fd00:/64",
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(net_add_line(bad[i]), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_asked_where_no_router_says_so),
		cmocka_unit_test(
			an_offer_is_requested_of_the_server_that_made_it),
		cmocka_unit_test(names_come_along),
		cmocka_unit_test(a_lease_is_renewed_before_it_ends),
		cmocka_unit_test(any_server_may_renew_it_later),
		cmocka_unit_test(a_lease_that_ended_is_looked_for_without_end),
		cmocka_unit_test(another_address_takes_the_place_of_the_first),
		cmocka_unit_test(
			a_server_that_forgot_the_lease_is_asked_for_it),
		cmocka_unit_test(a_refusal_does_not_hurry),
		cmocka_unit_test(other_means_names_only),
		cmocka_unit_test(a_line_gives_an_address_a_gateway_and_servers),
		cmocka_unit_test(lines_of_both_versions_add_up),
		cmocka_unit_test(what_is_no_address_is_refused),
	};

	return cmocka_run_group_tests_name("dhcp6", tests, NULL, NULL);
}
