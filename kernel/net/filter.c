/* filter.c - rules, flows, and the decision. */
#include "kernel/net/filter.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/net/address.h"

enum {
	/* A flow is found in its set, so looking costs WAYS comparisons. */
	SETS = 128,
	WAYS = 4,
	FLOW_SECONDS = 180, /* as long as Linux remembers one */

	ICMP_ECHO_REPLY = 0,
	ICMP_UNREACHABLE = 3,
	ICMP_ECHO = 8,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER = 12,

	TCP_FLAG_SYN = 2,
	TCP_FLAG_ACK = 16,

	IP_HEADER_MIN = 20,
	IP6_HEADER = 40,

	/* IPv6 (RFC 8200, 4; RFC 4443; RFC 4861; RFC 3810). */
	EXT_HOP_BY_HOP = 0,
	EXT_ROUTING = 43,
	EXT_FRAGMENT = 44,
	EXT_DESTINATION = 60,
	EXTS_MAX = 8,
	ICMP6_UNREACHABLE = 1,
	ICMP6_PARAMETER = 4,
	ICMP6_ECHO = 128,
	ICMP6_ECHO_REPLY = 129,
	ICMP6_MLD_FIRST = 130,
	ICMP6_ND_LAST = 137,
	ICMP6_MLD2 = 143,
};

#define SECOND UINT64_C(1000000000)

struct rule {
	uint8_t protocol;
	uint16_t first, last; /* ports; 0-65535 for ICMP */
	struct address6 network, mask;
	unsigned prefix;
};

/* Whom the program wrote to by UDP. Host byte order. */
struct flow {
	struct address6 remote;
	bool any; /* it was a group: whoever answers */
	uint16_t remote_port, local_port;
	uint64_t used; /* when last; 0: free */
};

enum why {
	WHY_ALLOWED,
	WHY_ANSWER,
	WHY_TCP,
	WHY_UDP,
	WHY_ICMP,
	WHY_OTHER,
	WHY_MALFORMED,
	WHYS
};

static const char *const why_names[WHYS] = {
	[WHY_ALLOWED] = "passed, allowed",
	[WHY_ANSWER] = "passed, answers",
	[WHY_TCP] = "dropped, TCP",
	[WHY_UDP] = "dropped, UDP",
	[WHY_ICMP] = "dropped, ICMP",
	[WHY_OTHER] = "dropped, other protocols",
	[WHY_MALFORMED] = "dropped, malformed",
};

static struct {
	struct rule rules[FILTER_RULES_MAX];
	unsigned nr_rules;
	struct flow flows[SETS][WAYS];
	uint64_t count[WHYS];
} filter;

void filter_reset(void)
{
	memset(&filter, 0, sizeof(filter));
}

/* --- allow lines --- */

static bool parse_protocol(const char **s, struct rule *r)
{
	static const struct {
		const char *name;
		uint8_t number;
	} names[] = {
		{"icmp", FILTER_ICMP},
		{"tcp/", FILTER_TCP},
		{"udp/", FILTER_UDP},
	};

	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		if (strncmp(*s, names[i].name, 4) != 0)
			continue;
		*s += 4;
		r->protocol = names[i].number;
		return true;
	}
	return false;
}

static bool parse_ports(const char **s, struct rule *r)
{
	uint64_t first, last;

	if (r->protocol == FILTER_ICMP) {
		r->last = UINT16_MAX;
		return true;
	}
	if (!str_number(s, 10, UINT16_MAX, &first))
		return false;
	last = first;
	if (**s == '-') {
		(*s)++;
		if (!str_number(s, 10, UINT16_MAX, &last))
			return false;
	}
	r->first = (uint16_t)first;
	r->last = (uint16_t)last;
	return first <= last;
}

static bool parse_rule(const char *s, struct rule *r)
{
	*r = (struct rule){0};
	if (!parse_protocol(&s, r) || !parse_ports(&s, r) || *s++ != ' ')
		return false;
	if (!address6_read_cidr(&s, &r->network, &r->prefix) || *s)
		return false;
	r->mask = address6_mask(r->prefix);
	r->network = address6_masked(r->network, r->mask);
	return true;
}

int filter_add(const char *value)
{
	struct rule r;

	if (!parse_rule(value, &r))
		return -EINVAL;
	if (filter.nr_rules == FILTER_RULES_MAX)
		return -ENOSPC;
	filter.rules[filter.nr_rules++] = r;
	return 0;
}

static bool is_in(const struct rule *r, struct address6 a)
{
	return address6_equal(address6_masked(a, r->mask), r->network);
}

