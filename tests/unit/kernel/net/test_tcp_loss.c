/*
 * TCP when nobody answers: how often and for how long it sends again; and that
 * it loses nothing itself. The other side is this test; time is what the test
 * lets pass.
 */
#include "kernel/net/socket.h"

#include "tests/lib/test.h"

#include <string.h>

#include "kernel/core/clock.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/uio.h"
#include "tests/lib/khost/net.h"
#include "tests/lib/khost/packet.h"

enum {
	ETHERNET = 14,
	IP = 20,
	TCP = 20,
	PORT = 7,
	PEER_PORT = 40000,
	MSS = 536, /* what is so when nobody says: RFC 9293, 3.7.1 */
	FIN = 1,
	SYN = 2,
	RST = 4,
	ACK = 16,
	SENT_MAX = 64,
	OPTIONS = 4,
	DATA_MAX = 1000,
	DONTWAIT = SOCKET_MSG_DONTWAIT,
};

struct sent {
	uint64_t at_ms;
	uint32_t seq, ack;
	unsigned len, flags;
	uint32_t window; /* bytes, once the connection is there */
};

/* What the machine has sent, and where the peer stands. */
static struct {
	struct sent all[SENT_MAX];
	unsigned n;
	uint32_t seq, acked; /* the peer's next; what it has acknowledged */
	uint16_t window;
	bool scales;    /* the peer knows RFC 7323 */
	uint8_t shift;  /* of windows that the machine says */
	uint32_t taken; /* what it has acknowledged last, */
	uint32_t end;   /* and up to where the peer may send */
} wire;

/* The option of RFC 7323, 2.2, where Linux and lwIP put it: somewhere. */
static uint8_t shift_in(const uint8_t *tcp)
{
	const uint8_t *end = tcp + (tcp[12] >> 4) * 4;

	for (const uint8_t *o = tcp + TCP; o < end && *o;
	     o += *o == 1 ? 1 : o[1])
		if (*o == 3)
			return o[2];
	return 0;
}

static void on_sent(const uint8_t *f, size_t len)
{
	const uint8_t *ip = f + ETHERNET, *tcp = ip + IP;
	struct sent *s = &wire.all[wire.n];

	if (len < ETHERNET + IP + TCP || f[12] != 8 || f[13] || ip[9] != 6 ||
	    wire.n == SENT_MAX)
		return;
	*s = (struct sent){
		.at_ms = clock_monotonic() / NS_PER_MS,
		.seq = packet_get32(tcp + 4),
		.ack = packet_get32(tcp + 8),
		.flags = tcp[13],
		.len = ((unsigned)ip[2] << 8 | ip[3]) - IP -
	               (tcp[12] >> 4) * 4u,
		.window = (uint32_t)(tcp[14] << 8 | tcp[15]) << wire.shift,
	};
	if (s->flags & SYN)
		wire.shift = shift_in(tcp);
	wire.taken = s->ack;
	wire.end = s->ack + s->window;
	wire.n++;
}

/* A segment from the peer, with `n` bytes of data. */
static void say_data(unsigned flags, uint32_t ack, size_t n)
{
	uint8_t f[ETHERNET + IP + TCP + OPTIONS + DATA_MAX] = {0};
	uint8_t *ip = f + ETHERNET, *t = ip + IP;
	size_t options = flags & SYN && wire.scales ? OPTIONS : 0;
	size_t len = TCP + options + n;

	packet_head(f, PACKET_TYPE_IP4);
	memcpy(ip, (const uint8_t[]){0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6}, 10);
	packet_put16(ip + 2, IP + len);
	memcpy(ip + 12, (const uint8_t[]){10, 77, 0, 1, 10, 77, 0, 2}, 8);
	packet_sum_ip4(ip);
	packet_put16(t, PEER_PORT);
	packet_put16(t + 2, PORT);
	packet_put32(t + 4, wire.seq);
	packet_put32(t + 8, ack);
	t[12] = (uint8_t)((TCP + options) / 4 << 4);
	t[13] = (uint8_t)flags;
	packet_put16(t + 14, wire.window);
	if (options)
		memcpy(t + TCP, (const uint8_t[]){1, 3, 3, 0}, OPTIONS);
	packet_put16(t + 16, packet_fold(packet_sum(
				     packet_sum((uint32_t)len + 6, ip + 12, 8),
				     t, len)));
	khost_net_input(f, ETHERNET + IP + len, 0);
	wire.seq += (uint32_t)n + (flags & SYN ? 1 : 0);
}

