/* proc.c - tables of connections and interfaces, for people and tools. */
#include "kernel/net/proc.h"

#include <lwip/etharp.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/udp.h>

#include "kernel/core/netdev.h"
#include "kernel/lib/string.h"
#include "kernel/net/address.h"
#include "kernel/net/dhcp_routes.h"
#include "kernel/net/inet_udp.h"
#include "kernel/net/interface_private.h"
#include "kernel/net/stack.h"
#include "kernel/net/tcp_private.h"
#include "kernel/net/tcp_timer.h"
#include "kernel/net/udp_table.h"

struct table {
	char *out;
	size_t size, len;
	bool full;
	unsigned rows;
};

static void line(struct table *t, const char *fmt, ...) PRINTF(2, 3);

static void line(struct table *t, const char *fmt, ...)
{
	size_t room = t->size - t->len, n;
	va_list ap;

	va_start(ap, fmt);
	n = t->full ? 0 : str_vprintf(t->out + t->len, room, fmt, ap);
	va_end(ap);
	if (n < room)
		t->len += n;
	else
		t->full = true;
}

/* --- tcp and udp --- */

struct row {
	ip_addr_t local, remote;
	uint16_t local_port, remote_port;
	uint8_t state;
	uint32_t unsent, unread;
};

/* Words of the address as they lie in memory. */
static void print_address(char out[33], const ip_addr_t *a, int domain)
{
	uint32_t w[4] = {0, 0, PP_HTONL(0xffff), ip_2_ip4(a)->addr};

	if (!IP_IS_V4(a))
		memcpy(w, ip_2_ip6(a)->addr, sizeof(w));
	if (domain == AF_INET)
		str_printf(out, 33, "%08X", w[3]);
	else
		str_printf(out, 33, "%08X%08X%08X%08X", w[0], w[1], w[2], w[3]);
}

static void print_row(struct table *t, const struct row *r, int domain)
{
	char local[33], remote[33];

	print_address(local, &r->local, domain);
	print_address(remote, &r->remote, domain);
	line(t,
	     "%4u: %s:%04X %s:%04X %02X %08X:%08X 00:00000000 00000000 "
	     "    0        0 0 1\n",
	     t->rows++, local, r->local_port, remote, r->remote_port, r->state,
	     r->unsent, r->unread);
}

static void print_header(struct table *t, int domain)
{
	if (domain == AF_INET)
		line(t, "  sl  local_address rem_address   st tx_queue "
		        "rx_queue tr tm->when retrnsmt   uid  timeout inode\n");
	else
		line(t, "  sl  local_address                         "
		        "remote_address                        st tx_queue "
		        "rx_queue tr tm->when retrnsmt   uid  timeout inode\n");
}

/* Without its socket a connection is in the table of its addresses. */
static int domain_of(const struct socket *s, const ip_addr_t *local)
{
	if (s)
		return s->domain;
	return IP_IS_V4(local) ? AF_INET : AF_INET6;
}

static void print_connections(struct table *t, const struct tcp_pcb *pcb,
                              int domain)
{
	for (; pcb; pcb = pcb->next) {
		const struct tcp_socket *s = pcb->callback_arg;
		struct row r = {
			.local = pcb->local_ip,
			.remote = pcb->remote_ip,
			.local_port = pcb->local_port,
			.remote_port = pcb->remote_port,
			.state = tcp_socket_linux_state(pcb->state),
			.unsent = TCP_SND_BUF - pcb->snd_buf,
		};

		if (domain_of(s ? &s->s : NULL, &pcb->local_ip) != domain)
			continue;
		/* In a handshake it is still the listener's. */
		if (s && pcb->state != SYN_RCVD && pcb->state != TIME_WAIT)
			r.unread = (uint32_t)s->queued;
		print_row(t, &r, domain);
	}
}