static bool is_allowed(uint8_t protocol, uint16_t port, struct address6 from)
{
	for (unsigned i = 0; i < filter.nr_rules; i++) {
		const struct rule *r = &filter.rules[i];

		if (r->protocol == protocol && port >= r->first &&
		    port <= r->last && is_in(r, from))
			return true;
	}
	return false;
}

/* --- flows --- */

static struct flow *set_of(uint16_t remote_port, uint16_t local_port)
{
	uint32_t h = (uint32_t)remote_port * 31u + local_port;

	return filter.flows[(h ^ h >> 7) % SETS];
}

/* Multicast and broadcast. */
static bool is_group(struct address6 a)
{
	if (address6_is_mapped(a))
		return (uint32_t)a.low >= 0xe0000000;
	return a.high >> 56 == 0xff;
}

static struct flow *find_flow(struct address6 remote, uint16_t remote_port,
                              uint16_t local_port, uint64_t now)
{
	struct flow *set = set_of(remote_port, local_port);

	for (unsigned i = 0; i < WAYS; i++) {
		struct flow *f = &set[i];

		if (f->used && now - f->used < FLOW_SECONDS * SECOND &&
		    f->remote_port == remote_port &&
		    f->local_port == local_port &&
		    (f->any || address6_equal(f->remote, remote)))
			return f;
	}
	return NULL;
}

static void add_flow(struct address6 remote, uint16_t remote_port,
                     uint16_t local_port, uint64_t now)
{
	struct flow *f = find_flow(remote, remote_port, local_port, now);

	if (!f) {
		f = set_of(remote_port, local_port);
		for (unsigned i = 1; i < WAYS; i++)
			if (f[i].used < f->used)
				f = &f[i];
	}
	*f = (struct flow){remote, is_group(remote), remote_port, local_port,
	                   now ? now : 1};
}

/* --- packets --- */

/* What the decision needs, in host byte order. */
struct packet {
	uint8_t protocol;
	struct address6 from, to;
	bool later_fragment; /* has no ports */
	uint16_t from_port, to_port;
	uint8_t flags;     /* TCP */
	uint8_t icmp_type; /* ICMP */
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static bool parse_transport(const uint8_t *p, size_t size, struct packet *out)
{
	switch (out->protocol) {
	case FILTER_TCP:
		if (size < 14)
			return false;
		out->flags = p[13];
		break;
	case FILTER_UDP:
		if (size < 8)
			return false;
		break;
	case FILTER_ICMP:
	case FILTER_ICMP6:
		if (size < 4)
			return false;
		out->icmp_type = p[0];
		return true;
	default:
		return true;
	}
	out->from_port = get16(p);
	out->to_port = get16(p + 2);
	return true;
}

/* A part that would write over TCP's flags is none (RFC 1858). */
static bool parse_later_part(unsigned offset, struct packet *out)
{
	out->later_fragment = true;
	return out->protocol != FILTER_TCP || offset > 1;
}

static bool parse_ip4(const uint8_t *p, size_t size, struct packet *out)
{
	size_t header = (size_t)(p[0] & 15) * 4;
	unsigned offset = get16(p + 6) & 0x1fff;

	if (header < IP_HEADER_MIN || header > size)
		return false;
	out->protocol = p[9];
	out->from = address6_mapped(get32(p + 12));
	out->to = address6_mapped(get32(p + 16));
	if (offset)
		return parse_later_part(offset, out);
	return parse_transport(p + header, size - header, out);
}

static bool is_extension(uint8_t next)
{
	return next == EXT_HOP_BY_HOP || next == EXT_ROUTING ||
	       next == EXT_FRAGMENT || next == EXT_DESTINATION;
}

/* RFC 8200, 4: each header says what the next one is. */
static bool parse_ip6(const uint8_t *p, size_t size, struct packet *out)
{
	size_t at = IP6_HEADER;
	uint8_t next = p[6];

	if (size < IP6_HEADER)
		return false;
	out->from = address6_of_bytes(p + 8);
	out->to = address6_of_bytes(p + 24);
	for (unsigned n = 0; is_extension(next); n++) {
		const uint8_t *h = p + at;
		unsigned offset = 0;

		if (n == EXTS_MAX || at + 8 > size)
			return false;
		if (next == EXT_FRAGMENT)
			offset = get16(h + 2) >> 3;
		at += next == EXT_FRAGMENT ? 8 : 8 + (size_t)h[1] * 8;
		next = h[0];
		out->protocol = next;
		if (offset)
			return parse_later_part(offset, out);
	}
	out->protocol = next;
	return at <= size && parse_transport(p + at, size - at, out);
}

static bool parse_packet(const uint8_t *p, size_t size, struct packet *out)
{
	*out = (struct packet){0};
	if (size < IP_HEADER_MIN)
		return false;
	if (p[0] >> 4 == 6)
		return parse_ip6(p, size, out);
	return p[0] >> 4 == 4 && parse_ip4(p, size, out);
}

static enum filter_verdict count(enum why why)
{
	filter.count[why]++;
	return why <= WHY_ANSWER ? FILTER_PASS : FILTER_DROP;
}

static enum filter_verdict judge_udp(const struct packet *p, uint64_t now)
{
	struct flow *f = find_flow(p->from, p->from_port, p->to_port, now);

