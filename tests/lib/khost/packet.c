/* packet.c - see packet.h. */
#include "tests/lib/khost/packet.h"

#include <string.h>

#include "tests/lib/khost/net.h"

enum { ROOM = 2048, UDP_PROTOCOL = 17, ICMP6_PROTOCOL = 58, ICMP6 = 4 };

uint16_t packet_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t packet_get32(const uint8_t *p)
{
	return (uint32_t)packet_get16(p) << 16 | packet_get16(p + 2);
}

void packet_put16(uint8_t *to, size_t v)
{
	to[0] = (uint8_t)(v >> 8);
	to[1] = (uint8_t)v;
}

void packet_put32(uint8_t *to, uint32_t v)
{
	packet_put16(to, v >> 16);
	packet_put16(to + 2, v & 0xffff);
}

uint32_t packet_sum(uint32_t sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	return sum;
}

uint16_t packet_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

uint8_t *packet_head(uint8_t *f, unsigned type)
{
	memcpy(f, khost_net_mac, 6);
	memcpy(f + 6, khost_net_peer, 6);
	packet_put16(f + 12, type);
	return f + PACKET_ETHERNET;
}

uint8_t *packet_head6(uint8_t *f, uint8_t protocol, size_t len)
{
	/* By EUI-64: RFC 4291, appendix A. */
	static const uint8_t ends[32] = {
		0xfe, 0x80, 0,    0,    0, 0,    0,    0,    0x50, 0x54, 0,
		0xff, 0xfe, 0,    0,    1, 0xfe, 0x80, 0,    0,    0,    0,
		0,    0,    0x50, 0x54, 0, 0xff, 0xfe, 0x12, 0x34, 0x56};
	uint8_t *ip = packet_head(f, PACKET_TYPE_IP6);

	memset(ip, 0, PACKET_IP6);
	ip[0] = 0x60;
	packet_put16(ip + 4, len);
	ip[6] = protocol;
	ip[7] = 255;
	memcpy(ip + 8, ends, sizeof(ends));
	return ip;
}

void packet_sum_ip4(uint8_t *ip)
{
	packet_put16(ip + 10, 0);
	packet_put16(ip + 10,
	             packet_fold(packet_sum(0, ip, (size_t)(ip[0] & 15) * 4)));
}

void packet_sum_ip6(uint8_t *ip, size_t len, size_t at)
{
	uint8_t *behind = ip + PACKET_IP6;
	uint32_t sum = (uint32_t)(len - PACKET_IP6) + ip[6];

	packet_put16(behind + at, 0);
	sum = packet_sum(packet_sum(sum, ip + 8, 32), behind, len - PACKET_IP6);
	packet_put16(behind + at, packet_fold(sum));
}

void packet_udp(uint8_t *to, unsigned from_port, unsigned to_port, size_t len)
{
	packet_put16(to, from_port);
	packet_put16(to + 2, to_port);
	packet_put16(to + 4, len);
	packet_put16(to + 6, 0);
}

void packet_send_udp6(unsigned from_port, unsigned to_port, const void *bytes,
                      size_t len, size_t piece)
{
	uint8_t f[ROOM], *ip = packet_head6(f, UDP_PROTOCOL, PACKET_UDP + len);

	packet_udp(ip + PACKET_IP6, from_port, to_port, PACKET_UDP + len);
	memcpy(ip + PACKET_IP6 + PACKET_UDP, bytes, len);
	len += PACKET_IP6 + PACKET_UDP;
	packet_sum_ip6(ip, len, 6);
	khost_net_input(f, PACKET_ETHERNET + len, piece);
}

void packet_send_icmp6(uint8_t type, const void *behind_checksum, size_t len,
                       size_t piece)
{
	uint8_t f[ROOM], *ip = packet_head6(f, ICMP6_PROTOCOL, ICMP6 + len);

	memset(ip + PACKET_IP6, 0, ICMP6);
	ip[PACKET_IP6] = type;
	memcpy(ip + PACKET_IP6 + ICMP6, behind_checksum, len);
	len += PACKET_IP6 + ICMP6;
	packet_sum_ip6(ip, len, 2);
	khost_net_input(f, PACKET_ETHERNET + len, piece);
}