static void print_listeners(struct table *t, int domain)
{
	const struct tcp_pcb_listen *l = tcp_listen_pcbs.listen_pcbs;

	for (; l; l = l->next) {
		const struct tcp_socket *s = l->callback_arg;
		struct row r = {
			.local = l->local_ip,
			.remote.type = l->local_ip.type,
			.local_port = l->local_port,
			.state = tcp_socket_linux_state(LISTEN),
			.unread = s->nr_children,
		};

		if (s->s.domain == domain)
			print_row(t, &r, domain);
	}
}

static size_t print_tcp(char *out, size_t size, int domain)
{
	struct table t = {.out = out, .size = size};

	print_header(&t, domain);
	stack_lock();
	print_listeners(&t, domain);
	print_connections(&t, tcp_active_pcbs, domain);
	print_connections(&t, tcp_timer_resting, domain);
	print_connections(&t, tcp_tw_pcbs, domain);
	stack_unlock();
	return t.len;
}

size_t net_proc_tcp(char *out, size_t size)
{
	return print_tcp(out, size, AF_INET);
}

size_t net_proc_tcp6(char *out, size_t size)
{
	return print_tcp(out, size, AF_INET6);
}

static size_t print_udp(char *out, size_t size, int domain)
{
	enum { LINUX_ESTABLISHED = 1, LINUX_CLOSE = 7 };
	struct table t = {.out = out, .size = size};

	print_header(&t, domain);
	stack_lock();
	for (const struct udp_pcb *p = udp_table_next(NULL); p;
	     p = udp_table_next(p)) {
		const struct socket *s = udp_socket_of_pcb_locked(p);
		struct row r = {
			.local = p->local_ip,
			.remote = p->remote_ip,
			.local_port = p->local_port,
			.remote_port = p->remote_port,
			.state = p->remote_port ? LINUX_ESTABLISHED
		                                : LINUX_CLOSE,
		};

		if (s && s->domain == domain)
			print_row(&t, &r, domain);
	}
	stack_unlock();
	return t.len;
}

size_t net_proc_udp(char *out, size_t size)
{
	return print_udp(out, size, AF_INET);
}

size_t net_proc_udp6(char *out, size_t size)
{
	return print_udp(out, size, AF_INET6);
}

/* --- dev and route --- */

static void print_interface(struct table *t, const struct interface_info *i)
{
	line(t,
	     "%6s: %7lu %7lu    0 %4lu    0     0          0         0 "
	     "%8lu %7lu    0 %4lu    0     0       0          0\n",
	     i->name, i->rx_bytes, i->rx_packets, i->rx_dropped, i->tx_bytes,
	     i->tx_packets, i->tx_dropped);
}

size_t net_proc_dev(char *out, size_t size)
{
	struct table t = {.out = out, .size = size};
	struct interface_info i;

	line(&t, "Inter-|   Receive                                          "
	         "      |  Transmit\n");
	line(&t, " face |bytes    packets errs drop fifo frame compressed "
	         "multicast|bytes    packets errs drop fifo colls carrier "
	         "compressed\n");
	stack_lock();
	for (unsigned n = 0; interface_info_locked(n, &i); n++)
		print_interface(&t, &i);
	stack_unlock();
	return t.len;
}

static void print_route(struct table *t, const char *name, uint32_t to,
                        uint32_t gateway, uint32_t mask)
{
	enum { UP = 1, GATEWAY = 2 };

	line(t, "%s\t%08X\t%08X\t%04X\t0\t0\t0\t%08X\t0\t0\t0\n", name,
	     __builtin_bswap32(to), __builtin_bswap32(gateway),
	     (unsigned)(gateway ? UP | GATEWAY : UP), __builtin_bswap32(mask));
}

size_t net_proc_route(char *out, size_t size)
{
	struct table t = {.out = out, .size = size};
	struct interface_info i;

	line(&t, "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\t"
	         "Mask\t\tMTU\tWindow\tIRTT\n");
	stack_lock();
	for (unsigned n = 0; interface_info_locked(n, &i); n++) {
		uint32_t mask = address_mask(i.prefix);

		if (i.loopback || !i.address)
			continue;
		if (i.gateway)
			print_route(&t, i.name, 0, i.gateway, 0);
		print_route(&t, i.name, i.address & mask, 0, mask);
		for (unsigned k = 0; i.routes && k < i.routes->n; k++) {
			const struct dhcp_route *r = &i.routes->v[k];

			if (r->prefix) /* else it is the gateway above */
				print_route(&t, i.name, r->to, r->gateway,
				            address_mask(r->prefix));
		}
	}
	stack_unlock();
	return t.len;
}

