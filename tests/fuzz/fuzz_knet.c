/*
 * fuzz_knet.c - a network against the whole stack: lwIP and what is ours
 * around it. The first byte says in how many pieces frames come and how the
 * machine gets its address; then come messages, each with a byte that says of
 * which kind it is and two for how long: answers of DHCP servers of both
 * versions of IP, advertisements of routers, other messages of ICMPv6, packets
 * and frames of any kind, and time that passes.
 *
 * Sockets for datagrams and for ping, of both versions, want every error.
 *
 * What would only be dropped before anything looks at it is put right: the
 * transaction that an answer is to, lengths, checksums.
 */
#include "tests/lib/khost/khost.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/fs/vfs.h"
#include "kernel/net/socket.h"
#include "tests/lib/khost/net.h"
#include "tests/lib/khost/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	ETHERNET = PACKET_ETHERNET,
	IP4 = PACKET_IP4,
	UDP = PACKET_UDP,
	BOOTP = 240, /* up to the options, RFC 2131, 2 */
	ROOM = 2048,
	IPPROTO_UDP = 17,
};

static struct {
	const uint8_t *at, *end;
	size_t piece;
	uint8_t xid[4], xid6[3]; /* of the last that was asked */
} run;

static uint8_t byte(void)
{
	return run.at < run.end ? *run.at++ : 0;
}

/* --- what was sent --- */

static void note(const uint8_t *f, size_t len)
{
	size_t four = ETHERNET + IP4 + UDP, six = ETHERNET + PACKET_IP6 + UDP;

	if (len >= four + BOOTP && f[12] == 8 && f[23] == IPPROTO_UDP)
		memcpy(run.xid, f + four + 4, sizeof(run.xid));
	if (len >= six + 4 && f[12] == 0x86 && f[20] == IPPROTO_UDP)
		memcpy(run.xid6, f + six + 1, sizeof(run.xid6));
}

/* --- what comes --- */

static size_t take(uint8_t *to, size_t len)
{
	size_t left = (size_t)(run.end - run.at);

	len = len < left ? len : left;
	if (len)
		memcpy(to, run.at, len);
	run.at += len;
	return len;
}

/* An answer to what was asked; the options are the input's. */
static void dhcp(size_t len)
{
	static const uint8_t ip[IP4] = {0x45, 0,  0,   0,   0,   0,  0,
	                                0,    64, 17,  0,   0,   10, 77,
	                                0,    1,  255, 255, 255, 255};
	static const uint8_t cookie[] = {0x63, 0x82, 0x53, 0x63};
	uint8_t f[ROOM] = {0}, *b = f + ETHERNET + IP4 + UDP;

	packet_head(f, PACKET_TYPE_IP4);
	memcpy(f + ETHERNET, ip, sizeof(ip));
	b[0] = 2;
	b[1] = 1;
	b[2] = 6;
	memcpy(b + 4, run.xid, sizeof(run.xid));
	memcpy(b + 16, (const uint8_t[]){10, 77, 0, byte()}, 4);
	memcpy(b + 28, khost_net_mac, 6);
	if (byte() & 1) /* overloaded names, RFC 2132, 9.3 */
		(void)take(b + 44, 192);
	memcpy(b + 236, cookie, sizeof(cookie));
	len = BOOTP + take(b + BOOTP, len);
	packet_udp(b - UDP, 67, 68, UDP + len);
	packet_put16(f + ETHERNET + 2, IP4 + UDP + len);
	packet_sum_ip4(f + ETHERNET);
	khost_net_input(f, ETHERNET + IP4 + UDP + len, run.piece);
}

static void dhcp6(size_t len)
{
	uint8_t m[ROOM];

	m[0] = byte();
	memcpy(m + 1, run.xid6, sizeof(run.xid6));
	len = 4 + take(m + 4, len);
	packet_send_udp6(547, 546, m, len, run.piece);
}

static void icmp6(uint8_t type, size_t len)
{
	uint8_t m[ROOM];

	packet_send_icmp6(type, m, take(m, len), run.piece);
}

static void packet(unsigned type, size_t len)
{
	uint8_t f[ROOM] = {0};

	packet_head(f, type);
	len = take(f + ETHERNET, len);
	if (type == PACKET_TYPE_IP4 && len >= IP4) {
		packet_put16(f + ETHERNET + 2, len);
		if ((f[ETHERNET] & 15u) * 4 <= len)
			packet_sum_ip4(f + ETHERNET);
	}
	khost_net_input(f, ETHERNET + len, run.piece);
}

static void act(void)
{
	enum { ROUTER_ADVERTISEMENT = 134 };
	uint8_t kind = byte() % 8;
	size_t len = (size_t)(byte() & 3) << 8;
	uint8_t f[ROOM];

	len |= byte();
	switch (kind) {
	case 0:
		dhcp(len);
		break;
	case 1:
		dhcp6(len);
		break;
	case 2:
		icmp6(ROUTER_ADVERTISEMENT, len);
		break;
	case 3:
		icmp6((uint8_t)(len >> 1 | 0x80), byte());
		break;
	case 4:
		packet(PACKET_TYPE_IP4, len);
		break;
	case 5:
		packet(byte() & 1 ? PACKET_TYPE_IP6 : PACKET_TYPE_ARP, len);
		break;
	case 6:
		khost_net_input(f, take(f, len), run.piece);
		break;
	default:
		khost_net_run(len * len / 16);
		break;
	}
}

/* --- who hears of it --- */

enum { SOCKETS = 4 };

/* Bound to a port, or identifier, that bytes come upon easily. */
static struct file *hear(int domain, int protocol, uint8_t port)
{
	enum { IP = 0, IPV6 = 41, IP_RECVERR = 11, IPV6_RECVERR = 25 };
	bool six = domain == AF_INET6;
	struct socket_address any = {.len = six ? 28 : 16};
	struct file *f;
	int on = 1;

	any.family = (uint16_t)domain;
	any.bytes[2] = any.bytes[3] = port;
	if (socket_new(domain, SOCK_DGRAM, protocol, 0, &f))
		abort();
	if (socket_bind(f, &any) ||
	    socket_set_option(f, six ? IPV6 : IP,
	                      six ? IPV6_RECVERR : IP_RECVERR, &on, sizeof(on)))
		abort();
	return f;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct file *sockets[SOCKETS];
	uint8_t how;

	memset(&run, 0, sizeof(run));
	run.at = data;
	run.end = data + size;
	how = byte();
	run.piece = (how >> 1) * 8u;
	khost_net_start(how & 1 ? "* 10.77.0.2/24 via 10.77.0.1\n"
	                          "* fd00::2/112 via fe80::1"
	                        : "* dhcp",
	                how & 2, note);
	sockets[0] = hear(AF_INET, 1, 8);
	sockets[1] = hear(AF_INET6, 58, 8);
	sockets[2] = hear(AF_INET, 17, 8);
	sockets[3] = hear(AF_INET6, 17, 7);
	while (run.at < run.end)
		act();
	for (unsigned i = 0; i < SOCKETS; i++)
		file_put(sockets[i]);
	khost_net_stop();
	return 0;
}
