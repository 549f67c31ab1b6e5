/*
 * interface_dhcp6.c - the client of DHCPv6 (RFC 8415). lwIP has one for name
 * servers only; this one is linked instead, and is called where that was: when
 * a router advertises, and twice a second.
 *
 *	a router says "managed":  look, request, have, renew, rebind, look ...
 *	a router says "other":    ask for name servers, know, ask again
 *
 * It never gives up. The first server that offers an address gets the request:
 * waiting a second for a better one (18.2.1) would be waiting before the first
 * word. The stack's lock guards everything.
 */
#include <lwip/dhcp6.h>
#include <lwip/dns.h>
#include <lwip/nd6.h>
#include <lwip/udp.h>

#include "kernel/core/clock.h"
#include "kernel/core/log.h"
#include "kernel/core/netdev.h"
#include "kernel/core/random.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/net/interface_private.h"
#include "kernel/net/stack.h"

enum {
	CLIENT_PORT = 546,
	SERVER_PORT = 547,
	REQUESTS_MAX = 10,     /* REQ_MAX_RC */
	AGAIN_MS = 1000,       /* after what leads to nothing */
	REFRESH_S = 24 * 3600, /* IRT_DEFAULT */
	REFRESH_LEAST_S = 600, /* IRT_MINIMUM */
	MESSAGE_ROOM = 1500,
};

/* RFC 8415, 7.6: what each state says, and how often. */
static const struct {
	enum dhcp6_type type;
	uint32_t first_ms, most_ms;
	const char *doing;
} of_state[] = {
	[DHCP6_LOOKING] = {DHCP6_TYPE_SOLICIT, 1000, 3600 * 1000,
                           "looking for a server"},
	[DHCP6_REQUESTING] = {DHCP6_TYPE_REQUEST, 1000, 30 * 1000,
                              "requesting"},
	[DHCP6_RENEWING] = {DHCP6_TYPE_RENEW, 10 * 1000, 600 * 1000,
                            "renewing"},
	[DHCP6_REBINDING] = {DHCP6_TYPE_REBIND, 10 * 1000, 600 * 1000,
                             "rebinding"},
	[DHCP6_ASKING] = {DHCP6_TYPE_INFORMATION, 1000, 3600 * 1000,
                          "asking for name servers"},
};

static struct udp_pcb *pcb; /* of all interfaces */

static uint64_t now_ms(void)
{
	return clock_monotonic() / NS_PER_MS;
}

/* When `seconds` of the lease have passed. */
static uint64_t after(const struct dhcp6_client *c, uint32_t seconds)
{
	return seconds == UINT32_MAX ? DHCP6_NEVER
	                             : c->leased_ms + seconds * UINT64_C(1000);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* --- saying --- */

static struct dhcp6_question question(const struct interface *i)
{
	const struct dhcp6_client *c = &i->dhcp6;
	uint64_t elapsed = (now_ms() - c->began_ms) / 10;
	struct dhcp6_question q = {
		.type = of_state[c->state].type,
		.xid = c->xid,
		.iaid = netif_get_index(&i->netif),
		.elapsed =
			elapsed < UINT16_MAX ? (uint16_t)elapsed : UINT16_MAX,
		.has_address = c->state != DHCP6_LOOKING,
		.address = c->lease.address,
	};

	memcpy(q.mac, i->dev->address, sizeof(q.mac));
	if (c->state == DHCP6_REQUESTING || c->state == DHCP6_RENEWING)
		q.server = c->server;
	return q;
}

/* All_DHCP_Relay_Agents_and_Servers. Lost is lost: it is said again. */
static void transmit(struct interface *i, const uint8_t *bytes, size_t len)
{
	struct pbuf *p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)len, PBUF_RAM);
	ip_addr_t to = IPADDR6_INIT_HOST(0xff020000, 0, 0, 0x00010002);

	if (!p)
		return;
	memcpy(p->payload, bytes, len);
	ip6_addr_assign_zone(ip_2_ip6(&to), IP6_MULTICAST, &i->netif);
	(void)udp_sendto_if(pcb, p, &to, SERVER_PORT, &i->netif);
	pbuf_free(p);
}