static void say(unsigned flags, uint32_t ack)
{
	say_data(flags, ack, 0);
}

static void answer_arp(void)
{
	uint8_t f[60] = {0};

	packet_head(f, PACKET_TYPE_ARP);
	memcpy(f + 14, (const uint8_t[]){0, 1, 8, 0, 6, 4, 0, 1}, 8);
	memcpy(f + 22, khost_net_peer, 6);
	memcpy(f + 28, (const uint8_t[]){10, 77, 0, 1}, 4);
	memcpy(f + 38, (const uint8_t[]){10, 77, 0, 2}, 4);
	khost_net_input(f, sizeof(f), 0);
}

/* An accepted connection; the peer has that window. */
static struct file *connect_as(bool cuts, uint16_t window, bool scales)
{
	struct socket_address a = {.len = 16, .family = AF_INET};
	struct file *listener, *f;

	memset(&wire, 0, sizeof(wire));
	wire.seq = 1000;
	wire.window = window;
	wire.scales = scales;
	khost_net_start("* 10.77.0.2/24", cuts, on_sent);
	packet_put16(a.bytes + 2, PORT);
	assert_int_equal(socket_new(AF_INET, SOCK_STREAM, 0, 0, &listener), 0);
	assert_int_equal(socket_bind(listener, &a), 0);
	assert_int_equal(socket_listen(listener, 1), 0);
	answer_arp();
	say(SYN, 0);
	assert_int_equal(wire.n, 1);
	wire.acked = wire.all[0].seq + 1;
	say(ACK, wire.acked);
	assert_int_equal(socket_accept(listener, 0, &f, NULL), 0);
	file_put(listener);
	wire.n = 0;
	return f;
}

static struct file *connect_peer(bool cuts, uint16_t window)
{
	return connect_as(cuts, window, false);
}

static void finish(struct file *f)
{
	if (f)
		file_put(f);
	khost_net_stop();
}

static int64_t send_bytes(struct file *f, size_t n)
{
	static char bytes[128 * 1024];
	struct uio u;
	struct socket_msg m = {.data = &u};

	uio_kernel(&u, bytes, n);
	return socket_send(f, &m, DONTWAIT);
}

static int error_of(struct file *f)
{
	enum { SOL_SOCKET = 1, SO_ERROR = 4 };
	int v = 0;
	size_t len = sizeof(v);

	assert_int_equal(socket_get_option(f, SOL_SOCKET, SO_ERROR, &v, &len),
	                 0);
	return v;
}

static void set_tcp(struct file *f, int name, int v)
{
	assert_int_equal(socket_set_option(f, 6, name, &v, sizeof(v)), 0);
}

/* Seconds until there is an error; `most`: there was none. */
static unsigned seconds_until_error(struct file *f, int error, unsigned most)
{
	for (unsigned s = 0; s < most; s++) {
		int now = error_of(f);

		if (now) {
			assert_int_equal(now, error);
			return s;
		}
		khost_net_run(1000);
	}
	return most;
}

/* By one that let us send so much when it was last heard. */
static void is_given_up_after_a_quarter_of_an_hour(uint16_t window)
{
	struct file *f = connect_peer(false, window);
	unsigned s;

	assert_int_equal(send_bytes(f, 10), 10);
	s = seconds_until_error(f, ETIMEDOUT, 2000);
	assert_in_range(s, 924, 924 + 121);
	finish(f);
}

static void a_dead_peer_is_given_up_after_a_quarter_of_an_hour(void **state)
{
	(void)state;
	is_given_up_after_a_quarter_of_an_hour(UINT16_MAX);
}

