/* UDP as it goes out by the card, and sockets that are not given. */
#include "kernel/net/socket.h"

#include "tests/lib/test.h"

#include <string.h>

#include "kernel/fs/vfs.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/uio.h"
#include "tests/lib/khost/net.h"
#include "tests/lib/khost/packet.h"

enum {
	IPPROTO_IP_LEVEL = 0,
	IP_MTU_DISCOVER = 10,
	WANT = 1,
	DO = 2,
	PROBE = 3,
	INTERFACE = 4,
	MTU = 1500,
	HEADERS = PACKET_IP4 + PACKET_UDP,
};

/* The last UDP packet's IP header, and how many came. */
static struct {
	uint8_t ip[PACKET_IP4];
	unsigned n;
} sent;

static void on_sent(const uint8_t *f, size_t len)
{
	const uint8_t *ip = f + PACKET_ETHERNET;

	if (len < PACKET_ETHERNET + PACKET_IP4 ||
	    packet_get16(f + 12) != PACKET_TYPE_IP4 || ip[9] != 17)
		return;
	memcpy(sent.ip, ip, sizeof(sent.ip));
	sent.n++;
}

static void answer_arp(void)
{
	static const uint8_t arp[] = {0, 1, 8, 0, 6, 4, 0, 1};
	uint8_t f[60] = {0}, *p = packet_head(f, PACKET_TYPE_ARP);

	memcpy(p, arp, sizeof(arp));
	memcpy(p + 8, khost_net_peer, 6);
	memcpy(p + 14, (const uint8_t[]){10, 77, 0, 1}, 4);
	memcpy(p + 24, (const uint8_t[]){10, 77, 0, 2}, 4);
	khost_net_input(f, sizeof(f), 0);
}

static struct file *start(int discover)
{
	struct file *f;

	memset(&sent, 0, sizeof(sent));
	khost_net_start("* 10.77.0.2/24", false, on_sent);
	answer_arp();
	assert_int_equal(socket_new(AF_INET, SOCK_DGRAM, 0, 0, &f), 0);
	assert_int_equal(socket_set_option(f, IPPROTO_IP_LEVEL, IP_MTU_DISCOVER,
	                                   &discover, sizeof(discover)),
	                 0);
	return f;
}

static int64_t send_to_peer(struct file *f, size_t n)
{
	struct socket_address to = {.len = 16, .family = AF_INET};
	static char bytes[4000];
	struct uio u;
	struct socket_msg m = {.data = &u, .name = &to};

	packet_put16(to.bytes + 2, 9);
	memcpy(to.bytes + 4, (const uint8_t[]){10, 77, 0, 1}, 4);
	uio_kernel(&u, bytes, n);
	return socket_send(f, &m, 0);
}

static bool says_whole(void)
{
	return sent.ip[6] & 0x40;
}

static void finish(struct file *f)
{
	file_put(f);
	khost_net_stop();
}

static void who_wants_it_sends_what_must_not_be_cut(void **state)
{
	static const int how[] = {DO, PROBE};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(how); i++) {
		struct file *f = start(how[i]);

		assert_int_equal(send_to_peer(f, MTU - HEADERS), MTU - HEADERS);
		assert_int_equal(sent.n, 1);
		assert_true(says_whole());
		assert_int_equal(
			packet_fold(packet_sum(0, sent.ip, PACKET_IP4)), 0);
		assert_int_equal(send_to_peer(f, MTU - HEADERS + 1), -EMSGSIZE);
		finish(f);
	}
}

static void others_send_in_parts(void **state)
{
	struct file *f = start(WANT);

	(void)state;
	assert_int_equal(send_to_peer(f, 3000), 3000);
	assert_int_equal(sent.n, 3);
	assert_false(says_whole());
	finish(f);
}

static void the_size_of_the_link_may_be_the_limit(void **state)
{
	struct file *f = start(INTERFACE);

	(void)state;
	assert_int_equal(send_to_peer(f, 10), 10);
	assert_false(says_whole());
	assert_int_equal(send_to_peer(f, 3000), -EMSGSIZE);
	finish(f);
}

static void raw_sockets_are_refused_as_without_privilege(void **state)
{
	enum { ICMP = 1, ICMP6 = 58 };
	struct file *f;

	(void)state;
	assert_int_equal(socket_new(AF_INET, SOCK_RAW, ICMP, 0, &f), -EPERM);
	assert_int_equal(socket_new(AF_INET6, SOCK_RAW, ICMP6, 0, &f), -EPERM);
	assert_int_equal(socket_new(AF_INET, SOCK_DGRAM, ICMP6, 0, &f),
	                 -EPROTONOSUPPORT);
	assert_int_equal(socket_new(AF_INET6, SOCK_DGRAM, ICMP, 0, &f),
	                 -EPROTONOSUPPORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_wants_it_sends_what_must_not_be_cut),
		cmocka_unit_test(others_send_in_parts),
		cmocka_unit_test(the_size_of_the_link_may_be_the_limit),
		cmocka_unit_test(raw_sockets_are_refused_as_without_privilege),
	};

	return cmocka_run_group_tests_name("udp_frames", tests, NULL, NULL);
}
