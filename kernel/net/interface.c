/* interface.c - devices below, lwIP above. */
#include "kernel/net/interface.h"

#include <lwip/dhcp.h>
#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/igmp.h>
#include <lwip/inet_chksum.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/prot/dhcp.h>
#include <lwip/prot/ip4.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

#include "kernel/core/clock.h"
#include "kernel/core/log.h"
#include "kernel/core/netdev.h"
#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/net/address.h"
#include "kernel/net/filter.h"
#include "kernel/net/frame.h"
#include "kernel/net/inet.h"
#include "kernel/net/interface_private.h"
#include "kernel/net/lwip/hooks.h"
#include "kernel/net/stack.h"

enum {
	BUDGET = 64, /* frames taken in one round */
	DHCP_PATIENCE_MS = 10 * 1000,
};

/* The stack's lock guards all of this. */
static struct {
	struct list all;
	struct netif *loopback;
	uint64_t looped_packets, looped_bytes; /* from us to us */
	void (*changed)(void);
	bool outside; /* the packet at hand came from a device */
	bool whole;   /* the packet at hand must not be cut */
} net = {.all = LIST_HEAD(net.all)};

static struct interface *next(struct interface *i)
{
	struct list *n = i ? i->link.next : net.all.next;

	return n == &net.all ? NULL : LIST_ENTRY(n, struct interface, link);
}

/* --- receiving --- */

/* lwIP knows only whether an interface's checksums are to be looked at. */
static void believe_checksums(struct interface *i, bool checked)
{
	const uint16_t looks =
		NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP;

	if (checked)
		i->netif.chksum_flags &= (uint16_t)~looks;
	else
		i->netif.chksum_flags |= looks;
}

static void receive_one(struct interface *i, struct netbuf *b)
{
	struct pbuf *p;

	i->rx_packets++;
	believe_checksums(i, b->checked);
	p = frame_wrap(b);
	i->rx_bytes += p ? p->tot_len : 0;
	net.outside = true;
	if (!p)
		i->rx_dropped++;
	else if (i->netif.input(p, &i->netif) != ERR_OK)
		pbuf_free(p);
	net.outside = false;
}

/* Frames that the device has sent are referenced until we ask for them. */
static void reclaim(struct interface *i)
{
	struct pbuf *p;

	while ((p = i->dev->ops->sent(i->dev)))
		pbuf_free(p);
}

static void follow_link(struct interface *i)
{
	bool up = i->dev->ops->link(i->dev);

	if (up == netif_is_link_up(&i->netif))
		return;
	log_line("net: %s: link %s", i->dev->name, up ? "up" : "down");
	if (up)
		netif_set_link_up(&i->netif);
	else
		netif_set_link_down(&i->netif);
}

bool interface_receive_locked(void)
{
	bool more = false;

	for (struct interface *i = next(NULL); i; i = next(i)) {
		struct netbuf *b = NULL;
		unsigned n = 0;

		reclaim(i);
		while (n++ < BUDGET && (b = i->dev->ops->receive(i->dev)))
			receive_one(i, b);
		more |= b != NULL;
		if (i->was_full) {
			i->was_full = false;
			tcp_txnow();
		}
	}
	return more;
}

bool interface_listen_locked(void)
{
	bool more = false;

	for (struct interface *i = next(NULL); i; i = next(i)) {
		follow_link(i);
		more |= i->dev->ops->listen(i->dev);
	}
	return more;
}

static void wake(struct netdev *dev UNUSED)
{
	stack_wake();
}

/* --- sending --- */

void interface_flush_locked(void)
{
	for (struct interface *i = next(NULL); i; i = next(i)) {
		if (!i->unsent)
			continue;
		i->unsent = false;
		i->dev->ops->flush(i->dev);
	}
}