	if (!f)
		return count(WHY_UDP);
	f->used = now;
	return count(WHY_ANSWER);
}

static enum filter_verdict judge_icmp(const struct packet *p)
{
	switch (p->icmp_type) {
	case ICMP_ECHO_REPLY:
	case ICMP_UNREACHABLE:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETER:
		return count(WHY_ANSWER); /* about what we sent */
	case ICMP_ECHO:
		if (is_allowed(FILTER_ICMP, 0, p->from))
			return count(WHY_ALLOWED);
		break;
	default:
		break;
	}
	return count(WHY_ICMP);
}

/* Neighbours and routers say who they are; what they say is checked later. */
static enum filter_verdict judge_icmp6(const struct packet *p)
{
	uint8_t type = p->icmp_type;

	if ((type >= ICMP6_UNREACHABLE && type <= ICMP6_PARAMETER) ||
	    type == ICMP6_ECHO_REPLY || type == ICMP6_MLD2 ||
	    (type >= ICMP6_MLD_FIRST && type <= ICMP6_ND_LAST))
		return count(WHY_ANSWER);
	if (type == ICMP6_ECHO && is_allowed(FILTER_ICMP, 0, p->from))
		return count(WHY_ALLOWED);
	return count(WHY_ICMP);
}

enum filter_verdict filter_input(const uint8_t *packet, size_t size,
                                 uint64_t now)
{
	struct packet p;

	if (!parse_packet(packet, size, &p))
		return count(WHY_MALFORMED);
	/* Of use only with its first part, which is judged. */
	if (p.later_fragment)
		return FILTER_PASS;
	if (p.protocol == FILTER_ICMP)
		return judge_icmp(&p);
	if (p.protocol == FILTER_ICMP6)
		return judge_icmp6(&p);
	if (p.protocol == FILTER_IGMP)
		return count(WHY_ANSWER); /* which groups are we in? */
	if (p.protocol != FILTER_TCP && p.protocol != FILTER_UDP)
		return count(WHY_OTHER);
	if (is_allowed(p.protocol, p.to_port, p.from))
		return count(WHY_ALLOWED);
	if (p.protocol == FILTER_UDP)
		return judge_udp(&p, now);
	if ((p.flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == TCP_FLAG_SYN)
		return count(WHY_TCP);
	return FILTER_ASK_TCP;
}

void filter_drop_unknown(void)
{
	filter.count[WHY_TCP]++;
}

void filter_output(const uint8_t *packet, size_t size, uint64_t now)
{
	struct packet p;

	if (!parse_packet(packet, size, &p) || p.protocol != FILTER_UDP ||
	    p.later_fragment)
		return;
	/* Whoever was in the group may answer, with an address of its own. */
	add_flow(p.to, p.to_port, p.from_port, now);
}

/* --- for people --- */

static size_t print_rule(char *out, size_t size, const struct rule *r)
{
	char network[ADDRESS6_TEXT_MAX];
	unsigned prefix = r->prefix;

	if (prefix >= 96 && address6_is_mapped(r->network)) {
		address_print(network, (uint32_t)r->network.low);
		prefix -= 96;
	} else {
		address6_print(network, r->network);
	}
	if (r->protocol == FILTER_ICMP)
		return str_printf(out, size, "allow icmp %s/%u\n", network,
		                  prefix);
	return str_printf(out, size, "allow %s/%u-%u %s/%u\n",
	                  r->protocol == FILTER_TCP ? "tcp" : "udp", r->first,
	                  r->last, network, prefix);
}

size_t filter_stats(char *out, size_t size)
{
	size_t n = 0;

	for (unsigned i = 0; i < filter.nr_rules && n < size; i++)
		n += print_rule(out + n, size - n, &filter.rules[i]);
	for (unsigned i = 0; i < WHYS && n < size; i++)
		n += str_printf(out + n, size - n, "%s: %lu\n", why_names[i],
		                filter.count[i]);
	return n < size ? n : size ? size - 1 : 0;
}