static void waits_double_up_to_two_minutes(void **state)
{
	struct file *f = connect_peer(false, UINT16_MAX);
	uint64_t wait = 0;

	(void)state;
	assert_int_equal(send_bytes(f, 10), 10);
	for (unsigned s = 0; s < 900; s += 100) {
		answer_arp(); /* the neighbour is there, TCP is not */
		khost_net_run(100 * 1000);
	}
	assert_in_range(wire.n, 13, 17); /* Linux: 15 */
	for (unsigned i = 2; i < wire.n; i++) {
		uint64_t now = wire.all[i].at_ms - wire.all[i - 1].at_ms;

		assert_in_range(now + 40, wait, 121 * 1000); /* a tick */
		wait = now;
	}
	assert_in_range(wait, 119 * 1000, 121 * 1000);
	finish(f);
}

static void an_answer_begins_the_time_anew(void **state)
{
	struct file *f = connect_peer(false, UINT16_MAX);

	(void)state;
	assert_int_equal(send_bytes(f, 10), 10);
	khost_net_run(600 * 1000);
	say(ACK, wire.acked + 5);
	khost_net_run(600 * 1000);
	assert_int_equal(error_of(f), 0);
	assert_in_range(seconds_until_error(f, ETIMEDOUT, 2000), 300, 500);
	finish(f);
}

static void a_closed_window_is_asked_about_for_as_long(void **state)
{
	(void)state;
	is_given_up_after_a_quarter_of_an_hour(0);
}

static void a_peer_that_says_the_window_is_closed_is_alive(void **state)
{
	struct file *f = connect_peer(false, 0);

	(void)state;
	assert_int_equal(send_bytes(f, 10), 10);
	for (unsigned s = 0; s < 2000; s += 100) {
		khost_net_run(100 * 1000);
		say(ACK, wire.acked);
	}
	assert_int_equal(error_of(f), 0);
	finish(f);
}

static void a_user_timeout_counts_instead(void **state)
{
	enum { TCP_USER_TIMEOUT = 18 };
	struct file *f = connect_peer(false, UINT16_MAX);

	(void)state;
	set_tcp(f, TCP_USER_TIMEOUT, 5000);
	assert_int_equal(send_bytes(f, 10), 10);
	assert_in_range(seconds_until_error(f, ETIMEDOUT, 100), 5, 7);
	finish(f);
	f = connect_peer(false, UINT16_MAX);
	set_tcp(f, TCP_USER_TIMEOUT, 3600 * 1000);
	assert_int_equal(send_bytes(f, 10), 10);
	assert_in_range(seconds_until_error(f, ETIMEDOUT, 5000), 3599, 3730);
	finish(f);
}

static void a_user_timeout_counts_for_keepalive(void **state)
{
	enum {
		KEEPIDLE = 4,
		KEEPINTVL = 5,
		KEEPCNT = 6,
		USER_TIMEOUT = 18,
		SOL_SOCKET = 1,
		SO_KEEPALIVE = 9,
	};
	struct file *f = connect_peer(false, UINT16_MAX);
	int on = 1;

	(void)state;
	set_tcp(f, KEEPIDLE, 10);
	set_tcp(f, KEEPINTVL, 5);
	set_tcp(f, KEEPCNT, 2);
	set_tcp(f, USER_TIMEOUT, 40 * 1000);
	assert_int_equal(
		socket_set_option(f, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)),
		0);
	assert_in_range(seconds_until_error(f, ETIMEDOUT, 100), 39, 47);
	finish(f);
}

static void what_was_closed_is_given_up_sooner(void **state)
{
	struct file *f = connect_peer(false, UINT16_MAX);
	unsigned n;

	(void)state;
	assert_int_equal(send_bytes(f, 10), 10);
	file_put(f);
	khost_net_run(90 * 1000);
	n = wire.n;
	khost_net_run(180 * 1000);
	assert_in_range(wire.n, n, n + 1);
	n = wire.n;
	khost_net_run(900 * 1000);
	assert_int_equal(wire.n, n);
	finish(NULL);
}