/* Those that are settled; Linux's column widths. */
size_t net_proc_arp(char *out, size_t size)
{
	enum { HW_ETHER = 1, COMPLETE = 2 };
	struct table t = {.out = out, .size = size};
	ip4_addr_t *ip;
	struct netif *netif;
	struct eth_addr *mac;

	line(&t, "IP address       HW type     Flags       HW address"
	         "            Mask     Device\n");
	stack_lock();
	for (size_t k = 0; k < ARP_TABLE_SIZE; k++) {
		char text[16];

		if (!etharp_get_entry(k, &ip, &netif, &mac))
			continue;
		ip4addr_ntoa_r(ip, text, sizeof(text));
		line(&t,
		     "%-16s 0x%-10x0x%-10x%02x:%02x:%02x:%02x:%02x:%02x"
		     "     *        %s\n",
		     text, HW_ETHER, COMPLETE, mac->addr[0], mac->addr[1],
		     mac->addr[2], mac->addr[3], mac->addr[4], mac->addr[5],
		     interface_of(netif)->dev->name);
	}
	stack_unlock();
	return t.len;
}

/* --- IPv6 --- */

static void print_hex(char out[33], struct address6 a)
{
	str_printf(out, 33, "%016lx%016lx", a.high, a.low);
}

/* Address, index, prefix, scope, flags, name: net/ipv6/addrconf.c's order. */
size_t net_proc_if_inet6(char *out, size_t size)
{
	enum { SCOPE_HOST = 0x10, SCOPE_LINK = 0x20, SCOPE_SITE = 0x40 };
	struct table t = {.out = out, .size = size};
	struct interface_info i;

	stack_lock();
	for (unsigned n = 0; interface_info_locked(n, &i); n++)
		for (unsigned k = 0; k < i.nr_six; k++) {
			const struct interface_address6 *a = &i.six[k];
			unsigned scope = 0;
			char hex[33];

			if (a->scope == INTERFACE_SCOPE_HOST)
				scope = SCOPE_HOST;
			else if (a->scope == INTERFACE_SCOPE_LINK)
				scope = SCOPE_LINK;
			else if (a->scope == INTERFACE_SCOPE_SITE)
				scope = SCOPE_SITE;
			print_hex(hex, a->address);
			line(&t, "%s %02x %02x %02x %02x %8s\n", hex, i.index,
			     a->prefix, scope,
			     a->permanent ? INTERFACE_PERMANENT : 0u, i.name);
		}
	stack_unlock();
	return t.len;
}

static void print_route6(struct table *t, const struct interface_info *i,
                         struct address6 to, unsigned prefix,
                         struct address6 via)
{
	enum { UP = 1, GATEWAY = 2, METRIC = 256 };
	char text[33], next[33];

	print_hex(text, to);
	print_hex(next, via);
	line(t, "%s %02x %032x 00 %s %08x %08x %08x %08x %8s\n", text, prefix,
	     0u, next, (unsigned)METRIC, 1u, 0u,
	     (unsigned)(via.high ? UP | GATEWAY : UP), i->name);
}

size_t net_proc_ipv6_route(char *out, size_t size)
{
	static const struct address6 none;
	struct table t = {.out = out, .size = size};
	struct interface_info i;

	stack_lock();
	for (unsigned n = 0; interface_info_locked(n, &i); n++) {
		for (unsigned k = 0; k < i.nr_six; k++) {
			const struct interface_address6 *a = &i.six[k];
			struct address6 m = address6_mask(a->prefix);

			print_route6(&t, &i, address6_masked(a->address, m),
			             a->prefix, none);
		}
		if (i.has_gateway6)
			print_route6(&t, &i, none, 0, i.gateway6);
	}
	stack_unlock();
	return t.len;
}
