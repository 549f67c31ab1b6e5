/*
 * fuzz_knet.c - a network against the whole stack: lwIP and what is ours
 * around it. The first byte says in how many pieces frames come and how the
 * machine gets its address; then come messages, each with a byte that says of
 * which kind it is and two for how long: answers of DHCP servers of both
 * versions of IP, advertisements of routers, other messages of ICMPv6, packets
 * and frames of any kind, and time that passes.
 *
 * What would only be dropped before anything looks at it is put right: the
 * transaction that an answer is to, lengths, checksums.
 */
#include "tests/lib/khost/khost.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/khost/net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	ETHERNET = 14,
	IP4 = 20,
	IP6 = 40,
	UDP = 8,
	BOOTP = 240, /* up to the options, RFC 2131, 2 */
	ROOM = 2048,
	IPPROTO_UDP = 17,
	IPPROTO_ICMP6 = 58,
	TYPE_IP4 = 0x0800,
	TYPE_IP6 = 0x86dd,
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
	size_t four = ETHERNET + IP4 + UDP, six = ETHERNET + IP6 + UDP;

	if (len >= four + BOOTP && f[12] == 8 && f[23] == IPPROTO_UDP)
		memcpy(run.xid, f + four + 4, sizeof(run.xid));
	if (len >= six + 4 && f[12] == 0x86 && f[20] == IPPROTO_UDP)
		memcpy(run.xid6, f + six + 1, sizeof(run.xid6));
}

/* --- what comes --- */

static void put16(uint8_t *to, size_t v)
{
	to[0] = (uint8_t)(v >> 8);
	to[1] = (uint8_t)v;
}

static uint32_t add(uint32_t sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void head(uint8_t *f, unsigned type)
{
	memcpy(f, khost_net_mac, 6);
	memcpy(f + 6, khost_net_peer, 6);
	put16(f + 12, type);
}

/* `len`: with the header. The rest of it is there. */
static void sum_ip4(uint8_t *ip, size_t len)
{
	size_t n = (size_t)(ip[0] & 15) * 4;

	put16(ip + 10, 0);
	if (n >= IP4 && n <= len)
		put16(ip + 10, fold(add(0, ip, n)));
}

/* What is behind an IPv6 header has its checksum at `at` (RFC 8200, 8.1). */
static void sum_ip6(uint8_t *ip, size_t len, size_t at)
{
	uint32_t sum = add((uint32_t)(len - IP6) + ip[6], ip + 8, 32);

	put16(ip + IP6 + at, 0);
	put16(ip + IP6 + at, fold(add(sum, ip + IP6, len - IP6)));
}

static size_t take(uint8_t *to, size_t len)
{
	size_t left = (size_t)(run.end - run.at);

	len = len < left ? len : left;
	if (len)
		memcpy(to, run.at, len);
	run.at += len;
	return len;
}

static void udp(uint8_t *to, unsigned from_port, unsigned to_port, size_t len)
{
	put16(to, from_port);
	put16(to + 2, to_port);
	put16(to + 4, len);
}

/* An answer to what was asked; the options are the input's. */
static void dhcp(size_t len)
{
	static const uint8_t ip[IP4] = {0x45, 0,  0,   0,   0,   0,  0,
	                                0,    64, 17,  0,   0,   10, 77,
	                                0,    1,  255, 255, 255, 255};
	static const uint8_t cookie[] = {0x63, 0x82, 0x53, 0x63};
	uint8_t f[ROOM] = {0}, *b = f + ETHERNET + IP4 + UDP;

	head(f, TYPE_IP4);
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
	udp(b - UDP, 67, 68, UDP + len);
	put16(f + ETHERNET + 2, IP4 + UDP + len);
	sum_ip4(f + ETHERNET, IP4);
	khost_net_input(f, ETHERNET + IP4 + UDP + len, run.piece);
}

/* fe80::5054:ff:fe00:1 to our link-local address, by EUI-64. */
static uint8_t *head6(uint8_t *f, uint8_t protocol, size_t len)
{
	static const uint8_t ends[32] = {
		0xfe, 0x80, 0,    0,    0, 0,    0,    0,    0x50, 0x54, 0,
		0xff, 0xfe, 0,    0,    1, 0xfe, 0x80, 0,    0,    0,    0,
		0,    0,    0x50, 0x54, 0, 0xff, 0xfe, 0x12, 0x34, 0x56};
	uint8_t *ip = f + ETHERNET;

	head(f, TYPE_IP6);
	ip[0] = 0x60;
	put16(ip + 4, len);
	ip[6] = protocol;
	ip[7] = 255;
	memcpy(ip + 8, ends, sizeof(ends));
	return ip;
}

static void dhcp6(size_t len)
{
	uint8_t f[ROOM] = {0}, *b = f + ETHERNET + IP6 + UDP, *ip;

	b[0] = byte();
	memcpy(b + 1, run.xid6, sizeof(run.xid6));
	len = 4 + take(b + 4, len);
	ip = head6(f, IPPROTO_UDP, UDP + len);
	udp(ip + IP6, 547, 546, UDP + len);
	sum_ip6(ip, IP6 + UDP + len, 6);
	khost_net_input(f, ETHERNET + IP6 + UDP + len, run.piece);
}

static void icmp6(uint8_t type, size_t len)
{
	uint8_t f[ROOM] = {0}, *b = f + ETHERNET + IP6, *ip;

	b[0] = type;
	len = 4 + take(b + 4, len);
	ip = head6(f, IPPROTO_ICMP6, len);
	sum_ip6(ip, IP6 + len, 2);
	khost_net_input(f, ETHERNET + IP6 + len, run.piece);
}

static void packet(unsigned type, size_t len)
{
	uint8_t f[ROOM] = {0};

	head(f, type);
	len = take(f + ETHERNET, len);
	if (type == TYPE_IP4 && len >= IP4) {
		put16(f + ETHERNET + 2, len);
		sum_ip4(f + ETHERNET, len);
	}
	khost_net_input(f, ETHERNET + len, run.piece);
}

static void act(void)
{
	enum { ROUTER_ADVERTISEMENT = 134, TYPE_ARP = 0x0806 };
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
		packet(TYPE_IP4, len);
		break;
	case 5:
		packet(byte() & 1 ? TYPE_IP6 : TYPE_ARP, len);
		break;
	case 6:
		khost_net_input(f, take(f, len), run.piece);
		break;
	default:
		khost_net_run(len * len / 16);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t how;

	memset(&run, 0, sizeof(run));
	run.at = data;
	run.end = data + size;
	how = byte();
	run.piece = (how >> 1) * 8u;
	khost_net_start(how & 1 ? "* 10.77.0.2/24 via 10.77.0.1" : "* dhcp",
	                how & 2, note);
	while (run.at < run.end)
		act();
	khost_net_stop();
	return 0;
}
