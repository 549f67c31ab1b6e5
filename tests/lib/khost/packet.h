/* packet.h - frames from the peer of net.h, for tests to write. */
#ifndef TESTS_LIB_KHOST_PACKET_H
#define TESTS_LIB_KHOST_PACKET_H

#include <stddef.h>
#include <stdint.h>

enum {
	PACKET_ETHERNET = 14,
	PACKET_IP4 = 20,
	PACKET_IP6 = 40,
	PACKET_UDP = 8,
	PACKET_TYPE_IP4 = 0x0800,
	PACKET_TYPE_ARP = 0x0806,
	PACKET_TYPE_IP6 = 0x86dd,
};

/* Network order. */
uint16_t packet_get16(const uint8_t *p);
uint32_t packet_get32(const uint8_t *p);
void packet_put16(uint8_t *to, size_t v);
void packet_put32(uint8_t *to, uint32_t v);

/* RFC 1071: sum 16-bit words, then fold and invert. */
uint32_t packet_sum(uint32_t sum, const uint8_t *p, size_t n);
uint16_t packet_fold(uint32_t sum);

/* The header of Ethernet. What is behind it: */
uint8_t *packet_head(uint8_t *f, unsigned type);

/*
 * The headers of Ethernet and IPv6, between the link-local addresses of the
 * peer and the card. `len`: of what follows. The IPv6 header.
 */
uint8_t *packet_head6(uint8_t *f, uint8_t protocol, size_t len);

/* The checksum of an IPv4 header. */
void packet_sum_ip4(uint8_t *ip);

/* That of what is behind an IPv6 header, where it stands at `at` (RFC 8200,
 * 8.1). `len`: with the header. */
void packet_sum_ip6(uint8_t *ip, size_t len, size_t at);

/* UDP's header, without its checksum. `len`: with it. */
void packet_udp(uint8_t *to, unsigned from_port, unsigned to_port, size_t len);

/* Both come in, in pieces as khost_net_input() says. */
void packet_send_udp6(unsigned from_port, unsigned to_port, const void *bytes,
                      size_t len, size_t piece);
void packet_send_icmp6(uint8_t type, const void *behind_checksum, size_t len,
                       size_t piece);

#endif
