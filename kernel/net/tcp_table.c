/* tcp_table.c - TCP connections by their ends, and by their ports. */
#include "kernel/net/tcp_table.h"

#include <lwip/ip.h>
#include <lwip/priv/tcp_priv.h>

#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/net/inet.h"
#include "kernel/net/lwip/hooks.h"
#include "kernel/net/tcp_timer.h"

__extension__ typedef unsigned __int128 u128;

enum { BUCKETS_FIRST = 64 };

/* Chains of pcbs. `next` is the extra argument that holds the next. */
struct table {
	struct tcp_pcb **buckets;
	enum tcp_extra next; /* and next + 1 is the way back */
	size_t mask;         /* of buckets */
	size_t count;
	size_t (*hash)(const struct tcp_pcb *pcb);
	struct tcp_pcb *first[BUCKETS_FIRST];
};

static size_t hash_of_ends(const struct tcp_pcb *pcb);
static size_t hash_of_port(const struct tcp_pcb *pcb);

/* The stack's lock guards all of it. */
static struct {
	uint64_t key[2];
	struct table ends, ports;
} tables = {
	.ends = {.buckets = tables.ends.first,
                 .next = TCP_EXTRA_ENDS_NEXT,
                 .mask = BUCKETS_FIRST - 1,
                 .hash = hash_of_ends},
	.ports = {.buckets = tables.ports.first,
                  .next = TCP_EXTRA_PORT_NEXT,
                  .mask = BUCKETS_FIRST - 1,
                  .hash = hash_of_port},
};

/* The lists that lwIP's tcp_in.c looks through: one pcb at most in both. */
extern struct tcp_pcb *tcp_table_active, *tcp_table_waiting;
struct tcp_pcb *tcp_table_active, *tcp_table_waiting;

void tcp_table_init(const uint64_t key[2])
{
	memcpy(tables.key, key, sizeof(tables.key));
}

/* --- hashing --- */

