/* interface_names.c - name servers, the domain, and what else DHCP says. */
#include <lwip/dhcp.h>
#include <lwip/dns.h>

#include "kernel/core/netdev.h"
#include "kernel/lib/string.h"
#include "kernel/net/interface_private.h"
#include "kernel/net/lwip/hooks.h"

/* The stack's lock guards all of this. */
static struct {
	uint32_t dns[INTERFACE_DNS_MAX];   /* 0: free */
	ip_addr_t dns6[INTERFACE_DNS_MAX]; /* "any": free */
	char domain[INTERFACE_DOMAIN_MAX];
} names = {.dns6 = {{.type = IPADDR_TYPE_V6},
                    {.type = IPADDR_TYPE_V6},
                    {.type = IPADDR_TYPE_V6}}};
static_assert(INTERFACE_DNS_MAX == 3, "as many as are set above");

/* lwIP's resolver is not compiled; these are what its DHCP client calls. */
void dns_init(void)
{
}

void dns_tmr(void)
{
}

void interface_set_dns_locked(unsigned n, uint32_t address)
{
	if (n >= INTERFACE_DNS_MAX || names.dns[n] == address)
		return;
	names.dns[n] = address;
	interface_changed_locked();
}

static void set_dns6(unsigned n, const ip_addr_t *server)
{
	ip_addr_t now = {.type = IPADDR_TYPE_V6};

	if (server)
		ip_addr_copy(now, *server);
	if (n >= INTERFACE_DNS_MAX || ip_addr_cmp(&names.dns6[n], &now))
		return;
	ip_addr_copy(names.dns6[n], now);
	interface_changed_locked();
}

/* Each version of IP counts its servers from 0; only IPv6 takes them back. */
void dns_setserver(u8_t n, const ip_addr_t *server)
{
	if (server && IP_IS_V4(server))
		interface_set_dns_locked(n, lwip_ntohl(ip_2_ip4(server)->addr));
	else
		set_dns6(n, server);
}

const ip_addr_t *dns_getserver(u8_t n)
{
	return n < INTERFACE_DNS_MAX ? &names.dns6[n] : IP6_ADDR_ANY;
}

static bool is_name_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

/* It goes into a file: only what may be in a name. */
static void take_domain(const struct pbuf *p, u16_t offset, u8_t len)
{
	char name[INTERFACE_DOMAIN_MAX];
	unsigned n = 0;

	while (n < len && n < sizeof(name) - 1 &&
	       is_name_char(pbuf_get_at(p, (u16_t)(offset + n)))) {
		name[n] = (char)pbuf_get_at(p, (u16_t)(offset + n));
		n++;
	}
	if (n < len && pbuf_get_at(p, (u16_t)(offset + n)))
		return;
	name[n] = '\0';
	str_copy(names.domain, name, sizeof(names.domain));
}

void interface_offer_domain_locked(const char *name)
{
	if (*names.domain)
		return;
	str_copy(names.domain, name, sizeof(names.domain));
	interface_changed_locked();
}

void interface_dhcp_option(struct netif *netif, u8_t option, u8_t len,
                           struct pbuf *p, u16_t offset)
{
	enum { DOMAIN_NAME = 15, INTERFACE_MTU = 26, MTU_MIN = 576 };

	if (option == DOMAIN_NAME) {
		take_domain(p, offset, len);
	} else if (option == DHCP_ROUTES_OPTION && netif->state) {
		interface_dhcp_take_routes(interface_of(netif), p, offset, len);
	} else if (option == INTERFACE_MTU && len == 2 && netif->state) {
		unsigned mtu = (unsigned)pbuf_get_at(p, offset) << 8 |
		               pbuf_get_at(p, (u16_t)(offset + 1));

		if (mtu >= MTU_MIN && mtu <= interface_of(netif)->dev->mtu)
			netif->mtu = (u16_t)mtu;
	}
}

unsigned interface_dns_locked(struct address6 *out, unsigned max)
{
	unsigned n = 0;

	for (unsigned i = 0; i < INTERFACE_DNS_MAX; i++)
		if (names.dns[i] && n < max)
			out[n++] = address6_mapped(names.dns[i]);
	for (unsigned i = 0; i < INTERFACE_DNS_MAX; i++)
		if (!ip_addr_isany(&names.dns6[i]) && n < max)
			out[n++] = interface6_address(ip_2_ip6(&names.dns6[i]));
	return n;
}

const char *interface_domain_locked(void)
{
	return names.domain;
}