/* Bytes that went from the nth segment on. */
static unsigned bytes_from(unsigned n)
{
	unsigned sum = 0;

	for (; n < wire.n; n++)
		sum += wire.all[n].len;
	return sum;
}

static void after_a_timeout_one_segment_goes_and_then_two(void **state)
{
	struct file *f = connect_peer(true, UINT16_MAX);
	uint32_t first = wire.acked;
	unsigned n;

	(void)state;
	assert_int_equal(send_bytes(f, 40 * MSS), 40 * MSS);
	assert_int_equal(wire.all[0].len, 10 * MSS);
	n = wire.n;
	while (wire.n == n)
		khost_net_run(40);
	assert_int_equal(wire.all[n].seq, first);
	assert_int_equal(bytes_from(n), MSS);
	for (unsigned window = 2; window <= 8; window *= 2) {
		wire.acked =
			wire.all[wire.n - 1].seq + wire.all[wire.n - 1].len;
		n = wire.n;
		say(ACK, wire.acked);
		assert_int_equal(bytes_from(n), window * MSS);
	}
	finish(f);
}

static void a_long_segment_goes_in_parts_into_a_small_window(void **state)
{
	struct file *f = connect_peer(true, 4 * MSS + 1);

	(void)state;
	assert_int_equal(send_bytes(f, 10 * MSS), 10 * MSS);
	assert_int_equal(bytes_from(0), 4 * MSS);
	finish(f);
}

static void the_end_goes_with_the_last_part(void **state)
{
	struct file *f = connect_peer(true, 4 * MSS + 1);

	(void)state;
	assert_int_equal(send_bytes(f, 20 * MSS), 20 * MSS);
	assert_int_equal(socket_shutdown(f, 1), 0);
	while (!(wire.all[wire.n - 1].flags & FIN)) {
		const struct sent *last = &wire.all[wire.n - 1];
		unsigned n = wire.n;

		assert_int_equal(last->seq + last->len - wire.acked, 4 * MSS);
		wire.acked = last->seq + last->len;
		say(ACK, wire.acked);
		assert_true(wire.n > n);
	}
	assert_int_equal(wire.acked + 4 * MSS - wire.all[0].seq, 20 * MSS);
	finish(f);
}

/* A program that reads nothing: the peer sends what it may, to the last byte.
 */
static void what_the_window_promises_is_taken(void **state)
{
	struct file *f = connect_as(false, UINT16_MAX, true);
	uint32_t first = wire.seq;

	(void)state;
	wire.end = wire.seq + UINT16_MAX; /* as the handshake said */
	while (wire.end - wire.seq >= DATA_MAX) {
		wire.n = 0;
		say_data(ACK, wire.acked, DATA_MAX);
	}
	khost_net_run(1000); /* it may be in no hurry to tell */
	assert_int_equal(wire.taken, wire.seq);
	assert_in_range(wire.seq - first, 200 * 1000, 256 * 1024);
	finish(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_dead_peer_is_given_up_after_a_quarter_of_an_hour),
		cmocka_unit_test(waits_double_up_to_two_minutes),
		cmocka_unit_test(an_answer_begins_the_time_anew),
		cmocka_unit_test(a_closed_window_is_asked_about_for_as_long),
		cmocka_unit_test(
			a_peer_that_says_the_window_is_closed_is_alive),
		cmocka_unit_test(a_user_timeout_counts_instead),
		cmocka_unit_test(a_user_timeout_counts_for_keepalive),
		cmocka_unit_test(what_was_closed_is_given_up_sooner),
		cmocka_unit_test(after_a_timeout_one_segment_goes_and_then_two),
		cmocka_unit_test(
			a_long_segment_goes_in_parts_into_a_small_window),
		cmocka_unit_test(the_end_goes_with_the_last_part),
		cmocka_unit_test(what_the_window_promises_is_taken),
	};

	return cmocka_run_group_tests_name("tcp_loss", tests, NULL, NULL);
}