/* Takes over the caller's reference to `p`. */
static err_t transmit(struct interface *i, struct pbuf *p)
{
	struct netdev_seg segs[NETDEV_SEGS_MAX];
	struct netdev_offload o;
	unsigned n = frame_pieces(p, segs);
	int rc;

	frame_offload(&i->netif, i->dev, p, &o);
	rc = n ? i->dev->ops->transmit(i->dev, segs, n, &o, p) : -EMSGSIZE;
	if (rc == -ENOSPC) {
		reclaim(i);
		rc = i->dev->ops->transmit(i->dev, segs, n, &o, p);
	}
	if (rc) {
		i->was_full = rc == -ENOSPC;
		i->tx_dropped++;
		pbuf_free(p);
		return ERR_MEM;
	}
	i->unsent = true;
	i->tx_packets++;
	i->tx_bytes += p->tot_len;
	return ERR_OK;
}

/* The device reads from the pbufs themselves, so it holds a reference. */
static err_t link_output(struct netif *netif, struct pbuf *p)
{
	struct pbuf *flat;

	if (pbuf_clen(p) <= NETDEV_SEGS_MAX) {
		pbuf_ref(p);
		return transmit(interface_of(netif), p);
	}
	flat = pbuf_clone(PBUF_RAW, PBUF_RAM, p);
	return flat ? transmit(interface_of(netif), flat) : ERR_MEM;
}

void interface_keep_whole_locked(bool on)
{
	net.whole = on;
}

/* lwIP never says "don't fragment" (RFC 791, 3.1). */
static void keep_whole(struct ip_hdr *h)
{
	if (IPH_OFFSET(h) & PP_HTONS(IP_OFFMASK | IP_MF))
		return; /* it is a part already */
	IPH_OFFSET_SET(h, IPH_OFFSET(h) | PP_HTONS(IP_DF));
	IPH_CHKSUM_SET(h, 0);
	IPH_CHKSUM_SET(h, inet_chksum(h, IPH_HL_BYTES(h)));
}

static err_t output(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
	if (net.whole)
		keep_whole(p->payload);
	filter_output(p->payload, p->len, clock_monotonic());
	return etharp_output(netif, p, to);
}

static err_t output6(struct netif *netif, struct pbuf *p, const ip6_addr_t *to)
{
	filter_output(p->payload, p->len, clock_monotonic());
	return ethip6_output(netif, p, to);
}

/* --- the filter, and errors that come by ICMP --- */

static bool is_dropped(struct pbuf *p)
{
	enum filter_verdict v;

	v = filter_input(p->payload, p->len, clock_monotonic());
	if (v != FILTER_ASK_TCP)
		return v == FILTER_DROP;
	if (inet_has_tcp(p->payload, p->len))
		return false;
	filter_drop_unknown();
	return true;
}

/* Nobody outside has one of our addresses. */
static bool is_forged(const struct pbuf *p)
{
	const struct ip_hdr *header = p->payload;

	if (IPH_V(header) == 6)
		return interface6_is_forged(p->payload, p->len);
	return interface_is_local_locked(lwip_ntohl(header->src.addr));
}

/*
 * All of 127.0.0.0/8 is ours, while lwIP gives an interface one address: so
 * that of the loopback becomes what the packet at hand is sent to.
 * interface_loop_locked() sets it back.
 */
static void accept_loopback(const struct pbuf *p, struct netif *from)
{
	const struct ip_hdr *header = p->payload;

	if (from == net.loopback && IPH_V(header) == 4 &&
	    ip4_addr_isloopback(&header->dest))
		ip_2_ip4(&from->ip_addr)->addr = header->dest.addr;
}

void interface_loop_locked(void)
{
	if (!net.loopback)
		return; /* boot lines come before the stack starts */
	netif_poll_all();
	ip_2_ip4(&net.loopback->ip_addr)->addr = PP_HTONL(IPADDR_LOOPBACK);
}

int interface_filter_input(struct pbuf *p, struct netif *from)
{
	if (p->len < IP_HLEN ||
	    (net.outside && (is_forged(p) || is_dropped(p)))) {
		pbuf_free(p);
		return 1;
	}
	if (!net.outside) {
		net.looped_packets++;
		net.looped_bytes += p->tot_len;
	}
	accept_loopback(p, from);
	inet_icmp_input(p->payload, p->len);
	return 0;
}