/* RFC 8415, 15: doubled, and a tenth more or less. */
static uint32_t next_wait(const struct dhcp6_client *c)
{
	uint32_t first = of_state[c->state].first_ms;
	uint32_t most = of_state[c->state].most_ms;
	uint64_t wait = c->tries ? UINT64_C(2) * c->wait_ms : first;
	uint32_t tenth;

	wait = wait < most ? wait : most;
	tenth = (uint32_t)wait / 10;
	return (uint32_t)wait - tenth + (uint32_t)(random_u64() % (2 * tenth));
}

static void say(struct interface *i)
{
	struct dhcp6_client *c = &i->dhcp6;
	struct dhcp6_question q = question(i);
	uint8_t bytes[DHCP6_MESSAGE_MAX];

	transmit(i, bytes, dhcp6_message_write(&q, bytes));
	c->wait_ms = next_wait(c);
	c->tries++;
	c->due_ms = now_ms() + c->wait_ms;
	if (c->state == DHCP6_RENEWING)
		c->due_ms = earlier(c->due_ms, after(c, c->lease.t2));
	if (c->state == DHCP6_REBINDING)
		c->due_ms = earlier(c->due_ms, after(c, c->lease.valid));
	if (c->tries > 1 || c->state == DHCP6_REBINDING)
		log_line("net: %s: DHCPv6: %s, try %u", i->dev->name,
		         of_state[c->state].doing, c->tries);
}

/* It says what it has to in `delay_ms`. */
static void begin(struct interface *i, enum dhcp6_state state,
                  uint32_t delay_ms)
{
	struct dhcp6_client *c = &i->dhcp6;

	c->state = state;
	c->tries = 0;
	c->xid = (uint32_t)random_u64() & 0xffffff;
	c->began_ms = now_ms() + delay_ms;
	c->due_ms = c->began_ms;
	if (!delay_ms)
		say(i);
}

/* --- having --- */

static void take_names(const struct dhcp6_answer *a)
{
	for (unsigned n = 0; n < a->nr_servers; n++) {
		ip_addr_t server = {.type = IPADDR_TYPE_V6};

		interface6_set_address(ip_2_ip6(&server), a->servers[n]);
		dns_setserver((u8_t)n, &server);
	}
	if (*a->domain)
		interface_offer_domain_locked(a->domain);
}

static void lose(struct interface *i)
{
	if (i->dhcp6.slot)
		interface6_drop(i, i->dhcp6.slot);
	i->dhcp6.slot = 0;
}

static void take(struct interface *i, const struct dhcp6_answer *a)
{
	struct dhcp6_client *c = &i->dhcp6;
	bool same =
		c->slot && address6_equal(c->lease.address, a->lease.address);
	struct interface6_wanted address = {
		.address = a->lease.address,
		.prefix = 128, /* what is on the link routers say: RFC 5942 */
		.valid_s = a->lease.valid,
		.preferred_s = a->lease.preferred,
		.by = INTERFACE6_BY_DHCP,
	};

	if (!same)
		lose(i);
	c->state = DHCP6_HAVING;
	c->server = a->server;
	c->lease = a->lease;
	c->leased_ms = now_ms();
	c->due_ms = after(c, a->lease.t1);
	c->slot = interface6_put(i, c->slot, &address);
	take_names(a);
}

/* --- hearing --- */

static void hear_offer(struct interface *i, const struct dhcp6_answer *a)
{
	struct dhcp6_client *c = &i->dhcp6;
	bool offer = a->has_lease && a->lease.valid && !a->status;

	if (!offer)
		return;
	if (a->type == DHCP6_TYPE_REPLY && a->rapid) {
		take(i, a);
	} else if (a->type == DHCP6_TYPE_ADVERTISE) {
		c->server = a->server;
		c->lease = a->lease;
		begin(i, DHCP6_REQUESTING, 0);
	}
}

/* To what was requested, or is to be renewed (18.2.10.1). */
static void hear_reply(struct interface *i, const struct dhcp6_answer *a)
{
	struct dhcp6_client *c = &i->dhcp6;
	bool requested = c->state == DHCP6_REQUESTING;

	if (a->type != DHCP6_TYPE_REPLY || a->status == DHCP6_UNSPECIFIED)
		return;
	if (a->status == DHCP6_NO_BINDING && !requested) {
		c->server = a->server;
		begin(i, DHCP6_REQUESTING, 0);
	} else if (a->has_lease && a->lease.valid && !a->status) {
		take(i, a);
	} else if (requested || a->has_lease) {
		lose(i);
		begin(i, DHCP6_LOOKING, AGAIN_MS);
	}
}