static uint64_t fold(uint64_t a, uint64_t b)
{
	u128 product = (u128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t mix_address(uint64_t h, const ip_addr_t *a)
{
	const uint32_t *w = ip_2_ip6(a)->addr;

	if (!IP_IS_V6(a))
		return fold(h ^ ip_2_ip4(a)->addr, tables.key[1]);
	h = fold(h ^ ((uint64_t)w[0] << 32 | w[1]), tables.key[1]);
	return fold(h ^ ((uint64_t)w[2] << 32 | w[3]), tables.key[1]);
}

static size_t hash_ends(const ip_addr_t *local, uint16_t local_port,
                        const ip_addr_t *remote, uint16_t remote_port)
{
	uint64_t h = tables.key[0] ^ ((uint64_t)local_port << 16 | remote_port);

	return mix_address(mix_address(h, remote), local);
}

static size_t hash_of_ends(const struct tcp_pcb *pcb)
{
	return hash_ends(&pcb->local_ip, pcb->local_port, &pcb->remote_ip,
	                 pcb->remote_port);
}

/* Nobody outside chooses our ports. */
static size_t hash_of_port(const struct tcp_pcb *pcb)
{
	return pcb->local_port;
}

/* --- chains --- */

static void **extra(struct tcp_pcb *pcb, enum tcp_extra e)
{
	return &pcb->ext_args[e].data;
}

static struct tcp_pcb *after(const struct tcp_pcb *pcb, enum tcp_extra next)
{
	return pcb->ext_args[next].data;
}

/*
 * What points to the first of a chain is a bucket, and what points to others
 * is the extra argument of the one before: both are the same to a machine.
 */
static void chain(struct table *t, struct tcp_pcb *pcb)
{
	void **bucket = (void **)&t->buckets[t->hash(pcb) & t->mask];
	struct tcp_pcb *second = *bucket;

	if (second)
		*extra(second, t->next + 1) = extra(pcb, t->next);
	*extra(pcb, t->next) = second;
	*extra(pcb, t->next + 1) = bucket;
	*bucket = pcb;
}

static void unchain(struct table *t, struct tcp_pcb *pcb)
{
	struct tcp_pcb *next = *extra(pcb, t->next);
	void **back = *extra(pcb, t->next + 1);

	if (!back)
		return;
	*back = next;
	if (next)
		*extra(next, t->next + 1) = back;
	*extra(pcb, t->next) = *extra(pcb, t->next + 1) = NULL;
	t->count--;
}

/* Without memory the chains become longer than they should be. */
static void grow(struct table *t)
{
	size_t n = t->mask + 1;
	struct tcp_pcb **old = t->buckets;
	struct tcp_pcb **new = mem_zalloc(2 * n * sizeof(struct tcp_pcb *));

	if (!new)
		return;
	t->buckets = new;
	t->mask = 2 * n - 1;
	for (size_t i = 0; i < n; i++) {
		struct tcp_pcb *pcb = old[i];

		while (pcb) {
			struct tcp_pcb *next = after(pcb, t->next);

			chain(t, pcb);
			pcb = next;
		}
	}
	if (old != t->first)
		mem_free(old);
}

static void insert(struct table *t, struct tcp_pcb *pcb)
{
	if (t->count++ > t->mask)
		grow(t);
	chain(t, pcb);
}

/* --- lists --- */

static struct tcp_pcb **list_of(const struct tcp_pcb *pcb)
{
	switch (pcb->state) {
	case CLOSED:
		return &tcp_bound_pcbs;
	case LISTEN:
		return &tcp_listen_pcbs.pcbs;
	case TIME_WAIT:
		return &tcp_tw_pcbs;
	case SYN_SENT:
	case SYN_RCVD:
	case ESTABLISHED:
	case FIN_WAIT_1:
	case FIN_WAIT_2:
	case CLOSE_WAIT:
	case CLOSING:
	case LAST_ACK:
	default:
		return &tcp_active_pcbs;
	}
}

static void link_to(struct tcp_pcb *pcb, struct tcp_pcb **list)
{
	pcb->next = *list;
	if (pcb->next)
		*extra(pcb->next, TCP_EXTRA_BACK) = &pcb->next;
	*extra(pcb, TCP_EXTRA_BACK) = list;
	*list = pcb;
}

/* False: it is in none of our lists. */
static bool leave_list(struct tcp_pcb *pcb)
{
	struct tcp_pcb **back = *extra(pcb, TCP_EXTRA_BACK);

	if (!back)
		return false;
	*back = pcb->next;
	if (pcb->next)
		*extra(pcb->next, TCP_EXTRA_BACK) = back;
	*extra(pcb, TCP_EXTRA_BACK) = NULL;
	return true;
}

void tcp_table_move(struct tcp_pcb *pcb, struct tcp_pcb **list)
{
	if (leave_list(pcb))
		link_to(pcb, list);
}

/* The clock may have stood since it was made. */
static void begin_ticking(struct tcp_pcb *pcb)
{
	tcp_timer_begin();
	pcb->tmr = tcp_ticks;
}

static void count_half_open(struct tcp_pcb *pcb, bool on)
{
	void **counted = extra(pcb, TCP_EXTRA_HALF_OPEN);
	struct tcp_pcb_listen *l = pcb->listener;

	if (on == (*counted != NULL))
		return;
	*counted = on ? pcb : NULL;
	if (l) {
		void **count = &l->ext_args[TCP_EXTRA_HALF_OPEN].data;
		uintptr_t n = (uintptr_t)*count;

		*count = (void *)(on ? n + 1 : n - 1);
	}
}

/* It is in no list any more: what else knows of it? */
static void forget(struct tcp_pcb *pcb)
{
	unchain(&tables.ends, pcb);
	unchain(&tables.ports, pcb);
	if (pcb->state != LISTEN)
		count_half_open(pcb, false);
}

/*
 * It is about to be freed. If lwIP has cut it out of its list, only the next
 * one's way back is to be put right.
 */
static void on_destroy(u8_t id UNUSED, void *data)
{
	struct tcp_pcb *pcb = data;

	if (!pcb || !*extra(pcb, TCP_EXTRA_BACK))
		return;
	if (pcb->next)
		*extra(pcb->next, TCP_EXTRA_BACK) = *extra(pcb, TCP_EXTRA_BACK);
	forget(pcb);
}

static const struct tcp_ext_arg_callbacks callbacks = {.destroy = on_destroy};

void tcp_table_add(struct tcp_pcb *pcb)
{
	struct tcp_pcb **list = list_of(pcb);

	if (pcb->state != CLOSED && pcb->state != LISTEN)
		begin_ticking(pcb);
	insert(&tables.ports, pcb);
	/* A listener has those of the pcb that it was made of. */
	*extra(pcb, TCP_EXTRA_SELF) = pcb;
	if (pcb->state == LISTEN) {
		pcb->next = *list;
		*list = pcb;
		return;
	}
	link_to(pcb, list);
	pcb->ext_args[TCP_EXTRA_SELF].callbacks = &callbacks;
	if (pcb->state != CLOSED)
		insert(&tables.ends, pcb);
	if (pcb->state == SYN_RCVD)
		count_half_open(pcb, true);
}

static void remove_listener(struct tcp_pcb *pcb)
{
	struct tcp_pcb **at = &tcp_listen_pcbs.pcbs;

	while (*at != pcb)
		at = &(*at)->next;
	*at = pcb->next;
}

void tcp_table_remove(struct tcp_pcb *pcb)
{
	if (!leave_list(pcb) && pcb->state == LISTEN)
		remove_listener(pcb);
	pcb->next = NULL;
	forget(pcb);
}

unsigned tcp_table_half_open(const struct tcp_pcb *listener)
{
	return (unsigned)(uintptr_t)after(listener, TCP_EXTRA_HALF_OPEN);
}

void tcp_table_opened(struct tcp_pcb *pcb)
{
	count_half_open(pcb, false);
	pcb->listener = NULL; /* it may end before its connections */
}

/* --- looking --- */

static bool is_between(const struct tcp_pcb *pcb, const ip_addr_t *local,
                       uint16_t local_port, const ip_addr_t *remote,
                       uint16_t remote_port)
{
	return pcb->remote_port == remote_port &&
	       pcb->local_port == local_port &&
	       ip_addr_cmp_zoneless(&pcb->remote_ip, remote) &&
	       ip_addr_cmp_zoneless(&pcb->local_ip, local);
}

struct tcp_pcb *tcp_table_find(const ip_addr_t *local, uint16_t local_port,
                               const ip_addr_t *remote, uint16_t remote_port)
{
	const struct table *t = &tables.ends;
	size_t h = hash_ends(local, local_port, remote, remote_port);
	struct tcp_pcb *waiting = NULL, *pcb = t->buckets[h & t->mask];

	for (; pcb; pcb = after(pcb, t->next)) {
		if (!is_between(pcb, local, local_port, remote, remote_port))
			continue;
		if (pcb->state != TIME_WAIT)
			return pcb;
		waiting = pcb;
	}
	return waiting;
}

/* TIME_WAIT does not hinder those that may reuse the address: ip(7). */
static bool excludes(const struct tcp_pcb *other, const struct tcp_pcb *pcb,
                     const ip_addr_t *address)
{
	bool reuse = ip_get_option(pcb, SOF_REUSEADDR);

	if (reuse &&
	    (other->state == TIME_WAIT || ip_get_option(other, SOF_REUSEADDR)))
		return false;
	return IP_IS_V6(address) == IP_IS_V6_VAL(other->local_ip) &&
	       (ip_addr_isany(address) || ip_addr_isany(&other->local_ip) ||
	        ip_addr_cmp(&other->local_ip, address));
}

bool tcp_table_bind(struct tcp_pcb *pcb, const ip_addr_t *address,
                    uint16_t port)
{
	const struct table *t = &tables.ports;
	const struct tcp_pcb *other = t->buckets[port & t->mask];
	ip_addr_t local = *address;

	/* A link-local address belongs to a link, said or not. */
	if (IP_IS_V6(&local) &&
	    ip6_addr_lacks_zone(ip_2_ip6(&local), IP6_UNICAST))
		ip6_addr_select_zone(ip_2_ip6(&local), ip_2_ip6(&local));
	for (; other; other = after(other, t->next))
		if (other->local_port == port && excludes(other, pcb, &local))
			return false;
	pcb->local_ip = local;
	pcb->local_port = port;
	tcp_table_add(pcb);
	return true;
}

/* --- for tcp_input(): linked with --wrap --- */

void __real_tcp_input(struct pbuf *p, struct netif *from);
void __wrap_tcp_input(struct pbuf *p, struct netif *from);

static struct tcp_pcb *find_for(const struct pbuf *p, const struct netif *from)
{
	const struct tcp_hdr *h = p->payload;
	struct tcp_pcb *pcb;

	if (p->len < TCP_HLEN)
		return NULL;
	pcb = tcp_table_find(ip_current_dest_addr(), lwip_ntohs(h->dest),
	                     ip_current_src_addr(), lwip_ntohs(h->src));
	/* What lwIP would not take for its own: a list of it must end there. */
	if (pcb && ((pcb->netif_idx != NETIF_NO_INDEX &&
	             pcb->netif_idx != netif_get_index(from)) ||
	            !ip_addr_cmp(&pcb->remote_ip, ip_current_src_addr()) ||
	            !ip_addr_cmp(&pcb->local_ip, ip_current_dest_addr())))
		return NULL;
	return pcb;
}

void __wrap_tcp_input(struct pbuf *p, struct netif *from)
{
	struct tcp_pcb *pcb = find_for(p, from);
	bool waiting = pcb && pcb->state == TIME_WAIT;

	tcp_timer_wake(pcb);
	tcp_table_active = waiting ? NULL : pcb;
	tcp_table_waiting = waiting ? pcb : NULL;
	__real_tcp_input(p, from);
}