/* --- addresses --- */

static void print_gateway(char *out, size_t size, const struct netif *n)
{
	char text[ADDRESS_TEXT_MAX];

	*out = '\0';
	if (ip4_addr_isany(netif_ip4_gw(n)))
		return;
	address_print(text, lwip_ntohl(netif_ip4_gw(n)->addr));
	str_printf(out, size, " gateway %s", text);
}

/* lwIP calls this whenever something about the interface may have changed. */
static void status_changed(struct netif *n)
{
	struct interface *i = interface_of(n);
	uint32_t address = netif_ip4_addr(n)->addr;
	char text[ADDRESS_TEXT_MAX], gateway[32];

	interface6_status(i);
	interface_dhcp_settle(i);
	if (address == i->configured)
		return;
	i->configured = address;
	if (address) {
		address_print(text, lwip_ntohl(address));
		print_gateway(gateway, sizeof(gateway), n);
		log_line("net: %s %s/%u%s%s", i->dev->name, text,
		         address_prefix(netif_ip4_netmask(n)->addr), gateway,
		         i->config->dhcp ? " by DHCP" : "");
	} else {
		log_line("net: %s has lost its address", i->dev->name);
	}
	interface_changed_locked();
}

void interface_changed_locked(void)
{
	if (net.changed)
		net.changed();
}

static void complain(void *arg)
{
	struct interface *i = arg;

	if (!i->configured)
		log_line("net: %s: no answer by DHCP yet, still asking",
		         i->dev->name);
}

static err_t init_netif(struct netif *n)
{
	const struct netdev *dev = interface_of(n)->dev;

	n->name[0] = 'e';
	n->name[1] = 't';
	n->hwaddr_len = NETDEV_ADDRESS;
	memcpy(n->hwaddr, dev->address, NETDEV_ADDRESS);
	n->mtu = dev->mtu;
	n->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP |
	           NETIF_FLAG_ETHERNET | NETIF_FLAG_IGMP | NETIF_FLAG_MLD6;
	/* The device sums what lwIP does not. */
	if (dev->sums)
		n->chksum_flags &= (uint16_t) ~(NETIF_CHECKSUM_GEN_TCP |
		                                NETIF_CHECKSUM_GEN_UDP);
	n->output = output;
	n->output_ip6 = output6;
	n->linkoutput = link_output;
	return ERR_OK;
}

static void set_static(struct interface *i)
{
	const struct interface_config *c = i->config;
	ip4_addr_t address = {lwip_htonl(c->address)};
	ip4_addr_t mask = {lwip_htonl(address_mask(c->prefix))};
	ip4_addr_t gateway = {lwip_htonl(c->gateway)};

	for (unsigned n = 0; n < c->nr_dns; n++)
		interface_set_dns_locked(n, c->dns[n]);
	netif_set_addr(&i->netif, &address, &mask, &gateway);
}

static void configure(struct interface *i)
{
	if (!i->config)
		return;
	if (!i->config->dhcp) {
		if (i->config->address)
			set_static(i);
		return;
	}
	if (dhcp_start(&i->netif) != ERR_OK)
		log_line("net: %s: DHCP did not start", i->dev->name);
	sys_timeout(DHCP_PATIENCE_MS, complain, i);
}

static int start_one(struct netdev *dev, const struct interface_config *config,
                     const char *hostname)
{
	struct interface *i = mem_zalloc(sizeof(*i));

	if (!i)
		return -ENOMEM;
	i->dev = dev;
	i->config = config;
	list_append(&net.all, &i->link);
	netif_add_noaddr(&i->netif, i, init_netif, ethernet_input);
	netif_set_hostname(&i->netif, hostname);
	netif_set_status_callback(&i->netif, status_changed);
	if (!netif_default)
		netif_set_default(&i->netif);
	dev->wake = wake;
	netif_set_up(&i->netif);
	if (dev->ops->link(dev))
		netif_set_link_up(&i->netif);
	interface6_start(i);
	configure(i);
	return 0;
}