static void hear_names(struct interface *i, const struct dhcp6_answer *a)
{
	struct dhcp6_client *c = &i->dhcp6;
	uint64_t refresh = a->refresh ? a->refresh : REFRESH_S;

	if (a->type != DHCP6_TYPE_REPLY || a->status)
		return;
	take_names(a);
	c->state = DHCP6_KNOWING;
	if (refresh < REFRESH_LEAST_S)
		refresh = REFRESH_LEAST_S;
	c->due_ms = now_ms() + refresh * 1000;
}

static void hear(struct interface *i, const uint8_t *bytes, size_t len)
{
	struct dhcp6_question q;
	struct dhcp6_answer a;

	if (i->dhcp6.state < DHCP6_LOOKING)
		return;
	q = question(i);
	if (dhcp6_message_read(bytes, len, &q, &a))
		return;
	switch (i->dhcp6.state) {
	case DHCP6_LOOKING:
		hear_offer(i, &a);
		break;
	case DHCP6_REQUESTING:
	case DHCP6_RENEWING:
	case DHCP6_REBINDING:
		hear_reply(i, &a);
		break;
	case DHCP6_ASKING:
		hear_names(i, &a);
		break;
	case DHCP6_OFF:
	case DHCP6_HAVING:
	case DHCP6_KNOWING:
	default:
		break;
	}
}

static void on_receive(void *arg UNUSED, struct udp_pcb *p6 UNUSED,
                       struct pbuf *p, const ip_addr_t *from UNUSED,
                       u16_t port UNUSED)
{
	struct netif *n = ip_current_input_netif();
	static uint8_t bytes[MESSAGE_ROOM]; /* the stack's lock guards it */

	/* A longer one is cut off, and so malformed. */
	if (interface_of(n))
		hear(interface_of(n), bytes,
		     pbuf_copy_partial(p, bytes, sizeof(bytes), 0));
	pbuf_free(p);
}

/* --- time --- */

static void act(struct interface *i)
{
	struct dhcp6_client *c = &i->dhcp6;
	uint64_t now = now_ms();

	switch (c->state) {
	case DHCP6_LOOKING:
	case DHCP6_ASKING:
		say(i);
		break;
	case DHCP6_REQUESTING:
		if (c->tries < REQUESTS_MAX)
			say(i);
		else
			begin(i, DHCP6_LOOKING, 0);
		break;
	case DHCP6_HAVING:
		begin(i, DHCP6_RENEWING, 0);
		break;
	case DHCP6_RENEWING:
		if (now < after(c, c->lease.t2))
			say(i);
		else
			begin(i, DHCP6_REBINDING, 0);
		break;
	case DHCP6_REBINDING:
		if (now < after(c, c->lease.valid)) {
			say(i);
			break;
		}
		lose(i);
		begin(i, DHCP6_LOOKING, 0);
		break;
	case DHCP6_KNOWING:
		begin(i, DHCP6_ASKING, 0);
		break;
	case DHCP6_OFF:
	default:
		break;
	}
}

/* --- what lwIP calls --- */

void dhcp6_tmr(void)
{
	struct netif *n;

	NETIF_FOREACH(n)
	{
		struct interface *i = interface_of(n);

		if (i && i->dhcp6.state != DHCP6_OFF &&
		    now_ms() >= i->dhcp6.due_ms)
			act(i);
	}
}

/* Routers say it again and again; it counts once. */
void dhcp6_nd6_ra_trigger(struct netif *n, u8_t managed, u8_t other)
{
	struct interface *i = interface_of(n);
	enum dhcp6_state state = i ? i->dhcp6.state : DHCP6_OFF;
	bool names_only = state == DHCP6_ASKING || state == DHCP6_KNOWING;

	if (!i || !pcb)
		return;
	if (managed && (state == DHCP6_OFF || names_only))
		begin(i, DHCP6_LOOKING, 0);
	else if (!managed && other && state == DHCP6_OFF)
		begin(i, DHCP6_ASKING, 0);
	else if (!managed && !other && names_only)
		i->dhcp6.state = DHCP6_OFF;
}

int interface_dhcp6_start(void)
{
	if (pcb)
		return 0;
	pcb = udp_new_ip_type(IPADDR_TYPE_V6);
	if (!pcb)
		return -ENOMEM;
	udp_recv(pcb, on_receive, NULL);
	return stack_error(udp_bind(pcb, IP6_ADDR_ANY, CLIENT_PORT));
}
