/* subnet.c - hashes to addresses. */
#include "providers/qemu/subnet.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/sha256.h"

enum {
	FIRST_NET = 16, /* 10.16 and up: slirp has 10.0.2.0/24 */
	NR_NETS = 256 - FIRST_NET,
	FIRST_HOST = 2,
	NR_HOSTS = 65534 - FIRST_HOST, /* the last is for broadcasts */
};

static uint64_t hash(const struct owner *owner, const char *address,
                     const char *which)
{
	struct arena mem = {0};
	const char *text = arena_printf(&mem, "%s\n%s\n%s\n%s", owner->stack,
	                                owner->site, address, which);
	struct sha256 h = sha256_of(text, strlen(text));

	arena_free(&mem);
	h.hex[16] = '\0';
	return strtoull(h.hex, NULL, 16);
}

uint32_t qemu_subnet_ip(const struct owner *owner, const char *address,
                        bool (*taken)(const void *ctx, uint32_t ip),
                        const void *ctx)
{
	uint32_t net = FIRST_NET + (uint32_t)(hash(owner, "", "net") % NR_NETS);
	uint32_t host = (uint32_t)(hash(owner, address, "ip") % NR_HOSTS);
	uint32_t ip = 0;

	for (uint32_t i = 0; i < NR_HOSTS; i++) {
		ip = 10U << 24 | net << 16 |
		     (FIRST_HOST + (host + i) % NR_HOSTS);
		if (!taken(ctx, ip))
			break;
	}
	return ip;
}

void qemu_subnet_print(uint32_t ip, char out[static QEMU_IP_LEN + 1])
{
	snprintf(out, QEMU_IP_LEN + 1, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255,
	         ip >> 8 & 255, ip & 255);
}

bool qemu_subnet_parse(const char *text, uint32_t *ip)
{
	struct in_addr a;

	if (inet_pton(AF_INET, text, &a) != 1)
		return false;
	*ip = ntohl(a.s_addr);
	return true;
}

bool qemu_subnet_cidr(const char *text, uint32_t *base, uint32_t *mask)
{
	char address[QEMU_IP_LEN + 1];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	unsigned long bits = 32;
	char *end = NULL;

	if (len > QEMU_IP_LEN)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (slash)
		bits = strtoul(slash + 1, &end, 10);
	if (!qemu_subnet_parse(address, base) || bits > 32 ||
	    (slash && (*end || end == slash + 1)))
		return false;
	*mask = bits ? ~0U << (32 - bits) : 0;
	*base &= *mask;
	return true;
}

void qemu_subnet_mac(const struct owner *owner, const char *address,
                     const char *which, char out[static QEMU_MAC_LEN + 1])
{
	uint64_t h = hash(owner, address, which);

	/* 0x52: a single station, locally administered. */
	snprintf(out, QEMU_MAC_LEN + 1, "52:%02x:%02x:%02x:%02x:%02x",
	         (unsigned)(h >> 32 & 255), (unsigned)(h >> 24 & 255),
	         (unsigned)(h >> 16 & 255), (unsigned)(h >> 8 & 255),
	         (unsigned)(h & 255));
}