/* What we send to a group is looped by lwIP already, if we want to hear it. */
static err_t loop_output(struct netif *n, struct pbuf *p)
{
	return p->flags & PBUF_FLAG_MCASTLOOP ? ERR_OK
	                                      : netif_loop_output(n, p);
}

static err_t loop_output4(struct netif *n, struct pbuf *p,
                          const ip4_addr_t *to UNUSED)
{
	return loop_output(n, p);
}

static err_t loop_output6(struct netif *n, struct pbuf *p,
                          const ip6_addr_t *to UNUSED)
{
	return loop_output(n, p);
}

void interface_start_loopback_locked(void)
{
	net.loopback = netif_get_by_index(INTERFACE_LOOPBACK);
	/* What never leaves the machine needs no checksums. */
	NETIF_SET_CHECKSUM_CTRL(net.loopback, NETIF_CHECKSUM_DISABLE_ALL);
	net.loopback->output = loop_output4;
	net.loopback->output_ip6 = loop_output6;
	net.loopback->flags |= NETIF_FLAG_IGMP | NETIF_FLAG_MLD6;
	if (igmp_start(net.loopback) != ERR_OK)
		log_line("net: no memory for groups on the loopback");
}

int interface_start_all(
	const struct interface_config *(*config_of)(const uint8_t mac[6]),
	const char *hostname, void (*changed)(void))
{
	struct netdev *dev = NULL;
	int rc = 0;

	stack_lock();
	net.changed = changed;
	while (!rc && (dev = netdev_next(dev)))
		rc = start_one(dev, config_of(dev->address), hostname);
	stack_unlock();
	stack_wake(); /* turns the devices' interrupts on */
	return rc;
}

bool interface_configured_locked(void)
{
	for (struct interface *i = next(NULL); i; i = next(i))
		if (i->config && (i->config->dhcp || i->config->address) &&
		    !i->configured)
			return false;
	return true;
}

/* --- for /proc and ioctl --- */

static void describe(const struct netif *n, struct interface_info *out)
{
	out->up = netif_is_up(n) && netif_is_link_up(n);
	out->mtu = n->mtu;
	out->address = lwip_ntohl(netif_ip4_addr(n)->addr);
	out->gateway = lwip_ntohl(netif_ip4_gw(n)->addr);
	out->prefix = address_prefix(netif_ip4_netmask(n)->addr);
	interface6_describe(n, out);
}

static void describe_loopback(struct interface_info *out)
{
	enum { LOOPBACK_MTU = 65535 };
	describe(net.loopback, out);
	out->index = INTERFACE_LOOPBACK;
	out->loopback = out->up = true;
	out->mtu = LOOPBACK_MTU;
	out->rx_packets = out->tx_packets = net.looped_packets;
	out->rx_bytes = out->tx_bytes = net.looped_bytes;
	str_copy(out->name, "lo", sizeof(out->name));
}

bool interface_info_locked(unsigned n, struct interface_info *out)
{
	struct interface *i = NULL;

	*out = (struct interface_info){0};
	if (n == 0) {
		describe_loopback(out);
		return true;
	}
	for (unsigned k = 0; k < n; k++) {
		i = next(i);
		if (!i)
			return false;
	}
	describe(&i->netif, out);
	out->index = INTERFACE_LOOPBACK + n;
	str_copy(out->name, i->dev->name, sizeof(out->name));
	memcpy(out->mac, i->dev->address, sizeof(out->mac));
	out->rx_bytes = i->rx_bytes;
	out->rx_packets = i->rx_packets;
	out->rx_dropped = i->rx_dropped + i->dev->rx_dropped;
	out->tx_bytes = i->tx_bytes;
	out->tx_packets = i->tx_packets;
	out->tx_dropped = i->tx_dropped;
	out->routes = &i->routes;
	return true;
}

bool interface_is_local_locked(uint32_t address)
{
	if (address >> 24 == 127)
		return true;
	for (struct interface *i = next(NULL); i; i = next(i))
		if (i->configured && lwip_ntohl(i->configured) == address)
			return true;
	return false;
}
